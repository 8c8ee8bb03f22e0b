//! Appendix C.7: can a deep network learn a parity layer by layer?
//!
//! With the activation z², L − 1 hidden layers and the readout compute polynomials of degree 2^(L−1).
//! The paper's claim: SGD on all layers at once learns parities of that degree, widths (2, 1) those
//! with k = 4 within 20 000 updates and (10, 10, 1) those with k = 8 within 50 000. Training one layer
//! after the other does not: a layer of low degree has no correlation with the label. And no network
//! learns a parity of a higher degree.
//!
//! ```sh
//! cargo run --release --example c7_layerwise
//! cargo run --release --example c7_layerwise -- --scale paper
//! ```
//!
//! The first takes 32 CPU seconds, the second about 5 CPU minutes by the cost of a run of the first.
//! Expect the share of solved runs to rise to 1 for (2, 1) and beyond a half for (10, 10, 1) where all
//! layers are trained at once, and to
//! stay at 0 layer by layer and for k = 2^(L−1) + 1.
//!
//! Layer by layer: each hidden layer in turn is trained with a linear readout and bias of its own, on as
//! many fresh batches as training at once has, then frozen. The same procedure on k = 2, which
//! one layer computes, shows that it can learn.
//!
//! The paper states widths, k and numbers of updates. Chosen here: hinge loss, B = 32, an output bias,
//! without which one last neuron z² has values of one sign, and η = 0.05 and 0.015. Of n the larger, the
//! slower: (10, 10, 1) learned k = 8 from 5 of 6 seeds at n = 12, and from 3 of 6 at n = 15. Here n = 12.

mod layers;

use layers::LayerByLayer;
use sparse_parity::Error;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::Times;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{DeepMlpSettings, Learner, Trial};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

const N: usize = 12;
const BATCH: usize = 32;

/// A network, the degree that it reaches, and how it is trained.
#[derive(Clone, Copy)]
struct Case {
    widths: &'static [usize],
    k: usize,
    rate: f64,
    steps: u64,
}

const CASES: [Case; 2] = [
    Case {
        widths: &[2, 1],
        k: 4,
        rate: 0.05,
        steps: 20_000,
    },
    Case {
        widths: &[10, 10, 1],
        k: 8,
        rate: 0.015,
        steps: 50_000,
    },
];

fn draw(studio: &mut Studio) -> Result {
    let n = studio.n(N);
    let degrees = CASES.map(|case| case.k + 1);
    if let Some(k) = degrees.into_iter().find(|k| *k > n) {
        return Err(Error::Degree { k, n }.into());
    }
    let seeds = studio.pick([2, 2], [40, 10], [200, 100]);
    let divisor = studio.pick(100, 1, 1);
    let mut figure = Figure::new(1, CASES.len())
        .title("Quadratic networks, all layers at once and one after the other")
        .legend_once()
        .share_y();
    for (place, (case, seeds)) in CASES.into_iter().zip(seeds).enumerate() {
        let case = Case {
            steps: case.steps / divisor,
            ..case
        };
        let runs = case.runs(studio, n, studio.runs(seeds))?;
        case.find(studio, &runs)?;
        figure = figure.panel(0, place, case.panel(&runs));
    }
    studio.save("", &figure.size(900, 360))
}

/// The times of each way to train.
struct Runs {
    at_once: Times,
    beyond: Times,
    layerwise: Times,
    /// Layer by layer, a parity of degree 2, which one layer computes.
    control: Times,
}

impl Case {
    fn layers(&self) -> usize {
        self.widths.len() + 1
    }

    fn runs(&self, studio: &Studio, n: usize, seeds: u64) -> Result<Runs> {
        let cell = |k| {
            let learner = Learner::DeepMlp(DeepMlpSettings {
                widths: self.widths.to_vec(),
                ..DeepMlpSettings::default()
            });
            let trial = Trial {
                learner,
                rate: self.rate.into(),
                batch: BATCH,
                max_steps: self.steps,
                allow_unsolvable: true,
                ..Trial::new(n, k)
            };
            Cell::new(trial, seeds)
        };
        let part = format!("depth_{}", self.layers());
        let at_once = studio.outcomes(&part, &Sweep::new([cell(self.k), cell(self.k + 1)])?)?;
        let layer_by_layer = |k| {
            let experiment = LayerByLayer {
                n,
                k,
                widths: self.widths.to_vec(),
                batch: BATCH,
                rate: self.rate,
                max_steps: self.steps,
            };
            Cell::new(experiment, seeds)
        };
        let sweep = Sweep::new([self.k, 2].map(layer_by_layer))?;
        let layerwise = studio.outcomes(&format!("{part}_layerwise"), &sweep)?;
        Ok(Runs {
            at_once: at_once.times(0),
            beyond: at_once.times(1),
            layerwise: layerwise.times(0),
            control: layerwise.times(1),
        })
    }

    fn find(&self, studio: &mut Studio, runs: &Runs) -> Result {
        let name = format!("L = {}, widths {:?}", self.layers(), self.widths);
        let (k, steps) = (self.k, self.steps);
        let claims = [
            (
                format!("all layers at once learn k = {k} within {steps} updates"),
                &runs.at_once,
                true,
            ),
            (
                format!("layer by layer learns no k = {k}"),
                &runs.layerwise,
                false,
            ),
            (
                format!("nothing learns k = {} > 2^(L−1)", k + 1),
                &runs.beyond,
                false,
            ),
            (
                "layer by layer does learn k = 2".into(),
                &runs.control,
                true,
            ),
        ];
        for (claim, times, learns) in claims {
            let solved = times.success_rate(0.95)?;
            let number = format!(
                "{} of {} runs, share {solved:.3}, {} diverged",
                times.solved(),
                times.runs(),
                times.diverged()
            );
            let holds = if learns {
                solved.interval.low > 0.5
            } else {
                times.solved() == 0
            };
            studio.find(format!("{name}: {claim}"), number, holds)?;
        }
        Ok(())
    }

    fn panel(&self, runs: &Runs) -> Panel {
        let all = self.steps * self.widths.len() as u64;
        let curves = [
            (
                &runs.control,
                "layer by layer, k = 2",
                Style::new(Color::SkyBlue).dashed(),
            ),
            (
                &runs.layerwise,
                "layer by layer, k = 2^(L−1)",
                Style::new(Color::Vermillion),
            ),
            (
                &runs.beyond,
                "all at once, k = 2^(L−1) + 1",
                Style::new(Color::Black).dashed(),
            ),
            (
                &runs.at_once,
                "all at once, k = 2^(L−1)",
                Style::new(Color::Blue),
            ),
        ];
        let mut panel = Panel::new()
            .title(format!(
                "L = {}, widths {:?}, k = {}",
                self.layers(),
                self.widths,
                self.k
            ))
            .x_label("updates of all layers")
            .y_label("share of runs solved")
            .x_scale(Scale::Log10)
            .x_range(10.0, all as f64)
            .y_range(-0.03, 1.03);
        for (times, label, style) in curves {
            let (mut x, mut y) = (vec![1.0], vec![0.0]);
            for t in times.known().chain([all]) {
                x.push(t as f64);
                y.push(times.solved_by(t) as f64 / times.runs() as f64);
            }
            panel = panel.step(&x, &y, style.label(label));
        }
        panel
    }
}

fn main() -> ExitCode {
    figure::main(
        "c7_layerwise",
        include_str!("main.rs"),
        &[Flag::N, Flag::Runs],
        draw,
    )
}
