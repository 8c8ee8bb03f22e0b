//! Statistical queries, answered from the exact mean.

use super::known::Known;
use super::means::Mean;
use super::{Access as _, Query, StatisticalQueries};
use crate::data::Parity;
use crate::error::{Result, above_zero};

/// Which of the numbers within the tolerance an oracle answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Answers {
    /// The mean itself.
    Exact,
    /// The nearest multiple of 2τ.
    Rounded,
    /// E\[q_0\], which says nothing of S, as long as it is allowed, and the mean where it is not: the oracle of the proof in
    /// [`theory::statistical_query`](crate::theory::statistical_query).
    Adversary,
}

/// Statistical queries about a parity on uniform inputs, answered from their exact mean; [`Honest`](super::Honest) answers
/// from examples.
///
/// Correlations and coordinates of neurons have exact means at any n, other functions up to n = 22, by enumeration.
///
/// ```
/// use sparse_parity::access::{Answers, Query, Stat, StatisticalQueries};
/// use sparse_parity::prelude::*;
///
/// let parity = Parity::new(50, &[1, 5, 7])?;
/// let query = Query::Correlation(&[1, 5, 7]);
/// for (answers, tau, expected) in [
///     (Answers::Exact, 0.3, 0.8),
///     (Answers::Rounded, 0.3, 0.6),
///     (Answers::Adversary, 0.3, 0.8),
///     (Answers::Adversary, 0.9, 0.0),
/// ] {
///     let mut oracle = Stat::new(parity.clone(), answers).with_noise(0.1)?;
///     assert!((oracle.answer(&query, tau)? - expected).abs() < 1e-12);
/// }
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Stat {
    known: Known,
    answers: Answers,
}

impl Stat {
    /// The oracle of clean labels.
    pub fn new(parity: Parity, answers: Answers) -> Self {
        let known = Known::clean(parity);
        Stat { known, answers }
    }

    /// The same for labels that are flipped with probability p.
    ///
    /// # Errors
    /// [`Error::Noise`](crate::Error::Noise) unless 0 ≤ p < 1/2.
    pub fn with_noise(self, p: f64) -> Result<Self> {
        let known = self.known.with_noise(p)?;
        Ok(Stat { known, ..self })
    }
}

impl_access_of!(Stat, known);

impl StatisticalQueries for Stat {
    fn answer(&mut self, query: &Query<'_>, tolerance: f64) -> Result<f64> {
        Ok(self.answers(&[*query], tolerance)?[0])
    }

    fn answers(&mut self, queries: &[Query<'_>], tolerance: f64) -> Result<Vec<f64>> {
        let tau = above_zero("the tolerance τ", tolerance)?;
        let means = self.known.means(queries)?;
        if !queries.is_empty() {
            self.charge().asks(queries.len() as u64, tau);
        }
        let answer = |Mean { plain, signal }| match self.answers {
            Answers::Exact => plain + signal,
            Answers::Rounded => ((plain + signal) / (2.0 * tau)).round() * (2.0 * tau),
            Answers::Adversary if signal.abs() <= tau => plain,
            Answers::Adversary => plain + signal,
        };
        Ok(means.into_iter().map(answer).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::signs::Signs;
    use crate::theory::gradient::Neuron;

    #[test]
    fn every_answer_is_within_the_tolerance() {
        let parity = Parity::new(10, &[0, 3, 9]).unwrap();
        let w: Vec<f64> = (0..10).map(|i| 1.0 - 0.15 * f64::from(i)).collect();
        let neuron = Neuron::new(&Relu, &w, 0.25).unwrap();
        let any = |x: &Signs, row: usize, y: f64| {
            0.3 + 0.2 * y + if x.is_negative(row, 3) { 0.4 * y } else { -0.1 }
        };
        let mut queries = vec![Query::Any(&any), Query::Correlation(&[0, 3, 9])];
        queries.extend((0..10).map(|i| Query::Coordinate(&neuron, i)));
        let oracle = |answers| Stat::new(parity.clone(), answers).with_noise(0.2).unwrap();
        let exact = oracle(Answers::Exact).answers(&queries, 1.0).unwrap();
        for answers in [Answers::Rounded, Answers::Adversary] {
            for tau in [1e-4, 1e-2, 0.05, 0.3, 2.0] {
                let mut oracle = oracle(answers);
                let found = oracle.answers(&queries, tau).unwrap();
                for (found, exact) in found.iter().zip(&exact) {
                    assert!(
                        (found - exact).abs() <= tau * (1.0 + 1e-12),
                        "{found} {exact}"
                    );
                }
                assert_eq!(oracle.ledger().statistical, 12);
                assert_eq!(oracle.ledger().finest, Some(tau));
            }
        }
    }

    #[test]
    fn bad_tolerances_and_large_functions_are_refused_and_not_counted() {
        let mut oracle = Stat::new(Parity::new(30, &[2]).unwrap(), Answers::Exact);
        let query = Query::Correlation(&[2]);
        for tau in [0.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(oracle.answer(&query, tau).is_err());
        }
        let any = |_: &Signs, _: usize, y: f64| y;
        let error = oracle
            .answer(&Query::Any(&any), 0.1)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("n = 30") && error.contains("Honest"),
            "{error}"
        );
        assert_eq!(oracle.ledger().statistical, 0);
        assert!(oracle.clone().with_noise(0.5).is_err());
    }
}
