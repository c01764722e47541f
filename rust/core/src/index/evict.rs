//! What leaves the user's folder for caches when an index is written, so that it does not grow for
//! ever: indexes that nobody used for three months, and those of sweeps that are gone.
//!
//! When a file was last used is when it was last modified: a load says so once a day. A sweep that
//! is gone may lie on a disk that comes back, so its index waits for a week, and only the few that
//! were unused for longest are looked into: the work is bounded, and the others' turn comes.

use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use arrow_ipc::reader::StreamReader;
use serde_json::Value as Json;

use super::rows::ABOUT;
use crate::files::Root;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Indexes that were unused for longer go.
const UNUSED: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// So do those of sweeps that are gone.
const UNUSED_AND_GONE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How many indexes are looked into.
const LOOKED_INTO: usize = 8;
/// What an index is of stands in its first bytes; where it takes more, only time takes it away.
const HEAD: u64 = 1 << 16;
/// Before the schema stand the format's name and the length of the schema's message.
const NAME_BYTES: usize = 8;
const LENGTH: std::ops::Range<usize> = 4..8;

/// Notes that an index is used.
pub fn used(file: &Path) {
    if age(file).is_some_and(|age| age > DAY) {
        // A folder that may only be read loses its indexes to nobody.
        drop(
            File::options()
                .append(true)
                .open(file)
                .and_then(|it| it.set_modified(SystemTime::now())),
        );
    }
}

/// Removes what nobody needs of these indexes. What hinders it is no matter of who writes another.
pub fn evict(files: Vec<PathBuf>) {
    let mut aged: Vec<(Duration, PathBuf)> =
        files.into_iter().filter_map(|file| Some((age(&file)?, file))).collect();
    aged.sort_unstable_by(|a, b| b.cmp(a));
    let unused = aged.partition_point(|(age, _)| *age > UNUSED);
    for (at, (age, file)) in aged.iter().enumerate() {
        let is_looked_into = at < unused.saturating_add(LOOKED_INTO) && *age > UNUSED_AND_GONE;
        if at < unused || (is_looked_into && is_gone(file)) {
            drop(std::fs::remove_file(file));
        }
    }
}

/// How long ago a file was used; `None` where it says a time to come.
fn age(file: &Path) -> Option<Duration> {
    file.metadata().ok()?.modified().ok()?.elapsed().ok()
}

/// Whether the path that an index is of exists no more.
fn is_gone(file: &Path) -> bool {
    subject(file).is_some_and(|path| matches!(Path::new(&path).try_exists(), Ok(false)))
}

/// The path that an index is of, from the first bytes of its file.
fn subject(file: &Path) -> Option<String> {
    let root = Root::open(file.parent()?).ok()?;
    let head = root.head(Path::new(""), file.file_name()?.to_str()?, HEAD).ok()?;
    let stream = head.get(NAME_BYTES..)?;
    let length = u32::from_le_bytes(stream.get(LENGTH)?.try_into().ok()?);
    // The reader takes memory for as much as is promised.
    if usize::try_from(length).ok()? > stream.len() {
        return None;
    }
    let reader = StreamReader::try_new(Cursor::new(stream), None).ok()?;
    let about: Json = serde_json::from_str(reader.schema().metadata.get(ABOUT)?).ok()?;
    about.get("path")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::rows;
    use super::*;

    const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    fn index(folder: &Path, name: &str, of: &Path, age: Duration) -> PathBuf {
        let file = folder.join(name);
        let about = serde_json::json!({"path": of, "context": "", "jobs": 1}).to_string();
        std::fs::write(&file, rows::write(&about, Vec::new(), Vec::new()).unwrap()).unwrap();
        let used = SystemTime::now().checked_sub(age).unwrap();
        File::options().append(true).open(&file).unwrap().set_modified(used).unwrap();
        file
    }

    #[test]
    fn what_was_long_unused_and_what_is_of_nothing_goes() {
        let place = tempfile::tempdir().unwrap();
        let (there, gone) = (place.path(), place.path().join("gone"));
        let stays = [
            index(there, "a", there, MONTH * 2),
            index(there, "b", &gone, DAY * 2),
            index(there, "c", there, Duration::ZERO),
        ];
        let goes = [index(there, "d", there, MONTH * 4), index(there, "e", &gone, DAY * 8)];
        evict(stays.iter().chain(&goes).cloned().collect());
        assert!(stays.iter().all(|file| file.exists()));
        assert!(goes.iter().all(|file| !file.exists()));
    }

    #[test]
    fn only_a_few_are_looked_into_and_damaged_ones_are_left() {
        let place = tempfile::tempdir().unwrap();
        let gone = place.path().join("gone");
        let mut files: Vec<PathBuf> = (0..LOOKED_INTO)
            .map(|at| index(place.path(), &at.to_string(), place.path(), MONTH))
            .collect();
        files.push(index(place.path(), "gone later", &gone, DAY * 8));
        let damaged = index(place.path(), "damaged", &gone, MONTH * 2);
        let modified = damaged.metadata().unwrap().modified().unwrap();
        for bytes in [&b"no index"[..], b"ARROW1\0\0\xff\xff\xff\xff\xff\xff\xff\x7f"] {
            std::fs::write(&damaged, bytes).unwrap();
            File::options().append(true).open(&damaged).unwrap().set_modified(modified).unwrap();
            assert_eq!(subject(&damaged), None);
            evict(files.iter().chain([&damaged]).cloned().collect());
            assert!(files.iter().chain([&damaged]).all(|file| file.exists()));
        }
        evict(files.split_off(LOOKED_INTO));
        assert!(!place.path().join("gone later").exists());
    }

    #[test]
    fn use_keeps_an_index() {
        let place = tempfile::tempdir().unwrap();
        let file = index(place.path(), "a", place.path(), MONTH * 4);
        used(&file);
        assert!(age(&file).unwrap() < DAY);
        evict(vec![file.clone()]);
        assert!(file.exists());
    }
}
