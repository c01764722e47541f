//! Which jobs belong to the sweep, by its plan, its definition and their own records.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::source::RECORDED;
use crate::assemble::{Definition, Identities, LineTable, Parameters, code, index, leftovers};
use crate::error::{ErrorKind, Problem};
use crate::files::{FileBuffer, Root};
use crate::grammar::Dialect;
use crate::scan::{JobDirectory, PLAN, Plan, PlannedJob};
use crate::yaml;

/// What is known of the sweep when its jobs are judged.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    pub path: &'s Path,
    pub root: &'s Root,
    pub jobs: &'s [JobDirectory],
    /// Where a job's overrides lie, relative to the job.
    pub overrides: Option<&'s str>,
    /// What numbered directories are judged by; `None` where every job belongs.
    pub definition: Option<&'s Definition>,
    pub plan: Option<&'s Plan>,
    pub dialect: Dialect,
}

/// Jobs whose numbers are left over, and who are jobs of the sweep all the same.
pub struct Restored {
    pub jobs: Vec<u32>,
    pub problems: Vec<(u32, Problem)>,
}

type Problems = Vec<(u32, Problem)>;

impl Scope<'_> {
    /// The directory of a job.
    pub fn directory(&self, job: usize) -> PathBuf {
        self.jobs.get(job).map(|it| self.path.join(&it.relative)).unwrap_or_default()
    }

    fn planned(&self, job: usize) -> Option<&PlannedJob> {
        self.plan?.job(&self.jobs.get(job)?.relative)
    }

    /// The jobs that the definition cannot have produced, and why; planned ones are never among
    /// them.
    fn leftovers(&self, parameters: &Parameters) -> Vec<(usize, String)> {
        let Some(definition) = self.definition else { return Vec::new() };
        let numbers: Vec<Option<u64>> = self.jobs.iter().map(|job| job.number).collect();
        leftovers(parameters, definition, &numbers)
            .into_iter()
            .filter(|leftover| self.planned(leftover.job).is_none())
            .map(|leftover| (leftover.job, leftover.reason))
            .collect()
    }
}

/// Judges jobs again that their recorded metrics leave aside: where their overrides belong to the
/// sweep, only the metrics are left over, of a job that ran in the same directory before. Their
/// lines are then those of their overrides.
pub fn restore(
    scope: Scope<'_>,
    lines: &mut Vec<LineTable>,
    parameters: &Parameters,
) -> Option<Restored> {
    let name = scope.overrides?;
    let mut own = LineTable::default();
    let mut file = FileBuffer::default();
    for (job, _) in scope.leftovers(parameters) {
        let relative = &scope.jobs.get(job)?.relative;
        if scope.root.exists(relative, RECORDED)
            && scope.root.read(relative, name, &mut file).is_ok()
            && let Ok(lines) = yaml::lines(file.bytes())
        {
            own.add(code(job), |each| lines.for_each(each));
        }
    }
    let judged = Identities::resolve(std::slice::from_ref(&own), scope.jobs.len(), scope.dialect);
    let still: HashSet<usize> =
        scope.leftovers(&judged.parameters).into_iter().map(|(job, _)| job).collect();
    let identified = judged.parameters.identified.iter().enumerate();
    let jobs: Vec<u32> = identified
        .filter(|(job, identified)| **identified && !still.contains(job))
        .map(|(job, _)| code(job))
        .collect();
    if jobs.is_empty() {
        return None;
    }
    lines.iter_mut().for_each(|table| table.retain(|job| !jobs.contains(&job)));
    own.retain(|job| jobs.contains(&job));
    lines.push(own);
    let problem = |job: u32| Problem {
        path: scope.directory(index(job)).join(RECORDED),
        kind: ErrorKind::Conflict,
        message: format!(
            "left over from another job in this directory, whose overrides it carries: `{name}` \
             has others; the job has no metrics"
        ),
    };
    let problems = jobs.iter().map(|job| (*job, problem(*job))).collect();
    Some(Restored { jobs, problems })
}

