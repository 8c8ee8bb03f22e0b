use super::interval::missed;
use super::{ConfidenceInterval, Times};
use crate::error::{Error, Result, positive};
use rand::Rng;

/// Confidence intervals by resampling with replacement, for statistics without a formula for one.
///
/// The ends of the interval are percentiles of the statistic over the resamples (Efron, *Bootstrap
/// methods: another look at the jackknife*, 1979; Davison and Hinkley, *Bootstrap Methods and their
/// Application*, 1997, section 5.3.1). Its confidence is approximate, and below the stated level for
/// few runs. A resample whose statistic is NaN counts as −∞ for the lower end and as ∞ for the upper
/// end.
///
/// ```
/// use sparse_parity::{seeds::LabRng, stats::Bootstrap};
/// use rand::SeedableRng;
///
/// let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
/// let mean = |chosen: &[usize]| chosen.iter().map(|&i| x[i]).sum::<f64>() / 8.0;
/// let rng = &mut LabRng::seed_from_u64(1);
/// let interval = Bootstrap::default().interval(x.len(), rng, mean)?;
/// assert!(interval.contains(31.0 / 8.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// The number of resamples, or of permutations.
    pub resamples: usize,
    /// The level of confidence, in (0, 1).
    pub level: f64,
}

impl Default for Bootstrap {
    /// A thousand resamples, 95 % intervals.
    fn default() -> Self {
        Bootstrap {
            resamples: 1000,
            level: 0.95,
        }
    }
}

impl Bootstrap {
    /// The interval of a statistic of n independent observations.
    ///
    /// The statistic takes the indices, counted from 0, of the observations drawn.
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0, [`Error::OutOfRange`] unless 0 < level < 1, [`Error::Method`] for
    /// too few resamples.
    pub fn interval<R: Rng + ?Sized>(
        &self,
        n: usize,
        rng: &mut R,
        mut statistic: impl FnMut(&[usize]) -> f64,
    ) -> Result<ConfidenceInterval> {
        self.intervals(n, rng, |chosen| [statistic(chosen)])
            .map(|[interval]| interval)
    }

    /// The interval of a statistic of a stratified sample, with at least two observations in each stratum.
    ///
    /// Observations are counted from 0, those of the first stratum first. From a stratum of m
    /// observations m − 1 are drawn, so that the means of resamples vary as much as the mean of the
    /// sample does, however small the strata are (Rao and Wu, *Resampling inference with complex
    /// survey data*, 1988). The statistic takes the indices drawn from all strata, in their order.
    ///
    /// # Errors
    /// [`Error::Method`] for a stratum of fewer than two, [`Error::Zero`] if there are no strata, and
    /// those of [`interval`](Bootstrap::interval).
    pub fn interval_in_strata<R: Rng + ?Sized>(
        &self,
        strata: &[usize],
        rng: &mut R,
        mut statistic: impl FnMut(&[usize]) -> f64,
    ) -> Result<ConfidenceInterval> {
        positive("the number of strata", strata.len())?;
        if let Some(stratum) = strata.iter().position(|&size| size < 2) {
            return Err(Error::Method {
                method: "the bootstrap",
                reason: format!("stratum {stratum} has fewer than two observations"),
                repair: "observe more of it, or join it to another one".into(),
            });
        }
        let mut chosen = Vec::new();
        self.repeat(|| {
            chosen.clear();
            let mut first = 0;
            for &size in strata {
                chosen.extend((1..size).map(|_| first + rng.random_range(0..size)));
                first += size;
            }
            [statistic(&chosen)]
        })
        .map(|[interval]| interval)
    }

    /// The interval of a statistic of p-quantiles, such as the exponent of their growth.
    ///
    /// Each sample is resampled independently. The statistic takes one quantile per sample, in their
    /// order; a quantile that is not reached is infinite.
    ///
    /// # Errors
    /// [`Error::Zero`] if a sample is empty, [`Error::OutOfRange`] unless p and level are in (0, 1),
    /// [`Error::Method`] for too few resamples.
    pub fn of_quantiles<R: Rng + ?Sized>(
        &self,
        samples: &[&Times],
        p: f64,
        rng: &mut R,
        mut statistic: impl FnMut(&[f64]) -> f64,
    ) -> Result<ConfidenceInterval> {
        for sample in samples {
            sample.point(p)?;
        }
        let mut quantiles = vec![0.0; samples.len()];
        let draw = || {
            for (quantile, sample) in quantiles.iter_mut().zip(samples) {
                let [_, above] = sample.resampled(p, rng);
                *quantile = above;
            }
            [statistic(&quantiles)]
        };
        self.repeat(draw).map(|[interval]| interval)
    }

    /// The interval of the p-quantile of one sample, each resample bounding it from below and from above.
    pub(super) fn of_quantile<R: Rng + ?Sized>(
        &self,
        sample: &Times,
        p: f64,
        rng: &mut R,
    ) -> Result<ConfidenceInterval> {
        sample.point(p)?;
        let [below, above] = self.repeat(|| sample.resampled(p, rng))?;
        Ok(ConfidenceInterval {
            low: below.low,
            high: above.high,
        })
    }

