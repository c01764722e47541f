//! Arrays of the core as numpy's.

use pyo3::prelude::*;
use runcube_core::assemble::{Array, Content, Item};

use crate::{cell, dense, value};

/// A numpy array of these elements.
pub fn to_python(py: Python<'_>, array: Array) -> PyResult<Bound<'_, PyAny>> {
    match array.content {
        Content::Dense(dtype, buffer) => dense::numbers(py, dtype, &array.shape, buffer),
        Content::Objects(items) => {
            let items = items
                .iter()
                .map(|item| {
                    Ok(match item {
                        Item::Missing => py.None(),
                        Item::Value(value) => value::to_python(py, value)?.unbind(),
                        Item::Cell(cell) => cell::to_object(py, cell)?.unbind(),
                    })
                })
                .collect::<PyResult<_>>()?;
            dense::objects(py, &array.shape, items)
        }
    }
}
