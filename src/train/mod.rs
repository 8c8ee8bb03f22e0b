//! The training loop, one step at a time or to a stop.

mod accumulator;
mod cancelled;
mod change;
#[cfg(feature = "serde")]
mod checkpoint;
#[cfg(feature = "serde")]
mod difference;
#[cfg(feature = "flow")]
mod flow;
mod observer;
mod parts;
#[cfg(feature = "serde")]
mod persist;
mod population;
mod snapshot;
mod stop;

pub use accumulator::GradientAccumulator;
pub use cancelled::Cancelled;
#[cfg(feature = "flow")]
pub use flow::{FlowTrainer, Flowed};
pub use observer::{Observer, ObserverFn, observer_fn};
pub use parts::Parts;
#[cfg(feature = "serde")]
pub use persist::Persist;
pub use population::PopulationTrainer;
pub use snapshot::{Outputs, Snapshot};
pub use stop::Stop;

use crate::data::{Batch, BatchStream};
use crate::error::Result;
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;
use crate::params::{Descent, Params};
use crate::real::{Real, sum_of};
use crate::signs::Signs;
use ndarray::{Array1, s};
use snapshot::Backward;
use std::cell::{Cell, OnceCell};
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
/// Model and loss can be read but not changed. The run may go on [from another θ](Trainer::set_theta), by [other
/// rules](Trainer::set_rules), [with another optimizer](Trainer::with_optimizer) or [stream](Trainer::with_stream), or be
/// taken [apart](Trainer::into_parts).
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
    /// The examples that are worked on, if that is not the whole batch.
    part: Option<Signs>,
    cache: M::Cache,
    out: Array1<F>,
    d_out: Array1<F>,
    batch_loss: F,
    step: u64,
    /// A hash of θ_0, by which a checkpoint knows its run.
    origin: u64,
    /// What is computed at `theta`.
    stage: Stage,
    /// The update, if it is plain descent.
    descent: Descent,
}

