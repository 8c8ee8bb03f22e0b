//! How far do the hidden coordinates stand out of a neuron's gradient?
//!
//! The Fourier gap (Definition 1 of the paper) is by how much the *smallest* coefficient on S exceeds the largest
//! elsewhere. Figure 12 left of the paper draws another one: by how much the *largest* on S does. Its quantiles for
//! Gaussian weights are those of the gaps up to twice the majority's, where its axis seems to end. Both were found by
//! comparing quantiles. Here are both gaps, and all are exact:
//!
//! - at random initialisation (figures 11 and 12 left, n = 15, k = 2, 4, 6): the gaps of sign(w·x) and
//!   of sin(w·x/√n) for weights uniform on [−1, 1], normal or ±1, 100 000 draws each. With ±1 the sign has the majority's
//!   own gap, and the sine one of its order. With other weights gaps are smaller, and for k = 4 and 6
//!   most signs have a negative one by the definition; nearly all sines keep a positive one;
//! - along SGD (figure 12 right, one sine neuron, (15, 4), 100 runs, 1000 updates beyond t_c): the gap wanders below
//!   10⁻³ on the plateau, exceeds the majority's a few hundred updates before the error is below 0.4, is largest shortly
//!   before t_c, and falls again. With `--rate 0.05` the irrelevant weights wander so far that in five
//!   of the first ten runs the gap never gets there and ends negative, and the parity is learned all the same.
//!
//! The line that the paper draws into figure 12 right is the gap of the majority of 19 signs; here it is
//! that of n = 15.
//!
//! ```sh
//! cargo run --release --example fourier_gap
//! ```
//!
//! It takes under a minute, prints medians, and draws `target/figures/fourier_gap.svg` and
//! `target/figures/fourier_gap_path.svg`, with a PNG and the data as CSV beside each. `fourier_gap_quantiles.csv` has
//! the quantiles of all gaps, `fourier_gap_paper.csv` the paper's numbers beside ours, `fourier_gap_peaks.csv` the
//! largest gap of each run.

mod initial;
mod path;

use clap::{Parser, value_parser};
use sparse_parity::stats::{ConfidenceInterval, Quantile, Time, Times};
use sparse_parity::terminal::{Result, report};
use sparse_parity::theory::majority::majority_coefficient;
use sparse_parity_examples::figure::{Scale, Studio};
use sparse_parity_examples::paper::{Near, compare_all, values};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Fourier gaps at random initialisation, and along SGD.
#[derive(Parser)]
struct Args {
    /// Number of coordinates, odd
    #[arg(long, default_value_t = 15)]
    n: usize,
    /// Numbers of relevant coordinates at initialisation, even; a column each
    #[arg(long, value_delimiter = ',', default_values_t = [2, 4, 6])]
    k: Vec<usize>,
    /// Random weights of each distribution
    #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u64).range(1..))]
    draws: u64,
    /// Number of relevant coordinates of the runs, even
    #[arg(long, default_value_t = 4)]
    path_k: usize,
    /// Runs of SGD, of which the first ten are drawn
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u64).range(1..))]
    runs: u64,
    /// Batch size of the runs
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Learning rate of the runs
    #[arg(long, default_value_t = 0.01)]
    rate: f64,
    /// Updates after which a run is given up
    #[arg(long, default_value_t = 100_000)]
    max_steps: u64,
    /// Seed of the weights, and of the first run
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the figures
    #[arg(long, default_value = "target/figures")]
    out: PathBuf,
}

/// The Fourier gap of the majority of n signs, |ξ_{k−1}| − |ξ_{k+1}|.
fn majority_gap(n: usize, k: usize) -> Result<f64> {
    if k == 0 || k >= n || !k.is_multiple_of(2) {
        return Err(format!(
            "k = {k}: without biases only coefficients of odd degree differ from 0, so choose an \
             even k with 2 <= k < n = {n}"
        )
        .into());
    }
    Ok(majority_coefficient(n, k - 1)?.abs() - majority_coefficient(n, k + 1)?.abs())
}

/// A quantile of sorted numbers with its exact 95 % interval.
fn quantile(sorted: &[f64], share: f64) -> Result<Quantile> {
    // The interval is one of ranks.
    let ranks: Times = (0..sorted.len() as u64).map(Time::Solved).collect();
    let Quantile { value, interval } = ranks.quantile(share, 0.95)?;
    let at = |rank: f64| sorted.get(rank as usize).copied().unwrap_or(f64::INFINITY);
    Ok(Quantile {
        value: value.map(at),
        interval: ConfidenceInterval {
            low: at(interval.low),
            high: at(interval.high),
        },
    })
}

fn draw(studio: &mut Studio, args: &Args) -> Result {
    let mut out = io::stdout();
    writeln!(out, "Fourier gaps of {} random neurons each\n", args.draws)?;
    let initial = initial::gaps(args.n, &args.k, args.draws, args.seed)?;
    studio.save("", &initial::figure(args.n, &args.k, &initial)?)?;
    initial::quantiles(studio, args.n, &initial)?;

    let (n, k) = (args.n, args.path_k);
    writeln!(
        out,
        "\nFourier gap along SGD, one sine neuron, ({n}, {k})\n"
    )?;
    let runs = path::runs(args)?;
    studio.save("path", &path::figure(args, &runs)?)?;

    compare_all(studio, &["12 left"], Near::Share(0.05), |paper| {
        match paper.n == n {
            true => initial::ours(n, &initial, paper),
            false => Ok(None),
        }
    })?;
    for paper in values("12 right")? {
        if (paper.n, paper.k) == (n, k) {
            path::find(studio, &runs, &paper)?;
        }
    }
    Ok(())
}

fn run(args: &Args) -> Result {
    let studio = Studio::new("fourier_gap", Scale::Paper, args.out.clone());
    studio.run(|studio| draw(studio, args))
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
