use super::interval::missed;
use super::student::student_quantile;
use super::{Bootstrap, ConfidenceInterval, Estimate, Times};
use crate::error::{Error, Result, above_zero};
use rand::Rng;

/// A power law t = a·nᵅ through points, by least squares of ln t on ln n.
///
/// The interval of the exponent comes from Student's t-distribution with m − 2 degrees of freedom for
/// m points. It assumes that the deviations from the line are independent errors of one variance.
/// Where the local exponents rise with n, a line is the wrong model, and the interval does not show
/// that. It does not use how well each point is determined; [`quantile_exponent`] does.
///
/// ```
/// use sparse_parity::stats::{Point, PowerLaw};
///
/// let points = [(10.0, 210.0), (20.0, 790.0), (40.0, 3300.0)].map(|(n, t)| Point { n, t });
/// let fit = PowerLaw::fit(&points, 0.95)?;
/// assert!((fit.exponent.value - 1.987).abs() < 1e-3);
/// assert!(fit.exponent.interval.contains(2.0));
/// assert!((fit.at(80.0) / 12_860.0 - 1.0).abs() < 0.01);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// The exponent α.
    pub exponent: Estimate,
    /// The logarithm of the factor a.
    pub ln_factor: f64,
    /// The standard deviation of ln t around the line, with m − 2 degrees of freedom; 0 for two points.
    pub spread: f64,
}

/// A point (n, t) through which a [`PowerLaw`] is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The size n, or another quantity with which t grows.
    pub n: f64,
    /// The time t.
    pub t: f64,
}

/// The convergence times of runs of one size n.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The size n, or another quantity with which the times grow.
    pub n: f64,
    /// The times.
    pub times: Times,
}

impl PowerLaw {
    /// The power law through points in any order.
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless every n and t is finite and positive, [`Error::Method`] for less
    /// than two different n, [`Error::OutOfRange`] unless 0 < `level` < 1.
    pub fn fit(points: &[Point], level: f64) -> Result<Self> {
        let delta = missed(level)?;
        for &Point { n, t } in points {
            above_zero("n", n)?;
            above_zero("t", t)?;
        }
        let logs: Vec<_> = points.iter().map(Point::logs).collect();
        if logs.iter().all(|(x, _)| *x == logs[0].0) {
            return Err(Error::Method {
                method: "the fit of a power law",
                reason:
                    "all points have the same n, or the same ln n by rounding, or there are none"
                        .into(),
                repair: "give points of two n or more".into(),
            });
        }
        let line = Line::through(&logs);
        let freedom = points.len() - 2;
        let square = |&(x, y): &(f64, f64)| {
            let rest = y - line.mean_y - line.slope * (x - line.mean_x);
            rest * rest
        };
        let squares: f64 = logs.iter().map(square).sum();
        let (spread, interval) = match freedom {
            0 => (0.0, ConfidenceInterval::EVERYTHING),
            _ => {
                let spread = (squares / freedom as f64).sqrt();
                let half = student_quantile(delta, freedom) * spread / line.squares_x.sqrt();
                (spread, around(line.slope, half))
            }
        };
        Ok(PowerLaw {
            exponent: Estimate {
                value: line.slope,
                interval,
            },
            ln_factor: line.mean_y - line.slope * line.mean_x,
            spread,
        })
    }

    /// t at n.
    pub fn at(&self, n: f64) -> f64 {
        libm::exp(self.ln_factor + self.exponent.value * libm::log(n))
    }
}

fn around(value: f64, half: f64) -> ConfidenceInterval {
    ConfidenceInterval {
        low: value - half,
        high: value + half,
    }
}

impl Point {
    /// (ln n, ln t).
    fn logs(&self) -> (f64, f64) {
        (libm::log(self.n), libm::log(self.t))
    }
}

/// The line of least squares.
struct Line {
    mean_x: f64,
    mean_y: f64,
    squares_x: f64,
    slope: f64,
}

impl Line {
    fn through(points: &[(f64, f64)]) -> Line {
        let m = points.len() as f64;
        let mean_x = points.iter().map(|point| point.0).sum::<f64>() / m;
        let mean_y = points.iter().map(|point| point.1).sum::<f64>() / m;
        let squares_x: f64 = points
            .iter()
            .map(|(x, _)| (x - mean_x) * (x - mean_x))
            .sum();
        // The mean of y is not subtracted: it does not change the sum, and may be infinite.
        let products: f64 = points.iter().map(|(x, y)| (x - mean_x) * y).sum();
        Line {
            mean_x,
            mean_y,
            squares_x,
            slope: products / squares_x,
        }
    }
}