    /// The intervals of K statistics of the same resamples.
    pub(super) fn intervals<const K: usize, R: Rng + ?Sized>(
        &self,
        n: usize,
        rng: &mut R,
        mut statistics: impl FnMut(&[usize]) -> [f64; K],
    ) -> Result<[ConfidenceInterval; K]> {
        positive("the number of observations", n)?;
        let mut chosen = vec![0; n];
        self.repeat(|| {
            chosen.fill_with(|| rng.random_range(0..n));
            statistics(&chosen)
        })
    }

    /// The percentiles of repeated draws.
    fn repeat<const K: usize>(
        &self,
        mut draw: impl FnMut() -> [f64; K],
    ) -> Result<[ConfidenceInterval; K]> {
        let tail = missed(self.level)? / 2.0;
        // A unit in the last place must not decide whether, say, 39 draws are enough.
        let rank = (tail * (self.resamples as f64 + 1.0) + 1e-9).floor() as usize;
        if rank == 0 {
            return Err(Error::Method {
                method: "the bootstrap",
                reason: format!(
                    "{} resamples have no interval of level {}",
                    self.resamples, self.level
                ),
                repair: format!("draw at least {}", (1.0 / tail - 1e-9).ceil() - 1.0),
            });
        }
        let draws: Vec<_> = (0..self.resamples).map(|_| draw()).collect();
        Ok(std::array::from_fn(|k| {
            let column = || draws.iter().map(|draw| draw[k]);
            ConfidenceInterval {
                low: at_rank(column(), f64::NEG_INFINITY, rank - 1),
                high: at_rank(column(), f64::INFINITY, self.resamples - rank),
            }
        }))
    }
}

/// The value at a rank, counted from 0, with `unknown` in place of NaN.
fn at_rank(values: impl Iterator<Item = f64>, unknown: f64, rank: usize) -> f64 {
    let known = |value: f64| if value.is_nan() { unknown } else { value };
    let mut values: Vec<_> = values.map(known).collect();
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::LabRng;
    use rand::SeedableRng;

    /// A sum of uniform numbers is close enough to a normal one.
    fn coverage(observations: usize, seeds: u64) -> f64 {
        let bootstrap = Bootstrap {
            resamples: 199,
            level: 0.9,
        };
        let covered = |seed: &u64| {
            let rng = &mut LabRng::seed_from_u64(*seed);
            let x: Vec<f64> = (0..observations).map(|_| rng.random()).collect();
            let mean =
                |chosen: &[usize]| chosen.iter().map(|&i| x[i]).sum::<f64>() / x.len() as f64;
            let interval = bootstrap.interval(x.len(), rng, mean).unwrap();
            interval.contains(0.5)
        };
        (0..seeds).filter(covered).count() as f64 / seeds as f64
    }

    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        let share = coverage(40, 400);
        // The standard deviation of the share is 1.5 %.
        assert!((share - 0.9).abs() < 0.05, "{share}");
    }

    #[test]
    fn strata_of_two_have_the_interval_of_their_means() {
        // Within strata numbers differ by 2 at most, between them by much more.
        let (strata, rng) = ([2; 40], &mut LabRng::seed_from_u64(1));
        let x: Vec<f64> = (0..80).map(|i| 100.0 * f64::from(i / 2)).collect();
        let x: Vec<f64> = x
            .into_iter()
            .zip([1.0, -1.0].repeat(40))
            .map(|(a, b)| a + b)
            .collect();
        let mean = |chosen: &[usize]| chosen.iter().map(|&i| x[i]).sum::<f64>() / 40.0;
        let bootstrap = Bootstrap::default();
        let interval = bootstrap.interval_in_strata(&strata, rng, mean).unwrap();
        // The mean of a stratum has the variance s²/2 = 1, that of forty of them 1/40.
        let half = 1.96 / 40_f64.sqrt();
        assert!(
            (interval.high - interval.low - 2.0 * half).abs() < 0.1,
            "{interval:?}"
        );
        assert!(interval.contains(1950.0));
        let told = bootstrap
            .interval_in_strata(&[2, 1], rng, mean)
            .unwrap_err();
        assert!(told.to_string().contains("stratum 1"), "{told}");
    }

    #[test]
    fn resamples_without_a_number_widen_the_interval_at_both_ends() {
        let rng = &mut LabRng::seed_from_u64(2);
        let all = Bootstrap::default().interval(3, rng, |_| f64::NAN);
        assert_eq!(all.unwrap(), ConfidenceInterval::EVERYTHING);
    }

    #[test]
    fn too_few_resamples_are_refused() {
        let run = |resamples, level| {
            let rng = &mut LabRng::seed_from_u64(3);
            Bootstrap { resamples, level }.interval(3, rng, |_| 1.0)
        };
        assert!(run(39, 0.95).is_ok());
        let error = run(38, 0.95).unwrap_err().to_string();
        assert!(error.contains("at least 39"), "{error}");
        assert!(run(0, 0.95).is_err() && run(100, 1.0).is_err());
    }
}
