//! `list_sweeps`.

use std::path::PathBuf;

use pyo3::prelude::*;
use runcube_core::sweep::{When, summaries};

use crate::detach::detached;

/// Path, when (a text or seconds since 1970), app, axes with their sizes, statuses with counts, jobs
/// without a directory, and how many problems there were or why it could not be opened.
type Listed<'py> = (
    String,
    Option<Bound<'py, PyAny>>,
    Option<String>,
    Vec<(String, usize)>,
    Vec<(&'static str, usize)>,
    usize,
    Bound<'py, PyAny>,
);

/// The sweeps below a path in short; `host` is the name of this machine.
#[pyfunction]
#[pyo3(signature = (path, host))]
pub fn list_sweeps<'py>(
    py: Python<'py>,
    path: PathBuf,
    host: Option<String>,
) -> PyResult<Vec<Listed<'py>>> {
    let found = detached(py, |cancel| summaries(&path, host.as_deref(), cancel))?;
    let listed = found.into_iter().map(|it| {
        let when = match it.when {
            Some(When::Named(text)) => Some(text.into_pyobject(py)?.into_any()),
            Some(When::Seconds(seconds)) => Some(seconds.into_pyobject(py)?.into_any()),
            None => None,
        };
        let problems = match it.problems {
            Ok(count) => count.into_pyobject(py)?.into_any(),
            Err(error) => error.message.into_pyobject(py)?.into_any(),
        };
        let path = it.path.to_string_lossy().into_owned();
        Ok((path, when, it.app, it.axes, it.statuses, it.missing, problems))
    });
    listed.collect()
}