/// Takes leftovers and jobs that were superseded out of the sweep, and reports the former.
///
/// # Errors
///
/// The problem of a definition that has none of the jobs: nobody is taken out by it.
pub fn set_aside(
    scope: Scope<'_>,
    parameters: &Parameters,
    belongs: &mut [bool],
    keep: bool,
) -> Result<Problems, Problem> {
    if !keep && scope.plan.is_some() {
        for (job, slot) in belongs.iter_mut().enumerate() {
            *slot &= !scope.planned(job).is_some_and(|it| it.superseded);
        }
    }
    let aside = scope.leftovers(parameters);
    let identified = parameters.identified.iter().filter(|it| **it).count();
    if !aside.is_empty() && aside.len() == identified {
        return Err(Problem {
            path: scope.path.join("multirun.yaml"),
            kind: ErrorKind::Conflict,
            message: "the sweep that it defines has none of the jobs that are here: it is not used"
                .to_owned(),
        });
    }
    let mut problems = Problems::new();
    for (job, reason) in aside.into_iter().filter(|_| !keep) {
        match belongs.get_mut(job) {
            Some(slot) if *slot => *slot = false,
            _ => continue,
        }
        let message = format!(
            "left aside, because {reason}: a leftover of another sweep, or half-written; \
             `leftovers=True` takes it in"
        );
        let path = scope.directory(job);
        problems.push((code(job), Problem { path, kind: ErrorKind::Conflict, message }));
    }
    Ok(problems)
}

/// Jobs whose own record and the plan's line for them speak of different parameters.
pub fn contradictions(scope: Scope<'_>, lines: &[LineTable], belongs: &[bool]) -> Problems {
    let Some(plan) = scope.plan else { return Problems::new() };
    let (mut own, mut planned) = (LineTable::default(), LineTable::default());
    let mut suspects = Vec::new();
    for (job, lines) in lines.iter().flat_map(LineTable::jobs) {
        let line = scope.jobs.get(index(job)).and_then(|it| plan.job(&it.relative));
        let Some(overrides) = line.and_then(|it| it.overrides.as_ref()) else { continue };
        let same = overrides.iter().map(String::as_bytes).eq(lines.iter().copied());
        if !same && belongs.get(index(job)) == Some(&true) {
            own.add(job, |each| lines.iter().for_each(|line| each(line)));
            planned.add(job, |each| overrides.iter().for_each(|line| each(line.as_bytes())));
            suspects.push(job);
        }
    }
    let count = scope.jobs.len();
    let own = Identities::resolve(&[own], count, scope.dialect).parameters;
    let planned = Identities::resolve(&[planned], count, scope.dialect).parameters;
    let labels = |parameters: &Parameters, job: u32| -> HashMap<String, String> {
        let all = parameters.list.iter();
        all.filter_map(|it| Some((it.name.clone(), format!("{:?}", it.label_of(index(job))?))))
            .collect()
    };
    suspects.sort_unstable();
    suspects
        .into_iter()
        .filter(|job| labels(&own, *job) != labels(&planned, *job))
        .map(|job| {
            let message = format!(
                "its own record of its overrides differs from its line in `{PLAN}`: its own counts"
            );
            let path = scope.directory(index(job));
            (job, Problem { path, kind: ErrorKind::Conflict, message })
        })
        .collect()
}

/// Gives labels the names that the plan has for them.
pub fn name_labels(scope: Scope<'_>, parameters: &mut Parameters) {
    for job in 0..scope.jobs.len() {
        for (name, alias) in scope.planned(job).map(|it| it.aliases.as_slice()).unwrap_or_default()
        {
            let Some(parameter) = parameters.list.iter_mut().find(|it| it.name == *name) else {
                continue;
            };
            parameter.aliases.resize(parameter.labels.len(), None);
            let label = parameter.codes.get(job).copied().map_or(usize::MAX, index);
            if let Some(slot @ None) = parameter.aliases.get_mut(label) {
                *slot = Some(alias.as_str().into());
            }
        }
    }
}
