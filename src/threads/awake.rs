//! Keeps threads of a pool awake between the parts of a step.
//!
//! A rayon thread without work falls asleep within some 20 µs. To wake it takes up to 50 µs on a virtual machine, which
//! is more than a part of a step may take. Keep-awake jobs run on the other threads of the pool in the meantime: they take up
//! work as soon as there is some.

use rayon::Yield;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A job ends after so long without work, and jobs are spawned no more often than that.
const IDLE_LIMIT: Duration = Duration::from_millis(1);
/// A job ends after so long in any case: its thread may have begun it while it waited for other work, which then goes on.
const LIFETIME: Duration = Duration::from_millis(20);

/// The keep-awake jobs of one call of [`share`](super::share), as all threads see them.
#[derive(Debug, Default)]
struct Jobs {
    /// Whether the call has returned.
    is_over: AtomicBool,
    /// The number of jobs that run or wait for a thread.
    count: AtomicUsize,
}

/// A call of [`share`](super::share), as its own thread sees it.
#[derive(Debug, Default)]
pub(super) struct Call {
    jobs: Arc<Jobs>,
    /// When jobs were last spawned.
    spawned: Option<Instant>,
}

thread_local! {
    /// The call that this thread is in.
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
    /// Whether this thread runs a keep-awake job, perhaps with work that the job has taken up.
    static IS_KEPT: Cell<bool> = const { Cell::new(false) };
}

/// Does the work in the call, or in none; keep-awake jobs that are spawned within end with it.
pub(super) fn within<R>(call: Option<Call>, work: impl FnOnce() -> R) -> R {
    struct Restore(Option<Call>);
    impl Drop for Restore {
        fn drop(&mut self) {
            if let Some(call) = CALL.replace(self.0.take()) {
                call.jobs.is_over.store(true, Ordering::Relaxed);
            }
        }
    }
    let _restore = Restore(CALL.replace(call));
    work()
}

/// Whether this thread is in a call.
pub(super) fn is_shared() -> bool {
    CALL.with_borrow(Option::is_some)
}

/// Spawns the jobs that are missing to keep so many threads of the current pool awake, this one included if it is of the
/// pool.
pub(super) fn keep_awake(threads: usize) {
    CALL.with_borrow_mut(|call| {
        let Some(Call { jobs, spawned }) = call else {
            return;
        };
        let others = threads - usize::from(rayon::current_thread_index().is_some());
        let there = jobs.count.load(Ordering::Relaxed);
        if there >= others || spawned.is_some_and(|last| last.elapsed() < IDLE_LIMIT) {
            return;
        }
        *spawned = Some(Instant::now());
        jobs.count.fetch_add(others - there, Ordering::Relaxed);
        for _ in there..others {
            let jobs = jobs.clone();
            rayon::spawn(move || {
                jobs.run();
                jobs.count.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
}

impl Jobs {
    /// Takes up work of the pool until the call is over, the lifetime is, or there is no work for long. It ends at once on a
    /// thread that is in a call of its own or runs such a job already.
    fn run(&self) {
        if is_shared() || IS_KEPT.replace(true) {
            return;
        }
        let began = Instant::now();
        let (mut now, mut last) = (began, began);
        while !self.is_over.load(Ordering::Relaxed)
            && now - began < LIFETIME
            && now - last < IDLE_LIMIT
        {
            let found = rayon::yield_now() == Some(Yield::Executed);
            now = Instant::now();
            match found {
                true => last = now,
                false => thread::yield_now(),
            }
        }
        IS_KEPT.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::super::share;
    use super::*;

    /// Waits for it, at most ten seconds.
    fn becomes(holds: impl Fn() -> bool) -> bool {
        let began = Instant::now();
        while !holds() && began.elapsed() < Duration::from_secs(10) {
            thread::yield_now();
        }
        holds()
    }

    #[test]
    fn jobs_are_spawned_when_missing_and_end_with_the_call_or_without_work() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3);
        let pool = pool.build().unwrap();
        let jobs = pool.install(|| {
            share(|| {
                let jobs = CALL.with_borrow(|call| call.as_ref().unwrap().jobs.clone());
                let count = || jobs.count.load(Ordering::Relaxed);
                assert_eq!(count(), 0);
                keep_awake(3);
                assert!(count() <= 2);
                assert!(becomes(|| count() == 0), "there is no work for them");
                thread::sleep(IDLE_LIMIT);
                keep_awake(3);
                let last = CALL.with_borrow(|call| call.as_ref().unwrap().spawned);
                keep_awake(3);
                let again = CALL.with_borrow(|call| call.as_ref().unwrap().spawned);
                assert!(last == again || again.unwrap() - last.unwrap() >= IDLE_LIMIT);
                jobs
            })
        });
        assert!(!is_shared());
        assert!(becomes(|| Arc::strong_count(&jobs) == 1));
        assert_eq!(jobs.count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_job_ends_at_once_on_a_thread_with_a_call_of_its_own() {
        share(|| Jobs::default().run());
        assert!(!IS_KEPT.get());
        // And on one that runs a job already.
        IS_KEPT.set(true);
        Jobs::default().run();
        assert!(IS_KEPT.replace(false));
    }
}
