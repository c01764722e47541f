//! The jobs as an Arrow table: one row for each, whatever its layout as arrays would be.
//!
//! ```text
//! job │ parameters …            │ metrics …
//! 0   │ int64 float64 utf8 bool │ float64  fixed_shape_tensor  list  json
//! ```
//!
//! A column has the Arrow type of what its jobs hold, as in `metrics.arrow`
//! ([`crate::metric::arrow`]); null is what a job lacks. Where values of one column have no common
//! type in which all of them are exact, it is JSON text, and its field says so.

mod labels;
mod metrics;
mod nested;
mod rows;

pub use rows::{TableParts, table};
