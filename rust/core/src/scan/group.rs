//! One sweep of those below a path: its own files, and its jobs.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::job::JobDirectory;
use super::natural_order;
use super::plan::{PLAN, Plan, plan};
use super::planned::number;
use super::record::{RecordedDefinition, SWEEP_RECORD, recorded_definition};
use super::relative::Relative;
use super::survey::Surveyed;
use super::walk::{Walk, Walked, Walker};
use crate::codes::{code, index};
use crate::error::{Error, Problem, Result};
use crate::files::{EntryKind, Root};
use crate::grammar::Dialect;
use crate::yaml::{self, Multirun};

/// What Hydra writes of a sweep.
pub const MULTIRUN: &str = "multirun.yaml";

/// The template of directories that are named by the job's number.
pub const NUMBERED: &str = "${hydra.job.num}";

/// What tells which jobs a numbered sweep has, and what it set out to run: its directory, and files in
/// it.
pub const FRAME: [&str; 4] = ["", MULTIRUN, SWEEP_RECORD, PLAN];

/// One of the sweeps below a path.
#[derive(Debug, Default)]
pub struct Group {
    /// Its directory, relative to the path that was opened; empty where it is that path.
    pub relative: PathBuf,
    /// Whether it is a single run.
    pub is_run: bool,
    /// Whether the directories are named by the job's number.
    pub numbered: bool,
    /// Whether the names in its directory, and its own files, tell which jobs there are.
    pub listed: bool,
    /// What `multirun.yaml` says, where there is one that can be read.
    pub multirun: Option<Multirun>,
    /// What runcube recorded of the sweep's definition when it launched it.
    pub recorded: Option<RecordedDefinition>,
    /// Where a job's overrides lie, relative to the job: `.hydra/overrides.yaml` unless configured.
    pub overrides: Option<String>,
    /// Of the jobs that runcube planned, where it launched the sweep, those whose directories are
    /// not there.
    pub never_made: Option<usize>,
}

/// A sweep with its jobs.
#[derive(Debug, Default)]
pub struct Read {
    pub group: Group,
    pub jobs: Vec<JobDirectory>,
    pub plan: Option<Plan>,
    /// Sweeps of their own, nested in it.
    pub nested: Vec<PathBuf>,
}

impl Group {
    /// The dialect of the Hydra that wrote it.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        let version = self.multirun.as_ref().and_then(|it| it.version.as_deref());
        version.map_or(Dialect::Hydra14, Dialect::from_version)
    }

    /// The folder of Hydra's files in each job; `None` where `multirun.yaml` says that there is
    /// none.
    #[must_use]
    pub fn output(&self) -> Option<&str> {
        self.multirun.as_ref().map_or(Some(".hydra"), |it| it.output_subdir.as_deref())
    }
}

/// Reads what stands in a sweep's directory, and finds its jobs in job order.
///
/// # Errors
///
/// `Io` where the directory cannot be listed.
pub fn read(root: &Root, sweep: Surveyed, problems: &mut Vec<Problem>) -> Result<Read> {
    let relative = sweep.relative;
    let mut group = described(root, &relative, problems)?;
    group.is_run = sweep.is_run;
    let mut nested = Vec::new();
    let mut jobs;
    let mut output = group.output().map(str::to_owned);
    if group.numbered {
        (jobs, group.listed) = numbered(root, &relative)?;
    } else {
        let walked = match sweep.jobs {
            Some(walked) => walked,
            None => {
                let walker = Walker {
                    root,
                    output: output.as_deref(),
                    any_output: group.multirun.is_none(),
                    problems,
                    found: Walk::default(),
                };
                let walk = walker.walk(&relative, group.multirun.is_none())?;
                nested = walk.sweeps;
                walk.jobs
            }
        };
        if let Some(other) = walked.iter().find_map(|it| it.output.clone()) {
            output = Some(other);
        }
        jobs = sorted(walked, &relative);
    }
    group.overrides = output.as_deref().map(overrides_in);
    let plan = plan(root, &relative, problems);
    if let Some(plan) = &plan {
        group.never_made = Some(follow(plan, root, &mut jobs));
        group.listed &= plan.jobs.iter().all(|job| job.number.is_some());
    }
    group.relative = relative;
    Ok(Read { group, jobs, plan, nested })
}

/// The numbered sweep in a directory, as its own files say; `None` where it is none, or where one of
/// them is unusable. The plan is not read.
#[must_use]
pub fn outline(root: &Root) -> Option<Group> {
    let mut problems = Vec::new();
    let mut group = described(root, Path::new(""), &mut problems).ok()?;
    group.overrides = group.output().map(overrides_in);
    (group.numbered && problems.is_empty()).then_some(group)
}

