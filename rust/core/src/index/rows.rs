//! The rows of an index file: each a named piece of what is remembered, in a batch of its own.
//!
//! ```text
//! section   about            numbers       ends          data
//! jobs                                     3 6 9 …       ab…        texts, one after the other
//! column    {"name": …}      0 1 2 4 …                   ▒▒▒▒▒▒     a segment: jobs and their cells
//! ```
//!
//! What a sweep is made of comes first, and may be read for itself, where nothing is to be compared.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{
    ArrayRef, LargeBinaryArray, LargeListArray, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::sealed;

/// Key of the schema's metadata with what the index is of, as JSON.
pub const ABOUT: &str = "runcube.index";

/// A piece of what is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub section: String,
    /// What else there is to say of it.
    pub about: String,
    /// Jobs, or places of something.
    pub numbers: Vec<u32>,
    /// Where the parts of the data end.
    pub ends: Vec<u64>,
    /// Bytes.
    pub data: Vec<u8>,
}

impl Row {
    /// A row with texts.
    pub fn texts<T: AsRef<[u8]>>(section: &str, texts: impl IntoIterator<Item = T>) -> Self {
        let mut row = Self { section: section.to_owned(), ..Self::default() };
        texts.into_iter().for_each(|text| row.push(text.as_ref()));
        row
    }

    /// Adds a text.
    pub fn push(&mut self, text: &[u8]) {
        self.data.extend_from_slice(text);
        self.ends.push(u64::try_from(self.data.len()).unwrap_or(u64::MAX));
    }
}

/// A row as it was read: views of the memory of the file.
#[derive(Clone, Debug)]
pub struct ReadRow {
    /// What it is.
    pub section: String,
    /// What else there is to say of it.
    pub about: String,
    /// Jobs, or places of something.
    pub numbers: ScalarBuffer<u32>,
    /// Where the parts of the data end.
    pub ends: ScalarBuffer<u64>,
    /// Bytes.
    pub data: Buffer,
}

impl ReadRow {
    /// The texts; `None` where their ends are not in order.
    pub fn parts(&self) -> Option<Vec<&[u8]>> {
        let mut start = 0_usize;
        let part = |end: &u64| {
            let end = usize::try_from(*end).ok()?;
            let part = self.data.get(start..end)?;
            start = end;
            Some(part)
        };
        self.ends.iter().map(part).collect()
    }

    /// The same, as text, where each is.
    pub fn texts(self) -> Option<Texts> {
        let whole = std::str::from_utf8(&self.data).ok()?;
        let mut start = 0_usize;
        let fits = self.ends.iter().all(|end| {
            let end = usize::try_from(*end).unwrap_or(usize::MAX);
            let fits = start <= end && whole.is_char_boundary(end);
            start = end;
            fits
        });
        fits.then_some(Texts { ends: self.ends, data: self.data })
    }
}

/// Texts, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    ends: ScalarBuffer<u64>,
    data: Buffer,
}

impl Texts {
    /// How many they are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The text at a place; an empty one beyond them.
    pub fn get(&self, at: usize) -> &str {
        let place = |end: Option<&u64>| end.and_then(|it| usize::try_from(*it).ok());
        let start = at.checked_sub(1).map_or(Some(0), |before| place(self.ends.get(before)));
        let range = start.zip(place(self.ends.get(at))).map(|(start, end)| start..end);
        let text = range.and_then(|it| self.data.get(it)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// The bytes of an index file, of which the `first` rows may be read for themselves.
///
/// # Errors
///
/// `Internal` where Arrow refuses the rows.
pub fn write(about: &str, first: Vec<Row>, rest: Vec<Row>) -> Result<Vec<u8>> {
    let list = |item| DataType::LargeList(Arc::new(Field::new("item", item, false)));
    let schema = Schema::new_with_metadata(
        vec![
            Field::new("section", DataType::Utf8, false),
            Field::new("about", DataType::Utf8, false),
            Field::new("numbers", list(DataType::UInt32), false),
            Field::new("ends", list(DataType::UInt64), false),
            Field::new("data", DataType::LargeBinary, false),
        ],
        HashMap::from([(ABOUT.to_owned(), about.to_owned())]),
    );
    let batches = |rows: Vec<Row>| rows.into_iter().map(|row| batch(&schema, row));
    sealed::write_parts(&schema, batches(first), batches(rest)).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("the index cannot be stored as Arrow: {error}"))
    })
}

fn batch(schema: &Schema, row: Row) -> std::result::Result<RecordBatch, ArrowError> {
    let one = |items: ArrayRef| -> std::result::Result<ArrayRef, ArrowError> {
        let field = Arc::new(Field::new("item", items.data_type().clone(), false));
        let ends = OffsetBuffer::from_lengths([items.len()]);
        Ok(Arc::new(LargeListArray::try_new(field, ends, items, None)?))
    };
    let ends = OffsetBuffer::from_lengths([row.data.len()]);
    RecordBatch::try_new(
        Arc::new(schema.clone()),
        vec![
            Arc::new(StringArray::from_iter_values([row.section])),
            Arc::new(StringArray::from_iter_values([row.about])),
            one(Arc::new(UInt32Array::new(ScalarBuffer::from(row.numbers), None)))?,
            one(Arc::new(UInt64Array::new(ScalarBuffer::from(row.ends), None)))?,
            Arc::new(LargeBinaryArray::try_new(ends, Buffer::from_vec(row.data), None)?),
        ],
    )
}

/// What an index file is of, and its rows; `None` where it is damaged or no index.
pub fn read(bytes: Vec<u8>) -> Option<(String, Vec<ReadRow>)> {
    let found = sealed::read(bytes).ok()?;
    parsed(&found.schema, &found.batches)
}

/// What an index file is of, and the rows that may be read for themselves; `None` as [`read`].
pub fn read_first(file: &Path) -> Option<(String, Vec<ReadRow>)> {
    let found = sealed::read_first(file).ok()?;
    parsed(&found.schema, &found.batches)
}

fn parsed(schema: &Schema, batches: &[RecordBatch]) -> Option<(String, Vec<ReadRow>)> {
    let about = schema.metadata.get(ABOUT)?.clone();
    Some((about, batches.iter().map(row).collect::<Option<_>>()?))
}

fn row(batch: &RecordBatch) -> Option<ReadRow> {
    let [section, about, numbers, ends, data] = batch.columns() else { return None };
    if batch.num_rows() != 1 {
        return None;
    }
    let numbers = numbers.as_list_opt::<i64>()?.value(0);
    let ends = ends.as_list_opt::<i64>()?.value(0);
    let data = data.as_binary_opt::<i64>()?;
    let (start, end) = (*data.value_offsets().first()?, *data.value_offsets().last()?);
    let (start, length) =
        (usize::try_from(start).ok()?, usize::try_from(end.checked_sub(start)?).ok()?);
    Some(ReadRow {
        section: section.as_string_opt::<i32>()?.value(0).to_owned(),
        about: about.as_string_opt::<i32>()?.value(0).to_owned(),
        numbers: numbers.as_primitive_opt::<UInt32Type>()?.values().clone(),
        ends: ends.as_primitive_opt::<UInt64Type>()?.values().clone(),
        data: data.values().slice_with_length(start, length),
    })
}
