//! The large coefficients of a function with query access.

use super::blocks::{ROWS, evaluate};
use super::confidence::{Confidence, probability, size_of};
use super::sampling::{CoefficientEstimate, Sampling};
use super::transform::transform;
use crate::error::{Error, Result, positive};
use crate::real::Real;
use crate::signs::{Columns, Signs};
use rand::Rng;

/// The result of [`heavy_coefficients`].
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The sets with their coefficients, the largest absolute value first.
    pub found: Vec<CoefficientEstimate>,
    /// The number of evaluations of the function.
    pub queries: u64,
}

/// The number of coordinates by which candidates grow at a time.
const STEP: usize = 8;

/// All sets T with |f̂(T)| ≥ τ, for a function with |f| ≤ 1 and query access: the search of Goldreich
/// and Levin, and of Kushilevitz and Mansour.
///
/// With probability 1 − δ, every set with |f̂(T)| ≥ τ is found, every set that is
/// found has |f̂(T)| ≥ τ/2, and the estimates are right to within τ/4.
///
/// A candidate is a set S of the first j coordinates; it stands for all sets that extend it by
/// later ones. By Parseval at most 4/τ² candidates have the weight $`W(S) = \sum_{U \subseteq \{j,
/// \dots, n-1\}} \hat f(S \cup U)^2`$ ≥ τ²/4, and it is a mean,
///
/// ```math
/// W(S) = \mathbb{E}_{y, y', z} [ f(y, z) \, f(y', z) \, \chi_S(y) \, \chi_S(y') ] , \qquad
/// y, y' \in \{\pm 1\}^j , \; z \in \{\pm 1\}^{n-j} .
/// ```
///
/// In each of L = ⌈n/8⌉ rounds candidates grow by 8 coordinates in all 2⁸ ways, a transform
/// estimates their weights from one sample of m pairs of values, and those of weight ≥ τ²/2 are
/// kept. The coefficients of the candidates left after the last round are estimated from m' new samples; a
/// set is found if the estimate is at least 3τ/4 in absolute value.
///
/// # Queries
/// At most 2mL + m', sizes from Hoeffding's inequality: all weights to ± τ²/4 with
/// probability 1 − δ/2, the coefficients to ± τ/4 with 1 − δ/2,
///
/// ```math
/// m = \left\lceil \frac{32}{\tau^4} \ln \frac{2^{12} L}{\tau^2 \delta} \right\rceil , \qquad
/// m' = \left\lceil \frac{32}{\tau^2} \ln \frac{16}{\tau^2 \delta} \right\rceil .
/// ```
///
/// The fourth power comes from assuming nothing about f: at n = 40 and δ = 0.01, τ = 0.5 takes 8·10³
/// pairs a round and τ = 0.1 takes 6·10⁶. Divide a function with larger values by its bound. A
/// random f, with independent values at every query, counts as its mean.
///
/// Sources: Goldreich, Levin, *A hard-core predicate for all one-way functions*, STOC 1989;
/// Kushilevitz, Mansour, *Learning decision trees using the Fourier spectrum*, SIAM J. Comput. 22
/// (1993); O'Donnell, section 3.5.
///
/// ```
/// use sparse_parity::fourier::heavy_coefficients;
/// use sparse_parity::prelude::*;
/// use sparse_parity::signs::Columns;
///
/// let secret = Columns::new(60, &[4, 17, 33, 58])?;
/// let rng = &mut Seeds::from(1).stream(Purpose::Eval);
/// let search = heavy_coefficients(60, 0.9, 0.01, rng, |x, out: &mut [f32]| {
///     secret.product(x, &mut ndarray::ArrayViewMut1::from(out));
/// })?;
/// assert_eq!(search.found.len(), 1);
/// assert_eq!(search.found[0].set, [4, 17, 33, 58]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Zero`] if n is 0; [`Error::OutOfRange`] unless 0 < τ ≤ 1 and 0 < δ < 1;
/// [`Error::TooLarge`] if the sample sizes exceed 2³⁶; [`Error::NotFinite`] and
/// [`Error::Unbounded`] if a value is not in [−1, 1].
pub fn heavy_coefficients<F: Real, R: Rng + ?Sized>(
    n: usize,
    threshold: f64,
    delta: f64,
    rng: &mut R,
    mut f: impl FnMut(&Signs, &mut [F]),
) -> Result<Search> {
    positive("the number of coordinates n", n)?;
    if !(threshold > 0.0 && threshold <= 1.0) {
        return Err(Error::OutOfRange {
            what: "the threshold τ",
            value: threshold,
            range: "(0, 1]",
        });
    }
    probability(delta)?;
    let most = (4.0 / (threshold * threshold)) as usize;
    let tests = most.saturating_mul(n.div_ceil(STEP) << STEP);
    let pairs = size_of(PAIRS, threshold * threshold / 4.0, delta / 2.0, 1.0, tests)?;
    let last = Sampling::to_accuracy(threshold / 4.0, delta / 2.0, 1.0, most)?;

    let mut queries = 0;
    let mut sets = vec![Vec::new()];
    for from in (0..n).step_by(STEP) {
        let round = Round {
            n,
            from,
            to: n.min(from + STEP),
            pairs,
        };
        sets = round.grow(&sets, threshold * threshold / 2.0, most, rng, &mut f)?;
        queries += 2 * pairs as u64;
        if sets.is_empty() {
            let found = Vec::new();
            return Ok(Search { found, queries });
        }
    }
    let mut found = last.coefficients(n, &sets, rng, &mut f)?;
    queries += last.samples() as u64;
    found.retain(|estimate| estimate.value.abs() >= 0.75 * threshold);
    found.sort_by(|a, b| {
        let sizes = b.value.abs().total_cmp(&a.value.abs());
        sizes.then_with(|| a.set.cmp(&b.set))
    });
    Ok(Search { found, queries })
}

