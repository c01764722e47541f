//! Arrow IPC files: the recorded `metrics.arrow`, and files that users wrote.
//!
//! ```text
//! ARROW1␀␀ │ schema  batch  end-of-stream │ footer │ length  ARROW1
//!          └────────── stream ────────────┘    └ runcube.crc32 of every byte before the footer
//! ```
//!
//! A file whose schema says `runcube.v` is a record of ours: one row, whose `overrides` column is
//! the identity of the job, and whose checksum is compared before anything else is believed. The
//! schema and the batch are taken from the stream, which the checksum covers, never from the
//! footer. Any other file is the user's own.

pub(super) mod batches;
mod claims;
mod column;
mod layout;
mod pandas;
mod read;
pub(crate) mod sealed;
mod shape;
pub(super) mod table;
mod tensor;
mod values;
mod write;

pub use read::{Record, overrides, parse};
pub use shape::Shape;
pub use write::encode;
pub(crate) use write::numbers;

/// Key of the schema's metadata that makes a file a record of ours.
pub const VERSION_KEY: &str = "runcube.v";
/// The version of the contract that is written and read.
pub const VERSION: &str = "1";
/// Key of a field's metadata that gives the column another part than that of a metric.
pub const ROLE_KEY: &str = "runcube.role";
/// The part of the column that holds the lines of `overrides.yaml`.
pub const OVERRIDES_ROLE: &str = "overrides";
/// Key of a field's metadata that says what Arrow's type alone does not.
pub const DTYPE_KEY: &str = "runcube.dtype";
/// Key of the footer's metadata with the CRC-32 of every byte before the footer, in eight hex
/// digits.
pub const CHECKSUM_KEY: &str = "runcube.crc32";

/// The canonical extension type of arrays (Arrow's "Fixed shape tensor").
pub(crate) const TENSOR: &str = "arrow.fixed_shape_tensor";
pub(crate) const EXTENSION_NAME: &str = "ARROW:extension:name";
pub(crate) const EXTENSION_METADATA: &str = "ARROW:extension:metadata";

const MAGIC: &[u8] = b"ARROW1";
/// Where the stream starts: after the magic and its padding.
const STREAM_START: usize = 8;
/// Length of the footer's length and the magic behind it.
const TAIL: usize = 10;
