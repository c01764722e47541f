//! Which repetition of its config each job is.

use std::path::Path;

use serde_json::Value as Json;

use super::view::Sweep;
use crate::assemble::sharing;
use crate::scan::Plan;

/// The repetition of each job: from the plan, else from the `job.json` of jobs that have the same
/// parameters as another.
pub fn repetitions(sweep: &Sweep, plan: Option<&Plan>) -> Vec<Option<i64>> {
    let planned = |path: &Path| plan?.job(path)?.repetition;
    let mut all: Vec<Option<i64>> = sweep.jobs.iter().map(|job| planned(&job.relative)).collect();
    for job in sharing(sweep.basis()) {
        if let (Some(slot @ None), Some(job)) = (all.get_mut(job), sweep.jobs.get(job)) {
            *slot = recorded(sweep, &job.relative);
        }
    }
    all
}

fn recorded(sweep: &Sweep, job: &Path) -> Option<i64> {
    let bytes = sweep.root.read_optional(job, "job.json").ok()??;
    let record: Json = serde_json::from_slice(&bytes).ok()?;
    record.get("repetition")?.as_i64()
}
