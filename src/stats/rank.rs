use super::{Bootstrap, ConfidenceInterval, Time, permutation_p};
use crate::error::{Error, Result, positive};
use rand::Rng;
use std::cmp::{Ordering, Reverse};

/// A correlation of two rankings, with a confidence interval and a p-value.
///
/// It is 1 if both rankings agree, −1 if one is the other reversed, and around 0 if they are
/// independent. A measure that rises with progress and predicts the convergence time correlates
/// negatively with the time that remains.
///
/// ```
/// use rand::SeedableRng;
/// use sparse_parity::{seeds::LabRng, stats::{Bootstrap, RankCorrelation, Time}};
///
/// let progress = [0.9, 0.1, 0.5, 0.3, 0.7, 0.2];
/// let remaining = [5, 90, 30, 40, 10, 80].map(Time::Solved);
/// let rng = &mut LabRng::seed_from_u64(1);
/// let tau = RankCorrelation::concordance(&progress, &remaining, &Bootstrap::default(), rng)?;
/// assert_eq!(tau.value, -1.0);
/// assert!(tau.p_value < 0.02);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankCorrelation {
    /// The correlation.
    pub value: f64,
    /// The confidence interval, by resampling pairs; an end is −1 or 1 where resamples without a correlation leave it
    /// unknown.
    pub interval: ConfidenceInterval,
    /// The probability that a random pairing is at least as far from 0.
    ///
    /// It takes as many permutations as there are resamples: see [`permutation_p`].
    pub p_value: f64,
}

