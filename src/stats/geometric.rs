use super::Times;
use super::binomial::{LogOdds, ln_at_most};
use super::interval::open;
use crate::error::{Error, Result};

/// The geometric distribution: the number of independent guesses up to the first success, each of
/// which succeeds with probability p.
///
/// ```math
/// F(t) = \mathrm{P}(T \le t) = 1 - (1 - p)^t , \qquad t = 0, 1, 2, \ldots
/// ```
///
/// Random search that guesses one support per step has p = 1/C(n, k). If each of r neurons of a
/// network were a guess, p would be r/C(n, k).
///
/// ```
/// use sparse_parity::{stats::{Geometric, Time, Times}, theory::supports};
///
/// let search = Geometric::new(1.0 / supports(30, 3)?)?;
/// let times: Times = (0..1000).map(|run| Time::Solved(3000 + run)).collect();
/// // Random search would have found the support in about half of the runs by then.
/// let early = search.before_first(&times)?;
/// assert_eq!((early.step, early.solved), (2999, 0));
/// assert!((500.0..540.0).contains(&early.expected));
/// assert!(early.ln_probability < -700.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometric {
    p: f64,
    ln_failure: f64,
}

impl Geometric {
    /// The distribution with success probability p.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless 0 < p < 1.
    pub fn new(p: f64) -> Result<Self> {
        open("the probability p of success", p)?;
        let ln_failure = libm::log1p(-p);
        Ok(Geometric { p, ln_failure })
    }

    /// The probability of success.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// The mean, 1/p.
    pub fn mean(&self) -> f64 {
        1.0 / self.p
    }

    /// F(t), the probability of success by step t.
    pub fn cdf(&self, t: u64) -> f64 {
        -libm::expm1(t as f64 * self.ln_failure)
    }

    /// 1 − F(t), the probability of no success by step t.
    pub fn survival(&self, t: u64) -> f64 {
        libm::exp(t as f64 * self.ln_failure)
    }

    /// The probability of the first success at step t.
    pub fn pmf(&self, t: u64) -> f64 {
        match t.checked_sub(1) {
            None => 0.0,
            Some(failures) => self.p * self.survival(failures),
        }
    }

    /// The q-quantile, the first step t with F(t) ≥ q; infinite beyond the largest `f64`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless 0 < q < 1.
    pub fn quantile(&self, q: f64) -> Result<f64> {
        open("the probability q of a quantile", q)?;
        let t = libm::log1p(-q) / self.ln_failure;
        if t.is_infinite() {
            return Ok(t);
        }
        // A quotient that is whole but for rounding is meant to be whole.
        Ok((t - 1e-12 * t).ceil().max(1.0))
    }

    /// The number of runs solved by `step`, and the probability of so few under this distribution.
    ///
    /// Diverged runs count as not solved. The probability is exact if `step` was chosen without
    /// looking at the times.
    ///
    /// # Errors
    /// [`Error::Zero`] without runs, [`Error::Method`] if some run was not observed up to `step`.
    pub fn early(&self, times: &Times, step: u64) -> Result<Early> {
        times.nonempty()?;
        if let Some(budget) = times.budget().filter(|&budget| budget < step) {
            return Err(Error::Method {
                method: "the count of early successes",
                reason: format!("the budget of a run ended at step {budget}, before step {step}"),
                repair: format!("count at step {budget} or earlier"),
            });
        }
        Ok(self.count(times.runs(), times.solved_by(step), step))
    }

    /// The probability under this distribution of no success before the first one observed.
    ///
    /// Without any success the step is the smallest budget. Since the times determine the step, the
    /// result is not the level of a test; it is the likelihood of a plateau of this length.
    ///
    /// # Errors
    /// [`Error::Zero`] without runs, [`Error::Method`] if some run was not observed up to the first
    /// success, or if all diverged.
    pub fn before_first(&self, times: &Times) -> Result<Early> {
        let step = match times.first() {
            Some(first) => first.saturating_sub(1),
            None => times.budget().ok_or_else(|| Error::Method {
                method: "the count of early successes",
                reason: "no run was solved or reached its budget".into(),
                repair: "give runs that do not all diverge".into(),
            })?,
        };
        let early = self.early(times, step)?;
        Ok(self.count(early.runs, 0, step))
    }

    fn count(&self, runs: usize, solved: usize, step: u64) -> Early {
        let odds = LogOdds {
            success: libm::log(self.cdf(step)),
            failure: step as f64 * self.ln_failure,
        };
        Early {
            step,
            runs,
            solved,
            expected: runs as f64 * self.cdf(step),
            ln_probability: ln_at_most(solved, runs, odds),
        }
    }

