//! What readers of text files have in common: the encoding, and names that are told apart.

use std::collections::HashSet;

use crate::error::{Error, ErrorKind, Result};
use crate::files::check_fetched;

/// The text of a file.
pub struct Text<'b> {
    /// What it says, without a byte order mark.
    pub text: &'b str,
    /// Whether the file ends within a character, which is left out.
    pub is_cut: bool,
}

/// Takes the bytes of a file as UTF-8.
///
/// # Errors
///
/// `Corrupt` for an empty file and for bytes that are no UTF-8; `Unsupported` for UTF-16 and
/// UTF-32, and for the pointer that Git LFS leaves in place of a file.
pub fn decode(bytes: &[u8]) -> Result<Text<'_>> {
    if bytes.is_empty() {
        return Err(corrupt("the file is empty (byte 0)"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "the file starts with the byte order mark of UTF-16 or UTF-32: write it as UTF-8",
        ));
    }
    check_fetched(bytes)?;
    let (text, is_cut) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let Ok(text) = std::str::from_utf8(valid) else {
                return Err(corrupt("the text is not UTF-8"));
            };
            if error.error_len().is_some() {
                return Err(corrupt(format!(
                    "the text is not UTF-8 (line {}, byte {})",
                    line_of(text, text.len()),
                    text.len()
                )));
            }
            (text, true)
        }
    };
    Ok(Text { text: text.strip_prefix('\u{feff}').unwrap_or(text), is_cut })
}

/// The number of the line, from 1, in which a byte of the text lies.
pub fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The error of a damaged text.
pub fn corrupt(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

/// Most trailing `_` that tell equal names apart: more equal names than that are no table.
const MOST_EQUAL: usize = 64;

/// The names that are taken: a later equal one gets a trailing `_`.
#[derive(Default)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Takes the name, or the next one with a trailing `_` that is free.
    ///
    /// # Errors
    ///
    /// `Limit` for names of which too many are equal.
    pub fn take(&mut self, mut name: String) -> Result<String> {
        for _ in 0..=MOST_EQUAL {
            if !self.taken.contains(&name) {
                self.taken.insert(name.clone());
                return Ok(name);
            }
            name.push('_');
        }
        let name = name.trim_end_matches('_');
        Err(Error::new(
            ErrorKind::Limit,
            format!("more than {MOST_EQUAL} metrics have the name `{name}`"),
        ))
    }
}
