//! The population gradient of one neuron.

use super::choice::{by_steps, choice};
use super::method::{Method, too_many, unsuited};
use super::reduced::Reduced;
use super::steps::Steps;
use super::{Found, enumeration, finite, polynomial, sine};
use crate::activation::{Activation, Form};
use crate::error::{Result, positive};
use crate::theory::gap::membership;

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
    pub(super) activation: &'a A,
    pub(super) weights: &'a [f64],
    pub(super) bias: f64,
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
    /// The method used.
    pub method: Method,
}

impl<'a, A: Activation> Neuron<'a, A> {
    /// The neuron with the given weights and bias.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if there are no weights,
    /// [`Error::NotFinite`](crate::Error::NotFinite) if a number is not finite or Σ|w_l| + |b| is
    /// too large for one.
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

    /// The activation σ.
    pub fn activation(&self) -> &'a A {
        self.activation
    }

    /// The weights w.
    pub fn weights(&self) -> &'a [f64] {
        self.weights
    }

    /// The bias b.
    pub fn bias(&self) -> f64 {
        self.bias
    }

    /// The population gradient for the parity of the given support.
    ///
    /// # Errors
    /// [`Error::Degree`](crate::Error::Degree) if the support is empty,
    /// [`Error::SupportRange`](crate::Error::SupportRange) or
    /// [`Error::SupportRepeat`](crate::Error::SupportRepeat) unless it is a subset of the coordinates;
    /// [`Error::Method`](crate::Error::Method) if no method applies, and
    /// [`Error::NotFinite`](crate::Error::NotFinite) if a result overflows.
    pub fn gradient(&self, support: &[usize]) -> Result<NeuronGradient> {
        self.solve(None, support)
    }

    /// The population gradient, computed by the given method.
    ///
    /// # Errors
    /// Those of [`gradient`](Neuron::gradient); [`Error::Method`](crate::Error::Method) names the method
    /// that would work if this one does not.
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

    pub(super) fn solve(
        &self,
        demanded: Option<Method>,
        support: &[usize],
    ) -> Result<NeuronGradient> {
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

    /// The form of the activation on the range of w·x + b.
    pub(super) fn form(&self, neuron: &Reduced) -> Form {
        // Rounding of the sum must not hide a kink at its very end.
        let reach = neuron.reach() + self.bias.abs();
        self.activation.form(reach * (1.0 + 1e-9))
    }

    fn coefficients(&self, demanded: Option<Method>, neuron: &Reduced) -> Result<(Found, Method)> {
        let form = self.form(neuron);
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

    pub(super) fn enumerate(&self, neuron: &Reduced, form: &Form) -> Result<(Found, Method)> {
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
