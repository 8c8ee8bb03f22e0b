//! Activations by name.

use crate::activation::{
    Activation, InfiniteZigzag, OscillatingPolynomial, Power, Relu, Scaled, Sine, Zigzag,
};
use crate::error::Result;
use crate::model::AnyModel;

/// The activation of a network in a [`Trial`](super::Trial); where it has a degree, that of the
/// target, k.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ActivationKind {
    /// [`Relu`].
    Relu,
    /// zᵏ, a [`Power`].
    Power,
    /// z², a [`Power`], whatever k is.
    Square,
    /// The k-zigzag with its outer pieces continued, [`Zigzag`].
    Zigzag,
    /// The k-zigzag that is constant outside, [`Zigzag::clamped`].
    ClampedZigzag,
    /// The [`OscillatingPolynomial`] of degree k.
    Oscillating,
    /// The ∞-zigzag, [`InfiniteZigzag`].
    InfiniteZigzag,
    /// [`Sine`].
    Sine,
    /// sin(z/√n), the [`Scaled`] sine of appendix C.1.
    ScaledSine,
}

/// A network that waits for its activation.
pub(super) trait WithActivation {
    fn with<A: Activation + 'static>(self, activation: A) -> Result<AnyModel<f32>>;
}

impl ActivationKind {
    /// The network with the activation for n coordinates and degree k.
    pub(super) fn give(
        self,
        n: usize,
        k: usize,
        then: impl WithActivation,
    ) -> Result<AnyModel<f32>> {
        match self {
            ActivationKind::Relu => then.with(Relu),
            ActivationKind::Power => then.with(Power::new(k)?),
            ActivationKind::Square => then.with(Power::new(2)?),
            ActivationKind::Zigzag => then.with(Zigzag::new(k)?),
            ActivationKind::ClampedZigzag => then.with(Zigzag::new(k)?.clamped()),
            ActivationKind::Oscillating => then.with(OscillatingPolynomial::new(k)?),
            ActivationKind::InfiniteZigzag => then.with(InfiniteZigzag::new(k)?),
            ActivationKind::Sine => then.with(Sine),
            ActivationKind::ScaledSine => then.with(Scaled::inverse_sqrt(Sine, n)?),
        }
    }

    /// The degree as a polynomial, if it is one.
    pub(super) fn degree(self, k: usize) -> Option<usize> {
        match self {
            ActivationKind::Power | ActivationKind::Oscillating => Some(k),
            ActivationKind::Square => Some(2),
            _ => None,
        }
    }

    /// How often σ(z) + c can change its sign along the line, for any c, if that is limited.
    pub(super) fn sign_changes(self, k: usize) -> Option<usize> {
        match self {
            ActivationKind::Relu => Some(1),
            ActivationKind::Square => Some(2),
            ActivationKind::Power => Some(if k.is_multiple_of(2) { 2 } else { 1 }),
            _ => None,
        }
    }

    /// Whether no value is negative.
    pub(super) fn is_nonnegative(self, k: usize) -> bool {
        match self {
            ActivationKind::Relu | ActivationKind::Square => true,
            ActivationKind::Power => k.is_multiple_of(2),
            _ => false,
        }
    }
}
