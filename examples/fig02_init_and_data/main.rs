//! Figure 2 centre: is the convergence time decided by the initialisation or by the data?
//!
//! Several initialisations of a PolyNet are each trained on several streams of data. The paper's
//! claim: the variance of t_c across initialisations dwarfs that across batches. Curves of one colour,
//! which share their initial weights and nothing else, fall together; other colours fall elsewhere.
//!
//! ```sh
//! cargo run --release --example fig02_init_and_data
//! cargo run --release --example fig02_init_and_data -- --scale paper
//! ```
//!
//! Both take seconds. They draw the loss of some of the runs, averaged over 16 batches, and quantiles of
//! the times of all; the shares of the variance are those of a two-way layout with random effects, with
//! intervals by resampling initialisations.
//!
//! The paper states B = 128 and η = 0.01. Chosen here: (n, k) = (50, 3), the paper's usual problem,
//! hinge loss, and the numbers of initialisations and streams.
//!
//! `fig02_init_and_data_networks` has networks other than PolyNet, of which the paper shows nothing: ReLU and zᵏ networks of
//! width 100 and two single neurons, 40 initialisations × 20 streams each, at the rates of figure 10 and with its rule of
//! convergence (a minute and a half for all). The claim is the same: the initialisation explains more of the variance than data and
//! the rest together, here of the ranks of t_c, which runs have that are not solved within 20 000 updates.

mod networks;

use sparse_parity::measure::Interval;
use sparse_parity::ndarray::Array2;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{self, Bootstrap, Time, Times};
use sparse_parity::sweep::{Cell, Outcomes, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{MeasureKind, Outcome, RecordedTrial, Recording, Setting, Trial};
use sparse_parity_examples::figure::{self, Flag, Studio, percent};
use std::process::ExitCode;

const K: usize = 3;
/// Initialisations and streams whose curves are drawn.
const DRAWN: (u64, u64) = (5, 4);
/// Batches over which the loss is averaged.
const WINDOW: usize = 16;

fn draw(studio: &mut Studio) -> Result {
    let (inits, streams) = studio.pick((3, 2), (20, 10), (100, 50));
    let n = studio.n(studio.pick(12, 50, 50));
    let xv = Setting::from_label("xv")?;
    let trial = Trial {
        batch: 128,
        rate: 0.01.into(),
        ..xv.trial(n, K)
    };
    let seeding = Seeding::Crossed {
        first: 0,
        inits,
        streams,
    };
    let cell = Cell {
        experiment: trial.clone(),
        seeding,
    };
    let sweep = Sweep::new([cell])?;
    let outcomes = studio.outcomes("", &sweep)?;
    let times = times_of(&outcomes, 0, (inits, streams))?;

    let bootstrap = Bootstrap::default();
    let rng = &mut Seeds::from(0).stream(Purpose::Eval);
    let logs = stats::TimeScale::Log.of(&times)?;
    let shares = stats::variance_shares(&logs, &bootstrap, rng)?;
    studio.find(
        "the initialisation explains more of the variance of log t_c than data and the rest together",
        format!(
            "initialisation {}, data {}, the rest {} ({inits} initialisations × {streams} streams)",
            percent(shares.initialisation),
            percent(shares.data),
            percent(shares.residual)
        ),
        shares.initialisation.interval.low > 0.5,
    )?;

    let recording = Recording {
        measures: vec![MeasureKind::Loss],
        ..Recording::new(Interval::every(1)?)
    };
    let (inits_drawn, streams_drawn) = (DRAWN.0.min(inits), DRAWN.1.min(streams));
    let curves = Cell {
        experiment: RecordedTrial { trial, recording },
        seeding: Seeding::Crossed {
            first: 0,
            inits: inits_drawn,
            streams: streams_drawn,
        },
    };
    let curves = studio.outcomes("curves", &Sweep::new([curves])?)?;
    let mut losses = Panel::new()
        .title(format!("Loss, averaged over {WINDOW} batches"))
        .x_label("updates")
        .y_label("hinge loss");
    for (run, recorded) in (0..).zip(curves.of(0)) {
        let (init, stream) = (run / streams_drawn, run % streams_drawn);
        let (x, y) = smooth(&recorded.table.column("batch loss").unwrap_or_default());
        let style = Style::new(Color::nth(init as usize)).width(1.2);
        let name = format!("initialisation {}", init + 1);
        if stream == 0 {
            losses = losses.line(&[], &[], style.clone().label(&name));
        }
        let style = style.data_label(format!("{name}, stream {}", stream + 1));
        losses = losses.line(&x, &y, style);
    }
    let mut spread = Panel::new()
        .title("t_c of each initialisation")
        .x_label("initialisation, by its median")
        .x_range(0.0, inits as f64 + 1.0)
        .y_label("t_c, updates")
        .y_scale(Scale::Log10);
    let mut rows = Vec::new();
    for row in times.rows() {
        let row: Times = row.iter().copied().collect();
        let of = |p| -> Result<f64> { Ok(row.quantile(p, 0.95)?.value.unwrap_or(f64::INFINITY)) };
        rows.push((of(0.05)?, of(0.5)?, of(0.95)?));
    }
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let x: Vec<f64> = (1..=rows.len()).map(|place| place as f64).collect();
    let [low, median, high] = [|row: &Row| row.0, |row: &Row| row.1, |row: &Row| row.2]
        .map(|end| rows.iter().map(end).collect::<Vec<f64>>());
    let bars = Style::new(Color::Black).width(0.8);
    let bars = bars.label("5 to 95 % of its streams");
    spread = spread.error_bars(&x, &low, &high, bars).points(
        &x,
        &median,
        Style::new(Color::Black).label("median"),
    );
    let figure = Figure::new(1, 2)
        .title(format!(
            "PolyNets on the ({n}, {K})-parity: initialisation against data"
        ))
        .panel(0, 0, losses)
        .panel(0, 1, spread)
        .size(1000, 380);
    studio.save("", &figure)?;
    networks::draw(studio)
}

/// The times of a crossed cell, a row an initialisation.
fn times_of(
    outcomes: &Outcomes<Outcome>,
    cell: usize,
    (inits, streams): (u64, u64),
) -> Result<Array2<Time>> {
    let records = outcomes.records(cell).iter();
    let times = records.filter_map(|record| record.as_ref()?.time).collect();
    let shape = (inits as usize, streams as usize);
    Ok(Array2::from_shape_vec(shape, times)?)
}

/// The 5, 50 and 95 % quantiles of an initialisation.
type Row = (f64, f64, f64);

/// Means over a window and the next, and where they are.
fn smooth(curve: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mean = |window: &[f64]| window.iter().sum::<f64>() / window.len() as f64;
    let y: Vec<f64> = curve.chunks_exact(WINDOW).map(mean).collect();
    let middle = |window| (window * WINDOW + WINDOW / 2) as f64;
    ((0..y.len()).map(middle).collect(), y)
}

fn main() -> ExitCode {
    figure::main(
        "fig02_init_and_data",
        include_str!("main.rs"),
        &[Flag::N],
        draw,
    )
}
