//! The only place where the core's errors become Python's.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use runcube_core::error::{Error, ErrorKind};

/// The stable codes of the core's errors, for the test that holds both sides equal.
pub fn codes() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.code()).collect()
}

/// The Python exception of a core error: the class that `runcube.errors` has for its code.
pub fn to_python(error: &Error) -> PyErr {
    Python::attach(|py| exception(py, error).unwrap_or_else(|error| error))
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let classes = py.import("runcube.errors")?.getattr("BY_CODE")?;
    let class = classes.get_item(error.kind.code())?;
    let path = PyDict::new(py);
    path.set_item("path", error.path.as_ref().map(|path| path.to_string_lossy()))?;
    Ok(PyErr::from_value(class.call((error.to_string(),), Some(&path))?))
}
