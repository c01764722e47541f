//! Elements as numpy arrays: big ones change hands, nothing is copied.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PySlice, PyTuple};
use runcube_core::array::{Buffer, DType};

/// A numpy array that takes over a buffer.
pub fn numbers<'py>(
    py: Python<'py>,
    dtype: DType,
    shape: &[usize],
    buffer: Buffer,
) -> PyResult<Bound<'py, PyAny>> {
    require_numpy(py)?;
    let length = isize::try_from(buffer.len())?;
    let words = PyArray1::from_vec(py, buffer.into_words());
    let bytes = words.call_method1("view", ("uint8",))?;
    let bytes = bytes.get_item(PySlice::new(py, 0, length, 1))?;
    reshaped(bytes.call_method1("view", (dtype.to_string(),))?, shape)
}

/// A numpy array of objects.
pub fn objects<'py>(
    py: Python<'py>,
    shape: &[usize],
    items: Vec<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    require_numpy(py)?;
    reshaped(PyArray1::from_vec(py, items).into_any(), shape)
}

/// Imports numpy, where nobody did before: what ends the import, as Ctrl-C does, is an error here, and
/// a panic where the first array is made.
fn require_numpy(py: Python<'_>) -> PyResult<()> {
    static IMPORTED: PyOnceLock<()> = PyOnceLock::new();
    IMPORTED.get_or_try_init(py, || py.import("numpy").map(drop)).copied()
}

fn reshaped<'py>(array: Bound<'py, PyAny>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    array.call_method1("reshape", (PyTuple::new(array.py(), shape)?,))
}
