//! Theorem 4: a two-layer ReLU network learns a parity of even degree by one step on a large batch, and
//! then its output weights.
//!
//! 1. The network starts at [`Init::Paired`](crate::params::Init::Paired): weights ±1, biases on the
//!    grid $`b_i = -\frac12 + \frac{i+1}{k}`$, i = 0, …, k, and twins with opposite output weights,
//!    so that f = 0 and the hinge loss has the slope −y everywhere.
//! 2. A neuron of odd n and weights ±1 is a majority, and its population gradient has the size
//!    $`|\xi_{k-1}|/2`$ on S and $`|\xi_{k+1}|/2`$ elsewhere. One step with
//!    $`\eta_0 = 1/(k |\xi_{k-1}|)`$ and $`\lambda_0 = 1`$ replaces the weights by
//!    $`\pm\frac{1}{2k}`$ on S and $`\pm\frac{1}{2k} \frac{k-1}{n-k}`$ elsewhere; for even k, the
//!    biases have no gradient.
//! 3. Where the weights began with one sign on S, one of the twins now has $`+\frac{1}{2k}`$ on all of S. Up
//!    to the leak of the other coordinates it computes an ideal feature
//!
//!    ```math
//!    h_i(x) = \sigma\Big(\frac{1}{2k} \sum_{j \in S} x_j + b_i\Big) ,
//!    ```
//!
//!    and the ideal features represent the parity: $`\sum_i u^*_i h_i = 2 \chi_S`$ with
//!    $`u^* = 8k(-1)^i`$ for i ≤ k − 2, $`u^*_{k-1} = -6k`$ and $`u^*_k = 2k`$.
//! 4. With W and b frozen, the loss is convex in u.
//!
//! The paper's statement is of orders: for even k and odd $`n = \Omega(k^4 \log(nk/\varepsilon))`$,
//! width $`r = \Omega(2^k k \log(k/\varepsilon))`$ and batches of
//! $`B = \Omega(n^k \log(n/\varepsilon))`$, the expected least loss of
//! $`O(k^3 r^2 n / \varepsilon^2)`$ steps is at most ε. [`Construction`] has these sizes with
//! constants that are enough, from the union and Hoeffding bounds named at each.
//!
//! **What is guaranteed, and what is not.** k is even and n odd: for odd k and no biases the
//! gradient vanishes by symmetry, and with even n majorities tie. It is large: the leak must be
//! small beside the margin, which these constants promise for k = 2 from n = 1641 and for k = 4
//! from n = 63 667 on ([`Construction::least_n`] at ε = 0.01), far beyond any n at which the batch
//! could be drawn. At small n the theorem makes no statement, and yet the procedure learns: the
//! trained output weights use all neurons and need not be u*. The theorem is about the least loss
//! along the run in expectation, not about the last iterate, and about batches that are large at
//! every step. [`trial::Theorem4`](crate::trial::Theorem4) runs the procedure.

use super::binomial::{ln_ratio, open_fraction};
use super::majority::majority_coefficient;
use crate::error::{Error, Result};

/// The weight decay λ₀ of the first step, which removes the initial weights.
pub const FIRST_DECAY: f64 = 1.0;

/// The sizes of Theorem 4 for a parity of k among n coordinates.
///
/// ```
/// use sparse_parity::theory::theorem4::Construction;
///
/// let four = Construction::new(9, 4)?;
/// // ξ₃ of nine signs is −0.0390625.
/// assert_eq!(four.first_rate(), 6.4);
/// assert_eq!(four.relevant_gradient(), 0.01953125);
/// assert_eq!(four.irrelevant_gradient(), 0.01171875);
/// assert_eq!(four.biases(), [-0.25, 0.0, 0.25, 0.5, 0.75]);
/// assert_eq!(four.output_weights(), [32.0, -32.0, 32.0, -24.0, 8.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Construction {
    n: usize,
    k: usize,
}

impl Construction {
    /// The construction for parities of k among n coordinates, if the theorem covers them.
    ///
    /// # Errors
    /// [`Error::Degree`] unless 1 ≤ k ≤ n, [`Error::OddDegree`] if k is odd,
    /// [`Error::EvenMajority`] if n is even, [`Error::TooLarge`] for n above 2²⁴.
    pub fn new(n: usize, k: usize) -> Result<Self> {
        super::binomial::degree(n, k)?;
        crate::error::at_most("the number of coordinates n", n, 1 << 24)?;
        if !k.is_multiple_of(2) {
            return Err(Error::OddDegree { k });
        }
        if n.is_multiple_of(2) {
            return Err(Error::EvenMajority { k: n });
        }
        Ok(Construction { n, k })
    }

    /// The number of coordinates.
    pub fn n(&self) -> usize {
        self.n
    }

