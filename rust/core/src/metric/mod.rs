//! Metric files: one file for each format.
//!
//! A reader turns the bytes of a file into named [`Cell`]s. Beside its full parser, a format may
//! have a `Shape`: what a well-formed file looked like, byte for byte but for the values, so that
//! the next file of the same shape is recognised and its values are taken from known places.
//! Whatever a shape does not recognise goes to the full parser, which alone decides what a file
//! means.

pub mod arrow;
pub mod cell;
pub mod column;
pub mod csv;
pub mod json;
pub mod npy;
pub mod npz;
pub mod parquet;
pub mod pickle;
pub mod safetensors;
mod strides;
pub mod tfevents;
pub mod torch;
pub mod yaml;

mod bounds;
mod document;
mod packed;
mod plain;
mod series;
mod text;

pub use cell::{Cell, Container, Data, Element, Form};
pub use column::{Column, Columns, Segment, Slot};
pub use packed::Packed;

use crate::error::{Error, ErrorKind, Result};
use crate::files::check_fetched;

/// A format of metric files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A zip archive of NPY files.
    Npz,
    /// One numpy array.
    Npy,
    /// Arrow IPC, feather version 2.
    Arrow,
    /// Parquet.
    Parquet,
    /// A JSON document.
    Json,
    /// A JSON mapping on each line.
    JsonLines,
    /// A YAML document.
    Yaml,
    /// Comma-separated values.
    Csv,
    /// TensorBoard's log.
    Events,
    /// Named arrays behind a header.
    Safetensors,
    /// Tensors and plain data, as torch saves them.
    Torch,
    /// A pickle of plain data.
    Pickle,
    /// HDF5: read by the caller.
    Hdf5,
    /// netCDF: read by the caller.
    NetCdf,
    /// A directory of Zarr: read by the caller.
    Zarr,
}

impl Format {
    /// The format that a file's name stands for: by its ending, or, for event files, by what
    /// TensorBoard looks for.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        if name.rsplit('/').next().is_some_and(|name| name.contains(tfevents::MARK)) {
            return Some(Self::Events);
        }
        match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "npz" => Some(Self::Npz),
            "npy" => Some(Self::Npy),
            "arrow" | "feather" | "ipc" => Some(Self::Arrow),
            "parquet" | "pq" => Some(Self::Parquet),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "csv" => Some(Self::Csv),
            "yaml" | "yml" => Some(Self::Yaml),
            "safetensors" => Some(Self::Safetensors),
            "pt" | "pth" => Some(Self::Torch),
            "pkl" | "pickle" => Some(Self::Pickle),
            "h5" | "hdf5" => Some(Self::Hdf5),
            "nc" | "nc4" | "netcdf" => Some(Self::NetCdf),
            "zarr" => Some(Self::Zarr),
            _ => None,
        }
    }

    /// Whether the caller reads it, and this crate has no reader.
    #[must_use]
    pub const fn is_elsewhere(self) -> bool {
        matches!(self, Self::Hdf5 | Self::NetCdf | Self::Zarr)
    }

    /// As [`Format::of`], with the error that a reader gives.
    ///
    /// # Errors
    ///
    /// `Unsupported`, listing the endings that are known.
    pub fn require(name: &str) -> Result<Self> {
        Self::of(name).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!(
                    "no reader for `{name}`: known endings are .npz, .npy, .arrow, .feather, .ipc, \
                     .parquet, .pq, .json, .jsonl, .ndjson, .csv, .yaml, .yml, .pt, .pth, .pkl, \
                     .pickle, .safetensors, .h5, .hdf5, .nc, .nc4, .netcdf, .zarr, and \
                     events.out.tfevents.*; give a `loader` that reads it"
                ),
            )
        })
    }
}

/// Reads the bytes of a metric file called `name` with its format's full parser.
///
/// # Errors
///
/// The parser's, and `Unsupported` for an ending that is not known.
pub fn parse(name: &str, bytes: &[u8]) -> Result<arrow::Record> {
    check_fetched(bytes)?;
    let stem = std::path::Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    let cells = match Format::require(name)? {
        Format::Arrow => return bounds::check(arrow::parse(bytes)?),
        Format::Safetensors => return bounds::check(safetensors::parse(bytes)?),
        Format::Parquet => return bounds::check(parquet::parse(bytes)?),
        Format::Csv => return bounds::check(csv::parse(bytes)?),
        Format::Torch | Format::Pickle => return bounds::check(torch::parse(&stem, bytes)?),
        Format::Npz => npz::parse(bytes)?,
        Format::Yaml => return bounds::check(yaml::parse(bytes)?),
        Format::Json => return bounds::check(json::parse(bytes)?),
        Format::JsonLines => return bounds::check(json::parse_lines(bytes)?),
        Format::Events => tfevents::parse(bytes)?,
        Format::Hdf5 | Format::NetCdf | Format::Zarr => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the format is read in Python alone: give a `loader` that reads it",
            ));
        }
        Format::Npy => vec![(stem.into_owned(), npy::parse(bytes)?)],
    };
    bounds::check(arrow::Record { cells, ..arrow::Record::default() })
}

/// The cells of one file, in its order.
pub type Cells = Vec<(String, Cell)>;

mod shape;
use shape::complement;
