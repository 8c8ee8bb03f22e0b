//! A limit of the time of a test, so that threads that wait for each other fail it.

use std::process::abort;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// The time that a test of threads has, many times what the slowest one takes.
const TIME: Duration = Duration::from_secs(20 * 60);

/// A limit of the time until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Limit {
    _ended: mpsc::Sender<()>,
}

impl Limit {
    /// The limit of a test of threads. When the time is over, the process ends with the name of the test: a thread that
    /// waits can neither panic nor be stopped.
    pub fn of_test() -> Self {
        let test = thread::current().name().unwrap_or("a test").to_owned();
        Limit::new(TIME, move || {
            eprintln!(
                "{test} has not ended after {} minutes: its threads wait for each other",
                TIME.as_secs() / 60
            );
            abort();
        })
    }

    fn new(time: Duration, late: impl FnOnce() + Send + 'static) -> Self {
        let (ended, end) = mpsc::channel();
        thread::spawn(move || {
            if end.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                late();
            }
        });
        Limit { _ended: ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_dropped_in_time_is_late() {
        let (tell, told) = mpsc::channel();
        let of = |time, name: &'static str| {
            let tell = tell.clone();
            Limit::new(time, move || tell.send(name).unwrap())
        };
        let kept = of(Duration::from_millis(10), "kept");
        drop(of(Duration::from_secs(1), "dropped"));
        assert_eq!(told.recv(), Ok("kept"));
        drop((kept, tell));
        assert!(told.recv().is_err());
    }
}
