//! The bytes of a pickle, taken one after another.

use crate::error::{Error, ErrorKind, Result};

/// Longest line of a protocol 0 argument that is no text: numbers, names.
const LONGEST_LINE: usize = 4096;

/// What is left of a pickle.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    /// The pickle that starts at a byte.
    pub const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next byte's place.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length);
        let found = end.and_then(|end| self.bytes.get(self.at..end));
        let Some(found) = found else {
            return Err(corrupt(
                self.at,
                &format!(
                    "the pickle claims {length} bytes more, and {} are left",
                    self.bytes.len().saturating_sub(self.at)
                ),
            ));
        };
        self.at = self.at.saturating_add(length);
        Ok(found)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().unwrap_or([0; N]))
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// A length of one byte, and that many bytes.
    pub fn counted_1(&mut self) -> Result<&'a [u8]> {
        let length = self.byte()?;
        self.take(usize::from(length))
    }

    /// A length of four bytes, and that many bytes.
    pub fn counted_4(&mut self) -> Result<&'a [u8]> {
        let length = u32::from_le_bytes(self.array()?);
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// A length of eight bytes, and that many bytes.
    pub fn counted_8(&mut self) -> Result<&'a [u8]> {
        let length = u64::from_le_bytes(self.array()?);
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The bytes up to the next end of line, which is passed.
    pub fn line(&mut self) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
            return Err(corrupt(self.at, "a line of the pickle does not end"));
        };
        let line = self.take(length)?;
        self.take(1)?;
        Ok(line)
    }

    /// A line that is a number or a name.
    pub fn short_line(&mut self) -> Result<&'a str> {
        let start = self.at;
        let line = self.line()?;
        if line.len() > LONGEST_LINE {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("a number or name of {} bytes (byte {start})", line.len()),
            ));
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        std::str::from_utf8(line).map_err(|_| corrupt(start, "a number or name is no text"))
    }
}

/// The error of bytes that are no pickle.
pub fn corrupt(byte: usize, what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{what} (byte {byte})"))
}
