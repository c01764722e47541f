//! Opening and reading: the fast Unix path and its portable twin.
//!
//! Job files have known names and are small. So a file is opened relative to the descriptor of the
//! sweep's directory, read once into a reused buffer and closed: three system calls, no `stat`
//! before, no listing. The portable twin does the same through `std`.
//!
//! What is no regular file is never waited for and never read: a FIFO refuses to be read at a place,
//! and where a read gives nothing, or as much as it can take, the descriptor is asked what it is.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use crate::error::{Error, ErrorKind, Result};
use crate::pages;

mod listing;
mod stamp;
mod witness;

pub use stamp::{Stamp, now};
pub use witness::{Note, Seen, Witness};

#[cfg(all(unix, not(feature = "portable")))]
mod unix;
#[cfg(all(unix, not(feature = "portable")))]
use unix as platform;

#[cfg(any(not(unix), feature = "portable"))]
mod portable;
#[cfg(any(not(unix), feature = "portable"))]
use portable as platform;

/// Bytes read at first, more than a small metric file holds; a larger file takes further reads.
const FIRST_READ: usize = 64 * 1024;

/// The largest file that is read as one piece.
const LARGEST_FILE: usize = 1 << 34;

/// What a directory entry is, as far as the directory says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory, or a link to one.
    Directory,
    /// A link to a directory: counted as one, but never descended into by a walk.
    LinkedDirectory,
    /// Anything else.
    Other,
}

/// An entry of a directory.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: OsString,
    /// What it is.
    pub kind: EntryKind,
    /// Whether it is a link, to whatever.
    pub is_link: bool,
}

/// A directory below which files are read by relative path.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    handle: platform::Handle,
}

/// A reused buffer with the content of the file read last, and the path it was read by.
#[derive(Debug, Default)]
pub struct FileBuffer {
    bytes: Vec<u8>,
    path: platform::PathBuffer,
}

impl FileBuffer {
    /// The content of the file read last.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Root {
    /// Opens a directory.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, `Io` where it is no directory or may not be read.
    pub fn open(path: &Path) -> Result<Self> {
        let handle = platform::Handle::open(path)
            .map_err(|error| Error::io(&error, "open the directory", path))?;
        Ok(Self { path: path.to_path_buf(), handle })
    }

    /// The path that the directory was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file `directory/name` whole into `buffer`.
    ///
    /// # Errors
    ///
    /// The operating system's error; the buffer is then empty.
    pub fn read(
        &self,
        directory: &Path,
        name: impl AsRef<OsStr>,
        buffer: &mut FileBuffer,
    ) -> io::Result<()> {
        self.read_stamped(directory, name, buffer, None)
    }

    /// As [`Root::read`], with the stamp that the file had before its first byte was read.
    fn read_stamped(
        &self,
        directory: &Path,
        name: impl AsRef<OsStr>,
        buffer: &mut FileBuffer,
        stamp: Option<&mut Stamp>,
    ) -> io::Result<()> {
        let FileBuffer { bytes, path } = buffer;
        bytes.clear();
        bytes.reserve(FIRST_READ);
        let mut file = self.handle.open_file(directory, name.as_ref(), path)?;
        if let Some(stamp) = stamp {
            *stamp = platform::stamp_of(&file)?;
        }
        loop {
            let room = bytes.capacity().saturating_sub(bytes.len());
            let is_first = bytes.is_empty();
            let count = platform::read(&mut file, bytes)?;
            if is_first && (count == 0 || count == room) {
                platform::require_regular(&file)?;
            }
            if count < room {
                return Ok(());
            }
            if bytes.len() >= LARGEST_FILE {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than 16 GiB"));
            }
            // One byte more than the rest, so that the next read meets the end of the file too.
            let size = usize::try_from(platform::stamp_of(&file)?.size).unwrap_or(LARGEST_FILE);
            let rest = size.min(LARGEST_FILE).saturating_sub(bytes.len()).saturating_add(1);
            // Twice as many where a size is not to be trusted.
            bytes
                .try_reserve_exact(rest.max(bytes.len()))
                .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            pages::ask_large(bytes);
        }
    }

