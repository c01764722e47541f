//! `Sweep`: what was read of one sweep.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::gather::{Loader, Part, Reader};
use super::restrict::{Promised, holding};
use super::select::Choice;
use super::source::{Selection, Source};
use crate::assemble::{
    Axis, Cube, Definition, Identities, LayoutKind, Options, Parameters, Parts, axes_of, build,
    index, leftovers, plan,
};
use crate::error::{Error, ErrorKind, Problem, Report, Result};
use crate::files::Root;
use crate::grammar::Dialect;
use crate::metric::{Column, Element};
use crate::pool::{self, Cancel};
use crate::query::Query;
use crate::scan::{self, Status, scan};

/// How a sweep is opened.
#[derive(Clone, Copy)]
pub struct OpenOptions<'o> {
    /// Which metric files are read.
    pub source: &'o Source,
    /// The condition on their parameters that selects jobs; by default every job is.
    pub condition: Option<&'o str>,
    /// Whether jobs that the sweep's definition cannot have produced are taken in.
    pub leftovers: bool,
    /// The caller's own reader, for every file but recorded metrics. It is called from one thread.
    pub loader: Option<&'o Loader<'o>>,
    /// How many threads read; one for each core by default.
    pub workers: Option<usize>,
    /// Ends the work.
    pub cancel: &'o Cancel,
}

/// A job of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its directory, relative to the sweep; empty for a single run.
    pub relative: PathBuf,
    /// Its number, where its directory is named by it.
    pub number: Option<u64>,
}

/// What was read of one sweep; nothing of it changes.
#[derive(Debug)]
pub struct Sweep {
    root: Root,
    jobs: Vec<Job>,
    names: Vec<String>,
    parameters: Parameters,
    definition: Option<Definition>,
    columns: Vec<Column>,
    belongs: Vec<bool>,
    has_metrics: Vec<bool>,
    /// Whether a job had a file to read metrics from.
    met_metrics: bool,
    /// What selected the jobs, where they are not all.
    query: Option<Query>,
    /// The cells that are then to be filled.
    promised: Option<Promised>,
    problems: Vec<Problem>,
}

