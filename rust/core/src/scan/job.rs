//! A job, before any of its files is read.

use super::relative::Relative;

/// A directory that is a job, or may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobDirectory {
    /// Relative to the path that was opened; empty where that is itself the job.
    pub relative: Relative,
    /// The job's number, where the name of the directory is it.
    pub number: Option<u64>,
    /// The sweep that it lies in, among those that were found.
    pub group: usize,
    /// Its place in the plan of that sweep, where that names it.
    pub planned: Option<u32>,
}
