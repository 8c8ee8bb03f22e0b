//! How many attempts it takes.

use super::super::Problem;
use crate::stats::LogOdds;

/// ln of the expected number of random sets of q columns until one contains a support of size k, ∏_{i<k} (n − i)/(q − i).
pub(super) fn ln_columns(n: usize, k: usize, q: usize) -> f64 {
    (0..k)
        .map(|i| libm::log((n - i) as f64 / (q - i) as f64))
        .sum()
}

/// Where rows are drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pool {
    /// Fresh rows, each with a wrong label with probability p.
    Endless(f64),
    /// Rows of a sample, so many of which have wrong labels.
    Sample(usize, f64),
}

impl Pool {
    /// The probability that row number `drawn` has a wrong label, where all before it had right ones.
    fn wrong_next(self, drawn: usize) -> f64 {
        match self {
            Pool::Endless(p) => p,
            // Without a right label left there is no end of attempts.
            Pool::Sample(m, wrong) => (wrong / (m as f64 - drawn as f64)).min(1.0),
        }
    }

    /// ln of the expected number of sets of q rows until one has right labels only: −q ln(1 − p), or, as a sample has no row
    /// twice, ln C(m, q)/C(m − e, q).
    pub(super) fn ln_rows(self, q: usize) -> f64 {
        (0..q)
            .map(|drawn| -libm::log1p(-self.wrong_next(drawn)))
            .sum()
    }

    /// The number of columns from the size of a support to `most` that takes the fewest attempts.
    ///
    /// Column q + 1 multiplies the sets of columns by 1 − k/(q + 1) and divides by the probability that one more row has a right
    /// label. The first factor rises with q and the probability falls, so the first column that does not pay is the end.
    pub(super) fn best(self, problem: &Problem, most: usize) -> usize {
        let k = *problem.k.end();
        let pays = |q: usize| (1.0 - self.wrong_next(q)) * (q + 1) as f64 > (q + 1 - k) as f64;
        // The numbers from `low` on that pay are those below `high`.
        let (mut low, mut high) = (k, most.max(k));
        while low < high {
            let middle = low + (high - low) / 2;
            match pays(middle) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }
}

/// The expected number of sets of q rows of a sample of m until one has right labels only, where each label is wrong with probability
/// p, but no more than `most` of them: the mean of C(m, q)/C(m − e, q).
pub(super) fn mean_rows(m: usize, q: usize, p: f64, most: usize) -> f64 {
    if p == 0.0 {
        return 1.0;
    }
    let odds = LogOdds::of(p);
    let (mut ln_weight, mut ln_attempts) = (m as f64 * odds.failure, 0.0);
    let (mut weights, mut attempts) = (0.0, 0.0);
    for wrong in 0..=most {
        let weight = libm::exp(ln_weight);
        weights += weight;
        attempts += libm::exp(ln_weight + ln_attempts);
        let right = (m - wrong) as f64;
        ln_weight += libm::log(right / (wrong + 1) as f64) + odds.success - odds.failure;
        ln_attempts += libm::log(right / (right - q as f64).max(0.0));
    }
    attempts / weights
}

/// The chances of an attempt, and how attempts are divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chances {
    /// That q columns contain the support.
    pub columns: f64,
    /// That q rows have right labels.
    pub rows: f64,
    /// Sets of rows that are tried with the same columns.
    pub sets: usize,
}

impl Chances {
    /// That one of the sets of rows finds the support.
    pub(super) fn of_columns(self) -> f64 {
        self.columns * self.of_rows()
    }

    /// That one of the sets has right labels.
    fn of_rows(self) -> f64 {
        -libm::expm1(self.sets as f64 * libm::log1p(-self.rows))
    }

    /// The expected number of sets of columns.
    pub(super) fn groups(self) -> f64 {
        1.0 / self.of_columns()
    }

    /// The expected number of sets of rows until the support is found, including those with other columns.
    pub(super) fn attempts(self) -> f64 {
        let (sets, success) = (self.sets as f64, self.of_rows());
        // The mean of a geometric number that is known to be at most `sets`.
        let last = 1.0 / self.rows - sets * (1.0 - success) / success;
        (self.groups() - 1.0) * sets + last
    }

