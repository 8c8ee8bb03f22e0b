use crate::error::{Result, above_zero, positive};

/// The Lipschitz constant of the softmax from the largest to the summed difference:
///
/// ```math
/// \lVert \mathrm{softmax}(a) - \mathrm{softmax}(b) \rVert_1 \le \lVert a - b \rVert_\infty
/// ```
///
/// The derivative along a direction of entries ±1, positive on positions of total weight p, has the 1-norm
/// 4p(1 − p) ≤ 1. Proofs that bound the two terms of the derivative one by one have the constant 2.
pub const SOFTMAX_LIPSCHITZ: f64 = 1.0;

/// Euclidean bounds of a head v·Σₜ softmax(X q)ₜ xₜ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadBounds {
    /// B_X, a bound of ‖xₜ‖ for all positions of all inputs.
    pub inputs: f64,
    /// B_V, a bound of ‖v‖.
    pub value: f64,
    /// B_Q, a bound of ‖q‖.
    pub query: f64,
}

/// A bound in bits for the logarithm of the covering number of bounded heads, up to ε on m inputs of T positions.
///
/// With Zhang's cover of a class of linear functions z ↦ w·z on N points with ‖w‖‖z‖ ≤ R,
///
/// ```math
/// L(R, \varepsilon, N) = 36 \, \frac{R^2}{\varepsilon^2} \log_2 \Bigl( 2 \Bigl\lceil \frac{4R}{\varepsilon} + 2 \Bigr\rceil N + 1 \Bigr) ,
/// ```
///
/// a head has $`\log_2 N \le L(B_V B_X, \varepsilon/2, m) + L(B_Q B_X, \varepsilon/(2 B_V B_X), m T)`$. The second term covers all scores, and the
/// softmax passes an error on with [`SOFTMAX_LIPSCHITZ`]. T stands within the logarithm alone. (Zhang, *Covering number bounds of certain
/// regularized linear function classes*, JMLR 2, 2002, theorem 4.)
///
/// Its constants are far too large to say anything of samples of hundreds: it shows how the bound grows.
///
/// ```
/// use sparse_parity::theory::attention::{HeadBounds, log_cover};
///
/// let bounds = HeadBounds { inputs: 1.0, value: 1.0, query: 5.0 };
/// let [short, long] = [1 << 10, 1 << 20].map(|positions| log_cover(100, positions, bounds, 0.5));
/// // Ten more bits of T, each 36 (2 B_X B_V · B_X B_Q/ε)² bits.
/// assert!(((long? - short?) / (10.0 * 36.0 * 400.0) - 1.0).abs() < 1e-4);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Zero`](crate::Error::Zero) without inputs or positions, [`Error::NotPositive`](crate::Error::NotPositive) unless the bounds and ε are finite and
/// positive.
pub fn log_cover(m: usize, positions: usize, bounds: HeadBounds, epsilon: f64) -> Result<f64> {
    let m = positive("the number of inputs m", m)? as f64;
    let positions = positive("the number of positions T", positions)? as f64;
    let inputs = above_zero("the bound of the inputs", bounds.inputs)?;
    let value = above_zero("the bound of the value's weights", bounds.value)?;
    let query = above_zero("the bound of the query", bounds.query)?;
    let epsilon = above_zero("the distance ε", epsilon)?;
    let of_value = linear(2.0 * (value * inputs) / epsilon, m);
    let of_query = linear(
        2.0 * (value * inputs) * (query * inputs) / epsilon,
        m * positions,
    );
    Ok(of_value + of_query)
}

/// Zhang's bound, for R/ε.
fn linear(ratio: f64, points: f64) -> f64 {
    36.0 * ratio * ratio * libm::log2(2.0 * (4.0 * ratio + 2.0).ceil() * points + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    fn softmax(scores: &[f64]) -> Vec<f64> {
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|w| w / total).collect()
    }

    #[test]
    fn the_softmax_moves_no_more_than_its_scores() {
        let rng = &mut Seeds::from(1).stream(Purpose::Eval);
        let mut largest = 0.0_f64;
        for _ in 0..20_000 {
            let length = rng.random_range(2..7);
            let scale = 4.0 * rng.random::<f64>();
            let a: Vec<f64> = (0..length)
                .map(|_| scale * (rng.random::<f64>() - 0.5))
                .collect();
            let size = 2.0 * rng.random::<f64>() + 1e-3;
            let b: Vec<f64> = a
                .iter()
                .map(|a| a + if rng.random() { size } else { -size })
                .collect();
            let pairs = softmax(&a).into_iter().zip(softmax(&b));
            let distance: f64 = pairs.map(|(a, b)| (a - b).abs()).sum();
            largest = largest.max(distance / size);
        }
        // With all scores moved by the same size there and back, an even split comes near to the constant.
        assert!(
            largest <= SOFTMAX_LIPSCHITZ + 1e-12 && largest > 0.99,
            "{largest}"
        );
    }

    #[test]
    fn a_cover_sees_the_positions_in_one_logarithm() {
        for (inputs, value, query, epsilon) in [
            (1.0, 1.0, 1.0, 0.1),
            (2.0, 0.5, 3.0, 0.25),
            (1.0, 4.0, 9.0, 1.0),
        ] {
            let bounds = HeadBounds {
                inputs,
                value,
                query,
            };
            let cover = |positions| log_cover(100, positions, bounds, epsilon).unwrap();
            let ratio = 2.0 * inputs * value * inputs * query / epsilon;
            let expected = 10.0 * 36.0 * ratio * ratio;
            let found = cover(1 << 20) - cover(1 << 10);
            assert!((found / expected - 1.0).abs() < 1e-4, "{found} {expected}");
            // Both terms, as they stand.
            let linear = |r: f64, e: f64, n: f64| {
                36.0 * (r / e).powi(2) * (2.0 * (4.0 * r / e + 2.0).ceil() * n + 1.0).log2()
            };
            let both = linear(value * inputs, epsilon / 2.0, 100.0)
                + linear(query * inputs, epsilon / (2.0 * value * inputs), 1600.0);
            assert!((cover(16) / both - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn bounds_that_are_none_are_refused() {
        let good = HeadBounds {
            inputs: 1.0,
            value: 1.0,
            query: 1.0,
        };
        assert!(log_cover(0, 4, good, 0.1).is_err() && log_cover(4, 0, good, 0.1).is_err());
        assert!(log_cover(4, 4, good, 0.0).is_err());
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(log_cover(4, 4, HeadBounds { query: bad, ..good }, 0.1).is_err());
            assert!(log_cover(4, 4, HeadBounds { value: bad, ..good }, 0.1).is_err());
            assert!(
                log_cover(
                    4,
                    4,
                    HeadBounds {
                        inputs: bad,
                        ..good
                    },
                    0.1
                )
                .is_err()
            );
        }
    }
}
