//! Initial values of single blocks, as data.

use super::{Assembly, Learner, OptimizerKind, Trial};
use crate::error::{Error, Result, above_zero, non_negative};
use crate::model::Architecture;
use crate::optim::{Decay, Rule, Schedule};
use crate::params::{InitialDistribution, Layout, Params};
use crate::seeds::{Purpose, Seeds};

/// The initial values of a block, or of all blocks of a layer, in place of those of the initialisation.
///
/// Data holds it as a pair, `["hidden.bias", { "constant": { "value": 0.5 } }]`, and its short form is
/// `hidden.bias=constant:0.5`.
///
/// The block draws its values from a generator of its own, [`Seeds::stream_of_block`]. So the other blocks start
/// from the values that they have without it, and two distributions that differ in their scale alone give values in
/// that proportion.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        from = "(String, DistributionKind)",
        into = "(String, DistributionKind)"
    )
)]
pub struct BlockInit {
    /// The name of the block, such as `hidden.bias`, or of the layer.
    pub block: String,
    /// The distribution of its values.
    pub distribution: DistributionKind,
}

impl BlockInit {
    /// That distribution for that block or layer.
    pub fn new(block: impl Into<String>, distribution: DistributionKind) -> Self {
        BlockInit {
            block: block.into(),
            distribution,
        }
    }
}

impl From<(String, DistributionKind)> for BlockInit {
    fn from((block, distribution): (String, DistributionKind)) -> Self {
        BlockInit {
            block,
            distribution,
        }
    }
}

impl From<BlockInit> for (String, DistributionKind) {
    fn from(init: BlockInit) -> Self {
        (init.block, init.distribution)
    }
}

/// The distribution of the initial values of a block, as data.
///
/// The fan-in is the number of inputs of the block's affine map: the last axis of its weights. Blocks of an
/// embedding or of the attention have none.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum DistributionKind {
    /// All values are the same number, such as 0 or a phase.
    Constant {
        /// The number.
        value: f64,
    },
    /// Uniform on [−bound, bound].
    Uniform {
        /// The largest absolute value.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        bound: f64,
    },
    /// Normal with mean 0.
    Gaussian {
        /// The standard deviation.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        deviation: f64,
    },
    /// ±size with equal probability.
    Signs {
        /// The absolute value.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        size: f64,
    },
    /// Uniform on [−scale/√fan_in, scale/√fan_in].
    UniformFanIn {
        /// The largest absolute value times √fan_in.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        scale: f64,
    },
    /// Normal with mean 0 and standard deviation scale/√fan_in.
    GaussianFanIn {
        /// The standard deviation times √fan_in.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        scale: f64,
    },
    /// ±scale/√fan_in with equal probability.
    SignsFanIn {
        /// The absolute value times √fan_in.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        scale: f64,
    },
}

impl DistributionKind {
    /// The distribution of a block; `fan_in` is asked for if it counts.
    fn of_block(self, fan_in: impl FnOnce() -> Result<usize>) -> Result<InitialDistribution> {
        let within = |scale: f64| Ok(non_negative(SCALE, scale)? / (fan_in()? as f64).sqrt());
        Ok(match self {
            DistributionKind::Constant { value } if !value.is_finite() => {
                let range = "(-inf, inf)";
                let what = "the constant of a block";
                return Err(Error::OutOfRange { what, value, range });
            }
            DistributionKind::Constant { value } => InitialDistribution::Constant(value),
            DistributionKind::Uniform { bound } => uniform(non_negative(SCALE, bound)?),
            DistributionKind::UniformFanIn { scale } => uniform(within(scale)?),
            DistributionKind::Gaussian { deviation } => normal(non_negative(SCALE, deviation)?),
            DistributionKind::GaussianFanIn { scale } => normal(within(scale)?),
            DistributionKind::Signs { size } => signs(non_negative(SCALE, size)?),
            DistributionKind::SignsFanIn { scale } => signs(within(scale)?),
        })
    }
}

/// What an error calls the scale of a distribution.
const SCALE: &str = "the scale of the initial values of a block";

fn uniform(bound: f64) -> InitialDistribution {
    InitialDistribution::Uniform { bound }
}

fn normal(deviation: f64) -> InitialDistribution {
    InitialDistribution::Normal { deviation }
}

fn signs(size: f64) -> InitialDistribution {
    InitialDistribution::OneOf(vec![-size, size])
}

impl Trial {
    /// The blocks with a distribution of their own, by their places in the layout.
    fn own_distributions(&self, layout: &Layout) -> Result<Vec<(usize, InitialDistribution)>> {
        let mut own: Vec<(usize, InitialDistribution)> = Vec::new();
        for BlockInit {
            block,
            distribution,
        } in &self.block_inits
        {
            for place in layout.places(block)? {
                let distribution = distribution.of_block(|| layout.fan_in(place))?;
                own.retain(|(other, _)| *other != place);
                own.push((place, distribution));
            }
        }
        Ok(own)
    }
}

