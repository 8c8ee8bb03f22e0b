use super::Network;
use crate::activation::Activation;
use crate::error::Result;
use crate::params::Params;
use crate::real::Real;
use std::fmt;

/// A loss L(θ) on a whole population, with its exact gradient.
///
/// Runs along it need no batches: [`PopulationTrainer`](crate::train::PopulationTrainer), and
/// `FlowTrainer` (feature `flow`). A closure becomes one by [`population_loss_fn`].
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::PopulationLoss;
/// use sparse_parity::train::PopulationTrainer;
///
/// /// ‖θ‖²/2.
/// struct Quadratic;
///
/// impl<F: Real> PopulationLoss<F> for Quadratic {
///     fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> sparse_parity::Result<f64> {
///         into.assign(theta)?;
///         Ok(theta.as_slice().iter().map(|w| w.as_f64() * w.as_f64() / 2.0).sum())
///     }
/// }
///
/// let model = PolyNet::new(10, 2)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.5))?;
/// let mut trainer = PopulationTrainer::new(model, Quadratic, sgd, theta)?;
/// trainer.run(100, ())?;
/// assert!(trainer.theta().max_norm() < 1e-20);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait PopulationLoss<F: Real> {
    /// Writes ∇L(θ) to `into` and returns L(θ).
    ///
    /// # Errors
    /// Whatever keeps the loss from computing it.
    fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> Result<f64>;
}

impl<F: Real, L: PopulationLoss<F> + ?Sized> PopulationLoss<F> for &mut L {
    fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> Result<f64> {
        (**self).evaluate(theta, into)
    }
}

impl<F: Real, L: PopulationLoss<F> + ?Sized> PopulationLoss<F> for Box<L> {
    fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> Result<f64> {
        (**self).evaluate(theta, into)
    }
}

/// A closure as a [`PopulationLoss`]: see [`population_loss_fn`].
#[derive(Clone)]
pub struct PopulationLossFn<C>(C);

/// The loss that a closure computes: it writes ∇L(θ) to its second argument and returns L(θ).
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::{PopulationLoss, population_loss_fn};
///
/// let mut square = population_loss_fn(|theta: &Params<f64>, into: &mut Params<f64>| {
///     into.assign(theta)?;
///     Ok(theta.as_slice().iter().map(|w| w * w / 2.0).sum())
/// });
/// let model = PolyNet::new(10, 2)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let mut grad = Params::zeros(model.layout());
/// assert!(square.evaluate(&theta, &mut grad)? > 0.0);
/// assert_eq!(grad, theta);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn population_loss_fn<F, C>(closure: C) -> PopulationLossFn<C>
where
    F: Real,
    C: FnMut(&Params<F>, &mut Params<F>) -> Result<f64>,
{
    PopulationLossFn(closure)
}

impl<F, C> PopulationLoss<F> for PopulationLossFn<C>
where
    F: Real,
    C: FnMut(&Params<F>, &mut Params<F>) -> Result<f64>,
{
    fn evaluate(&mut self, theta: &Params<F>, into: &mut Params<F>) -> Result<f64> {
        (self.0)(theta, into)
    }
}

impl<C> fmt::Debug for PopulationLossFn<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopulationLossFn").finish_non_exhaustive()
    }
}

/// The correlation loss −E\[y·f(x; θ)\] of a two-layer network on a parity, by the exact gradient of
/// [`Network`].
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::{PopulationCorrelation, PopulationLoss};
///
/// let model = Mlp::new(200, 10, Relu)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let mut loss = PopulationCorrelation { activation: Relu, support: vec![3, 50] };
/// let mut grad = Params::zeros(model.layout());
/// assert!(loss.evaluate(&theta, &mut grad)?.abs() < 0.1);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
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
