//! Columns: the cells of one metric over many jobs, built while the files are read.
//!
//! ```text
//! loss    ─ segment float64 ()    jobs 0 1 2 4 …    bytes ▒▒▒▒▒▒▒▒
//!         └ segment int64   ()    jobs 3            bytes ▒
//! curve   ─ segment float64 (10,) jobs 0 1 2 3 4 …  bytes ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
//! ```
//!
//! Cells of one form lie side by side in one segment, so that a well-formed sweep is one segment
//! for each metric and each thread, and placing it is copying fixed-size pieces of memory.

use std::collections::HashMap;

use super::packed::Packed;
use crate::metric::cell::{Cell, Container, Data, Element, Form};
use crate::pages;

/// The cells of one form, in the order in which they were read.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What each of them is.
    pub form: Form,
    /// The job of each.
    pub jobs: Vec<u32>,
    /// Their contents, one after the other.
    pub data: Data,
}

/// The cells of one metric.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The name of the metric.
    pub name: String,
    /// The first job that has the metric, and its place among that job's metrics.
    pub first: (u32, u32),
    /// The cells, by form.
    pub segments: Vec<Segment>,
    by_form: HashMap<Form, usize>,
}

/// The columns of all metrics that one thread met.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    expected: usize,
}

/// Where cells of one name and form go: found once for a file's shape, used for every file of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    column: usize,
    segment: usize,
}

/// The most bytes that room is made for at once.
const LARGEST_ROOM: usize = 1 << 28;
/// Smaller room gets no large pages: up to 2 MiB of what is not filled are given for nothing.
const LARGE_ROOM: usize = 1 << 24;
/// Bytes in use from which on large pages waste little: half as much again at most.
const WELL_FILLED: usize = 1 << 22;

impl Columns {
    /// Columns of about so many jobs: what comes twice gets room for all of them, so that it does
    /// not grow step by step.
    #[must_use]
    pub fn expecting(jobs: usize) -> Self {
        Self { expected: jobs, ..Self::default() }
    }

    /// Adds one job's cell.
    pub fn push(&mut self, job: u32, place: u32, name: &str, cell: Cell) {
        let slot = self.slot(job, place, name, &cell.form);
        let expected = self.expected;
        let Some(segment) = self.segment(slot) else { return };
        segment.note(job, expected);
        match (&mut segment.data, cell.data) {
            (Data::Numbers(all), Data::Numbers(one)) => all.own().extend_from_slice(&one),
            (Data::Texts(all), Data::Texts(one)) => all.extend(one),
            (Data::Bytes(all), Data::Bytes(one)) => all.extend(one),
            (Data::Plain(all), Data::Plain(one)) => all.extend(one),
            _ => {}
        }
    }

    /// The place for cells of this name and form; `job` and `place` say where it was first met.
    pub fn slot(&mut self, job: u32, place: u32, name: &str, form: &Form) -> Slot {
        let column = match self.by_name.get(name) {
            Some(at) => *at,
            None => {
                let at = self.columns.len();
                self.columns.push(Column {
                    name: name.to_owned(),
                    first: (job, place),
                    ..Column::default()
                });
                self.by_name.insert(name.to_owned(), at);
                at
            }
        };
        let segment = match self.columns.get_mut(column) {
            Some(column) => {
                column.first = column.first.min((job, place));
                column.segment_for(form)
            }
            None => 0,
        };
        Slot { column, segment }
    }

    /// Adds one job's numbers, which have the form of the slot's segment.
    pub fn push_numbers(&mut self, slot: Slot, job: u32, bytes: &[u8]) {
        let expected = self.expected;
        if let Some(segment) = self.segment(slot) {
            segment.note(job, expected);
            if let Data::Numbers(all) = &mut segment.data {
                all.own().extend_from_slice(bytes);
            }
        }
    }

    /// Adds one job's bools, given as bits from the lowest, to the slot's segment.
    pub fn push_bits(&mut self, slot: Slot, job: u32, bits: impl Iterator<Item = bool>) {
        let expected = self.expected;
        if let Some(segment) = self.segment(slot) {
            segment.note(job, expected);
            if let Data::Numbers(all) = &mut segment.data {
                all.own().extend(bits.map(u8::from));
            }
        }
    }

    /// Adds one job's text to the slot's segment.
    pub fn push_text(&mut self, slot: Slot, job: u32, text: &str) {
        let expected = self.expected;
        if let Some(segment) = self.segment(slot) {
            segment.note(job, expected);
            if let Data::Texts(all) = &mut segment.data {
                all.push(text.into());
            }
        }
    }

    fn segment(&mut self, slot: Slot) -> Option<&mut Segment> {
        self.columns.get_mut(slot.column)?.segments.get_mut(slot.segment)
    }

    /// The columns, each in the order in which it was first met.
    #[must_use]
    pub fn list(&self) -> &[Column] {
        &self.columns
    }

