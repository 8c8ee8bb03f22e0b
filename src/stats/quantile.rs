use super::binomial::{LogOdds, ln_at_least, ln_at_most};
use super::interval::{missed, open};
use super::{Bootstrap, ConfidenceInterval, Time, Times};
use crate::error::Result;
use rand::Rng;

/// A quantile of the convergence time, with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile; `None` if it lies among runs that were not solved.
    pub value: Option<f64>,
    /// The confidence interval; its upper end is infinite if the runs do not bound it.
    pub interval: ConfidenceInterval,
}

/// The tolerance for rounding errors of a survival probability.
const ROUNDING: f64 = 1e-12;

impl Times {
    /// The p-quantile of t_c, the first step at which the [Kaplan–Meier](super::KaplanMeier) curve is
    /// at most 1 − p, with an exact interval.
    ///
    /// Without censoring it is the ⌈p·N⌉th smallest of N times. The interval reaches from the lth to the
    /// uth smallest one, where a binomial X with parameters N, p has
    ///
    /// ```math
    /// \mathrm{P}(X \le l - 1) \le \tfrac{1}{2} (1 - \mathtt{level}) , \qquad
    /// \mathrm{P}(X \ge u) \le \tfrac{1}{2} (1 - \mathtt{level}) .
    /// ```
    ///
    /// Its confidence is at least the stated one, whatever the distribution of t_c. (David and Nagaraja, *Order
    /// Statistics*, section 7.1.) For the lower end censored runs count as if their budget were the
    /// time, for the upper end as infinite, so that it stays valid under any censoring. An end
    /// beyond the times that are known is 0 or ∞; the lower end is ∞ if it lies among runs that
    /// diverged.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) without runs, [`Error::OutOfRange`](crate::Error::OutOfRange)
    /// unless 0 < p < 1 and 0 < `level` < 1.
    pub fn quantile(&self, p: f64, level: f64) -> Result<Quantile> {
        let tail = missed(level)? / 2.0;
        let value = self.point(p)?;
        let (n, odds) = (self.runs(), LogOdds::of(p));
        let limit = libm::log(tail);
        // l and n + 1 − u are numbers of steps that may be taken into the tails.
        let lower = last(n, |l| ln_at_most(l - 1, n, odds) <= limit);
        let upper = last(n, |steps| ln_at_least(n + 1 - steps, n, odds) <= limit);
        let low = match lower.checked_sub(1).map(|place| self.as_slice()[place]) {
            None => 0.0,
            Some(Time::Solved(t) | Time::Censored(t)) => t as f64,
            Some(Time::Never) => f64::INFINITY,
        };
        let high = match upper {
            0 => None,
            steps => self.known().nth(n - steps),
        };
        let high = high.map_or(f64::INFINITY, |t| t as f64);
        let interval = ConfidenceInterval { low, high };
        Ok(Quantile { value, interval })
    }

    /// The median of t_c: the [`quantile`](Times::quantile) with p = 1/2.
    ///
    /// # Errors
    /// Those of [`quantile`](Times::quantile).
    pub fn median(&self, level: f64) -> Result<Quantile> {
        self.quantile(0.5, level)
    }