const PAIRS: &str = "the number of pairs of values a round, which a larger threshold reduces,";

/// A step from sets of coordinates below `from` to those of coordinates below `to`.
struct Round {
    n: usize,
    from: usize,
    to: usize,
    pairs: usize,
}

impl Round {
    /// The grown sets with an estimated weight of `least` or more; at most `most`, the heaviest.
    fn grow<F: Real, R: Rng + ?Sized>(
        &self,
        sets: &[Vec<usize>],
        least: f64,
        most: usize,
        rng: &mut R,
        f: &mut impl FnMut(&Signs, &mut [F]),
    ) -> Result<Vec<Vec<usize>>> {
        let weights = self.weights(sets, rng, f)?;
        let ways = 1 << (self.to - self.from);
        let mut kept: Vec<_> = (0..weights.len())
            .filter(|&i| weights[i] >= least)
            .collect();
        // More than `most` sets mean that the estimates failed; the bound keeps the running time.
        kept.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
        kept.truncate(most);
        kept.sort_unstable();
        let grown = |i: usize| {
            let new = (self.from..self.to).filter(|j| (i % ways) >> (j - self.from) & 1 == 1);
            sets[i / ways].iter().copied().chain(new).collect()
        };
        Ok(kept.into_iter().map(grown).collect())
    }

    /// Estimates of W for every set with every way to grow.
    fn weights<F: Real, R: Rng + ?Sized>(
        &self,
        sets: &[Vec<usize>],
        rng: &mut R,
        f: &mut impl FnMut(&Signs, &mut [F]),
    ) -> Result<Vec<f64>> {
        let columns = sets.iter().map(|set| Columns::new(self.n, set));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let ways = 1 << (self.to - self.from);
        // Products of values, added up by set, signed by χ_S, and by the new coordinates of y∘y'.
        let mut sums = vec![0.0; sets.len() * ways];
        let mut first = vec![F::zero(); ROWS.min(self.pairs)];
        let mut second = first.clone();
        let mut x = Signs::ones(first.len(), self.n)?;
        let mut change = x.clone();
        for start in (0..self.pairs).step_by(ROWS) {
            let count = ROWS.min(self.pairs - start);
            if count < x.rows() {
                (x, change) = (Signs::ones(count, self.n)?, Signs::ones(count, self.n)?);
            }
            x.randomize(rng);
            change.randomize(rng);
            change.clear_columns(self.to);
            let (first, second) = (&mut first[..count], &mut second[..count]);
            evaluate(self.n, first, |_, to| to.clone_from(&x), f)?;
            x.multiply(&change);
            evaluate(self.n, second, |_, to| to.clone_from(&x), f)?;
            let bounded = Confidence::Hoeffding { bound: 1.0 };
            bounded.check_values(first)?;
            bounded.check_values(second)?;
            for row in 0..count {
                let product = first[row].as_f64() * second[row].as_f64();
                let bit = |i| usize::from(change.is_negative(row, i)) << (i - self.from);
                let way: usize = (self.from..self.to).map(bit).sum();
                for (columns, sums) in columns.iter().zip(sums.chunks_mut(ways)) {
                    let odd = columns.negatives(&change, row) % 2 == 1;
                    sums[way] += if odd { -product } else { product };
                }
            }
        }
        for sums in sums.chunks_mut(ways) {
            transform(sums)?;
        }
        sums.iter_mut().for_each(|sum| *sum /= self.pairs as f64);
        Ok(sums)
    }
}
