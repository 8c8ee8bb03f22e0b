use super::rank::concordance;
use super::{Bootstrap, Estimate, RankCorrelation, Time};
use crate::error::{Error, Result};
use rand::Rng;

/// A landmark: a step at which the future of the runs that are not solved yet is predicted from what is known by then.
///
/// The runs that were solved before or at the landmark are left out, and the times of the others count from there. A measure
/// at the landmark, or any function of the path up to it, is then compared with the time that remains. No run is chosen by
/// what happens to it later, and no time is a share of t_c. (Anderson, Cain and Gelber, *Analysis of survival by tumor response*,
/// 1983; van Houwelingen, *Dynamic prediction by landmarking in event history analysis*, 2007.)
///
/// A run whose budget ended by the landmark is not at risk; one that diverged is, to the end.
///
/// ```
/// use rand::SeedableRng;
/// use sparse_parity::{seeds::LabRng, stats::{Bootstrap, Landmark, Time}};
///
/// let times = [120, 75, 310, 200, 95, 260, 150, 420].map(Time::Solved);
/// let progress = [0.6, 0.9, 0.3, 0.4, 0.8, 0.35, 0.5, 0.2];
/// let landmark = Landmark::at(100, &times)?;
/// assert_eq!(landmark.at_risk, [0, 2, 3, 5, 6, 7]);
/// assert_eq!(landmark.remaining[0], Time::Solved(20));
/// let rng = &mut LabRng::seed_from_u64(1);
/// let gamma = landmark.concordance(&progress, &Bootstrap::default(), rng)?;
/// assert_eq!(gamma.value, -1.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landmark {
    /// The step.
    pub step: u64,
    /// The runs that are at risk, by their places among all.
    pub at_risk: Vec<usize>,
    /// Their remaining times, in the same order.
    pub remaining: Vec<Time>,
    /// The number of all runs.
    runs: usize,
}

impl Landmark {
    /// The landmark at a step of runs with these times.
    ///
    /// # Errors
    /// [`Error::Method`] if no run is at risk at the step: there are none, or all were solved or out of budget by then.
    pub fn at(step: u64, times: &[Time]) -> Result<Self> {
        let after = |time: &Time| time.after(step).filter(|left| !is_over(*left));
        let left = times.iter().enumerate();
        let left = left.filter_map(|(run, time)| Some((run, after(time)?)));
        let (at_risk, remaining): (Vec<_>, Vec<_>) = left.unzip();
        if at_risk.is_empty() {
            return Err(Error::Method {
                method: "a landmark analysis",
                reason: format!("none of {} runs is at risk at step {step}", times.len()),
                repair: "choose an earlier landmark, or give runs that are unsolved there".into(),
            });
        }
        Ok(Landmark {
            step,
            at_risk,
            remaining,
            runs: times.len(),
        })
    }

    /// The values of the runs at risk, of one for each of all runs.
    ///
    /// # Errors
    /// [`Error::Mismatch`] unless there is one for each run.
    pub fn of<T: Copy>(&self, values: &[T]) -> Result<Vec<T>> {
        if values.len() != self.runs {
            return Err(Error::Mismatch {
                what: "the number of values at a landmark",
                expected: self.runs,
                found: values.len(),
                repair: "give one for each run, whether it is at risk or not",
            });
        }
        Ok(self.at_risk.iter().map(|&run| values[run]).collect())
    }

