//! A metric that labels the leading dimension of the others: series are joined on its labels.
//!
//! ```text
//! job 0   epoch [0, 1, 2]   loss [.9 .5 .4]          epoch    0   1   2   5
//! job 1   epoch [1, 5]      loss [.8 .3]      ──►    job 0   .9  .5  .4   ∅
//!                                                    job 1    ∅  .8   ∅  .3
//! ```
//!
//! A row of a series is placed like a job is: its cell is that of its job, then that of its label.
//! So the elements stay where they lie, and what is joined is where they go.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::MISSING;
use super::cube::Array;
use super::metric::Places;
use super::promote::{convert, promote};
use crate::array::{DType, is_hole_bytes};
use crate::codes::{code, index};
use crate::error::{Error, ErrorKind, Result};
use crate::metric::{Column, Container, Data, Element, Segment};
use crate::value::Value;

/// The labels of all jobs' rows, sorted, and where each job's rows go.
#[derive(Debug)]
pub struct Joined {
    /// The labels, each once.
    pub labels: Array,
    /// Orders of rows that jobs have.
    patterns: Vec<Pattern>,
    /// For each job its pattern.
    pattern_of: Vec<Option<usize>>,
}

/// Where the rows of a job go.
#[derive(Debug)]
struct Pattern {
    /// The place of each row among the labels.
    all: Vec<u32>,
    /// The same; missing for a row whose label comes again later. Nothing, where none does.
    last: Option<Vec<u32>>,
}

/// A column whose rows have cells of their own.
#[derive(Debug)]
pub struct Spread {
    /// The column; its jobs are the rows of the jobs, one after the other.
    pub column: Column,
    /// For each row its cell.
    pub cells: Vec<u32>,
    /// Jobs whose series has another length than their coordinate, and what is wrong.
    pub refused: Vec<(u32, String)>,
}

/// A label as it is compared and sorted, beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    /// A whole number, a bool or a time.
    Whole(i128),
    /// A float, by the order of its bits.
    Float(i64),
    Text(Box<str>),
}

/// The bytes of a number of at most 64 bits; empty for a text.
type Bytes = [u8; 8];

impl Joined {
    /// Joins the labels that the placed jobs recorded under the coordinate's name.
    ///
    /// # Errors
    ///
    /// `Invalid` where a job's labels are no series of numbers, times or texts of one kind, or hold
    /// `NaN` or `NaT`; `Limit` where the cells are more than 32 bits count.
    pub fn new(column: &Column, places: Places<'_>) -> Result<Self> {
        let name = &column.name;
        let valued: Vec<&Segment> = column
            .segments
            .iter()
            .filter(|it| !is_null(it) && it.jobs.iter().any(|job| places.cell(*job).is_some()))
            .collect();
        if !valued.is_empty() && valued.iter().all(|it| it.form.shape.len() != 1) {
            return Err(refuse(
                name,
                "expected one label for each row of a job's series, and no job has a series of it",
            ));
        }
        // A single value labels one row; an array of more dimensions labels none.
        let series: Vec<&Segment> =
            valued.into_iter().filter(|it| it.form.shape.len() <= 1).collect();
        let dtype = match series.is_empty() {
            false => common_dtype(name, &series)?,
            // All jobs with labels lost their places: the labels are none, of the type they had.
            true => {
                let all: Vec<&Segment> =
                    column.segments.iter().filter(|it| it.form.shape.len() == 1).collect();
                common_dtype(name, &all).unwrap_or(Some(DType::Float(8)))
            }
        };
        let mut known: HashMap<Vec<Key>, usize> = HashMap::new();
        let mut keys: Vec<Vec<(Key, Bytes)>> = Vec::new();
        let mut pattern_of = vec![None; places.cells.len()];
        for segment in series {
            for (at, job) in segment.jobs.iter().enumerate() {
                if places.cell(*job).is_none() {
                    continue;
                }
                let labels = labels(name, segment, at, dtype)?;
                let plain: Vec<Key> = labels.iter().map(|(key, _)| key.clone()).collect();
                let pattern = *known.entry(plain).or_insert_with(|| {
                    keys.push(labels);
                    keys.len() - 1
                });
                if let Some(slot) = pattern_of.get_mut(index(*job)) {
                    *slot = Some(pattern);
                }
            }
        }
        let mut sorted: BTreeMap<Key, (usize, Bytes)> = BTreeMap::new();
        for (key, bytes) in keys.iter().flatten() {
            sorted.entry(key.clone()).or_insert((0, *bytes));
        }
        sorted.values_mut().enumerate().for_each(|(at, slot)| slot.0 = at);
        if places.count.checked_mul(sorted.len()).is_none_or(|cells| cells >= index(MISSING)) {
            return Err(Error::new(
                ErrorKind::Limit,
                format!(
                    "{} cells with {} labels of `{name}` are more than can be counted; leave \
                     `coord_from_metrics` out",
                    places.count,
                    sorted.len()
                ),
            ));
        }
        let patterns = keys.iter().map(|keys| Pattern::of(keys, &sorted)).collect();
        Ok(Self { labels: label_array(dtype, &sorted), patterns, pattern_of })
    }

