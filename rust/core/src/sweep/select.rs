//! Which jobs a condition selects, decided before any metric is read.
//!
//! ```text
//! every job: its identity alone ──► condition ──► selected   read as without a condition
//!                                           ├──► excluded   nothing more is opened
//!                                           └──► undecided  no identity: read for its problems
//! ```
//!
//! A job's files may change between the two readings. So the condition is asked again of what was
//! read with the numbers, and that answer counts.

use std::collections::HashSet;

use super::belong::{Scope, set_aside};
use super::gather::{MOST_LESSONS, MOST_SHAPES};
use super::known::{defaults, rebuilt};
use super::reader::Reader;
use super::restrict::{Promised, restrict};
use super::source::RECORDED;
use crate::assemble::{Definition, Identities, Known, Parameters};
use crate::codes::{LineTable, code, index};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::files::{FileBuffer, Witness, is_absent};
use crate::metric::{Columns, Format, arrow};
use crate::pool::{self, Cancel, Workers};
use crate::query::Query;
use crate::scan::JobDirectory;
use crate::yaml;

/// The jobs that a condition leaves to be read.
pub struct Choice<'q> {
    query: &'q Query,
    /// Who all the jobs are by their own records, excluded ones included.
    pub own: Parameters,
    /// The same, with what other files say of them.
    everyone: Parameters,
    /// What these say.
    pub known: Vec<Known>,
    /// The jobs that are selected or undecided, in job order.
    pub jobs: Vec<usize>,
    selected: usize,
}

impl<'q> Choice<'q> {
    /// Asks the condition, where there is one, of every job.
    ///
    /// # Errors
    ///
    /// `Invalid` for a name that neither a job nor the definition has, `NoMatch` where no job is
    /// selected, `Interrupted`.
    pub fn make(
        query: Option<&'q Query>,
        reader: Reader<'_>,
        scope: Scope<'_>,
        leftovers: bool,
        (workers, cancel): (Workers, &Cancel),
    ) -> Result<Option<Self>> {
        let Some(query) = query else { return Ok(None) };
        let count = reader.jobs.len();
        let parts = pool::run(count, workers, cancel, Part::default, |part, block| {
            block.into_iter().for_each(|job| part.read(reader, job));
            Ok(())
        })?;
        let lines: Vec<LineTable> = parts.into_iter().map(|part| part.lines).collect();
        let mut own = Identities::resolve(&lines, count, scope.dialects).parameters;
        let mut known_otherwise = rebuilt(scope, &own);
        own.learn(&known_otherwise);
        let mut members = own.identified.clone();
        // Its problems are those of the jobs that are read, and found again with them.
        let left = scope.leftovers(&own);
        drop(set_aside(scope, (&own, left), &mut members, leftovers));
        let filled = defaults(scope, &lines, &own, &members, (workers, cancel))?;
        let mut everyone = own.clone();
        everyone.learn(&filled.known);
        known_otherwise.extend(filled.known);
        let known = everyone.identified.contains(&true);
        if known {
            let mut names: Vec<&str> = everyone.list.iter().map(|it| it.name.as_str()).collect();
            let defined = scope.definitions.iter().flatten().flat_map(|it| &it.parameters);
            for name in defined.map(|it| it.name.as_str()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            query.check_names(&names)?;
        }
        let mut choice =
            Self { query, own, everyone, known: known_otherwise, jobs: Vec::new(), selected: 0 };
        for job in 0..count {
            let identified = choice.everyone.identified.get(job) == Some(&true);
            let selected = identified && holds(query, &choice.everyone, job);
            choice.selected += usize::from(selected);
            if selected || !identified {
                choice.jobs.push(job);
            }
        }
        if known && choice.selected == 0 {
            return Err(choice.nothing(""));
        }
        Ok(Some(choice))
    }

    /// What other files say of the jobs that were read.
    pub fn known_of_read(&self, belongs: &[bool]) -> Vec<Known> {
        let read: HashSet<usize> = self.jobs.iter().copied().collect();
        let is_read = |job: usize| read.contains(&job) && belongs.get(job) == Some(&true);
        self.known.iter().filter(|it| is_read(it.job)).cloned().collect()
    }

    /// Asks again, of what was read with the numbers: jobs that are not selected belong no longer,
    /// and only undecided ones leave their problems.
    pub fn settle(
        &self,
        parameters: &Parameters,
        belongs: &mut [bool],
        problems: &mut Vec<(u32, Problem)>,
    ) {
        let mut read = vec![false; belongs.len()];
        for job in &self.jobs {
            if let Some(slot) = read.get_mut(*job) {
                *slot = true;
            }
        }
        let identified = |job: usize| parameters.identified.get(job) == Some(&true);
        let selected = |job| identified(job) && holds(self.query, parameters, job);
        for (job, slot) in belongs.iter_mut().enumerate() {
            *slot &= read.get(job) == Some(&true) && selected(job);
        }
        problems.retain(|(job, _)| !identified(index(*job)) || selected(index(*job)));
    }

    /// Leaves of the definition what is selected, now that it is known which jobs belong, and gives
    /// the cells that it promises.
    ///
    /// # Errors
    ///
    /// `NoMatch` where none does.
    pub fn restrict(
        &self,
        definition: Option<&mut Definition>,
        parameters: &Parameters,
        belongs: &[bool],
    ) -> Result<Option<Promised>> {
        if !belongs.contains(&true) {
            let why = " but leftovers or unreadable ones; `leftovers=True` takes the former in";
            return Err(self.nothing(why));
        }
        Ok(definition.and_then(|it| restrict(self.query, it, parameters, belongs)))
    }

    /// The error of a condition that selects no job.
    fn nothing(&self, why: &str) -> Error {
        let labels: Vec<String> = self
            .query
            .names()
            .into_iter()
            .filter_map(|name| self.everyone.list.iter().find(|it| it.name == name))
            .map(|parameter| Query::described(&parameter.name, &parameter.labels))
            .collect();
        let count = self.everyone.identified.len();
        let unknown = self.everyone.identified.iter().filter(|it| !**it).count();
        let mut message = format!("it selects none of the {count} jobs{why}");
        if !labels.is_empty() {
            message.push_str(&format!("; in them {}", labels.join("; ")));
        }
        if unknown > 0 {
            message.push_str(&format!(
                "; of {unknown} the parameters could not be read, and without `where` the problems \
                 say why"
            ));
        }
        self.query.refuse(ErrorKind::NoMatch, &message)
    }
}

/// Whether a condition holds for a job.
fn holds(query: &Query, parameters: &Parameters, job: usize) -> bool {
    query.holds(|name| parameters.list.iter().find(|it| it.name == name)?.label_of(job))
}

/// The identities that one thread read.
#[derive(Default)]
struct Part {
    lines: LineTable,
    file: FileBuffer,
    shapes: Vec<arrow::Shape>,
    lessons: usize,
    /// Where shapes keep their columns; nothing is ever put into them.
    columns: Columns,
}

impl Part {
    /// Reads the record of a job's identity; one that cannot be read leaves it without.
    fn read(&mut self, reader: Reader<'_>, at: usize) {
        let Some(job) = reader.jobs.get(at) else { return };
        if carriers(reader, job).iter().any(|name| self.read_carried(reader, job, at, name)) {
            return;
        }
        let Some(name) = reader.overrides_of(job) else { return self.read_other(reader, job, at) };
        match reader.root.read(&job.relative, name, &mut self.file) {
            Ok(()) => {
                if let Ok(lines) = yaml::lines(self.file.bytes()) {
                    self.lines.add(code(at), |each| lines.for_each(each));
                }
            }
            Err(error) if is_absent(&error) => self.read_other(reader, job, at),
            Err(_) => {}
        }
    }

