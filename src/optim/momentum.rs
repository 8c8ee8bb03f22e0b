use super::{BlockRule, Optimizer, Rules, rules};
use crate::error::{Result, fraction};
use crate::params::{Layout, Params};
use crate::real::{Real, normal_or_zero};
use crate::simd::dispatch;
use std::sync::Arc;

/// Gradient descent with momentum, the heavy ball (Polyak, 1964), with μ = 0.9 unless changed.
///
/// ```math
/// v_{t+1} = \mu v_t + g_t, \qquad
/// \theta_{t+1} = (1 - \lambda_t) \, \theta_t - \eta_t \, v_{t+1}, \qquad v_0 = 0
/// ```
///
/// [`Momentum::nesterov`] looks ahead (Nesterov, 1983, as written by Sutskever, Martens, Dahl and
/// Hinton, 2013): θ moves by $`g_t + \mu v_{t+1}`$ in place of $`v_{t+1}`$.
///
/// The convention is that of PyTorch without dampening: v sums gradients, and the rate of the step
/// multiplies all of v, so a drop of the rate slows old gradients down as well. Scaled decay has
/// the factor $`1 - \eta_t \lambda_t`$ in place of $`1 - \lambda_t`$; coupled decay, PyTorch's own,
/// adds $`\lambda_t \theta_t`$ to $`g_t`$ and so enters v.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let momentum = Momentum::<f32>::new(model.layout(), Rule::rate(0.01))?;
/// let nesterov = momentum.with_momentum(0.95)?.nesterov();
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Stored<F>")
)]
pub struct Momentum<F: Real> {
    moving: Vec<BlockRule>,
    mu: f64,
    nesterov: bool,
    velocity: Params<F>,
}

/// The serialised form, which is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "")]
struct Stored<F: Real> {
    moving: Vec<BlockRule>,
    mu: f64,
    nesterov: bool,
    velocity: Params<F>,
}

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Stored<F>> for Momentum<F> {
    type Error = crate::Error;

    fn try_from(stored: Stored<F>) -> Result<Self> {
        let Stored {
            moving,
            mu,
            nesterov,
            velocity,
        } = stored;
        rules::check(velocity.layout(), &moving)?;
        let momentum = Momentum {
            moving,
            mu: 0.0,
            nesterov,
            velocity,
        };
        momentum.with_momentum(mu)
    }
}

impl<F: Real> Momentum<F> {
    /// The share μ of the velocity that is kept unless it is changed.
    pub const MU: f64 = 0.9;

    /// The heavy ball by the given rules, a [`Rule`](super::Rule) for all blocks or [`Rules`] for each.
    ///
    /// # Errors
    /// Those of [`Rules::resolve`].
    pub fn new(layout: &Arc<Layout>, rules: impl Into<Rules>) -> Result<Self> {
        Ok(Momentum {
            moving: rules.into().resolve(layout)?,
            mu: Self::MU,
            nesterov: false,
            velocity: Params::zeros(layout),
        })
    }

    /// The same optimizer with another μ; with 0 it is [`Sgd`](super::Sgd) up to
    /// rounding.
    ///
    /// # Errors
    /// [`Error::Fraction`](crate::Error::Fraction) unless it is in [0, 1).
    pub fn with_momentum(self, mu: f64) -> Result<Self> {
        let mu = momentum_of(mu)?;
        Ok(Momentum { mu, ..self })
    }

    /// The same optimizer with Nesterov's look ahead.
    #[must_use]
    pub fn nesterov(self) -> Self {
        let nesterov = true;
        Momentum { nesterov, ..self }
    }
}

/// Returns the share of the velocity that is kept, if it is one.
pub(crate) fn momentum_of(mu: f64) -> Result<f64> {
    fraction("the momentum", mu)
}

