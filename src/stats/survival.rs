use super::interval::missed;
use super::quantile::Remaining;
use super::{ConfidenceInterval, Time, Times, normal_quantile};
use crate::error::Result;

/// A Kaplan–Meier curve: the share S(t) of runs with t_c > t.
///
/// With $`d_i`$ runs solved at the ith step of the curve, and $`n_i`$ at risk just before,
///
/// ```math
/// S(t) = \prod_{t_i \le t} \Big( 1 - \frac{d_i}{n_i} \Big) , \qquad
/// \frac{\mathrm{Var} \, S}{S^2} \approx \sum_{t_i \le t} \frac{d_i}{n_i (n_i - d_i)} .
/// ```
///
/// Censored runs are at risk up to their budget, diverged runs to the end. The band holds for each
/// t alone: it is Greenwood's variance (the second formula) on the scale of ln(−ln S), so that it
/// stays within [0, 1]. Where S is 0 that scale has no value; the upper end is then that of the
/// previous step, which still bounds a falling curve. (Kaplan and Meier, *Nonparametric estimation
/// from incomplete observations*, 1958; Kalbfleisch and Prentice, *The Statistical Analysis of
/// Failure Time Data*, section 1.4.)
///
/// ```
/// use sparse_parity::stats::{KaplanMeier, Time, Times};
///
/// let times: Times = [Time::Solved(4), Time::Censored(6), Time::Solved(9)].into_iter().collect();
/// let curve = KaplanMeier::of(&times, 0.95)?;
/// assert!((curve.at(5) - 2.0 / 3.0).abs() < 1e-15);
/// assert_eq!(curve.at(9), 0.0);
/// assert_eq!(curve.steps[1].at_risk, 1);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    /// The steps at which runs were solved, ascending.
    pub steps: Vec<Survival>,
    /// The last step at which any run was observed, where the curve ends.
    pub end: u64,
}

/// One step of a [`KaplanMeier`] curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Survival {
    /// The step t at which runs were solved.
    pub time: u64,
    /// The number of runs at risk just before that step.
    pub at_risk: usize,
    /// The number of runs solved at that step.
    pub solved: usize,
    /// The share S(t), constant up to the next step.
    pub survival: f64,
    /// The confidence band around S(t).
    pub band: ConfidenceInterval,
}

impl KaplanMeier {
    /// The curve of many runs, with a band of confidence `level` at each point.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) without runs, [`Error::OutOfRange`](crate::Error::OutOfRange)
    /// unless 0 < `level` < 1.
    pub fn of(times: &Times, level: f64) -> Result<Self> {
        let z = normal_quantile(missed(level)?);
        times.nonempty()?;
        let mut remaining = Remaining::of(times.runs());
        let mut steps: Vec<Survival> = Vec::new();
        let (mut variance, mut high) = (0.0, 1.0);
        for equal in times.as_slice().chunk_by(Time::eq) {
            let (time, at_risk, count) = (equal[0], remaining.left, equal.len());
            let time = match time {
                Time::Solved(t) => t,
                Time::Censored(_) => {
                    remaining.censor(count);
                    continue;
                }
                Time::Never => break,
            };
            remaining.solve(count);
            let (n, d) = (at_risk as f64, count as f64);
            variance += d / (n * (n - d));
            let survival = remaining.survival();
            let band = match survival {
                0.0 => ConfidenceInterval { low: 0.0, high },
                _ => log_log(survival, z * variance.sqrt()),
            };
            high = band.high;
            steps.push(Survival {
                time,
                at_risk,
                solved: count,
                survival,
                band,
            });
        }
        let last = times.as_slice().iter().rev().find_map(|time| match *time {
            Time::Solved(t) | Time::Censored(t) => Some(t),
            Time::Never => None,
        });
        let end = last.unwrap_or(0);
        Ok(KaplanMeier { steps, end })
    }

    /// S(t); beyond the end of the curve, its last value.
    pub fn at(&self, t: u64) -> f64 {
        let behind = self.steps.partition_point(|step| step.time <= t);
        behind
            .checked_sub(1)
            .map_or(1.0, |last| self.steps[last].survival)
    }
}

