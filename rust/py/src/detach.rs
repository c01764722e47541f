//! The only place that lets go of the interpreter: it watches for Ctrl-C meanwhile, and turns a
//! panic into an error.

use std::time::Duration;

use pyo3::prelude::*;
use runcube_core::error::Result;
use runcube_core::pool::{self, Cancel};

use crate::errors;

/// How often signals are looked for.
const POLL: Duration = Duration::from_millis(50);

/// Runs core work without the interpreter.
pub fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Cancel) -> Result<T> + Send,
) -> PyResult<T> {
    watched(py, work, |_| Ok(()))
}

/// Runs core work without the interpreter, which `look` gets now and then; its error ends the work.
pub fn watched<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Cancel) -> Result<T> + Send,
    mut look: impl FnMut(Python<'_>) -> PyResult<()> + Send,
) -> PyResult<T> {
    let mut interrupt = None;
    let result = py.detach(|| {
        pool::supervise(work, |pause| {
            if !pause(POLL) || interrupt.is_some() {
                return interrupt.is_none();
            }
            interrupt = Python::attach(|py| py.check_signals().and_then(|()| look(py)).err());
            interrupt.is_none()
        })
    });
    match interrupt {
        Some(error) => Err(error),
        None => result.map_err(|error| errors::to_python(&error)),
    }
}
