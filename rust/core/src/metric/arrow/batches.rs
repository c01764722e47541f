//! The schema and the batches of a file, by Arrow's own readers.
//!
//! These take memory for the lengths that a file claims before they look at how long it is, and
//! panic on some contradictions. So the claims are compared with the file first, and a panic is a
//! damaged file.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::{Footer, Message, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use crate::error::{Error, ErrorKind, Result};

/// What marks a message in a stream.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// A table in pieces.
pub struct Batches {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
}

/// Reads an Arrow stream.
pub fn read_stream(bytes: &[u8]) -> Result<Batches> {
    check_stream(bytes)?;
    guarded(|| {
        let reader = StreamReader::try_new(Cursor::new(bytes), None)?;
        let schema = reader.schema();
        Ok(Batches { schema, batches: reader.collect::<std::result::Result<_, _>>()? })
    })
}

/// Reads an Arrow file by its footer, which was parsed before.
pub fn read_file(bytes: &[u8], footer: Footer<'_>) -> Result<Batches> {
    let mut left = bytes.len();
    let blocks = footer.recordBatches().into_iter().chain(footer.dictionaries()).flatten();
    for block in blocks {
        let end = usize::try_from(block.offset()).ok().and_then(|start| {
            start
                .checked_add(usize::try_from(block.metaDataLength()).ok()?)?
                .checked_add(usize::try_from(block.bodyLength()).ok()?)
        });
        if end.is_none_or(|end| end > bytes.len()) {
            return Err(corrupt("the footer names a block that passes the end of the file"));
        }
        left = usize::try_from(block.bodyLength())
            .ok()
            .and_then(|length| left.checked_sub(length))
            .ok_or_else(|| corrupt("the footer names more blocks than the file has bytes for"))?;
        check_block(bytes, usize::try_from(block.offset()).unwrap_or(usize::MAX))?;
    }
    guarded(|| {
        let reader = FileReader::try_new(Cursor::new(bytes), None)?;
        let schema = reader.schema();
        Ok(Batches { schema, batches: reader.collect::<std::result::Result<_, _>>()? })
    })
}

/// The error of damaged bytes.
pub fn corrupt(message: &str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

/// Compares the length of each message of a stream with what is left of it.
fn check_stream(bytes: &[u8]) -> Result<()> {
    let mut at = 0_usize;
    while at < bytes.len() {
        let beyond = || corrupt(&format!("the message at byte {at} passes the end"));
        let prefix = if bytes.get(at..at + 4) == Some(&CONTINUATION) { 8 } else { 4 };
        let length = bytes.get(at + prefix - 4..at + prefix).ok_or_else(beyond)?;
        let length = i32::from_le_bytes(length.try_into().unwrap_or_default());
        if length == 0 {
            return Ok(());
        }
        let length = usize::try_from(length).map_err(|_| beyond())?;
        let start = at + prefix;
        let header = bytes.get(start..start.saturating_add(length)).ok_or_else(beyond)?;
        let message = root_as_message(header)
            .map_err(|error| corrupt(&format!("the message at byte {at}: {error}")))?;
        let body = usize::try_from(message.bodyLength()).map_err(|_| beyond())?;
        check_buffers(message, at)?;
        let end = (start + length).saturating_add(body);
        if end > bytes.len() {
            return Err(beyond());
        }
        at = end;
    }
    Ok(())
}

/// Compares what the message of a block claims with the block.
fn check_block(bytes: &[u8], at: usize) -> Result<()> {
    let beyond = || corrupt(&format!("the message at byte {at} passes the end"));
    let rest = bytes.get(at..).ok_or_else(beyond)?;
    let prefix = if rest.starts_with(&CONTINUATION) { 8 } else { 4 };
    let header = rest.get(prefix..).ok_or_else(beyond)?;
    let message = root_as_message(header)
        .map_err(|error| corrupt(&format!("the message at byte {at}: {error}")))?;
    check_buffers(message, at)
}

/// Compares the lengths of a batch's buffers with its body: they lie side by side in it, and where
/// they overlapped, a small file could hold any amount.
fn check_buffers(message: Message<'_>, at: usize) -> Result<()> {
    let dictionary = || message.header_as_dictionary_batch().and_then(|it| it.data());
    let Some(batch) = message.header_as_record_batch().or_else(dictionary) else { return Ok(()) };
    let lengths = batch.buffers().into_iter().flatten().map(|it| it.length());
    let total = lengths.fold(0_i64, i64::saturating_add);
    if total > message.bodyLength() {
        return Err(corrupt(&format!("the buffers of the batch at byte {at} overlap")));
    }
    Ok(())
}

fn guarded(
    read: impl FnOnce() -> std::result::Result<Batches, ArrowError> + std::panic::UnwindSafe,
) -> Result<Batches> {
    std::panic::catch_unwind(read)
        .unwrap_or_else(|_| Err(ArrowError::IpcError("its parts contradict each other".into())))
        .map_err(|error| corrupt(&format!("no Arrow file: {error}")))
}
