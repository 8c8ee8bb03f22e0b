//! What does gradient descent do on a parity of a thousand coordinates, if nothing is noise?
//!
//! The population gradient of a sine neuron is a closed form, and so a run with B = ∞ is possible
//! where no batch would show a trace of the parity. On (1000, 3) the gradient on S is larger than
//! elsewhere at the first iterate already; Proposition 9 of the paper tells how many examples it would
//! take to see that. The Fourier gap grows through the whole plateau of the loss, the relevant
//! weights are the largest halfway, and the loss falls late and at once. From some initial weights
//! (`--seed 0`) the relevant ones shrink first, until the smallest changes its sign.
//!
//! ```sh
//! cargo run --release --example population_training
//! ```
//!
//! It takes some seconds, prints the course of the run, and draws
//! `target/figures/population_training.svg`, with a PNG and the data as CSV beside it: the loss, the
//! sizes of the weights, and the two sides of the Fourier gap.

use clap::Parser;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::terminal::{Result, report};
use sparse_parity::theory::PopulationCorrelation;
use sparse_parity::theory::gap::{FourierGap, largest, sufficient_samples};
use sparse_parity::train::{PopulationTrainer, observer_fn};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// The loss at which the neuron counts as trained; the least possible is −1.
const TRAINED: f64 = -0.99;

/// One sine neuron, gradient descent without sampling noise.
#[derive(Parser)]
struct Args {
    /// Number of coordinates
    #[arg(long, default_value_t = 1000)]
    n: usize,
    /// Number of relevant coordinates
    #[arg(long, default_value_t = 3)]
    k: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.1)]
    rate: f64,
    /// Updates after which the run is given up
    #[arg(long, default_value_t = 100_000)]
    max_steps: u64,
    /// Seed of support and network
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the figure
    #[arg(long, default_value = "target/figures")]
    out: PathBuf,
}

/// What is kept of every iterate.
#[derive(Default)]
struct Course {
    step: Vec<f64>,
    loss: Vec<f64>,
    /// The sizes of the relevant weights, a curve each.
    relevant: Vec<Vec<f64>>,
    /// The largest of the others.
    other: Vec<f64>,
    gaps: Vec<FourierGap>,
}

impl Course {
    fn record(&mut self, at: &Snapshot<'_, f64, Mlp<Sine>>, parity: &Parity, gap: FourierGap) {
        let size = |i: usize| at.theta.as_slice()[i].abs();
        self.relevant.resize(parity.k(), Vec::new());
        for (curve, &i) in self.relevant.iter_mut().zip(parity.support()) {
            curve.push(size(i));
        }
        let others = (0..parity.n()).filter(|&i| !parity.contains(i));
        self.other.push(others.map(size).fold(0.0, f64::max));
        self.step.push(at.step as f64);
        self.loss.push(at.loss);
        self.gaps.push(gap);
    }

    fn figure(&self) -> Figure {
        let loss = Panel::new()
            .title("population loss −E[y f]")
            .x_label("update")
            .y_range(-1.05, 0.05)
            .line(&self.step, &self.loss, Style::new(Color::Blue));
        let mut weights = Panel::new()
            .title("weights |w|")
            .x_label("update")
            .y_scale(Scale::Log10)
            .line(
                &self.step,
                &self.other,
                Style::new(Color::Grey).label("largest not in S"),
            );
        for (place, curve) in self.relevant.iter().enumerate() {
            let style = Style::new(Color::Vermillion);
            let style = if place == 0 {
                style.label("in S")
            } else {
                style
            };
            weights = weights.line(&self.step, curve, style);
        }
        let side = |of: fn(&FourierGap) -> f64| self.gaps.iter().map(of).collect::<Vec<f64>>();
        let gradient = Panel::new()
            .title("population gradient |g|")
            .x_label("update")
            .y_scale(Scale::Log10)
            .line(
                &self.step,
                &side(|gap| gap.off),
                Style::new(Color::Grey).label("largest not in S"),
            )
            .line(
                &self.step,
                &side(|gap| gap.on),
                Style::new(Color::Vermillion).label("smallest in S"),
            );
        Figure::new(1, 3)
            .panel(0, 0, loss)
            .panel(0, 1, weights)
            .panel(0, 2, gradient)
            .size(1200, 330)
    }
}

/// Tells what the first gradient shows.
fn tell_start(grad: &[f64], gap: &FourierGap, parity: &Parity) -> Result {
    let mut out = io::stdout();
    let found = largest(grad, parity.k())?;
    writeln!(out, "hidden support            {:?}", parity.support())?;
    writeln!(out, "largest gradients at θ_0  {found:?}")?;
    writeln!(out, "Fourier gap at θ_0        {:.2e}", gap.gamma())?;
    if gap.gamma() > 0.0 {
        let samples = sufficient_samples(parity.n(), gap.gamma(), 0.01)? as f64;
        writeln!(
            out,
            "examples to see it        {samples:.1e} (Proposition 9, δ = 0.01)"
        )?;
    }
    Ok(())
}

/// Tells when the weights show the support, and when the loss does.
fn tell_end(course: &Course, stop: Stop) -> Result {
    let mut out = io::stdout();
    let smallest = |i: usize| {
        let sizes = course.relevant.iter().map(|curve| curve[i]);
        sizes.fold(f64::INFINITY, f64::min)
    };
    let apart = (0..course.step.len()).find(|&i| smallest(i) > course.other[i]);
    let falling = (0..course.step.len()).find(|&i| course.loss[i] < -0.1);
    let told = |place: Option<usize>| match place {
        Some(place) => format!("after {} updates", course.step[place]),
        None => "never".into(),
    };
    writeln!(out, "relevant weights largest  {}", told(apart))?;
    writeln!(out, "loss below -0.1           {}", told(falling))?;
    writeln!(out, "ended                     {stop:?}")?;
    Ok(())
}

fn run(args: &Args) -> Result {
    let mut out = io::stdout();
    let seeds = Seeds::from(args.seed);
    let parity = Parity::random(args.n, args.k, &mut seeds.stream(Purpose::Support))?;
    let model = Mlp::new(args.n, 1, Sine)?.without_output_layer();
    let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let sgd = Sgd::new(model.layout(), Rule::rate(args.rate))?;
    let loss = PopulationCorrelation {
        activation: Sine,
        support: parity.support().to_vec(),
    };
    let (n, k) = (args.n, args.k);
    writeln!(
        out,
        "One sine neuron on ({n}, {k}), B = ∞, η = {}\n",
        args.rate
    )?;

    let mut course = Course::default();
    let mut told = Ok(());
    let mut trainer = PopulationTrainer::new(model, loss, sgd, theta)?;
    let observer = observer_fn(|at: &Snapshot<'_, f64, Mlp<Sine>>| {
        // The first n parameters are the weights, and u = 1.
        let grad = &at.grad().as_slice()[..n];
        let Ok(gap) = FourierGap::of(grad, parity.support()) else {
            unreachable!("the support has been checked")
        };
        if at.step == 0 {
            told = tell_start(grad, &gap, &parity);
        }
        course.record(at, &parity, gap);
        match at.loss < TRAINED {
            true => ControlFlow::Break(Stop::Solved { step: at.step }),
            false => ControlFlow::Continue(()),
        }
    });
    let stop = trainer.run(args.max_steps, observer)?;
    told?;
    tell_end(&course, stop)?;

    let [svg, ..] = course.figure().save_all(&args.out, "population_training")?;
    writeln!(out, "\nfigure {} (also .png, .csv)", svg.display())?;
    Ok(())
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
