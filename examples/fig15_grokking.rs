//! Figures 4 right and 15: when is a parity learned from a finite sample, and how late?
//!
//! The paper's claim: with weight decay there is *grokking* in a middle range of sample sizes m. A
//! network first memorises the sample, its train error is 0 and its test error that of guessing, and
//! much later learns the parity. A smaller sample is only ever memorised; with a larger one both errors
//! vanish together.
//!
//! ```sh
//! cargo run --release --example fig15_grokking
//! cargo run --release --example fig15_grokking -- --scale paper
//! ```
//!
//! The first takes 11 CPU seconds, the second about 3 CPU minutes by the cost of a run of the first.
//! Expect blue curves (train error) that fall early for m = 1000, and
//! vermillion ones (test error) that follow much later, only with decay; for m = 500 they do not follow
//! at all, for m = 5000 at once.
//!
//! The paper states the ReLU network of width 100, hinge loss, η = 0.1 and B = 32. Chosen here:
//! (n, k) = (40, 3); decay in the convention (1 − ηλ)θ; and the ranges of m and λ, of which 4 runs of
//! 50 000 updates for each m in 200, 500, 1000, 2000, 5000 and λ in 0, 0.001, 0.01, 0.03 showed where
//! a sample is learned at all: from m = 1000 on with λ of 0.01 and 0.03, from 2000 with 0.001, from 5000
//! without decay. The claims are about λ = 0.01. Steps at which the train error vanishes are known to
//! one of 20 for every factor of ten. Decay delays the last train errors: with λ = 0.01 and m = 1000 less
//! than 2 % are left long before none are, and the delays count from none.

use sparse_parity::cli::Result;
use sparse_parity::measure::Interval;
use sparse_parity::optim::Decay;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Time, Times};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::trial::{MeasureKind, Recorded, RecordedTrial, Recording, Trial};
use sparse_parity_examples::figure::{self, Studio};
use std::process::ExitCode;

const N: usize = 40;
const K: usize = 3;
/// The decay of the runs that the claims are about.
const DECAY: f64 = 0.01;
/// Run steps for every factor of ten.
const POINTS: usize = 20;
/// Runs of each cell whose curves are drawn.
const DRAWN: usize = 3;

/// What the runs have in common.
struct Grid {
    samples: &'static [usize],
    decays: &'static [f64],
    seeds: u64,
    max_steps: u64,
}

fn draw(studio: &mut Studio) -> Result {
    let tiny = Grid {
        samples: &[50, 2000],
        decays: &[DECAY],
        seeds: 2,
        max_steps: 200,
    };
    let quick = Grid {
        samples: &[500, 1000, 5000],
        decays: &[0.0, 0.001, DECAY],
        seeds: 8,
        max_steps: 30_000,
    };
    let paper = Grid {
        samples: &[500, 1000, 2000, 5000],
        decays: &[0.0, 0.001, DECAY, 0.03],
        seeds: 20,
        max_steps: 100_000,
    };
    let grid = studio.pick(tiny, quick, paper);
    let recording = Recording {
        measures: vec![MeasureKind::TrainError, MeasureKind::Error],
        ..Recording::new(Interval::per_decade(POINTS)?)
    };
    let mut cells = Vec::new();
    for &m in grid.samples {
        for &decay in grid.decays {
            let trial = Trial {
                samples: Some(m),
                decay: decay.into(),
                convention: Decay::Scaled,
                max_steps: grid.max_steps,
                ..Trial::new(N, K)
            };
            let recording = recording.clone();
            let experiment = RecordedTrial { trial, recording };
            cells.push(Cell::new(experiment, grid.seeds));
        }
    }
    let outcomes = studio.outcomes("", &Sweep::new(cells)?)?;

    let mut figure = Figure::new(grid.samples.len(), grid.decays.len())
        .title(format!(
            "Errors on the sample and on fresh examples, ({N}, {K})-parity"
        ))
        .legend_once()
        .share_x()
        .share_y();
    for (row, &m) in grid.samples.iter().enumerate() {
        figure = figure.row_heading(row, format!("m = {m}"));
        for (col, &decay) in grid.decays.iter().enumerate() {
            let runs: Vec<_> = outcomes.of(row * grid.decays.len() + col).collect();
            figure = figure
                .heading(col, format!("weight decay λ = {decay}"))
                .panel(row, col, panel(&runs, grid.max_steps));
            if decay == DECAY {
                find(studio, m, &runs)?;
            }
        }
    }
    let size = (330 * grid.decays.len() + 60, 170 * grid.samples.len() + 90);
    studio.save("", &figure.size(size.0 as u32, size.1 as u32))
}

