use super::rank::mid_ranks;
use super::{Bootstrap, ConfidenceInterval, Estimate, Time};
use crate::error::{Error, Result, product};
use ndarray::{Array2, ArrayRef2};
use rand::Rng;

/// The scale on which convergence times are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeScale {
    /// t_c itself.
    Steps,
    /// ln t_c, on which doubling a time is the same distance everywhere.
    Log,
    /// The rank of t_c among all runs, equal times sharing the mean of their ranks.
    ///
    /// Runs without a t_c share the last ranks; on the other scales they have no number.
    Rank,
}

impl TimeScale {
    /// The numbers on this scale, in the shape of the times.
    ///
    /// # Errors
    /// [`Error::Method`] for steps and logarithms if a run was not solved, for logarithms if a time is 0,
    /// and for ranks if a run was solved after the budget of another run.
    pub fn of(self, times: &ArrayRef2<Time>) -> Result<Array2<f64>> {
        let numbers = times.map(|time| time.or_infinite());
        let refused = |reason: &str, repair: &str| Error::Method {
            method: "a scale of convergence times",
            reason: reason.into(),
            repair: repair.into(),
        };
        match self {
            TimeScale::Rank => {
                let budget = times.iter().filter_map(|time| match *time {
                    Time::Censored(c) => Some(c),
                    Time::Solved(_) | Time::Never => None,
                });
                let last = times.iter().filter_map(|time| time.solved()).max();
                if budget.min().zip(last).is_some_and(|(c, t)| c < t) {
                    return Err(refused(
                        "a run was solved after the budget of another",
                        "give all runs one budget",
                    ));
                }
                let ranks = mid_ranks(&numbers.iter().copied().collect::<Vec<_>>());
                Ok(Array2::from_shape_fn(times.dim(), |(i, j)| {
                    ranks[i * times.ncols() + j]
                }))
            }
            _ if numbers.iter().any(|t| t.is_infinite()) => Err(refused(
                "a run was not solved",
                "raise the budget, or take ranks",
            )),
            TimeScale::Steps => Ok(numbers),
            TimeScale::Log if numbers.iter().any(|&t| t == 0.0) => Err(refused(
                "a run was solved before its first update, and ln 0 is no number",
                "take steps or ranks",
            )),
            TimeScale::Log => Ok(numbers.mapv(libm::log)),
        }
    }
}

/// The shares of the variance of t_c that are due to the initialisation, to the data, and to neither.
///
/// Each of a initialisations is trained on each of s data streams. With $`z_{ij}`$ the time, or
/// its logarithm or rank ([`TimeScale`]), of initialisation i on stream j, the model is
///
/// ```math
/// z_{ij} = \mu + A_i + B_j + E_{ij} , \qquad
/// \mathrm{Var} \, z = \sigma_A^2 + \sigma_B^2 + \sigma_E^2 ,
/// ```
///
/// and the shares are those of the three terms. From the mean squares of the analysis of variance,
/// $`\sigma_E^2 = M_E`$, $`\sigma_A^2 = (M_A - M_E) / s`$ and $`\sigma_B^2 = (M_B - M_E) / a`$, where a negative
/// difference counts as 0. The interaction of initialisation and data is part of the residual.
/// Except for differences that count as 0, the share of the initialisation is the intraclass
/// correlation ICC(2,1) of Shrout and Fleiss, *Intraclass correlations: uses in assessing rater
/// reliability*, 1979.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceShares {
    /// The share of the initialisation, σ_A² over the sum.
    pub initialisation: Estimate,
    /// The share of the data, σ_B² over the sum.
    pub data: Estimate,
    /// The share of the rest, σ_E² over the sum.
    pub residual: Estimate,
}

