//! What is left to do once it is decided which jobs there are, and who they are.

use std::path::Path;

use super::view::Sweep;
use crate::assemble::Options;
use crate::codes::{code, index};
use crate::error::{ErrorKind, Problem};
use crate::metric::{Column, Element};

/// What only jobs without a place recorded is no metric of the sweep; a sweep of nothing but such
/// jobs keeps theirs.
pub fn keep_placed(columns: &mut Vec<Column>, placed: &[bool]) {
    if placed.contains(&true) {
        columns.retain(|column| {
            let mut jobs = column.segments.iter().flat_map(|segment| &segment.jobs);
            jobs.any(|job| placed.get(index(*job)) == Some(&true))
        });
    }
}

/// For each of so many jobs whether it has any metric.
pub fn having_metrics(columns: &[Column], count: usize) -> Vec<bool> {
    let mut has_metrics = vec![false; count];
    let valued = columns.iter().flat_map(|column| &column.segments);
    for segment in valued.filter(|segment| segment.form.element != Element::Null) {
        for job in &segment.jobs {
            if let Some(slot) = has_metrics.get_mut(index(*job)) {
                *slot = true;
            }
        }
    }
    has_metrics
}

impl Sweep {
    /// Lists what was met on the way, by the jobs.
    pub(super) fn conclude(mut self, mut met: Vec<(u32, Problem)>) -> Self {
        met.extend(self.gave_way());
        met.sort_by_key(|(job, _)| *job);
        self.problems.extend(met.into_iter().map(|(_, problem)| problem));
        self
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
