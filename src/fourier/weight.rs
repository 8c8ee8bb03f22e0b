//! Sums of squared coefficients.

use super::spectrum::Spectrum;
use crate::error::{Error, Result};
use crate::real::{Real, sum_of};
use crate::threads::map;

/// The number of coefficients in a part. The squares of a part are summed separately, and the sums of the
/// parts are added in order.
const PART: usize = 1 << 16;

impl<F: Real> Spectrum<F> {
    /// The mean $`\hat f(\emptyset) = \mathbb{E}[f]`$.
    pub fn mean(&self) -> F {
        self.coefficients[0]
    }

    /// The total weight, by Parseval the mean square: $`\sum_T \hat f(T)^2 = \mathbb{E}[f^2]`$.
    pub fn weight(&self) -> f64 {
        self.degree_weights().iter().sum()
    }

    /// The variance, the weight above degree 0.
    pub fn variance(&self) -> f64 {
        self.degree_weights()[1..].iter().sum()
    }

    /// The weight at every degree d from 0 to n.
    ///
    /// ```math
    /// W^{=d}[f] = \sum_{|T| = d} \hat f(T)^2
    /// ```
    ///
    /// Source: O'Donnell, section 1.4.
    pub fn degree_weights(&self) -> Vec<f64> {
        let parts = self.parts(|part| {
            let mut weights = vec![0.0; part.len().ilog2() as usize + 1];
            for (mask, c) in part.iter().enumerate() {
                weights[mask.count_ones() as usize] += square(*c);
            }
            weights
        });
        let mut weights = vec![0.0; self.n + 1];
        for (high, part) in parts.into_iter().enumerate() {
            let from = high.count_ones() as usize;
            weights[from..]
                .iter_mut()
                .zip(part)
                .for_each(|(w, part)| *w += part);
        }
        weights
    }

    /// The weight at degree d, 0 for d above n.
    pub fn degree_weight(&self, d: usize) -> f64 {
        self.degree_weights().get(d).copied().unwrap_or(0.0)
    }

