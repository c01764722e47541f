//! The full parser: any Arrow IPC file, one cell for each column.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::Footer;
use arrow_schema::{DataType, Field};

use super::batches::{Batches, corrupt, read_file, read_stream};
use super::tensor::Tensor;
use super::{
    CHECKSUM_KEY, DTYPE_KEY, MAGIC, OVERRIDES_ROLE, ROLE_KEY, STREAM_START, TAIL, VERSION,
    VERSION_KEY, column, table,
};
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::metric::Cells;
use crate::metric::cell::{Cell, Data};

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
        Content::Foreign(batches) => table::read(&batches),
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
        let stored = stored(bytes, footer_start, CHECKSUM_KEY)?;
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

/// What the footer's metadata has for a key.
pub(super) fn stored(bytes: &[u8], footer_start: usize, key: &str) -> Result<Option<String>> {
    Ok(footer(bytes, footer_start)?.custom_metadata().and_then(|entries| {
        entries
            .iter()
            .find(|entry| entry.key() == Some(key))
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
    match column::cell(column, None)? {
        Cell { data: Data::Texts(texts), .. } => Ok(texts.into_iter().map(Into::into).collect()),
        _ if column.as_list_opt::<i32>().is_some_and(|list| list.value_length(0) == 0) => {
            Ok(Vec::new())
        }
        _ => Err(corrupt("the column of overrides is no list of texts")),
    }
}

pub(super) fn mark(field: &Field) -> Option<&str> {
    field.metadata().get(DTYPE_KEY).map(String::as_str)
}

/// The single value of a column of one row.
pub(super) fn row_cell(field: &Field, column: &ArrayRef) -> Result<Cell> {
    if column.is_null(0) || *column.data_type() == DataType::Null {
        return Ok(Cell::null());
    }
    if mark(field) == Some("json") {
        let text = column.as_string_opt::<i32>().map(|texts| texts.value(0)).unwrap_or_default();
        return json::parse(text).map(Cell::plain);
    }
    match Tensor::of(field, mark(field))? {
        Some(tensor) => tensor.row(column::cell(column, mark(field))?),
        None => column::value(column, mark(field)),
    }
}
