//! The full parser: any Arrow IPC file, one cell for each column.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Date64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_data::ArrayData;
use arrow_ipc::Footer;
use arrow_schema::{DataType, Field};

use super::batches::{Batches, corrupt, read_file, read_stream};
use super::layout::{complex_type, element_type};
use super::{
    CHECKSUM_KEY, DTYPE_KEY, EXTENSION_METADATA, EXTENSION_NAME, MAGIC, OVERRIDES_ROLE, ROLE_KEY,
    STREAM_START, TAIL, TENSOR, VERSION, VERSION_KEY,
};
use crate::array::{DType, TimeUnit, element_count};
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::metric::Cells;
use crate::metric::cell::{Cell, Container, Data, Element, Form};

/// Bytes of text that any column may name: views may share theirs.
const SHARED: usize = 1 << 24;
/// How much more text a column may name than it holds.
const MOST_SHARING: usize = 8;

/// What one Arrow file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The lines of the job's `overrides.yaml`, where the file is a record of ours that has them.
    pub overrides: Option<Vec<String>>,
    /// The metrics, in the order of the file.
    pub cells: Cells,
    /// Whether the file is a record of ours.
    pub recorded: bool,
    /// What the file holds beside them and no metric can be.
    pub left_out: Vec<Error>,
}

/// Reads an Arrow IPC file (or stream). A file of several rows is a series: its columns become
/// arrays whose leading dimension is the rows.
///
/// # Errors
///
/// `Corrupt` where the file is cut off, its checksum differs or Arrow refuses it; `Unsupported` for
/// column types that no metric has and for a later version of the record.
pub fn parse(bytes: &[u8]) -> Result<Record> {
    match Content::of(bytes)? {
        Content::Recorded(batches) => record(&batches),
        Content::Foreign(batches) => foreign(batches),
    }
}

/// The overrides that a record of ours carries, its metrics left alone; `None` where it carries
/// none.
///
/// # Errors
///
/// As [`parse`].
pub fn overrides(bytes: &[u8]) -> Result<Option<Vec<String>>> {
    let Content::Recorded(batches) = Content::of(bytes)? else { return Ok(None) };
    let batch = row_of(&batches)?;
    let mut columns = batches.schema.fields().iter().zip(batch.columns());
    columns.find(|(field, _)| holds_overrides(field)).map(|(_, column)| lines(column)).transpose()
}

/// The batches of a file, whole.
enum Content {
    /// Those of a record of ours, its checksum found right.
    Recorded(Batches),
    /// Those of any other file.
    Foreign(Batches),
}

impl Content {
    fn of(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Err(corrupt("the file is empty (byte 0)"));
        }
        if bytes.get(..MAGIC.len()) != Some(MAGIC) {
            return read_stream(bytes).map(Self::Foreign);
        }
        let footer_start = footer_start(bytes)?;
        // The checksum comes before everything that it covers is believed.
        let stored = stored_checksum(bytes, footer_start)?;
        if let Some(stored) = &stored {
            let actual = crc32fast::hash(bytes.get(..footer_start).unwrap_or_default());
            if *stored != format!("{actual:08x}") {
                return Err(corrupt(&format!(
                    "the checksum of bytes 0 to {footer_start} is {actual:08x}, and the file says \
                     {stored}"
                )));
            }
        }
        let batches = read_stream(bytes.get(STREAM_START..footer_start).unwrap_or_default());
        if let Ok(batches) = batches
            && batches.schema.metadata.contains_key(VERSION_KEY)
        {
            if stored.is_none() {
                return Err(corrupt("the record has no checksum in its footer"));
            }
            return Ok(Self::Recorded(batches));
        }
        read_file(bytes, footer(bytes, footer_start)?).map(Self::Foreign)
    }
}

