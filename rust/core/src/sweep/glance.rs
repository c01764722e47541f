//! What is seen of a sweep, and of its index, before anything of it is listed.

use std::path::Path;

use serde_json::json;

use super::defined::defined;
use super::options::{CacheMode, OpenOptions};
use super::source::{Name, Selection, Source};
use crate::assemble::Definition;
use crate::codes::code;
use crate::error::Result;
use crate::files::{Root, Witness, now};
use crate::index::{self, Check, Found, Part, Subject};
use crate::pool;
use crate::scan::{self, FRAME, Group};

/// What a load that uses the cache begins with.
pub struct Glance {
    pub root: Root,
    pub subject: Subject,
    pub mode: CacheMode,
    /// What changed at this time or later is not relied upon.
    pub settled: i64,
    /// Fewer jobs are read from their files.
    pub fewest_jobs: usize,
    /// Whether all jobs are asked for that belong: what is decided of them may be kept.
    pub decides: bool,
    /// What stood in the sweep's directory then, as the notes of one job.
    pub frame: Witness,
    pub known: Option<Known>,
    /// What its own files say of it, where there is an index and it is a numbered sweep.
    pub outline: Option<Outline>,
}

/// A sweep, and what it set out to run.
pub struct Outline {
    pub group: Group,
    pub definition: Option<Definition>,
}

/// An index that was found.
pub struct Known {
    pub found: Found,
    /// For each of its jobs whether the notes hold, where they were compared.
    pub valid: Option<Vec<bool>>,
}

impl Glance {
    /// `None` where the cache is not used.
    pub fn take(path: &Path, options: OpenOptions<'_>) -> Option<Self> {
        let cache = options.cache;
        if cache.mode == CacheMode::Off || options.loader.is_some() {
            return None;
        }
        let root = Root::open(path).ok()?;
        let settle = i64::try_from(cache.settle.as_nanos()).unwrap_or(i64::MAX);
        let settled = now().saturating_sub(settle);
        let mut frame = Witness::attentive();
        frame.begin();
        FRAME.iter().for_each(|name| frame.look(&root, Path::new(""), name));
        frame.finish(0);
        let asked = match options.source {
            Source::Auto => json!(null),
            Source::Files(names) => json!(names),
        };
        let path = std::fs::canonicalize(path).ok()?.to_str()?.to_owned();
        let subject = Subject { path, asked: asked.to_string() };
        let decides = options.condition.is_none() && !options.leftovers;
        let reads = matches!(cache.mode, CacheMode::Checked | CacheMode::Trusted);
        let (mut known, mut outline) = (None, None);
        if reads && subject.is_indexed() {
            (outline, known) = pool::both(
                options.workers,
                || Outline::read(&root),
                || found(&subject, cache.mode == CacheMode::Trusted && decides),
            );
        }
        Some(Self {
            root,
            subject,
            mode: cache.mode,
            settled,
            fewest_jobs: cache.fewest_jobs,
            decides,
            frame,
            known: known.map(|found| Known { found, valid: None }),
            outline,
        })
    }

    /// Reads the rest of the index, where only that was read which was decided.
    pub fn read_rest(&mut self) {
        if self.known.as_ref().is_some_and(|it| it.found.stored.notes.is_none()) {
            let whole = found(&self.subject, false);
            self.known = whole.map(|found| Known { found, valid: None });
        }
    }

    /// Compares what the index has noted with what is there now, of all its jobs.
    ///
    /// # Errors
    ///
    /// `Interrupted`.
    pub fn compare(&mut self, options: OpenOptions<'_>) -> Result<()> {
        let check = self.check();
        // With a condition, few of them may be wanted.
        let Some(known) = self.known.as_mut().filter(|it| it.valid.is_none()) else {
            return Ok(());
        };
        if options.condition.is_some() {
            return Ok(());
        }
        let stored = &known.found.stored;
        let all: Vec<Option<u32>> = (0..stored.jobs.count()).map(|job| Some(code(job))).collect();
        let run = (options.workers, options.cancel);
        known.valid = Some(index::valid(stored, &self.root, &all, check, run)?);
        Ok(())
    }

    /// How notes of jobs are compared.
    pub fn check(&self) -> Check {
        match (self.mode, self.known.as_ref().is_some_and(|it| it.found.is_beside)) {
            (CacheMode::Trusted, _) => Check::Trust,
            (_, true) => Check::Copied,
            (_, false) => Check::Stamps,
        }
    }
}

/// The index of a sweep; only what was `decided`, where that is enough and there is any.
fn found(subject: &Subject, decided: bool) -> Option<Found> {
    let load = |part| subject.load(part).or_else(|| subject.load_beside(part));
    let first = decided.then(|| load(Part::Decided)).flatten();
    first.filter(|it| it.stored.verdict.is_some()).or_else(|| load(Part::Whole))
}

impl Outline {
    /// Whether it says of a sweep what that says of itself.
    pub fn is_of(&self, group: &Group) -> bool {
        let own = &self.group;
        (&own.relative, &own.multirun, &own.recorded)
            == (&group.relative, &group.multirun, &group.recorded)
    }

    /// `None` where it is no numbered sweep, or one of its files is unusable.
    fn read(root: &Root) -> Option<Self> {
        let group = scan::outline(root)?;
        let mut problems = Vec::new();
        let definition = defined(root.path(), &group, &mut problems);
        problems.is_empty().then_some(Self { group, definition })
    }
}

/// What decides how a job reads, beside its own files.
pub fn context(selection: &Selection, groups: &[Group]) -> String {
    let name = |name: &Name| match name {
        Name::Exact(name) => json!({"name": name}),
        Name::Glob(pattern) => json!({"glob": pattern.as_str()}),
    };
    let first = groups.first().and_then(|it| it.overrides.as_deref());
    let overrides = match groups.iter().all(|it| it.overrides.as_deref() == first) {
        true => json!(first),
        false => groups.iter().map(|it| json!([it.relative.to_str(), it.overrides])).collect(),
    };
    let context = json!({
        "runcube": [env!("CARGO_PKG_VERSION"), env!("RUNCUBE_CORE_SOURCES")],
        "files": selection.names.iter().map(name).collect::<Vec<_>>(),
        "fallback": selection.fallback,
        "explicit": selection.explicit,
        "overrides": overrides,
    });
    context.to_string()
}