/// How far the work at an iterate has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The batch is not drawn.
    Undrawn,
    /// Batch, outputs and loss are there.
    Forward,
    /// The gradient is there, too.
    Backward,
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
    ///
    /// [`Error::Zero`]: crate::Error::Zero
    /// [`Error::Mismatch`]: crate::Error::Mismatch
    /// [`Error::ForeignParams`]: crate::Error::ForeignParams
    /// [`Error::TooLarge`]: crate::Error::TooLarge
    pub fn new(
        model: M,
        loss: L,
        stream: S,
        optimizer: O,
        theta: Params<F>,
        batch: usize,
    ) -> Result<Self> {
        crate::error::positive("the batch size", batch)?;
        parts::same_dim(model.dim(), stream.dim())?;
        theta.belongs_to(model.layout())?;
        optimizer.fits(model.layout())?;
        let what = "the batch size times the activations of an example";
        crate::error::product(what, batch, model.activations())?;
        let part = crate::error::positive("the number of rows at once", model.rows_at_once())?;
        let part = part.min(batch);
        let signs = (part < batch).then(|| Signs::ones(part, model.dim()));
        Ok(Trainer {
            grad: Params::zeros(model.layout()),
            batch: Batch::new(batch, model.dim())?,
            part: signs.transpose()?,
            cache: model.cache(part),
            out: Array1::zeros(batch),
            d_out: Array1::zeros(batch),
            batch_loss: F::zero(),
            step: 0,
            origin: theta.digest(),
            stage: Stage::Undrawn,
            descent: Descent::default(),
            model,
            loss,
            stream,
            optimizer,
            theta,
        })
    }

    /// The same run, its θ being that after `steps` updates.
    pub(crate) fn after(self, step: u64) -> Self {
        Trainer { step, ..self }
    }

    /// Shows the iterate to `observer` and, unless that ends the run, makes one update.
    pub fn step(&mut self, observer: &mut impl Observer<F, M>) -> ControlFlow<Stop> {
        self.show(observer)?;
        self.update();
        self.step += 1;
        self.stage = Stage::Undrawn;
        ControlFlow::Continue(())
    }

    /// Makes up to `steps` further updates and returns why the run ended.
    ///
    /// # Panics
    /// If a stream of one's own gives batches of another shape.
    ///
    /// Of a run that ends with its budget, the observer sees the last iterate too: θ_0, …, θ_T. A
    /// further `run` begins with that iterate, so its observer is shown θ_T again.
    /// The observer's [`end`](Observer::end) is called once, with the result.
    pub fn run(&mut self, steps: u64, mut observer: impl Observer<F, M>) -> Stop {
        let stop = match self.advance(steps, &mut observer) {
            ControlFlow::Break(stop) => stop,
            ControlFlow::Continue(()) => Stop::Budget,
        };
        observer.end(&stop);
        stop
    }

    /// Makes `steps` updates unless the run ends before, and shows the last iterate.
    fn advance(&mut self, steps: u64, observer: &mut impl Observer<F, M>) -> ControlFlow<Stop> {
        for _ in 0..steps {
            self.step(observer)?;
        }
        self.show(observer)?;
        self.complete();
        ControlFlow::Continue(())
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

    /// The loss.
    pub fn loss(&self) -> &L {
        &self.loss
    }

    /// The source of the batches.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The optimizer.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// What the observers were shown last, if no update was made since.
    ///
    /// After [`run`](Trainer::run) this is the iterate at which the run ended.
    pub fn snapshot(&self) -> Option<Snapshot<'_, F, M>> {
        (self.stage == Stage::Backward).then(|| Snapshot {
            step: self.step,
            time: self.step as f64,
            loss: self.batch_loss.as_f64(),
            model: &self.model,
            theta: &self.theta,
            outputs: Some(Outputs {
                batch: &self.batch,
                out: &self.out,
            }),
            grad: OnceCell::from(&self.grad),
            backward: Cell::new(None),
        })
    }

    /// Shows the iterate; of one at which the run ends, everything is computed.
    fn show(&mut self, observer: &mut impl Observer<F, M>) -> ControlFlow<Stop> {
        if self.stage == Stage::Undrawn {
            self.stream.fill(&mut self.batch);
            self.check_batch();
            self.evaluate();
        }
        // An output that is not finite shows in the sum, so there is no need to look at each.
        let zeros = self
            .out
            .as_slice()
            .map(|out| sum_of(out, out, |f, _| f * F::zero()));
        let flow = if self.batch_loss.is_finite() && zeros.is_none_or(|sum| sum == F::zero()) {
            self.observe(observer)
        } else {
            ControlFlow::Break(Stop::Diverged { step: self.step })
        };
        if flow.is_break() {
            self.complete();
        }
        flow
    }

    /// A stream of one's own may give another batch than it was handed.
    fn check_batch(&self) {
        let Batch { x, y } = &self.batch;
        let (size, n) = (self.out.len(), self.model.dim());
        assert!(
            (x.rows(), x.dim(), y.len()) == (size, n, size),
            "the stream gave {} inputs with n = {} coordinates and {} labels, and the run has batches of B = {size} \
             with n = {n}; fill the batch that is handed over, as it is",
            x.rows(),
            x.dim(),
            y.len(),
        );
    }

    fn observe(&mut self, observer: &mut impl Observer<F, M>) -> ControlFlow<Stop> {
        let (grad, backward) = match self.stage {
            Stage::Backward => (OnceCell::from(&self.grad), None),
            _ => {
                let backward = Backward {
                    cache: &mut self.cache,
                    batch: &self.batch,
                    d_out: &self.d_out,
                    into: &mut self.grad,
                };
                (OnceCell::new(), Some(backward))
            }
        };
        let snapshot = Snapshot {
            step: self.step,
            time: self.step as f64,
            loss: self.batch_loss.as_f64(),
            model: &self.model,
            theta: &self.theta,
            outputs: Some(Outputs {
                batch: &self.batch,
                out: &self.out,
            }),
            grad,
            backward: Cell::new(backward),
        };
        let flow = observer.observe(&snapshot);
        if snapshot.grad.get().is_some() {
            self.stage = Stage::Backward;
        }
        flow
    }

    /// Output and loss at θ on the batch; of a batch that is worked on in parts, the gradient, too.
    fn evaluate(&mut self) {
        let Batch { x, y } = &self.batch;
        match &mut self.part {
            None => {
                self.model
                    .forward(&self.theta, x, &mut self.cache, &mut self.out);
                self.loss.mean_grad(y, &self.out, &mut self.d_out);
                self.stage = Stage::Forward;
            }
            Some(part) => {
                let (size, share) = (self.model.rows_at_once(), F::one() / F::of(y.len() as f64));
                self.grad.fill(F::zero());
                for start in (0..x.rows()).step_by(size) {
                    let rows = start..x.rows().min(start + size);
                    let mut out = self.out.slice_mut(s![rows.clone()]);
                    let mut d_out = self.d_out.slice_mut(s![rows.clone()]);
                    let y = y.slice(s![rows.clone()]);
                    part.gather(x, rows);
                    let (theta, cache, grad) = (&self.theta, &mut self.cache, &mut self.grad);
                    self.model.forward(theta, part, cache, &mut out);
                    self.loss.slopes(&y, &out, share, &mut d_out);
                    self.model.grad(theta, part, cache, &d_out, grad);
                }
                self.stage = Stage::Backward;
            }
        }
        self.batch_loss = self.loss.mean(y, &self.out);
    }

    /// The gradient at θ on the batch, if it is not there.
    fn complete(&mut self) {
        if self.stage == Stage::Forward {
            let (theta, x) = (&self.theta, &self.batch.x);
            self.grad.fill(F::zero());
            self.model
                .grad(theta, x, &mut self.cache, &self.d_out, &mut self.grad);
            self.stage = Stage::Backward;
        }
    }

    fn update(&mut self) {
        match (self.optimizer.fused(), self.model.fused()) {
            (Some(update), Some(model)) if self.stage == Stage::Forward => {
                update.descent(self.step, &mut self.descent);
                model.descend(
                    &mut self.theta,
                    &self.batch.x,
                    &mut self.cache,
                    &self.d_out,
                    &self.descent,
                    &mut self.grad,
                );
            }
            _ => {
                self.complete();
                self.optimizer.step(self.step, &mut self.theta, &self.grad);
            }
        }
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
