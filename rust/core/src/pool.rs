//! Scoped workers and the cancel flag: the only file that starts threads.
//!
//! Work is a range of indices, handed out in blocks in ascending order. Each worker owns its state
//! and returns it; nothing is shared but the counter and the flag, so nothing is locked and nothing
//! outlives the call (which is what makes `fork` safe afterwards).

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

mod growth;

use growth::{Effort, Growth, computed};

pub use growth::Workers;

/// Ends running work when raised; checked between blocks of work.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// A flag that is not raised.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Asks the work to end.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to end.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far work has come; read while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress {
    /// No work yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { done: AtomicUsize::new(0), total: AtomicUsize::new(0) }
    }

    /// Says how much there is to do.
    pub fn begin(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Says that so much more is done.
    pub fn add(&self, count: usize) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }

    /// How much is done, and how much there is to do: nothing before that is known.
    #[must_use]
    pub fn get(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

/// Most indices in one block: few enough that workers end together, enough not to contend.
const LARGEST_BLOCK: usize = 64;
/// Indices in the first block of a worker.
const FIRST_BLOCK: usize = 4;
/// About how long a block is to take: what waits for a disk is handed out in small pieces.
const BLOCK_TIME: Duration = Duration::from_millis(1);
/// How often it is looked whether the workers wait.
const LOOK: Duration = Duration::from_millis(2);

/// Runs `work` over the blocks of `0..count` on threads, each with a state of its own that `begin`
/// makes, and returns the states. Each worker sees ascending blocks.
///
/// # Errors
///
/// The first error of a worker, or [`ErrorKind::Interrupted`] once `cancel` is raised.
pub fn run<S: Send>(
    count: usize,
    workers: Workers,
    cancel: &Cancel,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Range<usize>) -> Result<()> + Sync,
) -> Result<Vec<S>> {
    let workers = workers.at_most(count);
    let next = AtomicUsize::new(0);
    let effort = Effort::default();
    let worker = || -> Result<S> {
        let mut state = begin();
        let mut size = FIRST_BLOCK;
        loop {
            if cancel.is_raised() {
                return Err(Error::new(ErrorKind::Interrupted, "the work was interrupted"));
            }
            let start = next.fetch_add(size, Ordering::Relaxed);
            if start >= count {
                return Ok(state);
            }
            let end = start.saturating_add(size).min(count);
            let (begun, before) = (Instant::now(), computed());
            work(&mut state, start..end)?;
            let passed = begun.elapsed();
            effort.add(end.saturating_sub(start), passed, computed().saturating_sub(before));
            size = match passed {
                short if short < BLOCK_TIME / 2 => size.saturating_mul(2).min(LARGEST_BLOCK),
                long if long > BLOCK_TIME.saturating_mul(2) => (size / 2).max(1),
                _ => size,
            };
        }
    };
    if workers.most == 1 {
        return Ok(vec![worker()?]);
    }
    std::thread::scope(|scope| {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let spawn = |end: Sender<()>| {
            let worker = &worker;
            scope.spawn(move || {
                let state = worker();
                // Nobody listens once there are enough workers.
                let _heard = end.send(());
                state
            })
        };
        let mut handles: Vec<_> = (0..workers.first).map(|_| spawn(end.clone())).collect();
        let mut growth = Growth::begin();
        while handles.len() < workers.most && !growth.is_over() {
            if ended.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                break;
            }
            let left = count.saturating_sub(next.load(Ordering::Relaxed));
            if left == 0 {
                break;
            }
            let room = workers.most.saturating_sub(handles.len()).min(left);
            let more = growth.look(&effort, handles.len()).min(room);
            handles.extend((0..more).map(|_| spawn(end.clone())));
        }
        let mut states = Vec::with_capacity(handles.len());
        let mut failure = None;
        for handle in handles {
            match handle.join() {
                Ok(Ok(state)) => states.push(state),
                Ok(Err(error)) => failure = failure.or(Some(error)),
                Err(payload) => std::panic::resume_unwind(payload),
            }
        }
        failure.map_or(Ok(states), Err)
    })
}

