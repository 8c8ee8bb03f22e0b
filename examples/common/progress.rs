//! How far a program is: a bar on a terminal, elsewhere a plain line every few seconds.

#![allow(
    dead_code,
    reason = "not every example trains, and not every one sweeps"
)]

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sparse_parity::prelude::*;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// How far a part of a program is, which is called `name` and counts in `unit`.
pub struct Progress {
    name: String,
    unit: &'static str,
    bar: ProgressBar,
    is_terminal: bool,
    total: u64,
    last: Instant,
}

/// Time between two plain lines.
const QUIET: Duration = Duration::from_secs(10);
/// Steps between two looks at the clock.
const STRIDE: u64 = 64;

impl Progress {
    /// Something begins that has up to `total` units.
    pub fn new(name: impl Into<String>, total: u64, unit: &'static str) -> Self {
        let (name, is_terminal) = (name.into(), io::stderr().is_terminal());
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_prefix(name.clone());
        if !is_terminal {
            tell(&format!("{name}: up to {total} {unit}"));
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

    /// `done` units are done.
    pub fn at(&mut self, done: u64, message: impl FnOnce() -> String) {
        if self.is_terminal {
            self.bar.set_position(done);
            self.bar.set_message(message());
        } else if self.last.elapsed() > QUIET {
            self.last = Instant::now();
            let (name, total, unit) = (&self.name, self.total, self.unit);
            tell(&format!("{name}: {done} of {total} {unit}, {}", message()));
        }
    }

    /// It has ended.
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

/// A plain line; a run does not end because nobody reads it.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
