//! The entries of a directory: the system's own records on Linux, `std` elsewhere.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use super::EntryKind;

/// Bytes of records that the system gives at once.
#[cfg(all(target_os = "linux", not(feature = "portable")))]
const RECORDS: usize = 32 * 1024;

/// Shows each entry, with what it is and whether it is a link, in the order of the system.
#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub fn each_entry(path: &Path, mut visit: impl FnMut(&OsStr, EntryKind, bool)) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;

    use rustix::fs::{CWD, FileType, Mode, OFlags, RawDir, openat};

    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = openat(CWD, path, flags, Mode::empty())?;
    let mut space = Vec::with_capacity(RECORDS);
    let mut entries = RawDir::new(&directory, space.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        match entry.file_type() {
            _ if name == "." || name == ".." => {}
            FileType::Directory => visit(name, EntryKind::Directory, false),
            FileType::Symlink => visit(name, behind(&path.join(name)), true),
            // Some file systems do not say.
            FileType::Unknown => {
                let (kind, is_link) = look(&path.join(name));
                visit(name, kind, is_link);
            }
            _ => visit(name, EntryKind::Other, false),
        }
    }
    Ok(())
}

/// Shows each entry, with what it is and whether it is a link, in the order of the system.
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
pub fn each_entry(path: &Path, mut visit: impl FnMut(&OsStr, EntryKind, bool)) -> io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let (kind, is_link) = match entry.file_type() {
            Ok(kind) if kind.is_dir() => (EntryKind::Directory, false),
            Ok(kind) if kind.is_symlink() => (behind(&entry.path()), true),
            Ok(_) => (EntryKind::Other, false),
            Err(_) => look(&entry.path()),
        };
        visit(&entry.file_name(), kind, is_link);
    }
    Ok(())
}

/// What the file system says of an entry; of what it says nothing, that it may be a link.
fn look(path: &Path) -> (EntryKind, bool) {
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => (EntryKind::Directory, false),
        Ok(about) if about.is_symlink() => (behind(path), true),
        Ok(_) => (EntryKind::Other, false),
        Err(_) => (EntryKind::Other, true),
    }
}

/// What a link leads to.
fn behind(link: &Path) -> EntryKind {
    if link.is_dir() { EntryKind::LinkedDirectory } else { EntryKind::Other }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_shown_once_with_its_kind() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("folder")).unwrap();
        std::fs::write(place.path().join("file"), b"").unwrap();
        for (name, target) in [("to_folder", "folder"), ("to_file", "file"), ("to_nothing", "x")] {
            std::os::unix::fs::symlink(target, place.path().join(name)).unwrap();
        }
        // More than the system gives at once.
        let many: Vec<String> = (0..3000).map(|it| format!("a-rather-long-name-{it}")).collect();
        many.iter().for_each(|name| std::fs::write(place.path().join(name), b"").unwrap());
        let mut found = Vec::new();
        each_entry(place.path(), |name, kind, is_link| {
            found.push((name.to_str().unwrap().to_owned(), kind, is_link));
        })
        .unwrap();
        let mut expected = vec![
            ("folder".to_owned(), EntryKind::Directory, false),
            ("file".to_owned(), EntryKind::Other, false),
            ("to_folder".to_owned(), EntryKind::LinkedDirectory, true),
            ("to_file".to_owned(), EntryKind::Other, true),
            ("to_nothing".to_owned(), EntryKind::Other, true),
        ];
        expected.extend(many.into_iter().map(|name| (name, EntryKind::Other, false)));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(found, expected);
        assert!(each_entry(&place.path().join("file"), |_, _, _| ()).is_err());
    }
}
