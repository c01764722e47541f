//! The cache for instant reload: what a load read, and what that rests on.
//!
//! ```text
//! load     files ──► harvest ──► rows ──► one Arrow file for each sweep (and choice of files)
//!            └► witness ──┘ the notes of each job: what was read, listed, or looked for in vain;
//!                           what several threads read is joined, in job order
//! reopen   the Arrow file ──► stored ──► check: every note, by `stat` ──► harvest of those that hold
//!                     └► verdict        └► the other jobs are read as in a load
//! ```
//!
//! The law: a job is taken from the index only where each note of it holds, and it was sound, which
//! means that its values follow from the noted files and from the choice of files, and from nothing
//! else. What joins the jobs (who they are, which of them belong) is decided anew by every load, by
//! the code that a load without a cache runs; except where nothing changed at all. Then the
//! [`Verdict`] of an earlier load is taken, which has a law of its own: it is kept only where it
//! followed from the jobs' notes and from those of the frame (the sweep's directory, and the files in
//! it that say what it set out to run), and taken only where all of these hold.
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
mod join;
mod labels;
mod rows;
mod store;
mod verdict;

pub use check::{Check, holds, valid};
pub use decode::{Notes, Stored};
pub use encode::{Content, Rows, decided, rows, settled};
pub use harvest::Harvest;
pub use rows::{Row, Texts};
pub use store::{BESIDE, Entry, Found, Part, Subject, clear, directory, list};
pub use verdict::Verdict;
