//! Jobs that share a cell: repetitions that were recorded, and duplicates.
//!
//! ```text
//! cell   recorded        others          repeat   0   1   2
//! a      0: j0  2: j5    j7       ──►             j0  j7  j5
//! b      0: j1                                    j1  ∅   ∅
//! ```
//!
//! A recorded repetition stands at its own label, so that a missing one is a hole. The others take
//! the free labels in job order, or a policy decides between them. A job without metrics gives way
//! to one that has them, for the same place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::identity::MISSING;
use super::layout::{Basis, Duplicates};
use crate::codes::{code, index};
use crate::error::{Error, ErrorKind, Result};

/// What was decided.
#[derive(Debug, Default)]
pub struct Shared {
    /// The labels of the further dimension, where there is one.
    pub labels: Option<Vec<i64>>,
    /// Jobs without metrics that gave way.
    pub gave_way: Vec<usize>,
}

/// Decides between jobs that share a cell of `count`, and makes the cells of the further dimension
/// where there is one.
///
/// # Errors
///
/// `Conflict` where jobs share a cell and the policy is [`Duplicates::Error`].
pub fn share(
    cells: &mut [u32],
    count: usize,
    basis: Basis<'_>,
    policy: Duplicates,
) -> Result<Shared> {
    let repetition = |job: usize| basis.repetitions.get(job).copied().flatten();
    let placed = || cells.iter().enumerate().filter(|(_, cell)| index(**cell) < count);
    let mut labels: BTreeSet<i64> = basis.planned.iter().copied().collect();
    labels.extend(placed().filter_map(|(job, _)| repetition(job)));
    let is_repeated = labels.iter().any(|label| *label != 0);
    let mut jobs_on = vec![0_u32; count];
    for (_, cell) in placed() {
        if let Some(slot) = jobs_on.get_mut(index(*cell)) {
            *slot += 1;
        }
    }
    if !is_repeated && jobs_on.iter().all(|jobs| *jobs <= 1) {
        return Ok(Shared::default());
    }
    let mut jobs_of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (job, cell) in placed() {
        if is_repeated || jobs_on.get(index(*cell)).is_some_and(|jobs| *jobs > 1) {
            jobs_of.entry(*cell).or_default().push(job);
        }
    }
    let mut gave_way = Vec::new();
    let mut label_of: HashMap<usize, i64> = HashMap::new();
    for jobs in jobs_of.into_values() {
        let kept = decide(&jobs, basis, policy, &mut gave_way)?;
        for job in jobs {
            if !kept.contains_key(&job)
                && let Some(cell) = cells.get_mut(job)
            {
                *cell = MISSING;
            }
        }
        label_of.extend(kept);
    }
    gave_way.sort_unstable();
    labels.extend(label_of.values());
    if labels.iter().all(|label| *label == 0) {
        return Ok(Shared { labels: None, gave_way });
    }
    let labels: Vec<i64> = labels.into_iter().collect();
    for (job, cell) in cells.iter_mut().enumerate().filter(|(_, cell)| **cell != MISSING) {
        let label = label_of.get(&job).copied().unwrap_or(0);
        let at = labels.binary_search(&label).unwrap_or(0);
        *cell = code(index(*cell).saturating_mul(labels.len()).saturating_add(at));
    }
    Ok(Shared { labels: Some(labels), gave_way })
}

/// The jobs of one cell that keep a place, and the label of each.
fn decide(
    jobs: &[usize],
    basis: Basis<'_>,
    policy: Duplicates,
    gave_way: &mut Vec<usize>,
) -> Result<HashMap<usize, i64>> {
    let has_metrics = |job: &usize| basis.has_metrics.get(*job) == Some(&true);
    let mut recorded: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let mut others: Vec<usize> = Vec::new();
    for job in jobs {
        match basis.repetitions.get(*job).copied().flatten() {
            Some(label) => recorded.entry(label).or_default().push(*job),
            None => others.push(*job),
        }
    }
    let mut kept = HashMap::new();
    if jobs.iter().any(has_metrics) {
        gave_way.extend(others.iter().filter(|job| !has_metrics(job)));
        others.retain(has_metrics);
    }
    for (label, mut same) in recorded {
        if same.iter().any(has_metrics) {
            gave_way.extend(same.iter().filter(|job| !has_metrics(job)));
            same.retain(has_metrics);
        }
        let chosen = choose(&same, basis, policy)?;
        kept.extend(chosen.first().map(|job| (*job, label)));
        others.extend(chosen.iter().skip(1));
    }
    if policy == Duplicates::Error && !others.is_empty() {
        let mut all: Vec<usize> = kept.keys().copied().chain(others.iter().copied()).collect();
        all.sort_unstable();
        choose(&all, basis, policy)?;
    }
    others.sort_unstable();
    let mut free = 0;
    for job in choose(&others, basis, policy)? {
        while kept.values().any(|label| *label == free) {
            free += 1;
        }
        kept.insert(job, free);
    }
    Ok(kept)
}

/// What the policy leaves of jobs that compete for one place.
fn choose(jobs: &[usize], basis: Basis<'_>, policy: Duplicates) -> Result<Vec<usize>> {
    match policy {
        Duplicates::Repeat => Ok(jobs.to_vec()),
        Duplicates::First => Ok(jobs.iter().copied().take(1).collect()),
        Duplicates::Last => Ok(jobs.iter().copied().next_back().into_iter().collect()),
        Duplicates::Error if jobs.len() > 1 => {
            let names: Vec<String> =
                jobs.iter().map(|job| format!("`{}`", basis.names.name(*job))).collect();
            Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "the jobs {} have the same parameters; `duplicates` may be \"repeat\", \
                     \"last\" or \"first\"",
                    names.join(", ")
                ),
            ))
        }
        Duplicates::Error => Ok(jobs.to_vec()),
    }
}