impl Sweep {
    /// Reads the sweep, or the single run, in a directory.
    ///
    /// # Errors
    ///
    /// `NotFound` for a path that does not exist, `NoJobs` where it holds no job, `NoMatch` where
    /// no job has a metric file that was asked for, `Invalid` where the jobs hold several metric
    /// files and none was asked for, `Interrupted`. Whatever is wrong with single files is one of
    /// the [`Sweep::problems`]. With a condition: `Syntax` where it does not follow its grammar,
    /// `Invalid` where it names what no job has, `NoMatch` where it selects no job.
    pub fn open(path: &Path, options: OpenOptions<'_>) -> Result<Self> {
        let query = options.condition.map(Query::parse).transpose()?;
        let found = scan(path)?;
        let hydra_files = found.overrides.as_deref() == Some("overrides.yaml");
        let selection = Selection::choose(
            options.source,
            &found.root,
            &found.jobs,
            hydra_files,
            options.loader.is_some(),
        )
        .map_err(|error| error.at(path))?;
        let reader = Reader {
            root: &found.root,
            jobs: &found.jobs,
            selection: &selection,
            overrides: found.overrides.as_deref(),
            loader: options.loader,
        };
        let workers = match options.loader {
            Some(_) => 1,
            None => options.workers.unwrap_or_else(pool::default_workers),
        };
        let dialect = found
            .multirun
            .as_ref()
            .and_then(|it| it.version.as_deref())
            .map_or(Dialect::Hydra14, Dialect::from_version);
        let mut problems = found.problems;
        let mut definition = found.multirun.as_ref().and_then(|multirun| {
            Definition::from_multirun(multirun, dialect)
                .map_err(|error| {
                    problems.push(Problem::from_error(error, path.join("multirun.yaml")));
                })
                .ok()
        });
        if let (Some(definition), Some(axes)) = (&mut definition, &found.axes) {
            definition.mark_axes(axes, dialect);
        }
        let run = (workers, options.cancel);
        let choice = Choice::make(query.as_ref(), reader, dialect, definition.as_ref(), run)
            .map_err(|error| error.at(path))?;
        let chosen = choice.as_ref().map(|it| it.jobs.as_slice());
        let count = found.jobs.len();
        let reading = chosen.map_or(count, <[usize]>::len);
        let parts =
            pool::run(
                reading,
                workers,
                options.cancel,
                Part::default,
                |part, block| match chosen {
                    None => block.into_iter().try_for_each(|job| part.read(reader, job)),
                    Some(jobs) => part.read_some(reader, jobs.get(block).unwrap_or_default()),
                },
            )?;

        let mut belongs = vec![true; count];
        let mut lines = Vec::with_capacity(parts.len());
        let mut columns = Vec::with_capacity(parts.len());
        let mut met = Vec::new();
        let mut matched = 0;
        for part in parts {
            for stranger in &part.strangers {
                if let Some(slot) = belongs.get_mut(index(*stranger)) {
                    *slot = false;
                }
            }
            matched += part.matched;
            met.extend(part.problems);
            lines.push(part.lines);
            columns.push(part.columns);
        }
        if !belongs.contains(&true) {
            let output = found.multirun.as_ref().and_then(|it| it.output_subdir.as_deref());
            return Err(scan::no_jobs(&found.root, output));
        }
        if selection.explicit && matched == 0 && !selection.names.is_empty() {
            return Err(Error::new(
                ErrorKind::NoMatch,
                format!(
                    "no job of the {reading}{} has {}: names and patterns are relative to each \
                     job's directory",
                    if choice.is_some() { " that `where` leaves" } else { "" },
                    selection.described()
                ),
            )
            .at(path));
        }
        let mut columns = crate::metric::Columns::merge(columns);
        let identities = Identities::resolve(&lines, count, dialect);
        for (error, jobs) in identities.refused {
            for job in jobs {
                let directory = found
                    .jobs
                    .get(index(job))
                    .map(|it| path.join(&it.relative))
                    .unwrap_or_default();
                let problem = Problem::from_error(error.clone(), directory);
                met.push((job, problem));
            }
        }
        let parameters = identities.parameters;
        if let Some(choice) = &choice {
            choice.settle(&parameters, &mut belongs, &mut met);
        }
        let everyone = choice.as_ref().map_or(&parameters, |it| &it.everyone);
        let numbers: Vec<Option<u64>> = found.jobs.iter().map(|job| job.number).collect();
        let aside = match &definition {
            Some(definition) if found.numbered => leftovers(everyone, definition, &numbers),
            _ => Vec::new(),
        };
        let identified = everyone.identified.iter().filter(|it| **it).count();
        if !aside.is_empty() && aside.len() == identified {
            // It speaks of another sweep, and lends neither labels nor an order.
            definition = None;
            problems.push(Problem {
                path: path.join("multirun.yaml"),
                kind: ErrorKind::Conflict,
                message: "the sweep that it defines has none of the jobs that are here: it is not \
                          used"
                    .to_owned(),
            });
        } else if !options.leftovers {
            for leftover in aside {
                match belongs.get_mut(leftover.job) {
                    Some(slot) if *slot => *slot = false,
                    _ => continue,
                }
                let relative = found.jobs.get(leftover.job).map(|it| it.relative.as_path());
                met.push((
                    crate::assemble::code(leftover.job),
                    Problem {
                        path: path.join(relative.unwrap_or(Path::new(""))),
                        kind: ErrorKind::Conflict,
                        message: format!(
                            "left aside, because {}: a leftover of another sweep, or half-written; \
                             `leftovers=True` takes it in",
                            leftover.reason
                        ),
                    },
                ));
            }
        }
        let promised = match choice {
            Some(choice) => choice.restrict(definition.as_mut(), &parameters, &belongs),
            None => Ok(None),
        };
        let promised = promised.map_err(|error| error.at(path))?;
        // What only jobs without a place recorded is no metric of the sweep; a sweep of nothing but
        // such jobs keeps theirs.
        let placed: Vec<bool> =
            belongs.iter().zip(&parameters.identified).map(|(a, b)| *a && *b).collect();
        if placed.contains(&true) {
            columns.retain(|column| {
                let mut jobs = column.segments.iter().flat_map(|segment| &segment.jobs);
                jobs.any(|job| placed.get(index(*job)) == Some(&true))
            });
        }
        met.sort_by_key(|(job, _)| *job);
        problems.extend(met.into_iter().map(|(_, problem)| problem));

        let mut has_metrics = vec![false; count];
        let valued = columns.iter().flat_map(|column| &column.segments);
        for segment in valued.filter(|segment| segment.form.element != Element::Null) {
            for job in &segment.jobs {
                if let Some(slot) = has_metrics.get_mut(index(*job)) {
                    *slot = true;
                }
            }
        }
        let jobs: Vec<Job> = found
            .jobs
            .into_iter()
            .map(|job| Job { relative: job.relative, number: job.number })
            .collect();
        let names = jobs
            .iter()
            .map(|job| match job.relative.to_string_lossy() {
                name if name.is_empty() => ".".to_owned(),
                name => name.into_owned(),
            })
            .collect();
        Ok(Self {
            root: found.root,
            jobs,
            names,
            parameters,
            definition,
            columns,
            belongs,
            has_metrics,
            met_metrics: matched > 0 || !selection.names.is_empty(),
            query,
            promised,
            problems,
        })
    }