impl<F: Real> Optimizer<F> for Momentum<F> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.velocity.layout().agrees_with(layout)
    }

    fn identity(&self) -> String {
        let rules = rules::identity(self.velocity.layout(), &self.moving);
        let (mu, nesterov) = (self.mu, self.nesterov);
        format!("{rules}\nmomentum = {mu:?}\nnesterov = {nesterov}")
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.moving = rules.resolve(self.velocity.layout())?;
        Ok(())
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        let (mu, nesterov) = (F::of(self.mu), self.nesterov);
        for BlockRule { range, rule } in &self.moving {
            let at = rule.at(t);
            let (eta, keep, penalty) = (F::of(at.rate), F::of(at.keep), F::of(at.penalty));
            let theta = theta.as_mut_slice()[range.clone()].iter_mut();
            let grad = &grad.as_slice()[range.clone()];
            let velocity = &mut self.velocity.as_mut_slice()[range.clone()];
            dispatch(|| {
                for ((theta, &grad), velocity) in theta.zip(grad).zip(velocity) {
                    let grad = grad + penalty * *theta;
                    *velocity = normal_or_zero(mu * *velocity + grad);
                    let ahead = if nesterov {
                        grad + mu * *velocity
                    } else {
                        *velocity
                    };
                    *theta = keep * *theta - eta * ahead;
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Decay, Rule, Schedule};
    use crate::params::InitialDistribution;

    /// θ₀ = 1 after each update with the gradients 1, 0, −2; every number is exact.
    fn path(change: impl Fn(Momentum<f64>) -> Momentum<f64>, rule: Rule) -> [f64; 3] {
        let mut layout = Layout::default();
        layout.block("a", 1, InitialDistribution::Constant(1.0));
        let layout = Arc::new(layout);
        let momentum = Momentum::new(&layout, rule).unwrap();
        let mut momentum = change(momentum.with_momentum(0.5).unwrap());
        let (mut theta, mut grad) = (Params::zeros(&layout), Params::zeros(&layout));
        theta.fill(1.0);
        let mut t = 0;
        [1.0, 0.0, -2.0].map(|g| {
            grad.fill(g);
            momentum.step(t, &mut theta, &grad);
            t += 1;
            theta.as_slice()[0]
        })
    }

    #[test]
    fn the_heavy_ball_follows_its_trajectory() {
        // v = 1, 1/2, −7/4
        assert_eq!(path(|m| m, Rule::rate(0.25)), [0.75, 0.625, 1.0625]);
    }

    #[test]
    fn nesterov_follows_its_trajectory() {
        // g + v/2 = 3/2, 1/4, −23/8
        let found = path(Momentum::nesterov, Rule::rate(0.25));
        assert_eq!(found, [0.625, 0.5625, 1.28125]);
    }

    #[test]
    fn the_rate_of_a_step_multiplies_the_whole_velocity() {
        let drop = Schedule::table([(0, 0.25), (1, 0.5)]).unwrap();
        assert_eq!(path(|m| m, Rule::rate(drop)), [0.75, 0.5, 1.375]);
    }

    #[test]
    fn decay_shrinks_the_parameters_or_joins_the_velocity() {
        let by = |convention| Rule::rate(0.25).with_decay(0.5).by(convention);
        // θ/2 − v/4
        assert_eq!(path(|m| m, by(Decay::Direct)), [0.25, 0.0, 0.4375]);
        // 7θ/8 − v/4
        let scaled = [0.625, 0.421875, 0.806640625];
        assert_eq!(path(|m| m, by(Decay::Scaled)), scaled);
        // v = 3/2, 3/4 + 5/16, 17/32 − 2 + 23/128
        let coupled = [0.625, 0.359375, 0.681640625];
        assert_eq!(path(|m| m, by(Decay::Coupled)), coupled);
    }

    #[test]
    fn without_momentum_it_is_descent() {
        let still = |m: Momentum<f64>| m.with_momentum(0.0).unwrap();
        let descent = [0.75, 0.75, 1.25];
        assert_eq!(path(still, Rule::rate(0.25)), descent);
        assert_eq!(path(|m| still(m).nesterov(), Rule::rate(0.25)), descent);
    }
}
