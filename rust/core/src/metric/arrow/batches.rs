//! The schema and the batches of a file, by Arrow's own readers.
//!
//! These panic on some contradictions. So what the file claims is compared with its length first,
//! and a panic is a damaged file.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::Footer;
use arrow_ipc::reader::{FileReader, StreamDecoder, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};

use super::claims;
use crate::error::{Error, ErrorKind, Result};

/// A table in pieces.
pub struct Batches {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    /// How many bytes their buffers hold.
    pub held: usize,
}

/// Reads an Arrow stream.
pub fn read_stream(bytes: &[u8]) -> Result<Batches> {
    let held = claims::of_stream(bytes)?;
    guarded(|| {
        let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(|it| refused(&it))?;
        let schema = reader.schema();
        let batches = reader.collect::<std::result::Result<_, _>>().map_err(|it| refused(&it))?;
        Ok(Batches { schema, batches, held })
    })
}

/// Reads an Arrow stream whose batches are views of these bytes.
pub fn share_stream(mut bytes: Buffer) -> Result<Batches> {
    let held = claims::of_stream(&bytes)?;
    guarded(|| {
        let mut decoder = StreamDecoder::new();
        let mut batches = Vec::new();
        while !bytes.is_empty() {
            batches.extend(decoder.decode(&mut bytes).map_err(|it| refused(&it))?);
        }
        decoder.finish().map_err(|it| refused(&it))?;
        let schema =
            decoder.schema().ok_or_else(|| corrupt("no Arrow stream: it has no schema"))?;
        Ok(Batches { schema, batches, held })
    })
}

/// Reads an Arrow file by its footer, which was parsed before.
pub fn read_file(bytes: &[u8], footer: Footer<'_>) -> Result<Batches> {
    let held = claims::of_file(bytes, footer)?;
    guarded(|| {
        let reader = FileReader::try_new(Cursor::new(bytes), None).map_err(|it| refused(&it))?;
        let schema = reader.schema();
        let batches = reader.collect::<std::result::Result<_, _>>().map_err(|it| refused(&it))?;
        Ok(Batches { schema, batches, held })
    })
}

/// The error of damaged bytes.
pub fn corrupt(message: &str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

fn refused(error: &ArrowError) -> Error {
    corrupt(&format!("no Arrow file: {error}"))
}

/// What `read` gives; a panic in it is a damaged file.
pub fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(corrupt("damaged: its parts contradict each other")))
}
