//! A run: a Transformer on a sample of a conjunction.

use crate::K;
use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::AttentionShare;
use sparse_parity::model::AnyModel;
use sparse_parity::prelude::*;
use sparse_parity::trial::{
    ActivationKind, BlockInit, DistributionKind, Learner, LossKind, OptimizerKind, Status,
    TargetKind, TransformerSettings, Trial, ValidationLaw,
};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// P(x = −1), with which half of the labels are +1.
pub const BIAS: f64 = 0.206_299_474_015_900_26;
/// The inputs on which attention is averaged.
const INPUTS: usize = 32;

/// A run on a finite sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Learning {
    pub n: usize,
    pub samples: usize,
    pub network: Network,
    pub budget: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    Bare,
    Normalised,
}

impl Default for Learning {
    fn default() -> Self {
        Learning {
            n: 100,
            samples: 50,
            network: Network::Bare,
            budget: 1000,
        }
    }
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learned {
    /// The updates before the first iterate without an error on fresh examples.
    pub solved: Option<u64>,
    /// The share of attention on the three coordinates at the end, the mean over the heads.
    pub attention: f64,
}

/// The number of runs that were solved.
pub fn solved<'a>(runs: impl IntoIterator<Item = &'a Learned>) -> usize {
    let runs = runs.into_iter();
    runs.filter(|run| run.solved.is_some()).count()
}

/// Keeps the last iterate.
struct Last(Option<Params<f32>>);

impl Observer<f32, AnyModel<f32>> for Last {
    fn observe(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) -> ControlFlow<Stop> {
        match &mut self.0 {
            Some(theta) => theta.as_mut_slice().copy_from_slice(at.theta.as_slice()),
            None => self.0 = Some(at.theta.clone()),
        }
        ControlFlow::Continue(())
    }
}

impl Learning {
    fn trial(&self) -> Trial {
        let is_normalised = self.network == Network::Normalised;
        let settings = TransformerSettings {
            d_emb: 64,
            heads: 16,
            mlp_width: Some(64),
            ..TransformerSettings::default()
        };
        let usual = Trial {
            target: TargetKind::Conjunction,
            bias: Some(BIAS),
            validation: ValidationLaw::Training,
            learner: Learner::Transformer(settings.clone()),
            loss: LossKind::CrossEntropy,
            optimizer: OptimizerKind::Adam,
            rate: 0.003.into(),
            batch: self.samples,
            samples: Some(self.samples),
            max_steps: self.budget,
            ..Trial::new(self.n, K)
        };
        if !is_normalised {
            return usual;
        }
        let deviation = 0.02;
        let small = DistributionKind::Gaussian { deviation };
        let zero = DistributionKind::Constant { value: 0.0 };
        let weights = [
            "embedding",
            "attention.query",
            "attention.key",
            "attention.value",
            "attention.output",
            "hidden.weight",
            "output.weight",
        ];
        let biases = ["hidden.bias", "output.bias"];
        let inits = weights
            .map(|block| BlockInit::new(block, small))
            .into_iter();
        Trial {
            learner: Learner::Transformer(TransformerSettings {
                layer_norm: true,
                residual: true,
                activation: ActivationKind::Gelu,
                ..settings
            }),
            block_inits: inits
                .chain(biases.map(|block| BlockInit::new(block, zero)))
                .collect(),
            rate: 0.001.into(),
            decay: 0.0001.into(),
            convention: Decay::Coupled,
            ..usual
        }
    }
}

impl Experiment for Learning {
    type Outcome = Learned;
    const NAME: &'static str = "conjunctions";
    // Outcomes of the first one had two fields more.
    const REVISION: u32 = 2;

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Learned>> {
        let trial = self.trial();
        let mut last = Last(None);
        let Some(outcome) = trial.assemble()?.observe_until(seeds, stop, &mut last)? else {
            return Ok(None);
        };
        let Learner::Transformer(settings) = &trial.learner else {
            unreachable!("the learner is a Transformer");
        };
        let model = Transformer::from_settings(self.n, settings.clone(), trial.init)?;
        let and = Conjunction::new(self.n, &outcome.support)?;
        let mut x = Signs::ones(INPUTS, self.n)?;
        Biased::new(self.n, BIAS)?.draw(&mut seeds.stream(Purpose::Eval), &mut x);
        let theta = last.0.expect("a run has a first iterate");
        let heads = AttentionShare::new(&model, &and, x)?.by_head(&theta);
        Ok(Some(Learned {
            solved: outcome.t.filter(|_| outcome.status == Status::Solved),
            attention: heads.sum() / heads.len() as f64,
        }))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }
}
