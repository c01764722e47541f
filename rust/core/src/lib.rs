//! Scans, parses and places the results of Hydra sweeps.
#![deny(missing_docs)]

pub mod error;
pub mod grammar;
pub mod value;
