//! The gap along SGD: figure 12 right.

use crate::{Args, majority_gap};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::stats::{Quantile, Time, Times};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::paper::PaperValue;
use std::io::{self, Write};

/// Updates between two measurements.
const STRIDE: u64 = 100;
/// Updates beyond t_c.
const BEYOND: u64 = 1000;
/// Runs that are drawn, and whose numbers are printed.
const DRAWN: usize = 10;

/// A run: the measured steps with gap and error there, and how it ended.
pub struct Run {
    step: Vec<f64>,
    gap: Vec<f64>,
    error: Vec<f64>,
    stop: Stop,
}

impl Run {
    fn end(&self) -> f64 {
        self.step.last().copied().unwrap_or_default()
    }

    /// The step with the largest gap, and that gap.
    fn peak(&self) -> (f64, f64) {
        let points = self.step.iter().copied().zip(self.gap.iter().copied());
        points
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or_default()
    }
}

/// One run of a sine neuron without output weight, setting xiv.
fn run(args: &Args, seed: u64) -> sparse_parity::Result<Run> {
    let seeds = Seeds::from(seed);
    let rng = &mut seeds.stream(Purpose::Support);
    let distribution = ParityDistribution::random(args.n, args.path_k, rng)?;
    let model = Mlp::new(args.n, 1, Sine)?.without_output_layer();
    let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let sgd = Sgd::new(model.layout(), Rule::rate(args.rate))?;
    let mut solved = Convergence::new(&model, distribution.parity(), &seeds)?;
    let mut recorder = Recorder::new(Interval::every(STRIDE)?)
        .with(NeuronGap::new(&model, Sine, distribution.parity())?)
        .with(ErrorRate::clean(&model, distribution.parity(), &seeds)?);
    // |f| ≤ 1, so that this is the hinge loss minus 1.
    let stream = Online::new(distribution, &seeds);
    let mut trainer = Trainer::new(model, Correlation, stream, sgd, theta, args.batch)?;
    let stop = trainer.run(args.max_steps, (&mut solved, &mut recorder));
    if let Stop::Solved { .. } = stop {
        trainer.run(BEYOND, &mut recorder);
    }
    if let Some(last) = trainer.snapshot() {
        recorder.record(&last);
    }
    let column = |name| recorder.table().column(name).unwrap_or_default();
    Ok(Run {
        step: column("step"),
        gap: column("fourier gap"),
        error: column("error"),
        stop,
    })
}

/// The runs, of which the first are told as they end.
pub fn runs(args: &Args) -> Result<Vec<Run>> {
    let mut out = io::stdout();
    let majority = majority_gap(args.n, args.path_k)?;
    writeln!(
        out,
        "{:>4} {:>9} {:>12} {:>11} {:>9} {:>9}  ended",
        "run", "γ at θ_0", "γ > majority", "error < 0.4", "peak at", "peak"
    )?;
    let mut runs = Vec::new();
    for place in 0..args.runs {
        let run = run(args, args.seed + place)?;
        let (step, peak) = run.peak();
        runs.push(run);
        let Some(run) = runs.last().filter(|_| runs.len() <= DRAWN) else {
            continue;
        };
        let first = |reached: &dyn Fn(usize) -> bool| {
            let found = (0..run.step.len()).find(|&i| reached(i));
            found.map_or("never".into(), |i| format!("{}", run.step[i]))
        };
        writeln!(
            out,
            "{place:>4} {:>9.1e} {:>12} {:>11} {step:>9} {peak:>9.3}  {:?}",
            run.gap.first().copied().unwrap_or(f64::NAN),
            first(&|i| run.gap[i] > majority),
            first(&|i| run.error[i] < 0.4),
            run.stop
        )?;
    }
    writeln!(out)?;
    Ok(runs)
}

/// Keeps the largest gap of each run and its step, and states where among the steps the paper's median lies.
pub fn find(studio: &mut Studio, runs: &[Run], paper: &PaperValue) -> Result {
    let peaks: Vec<(f64, f64)> = runs.iter().map(Run::peak).collect();
    let rows = peaks
        .iter()
        .enumerate()
        .map(|(place, (step, gap))| vec![place.to_string(), step.to_string(), format!("{gap:.4}")]);
    let rows: Vec<_> = rows.collect();
    studio.save_table("peaks", &["run", "step", "gap"], &rows)?;
    let times: Times = peaks
        .iter()
        .map(|peak| Time::Solved(peak.0 as u64))
        .collect();
    let Quantile { value, interval } = times.median(0.95)?;
    let value = value.unwrap_or(f64::INFINITY);
    let before = peaks.iter().filter(|peak| peak.0 <= paper.value).count();
    let share = before as f64 / peaks.len() as f64;
    let p = beyond_median(share);
    studio.find(
        "The gap is largest when it is in the paper",
        format!(
            "after {value} ({} to {}) updates, median of {} runs, {:.2} of the paper's {} of nine runs; a median of nine \
             of ours is that far out with probability {p:.2}",
            interval.low,
            interval.high,
            runs.len(),
            value / paper.value,
            paper.value
        ),
        p > 0.05,
    )
}

/// The probability that the median of nine is as far from the middle as a number that this share of them is below.
fn beyond_median(share: f64) -> f64 {
    let choose = [126.0, 84.0, 36.0, 9.0, 1.0];
    let at_least_five = |p: f64| -> f64 {
        let terms = choose.iter().zip(5..);
        terms
            .map(|(count, i)| count * p.powi(i) * (1.0 - p).powi(9 - i))
            .sum()
    };
    (2.0 * at_least_five(share.min(1.0 - share))).min(1.0)
}

/// Gap above, where it is positive, error below.
pub fn figure(args: &Args, runs: &[Run]) -> Result<Figure> {
    let majority = majority_gap(args.n, args.path_k)?;
    let mut gap = Panel::new()
        .y_label("Fourier gap γ")
        .y_scale(Scale::Log10)
        .horizontal(majority, format!("majority, n = {}", args.n));
    let mut error = Panel::new()
        .x_label("SGD step")
        .y_label("test error")
        .y_range(-0.02, 0.6)
        .horizontal(0.5, "chance");
    let mut runs: Vec<&Run> = runs.iter().take(DRAWN).collect();
    runs.sort_by(|a, b| a.end().total_cmp(&b.end()));
    // Colours follow the times at which runs end, so that a curve is found again in the other panel.
    let last = runs.len().saturating_sub(1);
    for (place, run) in runs.iter().enumerate() {
        let style = Style::new(Color::sequence(place, runs.len())).width(1.2);
        let in_legend = match place {
            0 => Some("run that ends first"),
            _ if place == last => Some("last (the others between)"),
            _ => None,
        };
        if let Some(name) = in_legend {
            error = error.line(&[], &[], style.clone().label(name));
        }
        let style = style.data_label(format!("run {} by its end", place + 1));
        gap = gap.line(&run.step, &run.gap, style.clone());
        error = error.line(&run.step, &run.error, style);
    }
    Ok(Figure::new(2, 1)
        .title(format!(
            "Fourier gap along SGD, ({}, {})-parity, {} of {} runs",
            args.n,
            args.path_k,
            runs.len(),
            args.runs
        ))
        .panel(0, 0, gap)
        .panel(1, 0, error)
        .share_x()
        .legend_once()
        .size(620, 560))
}
