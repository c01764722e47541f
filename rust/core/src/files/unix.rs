//! Unix: `openat`, `read`, `close`.

use std::ffi::CStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};

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
        name: &str,
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
        // Without waiting, so that a FIFO in a file's place ends in an empty read.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(openat(&self.0, path, flags, Mode::empty())?)
    }
}

/// Reads once; only a signal makes it try again.
pub fn read(file: &mut OwnedFd, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(&*file, &mut *buffer) {
            Ok(count) => return Ok(count),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
