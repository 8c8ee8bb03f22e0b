use super::fused::PlainDescent;
use super::{BlockRule, Optimizer, Rule, Rules, rules};
use crate::error::Result;
use crate::params::{Descent, Layout, Params, descend};
use crate::real::Real;
use std::sync::Arc;

/// Stochastic gradient descent, equation 1 of the paper.
///
/// ```math
/// \theta_{t+1} = (1 - \lambda_t) \, \theta_t - \eta_t \, g_t
/// ```
///
/// With [`Decay::Scaled`](super::Decay::Scaled) or [`Decay::Coupled`](super::Decay::Coupled), which
/// are the same here, the factor of θ is $`1 - \eta_t \lambda_t`$.
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Stored")
)]
pub struct Sgd {
    layout: Arc<Layout>,
    moving: Vec<BlockRule>,
}

/// The serialised form, which is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    layout: Arc<Layout>,
    moving: Vec<BlockRule>,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Sgd {
    type Error = crate::Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let Stored { layout, moving } = stored;
        rules::check(&layout, &moving)?;
        Ok(Sgd { layout, moving })
    }
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

    fn identity(&self) -> String {
        rules::identity(&self.layout, &self.moving)
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.moving = rules.resolve(&self.layout)?;
        Ok(())
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        for BlockRule { range, rule } in &self.moving {
            let theta = &mut theta.as_mut_slice()[range.clone()];
            descend(theta, &grad.as_slice()[range.clone()], factors(rule, t));
        }
    }

    fn fused(&self) -> Option<&dyn PlainDescent> {
        Some(self)
    }
}

impl PlainDescent for Sgd {
    fn descent(&self, t: u64, into: &mut Descent) {
        into.clear();
        for BlockRule { range, rule } in &self.moving {
            let (keep, eta) = factors(rule, t);
            into.push(range.clone(), keep, eta);
        }
    }
}

/// What θ and the gradient are multiplied by.
#[inline]
fn factors(rule: &Rule, t: u64) -> (f64, f64) {
    let at = rule.at(t);
    // Without moments the L2 penalty is the scaled decay.
    (at.keep - at.rate * at.penalty, at.rate)
}
