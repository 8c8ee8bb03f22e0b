use super::landmark::members;
use super::{Bootstrap, Estimate, Time};
use crate::error::{Error, Result};
use ndarray::ArrayRef2;
use rand::Rng;

/// The largest number of covariates.
const MOST: usize = 3;
/// Newton steps before a fit is given up.
const STEPS: usize = 50;
/// The information that must be left of that at β = 0. Where the likelihood has no maximum, it vanishes.
const LEAST: f64 = 1e-9;

/// Cox's proportional hazards: the rate at which runs are solved is multiplied by exp(β·z) for a run with covariates z.
///
/// β maximises the partial likelihood, with Breslow's form for runs that are solved at the same step:
///
/// ```math
/// \ln L(\beta) = \sum_{i \text{ solved}} \Bigl( \beta \cdot z_i - \ln \sum_{j :\, t_j \ge t_i} e^{\beta \cdot z_j} \Bigr)
/// ```
///
/// A positive coefficient is that of a covariate which is larger where runs are solved sooner. A censored run is at risk up to
/// its budget, a diverged one to the end. Intervals come from resampling clusters. (Cox, *Regression models and life-tables*,
/// 1972; Breslow, *Covariance analysis of censored survival data*, 1974.)
///
/// ```
/// use ndarray::array;
/// use rand::SeedableRng;
/// use sparse_parity::{seeds::LabRng, stats::{Bootstrap, Cox, Time}};
///
/// let z = array![[0.9], [0.2], [0.4], [0.3], [0.5], [0.1]];
/// let times = [30, 90, 80, 40, 50, 200].map(Time::Solved);
/// let clusters = [0, 1, 2, 3, 4, 5];
/// let fit = Cox::fit(&z, &times, &clusters, &Bootstrap::default(), &mut LabRng::seed_from_u64(1))?;
/// assert!(fit.coefficients[0].value > 0.0 && fit.likelihood_ratio() > 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cox {
    /// The coefficients β, one for each covariate, with their intervals.
    pub coefficients: Vec<Estimate>,
    /// The logarithm of the partial likelihood at β.
    pub ln_likelihood: f64,
    /// The same at 0.
    pub ln_null: f64,
}

impl Cox {
    /// The fit to one to three covariates, of shape `[runs, covariates]`.
    ///
    /// `clusters` says for each run to which it belongs, such as its initialisation; runs of a cluster are drawn together.
    /// A resample without a fit leaves the ends of the intervals unknown, which may then be infinite.
    ///
    /// # Errors
    /// [`Error::Mismatch`] unless there are as many times and clusters as rows; [`Error::NotFinite`] for a covariate that is no
    /// number; [`Error::OutOfRange`] for none or more than three covariates; [`Error::Method`] if no run was solved while
    /// another one was at risk, if a covariate is constant or follows from the others, or if the likelihood grows
    /// without end, as where a covariate orders all runs; those of [`Bootstrap::interval`].
    pub fn fit<R: Rng + ?Sized>(
        covariates: &ArrayRef2<f64>,
        times: &[Time],
        clusters: &[u64],
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<Self> {
        let (runs, width) = covariates.dim();
        for (what, found) in [
            ("the number of times of a Cox fit", times.len()),
            ("the number of clusters of a Cox fit", clusters.len()),
        ] {
            if found != runs {
                return Err(Error::Mismatch {
                    what,
                    expected: runs,
                    found,
                    repair: "give one for each row of covariates",
                });
            }
        }
        if !(1..=MOST).contains(&width) {
            return Err(Error::OutOfRange {
                what: "the number of covariates",
                value: width as f64,
                range: "[1, 3]",
            });
        }
        if let Some((index, &value)) = covariates.iter().enumerate().find(|(_, z)| !z.is_finite()) {
            return Err(Error::NotFinite {
                what: "covariate",
                index,
                value,
            });
        }
        let scaled = Scaled::of(covariates)?;
        let all: Vec<usize> = (0..runs).collect();
        let Fit {
            beta,
            ln_likelihood,
            ln_null,
        } = scaled.fit(&all, times)?;
        let members = members(clusters);
        let intervals = bootstrap.intervals(members.len(), rng, |drawn| {
            let runs: Vec<_> = drawn.iter().flat_map(|&c| &members[c]).copied().collect();
            scaled
                .fit(&runs, times)
                .map_or([f64::NAN; MOST], |fit| fit.beta)
        })?;
        let coefficient = |place: usize| Estimate {
            value: beta[place],
            interval: intervals[place],
        };
        Ok(Cox {
            coefficients: (0..width).map(coefficient).collect(),
            ln_likelihood,
            ln_null,
        })
    }

    /// Twice the logarithm of the ratio of the likelihood to that without covariates, 2 (ln L(β) − ln L(0)).
    pub fn likelihood_ratio(&self) -> f64 {
        2.0 * (self.ln_likelihood - self.ln_null)
    }
}

/// Covariates of mean 0 and deviation 1, so that neither their unit nor their origin matters to a fit.
struct Scaled {
    z: Vec<[f64; MOST]>,
    deviations: [f64; MOST],
    width: usize,
}

/// A fit, in the units of the covariates.
struct Fit {
    beta: [f64; MOST],
    ln_likelihood: f64,
    ln_null: f64,
}

impl Scaled {
    fn of(covariates: &ArrayRef2<f64>) -> Result<Self> {
        let (runs, width) = covariates.dim();
        let (mut z, mut deviations) = (vec![[0.0; MOST]; runs], [1.0; MOST]);
        for (place, column) in covariates.columns().into_iter().enumerate() {
            let largest = column.iter().fold(0.0_f64, |most, z| most.max(z.abs()));
            let unit = if largest > 0.0 { largest } else { 1.0 };
            let mean = column.iter().map(|z| z / unit).sum::<f64>() / runs as f64;
            let square = |z: &f64| (z / unit - mean) * (z / unit - mean);
            let deviation = (column.iter().map(square).sum::<f64>() / runs as f64).sqrt();
            // Rounding of the mean leaves about 1e-16 of it.
            if deviation.is_nan() || deviation <= 1e-14 {
                return Err(none(
                    format!("covariate {place} is the same for all runs"),
                    "leave it out",
                ));
            }
            for (row, value) in z.iter_mut().zip(column) {
                row[place] = (value / unit - mean) / deviation;
            }
            deviations[place] = deviation * unit;
        }
        Ok(Scaled {
            z,
            deviations,
            width,
        })
    }

