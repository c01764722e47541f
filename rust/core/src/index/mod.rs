//! The cache for instant reload: what a load read, and what that rests on.
//!
//! ```text
//! load     files ──► harvest ──► rows ──► one Arrow file for each sweep (and choice of files)
//!            └► witness ──┘ the notes of each job: what was read, listed, or looked for in vain
//! reopen   the Arrow file ──► stored ──► check: every note, by `stat` ──► harvest of those that hold
//!                                          └► the other jobs are read as in a load
//! ```
//!
//! The law: a job is taken from the index only where each note of it holds, and it was sound, which
//! means that its values follow from the noted files and from what the [`Subject`] says, and from
//! nothing else. All that joins the jobs (scope, axes, layout) is decided anew by every load, by the
//! code that a load without a cache runs.
//!
//! A stamp cannot tell two changes within one tick of the file system's clock. So a file that
//! changed less than two seconds before the load that read it began, or later, is not relied upon:
//! its job is read again by the next load. No clock that we know ticks more slowly (FAT's does so
//! every two seconds).

mod check;
mod decode;
mod encode;
mod evict;
mod form;
mod harvest;
mod rows;
mod store;

pub use check::{Check, valid};
pub use decode::{Notes, Stored};
pub use encode::{Content, rows};
pub use harvest::Harvest;
pub use rows::Row;
pub use store::{BESIDE, Entry, Subject, clear, directory, list};
