use super::{Adam, Decay, Optimizer, Rules};
use crate::error::Result;
use crate::params::{Layout, Params};
use crate::real::Real;
use std::sync::Arc;

/// AdamW (Loshchilov and Hutter, 2019): [`Adam`] with [`Decay::Scaled`] in every rule, whatever
/// the rule says.
///
/// ```math
/// \theta_t = (1 - \eta_t \lambda_t) \, \theta_{t-1}
/// - \eta_t \, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}
/// ```
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let rule = Rule::rate(3e-4).with_decay(0.01);
/// let adamw = AdamW::<f32>::new(model.layout(), rule)?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Adam<F>")
)]
pub struct AdamW<F: Real>(Adam<F>);

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Adam<F>> for AdamW<F> {
    type Error = crate::Error;

    fn try_from(adam: Adam<F>) -> Result<Self> {
        let is_scaled = adam.conventions().all(|decay| decay == Decay::Scaled);
        match is_scaled {
            true => Ok(AdamW(adam)),
            false => Err(crate::Error::ImpossibleState {
                what: "such a decay",
                reason: "that of AdamW is scaled in every rule".into(),
            }),
        }
    }
}

impl<F: Real> AdamW<F> {
    /// AdamW by the given rules, a [`Rule`](super::Rule) for all blocks or [`Rules`] for each.
    ///
    /// # Errors
    /// Those of [`Rules::resolve`].
    pub fn new(layout: &Arc<Layout>, rules: impl Into<Rules>) -> Result<Self> {
        let rules = rules.into().all_by(Decay::Scaled);
        Adam::new(layout, rules).map(AdamW)
    }

    /// The same optimizer with other decay rates of the moments.
    ///
    /// # Errors
    /// Those of [`Adam::with_betas`].
    pub fn with_betas(self, beta1: f64, beta2: f64) -> Result<Self> {
        self.0.with_betas(beta1, beta2).map(AdamW)
    }

    /// The same optimizer with another ε.
    ///
    /// # Errors
    /// Those of [`Adam::with_epsilon`].
    pub fn with_epsilon(self, epsilon: f64) -> Result<Self> {
        self.0.with_epsilon(epsilon).map(AdamW)
    }
}

impl<F: Real> Optimizer<F> for AdamW<F> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.0.fits(layout)
    }

    fn identity(&self) -> String {
        self.0.identity()
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.0.set_rules(&rules.clone().all_by(Decay::Scaled))
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        self.0.step(t, theta, grad);
    }
}
