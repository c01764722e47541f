//! The YAML that a gather needs: override lists, a few keys of Hydra's files, and plain data.
//!
//! Hydra writes a job's overrides as a list of strings. Nearly all of them are plain scalars, one
//! to a line; [`lines`] takes those apart without a YAML parser, and leaves every other file
//! (quoted, folded, commented) to one.

mod bounds;
mod data;
mod document;
mod hydra;
mod lines;

pub use data::{Config, Entries, entries};
pub use hydra::{Multirun, Origin, choices, multirun, origin};
pub use lines::{Lines, lines};
