//! Elements as Arrow arrays, and the lists around them.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, FixedSizeListArray, ListArray, NullArray, make_array};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};

use super::rows::refused;
use crate::array::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow;

/// So many nulls.
pub fn nulls(count: usize) -> ArrayRef {
    Arc::new(NullArray::new(count))
}

/// Texts, null where there is none.
///
/// # Errors
///
/// `Limit` beyond 2³¹ bytes.
pub fn texts(rows: impl Iterator<Item = Option<impl AsRef<str>>>) -> Result<ArrayRef> {
    let mut builder = StringBuilder::new();
    let mut total = 0_usize;
    for row in rows {
        total = bounded(total, row.as_ref().map_or(0, |text| text.as_ref().len()))?;
        builder.append_option(row);
    }
    Ok(Arc::new(builder.finish()))
}

/// Byte strings, null where there is none.
///
/// # Errors
///
/// `Limit` beyond 2³¹ bytes.
pub fn byte_strings(rows: impl Iterator<Item = Option<impl AsRef<[u8]>>>) -> Result<ArrayRef> {
    let mut builder = BinaryBuilder::new();
    let mut total = 0_usize;
    for row in rows {
        total = bounded(total, row.as_ref().map_or(0, |bytes| bytes.as_ref().len()))?;
        builder.append_option(row);
    }
    Ok(Arc::new(builder.finish()))
}

/// Numbers from their bytes; null where `present` says so, and where a time is none (`NaT`).
/// A complex number is two floats in a list.
///
/// # Errors
///
/// `Invalid` for a time beyond what 64 bits of seconds hold.
pub fn numbers(dtype: DType, bytes: &[u8], present: Option<&[bool]>) -> Result<ArrayRef> {
    if let DType::Complex(size) = dtype {
        let parts = arrow::numbers(DType::Float(size / 2), bytes)?;
        let rows = bytes.len().checked_div(usize::from(size)).unwrap_or(0);
        return fixed_lists(parts, 2, rows, present);
    }
    let array = arrow::numbers(dtype, bytes)?;
    let is_time = matches!(dtype, DType::Datetime(_) | DType::Timedelta(_));
    if present.is_none() && !is_time {
        return Ok(array);
    }
    let missing = i64::MIN.to_ne_bytes();
    let valid = (0..array.len()).map(|row| {
        let known = present.is_none_or(|rows| rows.get(row) == Some(&true));
        let at = row.saturating_mul(8);
        known && !(is_time && bytes.get(at..at.saturating_add(8)) == Some(missing.as_slice()))
    });
    with_nulls(&array, valid.collect())
}

fn with_nulls(array: &ArrayRef, valid: NullBuffer) -> Result<ArrayRef> {
    if valid.null_count() == 0 {
        return Ok(Arc::clone(array));
    }
    let data = array.to_data().into_builder().nulls(Some(valid)).build();
    Ok(make_array(data.map_err(|error| refused(&error))?))
}

/// Lists of one length.
///
/// # Errors
///
/// `Limit` for lists of more than 2³¹ elements.
pub fn fixed_lists(
    items: ArrayRef,
    size: usize,
    rows: usize,
    present: Option<&[bool]>,
) -> Result<ArrayRef> {
    let width = i32::try_from(size).map_err(|_| too_many())?;
    let data = arrow_data::ArrayData::builder(DataType::FixedSizeList(item(&items), width))
        .len(rows)
        .add_child_data(items.to_data())
        .nulls(present.map(|rows| rows.iter().copied().collect()))
        .build()
        .map_err(|error| refused(&error))?;
    Ok(Arc::new(FixedSizeListArray::from(data)))
}

/// Lists of these lengths, null where `present` says so.
///
/// # Errors
///
/// `Limit` for more than 2³¹ elements in all.
pub fn lists(items: ArrayRef, lengths: &[usize], present: Option<&[bool]>) -> Result<ArrayRef> {
    lengths.iter().try_fold(0_usize, |total, length| bounded(total, *length))?;
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    let nulls = present.map(|rows| rows.iter().copied().collect());
    let field = item(&items);
    let list = ListArray::try_new(field, offsets, items, nulls);
    Ok(Arc::new(list.map_err(|error| refused(&error))?))
}

/// Items of `size` bytes, side by side, as rows: zeros where a row has none.
pub fn spread(items: &[u8], size: usize, rows: &[bool]) -> Vec<u8> {
    let mut spread = Vec::with_capacity(rows.len().saturating_mul(size));
    let mut items = items.chunks_exact(size.max(1));
    for row in rows {
        let item = if *row { items.next() } else { None };
        match item {
            Some(item) => spread.extend_from_slice(item),
            None => spread.resize(spread.len().saturating_add(size), 0),
        }
    }
    spread
}

fn item(items: &ArrayRef) -> Arc<Field> {
    let nullable = items.null_count() > 0 || *items.data_type() == DataType::Null;
    Arc::new(Field::new("item", items.data_type().clone(), nullable))
}

/// Offsets are 32-bit: what passes them is refused before Arrow counts.
fn bounded(total: usize, more: usize) -> Result<usize> {
    total.checked_add(more).filter(|total| i32::try_from(*total).is_ok()).ok_or_else(too_many)
}

fn too_many() -> Error {
    Error::new(
        ErrorKind::Limit,
        "more than 2**31 elements or bytes, which one Arrow column does not hold; gather it into a \
         dataset, or leave it out with `metrics`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_an_offset_can_count_is_refused_before_arrow_counts() {
        let most = usize::try_from(i32::MAX).unwrap();
        for lengths in [vec![most, 1], vec![usize::MAX, 2]] {
            let error = lists(nulls(0), &lengths, None).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Limit);
        }
        assert_eq!(fixed_lists(nulls(0), most + 1, 0, None).unwrap_err().kind, ErrorKind::Limit);
    }

    #[test]
    fn rows_without_an_item_are_zeros() {
        assert_eq!(spread(&[1, 2, 3, 4], 2, &[true, false, true]), [1, 2, 0, 0, 3, 4]);
        assert_eq!(spread(&[1, 2], 2, &[false]), [0, 0]);
    }
}