    /// The concordance γ of a measure, one value for each of all runs, with the remaining time: see
    /// [`concordance`](super::concordance()).
    ///
    /// The index c for a measure that is larger where a run is solved sooner is (1 − γ)/2.
    ///
    /// # Errors
    /// Those of [`of`](Landmark::of) and of [`RankCorrelation::concordance`]: among others, if all runs at risk are censored,
    /// or the measure is the same for all.
    pub fn concordance<R: Rng + ?Sized>(
        &self,
        measure: &[f64],
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<RankCorrelation> {
        RankCorrelation::concordance(&self.of(measure)?, &self.remaining, bootstrap, rng)
    }

    /// The index c of a measure: the share of pairs of runs in which the one with the larger number is solved sooner, of the
    /// pairs whose order is known and whose numbers differ; 1/2 is chance. The interval is by resampling clusters of runs.
    ///
    /// `clusters` says for each of all runs to which it belongs, such as its initialisation: runs of a cluster are drawn
    /// together. With numbers that all differ, runs are drawn.
    ///
    /// # Errors
    /// Those of [`of`](Landmark::of), of [`concordance`](super::concordance()), and of [`Bootstrap::interval`].
    pub fn index<R: Rng + ?Sized>(
        &self,
        measure: &[f64],
        clusters: &[u64],
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<Estimate> {
        let measure = self.of(measure)?;
        let found = self.resampled(clusters, bootstrap, rng, |runs| self.c(&measure, runs))?;
        Ok(Estimate {
            interval: found.interval.within(0.0, 1.0),
            ..found
        })
    }

    /// How much better a measure orders the runs than a rival does: the difference c(measure) − c(rival) of their
    /// [indices](Landmark::index), with an interval by resampling clusters of runs. Both are compared on the same resamples.
    ///
    /// # Errors
    /// Those of [`index`](Landmark::index), for either measure.
    pub fn gain<R: Rng + ?Sized>(
        &self,
        measure: &[f64],
        rival: &[f64],
        clusters: &[u64],
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<Estimate> {
        let (measure, rival) = (self.of(measure)?, self.of(rival)?);
        let gain = |runs: &[usize]| Ok(self.c(&measure, runs)? - self.c(&rival, runs)?);
        let found = self.resampled(clusters, bootstrap, rng, gain)?;
        Ok(Estimate {
            interval: found.interval.within(-1.0, 1.0),
            ..found
        })
    }

    /// The index c of a measure of the runs at risk, among chosen ones.
    fn c(&self, measure: &[f64], runs: &[usize]) -> Result<f64> {
        let measure: Vec<f64> = runs.iter().map(|&run| measure[run]).collect();
        let times: Vec<_> = runs.iter().map(|&run| self.remaining[run]).collect();
        Ok((1.0 - concordance(&measure, &times)?) / 2.0)
    }

    /// A statistic of the runs at risk, with an interval by resampling clusters.
    fn resampled<R: Rng + ?Sized>(
        &self,
        clusters: &[u64],
        bootstrap: &Bootstrap,
        rng: &mut R,
        statistic: impl Fn(&[usize]) -> Result<f64>,
    ) -> Result<Estimate> {
        let members = members(&self.of(clusters)?);
        let all: Vec<_> = (0..self.at_risk.len()).collect();
        let value = statistic(&all)?;
        let interval = bootstrap.interval(members.len(), rng, |drawn| {
            let runs: Vec<_> = drawn.iter().flat_map(|&c| &members[c]).copied().collect();
            statistic(&runs).unwrap_or(f64::NAN)
        })?;
        Ok(Estimate { value, interval })
    }
}

/// Whether nothing remains to be observed.
fn is_over(left: Time) -> bool {
    matches!(left, Time::Solved(0) | Time::Censored(0))
}

/// The observations of each cluster, clusters in the order of their numbers.
pub(super) fn members(clusters: &[u64]) -> Vec<Vec<usize>> {
    let mut members = std::collections::BTreeMap::<u64, Vec<usize>>::new();
    for (run, &cluster) in clusters.iter().enumerate() {
        members.entry(cluster).or_default().push(run);
    }
    members.into_values().collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Time::{Censored, Never, Solved};
    use super::*;
    use crate::seeds::LabRng;
    use rand::SeedableRng;

    /// Ten runs with a budget of 500, and a measure that is larger where they are solved sooner.
    pub(crate) const TIMES: [Time; 10] = [
        Solved(120),
        Solved(75),
        Censored(500),
        Solved(310),
        Solved(200),
        Solved(95),
        Censored(500),
        Solved(260),
        Solved(150),
        Solved(420),
    ];
    pub(crate) const X: [f64; 10] = [0.62, 0.80, 0.10, 0.35, 0.58, 0.70, 0.30, 0.33, 0.75, 0.20];

    fn rng() -> LabRng {
        LabRng::seed_from_u64(1)
    }

    /// By hand and with scikit-survival.
    #[test]
    fn a_landmark_has_the_runs_that_are_at_risk_and_their_index() {
        let gamma = concordance(&X, &TIMES).unwrap();
        assert!((gamma + 36.0 / 44.0).abs() < 1e-12);
        let c = |gamma: f64| (1.0 - gamma) / 2.0;
        assert!((c(gamma) - 0.909_091).abs() < 1e-6);
        let landmark = Landmark::at(100, &TIMES).unwrap();
        assert_eq!(landmark.at_risk, [0, 2, 3, 4, 6, 7, 8, 9]);
        let found = landmark.concordance(&X, &Bootstrap::default(), &mut rng());
        let found = found.unwrap();
        assert!((c(found.value) - 24.0 / 27.0).abs() < 1e-12);
        assert!(found.interval.contains(found.value) && found.interval.high < 0.0);
    }

    #[test]
    fn the_landmark_at_zero_is_the_plain_concordance() {
        let (bootstrap, plain) = (Bootstrap::default(), &mut rng());
        let plain = RankCorrelation::concordance(&X, &TIMES, &bootstrap, plain).unwrap();
        let landmark = Landmark::at(0, &TIMES).unwrap();
        let found = landmark.concordance(&X, &bootstrap, &mut rng()).unwrap();
        assert_eq!(found, plain);
    }

    #[test]
    fn a_measure_gains_nothing_over_itself_and_much_over_its_reverse() {
        let landmark = Landmark::at(100, &TIMES).unwrap();
        let (bootstrap, runs) = (Bootstrap::default(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let none = landmark
            .gain(&X, &X, &runs, &bootstrap, &mut rng())
            .unwrap();
        assert_eq!((none.value, none.interval.contains(0.0)), (0.0, true));
        let reverse = X.map(|x| -x);
        let most = landmark.gain(&X, &reverse, &runs, &bootstrap, &mut rng());
        let most = most.unwrap();
        assert!((most.value - (24.0 - 3.0) / 27.0).abs() < 1e-12 && most.interval.low > 0.0);
        let index = landmark.index(&X, &runs, &bootstrap, &mut rng()).unwrap();
        assert!((index.value - 24.0 / 27.0).abs() < 1e-12 && index.interval.low > 0.5);
        // Runs in pairs are drawn in pairs.
        let pairs = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
        let paired = landmark.gain(&X, &reverse, &pairs, &bootstrap, &mut rng());
        assert_eq!(paired.unwrap().value, most.value);
    }

    #[test]
    fn landmarks_without_runs_and_measures_without_order_are_refused() {
        let told = |step, times: &[Time]| Landmark::at(step, times).unwrap_err().to_string();
        assert!(told(500, &TIMES).contains("none of 10 runs is at risk at step 500"));
        assert!(told(0, &[]).contains("none of 0 runs"));
        // A run that diverged stays.
        assert_eq!(Landmark::at(900, &[Never, Solved(3)]).unwrap().at_risk, [0]);
        let landmark = Landmark::at(420, &TIMES).unwrap();
        assert_eq!(landmark.remaining, [Censored(80); 2]);
        let told = |measure: &[f64]| {
            let found = landmark.concordance(measure, &Bootstrap::default(), &mut rng());
            found.unwrap_err().to_string()
        };
        assert!(told(&X).contains("of no two runs is it known"));
        assert!(told(&X[..9]).contains("is 9 where 10 is needed"));
        let landmark = Landmark::at(100, &TIMES).unwrap();
        let constant = landmark.concordance(&[0.5; 10], &Bootstrap::default(), &mut rng());
        assert!(
            constant
                .unwrap_err()
                .to_string()
                .contains("all numbers are equal")
        );
    }
}
