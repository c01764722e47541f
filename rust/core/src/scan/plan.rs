//! The jobs that runcube planned, where it launched a sweep: `.runcube/jobs.jsonl` (contract version 1).
//!
//! The file is appended to: the last line for a directory counts, and a torn last line is none. The
//! order is that of the first line of each directory.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::job::JobDirectory;
use super::planned::{Line, PlannedJob};
use crate::codes::{LineTable, code, index};
use crate::error::Problem;
use crate::files::Root;

/// Where the plan stands, relative to the sweep.
pub const PLAN: &str = ".runcube/jobs.jsonl";

/// The jobs that a sweep planned.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order of the plan.
    pub jobs: Vec<PlannedJob>,
    /// The overrides that it names.
    pub lines: LineTable,
}

/// The plans of the sweeps that were found, in their order.
#[derive(Debug, Default)]
pub struct Plans(pub Vec<Option<Plan>>);

impl Plans {
    fn find(&self, job: &JobDirectory) -> Option<(&Plan, &PlannedJob)> {
        let plan = self.0.get(job.group)?.as_ref()?;
        Some((plan, plan.jobs.get(index(job.planned?))?))
    }

    /// What was planned of a job.
    #[must_use]
    pub fn job(&self, job: &JobDirectory) -> Option<&PlannedJob> {
        self.find(job).map(|(_, planned)| planned)
    }

    /// The plan that names the overrides of a job, and their places among its lines.
    #[must_use]
    pub fn coded(&self, job: &JobDirectory) -> Option<(&Plan, &[u32])> {
        let (plan, planned) = self.find(job)?;
        Some((plan, plan.lines.coded_at(planned.overrides?)))
    }

    /// The overrides of a job, where its plan names them.
    #[must_use]
    pub fn overrides(&self, job: &JobDirectory) -> Option<Vec<&[u8]>> {
        self.coded(job).map(|(plan, codes)| plan.lines.lines(codes))
    }

    /// The repetitions that were planned, each once.
    #[must_use]
    pub fn repetitions(&self) -> Vec<i64> {
        let valid = self.0.iter().flatten().flat_map(|it| &it.jobs).filter(|job| !job.superseded);
        let all: BTreeSet<i64> = valid.filter_map(|job| job.repetition).collect();
        all.into_iter().collect()
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
    let mut line = Line::default();
    while let Some((number, text)) = lines.next() {
        match line.read(text) {
            Ok(Some(planned)) => plan.add(sweep, planned, line.overrides()),
            Ok(None) => {}
            // Without a newline at its end, a line was never finished.
            Err(_) if lines.peek().is_none() => {}
            Err(error) => {
                let message = format!("line {}: {}", number.saturating_add(1), error.message);
                problems.push(Problem { path: path(), kind: error.kind, message });
            }
        }
    }
    plan.jobs = last_of_each(plan.jobs);
    Some(plan)
}

impl Plan {
    fn add<'l>(
        &mut self,
        sweep: &Path,
        planned: PlannedJob,
        overrides: Option<impl Iterator<Item = &'l [u8]>>,
    ) {
        let turn = code(self.jobs.len());
        let named = overrides.is_some();
        // A job without any takes its turn too, so that the turns are those of the jobs.
        self.lines.add(turn, |each| overrides.into_iter().flatten().for_each(each));
        self.jobs.push(PlannedJob {
            directory: sweep.join(planned.directory),
            overrides: named.then_some(turn),
            ..planned
        });
    }
}

/// What the last line for each directory says, at the place of the first one.
fn last_of_each(jobs: Vec<PlannedJob>) -> Vec<PlannedJob> {
    // Where the numbers rise, no directory comes twice.
    if jobs.is_sorted_by(|a, b| a.number.is_some() && a.number < b.number) {
        return jobs;
    }
    let mut places: HashMap<PathBuf, usize> = HashMap::with_capacity(jobs.len());
    let mut last: Vec<PlannedJob> = Vec::with_capacity(jobs.len());
    for job in jobs {
        let place = *places.entry(job.directory.clone()).or_insert(last.len());
        match last.get_mut(place) {
            Some(slot) => *slot = job,
            None => last.push(job),
        }
    }
    last
}
