//! Whole trials: settings as data in, an outcome out.

mod assembly;
mod block_init;
mod criterion;
mod learner;
mod lockstep;
mod memory;
mod outcome;
mod own_examples;
#[cfg(feature = "serde")]
mod possible;
#[cfg(feature = "serde")]
mod recorded;
mod recording;
mod runs;
#[cfg(feature = "serde")]
mod schedules;
mod setting;
mod task;
mod theorem4;
#[cfg(feature = "serde")]
mod theory_runs;
mod training;

pub use crate::activation::ActivationKind;
pub use crate::measure::{MeasureKind, Recording};
pub use crate::model::{
    Biases, DeepMlpSettings, DisjointPolyNetSettings, MlpSettings, PolyNetSettings,
    TransformerSettings,
};
pub use assembly::Assembly;
pub use block_init::{BlockInit, DistributionKind};
pub use criterion::CriterionKind;
pub use learner::Learner;
pub use outcome::{Outcome, Status};
#[cfg(feature = "serde")]
pub use recorded::RecordedTrial;
pub use recording::{Recorded, Trace};
pub use setting::Setting;
pub use task::{FirstPhase, TargetKind, ValidationLaw};
pub use theorem4::{Theorem4, Theorem4Outcome, Theorem4Sizes};
#[cfg(all(feature = "serde", feature = "flow"))]
pub use theory_runs::FlowRun;
#[cfg(feature = "serde")]
pub use theory_runs::{Accumulated, Accumulation, PopulationOutcome, PopulationRun};
pub use training::{FilterKind, LossKind, OptimizerKind};

use crate::error::Result;
#[cfg(feature = "serde")]
use crate::experiment::{Experiment, Label};
#[cfg(feature = "serde")]
use crate::measure::Table;
use crate::optim::{Decay, Schedule};
use crate::params::Init;
use crate::seeds::Seeds;
#[cfg(feature = "serde")]
use crate::stats::Time;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// The revision of the numbers: it rises whenever a trial of the same settings and seeds may have
/// another outcome than before.
///
/// Rows of a sweep that were written under another revision do not count as done. Some networks have a
/// higher one: `Experiment::revision` tells that of a trial.
pub const REVISION: u32 = 1;