/// The first byte of the footer, from the length at the end of the file.
pub(super) fn footer_start(bytes: &[u8]) -> Result<usize> {
    let cut = || corrupt(&format!("the file is cut off (byte {})", bytes.len()));
    let tail_start = bytes.len().checked_sub(TAIL).ok_or_else(cut)?;
    let (length, magic) =
        bytes.get(tail_start..).and_then(|tail| tail.split_at_checked(4)).ok_or_else(cut)?;
    if magic != MAGIC {
        return Err(cut());
    }
    let length = u32::from_le_bytes(length.try_into().unwrap_or_default());
    usize::try_from(length)
        .ok()
        .and_then(|length| tail_start.checked_sub(length))
        .filter(|start| *start >= STREAM_START)
        .ok_or_else(|| corrupt(&format!("the footer claims {length} bytes (byte {tail_start})")))
}

fn footer(bytes: &[u8], start: usize) -> Result<Footer<'_>> {
    let end = bytes.len().saturating_sub(TAIL);
    arrow_ipc::root_as_footer(bytes.get(start..end).unwrap_or_default())
        .map_err(|error| corrupt(&format!("the footer (byte {start}): {error}")))
}

pub(super) fn stored_checksum(bytes: &[u8], footer_start: usize) -> Result<Option<String>> {
    Ok(footer(bytes, footer_start)?.custom_metadata().and_then(|entries| {
        entries
            .iter()
            .find(|entry| entry.key() == Some(CHECKSUM_KEY))
            .and_then(|entry| entry.value())
            .map(str::to_owned)
    }))
}

/// The one row of a record of ours.
fn row_of(batches: &Batches) -> Result<&RecordBatch> {
    let version = batches.schema.metadata.get(VERSION_KEY).map(String::as_str);
    if version != Some(VERSION) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "the record has version {}, and this runcube reads version {VERSION}: a newer one \
                 wrote it",
                version.unwrap_or("?")
            ),
        ));
    }
    let [batch] = batches.batches.as_slice() else {
        return Err(corrupt("a record holds one batch"));
    };
    if batch.num_rows() != 1 {
        return Err(corrupt(&format!("a record holds one row, not {}", batch.num_rows())));
    }
    Ok(batch)
}

fn record(batches: &Batches) -> Result<Record> {
    let mut record = Record { recorded: true, ..Record::default() };
    for (field, column) in batches.schema.fields().iter().zip(row_of(batches)?.columns()) {
        if holds_overrides(field) {
            record.overrides = Some(lines(column)?);
        } else {
            record.cells.push((field.name().clone(), row_cell(field, column)?));
        }
    }
    Ok(record)
}

fn holds_overrides(field: &Field) -> bool {
    field.metadata().get(ROLE_KEY).map(String::as_str) == Some(OVERRIDES_ROLE)
}

fn lines(column: &ArrayRef) -> Result<Vec<String>> {
    match cell(column, None)? {
        Cell { data: Data::Texts(texts), .. } => Ok(texts.into_iter().map(Into::into).collect()),
        _ if column.as_list_opt::<i32>().is_some_and(|list| list.value_length(0) == 0) => {
            Ok(Vec::new())
        }
        _ => Err(corrupt("the column of overrides is no list of texts")),
    }
}

fn foreign(batches: Batches) -> Result<Record> {
    let rows: usize = batches.batches.iter().map(RecordBatch::num_rows).sum();
    let mut cells = Cells::new();
    for (at, field) in batches.schema.fields().iter().enumerate() {
        let parts: Vec<ArrayRef> = batches
            .batches
            .iter()
            .filter_map(|batch| batch.columns().get(at).cloned())
            .filter(|part| !part.is_empty())
            .collect();
        let column = match parts.as_slice() {
            [one] => one,
            [] => continue,
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("a table of {} batches; write it as one", parts.len()),
                ));
            }
        };
        let named = |error: Error| Error {
            message: format!("the column `{}`: {}", field.name(), error.message),
            ..error
        };
        let cell =
            if rows == 1 { row_cell(field, column) } else { self::cell(column, mark(field)) };
        cells.push((field.name().clone(), cell.map_err(named)?));
    }
    Ok(Record { cells, ..Record::default() })
}

fn mark(field: &Field) -> Option<&str> {
    field.metadata().get(DTYPE_KEY).map(String::as_str)
}

