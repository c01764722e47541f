//! What there is below a path, a line for each sweep: nothing is read of a job but who it is and how
//! it stands.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::options::{Cache, OpenOptions};
use super::source::Source;
use super::view::Sweep;
use crate::error::{Error, Result};
use crate::files::Root;
use crate::pool::{self, Cancel, Progress, Workers};
use crate::scan::{Status, find_sweeps, recorded_definition};
use crate::yaml;

/// Fewer sweeps than these are taken one by one, each by all workers.
const FEW: usize = 64;

/// One sweep, or a single run, in short.
#[derive(Debug)]
pub struct Summary {
    /// Its directory.
    pub path: PathBuf,
    /// When it was launched, as far as that can be told.
    pub when: Option<When>,
    /// The app, as Hydra calls it.
    pub app: Option<String>,
    /// Its axes, each with the number of its labels.
    pub axes: Vec<(String, usize)>,
    /// How many of its jobs stand how; those that stand for most jobs come first.
    pub statuses: Vec<(Status, usize)>,
    /// How many of its jobs have no directory.
    pub missing: usize,
    /// How many problems were met, or why it could not be opened at all.
    pub problems: Result<usize>,
}

/// When a sweep was launched.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// As the directories are named, in the local time of the machine: `2026-01-31T12:00:00`.
    Named(String),
    /// In seconds since 1970: as it was recorded, else when the oldest of its own files was written.
    Seconds(f64),
}

/// The sweeps below a path, by path, as [`find_sweeps`] finds them. `host` is the name of this
/// machine.
///
/// # Errors
///
/// As [`find_sweeps`], and `Interrupted`. What is wrong with one sweep is told with it.
pub fn summaries(path: &Path, host: Option<&str>, cancel: &Cancel) -> Result<Vec<Summary>> {
    let found = find_sweeps(path)?;
    let (one, all) = (Workers::exactly(1), Workers::as_needed());
    let (outer, inner) = if found.len() <= FEW { (one, all) } else { (all, one) };
    let parts = pool::run(found.len(), outer, cancel, Vec::new, |part, block| {
        for (at, path) in block.clone().zip(found.get(block).unwrap_or_default()) {
            if cancel.is_raised() {
                return Ok(());
            }
            part.push((at, summary(path, host, inner, cancel)));
        }
        Ok(())
    })?;
    let mut summaries: Vec<(usize, Summary)> = parts.into_iter().flatten().collect();
    summaries.sort_by_key(|(at, _)| *at);
    Ok(summaries.into_iter().map(|(_, summary)| summary).collect())
}

fn summary(path: &Path, host: Option<&str>, workers: Workers, cancel: &Cancel) -> Summary {
    let options = OpenOptions {
        source: &Source::Files(Vec::new()),
        condition: None,
        leftovers: false,
        loader: None,
        elsewhere: None,
        cache: Cache::OFF,
        progress: &Progress::new(),
        workers,
        cancel,
    };
    match Sweep::open(path, options) {
        Ok(sweep) => of_sweep(path, &sweep, host, workers),
        Err(error) => unopened(path, error),
    }
}

fn of_sweep(path: &Path, sweep: &Sweep, host: Option<&str>, workers: Workers) -> Summary {
    let all = sweep.statuses(host, workers);
    let mut statuses: Vec<(Status, usize)> = Vec::new();
    for (job, _) in sweep.jobs() {
        let Some(status) = all.value.get(job) else { continue };
        match statuses.iter_mut().find(|(known, _)| known == status) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => statuses.push((*status, 1)),
        }
    }
    statuses.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let group = sweep.groups.first();
    let first = sweep.jobs().next().map(|(_, job)| job.relative.to_path_buf()).unwrap_or_default();
    let overrides = group.and_then(|it| it.overrides.as_deref()).unwrap_or(".hydra/overrides.yaml");
    let app = group.and_then(|it| it.multirun.as_ref()?.app.clone()).or_else(|| {
        let name = format!("{}hydra.yaml", overrides.trim_end_matches("overrides.yaml"));
        let bytes = sweep.root.read_optional(&first, &name).ok()??;
        yaml::origin(&bytes).ok()?.app
    });
    Summary {
        path: path.to_path_buf(),
        when: when(&sweep.root, &first.join(overrides)),
        app,
        axes: sweep.axes().into_iter().map(|it| (it.name, it.labels.len())).collect(),
        statuses,
        missing: sweep.missing(),
        problems: Ok(sweep.problems().len().saturating_add(all.problems.len())),
    }
}

fn unopened(path: &Path, error: Error) -> Summary {
    Summary {
        path: path.to_path_buf(),
        when: Root::open(path).ok().and_then(|root| when(&root, Path::new(""))),
        app: None,
        axes: Vec::new(),
        statuses: Vec::new(),
        missing: 0,
        problems: Err(error),
    }
}

/// When a sweep was launched: as recorded, else as it is called, else by its oldest file. `first` is
/// one of its first job.
fn when(root: &Root, first: &Path) -> Option<When> {
    let here = Path::new("");
    let recorded = recorded_definition(root, here).ok().flatten().and_then(|it| it.created);
    let absolute = std::path::absolute(root.path()).unwrap_or_else(|_| root.path().to_path_buf());
    let named = || named(&absolute).map(When::Named);
    recorded.map(When::Seconds).or_else(named).or_else(|| {
        let times = ["multirun.yaml", first.to_str()?].map(|name| root.modified(here, name));
        let oldest = times.into_iter().flatten().min()?;
        let since = oldest.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(When::Seconds(since.as_secs_f64()))
    })
}

/// The time that the last parts of a path name, as Hydra's and Lightning's templates write them:
/// `2026-01-31/12-00-00` or `2026-01-31_12-00-00`.
fn named(path: &Path) -> Option<String> {
    let mut parts = path.iter().rev().map(|part| part.to_str().unwrap_or_default());
    let (last, above) = (parts.next()?, parts.next().unwrap_or_default());
    let (date, time) = if is_number(last, 2) { (above, last) } else { last.split_once('_')? };
    (is_number(date, 4) && is_number(time, 2)).then(|| format!("{date}T{}", time.replace('-', ":")))
}

/// Whether a text is three numbers with `-` between them, of which the first has so many digits and
/// the others two.
fn is_number(text: &str, first: usize) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [a, b, c] if a.len() == first && b.len() == 2 && c.len() == 2)
        && parts.into_iter().all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_read_from_names_as_templates_write_them() {
        let found = |path: &str| named(Path::new(path));
        let expected = Some("2026-01-31T12:30:59".to_owned());
        assert_eq!(found("multirun/2026-01-31/12-30-59"), expected);
        assert_eq!(found("/logs/multiruns/2026-01-31_12-30-59"), expected);
        for path in ["", "12-30-59", "a/12-30-59", "2026-01-31", "2026-1-31_12-30-59", "a_b", "/"] {
            assert_eq!(found(path), None, "{path}");
        }
    }
}
