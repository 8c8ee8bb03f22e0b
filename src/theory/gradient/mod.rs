//! Population gradients, exactly.
//!
//! Under the correlation loss −y·f, the gradient of a neuron f(x) = u·σ(w·x + b) over the whole
//! population is a list of Fourier coefficients,
//!
//! ```math
//! -\mathbb{E}\big[ y \, x_j \, \sigma'(w \cdot x + b) \big]
//!     = -\widehat{\sigma'_{w,b}}(S \triangle \{j\}), \qquad y = \chi_S(x) ,
//! ```
//!
//! of degree k − 1 for j ∈ S and of degree k + 1 elsewhere; for b it is the coefficient at S, and
//! for u that of σ at S. A [`Neuron`] computes all n + 2 numbers in one pass, a [`Network`] those
//! of its neurons, and [`polynet_gradient`] those of a product of factors. The method depends on
//! the [`Form`](crate::activation::Form) of the activation, the weights and their number:
//!
//! | activation | weights | method | cost |
//! |---|---|---|---|
//! | sine | any | [`Method::Sine`] | O(n) |
//! | polynomial of degree d | any | [`Method::Moments`] | O(n d²) |
//! | straight pieces: ReLU, zigzags | of one magnitude | [`Method::Binomial`] | O(n) a kink |
//! | | integers P up to a unit, n ≤ 120 | [`Method::Counting`] | O(n·ΣP) |
//! | | n ≤ 44 | [`Method::MeetInTheMiddle`] | O(2^(n/2)) a kink |
//! | | integers up to a unit | [`Method::Lattice`] | O(n·ΣP) |
//! | | any other | [`Method::Quadrature`] | O(n) a point |
//! | anything else | n ≤ 26 | [`Method::Enumeration`] | O(2ⁿ) |
//!
//! Here n counts the weights other than 0 only, so that sparse neurons may be long.
//!
//! The same methods give the size of the gradient of one example, [`Neuron::second_moment`], from which
//! [`drift`](super::drift) has the variance of a stochastic gradient.
//!
//! # Ties
//! The ReLU of this crate has slope 0 at 0, and every kink the slope from its left. An input with
//! w·x + b exactly at a kink counts accordingly, and exactly means: for the given floating-point
//! numbers, without rounding of the sum. That holds for all methods for straight pieces except the
//! quadrature, which counts an input at a kink half on either side; its error includes an estimate
//! of the effect. The enumeration rounds w·x + b as a training step does. A kink of a
//! [`Scaled`](crate::activation::Scaled) activation is at the rounded quotient.
//!
//! # Errors of the numbers
//! Every result has a bound for its error; exact means up to rounding. The bounds of the
//! enumeration assume exact values of the activation. One part of the bound of the quadrature is an
//! estimate: the coefficient of 1\[z > 0\] is
//!
//! ```math
//! \tfrac12 [T = \varnothing] + \frac1\pi \int_0^\infty \mathrm{Im} \Big( e^{itb}
//!     \prod_{l \in T} i \sin(t w_l) \prod_{l \notin T} \cos(t w_l) \Big) \frac{dt}{t}
//! ```
//!
//! (Gil-Pelaez, *Note on the inversion theorem*, 1951), and the integral is replaced by the
//! midpoint rule (Davies, *Numerical inversion of a characteristic function*, 1973). The error of
//! the rule is bounded: it is exact for inputs with |z| below a bound, which all but a share of
//! 2⁻⁵³ of the inputs satisfy. Rounding is bounded, too. But the integral is truncated, and the
//! rest depends on the sums of the weights closest to a kink, which no fast method computes. The
//! rest is estimated, generously, by assuming that the integrand remains as large as in the second
//! half of the range; for weights in general position that is about 2^(−n/2) divided by the square
//! root of the number of points, nothing for n = 100 and 10⁻⁹ for n = 45. Weights that are nearly
//! but not exactly integers, with so small a unit that the range ends before the integrand comes
//! back to 1, invalidate the estimate.

mod binomial;
mod choice;
mod counting;
mod enumeration;
mod folded;
mod grid;
mod lattice;
mod meet;
mod method;
mod moments;
mod network;
mod neuron;
mod polynet;
mod polynomial;
pub(super) mod population;
mod products;
mod quadrature;
mod reduced;
mod scouts;
mod second_moment;
mod sine;
mod square;
mod steps;

pub use method::Method;
pub use network::{Network, NetworkGradient};
pub use neuron::{Neuron, NeuronGradient};
pub use polynet::{PolyNetGradient, polynet_gradient, polynet_square_gradient};
pub use second_moment::SecondMoment;

pub(crate) use enumeration::MOST as MOST_ENUMERATED;

use crate::error::{Error, Result};

/// Coefficients of σ' and σ, and bounds for their errors.
#[derive(Debug, Clone)]
struct Found {
    /// The coefficient of σ' at S.
    slope: f64,
    /// The coefficients of σ' at S△j.
    slopes: Vec<f64>,
    /// The coefficient of σ at S.
    value: f64,
    error: f64,
    value_error: f64,
}

/// Succeeds if all numbers are finite.
fn finite(what: &'static str, numbers: &[f64]) -> Result<()> {
    match numbers.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        None => Ok(()),
        Some((index, &value)) => Err(Error::NotFinite { what, index, value }),
    }
}

#[cfg(test)]
mod tests;
