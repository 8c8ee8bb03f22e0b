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

/// C(n, k)·(a/b)² for positive finite a and b, which is infinite or 0 only if it is beyond the numbers.
///
/// The product keeps its exponent apart.
pub(super) fn binomial_times_square(n: usize, k: usize, (a, b): (f64, f64)) -> f64 {
    let k = k.min(n - k);
    let (mut product, mut exponent) = (1.0_f64, 0_i64);
    for i in 1..=k {
        let (part, more) = libm::frexp(product * (n - k + i) as f64 / i as f64);
        (product, exponent) = (part, exponent + i64::from(more));
        // Beyond the square of any ratio.
        if exponent > 1 << 14 {
            return f64::INFINITY;
        }
    }
    let ((a, of_a), (b, of_b)) = (libm::frexp(a), libm::frexp(b));
    let ratio = a / b;
    exponent += 2 * i64::from(of_a - of_b);
    libm::ldexp(product * ratio * ratio, exponent as i32)
}

/// ln(a/b), also where a/b is infinite.
pub(super) fn ln_ratio(a: f64, b: f64) -> f64 {
    match a / b {
        ratio if ratio.is_finite() => libm::log(ratio),
        _ => libm::log(a) - libm::log(b),
    }
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

/// ln C(n, k), for k ≤ n.
pub(crate) fn ln_supports(n: usize, k: usize) -> f64 {
    let k = k.min(n - k);
    // Factors one by one, as differences of ln Γ lose digits where n is large.
    if k <= 1000 {
        return (1..=k)
            .map(|i| libm::log((n - k + i) as f64 / i as f64))
            .sum();
    }
    let ln_factorial = |x: usize| libm::lgamma(x as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
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
    fn products_with_squares_neither_overflow_nor_vanish_early() {
        for (n, k, a, b) in [(50, 3, 0.5, 10.0), (9, 4, 3.0, 7.0), (60, 10, 1e-9, 1.0)] {
            let (share, found) = (a / b, binomial_times_square(n, k, (a, b)));
            let expected = scaled_binomial(share * share, n, k);
            assert!(
                (found / expected - 1.0).abs() < 1e-14,
                "{found} for {expected}"
            );
        }
        // ln C(2000, 1000) = 1382.2675…, by the digits of the number.
        let found = binomial_times_square(2000, 1000, (0.5, 1e300));
        assert!(
            (found / (0.25 * 2.048_151_626_989_489_7) - 1.0).abs() < 1e-12,
            "{found}"
        );
        assert_eq!(binomial_times_square(3, 1, (1e-300, 1e300)), 0.0);
        assert_eq!(binomial_times_square(3, 1, (1e300, 1e-300)), f64::INFINITY);
        assert_eq!(
            binomial_times_square(1 << 50, 1 << 49, (1.0, f64::MAX)),
            f64::INFINITY
        );
    }

    #[test]
    fn logarithms_are_those_of_the_binomials() {
        for (n, k) in [
            (5, 0),
            (5, 5),
            (50, 3),
            (1000, 6),
            (2000, 700),
            (1 << 40, 2),
        ] {
            let ln = libm::log(scaled_binomial(1.0, n, k));
            if ln.is_finite() {
                assert!(
                    (ln_supports(n, k) - ln).abs() < 1e-12 * ln.max(1.0),
                    "C({n}, {k})"
                );
            }
        }
        // ln C(4000, 2000) and ln C(2000, 1000), by mpmath 1.3.
        assert!((ln_supports(4000, 2000) - 2_768.215_843_567_09).abs() < 1e-8);
        assert!((ln_supports(2000, 1000) - 1_382.267_993_537_48).abs() < 1e-8);
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
