//! `find_sweeps`.

use std::path::PathBuf;

use pyo3::prelude::*;
use runcube_core::scan;

use crate::detach::detached;

/// The directories of the sweeps below a path.
#[pyfunction]
pub fn find_sweeps(py: Python<'_>, path: PathBuf) -> PyResult<Vec<PathBuf>> {
    detached(py, |_| scan::find_sweeps(&path))
}
