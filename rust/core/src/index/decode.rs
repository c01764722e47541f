//! From the rows of an index to what was read: nothing in them is believed before it was compared.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value as Json;

use super::encode::{ABSENT, PRESENT, STAMPED};
use super::form;
use super::harvest::Harvest;
use super::rows::Row;
use crate::array::element_count;
use crate::assemble::index;
use crate::error::{ErrorKind, Problem};
use crate::files::{Note, Seen, Stamp, Witness};
use crate::metric::{Data, Element, Form, Segment};

/// The longest dimension that no element stands behind.
const LONGEST_EMPTY: usize = 1 << 20;

/// What an index remembers. Jobs are numbered as they were when it was written.
#[derive(Debug, Default)]
pub struct Stored {
    /// Their directories.
    pub jobs: Vec<Box<str>>,
    /// The sound ones, with what their values rest on.
    pub notes: Vec<Notes>,
    lines: Vec<Lines>,
    cells: Vec<Cells>,
    problems: Vec<Met>,
    matched: Vec<u32>,
}

/// A problem: its job, its kind, the file relative to the job, and the message.
type Met = (u32, ErrorKind, Box<str>, Box<str>);

/// The notes of one thread.
#[derive(Debug, Default)]
pub struct Notes {
    names: Vec<Box<str>>,
    notes: Vec<Note>,
    jobs: Vec<(u32, usize, usize)>,
}

impl Notes {
    /// How many jobs have notes.
    pub const fn count(&self) -> usize {
        self.jobs.len()
    }

    /// The job at a place, and its notes.
    pub fn get(&self, at: usize) -> Option<(u32, &[Note])> {
        let (job, start, end) = self.jobs.get(at)?;
        Some((*job, self.notes.get(*start..*end)?))
    }

    /// The name of what a note is of, relative to its job.
    pub fn name(&self, note: &Note) -> &str {
        self.names.get(index(note.name)).map(AsRef::as_ref).unwrap_or_default()
    }
}

#[derive(Debug)]
struct Lines {
    lines: Vec<Box<[u8]>>,
    jobs: Vec<(u32, usize, usize)>,
    codes: Vec<u32>,
}

/// A segment with the name of its metric, and the first job that had it there.
#[derive(Debug)]
struct Cells {
    name: String,
    first: (u32, u32),
    segment: Segment,
}

impl Stored {
    /// Reads the rows; `None` where anything in them contradicts the rest.
    pub fn parse(rows: Vec<Row>) -> Option<Self> {
        let mut stored = Self::default();
        let mut lines: Option<Vec<Box<[u8]>>> = None;
        let mut names: Option<Vec<Box<str>>> = None;
        for row in rows {
            match row.section.as_str() {
                "jobs" => stored.jobs = texts(&row)?,
                "lines" => lines = Some(row.parts()?.into_iter().map(Into::into).collect()),
                "job lines" => stored.lines.push(Lines::parse(lines.take()?, row.numbers)?),
                "names" => names = Some(texts(&row)?),
                "notes" => stored.notes.push(notes(names.take()?, &row)?),
                "column" => stored.cells.push(cells(row)?),
                "problems" => stored.problems.extend(problems(&row)?),
                "matched" => stored.matched.extend(row.numbers),
                _ => return None,
            }
        }
        let noted = stored.notes.iter().flat_map(|it| &it.jobs);
        let known = |job: &u32| index(*job) < stored.jobs.len();
        noted.clone().all(|(job, _, _)| known(job)).then_some(())?;
        Some(stored)
    }

    /// Jobs that have to be read for their own sake, though they have not changed: where the first
    /// job that had a metric is not among the `valid` ones, the next one says where in the order of
    /// metrics it stands.
    pub fn heirs(&self, valid: &[bool]) -> Vec<u32> {
        let is_valid = |job: u32| valid.get(index(job)) == Some(&true);
        let mut heirs = Vec::new();
        for (name, (first, _)) in self.firsts() {
            if !is_valid(first) {
                heirs.extend(self.jobs_with(name).filter(|job| is_valid(*job)).min());
            }
        }
        heirs
    }