    /// The number of relevant coordinates.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The learning rate of the first step, $`\eta_0 = 1/(k |\xi_{k-1}|)`$.
    pub fn first_rate(&self) -> f64 {
        1.0 / (self.k as f64 * self.coefficient())
    }

    /// The size of the population gradient on S, $`|\xi_{k-1}|/2`$.
    pub fn relevant_gradient(&self) -> f64 {
        0.5 * self.coefficient()
    }

    /// The size of the population gradient on the other coordinates, $`|\xi_{k+1}|/2`$.
    pub fn irrelevant_gradient(&self) -> f64 {
        self.relevant_gradient() * self.leak()
    }

    /// The size of the weights on S after a first step by the population gradient, 1/(2k).
    pub fn relevant_weight(&self) -> f64 {
        0.5 / self.k as f64
    }

    /// The size of the other weights after a first step by the population gradient.
    pub fn irrelevant_weight(&self) -> f64 {
        self.relevant_weight() * self.leak()
    }

    /// The grid of biases $`b_i = -\frac12 + \frac{i+1}{k}`$, i = 0, …, k.
    pub fn biases(&self) -> Vec<f64> {
        let k = self.k as f64;
        (0..=self.k).map(|i| -0.5 + (i + 1) as f64 / k).collect()
    }

