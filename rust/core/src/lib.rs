//! Scans, parses and places the results of Hydra sweeps.
//!
//! ```text
//! directory ──► scan ──► files ──► yaml, grammar   who each job is ─┐
//!                          └─────► metric          what it measured ┴─► assemble ──► cube
//! ```
//!
//! [`sweep`] alone knows all of these, and [`query`], which selects jobs. Below it, `scan`, `metric`
//! and `assemble` do not know each other's insides; below them lie `grammar` and `yaml`, and at the
//! bottom `files`, `value`, `array`, `pages`, `codes`, `json`, `pool` and `error`.
#![deny(missing_docs)]

pub mod array;
pub mod assemble;
pub mod bench;
pub mod codes;
pub mod error;
pub mod files;
pub mod grammar;
pub mod index;
pub mod json;
pub mod metric;
pub mod pages;
pub mod pool;
pub mod query;
pub mod scan;
pub mod sweep;
pub mod value;
pub mod yaml;
