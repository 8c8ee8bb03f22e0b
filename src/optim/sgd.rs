use super::{Decay, Optimizer, Rule, Rules};
use crate::error::Result;
use crate::params::{Layout, Params};
use crate::real::Real;
use std::ops::Range;
use std::sync::Arc;

/// Stochastic gradient descent, equation 1 of the paper.
///
/// ```math
/// \theta_{t+1} = (1 - \lambda_t) \, \theta_t - \eta_t \, g_t
/// ```
///
/// With [`Decay::Scaled`] or [`Decay::Coupled`], which are the same here, the factor of θ is
/// $`1 - \eta_t \lambda_t`$.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(10, 3)?;
/// let mut theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let mut grad = Params::zeros(model.layout());
/// grad.fill(1.0);
/// let before = theta.as_slice()[0];
/// Sgd::new(model.layout(), Rule::rate(0.5))?.step(0, &mut theta, &grad);
/// assert_eq!(theta.as_slice()[0], before - 0.5);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sgd {
    layout: Arc<Layout>,
    moving: Vec<(Range<usize>, Rule)>,
}

impl Sgd {
    /// Descent by the given rules, a [`Rule`] for all blocks or [`Rules`] for each.
    ///
    /// # Errors
    /// Those of [`Rules::resolve`].
    pub fn new(layout: &Arc<Layout>, rules: impl Into<Rules>) -> Result<Self> {
        let moving = rules.into().resolve(layout)?;
        let layout = Arc::clone(layout);
        Ok(Sgd { layout, moving })
    }
}

impl<F: Real> Optimizer<F> for Sgd {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.layout.agrees_with(layout)
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        for (place, rule) in &self.moving {
            let (eta, lambda) = (rule.rate.at(t), rule.decay.at(t));
            let theta = &mut theta.as_mut_slice()[place.clone()];
            let grad = &grad.as_slice()[place.clone()];
            let keep = match rule.convention {
                Decay::Direct => 1.0 - lambda,
                // Without moments the L2 penalty is the scaled decay.
                Decay::Scaled | Decay::Coupled => 1.0 - eta * lambda,
            };
            let (keep, eta) = (F::of(keep), F::of(eta));
            for (theta, &grad) in theta.iter_mut().zip(grad) {
                *theta = keep * *theta - eta * grad;
            }
        }
    }
}
