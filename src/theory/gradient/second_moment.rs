//! The second moment of the gradient of a single example.

use super::choice::by_steps;
use super::method::Method;
use super::moments::derivative;
use super::neuron::Neuron;
use super::polynomial::polynomial;
use super::reduced::Reduced;
use super::sine::sine;
use super::steps::Steps;
use super::{Found, finite};
use crate::activation::{Activation, Form, Kink};
use crate::error::Result;
use crate::real::Real;

/// E\[σ'(w·x + b)²\] for a neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecondMoment {
    /// The second moment.
    pub value: f64,
    /// A bound for the error of `value`.
    pub error: f64,
    /// The method used.
    pub method: Method,
}

impl<A: Activation> Neuron<'_, A> {
    /// The second moment of every coordinate of the gradient of one example under the correlation
    /// loss, at u = 1.
    ///
    /// ```math
    /// \mathbb{E}\big[ (y \, x_j \, \sigma'(w \cdot x + b))^2 \big]
    ///     = \mathbb{E}\big[ \sigma'(w \cdot x + b)^2 \big] , \qquad x_j^2 = y^2 = 1
    /// ```
    ///
    /// It depends neither on j nor on the labels, and that of the derivative in b is the same. For a
    /// ReLU it is P(w·x + b > 0), for a sine ½(1 + cos 2b·∏ cos 2w_l). In general it is the
    /// coefficient of σ'² at ∅, a function that is a sine, a polynomial or steps if σ' is.
    ///
    /// # Errors
    /// [`Error::Method`](crate::Error::Method) if no method reaches,
    /// [`Error::NotFinite`](crate::Error::NotFinite) if the result overflows.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::theory::gradient::Neuron;
    ///
    /// // Of the sums of three signs, all but −3 exceed −1.5.
    /// let found = Neuron::new(&Relu, &[1.0, -1.0, 1.0], 1.5)?.second_moment()?;
    /// assert_eq!(found.value, 0.875);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn second_moment(&self) -> Result<SecondMoment> {
        let nowhere = vec![false; self.weights.len()];
        let neuron = Reduced::new(self.weights, self.bias, &nowhere)
            .expect("no coordinate of the empty set has weight 0");
        let (value, error, method) = match self.form(&neuron) {
            Form::Sine { frequency } => {
                // ω² cos² ωz = ω²/2 + ω/4·(2ω cos 2ωz).
                let found = sine(&neuron, 2.0 * frequency);
                let half = 0.5 * frequency * frequency;
                let error = 0.25 * frequency.abs() * found.error + 4.0 * f64::EPSILON * half;
                (half + 0.25 * frequency * found.slope, error, Method::Sine)
            }
            Form::Polynomial { coefficients } => {
                let slope = derivative(&coefficients);
                let found = polynomial(&neuron, &integral_of_square(&slope));
                // The square is rounded in proportion to its terms, which may cancel.
                let sizes: Vec<f64> = slope.iter().map(|c| c.abs()).collect();
                let size = polynomial(&neuron, &integral_of_square(&sizes));
                (found.slope, found.error + size.error, Method::Moments)
            }
            Form::Pieces { slope, kinks, .. } => {
                let steps = Steps::new(&neuron, 0.0, slope * slope, &squared(slope, kinks));
                let (sums, method) = by_steps(None, &steps)?;
                let Found { slope, error, .. } = steps.found(sums);
                (slope, error, method)
            }
            Form::Other => {
                let squared = Neuron {
                    activation: &Squared(self.activation),
                    weights: self.weights,
                    bias: self.bias,
                };
                let (found, method) = squared.enumerate(&neuron, &Form::Other)?;
                (found.slope, found.error, method)
            }
        };
        finite("the second moment of the slope of neuron", &[value])?;
        Ok(SecondMoment {
            value,
            error,
            method,
        })
    }
}

/// The coefficients of ∫ (Σ c_d z^d)² dz, with 0 for the constant.
fn integral_of_square(c: &[f64]) -> Vec<f64> {
    let mut square = vec![0.0; (2 * c.len()).max(1)];
    for (i, a) in c.iter().enumerate() {
        for (j, b) in c.iter().enumerate() {
            square[i + j + 1] += a * b;
        }
    }
    let degrees = square.iter_mut().enumerate().skip(1);
    degrees.for_each(|(degree, c)| *c /= degree as f64);
    square
}

