//! A place in an override's text: what the next byte is, and errors that point at bytes.

use crate::error::{Error, ErrorKind, Result};

/// How deeply containers and calls may stand inside one another.
pub(crate) const MAX_DEPTH: usize = 256;

/// A place in a text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The text from `start` to `end`; empty where that is no range of it.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Everything that is still to be read.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.ahead(0)
    }

    /// The byte `count` bytes ahead.
    pub(crate) fn ahead(&self, count: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.checked_add(count)?).copied()
    }

    /// Moves on by `count` bytes, which the caller has looked at.
    pub(crate) fn bump(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.text.len());
    }

    /// Moves to byte `at`, which must be the start of a character.
    pub(crate) fn jump(&mut self, at: usize) {
        self.at = at.min(self.text.len());
    }

    /// The number of blanks (space or tab, the grammar's `WS`) from here on.
    pub(crate) fn blanks(&self) -> usize {
        self.rest().bytes().take_while(|byte| is_blank(*byte)).count()
    }

    pub(crate) fn skip_blanks(&mut self) {
        self.bump(self.blanks());
    }

    /// The first byte after the blanks, if any.
    pub(crate) fn after_blanks(&self) -> Option<u8> {
        self.ahead(self.blanks())
    }

    /// Reads `byte` with the blanks before it (and, if `trailing`, those after it).
    pub(crate) fn eat(&mut self, byte: u8, trailing: bool) -> bool {
        let blanks = self.blanks();
        if self.ahead(blanks) != Some(byte) {
            return false;
        }
        self.bump(blanks.saturating_add(1));
        if trailing {
            self.skip_blanks();
        }
        true
    }

    /// Goes one container or call deeper, until [`Cursor::leave`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Limit`] beyond [`MAX_DEPTH`].
    pub(crate) fn enter(&mut self) -> Result<()> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            let end = self.at.saturating_add(1).min(self.text.len());
            return Err(Error::new(ErrorKind::Limit, message).spanned(self.text, self.at, end));
        }
        Ok(())
    }

    pub(crate) const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// A syntax error that underlines `start..end`.
    pub(crate) fn fail(&self, start: usize, end: usize, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Syntax, message).spanned(self.text, start, end)
    }

    /// A syntax error at the next character: `expected` says what may stand there.
    pub(crate) fn unexpected(&self, expected: &str) -> Error {
        let start = self.at.saturating_add(self.blanks());
        let Some(found) = self.slice(start, self.text.len()).chars().next() else {
            let blanks = if start > self.at { "blanks and the" } else { "the" };
            return self.fail(self.at, start, format!("expected {expected}, found {blanks} end"));
        };
        let end = start.saturating_add(found.len_utf8());
        let shown =
            if found.is_control() { found.escape_debug().to_string() } else { found.into() };
        let mut message = format!("expected {expected}, found `{shown}`");
        if matches!(found, '\'' | '"') {
            message.push_str("; quotes enclose whole values, and no keys of mappings");
        } else if found == '=' {
            message.push_str("; write `\\=` or quote the value");
        } else if !is_plain(found) {
            message.push_str("; quote the value");
        }
        self.fail(start, end, message)
    }
}

/// A space or a tab: the grammar's `WS`.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// A byte that may stand after the first in the grammar's `ID`.
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The grammar's `UNQUOTED_CHAR`.
pub(crate) const fn is_unquoted(byte: u8) -> bool {
    matches!(byte, b'/' | b'-' | b'\\' | b'+' | b'.' | b'$' | b'%' | b'*' | b'@' | b'?' | b'|')
}

/// A byte that a backslash escapes outside quotes: the grammar's `ESC`.
pub(crate) const fn is_escapable(byte: u8) -> bool {
    matches!(
        byte,
        b'\\' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b':' | b'=' | b',' | b' ' | b'\t'
    )
}

/// A character that some token outside quotes starts with.
fn is_plain(character: char) -> bool {
    u8::try_from(character)
        .is_ok_and(|byte| is_word(byte) || is_unquoted(byte) || is_escapable(byte))
}