/// The settings of one training run on a sparse parity, or another target, in single precision.
///
/// A trial is data: change its public fields, then [`run`](Trial::run) it with as many seeds as
/// the study needs. What the settings do not cover is composed from a
/// [`Trainer`](crate::train::Trainer) directly.
///
/// ```
/// use sparse_parity::trial::{Status, Trial};
///
/// let trial = Trial { batch: 64, ..Trial::new(12, 2) };
/// let outcome = trial.run(&7.into())?;
/// assert_eq!(outcome.status, Status::Solved);
/// assert_eq!(outcome.recovered, outcome.support);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Trial {
    /// The number of coordinates n.
    ///
    /// Default: 50.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub n: usize,
    /// The number of relevant coordinates k.
    ///
    /// Default: 3.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub k: usize,
    /// The target.
    ///
    /// Default: `parity`.
    pub target: TargetKind,
    /// The hidden support S; drawn from the seeds if `None`.
    pub support: Option<Vec<usize>>,
    /// The probability of xᵢ = −1 in training; uniform inputs if `None`.
    ///
    /// Validation examples are uniform all the same, unless [`validation`](Trial::validation) is `training`; they are
    /// evaluated once the iterate has no error on its training batch.
    #[cfg_attr(feature = "sweep", schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0)))]
    pub bias: Option<f64>,
    /// A first phase with another bias; the trial may be solved within it.
    pub curriculum: Option<FirstPhase>,
    /// The architecture.
    pub learner: Learner,
    /// The initialisation.
    ///
    /// Default: `uniform`.
    pub init: Init,
    /// Other distributions of the initial values of blocks or whole layers, such as hidden.bias=uniform:1; the last one
    /// that covers a block counts.
    ///
    /// The other blocks keep the values that they have without: see [`BlockInit`].
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    #[cfg_attr(
        feature = "sweep",
        schemars(
            with = "Vec<(String, DistributionKind)>",
            extend("x-item" = "block_init", "default" = [])
        )
    )]
    pub block_inits: Vec<BlockInit>,
    /// The factor of all initial values.
    ///
    /// Those of [`block_inits`](Trial::block_inits) are multiplied, too.
    ///
    /// Default: 1.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_one"))]
    #[cfg_attr(
        feature = "sweep",
        schemars(extend("exclusiveMinimum" = 0.0, "default" = 1.0))
    )]
    pub init_scale: f64,
    /// The size c of the inputs ±c that the first layer reads, in place of ±1.
    ///
    /// With weights W, the first layer computes W (c x) + b. It is trained as cW, which reads x itself: initial values times
    /// c, and the learning rate of these weights times c² by SGD and momentum, or c by sign-sgd without a threshold, are
    /// exactly that, decays included. What is recorded or traced of these weights is cW. For other optimizers, and for the
    /// Transformer, there is no such equivalence, and an error.
    ///
    /// Default: 1.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_one"))]
    #[cfg_attr(
        feature = "sweep",
        schemars(extend("exclusiveMinimum" = 0.0, "default" = 1.0))
    )]
    pub input_scale: f64,
    /// The loss.
    ///
    /// Default: `hinge`.
    pub loss: LossKind,
    /// The batch size B.
    ///
    /// Default: 32 examples.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1), extend("x-aliases" = ["batch_size"])))]
    pub batch: usize,
    /// The optimizer.
    ///
    /// Default: `sgd`.
    pub optimizer: OptimizerKind,
    /// A filter of the gradient in front of the optimizer.
    pub filter: Option<FilterKind>,
    /// The learning rate η_t.
    ///
    /// Default: 0.1.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "schedules::schedule"))]
    #[cfg_attr(feature = "sweep", schemars(extend("x-aliases" = ["lr", "learning_rate"])))]
    pub rate: Schedule,
    /// Other learning rates for blocks or whole layers, such as output=0.01; the last one that covers a block
    /// counts.
    #[cfg_attr(feature = "serde", serde(with = "schedules::by_block"))]
    #[cfg_attr(feature = "sweep", schemars(with = "Vec<(String, Schedule)>", extend("x-item" = "block_rate")))]
    pub block_rates: Vec<BlockRate>,
    /// The weight decay λ_t.
    ///
    /// Default: 0.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "schedules::schedule"))]
    #[cfg_attr(feature = "sweep", schemars(extend("x-aliases" = ["weight_decay"])))]
    pub decay: Schedule,
    /// How the weight decay enters an update.
    ///
    /// Default: `direct`.
    pub convention: Decay,
    /// The blocks, or whole layers, that keep their initial values.
    pub frozen: Vec<String>,
    /// The probability p that a training label is flipped.
    ///
    /// Default: 0.
    #[cfg_attr(feature = "sweep", schemars(range(min = 0.0), extend("exclusiveMaximum" = 0.5)))]
    pub noise: f64,
    /// Whether training labels are coin flips, independent of the inputs: the control for progress
    /// measures. Accuracy is that on the target all the same.
    ///
    /// Default: `false`.
    pub random_labels: bool,
    /// The size m of the training sample; online training if `None`.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub samples: Option<usize>,
    /// The number of updates after which the trial counts as unsolved.
    ///
    /// Default: 100 000 updates.
    pub max_steps: u64,
    /// The clean accuracy at which it counts as solved.
    ///
    /// It stands for the single criterion `validation` of that accuracy, and other criteria take its place.
    ///
    /// Default: 1.
    #[cfg_attr(feature = "sweep", schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.5)))]
    pub target_accuracy: f64,
    /// Criteria of convergence in place of the target accuracy, such as validation:0.8, batches:0.75:12,
    /// validation-loss:0.1 or batches-loss:0.1:12.
    ///
    /// A run ends when all are met, by one iterate or by several. It counts as solved if the first one was met, at the
    /// time of that: the others change neither status nor t, only how far the run goes on. [`Outcome::times`] has the
    /// times of all.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    #[cfg_attr(feature = "sweep", schemars(extend("x-item" = "criterion", "default" = [])))]
    pub criteria: Vec<CriterionKind>,
    /// Whether to run even if no weights could reach a target accuracy of 1, to study the failure.
    ///
    /// Default: `false`.
    pub allow_unsolvable: bool,
    /// The distribution of the validation inputs, on which accuracy is judged.
    ///
    /// Default: `uniform`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_usual"))]
    #[cfg_attr(feature = "sweep", schemars(extend("default" = "uniform")))]
    pub validation: ValidationLaw,
    /// Whether to note the memorisation time, that of the first iterate without an error on the training sample.
    ///
    /// It is [`Outcome::memorised`], takes the labels as drawn, and evaluates one example more at most steps.
    ///
    /// Default: `false`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_usual"))]
    #[cfg_attr(feature = "sweep", schemars(extend("default" = false)))]
    pub memorisation: bool,
}

