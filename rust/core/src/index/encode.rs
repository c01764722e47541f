//! From what was read to the rows of an index.

use std::path::Path;

use serde_json::json;

use super::form;
use super::harvest::Harvest;
use super::join::{self, Cells, Notes};
use super::rows::Row;
use super::verdict::Verdict;
use crate::array::element_count;
use crate::codes::{LineTable, code, index};
use crate::files::{Note, Seen, Witness};
use crate::metric::{Data, Element};

/// Notes of nothing, of something, and of a file or directory with its stamp.
pub const ABSENT: u8 = 0;
pub const PRESENT: u8 = 1;
pub const STAMPED: u8 = 2;

/// What an index is made of.
#[derive(Clone, Copy)]
pub struct Content<'c> {
    /// The path that was opened.
    pub root: &'c Path,
    /// The jobs' directories, relative to it.
    pub jobs: &'c [&'c Path],
    /// What was read of them.
    pub harvests: &'c [&'c Harvest],
    /// A file that changed at this time (in nanoseconds since 1970) or later is not to be relied
    /// upon: it may have changed once more without another stamp.
    pub settled: i64,
}

/// The rows of an index, and whether they are of every job.
pub struct Rows {
    /// What a sweep is made of, once it is decided.
    pub first: Vec<Row>,
    /// What that is decided by: the override lines, and the notes.
    pub rest: Vec<Row>,
    /// Whether every job is sound.
    pub is_whole: bool,
    /// Whether one is not only because a file of it changed so lately.
    pub is_young: bool,
}

/// The rows of an index; `None` where no job can be remembered.
pub fn rows(content: Content<'_>) -> Option<Rows> {
    let mut sound = vec![false; content.jobs.len()];
    let mut is_young = false;
    let harvests = content.harvests;
    for (job, notes) in harvests.iter().flat_map(|it| it.witness.jobs()) {
        if let Some(slot) = sound.get_mut(index(job)) {
            *slot = notes.iter().all(|note| is_settled(note, content.settled));
            is_young |= !*slot;
        }
    }
    for (slot, path) in sound.iter_mut().zip(content.jobs) {
        *slot &= path.to_str().is_some();
    }
    let jobs = content.jobs.iter().map(|path| path.to_str().unwrap_or_default());
    let mut first = vec![Row::texts("jobs", jobs)];
    for cells in join::cells(harvests) {
        match row_of_cells(&cells) {
            Some(row) => first.push(row),
            None => forget(&mut sound, cells.all.iter().map(|(job, _, _)| *job)),
        }
    }
    first.push(problems(content, &mut sound));
    let mut matched: Vec<u32> = harvests.iter().flat_map(|it| &it.matched).copied().collect();
    matched.sort_unstable();
    first.push(Row { section: "matched".to_owned(), numbers: matched, ..Row::default() });
    let mut rest = lines(&join::lines(harvests)).to_vec();
    rest.extend(notes("notes", &Notes::of(harvests.iter().map(|it| &it.witness)), &sound));
    let is_whole = !sound.contains(&false);
    sound.contains(&true).then_some(Rows { first, rest, is_whole, is_young })
}

/// The rows that say what was decided of all jobs together, and by which files beside theirs, or that
/// nothing can be; none where one of these files is not to be relied upon yet.
pub fn decided(verdict: Option<Verdict>, frame: &Witness, settled_at: i64) -> Vec<Row> {
    match verdict {
        None => vec![Row { section: "undecided".to_owned(), ..Row::default() }],
        Some(_) if settled(frame, settled_at) == 0 => Vec::new(),
        Some(verdict) => {
            let mut rows = verdict.rows();
            rows.extend(notes("frame", &Notes::of([frame].into_iter()), &[true]));
            rows
        }
    }
}

/// How many jobs of a witness rest on nothing that may have changed once more.
#[must_use]
pub fn settled(witness: &Witness, settled: i64) -> usize {
    let holds = |(_, notes): &(u32, &[Note])| notes.iter().all(|it| is_settled(it, settled));
    witness.jobs().filter(holds).count()
}

