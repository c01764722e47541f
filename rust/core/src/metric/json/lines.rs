//! Files that hold a mapping on each line.

use super::marker;
use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, Fault, FaultKind};
use crate::metric::arrow::Record;
use crate::metric::document::nameless;
use crate::metric::series::Series;
use crate::metric::text::{Text, corrupt, decode};
use crate::value::Value;

/// Reads a file of JSON lines as a series, also if it has one line. Blank lines are passed; a last
/// line that its writer did not finish is left out, and named.
///
/// # Errors
///
/// `Corrupt`, naming the line, where any other is damaged, and where none is whole; `Unsupported`
/// for a line that is no mapping.
pub fn parse(bytes: &[u8]) -> Result<Record> {
    let Text { text, is_cut } = decode(bytes)?;
    let (series, torn) = read(text, is_cut)?;
    if series.rows() == 0 {
        return Err(corrupt("the file holds no whole line"));
    }
    record(series, torn)
}

/// The series of the lines, and the one that was left out.
pub fn record(series: Series, torn: Option<Error>) -> Result<Record> {
    let left_out = torn.into_iter().collect();
    Ok(Record { cells: series.cells()?, left_out, ..Record::default() })
}

/// Reads the lines of a text, and what is wrong with a last one that is cut off; `is_cut` says that
/// the text ends within a character.
pub fn read(text: &str, is_cut: bool) -> Result<(Series, Option<Error>)> {
    let mut series = Series::default();
    let mut end = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let start = end;
        end += line.len();
        if line.trim_ascii().is_empty() {
            continue;
        }
        let named = |error: Error| Error {
            message: format!("line {}: {}", at + 1, error.message),
            ..error
        };
        match json::document(line) {
            Ok(Value::Map(entries)) => {
                let Value::Map(entries) = marker::restored(Value::Map(entries), line) else {
                    return Err(named(nameless("a number stands alone")));
                };
                series.push(entries).map_err(named)?;
            }
            Ok(_) => return Err(named(nameless("a value without a name"))),
            // What was cut begins as a mapping does: anything else is damage.
            Err(fault)
                if fault.kind == FaultKind::Cut
                    && line.trim_ascii_start().starts_with('{')
                    && !line.ends_with('\n') =>
            {
                let message = format!("the last line (line {}) is cut off, and left out", at + 1);
                return Ok((series, Some(corrupt(message))));
            }
            Err(fault) => {
                let fault = Fault { at: start + fault.at, ..fault };
                return Err(fault.error(ErrorKind::Corrupt, text));
            }
        }
    }
    if is_cut {
        return Err(corrupt("the text ends within a character"));
    }
    Ok((series, None))
}
