//! How a job stands: from its `job.json`, else from the traces that it left.
//!
//! A job that says `running` may have lost its process. On the machine that runs it, the process
//! table answers; elsewhere, the age of the record's last sign of life (its time stamp, renewed by
//! the heartbeat) against six heartbeats, at least a minute.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value as Json;

use super::traces::{JobPlace, by_traces};
use crate::error::{Error, ErrorKind, Problem, Report};
use crate::files::Root;
use crate::metric::arrow;

/// The file that a job's wrapper keeps.
const RECORD: &str = "job.json";
/// The version of the contract that is read.
const VERSION: u64 = 1;
/// Statuses that a record may name.
const KNOWN: [&str; 8] =
    ["registered", "running", "finished", "error", "stopped", "timeout", "requeue", "skipped"];

/// Clock ticks per second, as the kernel reports times to programs on every architecture of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// The status of a job: what its record says, or `stale`, or `unknown`.
pub type Status = &'static str;
/// The status of a job of which nothing is known.
pub const UNKNOWN: Status = "unknown";

/// The status of a job; `None` where it has no record and left no trace but, perhaps, its metrics.
#[must_use]
pub fn status(place: JobPlace<'_>) -> Report<Option<Status>> {
    let JobPlace { root, job, host, .. } = place;
    let unknown = |error: Error| {
        let path = root.path().join(job).join(RECORD);
        Report { value: Some(UNKNOWN), problems: vec![Problem::from_error(error, path)] }
    };
    let bytes = match root.read_optional(job, RECORD) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Report { value: by_traces(place), problems: Vec::new() },
        Err(error) => return unknown(error),
    };
    let record: Json = match serde_json::from_slice(&bytes) {
        Ok(record) => record,
        Err(error) => {
            return unknown(Error::new(ErrorKind::Syntax, format!("no JSON: {error}")));
        }
    };
    let version = record.get("v").and_then(Json::as_u64);
    if version != Some(VERSION) {
        return unknown(Error::new(
            ErrorKind::Unsupported,
            format!("the record is of another version than {VERSION}: a newer runcube wrote it"),
        ));
    }
    let said = record.get("status").and_then(Json::as_str).unwrap_or_default();
    let Some(said) = KNOWN.into_iter().find(|known| *known == said) else {
        return unknown(Error::new(ErrorKind::Syntax, format!("no status is called `{said}`")));
    };
    let value = match said {
        "running" if is_gone(root, job, &record, host) => {
            if has_returned(root, job) {
                "finished"
            } else {
                "stale"
            }
        }
        said => said,
    };
    Report { value: Some(value), problems: Vec::new() }
}

/// Whether a job that says it is running has lost its process.
fn is_gone(root: &Root, job: &Path, record: &Json, host: Option<&str>) -> bool {
    let pid = record.get("pid").and_then(Json::as_u64);
    let here = host.is_some() && record.get("host").and_then(Json::as_str) == host;
    let started = record.get("times").and_then(|it| it.get("start")).and_then(Json::as_f64);
    if let (Some(pid), true) = (pid, here)
        && let Some(alive) = is_alive(pid, started)
    {
        return !alive;
    }
    let heartbeat = record.get("heartbeat_s").and_then(Json::as_f64).unwrap_or(10.0);
    let patience =
        Duration::try_from_secs_f64((6.0 * heartbeat).max(60.0)).unwrap_or(Duration::from_secs(60));
    std::fs::metadata(root.path().join(job).join(RECORD))
        .and_then(|it| it.modified())
        .is_ok_and(|seen| SystemTime::now().duration_since(seen).is_ok_and(|age| age > patience))
}

/// Whether a process of this machine lives that had begun when the job did, in seconds since 1970;
/// `None` where there is no table of processes.
pub fn is_alive(pid: u64, begun: Option<f64>) -> Option<bool> {
    Path::new("/proc/self").exists().then(|| match (process_start(pid), begun) {
        // A process younger than the job has the number of one that is gone.
        (Some(born), Some(begun)) => born <= begun + 2.0,
        (Some(_), None) => true,
        (None, _) => false,
    })
}

/// A time in seconds since 1970.
pub fn seconds(time: SystemTime) -> Option<f64> {
    time.duration_since(SystemTime::UNIX_EPOCH).ok().map(|it| it.as_secs_f64())
}

/// Whether a process has ended whose parent has not asked how: in a container, where no one may
/// ever ask, it stays in the table. `fields` are those of its `stat` behind its name.
fn is_dead(fields: &str) -> bool {
    matches!(fields.split_whitespace().next(), Some("Z" | "X" | "x"))
}

/// When a process of this machine started, in seconds since 1970; `None` where there is none that
/// runs.
/// Source: `proc(5)`, field 22 of `/proc/<pid>/stat` and `btime` of `/proc/stat`.
fn process_start(pid: u64) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in parentheses, may hold blanks: fields are counted behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    if is_dead(fields) {
        return None;
    }
    let ticks: f64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    let boot = std::fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 =
        boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(boot + ticks / TICKS_PER_SECOND)
}

/// Whether the task had returned: its metrics are there, with the overrides that it ran with.
fn has_returned(root: &Root, job: &Path) -> bool {
    let bytes = root.read_optional(job, "metrics.arrow").ok().flatten();
    bytes.is_some_and(|bytes| arrow::parse(&bytes).is_ok_and(|it| it.overrides.is_some()))
}
