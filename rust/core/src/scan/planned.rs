//! One line of a plan, which says of a job:
//!
//! ```json
//! {"num": 3, "dir": "3", "overrides": ["lr=0.1"], "repetition": 0, "aliases": {"lr": "slow"}}
//! ```
//!
//! Our own writer puts all that it knows into each line, always in the same order. Such lines are
//! read as they stand; any other goes through a parser of JSON.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};

/// A job that was planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedJob {
    /// Its directory, relative to the sweep; in a plan, to the path that was opened.
    pub directory: PathBuf,
    /// Its number, where the directory is named by it.
    pub number: Option<u64>,
    /// Which repetition of its config it is.
    pub repetition: Option<i64>,
    /// Parameter → the name of its value.
    pub aliases: Vec<(String, String)>,
    /// Whether another directory has taken its place.
    pub superseded: bool,
    /// In a plan that names its overrides, its turn among the jobs there.
    pub(super) overrides: Option<u32>,
}

/// Reads one line after the other, and holds the overrides of the last.
#[derive(Debug, Default)]
pub struct Line<'l> {
    overrides: Vec<Cow<'l, str>>,
    /// Whether the line names any, were it none.
    names_them: bool,
}

impl<'l> Line<'l> {
    /// Reads a line; `None` for an empty one.
    ///
    /// # Errors
    ///
    /// `Syntax` where it is not that of a job below the sweep.
    pub fn read(&mut self, line: &'l [u8]) -> Result<Option<PlannedJob>> {
        self.overrides.clear();
        self.names_them = true;
        if let Some(planned) = usual(line, &mut self.overrides) {
            return Ok(Some(planned));
        }
        self.overrides.clear();
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let (planned, overrides) = parse(line)?;
        self.names_them = overrides.is_some();
        self.overrides.extend(overrides.into_iter().flatten().map(Cow::Owned));
        Ok(Some(planned))
    }

    /// The overrides that the last line names.
    pub fn overrides(&self) -> Option<impl Iterator<Item = &[u8]>> {
        self.names_them.then(|| self.overrides.iter().map(|it| it.as_bytes()))
    }
}

/// The number that a directory's name is: digits without leading zeros.
pub fn number(name: &str) -> Option<u64> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (name == "0" || !name.starts_with('0'))).then(|| name.parse().ok()).flatten()
}

/// Reads a line by the parser of JSON.
fn parse(line: &[u8]) -> Result<(PlannedJob, Option<Vec<String>>)> {
    let bad = |what: &str| Error::new(ErrorKind::Syntax, format!("no planned job: {what}"));
    let record: Json = serde_json::from_slice(line).map_err(|error| bad(&error.to_string()))?;
    let text = |json: &Json| json.as_str().map(str::to_owned);
    let directory = record.get("dir").and_then(text).ok_or_else(|| bad("no `dir`"))?;
    let directory: PathBuf =
        Path::new(&directory).components().filter(|part| *part != Component::CurDir).collect();
    if directory.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(bad("its `dir` is not below the sweep"));
    }
    let overrides = record.get("overrides").and_then(Json::as_array);
    let overrides = overrides
        .map(|lines| lines.iter().map(text).collect::<Option<Vec<_>>>())
        .map(|lines| lines.ok_or_else(|| bad("its `overrides` are no list of texts")))
        .transpose()?;
    let aliases = record.get("aliases").and_then(Json::as_object);
    let aliases = aliases
        .into_iter()
        .flatten()
        .filter_map(|(name, alias)| Some((name.clone(), text(alias)?)))
        .collect();
    let planned = PlannedJob {
        number: directory.to_str().and_then(number),
        directory,
        repetition: record.get("repetition").and_then(Json::as_i64),
        aliases,
        superseded: record.get("superseded").is_some_and(|it| !it.is_null()),
        overrides: None,
    };
    Ok((planned, overrides))
}