    /// The influence of every coordinate; shape `[n]`.
    ///
    /// ```math
    /// \mathrm{Inf}_i[f] = \sum_{T \ni i} \hat f(T)^2 = \mathbb{E}_x [ \mathrm{Var}_{x_i} f ]
    /// ```
    ///
    /// Under the uniform distribution it is $`\mathbb{E}[(f(x) - f(x^{\oplus i}))^2] / 4`$, and for a function
    /// with values ±1 the probability that $`f(x) \ne f(x^{\oplus i})`$.
    /// Source: O'Donnell, sections 2.2 and 8.3.
    ///
    /// ```
    /// use sparse_parity::fourier::Spectrum;
    ///
    /// let parity = Spectrum::of_values(vec![1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0])?;
    /// assert_eq!(parity.influences(), [0.0, 1.0, 1.0]);
    /// assert_eq!(parity.total_influence(), 2.0);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn influences(&self) -> Vec<f64> {
        let parts = self.parts(|part| by_bit(part.iter().map(|&c| square(c)).collect()));
        let (low, totals): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let mut influences = vec![0.0; self.n];
        for part in low {
            influences
                .iter_mut()
                .zip(part)
                .for_each(|(i, part)| *i += part);
        }
        let (high, _) = by_bit(totals);
        let from = self.n - high.len();
        influences[from..].copy_from_slice(&high);
        influences
    }

    /// The influence of one coordinate.
    ///
    /// # Errors
    /// [`Error::SupportRange`] if the coordinate does not exist.
    pub fn influence(&self, i: usize) -> Result<f64> {
        super::set::mask(self.n, &[i])?;
        Ok(self.influences()[i])
    }

    /// The total influence $`\sum_i \mathrm{Inf}_i[f] = \sum_T |T| \, \hat f(T)^2`$.
    ///
    /// Source: O'Donnell, section 2.3.
    pub fn total_influence(&self) -> f64 {
        let weights = self.degree_weights();
        weights.iter().enumerate().map(|(d, w)| d as f64 * w).sum()
    }

    /// The noise stability at ρ.
    ///
    /// ```math
    /// \mathrm{Stab}_\rho[f] = \mathbb{E}[f(x) f(y)] = \sum_T \rho^{|T|} \, \hat f(T)^2
    /// ```
    ///
    /// For ρ ≥ 0, every $`y_i`$ is $`x_i`$ with probability ρ and drawn anew otherwise; under
    /// the uniform distribution, and there for ρ < 0 too, $`y_i = -x_i`$ with probability (1 − ρ)/2.
    /// Source: O'Donnell, section 2.4.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless −1 ≤ ρ ≤ 1.
    pub fn noise_stability(&self, rho: f64) -> Result<f64> {
        Ok(stability(&self.degree_weights(), correlation(rho)?))
    }

    /// The noise sensitivity at δ: $`\mathbb{E}[(f(x) - f(y))^2] / 4`$ for $`y_i = -x_i`$ with
    /// probability δ, which for a function with values ±1 is the probability that f(x) ≠ f(y).
    ///
    /// ```math
    /// \mathrm{NS}_\delta[f] = \tfrac12 \sum_T \bigl( 1 - (1 - 2\delta)^{|T|} \bigr) \hat f(T)^2
    /// ```
    ///
    /// Under a biased distribution δ ≤ ½, and $`y_i`$ is drawn anew with probability 2δ.
    /// Source: O'Donnell, section 2.4.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless 0 ≤ δ ≤ 1.
    pub fn noise_sensitivity(&self, delta: f64) -> Result<f64> {
        if !(0.0..=1.0).contains(&delta) {
            return Err(Error::OutOfRange {
                what: "the noise δ",
                value: delta,
                range: "[0, 1]",
            });
        }
        let rho = 1.0 - 2.0 * delta;
        let mut weights = self.degree_weights();
        let mut power = 1.0;
        for weight in &mut weights {
            *weight *= (1.0 - power) / 2.0;
            power *= rho;
        }
        Ok(weights.iter().sum())
    }

    /// The spectrum of $`T_\rho f (x) = \mathbb{E}[f(y)]`$, y as for
    /// [`noise_stability`](Spectrum::noise_stability): the coefficient of T times $`\rho^{|T|}`$.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless −1 ≤ ρ ≤ 1.
    pub fn with_noise(mut self, rho: f64) -> Result<Self> {
        let rho = correlation(rho)?;
        let next = |power: &mut f64| Some(std::mem::replace(power, *power * rho));
        let powers: Vec<F> = std::iter::repeat_n((), self.n + 1)
            .scan(1.0, |power, ()| next(power))
            .map(F::of)
            .collect();
        for (mask, c) in self.coefficients.iter_mut().enumerate() {
            *c *= powers[mask.count_ones() as usize];
        }
        Ok(self)
    }

    /// What is made of every part of the coefficients, in order.
    fn parts<R: Send>(&self, make: impl Fn(&[F]) -> R + Send + Sync) -> Vec<R> {
        map(self.coefficients.chunks(PART).collect(), make)
    }
}

fn square<F: Real>(c: F) -> f64 {
    c.as_f64() * c.as_f64()
}

/// The sums over the places where bit i is set, for every i, and the sum of all.
fn by_bit(mut values: Vec<f64>) -> (Vec<f64>, f64) {
    let mut sums = vec![0.0; values.len().ilog2() as usize];
    for (bit, sum) in sums.iter_mut().enumerate().rev() {
        let (low, high) = values.split_at_mut(1 << bit);
        let high = &high[..1 << bit];
        *sum = sum_of(high, high, |x, _| x);
        low.iter_mut()
            .zip(high)
            .for_each(|(low, high)| *low += high);
    }
    (sums, values[0])
}

/// Σ ρᵈ W_d by Horner's rule.
fn stability(weights: &[f64], rho: f64) -> f64 {
    weights.iter().rev().fold(0.0, |sum, w| sum * rho + w)
}

fn correlation(rho: f64) -> Result<f64> {
    if !(-1.0..=1.0).contains(&rho) {
        return Err(Error::OutOfRange {
            what: "the correlation ρ",
            value: rho,
            range: "[-1, 1]",
        });
    }
    Ok(rho)
}
