//! An adversary that decides upon the support as late as it can.

use super::means::{MOST_ENUMERATED, Mean, halves, means};
use super::{Access, Ledger, Query, StatisticalQueries, colex};
use crate::error::{Result, above_zero, at_most};
use crate::fourier::transform;
use crate::theory::supports;

/// The most supports that are kept.
const MOST: usize = 1 << 24;

/// An oracle of statistical queries that has no support yet: it keeps all of k among n coordinates that its answers allow.
///
/// A query rules out the supports whose mean is further from E\[q_0\] than the tolerance, and the answer is E\[q_0\]. If that would rule
/// out all that are left, it answers so that the most stay. When one is left it is the support, and answers are true
/// from then on. The queries that a learner makes until then are what [`theory::statistical_query`](crate::theory::statistical_query)
/// bounds from below, measured.
///
/// Correlations take a moment at any n; other queries are enumerated, up to n = 22.
///
/// ```
/// use sparse_parity::access::{LazyAdversary, Query, StatisticalQueries};
///
/// let mut oracle = LazyAdversary::new(4, 2, 0.0)?;
/// for set in [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3]] {
///     assert_eq!(oracle.answer(&Query::Correlation(&set), 0.5)?, 0.0);
/// }
/// assert_eq!(oracle.support(), Some(&[2, 3][..]));
/// assert_eq!(oracle.answer(&Query::Correlation(&[2, 3]), 0.5)?, 1.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LazyAdversary {
    n: usize,
    k: usize,
    p: f64,
    /// Whether each support, in colexicographic order, is allowed.
    is_allowed: Vec<bool>,
    left: usize,
    support: Option<Vec<usize>>,
    ledger: Ledger,
}

impl LazyAdversary {
    /// The oracle of all supports of k among n coordinates, with labels that are flipped with probability p.
    ///
    /// # Errors
    /// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n, [`Error::TooLarge`](crate::Error::TooLarge) if C(n, k) is above 2²⁴, [`Error::Noise`](crate::Error::Noise) unless 0 ≤ p < 1/2.
    pub fn new(n: usize, k: usize, p: f64) -> Result<Self> {
        let p = super::noise(p)?;
        let left = supports(n, k)? as usize;
        at_most("the number of supports of a lazy adversary", left, MOST)?;
        Ok(LazyAdversary {
            n,
            k,
            p,
            is_allowed: vec![true; left],
            left,
            support: (left == 1).then(|| colex::first(k)),
            ledger: Ledger::default(),
        })
    }

    /// The number of supports that its answers allow.
    pub fn left(&self) -> usize {
        self.left
    }

    /// The support, as soon as it is the only one.
    pub fn support(&self) -> Option<&[usize]> {
        self.support.as_deref()
    }

    /// Rules a support out.
    fn remove(&mut self, place: usize) {
        self.left -= usize::from(self.is_allowed[place]);
        self.is_allowed[place] = false;
    }

    /// Takes up the support if there is one left.
    fn settle(&mut self) {
        if self.left == 1 && self.support.is_none() {
            self.each_left(|set, _| Some(set.to_vec()));
        }
    }

    /// Calls `f` with each support that is left and its place; the last one that it returns becomes the support.
    fn each_left(&mut self, mut f: impl FnMut(&[usize], usize) -> Option<Vec<usize>>) {
        let (mut set, mut place) = (colex::first(self.k), 0);
        loop {
            if self.is_allowed[place]
                && let Some(support) = f(&set, place)
            {
                self.support = Some(support);
            }
            place += 1;
            if !colex::advance(&mut set, self.n) {
                return;
            }
        }
    }

    fn correlation(&mut self, set: &[usize], tau: f64) -> Result<f64> {
        if set.len() == self.k && 1.0 - 2.0 * self.p > tau {
            let mut sorted = set.to_vec();
            sorted.sort_unstable();
            self.remove(colex::rank(&sorted)?);
        }
        Ok(0.0)
    }

    fn enumerated(&mut self, query: &Query<'_>, tau: f64) -> Result<f64> {
        let (mut plain, mut signals) = (0.0, Vec::with_capacity(1 << self.n.min(MOST_ENUMERATED)));
        halves(query, self.n, |_, sums, differences| {
            plain += sums.iter().sum::<f64>();
            signals.extend_from_slice(differences);
        })?;
        plain /= signals.len() as f64;
        transform(&mut signals)?;
        let scale = (1.0 - 2.0 * self.p) / signals.len() as f64;
        let mut found = Vec::with_capacity(self.left);
        self.each_left(|set, place| {
            let mask: usize = set.iter().map(|&i| 1 << i).sum();
            found.push((scale * signals[mask], place));
            None
        });
        let is_told = |signal: f64| signal.abs() > tau;
        let told = found.iter().filter(|(signal, _)| is_told(*signal));
        let (answer, half) = match told.count() < found.len() {
            true => (0.0, tau),
            false => most_common(&mut found, tau),
        };
        for (signal, place) in found {
            if (signal - answer).abs() > half {
                self.remove(place);
            }
        }
        Ok(plain + answer)
    }
}

/// A number within τ of which are the most signals, and the distance up to which they are.
///
/// Of several it is the smallest.
fn most_common(found: &mut [(f64, usize)], tau: f64) -> (f64, f64) {
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut first, mut best) = (0, (0, 0.0, 0.0));
    for last in 0..found.len() {
        while found[last].0 - found[first].0 > 2.0 * tau {
            first += 1;
        }
        let (low, high) = (found[first].0, found[last].0);
        if last + 1 - first > best.0 {
            let middle = low + (high - low) / 2.0;
            // Rounding must not rule out the ends.
            best = (last + 1 - first, middle, (middle - low).max(high - middle));
        }
    }
    (best.1, best.2)
}

