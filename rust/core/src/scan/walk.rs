//! The walk from a directory to the jobs and the sweeps below it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Problem, Result};
use crate::files::{Entry, EntryKind, Root};

/// Levels at which jobs are looked for.
const DEEPEST: usize = 16;

/// What Hydra writes for a job, each time all three.
const HYDRAS: [&str; 3] = ["config.yaml", "hydra.yaml", "overrides.yaml"];

/// A job that was walked upon.
#[derive(Debug)]
pub struct Walked {
    /// Its directory, relative to the root.
    pub relative: PathBuf,
    /// The folder of Hydra's files in it, where it is another than the one looked for.
    pub output: Option<String>,
}

/// What a walk found. It ends at each job and at each sweep.
#[derive(Debug, Default)]
pub struct Walk {
    /// The jobs, in the order of the walk.
    pub jobs: Vec<Walked>,
    /// Directories below the start that are sweeps of their own.
    pub sweeps: Vec<PathBuf>,
}

/// How a walk goes.
pub struct Walker<'w> {
    pub root: &'w Root,
    /// The folder of Hydra's files in each job; `None` where there is none.
    pub output: Option<&'w str>,
    /// Whether any folder that holds Hydra's files will do.
    pub any_output: bool,
    pub problems: &'w mut Vec<Problem>,
    pub found: Walk,
}

/// What a directory turned out to be to the one above it.
enum Seen {
    Something,
    /// The folder of Hydra's files: the directory above is a job.
    Output,
}

impl Walker<'_> {
    /// Walks from a directory on; `may_be_job` is false for a sweep, whose own files are no job's.
    ///
    /// # Errors
    ///
    /// `Io` where the directory itself cannot be listed; one below is a problem.
    pub fn walk(mut self, start: &Path, may_be_job: bool) -> Result<Walk> {
        self.enter(start, may_be_job, 0)?;
        Ok(self.found)
    }

    fn enter(&mut self, relative: &Path, may_be_job: bool, depth: usize) -> Result<Seen> {
        let entries = match self.root.list(relative) {
            Ok(entries) => entries,
            Err(error) => {
                let path = self.root.path().join(relative);
                let error = Error::io(&error, "list the directory", &path);
                if depth == 0 {
                    return Err(error);
                }
                self.problems.push(Problem::from_error(error, path));
                return Ok(Seen::Something);
            }
        };
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let record = match self.output {
            Some("." | "") => has("overrides.yaml") && has("hydra.yaml"),
            Some(folder) => has(folder.split('/').next().unwrap_or(folder)),
            None => false,
        };
        if may_be_job && (record || has("metrics.arrow") || has("job.json")) {
            self.take(relative, None);
            return Ok(Seen::Something);
        }
        if depth > 0 && is_sweep(self.root, relative, &entries) {
            self.found.sweeps.push(relative.to_path_buf());
            return Ok(Seen::Something);
        }
        if self.any_output && may_be_job && has("overrides.yaml") && has("hydra.yaml") {
            if depth > 0 && entries.iter().all(|it| HYDRAS.iter().any(|name| it.name == *name)) {
                return Ok(Seen::Output);
            }
            self.take(relative, Some("."));
            return Ok(Seen::Something);
        }
        if depth >= DEEPEST {
            return Ok(Seen::Something);
        }
        for entry in &entries {
            let hidden = entry.name.to_str().is_some_and(|name| name.starts_with('.'));
            // Links are not followed, so that a loop or a `latest` beside the real ones is no job.
            if entry.kind != EntryKind::Directory || hidden {
                continue;
            }
            let below = self.enter(&relative.join(&entry.name), true, depth.saturating_add(1))?;
            if let (Seen::Output, true, Some(name)) = (below, may_be_job, entry.name.to_str()) {
                self.take(relative, Some(name));
                break;
            }
        }
        Ok(Seen::Something)
    }

    fn take(&mut self, relative: &Path, output: Option<&str>) {
        let output = output.map(str::to_owned);
        self.found.jobs.push(Walked { relative: relative.to_path_buf(), output });
    }
}

/// Whether a directory says itself that it is a sweep's.
fn is_sweep(root: &Root, relative: &Path, entries: &[Entry]) -> bool {
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    let ours = [super::SWEEP_RECORD, super::PLAN];
    has("multirun.yaml")
        || (has(".runcube") && ours.iter().any(|record| root.exists(relative, record)))
}
