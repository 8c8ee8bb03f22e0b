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
//! for u that of σ at S. A [`Neuron`] computes all n + 2 numbers in one pass, a
//! [`Network`] those of its neurons, and [`polynet_gradient`] those of a product of factors. The way
//! is chosen by the [`Form`] of the activation, the weights and their number:
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
//! # Ties
//! The ReLU of this crate has slope 0 at 0, and every kink the slope from its left. An input with
//! w·x + b exactly at a kink counts accordingly, and exactly means: for the given floating-point
//! numbers, without rounding of the sum. So it is in all methods for straight pieces but
//! the quadrature, which gives an input that ties half of either side; an estimate of what that
//! amounts to is part of its error. The enumeration rounds w·x + b as a training step does. A kink
//! of a [`Scaled`](crate::activation::Scaled) activation is where the quotient is rounded to.
//!
//! # Errors of the numbers
//! Every result carries a bound for its error, beside which exact means up to rounding. Those of the
//! enumeration take the values of the activation for exact. That of the quadrature is an estimate in
//! one of its parts: the coefficient of 1\[z > 0\] is
//!
//! ```math
//! \tfrac12 [T = \varnothing] + \frac1\pi \int_0^\infty \mathrm{Im} \Big( e^{itb}
//!     \prod_{l \in T} i \sin(t w_l) \prod_{l \notin T} \cos(t w_l) \Big) \frac{dt}{t}
//! ```
//!
//! (Gil-Pelaez 1951), and the integral is replaced by the midpoint rule (Davies 1973). What that does
//! is known: the rule is exact for inputs with |z| below a bound, beyond which no inputs lie but a
//! share of 2⁻⁵³. Rounding is bounded, too. But the integral has to end somewhere, and how much of it
//! is left is a question about the sums of the weights that come closest to a kink, which no fast
//! method answers. It is estimated, generously, by taking the integrand to remain as large as it was
//! in the second half of the range; for weights in general position that is about 2^(−n/2) divided by
//! the square root of the number of points, nothing for n = 100 and 10⁻⁹ for n = 45. Weights that are
//! nearly but not exactly integers, with so small a unit that the range ends before the integrand
//! comes back to 1, deceive the estimate.

mod binomial;
mod counting;
mod enumeration;
mod folded;
mod grid;
mod lattice;
mod meet;
mod moments;
mod network;
mod polynet;
mod polynomial;
mod products;
mod quadrature;
mod reduced;
mod sine;
mod square;
mod steps;

use super::gap::membership;
use crate::activation::{Activation, Form};
use crate::error::{Error, Result, positive};
pub use network::{Network, NetworkGradient};
pub use polynet::{PolyNetGradient, polynet_gradient, polynet_square_gradient};

use grid::Grid;
use reduced::Reduced;
use std::fmt;
use steps::{Steps, Sums};

/// A way to compute the Fourier coefficients of a neuron.
///
/// [`Neuron::gradient`] chooses one, [`Neuron::gradient_by`] takes the one it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Method {
    /// Two coordinates of S have weight 0, so that every coefficient asked for vanishes.
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
    /// The sum over all inputs.
    Enumeration,
    /// The sorted sums of two halves of the weights.
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

/// A neuron σ(w·x + b).
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::gradient::{Method, Neuron};
///
/// // All weights 1, no bias: a majority, whose coefficients are known.
/// let w = [1.0; 9];
/// let found = Neuron::new(&Relu, &w, 0.0)?.gradient(&[0, 1, 2, 3])?;
/// assert_eq!(found.method, Method::Binomial);
/// assert!((found.weight[0] - 0.01953125).abs() < 1e-15);
/// assert!((found.weight[4] + 0.01171875).abs() < 1e-15);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Neuron<'a, A> {
    activation: &'a A,
    weights: &'a [f64],
    bias: f64,
}

/// The population gradient of a neuron u·σ(w·x + b) at u = 1 under the correlation loss.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NeuronGradient {
    /// −E\[y x_j σ'(w·x + b)\] for each j.
    pub weight: Vec<f64>,
    /// −E\[y σ'(w·x + b)\].
    pub bias: f64,
    /// −E\[y σ(w·x + b)\], the derivative in u.
    pub output: f64,
    /// A bound for the error of `bias` and of every entry of `weight`, of absolute value.
    pub error: f64,
    /// A bound for the error of `output`.
    pub output_error: f64,
    /// How these numbers were computed.
    pub method: Method,
}

/// Coefficients of σ' and σ, and bounds for their errors.
#[derive(Debug, Clone)]
struct Found {
    /// That of σ' at S.
    slope: f64,
    /// Those of σ' at S△j.
    slopes: Vec<f64>,
    /// That of σ at S.
    value: f64,
    error: f64,
    value_error: f64,
}