impl Access for LazyAdversary {
    fn dim(&self) -> usize {
        self.n
    }
    fn noise(&self) -> Option<f64> {
        Some(self.p)
    }
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    fn charge(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}

impl StatisticalQueries for LazyAdversary {
    fn answer(&mut self, query: &Query<'_>, tolerance: f64) -> Result<f64> {
        let tau = above_zero("the tolerance τ", tolerance)?;
        query.check(self.n)?;
        let answer = match (&self.support, query) {
            (Some(support), _) => {
                let Mean { plain, signal } = means(&[*query], self.n, support)?[0];
                plain + (1.0 - 2.0 * self.p) * signal
            }
            (None, Query::Correlation(set)) => self.correlation(set, tau)?,
            (None, _) => self.enumerated(query, tau)?,
        };
        self.ledger.asks(1, tau);
        self.settle();
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Sine};
    use crate::data::Parity;
    use crate::error::Error;
    use crate::signs::Signs;
    use crate::theory::gradient::Neuron;

    /// Asks queries and returns the answers; the support in the end must allow every one of them.
    fn assert_consistent(queries: &[Query<'_>], n: usize, k: usize, p: f64, tau: f64) -> usize {
        let mut oracle = LazyAdversary::new(n, k, p).unwrap();
        let answers: Vec<f64> = queries
            .iter()
            .map(|query| oracle.answer(query, tau).unwrap())
            .collect();
        let (mut set, mut place, mut allowed) = (colex::first(k), 0, 0);
        loop {
            let means = means(queries, n, &set).unwrap();
            let fits = means.iter().zip(&answers).all(|(mean, answer)| {
                (mean.plain + (1.0 - 2.0 * p) * mean.signal - answer).abs() <= tau * (1.0 + 1e-9)
            });
            // What it rules out it need not, but what it keeps has to fit.
            assert!(fits || !oracle.is_allowed[place], "{set:?}");
            allowed += usize::from(oracle.is_allowed[place]);
            place += 1;
            if !colex::advance(&mut set, n) {
                break;
            }
        }
        assert_eq!(oracle.left(), allowed);
        assert_eq!(oracle.support().is_some(), allowed == 1);
        allowed
    }

    #[test]
    fn what_is_left_is_allowed_by_every_answer() {
        let (n, k) = (8, 3);
        let w: Vec<f64> = (0..n).map(|i| 0.4 + 0.2 * i as f64).collect();
        let (relu, sine) = (
            Neuron::new(&Relu, &w, 0.3).unwrap(),
            Neuron::new(&Sine, &w, 0.3).unwrap(),
        );
        let any = |x: &Signs, row: usize, y: f64| {
            0.1 + 0.4
                * y
                * if x.is_negative(row, 0) && x.is_negative(row, 1) {
                    -1.0
                } else {
                    1.0
                }
        };
        let mut queries = vec![Query::Any(&any)];
        for i in 0..n {
            queries.push(Query::Coordinate(&relu, i));
            queries.push(Query::Coordinate(&sine, i));
        }
        for (p, tau) in [(0.0, 0.3), (0.0, 0.02), (0.2, 0.02), (0.0, 1e-6)] {
            let left = assert_consistent(&queries, n, k, p, tau);
            // Fewer than 1/τ² are ruled out by a query that is answered by E[q_0].
            let most = queries.len() as f64 / (tau * tau);
            assert!(tau < 0.05 || left as f64 > 56.0 - most, "{left}");
        }
    }

    #[test]
    fn a_query_that_every_support_shows_in_is_answered_by_the_most_common_value() {
        // y·(a function with the same coefficient at every support) but one.
        let (n, k) = (5, 2);
        let odd = Parity::new(n, &[0, 1]).unwrap();
        let query = |x: &Signs, row: usize, y: f64| {
            let sign = |set: &[usize]| {
                let negative = set.iter().filter(|&&i| x.is_negative(row, i));
                1.0 - 2.0 * (negative.count() % 2) as f64
            };
            let (mut set, mut sum) = (colex::first(k), 0.0);
            loop {
                sum += sign(&set) * if set == odd.support() { -0.05 } else { 0.05 };
                if !colex::advance(&mut set, n) {
                    return y * sum;
                }
            }
        };
        let mut oracle = LazyAdversary::new(n, k, 0.0).unwrap();
        let answer = oracle.answer(&Query::Any(&query), 0.01).unwrap();
        assert!((answer - 0.05).abs() < 1e-12);
        assert_eq!(oracle.left(), 9);
        // And again: nothing more is learned from it.
        oracle.answer(&Query::Any(&query), 0.01).unwrap();
        assert_eq!((oracle.left(), oracle.ledger().statistical), (9, 2));
    }

    #[test]
    fn too_many_supports_and_bad_sizes_are_refused() {
        assert!(matches!(
            LazyAdversary::new(1000, 4, 0.0),
            Err(Error::TooLarge { .. })
        ));
        assert!(LazyAdversary::new(5, 0, 0.0).is_err() && LazyAdversary::new(5, 6, 0.0).is_err());
        assert!(LazyAdversary::new(5, 2, 0.5).is_err());
        assert_eq!(
            LazyAdversary::new(5, 5, 0.0).unwrap().support(),
            Some(&[0, 1, 2, 3, 4][..])
        );
        let mut oracle = LazyAdversary::new(100, 2, 0.0).unwrap();
        let any = |_: &Signs, _: usize, y: f64| y;
        assert!(oracle.answer(&Query::Any(&any), 0.1).is_err());
        assert_eq!((oracle.left(), oracle.ledger().statistical), (4950, 0));
    }
}
