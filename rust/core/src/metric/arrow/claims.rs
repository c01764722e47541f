//! What the messages of a file claim, compared with what the file holds.
//!
//! Arrow's readers take memory for the lengths that a file claims before they look at how long it
//! is. A compressed buffer starts with its uncompressed length, which no method of compression can
//! raise beyond a known ratio. Buffers lie side by side, and so do blocks: where they overlapped, a
//! small file could hold any amount.

use arrow_ipc::{CompressionType, Footer, RecordBatch, root_as_message};

use super::batches::corrupt;
use crate::error::{Error, ErrorKind, Result};

/// What marks a message in a stream.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// Bytes that one byte of LZ4 can become.
const MOST_LZ4: usize = 255;
/// Bytes that one byte of Zstandard can become: a block of 128 KiB takes four bytes.
const MOST_ZSTD: usize = 1 << 15;
/// Bytes that one file's buffers may hold in all.
const MOST_BYTES: usize = 1 << 32;

/// Compares the messages of a stream with its length; gives how many bytes their buffers hold.
pub fn of_stream(bytes: &[u8]) -> Result<usize> {
    let mut at = 0_usize;
    let mut held = 0_usize;
    while at < bytes.len() {
        let beyond = || corrupt(&format!("the message at byte {at} passes the end"));
        let Some((size, end)) = message(bytes, at)? else { break };
        if end > bytes.len() {
            return Err(beyond());
        }
        held = bounded(held.saturating_add(size))?;
        at = end;
    }
    Ok(held)
}

/// Compares the blocks that a footer names with the length of the file; gives how many bytes their
/// buffers hold.
pub fn of_file(bytes: &[u8], footer: Footer<'_>) -> Result<usize> {
    let mut held = 0_usize;
    let mut left = bytes.len();
    for block in footer.recordBatches().into_iter().chain(footer.dictionaries()).flatten() {
        let start = usize::try_from(block.offset()).ok();
        let end = start.and_then(|start| {
            start
                .checked_add(usize::try_from(block.metaDataLength()).ok()?)?
                .checked_add(usize::try_from(block.bodyLength()).ok()?)
        });
        let whole = bytes
            .get(..end.unwrap_or(usize::MAX))
            .ok_or_else(|| corrupt("the footer names a block that passes the end of the file"))?;
        left = usize::try_from(block.bodyLength())
            .ok()
            .and_then(|length| left.checked_sub(length))
            .ok_or_else(|| corrupt("the footer names more blocks than the file has bytes for"))?;
        let Some((size, _)) = message(whole, start.unwrap_or_default())? else { continue };
        held = bounded(held.saturating_add(size))?;
    }
    Ok(held)
}

fn bounded(held: usize) -> Result<usize> {
    if held <= MOST_BYTES {
        return Ok(held);
    }
    Err(Error::new(
        ErrorKind::Limit,
        format!("the columns take more than {} GiB; give a `loader` for them", MOST_BYTES >> 30),
    ))
}

/// How many bytes the buffers of the message at a place hold, and where it ends; `None` for the
/// mark that ends a stream.
fn message(bytes: &[u8], at: usize) -> Result<Option<(usize, usize)>> {
    let beyond = || corrupt(&format!("the message at byte {at} passes the end"));
    let prefix =
        if bytes.get(at..).is_some_and(|it| it.starts_with(&CONTINUATION)) { 8 } else { 4 };
    let start = at.saturating_add(prefix);
    let length = bytes.get(start - 4..start).ok_or_else(beyond)?;
    let length = i32::from_le_bytes(length.try_into().unwrap_or_default());
    if length == 0 {
        return Ok(None);
    }
    let body_start = start.saturating_add(usize::try_from(length).map_err(|_| beyond())?);
    let header = bytes.get(start..body_start).ok_or_else(beyond)?;
    let message = root_as_message(header)
        .map_err(|error| corrupt(&format!("the message at byte {at}: {error}")))?;
    let length = usize::try_from(message.bodyLength()).map_err(|_| beyond())?;
    let end = body_start.saturating_add(length);
    let body = bytes.get(body_start..end).ok_or_else(beyond)?;
    let batch = message
        .header_as_record_batch()
        .or_else(|| message.header_as_dictionary_batch().and_then(|it| it.data()));
    let size = batch.map_or(Ok(0), |batch| buffers(batch, body))?;
    Ok(Some((size, end)))
}

fn buffers(batch: RecordBatch<'_>, body: &[u8]) -> Result<usize> {
    let ratio = batch.compression().map(|it| match it.codec() {
        CompressionType::ZSTD => MOST_ZSTD,
        _ => MOST_LZ4,
    });
    let mut held = 0_usize;
    let mut left = body.len();
    for buffer in batch.buffers().into_iter().flatten() {
        let part = usize::try_from(buffer.offset()).ok().and_then(|start| {
            body.get(start..start.checked_add(usize::try_from(buffer.length()).ok()?)?)
        });
        let part = part.ok_or_else(|| corrupt("a buffer passes the end of its batch"))?;
        left = left
            .checked_sub(part.len())
            .ok_or_else(|| corrupt("the buffers of a batch overlap"))?;
        let size = match (ratio, part.first_chunk::<8>()) {
            // An uncompressed length of -1 says that the bytes lie as they are.
            (Some(ratio), Some(claimed)) => match i64::from_le_bytes(*claimed) {
                -1 => part.len(),
                claimed => usize::try_from(claimed)
                    .ok()
                    .filter(|claimed| *claimed <= part.len().saturating_mul(ratio))
                    .ok_or_else(|| {
                        corrupt(&format!("a buffer claims {claimed} bytes, more than it can hold"))
                    })?,
            },
            _ => part.len(),
        };
        held = bounded(held.saturating_add(size))?;
    }
    Ok(held)
}