impl RankCorrelation {
    /// [`spearman`]'s ρ.
    ///
    /// # Errors
    /// Those of [`spearman`] and of [`Bootstrap::interval`].
    pub fn spearman<R: Rng + ?Sized>(
        x: &[f64],
        y: &[f64],
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<Self> {
        let value = spearman(x, y)?;
        let rho = |x: &[f64], y: &[f64]| pearson(&mid_ranks(x), &mid_ranks(y));
        Self::test(value, x, y, bootstrap, rng, rho)
    }

    /// [`kendall`]'s τ_b.
    ///
    /// It takes O(m log m) for each resample and each permutation of m pairs.
    ///
    /// # Errors
    /// Those of [`kendall`] and of [`Bootstrap::interval`].
    pub fn kendall<R: Rng + ?Sized>(
        x: &[f64],
        y: &[f64],
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<Self> {
        let value = kendall(x, y)?;
        let tau = |x: &[f64], y: &[f64]| Pairs::count(x, Place::of_numbers(y)).tau_b();
        Self::test(value, x, y, bootstrap, rng, tau)
    }

    /// The [`concordance`] of a number with a time that may be censored.
    ///
    /// It takes as long as [`kendall`](RankCorrelation::kendall).
    ///
    /// # Errors
    /// Those of [`concordance`] and of [`Bootstrap::interval`].
    pub fn concordance<R: Rng + ?Sized>(
        x: &[f64],
        times: &[Time],
        bootstrap: &Bootstrap,
        rng: &mut R,
    ) -> Result<Self> {
        let value = concordance(x, times)?;
        let gamma = |x: &[f64], times: &[Time]| Pairs::count(x, Place::of_times(times)).gamma();
        Self::test(value, x, times, bootstrap, rng, gamma)
    }

    fn test<Y: Copy, R: Rng + ?Sized>(
        value: f64,
        x: &[f64],
        y: &[Y],
        bootstrap: &Bootstrap,
        rng: &mut R,
        statistic: impl Fn(&[f64], &[Y]) -> f64,
    ) -> Result<Self> {
        let chosen_x = |chosen: &[usize]| chosen.iter().map(|&i| x[i]).collect::<Vec<_>>();
        let chosen_y = |chosen: &[usize]| chosen.iter().map(|&i| y[i]).collect::<Vec<_>>();
        let interval = bootstrap.interval(x.len(), rng, |chosen| {
            statistic(&chosen_x(chosen), &chosen_y(chosen))
        })?;
        let interval = interval.within(-1.0, 1.0);
        let paired = |order: &[usize]| statistic(x, &chosen_y(order));
        let p_value = permutation_p(x.len(), bootstrap.resamples, rng, paired)?;
        Ok(RankCorrelation {
            value,
            interval,
            p_value,
        })
    }
}

/// The ranks of numbers, counted from 1; equal numbers share the mean of their ranks.
///
/// Infinities are the largest and smallest numbers.
///
/// # Errors
/// [`Error::NotFinite`] if a number is NaN.
pub fn ranks(values: &[f64]) -> Result<Vec<f64>> {
    ordered(values)?;
    Ok(mid_ranks(values))
}

/// Spearman's ρ, the correlation of the [ranks](ranks()).
///
/// # Errors
/// [`Error::Mismatch`] unless there are as many x as y, [`Error::NotFinite`] if a number is NaN,
/// [`Error::Method`] if all x or all y are equal.
pub fn spearman(x: &[f64], y: &[f64]) -> Result<f64> {
    paired(x, y.len())?;
    defined(pearson(&ranks(x)?, &ranks(y)?))
}

/// Kendall's τ_b.
///
/// C pairs are in the same order by x and by y, D pairs in the opposite order; $`n_x`$ and $`n_y`$ are the
/// numbers of pairs that x and y distinguish.
///
/// ```math
/// \tau_b = \frac{C - D}{\sqrt{n_x n_y}}
/// ```
///
/// # Errors
/// Those of [`spearman`].
pub fn kendall(x: &[f64], y: &[f64]) -> Result<f64> {
    paired(x, y.len())?;
    ordered(x).and(ordered(y))?;
    defined(Pairs::count(x, Place::of_numbers(y)).tau_b())
}

/// The concordance (C − D)/(C + D) of a number with times that may be censored.
///
/// A pair of runs counts if it is known which one was solved first ([`Time::compare`]) and if their x
/// differ. In C pairs the run with the larger x is solved later, in D pairs earlier. The concordance
/// is 2·c − 1 for Harrell's index c of pairs that differ. (Goodman and Kruskal, *Measures of
/// association for cross classifications*, 1954; Harrell and others, *Evaluating the yield of medical
/// tests*, 1982.)
///
/// # Errors
/// [`Error::Mismatch`] unless there are as many times as numbers, [`Error::NotFinite`] if a number is
/// NaN, [`Error::Method`] if no two runs can be compared.
pub fn concordance(x: &[f64], times: &[Time]) -> Result<f64> {
    paired(x, times.len())?;
    ordered(x)?;
    let pairs = Pairs::count(x, Place::of_times(times));
    let gamma = pairs.gamma();
    if gamma.is_nan() {
        let (reason, repair) = match (pairs.distinct_x, pairs.distinct_y) {
            (_, 0) => (
                "of no two runs is it known which one was solved first",
                "raise the budget, or give runs of which some are solved at different steps",
            ),
            (0, _) => ("all numbers are equal", "give numbers that differ"),
            _ => (
                "the runs that are known to be solved one after the other have equal numbers",
                "give more runs",
            ),
        };
        return Err(undefined(reason, repair));
    }
    Ok(gamma)
}

/// The probability that a number of `a` is larger than one of `b`; equal numbers count as half.
///
/// It measures how well a quantity separates runs from their control, such as random labels: 1 if
/// completely, 1/2 if not at all. It is the area under the receiver operating characteristic, and U
/// over the number of pairs. (Mann and Whitney, *On a test of whether one of two random variables is
/// stochastically larger than the other*, 1947.)
///
/// ```
/// use sparse_parity::stats::superiority;
///
/// assert_eq!(superiority(&[3.0, 5.0, 4.0], &[1.0, 3.0])?, 5.5 / 6.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Zero`] if one is empty, [`Error::NotFinite`] if a number is NaN.
pub fn superiority(a: &[f64], b: &[f64]) -> Result<f64> {
    positive("the number of runs", a.len())?;
    positive("the number of control runs", b.len())?;
    let all = [a, b].concat();
    let ranks = ranks(&all)?;
    let (m, n) = (a.len() as f64, b.len() as f64);
    let sum: f64 = ranks[..a.len()].iter().sum();
    Ok((sum - m * (m + 1.0) / 2.0) / (m * n))
}

/// The ranks of numbers none of which is NaN.
pub(super) fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<_> = (0..values.len()).collect();
    // Zeros of both signs are equal here, but not in the total order of floats.
    order.sort_by(|&i, &j| values[i].partial_cmp(&values[j]).unwrap_or(Ordering::Equal));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        for &i in equal {
            ranks[i] = rank;
        }
        before += equal.len();
    }
    ranks
}

