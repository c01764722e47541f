//! Tables of others: the rows of each column as one cell.
//!
//! | table | cells |
//! |---|---|
//! | one row | each value by itself, a list or an array too |
//! | any other number of rows | a [`series`](crate::metric::series): a leading dimension over rows |
//!
//! The fields of a struct are columns of their own, named with `.`. A column whose type no metric
//! has is left out, and named. An index that pandas wrote: see [`pandas`].

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, make_array, new_empty_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};

use super::batches::{Batches, corrupt, guarded};
use super::column::{self, MOST_NULLS, decoded};
use super::pandas;
use super::read::{Record, mark, row_cell};
use super::tensor::Tensor;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::text::Names;
use crate::metric::{Cell, Cells};

/// Levels of structs in structs that are taken apart.
const DEEPEST: usize = 64;

/// The cells of a table.
///
/// # Errors
///
/// `Corrupt` where columns contradict each other, `Limit` where more rows are claimed than the file
/// can hold.
pub fn read(batches: &Batches) -> Result<Record> {
    let rows: usize = batches.batches.iter().map(RecordBatch::num_rows).sum();
    if rows > batches.held.saturating_mul(8).saturating_add(MOST_NULLS) {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("the table claims {rows} rows, and holds {} bytes", batches.held),
        ));
    }
    let mut table = Table { rows, ..Table::default() };
    guarded(|| {
        for (at, field) in batches.schema.fields().iter().enumerate() {
            let parts = batches.batches.iter().filter_map(|batch| batch.columns().get(at)).cloned();
            table.add(field.name(), field, &parts.collect::<Vec<_>>(), 0)?;
        }
        pandas::add_index(&batches.schema, rows, &mut table.names, &mut table.cells)
    })?;
    Ok(Record { cells: table.cells, left_out: table.left_out, ..Record::default() })
}

#[derive(Default)]
struct Table {
    rows: usize,
    names: Names,
    cells: Cells,
    left_out: Vec<Error>,
}

impl Table {
    fn add(&mut self, name: &str, field: &Field, parts: &[ArrayRef], depth: usize) -> Result<()> {
        if let DataType::Struct(fields) = field.data_type()
            && !fields.is_empty()
            && depth < DEEPEST
        {
            for (at, inner) in fields.iter().enumerate() {
                let parts: Vec<ArrayRef> =
                    parts.iter().map(|part| member(part, at)).collect::<Result<_>>()?;
                self.add(&format!("{name}.{}", inner.name()), inner, &parts, depth + 1)?;
            }
            return Ok(());
        }
        match cell(field, parts, self.rows) {
            Ok(cell) => self.cells.push((self.names.take(name.to_owned())?, cell)),
            Err(error) => {
                let error =
                    Error { message: format!("the column `{name}`: {}", error.message), ..error };
                if error.kind != ErrorKind::Unsupported {
                    return Err(error);
                }
                self.left_out.push(error);
            }
        }
        Ok(())
    }
}

/// A field of a struct, null where the struct is.
fn member(part: &ArrayRef, at: usize) -> Result<ArrayRef> {
    let whole = part.as_struct();
    let member = whole.columns().get(at).ok_or_else(|| corrupt("a struct lacks a field"))?;
    if whole.null_count() == 0 || *member.data_type() == DataType::Null {
        return Ok(member.clone());
    }
    let nulls = NullBuffer::union(whole.nulls(), member.nulls());
    member
        .to_data()
        .into_builder()
        .nulls(nulls)
        .build()
        .map(make_array)
        .map_err(|error| corrupt(&error.to_string()))
}

fn cell(field: &Field, parts: &[ArrayRef], rows: usize) -> Result<Cell> {
    let parts: Vec<ArrayRef> =
        parts.iter().filter(|part| !part.is_empty()).map(decoded).collect::<Result<_>>()?;
    let column = match parts.as_slice() {
        [one] => one.clone(),
        [] => match field.data_type() {
            DataType::Dictionary(_, value) => new_empty_array(value),
            other => new_empty_array(other),
        },
        several => {
            let several: Vec<&dyn Array> = several.iter().map(AsRef::as_ref).collect();
            arrow_select::concat::concat(&several).map_err(|error| corrupt(&error.to_string()))?
        }
    };
    if rows == 1 {
        return row_cell(field, &column);
    }
    let whole = column::cell(&column, mark(field))?;
    match Tensor::of(field, mark(field))? {
        Some(tensor) => tensor.rows(whole),
        None => Ok(whole),
    }
}
