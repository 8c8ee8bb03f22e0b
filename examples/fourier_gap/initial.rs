//! Gaps at random initialisation: figures 11 and 12 left.

use crate::{majority_gap, quantile};
use sparse_parity::params::{InitialDistribution, Layout};
use sparse_parity::plot::{Color, Figure, Panel, Style};
use sparse_parity::prelude::*;
use sparse_parity::stats::Quantile;
use sparse_parity::terminal::Result;
use sparse_parity::theory::gap::FourierGap;
use sparse_parity::theory::gradient::Neuron;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::paper::{PaperValue, values};
use std::io::{self, Write};
use std::sync::Arc;

/// The share of draws beyond either end of the axis.
const TAIL: f64 = 0.02;
/// The quantiles that are drawn: this many and the ends.
const STEPS: usize = 200;

/// The function of w·x whose coefficients make the gap.
#[derive(Clone, Copy, PartialEq)]
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

    /// E[y x_i φ(w·x)] for each i, where φ is the derivative of an activation.
    fn coefficients(self, w: &[f64], support: &[usize]) -> sparse_parity::Result<Vec<f64>> {
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
        Ok(gradient.weight.iter().map(|g| factor * g).collect())
    }
}

/// A gap between the sizes of the coefficients on S and off it.
#[derive(Clone, Copy)]
enum Gap {
    /// Of the largest on S, which the paper draws.
    Drawn,
    /// Of the smallest on S, Definition 1.
    Defined,
}

impl Gap {
    const BOTH: [Gap; 2] = [Gap::Drawn, Gap::Defined];

