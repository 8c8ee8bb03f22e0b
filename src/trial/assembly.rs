//! The parts of a trial, made of its settings or given.

use super::own_examples::OwnExamples;
use super::recording::Watch;
use super::runs::{Run, Runs};
use super::task::Task;
use super::{BlockRate, FilterKind, Outcome, Recorded, Recording, Trial};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::model::{AnyModel, Architecture};
use crate::optim::{Filtered, Optimizer, Rule, Rules, Schedule};
use crate::params::{Layout, covers};
use crate::seeds::Seeds;
use crate::train::Observer;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A [`Trial`] with its model, loss and optimizer, any of which may be one of your own.
///
/// Everything else is as the trial says: target, inputs, batches, rates and decays, criterion and budget.
/// Runs are judged, recorded and made side by side as those of a trial are.
///
/// ```
/// use sparse_parity::model::AnyModel;
/// use sparse_parity::prelude::*;
/// use sparse_parity::trial::{Status, Trial};
///
/// /// ln(1 + (1 − yf)²) where the margin yf is below 1.
/// #[derive(Debug)]
/// struct LogHinge;
///
/// impl<F: Real> Loss<F> for LogHinge {
///     fn value(&self, y: F, f: F) -> F {
///         let short = (F::one() - y * f).max(F::zero());
///         if f.is_nan() { f } else { (short * short).portable_ln_1p() }
///     }
///     fn slope(&self, y: F, f: F) -> F {
///         let short = (F::one() - y * f).max(F::zero());
///         -y * (short + short) / (F::one() + short * short)
///     }
/// #   fn identity(&self) -> String { "log hinge".into() }
/// }
///
/// let trial = Trial { rate: 0.02.into(), ..Trial::new(12, 2) };
/// let network = AnyModel::new(PolyNet::new(12, 2)?);
/// let run = trial.assemble()?.with_model(network)?.with_loss(LogHinge);
/// assert_eq!(run.run(&1.into())?.status, Status::Solved);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone)]
pub struct Assembly {
    pub(super) trial: Trial,
    pub(super) model: AnyModel<f32>,
    /// Whether the model is not the trial's.
    pub(super) has_own_model: bool,
    /// Examples that are given and not drawn.
    pub(super) examples: Option<Arc<OwnExamples>>,
    loss: Option<Arc<dyn Loss<f32>>>,
    optimizer: Option<OwnOptimizer>,
}

/// An optimizer that is not the trial's.
#[derive(Clone)]
struct OwnOptimizer {
    /// How many numbers it keeps for each parameter.
    state: usize,
    build: Arc<Build>,
}

type Build = dyn Fn(&Arc<Layout>, Rules) -> Result<Box<dyn Optimizer<f32>>> + Send + Sync;

impl Trial {
    /// The trial with its parts, to be run or to be given others.
    ///
    /// # Errors
    /// Those of [`Learner::model`](super::Learner::model).
    pub fn assemble(&self) -> Result<Assembly> {
        Ok(Assembly {
            model: self.learner.model(self.n, self.k, self.init)?,
            trial: self.clone(),
            has_own_model: false,
            examples: None,
            loss: None,
            optimizer: None,
        })
    }
}

impl Assembly {
    /// The same with another model; the trial's learner and initialisation do not count, but
    /// [`block_inits`](Trial::block_inits) do.
    ///
    /// Whether its parameters can solve the trial is not checked.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if it is for another number of coordinates.
    pub fn with_model(self, model: AnyModel<f32>) -> Result<Self> {
        if model.dim() != self.trial.n {
            return Err(Error::Mismatch {
                what: "the dimension n of the model",
                expected: self.trial.n,
                found: model.dim(),
                repair: "build it for the n of the trial",
            });
        }
        Ok(Assembly {
            model,
            has_own_model: true,
            ..self
        })
    }

    /// The same with another loss.
    #[must_use]
    pub fn with_loss(self, loss: impl Loss<f32> + 'static) -> Self {
        let loss: Option<Arc<dyn Loss<f32>>> = Some(Arc::new(loss));
        Assembly { loss, ..self }
    }

