//! What a load takes from the index of an earlier one, and what it leaves for the next.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::reader::Reader;
use super::source::Name;
use crate::codes::{code, index};
use crate::error::{Error, ErrorKind, Result};
use crate::files::now;
use crate::index::{self, Check, Content, Harvest, Stored, Subject};
use crate::pool::{Cancel, Workers};

/// How a load uses the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// Not at all.
    #[default]
    Off,
    /// What has not changed, by the stamp of every file, is taken from the index.
    Checked,
    /// What is in the index is taken, and no file of its jobs is looked at.
    Trusted,
    /// Everything is read, and the index is written anew.
    Refresh,
    /// As `Refresh`, to the index beside the sweep.
    Beside,
}

/// The use of the cache.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    /// How it is used.
    pub mode: CacheMode,
    /// A file that changed so short a time before the load, or later, is read again by the next.
    pub settle: Duration,
    /// Fewer jobs are read from their files.
    pub fewest_jobs: usize,
}

impl Cache {
    /// No cache.
    pub const OFF: Self = Self { mode: CacheMode::Off, settle: Duration::ZERO, fewest_jobs: 0 };
}

/// An index is written again where more than one in so many of its jobs were read anew.
const WORTH_WRITING: usize = 64;
/// Metrics of more bytes for each job are read as fast from their files.
const LARGEST_JOB: usize = 1 << 16;
/// Metrics of more bytes are not held in memory a second time, as an index in the making.
const LARGEST_INDEX: usize = 1 << 29;

/// What is remembered of the jobs of a load.
pub struct Memory {
    subject: Subject,
    mode: CacheMode,
    /// What changed at this time or later is not relied upon.
    settled: i64,
    stored: Option<Remembered>,
}

struct Remembered {
    stored: Stored,
    /// For each job that is taken from the index, by its number there, its number now.
    current: Vec<Option<u32>>,
}

impl Memory {
    /// What there is to remember by; `None` where the cache is not used.
    pub fn begin(cache: Cache, reader: Reader<'_>) -> Option<Self> {
        let off = cache.mode == CacheMode::Off || reader.loader.is_some();
        if off || (reader.jobs.len() < cache.fewest_jobs && cache.mode != CacheMode::Beside) {
            return None;
        }
        let settle = i64::try_from(cache.settle.as_nanos()).unwrap_or(i64::MAX);
        let settled = now().saturating_sub(settle);
        let subject = subject(reader)?;
        Some(Self { subject, mode: cache.mode, settled, stored: None })
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
        let check = match self.mode {
            CacheMode::Off | CacheMode::Refresh | CacheMode::Beside => return Ok(None),
            CacheMode::Checked => Check::Stamps,
            CacheMode::Trusted => Check::Trust,
        };
        let copied = if check == Check::Trust { check } else { Check::Copied };
        let own = self.subject.load().map(|stored| (stored, check));
        let found = own.or_else(|| Some((self.subject.load_beside()?, copied)));
        let Some((mut stored, check)) = found else { return Ok(None) };
        let Some(mut current) = numbers(&stored, reader, wanted) else { return Ok(None) };
        let mut valid = index::valid(&stored, reader.root, &current, check, run)?;
        for heir in stored.heirs(&valid) {
            if let Some(slot) = valid.get_mut(index(heir)) {
                *slot = false;
            }
        }
        for (slot, valid) in current.iter_mut().zip(valid) {
            if !valid {
                *slot = None;
            }
        }
        let harvest = stored.harvest(reader.root.path(), &current);
        self.stored = Some(Remembered { stored, current });
        Ok(Some(harvest))
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

    /// Writes what was recalled and what was read for the next load, where that is worth it. What
    /// hinders it (no space, no permission) costs the next load its time, and this one nothing.
    ///
    /// # Errors
    ///
    /// For the index beside the sweep, which was asked for: what hinders it.
    pub fn keep(
        self,
        reader: Reader<'_>,
        recalled: Option<&mut Harvest>,
        read: &[&Harvest],
    ) -> Result<()> {
        let fresh: usize = read.iter().map(|it| it.witness.jobs().count()).sum();
        let remembered = self.stored.as_ref();
        let known = remembered.map_or(0, |it| it.current.iter().flatten().count());
        let lost = remembered.map_or(0, |it| it.stored.jobs.count().saturating_sub(known));
        let beside = self.mode == CacheMode::Beside;
        if fresh.max(lost) <= known / WORTH_WRITING && !beside {
            return Ok(());
        }
        let mut harvests: Vec<&Harvest> = read.to_vec();
        if let (Some(recalled), Some(remembered)) = (recalled, remembered) {
            recalled.witness = remembered.stored.witness(&remembered.current);
            harvests.push(recalled);
        }
        let bytes = harvests.iter().map(|it| it.bytes()).fold(0_usize, usize::saturating_add);
        let too_large = bytes / LARGEST_JOB > reader.jobs.len() || bytes > LARGEST_INDEX;
        if too_large && !beside {
            return Ok(());
        }
        let jobs: Vec<&Path> = reader.jobs.iter().map(|job| &*job.relative).collect();
        let content = Content {
            root: reader.root.path(),
            jobs: &jobs,
            harvests: &harvests,
            settled: self.settled,
        };
        let saved = index::rows(content).map(|rows| self.subject.save(rows, jobs.len(), beside));
        match saved {
            Some(saved) if beside => saved,
            None if beside => Err(Error::new(
                ErrorKind::Invalid,
                "no job of the sweep can be kept in an index: the files of each changed within \
                 the last seconds, or what it recorded follows from more than them",
            )
            .at(reader.root.path())),
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
    let mut places: Option<HashMap<&str, usize>> = None;
    let mut found: Vec<Option<u32>> = Vec::with_capacity(stored.jobs.count());
    let mut next = 0_usize;
    for path in (0..stored.jobs.count()).map(|at| stored.jobs.get(at)) {
        let place = match path_of(next) {
            Some(same) if same == path => Some(next),
            _ => {
                let all = places.get_or_insert_with(|| {
                    let paths = (0..reader.jobs.len()).filter_map(|job| Some((path_of(job)?, job)));
                    paths.collect()
                });
                all.get(path).copied()
            }
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

/// What decides how a job reads, beside its own files.
fn subject(reader: Reader<'_>) -> Option<Subject> {
    let path = std::fs::canonicalize(reader.root.path()).ok()?;
    let name = |name: &Name| match name {
        Name::Exact(name) => json!({"name": name}),
        Name::Glob(pattern) => json!({"glob": pattern.as_str()}),
    };
    let selection = reader.selection;
    let first = reader.groups.first().and_then(|it| it.overrides.as_deref());
    let alike = reader.groups.iter().all(|it| it.overrides.as_deref() == first);
    let overrides = match alike {
        true => json!(first),
        false => {
            reader.groups.iter().map(|it| json!([it.relative.to_str(), it.overrides])).collect()
        }
    };
    let context = json!({
        "runcube": [env!("CARGO_PKG_VERSION"), env!("RUNCUBE_CORE_SOURCES")],
        "files": selection.names.iter().map(name).collect::<Vec<_>>(),
        "fallback": selection.fallback,
        "explicit": selection.explicit,
        "overrides": overrides,
    });
    Some(Subject { path: path.to_str()?.to_owned(), context: context.to_string() })
}
