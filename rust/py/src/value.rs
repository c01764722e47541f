//! Plain values, in both directions.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyNone, PyString};
use runcube_core::value::Value;

/// A plain value as Python has it: integers of any size, keys of mappings hashed by Python.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => PyNone::get(py).to_owned().into_any(),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Int(value) => value.into_pyobject(py)?.into_any(),
        Value::BigInt(digits) => py.get_type::<PyInt>().call1((digits.as_ref(),))?,
        Value::Float(value) => PyFloat::new(py, *value).into_any(),
        Value::Str(text) => PyString::new(py, text).into_any(),
        Value::List(items) => {
            let items: Vec<_> =
                items.iter().map(|item| to_python(py, item)).collect::<PyResult<_>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Map(entries) => {
            let mapping = PyDict::new(py);
            for (key, value) in entries {
                mapping.set_item(to_python(py, key)?, to_python(py, value)?)?;
            }
            mapping.into_any()
        }
    })
}

/// Text that a caller must have given.
pub fn text(object: &Bound<'_, PyAny>, what: &str) -> PyResult<String> {
    object.extract::<String>().map_err(|_| {
        let got = object.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
        PyTypeError::new_err(format!("{what}: expected a str, got `{got}`"))
    })
}
