//! Files with a seal: the checksum of every byte before the footer, in the footer's metadata.
//!
//! ```text
//! ARROW1 │ schema │ batch │ batch │ batch │ batch │ footer: runcube.first, runcube.crc32
//! ├──────────── first ────────────┤               │
//! ├───────────────────── all ─────────────────────┤
//! ```

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::MetadataVersion;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::{ArrowError, Schema};

use super::batches::{Batches, corrupt, share_stream};
use super::read::{footer_start, stored};
use super::{CHECKSUM_KEY, MAGIC, STREAM_START};
use crate::error::{Error, Result};
use crate::pages;

/// Key of the footer's metadata with the length of the first part in bytes, and the CRC-32 of these,
/// in eight hex digits.
const FIRST_KEY: &str = "runcube.first";
/// Of a file whose footer is larger the parts cannot be read for themselves.
const LARGEST_FOOTER: u64 = 1 << 16;
/// Bytes whose checksum is taken while the processor's cache has them.
const READ_AT_ONCE: usize = 1 << 18;

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
    let mut writer = begin(schema)?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    seal(writer)
}

/// The bytes of a file with the `first` batches, which have a seal of their own, and the `rest`.
///
/// # Errors
///
/// Arrow's own.
pub fn write_parts(
    schema: &Schema,
    first: impl Iterator<Item = std::result::Result<RecordBatch, ArrowError>>,
    rest: impl Iterator<Item = std::result::Result<RecordBatch, ArrowError>>,
) -> std::result::Result<Vec<u8>, ArrowError> {
    let mut writer = begin(schema)?;
    for batch in first {
        writer.write(&batch?)?;
    }
    writer.flush()?;
    let first = writer.get_ref();
    let own = format!("{} {:08x}", first.len(), crc32fast::hash(first));
    writer.write_metadata(FIRST_KEY, own);
    for batch in rest {
        writer.write(&batch?)?;
    }
    seal(writer)
}

fn begin(schema: &Schema) -> std::result::Result<FileWriter<Vec<u8>>, ArrowError> {
    let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5)?;
    FileWriter::try_new_with_options(Vec::new(), schema, options)
}

fn seal(mut writer: FileWriter<Vec<u8>>) -> std::result::Result<Vec<u8>, ArrowError> {
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

/// The first batches of a file that was written in parts, where their own seal is whole. Of what
/// follows nothing is read but the footer.
///
/// # Errors
///
/// `Corrupt` where it is not; the operating system's.
pub fn read_first(path: &Path) -> Result<Batches> {
    let failed = |error: io::Error| Error::io(&error, "read the file", path);
    let about = std::fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(corrupt("no Arrow file"));
    }
    let mut file = File::open(path).map_err(failed)?;
    // At a place where a footer may start.
    let tail = about.len().saturating_sub(LARGEST_FOOTER).next_multiple_of(8);
    file.seek(SeekFrom::Start(tail)).map_err(failed)?;
    let mut footer = Vec::new();
    file.read_to_end(&mut footer).map_err(failed)?;
    let own = stored(&footer, footer_start(&footer)?, FIRST_KEY)?;
    let own = own.as_deref().and_then(|it| it.split_once(' '));
    let (length, expected) = own.ok_or_else(|| corrupt("it is written in one part"))?;
    let length =
        length.parse().ok().filter(|it| u64::try_from(*it).is_ok_and(|it| it < about.len()));
    let length: usize = length.ok_or_else(|| corrupt("its first part passes the end"))?;

    let mut bytes = Vec::with_capacity(length);
    pages::ask_large(&mut bytes);
    let mut checksum = crc32fast::Hasher::new();
    file.rewind().map_err(failed)?;
    while bytes.len() < length {
        let start = bytes.len();
        bytes.resize(start.saturating_add(READ_AT_ONCE).min(length), 0);
        let part = bytes.get_mut(start..).unwrap_or_default();
        file.read_exact(part).map_err(failed)?;
        checksum.update(part);
    }
    if !bytes.starts_with(MAGIC) || format!("{:08x}", checksum.finalize()) != expected {
        return Err(corrupt("the checksum differs"));
    }
    share_stream(Buffer::from_vec(bytes).slice(STREAM_START.min(length)))
}

/// Where the footer of a file starts whose seal is whole.
fn checked_end(bytes: &[u8]) -> Result<usize> {
    if bytes.get(..MAGIC.len()) != Some(MAGIC) {
        return Err(corrupt("no Arrow file"));
    }
    let end = footer_start(bytes)?;
    let actual = crc32fast::hash(bytes.get(..end).unwrap_or_default());
    if stored(bytes, end, CHECKSUM_KEY)? != Some(format!("{actual:08x}")) {
        return Err(corrupt("the checksum differs"));
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::UInt64Array;
    use arrow_schema::{DataType, Field};

    use super::*;

    fn batch(schema: &Schema, numbers: std::ops::Range<u64>) -> RecordBatch {
        let column = Arc::new(UInt64Array::from_iter_values(numbers));
        RecordBatch::try_new(Arc::new(schema.clone()), vec![column]).unwrap()
    }

    #[test]
    fn the_first_part_is_read_for_itself() {
        let schema = Schema::new(vec![Field::new("number", DataType::UInt64, false)]);
        let first = [0..5, 0..100_000].map(|numbers| batch(&schema, numbers));
        let rest = [batch(&schema, 7..2000)];
        let all = || (first.iter().cloned().map(Ok), rest.iter().cloned().map(Ok));
        let whole = write_parts(&schema, all().0, all().1).unwrap();
        let found = read(whole.clone()).unwrap();
        assert_eq!(found.batches, [first.as_slice(), rest.as_slice()].concat());

        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("parts.arrow");
        let parts = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            read_first(&file).map(|found| found.batches)
        };
        assert_eq!(parts(&whole).unwrap(), first);
        // Of what lies behind it nothing is believed, nor looked at.
        let end = footer_start(&whole).unwrap();
        for (at, is_first) in [(0, true), (9, true), (400_000, true), (end - 100, false)] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert_eq!(parts(&damaged).is_err(), is_first, "byte {at}");
            assert!(read(damaged).is_err(), "byte {at}");
        }
        for length in [0, 3, 9, 400_000, end, whole.len() - 1] {
            assert!(parts(&whole[..length]).is_err(), "{length} bytes");
        }
        let in_one = write(&schema, all().0).unwrap();
        assert!(parts(&in_one).is_err());
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(read_first(&file).is_err());
    }
}
