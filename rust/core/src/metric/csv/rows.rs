//! The rows of a file.

use std::io::Read;

use ::csv::{ByteRecord, ReaderBuilder};

use super::column::Texts;
use crate::error::Result;
use crate::metric::arrow::Record;
use crate::metric::bounds;
use crate::metric::text::{Names, Text, corrupt, decode, line_of};
use crate::metric::{Cells, series};

/// A row behind the last one. It is swallowed where a quote is still open.
const SENTINEL: &[u8] = b"\n\x01end";

/// Reads a CSV file as a series, also if it has one row or none. A last row that its writer did
/// not finish is left out, and named: no line break follows it. Where it has all fields, it may be
/// whole, or cut within its last number.
///
/// # Errors
///
/// `Corrupt` where a row has another number of fields than there are names, a quote is never
/// closed, or the text is not UTF-8.
pub fn parse(bytes: &[u8]) -> Result<Record> {
    let Text { text, is_cut } = decode(bytes)?;
    if let Some(at) = text.find('\0') {
        return Err(corrupt(format!("a zero byte stands in line {}", line_of(text, at))));
    }
    bound_fields(text)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes().chain(SENTINEL));
    let mut row = ByteRecord::new();
    let mut table: Option<Table> = None;
    let mut left_out = Vec::new();
    while reader.read_byte_record(&mut row).map_err(|error| corrupt(error.to_string()))? {
        let start = row.position().map_or(0, |place| place.byte());
        let start = usize::try_from(start).unwrap_or(text.len());
        // Where the next row starts, line breaks before a row count to it.
        let rest = text.get(start..).unwrap_or_default();
        let start = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        if start >= text.len() {
            break;
        }
        let end = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let line = || line_of(text, start);
        let is_open = row.iter().next_back().is_some_and(|field| field.ends_with(SENTINEL));
        // The first byte of the sentinel ends a last row that has no line break of its own.
        let is_last = end > text.len();
        if is_open && text.get(start..).unwrap_or_default().contains('\n') {
            return Err(corrupt(format!(
                "a quote opens in the row of line {} and is never closed",
                line()
            )));
        }
        let is_unfinished = row.iter().next_back().is_some_and(<[u8]>::is_empty);
        let is_torn = is_open || (is_last && (is_cut || is_unfinished));
        if is_blank(&row) {
            continue;
        }
        match &mut table {
            None if is_open || is_cut && is_last => {
                return Err(corrupt("the file is cut off in the names of its columns"));
            }
            None => table = Some(Table::new(&row)?),
            Some(table) if row.len() == table.columns.len() && !is_torn && is_last => {
                left_out.push(corrupt(format!(
                    "the last row (line {}) is not ended by a line break: half-written, and left \
                     out; end it by one if it is whole",
                    line()
                )));
            }
            Some(table) if row.len() == table.columns.len() && !is_torn => table.push(&row)?,
            Some(table) if is_last && (is_torn || row.len() < table.columns.len()) => {
                let message = format!("the last row (line {}) is cut off, and left out", line());
                left_out.push(corrupt(message));
            }
            Some(table) => {
                return Err(corrupt(format!(
                    "the row of line {} has {} fields, and {} names stand above",
                    line(),
                    row.len(),
                    table.columns.len()
                )));
            }
        }
    }
    let table = table.ok_or_else(|| corrupt("the file has no row of names"))?;
    Ok(Record { cells: table.cells()?, left_out, ..Record::default() })
}

/// Compares the commas of each row that stand outside of quotes with the bound on names, since the
/// reader takes many times the memory of a field for its place.
fn bound_fields(text: &str) -> Result<()> {
    let mut commas = 0;
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => {
                commas += 1;
                // Rows of very many fields are refused by the first.
                if commas >= bounds::MOST_METRICS {
                    return bounds::metrics(commas + 1);
                }
            }
            b'\n' | b'\r' if !is_quoted => commas = 0,
            _ => {}
        }
    }
    Ok(())
}

fn is_blank(row: &ByteRecord) -> bool {
    row.iter().all(|field| field.trim_ascii().is_empty())
}

fn text_of(field: &[u8]) -> Result<&str> {
    std::str::from_utf8(field).map_err(|_| corrupt("the text is not UTF-8"))
}

struct Table {
    names: Vec<String>,
    columns: Vec<Texts>,
    rows: usize,
}

impl Table {
    fn new(row: &ByteRecord) -> Result<Self> {
        bounds::metrics(row.len())?;
        let names: Vec<String> =
            row.iter().map(|name| text_of(name).map(str::to_owned)).collect::<Result<_>>()?;
        let columns = names.iter().map(|_| Texts::default()).collect();
        Ok(Self { names, columns, rows: 0 })
    }

    fn push(&mut self, row: &ByteRecord) -> Result<()> {
        for (column, field) in self.columns.iter_mut().zip(row) {
            column.push(text_of(field)?);
        }
        self.rows += 1;
        Ok(())
    }

    fn cells(self) -> Result<Cells> {
        let mut taken = Names::default();
        let mut cells = Cells::new();
        for (at, (name, column)) in self.names.into_iter().zip(&self.columns).enumerate() {
            if at == 0 && name.is_empty() && column.is_count() {
                continue;
            }
            let name = if name.is_empty() { format!("Unnamed: {at}") } else { name };
            cells.push((taken.take(name)?, series::cell(self.rows, column.values())?));
        }
        Ok(cells)
    }
}
