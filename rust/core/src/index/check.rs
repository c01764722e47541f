//! Which jobs still stand as they did: each note is compared with what is there now.

use super::decode::{Notes, Stored};
use crate::codes::index;
use crate::error::Result;
use crate::files::{FileBuffer, Note, Root, Seen, is_absent};
use crate::pool::{self, Cancel, Workers};

/// How notes are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Not at all: whatever is remembered is believed.
    Trust,
    /// By all that a stamp says.
    Stamps,
    /// By what a copy of the tree keeps: sizes, and times of modification.
    Copied,
}

/// For each remembered job whether its notes hold. `current` are the directories' numbers now: of
/// others nothing is asked.
///
/// # Errors
///
/// `Interrupted`.
pub fn valid(
    stored: &Stored,
    root: &Root,
    current: &[Option<u32>],
    check: Check,
    (workers, cancel): (Workers, &Cancel),
) -> Result<Vec<bool>> {
    let mut valid = vec![false; stored.jobs.count()];
    let wanted = |job: u32| matches!(current.get(index(job)), Some(Some(_)));
    let Some(notes) = &stored.notes else {
        // An index that was read in part. What was decided is kept only where every job is sound.
        valid.fill(check == Check::Trust && stored.verdict.is_some());
        return Ok(valid);
    };
    let held: Vec<u32> = match check {
        Check::Trust => notes.jobs().filter(|job| wanted(*job)).collect(),
        _ => pool::run(notes.count(), workers, cancel, Part::default, |part, block| {
            for (job, mut own) in block.filter_map(|at| notes.get(at)) {
                let at = stored.jobs.get(index(job));
                if wanted(job) && own.all(|note| part.holds(root, at, notes, note, check)) {
                    part.valid.push(job);
                }
            }
            Ok(())
        })?
        .into_iter()
        .flat_map(|part| part.valid)
        .collect(),
    };
    for job in held {
        if let Some(slot) = valid.get_mut(index(job)) {
            *slot = true;
        }
    }
    Ok(valid)
}

/// Whether every note of what lies in the sweep itself holds, in this place: a copy of a directory has
/// the times of its original, whatever else lies in it.
#[must_use]
pub fn holds(frame: &Notes, root: &Root) -> bool {
    let mut part = Part::default();
    let mut own = (0..frame.count()).filter_map(|at| frame.get(at)).flat_map(|(_, notes)| notes);
    frame.count() == 1 && own.all(|note| part.holds(root, "", frame, note, Check::Stamps))
}

#[derive(Default)]
struct Part {
    valid: Vec<u32>,
    buffer: FileBuffer,
}

impl Part {
    fn holds(
        &mut self,
        root: &Root,
        directory: &str,
        notes: &Notes,
        note: Note,
        check: Check,
    ) -> bool {
        let now = root.stamp_with(directory.as_ref(), notes.name(note), &mut self.buffer);
        match (note.seen, now) {
            (Seen::Stamped(then), Ok(now)) => then.is_same(&now, check == Check::Copied),
            (Seen::Present, Ok(_)) => true,
            (Seen::Absent, Err(error)) => is_absent(&error),
            _ => false,
        }
    }
}