/// The single value of a column of one row.
fn row_cell(field: &Field, column: &ArrayRef) -> Result<Cell> {
    if column.is_null(0) || *column.data_type() == DataType::Null {
        return Ok(Cell::null());
    }
    if mark(field) == Some("json") {
        let text = column.as_string_opt::<i32>().map(|texts| texts.value(0)).unwrap_or_default();
        return json::parse(text).map(Cell::plain);
    }
    let whole = cell(column, mark(field))?;
    let tensor = field.metadata().get(EXTENSION_NAME).map(String::as_str) == Some(TENSOR);
    let mut shape = whole.form.shape.clone();
    if tensor {
        shape = tensor_shape(field.metadata().get(EXTENSION_METADATA).map(String::as_str))?;
        if complex_type(mark(field)).is_some() {
            shape.pop();
        }
    } else if !shape.is_empty() {
        shape.remove(0);
    }
    if element_count(&shape) != element_count(&whole.form.shape) {
        return Err(corrupt(&format!("the shape {shape:?} does not fit the elements")));
    }
    let container = match column.data_type() {
        _ if tensor => Container::Array,
        _ if shape.is_empty() => Container::Scalar,
        _ => Container::List,
    };
    let form = Form { shape, container, ..whole.form };
    Ok(Cell { form, data: whole.data })
}

fn tensor_shape(metadata: Option<&str>) -> Result<Vec<usize>> {
    let bad = || corrupt("the shape of an array is damaged");
    let metadata: serde_json::Value =
        serde_json::from_str(metadata.unwrap_or_default()).map_err(|_| bad())?;
    metadata
        .get("shape")
        .and_then(serde_json::Value::as_array)
        .ok_or_else(bad)?
        .iter()
        .map(|length| length.as_u64().and_then(|it| usize::try_from(it).ok()).ok_or_else(bad))
        .collect()
}

/// All rows of a column, as an array whose leading dimension is the rows.
fn cell(column: &ArrayRef, mark: Option<&str>) -> Result<Cell> {
    let rows = column.len();
    let nested = |items: &ArrayRef, length: usize| {
        let items = cell(items, mark)?;
        let mut shape = vec![rows, length];
        shape.extend(items.form.shape.iter().skip(1));
        Ok(Cell { form: Form { shape, ..items.form }, data: items.data })
    };
    match column.data_type() {
        DataType::FixedSizeList(field, 2)
            if field.data_type().is_floating() && complex_type(mark).is_some() =>
        {
            let parts = cell(column.as_fixed_size_list().values(), None)?;
            let dtype = complex_type(mark).unwrap_or(DType::Complex(16));
            let Data::Numbers(bytes) = parts.data else { return Err(corrupt("no floats")) };
            Ok(Cell::numbers(dtype, vec![rows], Container::Array, bytes))
        }
        DataType::FixedSizeList(_, width) => {
            no_nulls(column)?;
            let list = column.as_fixed_size_list();
            let whole = nested(list.values(), usize::try_from(*width).unwrap_or(0))?;
            match (complex_type(mark), whole.form.element, whole.data) {
                (Some(dtype), Element::Number(DType::Float(_)), Data::Numbers(bytes)) => {
                    let half = bytes.len().checked_div(dtype.size()).unwrap_or(0);
                    Ok(Cell::numbers(dtype, vec![half], Container::Array, bytes))
                }
                (_, element, data) => Ok(Cell { form: Form { element, ..whole.form }, data }),
            }
        }
        DataType::List(_) => {
            no_nulls(column)?;
            let list = column.as_list::<i32>();
            let offsets = list.value_offsets();
            let lengths: Vec<usize> =
                (0..rows).map(|row| usize::try_from(list.value_length(row)).unwrap_or(0)).collect();
            let length = lengths.first().copied().unwrap_or(0);
            if lengths.iter().any(|other| *other != length) {
                return Err(Error::new(ErrorKind::Unsupported, "lists of different lengths"));
            }
            let start = usize::try_from(offsets.first().copied().unwrap_or(0)).unwrap_or(0);
            nested(&list.values().slice(start, rows.saturating_mul(length)), length)
        }
        DataType::LargeList(_)
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Dictionary(..)
        | DataType::Utf8 => {
            no_nulls(column)?;
            Ok(Cell::texts(vec![rows], Container::Array, texts(column)?))
        }
        DataType::Binary => {
            no_nulls(column)?;
            let strings = column.as_binary::<i32>();
            let all: Vec<Box<[u8]>> = strings.iter().flatten().map(Into::into).collect();
            let form =
                Form { element: Element::Bytes, shape: vec![rows], container: Container::Array };
            Ok(Cell { form, data: Data::Bytes(all) })
        }
        DataType::Null => Ok(Cell {
            form: Form { element: Element::Null, shape: vec![rows], container: Container::Array },
            data: Data::Nulls,
        }),
        _ => numbers(column),
    }
}