    /// Newton's method on the chosen runs, with halved steps where the likelihood would fall.
    fn fit(&self, runs: &[usize], times: &[Time]) -> Result<Fit> {
        let mut order = runs.to_vec();
        // Latest first, so that those at risk are known when a run is solved; at equal steps, solved ones last.
        order.sort_by(|a, b| times[*b].cmp(&times[*a]));
        let mut beta = [0.0; MOST];
        let mut at = self.derivatives(&order, times, &beta);
        let ln_null = at.ln_likelihood;
        if at.events == 0 {
            return Err(none(
                "no run was solved while another one was at risk".into(),
                "give runs of which some are solved at different steps",
            ));
        }
        let floor: [f64; MOST] = std::array::from_fn(|i| LEAST * at.information[i][i]);
        for count in 0..STEPS {
            let Some(step) = solve(&at.information, &at.score, &floor[..self.width]) else {
                if count > 0 {
                    break;
                }
                return Err(none(
                    "the covariates of the runs at risk do not determine the coefficients".into(),
                    "leave out a covariate that follows from the others, or give more runs",
                ));
            };
            let gain: f64 = step.iter().zip(&at.score).map(|(a, b)| a * b).sum();
            // Half of it is what the quadratic model still gains.
            if gain < 1e-18 * (1.0 + at.ln_likelihood.abs()) {
                return Ok(self.end(&beta, &at, ln_null));
            }
            let mut share = 1.0;
            loop {
                let next: [f64; MOST] = std::array::from_fn(|i| beta[i] + share * step[i]);
                let there = self.derivatives(&order, times, &next);
                if there.ln_likelihood >= at.ln_likelihood {
                    (beta, at) = (next, there);
                    break;
                }
                if share < 1e-6 {
                    // Rounding: nothing is gained any more.
                    return Ok(self.end(&beta, &at, ln_null));
                }
                share /= 2.0;
            }
        }
        Err(none(
            "the likelihood grows without end: the covariates order all runs that can be compared"
                .into(),
            "report the order, or give more runs",
        ))
    }

    /// The fit that has come to its end, in the units of the covariates.
    fn end(&self, beta: &[f64; MOST], at: &Derivatives, ln_null: f64) -> Fit {
        Fit {
            beta: std::array::from_fn(|place| beta[place] / self.deviations[place]),
            ln_likelihood: at.ln_likelihood,
            ln_null,
        }
    }

