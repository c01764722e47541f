//! What submitit leaves of a job: `<sweep>/.submitit/<id>/`, the id being Hydra's of the job.
//!
//! ```text
//! <id>_submitted.pkl      what is to be run
//! <id>_<task>_log.out     its standard output; the first line names the machine
//! <id>_<task>_result.pkl  written when the process is done, whatever came of the task
//! ```
//!
//! The pickles are code of strangers, and never opened: that there is a result is all that counts.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::status::{is_alive, seconds};
use crate::files::Root;
use crate::yaml::Origin;

/// Where submitit keeps its files, relative to the sweep.
const FOLDER: &str = ".submitit";
/// For how long a job is taken to run without a word: it promises none, and epochs are long.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Seconds between the file that says what is to be run and the process that runs it.
const SLOWEST_START: f64 = 60.0;
/// What stands before the name of the machine in the first line of a log.
const MACHINE: &str = "hostname=";

/// Whether the launcher of a sweep kept its files in it.
pub fn is_used(root: &Root, sweep: &Path) -> bool {
    root.exists(sweep, FOLDER)
}

/// How the job stands whose process has not ended; `None` where it has, or submitit knows no such
/// job. `written` says when the job last wrote into its own directory.
pub fn unfinished(
    root: &Root,
    sweep: &Path,
    origin: &Origin,
    host: Option<&str>,
    written: Option<SystemTime>,
) -> Option<&'static str> {
    let id = origin.job.as_deref().filter(|id| !id.contains('/') && !id.starts_with('.'))?;
    let folder: PathBuf = sweep.join(FOLDER).join(id);
    let entries = root.list(&folder).ok()?;
    let names: Vec<&str> = entries.iter().filter_map(|entry| entry.name.to_str()).collect();
    if names.iter().any(|name| name.ends_with("_result.pkl")) {
        return None;
    }
    let time = |name: &&str| root.modified(&folder, name);
    let logs = || names.iter().filter(|name| name.ends_with("_log.out"));
    let is_local = origin.launcher.as_deref().is_some_and(|it| it.ends_with(".LocalLauncher"));
    if is_local && host.is_some() {
        let first = logs().find_map(|name| root.head(&folder, name, 1024).ok());
        let first = first.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let machine = first.as_deref().and_then(|it| it.split_once(MACHINE));
        let machine = machine.and_then(|(_, rest)| rest.split([',', ')']).next());
        // The local executor's ids are those of its processes.
        if let (true, Ok(process)) = (machine == host, id.parse()) {
            let begun = names.iter().find(|name| name.ends_with("_submitted.pkl")).and_then(time);
            let begun = begun.and_then(seconds);
            if let Some(alive) = is_alive(process, begun.map(|it| it + SLOWEST_START)) {
                return Some(if alive { "running" } else { "stale" });
            }
        }
    }
    let seen = names.iter().filter_map(time).chain(written).max()?;
    let silent = SystemTime::now().duration_since(seen).is_ok_and(|age| age > PATIENCE);
    Some(if silent { "stale" } else { "running" })
}
