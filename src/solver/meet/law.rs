use super::super::SampleSize;

/// How many attempts a meeting takes: until the coordinates lie as they should, and the examples that must agree are clean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Law {
    /// Expected, at most `most_attempts` being made.
    pub(super) attempts: f64,
    /// The number after which the support is missed with half of δ at most.
    pub(super) most_attempts: f64,
    /// The probability with which it is missed in these.
    pub(super) missed: f64,
}

/// The probability that r random ones of m examples are among those with correct labels, of which there are m − e:
/// ∏_{i < r} (m − e − i)/(m − i).
pub(super) fn clean(m: usize, wrong: usize, r: usize) -> f64 {
    let factors = (0..r).map(|i| m.saturating_sub(wrong + i) as f64 / (m - i) as f64);
    factors.product()
}

impl Law {
    /// Attempts draw from the same m examples, of which e have wrong labels, e ~ Bin(m, p) given e ≤ T; an attempt whose r
    /// examples are clean succeeds with the given probability.
    pub(super) fn of(p: f64, sample: SampleSize, r: usize, success: f64, failure: f64) -> Self {
        if success >= 1.0 && p == 0.0 {
            return Law {
                attempts: 1.0,
                most_attempts: 1.0,
                missed: 0.0,
            };
        }
        let m = sample.examples;
        let last = if p == 0.0 { 0 } else { sample.wrong.min(m) };
        // The terms of the binomial distribution in logarithms, one from the other.
        let mut ln_weight = 0.0;
        let mut law: Vec<(f64, f64)> = Vec::with_capacity(last + 1);
        for e in 0..=last {
            law.push((ln_weight, clean(m, e, r) * success));
            let odds = p / (1.0 - p) * (m - e) as f64 / (e + 1) as f64;
            ln_weight += libm::log(odds);
        }
        let most = law
            .iter()
            .map(|&(ln, _)| ln)
            .fold(f64::NEG_INFINITY, f64::max);
        for (weight, _) in &mut law {
            *weight = libm::exp(*weight - most);
        }
        let total: f64 = law.iter().map(|(weight, _)| weight).sum();
        // The logarithm of the probability that an attempt fails.
        let law: Vec<(f64, f64, f64)> = law
            .into_iter()
            .map(|(weight, hit)| (weight / total, hit, libm::log1p(-hit.min(1.0 - 1e-16))))
            .collect();
        let missed = |attempts: f64| -> f64 {
            let each = law.iter();
            each.map(|(weight, _, ln)| weight * libm::exp(attempts * ln))
                .sum()
        };
        let mut high = 1.0;
        while missed(high) > failure / 2.0 && high < 1e18 {
            high *= 2.0;
        }
        let mut low = (high / 2.0_f64).floor();
        while high - low > 1.0 {
            let middle = ((low + high) / 2.0).floor();
            match missed(middle) > failure / 2.0 {
                true => low = middle,
                false => high = middle,
            }
        }
        let attempts = law.iter().map(|&(weight, hit, ln)| match hit {
            0.0 => weight * high,
            _ => weight * -libm::expm1(high * ln) / hit,
        });
        Law {
            attempts: attempts.sum(),
            most_attempts: high,
            missed: missed(high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_with_wrong_labels_are_drawn_without_replacement() {
        // The mean over e ~ Bin(m, p) is (1 − p)ʳ.
        let (m, p, r) = (40, 0.1, 7);
        let all = SampleSize {
            examples: m,
            wrong: m,
        };
        let law = Law::of(p, all, r, 0.3, 0.01);
        let mut pool = 0.0;
        for e in 0..=m {
            let ln = crate::theory::ln_supports(m, e);
            let weight = libm::exp(ln + e as f64 * libm::log(p) + (m - e) as f64 * libm::log1p(-p));
            pool += weight * clean(m, e, r);
        }
        assert!((pool - libm::pow(1.0 - p, r as f64)).abs() < 1e-12);
        // Attempts on the same examples take longer than (1 − p)⁻ʳ.
        assert!(law.attempts > 1.0 / (0.3 * pool) && law.missed <= 0.005);
        assert_eq!(clean(5, 3, 3), 0.0);
    }

    #[test]
    fn without_noise_attempts_are_geometric() {
        let sample = SampleSize {
            examples: 30,
            wrong: 0,
        };
        let law = Law::of(0.0, sample, 30, 0.25, 0.02);
        assert_eq!(
            law.most_attempts,
            (libm::log(0.01) / libm::log(0.75)).ceil()
        );
        assert!((law.attempts - (1.0 - law.missed) / 0.25).abs() < 1e-9);
    }
}