    /// The same with another optimizer, made anew for every run by `build`.
    ///
    /// `build` gets the layout of the model and the trial's rules: rates, decays and frozen blocks. The
    /// trial's gradient filter stands in front of the optimizer. `state` is how many numbers the optimizer
    /// keeps for each parameter, by which the memory of a run is estimated.
    #[must_use]
    pub fn with_optimizer<O: Optimizer<f32> + 'static>(
        self,
        state: usize,
        build: impl Fn(&Arc<Layout>, Rules) -> Result<O> + Send + Sync + 'static,
    ) -> Self {
        let build = move |layout: &Arc<Layout>, rules: Rules| {
            let optimizer: Box<dyn Optimizer<f32>> = Box::new(build(layout, rules)?);
            Ok(optimizer)
        };
        let build = Arc::new(build);
        Assembly {
            optimizer: Some(OwnOptimizer { state, build }),
            ..self
        }
    }

    /// The trial.
    pub fn trial(&self) -> &Trial {
        &self.trial
    }

    /// The model.
    pub fn model(&self) -> &AnyModel<f32> {
        &self.model
    }

    /// Makes one run: see [`Trial::run`].
    ///
    /// # Errors
    /// Those of [`Trial::run`], and of the optimizer's `build`.
    pub fn run(&self, seeds: &Seeds) -> Result<Outcome> {
        let outcome = self.run_until(seeds, &AtomicBool::new(false))?;
        Ok(outcome.expect("a run that nobody stops has an outcome"))
    }

    /// The same, until somebody sets `stop`; `None` if that was before the end.
    ///
    /// # Errors
    /// Those of [`run`](Assembly::run).
    pub fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Outcome>> {
        let run = Run::begin(self, seeds)?;
        run.finish(self, &mut Watch::none(stop))
    }

    /// Makes a run with each of the seeds: see [`Trial::run_each`].
    pub fn run_each(
        &self,
        stop: &AtomicBool,
        seeds: &mut dyn Iterator<Item = Seeds>,
        done: &mut dyn FnMut(usize, Result<Outcome>) -> ControlFlow<()>,
    ) {
        let mut seeds = seeds.enumerate();
        let Some(first) = seeds.next() else {
            return;
        };
        let runs = Runs {
            assembly: self,
            stop,
            seeds: &mut std::iter::once(first).chain(seeds),
            done,
        };
        if let Err(error) = runs.make() {
            // No seed has an optimizer.
            let _ = done(0, Err(error));
        }
    }

    /// Makes a run and records measures along the way: see [`Trial::record`].
    ///
    /// # Errors
    /// Those of [`Trial::record`], and of the optimizer's `build`.
    pub fn record(&self, seeds: &Seeds, recording: &Recording) -> Result<Recorded> {
        let recorded = self.record_until(seeds, recording, &AtomicBool::new(false))?;
        Ok(recorded.expect("a run that nobody stops has an outcome"))
    }

    /// The same, until somebody sets `stop`; `None` if that was before the end.
    ///
    /// # Errors
    /// Those of [`record`](Assembly::record).
    pub fn record_until(
        &self,
        seeds: &Seeds,
        recording: &Recording,
        stop: &AtomicBool,
    ) -> Result<Option<Recorded>> {
        let run = Run::begin(self, seeds)?;
        let mut watch = Watch::new(recording, self, &run, stop)?;
        let outcome = run.finish(self, &mut watch)?;
        Ok(outcome.map(|outcome| watch.recorded(outcome)))
    }

    /// Makes a run and shows every iterate to `observer`, which may give it up.
    ///
    /// Observers do not change the outcome, as long as they let the run go on: one that ends it makes it
    /// unsolved.
    ///
    /// # Errors
    /// Those of [`run`](Assembly::run).
    pub fn observe(
        &self,
        seeds: &Seeds,
        observer: &mut dyn Observer<f32, AnyModel<f32>>,
    ) -> Result<Outcome> {
        let outcome = self.observe_until(seeds, &AtomicBool::new(false), observer)?;
        Ok(outcome.expect("a run that nobody stops has an outcome"))
    }

    /// The same, until somebody sets `stop`; `None` if that was before the end.
    ///
    /// # Errors
    /// Those of [`run`](Assembly::run).
    pub fn observe_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
        observer: &mut dyn Observer<f32, AnyModel<f32>>,
    ) -> Result<Option<Outcome>> {
        let run = Run::begin(self, seeds)?;
        run.finish(self, &mut Watch::by(observer, stop))
    }

    /// The hidden support of the run with these seeds, ascending; of several tasks, all that are relevant. With examples of
    /// one's own it is the support that the trial states, or empty.
    ///
    /// # Errors
    /// Those of [`run`](Assembly::run) that come from the target.
    pub fn support(&self, seeds: &Seeds) -> Result<Vec<usize>> {
        match self.examples {
            Some(_) => Ok(self.trial.stated_support()),
            None => Ok(Task::of(&self.trial, seeds)?.target.support()),
        }
    }

    /// An upper estimate of the bytes of memory that a thread needs: see [`Trial::memory`].
    ///
    /// # Errors
    /// Those of [`Trial::memory`], and of the optimizer's `build` for runs that would go in lockstep.
    pub fn memory(&self) -> Result<u64> {
        super::memory::of(self)
    }

    /// How many numbers an optimizer of one's own keeps for each parameter.
    pub(super) fn own_state(&self) -> Option<usize> {
        self.optimizer.as_ref().map(|own| own.state)
    }

    pub(super) fn loss(&self) -> Arc<dyn Loss<f32>> {
        match &self.loss {
            Some(loss) => Arc::clone(loss),
            None => Arc::from(self.trial.loss.boxed()),
        }
    }

    /// Refuses an optimizer of the trial that cannot be built, without the memory that it takes.
    pub(super) fn check_optimizer(&self) -> Result<()> {
        if self.optimizer.is_none() {
            let layout = self.model.layout();
            self.trial.optimizer.check(layout, self.rules()?)?;
        }
        self.trial.filter.map_or(Ok(()), FilterKind::check)
    }

    /// A new optimizer.
    pub(super) fn optimizer(&self) -> Result<Box<dyn Optimizer<f32>>> {
        let (trial, layout) = (&self.trial, self.model.layout());
        let optimizer = match &self.optimizer {
            Some(own) => (own.build)(layout, self.rules()?)?,
            None => trial.optimizer.boxed(layout, self.rules()?)?,
        };
        Ok(match trial.filter {
            None => optimizer,
            Some(filter) => Box::new(Filtered::new(filter.boxed(layout)?, optimizer)),
        })
    }

    /// The rates, decays and frozen blocks of the trial.
    fn rules(&self) -> Result<Rules> {
        let trial = &self.trial;
        let rule = |rate: &Schedule| {
            let rule = Rule::rate(rate.clone());
            rule.with_decay(trial.decay.clone()).by(trial.convention)
        };
        let mut rules = Rules::from(rule(&trial.rate));
        for BlockRate { block, rate } in &trial.block_rates {
            rules = rules.on(block, rule(rate));
        }
        if let Some(scale) = self.input_scale()? {
            let mut own = trial.block_rates.iter().rev();
            let own = own.find(|own| covers(&own.block, scale.block));
            let rate = own.map_or(&trial.rate, |own| &own.rate);
            rules = rules.on(scale.block, scale.rule(&rule(rate)));
        }
        let fixed = match self.has_own_model {
            true => Vec::new(),
            false => trial.learner.fixed_blocks(),
        };
        for block in fixed.iter().chain(&trial.frozen) {
            rules = rules.on(block, Rule::frozen());
        }
        Ok(rules)
    }
}

impl fmt::Debug for Assembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assembly")
            .field("trial", &self.trial)
            .field("model", &self.model)
            .field("loss", &self.loss())
            .field("has_own_optimizer", &self.optimizer.is_some())
            .field("has_own_examples", &self.examples.is_some())
            .finish()
    }
}
