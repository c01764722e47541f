//! Opening a sweep: from its directory to a [`Sweep`].

use std::path::Path;

use super::belong::{Scope, contradictions, name_labels, restore, set_aside};
use super::gather::{Loader, Part, Reader};
use super::repetition::repetitions;
use super::select::Choice;
use super::source::{Selection, Source};
use super::view::{Job, Sweep};
use crate::assemble::{Definition, Identities, Options, code, index, produces_all};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::grammar::Dialect;
use crate::metric::{Columns, Element};
use crate::pool::{self, Cancel};
use crate::query::Query;
use crate::scan::{self, JobDirectory, Plan, scan};

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
            plan: found.plan.as_ref(),
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
        if let Some(recorded) = &found.recorded {
            definition =
                Definition::with_record(definition, &recorded.axes, recorded.is_product, dialect);
        }
        let run = (workers, options.cancel);
        let choice = Choice::make(query.as_ref(), reader, dialect, definition.as_ref(), run)
            .map_err(|error| error.at(path))?;
        let count = found.jobs.len();
        // What took their places is read, and superseded jobs are not.
        let current = found.plan.as_ref().filter(|_| !options.leftovers).and_then(|plan| {
            let superseded = |job: &JobDirectory| {
                plan.job(&job.relative).is_some_and(|planned| planned.superseded)
            };
            let current = found.jobs.iter().enumerate().filter(|(_, job)| !superseded(job));
            let current: Vec<usize> = current.map(|(at, _)| at).collect();
            (current.len() < count).then_some(current)
        });
        let chosen = choice.as_ref().map(|it| it.jobs.as_slice()).or(current.as_deref());
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
        let mut columns = Columns::merge(columns);
        let mut identities = Identities::resolve(&lines, count, dialect);
        let scope = Scope {
            path,
            root: &found.root,
            jobs: &found.jobs,
            overrides: found.overrides.as_deref(),
            definition: definition.as_ref().filter(|_| found.numbered),
            plan: found.plan.as_ref(),
            dialect,
        };
        if choice.is_none()
            && !options.leftovers
            && let Some(restored) = restore(scope, &mut lines, &identities.parameters)
        {
            identities = Identities::resolve(&lines, count, dialect);
            columns.iter_mut().for_each(|column| column.orphan(&restored.jobs));
            met.extend(restored.problems);
        }
        for (error, jobs) in identities.refused {
            for job in jobs {
                met.push((job, Problem::from_error(error.clone(), scope.directory(index(job)))));
            }
        }
        let mut parameters = identities.parameters;
        if let Some(choice) = &choice {
            choice.settle(&parameters, &mut belongs, &mut met);
        }
        met.extend(contradictions(scope, &lines, &belongs));
        let everyone = choice.as_ref().map_or(&parameters, |it| &it.everyone);
        let asked = belongs.clone();
        let aside = set_aside(scope, everyone, &mut belongs, options.leftovers);
        if asked != belongs {
            // The others' order, labels and problems are not for these to change.
            let stays = |job: u32| asked.get(index(job)) == belongs.get(index(job));
            met.retain(|(job, _)| stays(*job));
            lines.iter_mut().for_each(|table| table.retain(stays));
            parameters = Identities::resolve(&lines, count, dialect).parameters;
        }
        name_labels(scope, &mut parameters);
        match aside {
            Ok(aside) => met.extend(aside),
            Err(problem) => {
                // It speaks of another sweep, and lends neither labels nor an order.
                definition = None;
                problems.push(problem);
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
        let plan = found.plan.as_ref();
        let produces_all = definition.as_ref().is_some_and(|definition| match definition.is_list {
            true => plan.is_some_and(|plan| {
                let mut members = jobs.iter().zip(&belongs).filter(|(_, belongs)| **belongs);
                members.all(|(job, _)| plan.place(&job.relative).is_some())
            }),
            false => produces_all(&parameters, definition, &placed),
        });
        let mut sweep = Self {
            root: found.root,
            jobs,
            names,
            parameters,
            definition,
            columns,
            belongs,
            has_metrics,
            met_metrics: matched > 0 || !selection.names.is_empty(),
            produces_all,
            repetitions: Vec::new(),
            planned: plan.map(Plan::repetitions).unwrap_or_default(),
            query,
            promised,
            problems,
        };
        sweep.repetitions = repetitions(&sweep, plan);
        met.extend(sweep.gave_way());
        met.sort_by_key(|(job, _)| *job);
        sweep.problems.extend(met.into_iter().map(|(_, problem)| problem));
        Ok(sweep)
    }

    /// Jobs without metrics that give way to one with the same parameters, as problems.
    fn gave_way(&self) -> Vec<(u32, Problem)> {
        if !self.met_metrics || self.has_metrics.iter().all(|it| *it) {
            return Vec::new();
        }
        let layout = self.layout(Options::default()).map(|it| it.gave_way).unwrap_or_default();
        let problem = |job: usize| Problem {
            path: self.path().join(self.jobs.get(job).map_or(Path::new(""), |it| &it.relative)),
            kind: ErrorKind::Conflict,
            message: "it has no metrics, and gives way to another job with the same parameters"
                .to_owned(),
        };
        layout.into_iter().map(|job| (code(job), problem(job))).collect()
    }
}
