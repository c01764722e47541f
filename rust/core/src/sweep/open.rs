//! Opening a sweep: from its directory to a [`Sweep`].

use std::path::Path;

use super::belong::{Scope, contradictions, name_labels, restore, set_aside};
use super::conclude::{having_metrics, keep_placed};
use super::defined::defined;
use super::glance::Glance;
use super::jobs::name_of;
use super::known::{defaults, explained, rebuilt, unrecorded};
use super::options::OpenOptions;
use super::reader::{Alone, Reader};
use super::reap::reap;
use super::repetition::repetitions;
use super::select::Choice;
use super::source::Selection;
use super::unchanged::unchanged;
use super::view::Sweep;
use crate::assemble::{Definition, Dialects, Identities, Member, Sweeps, placed, produces_all};
use crate::codes::index;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::grammar::Dialect;
use crate::metric::Columns;
use crate::pool::{self, Workers};
use crate::query::Query;
use crate::scan::{self, Group, JobDirectory, scan};

impl Sweep {
    /// Reads the sweep, or the single run, in a directory; where it is neither, all sweeps below.
    ///
    /// # Errors
    ///
    /// `NotFound` for a path that does not exist, `NoJobs` where it holds no job, `NoMatch` where
    /// no job has a metric file that was asked for, `Invalid` where the jobs hold several metric
    /// files and none was asked for, `Interrupted`. Whatever is wrong with single files is one of
    /// the [`Sweep::problems`]. With a condition: `Syntax` where it does not follow its grammar,
    /// `Invalid` where it names what no job has, `NoMatch` where it selects no job.
    pub fn open(path: &Path, options: OpenOptions<'_>) -> Result<Self> {
        let query = options.condition.map(Query::parse).transpose()?;
        let mut glance = Glance::take(path, options);
        if let Some(glance) = &mut glance {
            if let Some(sweep) = unchanged(glance, path, options)? {
                return Ok(sweep);
            }
            glance.read_rest();
        }
        let mut found = match glance.as_mut().filter(|glance| glance.known.is_some()) {
            None => scan(path)?,
            // Much of what was there mostly still is: it is compared while it is listed.
            Some(glance) => {
                let compare = || glance.compare(options);
                let (compared, found) = pool::both(options.workers, compare, || scan(path));
                found.and_then(|found| compared.map(|()| found))?
            }
        };
        let hydra_files =
            found.groups.iter().any(|it| it.overrides.as_deref() == Some("overrides.yaml"));
        let places = |at: usize| found.jobs.get(at).map(|it| &*it.relative);
        let selection = Selection::choose(
            options.source,
            &found.root,
            (found.jobs.len(), &places),
            hydra_files,
            options.loader.is_some(),
        )
        .map_err(|error| error.at(path))?;
        let workers = match options.loader {
            Some(_) => Workers::exactly(1),
            None => options.workers,
        };
        let mut problems = std::mem::take(&mut found.problems);
        let mut outline = glance.as_mut().and_then(|it| it.outline.take());
        let mut defined_before = |group: &Group, problems: &mut Vec<Problem>| match outline
            .take_if(|it| it.is_of(group))
        {
            Some(outline) => outline.definition,
            None => defined(path, group, problems),
        };
        let mut definitions: Vec<Option<Definition>> =
            found.groups.iter().map(|group| defined_before(group, &mut problems)).collect();
        let dialects: Vec<Dialect> = found.groups.iter().map(Group::dialect).collect();
        let dialects = Dialects::new(
            found.jobs.iter().map(|it| dialects.get(it.group).copied().unwrap_or_default()),
        );
        let scope = Scope {
            path,
            root: &found.root,
            jobs: &found.jobs,
            groups: &found.groups,
            definitions: &definitions,
            plans: &found.plans,
            dialects: &dialects,
        };
        let explained = explained(scope);
        let reader = Reader {
            root: &found.root,
            jobs: &found.jobs,
            selection: &selection,
            groups: &found.groups,
            rebuilt: &explained,
            plans: &found.plans,
            loader: options.loader,
            elsewhere: options.elsewhere,
            alone: Alone::of(&selection, options.loader.is_some()),
        };
        let run = (workers, options.cancel);
        let choice = Choice::make(query.as_ref(), reader, scope, options.leftovers, run)
            .map_err(|error| error.at(path))?;
        let count = found.jobs.len();
        // What took their places is read, and superseded jobs are not.
        let superseded =
            |job: &JobDirectory| found.plans.job(job).is_some_and(|planned| planned.superseded);
        let current = (!options.leftovers && found.jobs.iter().any(superseded)).then(|| {
            let current = found.jobs.iter().enumerate().filter(|(_, job)| !superseded(job));
            current.map(|(at, _)| at).collect::<Vec<usize>>()
        });
        let chosen = choice.as_ref().map(|it| it.jobs.as_slice()).or(current.as_deref());
        let reading = chosen.map_or(count, <[usize]>::len);
        let (harvests, strangers, draft) =
            reap(reader, chosen, (glance, query.is_none()), options.progress, run)?;

        let mut belongs = vec![true; count];
        for stranger in strangers {
            if let Some(slot) = belongs.get_mut(index(stranger)) {
                *slot = false;
            }
        }
        let mut lines = Vec::with_capacity(harvests.len());
        let mut columns = Vec::with_capacity(harvests.len());
        let mut met = Vec::new();
        let mut matched = 0;
        for harvest in harvests {
            matched += harvest.matched.len();
            met.extend(harvest.problems);
            lines.push(harvest.lines);
            columns.push(harvest.columns);
        }
        let of_files = met.len();
        if !belongs.contains(&true) {
            let output = found.groups.first().and_then(Group::output);
            return Err(scan::no_jobs(&found.root, output));
        }
        if selection.explicit && matched == 0 && !selection.names.is_empty() {
            return Err(Error::new(
                ErrorKind::NoMatch,
                format!(
                    "no job of the {reading}{} has {}: names and patterns are relative to each \
                     job's directory",
                    if choice.is_some() { " that `where` leaves" } else { "" },
                    selection.described()
                ),
            )
            .at(path));
        }
        let mut columns = Columns::merge(columns);
        let mut identities = Identities::resolve(&lines, count, &dialects);
        let mut judged = choice.is_none().then(|| scope.leftovers(&identities.parameters));
        if let Some(leftovers) = judged.as_ref().filter(|_| !options.leftovers)
            && let Some(restored) = restore(scope, &mut lines, leftovers)
        {
            identities = Identities::resolve(&lines, count, &dialects);
            columns.iter_mut().for_each(|column| column.orphan(&restored.jobs));
            met.extend(restored.problems);
            judged = None;
        }
        for (error, jobs) in identities.refused {
            for job in jobs {
                met.push((job, Problem::from_error(error.clone(), scope.directory(index(job)))));
            }
        }
        let mut parameters = identities.parameters;
        let known = match &choice {
            None => rebuilt(scope, &parameters),
            Some(choice) => choice.known_of_read(&belongs),
        };
        parameters.learn(&known);
        match &choice {
            None => problems.extend(unrecorded(scope, &known, &parameters)),
            Some(choice) => {
                choice.settle(&parameters, &mut belongs, &mut met);
            }
        }
        met.extend(contradictions(scope, &lines, &belongs));
        let everyone = choice.as_ref().map_or(&parameters, |it| &it.own);
        let asked = belongs.clone();
        let left = judged.filter(|_| known.is_empty()).unwrap_or_else(|| scope.leftovers(everyone));
        let aside = set_aside(scope, (everyone, left), &mut belongs, options.leftovers);
        if asked != belongs {
            // The others' order, labels and problems are not for these to change.
            let stays = |job: u32| asked.get(index(job)) == belongs.get(index(job));
            met.retain(|(job, _)| stays(*job));
            lines.iter_mut().for_each(|table| table.retain(stays));
            parameters = Identities::resolve(&lines, count, &dialects).parameters;
            parameters.learn(&known);
        }
        met.extend(aside.problems);
        // Whether all that was decided follows from the jobs' own files and those of the frame.
        let mut lasts = asked == belongs;
        if choice.is_none() {
            let filled = defaults(scope, &lines, &parameters, &belongs, run)?;
            parameters.learn(&filled.known);
            met.extend(filled.problems);
            lasts &= !filled.looked;
        }
        lasts &= met.len() == of_files && !found.has_many();
        lasts &= found.groups.iter().all(|group| group.listed);
        name_labels(scope, &mut parameters);
        for (group, problem) in aside.unused {
            // It speaks of another sweep, and lends neither labels nor an order.
            if let Some(slot) = definitions.get_mut(group) {
                *slot = None;
            }
            problems.push(problem);
        }
        let mut definition = match found.has_many() {
            true => Definition::joined(definitions.iter().flatten()),
            false => definitions.first().cloned().flatten(),
        };
        let promised = match choice {
            Some(choice) => choice.restrict(definition.as_mut(), &parameters, &belongs),
            None => Ok(None),
        };
        let promised = promised.map_err(|error| error.at(path))?;
        let placed = placed(&belongs, &parameters);
        keep_placed(&mut columns, &placed);
        let sweeps = found.has_many().then(|| {
            let members: Vec<Member<'_>> = found
                .groups
                .iter()
                .zip(&definitions)
                .map(|(group, definition)| Member {
                    path: name_of(&group.relative).into_owned(),
                    is_run: group.is_run,
                    definition: definition.as_ref(),
                })
                .collect();
            let group_of: Vec<usize> = found.jobs.iter().map(|job| job.group).collect();
            Sweeps::compare(&members, &group_of, &placed, &parameters, &columns)
        });
        let promised_jobs = match sweeps {
            Some(_) if query.is_none() => definitions.iter().map(promised_jobs).sum(),
            _ => 0,
        };
        let mut members = found.jobs.iter().zip(&belongs).filter(|(_, belongs)| **belongs);
        let all_planned = members.all(|(job, _)| job.planned.is_some());
        let produces_all = definition.as_ref().is_some_and(|definition| match definition.is_list {
            true => all_planned,
            false => produces_all(&parameters, definition, &placed),
        });
        let mut sweep = Self {
            root: found.root,
            jobs: found.jobs.into(),
            parameters,
            definition,
            has_metrics: having_metrics(&columns, count),
            columns,
            belongs,
            groups: found.groups,
            definitions,
            sought_metrics: !selection.names.is_empty(),
            met_metrics: matched > 0 || !selection.names.is_empty(),
            produces_all,
            sweeps,
            promised_jobs,
            repetitions: Vec::new(),
            planned: found.plans.repetitions(),
            query,
            promised,
            problems,
        };
        let repeated = repetitions(&sweep, &found.plans, run)?;
        sweep.repetitions = repeated.of_jobs;
        if let Some(draft) = draft {
            lasts &= !repeated.looked && sweep.problems.is_empty();
            draft.save(lasts.then(|| sweep.verdict()))?;
        }
        Ok(sweep.conclude(met))
    }
}

/// How many jobs a sweep promises.
fn promised_jobs(definition: &Option<Definition>) -> usize {
    let definition = definition.as_ref().filter(|it| it.is_product);
    definition.and_then(Definition::job_count).unwrap_or(0)
}