    fn name(self) -> &'static str {
        match self {
            Gap::Drawn => "max on S − max off S",
            Gap::Defined => "min on S − max off S",
        }
    }

    fn of(self, g: &[f64], support: &[usize]) -> sparse_parity::Result<f64> {
        let defined = FourierGap::of(g, support)?;
        let largest = |most: f64, i: &usize| most.max(g[*i].abs());
        Ok(match self {
            Gap::Drawn => support.iter().fold(0.0, largest) - defined.off,
            Gap::Defined => defined.gamma(),
        })
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

/// The gaps of random neurons of one kind.
pub struct Gaps {
    function: Function,
    k: usize,
    weights: &'static str,
    /// Of each of [`Gap::BOTH`], ascending.
    sorted: [Vec<f64>; 2],
}

impl Gaps {
    fn draw(
        function: Function,
        (weights, distribution): &(&'static str, InitialDistribution),
        (n, k): (usize, usize),
        draws: u64,
        seed: u64,
    ) -> sparse_parity::Result<Gaps> {
        // By symmetry it does not matter which coordinates are relevant.
        let support: Vec<usize> = (0..k).collect();
        let mut layout = Layout::default();
        layout.block("w", n, distribution.clone());
        let layout = Arc::new(layout);
        let rng = &mut Seeds::from(seed).stream(Purpose::Init);
        let mut sorted = [Vec::new(), Vec::new()];
        for _ in 0..draws {
            let w = Params::<f64>::draw(&layout, rng);
            let g = function.coefficients(w.as_slice(), &support)?;
            for (gaps, gap) in sorted.iter_mut().zip(Gap::BOTH) {
                gaps.push(gap.of(&g, &support)?);
            }
        }
        for gaps in &mut sorted {
            gaps.sort_by(f64::total_cmp);
        }
        Ok(Gaps {
            function,
            k,
            weights,
            sorted,
        })
    }
}

/// The gaps of both functions, all k and all distributions of the weights.
pub fn gaps(n: usize, k: &[usize], draws: u64, seed: u64) -> Result<Vec<Gaps>> {
    let mut out = io::stdout();
    writeln!(
        out,
        "{:<12} {:>2} {:<9} {:>10} {:>9} {:>10} {:>12}",
        "function", "k", "weights", "median", "positive", "majority", "max on S"
    )?;
    let mut all = Vec::new();
    for function in [Function::Sign, Function::Sine] {
        for &k in k {
            let majority = majority_gap(n, k)?;
            for distribution in &distributions() {
                let gaps = Gaps::draw(function, distribution, (n, k), draws, seed)?;
                let [drawn, defined] = &gaps.sorted;
                let positive = defined.iter().filter(|gap| **gap > 0.0).count();
                let median = |gaps: &[f64]| quantile(gaps, 0.5);
                let (drawn, defined) = (median(drawn)?.value, median(defined)?.value);
                let number = |median: Option<f64>| median.unwrap_or(f64::NAN);
                writeln!(
                    out,
                    "{:<12} {k:>2} {:<9} {:>10.2e} {:>8.1}% {majority:>10.2e} {:>12.2e}",
                    function.name(),
                    gaps.weights,
                    number(defined),
                    100.0 * positive as f64 / draws as f64,
                    number(drawn),
                )?;
                all.push(gaps);
            }
        }
    }
    writeln!(out)?;
    Ok(all)
}

/// A panel for each function and k: the share of draws with at most that gap.
pub fn figure(n: usize, k: &[usize], all: &[Gaps]) -> Result<Figure> {
    let columns = k.len().max(1);
    let mut figure = Figure::new(2, columns)
        .title(format!("Fourier gaps of random neurons, n = {n}"))
        .legend_once()
        .size(330 * columns as u32 + 60, 660);
    for (row, function) in [Function::Sign, Function::Sine].into_iter().enumerate() {
        for (column, &k) in k.iter().enumerate() {
            let majority = majority_gap(n, k)?;
            let mut panel = Panel::new()
                .title(format!("{}, k = {k}", function.name()))
                .x_label("gap γ")
                .y_range(0.0, 1.0)
                .vertical(majority, "majority");
            if column == 0 {
                panel = panel.y_label("share of draws ≤ γ");
            }
            let mut shown = (majority, majority);
            let of = |gaps: &&Gaps| gaps.function == function && gaps.k == k;
            for (place, gaps) in all.iter().filter(of).enumerate() {
                for (gap, sorted) in Gap::BOTH.into_iter().zip(&gaps.sorted) {
                    let at = |share| shares(sorted, share);
                    shown = (shown.0.min(at(TAIL)), shown.1.max(at(1.0 - TAIL)));
                    let y: Vec<f64> = (0..=STEPS).map(|i| i as f64 / STEPS as f64).collect();
                    let x: Vec<f64> = y.iter().map(|share| at(*share)).collect();
                    let style = Style::new(Color::nth(place));
                    let style = style.label(format!("{}, {}", gaps.weights, gap.name()));
                    panel = panel.line(
                        &x,
                        &y,
                        match gap {
                            Gap::Drawn => style,
                            Gap::Defined => style.dashed(),
                        },
                    );
                }
            }
            if function == Function::Sine {
                panel = with_papers(panel, all.iter().filter(of), (n, k), majority)?;
            }
            let margin = 0.08 * (shown.1 - shown.0);
            if margin > 0.0 {
                panel = panel.x_range(shown.0 - margin, shown.1 + margin);
            }
            figure = figure.panel(row, column, panel);
        }
    }
    Ok(figure)
}

/// Adds the paper's quantiles as discs, at their shares of all draws if they are those of the gaps on its axis.
fn with_papers<'a>(
    mut panel: Panel,
    all: impl Iterator<Item = &'a Gaps>,
    (n, k): (usize, usize),
    majority: f64,
) -> Result<Panel> {
    let paper = values("12 left")?;
    for (place, gaps) in all.enumerate() {
        let sorted = &gaps.sorted[0];
        let part = on_axis(sorted, majority).len() as f64 / sorted.len() as f64;
        let style = Style::new(Color::nth(place)).label(format!("{}, the paper's", gaps.weights));
        for (name, share) in QUANTILES {
            let of = |value: &&PaperValue| {
                (value.n, value.k) == (n, k)
                    && value.series == gaps.weights
                    && value.quantity == name
            };
            if let Some(value) = paper.iter().find(of) {
                panel = panel.points(&[value.value], &[part * share], style.clone());
            }
        }
    }
    Ok(panel)
}

/// The number that this share of sorted ones does not exceed.
fn shares(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted[((share * sorted.len() as f64) as usize).min(last)]
}

/// The gaps that the paper's axis shows, if it ends at this many gaps of the majority.
const AXIS: f64 = 2.0;

/// The part of sorted gaps that lies on the paper's axis.
fn on_axis(sorted: &[f64], majority: f64) -> &[f64] {
    &sorted[..sorted.partition_point(|gap| *gap <= AXIS * majority)]
}

/// The shares of the quantiles that are kept, and that the paper's numbers are of.
const QUANTILES: [(&str, f64); 3] = [("5 %", 0.05), ("median", 0.5), ("95 %", 0.95)];

/// Keeps the quantiles of all gaps, and of those that the paper draws on its axis.
pub fn quantiles(studio: &Studio, n: usize, all: &[Gaps]) -> Result {
    let mut rows = Vec::new();
    for gaps in all {
        let [drawn, defined] = &gaps.sorted;
        let cut = on_axis(drawn, majority_gap(n, gaps.k)?);
        let kinds = [
            (Gap::Drawn.name().to_owned(), &drawn[..]),
            (
                format!("{}, at most {AXIS} of the majority's", Gap::Drawn.name()),
                cut,
            ),
            (Gap::Defined.name().to_owned(), &defined[..]),
        ];
        for (kind, sorted) in kinds.into_iter().filter(|(_, sorted)| !sorted.is_empty()) {
            for (name, share) in QUANTILES {
                let Quantile { value, interval } = quantile(sorted, share)?;
                let number = |value: f64| format!("{value:.4e}");
                rows.push(vec![
                    gaps.function.name().to_owned(),
                    gaps.k.to_string(),
                    gaps.weights.to_owned(),
                    kind.clone(),
                    name.to_owned(),
                    value.map_or_else(String::new, number),
                    number(interval.low),
                    number(interval.high),
                    sorted.len().to_string(),
                ]);
            }
        }
    }
    let columns = [
        "function", "k", "weights", "gap", "quantile", "value", "low", "high", "draws",
    ];
    studio.save_table("quantiles", &columns, &rows)
}

/// Our number beside one of figure 12 left, which are of sines, the gap that is drawn, and the axis of the picture.
pub fn ours(n: usize, all: &[Gaps], paper: &PaperValue) -> Result<Option<Quantile>> {
    let of = |gaps: &&Gaps| {
        (gaps.function, gaps.k, gaps.weights) == (Function::Sine, paper.k, &paper.series)
    };
    let Some(gaps) = all.iter().find(of) else {
        return Ok(None);
    };
    let sorted = on_axis(&gaps.sorted[0], majority_gap(n, gaps.k)?);
    if sorted.is_empty() {
        return Ok(None);
    }
    let share = QUANTILES.iter().find(|(name, _)| *name == paper.quantity);
    share.map(|(_, share)| quantile(sorted, *share)).transpose()
}
