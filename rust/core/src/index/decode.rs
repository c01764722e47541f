//! From the rows of an index to what was read: nothing in them is believed before it was compared.

use std::collections::HashMap;
use std::path::Path;

use arrow_buffer::ScalarBuffer;
use serde_json::Value as Json;

use super::encode::{ABSENT, PRESENT, STAMPED};
use super::form;
use super::harvest::Harvest;
use super::rows::{ReadRow, Texts};
use super::verdict::Verdict;
use crate::array::element_count;
use crate::codes::index;
use crate::error::{ErrorKind, Problem};
use crate::files::{Note, Seen, Stamp, Witness};
use crate::metric::{Data, Element, Form, Packed, Segment};

/// The longest dimension that no element stands behind.
const LONGEST_EMPTY: usize = 1 << 20;

/// What an index remembers. Jobs are numbered as they were when it was written.
#[derive(Debug, Default)]
pub struct Stored {
    /// Their directories.
    pub jobs: Texts,
    /// What the values of the sound ones rest on; nothing where the index was read in part.
    pub notes: Option<Notes>,
    /// What was decided of all of them together.
    pub verdict: Option<Verdict>,
    /// Whether nothing can be, since something else decides it too.
    pub is_undecided: bool,
    /// What it rests on, beside their notes.
    pub frame: Option<Notes>,
    lines: Option<LineRows>,
    cells: Vec<Cells>,
    problems: Vec<Met>,
    matched: Vec<u32>,
}

/// A problem: its job, its kind, the file relative to the job, and the message.
type Met = (u32, ErrorKind, Box<str>, Box<str>);

/// The notes of the sound jobs, or of the frame.
#[derive(Debug)]
pub struct Notes {
    names: Texts,
    row: ReadRow,
    jobs: Vec<NotesOfJob>,
}

/// Where the notes of a job lie in their row.
#[derive(Clone, Copy, Debug)]
struct NotesOfJob {
    /// Where its names start, among the numbers: behind the job, and how many they are.
    names: u32,
    /// Where its stamps start, among the ends.
    stamps: u32,
}

/// The numbers that make a stamp.
const STAMP: usize = 4;

impl Notes {
    /// How many jobs have notes.
    pub const fn count(&self) -> usize {
        self.jobs.len()
    }

    /// The jobs that have notes.
    pub fn jobs(&self) -> impl Iterator<Item = u32> {
        self.jobs.iter().filter_map(|notes| Some(self.head(*notes)?.0))
    }

    /// The job at a place, and its notes.
    pub fn get(&self, at: usize) -> Option<(u32, impl Iterator<Item = Note>)> {
        let notes = *self.jobs.get(at)?;
        let (job, count) = self.head(notes)?;
        let names = self.row.numbers.get(index(notes.names)..)?.get(..count)?;
        // Each job before it, and itself, has two numbers more than kinds.
        let kinds = index(notes.names).checked_sub(at.checked_add(1)?.checked_mul(2)?)?;
        let kinds = self.row.data.get(kinds..)?;
        let mut stamps = self.row.ends.get(index(notes.stamps)..)?.chunks_exact(STAMP);
        let notes = names.iter().zip(kinds).map_while(move |(name, kind)| {
            let seen = match *kind {
                ABSENT => Seen::Absent,
                PRESENT => Seen::Present,
                _ => Seen::Stamped(stamp(stamps.next()?)?),
            };
            Some(Note { name: *name, seen })
        });
        Some((job, notes))
    }

    /// A job, and how many notes it has.
    fn head(&self, notes: NotesOfJob) -> Option<(u32, usize)> {
        let head = self.row.numbers.get(index(notes.names).checked_sub(2)?..)?;
        let ([job, count], _) = head.split_first_chunk()?;
        Some((*job, index(*count)))
    }

    /// The name of what a note is of, relative to its job.
    pub fn name(&self, note: Note) -> &str {
        self.names.get(index(note.name))
    }
}

