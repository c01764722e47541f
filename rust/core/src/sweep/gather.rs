//! Reading the jobs: what each thread does, and what it brings back.

use std::io;
use std::path::Path;

use super::reader::{Alone, File, Reader};
use super::source::RECORDED;
use crate::codes::code;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::files::{FileBuffer, Witness, is_absent};
use crate::index::Harvest;
use crate::metric::{self, Cells, Format, arrow, json, npz, torch};
use crate::scan::JobDirectory;
use crate::yaml;

/// Shapes that one thread keeps of a format: sweeps have one or a few.
pub const MOST_SHAPES: usize = 8;
/// Files that a thread tries to learn a shape from before it leaves that.
pub const MOST_LESSONS: usize = 32;

/// What one thread read.
#[derive(Default)]
pub struct Part {
    pub harvest: Harvest,
    /// Candidates that hold no record and no metrics.
    pub strangers: Vec<u32>,
    file: FileBuffer,
    npz: Vec<npz::Shape>,
    arrow: Vec<arrow::Shape>,
    torch: Vec<torch::Shape>,
    json: Vec<json::Shape>,
    lessons: usize,
}

/// What became of a file.
pub enum Outcome {
    Absent,
    /// Read or refused; whether it gave the job's identity.
    Present {
        identified: bool,
    },
}

impl Part {
    /// What a thread begins with that reads about so many jobs; it notes what it saw where that is
    /// to be kept.
    pub fn begin(jobs: usize, noting: bool) -> Self {
        let witness = if noting { Witness::attentive() } else { Witness::default() };
        Self { harvest: Harvest { witness, ..Harvest::expecting(jobs) }, ..Self::default() }
    }

    /// Reads one job.
    ///
    /// # Errors
    ///
    /// `Interrupted`, where the caller's loader was; any other error is a problem.
    pub fn read(&mut self, reader: Reader<'_>, at: usize) -> Result<()> {
        let Some(job) = reader.jobs.get(at) else { return Ok(()) };
        self.harvest.witness.begin();
        self.read_job(reader, job, code(at))?;
        self.harvest.witness.finish(code(at));
        Ok(())
    }

