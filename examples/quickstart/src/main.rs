//! Does a network that is stuck on a plateau make progress?
//!
//! Trains a ReLU network of width 100 online on a random (50, 3)-parity, and the same network on
//! random labels as a control. For most of the run the error is that of guessing; the weights on
//! the hidden coordinates rise all the same, and with them ρ(t) = ‖w_t − w_0‖_∞ beyond its value
//! on random labels. Then the error drops at once. (Section 5 and figure 3 of the paper; ρ is
//! predictive of the remaining time, not causal.)
//!
//! ```sh
//! cargo run --release -p quickstart
//! ```
//!
//! It takes a few seconds, prints the support that the network has found beside the true one, and
//! draws `target/figures/quickstart.svg`, with the data as CSV beside it.

use clap::{Arg, ArgMatches, Command, value_parser};
use sparse_parity::measure::{Table, influences, most_influential};
use sparse_parity::ndarray::Axis;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::terminal::{Progress, Result, report};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

const WIDTH: usize = 100;
const BATCH: usize = 32;
const RATE: f64 = 0.1;
/// Neurons whose weights are drawn.
const SHOWN: usize = 5;
/// Where the axis of ρ begins, to leave out the very first updates.
const SMALLEST_RHO: f64 = 0.02;

struct Args {
    n: usize,
    k: usize,
    seed: u64,
    max_steps: u64,
    out: PathBuf,
}

impl Args {
    fn command() -> Command {
        let flag = |name: &'static str, default: &'static str, help: &'static str| {
            let argument = Arg::new(name).long(name).default_value(default);
            argument
                .value_name("VALUE")
                .allow_negative_numbers(true)
                .help(help)
        };
        Command::new("quickstart")
            .about("Hidden progress on a sparse parity, in one figure")
            .arg(flag("n", "50", "Number of coordinates").value_parser(value_parser!(usize)))
            .arg(
                flag("k", "3", "Number of relevant coordinates").value_parser(value_parser!(usize)),
            )
            .arg(
                flag("seed", "0", "Seed of support, network and data")
                    .value_parser(value_parser!(u64)),
            )
            .arg(
                flag(
                    "max-steps",
                    "20000",
                    "Updates after which the run is given up",
                )
                .value_parser(value_parser!(u64)),
            )
            .arg(
                flag("out", "target/figures", "Folder for the figure")
                    .value_parser(value_parser!(PathBuf)),
            )
    }

    fn of(matches: &ArgMatches) -> Self {
        fn value<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> T {
            let value = matches.get_one::<T>(name);
            value.expect("every flag has a default").clone()
        }
        Args {
            n: value(matches, "n"),
            k: value(matches, "k"),
            seed: value(matches, "seed"),
            max_steps: value(matches, "max-steps"),
            out: value(matches, "out"),
        }
    }
}

/// What was seen of a run.
struct Record {
    stop: Stop,
    table: Table,
    trace: WeightTrace<f32>,
    recovered: Vec<usize>,
}

/// Trains on `distribution`; once solved, for a third of the time again. `parity` is what counts as solved.
fn train(
    name: &'static str,
    distribution: impl Sampler,
    parity: &Parity,
    seeds: &Seeds,
    max_steps: u64,
) -> sparse_parity::Result<Record> {
    let model = Mlp::new(parity.n(), WIDTH, Relu)?;
    let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let sgd = Sgd::new(model.layout(), Rule::rate(RATE))?;
    let stream = Online::new(distribution, seeds);

    let mut solved = Convergence::new(&model, parity, seeds)?;
    let mut trace = WeightTrace::new(&model, "hidden.weight", Interval::every(50)?)?;
    let mut recorder = Recorder::new(Interval::every(10)?)
        .with(ErrorRate::clean(&model, parity, seeds)?)
        .with(BatchLoss)
        .with(WeightMovement::new(&theta, "hidden.weight")?);

    let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, BATCH)?;
    let mut progress = Progress::new(name, max_steps, "updates");
    let mut seen = (&mut progress, (&mut recorder, &mut trace));
    let stop = trainer.run(max_steps, (&mut seen, &mut solved));
    if let Stop::Solved { step } = stop {
        trainer.run(step / 3, &mut seen);
    }
    progress.finish();

    let mut x = Signs::ones(256, parity.n())?;
    x.randomize(&mut seeds.stream(Purpose::Eval));
    let influences = influences(trainer.model(), trainer.theta(), &x);
    Ok(Record {
        stop,
        table: recorder.table().clone(),
        trace,
        recovered: most_influential(&influences, parity.k()),
    })
}

