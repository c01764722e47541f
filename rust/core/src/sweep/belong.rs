//! Which jobs belong to the sweep, by its plan, its definition and their own records.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::source::RECORDED;
use crate::assemble::{Definition, Dialects, Identities, Parameters, leftovers, same_identity};
use crate::codes::{LineTable, code, index};
use crate::error::{ErrorKind, Problem};
use crate::files::{FileBuffer, Root};
use crate::scan::{Group, JobDirectory, PLAN, PlannedJob, Plans};
use crate::yaml;

/// What is known of the sweep when its jobs are judged.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    pub path: &'s Path,
    pub root: &'s Root,
    pub jobs: &'s [JobDirectory],
    /// The sweeps that the jobs lie in, and what each set out to run.
    pub groups: &'s [Group],
    pub definitions: &'s [Option<Definition>],
    pub plans: &'s Plans,
    pub dialects: &'s Dialects,
}

/// Jobs whose numbers are left over, and who are jobs of the sweep all the same.
pub struct Restored {
    pub jobs: Vec<u32>,
    pub problems: Vec<(u32, Problem)>,
}

type Problems = Vec<(u32, Problem)>;

/// A job that is left over, and why.
pub type Left = (usize, String);

impl Scope<'_> {
    /// The directory of a job.
    pub fn directory(&self, job: usize) -> PathBuf {
        self.jobs.get(job).map(|it| self.path.join(&it.relative)).unwrap_or_default()
    }

    fn planned(&self, job: usize) -> Option<&PlannedJob> {
        self.plans.job(self.jobs.get(job)?)
    }

    /// Where a job's overrides lie, relative to the job.
    pub fn overrides_of(&self, job: usize) -> Option<&str> {
        self.groups.get(self.group_of(job)?)?.overrides.as_deref()
    }

    /// The sweep that a job lies in.
    pub fn group_of(&self, job: usize) -> Option<usize> {
        self.jobs.get(job).map(|it| it.group)
    }

    /// The jobs that the definition of their sweep cannot have produced, and why; planned ones are
    /// never among them. Only numbered directories are judged.
    pub fn leftovers(&self, parameters: &Parameters) -> Vec<Left> {
        let mut numbers: Option<Vec<Option<u64>>> = None;
        let mut all = Vec::new();
        for (at, (group, definition)) in self.groups.iter().zip(self.definitions).enumerate() {
            let Some(definition) = definition.as_ref().filter(|_| group.numbered) else { continue };
            let numbers =
                numbers.get_or_insert_with(|| self.jobs.iter().map(|job| job.number).collect());
            let member = |job: usize| self.group_of(job) == Some(at);
            all.extend(
                leftovers(parameters, definition, numbers, member)
                    .into_iter()
                    .filter(|leftover| self.planned(leftover.job).is_none())
                    .map(|leftover| (leftover.job, leftover.reason)),
            );
        }
        all
    }
}

/// Judges the jobs again that are left over by their recorded metrics: where their overrides belong
/// to the sweep, only the metrics are left over, of a job that ran in the same directory before.
/// Their lines are then those of their overrides.
pub fn restore(
    scope: Scope<'_>,
    lines: &mut Vec<LineTable>,
    leftovers: &[Left],
) -> Option<Restored> {
    if leftovers.is_empty() {
        return None;
    }
    let mut own = LineTable::default();
    let mut file = FileBuffer::default();
    for (job, _) in leftovers {
        let relative = &scope.jobs.get(*job)?.relative;
        let Some(name) = scope.overrides_of(*job) else { continue };
        if scope.root.exists(relative, RECORDED)
            && scope.root.read(relative, name, &mut file).is_ok()
            && let Ok(lines) = yaml::lines(file.bytes())
        {
            own.add(code(*job), |each| lines.for_each(each));
        }
    }
    let judged = Identities::resolve(std::slice::from_ref(&own), scope.jobs.len(), scope.dialects);
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
            "left over from another job in this directory, whose overrides it carries: `{}` \
             has others; the job has no metrics",
            scope.overrides_of(index(job)).unwrap_or("overrides.yaml")
        ),
    };
    let problems = jobs.iter().map(|job| (*job, problem(*job))).collect();
    Some(Restored { jobs, problems })
}

/// What [`set_aside`] found.
#[derive(Default)]
pub struct Aside {
    /// The jobs that were taken out.
    pub problems: Problems,
    /// Sweeps whose definition has none of their jobs: nobody is taken out by it.
    pub unused: Vec<(usize, Problem)>,
}

/// Takes leftovers and jobs that were superseded out of the sweep, and reports the former.
pub fn set_aside(
    scope: Scope<'_>,
    (parameters, leftovers): (&Parameters, Vec<Left>),
    belongs: &mut [bool],
    keep: bool,
) -> Aside {
    if !keep {
        for (job, slot) in belongs.iter_mut().enumerate() {
            *slot &= !scope.planned(job).is_some_and(|it| it.superseded);
        }
    }
    let mut found = Aside::default();
    let mut aside: BTreeMap<usize, Vec<Left>> = BTreeMap::new();
    for (job, reason) in leftovers {
        if let Some(group) = scope.group_of(job) {
            aside.entry(group).or_default().push((job, reason));
        }
    }
    for (group, aside) in aside {
        let identified = parameters.identified.iter().enumerate();
        let members = identified.filter(|(job, it)| **it && scope.group_of(*job) == Some(group));
        if aside.len() == members.count() {
            let place = scope.groups.get(group).map(|it| scope.path.join(&it.relative));
            found.unused.push((
                group,
                Problem {
                    path: place.unwrap_or_default().join("multirun.yaml"),
                    kind: ErrorKind::Conflict,
                    message: "the sweep that it defines has none of the jobs that are here: it is \
                              not used"
                        .to_owned(),
                },
            ));
            continue;
        }
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
            found.problems.push((code(job), Problem { path, kind: ErrorKind::Conflict, message }));
        }
    }
    found
}

/// Jobs whose own record and the plan's line for them speak of different parameters.
pub fn contradictions(scope: Scope<'_>, lines: &[LineTable], belongs: &[bool]) -> Problems {
    let mut problems = Problems::new();
    for table in lines {
        // Both mostly have the same lines, so that numbers are compared in their stead.
        let mut places: HashMap<usize, Vec<Option<u32>>> = HashMap::new();
        for (job, own) in table.coded() {
            let member = belongs.get(index(job)) == Some(&true);
            let Some(directory) = scope.jobs.get(index(job)).filter(|_| member) else { continue };
            let Some((plan, planned)) = scope.plans.coded(directory) else { continue };
            let places =
                places.entry(directory.group).or_insert_with(|| table.places_in(&plan.lines));
            let of_own = own.iter().map(|line| places.get(index(*line)).copied().flatten());
            if of_own.eq(planned.iter().map(|line| Some(*line))) {
                continue;
            }
            let dialect = scope.groups.get(directory.group).map(Group::dialect).unwrap_or_default();
            let (own, planned) = (table.lines(own), plan.lines.lines(planned));
            if same_identity(own.into_iter(), planned.into_iter(), dialect) {
                continue;
            }
            let message = format!(
                "its own record of its overrides differs from its line in `{PLAN}`: its own counts"
            );
            let path = scope.directory(index(job));
            problems.push((job, Problem { path, kind: ErrorKind::Conflict, message }));
        }
    }
    problems.sort_by_key(|(job, _)| *job);
    problems
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
