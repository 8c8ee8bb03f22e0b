//! The methods, their names and the errors of those that do not apply.

use crate::activation::Form;
use crate::error::Error;
use std::fmt;

/// A way to compute the Fourier coefficients of a neuron.
///
/// [`Neuron::gradient`](super::Neuron::gradient) chooses one,
/// [`Neuron::gradient_by`](super::Neuron::gradient_by) uses the given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Method {
    /// Two coordinates of S have weight 0, so that every coefficient vanishes.
    Vanishing,
    /// The closed form of the sine.
    Sine,
    /// Moments of w·x + b by a truncated power series, for polynomials.
    Moments,
    /// Krawtchouk polynomials, for weights of one magnitude.
    Binomial,
    /// Dynamic programming over the sum in integers, for integer weights.
    Counting,
    /// A finite Fourier sum, for integer weights.
    Lattice,
    /// The sum over all inputs, as the part of a Walsh–Hadamard transform that leads to S and its
    /// neighbours, in blocks that need no memory.
    Enumeration,
    /// The sorted sums of two halves of the weights, in up to 0.1 GB for n = 40 and 0.4 GB for 44.
    MeetInTheMiddle,
    /// The characteristic function, integrated numerically.
    Quadrature,
    /// Permanents of minors of the weights, for PolyNet.
    Permanents,
}

impl Method {
    /// The name, as in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Method::Vanishing => "vanishing",
            Method::Sine => "the closed form of the sine",
            Method::Moments => "moments",
            Method::Binomial => "binomial sums",
            Method::Counting => "counting",
            Method::Lattice => "the lattice sum",
            Method::Enumeration => "enumeration",
            Method::MeetInTheMiddle => "meet in the middle",
            Method::Quadrature => "quadrature",
            Method::Permanents => "permanents",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

pub(super) fn refusal(method: Method, reason: String, repair: String) -> Error {
    Error::Method {
        method: method.name(),
        reason,
        repair,
    }
}

pub(super) fn too_many(method: Method, n: usize, most: usize, repair: String) -> Error {
    let reason = format!("n = {n} weights other than 0 are more than {most}");
    refusal(method, reason, repair)
}

pub(super) fn unsuited(method: Method, form: &Form, instead: Method) -> Error {
    let kind = match form {
        Form::Sine { .. } => "a sine",
        Form::Polynomial { .. } => "a polynomial",
        Form::Pieces { .. } => "a function of straight pieces",
        Form::Other => "a function of unknown form",
    };
    let reason = format!("the activation is {kind}");
    refusal(method, reason, format!("use {instead}"))
}
