//! A file that is one document.

use super::{lines, marker};
use crate::error::{ErrorKind, Result};
use crate::json;
use crate::metric::arrow::Record;
use crate::metric::document::cells;
use crate::metric::text::{Text, corrupt, decode, line_of};
use crate::value::Value;

/// Reads a JSON file; one that holds mappings line by line is read as such.
///
/// # Errors
///
/// `Corrupt` where the text is cut, damaged or not UTF-8; `Limit` beyond 128 levels;
/// `Unsupported` for a document that names nothing.
pub fn parse(bytes: &[u8]) -> Result<Record> {
    let Text { text, is_cut } = decode(bytes)?;
    let (value, end) = json::first(text).map_err(|fault| fault.error(ErrorKind::Corrupt, text))?;
    let rest = text.get(end..).unwrap_or_default();
    if !rest.is_empty() || is_cut {
        return several(text, &value, end, is_cut);
    }
    let cells = cells(marker::restored(value, text))?;
    Ok(Record { cells, ..Record::default() })
}

/// A text that goes on after its first document: mappings line by line, at least two whole ones,
/// or the tail of a longer text that this one was written over.
fn several(text: &str, first: &Value, end: usize, is_cut: bool) -> Result<Record> {
    let start = text.find('{').unwrap_or_default();
    let is_next_line = text.get(start..end).is_some_and(|it| it.trim_end().lines().count() == 1)
        && line_of(text, end) > line_of(text, start);
    let rest = text.get(end..).unwrap_or_default();
    if is_next_line && matches!(first, Value::Map(_)) && rest.starts_with('{') {
        let (series, torn) = lines::read(text, is_cut)?;
        if series.rows() > 1 {
            return lines::record(series, torn);
        }
    }
    Err(corrupt(format!(
        "the document ends, and the file goes on in line {}: it was written over a longer one, or \
         cut off",
        line_of(text, end)
    )))
}
