//! Gaps at random initialisation: figures 11 and 12 left.

use crate::majority_gap;
use sparse_parity::cli::Result;
use sparse_parity::params::{InitialDistribution, Layout};
use sparse_parity::plot::{Color, Figure, Panel, Style};
use sparse_parity::prelude::*;
use sparse_parity::theory::gap::FourierGap;
use sparse_parity::theory::gradient::Neuron;
use std::io::{self, Write};
use std::sync::Arc;

/// The share of draws beyond either end of the axis.
const TAIL: f64 = 0.02;

/// The function of w·x whose coefficients make the gap.
#[derive(Clone, Copy)]
enum Function {
    Sign,
    Sine,
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Function::Sign => "sign(w·x)",
            Function::Sine => "sin(w·x/√n)",
        }
    }

    /// The gap of E[y x_i φ(w·x)], where φ is the derivative of an activation.
    fn gap(self, w: &[f64], support: &[usize]) -> sparse_parity::Result<f64> {
        let (gradient, factor) = match self {
            // 1[z > 0] = (1 + sign z)/2, so that the coefficients of the sign are twice as large.
            Function::Sign => (Neuron::new(&Relu, w, 0.0)?.gradient(support)?, 2.0),
            // −cos z = sin(z − π/2).
            Function::Sine => {
                let root = (w.len() as f64).sqrt();
                let scaled: Vec<f64> = w.iter().map(|w| w / root).collect();
                let bias = -std::f64::consts::FRAC_PI_2;
                (Neuron::new(&Sine, &scaled, bias)?.gradient(support)?, 1.0)
            }
        };
        Ok(factor * FourierGap::of(&gradient.weight, support)?.gamma())
    }
}

/// The distributions of the weights.
fn distributions() -> [(&'static str, InitialDistribution); 3] {
    [
        ("uniform", InitialDistribution::Uniform { bound: 1.0 }),
        ("Gaussian", InitialDistribution::Normal { deviation: 1.0 }),
        ("±1", InitialDistribution::OneOf(vec![-1.0, 1.0])),
    ]
}

/// The gaps of all draws, ascending.
fn gaps(
    function: Function,
    distribution: &InitialDistribution,
    n: usize,
    k: usize,
    draws: u64,
    seed: u64,
) -> sparse_parity::Result<Vec<f64>> {
    // By symmetry it does not matter which coordinates are relevant.
    let support: Vec<usize> = (0..k).collect();
    let mut layout = Layout::default();
    layout.block("w", n, distribution.clone());
    let layout = Arc::new(layout);
    let rng = &mut Seeds::from(seed).stream(Purpose::Init);
    let gap = |_| function.gap(Params::<f64>::draw(&layout, rng).as_slice(), &support);
    let mut gaps = (0..draws).map(gap).collect::<Result<Vec<f64>, _>>()?;
    gaps.sort_by(f64::total_cmp);
    Ok(gaps)
}

/// A panel for each function and k: the share of draws with at most that gap.
pub fn figure(n: usize, k: &[usize], draws: u64, seed: u64) -> Result<Figure> {
    let mut out = io::stdout();
    writeln!(
        out,
        "{:<12} {:>2} {:<9} {:>10} {:>9} {:>10}",
        "function", "k", "weights", "median", "positive", "majority"
    )?;
    let mut figure = Figure::new(2, k.len().max(1)).size(330 * k.len().max(1) as u32 + 60, 620);
    for (row, function) in [Function::Sign, Function::Sine].into_iter().enumerate() {
        for (column, &k) in k.iter().enumerate() {
            let majority = majority_gap(n, k)?;
            let mut panel = Panel::new()
                .title(format!("{}, k = {k}", function.name()))
                .x_label("Fourier gap γ")
                .y_range(0.0, 1.0)
                .vertical(majority, "majority");
            if column == 0 {
                panel = panel.y_label("share of draws ≤ γ");
            }
            let mut shown = (majority, majority);
            for (place, (name, distribution)) in distributions().iter().enumerate() {
                let gaps = gaps(function, distribution, n, k, draws, seed)?;
                let positive = gaps.iter().filter(|gap| **gap > 0.0).count();
                let place_of = |share: f64| (share * gaps.len() as f64) as usize;
                let at = |share| gaps.get(place_of(share)).copied().unwrap_or(f64::NAN);
                let median = at(0.5);
                writeln!(
                    out,
                    "{:<12} {k:>2} {name:<9} {median:>10.2e} {:>8.1}% {majority:>10.2e}",
                    function.name(),
                    100.0 * positive as f64 / draws as f64,
                )?;
                shown = (shown.0.min(at(TAIL)), shown.1.max(at(1.0 - TAIL)));
                let (x, y) = shares(&gaps);
                panel = panel.step(&x, &y, Style::new(Color::nth(place)).label(*name));
            }
            let margin = 0.08 * (shown.1 - shown.0);
            if margin > 0.0 {
                panel = panel.x_range(shown.0 - margin, shown.1 + margin);
            }
            figure = figure.panel(row, column, panel);
        }
    }
    writeln!(out)?;
    Ok(figure)
}

/// The empirical distribution of sorted numbers, beginning at 0.
fn shares(sorted: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let share = |i: usize| i as f64 / sorted.len() as f64;
    let first = sorted.first().copied();
    let x = first.into_iter().chain(sorted.iter().copied()).collect();
    let y = (0..=sorted.len()).map(share).collect();
    (x, y)
}
