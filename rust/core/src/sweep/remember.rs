//! What a load takes from the index of an earlier one, and what it leaves for the next.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::glance::{Glance, Known, context};
use super::options::CacheMode;
use super::reader::Reader;
use crate::codes::{code, index};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{self, Content, Found, Harvest, Part, Rows, Stored, Verdict};
use crate::pool::{Cancel, Workers};

/// An index is written again where more than one in so many of its jobs were read anew.
const WORTH_WRITING: usize = 64;
/// Metrics of more bytes for each job are read as fast from their files.
const LARGEST_JOB: usize = 1 << 16;
/// Metrics of more bytes are not held in memory a second time, as an index in the making.
const LARGEST_INDEX: usize = 1 << 29;

/// So many new jobs between two that are known are passed over; for more, all are looked up.
const LOOK_AHEAD: usize = 64;
/// An index that is older is written again for any job that was read anew, once all are settled.
const STALE: Duration = Duration::from_secs(60);

/// What is remembered of the jobs of a load.
pub struct Memory {
    glance: Glance,
    context: String,
    stored: Option<Remembered>,
}

struct Remembered {
    found: Found,
    /// For each job that is taken from the index, by its number there, its number now.
    current: Vec<Option<u32>>,
}

impl Memory {
    /// What there is to remember by; `None` where the cache is not used.
    pub fn begin(glance: Glance, reader: Reader<'_>) -> Option<Self> {
        let few = reader.jobs.len() < glance.fewest_jobs && glance.mode != CacheMode::Beside;
        let context = context(reader.selection, reader.groups);
        (!few).then_some(Self { glance, context, stored: None })
    }

    /// Takes what still holds of the `wanted` jobs (`None` for all) from an index.
    ///
    /// # Errors
    ///
    /// `Interrupted`.
    pub fn recall(
        &mut self,
        reader: Reader<'_>,
        wanted: Option<&[usize]>,
        run: (Workers, &Cancel),
    ) -> Result<Option<Harvest>> {
        self.require_same_files();
        let check = self.glance.check();
        let Some(Known { mut found, valid }) = self.glance.known.take() else { return Ok(None) };
        let Some(mut current) = numbers(&found.stored, reader, wanted) else { return Ok(None) };
        let mut valid = match valid {
            Some(valid) => valid,
            None => index::valid(&found.stored, reader.root, &current, check, run)?,
        };
        // One that is not asked for now holds for no one.
        for (slot, current) in valid.iter_mut().zip(&current) {
            *slot &= current.is_some();
        }
        for heir in found.stored.heirs(&valid) {
            if let Some(slot) = valid.get_mut(index(heir)) {
                *slot = false;
            }
        }
        for (slot, valid) in current.iter_mut().zip(valid) {
            if !valid {
                *slot = None;
            }
        }
        let Some(harvest) = found.stored.harvest(reader.root.path(), &current) else {
            return Ok(None);
        };
        self.stored = Some(Remembered { found, current });
        Ok(Some(harvest))
    }

    /// Where the index that was found is of another choice of files, the one beside the sweep may
    /// be of this.
    fn require_same_files(&mut self) {
        let is_same = |found: &Found| found.context == self.context;
        let Glance { known, subject, .. } = &mut self.glance;
        if known.as_ref().is_some_and(|it| !is_same(&it.found)) {
            let beside = subject.load_beside(Part::Whole).filter(is_same);
            *known = beside.map(|found| Known { found, valid: None });
        }
    }

    /// The jobs that are left to be read, of the `wanted` ones among `count`.
    pub fn rest(&self, wanted: Option<&[usize]>, count: usize) -> Option<Vec<usize>> {
        let mut known = vec![false; count];
        for job in self.stored.as_ref()?.current.iter().flatten() {
            if let Some(slot) = known.get_mut(index(*job)) {
                *slot = true;
            }
        }
        let unknown = |job: &usize| known.get(*job) == Some(&false);
        Some(match wanted {
            Some(wanted) => wanted.iter().copied().filter(unknown).collect(),
            None => (0..count).filter(unknown).collect(),
        })
    }

