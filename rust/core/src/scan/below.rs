//! What lies below a directory that holds no job of its own: for the error that says so.

use std::path::{Path, PathBuf};

use super::natural_order;
use crate::error::{Error, ErrorKind};
use crate::files::{EntryKind, Root};

/// Directories that the error lists.
const MOST_LISTED: usize = 5;
/// Directories that are looked into for them, so that a home directory is answered soon.
const MOST_VISITED: usize = 20_000;
/// Levels at which they are looked for.
const DEEPEST: usize = 8;

/// The error of a directory in which no job was found. It names sweeps that lie below: the last
/// ones by name, which with Hydra's dated directories are the latest.
#[must_use]
pub fn no_jobs(root: &Root, output: Option<&str>) -> Error {
    let output = output.unwrap_or(".hydra");
    let mut search = Search { root, output, found: Vec::new(), visited: 0 };
    search.enter(Path::new(""), 0);
    let message = if search.found.is_empty() {
        format!(
            "no job in this directory: looked for directories that hold `{output}/overrides.yaml`, \
             `metrics.arrow` or `job.json`; give the directory of a sweep, as in \
             `multirun/2026-01-31/12-00-00`"
        )
    } else {
        let mut lines =
            vec!["no job in this directory itself, and sweeps below it; give one of them:".into()];
        let listed = search.found.iter().take(MOST_LISTED);
        lines.extend(listed.map(|it| format!("  {}", root.path().join(it).display())));
        if search.found.len() > MOST_LISTED {
            lines.push("  … and more".to_owned());
        }
        lines.join("\n")
    };
    Error::new(ErrorKind::NoJobs, message).at(root.path())
}

struct Search<'s> {
    root: &'s Root,
    output: &'s str,
    found: Vec<PathBuf>,
    visited: usize,
}

impl Search<'_> {
    fn is_done(&self) -> bool {
        self.found.len() > MOST_LISTED || self.visited >= MOST_VISITED
    }

    /// Looks at a directory; whether it is a job.
    fn enter(&mut self, relative: &Path, depth: usize) -> bool {
        self.visited += 1;
        let Ok(entries) = self.root.list(relative) else { return false };
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let output = self.output.split('/').next().unwrap_or(self.output);
        if depth > 0 && has("multirun.yaml") {
            self.found.push(relative.to_path_buf());
            return false;
        }
        if depth > 0 && (has(output) || has("metrics.arrow") || has("job.json")) {
            return true;
        }
        if depth >= DEEPEST {
            return false;
        }
        let mut below: Vec<&str> = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Directory)
            .filter_map(|entry| entry.name.to_str())
            .filter(|name| !name.starts_with('.'))
            .collect();
        below.sort_by(|a, b| natural_order(b, a));
        for name in below {
            if self.is_done() {
                break;
            }
            // Jobs lie side by side: the first one speaks for the directory.
            if self.enter(&relative.join(name), depth.saturating_add(1)) {
                self.found.push(relative.to_path_buf());
                break;
            }
        }
        false
    }
}
