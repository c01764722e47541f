//! The walk from a sweep's directory to its jobs.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::below::no_jobs;
use super::natural_order;
use super::plan::{Plan, plan};
use super::record::{RecordedDefinition, SWEEP_RECORD, recorded_definition};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::files::{EntryKind, Root};
use crate::yaml::{self, Multirun};

/// Levels below the sweep at which jobs are looked for.
const DEEPEST: usize = 16;

/// The template of directories that are named by the job's number.
const NUMBERED: &str = "${hydra.job.num}";

/// A directory that is a job, or may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobDirectory {
    /// Relative to the sweep; empty where the path that was opened is itself the job.
    pub relative: PathBuf,
    /// The job's number, where the name of the directory is it.
    pub number: Option<u64>,
}

/// What was found in a sweep's directory.
#[derive(Debug)]
pub struct Scan {
    /// The directory, to read from.
    pub root: Root,
    /// The jobs in job order. In a numbered sweep they are candidates: a directory whose name is a
    /// number and that holds no record is no job.
    pub jobs: Vec<JobDirectory>,
    /// Whether the directories are named by the job's number.
    pub numbered: bool,
    /// What `multirun.yaml` says, where there is one that can be read.
    pub multirun: Option<Multirun>,
    /// What runcube recorded of the sweep's definition when it launched it.
    pub recorded: Option<RecordedDefinition>,
    /// The jobs that runcube planned, where it launched the sweep.
    pub plan: Option<Plan>,
    /// Where a job's overrides lie, relative to the job: `.hydra/overrides.yaml` unless configured.
    pub overrides: Option<String>,
    /// What was unusable on the way.
    pub problems: Vec<Problem>,
}

/// Finds the jobs of the sweep, or of the single run, in a directory.
///
/// # Errors
///
/// `NotFound` where the path does not exist, `NoJobs` where nothing below it is a job, `Io`.
pub fn scan(path: &Path) -> Result<Scan> {
    let root = Root::open(path).map_err(|error| match error.kind {
        ErrorKind::NotFound => Error::new(
            ErrorKind::NotFound,
            "no such directory: expected the directory of a sweep, which holds `multirun.yaml` \
             or job directories",
        )
        .at(path),
        _ => error,
    })?;
    let mut problems = Vec::new();
    let multirun = match root.read_optional(Path::new(""), "multirun.yaml")? {
        None => None,
        Some(bytes) => match yaml::multirun(&bytes) {
            Ok(multirun) => Some(multirun),
            Err(error) => {
                problems.push(Problem::from_error(error, path.join("multirun.yaml")));
                None
            }
        },
    };
    let recorded = recorded_definition(&root).unwrap_or_else(|error| {
        problems.push(Problem::from_error(error, path.join(SWEEP_RECORD)));
        None
    });
    let output = multirun.as_ref().map_or(Some(".hydra"), |it| it.output_subdir.as_deref());
    let overrides = output.map(|folder| match folder {
        "." | "" => "overrides.yaml".to_owned(),
        folder => format!("{}/overrides.yaml", folder.trim_end_matches('/')),
    });
    let numbered = multirun.as_ref().is_some_and(|it| it.subdir.as_deref() == Some(NUMBERED));
    let mut jobs = Vec::new();
    if numbered {
        let entries = root.list(Path::new("")).map_err(|error| Error::io(&error, "list", path))?;
        for entry in entries {
            let number = entry.name.to_str().and_then(number);
            if let (Some(number), EntryKind::Directory | EntryKind::LinkedDirectory) =
                (number, entry.kind)
            {
                let relative = PathBuf::from(entry.name);
                jobs.push(JobDirectory { relative, number: Some(number) });
            }
        }
        jobs.sort_by_key(|job| job.number);
    } else {
        let mut walk = Walk { root: &root, output, jobs: &mut jobs, problems: &mut problems };
        walk.enter(Path::new(""), multirun.is_none(), 0)?;
        sort(&mut jobs);
    }
    let plan = plan(&root, &mut problems);
    if let Some(plan) = &plan {
        follow(plan, &root, &mut jobs);
    }
    if jobs.is_empty() {
        return Err(no_jobs(&root, output));
    }
    Ok(Scan { root, jobs, numbered, multirun, recorded, plan, overrides, problems })
}

/// The number that a directory's name is: digits without leading zeros.
fn number(name: &str) -> Option<u64> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (name == "0" || !name.starts_with('0'))).then(|| name.parse().ok()).flatten()
}

fn sort(jobs: &mut [JobDirectory]) {
    for job in jobs.iter_mut() {
        job.number = job.relative.to_str().and_then(number);
    }
    if jobs.iter().all(|job| job.number.is_some()) {
        jobs.sort_by_key(|job| job.number);
    } else {
        jobs.sort_by(|a, b| {
            natural_order(&a.relative.to_string_lossy(), &b.relative.to_string_lossy())
        });
    }
}

/// Puts the jobs into the order of the plan, and takes in planned directories that the names alone
/// do not tell.
fn follow(plan: &Plan, root: &Root, jobs: &mut Vec<JobDirectory>) {
    let found: HashSet<PathBuf> = jobs.iter().map(|job| job.relative.clone()).collect();
    for planned in plan.jobs.iter().filter(|it| !found.contains(&it.directory)) {
        if root.exists(&planned.directory, ".") {
            let number = planned.directory.to_str().and_then(number);
            jobs.push(JobDirectory { relative: planned.directory.clone(), number });
        }
    }
    jobs.sort_by_key(|job| plan.place(&job.relative).unwrap_or(usize::MAX));
}

struct Walk<'w> {
    root: &'w Root,
    output: Option<&'w str>,
    jobs: &'w mut Vec<JobDirectory>,
    problems: &'w mut Vec<Problem>,
}

impl Walk<'_> {
    /// Looks at a directory; `may_be_job` is false for a sweep, whose own files are no job's.
    fn enter(&mut self, relative: &Path, may_be_job: bool, depth: usize) -> Result<()> {
        let entries = match self.root.list(relative) {
            Ok(entries) => entries,
            Err(error) => {
                let path = self.root.path().join(relative);
                let error = Error::io(&error, "list the directory", &path);
                if depth == 0 {
                    return Err(error);
                }
                self.problems.push(Problem::from_error(error, path));
                return Ok(());
            }
        };
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let record = match self.output {
            Some("." | "") => has("overrides.yaml") && has("hydra.yaml"),
            Some(folder) => has(folder.split('/').next().unwrap_or(folder)),
            None => false,
        };
        if may_be_job && (record || has("metrics.arrow") || has("job.json")) {
            self.jobs.push(JobDirectory { relative: relative.to_path_buf(), number: None });
            return Ok(());
        }
        if depth > 0 && has("multirun.yaml") {
            let path = self.root.path().join(relative);
            self.problems.push(Problem {
                path,
                kind: ErrorKind::Conflict,
                message: "a sweep of its own, nested in this one: left aside; open it by its path"
                    .to_owned(),
            });
            return Ok(());
        }
        if depth >= DEEPEST {
            return Ok(());
        }
        for entry in &entries {
            let hidden = entry.name.to_str().is_some_and(|name| name.starts_with('.'));
            // Links are not followed, so that a loop or a `latest` beside the real ones is no job.
            if entry.kind == EntryKind::Directory && !hidden {
                self.enter(&relative.join(&entry.name), true, depth + 1)?;
            }
        }
        Ok(())
    }
}
