//! A run on a finite sample, measured at landmarks.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::{
    ActivationSparsity, AgopAlignment, EffectiveRank, ErrorRate, ExcludedLoss, GeneralisationGap,
    HessianTrace, ParamNorm, RestrictedLoss, TopEigenvalue, WeightEntropy,
};
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::Cancelled;
use sparse_parity_examples::ends::time_of;
use sparse_parity_examples::landmarks::apart;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// A measure, with the sign by which it is expected to be larger where a run is solved sooner.
pub struct Named {
    pub name: &'static str,
    /// Whether it uses the support.
    pub is_oracle: bool,
}

const fn named(name: &'static str, is_oracle: bool) -> Named {
    Named { name, is_oracle }
}

/// All measures, in the order of the values of a [`Course`].
pub const MEASURES: [Named; 11] = [
    named("−norm", false),
    named("−error", false),
    named("−generalisation gap", false),
    named("−top eigenvalue", false),
    named("−hessian trace", false),
    named("activation sparsity", false),
    named("−weight entropy", false),
    named("−effective rank", false),
    named("agop alignment", false),
    named("−restricted loss", true),
    named("excluded loss", true),
];

/// The place of the negative error on fresh examples.
pub const ERROR: usize = 1;
/// Fresh examples of the error.
const EXAMPLES: usize = 1 << 12;
/// Inputs of measures that evaluate each of them many times.
const FEW: usize = 1 << 9;

/// A network of ReLUs on a finite sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    pub n: usize,
    pub k: usize,
    pub samples: usize,
    pub width: usize,
    /// The steps at which it is measured, ascending.
    pub landmarks: Vec<u64>,
    pub budget: u64,
}

impl Default for Run {
    fn default() -> Self {
        Run {
            n: 40,
            k: 3,
            samples: 1000,
            width: 100,
            landmarks: Vec::new(),
            budget: 50_000,
        }
    }
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// The first iterate without an error on 8192 fresh examples.
    pub time: Time,
    /// The values of the [`MEASURES`] at each landmark that the run has reached.
    pub values: Vec<Vec<f64>>,
}

type Network = Mlp<Relu>;

/// All measures of a run.
struct Bench<'a> {
    landmarks: &'a [u64],
    error: ErrorRate<f32, Network>,
    gap: GeneralisationGap<f32, Network>,
    top: TopEigenvalue<f32, Hinge>,
    trace: HessianTrace<f32, Hinge>,
    activity: ActivationSparsity<f32, Relu>,
    entropy: WeightEntropy,
    rank: EffectiveRank,
    agop: AgopAlignment,
    restricted: RestrictedLoss<Hinge>,
    excluded: ExcludedLoss<f32, Hinge>,
    values: Vec<Vec<f64>>,
}

impl<'a> Bench<'a> {
    fn new(
        run: &'a Run,
        model: &Network,
        parity: &Parity,
        sample: &Batch<f32>,
        seeds: &Seeds,
    ) -> sparse_parity::Result<Self> {
        let rng = &mut apart(seeds);
        let uniform = Uniform::new(parity.n())?;
        let fresh = Batch::clean(&uniform, parity, EXAMPLES, rng)?;
        let mut few = Signs::ones(FEW, parity.n())?;
        few.gather(&fresh.x, 0..FEW);
        let block = "hidden.weight";
        Ok(Bench {
            landmarks: &run.landmarks,
            error: ErrorRate::on("error", model, fresh.clone())?,
            gap: GeneralisationGap::new(model, sample.clone(), fresh)?,
            top: TopEigenvalue::new(model, Hinge, sample.clone(), 20, rng)?,
            trace: HessianTrace::new(model, Hinge, sample.clone(), 10, rng)?,
            activity: ActivationSparsity::new(model, Relu, few.clone())?,
            entropy: WeightEntropy::new(model, block)?,
            rank: EffectiveRank::new(model, block)?,
            agop: AgopAlignment::new(model, block, few.clone())?,
            restricted: RestrictedLoss::new(model, Hinge, parity, few.clone())?,
            excluded: ExcludedLoss::new(model, Hinge, parity, few, sample.clone())?,
            values: Vec::new(),
        })
    }

    fn measure(&mut self, model: &Network, theta: &Params<f32>) -> Vec<f64> {
        vec![
            -ParamNorm.of(theta),
            -self.error.of(model, theta),
            -self.gap.of(model, theta),
            -self.top.of(model, theta),
            -self.trace.of(model, theta),
            self.activity.of(theta),
            -self.entropy.of(theta),
            -self.rank.of(theta),
            self.agop.of(model, theta),
            -self.restricted.of(model, theta),
            self.excluded.of(model, theta),
        ]
    }
}

impl Observer<f32, Network> for &mut Bench<'_> {
    fn observe(&mut self, at: &Snapshot<'_, f32, Network>) -> ControlFlow<Stop> {
        if self.landmarks.get(self.values.len()) == Some(&at.step) {
            let values = self.measure(at.model, at.theta);
            self.values.push(values);
        }
        ControlFlow::Continue(())
    }
}

impl Experiment for Run {
    type Outcome = Course;
    const NAME: &'static str = "small measures";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Course>> {
        let law = ParityDistribution::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let model = Mlp::new(self.n, self.width, Relu)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let mut bench = Bench::new(self, &model, law.parity(), epochs.examples(), seeds)?;
        let mut solved = Convergence::new(&model, law.parity(), seeds)?;
        let rule = Rule::rate(0.1).with_decay(0.01).by(Decay::Scaled);
        let sgd = Sgd::new(model.layout(), rule)?;
        let mut trainer = Trainer::new(model, Hinge, epochs, sgd, theta, 32)?;
        let observers = (&mut solved, &mut bench, Cancelled(stop));
        let Some(time) = time_of(trainer.run(self.budget, observers), self.budget) else {
            return Ok(None);
        };
        let values = bench.values;
        Ok(Some(Course { time, values }))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(course: &Course) -> Option<Time> {
        Some(course.time)
    }
}

impl Course {
    /// The value of a measure at a landmark; NaN if the run has ended before.
    pub fn at(&self, landmark: usize, measure: usize) -> f64 {
        let values = self.values.get(landmark);
        values.map_or(f64::NAN, |values| values[measure])
    }
}
