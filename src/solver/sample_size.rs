//! How many examples decide, by exact tails of the binomial distribution.

use super::{Noise, Problem};
use crate::error::{Error, MOST, Result};
use crate::stats::{LogOdds, ln_at_least, ln_at_most};

/// How far below a size that suffices smaller ones are tried: whether one suffices rises and falls with the
/// threshold, whose steps are at most a few examples apart.
const BACK: usize = 64;

/// A number of examples, and the number of wrong labels up to which a support is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SampleSize {
    /// The number of examples m.
    pub examples: usize,
    /// The largest number T of wrong labels with which a support is accepted.
    pub wrong: usize,
}

impl Problem {
    /// The smallest number of examples m that decides, with its threshold T.
    ///
    /// On uniform inputs a wrong support disagrees with each label with probability ½, independently. Clean labels: the
    /// expected number (C − 1)2⁻ᵐ of wrong supports that fit is at most δ, and T = 0. Noisy labels: C·P[Bin(m, ½) ≤ T] ≤ δ/2, so that
    /// none is accepted, and P[Bin(m, p) > T] ≤ δ/2, so that S is.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than 2³⁶ examples, where p is very near ½.
    pub fn sample_size(&self) -> Result<SampleSize> {
        let p = match self.noise {
            Noise::Clean => return self.clean_size(),
            noise => noise.bound(),
        };
        let mut high = 1;
        while !self.decides(high, p) {
            high *= 2;
            if high > MOST {
                let value = (1.0 / ((1.0 - 2.0 * p) * (1.0 - 2.0 * p))) as usize;
                let what = "the number of examples that such noise needs, in units of (1 - 2p)^-2,";
                return Err(Error::TooLarge {
                    what,
                    value,
                    most: MOST,
                });
            }
        }
        let mut low = high / 2;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.decides(middle, p) {
                true => high = middle,
                false => low = middle,
            }
        }
        let first = high.saturating_sub(BACK).max(1);
        // The threshold does not fall with m: it is `wrong` or larger, and where `wrong` accepts others, so does a larger one.
        let mut wrong = most_wrong(first, p, self.ln_half());
        for examples in first..high {
            while self.rejects_others(wrong, examples) {
                if ln_at_least(wrong + 1, examples, LogOdds::of(p)) <= self.ln_half() {
                    return Ok(SampleSize { examples, wrong });
                }
                wrong += 1;
            }
        }
        let (examples, wrong) = (high, most_wrong(high, p, self.ln_half()));
        Ok(SampleSize { examples, wrong })
    }

    /// Whether m noisy examples have a threshold.
    fn decides(&self, examples: usize, p: f64) -> bool {
        // It is not below the median, so that most sizes that are too small take one tail.
        let median = below_median(examples, p);
        self.rejects_others(median, examples)
            && self.rejects_others(most_wrong(examples, p, self.ln_half()), examples)
    }

    /// Whether the threshold T accepts a wrong support with probability δ/2 at most.
    fn rejects_others(&self, wrong: usize, examples: usize) -> bool {
        let coin = ln_at_most(wrong, examples, LogOdds::of(0.5));
        self.ln_candidates() + coin <= self.ln_half()
    }

    fn ln_half(&self) -> f64 {
        libm::log(self.failure / 2.0)
    }

    fn clean_size(&self) -> Result<SampleSize> {
        let bits = (self.ln_others() - libm::log(self.failure)) / std::f64::consts::LN_2;
        // Of a single candidate nothing has to be told apart.
        let examples = (bits.ceil().max(1.0)) as usize;
        Ok(SampleSize { examples, wrong: 0 })
    }

    /// The threshold T for m examples, the smallest that S exceeds with probability δ/2 at most; `None` if they are too few.
    ///
    /// For clean labels it is 0, given enough examples.
    pub fn threshold(&self, examples: usize) -> Option<usize> {
        let p = match self.noise {
            Noise::Clean => {
                let needed = self.clean_size().ok()?.examples;
                return (examples >= needed).then_some(0);
            }
            noise => noise.bound(),
        };
        let wrong = most_wrong(examples, p, self.ln_half());
        self.rejects_others(wrong, examples).then_some(wrong)
    }

    /// The threshold T for m examples, whether they decide or not.
    pub(super) fn accepted(&self, examples: usize) -> usize {
        match self.noise {
            Noise::Clean => 0,
            noise => most_wrong(examples, noise.bound(), self.ln_half()),
        }
    }

    /// The chance that any of the wrong supports has at most `wrong` wrong labels among m examples with different uniform
    /// inputs: (C − 1)·P[Bin(m, ½) ≤ d], at most 1.
    pub fn chance(&self, wrong: usize, examples: usize) -> f64 {
        libm::exp(self.ln_others() + ln_at_most(wrong, examples, LogOdds::of(0.5))).min(1.0)
    }
}

