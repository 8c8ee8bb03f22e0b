//! The training loop, one step at a time or to a stop.

#[cfg(feature = "serde")]
mod checkpoint;
mod snapshot;
mod stop;

#[cfg(feature = "serde")]
pub use checkpoint::Persist;
pub use snapshot::{Observer, Snapshot};
pub use stop::Stop;

use crate::data::{Batch, BatchStream};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;
use crate::params::Params;
use crate::real::Real;
use ndarray::Array1;
use std::fmt;
use std::ops::ControlFlow;

/// A run: it draws batches, follows the gradient and shows every iterate to an observer.
///
/// One step is
///
/// ```text
/// (x, y) ~ D        g = ∇θ mean ℓ(y, f(x; θ))        θ ← (1 − λ_t) θ − η_t g
/// ```
///
/// Observers look between gradient and update, so that output, loss and gradient belong to the
/// very θ shown, and `step` is the number of updates behind it. Observing never changes a run: an
/// iterate that was looked at, by an observer that stopped the run or at the end of a budget,
/// keeps its batch and gradient, and the next step goes on from there.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let parity = ParityDistribution::random(12, 2, &mut seeds.stream(Purpose::Support))?;
/// let model = Mlp::new(12, 30, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let mut solved = Convergence::new(&model, parity.parity(), &seeds)?;
/// let mut trainer = Trainer::new(model, Hinge, Online::new(parity, &seeds), sgd, theta, 32)?;
/// assert!(matches!(trainer.run(10_000, &mut solved), Stop::Solved { .. }));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct Trainer<F: Real, M: Model<F>, L, S, O> {
    model: M,
    loss: L,
    stream: S,
    optimizer: O,
    theta: Params<F>,
    grad: Params<F>,
    batch: Batch<F>,
    cache: M::Cache,
    out: Array1<F>,
    d_out: Array1<F>,
    batch_loss: F,
    step: u64,
    /// Whether batch, output, loss and gradient belong to `theta`.
    evaluated: bool,
}

impl<F, M, L, S, O> Trainer<F, M, L, S, O>
where
    F: Real,
    M: Model<F>,
    L: Loss<F>,
    S: BatchStream<F>,
    O: Optimizer<F>,
{
    /// A run from `theta` with batches of `batch` examples.
    ///
    /// # Errors
    /// [`Error::Zero`] if the batch size is 0, [`Error::Mismatch`] if model and stream differ in
    /// dimension, [`Error::ForeignParams`] if `theta` or the optimizer was made for another model,
    /// [`Error::TooLarge`] for batches beyond any memory.
    pub fn new(
        model: M,
        loss: L,
        stream: S,
        optimizer: O,
        theta: Params<F>,
        batch: usize,
    ) -> Result<Self> {
        crate::error::positive("the batch size", batch)?;
        if stream.dim() != model.dim() {
            return Err(Error::Mismatch {
                what: "the dimension n of the data",
                expected: model.dim(),
                found: stream.dim(),
                repair: "build model and data for the same n",
            });
        }
        theta.belongs_to(model.layout())?;
        optimizer.fits(model.layout())?;
        let what = "the batch size times the activations of an example";
        crate::error::product(what, batch, model.activations())?;
        Ok(Trainer {
            grad: Params::zeros(model.layout()),
            batch: Batch::new(batch, model.dim())?,
            cache: model.cache(batch),
            out: Array1::zeros(batch),
            d_out: Array1::zeros(batch),
            batch_loss: F::zero(),
            step: 0,
            evaluated: false,
            model,
            loss,
            stream,
            optimizer,
            theta,
        })
    }

    /// Shows the iterate to `observer` and, unless that ends the run, makes one update.
    pub fn step(&mut self, observer: &mut impl Observer<F, M>) -> ControlFlow<Stop> {
        self.show(observer)?;
        self.optimizer.step(self.step, &mut self.theta, &self.grad);
        self.step += 1;
        self.evaluated = false;
        ControlFlow::Continue(())
    }

    /// Makes up to `steps` further updates and says why it ended.
    ///
    /// Of a run that ends with its budget, the observer sees the last iterate too: θ_0, …, θ_T. A
    /// further `run` begins with that iterate, so its observer is shown θ_T again.
    pub fn run(&mut self, steps: u64, mut observer: impl Observer<F, M>) -> Stop {
        for _ in 0..steps {
            if let ControlFlow::Break(stop) = self.step(&mut observer) {
                return stop;
            }
        }
        match self.show(&mut observer) {
            ControlFlow::Break(stop) => stop,
            ControlFlow::Continue(()) => Stop::Budget,
        }
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The parameters θ_t.
    pub fn theta(&self) -> &Params<F> {
        &self.theta
    }

    /// The number t of updates made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The source of the batches.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// What the observers were shown last, if no update was made since.
    ///
    /// After [`run`](Trainer::run) this is the iterate at which the run ended.
    pub fn snapshot(&self) -> Option<Snapshot<'_, F, M>> {
        self.evaluated.then(|| Snapshot {
            step: self.step,
            loss: self.batch_loss,
            model: &self.model,
            theta: &self.theta,
            grad: &self.grad,
            batch: &self.batch,
            out: &self.out,
        })
    }

    fn show(&mut self, observer: &mut impl Observer<F, M>) -> ControlFlow<Stop> {
        if !self.evaluated {
            self.stream.fill(&mut self.batch);
            self.evaluate();
        }
        let finite = |value: &F| value.is_finite();
        if !(finite(&self.batch_loss) && self.out.iter().all(finite)) {
            return ControlFlow::Break(Stop::Diverged { step: self.step });
        }
        match self.snapshot() {
            Some(snapshot) => observer.observe(&snapshot),
            None => unreachable!("the iterate was just evaluated"),
        }
    }

    /// Output, loss and gradient at θ on the batch.
    fn evaluate(&mut self) {
        let Batch { x, y } = &self.batch;
        self.model
            .forward(&self.theta, x, &mut self.cache, &mut self.out);
        self.batch_loss = self.loss.mean(y, &self.out);
        self.loss.mean_grad(y, &self.out, &mut self.d_out);
        self.grad.fill(F::zero());
        self.model
            .grad(&self.theta, x, &mut self.cache, &self.d_out, &mut self.grad);
        self.evaluated = true;
    }
}

impl<F: Real, M: Model<F>, L: fmt::Debug, S, O> fmt::Debug for Trainer<F, M, L, S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("model", &self.model)
            .field("loss", &self.loss)
            .field("batch", &self.batch.len())
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