/// The interval around ln(−ln S) whose half-width is that of ln S divided by −ln S.
fn log_log(survival: f64, half: f64) -> ConfidenceInterval {
    let log = libm::log(survival);
    let factor = libm::exp(half / -log);
    ConfidenceInterval {
        low: libm::exp(log * factor),
        high: libm::exp(log / factor),
    }
}

#[cfg(test)]
mod tests {
    use super::Time::{Censored, Never, Solved};
    use super::*;

    /// The group with 6-mercaptopurine of Freireich and others 1963, weeks of remission.
    fn leukaemia() -> Times {
        let solved = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(Solved);
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(Censored);
        solved.into_iter().chain(censored).collect()
    }

    /// S from the textbook tables; bands by lifelines 0.30.3, which uses the log-log scale.
    #[test]
    fn the_curve_of_the_leukaemia_data_is_that_of_the_textbooks() {
        let curve = KaplanMeier::of(&leukaemia(), 0.95).unwrap();
        let expected = [
            (
                6,
                21,
                0.857_142_857_142_86,
                0.619_717_955_266,
                0.951_551_747_647,
            ),
            (
                7,
                17,
                0.806_722_689_075_63,
                0.563_146_564_622,
                0.922_809_019_203,
            ),
            (
                10,
                15,
                0.752_941_176_470_59,
                0.503_199_510_8,
                0.889_361_835_169,
            ),
            (
                13,
                12,
                0.690_196_078_431_37,
                0.431_610_222_486,
                0.849_065_963_349,
            ),
            (
                16,
                11,
                0.627_450_980_392_16,
                0.367_510_855_988,
                0.804_912_189_472,
            ),
            (
                22,
                7,
                0.537_815_126_050_42,
                0.267_778_936_767,
                0.746_790_717_635,
            ),
            (
                23,
                6,
                0.448_179_271_708_68,
                0.188_052_005_959,
                0.680_142_628_495,
            ),
        ];
        assert_eq!(curve.steps.len(), expected.len());
        for (step, (time, at_risk, survival, low, high)) in curve.steps.iter().zip(expected) {
            assert_eq!((step.time, step.at_risk), (time, at_risk));
            assert!((step.survival - survival).abs() < 1e-12, "{step:?}");
            assert!((step.band.low - low).abs() < 1e-9, "{step:?}");
            assert!((step.band.high - high).abs() < 1e-9, "{step:?}");
        }
        assert_eq!(curve.end, 35);
        // The median of the textbooks is 23 weeks.
        assert_eq!(leukaemia().point(0.5).unwrap(), Some(23.0));
    }

    #[test]
    fn without_censoring_the_curve_is_the_empirical_one() {
        let times: Times = [3, 1, 4, 1, 5, 9, 2, 6].map(Solved).into_iter().collect();
        let curve = KaplanMeier::of(&times, 0.9).unwrap();
        for t in 0..12 {
            let later = 8 - times.solved_by(t);
            assert_eq!(curve.at(t), later as f64 / 8.0);
        }
        let last = curve.steps.last().unwrap();
        let before = curve.steps[curve.steps.len() - 2].band.high;
        assert_eq!((last.band.low, last.band.high), (0.0, before));
    }

    #[test]
    fn diverged_runs_stay_at_risk_to_the_end() {
        let times: Times = [Solved(1), Never, Solved(2), Never].into_iter().collect();
        let curve = KaplanMeier::of(&times, 0.95).unwrap();
        let at_risk: Vec<_> = curve.steps.iter().map(|step| step.at_risk).collect();
        assert_eq!(at_risk, [4, 3]);
        assert_eq!((curve.at(1_000_000), curve.end), (0.5, 2));
        let none: Times = [Never].into_iter().collect();
        assert_eq!(KaplanMeier::of(&none, 0.95).unwrap().at(5), 1.0);
    }

    #[test]
    fn bands_hold_their_curve() {
        let curve = KaplanMeier::of(&leukaemia(), 0.5).unwrap();
        for step in &curve.steps {
            assert!(step.band.contains(step.survival));
            assert!(0.0 <= step.band.low && step.band.high <= 1.0);
        }
        assert!(KaplanMeier::of(&Times::default(), 0.5).is_err());
        assert!(KaplanMeier::of(&leukaemia(), 1.0).is_err());
    }
}
