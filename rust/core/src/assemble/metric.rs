//! One metric over all cells: promote, place, fill.

use super::cube::{Array, Content, Item};
use super::promote::{convert, promote};
use super::spread::{Piece, WORTH_THREADS, spread};
use crate::array::{Buffer, DType, element_count};
use crate::codes::index;
use crate::metric::{Cell, Column, Container, Data, Element, Segment};
use crate::value::Value;

/// The arrays of one metric.
#[derive(Clone, Debug)]
pub struct MetricArrays {
    /// The metric itself: the dimensions of the cells, then its own.
    pub values: Array,
    /// Lengths of its own dimensions, where they are dimensions of all of its cells.
    pub inner: Vec<usize>,
    /// For each of its own dimensions along which lengths differ: its place, and the length in
    /// each cell (`int64`; 0 in a hole).
    pub lengths: Vec<(usize, Array)>,
}

/// The cells of a layout: their number along each dimension, and the one of each job.
#[derive(Clone, Copy, Debug)]
pub struct Places<'l> {
    /// Lengths of the dimensions.
    pub shape: &'l [usize],
    /// For each job its cell; beyond the count where it has none.
    pub cells: &'l [u32],
    /// How many cells there are.
    pub count: usize,
}

impl Places<'_> {
    /// The cell of a job, where it has one.
    #[must_use]
    pub fn cell(&self, job: u32) -> Option<u32> {
        self.cells.get(index(job)).copied().filter(|cell| index(*cell) < self.count)
    }
}

/// A segment, and where its values go that have a cell.
struct Placed<'c> {
    segment: &'c Segment,
    runs: Vec<Run>,
}

/// Values that lie side by side both in a segment and in the cells: the place of the first in each,
/// and how many they are.
#[derive(Clone, Copy)]
struct Run {
    at: u32,
    cell: u32,
    count: u32,
}

impl<'c> Placed<'c> {
    fn new(segment: &'c Segment, places: Places<'_>) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (at, job) in (0..).zip(&segment.jobs) {
            let Some(cell) = places.cell(*job) else { continue };
            match runs.last_mut() {
                Some(run) if (run.at + run.count, run.cell + run.count) == (at, cell) => {
                    run.count += 1;
                }
                _ => runs.push(Run { at, cell, count: 1 }),
            }
        }
        Self { segment, runs }
    }

    /// How many values have a cell.
    fn count(&self) -> usize {
        self.runs.iter().map(|run| index(run.count)).sum()
    }

    /// The place of each value in the segment, and its cell.
    fn each(&self) -> impl Iterator<Item = (usize, usize)> {
        self.runs.iter().flat_map(|run| {
            (0..run.count).map(|step| (index(run.at + step), index(run.cell + step)))
        })
    }
}

/// Places one metric's values.
#[must_use]
pub fn metric_variables(column: &Column, places: Places<'_>) -> MetricArrays {
    let placed: Vec<Placed> = column
        .segments
        .iter()
        .filter(|segment| !is_null(segment))
        .map(|segment| Placed::new(segment, places))
        .filter(|placed| !placed.runs.is_empty())
        .collect();
    if placed.is_empty() {
        let values = hollow(column, places);
        return MetricArrays { values, lengths: Vec::new(), inner: Vec::new() };
    }
    let filled: usize = placed.iter().map(Placed::count).sum();
    let dimensions = placed.first().map_or(0, |it| it.segment.form.shape.len());
    if placed.iter().any(|it| it.segment.form.shape.len() != dimensions) {
        return whole_cells(&placed, places);
    }
    let mut inner = vec![0_usize; dimensions];
    for shape in placed.iter().map(|it| &it.segment.form.shape) {
        for (longest, length) in inner.iter_mut().zip(shape) {
            *longest = (*longest).max(*length);
        }
    }
    let ragged = placed.iter().any(|it| it.segment.form.shape != inner);
    let holes = filled < places.count || ragged || placed.iter().any(|it| is_hollow(it.segment));
    let mut shape = places.shape.to_vec();
    shape.extend(&inner);
    let grid = Grid { places, inner: &inner, shape };
    let values = grid.numbers(&placed, holes).unwrap_or_else(|| grid.others(&placed, holes));
    MetricArrays { values, lengths: grid.lengths(&placed), inner }
}

/// A null takes no part; an empty list does, as a shape without a dtype.
fn is_null(segment: &Segment) -> bool {
    segment.form.element == Element::Null && segment.form.shape.is_empty()
}

/// Whether a segment has elements, each of which is a hole.
fn is_hollow(segment: &Segment) -> bool {
    segment.form.element == Element::Null && !segment.form.shape.contains(&0)
}