    /// ln L with its gradient and minus its second derivatives, for runs from the latest to the earliest.
    fn derivatives(&self, order: &[usize], times: &[Time], beta: &[f64; MOST]) -> Derivatives {
        let risk = |run: usize| -> f64 {
            let z = &self.z[run];
            (0..self.width).map(|i| beta[i] * z[i]).sum()
        };
        let largest = order
            .iter()
            .map(|&run| risk(run))
            .fold(f64::NEG_INFINITY, f64::max);
        let mut found = Derivatives::default();
        let (mut sum, mut first, mut second) = (0.0, [0.0; MOST], [[0.0; MOST]; MOST]);
        let mut place = 0;
        while place < order.len() {
            let t = times[order[place]];
            let step = step_of(t);
            // All that end at this step are at risk at it.
            let end = order[place..]
                .iter()
                .position(|&run| step_of(times[run]) != step);
            let end = end.map_or(order.len(), |length| place + length);
            for &run in &order[place..end] {
                let weight = libm::exp(risk(run) - largest);
                let z = &self.z[run];
                sum += weight;
                for (i, z_i) in z.iter().enumerate() {
                    first[i] += weight * z_i;
                    for (j, z_j) in z.iter().enumerate() {
                        second[i][j] += weight * z_i * z_j;
                    }
                }
            }
            for &run in &order[place..end] {
                if times[run].solved().is_none() {
                    continue;
                }
                found.events += usize::from(end > 1);
                found.ln_likelihood += risk(run) - largest - libm::log(sum);
                for (i, z_i) in self.z[run].iter().enumerate() {
                    let mean = first[i] / sum;
                    found.score[i] += z_i - mean;
                    for (j, first_j) in first.iter().enumerate() {
                        found.information[i][j] += second[i][j] / sum - mean * first_j / sum;
                    }
                }
            }
            place = end;
        }
        found
    }
}

/// Where a run leaves the risk set.
fn step_of(time: Time) -> Option<u64> {
    match time {
        Time::Solved(t) | Time::Censored(t) => Some(t),
        Time::Never => None,
    }
}

#[derive(Default)]
struct Derivatives {
    ln_likelihood: f64,
    score: [f64; MOST],
    information: [[f64; MOST]; MOST],
    /// The runs that were solved while another one was at risk.
    events: usize,
}

/// The solution of A x = b of the first rows, by Cholesky's factor; `None` if a pivot is not above its floor.
fn solve(a: &[[f64; MOST]; MOST], b: &[f64; MOST], floor: &[f64]) -> Option<[f64; MOST]> {
    let width = floor.len();
    let mut l = [[0.0; MOST]; MOST];
    for i in 0..width {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = a[i][j] - sum;
            if i == j {
                if rest.is_nan() || rest <= floor[i] {
                    return None;
                }
                l[i][i] = rest.sqrt();
            } else {
                l[i][j] = rest / l[j][j];
            }
        }
    }
    let mut x = [0.0; MOST];
    for i in 0..width {
        let sum: f64 = (0..i).map(|k| l[i][k] * x[k]).sum();
        x[i] = (b[i] - sum) / l[i][i];
    }
    for i in (0..width).rev() {
        let sum: f64 = (i + 1..width).map(|k| l[k][i] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i][i];
    }
    Some(x)
}