    /// Adds cells of one form, which lie side by side already; `first` says where the metric was
    /// first met.
    pub fn append(&mut self, first: (u32, u32), name: &str, cells: Segment) {
        let slot = self.slot(first.0, first.1, name, &cells.form);
        let Some(segment) = self.segment(slot) else { return };
        if segment.jobs.is_empty() {
            *segment = cells;
            return;
        }
        segment.jobs.extend(cells.jobs);
        match (&mut segment.data, cells.data) {
            (Data::Numbers(all), Data::Numbers(more)) => all.own().extend_from_slice(&more),
            (Data::Texts(all), Data::Texts(more)) => all.extend(more),
            (Data::Bytes(all), Data::Bytes(more)) => all.extend(more),
            (Data::Plain(all), Data::Plain(more)) => all.extend(more),
            _ => {}
        }
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Joins what several threads met: columns in the order of the first job's record, then of
    /// first appearance in job order. No cell is copied.
    #[must_use]
    pub fn merge(parts: impl IntoIterator<Item = Self>) -> Vec<Column> {
        let mut merged: Vec<Column> = Vec::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for column in parts.into_iter().flat_map(|part| part.columns) {
            match by_name.get(&column.name).and_then(|at| merged.get_mut(*at)) {
                Some(known) => {
                    known.first = known.first.min(column.first);
                    known.segments.extend(column.segments);
                }
                None => {
                    by_name.insert(column.name.clone(), merged.len());
                    merged.push(column);
                }
            }
        }
        merged.sort_by_key(|column| column.first);
        merged
    }
}

impl Column {
    /// A column of cells that are laid out already.
    #[must_use]
    pub fn of_segments(name: &str, segments: Vec<Segment>) -> Self {
        Self { name: name.to_owned(), segments, ..Self::default() }
    }

    /// A column of texts, one for each job from the first.
    #[must_use]
    pub fn of_texts(texts: Vec<Box<str>>) -> Self {
        let form = Form { element: Element::Text, shape: Vec::new(), container: Container::Scalar };
        let jobs = (0..u32::try_from(texts.len()).unwrap_or(u32::MAX)).collect();
        let segment = Segment { form, jobs, data: Data::Texts(texts) };
        Self { segments: vec![segment], ..Self::default() }
    }

    /// Takes their cells from jobs: what these recorded is no job's any more.
    pub fn orphan(&mut self, jobs: &[u32]) {
        for job in self.segments.iter_mut().flat_map(|segment| &mut segment.jobs) {
            if jobs.contains(job) {
                *job = u32::MAX;
            }
        }
    }

    /// About how many bytes the metric takes in one cell.
    #[must_use]
    pub fn cell_bytes(&self) -> usize {
        let bytes = |segment: &Segment| {
            let size = match segment.form.element {
                Element::Number(dtype) => dtype.size(),
                _ => 8,
            };
            crate::array::element_count(&segment.form.shape).unwrap_or(0).saturating_mul(size)
        };
        self.segments.iter().map(bytes).max().unwrap_or(0)
    }

    fn segment_for(&mut self, form: &Form) -> usize {
        if let Some(at) = self.by_form.get(form) {
            return *at;
        }
        let at = self.segments.len();
        let data = match form.element {
            Element::Number(_) => Data::Numbers(Packed::default()),
            Element::Text => Data::Texts(Vec::new()),
            Element::Bytes => Data::Bytes(Vec::new()),
            Element::Plain => Data::Plain(Vec::new()),
            Element::Null => Data::Nulls,
        };
        self.segments.push(Segment { form: form.clone(), jobs: Vec::new(), data });
        self.by_form.insert(form.clone(), at);
        at
    }
}

impl Segment {
    /// Adds a job, whose cell follows; at the second one it makes room for so many.
    fn note(&mut self, job: u32, expected: usize) {
        if self.jobs.len() == 1 {
            // Without it they grow step by step.
            self.jobs.try_reserve_exact(expected).ok();
            if let Data::Numbers(all) = &mut self.data {
                let room = expected.saturating_mul(all.len()).min(LARGEST_ROOM);
                all.own().try_reserve_exact(room).ok();
            }
        }
        // Ragged metrics have a segment for each length, and most of its room stays empty.
        if self.jobs.len().is_power_of_two()
            && let Data::Numbers(all) = &mut self.data
            && all.len() >= WELL_FILLED
            && all.own().capacity() >= LARGE_ROOM
        {
            pages::ask_large(all.own());
        }
        self.jobs.push(job);
    }

    /// The cell at a position of the segment, as a value of its own.
    #[must_use]
    pub fn cell(&self, at: usize) -> Cell {
        let count = crate::array::element_count(&self.form.shape).unwrap_or(0);
        fn part<T: Clone>(all: &[T], at: usize, size: usize) -> Vec<T> {
            let start = at.saturating_mul(size);
            all.get(start..start.saturating_add(size)).unwrap_or_default().to_vec()
        }
        let data = match (&self.data, self.form.element) {
            (Data::Numbers(all), Element::Number(dtype)) => {
                Data::Numbers(part(all, at, count.saturating_mul(dtype.size())).into())
            }
            (Data::Texts(all), _) => Data::Texts(part(all, at, count)),
            (Data::Bytes(all), _) => Data::Bytes(part(all, at, count)),
            (Data::Plain(all), _) => Data::Plain(part(all, at, count)),
            _ => Data::Nulls,
        };
        Cell { form: self.form.clone(), data }
    }
}
