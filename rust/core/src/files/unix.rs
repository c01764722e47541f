//! Unix: `openat`, `pread`, `close`.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fstat, openat, statat};

use super::{Stamp, irregular};

/// The descriptor of a directory.
#[derive(Debug)]
pub struct Handle(OwnedFd);

/// The bytes of the relative path that is opened, with a NUL at the end.
pub type PathBuffer = Vec<u8>;

impl Handle {
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(openat(CWD, path, flags, Mode::empty())?))
    }

    pub fn open_file(
        &self,
        directory: &Path,
        name: &OsStr,
        path: &mut PathBuffer,
    ) -> io::Result<OwnedFd> {
        let path = joined(directory, name, path)?;
        // Without waiting, so that a FIFO in a file's place is opened, and then refused.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(openat(&self.0, path, flags, Mode::empty())?)
    }

    pub fn stamp(
        &self,
        directory: &Path,
        name: &OsStr,
        path: &mut PathBuffer,
    ) -> io::Result<Stamp> {
        Ok(stamp(&statat(&self.0, joined(directory, name, path)?, AtFlags::empty())?))
    }
}

/// The path `directory/name` as the system takes it; `.` for none.
fn joined<'b>(directory: &Path, name: &OsStr, path: &'b mut PathBuffer) -> io::Result<&'b CStr> {
    path.clear();
    path.extend_from_slice(directory.as_os_str().as_bytes());
    if !path.is_empty() && !name.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name.as_bytes());
    if path.is_empty() {
        path.push(b'.');
    }
    path.push(0);
    CStr::from_bytes_with_nul(path)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a NUL in a path"))
}

/// The stamp of an open file.
pub fn stamp_of(file: &OwnedFd) -> io::Result<Stamp> {
    Ok(stamp(&fstat(file)?))
}

fn stamp(stat: &Stat) -> Stamp {
    let time = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Stamp {
        size: u64::try_from(stat.st_size).unwrap_or(u64::MAX),
        modified: time(stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or(0)),
        changed: time(stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or(0)),
        inode: stat.st_ino,
    }
}

/// Refuses what is no regular file; a directory is refused where it is read.
pub fn require_regular(file: &OwnedFd) -> io::Result<()> {
    match FileType::from_raw_mode(fstat(file)?.st_mode) {
        FileType::RegularFile => Ok(()),
        _ => Err(irregular()),
    }
}

/// Reads once, what follows the bytes, into the room behind them; only a signal makes it try again.
/// What has no places (a FIFO, a socket, a terminal) is refused by the system, at no cost to files.
pub fn read(file: &mut OwnedFd, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let at = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    loop {
        match rustix::io::pread(&*file, spare_capacity(bytes), at) {
            Ok(count) => return Ok(count),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::SPIPE) => return Err(irregular()),
            Err(error) => return Err(error.into()),
        }
    }
}
