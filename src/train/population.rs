use super::{Observer, Snapshot, Stop};
use crate::error::Result;
use crate::model::Model;
use crate::optim::Optimizer;
use crate::params::Params;
use crate::real::Real;
use crate::theory::PopulationLoss;
use std::fmt;
use std::ops::ControlFlow;

/// A run in which every batch is the whole population, B = ∞: it follows an exact gradient.
///
/// One step is θ ← (1 − λ_t) θ − η_t ∇L(θ), or what else the optimizer makes of the gradient. As with
/// [`Trainer`](super::Trainer), the observer looks between gradient and update, and sees the same
/// [`Snapshot`].
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::PopulationCorrelation;
/// use sparse_parity::train::{PopulationTrainer, observer_fn};
/// use std::ops::ControlFlow;
///
/// // One sine neuron and a (301, 2)-parity, which no batch would show.
/// let model = Mlp::new(301, 1, Sine)?.without_output_layer();
/// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(1.0))?;
/// let loss = PopulationCorrelation { activation: Sine, support: vec![7, 250] };
/// let done = observer_fn(|at: &Snapshot<'_, f64, Mlp<Sine>>| match at.loss < -0.4 {
///     true => ControlFlow::Break(Stop::Solved { step: at.step }),
///     false => ControlFlow::Continue(()),
/// });
/// let mut trainer = PopulationTrainer::new(model, loss, sgd, theta)?;
/// let stop = trainer.run(100_000, done)?;
/// assert!(matches!(stop, Stop::Solved { .. }));
/// let size = |i: usize| trainer.theta().as_slice()[i].abs();
/// assert!((0..301).all(|i| size(i) < 0.2 || i == 7 || i == 250));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct PopulationTrainer<F: Real, M, L, O> {
    model: M,
    loss: L,
    optimizer: O,
    theta: Params<F>,
    grad: Params<F>,
    /// L(θ), once it is computed for this θ.
    value: Option<f64>,
    step: u64,
}

impl<F: Real, M: Model<F>, L: PopulationLoss<F>, O: Optimizer<F>> PopulationTrainer<F, M, L, O> {
    /// A run from `theta`.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if `theta` or the optimizer was made for
    /// another model.
    pub fn new(model: M, loss: L, optimizer: O, theta: Params<F>) -> Result<Self> {
        theta.belongs_to(model.layout())?;
        optimizer.fits(model.layout())?;
        Ok(PopulationTrainer {
            grad: Params::zeros(model.layout()),
            value: None,
            step: 0,
            model,
            loss,
            optimizer,
            theta,
        })
    }

    /// Makes up to `steps` further updates and returns why the run ended.
    ///
    /// All iterates are shown to `observer`: θ_0, …, θ_T.
    ///
    /// The observer's [`end`](Observer::end) is called once, unless the result is an error.
    ///
    /// # Errors
    /// Those of the loss; the run then stands at the iterate whose gradient could not be computed.
    pub fn run(&mut self, steps: u64, mut observer: impl Observer<F, M>) -> Result<Stop> {
        let stop = self.advance(steps, &mut observer)?;
        observer.end(&stop);
        Ok(stop)
    }

    fn advance(&mut self, steps: u64, observer: &mut impl Observer<F, M>) -> Result<Stop> {
        for left in (0..=steps).rev() {
            self.evaluate()?;
            let Some(snapshot) = self.snapshot() else {
                return Ok(Stop::Diverged { step: self.step });
            };
            if let ControlFlow::Break(stop) = observer.observe(&snapshot) {
                return Ok(stop);
            }
            if left > 0 {
                self.optimizer.step(self.step, &mut self.theta, &self.grad);
                self.value = None;
                self.step += 1;
            }
        }
        Ok(Stop::Budget)
    }

    /// What the observers were shown last, if no update was made since.
    pub fn snapshot(&self) -> Option<Snapshot<'_, F, M>> {
        let loss = self.value.filter(|loss| loss.is_finite())?;
        let (model, theta, grad) = (&self.model, &self.theta, &self.grad);
        let at = (self.step, self.step as f64);
        Some(Snapshot::of_population(at, model, theta, loss, grad))
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The loss.
    pub fn loss(&self) -> &L {
        &self.loss
    }

    /// The optimizer.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// The parameters θ_t.
    pub fn theta(&self) -> &Params<F> {
        &self.theta
    }

    /// The number t of updates made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Computes L(θ) with the gradient, unless it is there; of parameters that are not finite, L = NaN.
    fn evaluate(&mut self) -> Result<()> {
        if self.value.is_none() {
            let is_finite = self.theta.as_slice().iter().all(|w| w.is_finite());
            self.value = Some(match is_finite {
                true => self.loss.evaluate(&self.theta, &mut self.grad)?,
                false => f64::NAN,
            });
        }
        Ok(())
    }
}