/// The override lines: each once, and those of each job by their places.
#[derive(Debug)]
struct LineRows {
    lines: ReadRow,
    codes: ScalarBuffer<u32>,
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
    pub fn parse(rows: Vec<ReadRow>) -> Option<Self> {
        let mut stored = Self::default();
        let mut lines: Option<ReadRow> = None;
        let mut names: Option<Texts> = None;
        for row in rows {
            match row.section.as_str() {
                "jobs" => stored.jobs = row.texts()?,
                "lines" => lines = Some(row),
                "job lines" => {
                    stored.lines = Some(LineRows { lines: lines.take()?, codes: row.numbers });
                }
                "names" => names = Some(row.texts()?),
                "notes" => stored.notes = Some(notes(names.take()?, row)?),
                "column" => stored.cells.push(cells(row)?),
                "problems" => stored.problems.extend(problems(&row)?),
                "matched" => stored.matched.extend(row.numbers.iter()),
                "undecided" => stored.is_undecided = true,
                "frame" => stored.frame = Some(notes(names.take()?, row)?),
                "verdict" => stored.verdict = Some(Verdict::parse(&row, stored.jobs.count())?),
                "parameter" => stored.verdict.as_mut()?.learn(&row)?,
                _ => return None,
            }
        }
        let known = |job: u32| index(job) < stored.jobs.count();
        let all_known = stored.notes.as_ref().is_none_or(|notes| notes.jobs().all(known));
        all_known.then_some(stored)
    }

    /// Leaves out the override lines: where what was decided is believed, nobody asks for them.
    pub fn forget_lines(&mut self) {
        self.lines = None;
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
    /// Their directories are below `root`. `None` where the lines contradict themselves.
    pub fn harvest(&mut self, root: &Path, current: &[Option<u32>]) -> Option<Harvest> {
        let now = |job: &u32| current.get(index(*job)).copied().flatten();
        let mut harvest = Harvest::default();
        if let Some(table) = &self.lines {
            let lines = table.lines.parts()?.into_iter();
            let places: Vec<u32> = lines.map(|line| harvest.lines.intern(line)).collect();
            let mut rest: &[u32] = &table.codes;
            while let Some(([job, count], after)) = rest.split_first_chunk() {
                let (own, after) = after.split_at_checked(index(*count))?;
                rest = after;
                own.iter().all(|code| index(*code) < places.len()).then_some(())?;
                let Some(job) = now(job) else { continue };
                let codes = own.iter().filter_map(|code| places.get(index(*code)).copied());
                harvest.lines.add_coded(job, codes);
            }
            rest.is_empty().then_some(())?;
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
            let mut path = root.join(self.jobs.get(index(*job)));
            if !name.is_empty() {
                path.push(name.as_ref());
            }
            let message = message.clone().into_string();
            harvest.problems.push((new, Problem { path, kind: *kind, message }));
        }
        harvest.matched = self.matched.iter().filter_map(now).collect();
        Some(harvest)
    }

    /// What the jobs that have a number now rest on.
    pub fn witness(&self, current: &[Option<u32>]) -> Witness {
        let mut witness = Witness::attentive();
        let Some(notes) = &self.notes else { return witness };
        for (job, own) in (0..notes.count()).filter_map(|at| notes.get(at)) {
            if let Some(Some(job)) = current.get(index(job)) {
                witness.adopt(*job, own.map(|note| (notes.name(note), note.seen)));
            }
        }
        witness
    }
}

/// The cells of the jobs that have a number now; `None` where there is none.
fn kept(segment: Segment, now: impl Fn(&u32) -> Option<u32>) -> Option<Segment> {
    if segment.jobs.iter().all(|job| now(job) == Some(*job)) && !segment.jobs.is_empty() {
        return Some(segment);
    }
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
        Data::Numbers(all) => {
            let mut own = Vec::with_capacity(all.len());
            pieces(&all, size, &jobs).for_each(|piece| own.extend_from_slice(piece));
            Data::Numbers(own.into())
        }
        Data::Texts(all) => Data::Texts(pieces(&all, size, &jobs).flatten().cloned().collect()),
        Data::Bytes(all) => Data::Bytes(pieces(&all, size, &jobs).flatten().cloned().collect()),
        Data::Plain(all) => Data::Plain(pieces(&all, size, &jobs).flatten().cloned().collect()),
        Data::Nulls => Data::Nulls,
    };
    Some(Segment { form: segment.form, jobs: jobs.into_iter().flatten().collect(), data })
}

