//! `parse_override`: one override text.

use pyo3::prelude::*;
use runcube_core::grammar::{self, Dialect};

use crate::{errors, value};

/// What an override says: prefix, key with package, whether it is a sweep, and its value, or the
/// values that it sweeps over (`None` where they cannot be listed).
type Parsed<'py> = (String, String, bool, Option<Bound<'py, PyAny>>);

/// Parses one override text.
#[pyfunction]
pub fn parse_override<'py>(py: Python<'py>, text: &str) -> PyResult<Parsed<'py>> {
    let parsed =
        grammar::parse(text, Dialect::Hydra14).map_err(|error| errors::to_python(&error))?;
    let found = if parsed.is_sweep() {
        let values = parsed.sweep_values().ok();
        values.map(runcube_core::value::Value::List)
    } else {
        parsed.value()
    };
    let found = found.map(|found| value::to_python(py, &found)).transpose()?;
    Ok((parsed.prefix.as_str().to_owned(), parsed.key_text(), parsed.is_sweep(), found))
}
