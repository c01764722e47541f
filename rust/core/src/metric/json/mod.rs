//! JSON files: one document, or a document on each line.
//!
//! | file | cells |
//! |---|---|
//! | a mapping of names to values | one row: each value a cell, as [`plain`](super::plain) says |
//! | a list of mappings; mappings line by line | a [`series`](super::series) |
//! | a mapping with a list of mappings `log_history` | the series of that list, then the others |
//!
//! The dialect is Python's ([`crate::json`]), and of equal names in a mapping the last counts. A
//! mapping `{"__mushin_nonfinite__": "inf"}` in place of a number is that number.

mod document;
mod lines;
mod marker;

pub use document::parse;
pub use lines::parse as parse_lines;
