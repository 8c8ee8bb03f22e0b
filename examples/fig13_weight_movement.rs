//! Figure 13: is the hidden progress there for any batch, and in networks with more neurons?
//!
//! A single sine neuron and a ReLU network of width 10 learn a parity in batches of 1, 4, 32 and 1024.
//! The paper's claim: through the plateau of the loss the weights move, and ρ(t) = ‖w_t − w_0‖_∞, over the
//! whole first layer, departs from that on random labels, which diffuses.
//!
//! ```sh
//! cargo run --release --example fig13_weight_movement
//! cargo run --release --example fig13_weight_movement -- --scale paper
//! ```
//!
//! There is a figure for each network with a column for each batch: the loss, smoothed over 16 steps at
//! B = 1, 4 at B = 4 and none at larger batches, and the clean error; the weights; ρ beside that of the
//! same network on the same inputs with random labels. A dashed line is t_c. Of the network the irrelevant
//! weights, 470 of 500, are drawn as the range that they fill.
//!
//! The drawn run has the smallest seed of those that are solved; how many are solved is told. The
//! probability that ρ of a run is above that of a control, halfway to the step at which the error falls
//! below 0.4, is that of 6 runs for each batch (20 s of processor time in all), at paper scale of
//! 50 (ten minutes). Expect it close to 1/2 for the smaller batches, where noise moves the weights as far as the
//! labels do until shortly before the accuracy moves; figure 3 has more runs of the neuron.
//!
//! t_c is the time of 100 % of validation examples; how much earlier the running accuracy of the other figures is 75 %
//! (docs/figures.md) is told. The probability of the paragraph above does not depend on either.
//!
//! Chosen here: (n, k) = (50, 3), hinge loss, uniform initialisation, and the rates: η = 0.01 for the neuron,
//! as in figures 1 and 10 of the paper, and 0.1 for the network, as in figure 6. At B = 1 these solve four of
//! ten runs and none of six within 40 000 updates, and a third of each is taken.

use sparse_parity::plot::Figure;
use sparse_parity::sweep::{Cell, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{CriterionKind, Setting, Trial};
use sparse_parity_examples::control::Study;
use sparse_parity_examples::figure::{self, Flag, Studio};
use sparse_parity_examples::paper::criterion_of;
use sparse_parity_examples::plateau::{Detail, PlateauTrial};
use std::process::ExitCode;

const K: usize = 3;
const BUDGET: u64 = 100_000;
/// Steps between two values of ρ.
const STRIDE: u64 = 50;

/// A network, and its rate for each batch.
struct Network {
    part: &'static str,
    name: &'static str,
    setting: &'static str,
    rates: [(usize, f64); 4],
}

const NETWORKS: [Network; 2] = [
    Network {
        part: "sine",
        name: "a sine neuron",
        setting: "xiv",
        rates: [(1, 0.003), (4, 0.01), (32, 0.01), (1024, 0.01)],
    },
    Network {
        part: "mlp",
        name: "a ReLU network of width 10",
        setting: "i",
        rates: [(1, 0.03), (4, 0.1), (32, 0.1), (1024, 0.1)],
    },
];

fn draw(studio: &mut Studio) -> Result {
    for network in NETWORKS {
        draw_network(studio, &network)?;
    }
    Ok(())
}

fn draw_network(studio: &mut Studio, network: &Network) -> Result {
    let n = studio.n(studio.pick(12, 50, 50));
    let (runs, columns, budget) =
        studio.pick((3, 2..3, 1000), (6, 0..4, BUDGET), (50, 0..4, BUDGET));
    let runs = studio.runs(runs);
    let setting = Setting::from_label(network.setting)?;
    let mut trials = Vec::new();
    for &(batch, rate) in &network.rates[columns] {
        trials.push((
            rate,
            Trial {
                batch,
                rate: rate.into(),
                max_steps: budget,
                criteria: vec![
                    CriterionKind::Validation { accuracy: 1.0 },
                    criterion_of(batch),
                ],
                ..setting.trial(n, K)
            },
        ));
    }

    let (mut cells, mut headings) = (Vec::new(), Vec::new());
    for (rate, trial) in trials {
        let name = format!("{}_b{}", network.part, trial.batch);
        let study = Study::make(studio, name, &trial, runs, STRIDE)?;
        let who = format!("{}, B = {}", network.name, trial.batch);
        study.is_told_halfway(studio, &who)?;
        study.compare_criteria(studio, &who)?;
        let seed = study.runs.iter().position(|run| run.outcome.t.is_some());
        let seed = seed.unwrap_or(0) as u64;
        headings.push(format!(
            "B = {}, η = {rate}, seed {seed} ({} of {runs} solved)",
            trial.batch,
            study.solved()
        ));
        // 16 steps at B = 1 and 4 at B = 4.
        let detail = Detail {
            points: 35,
            has_every_weight: false,
            window: (16 / trial.batch).max(1),
        };
        // What is drawn has one t_c.
        let trial = Trial {
            criteria: Vec::new(),
            ..trial
        };
        cells.push(Cell {
            experiment: PlateauTrial { trial, detail },
            seeding: Seeding::Each {
                first: seed,
                runs: 1,
            },
        });
    }
    let shown = studio.outcomes(network.part, &Sweep::new(cells)?)?;

    let mut figure = Figure::new(3, headings.len())
        .title(format!("The ({n}, {K})-parity and {}", network.name))
        .share_x()
        .legend_once()
        .size(1500, 720);
    let runs = (0..headings.len()).flat_map(|cell| shown.of(cell));
    for (column, (run, heading)) in runs.zip(&headings).enumerate() {
        figure = figure
            .heading(column, heading.as_str())
            .panel(0, column, run.losses())
            .panel(1, column, run.weights())
            .panel(2, column, run.movement());
    }
    studio.save(network.part, &figure)
}

fn main() -> ExitCode {
    figure::main(
        "fig13_weight_movement",
        include_str!("fig13_weight_movement.rs"),
        &[Flag::N, Flag::Runs],
        draw,
    )
}
