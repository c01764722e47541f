//! `Jobs`: the jobs of a sweep, which an index knows by their names until somebody looks at them.

use std::borrow::Cow;
use std::ops::Deref;
use std::path::Path;
use std::sync::OnceLock;

use crate::assemble::Names;
use crate::index::Texts;
use crate::scan::JobDirectory;

/// A path as labels and messages have it.
pub fn name_of(relative: &Path) -> Cow<'_, str> {
    match relative.to_string_lossy() {
        name if name.is_empty() => Cow::Borrowed("."),
        name => name,
    }
}

/// The jobs that were read, in job order.
#[derive(Debug)]
pub struct Jobs {
    names: Texts,
    listed: OnceLock<Vec<JobDirectory>>,
    count: usize,
}

impl Jobs {
    /// The jobs of a numbered sweep by the names of their directories.
    pub const fn numbered(names: Texts, count: usize) -> Self {
        Self { names, listed: OnceLock::new(), count }
    }

    /// How many they are.
    pub const fn len(&self) -> usize {
        self.count
    }

    fn list(&self) -> Vec<JobDirectory> {
        let directory = |name: &str| JobDirectory {
            relative: Path::new(name).into(),
            number: name.parse().ok(),
            group: 0,
            planned: None,
        };
        (0..self.count).map(|at| directory(self.names.get(at))).collect()
    }
}

impl From<Vec<JobDirectory>> for Jobs {
    fn from(jobs: Vec<JobDirectory>) -> Self {
        Self { names: Texts::default(), count: jobs.len(), listed: OnceLock::from(jobs) }
    }
}

impl Deref for Jobs {
    type Target = [JobDirectory];

    fn deref(&self) -> &[JobDirectory] {
        self.listed.get_or_init(|| self.list())
    }
}

impl Names for Jobs {
    fn name(&self, job: usize) -> Cow<'_, str> {
        self.get(job).map_or(Cow::Borrowed("?"), |it| name_of(&it.relative))
    }
}