/// What a sweep's own files say of it.
fn described(root: &Root, relative: &Path, problems: &mut Vec<Problem>) -> Result<Group> {
    let path = root.path().join(relative);
    let multirun = match root.read_optional(relative, MULTIRUN)? {
        None => None,
        Some(bytes) => match yaml::multirun(&bytes) {
            Ok(multirun) => Some(multirun),
            Err(error) => {
                problems.push(Problem::from_error(error, path.join(MULTIRUN)));
                None
            }
        },
    };
    let recorded = recorded_definition(root, relative).unwrap_or_else(|error| {
        problems.push(Problem::from_error(error, path.join(SWEEP_RECORD)));
        None
    });
    let numbered = multirun.as_ref().is_some_and(|it| it.subdir.as_deref() == Some(NUMBERED));
    Ok(Group { numbered, multirun, recorded, ..Group::default() })
}

/// Where overrides lie in a job that has Hydra's files in this folder.
fn overrides_in(folder: &str) -> String {
    match folder {
        "." | "" => "overrides.yaml".to_owned(),
        folder => format!("{}/overrides.yaml", folder.trim_end_matches('/')),
    }
}

/// The directories in a sweep whose names are numbers, in their order; and whether they are such for
/// as long as its directory does not change. What a link leads to may come and go.
fn numbered(root: &Root, sweep: &Path) -> Result<(Vec<JobDirectory>, bool)> {
    let mut numbers = Vec::new();
    let mut lasts = true;
    root.each(sweep, |name, kind, is_link| {
        let is_directory = matches!(kind, EntryKind::Directory | EntryKind::LinkedDirectory);
        let number = name.to_str().and_then(number);
        lasts &= !(is_link && number.is_some());
        numbers.extend(number.filter(|_| is_directory));
    })
    .map_err(|error| Error::io(&error, "list", root.path()))?;
    numbers.sort_unstable();
    let directory = |number: u64| JobDirectory {
        relative: match sweep.as_os_str().is_empty() {
            true => Relative::numbered(number),
            false => sweep.join(number.to_string()).into(),
        },
        number: Some(number),
        group: 0,
        planned: None,
    };
    Ok((numbers.into_iter().map(directory).collect(), lasts))
}

fn number_below(sweep: &Path, job: &Path) -> Option<u64> {
    job.strip_prefix(sweep).ok()?.to_str().and_then(number)
}

fn sorted(walked: Vec<Walked>, sweep: &Path) -> Vec<JobDirectory> {
    let directory = |job: Walked| JobDirectory {
        number: number_below(sweep, &job.relative),
        relative: job.relative.into(),
        group: 0,
        planned: None,
    };
    let mut jobs: Vec<JobDirectory> = walked.into_iter().map(directory).collect();
    if jobs.iter().all(|job| job.number.is_some()) {
        jobs.sort_by_key(|job| job.number);
    } else {
        jobs.sort_by(|a, b| {
            natural_order(&a.relative.to_string_lossy(), &b.relative.to_string_lossy())
        });
    }
    jobs
}

/// Puts the jobs into the order of the plan, and takes in planned directories that the names alone
/// do not tell. Gives how many of those that still count are not there.
fn follow(plan: &Plan, root: &Root, jobs: &mut Vec<JobDirectory>) -> usize {
    let mut places: Option<HashMap<&OsStr, u32>> = None;
    let mut found = vec![false; plan.jobs.len()];
    for (at, job) in jobs.iter_mut().enumerate() {
        // Numbered jobs mostly stand in the order of the plan.
        let here =
            plan.jobs.get(at).and_then(|it| it.number).is_some_and(|it| job.number == Some(it));
        job.planned = match here {
            true => Some(code(at)),
            false => {
                let directories = plan.jobs.iter().map(|it| it.directory.as_os_str()).zip(0..);
                let places = places.get_or_insert_with(|| directories.collect());
                places.get(job.relative.as_os_str()).copied()
            }
        };
        if let Some(slot) = job.planned.and_then(|it| found.get_mut(index(it))) {
            *slot = true;
        }
    }
    let mut never_made = 0_usize;
    for (at, planned) in
        plan.jobs.iter().enumerate().filter(|(at, _)| found.get(*at) == Some(&false))
    {
        if root.exists(&planned.directory, ".") {
            jobs.push(JobDirectory {
                relative: planned.directory.as_path().into(),
                number: planned.number,
                group: 0,
                planned: Some(code(at)),
            });
        } else {
            never_made = never_made.saturating_add(usize::from(!planned.superseded));
        }
    }
    jobs.sort_by_key(|job| job.planned.unwrap_or(u32::MAX));
    never_made
}
