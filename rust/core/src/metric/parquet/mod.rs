//! Parquet files, whose columns mean what they mean in Arrow.
//!
//! Read without the feature `parquet`, such a file is `unsupported`.

#[cfg(feature = "parquet")]
mod read;
#[cfg(feature = "parquet")]
pub use read::parse;

#[cfg(not(feature = "parquet"))]
mod absent;
#[cfg(not(feature = "parquet"))]
pub use absent::parse;