    /// The sets of columns after which the support has been missed with this probability at most.
    pub(super) fn most_groups(self, failure: f64) -> f64 {
        (libm::log(failure) / libm::log1p(-self.of_columns()))
            .ceil()
            .max(1.0)
    }

    /// The number of sets of rows, up to `most`, with the fewest operations where new columns cost so many and new rows so many.
    pub(super) fn divided(self, columns: f64, rows: f64, most: usize) -> Self {
        let cost =
            |sets: usize| (columns + sets as f64 * rows) / Chances { sets, ..self }.of_rows();
        let best = (1..=most).min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
        Chances {
            sets: best.unwrap_or(1),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_number_of_columns_and_its_attempts_are_those_of_the_law() {
        // Of (200, 4) 39 and 40 columns take exactly as many.
        for (n, k, p, q, attempts) in [
            (50, 3, 0.1, 29, 114),
            (200, 3, 0.1, 29, 7_631),
            (200, 4, 0.1, 39, 47_886),
            (100, 6, 0.05, 100, 169),
        ] {
            let problem = Problem::new(n, k).unwrap();
            let pool = Pool::Endless(p);
            assert_eq!(pool.best(&problem, n), q, "({n}, {k}, {p})");
            let expected = libm::exp(ln_columns(n, k, q) + pool.ln_rows(q));
            assert_eq!(expected.round() as usize, attempts, "({n}, {k}, {p})");
        }
        for (n, k, q, attempts) in [(200, 3, 30, 323), (100, 6, 48, 97), (1000, 4, 108, 7_728)] {
            let expected = libm::exp(ln_columns(n, k, q) + Pool::Sample(q + 10, 0.0).ln_rows(q));
            assert_eq!(expected as usize, attempts, "({n}, {k})");
        }
        for (n, p, attempts) in [(50, 0.05, 13), (50, 0.1, 194), (100, 0.1, 37_649)] {
            let expected = libm::exp(Pool::Endless(p).ln_rows(n));
            assert_eq!(expected.round() as usize, attempts, "n = {n}, p = {p}");
        }
    }

    #[test]
    fn rows_of_a_sample_are_hypergeometric() {
        let expected = libm::exp(Pool::Sample(128, 13.0).ln_rows(28));
        assert!((expected - 29.8).abs() < 0.05, "{expected}");
        assert!((libm::exp(Pool::Endless(0.1).ln_rows(28)) - 19.1).abs() < 0.05);
        assert_eq!(Pool::Sample(30, 10.0).ln_rows(21), f64::INFINITY);
    }

    #[test]
    fn the_mean_over_wrong_labels_is_above_that_of_their_mean() {
        let simple = libm::exp(Pool::Sample(1000, 50.0).ln_rows(100));
        let mean = mean_rows(1000, 100, 0.05, 80);
        assert!(
            (simple - 223.4).abs() < 0.1 && mean > 1.2 * simple,
            "{simple}, {mean}"
        );
        // With a single row it is about 1/(1 − p).
        assert!((mean_rows(100, 1, 0.1, 60) - 1.0 / 0.9).abs() < 2e-3);
        assert_eq!(mean_rows(100, 50, 0.0, 0), 1.0);
    }

    #[test]
    fn attempts_are_those_of_a_simulation_whatever_their_division() {
        use crate::seeds::{Purpose, Seeds};
        use rand::Rng;
        let mut rng = Seeds::from(1).stream(Purpose::Eval);
        for sets in [1, 5, 30] {
            let chances = Chances {
                columns: 0.3,
                rows: 0.1,
                sets,
            };
            let runs = 20_000;
            let mut total = 0;
            for _ in 0..runs {
                'run: loop {
                    let has_support = rng.random_bool(chances.columns);
                    for _ in 0..sets {
                        total += 1;
                        if rng.random_bool(chances.rows) && has_support {
                            break 'run;
                        }
                    }
                }
            }
            let mean = f64::from(total) / f64::from(runs);
            let expected = chances.attempts();
            assert!((mean / expected - 1.0).abs() < 0.04, "{mean}, {expected}");
        }
    }
}