/// The correlation of numbers; NaN if one side is constant.
fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    xy / (xx * yy).sqrt()
}

/// How pairs of observations are ordered by x and by y.
#[derive(Debug, PartialEq, Eq)]
struct Pairs {
    concordant: u64,
    discordant: u64,
    distinct_x: u64,
    distinct_y: u64,
}

/// The place of an observation in an order that may be known in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: u64,
    /// Whether the observation is at its place, and not somewhere behind it: then the order of two of them is unknown.
    is_exact: bool,
}

impl Place {
    fn of_numbers(numbers: &[f64]) -> Vec<Place> {
        let (ranks, _) = dense_ranks(numbers);
        let place = |rank| Place {
            at: rank as u64,
            is_exact: true,
        };
        ranks.into_iter().map(place).collect()
    }

    fn of_times(times: &[Time]) -> Vec<Place> {
        let place = |time: &Time| {
            let (at, is_exact) = match *time {
                Time::Solved(t) => (t, true),
                Time::Censored(c) => (c, false),
                Time::Never => (u64::MAX, false),
            };
            Place { at, is_exact }
        };
        times.iter().map(place).collect()
    }

    /// The order in which observations are taken up; those that are equal in it have no known order.
    fn key(self) -> (u64, bool) {
        // Behind an exact place are those that are somewhere behind it.
        (self.at, !self.is_exact)
    }
}

impl Pairs {
    /// Counts m(m − 1)/2 pairs of m observations by y in O(m log m), after Knight, *A computer method for calculating
    /// Kendall's tau with ungrouped data*, 1966.
    ///
    /// Observations are taken from the last one by y to the first, and a Fenwick tree over the ranks by x counts those that
    /// were taken before.
    fn count(x: &[f64], y: Vec<Place>) -> Pairs {
        let (ranks, ties) = dense_ranks(x);
        let mut later: Vec<(Place, usize)> = y.into_iter().zip(ranks).collect();
        later.sort_by_key(|(place, _)| Reverse(place.key()));
        let mut pairs = Pairs {
            concordant: 0,
            discordant: 0,
            distinct_x: pairs_of(x.len()) - ties,
            distinct_y: 0,
        };
        let (mut seen, mut count) = (Fenwick::new(x.len()), 0);
        for tied in later.chunk_by(|(a, _), (b, _)| a == b) {
            for &(_, rank) in tied.iter().filter(|(place, _)| place.is_exact) {
                let (below, up_to) = (seen.below(rank), seen.below(rank + 1));
                pairs.concordant += count - up_to;
                pairs.discordant += below;
                pairs.distinct_y += count;
            }
            for &(_, rank) in tied {
                seen.add(rank);
            }
            count += tied.len() as u64;
        }
        pairs
    }

    fn excess(&self) -> f64 {
        self.concordant as f64 - self.discordant as f64
    }

    fn tau_b(&self) -> f64 {
        self.excess() / (self.distinct_x as f64 * self.distinct_y as f64).sqrt()
    }

    fn gamma(&self) -> f64 {
        self.excess() / (self.concordant + self.discordant) as f64
    }
}

fn pairs_of(m: usize) -> u64 {
    let m = m as u64;
    m * m.saturating_sub(1) / 2
}

/// The places of numbers among those that differ, counted from 0, and the number of pairs that are equal.
fn dense_ranks(values: &[f64]) -> (Vec<usize>, u64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].partial_cmp(&values[j]).unwrap_or(Ordering::Equal));
    let (mut ranks, mut ties) = (vec![0; values.len()], 0);
    let equal = order.chunk_by(|&i, &j| values[i] == values[j]);
    for (rank, equal) in equal.enumerate() {
        ties += pairs_of(equal.len());
        for &i in equal {
            ranks[i] = rank;
        }
    }
    (ranks, ties)
}

/// Counts at places, whose sums over the first places take O(log m). (Fenwick, *A new data structure for cumulative
/// frequency tables*, 1994.)
struct Fenwick(Vec<u64>);

impl Fenwick {
    fn new(places: usize) -> Self {
        Fenwick(vec![0; places + 1])
    }

    fn add(&mut self, place: usize) {
        let mut node = place + 1;
        while let Some(sum) = self.0.get_mut(node) {
            *sum += 1;
            node += node & node.wrapping_neg();
        }
    }

