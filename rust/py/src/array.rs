//! Arrays of the core as numpy's: big ones change hands, nothing is copied.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PySlice, PyTuple};
use runcube_core::array::{Buffer, DType};
use runcube_core::assemble::{Array, Content, Item};

use crate::{cell, value};

/// A numpy array of these elements.
pub fn to_python(py: Python<'_>, array: Array) -> PyResult<Bound<'_, PyAny>> {
    match array.content {
        Content::Dense(dtype, buffer) => dense(py, dtype, &array.shape, buffer),
        Content::Objects(items) => {
            let items: Vec<Py<PyAny>> = items
                .iter()
                .map(|item| {
                    Ok(match item {
                        Item::Missing => py.None(),
                        Item::Value(value) => value::to_python(py, value)?.unbind(),
                        Item::Cell(cell) => cell::to_object(py, cell)?.unbind(),
                    })
                })
                .collect::<PyResult<_>>()?;
            reshaped(PyArray1::from_vec(py, items).into_any(), &array.shape)
        }
    }
}

/// A numpy array that takes over a buffer.
pub fn dense<'py>(
    py: Python<'py>,
    dtype: DType,
    shape: &[usize],
    buffer: Buffer,
) -> PyResult<Bound<'py, PyAny>> {
    let length = isize::try_from(buffer.len())?;
    let words = PyArray1::from_vec(py, buffer.into_words());
    let bytes = words.call_method1("view", ("uint8",))?;
    let bytes = bytes.get_item(PySlice::new(py, 0, length, 1))?;
    reshaped(bytes.call_method1("view", (dtype.to_string(),))?, shape)
}

fn reshaped<'py>(array: Bound<'py, PyAny>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    array.call_method1("reshape", (PyTuple::new(array.py(), shape)?,))
}