fn no_nulls(column: &ArrayRef) -> Result<()> {
    if column.null_count() > 0 {
        return Err(Error::new(ErrorKind::Unsupported, "nulls inside an array are not read"));
    }
    Ok(())
}

fn texts(column: &ArrayRef) -> Result<Vec<Box<str>>> {
    let unsupported =
        || Error::new(ErrorKind::Unsupported, format!("a column of type {}", column.data_type()));
    if let Some(texts) = column.as_string_opt::<i32>() {
        return Ok(texts.iter().flatten().map(Into::into).collect());
    }
    if let Some(texts) = column.as_string_opt::<i64>() {
        return Ok(texts.iter().flatten().map(Into::into).collect());
    }
    if let Some(texts) = column.as_string_view_opt() {
        let held: usize = texts.data_buffers().iter().map(|buffer| buffer.len()).sum();
        let named: u64 = texts.lengths().map(u64::from).sum();
        let most = held.saturating_mul(MOST_SHARING).saturating_add(SHARED);
        if usize::try_from(named).is_ok_and(|it| it > most) {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("{named} bytes of text, of {held} in the file; at most {most} are read"),
            ));
        }
        return Ok(texts.iter().flatten().map(Into::into).collect());
    }
    Err(unsupported())
}

fn numbers(column: &ArrayRef) -> Result<Cell> {
    let rows = column.len();
    let days = |day: Option<i64>| day.unwrap_or(i64::MIN).to_ne_bytes();
    let numbers = |dtype, bytes| Ok(Cell::numbers(dtype, vec![rows], Container::Array, bytes));
    match column.data_type() {
        DataType::Date32 => numbers(
            DType::Datetime(TimeUnit::Day),
            column
                .as_primitive::<Date32Type>()
                .iter()
                .flat_map(|it| days(it.map(Into::into)))
                .collect(),
        ),
        DataType::Date64 => numbers(
            DType::Datetime(TimeUnit::Millisecond),
            column.as_primitive::<Date64Type>().iter().flat_map(days).collect(),
        ),
        DataType::Boolean => {
            no_nulls(column)?;
            let bits = column.as_boolean().values().iter().map(u8::from).collect();
            numbers(DType::Bool, bits)
        }
        other => {
            let Some(dtype) = element_type(other) else {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("a column of type {other}"),
                ));
            };
            let mut bytes = raw_values(&column.to_data(), dtype.size());
            match dtype.missing() {
                Some(missing) => {
                    for (row, item) in bytes.chunks_exact_mut(dtype.size()).enumerate() {
                        if column.is_null(row) {
                            item.copy_from_slice(&missing);
                        }
                    }
                }
                None => no_nulls(column)?,
            }
            numbers(dtype, bytes)
        }
    }
}

fn raw_values(data: &ArrayData, size: usize) -> Vec<u8> {
    let start = data.offset().saturating_mul(size);
    let end = start.saturating_add(data.len().saturating_mul(size));
    data.buffers().first().and_then(|it| it.as_slice().get(start..end)).unwrap_or_default().to_vec()
}
