//! Jobs and their override lines as numbers: lines repeat from job to job, and each is kept once.

use std::collections::HashMap;

/// A count or code as an index.
#[must_use]
pub fn index(code: u32) -> usize {
    usize::try_from(code).unwrap_or(usize::MAX)
}

/// An index as a count or code; beyond 32 bits it saturates, which is no valid one.
#[must_use]
pub fn code(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The most lines that room is made for at once.
const LARGEST_ROOM: usize = 1 << 26;

/// The override lines that one thread met, each once, and which of them each job has.
#[derive(Debug, Default)]
pub struct LineTable {
    codes: HashMap<Box<[u8]>, u32>,
    lines: Vec<Box<[u8]>>,
    /// For each distinct line the one that stood in its place in the job after, the last time.
    successors: Vec<u32>,
    /// The lines of the jobs, one job after the other.
    stream: Vec<u32>,
    /// Each job, and where its lines start and end in the stream.
    jobs: Vec<(u32, usize, usize)>,
    expected: usize,
}

impl LineTable {
    /// A table of about so many jobs, which gets room for all of them at the second one.
    #[must_use]
    pub fn expecting(jobs: usize) -> Self {
        Self { expected: jobs, ..Self::default() }
    }

    /// Notes one job, whose lines `each` hands over in order.
    pub fn add(&mut self, job: u32, each: impl FnOnce(&mut dyn FnMut(&[u8]))) {
        let before = self.jobs.last().map_or(0..0, |(_, start, end)| *start..*end);
        if self.jobs.len() == 1 {
            // Without it they grow step by step.
            let room = self.expected.saturating_mul(self.stream.len()).min(LARGEST_ROOM);
            self.jobs.try_reserve_exact(self.expected).ok();
            self.stream.try_reserve_exact(room).ok();
        }
        let start = self.stream.len();
        let mut places = before;
        each(&mut |line| {
            let before = places.next().and_then(|at| self.stream.get(at).copied());
            let known = self.known(line, before).unwrap_or_else(|| self.intern(line));
            if let Some(slot) = before.and_then(|it| self.successors.get_mut(index(it))) {
                *slot = known;
            }
            self.stream.push(known);
        });
        self.jobs.push((job, start, self.stream.len()));
    }

    /// The place of a line among the distinct ones. From job to job, place by place, lines mostly
    /// stay as they were `before`, or go on as they did when they were so the last time.
    fn known(&self, line: &[u8], before: Option<u32>) -> Option<u32> {
        let is_it = |at: &u32| self.lines.get(index(*at)).is_some_and(|it| **it == *line);
        let next = || self.successors.get(index(before?)).copied();
        before.filter(is_it).or_else(|| next().filter(is_it))
    }

    /// The place of a line among the distinct ones, which it joins where it is new.
    pub fn intern(&mut self, line: &[u8]) -> u32 {
        if let Some(known) = self.codes.get(line) {
            return *known;
        }
        let new = code(self.lines.len());
        self.lines.push(line.into());
        self.codes.insert(line.into(), new);
        self.successors.push(new);
        new
    }

    /// Notes one job by the places of its lines.
    pub fn add_coded(&mut self, job: u32, codes: impl Iterator<Item = u32>) {
        let start = self.stream.len();
        self.stream.extend(codes);
        self.jobs.push((job, start, self.stream.len()));
    }

    /// Each distinct line.
    #[must_use]
    pub fn distinct(&self) -> &[Box<[u8]>] {
        &self.lines
    }

    /// Each job with the places of its lines among the distinct ones.
    pub fn coded(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let codes = |(job, start, end): &(u32, usize, usize)| {
            (*job, self.stream.get(*start..*end).unwrap_or_default())
        };
        self.jobs.iter().map(codes)
    }

    /// The places of the lines of one job, by its turn among those that were noted.
    #[must_use]
    pub fn coded_at(&self, turn: u32) -> &[u32] {
        let range = self.jobs.get(index(turn)).map(|(_, start, end)| *start..*end);
        range.and_then(|it| self.stream.get(it)).unwrap_or_default()
    }

    /// The lines that have these places.
    #[must_use]
    pub fn lines(&self, codes: &[u32]) -> Vec<&[u8]> {
        codes.iter().filter_map(|it| self.lines.get(index(*it)).map(AsRef::as_ref)).collect()
    }

    /// For each distinct line its place in another table, where that has it.
    #[must_use]
    pub fn places_in(&self, other: &Self) -> Vec<Option<u32>> {
        self.lines.iter().map(|line| other.codes.get(line).copied()).collect()
    }

    /// Keeps the jobs that `keep` says.
    pub fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        self.jobs.retain(|(job, _, _)| keep(*job));
    }

    /// Each job with its lines.
    pub fn jobs(&self) -> impl Iterator<Item = (u32, Vec<&[u8]>)> {
        self.coded().map(|(job, codes)| (job, self.lines(codes)))
    }
}
