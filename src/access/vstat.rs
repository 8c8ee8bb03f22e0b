//! Statistical queries whose tolerance depends on the variance.

use super::honest::promised;
use super::known::Known;
use super::means::Mean;
use super::{Access as _, Query, StatisticalQueries};
use crate::data::Parity;
use crate::error::{Result, above_zero};

/// The oracle VSTAT(t) of Feldman, Grigorescu, Reyzin, Vempala and Xiao (*Statistical algorithms and a lower bound for
/// detecting planted cliques*, JACM 64, 2017), as an adversary.
///
/// A query has values v(x, y) ∈ \[0, 1\] there, and its answer errs by at most max(1/t, √(v(1 − v)/t)), v being its mean: about
/// what t examples tell. A [`Query`] has values q ∈ \[−1, 1\] and is asked as v = (1 + q)/2, so that its answer errs by twice
/// that. It answers E\[q_0\], which says nothing of S, as long as that is allowed, and the mean where it is not;
/// [`Honest::vstat`](super::Honest::vstat) answers from examples.
///
/// ```
/// use sparse_parity::access::{Query, StatisticalQueries, Vstat};
/// use sparse_parity::prelude::*;
///
/// let mut oracle = Vstat::new(Parity::new(50, &[1, 5, 7])?, 100.0)?;
/// assert_eq!(oracle.answer(&Query::Correlation(&[1, 5, 7]), 0.1)?, 1.0);
/// // It promises no more than 1/√t.
/// assert!(oracle.answer(&Query::Correlation(&[1, 5, 7]), 0.09).is_err());
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Vstat {
    known: Known,
    t: f64,
}

/// The largest error of an answer to a query in \[−1, 1\] with that mean.
pub(super) fn width(mean: f64, t: f64) -> f64 {
    let v = (1.0 + mean) / 2.0;
    2.0 * (1.0 / t).max((v * (1.0 - v) / t).max(0.0).sqrt())
}

impl Vstat {
    /// The oracle of clean labels.
    ///
    /// # Errors
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless t is positive and finite.
    pub fn new(parity: Parity, t: f64) -> Result<Self> {
        let t = above_zero("the parameter t of VSTAT", t)?;
        let known = Known::clean(parity);
        Ok(Vstat { known, t })
    }

    /// The same for labels that are flipped with probability p.
    ///
    /// # Errors
    /// [`Error::Noise`](crate::Error::Noise) unless 0 ≤ p < 1/2.
    pub fn with_noise(self, p: f64) -> Result<Self> {
        let known = self.known.with_noise(p)?;
        Ok(Vstat { known, ..self })
    }
}

impl_access_of!(Vstat, known);

impl StatisticalQueries for Vstat {
    /// # Errors
    /// Also [`Error::OutOfRange`](crate::Error::OutOfRange) for a finer tolerance than 2·max(1/t, 1/(2√t)), which it promises.
    fn answer(&mut self, query: &Query<'_>, tolerance: f64) -> Result<f64> {
        let tau = above_zero("the tolerance τ", tolerance)?;
        promised(tau, self.t)?;
        let Mean { plain, signal } = self.known.means(&[*query])?[0];
        self.charge().asks(1, tau);
        let mean = plain + signal;
        Ok(match signal.abs() <= width(mean, self.t) {
            true => plain,
            false => mean,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::Signs;

    #[test]
    fn rare_events_are_told_more_precisely() {
        // v = 1/8 + signal/2 is rare where the query is near −1 on average.
        let parity = Parity::new(3, &[0, 1, 2]).unwrap();
        let query = |x: &Signs, row: usize, y: f64| {
            let is_all = (0..3).all(|i| !x.is_negative(row, i));
            if is_all && y > 0.0 { 1.0 } else { -1.0 }
        };
        // The mean is −3/4, E[q_0] = −7/8: v(1 − v) = 7/64, so the width is 0.66/√t and falls below 1/8 from t = 28 on.
        for (t, told) in [(27.0, -0.875), (29.0, -0.75)] {
            let mut oracle = Vstat::new(parity.clone(), t).unwrap();
            assert_eq!(oracle.answer(&Query::Any(&query), 1.0).unwrap(), told);
        }
        assert!((width(-0.75, 28.0) - 0.125).abs() < 1e-12);
    }

    #[test]
    fn bad_parameters_are_refused() {
        let parity = || Parity::new(5, &[1]).unwrap();
        for t in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Vstat::new(parity(), t).is_err());
        }
        assert!(Vstat::new(parity(), 9.0).unwrap().with_noise(0.5).is_err());
        let mut oracle = Vstat::new(parity(), 9.0).unwrap();
        assert!(oracle.answer(&Query::Correlation(&[5]), 1.0).is_err());
        assert!(oracle.answer(&Query::Correlation(&[1]), 0.0).is_err());
        assert_eq!(oracle.ledger().statistical, 0);
    }
}
