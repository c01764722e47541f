//! What `.runcube/jobs.jsonl` says of the jobs that were planned (contract version 1).
//!
//! ```json
//! {"num": 3, "dir": "3", "overrides": ["lr=0.1"], "repetition": 0, "aliases": {"lr": "slow"}}
//! ```
//!
//! The file is appended to: the last line for a directory counts, and a torn last line is none. The
//! order is that of the first line of each directory.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Problem, Result};
use crate::files::Root;

/// Where the plan stands, relative to the sweep.
pub const PLAN: &str = ".runcube/jobs.jsonl";

/// A job that was planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedJob {
    /// Its directory, relative to the path that was opened.
    pub directory: PathBuf,
    /// The lines of its overrides, where the plan names them.
    pub overrides: Option<Vec<String>>,
    /// Which repetition of its config it is.
    pub repetition: Option<i64>,
    /// Parameter → the name of its value.
    pub aliases: Vec<(String, String)>,
    /// Whether another directory has taken its place.
    pub superseded: bool,
}

/// The jobs that a sweep planned.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order of the plan.
    pub jobs: Vec<PlannedJob>,
    by_directory: HashMap<PathBuf, usize>,
}

impl Plan {
    /// The place of a directory in the plan.
    #[must_use]
    pub fn place(&self, directory: &Path) -> Option<usize> {
        self.by_directory.get(directory).copied()
    }

    /// The planned job of a directory.
    #[must_use]
    pub fn job(&self, directory: &Path) -> Option<&PlannedJob> {
        self.jobs.get(self.place(directory)?)
    }

    /// The repetitions that were planned, each once.
    #[must_use]
    pub fn repetitions(&self) -> Vec<i64> {
        let valid = self.jobs.iter().filter(|job| !job.superseded);
        let all: BTreeSet<i64> = valid.filter_map(|job| job.repetition).collect();
        all.into_iter().collect()
    }

    /// Adds the jobs of another sweep below the same path.
    pub fn join(&mut self, other: Self) {
        other.jobs.into_iter().for_each(|job| self.add(job));
    }

    fn add(&mut self, job: PlannedJob) {
        match self.by_directory.get(&job.directory).and_then(|at| self.jobs.get_mut(*at)) {
            Some(slot) => *slot = job,
            None => {
                self.by_directory.insert(job.directory.clone(), self.jobs.len());
                self.jobs.push(job);
            }
        }
    }
}

/// Reads the plan of the sweep in a directory below, where it has one; lines that say nothing are
/// problems.
pub fn plan(root: &Root, sweep: &Path, problems: &mut Vec<Problem>) -> Option<Plan> {
    let path = || root.path().join(sweep).join(PLAN);
    let bytes = match root.read_optional(sweep, PLAN) {
        Ok(bytes) => bytes?,
        Err(error) => {
            problems.push(Problem::from_error(error, path()));
            return None;
        }
    };
    let mut plan = Plan::default();
    let mut lines = bytes.split(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match planned(line) {
            Ok(job) => plan.add(PlannedJob { directory: sweep.join(&job.directory), ..job }),
            // Without a newline at its end, a line was never finished.
            Err(_) if lines.peek().is_none() => {}
            Err(error) => {
                let message = format!("line {}: {}", number.saturating_add(1), error.message);
                problems.push(Problem { path: path(), kind: error.kind, message });
            }
        }
    }
    Some(plan)
}

fn planned(line: &[u8]) -> Result<PlannedJob> {
    let bad = |what: &str| Error::new(ErrorKind::Syntax, format!("no planned job: {what}"));
    let record: Json = serde_json::from_slice(line).map_err(|error| bad(&error.to_string()))?;
    let text = |json: &Json| json.as_str().map(str::to_owned);
    let directory = record.get("dir").and_then(text).ok_or_else(|| bad("no `dir`"))?;
    let directory: PathBuf =
        Path::new(&directory).components().filter(|part| *part != Component::CurDir).collect();
    if directory.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(bad("its `dir` is not below the sweep"));
    }
    let overrides = record.get("overrides").and_then(Json::as_array);
    let overrides = overrides
        .map(|lines| lines.iter().map(text).collect::<Option<Vec<_>>>())
        .map(|lines| lines.ok_or_else(|| bad("its `overrides` are no list of texts")))
        .transpose()?;
    let aliases = record.get("aliases").and_then(Json::as_object);
    let aliases = aliases
        .into_iter()
        .flatten()
        .filter_map(|(name, alias)| Some((name.clone(), text(alias)?)))
        .collect();
    Ok(PlannedJob {
        directory,
        overrides,
        repetition: record.get("repetition").and_then(Json::as_i64),
        aliases,
        superseded: record.get("superseded").is_some_and(|it| !it.is_null()),
    })
}