    /// The Kolmogorov–Smirnov distance between the times and this distribution.
    ///
    /// With the share $`F_N(t)`$ of runs solved by t, it is the largest |F_N(t) − F(t)| over all steps up to
    /// the smallest budget of a censored run, or over all if none is censored. Diverged runs count
    /// as not solved at every step.
    ///
    /// # Errors
    /// [`Error::Zero`] without runs.
    pub fn distance(&self, times: &Times) -> Result<Distance> {
        times.nonempty()?;
        let end = times.budget();
        let share = |solved: usize| solved as f64 / times.runs() as f64;
        let mut distance = Distance {
            runs: times.runs(),
            fewer: 0.0,
            more: 0.0,
        };
        let mut solved = 0;
        let known: Vec<_> = times.known().collect();
        let seen = |t: &u64| end.is_none_or(|end| *t <= end);
        // Between two successes F rises and the share is constant: the ends of the steps suffice.
        for equal in known.chunk_by(u64::eq).take_while(|equal| seen(&equal[0])) {
            if let Some(before) = equal[0].checked_sub(1) {
                distance.take(share(solved) - self.cdf(before));
            }
            solved += equal.len();
            distance.take(share(solved) - self.cdf(equal[0]));
        }
        distance.take(share(solved) - end.map_or(1.0, |end| self.cdf(end)));
        Ok(distance)
    }
}

/// The number of runs solved by a step, compared with the number that a [`Geometric`] expects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Early {
    /// The step.
    pub step: u64,
    /// The number N of runs.
    pub runs: usize,
    /// The number of runs solved by that step.
    pub solved: usize,
    /// The number expected, N·F(step).
    pub expected: f64,
    /// ln P(X ≤ solved), where X of N runs with this distribution are solved by that step.
    pub ln_probability: f64,
}

impl Early {
    /// P(X ≤ solved); 0 if it underflows.
    pub fn probability(&self) -> f64 {
        libm::exp(self.ln_probability)
    }
}

/// The largest distances between the share F_N(t) of solved runs and the distribution function F(t).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    /// The number N of runs.
    pub runs: usize,
    /// The largest F(t) − F_N(t), by which too few runs are solved.
    pub fewer: f64,
    /// The largest F_N(t) − F(t), by which too many runs are solved.
    pub more: f64,
}

impl Distance {
    /// The Kolmogorov–Smirnov distance, the larger of `fewer` and `more`.
    pub fn value(&self) -> f64 {
        self.fewer.max(self.more)
    }

    /// The logarithm of a bound for the p-value of a distance D, min(0, ln 2 − 2 N D²).
    ///
    /// The p-value is the probability that N runs with this distribution are as far from it.
    ///
    /// The bound is the Dvoretzky–Kiefer–Wolfowitz inequality with the constant of Massart, *The tight
    /// constant in the Dvoretzky–Kiefer–Wolfowitz inequality*, 1990. It holds for every N and every
    /// distribution. For discrete distributions and for times observed up to a budget it is
    /// conservative: the true probability is smaller.
    pub fn ln_p_value(&self) -> f64 {
        let d = self.value();
        (std::f64::consts::LN_2 - 2.0 * self.runs as f64 * d * d).min(0.0)
    }

    /// The bound whose logarithm is [`ln_p_value`](Distance::ln_p_value); 0 if it underflows.
    pub fn p_value(&self) -> f64 {
        libm::exp(self.ln_p_value())
    }

