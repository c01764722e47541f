//! `Sweep`: what was read of one sweep, and the views of it.

use std::collections::HashSet;
use std::path::Path;

use arrow_array::RecordBatch;

use super::jobs::Jobs;
use super::restrict::{Promised, holding};
use crate::assemble::{
    Axis, Basis, Cube, Definition, Layout, LayoutKind, Options, Parameters, Parts, Sweeps,
    TableParts, axes_of, build, fixed, plan, table,
};
use crate::codes::index;
use crate::error::{ErrorKind, Problem, Report, Result};
use crate::files::Root;
use crate::metric::Column;
use crate::query::Query;
use crate::scan::{Group, JobDirectory};
use crate::value::Value;

/// What was read of one sweep; nothing of it changes.
#[derive(Debug)]
pub struct Sweep {
    pub(super) root: Root,
    pub(super) jobs: Jobs,
    pub(super) parameters: Parameters,
    pub(super) definition: Option<Definition>,
    pub(super) columns: Vec<Column>,
    pub(super) belongs: Vec<bool>,
    pub(super) has_metrics: Vec<bool>,
    /// The sweeps below the path, and what each set out to run.
    pub(super) groups: Vec<Group>,
    pub(super) definitions: Vec<Option<Definition>>,
    /// Whether metric files were read.
    pub(super) sought_metrics: bool,
    /// Whether a job had a file to read metrics from.
    pub(super) met_metrics: bool,
    /// Whether the definition produces every job that belongs.
    pub(super) produces_all: bool,
    /// The sweeps that the jobs come from, where they lie below the path that was opened.
    pub(super) sweeps: Option<Sweeps>,
    /// How many jobs these promise, where they are products.
    pub(super) promised_jobs: usize,
    /// The repetition that each job recorded; empty where none did.
    pub(super) repetitions: Vec<Option<i64>>,
    /// The repetitions that were planned.
    pub(super) planned: Vec<i64>,
    /// What selected the jobs, where they are not all.
    pub(super) query: Option<Query>,
    /// The cells that are then to be filled.
    pub(super) promised: Option<Promised>,
    pub(super) problems: Vec<Problem>,
}

impl Sweep {
    /// The path that was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The sweep's jobs in job order, each with its index among all that were read.
    pub fn jobs(&self) -> impl Iterator<Item = (usize, &JobDirectory)> {
        self.jobs.iter().enumerate().filter(|(at, _)| self.belongs.get(*at) == Some(&true))
    }

    /// The parameters; their codes are those of all jobs that were read.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The metrics, in the order of the first job's record.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What was unusable, in job order.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The axes and their labels, in the order of the sweep's definition.
    #[must_use]
    pub fn axes(&self) -> Vec<Axis> {
        axes_of(&self.parameters, self.definition.as_ref(), &self.belongs, self.sweeps.as_ref())
    }

    /// What all jobs were given alike: parameter → value, those of the axes among them.
    ///
    /// # Errors
    ///
    /// As [`Sweep::layout`].
    pub fn fixed(&self) -> Result<Vec<(String, Value)>> {
        let layout = self.layout(Options { layout: Layout::Jobs, ..Options::default() })?;
        Ok(fixed(&self.parameters, &layout))
    }

    /// Decides the layout.
    ///
    /// # Errors
    ///
    /// As [`plan`].
    pub fn layout(&self, options: Options) -> Result<LayoutKind> {
        plan(self.basis(), options).map_err(|error| error.at(self.path()))
    }

    pub(super) fn basis(&self) -> Basis<'_> {
        Basis {
            parameters: &self.parameters,
            definition: self.definition.as_ref(),
            produces_all: self.produces_all,
            belongs: &self.belongs,
            has_metrics: &self.has_metrics,
            sweeps: self.sweeps.as_ref(),
            repetitions: &self.repetitions,
            planned: &self.planned,
            names: &self.jobs,
            cell_bytes: self.columns.iter().map(Column::cell_bytes).sum(),
        }
    }

    /// Whether every cell of the sweep, or of what is selected of it, holds a job that recorded
    /// something (where any did).
    ///
    /// # Errors
    ///
    /// As [`plan`].
    pub fn is_complete(&self) -> Result<bool> {
        let layout = self.layout(Options::default())?;
        let silent = !self.met_metrics;
        let base = layout.repeats.as_ref().map_or(1, Vec::len);
        let filled: HashSet<usize> = layout
            .cells
            .iter()
            .zip(&self.has_metrics)
            .filter(|(cell, has)| index(**cell) < layout.cell_count && (**has || silent))
            .map(|(cell, _)| index(*cell) / base)
            .collect();
        let expected = match (&self.query, &layout.axes) {
            (Some(query), Some(axes)) => holding(query, axes, &self.parameters, &layout.cells),
            _ => layout.cell_count / base,
        };
        let belongs = |job: &usize| self.belongs.get(*job) == Some(&true);
        let full = |job: &usize| silent || self.has_metrics.get(*job) == Some(&true);
        let jobs = (0..self.jobs.len()).filter(|job| belongs(job) && full(job));
        if jobs.clone().count() < self.promised_jobs {
            return Ok(false);
        }
        let kept = self.promised.as_ref().is_none_or(|it| it.all_filled(&self.parameters, jobs));
        Ok(filled.len() == expected && kept)
    }

    /// The sweep's jobs as an Arrow table, one row for each, in job order.
    ///
    /// # Errors
    ///
    /// As [`table`].
    pub fn table(&self) -> Result<RecordBatch> {
        let jobs: Vec<usize> = self.jobs().map(|(at, _)| at).collect();
        table(TableParts {
            jobs: &jobs,
            job_names: &self.jobs,
            sweeps: self.sweeps.as_ref(),
            parameters: &self.parameters,
            columns: &self.columns,
        })
        .map_err(|error| error.at(self.path()))
    }

    /// Gathers the sweep, and says what could not be placed. `coordinate` is the metric that labels
    /// the leading dimension of the others; `notes` adds a text for each job that was read, by
    /// name.
    ///
    /// # Errors
    ///
    /// As [`plan`] and [`build`].
    pub fn cube(
        &self,
        options: Options,
        coordinate: Option<&str>,
        notes: &[(String, Vec<Box<str>>)],
    ) -> Result<Report<Cube>> {
        let layout = self.layout(options)?;
        let parts = Parts {
            parameters: &self.parameters,
            columns: &self.columns,
            job_names: &self.jobs,
            sweeps: self.sweeps.as_ref(),
            notes,
            coordinate,
        };
        let mut cube = build(parts, &layout).map_err(|error| error.at(self.path()))?;
        let problems = std::mem::take(&mut cube.refused)
            .into_iter()
            .map(|(job, message)| {
                let relative = self.jobs.get(job).map(|it| &*it.relative);
                let path = self.path().join(relative.unwrap_or(Path::new("")));
                Problem { path, kind: ErrorKind::Conflict, message }
            })
            .collect();
        Ok(Report { value: cube, problems })
    }

    /// For each job that was read its directory, as this load sees it.
    #[must_use]
    pub fn directories(&self) -> Vec<Box<str>> {
        let root = std::path::absolute(self.path()).unwrap_or_else(|_| self.path().to_path_buf());
        self.jobs
            .iter()
            .map(|job| match job.relative.as_os_str().is_empty() {
                true => root.to_string_lossy().into(),
                false => root.join(&job.relative).to_string_lossy().into(),
            })
            .collect()
    }
}
