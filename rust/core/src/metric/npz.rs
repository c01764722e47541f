//! The NPZ format: a zip archive whose members are NPY files.
//!
//! ```text
//! local header  npy header ▒▒▒▒  local header  npy header ▒▒▒▒  …  central directory  end
//!          ^crc                           ^crc                        ^crc   ^crc
//! ```
//!
//! Two files that one program wrote differ in the elements (▒) and in two copies of each member's
//! CRC-32, and in nothing else. [`Shape`] holds the first file; a later one that equals it in every
//! other byte, and whose checksums are right, is read at the places known from the first.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::array::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::Cells;
use crate::metric::cell::{Container, Element, Form};
use crate::metric::column::Columns;
use crate::metric::npy::{self, Header, Kind};
use crate::metric::shape::{Numbers, Template};

/// Most members of an archive.
const MOST_MEMBERS: usize = 65_536;

/// Bytes that the members of any archive may hold together.
const INFLATED: usize = 1 << 28;
/// How many more they may hold for each byte of the file: deflate makes a thousand of one, and
/// members may share their bytes, but arrays of measurements do neither.
const INFLATED_BY_BYTE: usize = 64;

/// Reads every member of an NPZ file, in the order of its directory.
///
/// # Errors
///
/// `Corrupt` where the archive or a member is damaged (checksums are compared), `Unsupported` for
/// object arrays and members that are no arrays, `Limit` beyond the bounds.
pub fn parse(bytes: &[u8]) -> Result<Cells> {
    let mut archive = open(bytes)?;
    let mut cells = Cells::new();
    bound(&mut archive, bytes)?;
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(|error| damaged(&error, bytes))?;
        let raw_name = member.name().map_err(|error| damaged(&error, bytes))?.into_owned();
        let Some(name) = raw_name.strip_suffix(".npy") else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("the member `{raw_name}` is no NPY file"),
            ));
        };
        let start = member.header_start();
        let mut content = Vec::new();
        let size = member.size();
        (&mut member).take(size.saturating_add(1)).read_to_end(&mut content).map_err(|error| {
            Error::new(
                ErrorKind::Corrupt,
                format!("the member `{raw_name}` (byte {start}) is damaged: {error}"),
            )
        })?;
        let cell = npy::parse(&content).map_err(|error| Error {
            message: format!("the member `{raw_name}` (byte {start}): {}", error.message),
            ..error
        })?;
        cells.push((name.to_owned(), cell));
    }
    Ok(cells)
}

/// Compares what the members claim to hold with the bound, before any is inflated.
fn bound(archive: &mut ZipArchive<Cursor<&[u8]>>, bytes: &[u8]) -> Result<()> {
    let most = bytes.len().saturating_mul(INFLATED_BY_BYTE).saturating_add(INFLATED);
    let mut claimed = 0_u64;
    for at in 0..archive.len() {
        let member = archive.by_index_raw(at).map_err(|error| damaged(&error, bytes))?;
        claimed = claimed.saturating_add(member.size());
    }
    if usize::try_from(claimed).is_ok_and(|claimed| claimed <= most) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Limit,
        format!(
            "the members of the archive claim {claimed} bytes; at most {most} are read of a file of \
             {} bytes: write such arrays without compression",
            bytes.len()
        ),
    ))
}

/// Opens a zip archive whose directory and end agree.
pub(super) fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>> {
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Corrupt, "the file is empty (byte 0)"));
    }
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error, bytes))?;
    if archive.len() > MOST_MEMBERS {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("the archive has {} members; at most {MOST_MEMBERS} are read", archive.len()),
        ));
    }
    let listed = listed_members(bytes, archive.central_directory_start());
    if listed != Some(archive.len()) {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "the directory of the archive (byte {}) and its end disagree on the members",
                archive.central_directory_start()
            ),
        ));
    }
    Ok(archive)
}

