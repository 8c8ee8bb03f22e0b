//! Do two independent trials on two threads make twice the steps of one?

use super::{ROUNDS, Row, over_rounds};
use crate::config::Config;
use sparse_parity::terminal::Result;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

/// Steps between two looks at the clock.
const BLOCK: u64 = 100;

pub fn rows(seconds: f64) -> Result<Vec<Row>> {
    let measured = if thread::available_parallelism()?.get() == 1 {
        "not measured: only one thread is available".into()
    } else {
        let [config, ..] = Config::all()[..] else {
            return Err("there is no configuration A".into());
        };
        let seconds = seconds / f64::from(ROUNDS);
        let ratio = || {
            let alone = rate(config, 1, seconds)?;
            Ok(rate(config, 2, seconds)? / alone)
        };
        format!("{:.2}", over_rounds(ratio)?)
    };
    Ok(vec![Row {
        check: "two trials on two threads",
        case: "A, steps a second together / alone".into(),
        measured,
    }])
}

/// Steps a second of so many runs together, each built in its own thread.
fn rate(config: Config, threads: usize, seconds: f64) -> Result<f64> {
    let ready = Barrier::new(threads);
    let work = || -> sparse_parity::Result<f64> {
        let run = config.start();
        ready.wait();
        let mut run = run?;
        let (start, mut steps) = (Instant::now(), 0);
        while start.elapsed().as_secs_f64() < seconds {
            run.steps(BLOCK);
            steps += BLOCK;
        }
        Ok(steps as f64 / start.elapsed().as_secs_f64())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let rates = threads.into_iter().map(|thread| match thread.join() {
            Ok(rate) => Ok(rate?),
            Err(_) => Err("a thread panicked".into()),
        });
        rates.sum()
    })
}