/// The smallest number of wrong labels that S exceeds among m examples with a probability of at most exp `ln_missed` < ½.
pub(super) fn most_wrong(examples: usize, p: f64, ln_missed: f64) -> usize {
    let odds = LogOdds::of(p);
    let suffices = |wrong: usize| ln_at_least(wrong + 1, examples, odds) <= ln_missed;
    // P[Bin(m, p) > T] falls with T, and about so far above the mean it is small enough.
    let mut low = below_median(examples, p);
    let variance = examples as f64 * p * (1.0 - p);
    let reach = (-2.0 * ln_missed * variance).sqrt() as usize + 1;
    let mut high = (low + reach).min(examples);
    while !suffices(high) {
        low = high + 1;
        high = (low + reach).min(examples);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        match suffices(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    low
}

/// A number that a median of Bin(m, p), at least ⌊pm⌋, is not below, whatever the rounding of pm.
fn below_median(examples: usize, p: f64) -> usize {
    ((p * examples as f64) as usize).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::instances::problem;

    #[test]
    fn clean_labels_need_the_logarithm_of_the_candidates() {
        for (n, k, m) in [
            (20, 3, 17),
            (30, 3, 19),
            (50, 3, 21),
            (100, 3, 24),
            (200, 3, 27),
            (1000, 3, 34),
            (50, 4, 25),
            (200, 4, 33),
            (1000, 4, 42),
            (50, 5, 28),
            (100, 5, 33),
            (50, 6, 31),
            (100, 6, 37),
            (200, 6, 43),
            (1000, 6, 57),
            (100, 8, 45),
        ] {
            let size = problem(n, k, 0.0).sample_size().unwrap();
            assert_eq!((size.examples, size.wrong), (m, 0), "({n}, {k})");
            assert!(problem(n, k, 0.0).chance(0, m) <= 0.01);
            assert!(problem(n, k, 0.0).chance(0, m - 1) > 0.01);
        }
        assert_eq!(problem(7, 7, 0.0).sample_size().unwrap().examples, 1);
    }

    #[test]
    fn noisy_labels_need_the_least_size_with_a_threshold() {
        let noises = [0.05, 0.1, 0.2, 0.3, 0.4];
        // The smallest m were found by trying all of them with sums of the exact terms.
        for (n, k, sizes) in [
            (
                50,
                3,
                [(49, 7), (70, 14), (142, 41), (344, 125), (1429, 619)],
            ),
            (
                200,
                3,
                [(60, 8), (85, 16), (172, 48), (419, 150), (1727, 743)],
            ),
            (
                100,
                6,
                [(75, 9), (108, 19), (221, 60), (529, 186), (2193, 936)],
            ),
        ] {
            for (p, (m, t)) in noises.into_iter().zip(sizes) {
                let size = problem(n, k, p).sample_size().unwrap();
                assert_eq!((size.examples, size.wrong), (m, t), "({n}, {k}), p = {p}");
            }
        }
        assert!(problem(50, 3, 0.4999).sample_size().unwrap().examples > 10_000_000);
        assert!(problem(50, 3, 0.5 - 1e-9).sample_size().is_err());
    }

    /// The threshold by bisection of all numbers of wrong labels.
    fn bisected(examples: usize, p: f64, ln_missed: f64) -> usize {
        let (mut low, mut high) = (0, examples);
        while low < high {
            let middle = low + (high - low) / 2;
            match ln_at_least(middle + 1, examples, LogOdds::of(p)) <= ln_missed {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        low
    }

    /// The size by the thresholds of all sizes that are tried.
    fn searched(problem: &Problem) -> SampleSize {
        let (p, ln_half) = (problem.noise.bound(), libm::log(problem.failure / 2.0));
        let threshold = |examples| {
            let wrong = bisected(examples, p, ln_half);
            let coin = ln_at_most(wrong, examples, LogOdds::of(0.5));
            (problem.ln_candidates() + coin <= ln_half).then_some(wrong)
        };
        let enough = |examples: usize| threshold(examples).is_some();
        let mut high = 1;
        while !enough(high) {
            high *= 2;
        }
        let mut low = high / 2;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match enough(middle) {
                true => high = middle,
                false => low = middle,
            }
        }
        let tried = high.saturating_sub(BACK).max(1)..high;
        let examples = tried.into_iter().find(|m| enough(*m)).unwrap_or(high);
        let wrong = threshold(examples).unwrap();
        SampleSize { examples, wrong }
    }

    #[test]
    fn sizes_and_thresholds_are_those_of_a_search_through_all() {
        for (n, k) in [(1, 1), (7, 7), (20, 3), (50, 3), (1000, 6), (300, 150)] {
            for p in [1e-12, 1e-6, 0.003, 0.05, 0.1, 0.25, 0.3, 0.45, 0.49] {
                for failure in [1e-9, 0.01, 0.5, 0.999] {
                    let problem = problem(n, k, p).with_failure(failure).unwrap();
                    let size = problem.sample_size().unwrap();
                    assert_eq!(size, searched(&problem), "({n}, {k}), {p}, {failure}");
                }
            }
        }
    }

    #[test]
    fn thresholds_are_those_of_a_search_through_all() {
        for examples in [1, 2, 3, 10, 64, 100, 1000, 12_345] {
            for p in [1e-12, 1e-3, 0.1, 0.3, 0.4999] {
                for missed in [1e-12, 1e-3, 0.1, 0.49] {
                    let ln_missed = libm::log(missed);
                    let wrong = most_wrong(examples, p, ln_missed);
                    let expected = bisected(examples, p, ln_missed);
                    assert_eq!(wrong, expected, "{examples}, {p}, {missed}");
                }
            }
        }
    }

    #[test]
    fn a_larger_sample_has_a_threshold_and_a_smaller_one_none() {
        let problem = problem(50, 3, 0.1);
        assert_eq!(problem.threshold(70), Some(14));
        assert_eq!(problem.threshold(30), None);
        let wrong = problem.threshold(1000).unwrap();
        assert!((100..150).contains(&wrong), "{wrong}");
    }
}