    /// How many labels there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.shape.first().copied().unwrap_or(0)
    }

    /// Gives the rows of a column's series cells of their own; `None` for a metric that is no
    /// series in some job, which keeps its cells.
    #[must_use]
    pub fn spread(&self, column: &Column, places: Places<'_>) -> Option<Spread> {
        let valued: Vec<&Segment> = column
            .segments
            .iter()
            .filter(|it| !is_null(it) && it.jobs.iter().any(|job| places.cell(*job).is_some()))
            .collect();
        let rows_of = |job: u32| Some(self.pattern(job)?.all.len());
        let is_series = |it: &&Segment| {
            !it.form.shape.is_empty() || it.jobs.iter().all(|job| rows_of(*job) == Some(1))
        };
        if valued.iter().all(|it| it.form.shape.is_empty()) || !valued.iter().all(is_series) {
            return None;
        }
        let mut spread = Spread {
            column: Column::of_segments(&column.name, Vec::new()),
            cells: Vec::new(),
            refused: Vec::new(),
        };
        for segment in valued {
            let (rows, rest) = segment.form.shape.split_first().unwrap_or((&1, &[]));
            let mut form = segment.form.clone();
            form.shape = rest.to_vec();
            if rest.is_empty() {
                form.container = Container::Scalar;
            }
            let first = spread.cells.len();
            for (at, job) in segment.jobs.iter().enumerate() {
                let Some(cell) = places.cell(*job) else {
                    spread.cells.extend(std::iter::repeat_n(MISSING, *rows));
                    continue;
                };
                let pattern = self.pattern(*job);
                match pattern.filter(|pattern| pattern.all.len() == *rows) {
                    Some(pattern) => {
                        let places = pattern.places(|row| is_hole(segment, at * rows + row));
                        spread.cells.extend(places.iter().map(|place| match *place {
                            MISSING => MISSING,
                            place => code(index(cell) * self.len() + index(place)),
                        }))
                    }
                    None => {
                        spread.cells.extend(std::iter::repeat_n(MISSING, *rows));
                        let labels = pattern.map_or("no".to_owned(), |it| it.all.len().to_string());
                        spread.refused.push((*job, format!("{rows} rows, and {labels} labels")));
                    }
                }
            }
            let jobs = (code(first)..code(spread.cells.len())).collect();
            spread.column.segments.push(Segment { form, jobs, data: segment.data.clone() });
        }
        // In job order, whichever thread read them.
        spread.refused.sort();
        Some(spread)
    }

    fn pattern(&self, job: u32) -> Option<&Pattern> {
        self.patterns.get(self.pattern_of.get(index(job)).copied().flatten()?)
    }
}

/// A null is a hole, in whatever the others have.
fn is_null(segment: &Segment) -> bool {
    segment.form.shape.is_empty() && segment.form.element == Element::Null
}

fn refuse(name: &str, what: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("`{name}` cannot be the coordinate: {what}"))
}

/// The dtype that holds the labels of all jobs; `None` for texts.
fn common_dtype(name: &str, series: &[&Segment]) -> Result<Option<DType>> {
    let mut kinds = series.iter().filter_map(|it| match it.form.element {
        // An empty list says nothing of what its elements would be.
        Element::Null => None,
        Element::Number(DType::Complex(_)) | Element::Bytes | Element::Plain => Some(Err(())),
        Element::Number(dtype) => Some(Ok(Some(dtype))),
        Element::Text => Some(Ok(None)),
    });
    let unordered =
        || refuse(name, "its labels are no numbers, times or texts, which have an order");
    let mixed = || refuse(name, "its labels are of kinds that have no order among them");
    let Some(first) = kinds.next() else { return Ok(Some(DType::Float(8))) };
    kinds.try_fold(first.map_err(|()| unordered())?, |joined, kind| {
        match (joined, kind.map_err(|()| unordered())?) {
            (Some(a), Some(b)) => promote(a, b).map(Some).ok_or_else(mixed),
            (None, None) => Ok(None),
            _ => Err(mixed()),
        }
    })
}

/// The labels of one job, in the order of its rows.
fn labels(
    name: &str,
    segment: &Segment,
    at: usize,
    dtype: Option<DType>,
) -> Result<Vec<(Key, Bytes)>> {
    let cell = segment.cell(at);
    match (cell.data, segment.form.element, dtype) {
        (Data::Texts(texts), _, _) => {
            Ok(texts.into_iter().map(|text| (Key::Text(text), Bytes::default())).collect())
        }
        (Data::Numbers(bytes), Element::Number(from), Some(dtype)) => bytes
            .chunks_exact(from.size())
            .map(|item| {
                let mut out = Bytes::default();
                out.get_mut(..dtype.size())
                    .and_then(|out| convert(from, item, dtype, out))
                    .ok_or_else(|| {
                        refuse(name, &format!("not all of its labels are exact as {dtype}"))
                    })?;
                let key = key(dtype, &out)
                    .ok_or_else(|| refuse(name, "a label is missing (NaN or NaT)"))?;
                Ok((key, out))
            })
            .collect(),
        _ => Ok(Vec::new()),
    }
}

