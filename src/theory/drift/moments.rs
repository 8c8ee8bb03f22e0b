//! Mean and variance of the gradient of one example.

use super::Walk;
use crate::activation::Activation;
use crate::error::{Error, Result, non_negative, positive};
use crate::theory::gradient::{Method, Neuron};

/// The mean and the variance of the gradient of one example, for a neuron at (w, b).
///
/// The example is uniform with the label of a parity, and the loss −y·f for f(x) = σ(w·x + b). With an
/// output weight u, means are multiplied by u and variances by u².
///
/// ```math
/// \partial_i \ell = -y \, x_i \, \sigma'(w \cdot x + b), \qquad
/// \mathbb{E} \, \partial_i \ell = g_i, \qquad
/// \mathrm{Var} \, \partial_i \ell = \mathbb{E}\big[ \sigma'(w \cdot x + b)^2 \big] - g_i^2
/// ```
///
/// A batch of B independent examples has the same mean and 1/B of the variance.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::drift::Drift;
/// use sparse_parity::theory::gradient::Neuron;
///
/// let w = [1.0; 9];
/// let neuron = Neuron::new(&Relu, &w, 0.0)?;
/// let drift = Drift::of(&neuron, &[0, 1, 2, 3])?;
/// assert!((drift.mean[0] - 0.01953125).abs() < 1e-15);
/// assert_eq!(drift.second_moment, 0.5);
/// assert!((drift.variance(0) - (0.5 - 0.01953125 * 0.01953125)).abs() < 1e-15);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Drift {
    /// The mean g_i for each weight.
    pub mean: Vec<f64>,
    /// The mean for the bias, −E\[y σ'(w·x + b)\].
    pub bias_mean: f64,
    /// E\[σ'(w·x + b)²\], the second moment for the bias and every weight.
    pub second_moment: f64,
    /// A bound for the error of every mean.
    pub error: f64,
    /// A bound for the error of the second moment.
    pub second_moment_error: f64,
    /// The method that computed the means.
    pub method: Method,
    /// The method that computed the second moment.
    pub second_moment_method: Method,
}

impl Drift {
    /// The moments for the parity of the given support.
    ///
    /// # Errors
    /// Those of [`Neuron::gradient`] and [`Neuron::second_moment`].
    pub fn of<A: Activation>(neuron: &Neuron<'_, A>, support: &[usize]) -> Result<Self> {
        let gradient = neuron.gradient(support)?;
        let second = neuron.second_moment()?;
        Ok(Drift {
            mean: gradient.weight,
            bias_mean: gradient.bias,
            second_moment: second.value,
            error: gradient.error,
            second_moment_error: second.error,
            method: gradient.method,
            second_moment_method: second.method,
        })
    }

    /// The moments for labels that are flipped with probability p.
    ///
    /// Means are multiplied by 1 − 2p; the second moment does not change.
    ///
    /// # Errors
    /// [`Error::Noise`] unless 0 ≤ p < ½.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::theory::drift::Drift;
    /// use sparse_parity::theory::gradient::Neuron;
    ///
    /// let drift = Drift::of(&Neuron::new(&Sine, &[0.3, 0.4, 0.1], 0.5)?, &[0, 1])?;
    /// let noisy = drift.clone().with_label_noise(0.25)?;
    /// assert_eq!(noisy.mean[0], 0.5 * drift.mean[0]);
    /// assert!(noisy.variance(0) > drift.variance(0));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn with_label_noise(mut self, p: f64) -> Result<Self> {
        if !(0.0..0.5).contains(&p) {
            return Err(Error::Noise { p });
        }
        let kept = 1.0 - 2.0 * p;
        self.mean.iter_mut().for_each(|g| *g *= kept);
        self.bias_mean *= kept;
        // The factor is rounded, and so is each product.
        let largest = self.mean.iter().fold(self.bias_mean.abs(), larger);
        self.error = kept * self.error + 2.0 * f64::EPSILON * largest;
        Ok(self)
    }

    /// The variance v_i of coordinate i of the gradient of one example.
    ///
    /// # Panics
    /// If weight i does not exist.
    pub fn variance(&self, i: usize) -> f64 {
        self.variance_around(self.mean[i])
    }

    /// The variance of the derivative of one example in the bias.
    pub fn bias_variance(&self) -> f64 {
        self.variance_around(self.bias_mean)
    }

    /// A bound for the error of every variance.
    pub fn variance_error(&self) -> f64 {
        let largest = self.mean.iter().fold(self.bias_mean.abs(), larger);
        let rounding = 2.0 * f64::EPSILON * (self.second_moment + largest * largest);
        self.second_moment_error + self.error * (2.0 * largest + self.error) + rounding
    }

    /// The walk of the weights in steps of rate η with batches of B fresh examples, if the moments
    /// stay as they are.
    ///
    /// # Errors
    /// [`Error::Negative`] unless η is finite and not negative, [`Error::Zero`] if B is 0.
    pub fn walk(&self, rate: f64, batch: usize) -> Result<Walk> {
        non_negative("the rate η", rate)?;
        positive("the batch size", batch)?;
        let share = 1.0 / batch as f64;
        let spread = |i| rate * (self.variance(i) * share).sqrt();
        Ok(Walk {
            mean: self.mean.iter().map(|g| -rate * g).collect(),
            deviation: (0..self.mean.len()).map(spread).collect(),
        })
    }

    /// Rounding must not make it negative where the gradient is the same for every example.
    fn variance_around(&self, mean: f64) -> f64 {
        (self.second_moment - mean * mean).max(0.0)
    }
}

