//! `Sweep`: what was read, handed out as Python needs it.

use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList, PyTuple};
use runcube_core::assemble::{Cube, Duplicates, Layout, Options, Variable, as_label};
use runcube_core::codes::index;
use runcube_core::error::Problem;
use runcube_core::pool::Workers;
use runcube_core::sweep::Sweep;
use runcube_core::value::Value;

use crate::detach::detached;
use crate::{array, cell, errors, table, value};

/// One sweep as the core read it.
#[pyclass(name = "Sweep", module = "runcube._core", frozen)]
pub struct PySweep {
    sweep: Sweep,
}

impl PySweep {
    pub const fn new(sweep: Sweep) -> Self {
        Self { sweep }
    }

    /// For each job of the sweep its position among those that took part; for others nothing.
    fn positions(&self) -> (usize, Vec<Option<usize>>) {
        let mut positions = Vec::new();
        let mut count = 0;
        for (at, _) in self.sweep.jobs() {
            positions.resize(at, None);
            positions.push(Some(count));
            count += 1;
        }
        (count, positions)
    }
}

/// A problem: path, code, message.
type Described = (String, &'static str, String);
type Named<'py> = Vec<(String, Bound<'py, PyAny>)>;
type Arrays<'py> = Vec<(String, Vec<String>, Bound<'py, PyAny>)>;

#[pymethods]
impl PySweep {
    /// The jobs, in order: directory relative to the sweep, and number where it has one.
    #[getter]
    fn jobs(&self) -> Vec<(String, Option<u64>)> {
        self.sweep
            .jobs()
            .map(|(_, job)| (job.relative.to_string_lossy().into_owned(), job.number))
            .collect()
    }

