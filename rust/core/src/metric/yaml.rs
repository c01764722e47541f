//! YAML files: one document, taken as [`document`](super::document) says.
//!
//! The dialect is that of `OmegaConf`: `1e5` is a float, and a date is text. What only Python could
//! build (tags such as `!!python/object`, which `PyYAML` writes for numpy's numbers) is left out and
//! named. A text ends with a line break, a bracket or a quote: a cut within its last number could
//! not be seen.

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::document;
use crate::metric::text::{Text, corrupt, decode};
use crate::value::Value;
use crate::yaml;

/// Reads a YAML file.
///
/// # Errors
///
/// `Corrupt` where the text is cut, no YAML or not UTF-8; `Unsupported` for a document that names
/// nothing, and for octal numbers (`0o17`), which versions of YAML read differently; `Limit`
/// beyond the bounds of [`yaml`](crate::yaml).
pub fn parse(bytes: &[u8]) -> Result<Record> {
    let Text { text, is_cut } = decode(bytes)?;
    if is_cut || !text.ends_with(['\n', '}', ']', '"', '\'']) {
        return Err(corrupt(
            "the text does not end with a line break: it may be cut off within its last value; end \
             it with one",
        ));
    }
    if has_octals(text) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "versions of YAML read `0o…` differently, as a number or as text: write it otherwise",
        ));
    }
    if text.split(|it: char| !is_in_number(it)).any(is_rounded) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "integers of more than 64 bits are not read: write them as text",
        ));
    }
    let entries = yaml::entries(text.as_bytes()).map_err(|error| match error.kind {
        ErrorKind::Syntax => Error { kind: ErrorKind::Corrupt, ..error },
        _ => error,
    })?;
    let mut left_out = Vec::new();
    let mut taken = |name: Value, value: Option<Value>| {
        if value.is_none() {
            left_out.push(Error::new(
                ErrorKind::Unsupported,
                format!("metric `{name}`: its tag names what only Python can build"),
            ));
        }
        Some((name, value?))
    };
    let cells = document::cells(match entries {
        yaml::Entries::Named(entries) => {
            Value::Map(entries.into_iter().filter_map(|(name, value)| taken(name, value)).collect())
        }
        yaml::Entries::Whole(value) => value,
    })?;
    Ok(Record { cells, left_out, ..Record::default() })
}

/// Digits of integers that the parser refuses by itself; longer ones it takes for floats.
const MOST_DIGITS: usize = 38;

const fn is_in_number(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.')
}

fn is_rounded(word: &str) -> bool {
    word.len() > MOST_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word starts as an octal number of YAML 1.2.
fn has_octals(text: &str) -> bool {
    text.match_indices("0o").any(|(at, mark)| {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        let behind = text.get(at + mark.len()..).and_then(|it| it.chars().next());
        let starts = before.is_none_or(|it| !it.is_alphanumeric() && it != '_' && it != '.');
        starts && behind.is_some_and(|it| it.is_digit(8))
    })
}
