//! Sign descent on parities with a threshold: the weights in closed form, the width and the batch that it needs.
//!
//! A network f(x) = Σᵢ aᵢ (wᵢ·x)ᵏ with weights ±1 and fixed aᵢ = ±1 has, under the correlation loss on a parity of degree k, a
//! population gradient whose entries are k! ∏_{i ∈ S∖j} w_i a in magnitude on the support, and 0 elsewhere. Sign descent
//! ([`SignSgd::with_threshold`](crate::optim::SignSgd::with_threshold)) with the scaled decay λ = 1 therefore keeps the weights of a
//! neuron with a = sign ∏_{j ∈ S} w_j at ±1 on S and shrinks the others by 1 − η a step: [`irrelevant`]. A batch has to show
//! the signal k! above its own deviation: [`batch`].
//!
//! Kou, Chen, Gu and Kakade, *Matching the statistical query lower bound for k-sparse parity problems with sign stochastic
//! gradient descent*, NeurIPS 2024, arXiv 2404.12376.

use crate::error::{Result, above_zero, at_most, fraction, positive};
use crate::theory::binomial::degree;

/// The weight off the support, of one that was ±1, after `t` updates with the rate η: (1 − η)ᵗ.
///
/// # Errors
/// [`Error::Fraction`](crate::Error::Fraction) unless 0 ≤ η < 1.
pub fn irrelevant(eta: f64, t: u64) -> Result<f64> {
    let keep = 1.0 - fraction("the learning rate", eta)?;
    Ok(libm::pow(keep, t as f64))
}

/// The size k! of the population gradient on the support, at weights ±1.
///
/// # Errors
/// [`Error::Zero`](crate::Error::Zero) or [`Error::TooLarge`](crate::Error::TooLarge) unless 1 ≤ k ≤ 20.
pub fn signal(k: usize) -> Result<f64> {
    let what = "the degree k";
    at_most(what, positive(what, k)?, 20)?;
    Ok((1..=k).map(|i| i as f64).product())
}

/// The second moment k² E[(w·x)^{2(k − 1)}] of an entry of the gradient of one example, at n weights ±1.
///
/// ```
/// use sparse_parity::theory::sign_descent;
///
/// assert_eq!(sign_descent::second_moment(20, 3)?, 10_440.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n; [`Error::TooLarge`](crate::Error::TooLarge) for k above 20.
pub fn second_moment(n: usize, k: usize) -> Result<f64> {
    degree(n, k)?;
    signal(k)?;
    let order = 2 * (k - 1);
    // Moments of a sum of signs: E (s + x)ᵐ of even m, one coordinate after the other.
    let mut moments = vec![0.0; order + 1];
    moments[0] = 1.0;
    for _ in 0..n {
        let before = moments.clone();
        for m in (0..=order).step_by(2) {
            let mut choose = 1.0;
            let mut sum = 0.0;
            for i in (0..=m).step_by(2) {
                sum += choose * before[m - i];
                choose *= ((m - i) * (m - i).saturating_sub(1)) as f64;
                choose /= ((i + 1) * (i + 2)) as f64;
            }
            moments[m] = sum;
        }
    }
    Ok((k * k) as f64 * moments[order])
}

/// The batch with which the signal is `deviations` standard deviations of the mean of the batch's gradient:
/// deviations² · [`second_moment`] / k!².
///
/// # Errors
/// Those of [`second_moment`]; [`Error::NotPositive`](crate::Error::NotPositive) unless the deviations are finite and positive.
pub fn batch(n: usize, k: usize, deviations: f64) -> Result<f64> {
    let (moment, signal) = (second_moment(n, k)?, signal(k)?);
    let deviations = above_zero("the number of deviations", deviations)?;
    Ok(deviations * deviations * moment / (signal * signal))
}

/// A lower bound for the probability that among `width` neurons with random signs each of the 2ᵏ patterns on the support has
/// one whose output weight has its sign: 1 − 2ᵏ (1 − 2^{−k−1})^width, and at least 0.
///
/// # Errors
/// [`Error::Zero`](crate::Error::Zero) if a number is 0; [`Error::TooLarge`](crate::Error::TooLarge) for k above 20.
pub fn all_patterns(k: usize, width: usize) -> Result<f64> {
    signal(k)?;
    positive("the width", width)?;
    let patterns = libm::ldexp(1.0, k as i32);
    let missing = libm::exp(width as f64 * libm::log1p(-0.5 / patterns));
    Ok((1.0 - patterns * missing).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Power;
    use crate::error::Error;
    use crate::theory::gradient::Neuron;

    #[test]
    fn moments_and_batches_are_those_of_the_definition() {
        assert_eq!(second_moment(20, 3).unwrap(), 10_440.0);
        assert_eq!(second_moment(20, 4).unwrap(), 1_733_120.0);
        assert_eq!((signal(3).unwrap(), signal(4).unwrap()), (6.0, 24.0));
        assert_eq!(batch(20, 3, 5.0).unwrap(), 7250.0);
        assert_eq!(batch(20, 4, 5.0).unwrap().round(), 75_222.0);
        // The population gradient of a neuron, by its moments.
        let w = [1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0];
        let cubic = Power::new(3).unwrap();
        let neuron = Neuron::new(&cubic, &w, 0.0).unwrap();
        let found = neuron.gradient(&[0, 1, 4]).unwrap().weight;
        let expected = [-6.0, 6.0, 0.0, 0.0, 6.0, 0.0, 0.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        let (moment, direct) = (second_moment(7, 3).unwrap(), by_all_inputs(7, 3));
        assert!((moment / direct - 1.0).abs() < 1e-14);
    }

    fn by_all_inputs(n: u32, k: i32) -> f64 {
        let sum = |x: u32| f64::from(n as i32 - 2 * x.count_ones() as i32);
        let powers = (0..1_u32 << n).map(|x| sum(x).powi(2 * (k - 1)));
        f64::from(k * k) * powers.sum::<f64>() / f64::from(1_u32 << n)
    }

    #[test]
    fn patterns_are_all_there_in_wide_networks() {
        assert_eq!(all_patterns(3, 1).unwrap(), 0.0);
        let expected = 1.0 - 8.0 * (15.0_f64 / 16.0).powi(100);
        assert!((all_patterns(3, 100).unwrap() - expected).abs() < 1e-14);
        assert!(all_patterns(0, 5).is_err() && all_patterns(3, 0).is_err());
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        assert!((irrelevant(0.1, 25).unwrap() - 0.071_789_8).abs() < 1e-7);
        assert!(irrelevant(1.0, 3).is_err() && second_moment(3, 4).is_err());
        assert!(matches!(batch(20, 3, 0.0), Err(Error::NotPositive { .. })));
    }
}
