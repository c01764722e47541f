//! One column as a cell.
//!
//! Elements stay of their type as long as an array of that type can hold them and their holes:
//! `NaN` and `NaT` are the holes of floats and times. Ints and bools with holes, texts with holes
//! and lists of different lengths become what the same values are in any other
//! [`series`](crate::metric::series).

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Date64Type};
use arrow_array::{Array, ArrayRef};
use arrow_data::ArrayData;
use arrow_schema::DataType;

use super::batches::corrupt;
use super::layout::{complex_type, element_type};
use super::values::values;
use crate::array::{DType, TimeUnit, element_count};
use crate::error::{Error, ErrorKind, Result};
use crate::metric::cell::{Cell, Container, Data, Element, Form};
use crate::metric::{plain, series};
use crate::value::Value;

/// Nulls that need no bytes in a file beside them.
pub const MOST_NULLS: usize = 1 << 20;
/// Bytes that the texts of a dictionary may become.
const MOST_TEXT: usize = 1 << 32;
/// Bytes of text that any column may name: views may share theirs.
const SHARED: usize = 1 << 24;
/// How much more text a column may name than it holds.
const MOST_SHARING: usize = 8;

/// All rows of a column, as an array whose leading dimension is the rows.
///
/// # Errors
///
/// `Unsupported` for types that no metric has.
pub fn cell(column: &ArrayRef, mark: Option<&str>) -> Result<Cell> {
    if let Some(cell) = array(column, mark)? {
        return Ok(cell);
    }
    let known = values(column)?.into_iter().enumerate().filter(|(_, it)| *it != Value::Null);
    let mut cell = series::cell(column.len(), known.collect())?;
    if cell.form.element != Element::Null {
        cell.form.container = Container::Array;
    }
    Ok(cell)
}

/// The value of a column of one row, which is no null.
///
/// # Errors
///
/// As [`cell`].
pub fn value(column: &ArrayRef, mark: Option<&str>) -> Result<Cell> {
    let Some(whole) = array(column, mark)? else {
        let value = values(column)?.into_iter().next().unwrap_or(Value::Null);
        return Ok(plain::cell(value));
    };
    let mut form = whole.form;
    if !form.shape.is_empty() {
        form.shape.remove(0);
    }
    form.container = if form.shape.is_empty() { Container::Scalar } else { Container::List };
    Ok(Cell { form, data: whole.data })
}

/// The rows where one array holds them; `None` where it does not.
fn array(column: &ArrayRef, mark: Option<&str>) -> Result<Option<Cell>> {
    let column = &decoded(column)?;
    let rows = column.len();
    let form = |element| Form { element, shape: vec![rows], container: Container::Array };
    match column.data_type() {
        DataType::Null if rows > MOST_NULLS => Err(limit(rows)),
        DataType::Null => Ok(Some(series::nulls(vec![rows]))),
        DataType::FixedSizeList(_, width) => {
            let width = usize::try_from(*width).unwrap_or(0);
            let list = column.as_fixed_size_list();
            let is_flat = list.values().data_type().is_floating();
            let items = array(list.values(), mark.filter(|_| !is_flat))?;
            if let (Some(dtype), true, Some(Data::Numbers(bytes))) =
                (complex_type(mark), is_flat, items.as_ref().map(|items| &items.data))
            {
                if column.null_count() > 0 {
                    return Err(unsupported(column));
                }
                let count = bytes.len().checked_div(dtype.size()).unwrap_or(0);
                let shape = if width == 2 { vec![rows] } else { vec![count] };
                let bytes = bytes.to_vec();
                return Ok(Some(Cell::numbers(dtype, shape, Container::Array, bytes)));
            }
            let holes = column.null_count() > 0;
            let lists = (0..if holes { rows } else { 0 }).map(|row| {
                let start = row.saturating_mul(width);
                column.is_valid(row).then(|| start..start.saturating_add(width))
            });
            Ok(items.and_then(|items| {
                if holes {
                    gathered(&items, width, lists)
                } else {
                    Some(nested(items, rows, width))
                }
            }))
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            let offsets: Vec<i64> = list.value_offsets().iter().map(|it| i64::from(*it)).collect();
            lists(column, list.values(), mark, &offsets)
        }
        DataType::LargeList(_) => {
            let list = column.as_list::<i64>();
            lists(column, list.values(), mark, list.value_offsets())
        }
        DataType::LargeUtf8 | DataType::Utf8View | DataType::Utf8 => Ok((column.null_count() == 0)
            .then(|| {
                let texts = (0..rows).map(|row| text_at(column, row).into()).collect();
                Cell { form: form(Element::Text), data: Data::Texts(texts) }
            })),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView
            if column.null_count() == 0 =>
        {
            let all = (0..rows).map(|row| bytes_at(column, row).into()).collect();
            Ok(Some(Cell { form: form(Element::Bytes), data: Data::Bytes(all) }))
        }
        DataType::Struct(_) => Ok(None),
        _ => numbers(column),
    }
}

