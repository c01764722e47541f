//! Which sweeps lie below a directory that does not say itself that it is one.
//!
//! ```text
//! a directory with `multirun.yaml` or `.runcube/sweep.json`   a sweep
//! jobs without these, side by side:
//!   the first one ran alone (`hydra.mode: RUN`)               each a sweep of one
//!   the first one is numbered (`subdir: ${hydra.job.num}`)    a sweep, its directory the one above
//!   anything else                                             where there is nothing but these: one
//!                                                             sweep, of the whole directory; else a
//!                                                             sweep for each directory above them
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::NUMBERED;
use super::walk::{Walk, Walked, Walker};
use crate::error::{Problem, Result};
use crate::files::Root;
use crate::yaml;

/// A sweep that was found, and what is known of it so far.
#[derive(Debug)]
pub struct Surveyed {
    /// Its directory, relative to the root.
    pub relative: PathBuf,
    /// Its jobs; `None` where its own files say how to find them.
    pub jobs: Option<Vec<Walked>>,
    /// Whether it is a single run.
    pub is_run: bool,
}

impl Surveyed {
    /// A sweep that says itself that it is one.
    pub fn defined(relative: PathBuf) -> Self {
        Self { relative, jobs: None, is_run: false }
    }
}

/// Finds the sweeps.
///
/// # Errors
///
/// `Io` where the directory cannot be listed.
pub fn survey(root: &Root, problems: &mut Vec<Problem>) -> Result<Vec<Surveyed>> {
    let walker =
        Walker { root, output: Some(".hydra"), any_output: true, problems, found: Walk::default() };
    let walk = walker.walk(Path::new(""), true)?;
    if matches!(walk.jobs.as_slice(), [only] if only.relative.as_os_str().is_empty()) {
        return Ok(vec![Surveyed {
            relative: PathBuf::new(),
            jobs: Some(walk.jobs),
            is_run: true,
        }]);
    }
    let mut sweeps: Vec<Surveyed> = walk.sweeps.into_iter().map(Surveyed::defined).collect();
    let mut beside: BTreeMap<PathBuf, Vec<Walked>> = BTreeMap::new();
    for job in walk.jobs {
        let above = job.relative.parent().unwrap_or(Path::new("")).to_path_buf();
        beside.entry(above).or_default().push(job);
    }
    let mut others: Vec<(PathBuf, Vec<Walked>)> = Vec::new();
    for (above, jobs) in beside {
        match jobs.first().map(|first| origin(root, first)).unwrap_or_default() {
            yaml::Origin { is_run: true, .. } => sweeps.extend(jobs.into_iter().map(|job| {
                let relative = job.relative.clone();
                Surveyed { relative, jobs: Some(vec![job]), is_run: true }
            })),
            yaml::Origin { subdir: Some(subdir), .. } if subdir == NUMBERED => {
                sweeps.push(Surveyed { relative: above, jobs: Some(jobs), is_run: false });
            }
            _ => others.push((above, jobs)),
        }
    }
    if sweeps.is_empty() && !others.is_empty() {
        let jobs = others.into_iter().flat_map(|(_, jobs)| jobs).collect();
        return Ok(vec![Surveyed { relative: PathBuf::new(), jobs: Some(jobs), is_run: false }]);
    }
    sweeps.extend(others.into_iter().map(|(relative, jobs)| Surveyed {
        relative,
        jobs: Some(jobs),
        is_run: false,
    }));
    Ok(sweeps)
}

/// How a job was started, as its `hydra.yaml` says.
fn origin(root: &Root, job: &Walked) -> yaml::Origin {
    let name = match job.output.as_deref() {
        None => ".hydra/hydra.yaml".to_owned(),
        Some(".") => "hydra.yaml".to_owned(),
        Some(folder) => format!("{folder}/hydra.yaml"),
    };
    let bytes = root.read_optional(&job.relative, &name).ok().flatten();
    bytes.and_then(|bytes| yaml::origin(&bytes).ok()).unwrap_or_default()
}