    /// The parameters: for each the labels of the jobs; a job without one is not in the mapping.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Vec<Named<'py>>> {
        let parameters = &self.sweep.parameters().list;
        let labels: Vec<Vec<Bound<'py, PyAny>>> = parameters
            .iter()
            .map(|it| it.labels.iter().map(|label| value::to_python(py, label)).collect())
            .collect::<PyResult<_>>()?;
        Ok(self
            .sweep
            .jobs()
            .map(|(job, _)| {
                parameters
                    .iter()
                    .zip(&labels)
                    .filter_map(|(parameter, labels)| {
                        let label = labels.get(index(*parameter.codes.get(job)?))?;
                        Some((parameter.name.clone(), label.clone()))
                    })
                    .collect()
            })
            .collect())
    }

    /// The axes in the sweep's order, with their labels.
    #[getter]
    fn axes<'py>(&self, py: Python<'py>) -> PyResult<Named<'py>> {
        self.sweep
            .axes()
            .into_iter()
            .map(|axis| {
                let labels = axis.labels.iter().map(as_label).collect();
                Ok((axis.name, value::to_python(py, &Value::List(labels))?))
            })
            .collect()
    }

    /// What all jobs were given alike, those of the axes among it.
    #[getter]
    fn fixed<'py>(&self, py: Python<'py>) -> PyResult<Named<'py>> {
        named(py, &detached(py, |_| self.sweep.fixed())?)
    }

    /// The names of the metrics.
    #[getter]
    fn metrics(&self) -> Vec<String> {
        self.sweep.columns().iter().map(|column| column.name.clone()).collect()
    }

    /// What was unusable: path, code, message.
    #[getter]
    fn problems(&self) -> Vec<Described> {
        described(self.sweep.problems().to_vec())
    }

    /// Whether every cell holds a job that recorded something.
    #[getter]
    fn is_complete(&self) -> PyResult<bool> {
        self.sweep.is_complete().map_err(|error| errors::to_python(&error))
    }

    /// One metric's values in job order, `None` where a job has none. Where they are only
    /// `described`, an array of numbers is its dtype and shape.
    #[pyo3(signature = (name, described = false))]
    fn values<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        described: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let to_python = if described { cell::described } else { cell::to_python };
        let (count, positions) = self.positions();
        let mut values: Vec<Py<PyAny>> = (0..count).map(|_| py.None()).collect();
        let columns = self.sweep.columns().iter().filter(|column| column.name == name);
        for segment in columns.flat_map(|column| &column.segments) {
            for (at, job) in segment.jobs.iter().enumerate() {
                let position = positions.get(index(*job)).copied().flatten();
                if let Some(slot) = position.and_then(|position| values.get_mut(position)) {
                    *slot = to_python(py, &segment.cell(at))?.unbind();
                }
            }
        }
        PyList::new(py, values)
    }

    /// The jobs as a table: a capsule of Arrow's C stream interface.
    #[pyo3(signature = (requested_schema))]
    fn table<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let batch = detached(py, |_| self.sweep.table())?;
        table::to_python(py, batch, requested_schema)
    }

    /// How many jobs have no directory.
    #[getter]
    fn missing(&self) -> usize {
        self.sweep.missing()
    }

    /// How each job stands, and what was unusable of the records.
    fn statuses(
        &self,
        py: Python<'_>,
        host: Option<&str>,
    ) -> PyResult<(Vec<&'static str>, Vec<Described>)> {
        let report = detached(py, |_| Ok(self.sweep.statuses(host, Workers::as_needed())))?;
        let statuses = self
            .sweep
            .jobs()
            .map(|(at, _)| report.value.get(at).copied().unwrap_or("unknown"))
            .collect();
        Ok((statuses, described(report.problems)))
    }

    /// The sweep as arrays: coordinates, metrics, what all jobs have in common, and what could not
    /// be placed. `coordinate` is the metric that labels the leading dimension of the others;
    /// `include` names what is added of each job: `working_subdir`, `status`.
    #[expect(clippy::too_many_arguments, reason = "the options of one call from Python")]
    fn cube<'py>(
        &self,
        py: Python<'py>,
        layout: &str,
        duplicates: &str,
        singleton_dims: bool,
        coordinate: Option<&str>,
        include: Vec<String>,
        host: Option<&str>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let options = Options {
            layout: match layout {
                "grid" => Layout::Grid,
                "jobs" => Layout::Jobs,
                _ => Layout::Auto,
            },
            duplicates: match duplicates {
                "last" => Duplicates::Last,
                "first" => Duplicates::First,
                "error" => Duplicates::Error,
                _ => Duplicates::Repeat,
            },
            singleton_dimensions: singleton_dims,
        };
        let report = detached(py, |_| {
            let notes: Vec<(String, Vec<Box<str>>)> = include
                .into_iter()
                .map(|name| {
                    let texts = match name.as_str() {
                        "status" => {
                            let statuses = self.sweep.statuses(host, Workers::as_needed()).value;
                            statuses.into_iter().map(Into::into).collect()
                        }
                        _ => self.sweep.directories(),
                    };
                    (name, texts)
                })
                .collect();
            self.sweep.cube(options, coordinate, &notes)
        })?;
        let Cube { coordinates, variables, attributes, .. } = report.value;
        let attributes = named(py, &attributes)?;
        let (coordinates, variables) = (arrays(py, coordinates)?, arrays(py, variables)?);
        (coordinates, variables, attributes, described(report.problems)).into_pyobject(py)
    }
}

fn described(problems: Vec<Problem>) -> Vec<Described> {
    problems
        .into_iter()
        .map(|it| (it.path.to_string_lossy().into_owned(), it.kind.code(), it.message))
        .collect()
}

fn named<'py>(py: Python<'py>, values: &[(String, Value)]) -> PyResult<Named<'py>> {
    values.iter().map(|(name, it)| Ok((name.clone(), value::to_python(py, it)?))).collect()
}

fn arrays(py: Python<'_>, variables: Vec<Variable>) -> PyResult<Arrays<'_>> {
    variables
        .into_iter()
        .map(|it| Ok((it.name, it.dimensions, array::to_python(py, it.array)?)))
        .collect()
}
