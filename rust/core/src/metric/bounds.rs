//! What no file may claim, whatever its format: each name costs a column of the dataset, and lengths
//! without elements cost nothing in the file, but their labels and their padding do outside of it.

use crate::array::element_count;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::cell::{Cell, Data};

/// Most metrics of one file: as many as an archive may have members.
pub const MOST_METRICS: usize = 65_536;

/// The longest dimension that no element stands behind.
const LONGEST_EMPTY: usize = 1 << 20;

/// Compares a number of metrics with the bound.
///
/// # Errors
///
/// `Limit` beyond it.
pub fn metrics(count: usize) -> Result<()> {
    if count <= MOST_METRICS {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Limit,
        format!("the file has {count} metrics or more; at most {MOST_METRICS} are read"),
    ))
}

/// The record, where it is within the bounds.
///
/// # Errors
///
/// `Limit` where it is beyond one.
pub fn check(record: Record) -> Result<Record> {
    metrics(record.cells.len())?;
    match record.cells.iter().find(|(_, cell)| is_vast(cell)) {
        Some((name, cell)) => Err(Error::new(
            ErrorKind::Limit,
            format!(
                "the metric `{name}` claims the shape {:?} and holds no element; at most \
                 {LONGEST_EMPTY} along a dimension are read",
                cell.form.shape
            ),
        )),
        None => Ok(record),
    }
}

fn is_vast(cell: &Cell) -> bool {
    let shape = &cell.form.shape;
    let count = element_count(shape);
    let is_empty = count == Some(0) && shape.iter().any(|length| *length > LONGEST_EMPTY);
    let is_null = matches!(cell.data, Data::Nulls) && count.is_none_or(|it| it > LONGEST_EMPTY);
    is_empty || is_null
}
