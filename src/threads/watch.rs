//! Threads that stay awake for the parts of a step.
//!
//! A rayon thread without work falls asleep within some 20 µs. To wake it takes up to 50 µs on a virtual machine, which
//! is more than a part of a step may take. So jobs of the pool, the watchers, look for work in its place.

use rayon::Yield;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a watcher stays awake without work, and how often new ones are called at most.
const PATIENCE: Duration = Duration::from_millis(1);
/// How long a watcher stays at all: its thread may have begun it while it waited for something else, which goes on then.
const TERM: Duration = Duration::from_millis(20);

/// What the watchers of one call of [`share`](super::share) know.
#[derive(Debug, Default)]
struct Watch {
    /// Whether the call has returned.
    is_over: AtomicBool,
    /// The number of watchers, those that wait for a thread included.
    watchers: AtomicUsize,
}

/// A call of [`share`](super::share) on its own thread.
#[derive(Debug, Default)]
struct Call {
    watch: Arc<Watch>,
    /// When watchers were last called.
    last: Option<Instant>,
}

thread_local! {
    /// The call that this thread is in.
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
    /// Whether this thread is a watcher, or does work that a watcher found.
    static IS_WATCHER: Cell<bool> = const { Cell::new(false) };
}

/// Does the work; watchers that it calls leave when it ends.
pub(super) fn during<R>(work: impl FnOnce() -> R) -> R {
    struct Restore(Option<Call>);
    impl Drop for Restore {
        fn drop(&mut self) {
            if let Some(call) = CALL.replace(self.0.take()) {
                call.watch.is_over.store(true, Ordering::Relaxed);
            }
        }
    }
    let _restore = Restore(CALL.replace(Some(Call::default())));
    work()
}

/// Has so many threads of the current pool awake, this one included if it is of the pool.
pub(super) fn call(threads: usize) {
    CALL.with_borrow_mut(|call| {
        let Some(Call { watch, last }) = call else {
            return;
        };
        let others = threads - usize::from(rayon::current_thread_index().is_some());
        let there = watch.watchers.load(Ordering::Relaxed);
        if there >= others || last.is_some_and(|last| last.elapsed() < PATIENCE) {
            return;
        }
        *last = Some(Instant::now());
        watch.watchers.fetch_add(others - there, Ordering::Relaxed);
        for _ in there..others {
            let watch = watch.clone();
            rayon::spawn(move || {
                watch.keep();
                watch.watchers.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
}

impl Watch {
    /// Does work of the pool until the call or the term is over, or there is no work for long; nothing on a thread that has
    /// a call of its own.
    fn keep(&self) {
        if CALL.with_borrow(Option::is_some) || IS_WATCHER.replace(true) {
            return;
        }
        let began = Instant::now();
        let (mut now, mut last) = (began, began);
        while !self.is_over.load(Ordering::Relaxed) && now - began < TERM && now - last < PATIENCE {
            let found = rayon::yield_now() == Some(Yield::Executed);
            now = Instant::now();
            match found {
                true => last = now,
                false => thread::yield_now(),
            }
        }
        IS_WATCHER.set(false);
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
    fn watchers_come_when_called_and_leave_with_the_call_or_without_work() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3);
        let pool = pool.build().unwrap();
        let watch = pool.install(|| {
            share(|| {
                let watch = CALL.with_borrow(|call| call.as_ref().unwrap().watch.clone());
                let watchers = || watch.watchers.load(Ordering::Relaxed);
                assert_eq!(watchers(), 0);
                call(3);
                assert!(watchers() <= 2);
                assert!(becomes(|| watchers() == 0), "nobody has work for them");
                thread::sleep(PATIENCE);
                call(3);
                let last = CALL.with_borrow(|call| call.as_ref().unwrap().last);
                call(3);
                let again = CALL.with_borrow(|call| call.as_ref().unwrap().last);
                assert!(last == again || again.unwrap() - last.unwrap() >= PATIENCE);
                watch
            })
        });
        assert!(CALL.with_borrow(Option::is_none));
        assert!(becomes(|| Arc::strong_count(&watch) == 1));
        assert_eq!(watch.watchers.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_thread_with_a_call_of_its_own_is_no_watcher() {
        share(|| Watch::default().keep());
        assert!(!IS_WATCHER.get());
        // Neither is one that is a watcher already, which would not end.
        IS_WATCHER.set(true);
        Watch::default().keep();
        assert!(IS_WATCHER.replace(false));
    }
}