impl<F: Real, M: fmt::Debug, L, O> fmt::Debug for PopulationTrainer<F, M, L, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopulationTrainer")
            .field("model", &self.model)
            .field("step", &self.step)
            .field("theta", &self.theta)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::data::{Parity, Population};
    use crate::error::Error;
    use crate::loss::Correlation;
    use crate::model::{Architecture, Mlp};
    use crate::optim::{Rule, Sgd};
    use crate::seeds::{Purpose, Seeds};
    use crate::theory::{PopulationCorrelation, population_loss_fn};
    use crate::train::{Trainer, observer_fn};

    fn start(model: &Mlp<Relu>) -> Params<f64> {
        Params::draw(model.layout(), &mut Seeds::from(3).stream(Purpose::Init))
    }

    #[test]
    fn the_run_is_that_of_a_trainer_on_the_whole_cube() {
        let model = Mlp::new(8, 6, Relu).unwrap();
        let sgd = || Sgd::new(model.layout(), Rule::rate(0.3).with_decay(0.01)).unwrap();
        let support = vec![1, 2, 6];
        let stream = Population::new(Parity::new(8, &support).unwrap()).unwrap();
        let theta = start(&model);
        let mut cube = Trainer::new(
            model.clone(),
            Correlation,
            stream,
            sgd(),
            theta.clone(),
            256,
        )
        .unwrap();
        let loss = PopulationCorrelation {
            activation: Relu,
            support,
        };
        let mut exact = PopulationTrainer::new(model.clone(), loss, sgd(), theta).unwrap();
        for _ in 0..5 {
            cube.run(7, ());
            let mut seen = 0;
            let check = observer_fn(|at: &Snapshot<'_, f64, Mlp<Relu>>| {
                seen += 1;
                assert!(at.loss.is_finite() && at.grad().max_norm() > 0.0);
                ControlFlow::Continue(())
            });
            let stop = exact.run(7, check);
            assert_eq!((stop.unwrap(), seen), (Stop::Budget, 8));
            let pairs = cube.theta().as_slice().iter().zip(exact.theta().as_slice());
            let most = pairs.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
            assert!(most < 1e-12, "{most}");
        }
        assert_eq!(exact.steps(), 35);
    }

    #[test]
    fn stopping_keeps_the_iterate_and_going_on_is_the_same_run() {
        let model = Mlp::new(8, 6, Relu).unwrap();
        let trainer = || {
            let loss = PopulationCorrelation {
                activation: Relu,
                support: vec![0, 1],
            };
            let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
            PopulationTrainer::new(model.clone(), loss, sgd, start(&model)).unwrap()
        };
        let (mut whole, mut parts) = (trainer(), trainer());
        whole.run(20, ()).unwrap();
        let ninth = observer_fn(|at: &Snapshot<'_, f64, Mlp<Relu>>| match at.step {
            9 => ControlFlow::Break(Stop::Solved { step: 9 }),
            _ => ControlFlow::Continue(()),
        });
        let stop = parts.run(100, ninth);
        assert_eq!(
            (stop.unwrap(), parts.steps()),
            (Stop::Solved { step: 9 }, 9)
        );
        parts.run(11, ()).unwrap();
        assert_eq!(whole.theta(), parts.theta());
    }

    /// ‖θ‖² with half its gradient.
    fn square(theta: &Params<f64>, into: &mut Params<f64>) -> Result<f64> {
        into.assign(theta)?;
        Ok(theta.as_slice().iter().map(|w| w * w).sum())
    }

    #[test]
    fn divergence_is_a_stop_and_a_refusal_an_error() {
        let model = Mlp::new(4, 2, Relu).unwrap();
        let sgd = || Sgd::new(model.layout(), Rule::rate(1e200)).unwrap();
        let mut run = PopulationTrainer::new(
            model.clone(),
            population_loss_fn(square),
            sgd(),
            start(&model),
        )
        .unwrap();
        let stop = run.run(10, ()).unwrap();
        assert_eq!(stop, Stop::Diverged { step: 1 });

        let refuse = |_: &Params<f64>, _: &mut Params<f64>| Err(Error::Zero { what: "this" });
        let refuse = population_loss_fn(refuse);
        let mut run = PopulationTrainer::new(model.clone(), refuse, sgd(), start(&model)).unwrap();
        assert!(run.run(1, ()).is_err());
        let other = Mlp::new(5, 2, Relu).unwrap();
        let square = || population_loss_fn(square);
        assert!(PopulationTrainer::new(other.clone(), square(), sgd(), start(&other)).is_err());
        assert!(PopulationTrainer::new(model.clone(), square(), sgd(), start(&other)).is_err());
    }
}
