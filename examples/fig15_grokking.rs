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
//! The first takes half a minute of a core, the second three minutes.
//! Expect blue curves (train error) that fall early for m = 1000, and
//! vermillion ones (test error) that follow much later, the later the smaller the decay; for m = 700 they hardly
//! follow at all, for m = 10 000 at once.
//!
//! The paper states the ReLU network of width 100, hinge loss, η = 0.1 and B = 32, and sample sizes. It states neither
//! (n, k) nor λ. Its times are those of (40, 3) with λ = 0.002 in the convention (1 − ηλ)θ; the second
//! picture has the times of the seven λ beside the paper's. (30, 3) learns from 1000 examples sooner, (50, 3) in part of
//! the runs only: `fig15_grokking_medians.csv` has all three. Steps at which the train error
//! vanishes are known to one of 20 for every factor of ten. Decay brings train errors back after they have vanished,
//! so that the train error vanishes first and, later, for good.
//!
//! `fig15_grokking_paper` has the paper's times beside ours with λ = 0.002.

use sparse_parity::measure::Interval;
use sparse_parity::optim::Decay;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Quantile, Time, Times};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{MeasureKind, Recorded, RecordedTrial, Recording, Trial};
use sparse_parity_examples::curves::chance;
use sparse_parity_examples::figure::{self, Studio, number};
use sparse_parity_examples::paper::{Near, PaperValue, compare_all, values};
use std::process::ExitCode;

/// The problem whose curves are drawn.
const PROBLEM: (usize, usize) = (40, 3);
/// The decay that the paper's times are compared with.
const DECAY: f64 = 0.002;
/// Run steps for every factor of ten.
const POINTS: usize = 20;
/// Runs of each cell whose curves are drawn.
const DRAWN: usize = 3;

/// Samples from which both errors vanish together; the train error can do so after t_c.
const LARGE: usize = 5000;
/// Updates beyond t_c for these.
const BEYOND: u64 = 1000;

/// Runs of one problem.
struct Grid {
    problem: (usize, usize),
    samples: &'static [usize],
    decays: &'static [f64],
    seeds: u64,
    /// Seeds of the cells whose runs last for the whole budget: of the smallest sample, and without decay.
    seeds_unsolved: u64,
    max_steps: u64,
}

impl Grid {
    fn seeds(&self, m: usize, decay: f64) -> u64 {
        match m < 1000 || decay == 0.0 {
            true => self.seeds_unsolved,
            false => self.seeds,
        }
    }
}

const ALL: [usize; 4] = [700, 1000, 1800, 10_000];
const DECAYS: [f64; 7] = [0.0, 0.001, DECAY, 0.003, 0.005, 0.007, 0.01];

const fn other(n: usize, decays: &'static [f64]) -> Grid {
    Grid {
        problem: (n, 3),
        samples: &ALL,
        decays,
        seeds: 10,
        seeds_unsolved: 10,
        max_steps: 300_000,
    }
}

