//! What several threads read of the jobs, as one and in job order: by however many a sweep was read,
//! it is reopened as fast.

use std::collections::HashMap;

use super::harvest::Harvest;
use crate::codes::{LineTable, code, index};
use crate::files::{Note, Witness};
use crate::metric::{Form, Segment};

/// The cells of one metric that have one form, in job order.
pub struct Cells<'h> {
    /// The name of the metric.
    pub name: &'h str,
    /// The first job that has the metric, in whatever form, and its place among that job's metrics.
    pub first: (u32, u32),
    /// What each of them is.
    pub form: &'h Form,
    /// The job of each, and the segment in which it lies, and where.
    pub all: Vec<(u32, u32, &'h Segment)>,
}

/// The cells of all metrics, those of each name and form together.
pub fn cells<'h>(harvests: &[&'h Harvest]) -> Vec<Cells<'h>> {
    let mut joined: Vec<Cells<'h>> = Vec::new();
    let mut places: HashMap<(&str, &Form), usize> = HashMap::new();
    let mut firsts: HashMap<&str, (u32, u32)> = HashMap::new();
    for column in harvests.iter().flat_map(|it| it.columns.list()) {
        let first = firsts.entry(&column.name).or_insert(column.first);
        *first = (*first).min(column.first);
        for segment in &column.segments {
            let (name, form) = (column.name.as_str(), &segment.form);
            let place = *places.entry((name, form)).or_insert_with(|| {
                joined.push(Cells { name, first: column.first, form, all: Vec::new() });
                joined.len().saturating_sub(1)
            });
            if let Some(cells) = joined.get_mut(place) {
                cells.all.extend(segment.jobs.iter().zip(0..).map(|(job, at)| (*job, at, segment)));
            }
        }
    }
    for cells in &mut joined {
        cells.first = firsts.get(cells.name).copied().unwrap_or(cells.first);
        cells.all.sort_by_key(|(job, _, _)| *job);
    }
    joined
}

/// The override lines, each once, and which of them each job has.
pub fn lines(harvests: &[&Harvest]) -> LineTable {
    let mut joined = LineTable::default();
    let mut places: Vec<Vec<u32>> = Vec::with_capacity(harvests.len());
    let mut jobs = Vec::new();
    for (table, harvest) in harvests.iter().enumerate() {
        places.push(harvest.lines.distinct().iter().map(|line| joined.intern(line)).collect());
        jobs.extend(harvest.lines.coded().map(|(job, codes)| (job, table, codes)));
    }
    jobs.sort_by_key(|(job, _, _)| *job);
    for (job, table, codes) in jobs {
        let places = places.get(table).map(Vec::as_slice).unwrap_or_default();
        joined.add_coded(job, codes.iter().filter_map(|it| places.get(index(*it)).copied()));
    }
    joined
}

/// The notes of all sound jobs.
#[derive(Default)]
pub struct Notes<'h> {
    /// The names of what they are of, relative to a job.
    pub names: Vec<&'h str>,
    /// For the names of each witness their places among these.
    places: Vec<Vec<u32>>,
    jobs: Vec<(u32, usize, &'h [Note])>,
}

impl<'h> Notes<'h> {
    /// The notes of several witnesses.
    pub fn of(witnesses: impl Iterator<Item = &'h Witness>) -> Self {
        let mut joined = Self::default();
        let mut by_name: HashMap<&str, u32> = HashMap::new();
        for (at, witness) in witnesses.enumerate() {
            let mut place = |name: &'h str| {
                *by_name.entry(name).or_insert_with(|| {
                    joined.names.push(name);
                    code(joined.names.len().saturating_sub(1))
                })
            };
            let places = witness.names().iter().map(|name| place(name)).collect();
            joined.places.push(places);
            joined.jobs.extend(witness.jobs().map(|(job, notes)| (job, at, notes)));
        }
        joined.jobs.sort_by_key(|(job, _, _)| *job);
        joined
    }

    /// Each job with its notes.
    pub fn jobs(&self) -> impl Iterator<Item = (u32, impl ExactSizeIterator<Item = Note>)> {
        self.jobs.iter().map(|(job, witness, notes)| {
            let places = self.places.get(*witness).map(Vec::as_slice).unwrap_or_default();
            let place = |name: u32| places.get(index(name)).copied().unwrap_or(u32::MAX);
            (*job, notes.iter().map(move |note| Note { name: place(note.name), seen: note.seen }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;
    use crate::files::Seen;
    use crate::metric::{Cell, Container};

    /// What a thread read that was given these jobs, all that a job has being its number.
    fn harvest(jobs: &[u32]) -> Harvest {
        let mut harvest = Harvest { witness: Witness::attentive(), ..Harvest::default() };
        for job in jobs {
            let number = f64::from(*job).to_ne_bytes().to_vec();
            let cell = Cell::numbers(DType::Float(8), Vec::new(), Container::Scalar, number);
            harvest.columns.push(*job, 3, "loss", cell);
            harvest.lines.add(*job, |add| {
                add(format!("seed={job}").as_bytes());
                add(b"model=tiny");
            });
            let name = format!("{}.json", job % 2);
            harvest.witness.adopt(*job, [(name.as_str(), Seen::Present)].into_iter());
        }
        harvest
    }

    #[test]
    fn what_many_threads_read_is_one_piece_in_job_order() {
        let parts = [harvest(&[1, 4, 5]), harvest(&[0, 6]), harvest(&[2, 3, 7])];
        let parts: Vec<&Harvest> = parts.iter().collect();
        let all = cells(&parts);
        let [loss] = all.as_slice() else { panic!("one metric of one form") };
        assert_eq!((loss.name, loss.first), ("loss", (0, 3)));
        assert_eq!(loss.all.len(), 8);
        for ((job, at, segment), expected) in loss.all.iter().zip(0..) {
            let number = f64::from(expected).to_ne_bytes().to_vec();
            let cell = Cell::numbers(DType::Float(8), Vec::new(), Container::Scalar, number);
            assert_eq!((*job, segment.cell(index(*at))), (expected, cell));
        }
        let lines = lines(&parts);
        assert_eq!(lines.distinct().len(), 9);
        for ((job, own), expected) in lines.jobs().zip(0..) {
            let seed = format!("seed={expected}");
            assert_eq!((job, own), (expected, vec![seed.as_bytes(), b"model=tiny".as_slice()]));
        }
        let notes = Notes::of(parts.iter().map(|it| &it.witness));
        assert_eq!(notes.names.len(), 2);
        for ((job, own), expected) in notes.jobs().zip(0..) {
            let names = own.filter_map(|it| notes.names.get(index(it.name)).copied());
            let name = format!("{}.json", expected % 2);
            assert_eq!((job, names.collect::<Vec<_>>()), (expected, vec![name.as_str()]));
        }
    }
}
