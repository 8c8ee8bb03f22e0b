//! One bit of each example.

use super::{Access as _, Examples, RandomExamples};
use crate::error::Result;
use crate::signs::Signs;

/// The oracle 1-STAT: a fresh example for every question, of which one bit h(x, y) is told.
///
/// It stands between examples and statistical queries: an unbiased bit in place of a mean with a tolerance
/// (Yang, *New lower bounds for statistical query learning*, JCSS 70, 2005). Each call counts one example; a
/// learner that reads b bits of an example sends b functions to as many examples.
///
/// ```
/// use sparse_parity::access::{Access, Fresh, OneStat};
/// use sparse_parity::prelude::*;
///
/// let mut oracle = OneStat::new(Fresh::new(ParityDistribution::new(20, &[3])?, &Seeds::from(1)));
/// for _ in 0..100 {
///     assert!(oracle.ask(|x, y| x.is_negative(0, 3) == (y < 0.0))?);
/// }
/// assert_eq!(oracle.ledger().examples, 100);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OneStat<A> {
    access: A,
}

impl<A: RandomExamples> OneStat<A> {
    /// The oracle that draws from these examples.
    pub fn new(access: A) -> Self {
        OneStat { access }
    }

    /// h(x, y) of one fresh example, x being a matrix of one row.
    ///
    /// # Errors
    /// Those of [`RandomExamples::draw`].
    pub fn ask(&mut self, h: impl FnOnce(&Signs, f64) -> bool) -> Result<bool> {
        let mut example = Examples::none(self.dim())?;
        self.access.draw(1, &mut example)?;
        let y = if example.is_negative(0) { -1.0 } else { 1.0 };
        Ok(h(example.x(), y))
    }
}

impl_access_of!(OneStat<A>, access, A: RandomExamples);