/// The exponent with which the p-quantile of t_c grows with n, fitted through all n as in [`PowerLaw`],
/// with an interval by resampling the runs of each n.
///
/// If a resample does not reach the quantile at some n, its exponent is infinite: ∞ if ln n is above
/// the mean of the logarithms, −∞ if it is below. The n of the samples ascend.
///
/// # Errors
/// [`Error::Method`] if the quantile is not reached at some n, for fewer than two samples, if n
/// does not ascend, and for too few resamples; [`Error::NotPositive`] if an n or a quantile is 0;
/// [`Error::Zero`] without runs; [`Error::OutOfRange`] unless p and the level are in (0, 1).
pub fn quantile_exponent<R: Rng + ?Sized>(
    samples: &[Sample],
    p: f64,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Result<Estimate> {
    let points = reached(samples, p)?;
    let value = PowerLaw::fit(&points, bootstrap.level)?.exponent.value;
    let times: Vec<_> = samples.iter().map(|sample| &sample.times).collect();
    let x: Vec<_> = samples.iter().map(|sample| libm::log(sample.n)).collect();
    let slope = |quantiles: &[f64]| {
        let y = quantiles.iter().map(|&t| libm::log(t));
        Line::through(&x.iter().copied().zip(y).collect::<Vec<_>>()).slope
    };
    let interval = bootstrap.of_quantiles(&times, p, rng, slope)?;
    Ok(Estimate { value, interval })
}

/// The exponent between two neighbouring n.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalExponent {
    /// The smaller n.
    pub from: f64,
    /// The larger n.
    pub to: f64,
    /// The exponent.
    pub exponent: Estimate,
}

impl LocalExponent {
    /// The n halfway on a logarithmic axis, √(from·to).
    pub fn middle(&self) -> f64 {
        (self.from * self.to).sqrt()
    }
}