/// Runs `work` on each of the items once, by a thread for each core.
///
/// # Errors
///
/// As [`run`].
pub fn each<T: Send>(items: Vec<T>, work: impl Fn(T) + Sync) -> Result<()> {
    let count = items.len();
    let items = Mutex::new(items.into_iter());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    run(
        count,
        Workers::cores(),
        &Cancel::new(),
        || (),
        |(), block| {
            block.filter_map(|_| next()).for_each(&work);
            Ok(())
        },
    )?;
    Ok(())
}

/// Runs two pieces of work side by side, or one after the other where there is one worker alone.
pub fn both<A: Send, B>(
    workers: Workers,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    if workers.most == 1 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        match first.join() {
            Ok(first) => (first, second),
            Err(payload) => std::panic::resume_unwind(payload),
        }
    })
}

/// Runs `work` on a thread of its own while this one calls `wait` over and over, about every 50 ms;
/// once that returns false, the work is asked to end. A panic of the work becomes an error.
///
/// # Errors
///
/// The work's own, or [`ErrorKind::Internal`] where it panicked.
pub fn supervise<T: Send>(
    work: impl FnOnce(&Cancel) -> Result<T> + Send,
    mut wait: impl FnMut(&dyn Fn(Duration) -> bool) -> bool,
) -> Result<T> {
    let cancel = Cancel::new();
    let (done, finished) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let cancel = &cancel;
        let worker = scope.spawn(move || {
            // Dropped at the end, by a panic too, which wakes the waiting side.
            let _done = done;
            work(cancel)
        });
        let pause = |time| matches!(finished.recv_timeout(time), Err(RecvTimeoutError::Timeout));
        while !worker.is_finished() {
            if !wait(&pause) {
                cancel.raise();
            }
        }
        worker.join().unwrap_or_else(|payload| {
            let text = payload
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| payload.downcast_ref::<&str>().copied())
                .unwrap_or("a panic without a message");
            Err(Error::new(
                ErrorKind::Internal,
                format!("a defect of runcube, which is worth a report: {text}"),
            ))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_worked_on_once_by_any_number_of_workers() {
        for workers in [1, 2, 7] {
            let states =
                run(1000, Workers::exactly(workers), &Cancel::new(), Vec::new, |seen, block| {
                    seen.extend(block);
                    Ok(())
                })
                .unwrap();
            assert!(states.iter().all(|seen| seen.is_sorted()));
            let mut all: Vec<usize> = states.into_iter().flatten().collect();
            all.sort_unstable();
            assert_eq!(all, (0..1000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_item_is_worked_on_once() {
        let seen: Vec<AtomicUsize> = (0..1000).map(|_| AtomicUsize::new(0)).collect();
        each(seen.iter().collect(), |it: &AtomicUsize| {
            it.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
        assert!(seen.iter().all(|it| it.load(Ordering::Relaxed) == 1));
    }

    #[test]
    fn workers_that_wait_become_more() {
        let wait = |_: &mut (), block: Range<usize>| {
            block.for_each(|_| std::thread::sleep(Duration::from_millis(1)));
            Ok(())
        };
        let states = run(1000, Workers::as_needed(), &Cancel::new(), || (), wait).unwrap();
        assert!(states.len() > Workers::as_needed().first, "{} workers", states.len());
    }

    #[test]
    fn supervised_work_is_ended_by_the_waiting_side_and_its_panics_are_errors() {
        let wait = |pause: &dyn Fn(Duration) -> bool| {
            pause(Duration::from_millis(1));
            false
        };
        let endless = |cancel: &Cancel| {
            while !cancel.is_raised() {
                std::hint::spin_loop();
            }
            Ok(7)
        };
        assert_eq!(supervise(endless, wait).unwrap(), 7);
        let error = supervise(|_| -> Result<()> { panic!("a defect") }, wait).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        assert!(error.message.ends_with("a defect"));
    }

    #[test]
    fn a_raised_flag_ends_the_work() {
        let cancel = Cancel::new();
        cancel.raise();
        let error = run(10, Workers::exactly(2), &cancel, || (), |(), _| Ok(())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Interrupted);
    }
}
