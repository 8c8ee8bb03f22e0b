use super::{BlockRule, Optimizer, Rules, rules};
use crate::error::{Error, Result, fraction};
use crate::params::{Layout, Params};
use crate::real::{Real, normal_or_zero};
use crate::simd::dispatch;
use crate::threads::{self, Divide, divide};
use std::sync::Arc;

/// Adam (Kingma and Ba, 2015) with β₁ = 0.9, β₂ = 0.999 and ε = 1e−8 unless changed.
///
/// With m and v the running means of g and g²,
///
/// ```math
/// \hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}, \qquad
/// \theta_t = \theta_{t-1} - \eta_t \, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} .
/// ```
///
/// Moments below the smallest normal number count as 0. A finite gradient beyond 0.99 times the root of the largest number,
/// whose square overflows or nearly does, counts as one of that magnitude.
///
/// Decay is coupled (an L2 penalty in g), scaled ([`AdamW`](super::AdamW)) or direct, as its
/// [`Rule`](super::Rule) says.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let adam = Adam::<f32>::new(model.layout(), Rule::rate(3e-4))?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Stored<F>")
)]
pub struct Adam<F: Real> {
    moving: Vec<BlockRule>,
    betas: (f64, f64),
    epsilon: f64,
    /// β₁ᵗ and β₂ᵗ, kept as running products because a power function may round differently.
    beta_powers: (f64, f64),
    mean: Params<F>,
    square: Params<F>,
}

/// The serialised form, which is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "")]
struct Stored<F: Real> {
    moving: Vec<BlockRule>,
    betas: (f64, f64),
    epsilon: f64,
    beta_powers: (f64, f64),
    mean: Params<F>,
    square: Params<F>,
}

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Stored<F>> for Adam<F> {
    type Error = crate::Error;

    fn try_from(stored: Stored<F>) -> Result<Self> {
        let Stored {
            moving,
            betas,
            epsilon,
            beta_powers,
            mean,
            square,
        } = stored;
        rules::check(mean.layout(), &moving)?;
        square.belongs_to(mean.layout())?;
        for power in [beta_powers.0, beta_powers.1] {
            if !(0.0..=1.0).contains(&power) {
                return Err(Error::ImpossibleState {
                    what: "such a power of beta",
                    reason: format!("{power} is not in [0, 1]"),
                });
            }
        }
        let adam = Adam {
            moving,
            betas: (0.0, 0.0),
            epsilon: 1.0,
            beta_powers,
            mean,
            square,
        };
        adam.with_betas(betas.0, betas.1)?.with_epsilon(epsilon)
    }
}

impl<F: Real> Adam<F> {
    /// Adam by the given rules, a [`Rule`](super::Rule) for all blocks or [`Rules`] for each.
    ///
    /// # Errors
    /// Those of [`Rules::resolve`].
    pub fn new(layout: &Arc<Layout>, rules: impl Into<Rules>) -> Result<Self> {
        Ok(Adam {
            moving: rules.into().resolve(layout)?,
            betas: (0.9, 0.999),
            epsilon: 1e-8,
            beta_powers: (1.0, 1.0),
            mean: Params::zeros(layout),
            square: Params::zeros(layout),
        })
    }

    /// The same optimizer with other decay rates of the moments.
    ///
    /// # Errors
    /// [`Error::Fraction`] unless both are in [0, 1).
    pub fn with_betas(self, beta1: f64, beta2: f64) -> Result<Self> {
        let betas = (fraction("beta1", beta1)?, fraction("beta2", beta2)?);
        Ok(Adam { betas, ..self })
    }

    /// The same optimizer with another ε.
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless it is finite and positive in the precision F: without it, a
    /// parameter whose gradient is 0 would become 0/0.
    pub fn with_epsilon(self, epsilon: f64) -> Result<Self> {
        if !(epsilon.is_finite() && F::of(epsilon) > F::zero()) {
            let (what, value) = ("epsilon", epsilon);
            return Err(Error::NotPositive { what, value });
        }
        Ok(Adam { epsilon, ..self })
    }
}

#[cfg(feature = "serde")]
impl<F: Real> Adam<F> {
    /// How the decay of each block enters.
    pub(super) fn conventions(&self) -> impl Iterator<Item = super::Decay> {
        self.moving.iter().map(|moving| moving.rule.convention)
    }
}

impl<F: Real> Optimizer<F> for Adam<F> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.mean.layout().agrees_with(layout)
    }

    fn identity(&self) -> String {
        let rules = rules::identity(self.mean.layout(), &self.moving);
        let (betas, epsilon) = (self.betas, self.epsilon);
        format!("{rules}\nbetas = {betas:?}\nepsilon = {epsilon:?}")
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.moving = rules.resolve(self.mean.layout())?;
        Ok(())
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        let (beta1, beta2) = self.betas;
        self.beta_powers.0 *= beta1;
        self.beta_powers.1 *= beta2;
        let mean_scale = 1.0 / (1.0 - self.beta_powers.0);
        for BlockRule { range, rule } in &self.moving {
            let at = rule.at(t);
            let update = Update {
                keep: F::of(at.keep),
                penalty: F::of(at.penalty),
                eta: F::of(at.rate * mean_scale),
                of_mean: (F::of(beta1), F::of(1.0 - beta1)),
                of_square: (F::of(beta2), F::of(1.0 - beta2)),
                square_scale: F::of(1.0 / (1.0 - self.beta_powers.1)),
                epsilon: F::of(self.epsilon),
            };
            let numbers = Numbers {
                theta: &mut theta.as_mut_slice()[range.clone()],
                grad: &grad.as_slice()[range.clone()],
                mean: &mut self.mean.as_mut_slice()[range.clone()],
                square: &mut self.square.as_mut_slice()[range.clone()],
            };
            let parts = threads::parts_of_pass(range.len());
            divide(parts, numbers, &|numbers| update.apply(numbers));
        }
    }
}

