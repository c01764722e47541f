//! `load_metrics` and `save_metrics`: one file.

use std::ffi::CString;
use std::path::PathBuf;

use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use runcube_core::error::Error;
use runcube_core::{files, metric};

use crate::cell;
use crate::detach::detached;

/// Writes `metrics.arrow`.
#[pyfunction]
pub fn save_metrics(
    py: Python<'_>,
    path: PathBuf,
    entries: &Bound<'_, PyAny>,
    overrides: Option<Vec<String>>,
) -> PyResult<()> {
    let cells = cell::from_entries(entries)?;
    detached(py, move |_| {
        let bytes =
            metric::arrow::encode(&cells, overrides.as_deref()).map_err(|it| it.at(&path))?;
        files::write_atomic(&path, &bytes)
    })
}

/// Whether a file of this name is of a format that the core has no reader for, and Python has.
#[pyfunction]
pub fn is_read_elsewhere(name: &str) -> bool {
    metric::Format::of(name).is_some_and(metric::Format::is_elsewhere)
}

/// Reads one metric file, with a warning for each metric that it could not take.
#[pyfunction]
pub fn load_metrics(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let record = detached(py, |_| {
        metric::Format::require(&name).map_err(|error| error.at(&path))?;
        let bytes =
            files::read(&path).map_err(|error| Error::io(&error, "read the file", &path))?;
        metric::parse(&name, &bytes).map_err(|error| error.at(&path))
    })?;
    for error in record.left_out {
        let message = error.at(&path).to_string().replace('\0', "\\0");
        let message = CString::new(message).unwrap_or_default();
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), &message, 1)?;
    }
    let named = PyDict::new(py);
    for (name, value) in &record.cells {
        named.set_item(name, cell::to_python(py, value)?)?;
    }
    Ok(named)
}