fn draw(studio: &mut Studio) -> Result {
    let tiny = vec![Grid {
        problem: PROBLEM,
        samples: &[50, 2000],
        decays: &[0.0, DECAY],
        seeds: 2,
        seeds_unsolved: 2,
        max_steps: 200,
    }];
    let quick = vec![Grid {
        problem: PROBLEM,
        samples: &[1000, 10_000],
        decays: &[0.0, DECAY, 0.01],
        seeds: 8,
        seeds_unsolved: 3,
        max_steps: 100_000,
    }];
    let paper = vec![
        Grid {
            problem: PROBLEM,
            samples: &ALL,
            decays: &DECAYS,
            seeds: 20,
            seeds_unsolved: 6,
            max_steps: 1_000_000,
        },
        other(30, &[0.001, 0.003, 0.01]),
        other(50, &[0.003, 0.007, 0.01]),
    ];
    let grids = studio.pick(tiny, quick, paper);
    let recording = Recording {
        measures: vec![MeasureKind::TrainError, MeasureKind::Error],
        ..Recording::new(Interval::per_decade(POINTS)?)
    };
    let mut cells = Vec::new();
    for grid in &grids {
        for &m in grid.samples {
            for &decay in grid.decays {
                let trial = Trial {
                    samples: Some(m),
                    decay: decay.into(),
                    convention: Decay::Scaled,
                    max_steps: grid.max_steps,
                    ..Trial::new(grid.problem.0, grid.problem.1)
                };
                let mut recording = recording.clone();
                if m >= LARGE {
                    recording.beyond = BEYOND;
                }
                let experiment = RecordedTrial { trial, recording };
                cells.push(Cell::new(experiment, grid.seeds(m, decay)));
            }
        }
    }
    let outcomes = studio.outcomes("", &Sweep::new(cells)?)?;
    let mut cell = 0;
    let mut all = Vec::new();
    for grid in &grids {
        for &m in grid.samples {
            for &decay in grid.decays {
                all.push(Runs {
                    problem: grid.problem,
                    m,
                    decay,
                    runs: outcomes.of(cell).collect(),
                });
                cell += 1;
            }
        }
    }
    let (main, others) = all.split_at(grids[0].samples.len() * grids[0].decays.len());
    studio.save("", &curves(&grids[0], main))?;
    studio.save("times", &times(&grids[0], main)?)?;
    table(studio, main.iter().chain(others))?;
    for runs in main.iter().filter(|runs| runs.decay == DECAY) {
        find(studio, runs)?;
    }
    for paper in values("4 right")? {
        if paper.quantity == TEST {
            near(studio, &paper, main)?;
        }
    }
    compare_all(studio, &["4 right"], Near::Factor(2.0), |paper| {
        let of = |runs: &&Runs| runs.decay == DECAY && runs.name() == paper.series;
        let runs = main.iter().find(of);
        runs.map(|runs| Ok(runs.quantity(&paper.quantity).median(0.95)?))
            .transpose()
    })
}

/// The runs of one problem, sample size and decay.
struct Runs<'a> {
    problem: (usize, usize),
    m: usize,
    decay: f64,
    runs: Vec<&'a Recorded>,
}

const TRAIN: &str = "train error 0";
const FOR_GOOD: &str = "train error 0 for good";
const TEST: &str = "test error 0";
const DELAY: &str = "delay";

impl Runs<'_> {
    fn name(&self) -> String {
        format!("m = {}", self.m)
    }

    /// The times of a quantity.
    fn quantity(&self, name: &str) -> Times {
        let of = match name {
            TRAIN => memorised,
            FOR_GOOD => memorised_for_good,
            DELAY => delay,
            _ => |run: &Recorded| run.outcome.time(),
        };
        self.runs.iter().map(|run| of(run)).collect()
    }
}

/// Errors against updates, a panel for each sample size and decay.
fn curves(grid: &Grid, all: &[Runs]) -> Figure {
    let (n, k) = grid.problem;
    let mut figure = Figure::new(grid.samples.len(), grid.decays.len())
        .title(format!(
            "Errors on the sample and on fresh examples, ({n}, {k})-parity, {DRAWN} runs each"
        ))
        .legend_once()
        .share_x()
        .share_y();
    for (place, runs) in all.iter().enumerate() {
        let (row, col) = (place / grid.decays.len(), place % grid.decays.len());
        figure = figure
            .row_heading(row, runs.name())
            .heading(col, format!("λ = {}", runs.decay))
            .panel(row, col, panel(&runs.runs, grid.max_steps));
    }
    let size = (
        200 * grid.decays.len() + 120,
        150 * grid.samples.len() + 110,
    );
    figure.size(size.0 as u32, size.1 as u32)
}