impl Record {
    fn column(&self, name: &str) -> Vec<f64> {
        self.table.column(name).unwrap_or_default()
    }

    fn largest(&self, name: &str) -> f64 {
        self.column(name).into_iter().fold(0.0, f64::max)
    }

    fn largest_weight(&self) -> f64 {
        let weights = self.trace.weights().iter().flatten();
        weights.fold(0.0, |most, w| most.max(w.abs().into()))
    }

    /// The last recorded step before the test error falls below 45 %.
    fn end_of_plateau(&self) -> u64 {
        let rows = self.column("step").into_iter().zip(self.column("error"));
        let plateau = rows.take_while(|(_, error)| *error >= 0.45);
        plateau.last().map_or(0, |(step, _)| step as u64)
    }

    /// The last value of a column at or before `step`.
    fn at(&self, name: &str, step: u64) -> f64 {
        let rows = self.column("step").into_iter().zip(self.column(name));
        let before = rows.take_while(|(at, _)| *at <= step as f64);
        before.last().map_or(f64::NAN, |(_, value)| value)
    }

    /// The neurons whose weights have moved farthest at the end.
    fn most_moved(&self) -> Vec<usize> {
        let weights = self.trace.weights();
        let (Some(first), Some(last)) = (weights.first(), weights.last()) else {
            return Vec::new();
        };
        let moved = (last - first).map_axis(Axis(1), |row| {
            row.iter()
                .fold(0.0, |most: f64, w| most.max(w.abs().into()))
        });
        most_influential(&moved, SHOWN)
    }
}

/// Error and loss above, weights and ρ below; the parity on the left, the control on the right.
fn draw(real: &Record, control: &Record, parity: &Parity) -> Figure {
    let both = |name| real.largest(name).max(control.largest(name)) * 1.05;
    let (loss, rho) = (both("batch loss"), both("rho"));
    let weight = real.largest_weight().max(control.largest_weight()) * 1.05;
    let mut figure = Figure::new(3, 2)
        .share_x()
        .heading(0, format!("({}, {})-parity", parity.n(), parity.k()))
        .heading(1, "random labels (control)")
        .size(900, 720);
    for (column, record) in [real, control].into_iter().enumerate() {
        let panels = [
            within(scores(record), 0.0, loss),
            within(weights(record, parity), -weight, weight),
            if rho > 10.0 * SMALLEST_RHO {
                within(movement(record, control), SMALLEST_RHO, 2.0 * rho)
            } else {
                movement(record, control)
            },
        ];
        for (row, panel) in panels.into_iter().enumerate() {
            let panel = match record.stop {
                Stop::Solved { step } if row == 0 => panel.vertical(step as f64, "t_c"),
                Stop::Solved { step } => panel.vertical(step as f64, ""),
                _ => panel,
            };
            figure = figure.panel(row, column, panel);
        }
    }
    figure
}

/// The panel with this range, or fitted to its data if that is no range, as in a run of no step.
fn within(panel: Panel, lo: f64, hi: f64) -> Panel {
    if lo < hi && hi.is_finite() {
        panel.y_range(lo, hi)
    } else {
        panel
    }
}

fn scores(record: &Record) -> Panel {
    let step = record.column("step");
    let loss = Style::new(Color::SkyBlue).width(1.0).label("batch loss");
    let error = Style::new(Color::Vermillion).label("test error");
    Panel::new()
        .y_label("hinge loss, error")
        .line(&step, &record.column("batch loss"), loss)
        .line(&step, &record.column("error"), error)
}