    /// Reads the file `directory/name` into memory of its own; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The operating system's error, with the path.
    pub fn read_optional(&self, directory: &Path, name: &str) -> Result<Option<Vec<u8>>> {
        let mut buffer = FileBuffer::default();
        match self.read(directory, name, &mut buffer) {
            Ok(()) => Ok(Some(buffer.bytes)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => {
                Err(Error::io(&error, "read the file", self.path.join(directory).join(name)))
            }
        }
    }

    /// The first bytes of the regular file `directory/name`, at most so many.
    ///
    /// # Errors
    ///
    /// The operating system's error.
    pub fn head(&self, directory: &Path, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.part(directory, name, most, false)
    }

    /// The last bytes of the regular file `directory/name`, at most so many.
    ///
    /// # Errors
    ///
    /// The operating system's error.
    pub fn tail(&self, directory: &Path, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.part(directory, name, most, true)
    }

    fn part(&self, directory: &Path, name: &str, most: u64, last: bool) -> io::Result<Vec<u8>> {
        let path = self.path.join(directory).join(name);
        let about = std::fs::metadata(&path)?;
        if !about.is_file() {
            return Err(irregular());
        }
        let mut file = File::open(path)?;
        if last {
            file.seek(SeekFrom::Start(about.len().saturating_sub(most)))?;
        }
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// When the regular file `directory/name` was last written to.
    #[must_use]
    pub fn modified(&self, directory: &Path, name: &str) -> Option<SystemTime> {
        let about = std::fs::metadata(self.path.join(directory).join(name)).ok()?;
        about.is_file().then(|| about.modified().ok()).flatten()
    }

    /// Whether `directory/name` exists.
    #[must_use]
    pub fn exists(&self, directory: &Path, name: &str) -> bool {
        self.path.join(directory).join(name).exists()
    }

    /// The stamp of what `directory/name` is, links followed.
    ///
    /// # Errors
    ///
    /// The operating system's error.
    pub fn stamp(&self, directory: &Path, name: &str) -> io::Result<Stamp> {
        self.handle.stamp(directory, OsStr::new(name), &mut platform::PathBuffer::default())
    }

    /// As [`Root::stamp`], with the buffer's memory.
    ///
    /// # Errors
    ///
    /// The operating system's error.
    pub fn stamp_with(
        &self,
        directory: &Path,
        name: &str,
        buffer: &mut FileBuffer,
    ) -> io::Result<Stamp> {
        self.handle.stamp(directory, OsStr::new(name), &mut buffer.path)
    }

    /// The entries of a directory below, in the order in which the system gives them.
    ///
    /// # Errors
    ///
    /// The operating system's error.
    pub fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        self.each(directory, |name, kind, is_link| {
            entries.push(Entry { name: name.to_owned(), kind, is_link });
        })?;
        Ok(entries)
    }

    /// Shows the name of each entry of a directory below, what it is, and whether it is a link.
    ///
    /// # Errors
    ///
    /// The operating system's error.
    pub fn each(
        &self,
        directory: &Path,
        visit: impl FnMut(&OsStr, EntryKind, bool),
    ) -> io::Result<()> {
        listing::each_entry(&self.path.join(directory), visit)
    }
}

/// Reads one file whole.
///
/// # Errors
///
/// The operating system's error.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let handle = platform::Handle::open(parent.unwrap_or(Path::new(".")))?;
    let root = Root { path: PathBuf::new(), handle };
    let mut buffer = FileBuffer::default();
    root.read(Path::new(""), name, &mut buffer)?;
    Ok(buffer.bytes)
}

/// The error of a path at which something else than a file is.
fn irregular() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is a device, a FIFO or a socket; expected a regular file",
    )
}

/// Writes a file in one step: a temporary name in the same folder, then a rename. Whoever reads
/// meanwhile sees the old file or the new one, whole.
///
/// # Errors
///
/// The operating system's error; the old file then stands as it was.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    static WRITES: AtomicUsize = AtomicUsize::new(0);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let temporary = path.with_file_name(format!(
        ".{}.{}-{}-{:x}.tmp",
        name.unwrap_or_default(),
        std::process::id(),
        // Two threads of a process write one file each; so do two machines.
        WRITES.fetch_add(1, Ordering::Relaxed),
        now()
    ));
    let written =
        std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|error| {
        // What cannot be removed either is named in the error's own path.
        drop(std::fs::remove_file(&temporary));
        Error::io(&error, "write the file", path)
    })
}

/// Refuses what Git LFS leaves in place of a file that was not fetched.
///
/// # Errors
///
/// `Corrupt`, with the call that fetches it.
pub fn check_fetched(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(b"version https://git-lfs.github.com/") {
        return Err(Error::new(
            ErrorKind::Corrupt,
            "a Git LFS pointer (lfs-pointer): fetch the file with `git lfs pull` (line 1)",
        ));
    }
    Ok(())
}

/// Whether an error says that a file is not there (a part of its path may be a file).
#[must_use]
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_every_size_are_read_whole() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("job")).unwrap();
        let root = Root::open(place.path()).unwrap();
        let mut buffer = FileBuffer::default();
        for size in [0, 1, FIRST_READ - 1, FIRST_READ, FIRST_READ + 1, 5 * FIRST_READ] {
            let content: Vec<u8> = (0..=250).cycle().take(size).collect();
            std::fs::write(place.path().join("job/file"), &content).unwrap();
            root.read(Path::new("job"), "file", &mut buffer).unwrap();
            assert_eq!(buffer.bytes(), content);
        }
        let error = root.read(Path::new("job"), "other", &mut buffer).unwrap_err();
        assert!(is_absent(&error));
        assert!(buffer.bytes().is_empty());
    }

    #[test]
    fn the_ends_of_a_file_are_read_without_the_rest() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("log"), b"0123456789").unwrap();
        let root = Root::open(place.path()).unwrap();
        assert_eq!(root.head(Path::new(""), "log", 3).unwrap(), b"012");
        assert_eq!(root.tail(Path::new(""), "log", 3).unwrap(), b"789");
        assert_eq!(root.tail(Path::new(""), "log", 30).unwrap(), b"0123456789");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let place = tempfile::tempdir().unwrap();
        let fifo = place.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        std::os::unix::fs::symlink("/dev/zero", place.path().join("zero")).unwrap();
        std::os::unix::fs::symlink("/dev/null", place.path().join("null")).unwrap();
        let root = Root::open(place.path()).unwrap();
        for name in ["fifo", "zero", "null"] {
            let error = read(&place.path().join(name)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}: {error}");
            let error = root.tail(Path::new(""), name, 8).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}: {error}");
            assert_eq!(root.modified(Path::new(""), name), None);
        }
        // A writer that waits with what would be a whole file does not make a FIFO one.
        let both = std::fs::OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
        std::io::Write::write_all(&mut &both, b"{}").unwrap();
        assert_eq!(read(&fifo).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
