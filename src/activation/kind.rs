use super::{
    Activation, Facts, Gelu, InfiniteZigzag, OscillatingPolynomial, Power, Relu, Scaled, Silu,
    Sine, Softplus, Tanh, Zigzag,
};
use crate::error::Result;

/// An activation by name, as data; where it has a degree, that of the target, k.
///
/// ```
/// use sparse_parity::activation::ActivationKind;
///
/// assert_eq!(ActivationKind::Power.facts(50, 3)?.degree, Some(3));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
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
    /// [`Gelu`].
    Gelu,
    /// [`Silu`].
    Silu,
    /// [`Softplus`].
    Softplus,
    /// [`Tanh`].
    Tanh,
}

/// A computation that is generic in the activation, for [`ActivationKind::with_activation`].
///
/// ```
/// use sparse_parity::activation::{Activation, ActivationKind, ActivationVisitor};
///
/// struct ValueAt(f64);
///
/// impl ActivationVisitor for ValueAt {
///     type Output = f64;
///     fn visit<A: Activation + 'static>(self, activation: A) -> f64 {
///         activation.value(self.0)
///     }
/// }
///
/// let cube = ActivationKind::Power.with_activation(50, 3, ValueAt(2.0))?;
/// assert_eq!(cube, 8.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait ActivationVisitor {
    /// The result of the computation.
    type Output;

    /// Computes with the activation.
    fn visit<A: Activation + 'static>(self, activation: A) -> Self::Output;
}

impl ActivationKind {
    /// Makes the activation for n coordinates and degree k, and hands it to `visitor`.
    ///
    /// [`ActivationVisitor`] has an example.
    ///
    /// # Errors
    /// Those of the activation's constructor.
    pub fn with_activation<V: ActivationVisitor>(
        self,
        n: usize,
        k: usize,
        visitor: V,
    ) -> Result<V::Output> {
        Ok(match self {
            ActivationKind::Relu => visitor.visit(Relu),
            ActivationKind::Power => visitor.visit(Power::new(k)?),
            ActivationKind::Square => visitor.visit(Power::new(2)?),
            ActivationKind::Zigzag => visitor.visit(Zigzag::new(k)?),
            ActivationKind::ClampedZigzag => visitor.visit(Zigzag::new(k)?.clamped()),
            ActivationKind::Oscillating => visitor.visit(OscillatingPolynomial::new(k)?),
            ActivationKind::InfiniteZigzag => visitor.visit(InfiniteZigzag::new(k)?),
            ActivationKind::Sine => visitor.visit(Sine),
            ActivationKind::ScaledSine => visitor.visit(Scaled::inverse_sqrt(Sine, n)?),
            ActivationKind::Gelu => visitor.visit(Gelu),
            ActivationKind::Silu => visitor.visit(Silu),
            ActivationKind::Softplus => visitor.visit(Softplus),
            ActivationKind::Tanh => visitor.visit(Tanh),
        })
    }

    /// Whether the function depends on the degree of the target.
    pub fn has_degree(self) -> bool {
        match self {
            ActivationKind::Power
            | ActivationKind::Zigzag
            | ActivationKind::ClampedZigzag
            | ActivationKind::Oscillating
            | ActivationKind::InfiniteZigzag => true,
            ActivationKind::Relu
            | ActivationKind::Square
            | ActivationKind::Sine
            | ActivationKind::ScaledSine
            | ActivationKind::Gelu
            | ActivationKind::Silu
            | ActivationKind::Softplus
            | ActivationKind::Tanh => false,
        }
    }

    /// What is known of the activation for n coordinates and degree k.
    ///
    /// # Errors
    /// Those of the activation's constructor.
    pub fn facts(self, n: usize, k: usize) -> Result<Facts> {
        struct GetFacts;
        impl ActivationVisitor for GetFacts {
            type Output = Facts;
            fn visit<A: Activation + 'static>(self, activation: A) -> Facts {
                activation.facts()
            }
        }
        self.with_activation(n, k, GetFacts)
    }
}