impl Assembly {
    /// The initial parameters of the run with these seeds.
    pub(super) fn initial(&self, seeds: &Seeds) -> Result<Params<f32>> {
        let layout = self.model.layout();
        let mut theta = Params::draw(layout, &mut seeds.stream(Purpose::Init));
        for (place, distribution) in self.trial.own_distributions(layout)? {
            theta.redraw(place, &distribution, &mut seeds.stream_of_block(place));
        }
        let scale = above_zero("the scale of the initial values", self.trial.init_scale)?;
        if scale != 1.0 {
            theta.scale(scale);
        }
        if let Some(InputScale { block, scale, .. }) = self.input_scale()? {
            for range in layout.covered(block)? {
                let scaled = |w: &mut f32| *w = (f64::from(*w) * scale) as f32;
                theta.as_mut_slice()[range].iter_mut().for_each(scaled);
            }
        }
        Ok(theta)
    }

    /// Refuses initial values that there cannot be.
    pub(super) fn check_initial(&self) -> Result<()> {
        self.trial.own_distributions(self.model.layout())?;
        above_zero("the scale of the initial values", self.trial.init_scale)?;
        self.input_scale().map(drop)
    }

    /// What an input scale does to the weights that read the inputs; `None` for the scale 1.
    pub(super) fn input_scale(&self) -> Result<Option<InputScale>> {
        let scale = above_zero("the input scale", self.trial.input_scale)?;
        if scale == 1.0 {
            return Ok(None);
        }
        let refuse = |other, reason| {
            let one = "an input scale";
            Err(Error::Conflict { one, other, reason })
        };
        if self.has_own_model {
            let reason =
                "it is not known which of its blocks reads the inputs; scale them in the model";
            return refuse("a model of one's own", reason);
        }
        if self.own_state().is_some() {
            let reason = "it is not known how its updates depend on the scale of a gradient";
            return refuse("an optimizer of one's own", reason);
        }
        let Some(block) = self.trial.learner.input_block() else {
            let reason = "its inputs choose tokens and are not multiplied by weights";
            return refuse("a Transformer", reason);
        };
        let rate = match self.trial.optimizer {
            OptimizerKind::Sgd | OptimizerKind::Momentum { .. } => scale * scale,
            OptimizerKind::SignSgd { threshold: 0.0 } => scale,
            OptimizerKind::SignSgd { .. } => {
                let reason = "the threshold is compared with gradients that the scale multiplies";
                return refuse("sign-sgd with a threshold", reason);
            }
            OptimizerKind::Adam | OptimizerKind::AdamW => {
                let reason = "their ε is compared with gradients that the scale multiplies, and \
                              no learning rate makes up for that";
                return refuse("Adam or AdamW", reason);
            }
        };
        Ok(Some(InputScale { block, scale, rate }))
    }
}

/// An input scale c, as weights W' = cW that read unscaled inputs.
///
/// z = W (c x) = W' x, and the gradient in W is c times that in W'. So SGD, which takes η times the first from W,
/// takes c²η times the second from W', and a velocity scales like a gradient. A step of fixed size η in W is cη in W'.
pub(super) struct InputScale {
    /// The block W.
    pub(super) block: &'static str,
    /// The scale c.
    pub(super) scale: f64,
    /// The factor of the learning rate.
    rate: f64,
}

impl InputScale {
    /// The rule for W' that has the effect of this one for W.
    ///
    /// A decay that is multiplied by the rate is divided by its factor. A penalty λW in the gradient of W is λ/c² W' in
    /// that of W'.
    pub(super) fn rule(&self, rule: &Rule) -> Rule {
        let decay = match rule.convention {
            Decay::Direct => 1.0,
            Decay::Scaled => 1.0 / self.rate,
            Decay::Coupled => 1.0 / (self.scale * self.scale),
        };
        let times = |schedule: &Schedule, factor| schedule.clone().times(factor);
        let scaled = Rule::rate(times(&rule.rate, self.rate));
        let scaled = scaled.with_decay(times(&rule.decay, decay));
        scaled.by(rule.convention)
    }
}

impl Learner {
    /// The block of weights that multiply the inputs.
    pub(super) fn input_block(&self) -> Option<&'static str> {
        match self {
            Learner::Mlp(_) => Some("hidden.weight"),
            Learner::DeepMlp(_) => Some("hidden1.weight"),
            Learner::PolyNet(_) | Learner::DisjointPolyNet(_) => Some("factor.weight"),
            Learner::Transformer(_) => None,
        }
    }
}