fn lists(
    column: &ArrayRef,
    items: &ArrayRef,
    mark: Option<&str>,
    offsets: &[i64],
) -> Result<Option<Cell>> {
    let place = |offset: i64| usize::try_from(offset).unwrap_or(0);
    let rows: Vec<Option<Range<usize>>> = offsets
        .iter()
        .zip(offsets.iter().skip(1))
        .enumerate()
        .map(|(row, (start, end))| column.is_valid(row).then(|| place(*start)..place(*end)))
        .collect();
    let mut lengths = rows.iter().flatten().map(Range::len);
    let length = lengths.next().unwrap_or(0);
    // An empty list says nothing of what it would hold, and is the same in every format.
    if lengths.any(|other| other != length) || length == 0 {
        return Ok(None);
    }
    let Some(items) = array(items, mark)? else { return Ok(None) };
    Ok(gathered(&items, length, rows.into_iter()))
}

/// Rows of so many items each, none missing.
fn nested(items: Cell, rows: usize, length: usize) -> Cell {
    let mut shape = vec![rows, length];
    shape.extend(items.form.shape.iter().skip(1));
    Cell { form: Form { shape, ..items.form }, data: items.data }
}

/// The items of each row, one after the other, where the missing ones can be told by their values.
fn gathered(
    items: &Cell,
    length: usize,
    rows: impl Iterator<Item = Option<Range<usize>>>,
) -> Option<Cell> {
    let size = element_count(items.form.shape.get(1..)?)?;
    let range = |row: Range<usize>| row.start.saturating_mul(size)..row.end.saturating_mul(size);
    let mut count = 0;
    let data = match (&items.data, items.form.element) {
        (Data::Numbers(bytes), Element::Number(dtype)) => {
            let width = dtype.size();
            let mut all = Vec::new();
            for row in rows {
                count += 1;
                match row.map(range) {
                    Some(range) => {
                        let bounds =
                            range.start.checked_mul(width)?..range.end.checked_mul(width)?;
                        all.extend_from_slice(bytes.get(bounds)?);
                    }
                    None => all.extend(dtype.missing()?.repeat(length.checked_mul(size)?)),
                }
            }
            Data::Numbers(all.into())
        }
        (Data::Texts(texts), _) => {
            let mut all = Vec::new();
            for row in rows {
                count += 1;
                all.extend_from_slice(texts.get(range(row?))?);
            }
            Data::Texts(all)
        }
        (Data::Nulls, _) => {
            count = rows.count();
            Data::Nulls
        }
        _ => return None,
    };
    let mut shape = vec![count, length];
    shape.extend(items.form.shape.iter().skip(1));
    Some(Cell { form: Form { shape, ..items.form.clone() }, data })
}