/// The local exponents of the p-quantile t of t_c,
///
/// ```math
/// \alpha = \frac{\ln t(n') - \ln t(n)}{\ln n' - \ln n}
/// ```
///
/// for all neighbouring n < n', with intervals by resampling the runs of both.
///
/// Neighbouring exponents share the runs of one n, so that an error there raises one and lowers the
/// other. The n of the samples ascend.
///
/// # Errors
/// Those of [`quantile_exponent`].
pub fn local_exponents<R: Rng + ?Sized>(
    samples: &[Sample],
    p: f64,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Result<Vec<LocalExponent>> {
    reached(samples, p)?;
    let between = |pair: &[Sample]| {
        Ok(LocalExponent {
            from: pair[0].n,
            to: pair[1].n,
            exponent: quantile_exponent(pair, p, bootstrap, rng)?,
        })
    };
    samples.windows(2).map(between).collect()
}

/// The quantiles as points; an error unless all are reached and n ascends.
fn reached(samples: &[Sample], p: f64) -> Result<Vec<Point>> {
    let refused = |reason, repair: &str| Error::Method {
        method: "the exponent of a quantile",
        reason,
        repair: repair.into(),
    };
    if let Some(pair) = samples.windows(2).find(|pair| pair[0].n >= pair[1].n) {
        let reason = format!("n = {} does not come after n = {}", pair[1].n, pair[0].n);
        return Err(refused(reason, "sort the samples and give each n once"));
    }
    if samples.len() < 2 {
        let reason = format!("there are {} samples", samples.len());
        return Err(refused(reason, "give two or more"));
    }
    let point = |Sample { n, times }: &Sample| match times.point(p)? {
        Some(t) => Ok(Point {
            n: above_zero("n", *n)?,
            t: above_zero("the quantile", t)?,
        }),
        None => Err(refused(
            format!("the {p}-quantile is not reached at n = {n}"),
            "leave this n out, ask for a smaller quantile, or raise the budget",
        )),
    };
    samples.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Time::{self, Censored, Solved};
    use super::*;
    use crate::seeds::LabRng;
    use rand::SeedableRng;

    fn point((n, t): (f64, f64)) -> Point {
        Point { n, t }
    }

    /// `scipy.stats.linregress` of the logarithms, SciPy 1.17.1, with its standard error.
    #[test]
    fn the_fit_is_that_of_scipy() {
        let points = [
            (10.0, 321.0),
            (15.0, 700.0),
            (20.0, 1630.0),
            (30.0, 4100.0),
            (45.0, 11_900.0),
        ]
        .map(point);
        let fit = PowerLaw::fit(&points, 0.95).unwrap();
        let (slope, intercept, low, high) = (
            2.426_863_420_662_8,
            0.099_808_127_642_349,
            2.175_821_233_413_7,
            2.677_905_607_911_9,
        );
        assert!((fit.exponent.value - slope).abs() < 1e-12);
        assert!((fit.ln_factor - intercept).abs() < 1e-12);
        assert!((fit.exponent.interval.low - low).abs() < 1e-9);
        assert!((fit.exponent.interval.high - high).abs() < 1e-9);
    }

    #[test]
    fn an_exact_power_is_found_exactly_and_two_points_bound_nothing() {
        let points = [(2.0, 24.0), (4.0, 192.0), (8.0, 1536.0)].map(point);
        let fit = PowerLaw::fit(&points, 0.9).unwrap();
        assert!((fit.exponent.value - 3.0).abs() < 1e-12 && fit.spread < 1e-12);
        assert!((fit.at(16.0) / 12_288.0 - 1.0).abs() < 1e-12);
        let two = PowerLaw::fit(&points[..2], 0.9).unwrap();
        assert_eq!(two.exponent.interval, ConfidenceInterval::EVERYTHING);
    }

    /// Times around n², spread evenly by ± 20 %; those above the budget are censored.
    fn samples(budget: u64) -> Vec<Sample> {
        let time = |n: u64, run: u64| match n * n * (400 + 4 * run) / 5 {
            t if t <= budget => Solved(t),
            _ => Censored(budget),
        };
        let of = |size: u64| Sample {
            n: size as f64,
            times: (0..51).map(|run| time(size, run)).collect(),
        };
        [10, 20, 40].map(of).into()
    }

    #[test]
    fn local_exponents_are_those_of_the_medians() {
        let rng = &mut LabRng::seed_from_u64(1);
        let local = local_exponents(&samples(u64::MAX), 0.5, &Bootstrap::default(), rng).unwrap();
        assert_eq!(local.len(), 2);
        for exponent in local {
            let Estimate { value, interval } = exponent.exponent;
            assert!((value - 2.0).abs() < 1e-12, "{value}");
            // A median of 51 such runs has a standard deviation of about 1.6 %.
            assert!(interval.contains(2.0));
            assert!((1.85..2.0).contains(&interval.low) && interval.high < 2.15);
        }
        let rng = &mut LabRng::seed_from_u64(1);
        let global = quantile_exponent(&samples(u64::MAX), 0.5, &Bootstrap::default(), rng);
        assert!((global.unwrap().value - 2.0).abs() < 1e-12);
    }

    #[test]
    fn where_resamples_are_not_solved_the_exponent_has_no_upper_bound() {
        // At n = 40 just above half of the runs are solved.
        let samples = samples(162_000);
        let rng = &mut LabRng::seed_from_u64(1);
        let local = local_exponents(&samples, 0.5, &Bootstrap::default(), rng).unwrap();
        assert!(local[0].exponent.interval.high.is_finite());
        assert_eq!(local[1].exponent.interval.high, f64::INFINITY);
        assert!(local[1].exponent.interval.low.is_finite());
        assert!((local[1].middle() - 800.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_exponent_is_refused() {
        let run = |samples: &[Sample]| {
            let rng = &mut LabRng::seed_from_u64(1);
            local_exponents(samples, 0.5, &Bootstrap::default(), rng)
        };
        assert!(run(&samples(100_000)).is_err());
        assert!(run(&samples(u64::MAX)[..1]).is_err());
        let mut unsorted = samples(u64::MAX);
        unsorted.swap(0, 2);
        assert!(run(&unsorted).is_err());
        let start: Times = [Time::Solved(0)].into_iter().collect();
        let started = [1.0, 2.0].map(|n| Sample {
            n,
            times: start.clone(),
        });
        assert!(run(&started).is_err());
        assert!(PowerLaw::fit(&[], 0.95).is_err());
        assert!(PowerLaw::fit(&[(1.0, 2.0), (1.0, 3.0)].map(point), 0.95).is_err());
        assert!(PowerLaw::fit(&[(1.0, 2.0), (2.0, f64::INFINITY)].map(point), 0.95).is_err());
        let near = [(1e300, 2.0), (1e300_f64.next_up(), 3.0)].map(point);
        assert!(PowerLaw::fit(&near, 0.95).is_err());
    }
}
