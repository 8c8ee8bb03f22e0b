//! Figure 2 right: does the exponent of the convergence time stay the same as n grows?
//!
//! The paper's claim: t_c adapts to k, and on logarithmic axes its curve against n is not straight. It
//! bends upwards, and the local exponent α, the slope between neighbouring n, rises with n towards
//! the lower bounds of statistical-query learning.
//!
//! ```sh
//! cargo run --release --example fig02_elbow
//! cargo run --release --example fig02_elbow -- --scale paper
//! ```
//!
//! The first makes 20 runs of each (n, k) with smaller n in seconds, the second 100 with the
//! paper's n. Left are the medians with exact 95 % intervals and the paper's medians, right the local exponents. The fit of
//! each half of a curve says how far it bends.
//!
//! The paper states the network (ReLU, width 100) and the ranges of n. Chosen here: η = 1, which it
//! states for this network in figure 1 right, batches of 32, hinge loss, uniform initialisation; and t_c is
//! the time at which the mean accuracy on the last 12 training batches reaches 75 %, as in figure 1 right.
//!
//! `fig02_elbow_paper` has the paper's medians beside ours.

use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Point, Sample, local_exponents, quantile_exponent};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::Trial;
use sparse_parity_examples::figure::{self, Flag, Studio};
use sparse_parity_examples::medians::{with_medians, with_papers};
use sparse_parity_examples::paper::{CRITERION, PaperValue, compare, values};
use std::process::ExitCode;

/// A degree and the n of its curve, up to the paper's largest.
struct Curve {
    k: usize,
    n: &'static [usize],
}

const CURVES: [Curve; 7] = [
    curve(
        2,
        &[
            8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150,
        ],
    ),
    curve(
        3,
        &[
            8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150,
        ],
    ),
    curve(
        4,
        &[
            8, 10, 12, 15, 20, 23, 25, 27, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95,
        ],
    ),
    curve(
        5,
        &[
            8, 10, 12, 15, 18, 20, 23, 25, 27, 29, 30, 32, 35, 38, 40, 42, 45,
        ],
    ),
    curve(6, &[9, 10, 12, 14, 15, 16, 18, 20, 22, 24, 25, 26, 28]),
    curve(7, &[9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 21, 22, 23]),
    curve(8, &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]),
];

const fn curve(k: usize, n: &'static [usize]) -> Curve {
    Curve { k, n }
}

fn draw(studio: &mut Studio) -> Result {
    let runs = studio.runs(studio.pick(3, 20, 100));
    let largest = |k| {
        studio.pick(
            [14, 12, 10, 0, 0, 0, 0],
            [80, 55, 30, 20, 15, 0, 0],
            [150; 7],
        )[k - 2]
    };
    let mut cells = Vec::new();
    let mut curves = Vec::new();
    for Curve { k, n } in &CURVES {
        let n: Vec<usize> = n.iter().copied().filter(|n| *n <= largest(*k)).collect();
        if n.len() > 1 {
            let first = cells.len();
            cells.extend(n.iter().map(|&n| Cell::new(trial(n, *k), runs)));
            curves.push((*k, n, first));
        }
    }
    let outcomes = studio.outcomes("", &Sweep::new(cells)?)?;
    compare(studio, "2 right", 0.1, |paper| {
        for (k, n, first) in &curves {
            if let (true, Some(cell)) = (*k == paper.k, n.iter().position(|n| *n == paper.n)) {
                return Ok(Some(outcomes.times(first + cell).median(0.95)?));
            }
        }
        Ok(None)
    })?;

    let mut medians = Panel::new()
        .title("Median convergence time")
        .x_label("coordinates n")
        .y_label("t_c, updates")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    let mut exponents = Panel::new()
        .title("Local exponents")
        .x_label("coordinates n")
        .y_label("exponent α of t_c ~ n^α")
        .x_scale(Scale::Log10);
    let papers = values("2 right")?;
    let mut discs = Vec::new();
    let count = curves.len();
    for (place, (k, n, first)) in curves.into_iter().enumerate() {
        let color = Color::sequence(place, count);
        let samples: Vec<Sample> = n
            .iter()
            .enumerate()
            .map(|(cell, &n)| Sample {
                n: n as f64,
                times: outcomes.times(first + cell),
            })
            .collect();
        let style = Style::new(color).end_label(format!("k = {k}"));
        let of = |paper: &&PaperValue| paper.k == k && n.contains(&paper.n);
        for paper in papers.iter().filter(of) {
            let (n, t) = (paper.n as f64, paper.value);
            discs.push((Point { n, t }, format!("k = {k}"), color));
        }
        medians = with_medians(medians, &samples, style)?.0;
        let solved: usize = samples.iter().map(|sample| sample.times.solved()).sum();
        let all: usize = samples.iter().map(|sample| sample.times.runs()).sum();
        let (bootstrap, rng) = (
            Bootstrap::default(),
            &mut Seeds::from(0).stream(Purpose::Eval),
        );
        let Ok(local) = local_exponents(&spread(&samples), 0.5, &bootstrap, rng) else {
            studio.find(
                format!("k = {k}: the exponent rises with n"),
                format!("some median was not reached, {solved} of {all} runs solved"),
                false,
            )?;
            continue;
        };
        let x: Vec<f64> = local.iter().map(|exponent| exponent.middle()).collect();
        let y: Vec<f64> = local.iter().map(|local| local.exponent.value).collect();
        let low: Vec<f64> = local
            .iter()
            .map(|local| local.exponent.interval.low)
            .collect();
        let high: Vec<f64> = local
            .iter()
            .map(|local| local.exponent.interval.high)
            .collect();
        let (bars, name) = (Style::new(color).width(1.0), format!("k = {k}"));
        exponents = exponents
            .error_bars(&x, &low, &high, bars.data_label(&name))
            .line(&x, &y, Style::new(color).end_label(name));
        if samples.len() >= 4 {
            // The n in the middle belongs to both halves.
            let middle = samples.len() / 2;
            let of = |half: &[Sample], rng: &mut _| quantile_exponent(half, 0.5, &bootstrap, rng);
            let (small, large) = (of(&samples[..=middle], rng)?, of(&samples[middle..], rng)?);
            studio.find(
                format!("k = {k}: the exponent rises with n"),
                format!(
                    "{small:.2} for n ≤ {}, {large:.2} from there on; {solved} of {all} runs solved",
                    n[middle]
                ),
                large.interval.low > small.interval.high,
            )?;
        }
    }
    medians = with_papers(medians, &discs);
    let figure = Figure::new(1, 2)
        .title(format!(
            "The elbow: ReLU networks of width 100, {runs} runs of each (n, k)"
        ))
        .legend_once()
        .panel(0, 0, medians)
        .panel(0, 1, exponents)
        .size(1000, 420);
    studio.save("", &figure)
}

/// Samples whose n are a fifth apart at least: slopes between nearer ones are mostly noise.
fn spread(samples: &[Sample]) -> Vec<Sample> {
    let mut apart: Vec<Sample> = Vec::new();
    for sample in samples {
        if apart.last().is_none_or(|last| sample.n >= 1.2 * last.n) {
            apart.push(sample.clone());
        }
    }
    apart
}

fn trial(n: usize, k: usize) -> Trial {
    Trial {
        rate: 1.0.into(),
        max_steps: 1_000_000,
        criteria: vec![CRITERION],
        ..Trial::new(n, k)
    }
}

fn main() -> ExitCode {
    figure::main(
        "fig02_elbow",
        include_str!("fig02_elbow.rs"),
        &[Flag::Runs],
        draw,
    )
}