/// A metric of which no value has a cell: holes alone, as they would be among its values.
fn hollow(column: &Column, places: Places<'_>) -> Array {
    let is_exact = |segment: &&Segment, dtype: DType| match (&segment.data, segment.form.element) {
        (Data::Numbers(bytes), Element::Number(from)) => {
            let mut out = vec![0; dtype.size()];
            let mut items = bytes.chunks_exact(from.size().max(1));
            items.all(|item| convert(from, item, dtype, &mut out).is_some())
        }
        (_, element) => element == Element::Null,
    };
    let valued: Vec<&Segment> = column.segments.iter().filter(|it| !is_null(it)).collect();
    let like: Vec<Placed> =
        valued.iter().map(|segment| Placed { segment, runs: Vec::new() }).collect();
    let grid = Grid { places, inner: &[], shape: places.shape.to_vec() };
    let numbers = grid.numbers(&like, true).filter(|array| match array.content {
        Content::Dense(dtype, _) => valued.iter().all(|segment| is_exact(segment, dtype)),
        Content::Objects(_) => true,
    });
    numbers.unwrap_or_else(|| grid.others(&like, true))
}

fn whole_cells(placed: &[Placed], places: Places<'_>) -> MetricArrays {
    let mut items = vec![Item::Missing; places.count];
    for placed in placed {
        for (at, cell) in placed.each() {
            if let Some(slot) = items.get_mut(cell) {
                *slot = Item::Cell(placed.segment.cell(at));
            }
        }
    }
    let values = Array { shape: places.shape.to_vec(), content: Content::Objects(items) };
    MetricArrays { values, inner: Vec::new(), lengths: Vec::new() }
}

struct Grid<'l> {
    places: Places<'l>,
    inner: &'l [usize],
    shape: Vec<usize>,
}

