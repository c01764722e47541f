//! How many threads work: few where the page cache answers, many where a disk or a network does.
//!
//! ```text
//! cores ──► they mostly wait ──► four times as many ──► faster, and they still wait ──► four …
//!               │ no                                        │ no
//!               └──► enough                                 └──► enough
//! ```

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Most workers that wait: beyond these, disks and networks give nothing more.
const MOST_WAITING: usize = 128;
/// How many times as many workers are tried at once: of them the best number is not far.
const STEP: usize = 4;
/// How much faster they have to be for more to be tried.
const WORTH: f64 = 1.1;

/// How many threads work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workers {
    /// How many begin.
    pub(super) first: usize,
    /// How many they may become.
    pub(super) most: usize,
}

impl Workers {
    /// So many.
    #[must_use]
    pub const fn exactly(count: usize) -> Self {
        Self { first: count, most: count }
    }

    /// One for each core, which is what the page cache asks for; more, in steps, while they mostly
    /// wait and more of them get more done.
    #[must_use]
    pub fn as_needed() -> Self {
        let cores = Self::cores();
        Self { most: cores.most.max(MOST_WAITING), ..cores }
    }

    /// One for each core.
    #[must_use]
    pub fn cores() -> Self {
        Self::exactly(std::thread::available_parallelism().map_or(1, NonZero::get))
    }

    /// So many where a number is asked for, else as many as needed.
    #[must_use]
    pub fn asked(count: Option<usize>) -> Self {
        count.map_or_else(Self::as_needed, Self::exactly)
    }

    /// About how much of some work each of the first ones does, and rather more than less.
    #[must_use]
    pub fn share(self, work: usize) -> usize {
        let share = work.div_ceil(self.first.max(1));
        share.saturating_add(share / 8)
    }

    /// At most so many, and one at least.
    pub(super) fn at_most(self, count: usize) -> Self {
        Self { first: self.first.min(count).max(1), most: self.most.min(count).max(1) }
    }
}

/// What the workers have done so far, and what it took.
#[derive(Debug, Default)]
pub struct Effort {
    done: AtomicUsize,
    /// Microseconds that passed while they worked, of all of them together.
    passed: AtomicUsize,
    /// Those of these in which they computed.
    computed: AtomicUsize,
}

impl Effort {
    /// Adds a piece of work.
    pub fn add(&self, done: usize, passed: Duration, computed: Duration) {
        let micros = |time: Duration| usize::try_from(time.as_micros()).unwrap_or(usize::MAX);
        self.done.fetch_add(done, Ordering::Relaxed);
        self.passed.fetch_add(micros(passed), Ordering::Relaxed);
        self.computed.fetch_add(micros(computed), Ordering::Relaxed);
    }

    fn now(&self) -> Sum {
        Sum {
            done: self.done.load(Ordering::Relaxed),
            passed: self.passed.load(Ordering::Relaxed),
            computed: self.computed.load(Ordering::Relaxed),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    done: usize,
    passed: usize,
    computed: usize,
}

/// Decides on more workers.
#[derive(Debug)]
pub struct Growth {
    since: Instant,
    before: Sum,
    /// What the fewer workers before did in a second.
    speed: Option<f64>,
    is_over: bool,
}

impl Growth {
    /// No decision yet.
    pub fn begin() -> Self {
        Self { since: Instant::now(), before: Sum::default(), speed: None, is_over: false }
    }

    /// Whether there are enough.
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// How many more there should be.
    pub fn look(&mut self, effort: &Effort, workers: usize) -> usize {
        let now = effort.now();
        let done = now.done.saturating_sub(self.before.done);
        // Each of them is to have shown how it fares.
        if done < workers.saturating_mul(2) {
            return 0;
        }
        let passed = now.passed.saturating_sub(self.before.passed);
        let waits = now.computed.saturating_sub(self.before.computed) < passed / 2;
        let seconds = self.since.elapsed().as_secs_f64();
        let speed = f64::from(u32::try_from(done).unwrap_or(u32::MAX)) / seconds;
        let gained = self.speed.is_none_or(|before| speed > before * WORTH);
        self.is_over = !(waits && gained);
        (self.since, self.before, self.speed) = (Instant::now(), now, Some(speed));
        if self.is_over { 0 } else { workers.saturating_mul(STEP - 1) }
    }
}

/// The time that this thread has computed; where the system does not tell, all time is that.
#[cfg(unix)]
pub fn computed() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The time that this thread has computed; where the system does not tell, all time is that.
#[cfg(not(unix))]
pub fn computed() -> Duration {
    static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn workers_become_more_while_they_wait_and_gain() {
        let (mut growth, effort) = (Growth::begin(), Effort::default());
        assert_eq!(growth.look(&effort, 2), 0, "nothing is known yet");
        effort.add(4, MILLISECOND * 8, MILLISECOND);
        assert_eq!(growth.look(&effort, 2), 6);
        // Far more in far less time.
        effort.add(4_000_000, MILLISECOND * 8, MILLISECOND);
        assert_eq!(growth.look(&effort, 8), 24);
        std::thread::sleep(MILLISECOND * 20);
        effort.add(64, MILLISECOND * 8, MILLISECOND);
        assert_eq!(growth.look(&effort, 32), 0, "it gained nothing");
        assert!(growth.is_over());
    }

    #[test]
    fn workers_that_compute_are_enough() {
        let (mut growth, effort) = (Growth::begin(), Effort::default());
        effort.add(4, MILLISECOND * 8, MILLISECOND * 5);
        assert_eq!(growth.look(&effort, 2), 0);
        assert!(growth.is_over());
    }
}
