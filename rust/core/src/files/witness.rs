//! `Witness`: what each job's values rest on, noted while its files are read.
//!
//! ```text
//! read    the stamp of the open file, taken before its first byte
//! list    the stamp of the directory, taken before its first entry
//! exists  that it does; any of these, that there is nothing
//! ```
//!
//! A job whose every note still holds reads as it did. One that met anything else (an error of the
//! system, a link in a listing, what another file says of it) is noted as unsound, and has to be
//! read again.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::{Entry, FileBuffer, Root, Stamp, is_absent};

/// What was seen at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Absent,
    /// Something; what it holds was not looked at.
    Present,
    /// A file that was read, or a directory that was listed.
    Stamped(Stamp),
}

/// One path and what was seen there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// The place of the path's name, relative to its job, among [`Witness::names`].
    pub name: u32,
    /// What was seen.
    pub seen: Seen,
}

/// The notes of one thread; of nothing, unless it is [`Witness::attentive`].
#[derive(Clone, Debug, Default)]
pub struct Witness {
    attentive: bool,
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32>,
    notes: Vec<Note>,
    /// Each sound job, and where its notes end; they start where those of the one before end.
    jobs: Vec<(u32, usize)>,
    unsound: bool,
}

impl Witness {
    /// A witness that takes notes.
    #[must_use]
    pub fn attentive() -> Self {
        Self { attentive: true, ..Self::default() }
    }

    /// Starts with a job.
    pub fn begin(&mut self) {
        let kept = self.jobs.last().map_or(0, |(_, end)| *end);
        self.notes.truncate(kept);
        self.unsound = false;
    }

    /// Ends with the job; whether its notes are complete.
    pub fn finish(&mut self, job: u32) {
        if self.attentive && !self.unsound {
            self.jobs.push((job, self.notes.len()));
        }
    }

    /// Says that the job's values rest on something that is not noted.
    pub const fn spoil(&mut self) {
        self.unsound = true;
    }

    /// As [`Root::read`].
    ///
    /// # Errors
    ///
    /// The operating system's error.
    pub fn read(
        &mut self,
        root: &Root,
        job: &Path,
        name: &str,
        buffer: &mut FileBuffer,
    ) -> io::Result<()> {
        if !self.attentive {
            return root.read(job, name, buffer);
        }
        let mut stamp = Stamp::default();
        let read = root.read_stamped(job, name, buffer, Some(&mut stamp));
        match &read {
            Ok(()) => self.note(name, Seen::Stamped(stamp)),
            Err(error) if is_absent(error) => self.note(name, Seen::Absent),
            Err(_) => self.spoil(),
        }
        read
    }

    /// Notes what stands at a path, as it is before somebody reads it.
    pub fn look(&mut self, root: &Root, job: &Path, name: &str) {
        match root.stamp(job, name) {
            Ok(stamp) => self.note(name, Seen::Stamped(stamp)),
            Err(error) if is_absent(&error) => self.note(name, Seen::Absent),
            Err(_) => self.spoil(),
        }
    }

    /// As [`Root::exists`].
    pub fn exists(&mut self, root: &Root, job: &Path, name: &str) -> bool {
        let exists = root.exists(job, name);
        self.note(name, if exists { Seen::Present } else { Seen::Absent });
        exists
    }

    /// As [`Root::list`], of a folder below a job; empty where it cannot be listed.
    pub fn list(&mut self, root: &Root, job: &Path, below: &Path) -> Vec<Entry> {
        match below.to_str().map(|name| (name, self.attentive.then(|| root.stamp(job, name)))) {
            Some((_, None)) => {}
            Some((name, Some(Ok(stamp)))) => self.note(name, Seen::Stamped(stamp)),
            _ => self.spoil(),
        }
        let Ok(entries) = root.list(&job.join(below)) else {
            self.spoil();
            return Vec::new();
        };
        // What a link leads to may change without the directory.
        if entries.iter().any(|entry| entry.is_link) {
            self.spoil();
        }
        entries
    }

    fn note(&mut self, name: &str, seen: Seen) {
        if !self.attentive {
            return;
        }
        let code = match self.by_name.get(name) {
            Some(known) => *known,
            None => {
                let Ok(new) = u32::try_from(self.names.len()) else { return self.spoil() };
                self.names.push(name.into());
                self.by_name.insert(name.into(), new);
                new
            }
        };
        self.notes.push(Note { name: code, seen });
    }

    /// Takes over what is known of a job from before.
    pub fn adopt<'n>(&mut self, job: u32, notes: impl Iterator<Item = (&'n str, Seen)>) {
        self.begin();
        notes.for_each(|(name, seen)| self.note(name, seen));
        self.finish(job);
    }

    /// The names that were looked for, relative to a job.
    #[must_use]
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// Each sound job with its notes.
    pub fn jobs(&self) -> impl Iterator<Item = (u32, &[Note])> {
        let mut start = 0;
        self.jobs.iter().map(move |(job, end)| {
            let notes = self.notes.get(start..*end).unwrap_or_default();
            start = *end;
            (*job, notes)
        })
    }
}
