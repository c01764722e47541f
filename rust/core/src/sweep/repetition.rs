//! Which repetition of its config each job is.

use std::path::Path;

use serde_json::Value as Json;

use super::view::Sweep;
use crate::assemble::is_shared;
use crate::error::Result;
use crate::pool::{self, Cancel, Workers};
use crate::scan::Plan;

/// The repetition of each job: from the plan, else from `job.json`, which is opened only where some
/// jobs have the same parameters. Then it is opened for all: a repetition whose fellows are missing
/// has a place of its own too.
///
/// # Errors
///
/// `Interrupted`.
pub fn repetitions(
    sweep: &Sweep,
    plan: Option<&Plan>,
    (workers, cancel): (Workers, &Cancel),
) -> Result<Vec<Option<i64>>> {
    let planned = |path: &Path| plan?.job(path)?.repetition;
    let mut all: Vec<Option<i64>> = sweep.jobs.iter().map(|job| planned(&job.relative)).collect();
    if !is_shared(sweep.basis()) {
        return Ok(all);
    }
    let parts = pool::run(sweep.jobs.len(), workers, cancel, Vec::new, |part, block| {
        for (at, job) in block.clone().zip(sweep.jobs.get(block).unwrap_or_default()) {
            if all.get(at) == Some(&None) {
                part.push((at, recorded(sweep, &job.relative)));
            }
        }
        Ok(())
    })?;
    for (at, found) in parts.into_iter().flatten() {
        if let Some(slot) = all.get_mut(at) {
            *slot = found;
        }
    }
    Ok(all)
}

fn recorded(sweep: &Sweep, job: &Path) -> Option<i64> {
    let bytes = sweep.root.read_optional(job, "job.json").ok()??;
    let record: Json = serde_json::from_slice(&bytes).ok()?;
    record.get("repetition")?.as_i64()
}
