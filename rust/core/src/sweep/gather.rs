//! Reading the jobs: what each thread does, and what it brings back.

use std::io;
use std::path::Path;

use super::events;
use super::source::{self, Name, RECORDED, Selection};
use crate::assemble::{LineTable, code};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::files::{FileBuffer, Root, is_absent};
use crate::metric::tfevents::Log;
use crate::metric::{self, Cells, Columns, Format, arrow, json, npz, torch};
use crate::scan::{JobDirectory, Plan};
use crate::yaml;

/// Shapes that one thread keeps of a format: sweeps have one or a few.
pub const MOST_SHAPES: usize = 8;
/// Files that a thread tries to learn a shape from before it leaves that.
pub const MOST_LESSONS: usize = 32;

/// A caller's own reader of metric files.
pub type Loader<'l> = dyn Fn(&Path) -> Result<Cells> + Sync + 'l;

/// What the jobs are read with.
#[derive(Clone, Copy)]
pub struct Reader<'r> {
    pub root: &'r Root,
    pub jobs: &'r [JobDirectory],
    pub selection: &'r Selection,
    /// Where a job's overrides lie, relative to the job.
    pub overrides: Option<&'r str>,
    /// What was planned, where the sweep has a plan.
    pub plan: Option<&'r Plan>,
    pub loader: Option<&'r Loader<'r>>,
}

impl Reader<'_> {
    /// The metric files of a job that are read together, of those that it holds.
    pub fn files_of(&self, job: &JobDirectory) -> Vec<String> {
        match (self.selection.single(), &self.selection.fallback) {
            (Some(first), Some(other)) if !self.root.exists(&job.relative, first) => {
                source::expand(&[Name::Exact(other.clone())], self.root, &job.relative)
            }
            _ => source::expand(&self.selection.names, self.root, &job.relative),
        }
    }
}

/// What one thread read.
#[derive(Default)]
pub struct Part {
    pub lines: LineTable,
    pub columns: Columns,
    /// Problems, with the job of each.
    pub problems: Vec<(u32, Problem)>,
    /// Candidates that hold no record and no metrics.
    pub strangers: Vec<u32>,
    /// Jobs from which a file that was asked for was read, or found and refused.
    pub matched: usize,
    file: FileBuffer,
    npz: Vec<npz::Shape>,
    arrow: Vec<arrow::Shape>,
    torch: Vec<torch::Shape>,
    json: Vec<json::Shape>,
    lessons: usize,
}

/// What became of a file.
enum Outcome {
    Absent,
    /// Read or refused; whether it gave the job's identity.
    Present {
        identified: bool,
    },
}

impl Part {
    /// Reads some of the jobs.
    ///
    /// # Errors
    ///
    /// As [`Part::read`].
    pub fn read_some(&mut self, reader: Reader<'_>, jobs: &[usize]) -> Result<()> {
        jobs.iter().try_for_each(|job| self.read(reader, *job))
    }

    /// Reads one job.
    ///
    /// # Errors
    ///
    /// `Interrupted`, where the caller's loader was; any other error is a problem.
    pub fn read(&mut self, reader: Reader<'_>, at: usize) -> Result<()> {
        let Some(job) = reader.jobs.get(at) else { return Ok(()) };
        let job_code = code(at);
        let outcome = match (reader.selection.single(), reader.loader) {
            (Some(name), None) => {
                let first = self.read_file(reader, job, job_code, name);
                match (&first, &reader.selection.fallback) {
                    (Outcome::Absent, Some(other))
                        if other == RECORDED || !reader.root.exists(&job.relative, "job.json") =>
                    {
                        self.read_file(reader, job, job_code, other)
                    }
                    _ => first,
                }
            }
            _ => self.read_files(reader, job, job_code)?,
        };
        let identified = match outcome {
            Outcome::Absent => false,
            Outcome::Present { identified } => {
                self.matched += 1;
                identified
            }
        };
        let known = identified || self.read_overrides(reader, job, job_code);
        if !known {
            if matches!(outcome, Outcome::Absent) && !is_job(reader, job) {
                self.strangers.push(job_code);
                return Ok(());
            }
            let wanted = reader.overrides.unwrap_or("overrides.yaml");
            self.problem(
                reader,
                job,
                job_code,
                "",
                Error::new(
                    ErrorKind::NoMatch,
                    format!(
                        "the job has no `{wanted}` and no other record of its overrides: \
                             without them it has no place"
                    ),
                ),
            );
        }
        if let (Outcome::Absent, true) = (&outcome, reader.selection.explicit) {
            let wanted = reader.selection.described();
            self.problem(
                reader,
                job,
                job_code,
                "",
                Error::new(ErrorKind::NoMatch, format!("the job has no {wanted}: a hole")),
            );
        }
        Ok(())
    }

