//! The largest margin of a network with the activation zᵏ on a parity of degree k, and the network that has it.
//!
//! A network f(x) = Σᵢ aᵢ (wᵢ·x)ᵏ is homogeneous of degree k + 1 in θ. With the norm
//! ‖θ‖_{2,k+1} = (Σᵢ ‖(wᵢ, aᵢ)‖₂^{k+1})^{1/(k+1)}, the largest margin min_x y f(x) over θ of norm 1 is [`parity`], and
//! [`construction`] has it. Gradient descent with the penalty of [`GroupPenalty`](crate::optim::GroupPenalty) of the power k + 1
//! and a small λ approaches it.
//!
//! Morwani, Edelman, Oncescu, Zhao and Kakade, *Feature emergence via margin maximization: case studies in algebraic tasks*,
//! ICLR 2024, arXiv 2311.07568, which has two outputs, whose difference is f; its margin is √2 times that of one output.

use crate::error::{Result, at_most, positive};
use crate::theory::gap::membership;
use ndarray::{Array1, Array2};

/// The largest degree, beyond which a construction would have more than 2¹⁹ neurons.
const MOST: usize = 20;

/// The largest L_{2,k+1} margin of networks Σᵢ aᵢ (wᵢ·x)ᵏ on a parity of degree k:
///
/// ```math
/// \gamma = k! \, (k + 1)^{-(k + 1)/2}
/// ```
///
/// ```
/// use sparse_parity::theory::margin;
///
/// assert_eq!(margin::parity(3)?, 0.375);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Zero`](crate::Error::Zero) or [`Error::TooLarge`](crate::Error::TooLarge) unless 1 ≤ k ≤ 20.
pub fn parity(k: usize) -> Result<f64> {
    degree(k)?;
    let factorial: f64 = (1..=k).map(|i| i as f64).product();
    let root = ((k + 1) as f64).sqrt();
    Ok(factorial / libm::pow(root, (k + 1) as f64))
}

/// The network of norm 1 with the largest margin: the weights W, of shape `[2^(k−1), n]`, and the output weights a.
///
/// Each neuron has |w_j| = |a| on the support and 0 elsewhere, with one of the patterns of signs whose first is +, and the sign
/// of a is their product. The margin is the same on all inputs.
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree), [`Error::SupportRange`](crate::Error::SupportRange) or [`Error::SupportRepeat`](crate::Error::SupportRepeat) unless the support is a nonempty set among n
/// coordinates, [`Error::TooLarge`](crate::Error::TooLarge) for one of more than 20.
pub fn construction(n: usize, support: &[usize]) -> Result<(Array2<f64>, Array1<f64>)> {
    membership(positive("the number of coordinates n", n)?, support)?;
    let k = degree(support.len())?;
    let neurons = 1_usize << (k - 1);
    // 2^(k − 1) neurons of ‖(w, a)‖₂ = c √(k + 1).
    let c = libm::pow(neurons as f64, -1.0 / (k + 1) as f64) / ((k + 1) as f64).sqrt();
    let (mut weights, mut outputs) = (Array2::zeros((neurons, n)), Array1::from_elem(neurons, c));
    for neuron in 0..neurons {
        for (bit, &j) in support.iter().enumerate() {
            // The first coordinate of the support is bit 0, and always +.
            let is_negative = neuron << 1 >> bit & 1 == 1;
            weights[[neuron, j]] = if is_negative { -c } else { c };
            if is_negative {
                outputs[neuron] *= -1.0;
            }
        }
    }
    Ok((weights, outputs))
}

fn degree(k: usize) -> Result<usize> {
    let what = "the degree k";
    at_most(what, positive(what, k)?, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::Signs;

    #[test]
    fn margins_are_those_of_the_theorem() {
        let expected = [(2, 0.384_90), (3, 0.375), (4, 0.429_33), (5, 0.555_56)];
        for (k, gamma) in expected {
            assert!((parity(k).unwrap() - gamma).abs() < 5e-6, "{k}");
            // Two outputs: k! √(2 (k + 1)^−(k + 1)).
            let two = parity(k).unwrap() * 2.0_f64.sqrt();
            let factorial: f64 = (1..=k).map(|i| i as f64).product();
            let power = ((k + 1) as f64).powi(-(k as i32 + 1));
            assert!((two - factorial * (2.0 * power).sqrt()).abs() < 1e-14);
        }
        assert!(parity(0).is_err() && parity(21).is_err());
    }

    #[test]
    fn the_construction_has_norm_one_and_the_margin_everywhere() {
        for support in [
            &[4][..],
            &[1, 3],
            &[0, 2, 5],
            &[5, 0, 3, 1],
            &[0, 1, 2, 4, 5],
        ] {
            let k = support.len();
            let (w, a) = construction(6, support).unwrap();
            assert_eq!(w.dim(), (1 << (k - 1), 6));
            let norm = |i: usize| (w.row(i).map(|w| w * w).sum() + a[i] * a[i]).sqrt();
            let total: f64 = (0..a.len()).map(|i| norm(i).powi(k as i32 + 1)).sum();
            assert!((total - 1.0).abs() < 1e-13, "{total}");
            let x = Signs::cube(6).unwrap().to_array::<f64>();
            for x in x.rows() {
                let y: f64 = support.iter().map(|&j| x[j]).product();
                let f: f64 = (0..a.len())
                    .map(|i| a[i] * w.row(i).dot(&x).powi(k as i32))
                    .sum();
                assert!(
                    (y * f - parity(k).unwrap()).abs() < 1e-13,
                    "{support:?} {x}"
                );
            }
        }
        assert!(construction(6, &[]).is_err() && construction(6, &[6]).is_err());
    }
}