    fn read_job(&mut self, reader: Reader<'_>, job: &JobDirectory, job_code: u32) -> Result<()> {
        let outcome = match reader.alone {
            Some(Alone { first, other }) => {
                let read = self.read_file(reader, job, job_code, first);
                match (&read, other) {
                    (Outcome::Absent, Some(other))
                        if reader.may_fall_back(job, other.name, &mut self.harvest.witness) =>
                    {
                        self.read_file(reader, job, job_code, other)
                    }
                    _ => read,
                }
            }
            None => self.read_files(reader, job, job_code)?,
        };
        let identified = match outcome {
            Outcome::Absent => false,
            Outcome::Present { identified } => {
                self.harvest.matched.push(job_code);
                identified
            }
        };
        let known =
            identified || self.read_overrides(reader, job, job_code) || reader.is_rebuilt(job);
        if !known {
            self.harvest.witness.spoil();
            if matches!(outcome, Outcome::Absent) && !is_job(reader, job) {
                self.strangers.push(job_code);
                return Ok(());
            }
            let wanted = reader.overrides_of(job).unwrap_or("overrides.yaml");
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
        wanted: File<'_>,
    ) -> Outcome {
        let name = wanted.name;
        let mut file = std::mem::take(&mut self.file);
        let read = self.harvest.witness.read(reader.root, &job.relative, name, &mut file);
        let outcome = match read {
            Ok(()) => {
                Outcome::Present { identified: self.take(reader, job, at, wanted, file.bytes()) }
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
        File { name, format }: File<'_>,
        bytes: &[u8],
    ) -> bool {
        match format {
            Some(Format::Npz) => {
                let Self { npz, harvest: Harvest { columns, .. }, .. } = self;
                if npz.iter().any(|shape| shape.read(bytes, columns, at)) {
                    return false;
                }
            }
            Some(Format::Arrow) => {
                let Self { arrow, harvest: Harvest { columns, lines, .. }, .. } = self;
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
                let Self { torch, harvest: Harvest { columns, .. }, .. } = self;
                if torch.iter().any(|shape| shape.read(bytes, columns, at)) {
                    return false;
                }
            }
            Some(Format::Json) => {
                let Self { json, harvest: Harvest { columns, .. }, .. } = self;
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
            self.harvest.lines.add(at, |each| lines.iter().for_each(|line| each(line.as_bytes())));
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
                self.npz.extend(npz::Shape::learn(bytes, &mut self.harvest.columns, at));
            }
            Some(Format::Torch) if self.torch.len() < MOST_SHAPES => {
                self.torch.extend(torch::Shape::learn(
                    bytes,
                    record,
                    &mut self.harvest.columns,
                    at,
                ));
            }
            Some(Format::Arrow) if self.arrow.len() < MOST_SHAPES => {
                self.arrow.extend(arrow::Shape::learn(
                    bytes,
                    record,
                    &mut self.harvest.columns,
                    at,
                ));
            }
            Some(Format::Json) if self.json.len() < MOST_SHAPES && record.left_out.is_empty() => {
                self.json.extend(json::Shape::learn(
                    bytes,
                    &record.cells,
                    &mut self.harvest.columns,
                    at,
                ));
            }
            _ => return,
        }
        self.lessons += 1;
    }

    pub(super) fn parse_file(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        name: &str,
    ) -> Result<arrow::Record> {
        if let (Some(loader), false) = (reader.loader, name == RECORDED) {
            let cells = loader(&reader.root.path().join(&job.relative).join(name))?;
            return Ok(arrow::Record { cells, ..arrow::Record::default() });
        }
        let is_elsewhere = Format::of(name).is_some_and(Format::is_elsewhere);
        if is_elsewhere {
            // Other files may lie behind it that are not seen from here, and another caller may
            // have a reader where this one has none.
            self.harvest.witness.spoil();
        }
        if let (Some(read), true) = (reader.elsewhere, is_elsewhere) {
            let cells = read(&reader.root.path().join(&job.relative).join(name))?;
            return Ok(arrow::Record { cells, ..arrow::Record::default() });
        }
        self.read_bytes(reader, job, name)?;
        metric::parse(name, self.bytes())
    }

    /// Reads a file; its [`bytes`](Part::bytes) stay until the next is read.
    pub(super) fn read_bytes(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        name: &str,
    ) -> Result<()> {
        let Self { harvest: Harvest { witness, .. }, file, .. } = self;
        witness.read(reader.root, &job.relative, name, file).map_err(|error| {
            let path = reader.root.path().join(&job.relative).join(name);
            Error::io(&error, "read the file", path)
        })
    }

    /// The bytes of the file that was read last.
    pub(super) fn bytes(&self) -> &[u8] {
        self.file.bytes()
    }

    pub(super) fn push(&mut self, at: u32, cells: Cells) {
        for (place, (name, cell)) in cells.into_iter().enumerate() {
            self.harvest.columns.push(at, code(place), &name, cell);
        }
    }

    /// Reads the job's overrides; whether there is a record of them, good or bad.
    fn read_overrides(&mut self, reader: Reader<'_>, job: &JobDirectory, at: u32) -> bool {
        let mut file = std::mem::take(&mut self.file);
        let Harvest { witness, .. } = &mut self.harvest;
        let read = reader
            .overrides_of(job)
            .map(|name| (name, witness.read(reader.root, &job.relative, name, &mut file)));
        let found = match read {
            Some((name, Ok(()))) => {
                match yaml::lines(file.bytes()) {
                    Ok(lines) => self.harvest.lines.add(at, |each| lines.for_each(each)),
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
        self.harvest.witness.spoil();
        let recorded = reader
            .root
            .read(&job.relative, RECORDED, file)
            .ok()
            .and_then(|()| arrow::parse(file.bytes()).ok()?.overrides);
        let lines = &mut self.harvest.lines;
        if let Some(recorded) = recorded {
            lines.add(at, |each| recorded.iter().for_each(|line| each(line.as_bytes())));
            return true;
        }
        let Some(planned) = reader.plans.overrides(job) else { return false };
        lines.add(at, |each| planned.into_iter().for_each(each));
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

    pub(super) fn problem(
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
        self.harvest.problems.push((at, Problem::from_error(error, path)));
    }
}

/// Whether a directory without overrides and metrics holds a trace of a job all the same.
fn is_job(reader: Reader<'_>, job: &JobDirectory) -> bool {
    let folder = reader.overrides_of(job).and_then(|path| Path::new(path).parent()?.to_str());
    reader.root.exists(&job.relative, "job.json")
        || reader.root.exists(&job.relative, RECORDED)
        || folder
            .filter(|folder| !folder.is_empty())
            .is_some_and(|folder| reader.root.exists(&job.relative, folder))
}
