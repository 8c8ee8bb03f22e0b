//! The choices of a trial, by name.

use crate::activation::Activation;
use crate::error::Result;
use crate::loss::{Correlation, CrossEntropy, Hinge, Loss, Square};
use crate::model::Mlp;
use crate::params::Init;
use crate::real::Real;

/// The architecture of a [`Trial`](super::Trial).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", tag = "model"))]
#[non_exhaustive]
pub enum Learner {
    /// A two-layer network, [`Mlp`]; of width 1 a single neuron.
    Mlp {
        /// The number of neurons r.
        width: usize,
        /// The activation σ.
        activation: ActivationKind,
        /// Whether the output weights u are trained; without them, u = 1.
        output_layer: bool,
        /// Whether there is a trained output bias.
        output_bias: bool,
        /// What happens to the biases of the first layer.
        biases: Biases,
    },
    /// The product of k affine forms, [`PolyNet`](crate::model::PolyNet).
    PolyNet {
        /// What happens to the biases of the factors.
        biases: Biases,
    },
}

impl Default for Learner {
    /// A ReLU network of width 100 with trained biases and an output layer.
    fn default() -> Self {
        Learner::Mlp {
            width: 100,
            activation: ActivationKind::Relu,
            output_layer: true,
            output_bias: false,
            biases: Biases::Trained,
        }
    }
}

impl Learner {
    /// The block of biases that keeps its initial values, if one does.
    pub(super) fn fixed_block(&self) -> Option<&'static str> {
        match self {
            Learner::Mlp { biases, .. } if *biases == Biases::Fixed => Some("hidden.bias"),
            Learner::PolyNet { biases } if *biases == Biases::Fixed => Some("factor.bias"),
            _ => None,
        }
    }
}

/// The activation of a [`Learner::Mlp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum OptimizerKind {
    /// [`Sgd`](crate::optim::Sgd).
    Sgd,
    /// [`Adam`](crate::optim::Adam).
    Adam,
}

/// The settings of an [`Mlp`] that do not depend on the activation's type.
pub(super) struct Wiring {
    pub(super) n: usize,
    pub(super) width: usize,
    pub(super) init: Init,
    pub(super) hidden_bias: bool,
    pub(super) output_layer: bool,
    pub(super) output_bias: bool,
}

impl Wiring {
    pub(super) fn mlp<A: Activation>(&self, activation: A) -> Result<Mlp<A>> {
        let mut model = Mlp::new(self.n, self.width, activation)?.with_init(self.init)?;
        if !self.hidden_bias {
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