    /// The ideal features h₀, …, h_k of an input with `negatives` relevant coordinates of −1:
    /// $`h_i = \max(0, i + 1 - m)/k`$.
    ///
    /// ```
    /// use sparse_parity::theory::theorem4::Construction;
    ///
    /// let two = Construction::new(9, 2)?;
    /// assert_eq!(two.ideal_features(1), [0.0, 0.5, 1.0]);
    /// let product = |(u, h): (&f64, f64)| u * h;
    /// let f = |m| two.output_weights().iter().zip(two.ideal_features(m)).map(product).sum::<f64>();
    /// assert_eq!([f(0), f(1), f(2)], [2.0, -2.0, 2.0]);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn ideal_features(&self, negatives: usize) -> Vec<f64> {
        let height = |i: usize| (i + 1).saturating_sub(negatives) as f64;
        (0..=self.k).map(|i| height(i) / self.k as f64).collect()
    }

    /// The output weights u* with which the ideal features are 2χ_S.
    pub fn output_weights(&self) -> Vec<f64> {
        let k = self.k as f64;
        let weight = |i: usize| match self.k - i {
            0 => 2.0 * k,
            1 => -6.0 * k,
            _ if i.is_multiple_of(2) => 8.0 * k,
            _ => -8.0 * k,
        };
        (0..=self.k).map(weight).collect()
    }

    /// A width at which every ideal feature has a neuron, with probability at least 1 − `failure`.
    ///
    /// Of a pair of twins, one is an ideal feature with probability 2^(1−k), each of the k + 1 with the
    /// same. So m pairs miss one of them with probability at most
    /// $`(k+1)(1 - p)^m`$, $`p = 2^{1-k}/(k+1)`$, and the width is 2m. It is infinite beyond the
    /// largest `f64`.
    ///
    /// # Errors
    /// [`Error::NotPositive`] or [`Error::Fraction`] for a probability outside (0, 1).
    pub fn width(&self, failure: f64) -> Result<f64> {
        open_fraction("the probability of failure", failure)?;
        let kinds = (self.k + 1) as f64;
        let chance = libm::pow(0.5, (self.k - 1) as f64) / kinds;
        let pairs = ln_ratio(kinds, failure) / -libm::log1p(-chance);
        Ok(2.0 * pairs.ceil())
    }

    /// A bound on the error of sign(f) for u*, on the neurons after one step by the population gradient; it
    /// is vacuous above 1/2.
    ///
    /// A leak adds to each of the k + 1 features, and $`\sum_i |u^*_i| = 8k^2`$, so sign(f) is right
    /// unless a leak reaches 1/(4k²). By Hoeffding's inequality that has probability
    /// $`2 \exp(-(n-k)/(8 k^2 (k-1)^2))`$ for each.
    ///
    /// ```
    /// use sparse_parity::theory::theorem4::Construction;
    ///
    /// assert!(Construction::new(25, 4)?.ideal_error() > 0.5);
    /// assert!(Construction::new(20_001, 4)?.ideal_error() < 1e-6);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn ideal_error(&self) -> f64 {
        let (n, k) = (self.n as f64, self.k as f64);
        let square = 8.0 * k * k * (k - 1.0) * (k - 1.0);
        (2.0 * (k + 1.0) * libm::exp(-(n - k) / square)).min(1.0)
    }

    /// The least odd n at which [`batch`](Construction::batch) guarantees a hinge loss of 0 on all but a
    /// share ε of the inputs.
    ///
    /// At this n the leak of the population gradient takes a quarter of the allowed variance: $`n -
    /// k = 64 k^2 (k-1)^2 \ln(2(k+1)/\varepsilon)`$, of order
    /// $`k^4 \log(k/\varepsilon)`$.
    ///
    /// # Errors
    /// [`Error::OddDegree`] if k is odd, [`Error::Zero`] if it is 0, [`Error::TooLarge`] if it is above
    /// 2¹²; [`Error::NotPositive`] or [`Error::Fraction`] for an ε outside (0, 1).
    ///
    /// ```
    /// use sparse_parity::theory::theorem4::Construction;
    ///
    /// assert_eq!(Construction::least_n(2, 0.01)?, 1641);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn least_n(k: usize, epsilon: f64) -> Result<usize> {
        crate::error::positive("the degree k", k)?;
        crate::error::at_most("the degree k", k, 1 << 12)?;
        open_fraction("ε", epsilon)?;
        if !k.is_multiple_of(2) {
            return Err(Error::OddDegree { k });
        }
        let leak = (k * k * (k - 1) * (k - 1)) as f64;
        let n = k + (64.0 * leak * log_kinds(k, epsilon)).ceil() as usize;
        Ok(n | 1)
    }

    /// A batch size for which the first step yields features good enough for u*, with probability at least
    /// 1 − `failure`; `None` if n is below [`least_n`](Construction::least_n).
    ///
    /// Good enough means a hinge loss of 0 on all but a share ε of the inputs.
    ///
    /// The loss is 0 where no deviation $`\sum_i d_i x_i`$ of the k + 1 features from the ideal ones reaches
    /// τ = 1/(8k²), which by Hoeffding's inequality holds but for a share ε of the inputs if
    /// $`\sum_i d_i^2 \le V = \tau^2 / (2 \ln(2(k+1)/\varepsilon))`$. As
    /// $`(x+y)^2 \le 2x^2 + 2y^2`$, that is so if the leak and the sampling error each have at most
    /// V/4: the first is the condition on n, and the second that every weight is within
    /// $`\sqrt{V/(4n)}`$ of its mean, the gradient within $`k |\xi_{k-1}|`$ times that. By
    /// Hoeffding's inequality once more, for n(k + 1) means of numbers in [−1, 1],
    ///
    /// ```math
    /// B = \frac{512 \, k^2 n}{\xi_{k-1}^2} \, 2 \ln\frac{2(k+1)}{\varepsilon} \,
    ///     \ln\frac{2 n (k+1)}{\delta} = O(n^k \log^2 n) .
    /// ```
    ///
    /// # Errors
    /// [`Error::NotPositive`] or [`Error::Fraction`] for probabilities outside (0, 1).
    pub fn batch(&self, epsilon: f64, failure: f64) -> Result<Option<f64>> {
        open_fraction("the probability of failure", failure)?;
        if self.n < Construction::least_n(self.k, epsilon)? {
            return Ok(None);
        }
        let (n, k) = (self.n as f64, self.k as f64);
        let margin = 1.0 / (8.0 * k * k);
        let variance = margin * margin / (2.0 * log_kinds(self.k, epsilon));
        let within = k * self.coefficient() * (variance / (4.0 * n)).sqrt();
        let union = ln_ratio(2.0 * n * (k + 1.0), failure);
        Ok(Some((2.0 * union / (within * within)).ceil()))
    }

    /// A number of steps of the output weights that suffices for an excess loss of `epsilon` over u*, in
    /// expectation and at the best rate, in a network of this width.
    ///
    /// The bound for convex losses: $`T = \lVert u^* \rVert^2 \rho^2/\varepsilon^2`$ steps of size
    /// $`\lVert u^* \rVert / (\rho \sqrt{T})`$ from u = 0, where
    /// $`\lVert u^* \rVert^2 = 64k^3 - 24k^2`$ and $`\rho^2 = E \lVert h \rVert^2 \le 2r`$ bounds
    /// the gradient. It assumes that the first step was one by the population gradient.
    ///
    /// # Errors
    /// [`Error::Zero`] for a width of 0, [`Error::NotPositive`] unless ε is positive and finite.
    ///
    /// ```
    /// use sparse_parity::theory::theorem4::Construction;
    ///
    /// let second = Construction::new(25, 4)?.second_phase(100, 0.5)?;
    /// assert_eq!(second.steps, 3712.0 * 200.0 / 0.25);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn second_phase(&self, width: usize, epsilon: f64) -> Result<SecondPhase> {
        crate::error::positive("the width", width)?;
        crate::error::above_zero("ε", epsilon)?;
        let norm: f64 = self.output_weights().iter().map(|u| u * u).sum();
        let slope = 2.0 * width as f64;
        let steps = (norm * slope / epsilon / epsilon).ceil().max(1.0);
        let rate = (norm / slope / steps).sqrt();
        Ok(SecondPhase { steps, rate })
    }

    /// |ξ_{k−1}|.
    fn coefficient(&self) -> f64 {
        let xi = majority_coefficient(self.n, self.k - 1);
        xi.expect("n is odd and k − 1 < n").abs()
    }

    /// |ξ_{k+1}/ξ_{k−1}|, by Lemma 2; k < n, as one is even and the other odd.
    fn leak(&self) -> f64 {
        (self.k - 1) as f64 / (self.n - self.k) as f64
    }
}

