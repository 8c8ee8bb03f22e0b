use super::Stop;
use crate::activation::Activation;
use crate::error::Result;
use crate::optim::Optimizer;
use crate::params::Params;
use crate::real::Real;
use crate::theory::gradient::Network;
use std::fmt;
use std::ops::ControlFlow;

/// A loss L(θ) on a whole population, with its exact gradient.
///
/// Any `FnMut(&Params<F>, &mut Params<F>) -> Result<f64>` is one: it writes ∇L(θ) and returns L(θ).
pub trait PopulationLoss<F: Real> {
    /// Writes ∇L(θ) to `into` and returns L(θ).
    ///
    /// # Errors
    /// Whatever keeps the loss from computing it.
    fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> Result<f64>;
}

impl<F: Real, E: FnMut(&Params<F>, &mut Params<F>) -> Result<f64>> PopulationLoss<F> for E {
    fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> Result<f64> {
        self(theta, into)
    }
}

/// The correlation loss −E\[y·f(x; θ)\] of a two-layer network on a parity, by
/// [`theory::gradient`](crate::theory::gradient).
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationCorrelation<A> {
    /// The activation of the network.
    pub activation: A,
    /// The hidden support S.
    pub support: Vec<usize>,
}

impl<F: Real, A: Activation> PopulationLoss<F> for PopulationCorrelation<A> {
    fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> Result<f64> {
        let found = Network::new(&self.activation, theta)?.gradient(&self.support)?;
        into.assign(&found.gradient)?;
        Ok(found.loss)
    }
}

/// A run in which every batch is the whole population, B = ∞: it follows an exact gradient.
///
/// One step is θ ← (1 − λ_t) θ − η_t ∇L(θ), or what else the optimizer makes of the gradient. As with
/// [`Trainer`](super::Trainer), the observer looks between gradient and update.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::train::{PopulationCorrelation, PopulationTrainer};
/// use std::ops::ControlFlow;
///
/// // One sine neuron and a (301, 2)-parity, of which no batch would show a trace.
/// let model = Mlp::new(301, 1, Sine)?.without_output_layer();
/// let mut theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(1.0))?;
/// let loss = PopulationCorrelation { activation: Sine, support: vec![7, 250] };
/// let mut trainer = PopulationTrainer::new(loss, sgd, theta)?;
/// let stop = trainer.run(100_000, |at| match at.loss < -0.4 {
///     true => ControlFlow::Break(Stop::Solved { step: at.step }),
///     false => ControlFlow::Continue(()),
/// })?;
/// assert!(matches!(stop, Stop::Solved { .. }));
/// let size = |i: usize| trainer.theta().as_slice()[i].abs();
/// assert!((0..301).all(|i| size(i) < 0.2 || i == 7 || i == 250));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct PopulationTrainer<F: Real, L, O> {
    loss: L,
    optimizer: O,
    theta: Params<F>,
    grad: Params<F>,
    /// L(θ), once it is computed for this θ.
    value: Option<f64>,
    step: u64,
}

/// One iterate of a [`PopulationTrainer`].
#[derive(Debug, Clone, Copy)]
pub struct PopulationSnapshot<'a, F: Real> {
    /// The number t of updates behind the iterate.
    pub step: u64,
    /// The population loss L(θ_t).
    pub loss: f64,
    /// The parameters θ_t.
    pub theta: &'a Params<F>,
    /// The gradient ∇L(θ_t).
    pub grad: &'a Params<F>,
}

impl<F: Real, L: PopulationLoss<F>, O: Optimizer<F>> PopulationTrainer<F, L, O> {
    /// A run from `theta`.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if the optimizer was made for other
    /// parameters.
    pub fn new(loss: L, optimizer: O, theta: Params<F>) -> Result<Self> {
        optimizer.fits(theta.layout())?;
        Ok(PopulationTrainer {
            grad: Params::zeros(theta.layout()),
            value: None,
            step: 0,
            loss,
            optimizer,
            theta,
        })
    }

    /// Makes up to `steps` further updates and says why it ended; θ_0, …, θ_T are shown to `observer`.
    ///
    /// # Errors
    /// Those of the loss; the run then stands at the iterate whose gradient could not be computed.
    pub fn run(
        &mut self,
        steps: u64,
        mut observer: impl FnMut(&PopulationSnapshot<'_, F>) -> ControlFlow<Stop>,
    ) -> Result<Stop> {
        for left in (0..=steps).rev() {
            let Some(loss) = self.evaluate()? else {
                return Ok(Stop::Diverged { step: self.step });
            };
            let snapshot = PopulationSnapshot {
                step: self.step,
                loss,
                theta: &self.theta,
                grad: &self.grad,
            };
            if let ControlFlow::Break(stop) = observer(&snapshot) {
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

    /// The parameters θ_t.
    pub fn theta(&self) -> &Params<F> {
        &self.theta
    }

    /// The number t of updates made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// L(θ) with the gradient; `None` if a parameter or the loss is not finite.
    fn evaluate(&mut self) -> Result<Option<f64>> {
        if self.value.is_none() {
            if !self.theta.as_slice().iter().all(|w| w.is_finite()) {
                return Ok(None);
            }
            self.value = Some(self.loss.evaluate(&self.theta, &mut self.grad)?);
        }
        Ok(self.value.filter(|loss| loss.is_finite()))
    }
}

impl<F: Real, L, O> fmt::Debug for PopulationTrainer<F, L, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopulationTrainer")
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
    use crate::train::Trainer;

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
        let mut exact = PopulationTrainer::new(loss, sgd(), theta).unwrap();
        for _ in 0..5 {
            cube.run(7, ());
            let mut seen = 0;
            let stop = exact.run(7, |at| {
                seen += 1;
                assert!(at.loss.is_finite() && at.grad.max_norm() > 0.0);
                ControlFlow::Continue(())
            });
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
            PopulationTrainer::new(loss, sgd, start(&model)).unwrap()
        };
        let (mut whole, mut parts) = (trainer(), trainer());
        whole.run(20, |_| ControlFlow::Continue(())).unwrap();
        let stop = parts.run(100, |at| match at.step {
            9 => ControlFlow::Break(Stop::Solved { step: 9 }),
            _ => ControlFlow::Continue(()),
        });
        assert_eq!(
            (stop.unwrap(), parts.steps()),
            (Stop::Solved { step: 9 }, 9)
        );
        parts.run(11, |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(whole.theta(), parts.theta());
    }

    #[test]
    fn divergence_is_a_stop_and_a_refusal_an_error() {
        let model = Mlp::new(4, 2, Relu).unwrap();
        let sgd = || Sgd::new(model.layout(), Rule::rate(1e200)).unwrap();
        let square = |theta: &Params<f64>, into: &mut Params<f64>| {
            into.assign(theta)?;
            Ok(theta.as_slice().iter().map(|w| w * w).sum())
        };
        let mut run = PopulationTrainer::new(square, sgd(), start(&model)).unwrap();
        let stop = run.run(10, |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(stop, Stop::Diverged { step: 1 });

        let refuse = |_: &Params<f64>, _: &mut Params<f64>| Err(Error::Zero { what: "this" });
        let mut run = PopulationTrainer::new(refuse, sgd(), start(&model)).unwrap();
        assert!(run.run(1, |_| ControlFlow::Continue(())).is_err());
        let other = Mlp::new(5, 2, Relu).unwrap();
        assert!(PopulationTrainer::new(square, sgd(), start(&other)).is_err());
    }
}
