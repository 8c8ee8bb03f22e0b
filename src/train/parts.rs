use super::{Stage, Trainer};
use crate::data::{Batch, BatchStream};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::optim::Optimizer;
use crate::params::Params;
use crate::real::Real;
use std::fmt;

/// The parts of a [`Trainer`], at the point that its run has reached.
#[non_exhaustive]
pub struct Parts<F: Real, M, L, S, O> {
    /// The model.
    pub model: M,
    /// The loss.
    pub loss: L,
    /// The source of the batches.
    pub stream: S,
    /// The optimizer.
    pub optimizer: O,
    /// The parameters θ_t.
    pub theta: Params<F>,
    /// The number t of updates behind θ_t.
    pub steps: u64,
    /// The batch that the stream gave for θ_t, if it gave one: no update was made with it.
    pub batch: Option<Batch<F>>,
}

impl<F: Real, M: Model<F>, L, S, O> Trainer<F, M, L, S, O> {
    /// The parts of the run, to be used elsewhere.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let seeds = Seeds::from(1);
    /// let model = PolyNet::new(20, 3)?;
    /// let stream = Online::new(ParityDistribution::new(20, &[1, 2, 3])?, &seeds);
    /// let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    /// let sgd = Sgd::new(model.layout(), Rule::rate(0.01))?;
    /// let mut trainer = Trainer::new(model, Square, stream, sgd, theta, 16)?;
    /// trainer.run(50, ());
    /// let parts = trainer.into_parts();
    /// let out = parts.model.predict(&parts.theta, &Signs::cube(20)?);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn into_parts(self) -> Parts<F, M, L, S, O> {
        let is_drawn = self.stage != Stage::Undrawn;
        Parts {
            model: self.model,
            loss: self.loss,
            stream: self.stream,
            optimizer: self.optimizer,
            theta: self.theta,
            steps: self.step,
            batch: is_drawn.then_some(self.batch),
        }
    }

    /// The same run, which goes on with another optimizer.
    ///
    /// An iterate that was shown keeps its batch, loss and gradient, because none of them depends
    /// on the optimizer. Nothing else may be exchanged but the [stream](Trainer::with_stream):
    /// parameters, model and loss are what a shown iterate consists of, so they are only lent.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let seeds = Seeds::from(1);
    /// let model = PolyNet::new(20, 3)?;
    /// let layout = model.layout().clone();
    /// let stream = Online::new(ParityDistribution::new(20, &[1, 2, 3])?, &seeds);
    /// let theta = Params::<f64>::draw(&layout, &mut seeds.stream(Purpose::Init));
    /// let adam = Adam::new(&layout, Rule::rate(0.01))?;
    /// let mut trainer = Trainer::new(model, Square, stream, adam, theta, 16)?;
    /// trainer.run(50, ());
    /// let mut trainer = trainer.with_optimizer(Sgd::new(&layout, Rule::rate(0.01))?)?;
    /// trainer.run(50, ());
    /// assert_eq!(trainer.steps(), 100);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ForeignParams`] if the optimizer was made for another model.
    pub fn with_optimizer<P: Optimizer<F>>(self, optimizer: P) -> Result<Trainer<F, M, L, S, P>> {
        optimizer.fits(self.model.layout())?;
        Ok(self.exchange(|stream, _| (stream, optimizer)))
    }

    /// The same run, which goes on with batches from another stream.
    ///
    /// An iterate that was shown keeps its batch; the first batch of the new stream is for the next
    /// one.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the stream has another dimension than the model.
    pub fn with_stream<T: BatchStream<F>>(self, stream: T) -> Result<Trainer<F, M, L, T, O>> {
        same_dim(self.model.dim(), stream.dim())?;
        Ok(self.exchange(|_, optimizer| (stream, optimizer)))
    }

    /// The same run with what `exchange` makes of its stream and its optimizer.
    fn exchange<T, P>(self, exchange: impl FnOnce(S, O) -> (T, P)) -> Trainer<F, M, L, T, P> {
        let (stream, optimizer) = exchange(self.stream, self.optimizer);
        Trainer {
            model: self.model,
            loss: self.loss,
            stream,
            optimizer,
            theta: self.theta,
            grad: self.grad,
            batch: self.batch,
            part: self.part,
            cache: self.cache,
            out: self.out,
            d_out: self.d_out,
            batch_loss: self.batch_loss,
            step: self.step,
            origin: self.origin,
            stage: self.stage,
            descent: self.descent,
        }
    }
}