/// The cells, of `size` elements each, of the jobs that are kept.
fn pieces<'a, T>(
    all: &'a [T],
    size: usize,
    jobs: &'a [Option<u32>],
) -> impl Iterator<Item = &'a [T]> {
    let kept = jobs.iter().enumerate().filter(|(_, job)| job.is_some());
    kept.map(move |(at, _)| {
        let start = at.saturating_mul(size);
        all.get(start..start.saturating_add(size)).unwrap_or_default()
    })
}

fn texts(row: &ReadRow) -> Option<Vec<Box<str>>> {
    let texts = row.parts()?;
    texts.into_iter().map(|text| Some(std::str::from_utf8(text).ok()?.into())).collect()
}

fn notes(names: Texts, row: ReadRow) -> Option<Notes> {
    // A job, a count and at least one name.
    let mut jobs = Vec::with_capacity(row.numbers.len() / 3);
    let (mut rest, mut kinds, mut stamps) = (&*row.numbers, &*row.data, 0_usize);
    while let Some(([_, count], after)) = rest.split_first_chunk() {
        let start = row.numbers.len().checked_sub(after.len())?;
        jobs.push(NotesOfJob {
            names: u32::try_from(start).ok()?,
            stamps: u32::try_from(stamps).ok()?,
        });
        let (own, after) = after.split_at_checked(index(*count))?;
        // What rests on nothing would never be read again.
        (!own.is_empty() && own.iter().all(|it| index(*it) < names.count())).then_some(())?;
        let (seen, others) = kinds.split_at_checked(own.len())?;
        for kind in seen {
            match *kind {
                ABSENT | PRESENT => {}
                STAMPED => stamps = stamps.checked_add(STAMP)?,
                _ => return None,
            }
        }
        (stamps <= row.ends.len()).then_some(())?;
        (rest, kinds) = (after, others);
    }
    rest.is_empty().then_some(Notes { names, row, jobs })
}

fn stamp(numbers: &[u64]) -> Option<Stamp> {
    let [size, modified, changed, inode] = *numbers else { return None };
    let (modified, changed) = (modified.cast_signed(), changed.cast_signed());
    Some(Stamp { size, modified, changed, inode })
}

fn cells(row: ReadRow) -> Option<Cells> {
    let about: Json = serde_json::from_str(&row.about).ok()?;
    let number = |key: &str| u32::try_from(about.get(key)?.as_u64()?).ok();
    let form: Form = form::parse(about.get("form")?.as_str()?)?;
    let count = element_count(&form.shape)?.checked_mul(row.numbers.len())?;
    let data = match form.element {
        Element::Number(dtype) => {
            (count.checked_mul(dtype.size())? == row.data.len()).then_some(())?;
            Data::Numbers(Packed::shared(row.data.clone()))
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
        segment: Segment { form, jobs: row.numbers.to_vec(), data },
    })
}

fn problems(row: &ReadRow) -> Option<Vec<Met>> {
    let texts = texts(row)?;
    let mut texts = texts.into_iter();
    let problem = |job: &u32| {
        let code = texts.next()?;
        let kind = ErrorKind::ALL.into_iter().find(|kind| kind.code() == code.as_ref())?;
        Some((*job, kind, texts.next()?, texts.next()?))
    };
    row.numbers.iter().map(problem).collect()
}