#[cfg(feature = "serde")]
fn is_usual<T: Default + PartialEq>(setting: &T) -> bool {
    *setting == T::default()
}

#[cfg(feature = "serde")]
fn is_one(scale: &f64) -> bool {
    *scale == 1.0
}

/// A learning rate of a block or of a whole layer.
///
/// Data holds it as a pair: `["output", 0.01]`.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockRate {
    /// The name of the block, such as `hidden.bias`, or of the layer.
    pub block: String,
    /// The learning rate.
    pub rate: Schedule,
}

impl BlockRate {
    /// The learning rate of that block or layer.
    pub fn new(block: impl Into<String>, rate: impl Into<Schedule>) -> Self {
        BlockRate {
            block: block.into(),
            rate: rate.into(),
        }
    }
}

impl Default for Trial {
    /// The (50, 3)-parity, which the paper uses most.
    fn default() -> Self {
        Trial::new(50, 3)
    }
}

impl Trial {
    /// A ReLU network of width 100 that learns a random (n, k)-parity online: hinge loss, batches
    /// of 32, SGD with η = 0.1, the packages' uniform initialisation, at most 100 000 steps.
    pub fn new(n: usize, k: usize) -> Self {
        Trial {
            n,
            k,
            target: TargetKind::Parity,
            support: None,
            bias: None,
            curriculum: None,
            learner: Learner::default(),
            init: Init::default(),
            block_inits: Vec::new(),
            init_scale: 1.0,
            input_scale: 1.0,
            loss: LossKind::Hinge,
            batch: 32,
            optimizer: OptimizerKind::Sgd,
            filter: None,
            rate: Schedule::Constant(0.1),
            block_rates: Vec::new(),
            decay: Schedule::Constant(0.0),
            convention: Decay::Direct,
            frozen: Vec::new(),
            noise: 0.0,
            random_labels: false,
            samples: None,
            max_steps: 100_000,
            target_accuracy: 1.0,
            criteria: Vec::new(),
            allow_unsolvable: false,
            validation: ValidationLaw::Uniform,
            memorisation: false,
        }
    }

