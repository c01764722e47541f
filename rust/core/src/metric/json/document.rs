//! A file that is one document.

use super::{lines, marker};
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::metric::series::Series;
use crate::metric::text::{Text, corrupt, decode, line_of};
use crate::metric::{Cells, plain, text};
use crate::value::Value;

/// The name under which a Hugging Face `trainer_state.json` keeps its series.
pub const HISTORY: &str = "log_history";

/// Reads a JSON file; one that holds mappings line by line is read as such.
///
/// # Errors
///
/// `Corrupt` where the text is cut, damaged or not UTF-8; `Limit` beyond 128 levels;
/// `Unsupported` for a document that names nothing.
pub fn parse(bytes: &[u8]) -> Result<Cells> {
    let Text { text, is_cut } = decode(bytes)?;
    let (value, end) = json::first(text).map_err(|fault| fault.error(ErrorKind::Corrupt, text))?;
    let rest = text.get(end..).unwrap_or_default();
    if !rest.is_empty() || is_cut {
        return several(text, &value, end, is_cut);
    }
    cells(marker::restored(value, text))
}

/// A text that goes on after its first document: mappings line by line, at least two whole ones,
/// or the tail of a longer text that this one was written over.
fn several(text: &str, first: &Value, end: usize, is_cut: bool) -> Result<Cells> {
    let start = text.find('{').unwrap_or_default();
    let is_next_line = text.get(start..end).is_some_and(|it| it.trim_end().lines().count() == 1)
        && line_of(text, end) > line_of(text, start);
    let rest = text.get(end..).unwrap_or_default();
    if is_next_line && matches!(first, Value::Map(_)) && rest.starts_with('{') {
        let series = lines::read(text, is_cut)?;
        if series.rows() > 1 {
            return series.cells();
        }
    }
    Err(corrupt(format!(
        "the document ends, and the file goes on in line {}: it was written over a longer one, or \
         cut off",
        line_of(text, end)
    )))
}

fn cells(document: Value) -> Result<Cells> {
    match document {
        Value::Map(entries) => mapping(entries),
        Value::List(items) => {
            let mut series = Series::default();
            for (at, item) in items.into_iter().enumerate() {
                let Value::Map(entries) = item else {
                    return Err(nameless(&format!("item {at} of the list is no mapping")));
                };
                series.push(entries)?;
            }
            series.cells()
        }
        _ => Err(nameless("the document is a single value")),
    }
}

fn mapping(mut entries: Vec<(Value, Value)>) -> Result<Cells> {
    let is_history = |(name, value): &(Value, Value)| {
        *name == Value::text(HISTORY)
            && matches!(value, Value::List(rows)
                if rows.iter().all(|row| matches!(row, Value::Map(_))))
    };
    let Some(at) = entries.iter().position(is_history) else { return plain::row(entries) };
    let (_, history) = entries.remove(at);
    // The series keeps its names, since `epoch` and `step` of the last row are repeated beside it.
    let mut named = cells(history)?;
    let mut names = text::Names::default();
    for (name, _) in &named {
        names.take(name.clone())?;
    }
    for (name, cell) in plain::row(entries)? {
        named.push((names.take(name)?, cell));
    }
    Ok(named)
}

/// The error of a document whose values have no names.
pub fn nameless(what: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("{what}: expected a mapping of names to values, or a list of mappings"),
    )
}