    /// The sum over the places below one.
    fn below(&self, place: usize) -> u64 {
        let (mut node, mut sum) = (place, 0);
        while node > 0 {
            sum += self.0[node];
            node &= node - 1;
        }
        sum
    }
}

pub(super) fn paired(x: &[f64], found: usize) -> Result<()> {
    if x.len() != found {
        return Err(Error::Mismatch {
            what: "the number of partners",
            expected: x.len(),
            found,
            repair: "give one for each number",
        });
    }
    Ok(())
}

pub(super) fn ordered(values: &[f64]) -> Result<()> {
    match values.iter().position(|value| value.is_nan()) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite {
            what: "number",
            index,
            value: f64::NAN,
        }),
    }
}

fn defined(correlation: f64) -> Result<f64> {
    if correlation.is_nan() {
        let reason = "one side has no two observations that differ";
        return Err(undefined(reason, "give observations that differ"));
    }
    Ok(correlation)
}

fn undefined(reason: &str, repair: &str) -> Error {
    Error::Method {
        method: "the rank correlation",
        reason: reason.into(),
        repair: repair.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Time::{Censored, Never, Solved};
    use super::*;
    use crate::seeds::LabRng;
    use rand::SeedableRng;

    const X: [f64; 10] = [2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 1.0, 8.0, 2.0, 8.0];
    const Y: [f64; 10] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0];

    /// `scipy.stats.spearmanr`, `kendalltau` and `mannwhitneyu`, SciPy 1.17.1.
    #[test]
    fn correlations_with_ties_are_those_of_scipy() {
        let (rho, tau, u) = (0.134_715_062_810_91, 0.130_410_132_739_33, 54.5);
        assert!((spearman(&X, &Y).unwrap() - rho).abs() < 1e-12);
        assert!((kendall(&X, &Y).unwrap() - tau).abs() < 1e-12);
        assert!((superiority(&X, &Y).unwrap() - u / 100.0).abs() < 1e-12);
    }

    #[test]
    fn an_order_and_its_reverse_are_the_extremes() {
        let x: Vec<f64> = (0..9).map(|i| (i * i) as f64).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 / (1.0 + x)).collect();
        for correlation in [spearman, kendall] {
            assert!((correlation(&x, &x).unwrap() - 1.0).abs() < 1e-12);
            assert!((correlation(&x, &y).unwrap() + 1.0).abs() < 1e-12);
        }
        assert_eq!(superiority(&x, &x).unwrap(), 0.5);
    }

    #[test]
    fn equal_numbers_share_their_ranks_and_infinities_have_one() {
        let values = [f64::INFINITY, 0.0, 3.0, -0.0, f64::INFINITY, -1.0];
        assert_eq!(ranks(&values).unwrap(), [5.5, 2.5, 4.0, 2.5, 5.5, 1.0]);
    }

    #[test]
    fn only_pairs_with_a_known_order_count() {
        // Comparable with the first: all others; of these, none with each other.
        let times = [Solved(3), Censored(5), Solved(9), Never];
        // Censored(5) and Solved(9) cannot be compared, nor Censored(5) and Never.
        let pairs = Pairs::count(&[1.0, 2.0, 3.0, 0.0], Place::of_times(&times));
        assert_eq!((pairs.concordant, pairs.discordant), (2, 2));
        assert_eq!(concordance(&[1.0, 9.0, 2.0, 3.0], &times).unwrap(), 1.0);
    }

    /// The same counts by comparing all pairs.
    fn compared<Y>(x: &[f64], y: &[Y], order: impl Fn(&Y, &Y) -> Option<Ordering>) -> Pairs {
        let mut pairs = Pairs {
            concordant: 0,
            discordant: 0,
            distinct_x: 0,
            distinct_y: 0,
        };
        for i in 0..x.len() {
            for j in 0..i {
                let by_x = x[i].partial_cmp(&x[j]).unwrap();
                let by_y = order(&y[i], &y[j]).unwrap_or(Ordering::Equal);
                let both = by_x as i8 * by_y as i8;
                pairs.concordant += u64::from(both > 0);
                pairs.discordant += u64::from(both < 0);
                pairs.distinct_x += u64::from(by_x.is_ne());
                pairs.distinct_y += u64::from(by_y.is_ne());
            }
        }
        pairs
    }

    #[test]
    fn sorting_counts_what_comparing_all_pairs_counts() {
        let rng = &mut LabRng::seed_from_u64(4);
        for round in 0..200 {
            let (m, values) = (round % 23, 1 + i32::from(round as u8 % 7));
            // Few values, so that many are equal; zeros of both signs are.
            let x: Vec<f64> = (0..m)
                .map(|_| f64::from(rng.random_range(-values..=values)) * -0.5)
                .collect();
            let y: Vec<f64> = (0..m)
                .map(|_| f64::from(rng.random_range(0..=values)))
                .collect();
            let places = Place::of_numbers(&y);
            assert_eq!(Pairs::count(&x, places), compared(&x, &y, f64::partial_cmp));
            let time = |t: u64, kind: u8| match kind {
                0 | 1 => Solved(t),
                2 => Censored(t),
                _ => Never,
            };
            let times: Vec<Time> = (0..m)
                .map(|_| time(rng.random_range(0..6), rng.random_range(0..4)))
                .collect();
            let by_comparing = compared(&x, &times, |a, b| a.compare(*b));
            let places = Place::of_times(&times);
            assert_eq!(Pairs::count(&x, places), by_comparing, "{times:?}");
        }
    }

    #[test]
    fn without_censoring_or_ties_concordance_is_kendalls() {
        let x = [0.3, 0.1, 0.4, 0.2, 0.5];
        let t = [20, 11, 30, 45, 1];
        let y = t.map(|t| t as f64);
        let times = t.map(Solved);
        let (tau, gamma) = (kendall(&x, &y), concordance(&x, &times));
        assert_eq!(tau.unwrap(), gamma.unwrap());
    }

    #[test]
    fn chance_is_told_from_order() {
        let bootstrap = Bootstrap {
            resamples: 199,
            level: 0.9,
        };
        let rng = &mut LabRng::seed_from_u64(1);
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let noisy: Vec<f64> = x.iter().map(|x| x + 8.0 * rng.random::<f64>()).collect();
        let chance: Vec<f64> = x.iter().map(|_| rng.random()).collect();
        let tests = [RankCorrelation::spearman, RankCorrelation::kendall];
        for test in tests {
            let order = test(&x, &noisy, &bootstrap, rng).unwrap();
            assert_eq!(order.p_value, 1.0 / 200.0);
            assert!(order.interval.low > 0.5 && order.interval.contains(order.value));
            let chance = test(&x, &chance, &bootstrap, rng).unwrap();
            assert!(
                chance.p_value > 0.05 && chance.interval.contains(0.0),
                "{chance:?}"
            );
        }
    }

    #[test]
    fn what_has_no_ranks_is_refused() {
        let nan = [1.0, f64::NAN];
        assert!(ranks(&nan).is_err() && kendall(&[1.0, 2.0], &nan).is_err());
        assert!(spearman(&X, &Y[1..]).is_err() && spearman(&[], &[]).is_err());
        assert!(spearman(&[1.0; 4], &Y[..4]).is_err() && kendall(&[1.0; 4], &Y[..4]).is_err());
        assert!(concordance(&[1.0, 2.0], &[Censored(3), Never]).is_err());
        assert!(superiority(&[], &X).is_err() && superiority(&X, &[]).is_err());
        let told = |x: &[f64], times: &[Time]| concordance(x, times).unwrap_err().to_string();
        let order = "which one was solved first";
        assert!(told(&[1.0, 2.0, 3.0], &[Censored(9); 3]).contains(order));
        assert!(told(&[1.0, 2.0], &[Never; 2]).contains(order));
        assert!(told(&[1.0], &[Solved(1)]).contains(order) && told(&[], &[]).contains(order));
        let times = [Solved(1), Solved(2), Censored(0)];
        assert!(told(&[4.0; 3], &times).contains("all numbers are equal"));
        assert!(told(&[4.0, 4.0, 5.0], &times).contains("have equal numbers"));
    }

    #[test]
    fn intervals_stay_within_the_range_of_a_correlation() {
        let (x, y) = ([1.0, 2.0, 2.0], [3.0, 3.0, 4.0]);
        let rng = &mut LabRng::seed_from_u64(1);
        let bootstrap = Bootstrap::default();
        for test in [RankCorrelation::spearman, RankCorrelation::kendall] {
            let found = test(&x, &y, &bootstrap, rng).unwrap();
            assert_eq!((found.interval.low, found.interval.high), (-1.0, 1.0));
        }
    }
}
