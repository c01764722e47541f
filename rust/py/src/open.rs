//! `open_sweep`.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use runcube_core::error::{Error, ErrorKind};
use runcube_core::metric::Cells;
use runcube_core::pool::Cancel;
use runcube_core::sweep::{OpenOptions, Source, Sweep};

use crate::detach::detached;
use crate::sweep::PySweep;
use crate::{cell, errors};

/// Reads a sweep. `metrics` are names and patterns; `loader` gives the entries of one file.
#[pyfunction]
#[pyo3(signature = (path, metrics, loader, leftovers, workers))]
pub fn open_sweep(
    py: Python<'_>,
    path: PathBuf,
    metrics: Option<Vec<String>>,
    loader: Option<Py<PyAny>>,
    leftovers: bool,
    workers: Option<usize>,
) -> PyResult<PySweep> {
    let source = metrics.map_or(Source::Auto, Source::Files);
    let sweep = match loader {
        None => detached(py, |cancel| {
            let source = &source;
            let options = OpenOptions { source, leftovers, loader: None, workers, cancel };
            Sweep::open(&path, options)
        })?,
        // The caller's function runs in the caller's thread.
        Some(loader) => {
            let loader = move |path: &Path| call(&loader, path);
            let options = OpenOptions {
                source: &source,
                leftovers,
                loader: Some(&loader),
                workers,
                cancel: &Cancel::new(),
            };
            Sweep::open(&path, options).map_err(|error| errors::to_python(&error))?
        }
    };
    Ok(PySweep::new(sweep))
}

fn call(loader: &Py<PyAny>, path: &Path) -> runcube_core::error::Result<Cells> {
    Python::attach(|py| {
        py.check_signals()?;
        cell::from_entries(&loader.call1(py, (path,))?.into_bound(py))
    })
    .map_err(|error| {
        let interrupted =
            Python::attach(|py| error.is_instance_of::<pyo3::exceptions::PyKeyboardInterrupt>(py));
        let kind = if interrupted { ErrorKind::Interrupted } else { ErrorKind::Unsupported };
        Error::new(kind, format!("the loader raised {error}"))
    })
}