/// How many members the central directory lists, walked from its start to the end record, so that
/// a wrong count in that record loses none. Source: APPNOTE 4.3.12, 4.3.14 and 4.3.16.
fn listed_members(bytes: &[u8], start: u64) -> Option<usize> {
    const FIXED: usize = 46;
    let mut at = usize::try_from(start).ok()?;
    let mut count = 0;
    while bytes.get(at..at.checked_add(4)?)? == b"PK\x01\x02" {
        let length = |offset: usize| {
            let field = bytes.get(at + offset..at + offset + 2)?;
            Some(usize::from(u16::from_le_bytes(field.try_into().ok()?)))
        };
        at += FIXED + length(28)? + length(30)? + length(32)?;
        count += 1;
    }
    let next = bytes.get(at..at.checked_add(4)?)?;
    (next == b"PK\x05\x06" || next == b"PK\x06\x06").then_some(count)
}

fn damaged(error: &zip::result::ZipError, bytes: &[u8]) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("no whole zip archive ends at byte {}: {error}", bytes.len()),
    )
}

/// A well-formed file, and where its values lie.
#[derive(Debug)]
pub struct Shape {
    template: Template,
    members: Vec<Numbers>,
}

impl Shape {
    /// The shape of a file that [`parse`] reads: every member stored, in native byte order and C
    /// order, of numbers. `None` for any other file. `job` is the one whose file it is.
    #[must_use]
    pub fn learn(bytes: &[u8], columns: &mut Columns, job: u32) -> Option<Self> {
        let mut archive = open(bytes).ok()?;
        let mut members = Vec::new();
        let mut variable = Vec::new();
        for at in 0..archive.len() {
            let member = archive.by_index(at).ok()?;
            let name = member.name().ok()?.strip_suffix(".npy")?.to_owned();
            let local = usize::try_from(member.header_start()).ok()?;
            let central = usize::try_from(member.central_header_start()).ok()?;
            let start = usize::try_from(member.data_start()?).ok()?;
            let size = usize::try_from(member.size()).ok()?;
            let stored = member.compression() == zip::CompressionMethod::Stored;
            // Bit 0 of the flags: encrypted; bit 3: sizes and checksum follow the data.
            let flags = *bytes.get(local.checked_add(6)?)?;
            if !stored || flags & 0b1001 != 0 || member.compressed_size() != member.size() {
                return None;
            }
            let whole = start..start.checked_add(size)?;
            let header = Header::parse(bytes.get(whole.clone())?).ok()?;
            let Kind::Number(dtype) = header.kind else { return None };
            let fortran = header.fortran_order && header.shape.len() > 1;
            if header.swapped
                || fortran
                || header.data_start.checked_add(header.data_len().ok()?)? != size
            {
                return None;
            }
            let elements = start.checked_add(header.data_start)?..whole.end;
            let field = |base: usize, offset: usize, length: usize| {
                let start = base.checked_add(offset)?;
                Some(start..start.checked_add(length)?)
            };
            // Offsets of the format (APPNOTE 4.3.7 and 4.3.12): checksum, and time with date.
            let checksums = vec![field(local, 14, 4)?, field(central, 16, 4)?];
            variable.extend(checksums.clone());
            variable.extend([field(local, 10, 4)?, field(central, 12, 4)?, elements.clone()]);
            let form = Form {
                element: Element::Number(dtype),
                shape: header.shape,
                container: Container::Array,
            };
            let place = u32::try_from(members.len()).ok()?;
            members.push(Numbers {
                crc_before: crc32fast::hash(bytes.get(start..elements.start)?),
                elements,
                checksums,
                bools: dtype == DType::Bool,
                slot: columns.slot(job, place, &name, &form),
            });
        }
        Some(Self { template: Template::new(bytes, variable, &members)?, members })
    }

    /// Whether the file has this shape and right checksums; if so, its values are added.
    #[must_use]
    pub fn read(&self, bytes: &[u8], columns: &mut Columns, job: u32) -> bool {
        self.template.read(bytes, &self.members, columns, job)
    }
}