/// Succeeds if a model of dimension `expected` can learn from data of dimension `found`.
pub(super) fn same_dim(expected: usize, found: usize) -> Result<()> {
    if expected != found {
        return Err(Error::Mismatch {
            what: "the dimension n of the data",
            expected,
            found,
            repair: "build model and data for the same n",
        });
    }
    Ok(())
}

impl<F: Real, M: fmt::Debug, L: fmt::Debug, S, O> fmt::Debug for Parts<F, M, L, S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("model", &self.model)
            .field("loss", &self.loss)
            .field("steps", &self.steps)
            .field("theta", &self.theta)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Online, ParityDistribution};
    use crate::loss::Hinge;
    use crate::model::{Architecture, PolyNet};
    use crate::optim::{Rule, Sgd};
    use crate::seeds::{Purpose, Seeds};

    type Run = Trainer<f32, PolyNet, Hinge, Online<ParityDistribution>, Sgd>;

    fn stream(n: usize) -> Online<ParityDistribution> {
        Online::new(
            ParityDistribution::new(n, &[0, 1]).unwrap(),
            &Seeds::from(1),
        )
    }

    fn sgd(n: usize, rate: f64) -> Sgd {
        let model = PolyNet::new(n, 2).unwrap();
        Sgd::new(model.layout(), Rule::rate(rate)).unwrap()
    }

    fn start() -> Run {
        let model = PolyNet::new(6, 2).unwrap();
        let rng = &mut Seeds::from(1).stream(Purpose::Init);
        let theta = Params::draw(model.layout(), rng);
        Trainer::new(model, Hinge, stream(6), sgd(6, 0.1), theta, 4).unwrap()
    }

    #[test]
    fn an_exchange_of_equal_parts_changes_no_bit() {
        let (mut whole, mut run) = (start(), start());
        whole.run(20, ());
        run.run(9, ());
        let drawn = run.stream().clone();
        let run = run.with_optimizer(sgd(6, 0.1)).unwrap();
        let mut run = run.with_stream(drawn).unwrap();
        assert_eq!(run.steps(), 9);
        run.run(11, ());
        assert_eq!(run.theta(), whole.theta());
    }

    #[test]
    fn a_shown_iterate_keeps_its_gradient_and_the_new_optimizer_moves_it() {
        let mut run = start();
        run.run(3, ());
        let (theta, grad) = (run.theta().clone(), run.snapshot().unwrap().grad().clone());
        let mut run = run.with_optimizer(sgd(6, 0.5)).unwrap();
        assert_eq!(run.snapshot().unwrap().grad(), &grad);
        run.run(1, ());
        let mut expected = theta;
        sgd(6, 0.5).step(3, &mut expected, &grad);
        assert_eq!(run.theta(), &expected);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(start().with_optimizer(sgd(5, 0.1)).is_err());
        assert!(start().with_stream(stream(5)).is_err());
    }

    #[test]
    fn the_parts_are_those_of_the_run() {
        let fresh = start().into_parts();
        assert_eq!((fresh.steps, &fresh.batch), (0, &None));
        let mut run = start();
        run.run(3, ());
        let theta = run.theta().clone();
        let batch = run.snapshot().unwrap().outputs.unwrap().batch.clone();
        let parts = run.into_parts();
        assert_eq!((parts.theta, parts.steps), (theta, 3));
        assert_eq!(parts.batch, Some(batch));
        assert_eq!(parts.optimizer, sgd(6, 0.1));
    }
}
