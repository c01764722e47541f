//! What the jobs are read with, and what is known of them before.

use std::path::Path;

use super::source::{self, Name, Selection};
use crate::assemble::same_identity;
use crate::error::Result;
use crate::files::{Root, Witness};
use crate::metric::{Cells, Format};
use crate::scan::{Group, JobDirectory, Plans};

/// A caller's own reader of metric files.
pub type Loader<'l> = dyn Fn(&Path) -> Result<Cells> + Sync + 'l;

/// What the jobs are read with.
#[derive(Clone, Copy)]
pub struct Reader<'r> {
    pub root: &'r Root,
    pub jobs: &'r [JobDirectory],
    pub selection: &'r Selection,
    /// The sweeps that the jobs lie in.
    pub groups: &'r [Group],
    /// For each sweep how many of its jobs, by number, its own files say the overrides of.
    pub rebuilt: &'r [usize],
    /// What was planned.
    pub plans: &'r Plans,
    pub loader: Option<&'r Loader<'r>>,
    /// The caller's reader of formats that this crate has none for.
    pub elsewhere: Option<&'r Loader<'r>>,
    /// What each job is read from, where that is one file.
    pub alone: Option<Alone<'r>>,
}

/// A file that a job is read from by itself, known by name.
#[derive(Clone, Copy)]
pub struct File<'r> {
    pub name: &'r str,
    pub format: Option<Format>,
}

impl<'r> File<'r> {
    fn named(name: &'r str) -> Self {
        Self { name, format: Format::of(name) }
    }

    fn is_elsewhere(self) -> bool {
        self.format.is_some_and(Format::is_elsewhere)
    }
}

/// The one file that each job is read from, and the one that is read where a job lacks it.
#[derive(Clone, Copy)]
pub struct Alone<'r> {
    pub first: File<'r>,
    pub other: Option<File<'r>>,
}

impl<'r> Alone<'r> {
    /// `None` where files are read together, or by the caller.
    pub fn of(selection: &'r Selection, is_loaded: bool) -> Option<Self> {
        let first = File::named(selection.single()?);
        let other = selection.fallback.as_deref().map(File::named);
        let here = !is_loaded && !first.is_elsewhere() && !other.is_some_and(File::is_elsewhere);
        here.then_some(Self { first, other })
    }
}

impl Reader<'_> {
    /// Where a job's overrides lie, relative to the job.
    pub fn overrides_of(&self, job: &JobDirectory) -> Option<&str> {
        self.groups.get(job.group)?.overrides.as_deref()
    }

    /// Whether the overrides of a job that has no record of them follow from its number.
    pub fn is_rebuilt(&self, job: &JobDirectory) -> bool {
        let number = job.number.and_then(|number| usize::try_from(number).ok());
        let known = self.rebuilt.get(job.group);
        number.zip(known).is_some_and(|(number, known)| number < *known)
    }

    /// Why the values of a file are not the job's, which has the overrides `own` by one of its
    /// files: the file carries others, or carries none and the plan says otherwise of the job.
    pub fn stranger(
        &self,
        job: &JobDirectory,
        own: Option<&[String]>,
        carried: Option<&[String]>,
    ) -> Option<&'static str> {
        let own = own?;
        let (other, why) = match carried {
            Some(carried) => (
                carried.iter().map(String::as_bytes).collect(),
                "it carries the overrides of another job",
            ),
            None => (
                self.plans.overrides(job)?,
                "the records of the job's overrides differ, and it carries none",
            ),
        };
        let dialect = self.groups.get(job.group).map(Group::dialect).unwrap_or_default();
        let same = same_identity(own.iter().map(String::as_bytes), other.iter().copied(), dialect);
        (!same).then_some(why)
    }

    /// Whether a job that lacks the file that was chosen is read from the other one: one that our
    /// launcher ran has no metrics but those that it recorded.
    pub fn may_fall_back(&self, job: &JobDirectory, other: &str, witness: &mut Witness) -> bool {
        other == source::RECORDED || !witness.exists(self.root, &job.relative, "job.json")
    }

    /// The metric files of a job that are read together, of those that it holds.
    pub fn files_of(&self, job: &JobDirectory, witness: &mut Witness) -> Vec<String> {
        let below = (self.root, &*job.relative);
        match (self.selection.single(), &self.selection.fallback) {
            (Some(first), Some(other))
                if !witness.exists(self.root, &job.relative, first)
                    && self.may_fall_back(job, other, witness) =>
            {
                source::expand(&[Name::Exact(other.clone())], below, witness)
            }
            _ => source::expand(&self.selection.names, below, witness),
        }
    }
}