fn larger(most: f64, g: &f64) -> f64 {
    most.max(g.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Power, Relu, Sine, Zigzag};
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    /// Compares with the sums over all inputs and both labels that noise may give them.
    fn assert_definition(f: &impl Activation, w: &[f64], b: f64, support: &[usize], p: f64) {
        let n = w.len();
        let (mut sums, mut squares) = (vec![0.0; n + 1], vec![0.0; n + 1]);
        for x in 0_u32..1 << n {
            let sign = |i: usize| if x >> i & 1 == 1 { -1.0 } else { 1.0 };
            let clean: f64 = support.iter().map(|&i| sign(i)).product();
            let slope = f.slope((0..n).map(|i| sign(i) * w[i]).sum::<f64>() + b);
            for (y, share) in [(clean, 1.0 - p), (-clean, p)] {
                for i in 0..=n {
                    let g = -y * slope * if i < n { sign(i) } else { 1.0 };
                    sums[i] += share * g;
                    squares[i] += share * g * g;
                }
            }
        }
        let scale = 1.0 / (1_u32 << n) as f64;
        let neuron = Neuron::new(f, w, b).unwrap();
        let drift = Drift::of(&neuron, support).unwrap();
        let drift = drift.with_label_noise(p).unwrap();
        let close = |found: f64, expected: f64, error: f64| {
            let size = 1.0 + scale * squares[0];
            assert!(
                (found - expected).abs() <= 1e-12 * size && error <= 1e-11 * size,
                "{f:?} at {w:?}, {b}: {found} ± {error}, not {expected}"
            );
        };
        for i in 0..=n {
            let mean = scale * sums[i];
            let variance = scale * squares[i] - mean * mean;
            let (found, spread) = match drift.mean.get(i) {
                Some(&g) => (g, drift.variance(i)),
                None => (drift.bias_mean, drift.bias_variance()),
            };
            close(found, mean, drift.error);
            close(spread, variance, drift.variance_error());
        }
    }

    #[test]
    fn means_and_variances_agree_with_the_sum_over_all_inputs() {
        let rng = &mut Seeds::from(5).stream(Purpose::Init);
        for n in [2, 4, 8] {
            for w in [
                (0..n).map(|_| rng.random_range(-1.0..1.0)).collect(),
                vec![1.0; n],
            ] {
                for (b, p) in [(0.0, 0.0), (0.5, 0.1), (-0.3, 0.4)] {
                    for support in [&[0][..], &[0, 1]] {
                        assert_definition(&Relu, &w, b, support, p);
                        assert_definition(&Sine, &w, b, support, p);
                        assert_definition(&Power::new(3).unwrap(), &w, b, support, p);
                        assert_definition(&Zigzag::new(2).unwrap(), &w, b, support, p);
                    }
                }
            }
        }
    }

    #[test]
    fn a_gradient_that_every_example_shares_has_no_variance() {
        let line = Power::new(1).unwrap();
        let neuron = Neuron::new(&line, &[0.3, 0.7], 0.1).unwrap();
        let drift = Drift::of(&neuron, &[1]).unwrap();
        assert_eq!((drift.mean[1], drift.variance(1)), (-1.0, 0.0));
        assert_eq!((drift.mean[0], drift.variance(0)), (0.0, 1.0));
    }

    #[test]
    fn impossible_settings_are_refused() {
        let neuron = Neuron::new(&Relu, &[0.3, 0.7], 0.1).unwrap();
        assert!(Drift::of(&neuron, &[]).is_err() && Drift::of(&neuron, &[2]).is_err());
        let drift = Drift::of(&neuron, &[1]).unwrap();
        for p in [-0.1, 0.5, f64::NAN] {
            assert!(drift.clone().with_label_noise(p).is_err());
        }
        assert!(drift.walk(f64::NAN, 1).is_err() && drift.walk(-0.1, 1).is_err());
        assert!(drift.walk(0.1, 0).is_err());
    }
}
