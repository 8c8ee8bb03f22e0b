//! Statistical queries, answered by the mean of examples.

use super::means::{ROWS, add_sums};
use super::vstat::width;
use super::{Access as _, Examples, Query, RandomExamples, StatisticalQueries};
use crate::error::{Error, MOST, Result, above_zero, at_most, fraction, positive};

/// Statistical queries from random examples: the answer is the mean over as many as Hoeffding's inequality asks for.
///
/// An answer is further from E\[q\] than τ with probability δ at most. Examples are counted as the access below counts them.
///
/// ```
/// use sparse_parity::access::{Access, Fresh, Honest, Query, StatisticalQueries};
/// use sparse_parity::prelude::*;
///
/// let examples = Fresh::new(ParityDistribution::new(50, &[1, 5])?, &Seeds::from(1));
/// let mut oracle = Honest::fresh(examples, 0.01)?;
/// assert_eq!(oracle.answer(&Query::Correlation(&[5, 1]), 0.1)?, 1.0);
/// assert!(oracle.answer(&Query::Correlation(&[5, 2]), 0.1)?.abs() < 0.1);
/// // Twice (2/τ²) ln(2/δ).
/// assert_eq!((oracle.ledger().examples, oracle.ledger().statistical), (2 * 1060, 2));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Honest<A> {
    access: A,
    delta: f64,
    rule: Rule,
    /// The examples that are used again, in parts.
    sample: Vec<Examples>,
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    Fresh,
    Reuse { queries: f64 },
    Vstat { t: f64 },
}

impl<A: RandomExamples> Honest<A> {
    /// An oracle that draws m = ⌈(2/τ²) ln(2/δ)⌉ examples for every query.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::NotPositive`] or [`Error::Fraction`] unless 0 < δ < 1.
    pub fn fresh(access: A, delta: f64) -> Result<Self> {
        Honest::by(access, delta, Rule::Fresh)
    }

    /// An oracle that draws one sample of m = ⌈(2/τ²) ln(2Q/δ)⌉ examples for all of Q queries, and more if τ becomes smaller.
    ///
    /// By the union bound all Q answers are right with probability 1 − δ, if no query depends on an answer. Those of
    /// a gradient descent do, and overfit the sample in the end.
    ///
    /// # Errors
    /// [`Error::NotPositive`] or [`Error::Fraction`] unless 0 < δ < 1, [`Error::Zero`] if Q is 0.
    pub fn reusing(access: A, delta: f64, queries: usize) -> Result<Self> {
        let queries = positive("the number of queries", queries)? as f64;
        Honest::by(access, delta, Rule::Reuse { queries })
    }

    /// An oracle that draws m = ⌈(10/3) t ln(2/δ)⌉ examples for every query: by Bernstein's inequality it is a
    /// [`Vstat`](super::Vstat), for whose answers that many suffice.
    ///
    /// # Errors
    /// [`Error::NotPositive`] or [`Error::Fraction`] unless 0 < δ < 1, [`Error::NotPositive`] unless t is positive and finite.
    pub fn vstat(access: A, delta: f64, t: f64) -> Result<Self> {
        let t = above_zero("the parameter t of VSTAT", t)?;
        Honest::by(access, delta, Rule::Vstat { t })
    }

    fn by(access: A, delta: f64, rule: Rule) -> Result<Self> {
        above_zero("the probability of failure δ", delta)?;
        fraction("the probability of failure δ", delta)?;
        Ok(Honest {
            access,
            delta,
            rule,
            sample: Vec::new(),
        })
    }

    /// How many examples a query of tolerance τ is answered from.
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless τ is positive and finite, [`Error::TooLarge`] for more than 2³⁶ examples,
    /// [`Error::OutOfRange`] for a finer τ than a VSTAT promises.
    pub fn size(&self, tolerance: f64) -> Result<usize> {
        let tau = above_zero("the tolerance τ", tolerance)?;
        let hoeffding = |queries: f64| 2.0 / (tau * tau) * libm::log(2.0 * queries / self.delta);
        let m = match self.rule {
            Rule::Fresh => hoeffding(1.0),
            Rule::Reuse { queries } => hoeffding(queries),
            Rule::Vstat { t } => {
                promised(tau, t)?;
                10.0 / 3.0 * t * libm::log(2.0 / self.delta)
            }
        };
        let what =
            "the number of examples of a statistical query, which a larger tolerance reduces,";
        at_most(what, m.ceil() as usize, MOST)
    }

    /// Draws the next part of m examples, of which so many are there.
    fn part(&mut self, there: usize, m: usize) -> Result<Examples> {
        let mut part = Examples::none(self.access.dim())?;
        self.access.draw(ROWS.min(m - there), &mut part)?;
        Ok(part)
    }

