//! `open_sweep`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use pyo3::exceptions::{PyException, PyImportError};
use pyo3::prelude::*;
use runcube_core::error::{Error, ErrorKind};
use runcube_core::metric::Cells;
use runcube_core::pool::{Cancel, Progress, Workers};
use runcube_core::sweep::{Cache, CacheMode, Loader, OpenOptions, Source, Sweep};

use crate::detach::watched;
use crate::sweep::PySweep;
use crate::{cell, errors};

/// Reads a sweep. `metrics` are names and patterns; `loader` gives the entries of one file, and
/// `elsewhere` those of a file whose format the core has no reader for; `condition` selects jobs;
/// `cache` is how the cache is used, how many seconds a file must have stood unchanged to be relied
/// upon, and from how many jobs on; `progress` is called with the number of jobs that were read and
/// of all, about 20 times a second.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the options of one call from Python")]
#[pyo3(signature = (path, metrics, loader, leftovers, workers, condition=None, elsewhere=None, cache=None, progress=None))]
pub fn open_sweep(
    py: Python<'_>,
    path: PathBuf,
    metrics: Option<Vec<String>>,
    loader: Option<Py<PyAny>>,
    leftovers: bool,
    workers: Option<usize>,
    condition: Option<String>,
    elsewhere: Option<Py<PyAny>>,
    cache: Option<(&str, f64, usize)>,
    progress: Option<Py<PyAny>>,
) -> PyResult<PySweep> {
    let cache = cache.map_or(Cache::OFF, |(mode, settle, fewest_jobs)| {
        let mode = match mode {
            "checked" => CacheMode::Checked,
            "trust" => CacheMode::Trusted,
            "refresh" => CacheMode::Refresh,
            "beside" => CacheMode::Beside,
            _ => CacheMode::Off,
        };
        let settle = Duration::try_from_secs_f64(settle).unwrap_or_default();
        Cache { mode, settle, fewest_jobs }
    });
    let condition = condition.as_deref();
    let counted = Progress::new();
    let look = |py: Python<'_>| told(py, progress.as_ref(), &counted);
    let source = metrics.map_or(Source::Auto, Source::Files);
    let reader = elsewhere.map(|reader| move |path: &Path| read_elsewhere(&reader, path));
    let elsewhere: Option<&Loader<'_>> = match &reader {
        Some(reader) => Some(reader),
        None => None,
    };
    let sweep = match loader {
        None => watched(
            py,
            |cancel| {
                let (source, progress) = (&source, &counted);
                let options = OpenOptions {
                    source,
                    condition,
                    leftovers,
                    loader: None,
                    elsewhere,
                    cache,
                    workers: Workers::asked(workers),
                    cancel,
                    progress,
                };
                Sweep::open(&path, options)
            },
            look,
        )?,
        // The caller's function runs in the caller's thread.
        Some(loader) => {
            let raised = Mutex::new(None);
            let loader = |path: &Path| call(&loader, path, &raised, &look);
            let options = OpenOptions {
                source: &source,
                condition,
                leftovers,
                loader: Some(&loader),
                elsewhere,
                cache: Cache::OFF,
                workers: Workers::asked(workers),
                cancel: &Cancel::new(),
                progress: &counted,
            };
            let opened = Sweep::open(&path, options);
            if let Ok(Some(error)) = raised.into_inner() {
                return Err(error);
            }
            opened.map_err(|error| errors::to_python(&error))?
        }
    };
    look(py)?;
    Ok(PySweep::new(sweep))
}

/// Calls the reader of other formats; what it raises is the file's problem.
fn read_elsewhere(reader: &Py<PyAny>, path: &Path) -> runcube_core::error::Result<Cells> {
    Python::attach(|py| {
        let entries = reader.call1(py, (path,));
        entries.and_then(|entries| cell::from_entries(entries.bind(py))).map_err(|error| {
            let code = error.value(py).getattr("code").and_then(|it| it.extract::<String>());
            let known = code
                .ok()
                .and_then(|code| ErrorKind::ALL.iter().copied().find(|kind| kind.code() == code));
            let kind = match error.is_instance_of::<PyImportError>(py) {
                true => ErrorKind::Unsupported,
                false => known.unwrap_or(ErrorKind::Corrupt),
            };
            Error::new(kind, error.value(py).to_string())
        })
    })
}

/// Tells the caller how many jobs were read, and how many there are to read.
fn told(py: Python<'_>, progress: Option<&Py<PyAny>>, counted: &Progress) -> PyResult<()> {
    match (progress, counted.get()) {
        (Some(progress), (done, total)) if total > 0 => progress.call1(py, (done, total)).map(drop),
        _ => Ok(()),
    }
}

/// Calls the loader. What is no `Exception` (Ctrl-C, an exit) ends the whole load, as itself.
fn call(
    loader: &Py<PyAny>,
    path: &Path,
    raised: &Mutex<Option<PyErr>>,
    look: &dyn Fn(Python<'_>) -> PyResult<()>,
) -> runcube_core::error::Result<Cells> {
    Python::attach(|py| {
        if let Err(error) = py.check_signals().and_then(|()| look(py)) {
            let message = error.to_string();
            if let Ok(mut slot) = raised.lock() {
                *slot = Some(error);
            }
            return Err(Error::new(ErrorKind::Interrupted, message));
        }
        let entries = loader.call1(py, (path,));
        entries.and_then(|entries| cell::from_entries(entries.bind(py))).map_err(|error| {
            let message = format!("the loader raised {error}");
            if error.is_instance_of::<PyException>(py) {
                return Error::new(ErrorKind::Unsupported, message);
            }
            if let Ok(mut slot) = raised.lock() {
                *slot = Some(error);
            }
            Error::new(ErrorKind::Interrupted, message)
        })
    })
}
