//! How the jobs stand. Nothing of it is read before it is asked for: a load opens no file for it.

use super::restrict::Promised;
use super::source;
use super::view::Sweep;
use crate::assemble::Definition;
use crate::error::Report;
use crate::pool::{self, Cancel, Workers};
use crate::scan::{self, Group, JobPlace, Status, UNKNOWN};

impl Sweep {
    /// How each job that was read stands; `host` is this machine's name. Where neither its record
    /// nor another trace says so, a job that has metrics is finished.
    #[must_use]
    pub fn statuses(&self, host: Option<&str>, workers: Workers) -> Report<Vec<Status>> {
        let all = pool::run(
            self.jobs.len(),
            workers,
            &Cancel::new(),
            Vec::new,
            |part: &mut Vec<(usize, Report<Status>)>, block| {
                part.extend(block.map(|at| (at, self.status(at, host))));
                Ok(())
            },
        );
        let mut all: Vec<_> = all.unwrap_or_default().into_iter().flatten().collect();
        all.sort_by_key(|(at, _)| *at);
        let mut report: Report<Vec<Status>> = Report::default();
        for (_, status) in all {
            report.value.push(status.value);
            report.problems.extend(status.problems);
        }
        report
    }

    fn status(&self, at: usize, host: Option<&str>) -> Report<Status> {
        let Some(job) = self.jobs.get(at) else {
            return Report { value: UNKNOWN, problems: Vec::new() };
        };
        let group = self.groups.get(job.group);
        let overrides = group.and_then(|it| it.overrides.as_deref());
        let found = scan::status(JobPlace {
            root: &self.root,
            sweep: group.map_or(self.path(), |it| &it.relative),
            job: &job.relative,
            overrides,
            host,
        });
        let value = found.value.unwrap_or_else(|| {
            let holds = || {
                let hydra_files = overrides == Some("overrides.yaml");
                let files = source::candidates(&self.root, &job.relative, hydra_files);
                !self.sought_metrics && !files.is_empty()
            };
            let has_metrics = self.has_metrics.get(at) == Some(&true);
            if has_metrics || holds() { "finished" } else { UNKNOWN }
        });
        Report { value, problems: found.problems }
    }

    /// How many jobs were planned, or follow from what their sweep set out to run, and have no
    /// directory: where the process was killed that ran one after the other, say. With a condition,
    /// those that it selects, as far as they can be counted.
    #[must_use]
    pub fn missing(&self) -> usize {
        let belongs = |job: &usize| self.belongs.get(*job) == Some(&true);
        if self.query.is_some() {
            let jobs = (0..self.jobs.len()).filter(belongs);
            let promised = self.promised.as_ref();
            return promised.and_then(|it| it.unfilled(&self.parameters, jobs)).unwrap_or(0);
        }
        let each = self.groups.iter().zip(&self.definitions).enumerate();
        each.map(|(at, (group, definition))| match (group.never_made, definition) {
            (Some(never_made), _) => never_made,
            (None, Some(definition)) if definition.is_product => {
                self.unfilled(at, group, definition)
            }
            _ => 0,
        })
        .sum()
    }

    /// How many jobs of a product have no directory.
    fn unfilled(&self, at: usize, group: &Group, definition: &Definition) -> usize {
        let jobs = self.jobs().filter(|(_, job)| job.group == at);
        if !group.numbered {
            let cells = Promised::all(definition);
            return cells.unfilled(&self.parameters, jobs.map(|(job, _)| job)).unwrap_or(0);
        }
        let Some(count) = definition.job_count() else { return 0 };
        let number = |number: Option<u64>| usize::try_from(number?).ok();
        let made = jobs.filter(|(_, job)| number(job.number).is_some_and(|it| it < count));
        count.saturating_sub(made.count())
    }
}