/// The errors of the runs of one cell.
fn panel(runs: &[&Recorded], max_steps: u64) -> Panel {
    let mut panel = Panel::new()
        .x_label("updates")
        .y_label("error")
        .x_scale(Scale::Log10)
        .x_range(10.0, max_steps as f64)
        .y_range(-0.02, 0.6);
    let curves = [
        ("error", "test error", Color::Vermillion),
        ("train error", "train error", Color::Blue),
    ];
    for (column, label, color) in curves {
        for run in runs.iter().take(DRAWN) {
            let steps = run.table.column("step").unwrap_or_default();
            let errors = run.table.column(column).unwrap_or_default();
            let style = Style::new(color).width(1.2).opacity(0.7).label(label);
            panel = panel.line(&steps, &errors, style);
        }
    }
    panel
}

/// States what becomes of samples of this size.
fn find(studio: &mut Studio, m: usize, runs: &[&Recorded]) -> Result {
    let memorised: Times = runs.iter().map(|run| memorised(run)).collect();
    let delays: Times = runs.iter().map(|run| delay(run)).collect();
    let (fitted, delay) = (memorised.median(0.95)?, delays.median(0.95)?);
    let solved = delays.success_rate(0.95)?;
    let number = format!(
        "train error 0 after {} ({} to {}) updates, test error 0 another {} ({} to {}) later, \
         medians of {} runs; share that generalises {solved:.2}",
        fitted.value.unwrap_or(f64::INFINITY),
        fitted.interval.low,
        fitted.interval.high,
        delay.value.unwrap_or(f64::INFINITY),
        delay.interval.low,
        delay.interval.high,
        runs.len()
    );
    let (claim, holds) = match Size::of(m) {
        Size::Small => (
            "too few examples are memorised, not generalised from",
            solved.value == 0.0 && memorised.solved() == runs.len(),
        ),
        Size::Middle => (
            "the sample is memorised before the parity is learned",
            delay.interval.low > 0.0,
        ),
        Size::Large => (
            "both errors vanish together",
            delay.interval.high < fitted.interval.low,
        ),
    };
    studio.find(format!("m = {m}, λ = {DECAY}: {claim}"), number, holds)
}

/// What a sample is enough for.
enum Size {
    Small,
    Middle,
    Large,
}

impl Size {
    fn of(m: usize) -> Size {
        match m {
            0..=500 => Size::Small,
            501..5000 => Size::Middle,
            _ => Size::Large,
        }
    }
}

/// When the train error was 0 first, of the steps that were recorded.
fn memorised(run: &Recorded) -> Time {
    let rows = run.table.rows();
    let first = rows.iter().find(|row| row[1] == 0.0);
    let first = first.map(|row| Time::Solved(row[0] as u64));
    first.unwrap_or(Time::Censored(run.outcome.steps))
}

/// How much later the test error was 0.
fn delay(run: &Recorded) -> Time {
    let from = memorised(run).solved().unwrap_or(run.outcome.steps);
    let end = run.outcome.time();
    end.after(from).unwrap_or(Time::Solved(0))
}

fn main() -> ExitCode {
    figure::main("fig15_grokking", draw)
}