/// The largest error of a single step that a quadrature may come back with.
const TOLERANCE: f64 = 1e-8;

impl<'a, A: Activation> Neuron<'a, A> {
    /// The neuron with the given weights and bias.
    ///
    /// # Errors
    /// [`Error::Zero`] if there are no weights, [`Error::NotFinite`] if a number is not finite or
    /// Σ|w_l| + |b| is too large for one.
    pub fn new(activation: &'a A, weights: &'a [f64], bias: f64) -> Result<Self> {
        positive("the number of coordinates n", weights.len())?;
        finite("weight", weights)?;
        finite("bias", &[bias])?;
        let reach = weights.iter().map(|w| w.abs()).sum::<f64>() + bias.abs();
        finite("the largest of |w·x + b| of neuron", &[reach])?;
        Ok(Neuron {
            activation,
            weights,
            bias,
        })
    }

    /// The population gradient for the parity of the given support.
    ///
    /// # Errors
    /// [`Error::Degree`] if the support is empty, [`Error::SupportRange`] or
    /// [`Error::SupportRepeat`] if it is no subset of the coordinates; [`Error::Method`] if no method
    /// reaches, and [`Error::NotFinite`] if a result overflows.
    pub fn gradient(&self, support: &[usize]) -> Result<NeuronGradient> {
        self.solve(None, support)
    }

    /// The population gradient, computed by the given method.
    ///
    /// # Errors
    /// As [`gradient`](Neuron::gradient); [`Error::Method`] names the method that would work if this
    /// one does not.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::theory::gradient::{Method, Neuron};
    ///
    /// let w: Vec<f64> = (0..60).map(|i| 1.0 + 0.01 * f64::from(i * i % 61)).collect();
    /// let neuron = Neuron::new(&Relu, &w, 0.0)?;
    /// let error = neuron.gradient_by(Method::MeetInTheMiddle, &[0, 1]).unwrap_err();
    /// assert!(error.to_string().contains("use quadrature"));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn gradient_by(&self, method: Method, support: &[usize]) -> Result<NeuronGradient> {
        self.solve(Some(method), support)
    }

    fn solve(&self, demanded: Option<Method>, support: &[usize]) -> Result<NeuronGradient> {
        let inside = membership(self.weights.len(), support)?;
        let Some(neuron) = Reduced::new(self.weights, self.bias, &inside) else {
            return Ok(NeuronGradient {
                weight: vec![0.0; self.weights.len()],
                bias: 0.0,
                output: 0.0,
                error: 0.0,
                output_error: 0.0,
                method: Method::Vanishing,
            });
        };
        let (found, method) = self.coefficients(demanded, &neuron)?;
        let found = neuron.expand(found);
        let gradient = NeuronGradient {
            weight: found.slopes.iter().map(|c| -c).collect(),
            bias: -found.slope,
            output: -found.value,
            error: found.error,
            output_error: found.value_error,
            method,
        };
        finite("the population gradient of weight", &gradient.weight)?;
        finite("the population gradient of bias", &[gradient.bias])?;
        finite(
            "the population gradient of output weight",
            &[gradient.output],
        )?;
        Ok(gradient)
    }

    fn coefficients(&self, demanded: Option<Method>, neuron: &Reduced) -> Result<(Found, Method)> {
        // Rounding of the sum must not hide a kink at its very end.
        let form = self
            .activation
            .form((neuron.reach() + self.bias.abs()) * (1.0 + 1e-9));
        if demanded == Some(Method::Enumeration) {
            return self.enumerate(neuron, &form);
        }
        let (found, method) = match &form {
            Form::Sine { frequency } => (sine::sine(neuron, *frequency), Method::Sine),
            Form::Polynomial { coefficients } => (
                polynomial::polynomial(neuron, coefficients),
                Method::Moments,
            ),
            Form::Pieces {
                constant,
                slope,
                kinks,
            } => {
                let steps = Steps::new(neuron, *constant, *slope, kinks);
                let (sums, method) = by_steps(demanded, &steps)?;
                return Ok((steps.found(sums), method));
            }
            Form::Other => return self.enumerate_unless(demanded, neuron, &form),
        };
        match demanded {
            Some(other) if other != method => Err(unsuited(other, &form, method)),
            _ => Ok((found, method)),
        }
    }

    fn enumerate_unless(
        &self,
        demanded: Option<Method>,
        neuron: &Reduced,
        form: &Form,
    ) -> Result<(Found, Method)> {
        match demanded {
            Some(other) => Err(unsuited(other, form, Method::Enumeration)),
            None => self.enumerate(neuron, form),
        }
    }

    fn enumerate(&self, neuron: &Reduced, form: &Form) -> Result<(Found, Method)> {
        let method = Method::Enumeration;
        if neuron.len() > enumeration::MOST {
            let repair = match form {
                Form::Sine { .. } => format!("use {}", Method::Sine),
                Form::Polynomial { .. } => format!("use {}", Method::Moments),
                Form::Pieces {
                    constant,
                    slope,
                    kinks,
                } => {
                    let steps = Steps::new(neuron, *constant, *slope, kinks);
                    format!("use {}", choice(&steps, &steps.grid()))
                }
                Form::Other => "give the activation a form, or estimate from samples".into(),
            };
            return Err(too_many(method, neuron.len(), enumeration::MOST, repair));
        }
        Ok((enumeration::enumerate(self.activation, neuron), method))
    }
}

