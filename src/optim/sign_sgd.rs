use super::{BlockRule, Optimizer, Rules, rules};
use crate::error::{Result, non_negative};
use crate::params::{Layout, Params};
use crate::real::Real;
use std::sync::Arc;

/// Descent along the signs of the gradient.
///
/// ```math
/// \theta_{t+1} = (1 - \lambda_t) \, \theta_t - \eta_t \operatorname{sign} g_t, \qquad
/// \operatorname{sign} 0 = 0
/// ```
///
/// With a threshold ρ, entries below it in absolute value count as 0: the modified sign of Kou,
/// Chen, Gu and Kakade, *Matching the Statistical Query Lower Bound for k-sparse Parity Problems
/// with Stochastic Gradient Descent* (2024, arXiv 2404.12376).
///
/// Scaled decay has the factor $`1 - \eta_t \lambda_t`$; coupled decay adds $`\lambda_t \theta_t`$
/// to $`g_t`$ before the sign is taken. Where the gradient is NaN the parameter becomes NaN, so
/// that a diverged run is seen.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(10, 3)?;
/// let mut theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let mut grad = Params::zeros(model.layout());
/// grad.fill(-7.0);
/// let before = theta.as_slice()[0];
/// SignSgd::new(model.layout(), Rule::rate(0.5))?.step(0, &mut theta, &grad);
/// assert_eq!(theta.as_slice()[0], before + 0.5);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Stored")
)]
pub struct SignSgd {
    layout: Arc<Layout>,
    moving: Vec<BlockRule>,
    threshold: f64,
}

/// The serialised form, which is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    layout: Arc<Layout>,
    moving: Vec<BlockRule>,
    threshold: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for SignSgd {
    type Error = crate::Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let Stored {
            layout,
            moving,
            threshold,
        } = stored;
        rules::check(&layout, &moving)?;
        let sign = SignSgd {
            layout,
            moving,
            threshold: 0.0,
        };
        sign.with_threshold(threshold)
    }
}

impl SignSgd {
    /// The threshold ρ unless it is changed.
    pub const THRESHOLD: f64 = 0.0;

    /// Descent without a threshold by the given rules, a [`Rule`](super::Rule) for all blocks or [`Rules`] for
    /// each.
    ///
    /// # Errors
    /// Those of [`Rules::resolve`].
    pub fn new(layout: &Arc<Layout>, rules: impl Into<Rules>) -> Result<Self> {
        Ok(SignSgd {
            moving: rules.into().resolve(layout)?,
            layout: Arc::clone(layout),
            threshold: SignSgd::THRESHOLD,
        })
    }

    /// The same optimizer with the threshold ρ, below which an entry counts as 0.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless it is finite and not negative.
    pub fn with_threshold(self, rho: f64) -> Result<Self> {
        let threshold = threshold_of(rho)?;
        Ok(SignSgd { threshold, ..self })
    }
}

/// Returns the threshold of a sign, if it is one.
pub(crate) fn threshold_of(rho: f64) -> Result<f64> {
    non_negative("the threshold of the sign", rho)
}

impl<F: Real> Optimizer<F> for SignSgd {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.layout.agrees_with(layout)
    }

    fn identity(&self) -> String {
        let rules = rules::identity(&self.layout, &self.moving);
        format!("{rules}\nthreshold of the sign = {:?}", self.threshold)
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.moving = rules.resolve(&self.layout)?;
        Ok(())
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        let threshold = F::of(self.threshold);
        for BlockRule { range, rule } in &self.moving {
            let at = rule.at(t);
            let (eta, keep, penalty) = (F::of(at.rate), F::of(at.keep), F::of(at.penalty));
            let theta = theta.as_mut_slice()[range.clone()].iter_mut();
            for (theta, &grad) in theta.zip(&grad.as_slice()[range.clone()]) {
                let grad = grad + penalty * *theta;
                *theta = keep * *theta - eta * sign(grad, threshold);
            }
        }
    }
}

/// −1, 0 or 1, and NaN of NaN.
fn sign<F: Real>(g: F, threshold: F) -> F {
    if g == F::zero() || g.abs() < threshold {
        F::zero()
    } else {
        // This is NaN for NaN.
        g.signum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Decay, Rule};
    use crate::params::InitialDistribution;

    const GRAD: [f64; 8] = [3.0, -0.25, 0.0, -0.0, 1e-300, 0.5, f64::INFINITY, f64::NAN];

    /// Where θ₀ = 1 is after an update with each entry of [`GRAD`].
    fn moved(rule: Rule, threshold: f64) -> Vec<f64> {
        let mut layout = Layout::default();
        layout.block("a", GRAD.len(), InitialDistribution::Constant(1.0));
        let layout = Arc::new(layout);
        let (mut theta, mut grad) = (Params::zeros(&layout), Params::zeros(&layout));
        theta.fill(1.0);
        grad.as_mut_slice().copy_from_slice(&GRAD);
        let signs = SignSgd::new(&layout, rule).unwrap();
        let mut signs = signs.with_threshold(threshold).unwrap();
        signs.step(0, &mut theta, &grad);
        theta.as_slice().to_vec()
    }

    fn assert_moved(found: &[f64], numbers: [f64; 7]) {
        assert_eq!(found[..7], numbers);
        assert!(found[7].is_nan(), "a NaN was hidden: {found:?}");
    }

    #[test]
    fn every_step_has_the_length_of_the_rate_or_none() {
        let found = moved(Rule::rate(0.25), 0.0);
        assert_moved(&found, [0.75, 1.25, 1.0, 1.0, 0.75, 0.75, 0.75]);
    }

    #[test]
    fn entries_below_the_threshold_count_as_zero() {
        let found = moved(Rule::rate(0.25), 0.5);
        assert_moved(&found, [0.75, 1.0, 1.0, 1.0, 1.0, 0.75, 0.75]);
    }

    #[test]
    fn decay_shrinks_the_parameters_or_joins_the_sign() {
        let by = |convention| Rule::rate(0.25).with_decay(0.5).by(convention);
        let found = moved(by(Decay::Direct), 0.5);
        assert_moved(&found, [0.25, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
        let found = moved(by(Decay::Scaled), 0.5);
        assert_moved(&found, [0.625, 0.875, 0.875, 0.875, 0.875, 0.625, 0.625]);
        let found = moved(by(Decay::Coupled), 0.5);
        assert_moved(&found, [0.75, 1.0, 0.75, 0.75, 0.75, 0.75, 0.75]);
    }
}