/// The number as a key; `None` for `NaN` and `NaT`.
fn key(dtype: DType, bytes: &Bytes) -> Option<Key> {
    let mut wide = Bytes::default();
    match dtype {
        DType::Float(_) => {
            convert(dtype, bytes.get(..dtype.size())?, DType::Float(8), &mut wide)?;
            let value = f64::from_ne_bytes(wide);
            if value.is_nan() {
                return None;
            }
            // Adding zero makes the negative zero the positive one: they are one label.
            let bits = (value + 0.0).to_bits().cast_signed();
            // The order of floats by their bits: of negative ones it is the other way round.
            Some(Key::Float(if bits < 0 { bits ^ i64::MAX } else { bits }))
        }
        DType::Datetime(_) | DType::Timedelta(_) => {
            let count = i64::from_ne_bytes(*bytes);
            (count != i64::MIN).then(|| Key::Whole(count.into()))
        }
        DType::Bool => Some(Key::Whole(i128::from(*bytes.first()?))),
        DType::UInt(_) => {
            convert(dtype, bytes.get(..dtype.size())?, DType::UInt(8), &mut wide)?;
            Some(Key::Whole(u64::from_ne_bytes(wide).into()))
        }
        _ => {
            convert(dtype, bytes.get(..dtype.size())?, DType::Int(8), &mut wide)?;
            Some(Key::Whole(i64::from_ne_bytes(wide).into()))
        }
    }
}

impl Pattern {
    fn of(keys: &[(Key, Bytes)], sorted: &BTreeMap<Key, (usize, Bytes)>) -> Self {
        let place = |(key, _): &(Key, Bytes)| sorted.get(key).map_or(MISSING, |it| code(it.0));
        let all: Vec<u32> = keys.iter().map(place).collect();
        let last = last_rows(&all, |_| false);
        let last = (last != all).then_some(last);
        Self { all, last }
    }

    /// Where the rows of one metric go. Of equal labels the last row counts that has a value of it:
    /// training and validation write rows of their own for one epoch, and each lacks the other's.
    fn places(&self, is_hole: impl Fn(usize) -> bool) -> Cow<'_, [u32]> {
        match &self.last {
            None => Cow::Borrowed(&self.all),
            Some(last) if !(0..self.all.len()).any(&is_hole) => Cow::Borrowed(last),
            Some(_) => Cow::Owned(last_rows(&self.all, is_hole)),
        }
    }
}

/// The places of the rows that count; missing for the others.
fn last_rows(all: &[u32], is_hole: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut counting: HashMap<u32, usize> = HashMap::with_capacity(all.len());
    for (row, place) in all.iter().enumerate() {
        let known = counting.entry(*place).or_insert(row);
        if !is_hole(row) || is_hole(*known) {
            *known = row;
        }
    }
    let counts = |(row, place): (usize, &u32)| match counting.get(place) == Some(&row) {
        true => *place,
        false => MISSING,
    };
    all.iter().enumerate().map(counts).collect()
}

/// Whether a row of a segment, counted over all its jobs, has no value.
fn is_hole(segment: &Segment, row: usize) -> bool {
    let size: usize = segment.form.shape.iter().skip(1).product();
    let place = row * size..(row + 1) * size;
    match (&segment.data, segment.form.element) {
        (Data::Nulls, _) => true,
        (Data::Plain(values), _) => {
            values.get(place).is_some_and(|it| it.iter().all(|value| *value == Value::Null))
        }
        (Data::Numbers(bytes), Element::Number(dtype @ DType::Float(_))) => {
            let place = place.start * dtype.size()..place.end * dtype.size();
            let mut items = bytes.get(place).unwrap_or_default().chunks_exact(dtype.size());
            items.all(is_hole_bytes)
        }
        _ => false,
    }
}

fn label_array(dtype: Option<DType>, sorted: &BTreeMap<Key, (usize, Bytes)>) -> Array {
    let shape = vec![sorted.len()];
    match dtype {
        Some(dtype) => {
            let bytes: Vec<u8> = sorted
                .values()
                .flat_map(|(_, bytes)| bytes.get(..dtype.size()).unwrap_or_default().to_vec())
                .collect();
            Array::dense(dtype, shape, &bytes)
        }
        None => {
            let texts: Vec<&str> = sorted
                .keys()
                .filter_map(
                    |key| if let Key::Text(text) = key { Some(text.as_ref()) } else { None },
                )
                .collect();
            Array::texts(shape, &texts)
        }
    }
}