/// The training of the output weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SecondPhase {
    /// The number of steps T.
    pub steps: f64,
    /// The learning rate.
    pub rate: f64,
}

/// ln(2(k+1)/ε).
fn log_kinds(k: usize, epsilon: f64) -> f64 {
    ln_ratio(2.0 * (k + 1) as f64, epsilon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideal_features_and_weights_are_twice_the_parity() {
        for k in [2, 4, 6, 8, 10, 20] {
            let construction = Construction::new(2 * k + 1, k).unwrap();
            let u = construction.output_weights();
            for m in 0..=k {
                let h = construction.ideal_features(m);
                let f: f64 = u.iter().zip(h).map(|(u, h)| u * h).sum();
                let parity = if m % 2 == 0 { 2.0 } else { -2.0 };
                assert!((f - parity).abs() < 1e-10, "k = {k}, m = {m}: {f}");
            }
            assert_eq!(u.iter().map(|u| u.abs()).sum::<f64>(), (8 * k * k) as f64);
        }
    }

    #[test]
    fn the_widths_have_the_stated_chance() {
        // Pairs are independent, so the chance of a miss is known by inclusion and exclusion.
        for k in [2, 4, 6] {
            let construction = Construction::new(2 * k + 1, k).unwrap();
            for failure in [0.5, 0.1, 1e-3] {
                let pairs = construction.width(failure).unwrap() / 2.0;
                let p = libm::pow(0.5, (k - 1) as f64) / (k + 1) as f64;
                let (mut miss, mut choose) = (0.0, 1.0);
                for j in 1..=k + 1 {
                    choose *= (k + 2 - j) as f64 / j as f64;
                    let sign = if j % 2 == 1 { 1.0 } else { -1.0 };
                    miss += sign * choose * libm::pow(1.0 - j as f64 * p, pairs);
                }
                assert!(miss <= failure, "{k} {failure} {miss}");
                assert!(miss > 0.2 * failure, "{k} {failure} {miss}");
            }
        }
    }

    #[test]
    fn sizes_grow_as_the_theorem_says() {
        let at = |n| Construction::new(n, 2).unwrap();
        assert_eq!(at(101).batch(0.01, 0.01).unwrap(), None);
        let [small, large] = [2001, 4001].map(|n| at(n).batch(0.01, 0.01).unwrap().unwrap());
        // n²·log n, with a second logarithm that does not grow.
        let exponent = libm::log2(large / small);
        assert!(exponent > 2.0 && exponent < 2.2, "{exponent}");
        let width = |k, failure| Construction::new(41, k).unwrap().width(failure).unwrap();
        assert!(width(6, 0.1) > 4.0 * width(4, 0.1) && width(4, 0.01) > width(4, 0.1));
        let least = |k, epsilon| Construction::least_n(k, epsilon).unwrap();
        assert!(least(4, 0.01) > 16 * least(2, 0.01) && least(2, 0.01) > least(2, 0.1));
        assert!(at(least(2, 0.01)).ideal_error() < 0.01);
        assert!(
            (3..2000)
                .step_by(2)
                .all(|n| at(n + 2).ideal_error() <= at(n).ideal_error())
        );
        let steps = |epsilon| at(101).second_phase(64, epsilon).unwrap().steps;
        assert!((steps(0.1) / steps(0.2) - 4.0).abs() < 1e-3);
    }

    #[test]
    fn parities_that_the_theorem_is_not_about_are_refused() {
        let told = |n, k| Construction::new(n, k).unwrap_err().to_string();
        assert!(told(9, 3).contains("k = 3 is odd"));
        assert!(told(10, 4).contains("k = 10 coordinates can tie"));
        assert!(told(3, 4).contains("does not exist") && told(5, 0).contains("does not exist"));
        assert!(Construction::new(usize::MAX, 4).is_err());
        assert!(Construction::least_n(3, 0.1).is_err() && Construction::least_n(0, 0.1).is_err());
        assert!(Construction::least_n(2, 1.0).is_err());
        let two = Construction::new(9, 2).unwrap();
        assert!(two.width(0.0).is_err() && two.width(1.0).is_err());
        assert!(two.batch(0.0, 0.1).is_err() && two.batch(0.1, f64::NAN).is_err());
        assert!(two.second_phase(0, 0.1).is_err() && two.second_phase(9, 0.0).is_err());
    }
}
