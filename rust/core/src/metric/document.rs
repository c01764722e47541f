//! What a document of mappings and lists gives, whatever it is written in.
//!
//! | document | cells |
//! |---|---|
//! | a mapping of names to values | one row: each value a cell, as [`plain`] says |
//! | a list of mappings | a [`series`](super::series) |
//! | a mapping with a list of mappings `log_history` | the series of that list, then the others |

use crate::error::{Error, ErrorKind, Result};
use crate::metric::series::Series;
use crate::metric::{Cells, plain, text};
use crate::value::Value;

/// The name under which a Hugging Face `trainer_state.json` keeps its series.
pub const HISTORY: &str = "log_history";

/// The cells of a document.
///
/// # Errors
///
/// `Unsupported` where it names nothing; `Limit` for more names than a file may have.
pub fn cells(document: Value) -> Result<Cells> {
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
