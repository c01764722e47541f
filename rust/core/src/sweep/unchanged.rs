//! Reopening a sweep in which nothing changed: what was decided of its jobs is taken from the index,
//! as they are.
//!
//! ```text
//! the frame: the sweep's directory, `multirun.yaml`, our own record and plan   no more jobs, no less
//! each job's own notes                                                         each reads as before
//! ```
//!
//! Where one of them does not hold, the sweep is opened as any other.

use std::path::Path;

use super::conclude::{having_metrics, keep_placed};
use super::glance::{Glance, Outline, context};
use super::jobs::Jobs;
use super::options::OpenOptions;
use super::source::Selection;
use super::view::Sweep;
use crate::assemble::placed;
use crate::codes::code;
use crate::error::Result;
use crate::files::Root;
use crate::index::{self, Verdict};
use crate::metric::Columns;

/// The sweep, where no file of it changed since a load that decided it.
///
/// # Errors
///
/// `Interrupted`.
pub fn unchanged(
    glance: &mut Glance,
    path: &Path,
    options: OpenOptions<'_>,
) -> Result<Option<Sweep>> {
    let (Some(Outline { group, .. }), Some(known)) = (&glance.outline, &glance.known) else {
        return Ok(None);
    };
    let stored = &known.found.stored;
    let count = stored.jobs.count();
    let may_be = glance.decides && count >= glance.fewest_jobs;
    let (Some(frame), true) = (&stored.frame, may_be) else {
        return Ok(None);
    };
    // The outline was read by now: had it changed before, a stamp would tell.
    if stored.verdict.is_none() || !index::holds(frame, &glance.root) {
        return Ok(None);
    }
    let places = |at: usize| Some(Path::new(stored.jobs.get(at)));
    let hydra_files = group.overrides.as_deref() == Some("overrides.yaml");
    let selection =
        Selection::choose(options.source, &glance.root, (count, &places), hydra_files, false).ok();
    let Some(selection) =
        selection.filter(|it| context(it, std::slice::from_ref(group)) == known.found.context)
    else {
        return Ok(None);
    };
    glance.compare(options)?;
    let valid = glance.known.as_ref().and_then(|it| it.valid.as_ref());
    if valid.is_none_or(|valid| valid.contains(&false)) {
        return Ok(None);
    }
    let (Some(Outline { mut group, definition }), Some(known), Ok(root)) =
        (glance.outline.take(), glance.known.take(), Root::open(path))
    else {
        return Ok(None);
    };
    let mut stored = known.found.stored;
    let Some(verdict) = stored.verdict.take() else { return Ok(None) };
    options.progress.begin(count);
    options.progress.add(count);
    stored.forget_lines();
    let all: Vec<Option<u32>> = (0..count).map(|job| Some(code(job))).collect();
    let Some(harvest) = stored.harvest(root.path(), &all) else { return Ok(None) };
    group.never_made = verdict.never_made;
    let mut columns = Columns::merge([harvest.columns]);
    keep_placed(&mut columns, &placed(&verdict.belongs, &verdict.parameters));
    let sweep = Sweep {
        root,
        jobs: Jobs::numbered(stored.jobs, count),
        parameters: verdict.parameters,
        definition: definition.clone(),
        has_metrics: having_metrics(&columns, count),
        columns,
        belongs: verdict.belongs,
        groups: vec![group],
        definitions: vec![definition],
        sought_metrics: !selection.names.is_empty(),
        met_metrics: !harvest.matched.is_empty() || !selection.names.is_empty(),
        produces_all: verdict.produces_all,
        sweeps: None,
        promised_jobs: 0,
        repetitions: verdict.repetitions,
        planned: verdict.planned,
        query: None,
        promised: None,
        problems: Vec::new(),
    };
    Ok(Some(sweep.conclude(harvest.problems)))
}

impl Sweep {
    /// What was decided, as an index remembers it.
    pub(super) fn verdict(&self) -> Verdict {
        Verdict {
            parameters: self.parameters.clone(),
            belongs: self.belongs.clone(),
            produces_all: self.produces_all,
            repetitions: self.repetitions.clone(),
            planned: self.planned.clone(),
            never_made: self.groups.first().and_then(|it| it.never_made),
        }
    }
}