    /// The p-quantile with an interval by resampling runs.
    ///
    /// A resample that does not reach the quantile bounds it by its largest budget from below, and not from above; one
    /// without censored runs has it among those that diverged, at infinity.
    ///
    /// It takes resamples × runs operations. For many runs the exact interval of
    /// [`quantile`](Times::quantile) is as narrow.
    ///
    /// # Errors
    /// Those of [`quantile`](Times::quantile) and of [`Bootstrap::interval`].
    pub fn bootstrapped_quantile<R: Rng + ?Sized>(
        &self,
        p: f64,
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<Quantile> {
        let value = self.point(p)?;
        let interval = bootstrap.of_quantile(self, p, rng)?;
        Ok(Quantile { value, interval })
    }

    /// The p-quantile without an interval.
    pub(super) fn point(&self, p: f64) -> Result<Option<f64>> {
        open("the probability p of a quantile", p)?;
        self.nonempty()?;
        Ok(quantile_of(&self.counted(|_| 1), p))
    }

    /// Bounds of the p-quantile of one resample of these runs, from below and from above; equal if it is reached.
    pub(super) fn resampled<R: Rng + ?Sized>(&self, p: f64, rng: &mut R) -> [f64; 2] {
        let mut counts = vec![0; self.runs()];
        for _ in 0..counts.len() {
            counts[rng.random_range(0..self.runs())] += 1;
        }
        let counted = self.counted(|place| counts[place]);
        if let Some(t) = quantile_of(&counted, p) {
            return [t, t];
        }
        let budget = counted.iter().rev().find_map(|&(time, count)| match time {
            Time::Censored(c) if count > 0 => Some(c as f64),
            Time::Censored(_) | Time::Solved(_) | Time::Never => None,
        });
        [budget.unwrap_or(f64::INFINITY), f64::INFINITY]
    }

    fn counted(&self, count: impl Fn(usize) -> usize) -> Vec<(Time, usize)> {
        let times = self.as_slice().iter().enumerate();
        times.map(|(place, &time)| (time, count(place))).collect()
    }
}

/// The largest number in 0..=n up to which `holds` is true; `holds` is not called with 0.
fn last(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut yes, mut no) = (0, n + 1);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

/// The quantile of sorted times with multiplicities.
fn quantile_of(times: &[(Time, usize)], p: f64) -> Option<f64> {
    let mut curve = Remaining::of(times.iter().map(|time| time.1).sum());
    for &(time, count) in times {
        match time {
            Time::Solved(t) => {
                curve.solve(count);
                if curve.survival() <= 1.0 - p + ROUNDING {
                    return Some(t as f64);
                }
            }
            Time::Censored(_) => curve.censor(count),
            Time::Never => return None,
        }
    }
    None
}

/// The product limit, as a ratio of counts since the last censoring, which is free of rounding.
#[derive(Debug)]
pub(super) struct Remaining {
    before: f64,
    base: usize,
    pub left: usize,
}

impl Remaining {
    pub fn of(runs: usize) -> Remaining {
        Remaining {
            before: 1.0,
            base: runs,
            left: runs,
        }
    }

    pub fn survival(&self) -> f64 {
        match self.base {
            0 => self.before,
            base => self.before * (self.left as f64 / base as f64),
        }
    }

    pub fn solve(&mut self, count: usize) {
        self.left -= count;
    }

    pub fn censor(&mut self, count: usize) {
        self.before = self.survival();
        self.left -= count;
        self.base = self.left;
    }
}

#[cfg(test)]
mod tests {
    use super::Time::{Censored, Never, Solved};
    use super::*;
    use crate::seeds::LabRng;
    use rand::SeedableRng;

    fn one_to(n: u64) -> Times {
        (1..=n).map(Solved).collect()
    }

    #[test]
    fn resamples_that_do_not_reach_a_quantile_bound_it_by_their_budget() {
        let solved = (0..2).map(|i| Solved(100 + i));
        let times: Times = solved.chain((0..18).map(|_| Censored(1000))).collect();
        let rng = &mut LabRng::seed_from_u64(1);
        let found = times
            .bootstrapped_quantile(0.5, &Bootstrap::default(), rng)
            .unwrap();
        assert_eq!(found.value, None);
        assert_eq!(
            (found.interval.low, found.interval.high),
            (1000.0, f64::INFINITY)
        );
        assert_eq!(found.interval, times.median(0.95).unwrap().interval);
        // Runs that diverged have their median at infinity.
        let diverged: Times = (0..9).map(|_| Never).collect();
        let found = diverged
            .bootstrapped_quantile(0.5, &Bootstrap::default(), rng)
            .unwrap();
        assert_eq!(found.interval.low, f64::INFINITY);
    }