impl Steps<'_> {
    fn grid(&self) -> Grid {
        let neuron = self.neuron;
        let at = self.kinks.iter().map(|kink| kink.at);
        Grid::new(&neuron.weights, neuron.bias, at)
    }
}

/// The work of the methods for integers, n·ΣP.
fn work(grid: &Grid) -> i128 {
    grid.reach().saturating_mul(grid.weights.len() as i128)
}

/// The method for steps on that grid.
fn choice(steps: &Steps, grid: &Grid) -> Method {
    let (n, exact) = (steps.neuron.len(), grid.slack == 0);
    let meets = n <= meet::MOST;
    let equal = grid.weights.iter().all(|&p| p == 1);
    if exact && equal && n > 0 {
        return Method::Binomial;
    }
    // Both are exact; a pair of sums takes about as long as ten counts.
    let counts = exact && n <= counting::MOST && work(grid) <= counting::MOST_WORK;
    if counts && !(meets && 10 << (n / 2) < work(grid)) {
        return Method::Counting;
    }
    if meets {
        return Method::MeetInTheMiddle;
    }
    if exact && work(grid) <= lattice::MOST_WORK {
        return Method::Lattice;
    }
    Method::Quadrature
}

fn by_steps(demanded: Option<Method>, steps: &Steps) -> Result<(Sums, Method)> {
    let (grid, n) = (steps.grid(), steps.neuron.len());
    let chosen = choice(steps, &grid);
    let method = demanded.unwrap_or(chosen);
    let instead = || format!("use {chosen}");
    let integers = |most| {
        if grid.slack > 0 {
            let reason = "the weights are no integers times a common unit".into();
            return Err(refusal(method, reason, instead()));
        }
        if work(&grid) > most {
            let (sum, unit) = (grid.reach(), "times their largest common unit");
            let reason = format!("the weights are integers {unit} that sum to {sum}, too many");
            return Err(refusal(method, reason, instead()));
        }
        Ok(())
    };
    let sums = match method {
        Method::Binomial => {
            if grid.slack > 0 || grid.weights.iter().any(|&p| p != 1) || n == 0 {
                let reason = "the weights other than 0 are not of one magnitude".into();
                return Err(refusal(method, reason, instead()));
            }
            binomial::binomial(steps, &grid)
        }
        Method::Counting => {
            if n > counting::MOST {
                return Err(too_many(method, n, counting::MOST, instead()));
            }
            integers(counting::MOST_WORK)?;
            counting::count(steps, &grid)
        }
        Method::Lattice => {
            integers(lattice::MOST_WORK)?;
            lattice::lattice(steps, &grid)
        }
        Method::MeetInTheMiddle => {
            if n > meet::MOST {
                return Err(too_many(method, n, meet::MOST, instead()));
            }
            meet::meet(steps, &grid)
        }
        Method::Quadrature => {
            let sums = quadrature::quadrature(steps);
            if !(sums.error <= TOLERANCE * steps.size()) {
                let reason = format!(
                    "the characteristic function of these {n} weights decays too slowly, the estimated error is {:e}",
                    sums.error
                );
                let repair = if chosen == method {
                    "estimate from samples".into()
                } else {
                    instead()
                };
                return Err(refusal(method, reason, repair));
            }
            sums
        }
        _ => {
            let form = Form::Pieces {
                constant: 0.0,
                slope: 0.0,
                kinks: Vec::new(),
            };
            return Err(unsuited(method, &form, chosen));
        }
    };
    Ok((sums, method))
}

fn refusal(method: Method, reason: String, repair: String) -> Error {
    Error::Method {
        method: method.name(),
        reason,
        repair,
    }
}

fn too_many(method: Method, n: usize, most: usize, repair: String) -> Error {
    let reason = format!("n = {n} weights other than 0 are more than {most}");
    refusal(method, reason, repair)
}

fn unsuited(method: Method, form: &Form, instead: Method) -> Error {
    let kind = match form {
        Form::Sine { .. } => "a sine",
        Form::Polynomial { .. } => "a polynomial",
        Form::Pieces { .. } => "a function of straight pieces",
        Form::Other => "a function of unknown form",
    };
    let reason = format!("the activation is {kind}");
    refusal(method, reason, format!("use {instead}"))
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
