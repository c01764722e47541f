//! How a sweep is opened, and how the cache is used for it.

use std::time::Duration;

use super::reader::Loader;
use super::source::Source;
use crate::pool::{Cancel, Progress, Workers};

/// How a sweep is opened.
#[derive(Clone, Copy)]
pub struct OpenOptions<'o> {
    /// Which metric files are read.
    pub source: &'o Source,
    /// The condition on their parameters that selects jobs; by default every job is.
    pub condition: Option<&'o str>,
    /// Whether jobs that the sweep's definition cannot have produced are taken in.
    pub leftovers: bool,
    /// The caller's own reader, for every file but recorded metrics. It is called from one thread.
    pub loader: Option<&'o Loader<'o>>,
    /// The caller's reader of formats that this crate has none for, called from any thread.
    pub elsewhere: Option<&'o Loader<'o>>,
    /// How the cache is used; not at all where there is a loader.
    pub cache: Cache,
    /// How many threads read.
    pub workers: Workers,
    /// Ends the work.
    pub cancel: &'o Cancel,
    /// Counts the jobs that were read, for who looks on.
    pub progress: &'o Progress,
}

/// How a load uses the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// Not at all.
    #[default]
    Off,
    /// What has not changed, by the stamp of every file, is taken from the index.
    Checked,
    /// What is in the index is taken, and no file of its jobs is looked at.
    Trusted,
    /// Everything is read, and the index is written anew.
    Refresh,
    /// As `Refresh`, to the index beside the sweep.
    Beside,
}

/// The use of the cache.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    /// How it is used.
    pub mode: CacheMode,
    /// A file that changed so short a time before the load, or later, is read again by the next.
    pub settle: Duration,
    /// Fewer jobs are read from their files.
    pub fewest_jobs: usize,
}

impl Cache {
    /// No cache.
    pub const OFF: Self = Self { mode: CacheMode::Off, settle: Duration::ZERO, fewest_jobs: 0 };
}