/// Reads a line that has the fields of our own writer, in its order, of a numbered job that nothing
/// has taken the place of and that has no aliases; `None` for any other.
fn usual<'l>(line: &'l [u8], overrides: &mut Vec<Cow<'l, str>>) -> Option<PlannedJob> {
    let mut rest = Rest(line);
    rest.skip(b"{\"num\": ")?;
    rest.digits()?;
    rest.skip(b", \"dir\": ")?;
    let directory = rest.text()?;
    let number = Some(number(directory)?);
    rest.skip(b", \"overrides\": [")?;
    if rest.skip(b"]").is_none() {
        loop {
            overrides.push(Cow::Borrowed(rest.text()?));
            if rest.skip(b", ").is_none() {
                break;
            }
        }
        rest.skip(b"]")?;
    }
    rest.skip(b", \"repetition\": ")?;
    let repetition = Some(rest.digits()?);
    rest.skip(b", \"seed\": ")?;
    rest.skip(b"null").or_else(|| rest.digits().map(drop))?;
    rest.skip(b", \"aliases\": {}, \"signature\": ")?;
    rest.skip(b"null").or_else(|| rest.text().map(drop))?;
    rest.skip(b", \"superseded\": null}")?;
    let planned =
        PlannedJob { directory: directory.into(), number, repetition, ..PlannedJob::default() };
    rest.0.is_empty().then_some(planned)
}

/// What is left of a line.
struct Rest<'l>(&'l [u8]);

impl<'l> Rest<'l> {
    fn skip(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// A number of JSON without sign, point and exponent, of few enough digits for 64 bits.
    fn digits(&mut self) -> Option<i64> {
        const MOST: usize = 18;
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        let leads = count > 1 && digits.first() == Some(&b'0');
        let value = std::str::from_utf8(digits).ok()?.parse().ok()?;
        self.0 = rest;
        (count <= MOST && !leads).then_some(value)
    }

    /// A text of ASCII without escapes.
    fn text(&mut self) -> Option<&'l str> {
        let inside = self.0.strip_prefix(b"\"")?;
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        let length = inside.iter().position(|byte| !is_plain(byte))?;
        let (text, rest) = inside.split_at_checked(length)?;
        self.0 = rest.strip_prefix(b"\"")?;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WRITTEN: &str = r#"{"num": 12, "dir": "12", "overrides": ["lr=0.1", "a=[1, 2]"], "repetition": 0, "seed": 7, "aliases": {}, "signature": "0f3a", "superseded": null}"#;

    fn by_shape(line: &[u8]) -> Option<(PlannedJob, Option<Vec<String>>)> {
        let mut overrides = Vec::new();
        let planned = usual(line, &mut overrides)?;
        Some((planned, Some(overrides.into_iter().map(Cow::into_owned).collect())))
    }

    #[test]
    fn what_our_writer_writes_is_read_as_it_stands() {
        let (planned, overrides) = by_shape(WRITTEN.as_bytes()).unwrap();
        assert_eq!(planned.number, Some(12));
        assert_eq!(planned.repetition, Some(0));
        assert_eq!(overrides.unwrap(), ["lr=0.1", "a=[1, 2]"]);
        let none = WRITTEN.replace(r#"["lr=0.1", "a=[1, 2]"]"#, "[]").replace("7", "null");
        assert_eq!(by_shape(none.as_bytes()).unwrap().1.unwrap(), [""; 0]);
    }

    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            r#"[0-9]{1,20}"#,
            r#"[ -~]{0,3}"#,
            prop::sample::select(vec![
                "\"", "\\", "\\u0041", "null", "0", "-1", "1e3", "1.0", "00", "\u{e9}", "\n", "\t",
                ", ", "[", "]", "{}", "\"x\"", "..", "/", "}", " ",
            ])
            .prop_map(str::to_owned),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

        /// Whatever is read as it stands, the parser of JSON reads alike.
        #[test]
        fn no_line_is_read_otherwise(
            start in 0..WRITTEN.len(), length in 0_usize..6, piece in piece(),
            number in any::<u64>(), lines in prop::collection::vec("[ -~]{0,6}", 0..3)
        ) {
            let plain = lines.iter().all(|line| !line.contains(['"', '\\']));
            let lines: Vec<String> = lines.into_iter().map(|it| Json::from(it).to_string()).collect();
            let drawn = WRITTEN
                .replace(r#""num": 12, "dir": "12""#, &format!(r#""num": 1, "dir": "{number}""#))
                .replace(r#"["lr=0.1", "a=[1, 2]"]"#, &format!("[{}]", lines.join(", ")));
            prop_assert_eq!(by_shape(drawn.as_bytes()).is_some(), plain);
            let end = (start + length).min(WRITTEN.len());
            let mut changed = WRITTEN.to_owned();
            changed.replace_range(start..end, &piece);
            for line in [drawn, changed] {
                if let Some(found) = by_shape(line.as_bytes()) {
                    prop_assert_eq!(parse(line.as_bytes()).unwrap(), found);
                }
            }
        }
    }
}