fn numbers(column: &ArrayRef) -> Result<Option<Cell>> {
    let days = |day: Option<i64>| day.unwrap_or(i64::MIN).to_ne_bytes();
    let (dtype, bytes) = match column.data_type() {
        DataType::Date32 => (
            DType::Datetime(TimeUnit::Day),
            column
                .as_primitive::<Date32Type>()
                .iter()
                .flat_map(|it| days(it.map(Into::into)))
                .collect(),
        ),
        DataType::Date64 => (
            DType::Datetime(TimeUnit::Millisecond),
            column.as_primitive::<Date64Type>().iter().flat_map(days).collect(),
        ),
        DataType::Boolean if column.null_count() > 0 => return Ok(None),
        DataType::Boolean => {
            (DType::Bool, column.as_boolean().values().iter().map(u8::from).collect())
        }
        other => {
            let Some(dtype) = element_type(other) else { return Err(unsupported(column)) };
            let mut bytes = raw_values(&column.to_data(), dtype.size());
            if column.null_count() > 0 {
                let Some(missing) = dtype.missing() else { return Ok(None) };
                for (row, item) in bytes.chunks_exact_mut(dtype.size()).enumerate() {
                    if column.is_null(row) {
                        item.copy_from_slice(&missing);
                    }
                }
            }
            (dtype, bytes)
        }
    };
    Ok(Some(Cell::numbers(dtype, vec![column.len()], Container::Array, bytes)))
}

/// The column with the values of its dictionary in place of their numbers.
///
/// # Errors
///
/// `Limit` where a few bytes would become texts beyond reason.
pub fn decoded(column: &ArrayRef) -> Result<ArrayRef> {
    bounded_views(column)?;
    let Some(dictionary) = column.as_any_dictionary_opt() else { return Ok(column.clone()) };
    let values = dictionary.values();
    let longest = match values.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            (0..values.len()).map(|row| text_at(values, row).len()).max().unwrap_or(0)
        }
        DataType::Boolean => 1,
        other if other.is_primitive() => 16,
        _ => return Err(unsupported(column)),
    };
    if longest.saturating_mul(column.len()) > MOST_TEXT {
        return Err(Error::new(ErrorKind::Limit, "the texts take more than 4 GiB"));
    }
    arrow_select::take::take(values, dictionary.keys(), None)
        .map_err(|error| corrupt(&error.to_string()))
}

/// Refuses views that name far more bytes than they hold: any number of them may share some.
fn bounded_views(column: &ArrayRef) -> Result<()> {
    let (buffers, named) = match column.data_type() {
        DataType::Utf8View => {
            let texts = column.as_string_view();
            (texts.data_buffers(), texts.lengths().map(u64::from).sum::<u64>())
        }
        DataType::BinaryView => {
            let strings = column.as_binary_view();
            (strings.data_buffers(), strings.lengths().map(u64::from).sum::<u64>())
        }
        _ => return Ok(()),
    };
    let held = buffers.iter().map(|buffer| buffer.len()).sum::<usize>();
    let most = held.saturating_mul(MOST_SHARING).saturating_add(SHARED);
    if usize::try_from(named).is_ok_and(|named| named <= most) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Limit,
        format!("{named} bytes of text, of {held} in the file; at most {most} are read"),
    ))
}

/// The error of a column whose type no metric has.
pub fn unsupported(column: &ArrayRef) -> Error {
    let holes = if column.null_count() > 0 { " with nulls" } else { "" };
    Error::new(ErrorKind::Unsupported, format!("a column of type {}{holes}", column.data_type()))
}

/// The error of more nulls than a file may claim.
pub fn limit(rows: usize) -> Error {
    Error::new(ErrorKind::Limit, format!("{rows} nulls and no values"))
}

/// The text in a row of a column of texts.
pub fn text_at(column: &ArrayRef, row: usize) -> &str {
    if let Some(texts) = column.as_string_opt::<i32>() {
        texts.value(row)
    } else if let Some(texts) = column.as_string_opt::<i64>() {
        texts.value(row)
    } else {
        column.as_string_view_opt().map(|texts| texts.value(row)).unwrap_or_default()
    }
}

fn bytes_at(column: &ArrayRef, row: usize) -> &[u8] {
    if let Some(strings) = column.as_binary_opt::<i32>() {
        strings.value(row)
    } else if let Some(strings) = column.as_binary_opt::<i64>() {
        strings.value(row)
    } else {
        column.as_binary_view_opt().map(|strings| strings.value(row)).unwrap_or_default()
    }
}

/// The bytes of a column of numbers, those of its nulls as they lie.
pub fn raw_values(data: &ArrayData, size: usize) -> Vec<u8> {
    let start = data.offset().saturating_mul(size);
    let end = start.saturating_add(data.len().saturating_mul(size));
    data.buffers().first().and_then(|it| it.as_slice().get(start..end)).unwrap_or_default().to_vec()
}