    /// Takes the identity of a job without overrides from its recorded metrics or the plan.
    fn read_other(&mut self, reader: Reader<'_>, job: &JobDirectory, at: usize) {
        if self.read_carried(reader, job, at, RECORDED) {
            return;
        }
        if let Some(planned) = reader.plans.overrides(job) {
            self.lines.add(code(at), |each| planned.into_iter().for_each(each));
        }
    }

    /// Takes the overrides that a metric file carries; whether it does.
    fn read_carried(
        &mut self,
        reader: Reader<'_>,
        job: &JobDirectory,
        at: usize,
        name: &str,
    ) -> bool {
        let Self { file, lines, shapes, columns, lessons } = self;
        if reader.root.read(&job.relative, name, file).is_err() {
            return false;
        }
        let (bytes, at) = (file.bytes(), code(at));
        if let Some(found) = shapes.iter().find_map(|shape| shape.lines(bytes)) {
            if let Some(found) = found {
                lines.add(at, |each| found.iter().for_each(each));
            }
            return found.is_some();
        }
        let found = if *lessons < MOST_LESSONS && shapes.len() < MOST_SHAPES {
            *lessons += 1;
            let Ok(record) = arrow::parse(bytes) else { return false };
            shapes.extend(arrow::Shape::learn(bytes, &record, columns, at));
            record.overrides
        } else {
            arrow::overrides(bytes).ok().flatten()
        };
        if let Some(found) = &found {
            lines.add(at, |each| found.iter().for_each(|line| each(line.as_bytes())));
        }
        found.is_some()
    }
}

/// The metric files that would be read of a job and may carry its identity, in order.
fn carriers(reader: Reader<'_>, job: &JobDirectory) -> Vec<String> {
    let carries = |name: &str| {
        name == RECORDED || (reader.loader.is_none() && Format::of(name) == Some(Format::Arrow))
    };
    let mut files = match (reader.selection.single(), &reader.selection.fallback, reader.loader) {
        (Some(only), None, None) => vec![only.to_owned()],
        (Some(first), Some(other), None) if !carries(first) && !carries(other) => Vec::new(),
        _ => reader.files_of(job, &mut Witness::default()),
    };
    files.retain(|name| carries(name));
    files
}