    fn firsts(&self) -> HashMap<&str, (u32, u32)> {
        let mut firsts: HashMap<&str, (u32, u32)> = HashMap::new();
        for cells in &self.cells {
            let first = firsts.entry(&cells.name).or_insert(cells.first);
            *first = (*first).min(cells.first);
        }
        firsts
    }

    fn jobs_with<'s>(&'s self, name: &'s str) -> impl Iterator<Item = u32> + 's {
        let cells = self.cells.iter().filter(move |cells| cells.name == name);
        cells.flat_map(|cells| cells.segment.jobs.iter().copied())
    }

    /// What is remembered of the jobs that have a number now: `current` has it for each, ascending.
    /// Their directories are below `root`.
    pub fn harvest(&mut self, root: &Path, current: &[Option<u32>]) -> Harvest {
        let now = |job: &u32| current.get(index(*job)).copied().flatten();
        let mut harvest = Harvest::default();
        for table in &self.lines {
            for (job, start, end) in &table.jobs {
                let Some(job) = now(job) else { continue };
                let codes = table.codes.get(*start..*end).unwrap_or_default();
                let lines = codes.iter().filter_map(|code| table.lines.get(index(*code)));
                harvest.lines.add(job, |each| lines.for_each(|line| each(line)));
            }
        }
        let firsts: HashMap<String, (u32, u32)> = self
            .firsts()
            .into_iter()
            .filter_map(|(name, (job, place))| {
                let first = match now(&job) {
                    Some(job) => (job, place),
                    // An heir comes before it, and says where the metric stands.
                    None => (self.jobs_with(name).filter_map(|it| now(&it)).min()?, u32::MAX),
                };
                Some((name.to_owned(), first))
            })
            .collect();
        for Cells { name, segment, .. } in std::mem::take(&mut self.cells) {
            let Some(first) = firsts.get(&name) else { continue };
            if let Some(cells) = kept(segment, now) {
                harvest.columns.append(*first, &name, cells);
            }
        }
        for (job, kind, name, message) in &self.problems {
            let Some(new) = now(job) else { continue };
            let directory = self.jobs.get(index(*job)).map(AsRef::as_ref).unwrap_or_default();
            let mut path = root.join(directory);
            if !name.is_empty() {
                path.push(name.as_ref());
            }
            let message = message.clone().into_string();
            harvest.problems.push((new, Problem { path, kind: *kind, message }));
        }
        harvest.matched = self.matched.iter().filter_map(now).collect();
        harvest
    }

    /// What the jobs that have a number now rest on.
    pub fn witness(&self, current: &[Option<u32>]) -> Witness {
        let mut witness = Witness::attentive();
        for notes in &self.notes {
            for (job, own) in (0..notes.count()).filter_map(|at| notes.get(at)) {
                if let Some(Some(job)) = current.get(index(job)) {
                    witness.adopt(*job, own.iter().map(|note| (notes.name(note), note.seen)));
                }
            }
        }
        witness
    }
}

/// The cells of the jobs that have a number now; `None` where there is none.
fn kept(segment: Segment, now: impl Fn(&u32) -> Option<u32>) -> Option<Segment> {
    let jobs: Vec<Option<u32>> = segment.jobs.iter().map(now).collect();
    if jobs.iter().all(Option::is_none) {
        return None;
    }
    let count = element_count(&segment.form.shape).unwrap_or(0);
    let size = match segment.form.element {
        Element::Number(dtype) => count.saturating_mul(dtype.size()),
        _ => count,
    };
    let data = match segment.data {
        all if jobs.iter().all(Option::is_some) => all,
        Data::Numbers(all) => Data::Numbers(pieces(&all, size, &jobs).copied().collect()),
        Data::Texts(all) => Data::Texts(pieces(&all, size, &jobs).cloned().collect()),
        Data::Bytes(all) => Data::Bytes(pieces(&all, size, &jobs).cloned().collect()),
        Data::Plain(all) => Data::Plain(pieces(&all, size, &jobs).cloned().collect()),
        Data::Nulls => Data::Nulls,
    };
    Some(Segment { form: segment.form, jobs: jobs.into_iter().flatten().collect(), data })
}