    /// Reads one file whose name is known: by a shape that was met before, else by the full parser.
    fn read_file(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: u32,
        name: &str,
    ) -> Outcome {
        let mut file = std::mem::take(&mut self.file);
        let outcome = match reader.root.read(&job.relative, name, &mut file) {
            Ok(()) => {
                Outcome::Present { identified: self.take(reader, job, at, name, file.bytes()) }
            }
            Err(error) if is_absent(&error) => Outcome::Absent,
            Err(error) => {
                self.unreadable(reader, job, at, name, &error);
                Outcome::Present { identified: false }
            }
        };
        self.file = file;
        outcome
    }

    /// Takes the values of one file; whether it gave the job's identity.
    fn take(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: u32,
        name: &str,
        bytes: &[u8],
    ) -> bool {
        let format = Format::of(name);
        match format {
            Some(Format::Npz) => {
                let Self { npz, columns, .. } = self;
                if npz.iter().any(|shape| shape.read(bytes, columns, at)) {
                    return false;
                }
            }
            Some(Format::Arrow) => {
                let Self { arrow, columns, lines, .. } = self;
                for shape in arrow.iter() {
                    if let Some(found) = shape.read(bytes, columns, at) {
                        if let Some(found) = found {
                            lines.add(at, |each| found.iter().for_each(each));
                        }
                        return found.is_some();
                    }
                }
            }
            Some(Format::Torch) => {
                let Self { torch, columns, .. } = self;
                if torch.iter().any(|shape| shape.read(bytes, columns, at)) {
                    return false;
                }
            }
            Some(Format::Json) => {
                let Self { json, columns, .. } = self;
                if json.iter_mut().any(|shape| shape.read(bytes, columns, at)) {
                    return false;
                }
            }
            _ => {}
        }
        let record = match metric::parse(name, bytes) {
            Ok(record) => record,
            Err(error) => {
                self.problem(reader, job, at, name, error);
                return false;
            }
        };
        self.learn(format, bytes, &record, at);
        let identified = record.overrides.is_some();
        if let Some(lines) = &record.overrides {
            self.lines.add(at, |each| lines.iter().for_each(|line| each(line.as_bytes())));
        }
        self.push(at, record.cells);
        for error in record.left_out {
            self.problem(reader, job, at, name, error);
        }
        identified
    }

    fn learn(&mut self, format: Option<Format>, bytes: &[u8], record: &arrow::Record, at: u32) {
        if self.lessons >= MOST_LESSONS {
            return;
        }
        match format {
            Some(Format::Npz) if self.npz.len() < MOST_SHAPES => {
                self.npz.extend(npz::Shape::learn(bytes, &mut self.columns, at));
            }
            Some(Format::Torch) if self.torch.len() < MOST_SHAPES => {
                self.torch.extend(torch::Shape::learn(bytes, record, &mut self.columns, at));
            }
            Some(Format::Arrow) if self.arrow.len() < MOST_SHAPES => {
                self.arrow.extend(arrow::Shape::learn(bytes, record, &mut self.columns, at));
            }
            Some(Format::Json) if self.json.len() < MOST_SHAPES => {
                self.json.extend(json::Shape::learn(bytes, &record.cells, &mut self.columns, at));
            }
            _ => return,
        }
        self.lessons += 1;
    }