/// The jumps of the square of a function of steps that is `slope` before the first one.
fn squared(mut slope: f64, mut kinks: Vec<Kink>) -> Vec<Kink> {
    kinks.sort_by(|a, b| a.at.total_cmp(&b.at));
    for kink in &mut kinks {
        let before = slope;
        slope += kink.jump;
        kink.jump = slope * slope - before * before;
    }
    kinks.retain(|kink| kink.jump != 0.0);
    kinks
}

/// An activation with the slope σ'²; its value is not used.
#[derive(Debug)]
struct Squared<'a, A>(&'a A);

impl<A: Activation> Activation for Squared<'_, A> {
    fn value<F: Real>(&self, _: F) -> F {
        F::nan()
    }

    fn slope<F: Real>(&self, z: F) -> F {
        let slope = self.0.slope(z);
        slope * slope
    }

    fn slopes<F: Real>(&self, z: &[F], out: &mut [F]) {
        self.0.slopes(z, out);
        out.iter_mut().for_each(|slope| *slope = *slope * *slope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    /// Without a form.
    #[derive(Debug)]
    struct Softsign;

    impl Activation for Softsign {
        fn value<F: Real>(&self, z: F) -> F {
            z / (F::one() + z.abs())
        }
        fn slope<F: Real>(&self, z: F) -> F {
            let root = F::one() + z.abs();
            F::one() / (root * root)
        }
    }

    fn assert_definition(f: &impl Activation, w: &[f64], b: f64) {
        let n = w.len();
        let mut sum = 0.0;
        for x in 0_u32..1 << n {
            let sign = |i: usize| if x >> i & 1 == 1 { -1.0 } else { 1.0 };
            let slope = f.slope((0..n).map(|i| sign(i) * w[i]).sum::<f64>() + b);
            sum += slope * slope;
        }
        let expected = sum / (1_u32 << n) as f64;
        let found = Neuron::new(f, w, b).unwrap().second_moment().unwrap();
        let far = (found.value - expected).abs();
        assert!(
            far <= 1e-12 * (1.0 + expected) && found.error <= 1e-11 * (1.0 + expected),
            "{f:?} at {w:?}, {b}: {found:?}, not {expected}"
        );
    }

    #[test]
    fn second_moments_agree_with_the_sum_over_all_inputs() {
        let rng = &mut Seeds::from(3).stream(Purpose::Init);
        for n in [1, 2, 5, 9] {
            let random: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
            let sparse = (0..n).map(|i| if i % 3 == 1 { 0.75 } else { 0.0 });
            let integers = (0..n).map(|i| [1.0, -2.0, 3.0][i % 3]);
            for w in [random, sparse.collect(), integers.collect(), vec![-1.0; n]] {
                for b in [0.0, 0.5, -1.0, 0.123] {
                    assert_definition(&Relu, &w, b);
                    assert_definition(&Sine, &w, b);
                    assert_definition(&Scaled::new(Sine, 0.7).unwrap(), &w, b);
                    assert_definition(&InfiniteZigzag::new(3).unwrap(), &w, b);
                    assert_definition(&Softsign, &w, b);
                    for k in 1..=4 {
                        assert_definition(&Power::new(k).unwrap(), &w, b);
                        assert_definition(&Zigzag::new(k).unwrap(), &w, b);
                        assert_definition(&Zigzag::new(k).unwrap().clamped(), &w, b);
                    }
                }
            }
        }
        let w = [0.1, 0.2, -0.3, 0.15, 0.05];
        assert_definition(&OscillatingPolynomial::new(4).unwrap(), &w, 0.2);
    }

    #[test]
    fn long_neurons_need_a_form() {
        let w: Vec<f64> = (1..=100).map(|i| libm::sin(f64::from(i))).collect();
        let relu = Neuron::new(&Relu, &w, 0.0).unwrap().second_moment();
        assert!((relu.unwrap().value - 0.5).abs() < 1e-9);
        let sine = Neuron::new(&Sine, &w, 0.3).unwrap().second_moment();
        assert!((sine.unwrap().value - 0.5).abs() < 1e-9);
        let error = Neuron::new(&Softsign, &w, 0.0).unwrap().second_moment();
        let message = error.unwrap_err().to_string();
        assert!(message.contains("n = 100") && message.contains("samples"));
    }

    #[test]
    fn an_infinite_zigzag_is_equally_steep_everywhere() {
        let zigzag = InfiniteZigzag::new(3).unwrap();
        let w: Vec<f64> = (1..=60).map(|i| libm::sin(f64::from(i))).collect();
        let found = Neuron::new(&zigzag, &w, 0.1).unwrap().second_moment();
        let steep = zigzag.slope(0.5_f64);
        assert_eq!(found.unwrap().value, steep * steep);
    }
}