impl Grid<'_> {
    fn inner_count(&self) -> usize {
        element_count(self.inner).unwrap_or(0)
    }

    fn total(&self) -> usize {
        self.places.count.saturating_mul(self.inner_count())
    }

    /// Calls `each` for every run of elements that lie side by side both in a segment and in the
    /// whole: (segment, element in it, element of the whole, how many).
    fn runs(
        &self,
        placed: &Placed,
        mut each: impl FnMut(usize, usize, usize) -> Option<()>,
    ) -> Option<()> {
        let shape = &placed.segment.form.shape;
        let size = element_count(shape)?;
        if size == 0 {
            return Some(());
        }
        let outer = self.inner_count();
        if shape == self.inner {
            for run in &placed.runs {
                each(index(run.at) * size, index(run.cell) * outer, index(run.count) * size)?;
            }
            return Some(());
        }
        // Ragged: the last dimension is a run, the others are counted through.
        let run = shape.last().copied().unwrap_or(1);
        for (at, cell) in placed.each() {
            let mut place = vec![0_usize; shape.len().saturating_sub(1)];
            for row in 0..size / run {
                let row_in_whole = place
                    .iter()
                    .chain([&0])
                    .zip(self.inner)
                    .fold(0_usize, |sum, (at, length)| sum * length + at);
                each(at * size + row * run, cell * outer + row_in_whole, run)?;
                for (at, length) in place.iter_mut().zip(shape).rev() {
                    *at += 1;
                    if *at < *length {
                        break;
                    }
                    *at = 0;
                }
            }
        }
        Some(())
    }

    /// The values as numbers of one dtype, where there is one that holds them all.
    fn numbers(&self, placed: &[Placed], holes: bool) -> Option<Array> {
        let mut dtypes = placed.iter().filter_map(|it| match it.segment.form.element {
            Element::Number(dtype) => Some(Some(dtype)),
            Element::Null => None,
            _ => Some(None),
        });
        let first = match dtypes.next() {
            Some(first) => first?,
            // Nothing but empty lists, or nothing at all: floats, as in numpy.
            None => DType::Float(8),
        };
        let mut dtype = dtypes.try_fold(first, |joined, other| promote(joined, other?))?;
        if holes && !dtype.has_missing() {
            dtype = promote(dtype, DType::Float(8))?;
        }
        let size = dtype.size();
        let total = self.total().checked_mul(size)?;
        if total < WORTH_THREADS
            && let Some(all) = self.as_they_lie(placed, dtype)
        {
            let content = Content::Dense(dtype, Buffer::copied(all));
            return Some(Array { shape: self.shape.clone(), content });
        }
        let mut buffer = match dtype.missing() {
            Some(missing) if holes => Buffer::filled(total, &missing),
            _ => Buffer::zeroed(total),
        };
        let out = buffer.bytes_mut();
        if total >= WORTH_THREADS && self.spread_out(placed, dtype, out) {
            return Some(Array {
                shape: self.shape.clone(),
                content: Content::Dense(dtype, buffer),
            });
        }
        for placed in placed {
            let (Data::Numbers(bytes), Element::Number(from)) =
                (&placed.segment.data, placed.segment.form.element)
            else {
                continue;
            };
            let from_size = from.size();
            self.runs(placed, |at, place, count| {
                let items = bytes.get(at * from_size..(at + count) * from_size)?;
                let out = out.get_mut(place * size..(place + count) * size)?;
                if from == dtype {
                    out.copy_from_slice(items);
                    return Some(());
                }
                items
                    .chunks_exact(from_size)
                    .zip(out.chunks_exact_mut(size))
                    .try_for_each(|(item, out)| convert(from, item, dtype, out))
            })?;
        }
        Some(Array { shape: self.shape.clone(), content: Content::Dense(dtype, buffer) })
    }

    /// The values' own bytes, where they are of this dtype and lie in the order of the cells already.
    fn as_they_lie<'c>(&self, placed: &[Placed<'c>], dtype: DType) -> Option<&'c [u8]> {
        let [Placed { segment, runs }] = placed else { return None };
        let ([run], Data::Numbers(bytes)) = (runs.as_slice(), &segment.data) else { return None };
        let is_whole = run.cell == 0 && index(run.count) == self.places.count;
        let is_same = segment.form.element == Element::Number(dtype);
        (is_whole && is_same && segment.form.shape == self.inner).then_some(())?;
        let size = self.inner_count().checked_mul(dtype.size())?;
        let start = index(run.at).checked_mul(size)?;
        bytes.get(start..start.checked_add(index(run.count).checked_mul(size)?)?)
    }

    /// Copies the values by several threads, where all of them have this dtype already.
    fn spread_out(&self, placed: &[Placed], dtype: DType, out: &mut [u8]) -> bool {
        let mut pieces = Vec::new();
        let size = dtype.size();
        let known = placed.iter().try_for_each(|placed| {
            let Data::Numbers(bytes) = &placed.segment.data else { return None };
            (placed.segment.form.element == Element::Number(dtype)).then_some(())?;
            self.runs(placed, |at, place, count| {
                let bytes = bytes.get(at * size..(at + count) * size)?;
                pieces.push(Piece { place: place * size, bytes });
                Some(())
            })
        });
        known.is_some() && spread(out, pieces).unwrap_or(false)
    }

    /// The values as texts where all are and no hole is, else as objects.
    fn others(&self, placed: &[Placed], holes: bool) -> Array {
        let total = self.total();
        if !holes && let Some(texts) = self.texts(placed, total) {
            return Array::texts(self.shape.clone(), &texts);
        }
        let mut items = vec![Item::Missing; total];
        for placed in placed {
            self.runs(placed, |at, place, count| {
                for step in 0..count {
                    if let Some(slot) = items.get_mut(place + step) {
                        *slot = item(placed.segment, at + step);
                    }
                }
                Some(())
            });
        }
        Array { shape: self.shape.clone(), content: Content::Objects(items) }
    }

    fn texts<'c>(&self, placed: &[Placed<'c>], total: usize) -> Option<Vec<&'c str>> {
        let mut texts = vec![""; total];
        for placed in placed {
            let Data::Texts(all) = &placed.segment.data else { return None };
            self.runs(placed, |at, place, count| {
                for (slot, text) in
                    texts.get_mut(place..place + count)?.iter_mut().zip(all.get(at..at + count)?)
                {
                    *slot = text;
                }
                Some(())
            })?;
        }
        Some(texts)
    }

    fn lengths(&self, placed: &[Placed]) -> Vec<(usize, Array)> {
        (0..self.inner.len())
            .filter(|axis| {
                placed.iter().any(|it| it.segment.form.shape.get(*axis) != self.inner.get(*axis))
            })
            .map(|axis| {
                let mut lengths = vec![0_i64; self.places.count];
                for placed in placed {
                    let length = placed.segment.form.shape.get(axis).copied().unwrap_or(0);
                    for (_, cell) in placed.each() {
                        if let Some(slot) = lengths.get_mut(cell) {
                            *slot = i64::try_from(length).unwrap_or(i64::MAX);
                        }
                    }
                }
                let bytes: Vec<u8> = lengths.into_iter().flat_map(i64::to_ne_bytes).collect();
                (axis, Array::dense(DType::Int(8), self.places.shape.to_vec(), &bytes))
            })
            .collect()
    }
}

/// One element of a segment as an object.
fn item(segment: &Segment, at: usize) -> Item {
    match (&segment.data, segment.form.element) {
        (Data::Numbers(bytes), Element::Number(dtype)) => {
            let size = dtype.size();
            let item = bytes.get(at * size..(at + 1) * size).unwrap_or_default().to_vec();
            Item::Cell(Cell::numbers(dtype, Vec::new(), Container::Scalar, item))
        }
        (Data::Texts(texts), _) => {
            texts.get(at).map_or(Item::Missing, |text| Item::Value(Value::Str(text.clone())))
        }
        (Data::Bytes(strings), _) => {
            strings.get(at).map_or(Item::Missing, |bytes| Item::Cell(Cell::bytes(bytes.clone())))
        }
        (Data::Plain(values), _) => match values.get(at) {
            None | Some(Value::Null) => Item::Missing,
            Some(value) => Item::Value(value.clone()),
        },
        _ => Item::Missing,
    }
}

/// The name that is asked for, or the next one with a trailing `_` that nobody has.
#[must_use]
pub fn free_name(name: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    while taken(&free) {
        free.push('_');
    }
    free
}
