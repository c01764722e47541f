//! From a path to the sweeps and the jobs that lie below it.

use std::path::{Path, PathBuf};

use super::below::no_jobs;
use super::group::{Group, Read, read};
use super::job::JobDirectory;
use super::natural_order;
use super::plan::{Plan, Plans};
use super::survey::{Surveyed, survey};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::files::Root;

/// What was found below a path.
#[derive(Debug)]
pub struct Scan {
    /// The directory, to read from.
    pub root: Root,
    /// The sweeps, by path. Their jobs lie one sweep after the other.
    pub groups: Vec<Group>,
    /// The jobs, those of each sweep in job order. In a numbered sweep they are candidates: a
    /// directory whose name is a number and that holds no record is no job.
    pub jobs: Vec<JobDirectory>,
    /// The jobs that runcube planned, where it launched a sweep.
    pub plans: Plans,
    /// What was unusable on the way.
    pub problems: Vec<Problem>,
}

impl Scan {
    /// Whether the sweeps lie below the path, which is none itself.
    #[must_use]
    pub fn has_many(&self) -> bool {
        !matches!(self.groups.as_slice(), [only] if only.relative.as_os_str().is_empty())
    }
}

/// Finds the jobs of the sweep, or of the single run, in a directory; where it is neither, those of
/// all sweeps below it.
///
/// # Errors
///
/// `NotFound` where the path does not exist, `NoJobs` where nothing below it is a job, `Io`.
pub fn scan(path: &Path) -> Result<Scan> {
    let root = open(path)?;
    let mut problems = Vec::new();
    let found = sweeps(&root, &mut problems)?;
    let (mut groups, mut jobs, mut plans) = (Vec::new(), Vec::new(), Vec::<Option<Plan>>::new());
    for (at, mut sweep) in found.into_iter().enumerate() {
        sweep.jobs.iter_mut().for_each(|job| job.group = at);
        match jobs.is_empty() {
            true => jobs = sweep.jobs,
            false => jobs.append(&mut sweep.jobs),
        }
        groups.push(sweep.group);
        plans.push(sweep.plan);
    }
    if jobs.is_empty() {
        return Err(no_jobs(&root, groups.first().map_or(Some(".hydra"), Group::output)));
    }
    Ok(Scan { root, groups, jobs, plans: Plans(plans), problems })
}

/// The directories of the sweeps below a path, that of a single run each a sweep of one; the path
/// itself where it is one.
///
/// # Errors
///
/// `NotFound` where the path does not exist, `Io` where it cannot be listed. What cannot be looked
/// into further below is passed over.
pub fn find_sweeps(path: &Path) -> Result<Vec<PathBuf>> {
    let root = open(path)?;
    let found = sweeps(&root, &mut Vec::new())?;
    let directory = |sweep: Read| match sweep.group.relative {
        relative if relative.as_os_str().is_empty() => path.to_path_buf(),
        relative => path.join(relative),
    };
    Ok(found.into_iter().map(directory).collect())
}

fn open(path: &Path) -> Result<Root> {
    Root::open(path).map_err(|error| match error.kind {
        ErrorKind::NotFound => Error::new(
            ErrorKind::NotFound,
            "no such directory: expected the directory of a sweep, which holds `multirun.yaml` \
             or job directories",
        )
        .at(path),
        _ => error,
    })
}

/// The sweeps by path. A sweep nested in another is one of them, except in the one that was opened
/// itself: there it is a problem.
fn sweeps(root: &Root, problems: &mut Vec<Problem>) -> Result<Vec<Read>> {
    let here = Path::new("");
    let marks = ["multirun.yaml", super::SWEEP_RECORD, super::PLAN];
    let is_one = marks.iter().any(|mark| root.exists(here, mark));
    let mut waiting = match is_one {
        true => vec![Surveyed::defined(PathBuf::new())],
        false => survey(root, problems)?,
    };
    let mut found = Vec::new();
    while let Some(sweep) = waiting.pop() {
        let path = root.path().join(&sweep.relative);
        let mut sweep = match read(root, sweep, problems) {
            Ok(sweep) => sweep,
            Err(error) if path == root.path() => return Err(error),
            Err(error) => {
                problems.push(Problem::from_error(error, path));
                continue;
            }
        };
        for nested in std::mem::take(&mut sweep.nested) {
            if !is_one {
                waiting.push(Surveyed::defined(nested));
                continue;
            }
            problems.push(Problem {
                path: root.path().join(nested),
                kind: ErrorKind::Conflict,
                message: "a sweep of its own, nested in this one: left aside; open it by its path"
                    .to_owned(),
            });
        }
        found.push(sweep);
    }
    found.sort_by(|a, b| {
        let name = |it: &Read| it.group.relative.to_string_lossy().into_owned();
        natural_order(&name(a), &name(b))
    });
    Ok(found)
}
