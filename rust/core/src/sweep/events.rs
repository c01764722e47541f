//! TensorBoard's logs among the files of a job: the event files of one directory are one log.

use crate::metric::tfevents::MARK;
use crate::metric::{Cells, Format};

/// The pattern that event files have in common: their names hold times and hosts.
pub fn pattern() -> String {
    format!("*{MARK}*")
}

/// Whether a file is an event file.
pub fn is_events(name: &str) -> bool {
    Format::of(name) == Some(Format::Events)
}

fn directory(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The event files in the directory of one of them, in their order.
pub fn beside<'n>(names: &'n [String], name: &'n str) -> impl Iterator<Item = &'n String> {
    names.iter().filter(move |other| is_events(other) && directory(other) == directory(name))
}

/// The cells of the log of an event file's directory. Where event files of several directories are
/// read together, each directory's names start with it, so that no value meets another log's steps.
pub fn named(cells: Cells, names: &[String], name: &str) -> Cells {
    let here = directory(name);
    if names.iter().all(|other| !is_events(other) || directory(other) == here) || here.is_empty() {
        return cells;
    }
    cells.into_iter().map(|(name, cell)| (format!("{here}/{name}"), cell)).collect()
}
