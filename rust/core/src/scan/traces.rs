//! How a job without a record of ours stands, by the traces that it left.
//!
//! ```text
//! launch.json               registered or skipped, by whoever planned it
//! mushin_cell_status.json   completed or failed, by a library with our API
//! *.log                     its last words are those of an exception: error
//! .submitit/<id>            no result: running, or stale
//! *.log                     Lightning's trainer did what it was to do: finished
//! ```
//!
//! Metric files are the last trace, and for the caller to look at.

use std::path::Path;

use serde_json::Value as Json;

use super::log::{self, Said};
use super::status::{Status, UNKNOWN};
use super::submitit;
use crate::files::Root;
use crate::yaml;

/// Where a job lies, and what its sweep says of it.
#[derive(Clone, Copy)]
pub struct JobPlace<'p> {
    /// The directory that the others are relative to.
    pub root: &'p Root,
    /// The sweep's directory.
    pub sweep: &'p Path,
    /// The job's directory.
    pub job: &'p Path,
    /// Where its overrides lie, relative to the job: Hydra's other files lie beside them.
    pub overrides: Option<&'p str>,
    /// The name of this machine.
    pub host: Option<&'p str>,
}

/// The status of a job by its traces; `None` where they say nothing.
pub fn by_traces(place: JobPlace<'_>) -> Option<Status> {
    let JobPlace { root, job, .. } = place;
    let entries = root.list(job).unwrap_or_default();
    let names: Vec<&str> = entries.iter().filter_map(|entry| entry.name.to_str()).collect();
    let said = |file: &str| {
        let found = names.contains(&file).then(|| root.read_optional(job, file).ok().flatten());
        let record: Json = serde_json::from_slice(&found.flatten()?).ok()?;
        record.get("status")?.as_str().map(str::to_owned)
    };
    match said("launch.json").as_deref() {
        Some("registered") => return Some("registered"),
        Some("skipped") => return Some("skipped"),
        _ => {}
    }
    match said("mushin_cell_status.json").as_deref() {
        Some("completed") => return Some("finished"),
        Some("failed") => return Some("error"),
        _ => {}
    }
    let log = log::said(root, job, &names);
    if log == Said::Failed {
        return Some("error");
    }
    if submitit::is_used(root, place.sweep) {
        let written = names.iter().filter_map(|name| root.modified(job, name)).max();
        let folder = place.overrides.unwrap_or_default().trim_end_matches("overrides.yaml");
        let origin = root.read_optional(job, &format!("{folder}hydra.yaml")).ok().flatten();
        let origin = origin.and_then(|bytes| yaml::origin(&bytes).ok()).unwrap_or_default();
        let found = submitit::unfinished(root, place.sweep, &origin, place.host, written);
        if found.is_some() {
            return found;
        }
    }
    match log {
        Said::TrainerStopped => Some("finished"),
        Said::Unclear => Some(UNKNOWN),
        Said::Nothing | Said::Failed => None,
    }
}
