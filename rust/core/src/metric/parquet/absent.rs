//! What stands in for the reader where it was not built.

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;

/// Refuses a Parquet file.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn parse(_bytes: &[u8]) -> Result<Record> {
    Err(Error::new(ErrorKind::Unsupported, "built without the feature `parquet`"))
}
