//! The choices of a trial, by name.

use crate::activation::Activation;
use crate::error::Result;
use crate::loss::{Correlation, CrossEntropy, Hinge, Loss, Square};
use crate::model::Mlp;
use crate::params::Init;
use crate::real::Real;

/// The architecture of a [`Trial`](super::Trial).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase", tag = "model"))]
#[non_exhaustive]
pub enum Learner {
    /// A two-layer network, [`Mlp`]; of width 1 a single neuron.
    Mlp(MlpSettings),
    /// The product of k affine forms, [`PolyNet`](crate::model::PolyNet).
    PolyNet {
        /// What happens to the biases of the factors.
        biases: Biases,
    },
}

impl Default for Learner {
    /// A ReLU network of width 100 with trained biases and an output layer.
    fn default() -> Self {
        Learner::Mlp(MlpSettings::default())
    }
}

impl Learner {
    /// The block of biases that keeps its initial values, if one does.
    pub(super) fn fixed_block(&self) -> Option<&'static str> {
        match self {
            Learner::Mlp(mlp) if mlp.biases == Biases::Fixed => Some("hidden.bias"),
            Learner::PolyNet { biases } if *biases == Biases::Fixed => Some("factor.bias"),
            _ => None,
        }
    }
}

/// The settings of a [`Learner::Mlp`].
///
/// ```
/// use sparse_parity::trial::{ActivationKind, Learner, MlpSettings, Trial};
///
/// let neuron = MlpSettings {
///     width: 1,
///     activation: ActivationKind::Sine,
///     output_layer: false,
///     ..MlpSettings::default()
/// };
/// let trial = Trial { learner: Learner::Mlp(neuron), ..Trial::new(50, 3) };
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MlpSettings {
    /// The number of neurons r.
    pub width: usize,
    /// The activation σ.
    pub activation: ActivationKind,
    /// Whether the output weights u are trained; without them, u = 1.
    pub output_layer: bool,
    /// Whether there is a trained output bias.
    pub output_bias: bool,
    /// What happens to the biases of the first layer.
    pub biases: Biases,
}

impl Default for MlpSettings {
    /// A ReLU network of width 100 with trained biases and an output layer.
    fn default() -> Self {
        MlpSettings {
            width: 100,
            activation: ActivationKind::Relu,
            output_layer: true,
            output_bias: false,
            biases: Biases::Trained,
        }
    }
}

impl MlpSettings {
    /// The network, with the activation that [`ActivationKind`] names.
    pub(super) fn build<A: Activation>(
        &self,
        n: usize,
        init: Init,
        activation: A,
    ) -> Result<Mlp<A>> {
        let mut model = Mlp::new(n, self.width, activation)?.with_init(init)?;
        if self.biases == Biases::None {
            model = model.without_hidden_bias();
        }
        if !self.output_layer {
            model = model.without_output_layer();
        }
        if self.output_bias {
            model = model.with_output_bias();
        }
        Ok(model)
    }
}

/// The activation of a [`Learner::Mlp`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ActivationKind {
    /// [`Relu`](crate::activation::Relu).
    Relu,
    /// [`Power`](crate::activation::Power) with the exponent k of the parity.
    Power,
    /// [`Sine`](crate::activation::Sine).
    Sine,
}

/// What happens to the biases of the first layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Biases {
    /// They are drawn and trained.
    Trained,
    /// They are drawn and keep their initial values.
    Fixed,
    /// There are none.
    None,
}

/// The loss of a [`Trial`](super::Trial).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
}

impl LossKind {
    /// The loss itself.
    pub fn boxed<F: Real>(self) -> Box<dyn Loss<F>> {
        match self {
            LossKind::Hinge => Box::new(Hinge),
            LossKind::Square => Box::new(Square),
            LossKind::CrossEntropy => Box::new(CrossEntropy),
            LossKind::Correlation => Box::new(Correlation),
        }
    }
}

/// The optimizer of a [`Trial`](super::Trial).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum OptimizerKind {
    /// [`Sgd`](crate::optim::Sgd).
    Sgd,
    /// [`Adam`](crate::optim::Adam).
    Adam,
}
