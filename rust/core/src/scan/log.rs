//! What the end of a job's log says of it.
//!
//! Hydra gives each job a log, which holds whatever the task's libraries say through `logging`. It
//! says nothing of an exception that Hydra itself reports: that goes to the terminal.

use crate::files::Root;
use std::path::Path;

/// Bytes at the end of a log that are looked at: a deep traceback fits.
const LOOKED_AT: u64 = 64 * 1024;
/// Logs of one job that are looked at.
const MOST_LOGS: usize = 8;

/// The line that opens a traceback of Python.
const TRACEBACK: &str = "Traceback (most recent call last):";
/// What Lightning's trainer says when it has done what it was asked for, as in
/// `` `Trainer.fit` stopped: `max_epochs=3` reached. ``
const TRAINER_STOPPED: [&str; 2] = ["`Trainer.", "` stopped: "];
/// What is logged of every job at its end, a failed one too: by the task wrapper of widespread
/// Lightning templates, and by submitit, to which Hydra hands the exception as a result.
const FAREWELL: [&str; 4] = [
    "Output dir: ",
    "Closing wandb",
    "[submitit][INFO] - Job completed successfully",
    "[submitit][INFO] - Exiting after successful completion",
];

/// What a log says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// Nothing of how the job stands.
    #[default]
    Nothing,
    /// A trainer did all that it was to do.
    TrainerStopped,
    /// Something failed, and the log went on: the task may have gone on, too.
    Unclear,
    /// Its last words are those of an exception.
    Failed,
}

/// What the logs in a job's directory say: the worst of it.
pub fn said(root: &Root, job: &Path, names: &[&str]) -> Said {
    let logs = names.iter().filter(|name| name.ends_with(".log")).take(MOST_LOGS);
    let tails = logs.filter_map(|name| root.tail(job, name, LOOKED_AT).ok());
    tails.map(|tail| of_text(&String::from_utf8_lossy(&tail))).max().unwrap_or_default()
}

fn of_text(text: &str) -> Said {
    let stopped = |line: &str| TRAINER_STOPPED.iter().all(|part| line.contains(part));
    let mut said = Said::Nothing;
    for line in text.lines() {
        if line == TRACEBACK {
            said = Said::Failed;
        } else if is_record(line) {
            said = match said {
                _ if stopped(line) => Said::TrainerStopped,
                Said::Failed if FAREWELL.iter().any(|part| line.contains(part)) => Said::Failed,
                Said::Failed => Said::Unclear,
                other => other,
            };
        }
    }
    said
}

/// Whether a line opens a record of a log, and goes not on with a traceback: it begins with a date,
/// in brackets or not, or with a level.
fn is_record(line: &str) -> bool {
    const LEVELS: [&str; 5] = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
    let bare = line.strip_prefix('[').unwrap_or(line);
    let is_date = |it: &str| {
        let (year, rest) = it.split_at_checked(4).unwrap_or_default();
        !year.is_empty() && year.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with('-')
    };
    is_date(bare)
        || LEVELS.iter().any(|level| {
            bare.strip_prefix(level).is_some_and(|rest| rest.starts_with([':', ' ', ']']))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "[2026-11-21 07:48:04,128][__main__][ERROR] - gave up\n\
        Traceback (most recent call last):\n  File \"app.py\", line 16, in task\n\
        ValueError: told to fail\n";

    #[test]
    fn the_last_words_decide() {
        let record = |text: &str| format!("[2026-11-21 07:48:05,000][a.b][INFO] - {text}\n");
        let stopped = record("`Trainer.fit` stopped: `max_epochs=3` reached.");
        assert_eq!(of_text(""), Said::Nothing);
        assert_eq!(of_text(&record("epoch 1")), Said::Nothing);
        assert_eq!(of_text(&stopped), Said::TrainerStopped);
        assert_eq!(of_text(&format!("{stopped}{FAILED}")), Said::Failed);
        assert_eq!(of_text(&format!("{FAILED}{}", record("trying again"))), Said::Unclear);
        assert_eq!(of_text(&format!("{FAILED}{}", record("Output dir: /a"))), Said::Failed);
        assert_eq!(of_text(&format!("{FAILED}{stopped}")), Said::TrainerStopped);
        assert_eq!(of_text("INFO:root:a\n2026-11-21 - a\n"), Said::Nothing);
    }
}
