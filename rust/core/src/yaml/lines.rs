//! The overrides of a job, as Hydra lists them.

use yaml_serde::Value as Yaml;

use super::document::document;
use crate::error::{Error, ErrorKind, Result};

/// The lines of a job's `overrides.yaml`.
#[derive(Debug)]
pub enum Lines<'t> {
    /// Plain scalars, as they lie in the file.
    Plain(&'t [u8]),
    /// Scalars that had to be parsed.
    Parsed(Vec<String>),
}

impl<'t> Lines<'t> {
    /// Calls `each` with every override text, in order.
    pub fn for_each(&self, mut each: impl FnMut(&[u8])) {
        match self {
            Self::Plain(text) => text
                .split(|byte| *byte == b'\n')
                .filter_map(|line| line.strip_prefix(b"- "))
                .for_each(each),
            Self::Parsed(texts) => texts.iter().for_each(|text| each(text.as_bytes())),
        }
    }
}

/// Reads a job's `overrides.yaml`.
///
/// # Errors
///
/// `Corrupt` for a file that is empty or not ended by a newline (Hydra always writes one, so such a
/// file is half-written), `Syntax` with line and column for one that is no list of strings.
pub fn lines(bytes: &[u8]) -> Result<Lines<'_>> {
    if bytes.last() != Some(&b'\n') {
        let cause = if bytes.is_empty() { "is empty" } else { "does not end with a newline" };
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!("the list of overrides {cause}: half-written (byte {})", bytes.len()),
        ));
    }
    if bytes == b"[]\n" {
        return Ok(Lines::Plain(b""));
    }
    if bytes.split_inclusive(|byte| *byte == b'\n').all(is_plain) {
        return Ok(Lines::Plain(bytes));
    }
    let yaml = document(bytes)?;
    let Yaml::Sequence(items) = yaml else {
        return Err(Error::new(ErrorKind::Syntax, "no list of overrides (line 1)"));
    };
    items
        .into_iter()
        .enumerate()
        .map(|(at, item)| match item {
            Yaml::String(text) => Ok(text),
            _ => Err(Error::new(
                ErrorKind::Syntax,
                format!("the entry {} of the list of overrides is no text", at + 1),
            )),
        })
        .collect::<Result<_>>()
        .map(Lines::Parsed)
}

/// Whether a line is `- ` and a scalar that YAML takes as it stands: printable ASCII with a `=`,
/// opened by no indicator, without the two places where a plain scalar ends (`: ` and ` #`).
fn is_plain(line: &[u8]) -> bool {
    let Some(text) = line.strip_prefix(b"- ").and_then(|rest| rest.strip_suffix(b"\n")) else {
        return false;
    };
    let (Some(first), Some(last)) = (text.first(), text.last()) else { return false };
    (first.is_ascii_alphanumeric() || matches!(first, b'+' | b'_' | b'~'))
        && !matches!(last, b':' | b' ')
        && text.contains(&b'=')
        && text.iter().all(|byte| (0x20..0x7f).contains(byte))
        && !text.windows(2).any(|pair| pair == b": " || pair == b" #")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(yaml: &str) -> Vec<String> {
        let mut all = Vec::new();
        lines(yaml.as_bytes()).unwrap().for_each(|line| {
            all.push(String::from_utf8(line.to_vec()).unwrap());
        });
        all
    }

    #[test]
    fn plain_lists_are_read_as_a_parser_reads_them() {
        for yaml in ["[]\n", "- a=1\n", "- +a=b c\n- ~x\n- m={a:1,b:[2]}\n", "- d.e=1e-3\n"] {
            let parsed: Vec<String> = yaml_serde::from_str(yaml).unwrap();
            assert_eq!(texts(yaml), parsed, "{yaml}");
        }
    }

    #[test]
    fn quoted_folded_and_commented_lists_go_to_the_parser() {
        assert_eq!(texts("- 'a=''x'''\n"), ["a='x'"]);
        assert_eq!(texts("- a=one two\n  three\n"), ["a=one two three"]);
        assert_eq!(texts("- a=1 # why\n"), ["a=1"]);
        assert_eq!(texts("- \"a=\\u00e9\"\n"), ["a=é"]);
    }

    #[test]
    fn a_next_line_character_is_the_one_that_was_written() {
        // As PyYAML 6.0 writes the lists of "a=x\u{85}y", "a=\u{85}\ny" and "a=\n\u{85}".
        assert_eq!(texts("- 'a=x\u{85}  y'\n"), ["a=x\u{85}y"]);
        assert_eq!(texts("- 'a=\u{85}\n  y'\n"), ["a=\u{85}\ny"]);
        assert_eq!(texts("- 'a=\n\n\u{85}  '\n"), ["a=\n\u{85}"]);
    }

    #[test]
    fn a_half_written_list_is_an_error() {
        for yaml in ["", "- a=1", "- a=1\n- b="] {
            assert_eq!(lines(yaml.as_bytes()).unwrap_err().kind, ErrorKind::Corrupt, "{yaml:?}");
        }
        for yaml in ["a: 1\n", "- [1\n", "- {a: 1}\n", "\n"] {
            assert_eq!(lines(yaml.as_bytes()).unwrap_err().kind, ErrorKind::Syntax, "{yaml:?}");
        }
    }
}