/// The shares of the variance, with intervals by resampling initialisations.
///
/// Shape: one row per initialisation, one column per data stream. The streams are not resampled, and
/// a resample contains some initialisations several times. Both make the intervals somewhat too
/// narrow if there are few streams or initialisations, and repeated initialisations look like an
/// effect of the data. If that leaves a share outside its interval, the interval is extended to it. A resample all of
/// whose numbers are equal has no shares, and counts as 0 for the lower ends and as 1 for the upper ends.
///
/// ```
/// use ndarray::Array2;
/// use rand::SeedableRng;
/// use sparse_parity::{ndarray, seeds::LabRng, stats::{Bootstrap, TimeScale, Time, variance_shares}};
///
/// // The initialisation doubles the time, the data hardly change it.
/// let times = Array2::from_shape_fn((8, 5), |(i, j)| Time::Solved((100 << i) + j as u64));
/// let rng = &mut LabRng::seed_from_u64(1);
/// let shares = variance_shares(&TimeScale::Log.of(&times)?, &Bootstrap::default(), rng)?;
/// assert!(shares.initialisation.value > 0.99);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Method`] for less than two rows or columns, if all values are equal, or for too few
/// resamples; [`Error::NotFinite`] for a value that is no number.
pub fn variance_shares<R: Rng + ?Sized>(
    values: &ArrayRef2<f64>,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Result<VarianceShares> {
    check(values)?;
    let values = &in_range(values);
    let every: Vec<_> = (0..values.nrows()).collect();
    let shares = shares(values, &every);
    if shares[0].is_nan() {
        return Err(no_variance());
    }
    let [initialisation, data, residual] =
        bootstrap.intervals(values.nrows(), rng, |rows| self::shares(values, rows))?;
    let of = |value: f64, interval: ConfidenceInterval| {
        let ConfidenceInterval { low, high } = interval.within(0.0, 1.0);
        let (low, high) = (low.min(value), high.max(value));
        let interval = ConfidenceInterval { low, high };
        Estimate { value, interval }
    };
    Ok(VarianceShares {
        initialisation: of(shares[0], initialisation),
        data: of(shares[1], data),
        residual: of(shares[2], residual),
    })
}

/// The intraclass correlation ICC(1), with an interval by resampling rows.
///
/// The runs of a row share something, such as the initialisation; everything else is drawn anew for
/// each run. With the mean squares between and within rows of s runs,
///
/// ```math
/// \mathrm{ICC}(1) = \frac{M_b - M_w}{M_b + (s - 1) M_w} .
/// ```
///
/// It is 1 if runs of a row agree, about 0 if rows make no difference, and may be negative, at least
/// −1/(s − 1). (Shrout and Fleiss, *Intraclass correlations: uses in assessing rater reliability*, 1979.) A resample all
/// of whose numbers are equal counts as the least correlation for the lower end, and as 1 for the upper end.
///
/// # Errors
/// Those of [`variance_shares`].
pub fn icc<R: Rng + ?Sized>(
    values: &ArrayRef2<f64>,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Result<Estimate> {
    check(values)?;
    let values = &in_range(values);
    let of = |rows: &[usize]| {
        let squares = Squares::of(values, rows);
        let (a, s) = (rows.len() as f64, values.ncols() as f64);
        let between = squares.rows / (a - 1.0);
        let within = (squares.columns + squares.rest) / (a * (s - 1.0));
        (between - within) / (between + (s - 1.0) * within)
    };
    let every: Vec<_> = (0..values.nrows()).collect();
    let value = of(&every);
    if value.is_nan() {
        return Err(no_variance());
    }
    let interval = bootstrap.interval(values.nrows(), rng, of)?;
    let least = -1.0 / (values.ncols() as f64 - 1.0);
    let interval = interval.within(least, 1.0);
    Ok(Estimate { value, interval })
}

fn check(values: &ArrayRef2<f64>) -> Result<()> {
    let (rows, columns) = values.dim();
    product("the number of runs", rows, columns)?;
    if rows < 2 || columns < 2 {
        return Err(Error::Method {
            method: "the analysis of variance",
            reason: format!("{rows} rows of {columns} runs have no variance to divide"),
            repair: "give at least two of each".into(),
        });
    }
    match values.iter().enumerate().find(|(_, z)| !z.is_finite()) {
        None => Ok(()),
        Some((index, &value)) => Err(Error::NotFinite {
            what: "the number of run",
            index,
            value,
        }),
    }
}

/// The largest magnitude of numbers whose squares are added up, and the smallest.
const LARGEST: f64 = 1e120;
const SMALLEST: f64 = 1e-120;

/// Numbers whose sums of squares neither overflow nor vanish: where they would, times a power of two, which no share sees.
fn in_range(values: &ArrayRef2<f64>) -> Array2<f64> {
    let largest = values.iter().fold(0.0_f64, |most, z| most.max(z.abs()));
    let exponent = match largest {
        0.0 | SMALLEST..=LARGEST => 0,
        _ => -libm::ilogb(largest),
    };
    values.map(|&z| libm::ldexp(z, exponent))
}

fn no_variance() -> Error {
    Error::Method {
        method: "the analysis of variance",
        reason: "all runs have the same number".into(),
        repair: "give runs that differ".into(),
    }
}

/// The shares of rows, columns and the rest, for chosen rows.
fn shares(values: &ArrayRef2<f64>, rows: &[usize]) -> [f64; 3] {
    let squares = Squares::of(values, rows);
    let (a, s) = (rows.len() as f64, values.ncols() as f64);
    let rest = squares.rest / ((a - 1.0) * (s - 1.0));
    let of_rows = ((squares.rows / (a - 1.0) - rest) / s).max(0.0);
    let of_columns = ((squares.columns / (s - 1.0) - rest) / a).max(0.0);
    let sum = of_rows + of_columns + rest;
    [of_rows, of_columns, rest].map(|part| part / sum)
}

/// The sums of squares of the analysis of variance.
struct Squares {
    rows: f64,
    columns: f64,
    rest: f64,
}

impl Squares {
    fn of(values: &ArrayRef2<f64>, rows: &[usize]) -> Squares {
        let mut chosen = rows.iter().flat_map(|&i| values.row(i));
        // Means of equal numbers may differ from them by rounding.
        if chosen.next().is_none_or(|first| chosen.all(|z| z == first)) {
            return Squares {
                rows: 0.0,
                columns: 0.0,
                rest: 0.0,
            };
        }
        let (a, s) = (rows.len() as f64, values.ncols() as f64);
        let row_means: Vec<f64> = rows
            .iter()
            .map(|&i| values.row(i).iter().sum::<f64>() / s)
            .collect();
        let mean = row_means.iter().sum::<f64>() / a;
        let column_means: Vec<f64> = (0..values.ncols())
            .map(|j| rows.iter().map(|&i| values[[i, j]]).sum::<f64>() / a)
            .collect();
        let square = |m: &f64| (m - mean) * (m - mean);
        let mut rest = 0.0;
        for (&i, row_mean) in rows.iter().zip(&row_means) {
            for (z, column_mean) in values.row(i).iter().zip(&column_means) {
                let e = z - row_mean - column_mean + mean;
                rest += e * e;
            }
        }
        Squares {
            rows: s * row_means.iter().map(square).sum::<f64>(),
            columns: a * column_means.iter().map(square).sum::<f64>(),
            rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Time::{Censored, Never, Solved};
    use super::*;
    use crate::seeds::LabRng;
    use ndarray::array;
    use rand::{Rng, SeedableRng};

    fn rng() -> LabRng {
        LabRng::seed_from_u64(1)
    }

    /// A number of mean 0 and variance 1.
    fn unit(rng: &mut LabRng) -> f64 {
        12.0_f64.sqrt() * (rng.random::<f64>() - 0.5)
    }

    /// Six targets and four judges, table 2 of Shrout and Fleiss 1979.
    fn judges() -> Array2<f64> {
        array![
            [9.0, 2.0, 5.0, 8.0],
            [6.0, 1.0, 3.0, 2.0],
            [8.0, 4.0, 6.0, 8.0],
            [7.0, 1.0, 2.0, 6.0],
            [10.0, 5.0, 6.0, 9.0],
            [6.0, 2.0, 4.0, 7.0]
        ]
    }

    #[test]
    fn correlations_are_those_of_shrout_and_fleiss() {
        let bootstrap = Bootstrap::default();
        let one = icc(&judges(), &bootstrap, &mut rng()).unwrap();
        assert!((one.value - 0.17).abs() < 0.005, "{one:?}");
        let shares = variance_shares(&judges(), &bootstrap, &mut rng()).unwrap();
        assert!((shares.initialisation.value - 0.29).abs() < 0.005);
        let parts = [shares.initialisation, shares.data, shares.residual];
        let sum: f64 = parts.iter().map(|part| part.value).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert!(parts.iter().all(|part| part.interval.low < part.value));
    }

    #[test]
    fn shares_are_those_that_the_values_were_made_with() {
        let rng = &mut rng();
        // Variances 9, 1 and 4.
        let rows: Vec<f64> = (0..200).map(|_| 3.0 * unit(rng)).collect();
        let columns: Vec<f64> = (0..200).map(|_| unit(rng)).collect();
        let values =
            Array2::from_shape_fn((200, 200), |(i, j)| rows[i] + columns[j] + 2.0 * unit(rng));
        let bootstrap = Bootstrap {
            resamples: 39,
            ..Bootstrap::default()
        };
        let shares = variance_shares(&values, &bootstrap, rng).unwrap();
        assert!((shares.initialisation.value - 9.0 / 14.0).abs() < 0.05);
        assert!((shares.data.value - 1.0 / 14.0).abs() < 0.02);
        assert!((shares.residual.value - 4.0 / 14.0).abs() < 0.05);
        let interval = shares.initialisation.interval;
        assert!(interval.contains(9.0 / 14.0), "{interval:?}");
    }

    #[test]
    fn no_share_lies_outside_its_interval() {
        // Residuals cancel in each column: the data have no effect, and resampling gives them one.
        let values = Array2::from_shape_fn((40, 10), |(i, j)| {
            let sign = if (i + j).is_multiple_of(2) { 1.0 } else { -1.0 };
            (i / 2) as f64 + sign
        });
        let shares = variance_shares(&values, &Bootstrap::default(), &mut rng()).unwrap();
        for share in [shares.initialisation, shares.data, shares.residual] {
            assert!(share.interval.contains(share.value), "{share:?}");
        }
        assert_eq!(shares.data.interval.low, 0.0);
    }

    #[test]
    fn the_extremes_are_one_and_nothing() {
        let bootstrap = Bootstrap::default();
        let rows = Array2::from_shape_fn((6, 4), |(i, _)| (i * i) as f64);
        let shares = variance_shares(&rows, &bootstrap, &mut rng()).unwrap();
        assert_eq!(shares.initialisation.value, 1.0);
        assert_eq!(icc(&rows, &bootstrap, &mut rng()).unwrap().value, 1.0);
        let columns = rows.t().to_owned();
        let shares = variance_shares(&columns, &bootstrap, &mut rng()).unwrap();
        assert_eq!(shares.initialisation.value, 0.0);
        assert_eq!(shares.data.value, 1.0);
        let lowest = icc(&columns, &bootstrap, &mut rng()).unwrap().value;
        assert!((lowest + 1.0 / 5.0).abs() < 1e-12);
    }

    #[test]
    fn only_ranks_have_a_place_for_runs_that_were_not_solved() {
        let times = array![[Solved(4), Censored(9)], [Solved(7), Never]];
        assert!(TimeScale::Steps.of(&times).is_err() && TimeScale::Log.of(&times).is_err());
        let ranks = TimeScale::Rank.of(&times).unwrap();
        assert_eq!(ranks, array![[1.0, 3.5], [2.0, 3.5]]);
        let mixed = array![[Solved(10), Censored(9)], [Solved(7), Never]];
        assert!(TimeScale::Rank.of(&mixed).is_err());
        let diverged = array![[Solved(10), Never], [Solved(7), Never]];
        assert!(TimeScale::Rank.of(&diverged).is_ok());
        let start = array![[Solved(0), Solved(1)]];
        assert!(TimeScale::Log.of(&start).is_err());
        assert_eq!(TimeScale::Steps.of(&start).unwrap(), array![[0.0, 1.0]]);
    }

    #[test]
    fn what_has_no_variance_is_refused() {
        let bootstrap = Bootstrap::default();
        let equal = Array2::from_elem((3, 3), 2.0);
        assert!(variance_shares(&equal, &bootstrap, &mut rng()).is_err());
        assert!(icc(&equal, &bootstrap, &mut rng()).is_err());
        let single = Array2::from_shape_fn((1, 3), |(_, j)| j as f64);
        assert!(variance_shares(&single, &bootstrap, &mut rng()).is_err());
        let mut infinite = judges();
        infinite[[2, 1]] = f64::INFINITY;
        assert!(variance_shares(&infinite, &bootstrap, &mut rng()).is_err());
        // A number whose mean is another one, by rounding.
        let tenths = Array2::from_elem((3, 3), 0.1);
        assert!(variance_shares(&tenths, &bootstrap, &mut rng()).is_err());
        assert!(icc(&tenths, &bootstrap, &mut rng()).is_err());
    }

    #[test]
    fn intervals_stay_within_the_range_of_a_share() {
        let values = array![[100.0, 100.0], [200.0, 300.0], [150.0, 400.0]];
        let bootstrap = Bootstrap::default();
        let shares = variance_shares(&values, &bootstrap, &mut rng()).unwrap();
        for share in [shares.initialisation, shares.data, shares.residual] {
            let ConfidenceInterval { low, high } = share.interval;
            assert!(
                (0.0..=1.0).contains(&low) && (low..=1.0).contains(&high),
                "{share:?}"
            );
        }
        let correlation = icc(&values, &bootstrap, &mut rng()).unwrap().interval;
        assert!(
            correlation.low >= -1.0 && correlation.high <= 1.0,
            "{correlation:?}"
        );
    }

    #[test]
    fn shares_do_not_depend_on_the_unit() {
        let bootstrap = Bootstrap::default();
        let usual = variance_shares(&judges(), &bootstrap, &mut rng()).unwrap();
        for exponent in [-1000, -300, 300, 1000] {
            let values = judges().mapv(|z| libm::ldexp(z, exponent));
            let shares = variance_shares(&values, &bootstrap, &mut rng()).unwrap();
            assert_eq!(shares, usual, "2^{exponent}");
        }
    }
}