    /// Runs the trial; a run that stays unsolved or diverges is an outcome like any other.
    ///
    /// # Errors
    /// Those of the constructors that the settings go to; [`Error::Mismatch`] if a given support
    /// has another size than k; [`Error::Conflict`] for settings that exclude each other;
    /// [`Error::RepeatedCriterion`] for a criterion given twice; [`Error::UnknownBlock`] for rates or initial values of
    /// a block that the model does not have, and [`Error::NoFanIn`] for initial values scaled by a fan-in that a block does
    /// not have;
    /// [`Error::Constant`] if always giving one answer would meet a criterion of accuracy.
    ///
    /// [`Error::Unsolvable`] if a validation accuracy of 1 is asked for and no weights of the network reach it,
    /// unless [`allow_unsolvable`](Trial::allow_unsolvable) is set. For a parity this is known of
    /// networks that are polynomials of a degree below k, of single neurons whose activation turns
    /// too seldom, of outputs of one sign, of k ReLUs without an output bias for k = 2 and 3, and of
    /// the disjoint-PolyNet on a parity that is not disjoint; other networks may be too small
    /// without an error.
    ///
    /// [`Error::Mismatch`]: crate::Error::Mismatch
    /// [`Error::Conflict`]: crate::Error::Conflict
    /// [`Error::RepeatedCriterion`]: crate::Error::RepeatedCriterion
    /// [`Error::UnknownBlock`]: crate::Error::UnknownBlock
    /// [`Error::NoFanIn`]: crate::Error::NoFanIn
    /// [`Error::Constant`]: crate::Error::Constant
    /// [`Error::Unsolvable`]: crate::Error::Unsolvable
    pub fn run(&self, seeds: &Seeds) -> Result<Outcome> {
        self.assemble()?.run(seeds)
    }

    /// Runs the trial with each of the seeds; the outcomes are those of [`run`](Trial::run), to the
    /// bit, in the order of the seeds.
    ///
    /// ```
    /// use sparse_parity::trial::{Learner, PolyNetSettings, Trial};
    ///
    /// let learner = Learner::PolyNet(PolyNetSettings::default());
    /// let trial = Trial { learner, ..Trial::new(12, 2) };
    /// let outcomes = trial.run_all((0..20).map(Into::into))?;
    /// assert_eq!(outcomes[7], trial.run(&7.into())?);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`run`](Trial::run); the first one ends it.
    pub fn run_all(&self, seeds: impl IntoIterator<Item = Seeds>) -> Result<Vec<Outcome>> {
        let (mut outcomes, mut error) = (Vec::new(), None);
        let mut done = |index, result| match result {
            Ok(outcome) => {
                outcomes.push((index, outcome));
                ControlFlow::Continue(())
            }
            Err(first) => {
                error = Some(first);
                ControlFlow::Break(())
            }
        };
        self.run_each(&AtomicBool::new(false), &mut seeds.into_iter(), &mut done);
        match error {
            Some(error) => Err(error),
            None => {
                outcomes.sort_by_key(|(index, _)| *index);
                Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
            }
        }
    }

    /// Runs the trial with each of the seeds and hands every outcome to `done` when it is there, with the
    /// number of its seed, counted from 0; `done` says whether to go on.
    ///
    /// On one thread. Trials of tiny networks, a [`Learner::PolyNet`] or a [`Learner::Mlp`] of a few
    /// neurons, that learn by plain SGD without label noise up to the accuracy of 1 run in *lockstep*, one in each of sixteen SIMD
    /// lanes, and when one has ended the next takes its lane. So the outcomes come in any order, but each
    /// is that of [`run`](Trial::run), to the bit, and seeds are taken only as they are needed.
    ///
    /// Once somebody sets `stop`, runs that have not ended are given up before their next update, without
    /// a call of `done`.
    pub fn run_each(
        &self,
        stop: &AtomicBool,
        seeds: &mut dyn Iterator<Item = Seeds>,
        done: &mut dyn FnMut(usize, Result<Outcome>) -> ControlFlow<()>,
    ) {
        match self.assemble() {
            Ok(assembly) => assembly.run_each(stop, seeds, done),
            // No seed has a model.
            Err(error) => {
                let _ = seeds.next().map(|_| done(0, Err(error)));
            }
        }
    }
}

#[cfg(feature = "serde")]
impl Experiment for Trial {
    type Outcome = Outcome;
    const NAME: &'static str = "trial";
    const REVISION: u32 = REVISION;