/// The weights of some neurons, those on the hidden coordinates in colour.
fn weights(record: &Record, parity: &Parity) -> Panel {
    let steps = record.trace.steps().iter().map(|&step| step as f64);
    let steps: Vec<f64> = steps.collect();
    let neurons = record.most_moved();
    let irrelevant = (0..parity.n()).filter(|i| !parity.contains(*i));
    let context = irrelevant.map(|i| (i, Style::context()));
    let relevant = parity.support().iter().enumerate();
    let colour = |(place, &i)| (i, Style::new(Color::nth(place)).width(1.2));

    let mut panel = Panel::new().y_label("weights");
    let mut is_first_irrelevant = true;
    for (i, style) in context.chain(relevant.map(colour)) {
        for (place, &neuron) in neurons.iter().enumerate() {
            let weights = record.trace.weights().iter();
            let curve: Vec<f64> = weights.map(|w| w[[neuron, i]].into()).collect();
            let style = match (place, parity.contains(i)) {
                (0, true) => style.clone().label(format!("on x{i}")),
                (0, false) if std::mem::take(&mut is_first_irrelevant) => {
                    style.clone().label("irrelevant")
                }
                _ => style.clone(),
            };
            panel = panel.line(&steps, &curve, style);
        }
    }
    panel
}

/// ρ of the run, with that of the control for comparison.
fn movement(record: &Record, control: &Record) -> Panel {
    let rho = |record: &Record| (record.column("step"), record.column("rho"));
    let (step, own) = rho(record);
    let (control_step, control) = rho(control);
    Panel::new()
        .x_label("updates")
        .y_label("ρ")
        .y_scale(Scale::Log10)
        .line(
            &control_step,
            &control,
            Style::new(Color::Grey).label("random labels"),
        )
        .line(&step, &own, Style::new(Color::Black).label("this run"))
}

/// Prints whether and when the parity was learned, and what ρ said before.
fn tell(real: &Record, control: &Record, parity: &Parity, max_steps: u64) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "hidden support     {:?}", parity.support())?;
    writeln!(out, "recovered support  {:?}", real.recovered)?;
    match real.stop {
        Stop::Solved { step } => {
            let end = real.end_of_plateau();
            let error = real.at("error", end);
            let (rho, without) = (real.at("rho", end), control.at("rho", end));
            writeln!(out, "solved             after t_c = {step} updates")?;
            writeln!(
                out,
                "on the plateau     at {end} updates the error is still {error:.2}, but ρ is \
                 {rho:.2} (on random labels {without:.2})"
            )
        }
        Stop::Diverged { step } => writeln!(out, "diverged           after {step} updates"),
        _ => writeln!(out, "not solved         in {max_steps} updates"),
    }
}

fn run(args: &Args) -> Result {
    let mut out = io::stdout();
    let seeds = Seeds::from(args.seed);
    let parity = Parity::random(args.n, args.k, &mut seeds.stream(Purpose::Support))?;
    let (n, k, seed) = (parity.n(), parity.k(), args.seed);
    writeln!(
        out,
        "A ReLU network of width {WIDTH} learns a ({n}, {k})-parity online: hinge loss, \
         B = {BATCH}, η = {RATE}, seed {seed}.\n"
    )?;

    let start = Instant::now();
    let distribution = ParityDistribution::from(parity.clone());
    let real = train("parity", distribution, &parity, &seeds, args.max_steps)?;
    let seconds = start.elapsed().as_secs_f64();
    let steps = real.table.rows().last().map_or(0.0, |row| row[0]) as u64;
    let control = train("control", RandomLabels::new(n)?, &parity, &seeds, steps)?;

    tell(&real, &control, &parity, args.max_steps)?;
    writeln!(
        out,
        "time               {seconds:.1} s with everything that is measured along the way"
    )?;

    let figure = draw(&real, &control, &parity);
    let svg = args.out.join("quickstart.svg");
    figure.save_svg(&svg)?;
    figure.save_csv(svg.with_extension("csv"))?;
    writeln!(out, "figure             {} (also .csv)", svg.display())?;
    Ok(())
}

fn main() -> ExitCode {
    report(run(&Args::of(&Args::command().get_matches())))
}