fn pieces<'a, T>(
    all: &'a [T],
    size: usize,
    jobs: &'a [Option<u32>],
) -> impl Iterator<Item = &'a T> {
    let kept = jobs.iter().enumerate().filter(|(_, job)| job.is_some());
    kept.flat_map(move |(at, _)| {
        let start = at.saturating_mul(size);
        all.get(start..start.saturating_add(size)).unwrap_or_default()
    })
}

impl Lines {
    fn parse(lines: Vec<Box<[u8]>>, codes: Vec<u32>) -> Option<Self> {
        let mut jobs = Vec::new();
        let mut at = 0_usize;
        while let Some(job) = codes.get(at) {
            let start = at.checked_add(2)?;
            let end = start.checked_add(index(*codes.get(at.checked_add(1)?)?))?;
            let own = codes.get(start..end)?;
            own.iter().all(|code| index(*code) < lines.len()).then_some(())?;
            jobs.push((*job, start, end));
            at = end;
        }
        Some(Self { lines, jobs, codes })
    }
}

fn texts(row: &Row) -> Option<Vec<Box<str>>> {
    let texts = row.parts()?;
    texts.into_iter().map(|text| Some(std::str::from_utf8(text).ok()?.into())).collect()
}

fn notes(names: Vec<Box<str>>, row: &Row) -> Option<Notes> {
    let mut found = Notes { names, ..Notes::default() };
    let (mut kinds, mut stamps) = (row.data.iter(), row.ends.iter());
    let mut at = 0_usize;
    while let Some(job) = row.numbers.get(at) {
        let start = at.checked_add(2)?;
        let end = start.checked_add(index(*row.numbers.get(at.checked_add(1)?)?))?;
        let before = found.notes.len();
        for name in row.numbers.get(start..end)? {
            (index(*name) < found.names.len()).then_some(())?;
            let seen = match *kinds.next()? {
                ABSENT => Seen::Absent,
                PRESENT => Seen::Present,
                STAMPED => Seen::Stamped(Stamp {
                    size: *stamps.next()?,
                    modified: stamps.next()?.cast_signed(),
                    changed: stamps.next()?.cast_signed(),
                    inode: *stamps.next()?,
                }),
                _ => return None,
            };
            found.notes.push(Note { name: *name, seen });
        }
        // What rests on nothing would never be read again.
        (found.notes.len() > before).then_some(())?;
        found.jobs.push((*job, before, found.notes.len()));
        at = end;
    }
    Some(found)
}

fn cells(row: Row) -> Option<Cells> {
    let about: Json = serde_json::from_str(&row.about).ok()?;
    let number = |key: &str| u32::try_from(about.get(key)?.as_u64()?).ok();
    let form: Form = form::parse(about.get("form")?.as_str()?)?;
    let count = element_count(&form.shape)?.checked_mul(row.numbers.len())?;
    let data = match form.element {
        Element::Number(dtype) => {
            (count.checked_mul(dtype.size())? == row.data.len()).then_some(())?;
            Data::Numbers(row.data)
        }
        Element::Text => Data::Texts(texts(&row).filter(|it| it.len() == count)?),
        Element::Bytes => {
            let strings = row.parts().filter(|it| it.len() == count)?;
            Data::Bytes(strings.into_iter().map(Into::into).collect())
        }
        Element::Null => Data::Nulls,
        Element::Plain => return None,
    };
    // Lengths without elements cost nothing here, and labels or padding later.
    let is_long = |length: &usize| *length > LONGEST_EMPTY;
    let empty = count == 0 || matches!(data, Data::Nulls);
    (!(empty && form.shape.iter().any(is_long))).then_some(())?;
    Some(Cells {
        name: about.get("name")?.as_str()?.to_owned(),
        first: (number("first")?, number("place")?),
        segment: Segment { form, jobs: row.numbers, data },
    })
}

fn problems(row: &Row) -> Option<Vec<Met>> {
    let texts = texts(row)?;
    let mut texts = texts.into_iter();
    let problem = |job: &u32| {
        let code = texts.next()?;
        let kind = ErrorKind::ALL.into_iter().find(|kind| kind.code() == code.as_ref())?;
        Some((*job, kind, texts.next()?, texts.next()?))
    };
    row.numbers.iter().map(problem).collect()
}
