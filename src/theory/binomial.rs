use crate::error::{Error, Result, above_zero, fraction};

/// The number C(n, k) of supports, times `scale`.
///
/// The product grows from `scale` to the result, so it is infinite only if the result is. Without a
/// scale it is exact as long as C(n, k)·n is below 2⁵³.
pub(super) fn scaled_binomial(scale: f64, n: usize, k: usize) -> f64 {
    let k = k.min(n - k);
    let mut product = scale;
    for i in 1..=k {
        product = product * (n - k + i) as f64 / i as f64;
        if product.is_infinite() {
            break;
        }
    }
    product
}

/// The number C(n, k) of supports of k among n coordinates.
///
/// It is exact as long as C(n, k)·n is below 2⁵³, and infinite above the largest `f64`.
///
/// # Errors
/// [`Error::Degree`] unless 1 ≤ k ≤ n.
pub fn supports(n: usize, k: usize) -> Result<f64> {
    degree(n, k)?;
    Ok(scaled_binomial(1.0, n, k))
}

/// An error unless 1 ≤ k ≤ n.
pub(super) fn degree(n: usize, k: usize) -> Result<()> {
    if k == 0 || k > n {
        return Err(Error::Degree { k, n });
    }
    Ok(())
}

/// Returns `value`, or an error unless it is in (0, 1).
pub(super) fn open_fraction(what: &'static str, value: f64) -> Result<f64> {
    above_zero(what, value)?;
    fraction(what, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_binomials_are_exact_and_large_ones_do_not_overflow_early() {
        assert_eq!(supports(50, 3).unwrap(), 19_600.0);
        assert_eq!(supports(50, 47).unwrap(), 19_600.0);
        assert_eq!(supports(9, 9).unwrap(), 1.0);
        assert_eq!(supports(60, 10).unwrap(), 75_394_027_566.0);
        assert_eq!(supports(2000, 1000).unwrap(), f64::INFINITY);
        // ln C(2000, 1000) = 1381.9…, so this is about exp(690).
        let half = scaled_binomial(1e-300, 2000, 1000);
        assert!(half.is_finite() && half > 1e299, "{half}");
        assert_eq!(supports(1 << 40, 1 << 39).unwrap(), f64::INFINITY);
    }

    #[test]
    fn pascals_rule_holds() {
        for n in 2..60 {
            for k in 1..n {
                let sum = scaled_binomial(1.0, n - 1, k - 1) + scaled_binomial(1.0, n - 1, k);
                let both = scaled_binomial(1.0, n, k);
                assert!((sum - both).abs() <= 1e-14 * both, "C({n}, {k})");
            }
        }
    }

    #[test]
    fn what_is_no_degree_or_no_probability_is_refused() {
        assert!(supports(5, 0).is_err() && supports(5, 6).is_err() && supports(0, 0).is_err());
        for x in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(open_fraction("δ", x).is_err(), "{x}");
        }
    }
}