/// The errors of the runs of one cell.
fn panel(runs: &[&Recorded], max_steps: u64) -> Panel {
    let mut panel = Panel::new()
        .x_label("updates")
        .y_label("error")
        .x_scale(Scale::Log10)
        .x_range(10.0, max_steps as f64)
        .y_range(-0.02, 0.6)
        .line(&[10.0, max_steps as f64], &[0.5; 2], chance());
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

/// The times at which the errors vanish against the decay, a panel for each sample size.
fn times(grid: &Grid, all: &[Runs]) -> Result<Figure> {
    let names: Vec<String> = grid.decays.iter().map(f64::to_string).collect();
    let mut figure = Figure::new(1, grid.samples.len())
        .title("When the errors vanish: medians with 95 % intervals, and the paper's times")
        .legend_once()
        .share_y()
        .size(300 * grid.samples.len() as u32 + 100, 380);
    let paper = values("4 right")?;
    for (col, of_m) in all.chunks(grid.decays.len()).enumerate() {
        let name = of_m[0].name();
        let mut panel = Panel::new()
            .title(&name)
            .x_label("weight decay λ")
            .y_label("updates")
            .x_categories(&names)
            .y_scale(Scale::Log10)
            .y_range(100.0, 1.5 * grid.max_steps as f64);
        let across = [-0.4, grid.decays.len() as f64 - 0.6];
        for (quantity, color) in [(TRAIN, Color::Blue), (TEST, Color::Vermillion)] {
            let (mut x, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
            let mut medians = Vec::new();
            for (place, runs) in of_m.iter().enumerate() {
                let median = runs.quantity(quantity).median(0.95)?;
                x.push(place as f64);
                low.push(median.interval.low.max(1.0));
                high.push(median.interval.high);
                medians.push(median.value.unwrap_or(f64::INFINITY));
            }
            let bars = Style::new(color).width(1.0).data_label(quantity);
            let discs = Style::new(color).data_label(format!("{quantity}, as discs"));
            panel = panel
                .error_bars(&x, &low, &high, bars)
                .line(&x, &medians, Style::new(color).label(quantity))
                .points(&x, &medians, discs);
            let of = |value: &&PaperValue| value.series == name && value.quantity == quantity;
            if let Some(value) = paper.iter().find(of) {
                let style = Style::new(color).width(1.0).dashed();
                let style = style.label(format!("{quantity}, the paper's"));
                panel = panel.line(&across, &[value.value; 2], style);
            }
        }
        let bars = Style::new(Color::Grey).width(1.0);
        let bars = bars.label("interval; arrow: beyond the budget of updates");
        figure = figure.panel(0, col, panel.error_bars(&[], &[], &[], bars));
    }
    Ok(figure)
}

/// Keeps the medians of all times.
fn table<'a>(studio: &Studio, all: impl Iterator<Item = &'a Runs<'a>>) -> Result {
    let mut rows = Vec::new();
    for runs in all {
        for quantity in [TRAIN, FOR_GOOD, TEST, DELAY] {
            let times = runs.quantity(quantity);
            let Quantile { value, interval } = times.median(0.95)?;
            rows.push(vec![
                runs.problem.0.to_string(),
                runs.problem.1.to_string(),
                runs.m.to_string(),
                runs.decay.to_string(),
                quantity.to_owned(),
                number(value),
                number(Some(interval.low)),
                number(Some(interval.high)),
                times.solved().to_string(),
                times.runs().to_string(),
            ]);
        }
    }
    let columns = [
        "n", "k", "m", "decay", "quantity", "median", "low", "high", "reached", "runs",
    ];
    studio.save_table("medians", &columns, &rows)
}

/// States what becomes of samples of this size.
fn find(studio: &mut Studio, runs: &Runs) -> Result {
    let (memorised, delays) = (runs.quantity(TRAIN), runs.quantity(DELAY));
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
        runs.runs.len()
    );
    let (claim, holds) = match Size::of(runs.m) {
        Size::Small => (
            "too few examples are memorised, not generalised from",
            solved.value == 0.0 && memorised.solved() == runs.runs.len(),
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
    studio.find(
        format!("{}, λ = {DECAY}: {claim}", runs.name()),
        number,
        holds,
    )
}

/// States for each decay how many runs take as long as the paper's, up to a factor of 2.
fn near(studio: &mut Studio, paper: &PaperValue, all: &[Runs]) -> Result {
    let mut told = Vec::new();
    let mut holds = false;
    for runs in all.iter().filter(|runs| runs.name() == paper.series) {
        let times = runs.quantity(&paper.quantity);
        let near = |t: &u64| (0.5..=2.0).contains(&(*t as f64 / paper.value));
        let count = times.known().filter(near).count();
        let all = runs.runs.len();
        told.push(format!("{count} of {all} with λ = {}", runs.decay));
        holds |= 2 * count > all;
    }
    if told.is_empty() {
        return Ok(());
    }
    let claim = format!(
        "{}: with some λ most runs reach test error 0 within a factor of 2 of the paper's {}",
        paper.series, paper.value
    );
    let number = told.join(", ");
    studio.find(claim, number, holds)
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
            0..=700 => Size::Small,
            701..LARGE => Size::Middle,
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

/// From when on the train error was 0, of the steps that were recorded.
fn memorised_for_good(run: &Recorded) -> Time {
    let rows = run.table.rows();
    let after = rows.iter().rposition(|row| row[1] > 0.0);
    let first = rows.get(after.map_or(0, |last| last + 1));
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
    figure::main("fig15_grokking", include_str!("fig15_grokking.rs"), draw)
}