    #[test]
    fn without_censoring_quantiles_are_order_statistics() {
        for n in 1..60 {
            for tenth in 1..10_u64 {
                let p = tenth as f64 / 10.0;
                let expected = (tenth * n).div_ceil(10) as f64;
                assert_eq!(one_to(n).point(p).unwrap(), Some(expected), "{p} of {n}");
            }
        }
    }

    /// Ranks l and u from the binomial quantiles of SciPy 1.17.1.
    #[test]
    fn the_interval_is_that_of_order_statistics() {
        for (n, p, level, l, u) in [
            (20, 0.5, 0.95, 6.0, 15.0),
            (100, 0.5, 0.95, 40.0, 61.0),
            (101, 0.25, 0.9, 18.0, 34.0),
            (1_000, 0.9, 0.99, 875.0, 925.0),
            (5, 0.5, 0.95, 0.0, f64::INFINITY),
            (1_000_000, 0.5, 0.95, 499_020.0, 500_981.0),
        ] {
            let interval = one_to(n).quantile(p, level).unwrap().interval;
            assert_eq!((interval.low, interval.high), (l, u), "{p} of {n}");
        }
    }

    #[test]
    fn a_quantile_among_unsolved_runs_is_not_reached() {
        let times: Times = (1..=40)
            .map(Solved)
            .chain([Censored(90); 59])
            .chain([Never])
            .collect();
        let median = times.median(0.95).unwrap();
        assert_eq!(median.value, None);
        // The 40th of 100 is the last one solved, and the lower end its rank.
        let only_bounded_below = ConfidenceInterval {
            low: 40.0,
            high: f64::INFINITY,
        };
        assert_eq!(median.interval, only_bounded_below);
        let first = times.quantile(0.1, 0.95).unwrap();
        assert_eq!(first.value, Some(10.0));
        assert!(first.interval.high < 40.0);
    }

    #[test]
    fn diverged_runs_are_later_than_all_others() {
        let times: Times = [Solved(5); 3].into_iter().chain([Never; 97]).collect();
        let median = times.median(0.95).unwrap();
        assert_eq!((median.value, median.interval.low), (None, f64::INFINITY));
    }

    #[test]
    fn runs_censored_early_widen_the_interval_and_do_not_move_the_quantile_down() {
        let full = one_to(100).median(0.95).unwrap();
        let censored = (1..=100).map(|t| if t % 10 == 5 { Censored(t) } else { Solved(t) });
        let part = censored.collect::<Times>().median(0.95).unwrap();
        assert!(part.value >= full.value);
        assert!(part.interval.low <= full.interval.low);
        assert!(part.interval.high >= full.interval.high);
    }

    #[test]
    fn the_exact_interval_covers_the_median_as_often_as_it_says() {
        let covered = |seed: &u64| {
            let rng = &mut LabRng::seed_from_u64(*seed);
            // Half of these are at most 49, and those above 70 are censored.
            let times = (0..30).map(|_| match rng.random_range(0..100) {
                t @ 0..=70 => Solved(t),
                _ => Censored(70),
            });
            let median = times.collect::<Times>().median(0.9).unwrap();
            median.interval.contains(49.0)
        };
        let share = (0..1000).filter(covered).count() as f64 / 1000.0;
        assert!((0.89..0.97).contains(&share), "{share}");
    }

    #[test]
    fn resampling_and_order_statistics_agree() {
        let times = one_to(400);
        let exact = times.median(0.95).unwrap();
        let rng = &mut LabRng::seed_from_u64(1);
        let drawn = times
            .bootstrapped_quantile(0.5, &Bootstrap::default(), rng)
            .unwrap();
        assert_eq!(drawn.value, exact.value);
        assert!((drawn.interval.low - exact.interval.low).abs() < 5.0);
        assert!((drawn.interval.high - exact.interval.high).abs() < 5.0);
    }

    #[test]
    fn what_is_no_quantile_is_refused() {
        assert!(Times::default().median(0.95).is_err());
        for p in [0.0, 1.0, f64::NAN] {
            assert!(one_to(3).quantile(p, 0.95).is_err());
            assert!(one_to(3).quantile(0.5, p).is_err());
        }
    }
}
