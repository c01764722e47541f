//! The table of a file, by the reader of the crate `parquet`.

use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::arrow::batches::{Batches, corrupt, guarded};
use crate::metric::arrow::table;

/// What a file starts and ends with.
const MAGIC: &[u8] = b"PAR1";
/// What a file ends with whose footer is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
/// Values that a table may hold: a run of equal ones takes a few bytes of the file.
const MOST_VALUES: usize = 1 << 27;
/// Bytes that its columns may take.
const MOST_BYTES: usize = 1 << 32;

/// Reads a Parquet file; its rows are read as those of an Arrow file.
///
/// # Errors
///
/// `Corrupt` where it is cut off or damaged; `Unsupported` where it is encrypted or compressed in a
/// way that is not read; `Limit` for a table beyond reason.
pub fn parse(bytes: &[u8]) -> Result<Record> {
    if bytes.is_empty() {
        return Err(corrupt("the file is empty (byte 0)"));
    }
    if bytes.ends_with(ENCRYPTED) {
        return Err(Error::new(ErrorKind::Unsupported, "the file is encrypted"));
    }
    if !bytes.starts_with(MAGIC) || !bytes.ends_with(MAGIC) {
        return Err(corrupt(&format!("no whole Parquet file: cut off (byte {})", bytes.len())));
    }
    let batches = guarded(|| batches(bytes))?;
    table::read(&batches)
}

fn batches(bytes: &[u8]) -> Result<Batches> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(bytes))
        .map_err(|error| refused(&error))?;
    check(builder.metadata(), bytes.len())?;
    let schema = builder.schema().clone();
    let mut all = Vec::new();
    let mut held = 0_usize;
    for batch in builder.build().map_err(|error| refused(&error))? {
        let batch = batch.map_err(|error| refused(&error.into()))?;
        held = held.saturating_add(batch.get_array_memory_size());
        if held > MOST_BYTES {
            return Err(limit("its columns take more than 4 GiB"));
        }
        all.push(batch);
    }
    Ok(Batches { schema, batches: all, held })
}

/// Compares what the footer claims with the length of the file.
fn check(metadata: &ParquetMetaData, length: usize) -> Result<()> {
    let mut values = 0_usize;
    for group in metadata.row_groups() {
        let rows = usize::try_from(group.num_rows())
            .map_err(|_| corrupt("the footer claims less than no rows"))?;
        values = values.saturating_add(rows.saturating_mul(group.num_columns().max(1)));
        for column in group.columns() {
            let (start, size) = column.byte_range();
            let end = usize::try_from(start.saturating_add(size)).unwrap_or(usize::MAX);
            if end > length {
                return Err(corrupt("the footer names a column that passes the end of the file"));
            }
        }
    }
    if values > MOST_VALUES {
        return Err(limit(&format!("the table claims {values} values")));
    }
    Ok(())
}

fn limit(what: &str) -> Error {
    Error::new(ErrorKind::Limit, format!("{what}: read what is needed of it with a `loader`"))
}

fn refused(error: &ParquetError) -> Error {
    let text = error.to_string();
    match error {
        // How the reader names a compression that it was built without.
        _ if text.contains("Disabled feature") => Error::new(ErrorKind::Unsupported, text),
        ParquetError::NYI(what) => Error::new(ErrorKind::Unsupported, what.clone()),
        _ => corrupt(&format!("no Parquet file: {text}")),
    }
}