    fn sums(&mut self, queries: &[Query<'_>], m: usize) -> Result<Vec<f64>> {
        let (mut sums, mut there) = (vec![0.0; queries.len()], 0);
        for part in 0.. {
            if there >= m {
                break;
            }
            match self.rule {
                Rule::Reuse { .. } => {
                    if part == self.sample.len() {
                        let new = self.part(there, m)?;
                        self.sample.push(new);
                    }
                    add_sums(queries, &self.sample[part], &mut sums)?;
                    there += self.sample[part].len();
                }
                _ => {
                    let new = self.part(there, m)?;
                    add_sums(queries, &new, &mut sums)?;
                    there += new.len();
                }
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= there as f64);
        Ok(sums)
    }
}

/// Succeeds if VSTAT(t) promises answers within τ whatever the mean.
pub(super) fn promised(tau: f64, t: f64) -> Result<()> {
    match width(0.0, t) <= tau {
        true => Ok(()),
        false => Err(Error::OutOfRange {
            what: "the tolerance τ of a query to VSTAT(t)",
            value: tau,
            range: "[1/√t, ∞), which it promises",
        }),
    }
}

impl_access_of!(Honest<A>, access, A: RandomExamples);

impl<A: RandomExamples> StatisticalQueries for Honest<A> {
    fn answer(&mut self, query: &Query<'_>, tolerance: f64) -> Result<f64> {
        let m = self.size(tolerance)?;
        query.check(self.dim())?;
        let mean = self.sums(&[*query], m)?[0];
        self.charge().asks(1, tolerance);
        Ok(mean)
    }

    fn answers(&mut self, queries: &[Query<'_>], tolerance: f64) -> Result<Vec<f64>> {
        if !matches!(self.rule, Rule::Reuse { .. }) {
            let each = queries.iter();
            return each.map(|query| self.answer(query, tolerance)).collect();
        }
        let (m, n) = (self.size(tolerance)?, self.dim());
        queries.iter().try_for_each(|query| query.check(n))?;
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let means = self.sums(queries, m)?;
        self.charge().asks(queries.len() as u64, tolerance);
        Ok(means)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Fixed, Fresh};
    use crate::activation::Relu;
    use crate::data::{Batch, ParityDistribution};
    use crate::seeds::Seeds;
    use crate::theory::gradient::Neuron;

    fn examples(p: f64) -> Fresh<ParityDistribution> {
        let law = ParityDistribution::new(30, &[1, 7]).unwrap();
        Fresh::new(law.with_label_noise(p).unwrap(), &Seeds::from(1))
    }

    #[test]
    fn means_are_within_the_tolerance() {
        let w = [1.0; 30];
        let neuron = Neuron::new(&Relu, &w, 1.0).unwrap();
        let exact = neuron.gradient(&[1, 7]).unwrap().weight;
        let queries: Vec<_> = (0..30).map(|i| Query::Coordinate(&neuron, i)).collect();
        let tau = 0.03;
        let reusing = Honest::reusing(examples(0.1), 0.01, 30).unwrap();
        let fresh = Honest::fresh(examples(0.1), 1e-4).unwrap();
        let vstat = Honest::vstat(examples(0.1), 1e-4, 1.0 / (tau * tau)).unwrap();
        for (mut oracle, samples) in [(reusing, 1), (fresh, 30), (vstat, 30)] {
            let m = oracle.size(tau).unwrap() as u64;
            for (found, exact) in oracle.answers(&queries, tau).unwrap().iter().zip(&exact) {
                assert!((found + 0.8 * exact).abs() <= tau, "{found} {exact}");
            }
            assert_eq!(oracle.ledger().examples, m * samples);
            assert_eq!(oracle.ledger().statistical, 30);
        }
    }

    #[test]
    fn a_sample_is_used_again_and_grows_with_the_precision() {
        let mut oracle = Honest::reusing(examples(0.0), 0.01, 3).unwrap();
        for (tau, set) in [(0.1, [1, 7]), (0.1, [1, 8]), (0.05, [1, 8])] {
            let answer = oracle.answer(&Query::Correlation(&set), tau).unwrap();
            assert!((answer - f64::from(set[1] == 7)).abs() <= tau);
        }
        assert_eq!(oracle.ledger().examples, oracle.size(0.05).unwrap() as u64);
    }

    #[test]
    fn a_sample_that_is_spent_and_bad_parameters_are_told() {
        let law = ParityDistribution::new(30, &[1, 7]).unwrap();
        let batch = Batch::<f32>::draw(&law, 100, &mut (&Seeds::from(1)).into()).unwrap();
        let sample = Examples::of(&batch).unwrap();
        let mut oracle = Honest::fresh(Fixed::new(&sample), 0.01).unwrap();
        let error = oracle.answer(&Query::Correlation(&[1]), 0.1).unwrap_err();
        assert!(matches!(error, Error::Spent { left: 100, .. }), "{error}");
        for delta in [0.0, 1.0, f64::NAN] {
            assert!(Honest::fresh(examples(0.0), delta).is_err());
        }
        assert!(Honest::reusing(examples(0.0), 0.1, 0).is_err());
        assert!(Honest::vstat(examples(0.0), 0.1, 0.0).is_err());
        let vstat = Honest::vstat(examples(0.0), 0.1, 100.0).unwrap();
        assert!(vstat.size(0.1).is_ok() && vstat.size(0.099).is_err());
        let fresh = Honest::fresh(examples(0.0), 0.1).unwrap();
        assert!(fresh.size(0.0).is_err() && fresh.size(1e-9).is_err());
    }
}
