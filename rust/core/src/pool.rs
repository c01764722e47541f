//! Scoped workers and the cancel flag: the only file that starts threads.
//!
//! Work is a range of indices, handed out in blocks in ascending order. Each worker owns its state
//! and returns it; nothing is shared but the counter and the flag, so nothing is locked and nothing
//! outlives the call (which is what makes `fork` safe afterwards).

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

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

/// Indices in one block: small enough that workers end together, large enough not to contend.
const BLOCK: usize = 64;

/// The number of workers for work that the page cache answers: one for each core.
#[must_use]
pub fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Runs `work` over the blocks of `0..count` on at most `workers` threads, each with a state of
/// its own that `begin` makes, and returns the states. Each worker sees ascending blocks.
///
/// # Errors
///
/// The first error of a worker, or [`ErrorKind::Interrupted`] once `cancel` is raised.
pub fn run<S: Send>(
    count: usize,
    workers: usize,
    cancel: &Cancel,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Range<usize>) -> Result<()> + Sync,
) -> Result<Vec<S>> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<S> {
        let mut state = begin();
        loop {
            if cancel.is_raised() {
                return Err(Error::new(ErrorKind::Interrupted, "the work was interrupted"));
            }
            let start = next.fetch_add(BLOCK, Ordering::Relaxed);
            if start >= count {
                return Ok(state);
            }
            work(&mut state, start..start.saturating_add(BLOCK).min(count))?;
        }
    };
    let workers = workers.clamp(1, count.div_ceil(BLOCK).max(1));
    if workers == 1 {
        return Ok(vec![worker()?]);
    }
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut states = Vec::with_capacity(workers);
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
        let pause = |time| {
            matches!(finished.recv_timeout(time), Err(std::sync::mpsc::RecvTimeoutError::Timeout))
        };
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
            let states = run(1000, workers, &Cancel::new(), Vec::new, |seen, block| {
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
        let error = run(10, 2, &cancel, || (), |(), _| Ok(())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Interrupted);
    }
}