/// The largest gradient over the root of the largest number: v̂, a mean of squares, stays finite despite rounding.
const LIMIT: f64 = 0.99;

/// The factors of an update.
#[derive(Clone, Copy)]
struct Update<F> {
    keep: F,
    penalty: F,
    eta: F,
    /// How much is kept of a moment, and how much of the new term is taken.
    of_mean: (F, F),
    of_square: (F, F),
    square_scale: F,
    epsilon: F,
}

/// Some parameters, their gradient and its moments.
struct Numbers<'a, F> {
    theta: &'a mut [F],
    grad: &'a [F],
    mean: &'a mut [F],
    square: &'a mut [F],
}

impl<F: Real> Divide for Numbers<'_, F> {
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self> {
        let at = self.theta.len() * few / parts;
        let (theta, more_theta) = self.theta.split_at_mut(at);
        let (grad, more_grad) = self.grad.split_at(at);
        let (mean, more_mean) = self.mean.split_at_mut(at);
        let (square, more_square) = self.square.split_at_mut(at);
        let low = Numbers {
            theta,
            grad,
            mean,
            square,
        };
        let high = Numbers {
            theta: more_theta,
            grad: more_grad,
            mean: more_mean,
            square: more_square,
        };
        Ok((low, high))
    }
}

impl<F: Real> Update<F> {
    fn apply(self, numbers: Numbers<'_, F>) {
        let Numbers {
            theta,
            grad,
            mean,
            square,
        } = numbers;
        let Update {
            keep,
            penalty,
            eta,
            of_mean: (keep1, take1),
            of_square: (keep2, take2),
            square_scale,
            epsilon,
        } = self;
        let limit = F::of(LIMIT) * F::max_value().sqrt();
        dispatch(|| {
            for (((theta, &grad), mean), square) in theta.iter_mut().zip(grad).zip(mean).zip(square)
            {
                let grad = grad + penalty * *theta;
                let is_over = grad.abs() > limit && grad.abs() <= F::max_value();
                let limited = if grad > F::zero() { limit } else { -limit };
                let grad = if is_over { limited } else { grad };
                *mean = normal_or_zero(keep1 * *mean + take1 * grad);
                *square = normal_or_zero(keep2 * *square + take2 * grad * grad);
                let root = (*square * square_scale).sqrt() + epsilon;
                *theta = keep * *theta - eta * *mean / root;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::Rule;
    use crate::params::InitialDistribution;

    #[test]
    fn the_first_step_has_the_length_of_the_rate() {
        let mut layout = Layout::default();
        layout.block("a", 3, InitialDistribution::Constant(0.0));
        let layout = Arc::new(layout);
        let mut grad = Params::<f64>::zeros(&layout);
        grad.as_mut_slice().copy_from_slice(&[1e-3, -5.0, 0.0]);
        let mut theta = Params::zeros(&layout);
        let mut adam = Adam::new(&layout, Rule::rate(0.25)).unwrap();
        adam.step(0, &mut theta, &grad);
        let expected = [-0.25, 0.25, 0.0];
        for (theta, expected) in theta.as_slice().iter().zip(expected) {
            assert!((theta - expected).abs() < 1e-5, "{theta}");
        }
    }

    #[test]
    fn gradients_whose_square_overflows_make_steps_of_the_rate() {
        let mut layout = Layout::default();
        layout.block("a", 6, InitialDistribution::Constant(0.0));
        let layout = Arc::new(layout);
        for large in [2e19_f32, 1e20, 6e20, 1e25, f32::MAX] {
            let mut grad = Params::<f32>::zeros(&layout);
            grad.as_mut_slice()
                .copy_from_slice(&[large, -large, 1.0, 0.0, 1e19, f32::NAN]);
            let mut theta = Params::zeros(&layout);
            let mut adam = Adam::new(&layout, Rule::rate(0.1)).unwrap();
            for step in 1..=300 {
                adam.step(step - 1, &mut theta, &grad);
                let expected = 0.1 * step as f32;
                let found = theta.as_slice();
                for (found, sign) in found.iter().zip([-1.0, 1.0, -1.0, 0.0, -1.0]) {
                    assert!(
                        (found - sign * expected).abs() < 1e-3 * expected,
                        "{large}: {found} after {step}"
                    );
                }
                assert!(found[5].is_nan());
            }
        }
    }

    #[test]
    fn an_infinite_gradient_is_not_hidden() {
        let mut layout = Layout::default();
        layout.block("a", 1, InitialDistribution::Constant(0.0));
        let layout = Arc::new(layout);
        let mut grad = Params::<f32>::zeros(&layout);
        grad.as_mut_slice()[0] = f32::INFINITY;
        let mut theta = Params::zeros(&layout);
        let mut adam = Adam::new(&layout, Rule::rate(0.1)).unwrap();
        adam.step(0, &mut theta, &grad);
        assert!(!theta.as_slice()[0].is_finite());
    }

    #[test]
    fn impossible_moments_are_refused() {
        let layout = Arc::new(Layout::default());
        let adam = || Adam::<f32>::new(&layout, Rule::rate(0.1)).unwrap();
        let error = adam().with_betas(0.9, 1.0).unwrap_err().to_string();
        assert!(error.contains("beta2 = 1"), "{error}");
        for epsilon in [0.0, 1e-60, -1e-8, f64::NAN, f64::INFINITY] {
            assert!(adam().with_epsilon(epsilon).is_err(), "{epsilon}");
        }
    }
}
