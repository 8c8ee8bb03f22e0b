//! Does training find the features that a theorem on margins says it must?
//!
//! A network Σᵢ aᵢ (wᵢ·x)ᵏ that is trained on all inputs with a small penalty λ Σ ‖(w, a)‖^{k+1} is driven to the largest
//! L_{2,k+1} margin γ = k! (k + 1)^{−(k+1)/2}, and every network that has it reads nothing but the support, with weights of the size of its
//! output weight (Morwani, Edelman, Oncescu, Zhao and Kakade, *Feature emergence via margin maximization*, ICLR 2024).
//!
//! ```sh
//! cargo run --release --example followups_margin
//! cargo run --release --example followups_margin -- --scale paper
//! ```
//!
//! Parities of k = 2, 3 and 4 of n = 10 coordinates, r = 40, cross-entropy, λ = 10⁻³, η = 0.1, batches of all 2ⁿ inputs. The
//! picture has the normalised margin over γ against the step, one line a run.
//!
//! Claims, fixed before the runs at paper scale: after 30 000 updates
//!
//! 1. every run has at least 98 % of γ, and none more than all of it;
//! 2. less than 1 % of ‖W‖² is off the support;
//! 3. neurons that matter, with ‖(w, a)‖ at least half of the largest, have |w_j| within 10 % of |a| on the support.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::{NormalisedMargin, SupportShare};
use sparse_parity::ndarray::{Ix1, Ix2};
use sparse_parity::optim::{GroupPenalty, Pulled};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::theory::margin;
use sparse_parity::train::Cancelled;
use sparse_parity_examples::figure::{self, Flag, Studio, diverged};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

/// All that belongs to a neuron.
const NEURON: [&str; 2] = ["hidden.weight", "output.weight"];

/// A run on the whole cube with the penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MarginRun {
    n: usize,
    k: usize,
    width: usize,
    rate: f64,
    lambda: f64,
    /// The steps at which the margin is taken, ascending.
    steps: Vec<u64>,
}