fn none(reason: String, repair: &str) -> Error {
    Error::Method {
        method: "the fit of proportional hazards",
        reason,
        repair: repair.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Time::{Censored, Never, Solved};
    use super::super::landmark::tests::{TIMES, X};
    use super::*;
    use crate::seeds::LabRng;
    use ndarray::{Array2, array};
    use rand::SeedableRng;

    const Z: [f64; 10] = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0];
    const RUNS: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    fn fit(covariates: &Array2<f64>, times: &[Time], clusters: &[u64]) -> Result<Cox> {
        let rng = &mut LabRng::seed_from_u64(1);
        let bootstrap = Bootstrap {
            resamples: 39,
            level: 0.9,
        };
        Cox::fit(covariates, times, clusters, &bootstrap, rng)
    }

    fn one() -> Array2<f64> {
        Array2::from_shape_fn((10, 1), |(run, _)| X[run])
    }

    fn two() -> Array2<f64> {
        Array2::from_shape_fn((10, 2), |(run, i)| [X[run], Z[run]][i])
    }

    /// scikit-survival, `CoxPHSurvivalAnalysis`.
    #[test]
    fn fits_are_those_of_scikit_survival() {
        let single = fit(&one(), &TIMES, &RUNS).unwrap();
        assert!((single.coefficients[0].value - 12.073_12).abs() < 5e-6);
        assert!((single.ln_likelihood + 7.397_083).abs() < 1e-6);
        assert!((single.ln_null + 14.411_265).abs() < 1e-6);
        let both = fit(&two(), &TIMES, &RUNS).unwrap();
        let values: Vec<f64> = both.coefficients.iter().map(|c| c.value).collect();
        assert!((values[0] - 14.880_31).abs() < 5e-6, "{values:?}");
        assert!((values[1] + 1.586_06).abs() < 5e-6, "{values:?}");
        assert!((both.ln_likelihood + 6.246_881).abs() < 1e-6);
        let Estimate { value, interval } = single.coefficients[0];
        assert!(interval.contains(value));
        assert!((single.likelihood_ratio() - 2.0 * (14.411_265 - 7.397_083)).abs() < 4e-6);
    }

    #[test]
    fn a_shift_changes_nothing_and_a_scale_divides_the_coefficient() {
        let usual = fit(&two(), &TIMES, &RUNS).unwrap();
        let moved = two() * &array![[8.0, 0.001]] + &array![[40.0, -3.0]];
        let moved = fit(&moved, &TIMES, &RUNS).unwrap();
        for (a, (b, scale)) in usual
            .coefficients
            .iter()
            .zip(moved.coefficients.iter().zip([8.0, 0.001]))
        {
            let b = b.value * scale;
            assert!((a.value / b - 1.0).abs() < 1e-7, "{} {b}", a.value);
        }
        assert!((usual.ln_likelihood - moved.ln_likelihood).abs() < 1e-9);
    }

    #[test]
    fn runs_at_the_same_step_are_breslows() {
        // With β = 0 every event has the logarithm of all at risk.
        let times = [Solved(5), Solved(5), Censored(5), Never, Solved(3)];
        let z = array![[0.3], [0.1], [0.2], [0.4], [0.6]];
        let found = fit(&z, &times, &RUNS[..5]).unwrap();
        let expected = -(5.0_f64.ln() + 2.0 * 4.0_f64.ln());
        assert!((found.ln_null - expected).abs() < 1e-12);
    }

    #[test]
    fn clusters_are_drawn_together() {
        // Ten copies of each run are no more information than one.
        let many = Array2::from_shape_fn((100, 1), |(run, _)| X[run % 10]);
        let times: Vec<Time> = (0..100).map(|run| TIMES[run % 10]).collect();
        let clusters: Vec<u64> = (0..100).map(|run| run % 10).collect();
        let apart: Vec<u64> = (0..100).collect();
        let [together, apart] = [clusters, apart].map(|clusters| {
            let found = fit(&many, &times, &clusters).unwrap().coefficients[0];
            found.interval.high - found.interval.low
        });
        assert!(together > 1.5 * apart, "{together} {apart}");
    }

    #[test]
    fn what_has_no_fit_is_told() {
        let told = |z: &Array2<f64>, times: &[Time]| {
            let clusters = &RUNS[..times.len().min(10)];
            fit(z, times, clusters).unwrap_err().to_string()
        };
        assert!(told(&one(), &[Censored(9); 10]).contains("no run was solved"));
        let constant = Array2::from_elem((10, 1), 0.1);
        assert!(told(&constant, &TIMES).contains("the same for all runs"));
        let doubled = Array2::from_shape_fn((10, 2), |(run, i)| X[run] * (i + 1) as f64);
        assert!(told(&doubled, &TIMES).contains("do not determine"));
        let perfect =
            Array2::from_shape_fn((10, 1), |(run, _)| -(TIMES[run].or_infinite().min(501.0)));
        assert!(told(&perfect, &TIMES).contains("grows without end"));
        assert!(told(&one(), &TIMES[..9]).contains("is 9 where 10 is needed"));
        assert!(told(&Array2::zeros((10, 0)), &TIMES).contains("the number of covariates = 0"));
        let mut nan = one();
        nan[[3, 0]] = f64::NAN;
        assert!(told(&nan, &TIMES).contains("covariate 3 is NaN"));
    }
}
