//! Which of the three a file is.

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::pickle::{self, Object};
use crate::metric::torch::{archive, legacy};

/// What a zip archive starts with.
const ZIP: &[u8] = b"PK";

/// Reads a file of torch, or a pickle; `stem` names the metric where it holds one array.
///
/// # Errors
///
/// `Corrupt` where it is damaged, `Unsupported` where it names what is not in the list or holds
/// something else than metrics, `Limit` beyond a bound.
pub fn parse(stem: &str, bytes: &[u8]) -> Result<Record> {
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Corrupt, "the file is empty (byte 0)"));
    }
    if bytes.starts_with(ZIP) {
        return archive::parse(stem, bytes);
    }
    let first = pickle::load(bytes, 0)?;
    match first.heap.get(first.top) {
        Object::BigInt(digits) if digits.as_ref() == legacy::MAGIC => {
            legacy::parse(stem, bytes, first.end)
        }
        _ => pickle::parse(stem, bytes, &first),
    }
}
