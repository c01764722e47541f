//! TensorBoard's event files: what was logged at each step.
//!
//! ```text
//! length u64 │ masked CRC-32C of it │ Event, a protobuf message │ masked CRC-32C of it │ …
//! ```
//!
//! All scalars of a log are one [`series`](crate::metric::series): its rows are the steps at which
//! any tag has a value, in order, and `step` names them. A tag without a value at a step has `NaN`
//! there; of several values of one tag at one step the last counts. Scalars are `float32` as
//! TensorBoard writes them, `float64` where a tensor holds a double or an integer. Texts, images,
//! histograms and times are left alone.
//!
//! The event files of one directory are one [`Log`]. A last record that its writer did not finish
//! is left out; any other damage refuses the file.

mod checksum;
mod event;
mod frames;
mod log;
mod message;

pub use log::{Log, parse};

/// What the name of an event file holds.
pub const MARK: &str = "tfevents";
