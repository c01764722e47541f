//! Columns that no array of numbers or texts holds, as plain values.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::column::{MOST_NULLS, decoded, limit, raw_values, text_at, unsupported};
use super::layout::element_type;
use crate::array::DType;
use crate::error::Result;
use crate::value::Value;

/// The values of a column, row by row.
///
/// # Errors
///
/// `Unsupported` for types that are no plain data.
pub fn values(column: &ArrayRef) -> Result<Vec<Value>> {
    let column = &decoded(column)?;
    let rows = column.len();
    let values: Vec<Value> = match column.data_type() {
        DataType::Null if rows > MOST_NULLS => return Err(limit(rows)),
        DataType::Null => vec![Value::Null; rows],
        DataType::Boolean => column.as_boolean().values().iter().map(Value::Bool).collect(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            (0..rows).map(|row| Value::text(text_at(column, row))).collect()
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            lists(list.values(), list.value_offsets().iter().map(|it| i64::from(*it)))?
        }
        DataType::LargeList(_) => {
            let list = column.as_list::<i64>();
            lists(list.values(), list.value_offsets().iter().copied())?
        }
        DataType::FixedSizeList(_, width) if *width > 0 || rows <= MOST_NULLS => {
            let width = i64::from(*width);
            let offsets = (0..=rows).map(|row| i64::try_from(row).unwrap_or(0) * width);
            lists(column.as_fixed_size_list().values(), offsets)?
        }
        DataType::Struct(fields) => {
            let mut entries = vec![Vec::with_capacity(fields.len()); rows];
            for (field, part) in fields.iter().zip(column.as_struct().columns()) {
                for (row, value) in entries.iter_mut().zip(values(part)?) {
                    row.push((Value::text(field.name().as_str()), value));
                }
            }
            entries.into_iter().map(Value::Map).collect()
        }
        other => {
            let Some(dtype) = element_type(other) else { return Err(unsupported(column)) };
            let bytes = raw_values(&column.to_data(), dtype.size());
            let numbers = bytes.chunks_exact(dtype.size()).map(|item| number(dtype, item));
            numbers.collect::<Option<_>>().ok_or_else(|| unsupported(column))?
        }
    };
    let masked = |(row, value)| if column.is_null(row) { Value::Null } else { value };
    Ok(values.into_iter().enumerate().map(masked).collect())
}

fn lists(items: &ArrayRef, mut offsets: impl Iterator<Item = i64>) -> Result<Vec<Value>> {
    let items = values(items)?;
    let place = |offset: i64| usize::try_from(offset).unwrap_or(0);
    let mut start = place(offsets.next().unwrap_or(0));
    Ok(offsets
        .map(|end| {
            let range = start..place(end);
            start = range.end;
            Value::List(items.get(range).unwrap_or_default().to_vec())
        })
        .collect())
}

fn number(dtype: DType, item: &[u8]) -> Option<Value> {
    if let Some(integer) = dtype.integer(item) {
        return Value::integer(&integer.to_string());
    }
    Some(Value::Float(match dtype {
        DType::Float(2) => half::f16::from_ne_bytes(item.try_into().ok()?).into(),
        DType::Float(4) => f32::from_ne_bytes(item.try_into().ok()?).into(),
        DType::Float(8) => f64::from_ne_bytes(item.try_into().ok()?),
        _ => return None,
    }))
}
