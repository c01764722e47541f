//! The files of a job that are read together: by patterns, by several names, or by the caller's
//! loader alone.

use super::events;
use super::gather::{Outcome, Part};
use super::reader::Reader;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::tfevents::Log;
use crate::metric::{Cells, arrow::Record};
use crate::scan::JobDirectory;

impl Part {
    /// Reads the files; of equal names the last counts.
    ///
    /// # Errors
    ///
    /// `Interrupted`, where the caller's loader was; any other error is a problem.
    pub(super) fn read_files(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: u32,
    ) -> Result<Outcome> {
        let names = reader.files_of(job, &mut self.harvest.witness);
        if names.is_empty() {
            return Ok(Outcome::Absent);
        }
        let mut records: Vec<(&str, Record)> = Vec::new();
        for name in &names {
            let record = if reader.loader.is_none() && events::is_events(name) {
                if events::beside(&names, name).next() != Some(name) {
                    continue;
                }
                let log = self.read_log(reader, job, at, events::beside(&names, name));
                Ok(Record { cells: events::named(log, &names, name), ..Record::default() })
            } else {
                self.parse_file(reader, job, name)
            };
            match record {
                Ok(record) => records.push((name, record)),
                Err(error) if error.kind == ErrorKind::Interrupted => return Err(error),
                Err(error) => self.problem(reader, job, at, name, error),
            }
        }
        let own = records.iter().find_map(|(_, record)| record.overrides.clone());
        if let Some(lines) = &own {
            self.harvest.lines.add(at, |each| lines.iter().for_each(|line| each(line.as_bytes())));
        }
        let mut cells = Cells::new();
        for (name, record) in records {
            for error in record.left_out {
                self.problem(reader, job, at, name, error);
            }
            // Whose the values are may then follow from other files.
            if own.is_some() && own != record.overrides {
                self.harvest.witness.spoil();
            }
            match reader.stranger(job, own.as_deref(), record.overrides.as_deref()) {
                Some(why) => {
                    let message = format!("{why}: none of its values are taken");
                    self.problem(reader, job, at, name, Error::new(ErrorKind::Conflict, message));
                }
                None => merge(&mut cells, record.cells),
            }
        }
        self.push(at, cells);
        Ok(Outcome::Present { identified: own.is_some() })
    }

    /// Reads event files as one log; one that is damaged is a problem, and the others are read.
    fn read_log<'n>(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: u32,
        names: impl Iterator<Item = &'n String>,
    ) -> Cells {
        let mut log = Log::default();
        let mut last = "";
        for name in names {
            let read = self.read_bytes(reader, job, name);
            let added = read.and_then(|()| log.add(self.bytes()));
            if let Err(error) = added {
                self.problem(reader, job, at, name, error);
            }
            last = name;
        }
        log.cells().unwrap_or_else(|error| {
            self.problem(reader, job, at, last, error);
            Cells::new()
        })
    }
}

/// Adds cells to those of other files of the job.
fn merge(cells: &mut Cells, others: Cells) {
    for (name, cell) in others {
        match cells.iter_mut().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot = cell,
            None => cells.push((name, cell)),
        }
    }
}
