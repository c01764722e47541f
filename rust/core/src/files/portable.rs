//! Every platform: the same through `std`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Stamp, irregular};

/// The path of a directory.
#[derive(Debug)]
pub struct Handle(PathBuf);

/// Nothing is kept between two opens.
pub type PathBuffer = ();

impl Handle {
    pub fn open(path: &Path) -> io::Result<Self> {
        if std::fs::metadata(path)?.is_dir() {
            Ok(Self(path.to_path_buf()))
        } else {
            Err(io::Error::new(io::ErrorKind::NotADirectory, "not a directory"))
        }
    }

    pub fn open_file(
        &self,
        directory: &Path,
        name: &OsStr,
        (): &mut PathBuffer,
    ) -> io::Result<File> {
        let path = self.0.join(directory).join(name);
        // To open a FIFO is to wait for its writer.
        let kind = std::fs::metadata(&path)?.file_type();
        if kind.is_file() || kind.is_dir() { File::open(path) } else { Err(irregular()) }
    }

    pub fn stamp(&self, directory: &Path, name: &OsStr, (): &mut PathBuffer) -> io::Result<Stamp> {
        // Not joined where it is empty: `file/` is no file.
        let directory = self.0.join(directory);
        let path = if name.is_empty() { directory } else { directory.join(name) };
        std::fs::metadata(path).map(|it| Stamp::of(&it))
    }
}

/// The stamp of an open file.
pub fn stamp_of(file: &File) -> io::Result<Stamp> {
    file.metadata().map(|it| Stamp::of(&it))
}

/// Refuses what is no regular file.
pub fn require_regular(file: &File) -> io::Result<()> {
    if file.metadata()?.is_file() { Ok(()) } else { Err(irregular()) }
}

/// Reads on, into the room behind the bytes, until that is full or the file ends.
pub fn read(file: &mut File, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let room = bytes.capacity().saturating_sub(bytes.len());
    file.take(u64::try_from(room).unwrap_or(u64::MAX)).read_to_end(bytes)
}
