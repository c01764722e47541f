//! `read_floor`, `stat_floor` and `copy_floor`: the bare loops that no gather and no reopening can
//! beat.

use std::path::PathBuf;

use pyo3::prelude::*;
use runcube_core::bench;

use crate::detach::detached;

/// Opens, reads and closes these files of every job, and gives their bytes and the seconds taken.
#[pyfunction]
pub fn read_floor(
    py: Python<'_>,
    path: PathBuf,
    jobs: Vec<String>,
    names: Vec<String>,
    workers: usize,
) -> PyResult<(u64, f64)> {
    detached(py, move |cancel| bench::floor(&path, &jobs, &names, workers, cancel))
}

/// Asks for the stamps of these files of every job, and gives the seconds taken.
#[pyfunction]
pub fn stat_floor(
    py: Python<'_>,
    path: PathBuf,
    jobs: Vec<String>,
    names: Vec<String>,
    workers: usize,
) -> PyResult<f64> {
    detached(py, move |cancel| bench::stat_floor(&path, &jobs, &names, workers, cancel))
}

/// Copies so many bytes into fresh memory, and gives the seconds taken.
#[pyfunction]
pub fn copy_floor(py: Python<'_>, size: usize) -> PyResult<f64> {
    detached(py, move |_| bench::copy_floor(size))
}
