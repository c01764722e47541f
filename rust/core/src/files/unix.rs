//! Unix: `openat`, `pread`, `close`.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};

use super::irregular;

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
        path.clear();
        path.extend_from_slice(directory.as_os_str().as_bytes());
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        path.push(0);
        let path = CStr::from_bytes_with_nul(path)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a NUL in a path"))?;
        // Without waiting, so that a FIFO in a file's place is opened, and then refused.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(openat(&self.0, path, flags, Mode::empty())?)
    }
}

/// Refuses what is no regular file; a directory is refused where it is read.
pub fn require_regular(file: &OwnedFd) -> io::Result<()> {
    match FileType::from_raw_mode(fstat(file)?.st_mode) {
        FileType::RegularFile => Ok(()),
        _ => Err(irregular()),
    }
}

/// Reads once from a byte on; only a signal makes it try again. What has no places (a FIFO, a
/// socket, a terminal) is refused by the system, at no cost to files.
pub fn read(file: &mut OwnedFd, buffer: &mut [u8], at: usize) -> io::Result<usize> {
    let at = u64::try_from(at).unwrap_or(u64::MAX);
    loop {
        match rustix::io::pread(&*file, &mut *buffer, at) {
            Ok(count) => return Ok(count),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::SPIPE) => return Err(irregular()),
            Err(error) => return Err(error.into()),
        }
    }
}
