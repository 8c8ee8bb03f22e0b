//! The program around a figure of the paper.

mod arguments;
mod builds;
mod own;
mod studio;

pub use arguments::{Flag, Scale};
pub use studio::Studio;

use arguments::Args;
use sparse_parity::stats::Estimate;
use sparse_parity::terminal::{Result, report};
use std::process::ExitCode;

/// Runs a program that takes these flags, whose figures are called `name`, or begin with it, and whose source says in front
/// what it claims.
pub fn main(
    name: &'static str,
    source: &str,
    flags: &[Flag],
    draw: fn(&mut Studio) -> Result,
) -> ExitCode {
    let run = || {
        let args = Args::of(name, source, flags)?;
        Studio::of(name, args).run(draw)
    };
    report(run())
}

/// A number in a table, which is empty where there is none.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// How many runs diverged, to be said behind others; nothing if none did.
pub fn diverged(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(", {count} diverged"),
    }
}

/// A share and its interval in per cent.
pub fn percent(share: Estimate) -> String {
    let [value, low, high] =
        [share.value, share.interval.low, share.interval.high].map(|share| 100.0 * share);
    format!("{value:.1} % ({low:.1} to {high:.1})")
}