    fn take(&mut self, difference: f64) {
        self.fewer = self.fewer.max(-difference);
        self.more = self.more.max(difference);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Time::{self, Censored, Never, Solved};
    use super::*;
    use crate::seeds::LabRng;
    use rand::{Rng, SeedableRng};

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1.0)
    }

    /// Searches of up to `budget` guesses.
    fn searches(p: f64, runs: usize, budget: u64, rng: &mut LabRng) -> Times {
        let mut search = || {
            let guesses = libm::log(1.0 - rng.random::<f64>()) / libm::log1p(-p);
            match guesses.ceil().max(1.0) as u64 {
                t if t <= budget => Solved(t),
                _ => Censored(budget),
            }
        };
        (0..runs).map(|_| search()).collect()
    }

    #[test]
    fn the_law_is_that_of_repeated_guesses() {
        let distribution = Geometric::new(0.25).unwrap();
        let mut sum = 0.0;
        for t in 0..20 {
            sum += distribution.pmf(t);
            assert!(close(distribution.cdf(t), sum) && close(distribution.survival(t), 1.0 - sum));
        }
        assert_eq!(distribution.mean(), 4.0);
        // 1 − (3/4)² = 0.4375 and 1 − (3/4)³ = 0.578….
        assert_eq!(distribution.quantile(0.4375).unwrap(), 2.0);
        assert_eq!(distribution.quantile(0.44).unwrap(), 3.0);
        assert_eq!(distribution.quantile(0.01).unwrap(), 1.0);
    }

    #[test]
    fn rare_successes_keep_their_digits() {
        let distribution = Geometric::new(1e-12).unwrap();
        assert!((distribution.cdf(3) / 3e-12 - 1.0).abs() < 1e-11);
        assert_eq!(distribution.pmf(1), 1e-12);
        let rarest = Geometric::new(1e-320).unwrap();
        assert_eq!(rarest.quantile(0.5).unwrap(), f64::INFINITY);
        assert!(
            (Geometric::new(1e-300).unwrap().quantile(0.5).unwrap() / 6.931e299 - 1.0).abs() < 1e-3
        );
    }

    #[test]
    fn the_distance_is_the_largest_difference_over_all_steps() {
        let distribution = Geometric::new(0.1).unwrap();
        let cases: [&[Time]; 4] = [
            &[Solved(2), Solved(2), Solved(30), Solved(11)],
            &[Solved(0), Solved(40), Censored(50), Censored(60)],
            &[Solved(5), Never, Never],
            &[Censored(7), Solved(100)],
        ];
        for case in cases {
            let times: Times = case.iter().copied().collect();
            let distance = distribution.distance(&times).unwrap();
            let (mut fewer, mut more) = (0.0_f64, 0.0_f64);
            for t in 0..=times.budget().unwrap_or(10_000) {
                let difference =
                    times.solved_by(t) as f64 / times.runs() as f64 - distribution.cdf(t);
                fewer = fewer.max(-difference);
                more = more.max(difference);
            }
            assert!(close(distance.fewer, fewer), "{case:?}");
            assert!(close(distance.more, more), "{case:?}");
        }
    }

    #[test]
    fn random_searches_are_rejected_no_more_often_than_stated() {
        let distribution = Geometric::new(0.01).unwrap();
        let rejected = |seed: &u64| {
            let rng = &mut LabRng::seed_from_u64(*seed);
            let times = searches(0.01, 100, 300, rng);
            distribution.distance(&times).unwrap().p_value() <= 0.1
        };
        let share = (0..500).filter(rejected).count() as f64 / 500.0;
        assert!((0.03..=0.13).contains(&share), "{share}");
    }

    #[test]
    fn early_successes_are_as_likely_as_the_binomial_says() {
        let distribution = Geometric::new(0.01).unwrap();
        let below = |seed: &u64| {
            let rng = &mut LabRng::seed_from_u64(*seed);
            let times = searches(0.01, 200, 50, rng);
            distribution.early(&times, 50).unwrap().probability() <= 0.2
        };
        let share = (0..500).filter(below).count() as f64 / 500.0;
        assert!((0.13..0.25).contains(&share), "{share}");
    }

    #[test]
    fn a_long_plateau_has_a_probability_too_small_for_a_number() {
        let distribution = Geometric::new(1.0 / 9880.0).unwrap();
        let times: Times = (0..1_000_000).map(|_| Solved(5000)).collect();
        let early = distribution.before_first(&times).unwrap();
        let expected = 1e6 * 4999.0 * libm::log1p(-1.0 / 9880.0);
        assert!(close(early.ln_probability, expected));
        assert_eq!((early.probability(), early.step), (0.0, 4999));
        let distance = distribution.distance(&times).unwrap();
        assert!(close(distance.fewer, distribution.cdf(4999)));
        assert_eq!(distance.p_value(), 0.0);
    }

    #[test]
    fn nobody_counts_beyond_what_was_observed() {
        let distribution = Geometric::new(0.01).unwrap();
        let times: Times = [Solved(50), Censored(40), Never].into_iter().collect();
        assert!(distribution.early(&times, 40).is_ok() && distribution.early(&times, 41).is_err());
        assert!(distribution.before_first(&times).is_err());
        let diverged: Times = [Never].into_iter().collect();
        assert!(distribution.before_first(&diverged).is_err());
        assert_eq!(distribution.distance(&diverged).unwrap().fewer, 1.0);
        assert!(distribution.distance(&Times::default()).is_err());
        assert!(distribution.early(&Times::default(), 1).is_err());
        let start: Times = [Solved(0)].into_iter().collect();
        assert_eq!(
            distribution.before_first(&start).unwrap().probability(),
            1.0
        );
        assert!(Geometric::new(0.0).is_err() && Geometric::new(1.0).is_err());
    }
}
