//! Progress of a program.

use crate::model::Model;
use crate::real::Real;
use crate::train::{Observer, Snapshot, Stop};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// The progress of a part of a program on standard error: what is done, how fast, for how long, and how long at most
/// it still takes.
///
/// On a terminal it is a bar, in colour unless `NO_COLOR` is set, and elsewhere a plain line every ten seconds.
/// As an observer of a [`Trainer`](crate::train::Trainer) it shows the updates of a run and the loss of the batch.
/// The bar is removed by [`finish`](Progress::finish), or when the value is dropped.
///
/// ```
/// use sparse_parity::terminal::Progress;
///
/// let mut progress = Progress::new("squares", 100, "numbers");
/// let mut sum = 0;
/// for i in 1..=100 {
///     sum += i * i;
///     progress.at(i, || format!("sum {sum}"));
/// }
/// progress.finish();
/// ```
#[derive(Debug)]
pub struct Progress {
    name: String,
    unit: &'static str,
    bar: ProgressBar,
    is_terminal: bool,
    total: u64,
    /// Units that were done before.
    before: u64,
    begin: Instant,
    last: Instant,
}

/// The time between two plain lines.
const QUIET: Duration = Duration::from_secs(10);
/// The time after which a bar is drawn again although nothing was done.
const TICK: Duration = Duration::from_millis(500);
/// The number of updates between two looks at the clock.
const STRIDE: u64 = 64;

impl Progress {
    /// Begins a part called `name`, which has up to `total` units.
    pub fn new(name: impl Into<String>, total: u64, unit: &'static str) -> Self {
        Progress::going_on(name, 0, total, unit)
    }

    /// The same for a part of which `before` units are done already; they count as done, not for the rate.
    pub fn going_on(name: impl Into<String>, before: u64, total: u64, unit: &'static str) -> Self {
        let (name, is_terminal) = (name.into(), io::stderr().is_terminal());
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix} {wide_bar:.cyan/dim} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bar
            .with_style(style)
            .with_prefix(name.clone())
            .with_position(before)
            .with_finish(ProgressFinish::AndClear);
        if is_terminal {
            bar.enable_steady_tick(TICK);
        }
        let now = Instant::now();
        Progress {
            name,
            unit,
            bar,
            is_terminal,
            total,
            before,
            begin: now,
            last: now,
        }
    }

    /// Shows that `done` units are done, and the message.
    ///
    /// The message is computed only when it is shown.
    pub fn at(&mut self, done: u64, message: impl FnOnce() -> String) {
        let pace = || {
            let left = self.total.saturating_sub(done);
            pace(done.saturating_sub(self.before), left, self.begin.elapsed())
        };
        if self.is_terminal {
            self.bar.set_position(done);
            self.bar.set_message(format!("{}, {}", pace(), message()));
        } else if self.last.elapsed() > QUIET {
            let (name, total, unit, pace) = (&self.name, self.total, self.unit, pace());
            // A reader that has left ends no run.
            let _ = writeln!(
                io::stderr(),
                "{name}: {done} of {total} {unit}, {pace}, {}",
                message()
            );
            self.last = Instant::now();
        }
    }

    /// Takes the bar away while `write` writes to the terminal.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for Progress {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        if at.step.is_multiple_of(STRIDE) {
            self.at(at.step, || format!("loss {:.3}", at.loss));
        }
        ControlFlow::Continue(())
    }
}

/// Rate, elapsed and remaining time of `done` units, if the `left` ones take as long as these.
fn pace(done: u64, left: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let rate = done as f64 / seconds;
    let gone = HumanDuration(elapsed);
    if done == 0 || !rate.is_finite() {
        return format!("{gone:#}");
    }
    let rate_shown = match rate {
        rate if rate < 0.1 => format!("{:.1}/h", 3600.0 * rate),
        rate if rate < 10.0 => format!("{rate:.2}/s"),
        rate => format!("{rate:.0}/s"),
    };
    match Duration::try_from_secs_f64(left as f64 / rate) {
        Ok(left) => {
            let left = HumanDuration(left);
            format!("{rate_shown}, {gone:#}, at most {left:#} left")
        }
        Err(_) => format!("{rate_shown}, {gone:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_tells_rate_elapsed_and_remaining_time() {
        let pace = |done, left, seconds| pace(done, left, Duration::from_secs(seconds));
        assert_eq!(pace(0, 10, 3), "3s");
        assert_eq!(pace(300, 0, 3), "100/s, 3s, at most 0s left");
        assert_eq!(pace(30, 600, 20), "1.50/s, 20s, at most 7m left");
        assert_eq!(pace(2, 3, 7200), "1.0/h, 2h, at most 3h left");
        assert_eq!(pace(1, u64::MAX, 1 << 30), "0.0/h, 34y");
        assert_eq!(pace(5, 5, 0), "0s");
    }
}
