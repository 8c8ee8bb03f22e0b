//! A progress bar, as an observer.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sparse_parity::prelude::*;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Shows how far a run is: a bar on a terminal, elsewhere a plain line every few seconds.
pub struct Progress {
    name: &'static str,
    bar: ProgressBar,
    is_terminal: bool,
    steps: u64,
    last: Instant,
}

/// Time between two plain lines.
const QUIET: Duration = Duration::from_secs(10);
/// Steps between two looks at the clock.
const STRIDE: u64 = 64;

impl Progress {
    /// A run called `name` of at most `steps` updates begins.
    pub fn new(name: &'static str, steps: u64) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_prefix(name);
        if !is_terminal {
            tell(&format!("{name}: up to {steps} updates"));
        }
        Progress {
            name,
            bar,
            is_terminal,
            steps,
            last: Instant::now(),
        }
    }

    /// The run has ended.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for Progress {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        if at.step.is_multiple_of(STRIDE) {
            if self.is_terminal {
                self.bar.set_position(at.step);
                self.bar.set_message(format!("loss {:.3}", at.loss));
            } else if self.last.elapsed() > QUIET {
                self.last = Instant::now();
                let (name, steps) = (self.name, self.steps);
                tell(&format!(
                    "{name}: {} of {steps} updates, loss {:.3}",
                    at.step, at.loss
                ));
            }
        }
        ControlFlow::Continue(())
    }
}

/// A plain line; a run does not end because nobody reads it.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
