//! `Stamp`: what the file system says of a file without reading it, and by which a change is told.

use std::time::{Duration, SystemTime};

/// Size and times of a file or directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When its content changed last, in nanoseconds since 1970; programs can set it.
    pub modified: i64,
    /// When anything of it changed last, its name included; no program can set it. Where a system
    /// does not tell, the same as `modified`.
    pub changed: i64,
    /// Its number in its file system; zero where a system does not tell.
    pub inode: u64,
}

impl Stamp {
    /// The later of its times.
    #[must_use]
    pub fn latest(&self) -> i64 {
        self.modified.max(self.changed)
    }

    /// Whether two stamps are those of one unchanged file; of one that may have been copied with
    /// its times, where `copied`.
    #[must_use]
    pub fn is_same(&self, other: &Self, copied: bool) -> bool {
        self.size == other.size
            && self.modified == other.modified
            && (copied || (self.changed == other.changed && self.inode == other.inode))
    }

    /// A stamp as `std` gives it.
    #[must_use]
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        let modified = metadata.modified().map_or(i64::MAX, nanoseconds);
        Self { size: metadata.len(), modified, changed: modified, inode: 0 }
    }
}

/// The present, in nanoseconds since 1970.
#[must_use]
pub fn now() -> i64 {
    nanoseconds(SystemTime::now())
}

fn nanoseconds(time: SystemTime) -> i64 {
    let count = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => count(after),
        Err(before) => count(before.duration()).saturating_neg(),
    }
}