    /// Reads files that are known by patterns, by several names, or to the caller's loader alone.
    fn read_files(&mut self, reader: Reader<'_>, job: &JobDirectory, at: u32) -> Result<Outcome> {
        let names = reader.files_of(job);
        if names.is_empty() {
            return Ok(Outcome::Absent);
        }
        let mut cells = Cells::new();
        let mut identified = false;
        for name in &names {
            if reader.loader.is_none() && events::is_events(name) {
                if events::beside(&names, name).next() == Some(name) {
                    let log = self.read_log(reader, job, at, events::beside(&names, name));
                    merge(&mut cells, events::named(log, &names, name));
                }
                continue;
            }
            let record = match self.parse_file(reader, job, name) {
                Ok(record) => record,
                Err(error) if error.kind == ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    self.problem(reader, job, at, name, error);
                    continue;
                }
            };
            if let (Some(lines), false) = (&record.overrides, identified) {
                self.lines.add(at, |each| lines.iter().for_each(|line| each(line.as_bytes())));
                identified = true;
            }
            for error in record.left_out {
                self.problem(reader, job, at, name, error);
            }
            merge(&mut cells, record.cells);
        }
        self.push(at, cells);
        Ok(Outcome::Present { identified })
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
            let path = || reader.root.path().join(&job.relative).join(name);
            let read = reader.root.read(&job.relative, name, &mut self.file);
            let added = read
                .map_err(|error| Error::io(&error, "read the file", path()))
                .and_then(|()| log.add(self.file.bytes()));
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

    fn parse_file(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        name: &str,
    ) -> Result<arrow::Record> {
        let path = || reader.root.path().join(&job.relative).join(name);
        if let (Some(loader), false) = (reader.loader, name == RECORDED) {
            let cells = loader(&path())?;
            return Ok(arrow::Record { cells, ..arrow::Record::default() });
        }
        reader
            .root
            .read(&job.relative, name, &mut self.file)
            .map_err(|error| Error::io(&error, "read the file", path()))?;
        metric::parse(name, self.file.bytes())
    }

    fn push(&mut self, at: u32, cells: Cells) {
        for (place, (name, cell)) in cells.into_iter().enumerate() {
            self.columns.push(at, code(place), &name, cell);
        }
    }

    /// Reads the job's overrides; whether there is a record of them, good or bad.
    fn read_overrides(&mut self, reader: Reader<'_>, job: &JobDirectory, at: u32) -> bool {
        let mut file = std::mem::take(&mut self.file);
        let read =
            reader.overrides.map(|name| (name, reader.root.read(&job.relative, name, &mut file)));
        let found = match read {
            Some((name, Ok(()))) => {
                match yaml::lines(file.bytes()) {
                    Ok(lines) => self.lines.add(at, |each| lines.for_each(each)),
                    Err(error) => self.problem(reader, job, at, name, error),
                }
                true
            }
            Some((name, Err(error))) if !is_absent(&error) => {
                self.unreadable(reader, job, at, name, &error);
                true
            }
            _ => self.read_identity(reader, job, at, &mut file),
        };
        self.file = file;
        found
    }

    /// Takes the identity from the recorded metrics or the plan, where the job's overrides are gone.
    fn read_identity(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: u32,
        file: &mut FileBuffer,
    ) -> bool {
        let recorded = reader
            .root
            .read(&job.relative, RECORDED, file)
            .ok()
            .and_then(|()| arrow::parse(file.bytes()).ok()?.overrides);
        let planned = || reader.plan?.job(&job.relative)?.overrides.clone();
        let Some(lines) = recorded.or_else(planned) else { return false };
        self.lines.add(at, |each| lines.iter().for_each(|line| each(line.as_bytes())));
        true
    }

    fn unreadable(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: u32,
        name: &str,
        error: &io::Error,
    ) {
        let path = reader.root.path().join(&job.relative).join(name);
        self.problem(reader, job, at, name, Error::io(error, "read the file", path));
    }

    fn problem(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: u32,
        name: &str,
        error: Error,
    ) {
        let mut path = reader.root.path().join(&job.relative);
        if !name.is_empty() {
            path.push(name);
        }
        self.problems.push((at, Problem::from_error(error, path)));
    }
}

/// Adds cells to those of other files of the job; of equal names the last counts.
fn merge(cells: &mut Cells, others: Cells) {
    for (name, cell) in others {
        match cells.iter_mut().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot = cell,
            None => cells.push((name, cell)),
        }
    }
}

/// Whether a directory without overrides and metrics holds a trace of a job all the same.
fn is_job(reader: Reader<'_>, job: &JobDirectory) -> bool {
    let folder = reader.overrides.and_then(|path| Path::new(path).parent()?.to_str());
    reader.root.exists(&job.relative, "job.json")
        || reader.root.exists(&job.relative, RECORDED)
        || folder
            .filter(|folder| !folder.is_empty())
            .is_some_and(|folder| reader.root.exists(&job.relative, folder))
}