fn forget(sound: &mut [bool], jobs: impl IntoIterator<Item = u32>) {
    for job in jobs {
        if let Some(slot) = sound.get_mut(index(job)) {
            *slot = false;
        }
    }
}

fn is_settled(note: &Note, settled: i64) -> bool {
    match note.seen {
        Seen::Stamped(stamp) => stamp.latest() < settled,
        Seen::Absent | Seen::Present => true,
    }
}

fn row_of_cells(cells: &Cells<'_>) -> Option<Row> {
    let form = cells.form;
    let about = json!({
        "name": cells.name,
        "first": cells.first.0,
        "place": cells.first.1,
        "form": form::text(form)?,
    });
    let mut row = Row {
        section: "column".to_owned(),
        about: about.to_string(),
        numbers: cells.all.iter().map(|(job, _, _)| *job).collect(),
        ..Row::default()
    };
    let count = element_count(&form.shape)?;
    if let Element::Number(dtype) = form.element {
        let bytes = count.checked_mul(dtype.size())?.checked_mul(cells.all.len())?;
        row.data.try_reserve_exact(bytes).ok()?;
    }
    for (_, at, segment) in &cells.all {
        let part = |size: usize| {
            let start = index(*at).checked_mul(size)?;
            Some(start..start.checked_add(size)?)
        };
        match (&segment.data, form.element) {
            (Data::Numbers(all), Element::Number(dtype)) => {
                row.data.extend_from_slice(all.get(part(count.checked_mul(dtype.size())?)?)?);
            }
            (Data::Texts(all), _) => {
                all.get(part(count)?)?.iter().for_each(|text| row.push(text.as_bytes()));
            }
            (Data::Bytes(all), _) => {
                all.get(part(count)?)?.iter().for_each(|string| row.push(string));
            }
            (Data::Nulls, _) => {}
            _ => return None,
        }
    }
    Some(row)
}

fn lines(table: &LineTable) -> [Row; 2] {
    let mut of_jobs = Row { section: "job lines".to_owned(), ..Row::default() };
    for (job, lines) in table.coded() {
        of_jobs.numbers.extend([job, code(lines.len())]);
        of_jobs.numbers.extend(lines);
    }
    [Row::texts("lines", table.distinct()), of_jobs]
}

fn problems(content: Content<'_>, sound: &mut [bool]) -> Row {
    let mut row = Row { section: "problems".to_owned(), ..Row::default() };
    for (job, problem) in content.harvests.iter().flat_map(|it| &it.problems) {
        let directory = content.jobs.get(index(*job)).map(|it| content.root.join(it));
        let below = directory.and_then(|it| problem.path.strip_prefix(it).ok());
        let Some(name) = below.and_then(Path::to_str) else {
            forget(sound, [*job]);
            continue;
        };
        row.numbers.push(*job);
        row.push(problem.kind.code().as_bytes());
        row.push(name.as_bytes());
        row.push(problem.message.as_bytes());
    }
    row
}

fn notes(section: &str, notes: &Notes<'_>, sound: &[bool]) -> [Row; 2] {
    let mut row = Row { section: section.to_owned(), ..Row::default() };
    for (job, own) in notes.jobs() {
        if sound.get(index(job)) != Some(&true) {
            continue;
        }
        row.numbers.extend([job, code(own.len())]);
        for note in own {
            row.numbers.push(note.name);
            let (kind, stamp) = match note.seen {
                Seen::Absent => (ABSENT, None),
                Seen::Present => (PRESENT, None),
                Seen::Stamped(stamp) => (STAMPED, Some(stamp)),
            };
            row.data.push(kind);
            if let Some(stamp) = stamp {
                row.ends.extend([
                    stamp.size,
                    stamp.modified.cast_unsigned(),
                    stamp.changed.cast_unsigned(),
                    stamp.inode,
                ]);
            }
        }
    }
    [Row::texts("names", &notes.names), row]
}
