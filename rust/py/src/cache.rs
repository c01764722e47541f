//! The caches: where they lie, which there are, and their removal.

use std::path::PathBuf;

use pyo3::prelude::*;
use runcube_core::index;

use crate::detach::detached;

/// An index: its file, bytes, the path that it is of, and the number of jobs.
type Listed = (PathBuf, u64, Option<String>, u64);

/// The user's folder for caches.
#[pyfunction]
pub fn cache_directory() -> Option<PathBuf> {
    index::directory()
}

/// The indexes in the user's folder for caches.
#[pyfunction]
pub fn cache_list(py: Python<'_>) -> PyResult<Vec<Listed>> {
    let entries = detached(py, |_| index::list())?;
    Ok(entries.into_iter().map(|it| (it.file, it.size, it.path, it.jobs)).collect())
}

/// Removes the indexes of a path and of what lies below it, or all, and gives their number.
#[pyfunction]
pub fn cache_clear(py: Python<'_>, below: Option<PathBuf>) -> PyResult<usize> {
    detached(py, |_| index::clear(below.as_deref()))
}
