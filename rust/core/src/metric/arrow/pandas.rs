//! The index that pandas writes beside its columns.
//!
//! An index that counts like a `range` lies in the schema's metadata alone, any other one in a
//! column: so among the jobs of one sweep, of the same index some have a column and others none.
//! Both are read alike: an index with a name is a metric, and so is one without that does not
//! count the rows from 0 (`__index_level_0__`).

use arrow_schema::Schema;
use serde_json::Value as Json;

use crate::array::DType;
use crate::error::Result;
use crate::metric::cell::{Cell, Container, Data, Element};
use crate::metric::text::Names;
use crate::metric::{Cells, cell::Form};

/// The key of the schema's metadata.
const KEY: &str = "pandas";
/// How pandas names the columns of an index without a name.
const UNNAMED: &str = "__index_level_";

/// Adds the index that the metadata hold, and takes away one that counts the rows.
///
/// # Errors
///
/// `Limit` for more names than a file may have.
pub fn add_index(schema: &Schema, rows: usize, names: &mut Names, cells: &mut Cells) -> Result<()> {
    let Some(text) = schema.metadata().get(KEY) else { return Ok(()) };
    let Ok(metadata) = serde_json::from_str::<Json>(text) else { return Ok(()) };
    let indices = metadata.get("index_columns").and_then(Json::as_array);
    for (level, index) in indices.into_iter().flatten().enumerate() {
        if let Some(name) = index.as_str() {
            if name.starts_with(UNNAMED) {
                cells.retain(|(known, cell)| known != name || !counts(cell));
            }
        } else if let Some(range) = Range::of(index, rows) {
            let name = index.get("name").and_then(Json::as_str);
            if name.is_some() || !range.counts() {
                let name = name.map_or_else(|| format!("{UNNAMED}{level}__"), str::to_owned);
                cells.push((names.take(name)?, range.cell(rows)));
            }
        }
    }
    Ok(())
}

/// An index that counts.
struct Range {
    start: i64,
    step: i64,
    rows: usize,
}

impl Range {
    /// Of so many rows; `None` where the metadata speak of another number, as they do once rows
    /// were left out.
    fn of(index: &Json, rows: usize) -> Option<Self> {
        let number = |key| index.get(key).and_then(Json::as_i64);
        let (start, stop, step) = (number("start")?, number("stop")?, number("step")?);
        let span = stop.checked_sub(start)?;
        let length = if step == 0 || (span < 0) != (step < 0) {
            0
        } else {
            span.checked_sub(step.signum())?.checked_div(step)?.checked_add(1)?
        };
        (usize::try_from(length).ok() == Some(rows)).then_some(Self { start, step, rows })
    }

    const fn counts(&self) -> bool {
        self.rows == 0 || self.start == 0 && (self.step == 1 || self.rows == 1)
    }

    fn cell(&self, rows: usize) -> Cell {
        let values = (0..rows).scan(self.start, |next, _| {
            let value = *next;
            *next = next.wrapping_add(self.step);
            Some(value)
        });
        let bytes = values.flat_map(i64::to_ne_bytes).collect();
        let (shape, container) = match rows {
            1 => (Vec::new(), Container::Scalar),
            rows => (vec![rows], Container::Array),
        };
        Cell::numbers(DType::Int(8), shape, container, bytes)
    }
}

/// Whether a column of the index counts the rows from 0.
fn counts(cell: &Cell) -> bool {
    let Form { element: Element::Number(DType::Int(8)), .. } = cell.form else { return false };
    let Data::Numbers(bytes) = &cell.data else { return false };
    let mut values =
        bytes.chunks_exact(8).map(|it| i64::from_ne_bytes(it.try_into().unwrap_or_default()));
    (0..).zip(values.by_ref()).all(|(row, value)| row == value)
}