    /// The path that was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The sweep's jobs in job order, each with its index among all that were read.
    pub fn jobs(&self) -> impl Iterator<Item = (usize, &Job)> {
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
        axes_of(&self.parameters, self.definition.as_ref(), &self.belongs)
    }

    /// Decides the layout.
    ///
    /// # Errors
    ///
    /// As [`plan`].
    pub fn layout(&self, options: Options) -> Result<LayoutKind> {
        plan(&self.parameters, self.definition.as_ref(), &self.belongs, &self.has_metrics, options)
            .map_err(|error| error.at(self.path()))
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
        let base = layout.repeats.unwrap_or(1);
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
        let kept = self.promised.as_ref().is_none_or(|it| it.all_filled(&self.parameters, jobs));
        Ok(filled.len() == expected && kept)
    }

    /// Gathers the sweep. `notes` adds a text for each job that was read, by name.
    ///
    /// # Errors
    ///
    /// As [`plan`].
    pub fn cube(&self, options: Options, notes: &[(String, Vec<Box<str>>)]) -> Result<Cube> {
        let layout = self.layout(options)?;
        let parts = Parts {
            parameters: &self.parameters,
            columns: &self.columns,
            job_names: &self.names,
            notes,
        };
        Ok(build(parts, &layout))
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

    /// How each job that was read stands, from its `job.json`; `host` is this machine's name.
    #[must_use]
    pub fn statuses(&self, host: Option<&str>) -> Report<Vec<Status>> {
        let all = pool::run(
            self.jobs.len(),
            pool::default_workers(),
            &Cancel::new(),
            Vec::new,
            |part: &mut Vec<(usize, Report<Status>)>, block| {
                let jobs = self.jobs.get(block.clone()).unwrap_or_default();
                part.extend(
                    block
                        .zip(jobs)
                        .map(|(at, job)| (at, scan::status(&self.root, &job.relative, host))),
                );
                Ok(())
            },
        );
        let mut all: Vec<_> = all.unwrap_or_default().into_iter().flatten().collect();
        all.sort_by_key(|(at, _)| *at);
        let mut report: Report<Vec<Status>> = Report::default();
        for (_, status) in all {
            report.value.push(status.value);
            report.problems.extend(status.problems);
        }
        report
    }
}
