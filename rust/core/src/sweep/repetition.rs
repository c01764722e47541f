//! Which repetition of its config each job is.

use std::path::Path;

use serde_json::Value as Json;

use super::view::Sweep;
use crate::assemble::is_shared;
use crate::error::Result;
use crate::pool::{self, Cancel, Workers};
use crate::scan::{JobDirectory, Plans};

/// What [`repetitions`] found.
pub struct Repetitions {
    /// The repetition of each job; nothing at all where no job has one.
    pub of_jobs: Vec<Option<i64>>,
    /// Whether any file was opened for it.
    pub looked: bool,
}

/// The repetition of each job: from the plan, else from `job.json`, which is opened only where some
/// jobs have the same parameters. Then it is opened for all: a repetition whose fellows are missing
/// has a place of its own too.
///
/// # Errors
///
/// `Interrupted`.
pub fn repetitions(
    sweep: &Sweep,
    plans: &Plans,
    (workers, cancel): (Workers, &Cancel),
) -> Result<Repetitions> {
    let planned = |job: &JobDirectory| plans.job(job)?.repetition;
    let mut all: Vec<Option<i64>> = sweep.jobs.iter().map(planned).collect();
    let looked = all.contains(&None) && is_shared(sweep.basis());
    if !looked {
        return Ok(Repetitions { of_jobs: known(all), looked });
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
    Ok(Repetitions { of_jobs: known(all), looked })
}

fn known(all: Vec<Option<i64>>) -> Vec<Option<i64>> {
    if all.iter().any(Option::is_some) { all } else { Vec::new() }
}

fn recorded(sweep: &Sweep, job: &Path) -> Option<i64> {
    let bytes = sweep.root.read_optional(job, "job.json").ok()??;
    let record: Json = serde_json::from_slice(&bytes).ok()?;
    record.get("repetition")?.as_i64()
}
