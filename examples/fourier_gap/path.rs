//! The gap along SGD: figure 12 right.

use crate::{Args, majority_gap};
use sparse_parity::cli::Result;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use std::io::{self, Write};

/// Updates between two measurements.
const STRIDE: u64 = 100;

/// A run: the measured steps with gap and error there, and how it ended.
struct Run {
    step: Vec<f64>,
    gap: Vec<f64>,
    error: Vec<f64>,
    stop: Stop,
}

impl Run {
    fn end(&self) -> f64 {
        self.step.last().copied().unwrap_or_default()
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

/// Gap above, where it is positive, error below.
pub fn figure(args: &Args) -> Result<Figure> {
    let mut out = io::stdout();
    let majority = majority_gap(args.n, args.path_k)?;
    let mut gap = Panel::new().y_label("Fourier gap γ").y_scale(Scale::Log10);
    let mut error = Panel::new()
        .x_label("SGD step")
        .y_label("test error")
        .y_range(0.0, 0.55);
    writeln!(
        out,
        "{:>4} {:>9} {:>12} {:>11}  ended",
        "run", "γ at θ_0", "γ > majority", "error < 0.4"
    )?;
    let mut runs = Vec::new();
    for place in 0..args.runs {
        let run = run(args, args.seed + place)?;
        let first = |reached: &dyn Fn(usize) -> bool| {
            let found = (0..run.step.len()).find(|&i| reached(i));
            found.map_or("never".into(), |i| format!("{}", run.step[i]))
        };
        writeln!(
            out,
            "{place:>4} {:>9.1e} {:>12} {:>11}  {:?}",
            run.gap.first().copied().unwrap_or(f64::NAN),
            first(&|i| run.gap[i] > majority),
            first(&|i| run.error[i] < 0.4),
            run.stop
        )?;
        runs.push(run);
    }
    writeln!(out)?;
    // Colours follow the times at which runs end, so that a curve is found again in the other panel.
    runs.sort_by(|a, b| a.end().total_cmp(&b.end()));
    let last = runs.len().saturating_sub(1);
    for (place, run) in runs.iter().enumerate() {
        let style = Style::new(Color::sequence(place, runs.len())).width(1.2);
        gap = gap.line(&run.step, &run.gap, style.clone());
        let style = match place {
            0 => style.label("run that ends first"),
            _ if place == last => style.label("last"),
            _ => style,
        };
        error = error.line(&run.step, &run.error, style);
    }
    gap = gap.horizontal(majority, format!("majority, n = {}", args.n));
    Ok(Figure::new(2, 1)
        .panel(0, 0, gap)
        .panel(1, 0, error)
        .share_x()
        .legend_once()
        .size(620, 540))
}