    /// The index of what was recalled and what was read, where it is worth to be saved.
    ///
    /// # Errors
    ///
    /// For the index beside the sweep, which was asked for: where there is nothing to save.
    pub fn draft(
        self,
        reader: Reader<'_>,
        recalled: Option<&mut Harvest>,
        read: &[&Harvest],
    ) -> Result<Option<Draft>> {
        let beside = self.glance.mode == CacheMode::Beside;
        if !(beside || self.is_worth(reader, read)) {
            return Ok(None);
        }
        let mut harvests: Vec<&Harvest> = read.to_vec();
        if let (Some(recalled), Some(remembered)) = (recalled, &self.stored) {
            recalled.witness = remembered.found.stored.witness(&remembered.current);
            harvests.push(recalled);
        }
        let bytes = harvests.iter().map(|it| it.bytes()).fold(0_usize, usize::saturating_add);
        let too_large = bytes / LARGEST_JOB > reader.jobs.len() || bytes > LARGEST_INDEX;
        if too_large && !beside {
            return Ok(None);
        }
        let jobs: Vec<&Path> = reader.jobs.iter().map(|job| &*job.relative).collect();
        let content = Content {
            root: reader.root.path(),
            jobs: &jobs,
            harvests: &harvests,
            settled: self.glance.settled,
        };
        match index::rows(content) {
            None if beside => Err(Error::new(
                ErrorKind::Invalid,
                "no job of the sweep can be kept in an index: the files of each changed within \
                 the last seconds, or what it recorded follows from more than them",
            )
            .at(reader.root.path())),
            rows => {
                let (glance, context, jobs) = (self.glance, self.context, jobs.len());
                Ok(rows.map(|rows| Draft { glance, context, rows, jobs }))
            }
        }
    }

    /// Whether enough was read anew; or, after a while, whether anything changed that may be kept.
    fn is_worth(&self, reader: Reader<'_>, read: &[&Harvest]) -> bool {
        let fresh: usize = read.iter().map(|it| it.witness.jobs().count()).sum();
        let Some(Remembered { found, current }) = &self.stored else { return fresh > 0 };
        let known = current.iter().flatten().count();
        let lost = found.stored.jobs.count().saturating_sub(known);
        if fresh.max(lost) > known / WORTH_WRITING {
            return true;
        }
        let settled = |witness| index::settled(witness, self.glance.settled);
        let all_settled = || {
            let anew: usize = read.iter().map(|it| settled(&it.witness)).sum();
            settled(&self.glance.frame) == 1 && known.saturating_add(anew) == reader.jobs.len()
        };
        let frame = found.stored.frame.as_ref();
        let reframed = || frame.is_some_and(|it| !index::holds(it, reader.root));
        let changed = || fresh.max(lost) > 0 || reframed();
        let was_young = found.stored.verdict.is_none() && !found.stored.is_undecided;
        let is_due = was_young || (found.age > STALE && changed());
        self.glance.decides && is_due && all_settled()
    }
}

/// An index in the making.
pub struct Draft {
    glance: Glance,
    context: String,
    rows: Rows,
    jobs: usize,
}

impl Draft {
    /// Writes it for the next load, with what was decided, where that follows from nothing else.
    /// What hinders it (no space, no permission) costs the next load its time, and this one nothing.
    ///
    /// # Errors
    ///
    /// For the index beside the sweep, which was asked for: what hinders it.
    pub fn save(self, verdict: Option<Verdict>) -> Result<()> {
        let Self { glance, context, mut rows, jobs } = self;
        // One that is young may be decided later, and one of other jobs says nothing of these.
        if glance.decides && !rows.is_young {
            let verdict = verdict.filter(|_| rows.is_whole);
            rows.first.extend(index::decided(verdict, &glance.frame, glance.settled));
        }
        let beside = glance.mode == CacheMode::Beside;
        match glance.subject.save(&context, rows, jobs, beside) {
            Err(error) if beside => Err(error),
            _ => Ok(()),
        }
    }
}

/// For each job of an index its number now, where it is wanted. `None` where the jobs come in
/// another order: the order of metrics, and of equal jobs, follows from that of the jobs.
fn numbers(
    stored: &Stored,
    reader: Reader<'_>,
    wanted: Option<&[usize]>,
) -> Option<Vec<Option<u32>>> {
    let path_of = |job: usize| reader.jobs.get(job).and_then(|it| it.relative.to_str());
    let ahead = |next: usize, path: &str| {
        let near = next..next.saturating_add(LOOK_AHEAD);
        near.into_iter().find(|job| path_of(*job) == Some(path))
    };
    let mut places: Option<HashMap<&str, usize>> = None;
    let mut found: Vec<Option<u32>> = Vec::with_capacity(stored.jobs.count());
    let mut next = 0_usize;
    for path in (0..stored.jobs.count()).map(|at| stored.jobs.get(at)) {
        let place = match path_of(next) {
            Some(same) if same == path => Some(next),
            _ => ahead(next, path).or_else(|| {
                let all = places.get_or_insert_with(|| {
                    let paths = (0..reader.jobs.len()).filter_map(|job| Some((path_of(job)?, job)));
                    paths.collect()
                });
                all.get(path).copied()
            }),
        };
        if let Some(place) = place {
            if place < next {
                return None;
            }
            next = place.saturating_add(1);
        }
        found.push(place.map(code));
    }
    if let Some(wanted) = wanted {
        let mut asked = vec![false; reader.jobs.len()];
        for job in wanted {
            if let Some(slot) = asked.get_mut(*job) {
                *slot = true;
            }
        }
        for slot in &mut found {
            *slot = slot.filter(|job| asked.get(index(*job)) == Some(&true));
        }
    }
    Some(found)
}
