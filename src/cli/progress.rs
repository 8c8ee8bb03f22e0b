//! Progress of a program.

use crate::model::Model;
use crate::real::Real;
use crate::train::{Observer, Snapshot, Stop};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// The progress of a part of a program on standard error: a bar on a terminal, elsewhere a plain line
/// every ten seconds.
///
/// As an observer it shows the updates of a run and the loss of the batch.
///
/// ```
/// use sparse_parity::cli::Progress;
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
    last: Instant,
}

/// The time between two plain lines.
const QUIET: Duration = Duration::from_secs(10);
/// The number of updates between two looks at the clock.
const STRIDE: u64 = 64;

impl Progress {
    /// Begins a part called `name`, which has up to `total` units.
    pub fn new(name: impl Into<String>, total: u64, unit: &'static str) -> Self {
        let (name, is_terminal) = (name.into(), io::stderr().is_terminal());
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_prefix(name.clone());
        if !is_terminal {
            write_line(&format!("{name}: up to {total} {unit}"));
        }
        Progress {
            name,
            unit,
            bar,
            is_terminal,
            total,
            last: Instant::now(),
        }
    }

    /// Shows that `done` units are done, and the message.
    ///
    /// The message is computed only when it is shown.
    pub fn at(&mut self, done: u64, message: impl FnOnce() -> String) {
        if self.is_terminal {
            self.bar.set_position(done);
            self.bar.set_message(message());
        } else if self.last.elapsed() > QUIET {
            self.last = Instant::now();
            let (name, total, unit) = (&self.name, self.total, self.unit);
            write_line(&format!("{name}: {done} of {total} {unit}, {}", message()));
        }
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

/// Writes a plain line; a reader that has left ends no run.
fn write_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
