//! Losses, optimizers and gradient filters by name.

use crate::error::Result;
use crate::loss::{Correlation, CrossEntropy, Hinge, Loss, Square, StableMax};
use crate::optim::{
    Adam, AdamW, ClipNorm, Egalitarian, Filter, GrokfastEma, GrokfastMa, Momentum, Optimizer,
    Rules, Sgd, SignSgd, alpha_of, lambda_of, momentum_of, threshold_of, window_of,
};
use crate::params::Layout;
use crate::real::Real;
use std::sync::Arc;

/// The loss of a [`Trial`](super::Trial).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LossKind {
    /// [`Hinge`].
    Hinge,
    /// [`Square`].
    Square,
    /// [`CrossEntropy`].
    CrossEntropy,
    /// [`Correlation`].
    Correlation,
    /// [`StableMax`].
    StableMax,
}

impl LossKind {
    /// The loss itself.
    pub fn boxed<F: Real>(self) -> Box<dyn Loss<F>> {
        match self {
            LossKind::Hinge => Box::new(Hinge),
            LossKind::Square => Box::new(Square),
            LossKind::CrossEntropy => Box::new(CrossEntropy),
            LossKind::Correlation => Box::new(Correlation),
            LossKind::StableMax => Box::new(StableMax),
        }
    }
}

/// The optimizer of a [`Trial`](super::Trial).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum OptimizerKind {
    /// [`Sgd`].
    Sgd,
    /// [`Momentum`].
    Momentum {
        /// The share μ of the velocity that is kept.
        #[cfg_attr(feature = "serde", serde(default = "usual::momentum"))]
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0)))]
        momentum: f64,
        /// Whether the gradient is looked at ahead, as Nesterov does.
        #[cfg_attr(feature = "serde", serde(default))]
        nesterov: bool,
    },
    /// [`SignSgd`].
    SignSgd {
        /// Smaller entries of the gradient count as 0.
        #[cfg_attr(feature = "serde", serde(default = "usual::threshold"))]
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        threshold: f64,
    },
    /// [`Adam`].
    Adam,
    /// [`AdamW`]; the decay is scaled, whatever the trial's convention.
    #[cfg_attr(feature = "serde", serde(rename = "adamw"))]
    AdamW,
}

impl OptimizerKind {
    /// Succeeds if [`boxed`](OptimizerKind::boxed) does, without the memory that it takes.
    pub(super) fn check(self, layout: &Layout, rules: Rules) -> Result<()> {
        rules.resolve(layout)?;
        match self {
            OptimizerKind::Momentum { momentum, .. } => momentum_of(momentum).map(drop),
            OptimizerKind::SignSgd { threshold } => threshold_of(threshold).map(drop),
            OptimizerKind::Sgd | OptimizerKind::Adam | OptimizerKind::AdamW => Ok(()),
        }
    }

    /// The optimizer itself.
    ///
    /// # Errors
    /// Those of its constructor.
    pub fn boxed<F: Real>(
        self,
        layout: &Arc<Layout>,
        rules: impl Into<Rules>,
    ) -> Result<Box<dyn Optimizer<F>>> {
        Ok(match self {
            OptimizerKind::Sgd => Box::new(Sgd::new(layout, rules)?),
            OptimizerKind::Momentum { momentum, nesterov } => {
                let heavy = Momentum::new(layout, rules)?.with_momentum(momentum)?;
                Box::new(if nesterov { heavy.nesterov() } else { heavy })
            }
            OptimizerKind::SignSgd { threshold } => {
                Box::new(SignSgd::new(layout, rules)?.with_threshold(threshold)?)
            }
            OptimizerKind::Adam => Box::new(Adam::new(layout, rules)?),
            OptimizerKind::AdamW => Box::new(AdamW::new(layout, rules)?),
        })
    }
}

/// What is done to the gradient of a [`Trial`](super::Trial) before its optimizer sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum FilterKind {
    /// [`GrokfastEma`].
    GrokfastEma {
        /// The share α of the running mean that is kept.
        #[cfg_attr(feature = "serde", serde(default = "usual::ema_alpha"))]
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0)))]
        alpha: f64,
        /// The weight λ of the running mean.
        #[cfg_attr(feature = "serde", serde(default = "usual::ema_lambda"))]
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        lambda: f64,
    },
    /// [`GrokfastMa`].
    GrokfastMa {
        /// The number of gradients in the mean.
        #[cfg_attr(feature = "serde", serde(default = "usual::ma_window"))]
        #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
        window: usize,
        /// The weight λ of the mean.
        #[cfg_attr(feature = "serde", serde(default = "usual::ma_lambda"))]
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        lambda: f64,
    },
    /// [`ClipNorm`].
    ClipNorm {
        /// The length c that no gradient exceeds.
        #[cfg_attr(feature = "sweep", schemars(extend("exclusiveMinimum" = 0.0)))]
        norm: f64,
    },
    /// [`Egalitarian`].
    Egalitarian {
        /// Whether rows are divided by their lengths, in place of the polar factor.
        #[cfg_attr(feature = "serde", serde(default))]
        by_rows: bool,
    },
}

impl FilterKind {
    /// Refuses settings that no filter has, without the memory that one takes.
    pub(super) fn check(self) -> Result<()> {
        match self {
            FilterKind::GrokfastEma { alpha, lambda } => {
                alpha_of(alpha)?;
                lambda_of(lambda).map(drop)
            }
            FilterKind::GrokfastMa { window, lambda } => {
                window_of(window)?;
                lambda_of(lambda).map(drop)
            }
            FilterKind::ClipNorm { norm } => ClipNorm::new(norm).map(drop),
            FilterKind::Egalitarian { .. } => Ok(()),
        }
    }

    /// The filter itself.
    ///
    /// # Errors
    /// Those of its constructor.
    pub fn boxed<F: Real>(self, layout: &Arc<Layout>) -> Result<Box<dyn Filter<F>>> {
        Ok(match self {
            FilterKind::GrokfastEma { alpha, lambda } => Box::new(
                GrokfastEma::new(layout)
                    .with_alpha(alpha)?
                    .with_lambda(lambda)?,
            ),
            FilterKind::GrokfastMa { window, lambda } => {
                Box::new(GrokfastMa::over(window, layout)?.with_lambda(lambda)?)
            }
            FilterKind::ClipNorm { norm } => Box::new(ClipNorm::new(norm)?),
            FilterKind::Egalitarian { by_rows: true } => Box::new(Egalitarian::by_rows()),
            FilterKind::Egalitarian { by_rows: false } => Box::new(Egalitarian::new()),
        })
    }
}

/// The settings of the optimizers and filters themselves, unless they are changed.
#[cfg(feature = "serde")]
mod usual {
    use crate::optim::{GrokfastEma, GrokfastMa, Momentum, SignSgd};

    pub(super) fn momentum() -> f64 {
        Momentum::<f32>::MU
    }

    pub(super) fn threshold() -> f64 {
        SignSgd::THRESHOLD
    }

    pub(super) fn ema_alpha() -> f64 {
        GrokfastEma::<f32>::ALPHA
    }

    pub(super) fn ema_lambda() -> f64 {
        GrokfastEma::<f32>::LAMBDA
    }

    pub(super) fn ma_window() -> usize {
        GrokfastMa::<f32>::WINDOW
    }

    pub(super) fn ma_lambda() -> f64 {
        GrokfastMa::<f32>::LAMBDA
    }
}
