//! The writer of `metrics.arrow`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, FixedSizeListArray, ListArray, NullArray,
    RecordBatch, StringArray, make_array,
};
use arrow_buffer::{Buffer, OffsetBuffer};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::layout::arrow_type;
use super::{
    DTYPE_KEY, EXTENSION_METADATA, EXTENSION_NAME, OVERRIDES_ROLE, ROLE_KEY, TENSOR, VERSION,
    VERSION_KEY, sealed,
};
use crate::array::{DType, TimeUnit};
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::metric::Cells;
use crate::metric::cell::{Cell, Container, Data, Element};

/// The bytes of a `metrics.arrow` with these metrics, in their order, and the job's overrides, the
/// lines of its `overrides.yaml`; without overrides, the column of that role is left out.
///
/// # Errors
///
/// `Invalid` where two metrics have one name or a value cannot be stored.
pub fn encode(cells: &Cells, overrides: Option<&[String]>) -> Result<Vec<u8>> {
    let mut fields = Vec::with_capacity(cells.len().saturating_add(1));
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(fields.capacity());
    if let Some(lines) = overrides {
        let mut name = OVERRIDES_ROLE.to_owned();
        while cells.iter().any(|(taken, _)| *taken == name) {
            name.push('_');
        }
        let lines: ArrayRef = Arc::new(StringArray::from_iter_values(lines));
        let count = lines.len();
        let column = nested_list(lines, &[count])?;
        let role = HashMap::from([(ROLE_KEY.to_owned(), OVERRIDES_ROLE.to_owned())]);
        fields.push(Field::new(name, column.data_type().clone(), false).with_metadata(role));
        columns.push(column);
    }
    for (at, (name, cell)) in cells.iter().enumerate() {
        if cells.iter().take(at).any(|(taken, _)| taken == name) {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("the metric `{name}` is given twice"),
            ));
        }
        let (column, metadata) = column(cell).map_err(|error| Error {
            message: format!("the metric `{name}`: {}", error.message),
            ..error
        })?;
        fields.push(Field::new(name, column.data_type().clone(), true).with_metadata(metadata));
        columns.push(column);
    }
    let metadata = HashMap::from([(VERSION_KEY.to_owned(), VERSION.to_owned())]);
    let schema = Schema::new_with_metadata(fields, metadata);
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(1));
    let batch = RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)
        .map_err(|error| refused(&error))?;
    sealed::write(&batch.schema(), [Ok(batch.clone())].into_iter()).map_err(|error| refused(&error))
}

fn refused(error: &ArrowError) -> Error {
    Error::new(ErrorKind::Invalid, format!("cannot be stored as Arrow: {error}"))
}

type Metadata = HashMap<String, String>;

fn column(cell: &Cell) -> Result<(ArrayRef, Metadata)> {
    let shape = cell.form.shape.as_slice();
    let mut metadata = Metadata::new();
    let mut mark = |text: &str| {
        metadata.insert(DTYPE_KEY.to_owned(), text.to_owned());
    };
    let mut tensor_shape = shape.to_vec();
    let items: ArrayRef = match (&cell.data, cell.form.element) {
        (Data::Nulls, _) if cell.form.container == Container::List => {
            Arc::new(NullArray::new(shape.iter().product()))
        }
        (Data::Nulls, _) => return Ok((Arc::new(NullArray::new(1)), metadata)),
        (Data::Plain(values), _) => {
            mark("json");
            let mut texts = StringBuilder::new();
            values.iter().for_each(|value| texts.append_value(json::to_text(value)));
            return Ok((Arc::new(texts.finish()), metadata));
        }
        (Data::Bytes(strings), _) => {
            Arc::new(BinaryArray::from_iter_values(strings.iter().map(AsRef::as_ref)))
        }
        (Data::Texts(texts), _) => Arc::new(StringArray::from_iter_values(texts)),
        (Data::Numbers(bytes), Element::Number(DType::Complex(size))) => {
            mark(if size == 8 { "complex64" } else { "complex128" });
            let parts = numbers(DType::Float(size / 2), bytes)?;
            let pairs = parts.len() / 2;
            if cell.form.container == Container::Array {
                tensor_shape.push(2);
                parts
            } else {
                fixed_size_list(parts, 2, pairs)?
            }
        }
        (Data::Numbers(bytes), Element::Number(dtype)) => numbers(dtype, bytes)?,
        (Data::Numbers(_), _) => {
            return Err(Error::new(ErrorKind::Internal, "numbers without a dtype"));
        }
    };
    match cell.form.container {
        Container::Scalar => return Ok((items, metadata)),
        Container::List => return Ok((nested_list(items, shape)?, metadata)),
        Container::Array => {}
    }
    let size = tensor_shape.iter().product();
    let lengths: Vec<String> = tensor_shape.iter().map(ToString::to_string).collect();
    metadata.insert(EXTENSION_NAME.to_owned(), TENSOR.to_owned());
    metadata
        .insert(EXTENSION_METADATA.to_owned(), format!("{{\"shape\":[{}]}}", lengths.join(",")));
    Ok((fixed_size_list(items, size, 1)?, metadata))
}

/// Numbers from their bytes. Times coarser than a second, which Arrow lacks, are in seconds.
///
/// # Errors
///
/// `Invalid` for a time beyond what 64 bits of seconds hold.
pub fn numbers(dtype: DType, bytes: &[u8]) -> Result<ArrayRef> {
    if dtype == DType::Bool {
        return Ok(Arc::new(bytes.iter().map(|byte| Some(*byte != 0)).collect::<BooleanArray>()));
    }
    if let DType::Datetime(unit) | DType::Timedelta(unit) = dtype
        && unit < TimeUnit::Second
    {
        let seconds = unit.in_seconds(bytes).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, "a time lies beyond what 64 bits of seconds hold")
        })?;
        return numbers(
            if matches!(dtype, DType::Datetime(_)) {
                DType::Datetime(TimeUnit::Second)
            } else {
                DType::Timedelta(TimeUnit::Second)
            },
            &seconds,
        );
    }
    let count = bytes.len().checked_div(dtype.size()).unwrap_or(0);
    let data = ArrayData::builder(arrow_type(dtype)?)
        .len(count)
        .add_buffer(Buffer::from_vec(bytes.to_vec()))
        .align_buffers(true)
        .build()
        .map_err(|error| refused(&error))?;
    Ok(make_array(data))
}

fn fixed_size_list(items: ArrayRef, size: usize, rows: usize) -> Result<ArrayRef> {
    let width = i32::try_from(size)
        .map_err(|_| Error::new(ErrorKind::Limit, "an array of more than 2**31 elements"))?;
    let field = Arc::new(Field::new("item", items.data_type().clone(), false));
    let data = ArrayData::builder(DataType::FixedSizeList(field, width))
        .len(rows)
        .add_child_data(items.to_data())
        .build()
        .map_err(|error| refused(&error))?;
    Ok(Arc::new(FixedSizeListArray::from(data)))
}

/// One row that holds `items` as lists in lists of these lengths.
fn nested_list(items: ArrayRef, shape: &[usize]) -> Result<ArrayRef> {
    let mut array = items;
    for (axis, length) in shape.iter().enumerate().rev() {
        let rows = shape.iter().take(axis).product();
        let field = Arc::new(Field::new("item", array.data_type().clone(), false));
        let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(*length, rows));
        let list = ListArray::try_new(field, offsets, array, None);
        array = Arc::new(list.map_err(|error| refused(&error))?);
    }
    Ok(array)
}
