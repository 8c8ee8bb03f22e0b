//! Runs with what several measures say at landmarks, steps that are fixed beforehand.

use serde::{Deserialize, Serialize};
use sparse_parity::data::{Batch, Parity, Uniform};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::{ErrorRate, LargestWeight, ParamNorm, Participation, SupportShare};
use sparse_parity::model::AnyModel;
use sparse_parity::ndarray::Ix2;
use sparse_parity::params::Params;
use sparse_parity::seeds::{LabRng, Purpose, Seeds};
use sparse_parity::stats::Time;
use sparse_parity::train::{Observer, Snapshot, Stop};
use sparse_parity::trial::{self, Outcome, Trial};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// What a measure needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Weights alone, those at the start included.
    Weights,
    /// The training batches.
    Training,
    /// Fresh labelled examples.
    Examples,
    /// The hidden support: an oracle.
    Support,
}

/// A measure, larger where a run is expected to be solved sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Its name in pictures and tables.
    pub name: &'static str,
    /// What it needs.
    pub needs: Needs,
}

const fn measured(name: &'static str, needs: Needs) -> Measured {
    Measured { name, needs }
}

/// All measures, in the order of the values of a [`LandmarkRun`].
pub const MEASURES: [Measured; 10] = [
    measured("ρ", Needs::Weights),
    measured("movement", Needs::Weights),
    measured("energy gap", Needs::Weights),
    measured("−participation", Needs::Weights),
    measured("−norm", Needs::Weights),
    measured("−loss", Needs::Training),
    measured("−error", Needs::Examples),
    measured("coefficient", Needs::Examples),
    measured("relevant weight", Needs::Support),
    measured("support share", Needs::Support),
];

/// The place of ρ among the measures.
pub const RHO: usize = 0;
/// That of the negative norm.
pub const NORM: usize = 4;
/// That of the negative mean loss of the newest batches.
pub const LOSS: usize = 5;
/// The share of the mean loss that a batch leaves.
const KEEP: f64 = 0.95;
/// Fresh examples for the error and the coefficient.
const EXAMPLES: usize = 1 << 12;

/// A trial whose outcome has the values of all measures at landmarks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LandmarkTrial {
    /// The trial.
    pub trial: Trial,
    /// The steps at which it is measured, ascending.
    pub landmarks: Vec<u64>,
    /// The matrix that reads the inputs.
    pub block: String,
}

impl Default for LandmarkTrial {
    fn default() -> Self {
        LandmarkTrial {
            trial: Trial::default(),
            landmarks: Vec::new(),
            block: "hidden.weight".into(),
        }
    }
}

/// How a run ended, and what was measured along it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LandmarkRun {
    /// How it ended.
    pub outcome: Outcome,
    /// The values of the [`MEASURES`] at each landmark that the run has reached.
    pub values: Vec<Vec<f64>>,
}

impl LandmarkRun {
    /// The value of a measure at a landmark; NaN if the run has ended before.
    pub fn at(&self, landmark: usize, measure: usize) -> f64 {
        let values = self.values.get(landmark);
        values.map_or(f64::NAN, |values| values[measure])
    }
}

impl Experiment for LandmarkTrial {
    type Outcome = LandmarkRun;
    const NAME: &'static str = "landmarks";
    const REVISION: u32 = trial::REVISION;

    fn revision(&self) -> u32 {
        self.trial.revision()
    }

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<LandmarkRun>> {
        let assembly = self.trial.assemble()?;
        let parity = Parity::new(self.trial.n, &assembly.support(seeds)?)?;
        let mut bench = Bench::new(self, assembly.model(), &parity, seeds)?;
        let outcome = assembly.observe_until(seeds, stop, &mut bench)?;
        let values = bench.values;
        Ok(outcome.map(|outcome| LandmarkRun { outcome, values }))
    }

    fn time(run: &LandmarkRun) -> Option<Time> {
        Some(run.outcome.time())
    }
}

/// The stream of the examples of measures. Those of the validation stream are the criterion's.
pub fn apart(seeds: &Seeds) -> LabRng {
    let eval = seeds.eval.wrapping_add(1 << 32);
    Seeds { eval, ..*seeds }.stream(Purpose::Eval)
}

/// Measures at landmarks.
struct Bench<'a> {
    landmarks: &'a [u64],
    block: sparse_parity::params::Block<Ix2>,
    k: usize,
    start: Option<Params<f32>>,
    loss: f64,
    relevant: LargestWeight,
    irrelevant: LargestWeight,
    share: SupportShare,
    participation: Participation,
    error: ErrorRate<f32, AnyModel<f32>>,
    examples: Batch<f32>,
    values: Vec<Vec<f64>>,
}

impl<'a> Bench<'a> {
    fn new(
        of: &'a LandmarkTrial,
        model: &AnyModel<f32>,
        parity: &Parity,
        seeds: &Seeds,
    ) -> sparse_parity::Result<Self> {
        use sparse_parity::model::Architecture;
        let rng = &mut apart(seeds);
        let examples = Batch::clean(&Uniform::new(parity.n())?, parity, EXAMPLES, rng)?;
        let block = of.block.as_str();
        Ok(Bench {
            landmarks: &of.landmarks,
            block: model.layout().get(block)?,
            k: parity.support().len(),
            start: None,
            loss: f64::NAN,
            relevant: LargestWeight::relevant(model, block, parity)?,
            irrelevant: LargestWeight::irrelevant(model, block, parity)?,
            share: SupportShare::new(model, block, parity)?,
            participation: Participation::new(model, block)?,
            error: ErrorRate::on("error", model, examples.clone())?,
            examples,
            values: Vec::new(),
        })
    }

    fn measure(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) -> Vec<f64> {
        use sparse_parity::measure::Measure;
        use sparse_parity::model::Model;
        let start = self.start.as_ref().unwrap_or(at.theta);
        let (w, w0) = (at.theta.view(&self.block), start.view(&self.block));
        let moved: f64 = w
            .iter()
            .zip(&w0)
            .map(|(a, b)| f64::from(a - b).powi(2))
            .sum();
        let mut energies: Vec<f64> = w
            .columns()
            .into_iter()
            .map(|column| column.iter().map(|w| f64::from(*w).powi(2)).sum())
            .collect();
        energies.sort_by(|a, b| b.total_cmp(a));
        let out = at.model.predict(at.theta, &self.examples.x);
        let products = out
            .iter()
            .zip(&self.examples.y)
            .map(|(f, y)| f64::from(f * y));
        let coefficient = products.sum::<f64>() / EXAMPLES as f64;
        vec![
            f64::from(at.theta.max_distance(start, &self.block)),
            moved.sqrt(),
            energies[self.k - 1] / energies[self.k],
            -self.participation.of(at.theta),
            -ParamNorm.of(at.theta),
            -self.loss,
            -self.error.of(at.model, at.theta),
            coefficient,
            self.relevant.measure(at) / self.irrelevant.measure(at),
            self.share.of(at.theta),
        ]
    }
}

impl Observer<f32, AnyModel<f32>> for Bench<'_> {
    fn observe(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) -> ControlFlow<Stop> {
        if self.start.is_none() {
            self.start = Some(at.theta.clone());
        }
        let loss = at.loss;
        self.loss = match self.loss.is_nan() {
            true => loss,
            false => KEEP * self.loss + (1.0 - KEEP) * loss,
        };
        if self.landmarks.get(self.values.len()) == Some(&at.step) {
            let values = self.measure(at);
            self.values.push(values);
        }
        ControlFlow::Continue(())
    }
}
