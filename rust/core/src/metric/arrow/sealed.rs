//! Files with a seal: the checksum of every byte before the footer, in the footer's metadata.

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::MetadataVersion;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::{ArrowError, Schema};

use super::batches::{Batches, corrupt, share_stream};
use super::read::{footer_start, stored_checksum};
use super::{CHECKSUM_KEY, MAGIC, STREAM_START};
use crate::error::Result;

/// What ends an Arrow stream.
const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// The bytes of a file with these batches.
///
/// # Errors
///
/// Arrow's own.
pub fn write(
    schema: &Schema,
    batches: impl Iterator<Item = std::result::Result<RecordBatch, ArrowError>>,
) -> std::result::Result<Vec<u8>, ArrowError> {
    let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5)?;
    let mut writer = FileWriter::try_new_with_options(Vec::new(), schema, options)?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    writer.flush()?;
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(writer.get_ref());
    checksum.update(&END_OF_STREAM);
    writer.write_metadata(CHECKSUM_KEY, format!("{:08x}", checksum.finalize()));
    writer.finish()?;
    writer.into_inner()
}

/// The batches of a file whose seal is whole; they share its memory.
///
/// # Errors
///
/// `Corrupt` where it is not.
pub fn read(bytes: Vec<u8>) -> Result<Batches> {
    let end = checked_end(&bytes)?;
    let length = end.saturating_sub(STREAM_START);
    share_stream(Buffer::from_vec(bytes).slice_with_length(STREAM_START, length))
}

/// Where the footer of a file starts whose seal is whole.
fn checked_end(bytes: &[u8]) -> Result<usize> {
    if bytes.get(..MAGIC.len()) != Some(MAGIC) {
        return Err(corrupt("no Arrow file"));
    }
    let end = footer_start(bytes)?;
    let actual = crc32fast::hash(bytes.get(..end).unwrap_or_default());
    if stored_checksum(bytes, end)? != Some(format!("{actual:08x}")) {
        return Err(corrupt("the checksum differs"));
    }
    Ok(end)
}
