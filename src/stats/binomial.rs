//! Tails of the binomial distribution, in logarithms, so that none underflows to 0.
//!
//! `statrs` (0.19.1) has no logarithms of tails, and its continued fraction ends too early in the middle
//! of a million trials.

/// The logarithms of p and 1 − p, each computed without cancellation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogOdds {
    pub success: f64,
    pub failure: f64,
}

impl LogOdds {
    /// The logarithms for a p in [0, 1].
    pub fn of(p: f64) -> LogOdds {
        LogOdds {
            success: libm::log(p),
            failure: libm::log1p(-p),
        }
    }

    fn reversed(self) -> LogOdds {
        LogOdds {
            success: self.failure,
            failure: self.success,
        }
    }
}

/// ln P(X ≤ m) for the number X of successes in n trials.
pub(crate) fn ln_at_most(m: usize, n: usize, odds: LogOdds) -> f64 {
    if m >= n || odds.success == f64::NEG_INFINITY {
        return 0.0;
    }
    if odds.failure == f64::NEG_INFINITY {
        return f64::NEG_INFINITY;
    }
    // Terms are added from the largest one on, and those of the smaller tail are falling.
    if m as f64 + 1.0 > (n as f64 + 1.0) * libm::exp(odds.success) {
        let rest = ln_falling(n - m - 1, n, odds.reversed());
        return libm::log1p(-libm::exp(rest).min(1.0));
    }
    ln_falling(m, n, odds).min(0.0)
}

/// ln P(X ≥ m).
pub(crate) fn ln_at_least(m: usize, n: usize, odds: LogOdds) -> f64 {
    match m {
        0 => 0.0,
        m if m > n => f64::NEG_INFINITY,
        m => ln_at_most(n - m, n, odds.reversed()),
    }
}

/// ln P(X ≤ m), where the terms fall from m on downwards.
fn ln_falling(m: usize, n: usize, odds: LogOdds) -> f64 {
    let ratio = libm::exp(odds.failure - odds.success);
    let (mut term, mut sum) = (1.0, 1.0);
    for k in (1..=m).rev() {
        term *= ratio * k as f64 / (n - k + 1) as f64;
        sum += term;
        if term < f64::EPSILON * sum / n as f64 {
            break;
        }
    }
    let (k, n) = (m as f64, n as f64);
    let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    ways + k * odds.success + (n - k) * odds.failure + libm::log(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ln P(X ≤ m), added up with 60 digits by mpmath 1.3.
    #[test]
    fn lower_tails_are_right_where_their_probabilities_underflow() {
        for (m, n, p, ln) in [
            (0, 10, 0.5, -6.931_471_805_599_45),
            (3, 10, 0.25, -0.253_763_736_248_992),
            (9, 10, 0.25, -9.536_747_711_538_9e-7),
            (40, 1_000, 0.5, -527.905_621_425_641),
            (0, 1_000_000, 0.001, -1_000.500_333_583_53),
            (499_000, 1_000_000, 0.5, -3.780_812_744_992_68),
            (510_000, 1_000_000, 0.5, -3.481_544_042_111_53e-44),
            (150_000, 1_000_000, 0.25, -29_770.871_060_378_9),
            (2, 1_000_000, 1e-07, -0.000_154_664_600_419_82),
        ] {
            let ours = ln_at_most(m, n, LogOdds::of(p));
            assert!(
                (ours - ln).abs() < 2e-9 * ln.abs().max(1.0),
                "{ours} for {ln}"
            );
        }
    }

    #[test]
    fn the_two_tails_make_one() {
        for n in [1, 7, 1000] {
            for p in [1e-9, 0.2, 0.5, 0.97] {
                let odds = LogOdds::of(p);
                for m in 0..n {
                    let sum =
                        libm::exp(ln_at_most(m, n, odds)) + libm::exp(ln_at_least(m + 1, n, odds));
                    assert!((sum - 1.0).abs() < 1e-11, "{m} of {n}, {p}: {sum}");
                }
            }
        }
    }

    #[test]
    fn certain_trials_have_certain_tails() {
        assert_eq!(ln_at_most(2, 5, LogOdds::of(0.0)), 0.0);
        assert_eq!(ln_at_most(2, 5, LogOdds::of(1.0)), f64::NEG_INFINITY);
        assert_eq!(ln_at_most(5, 5, LogOdds::of(1.0)), 0.0);
        assert_eq!(ln_at_least(0, 5, LogOdds::of(0.0)), 0.0);
        assert_eq!(ln_at_least(6, 5, LogOdds::of(0.5)), f64::NEG_INFINITY);
    }
}
