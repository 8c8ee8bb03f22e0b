//! Figure 16: does SGD learn a parity whose labels are nearly coin flips?
//!
//! Every training label is flipped with probability p; accuracy is that on clean labels. The paper's
//! claim: a ReLU network of width 100 learns the (50, 3)-parity even at p = 0.49.
//!
//! ```sh
//! cargo run --release --example fig16_noisy_parity
//! cargo run --release --example fig16_noisy_parity -- --scale paper
//! ```
//!
//! The first takes half a minute on two cores, the second, by an estimate, eight minutes of one. Labels carry the
//! share 1 − 2p of the signal. If less signal were all that noise does, t_c would grow like
//! 1/(1 − 2p), that is with exponent ½ in 1/(1 − 2p)²; if as many examples are needed as for telling
//! a biased coin from a fair one, with exponent 1. Expect exponents in between, nearer to ½ the larger
//! the batch, and for each batch size a p beyond which it is too small.
//!
//! The paper states n, k, the network, η = 0.1 and five seeds. What it calls ε is 1 − 2p in one
//! place and ½ − p in another; here it is p that is given. Chosen here: hinge loss, uniform
//! initialisation, the batch sizes, the values of p, and budgets of 300 000 (quick) and 10⁶ (paper)
//! updates; batches that succeed at p = 0.49 need about 200 000.

mod panels;
mod plan;

use plan::{PAPER, Plan, QUICK, Series, TINY};
use sparse_parity::plot::{Color, Figure, Panel};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// The colours of the batch sizes.
const COLORS: [Color; 4] = [
    Color::Vermillion,
    Color::Orange,
    Color::SkyBlue,
    Color::Black,
];

fn draw(studio: &mut Studio) -> Result {
    let usual = studio.pick(TINY, QUICK, PAPER);
    let plan = Plan {
        n: studio.n(usual.n),
        k: studio.k(usual.k),
        runs: studio.runs(usual.runs),
        ..usual
    };
    let outcomes = studio.outcomes("", &plan.sweep()?)?;
    let mut all = Vec::new();
    for (place, &batch) in plan.batches.iter().enumerate() {
        let mut times = Vec::new();
        for (cell, &p) in (place * plan.noise.len()..).zip(plan.noise) {
            let of_p = outcomes.times(cell);
            let median = of_p.median(0.95)?.value;
            times.push((p, of_p, median));
        }
        // The shades of the curves are those of p.
        let color = COLORS[place % COLORS.len()];
        all.push(Series {
            batch,
            color,
            times,
        });
    }
    tell_of_last(studio, &plan, &all)?;
    let growth = panels::growth(studio, &all)?;
    let limits: Vec<Option<f64>> = all.iter().map(Series::most_noise).collect();
    let told = all.iter().zip(&limits).map(|(series, p)| {
        let p = p.map_or("none".into(), |p| p.to_string());
        format!("{p} for {}", series.name())
    });
    studio.find(
        "the larger the batch, the more noise it bears",
        format!(
            "largest p whose median is within the budget: {}",
            told.collect::<Vec<_>>().join(", ")
        ),
        limits.is_sorted() && limits.first() < limits.last(),
    )?;
    let mut errors = Vec::new();
    for batch in plan.drawn {
        errors.push(panels::errors(studio, &plan, batch)?);
    }
    studio.save(
        "",
        &figure_of(&plan, panels::runs(&plan, &all)?, growth, errors),
    )
}

fn figure_of(plan: &Plan, runs: Panel, growth: Panel, errors: Vec<Panel>) -> Figure {
    let mut figure = Figure::new(2, 2)
        .title(format!(
            "The ({}, {})-parity with noisy labels, {} runs each",
            plan.n, plan.k, plan.runs
        ))
        .panel(0, 0, runs)
        .panel(0, 1, growth)
        .size(1000, 720);
    for (col, panel) in errors.into_iter().enumerate() {
        figure = figure.panel(1, col, panel);
    }
    figure
}

/// Whether t_c is finite where labels are noisiest.
fn tell_of_last(studio: &mut Studio, plan: &Plan, all: &[Series]) -> Result {
    let (mut told, mut is_solved) = (Vec::new(), false);
    for series in all.iter().rev() {
        let Some((_, times, median)) = series.times.last() else {
            continue;
        };
        let rate = times.success_rate(0.95)?;
        let median = median.map_or("beyond the budget".into(), |t| format!("{t:.0}"));
        is_solved |= times.solved() == times.runs();
        told.push(format!(
            "{}: {} of {} runs solved (95 % interval {:.0} to {:.0} %), median {median}",
            series.name(),
            times.solved(),
            times.runs(),
            100.0 * rate.interval.low,
            100.0 * rate.interval.high,
        ));
    }
    let p = plan.noise[plan.noise.len() - 1];
    let claim = format!("t_c is finite at p = {p} in batches that are large enough");
    studio.find(claim, told.join("; "), is_solved)
}

fn main() -> ExitCode {
    figure::main(
        "fig16_noisy_parity",
        include_str!("main.rs"),
        &[Flag::N, Flag::K, Flag::Runs],
        draw,
    )
}