    /// 2 for the networks whose layers behind the first are products of real matrices, since these are fused.
    fn revision(&self) -> u32 {
        match self.learner {
            Learner::Mlp(_) | Learner::PolyNet(_) | Learner::DisjointPolyNet(_) => REVISION,
            Learner::DeepMlp(_) | Learner::Transformer(_) => 2,
        }
    }

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Outcome>> {
        self.assemble()?.run_until(seeds, stop)
    }

    fn run_each(
        &self,
        stop: &AtomicBool,
        seeds: &mut dyn Iterator<Item = Seeds>,
        done: &mut dyn FnMut(usize, Result<Outcome>) -> ControlFlow<()>,
    ) {
        Trial::run_each(self, stop, seeds, done);
    }

    fn record_until(
        &self,
        seeds: &Seeds,
        recording: &Recording,
        stop: &AtomicBool,
    ) -> Result<Option<(Outcome, Table)>> {
        let recorded = self.assemble()?.record_until(seeds, recording, stop)?;
        Ok(recorded.map(|recorded| (recorded.outcome, recorded.table)))
    }

    fn check_recording(&self, recording: &Recording) -> Result<()> {
        self.assemble()?.check_recording(recording)
    }

    fn memory(&self) -> Result<u64> {
        Trial::memory(self)
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.max_steps)
    }

    fn budget_setting() -> Option<&'static str> {
        Some("max_steps")
    }

    fn holds_with(outcome: &Outcome, budget: u64) -> bool {
        Trial::ended_within(outcome, budget)
    }

    fn check_outcome(&self, outcome: &Outcome) -> Result<()> {
        self.check(outcome)
    }

    fn work(outcome: &Outcome) -> Option<u64> {
        Some(outcome.steps)
    }

    fn time(outcome: &Outcome) -> Option<Time> {
        Some(outcome.time())
    }

    #[cfg(feature = "sweep")]
    fn schema() -> crate::schema::Schema {
        let labels = "The label of a network of the paper, i to xv, *i, *ii or *iii, with its optimizer and \
                      learning rate";
        crate::schema::Schema::of::<Trial>().with("setting", labels)
    }

    fn labelled(name: &str, size: &dyn Fn(&str) -> Option<usize>) -> Option<Result<Self>> {
        let usual = Trial::default();
        let (n, k) = (size("n").unwrap_or(usual.n), size("k").unwrap_or(usual.k));
        Some(Setting::from_label(name).map(|setting| setting.trial(n, k)))
    }

    fn label(&self) -> Option<Label> {
        let setting = Setting::of(self)?;
        Some(Label {
            text: setting.label().into(),
            covers: &["learner", "optimizer"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick() -> Trial {
        Trial {
            max_steps: 5000,
            ..Trial::new(10, 2)
        }
    }

    fn mlp(activation: ActivationKind, width: usize, output_layer: bool) -> Learner {
        Learner::Mlp(MlpSettings {
            width,
            activation,
            output_layer,
            ..MlpSettings::default()
        })
    }

    #[cfg(feature = "serde")]
    #[test]
    fn unusual_settings_are_kept() {
        let trial = Trial {
            memorisation: true,
            ..quick()
        };
        let text = serde_json::to_string(&trial).unwrap();
        assert_eq!(serde_json::from_str::<Trial>(&text).unwrap(), trial);
    }

    #[test]
    fn every_learner_recovers_the_support_that_it_learns() {
        // Fixed seed: each of these was solved by 5 of 5 seeds when the test was written.
        let sine = mlp(ActivationKind::Sine, 1, false);
        let cubic = mlp(ActivationKind::Power, 20, true);
        let relu = mlp(ActivationKind::Relu, 30, true);
        let product = Learner::PolyNet(PolyNetSettings::default());
        for learner in [sine, cubic, relu, product] {
            let trial = Trial {
                learner,
                rate: 0.05.into(),
                ..quick()
            };
            let outcome = trial.run(&3.into()).unwrap();
            assert_eq!(outcome.status, Status::Solved, "{trial:?}");
            assert_eq!(outcome.t, Some(outcome.steps));
            assert_eq!(outcome.recovered, outcome.support);
            assert_eq!(outcome.final_accuracy, 1.0);
            assert_eq!(trial.run(&3.into()).unwrap(), outcome);
        }
    }

    #[test]
    fn unsolved_and_diverged_runs_are_outcomes() {
        let short = Trial {
            max_steps: 3,
            ..quick()
        };
        let outcome = short.run(&1.into()).unwrap();
        assert_eq!((outcome.status, outcome.t), (Status::Unsolved, None));
        assert_eq!(outcome.steps, 3);
        let wild = Trial {
            learner: mlp(ActivationKind::Power, 20, true),
            loss: LossKind::Square,
            rate: 1e6.into(),
            ..quick()
        };
        let outcome = wild.run(&1.into()).unwrap();
        assert_eq!((outcome.status, outcome.t), (Status::Diverged, None));
        assert!(outcome.steps < 100, "{outcome:?}");
    }

    #[test]
    fn fixed_biases_keep_their_values() {
        let biases = |biases| {
            let learner = Learner::Mlp(MlpSettings {
                width: 30,
                output_bias: true,
                biases,
                ..MlpSettings::default()
            });
            Trial { learner, ..quick() }.run(&1.into()).unwrap()
        };
        // The three runs differ, so each switch reaches the network.
        let runs = [Biases::Trained, Biases::Fixed, Biases::None].map(biases);
        assert!(runs[0] != runs[1] && runs[1] != runs[2] && runs[0] != runs[2]);
    }

    #[test]
    fn settings_that_do_not_fit_are_errors() {
        let told = |trial: Trial| trial.run(&1.into()).unwrap_err().to_string();
        let support = Some(vec![1, 2, 3]);
        assert!(told(Trial { support, ..quick() }).contains("the size of the support is 3"));
        assert!(
            told(Trial {
                batch: 0,
                ..quick()
            })
            .contains("the batch size is 0")
        );
        assert!(
            told(Trial {
                rate: (-1.0).into(),
                ..quick()
            })
            .contains("the learning rate = -1")
        );
        assert!(
            told(Trial {
                noise: 0.5,
                ..quick()
            })
            .contains("p = 0.5")
        );
        assert!(told(Trial { k: 0, ..quick() }).contains("k = 0"));
        let target_accuracy = 0.5;
        assert!(
            told(Trial {
                target_accuracy,
                ..quick()
            })
            .contains("0.5 is not in")
        );
    }

    #[test]
    #[cfg(feature = "serde")]
    fn settings_and_outcomes_are_data() {
        let trial = quick();
        let text = serde_json::to_string(&trial).unwrap();
        assert_eq!(serde_json::from_str::<Trial>(&text).unwrap(), trial);
        for (word, typo) in [("max_steps", "max_step"), ("width", "with")] {
            assert!(serde_json::from_str::<Trial>(&text.replace(word, typo)).is_err());
        }
        let short = r#"{"n":10,"k":2,"max_steps":5000}"#;
        assert_eq!(serde_json::from_str::<Trial>(short).unwrap(), trial);
        let special = Trial {
            curriculum: Some(FirstPhase {
                bias: 0.1,
                steps: 20,
            }),
            optimizer: OptimizerKind::Momentum {
                momentum: 0.9,
                nesterov: true,
            },
            block_rates: vec![BlockRate::new("output", 0.01)],
            frozen: vec!["hidden.bias".into()],
            support: Some(vec![1, 2]),
            ..quick()
        };
        let text = toml::to_string(&special).unwrap();
        assert_eq!(toml::from_str::<Trial>(&text).unwrap(), special);
        let outcome = trial.run(&3.into()).unwrap();
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
    }
}