impl Default for MarginRun {
    fn default() -> Self {
        MarginRun {
            n: 10,
            k: 3,
            width: 40,
            rate: 0.1,
            lambda: 1e-3,
            steps: vec![0],
        }
    }
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Margins {
    /// The normalised margin at each step, up to that at which the run diverged if it did.
    margins: Vec<f64>,
    /// The share of ‖W‖² on the support at the end; 0 of a run that diverged, as the next number.
    share: f64,
    /// The largest | |w_j|/|a| − 1 | on the support of a neuron that matters.
    deviation: f64,
}

impl Experiment for MarginRun {
    type Outcome = Margins;
    const NAME: &'static str = "margin";
    const REVISION: u32 = 1;

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Margins>> {
        let model = Mlp::new(self.n, self.width, Power::new(self.k)?)?.without_hidden_bias();
        let (layout, degree) = (model.layout().clone(), self.k as f64 + 1.0);
        let support: Vec<usize> = (0..self.k).collect();
        let parity = Parity::new(self.n, &support)?;
        let mut cube = Batch::<f32>::new(1 << self.n, self.n)?;
        Population::new(parity.clone())?.fill(&mut cube);
        let penalty = GroupPenalty::new(&layout, &NEURON, self.lambda, degree)?;
        let sgd = Sgd::new(&layout, Rule::rate(self.rate))?;
        let theta = Params::draw(&layout, &mut seeds.stream(Purpose::Init));
        let stream = Population::new(parity.clone())?;
        let (network, optimizer) = (model.clone(), Pulled::new(penalty, sgd));
        let mut trainer =
            Trainer::new(network, CrossEntropy, stream, optimizer, theta, 1 << self.n)?;
        let mut measure = NormalisedMargin::on(&model, &NEURON, degree, cube)?;
        let mut margins = Vec::new();
        for &step in &self.steps {
            match trainer.run(step - trainer.steps(), Cancelled(stop)) {
                Stop::GivenUp { .. } => return Ok(None),
                Stop::Diverged { .. } => {
                    return Ok(Some(Margins {
                        margins,
                        share: 0.0,
                        deviation: 0.0,
                    }));
                }
                _ => margins.push(measure.of(&model, trainer.theta())),
            }
        }
        let theta = trainer.theta();
        let weight = theta.view(&layout.get::<Ix2>(NEURON[0])?);
        let output = theta.view(&layout.get::<Ix1>(NEURON[1])?);
        let norm = |j: usize| {
            let square = weight.row(j).iter().map(|w| w * w).sum::<f32>();
            (square + output[j] * output[j]).sqrt()
        };
        let largest = (0..self.width).map(norm).fold(0.0, f32::max);
        let matters = (0..self.width).filter(|j| norm(*j) >= largest / 2.0);
        let deviations = matters.flat_map(|j| {
            let row = weight.row(j);
            let of = |i: &usize| f64::from((row[*i] / output[j]).abs() - 1.0).abs();
            support.iter().map(of).collect::<Vec<_>>()
        });
        Ok(Some(Margins {
            share: SupportShare::new(&model, NEURON[0], &parity)?.of(theta),
            deviation: deviations.fold(0.0, f64::max),
            margins,
        }))
    }
}

fn draw(studio: &mut Studio) -> Result {
    let (degrees, last, runs) = studio.pick(
        (&[2][..], 300, 2),
        (&[2, 3, 4], 10_000, 2),
        (&[2, 3, 4], 30_000, 5),
    );
    let (n, runs) = (studio.n(studio.pick(6, 10, 10)), studio.runs(runs));
    let mut steps: Vec<u64> = (0..)
        .map(|place| (10.0 * 10_f64.powf(f64::from(place) / 10.0)) as u64)
        .take_while(|step| *step < last)
        .collect();
    steps.push(last);
    let mut panel = Panel::new()
        .x_label("updates")
        .y_label("normalised margin over γ")
        .x_scale(Scale::Log10)
        .y_range(0.0, 1.1)
        .horizontal(1.0, "the largest margin");
    for (place, &k) in degrees.iter().enumerate() {
        let run = MarginRun {
            n,
            k,
            steps: steps.clone(),
            ..MarginRun::default()
        };
        let sweep = Sweep::new([Cell::new(run, runs)])?;
        let found: Vec<Margins> = studio
            .outcomes(&format!("k{k}"), &sweep)?
            .of(0)
            .cloned()
            .collect();
        let gamma = margin::parity(k)?;
        let color = Color::sequence(place, degrees.len());
        let x: Vec<f64> = steps.iter().map(|step| *step as f64).collect();
        for (seed, run) in found.iter().enumerate() {
            let y: Vec<f64> = run.margins.iter().map(|margin| margin / gamma).collect();
            let style = Style::new(color);
            let style = match seed {
                0 => style.label(format!("k = {k}")),
                _ => style.data_label(format!("k = {k}, seed {seed}")),
            };
            panel = panel.line(&x[..y.len()], &y, style);
        }
        let is_whole = |run: &Margins| run.margins.len() == steps.len();
        let (found, lost): (Vec<Margins>, Vec<Margins>) = found.into_iter().partition(is_whole);
        let (lost, none_lost) = (diverged(lost.len()), lost.is_empty());
        let ends = found.iter().filter_map(|run| run.margins.last());
        let ends: Vec<f64> = ends.map(|margin| margin / gamma).collect();
        let least = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        studio.find(
            format!("k = {k}: every run has at least 98 % of γ = {gamma:.5}, and none more than all of it"),
            format!("{:.2} to {:.2} % of it in {runs} runs after {last} updates{lost}", 100.0 * least, 100.0 * most),
            none_lost && least >= 0.98 && most <= 1.0 + 1e-6,
        )?;
        let share = found
            .iter()
            .map(|run| run.share)
            .fold(f64::INFINITY, f64::min);
        studio.find(
            format!("k = {k}: less than 1 % of ‖W‖² is off the support"),
            format!("{:.4} % at most{lost}", 100.0 * (1.0 - share)),
            none_lost && share > 0.99,
        )?;
        let deviation = found.iter().map(|run| run.deviation).fold(0.0, f64::max);
        studio.find(
            format!("k = {k}: neurons that matter have |w| within 10 % of |a| on the support"),
            format!("within {:.2} %{lost}", 100.0 * deviation),
            none_lost && deviation < 0.1,
        )?;
    }
    let title = format!("Networks zᵏ on parities of n = {n}, all inputs, with the penalty");
    studio.save("", &Figure::new(1, 1).title(title).panel(0, 0, panel))
}

fn main() -> ExitCode {
    figure::main(
        "followups_margin",
        include_str!("followups_margin.rs"),
        &[Flag::N, Flag::Runs],
        draw,
    )
}
