//! Who may ask what: the ways in which an algorithm may learn about the labels, as types, and a ledger of what it has cost.
//!
//! | access | a solver may | oracles |
//! |---|---|---|
//! | [`RandomExamples`] | draw (x, y) | [`Fresh`], [`Fixed`] |
//!
//! How hard a sparse parity is depends on this more than on anything else: examples give it to elimination, and statistical
//! queries, of which a gradient is one a parameter, do not
//! ([`theory::statistical_query`](crate::theory::statistical_query)). An algorithm therefore says in its type what it needs.

mod examples;
mod ledger;
mod random;

pub use examples::Examples;
pub use ledger::Ledger;
pub use random::{Fixed, Fresh};

use crate::error::{Error, Result};

/// What every way of access has: the number of coordinates, what is known of the noise, and the ledger.
///
/// [`RandomExamples`] shows an implementation.
pub trait Access {
    /// The number of coordinates n.
    fn dim(&self) -> usize;

    /// The probability p that a label is flipped; `None` if it is not known.
    fn noise(&self) -> Option<f64>;

    /// What the oracle has given and what the solver has computed.
    fn ledger(&self) -> &Ledger;

    /// The same, to count more.
    fn charge(&mut self) -> &mut Ledger;
}

/// Access to random examples (x, y).
///
/// ```
/// use sparse_parity::access::{Access, Examples, Ledger, RandomExamples};
/// use sparse_parity::prelude::*;
///
/// /// All inputs in order, with the labels of a parity.
/// struct Cube {
///     parity: Parity,
///     next: u64,
///     ledger: Ledger,
/// }
///
/// impl Access for Cube {
///     fn dim(&self) -> usize {
///         self.parity.dim()
///     }
///     fn noise(&self) -> Option<f64> {
///         Some(0.0)
///     }
///     fn ledger(&self) -> &Ledger {
///         &self.ledger
///     }
///     fn charge(&mut self) -> &mut Ledger {
///         &mut self.ledger
///     }
/// }
///
/// impl RandomExamples for Cube {
///     fn draw(&mut self, m: usize, into: &mut Examples) -> sparse_parity::Result<()> {
///         let mut batch = Batch::<f32>::new(m, self.dim())?;
///         batch.x.fill_cube(self.next);
///         sparse_parity::data::label(&self.parity, &batch.x, &mut batch.y);
///         self.next += m as u64;
///         self.ledger.examples += m as u64;
///         into.append(&batch)
///     }
///     fn left(&self) -> Option<usize> {
///         None
///     }
/// }
///
/// let mut cube = Cube { parity: Parity::new(4, &[0, 3])?, next: 0, ledger: Ledger::default() };
/// let mut examples = Examples::none(4)?;
/// cube.draw(16, &mut examples)?;
/// assert_eq!(examples.wrong(&[0, 3]), 0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait RandomExamples: Access {
    /// Adds m examples to `into`, and counts them.
    ///
    /// # Errors
    /// [`Error::Spent`] if there are not as many, [`Error::Mismatch`] for another n, [`Error::Label`] for labels that are
    /// not ±1; then none is added.
    fn draw(&mut self, m: usize, into: &mut Examples) -> Result<()>;

    /// How many examples there still are; `None` if there is no end of them.
    fn left(&self) -> Option<usize>;
}

/// Implements an access for what dereferences to one.
macro_rules! impl_access_for_pointer {
    ($pointer:ty) => {
        impl<A: Access + ?Sized> Access for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn noise(&self) -> Option<f64> {
                (**self).noise()
            }
            fn ledger(&self) -> &Ledger {
                (**self).ledger()
            }
            fn charge(&mut self) -> &mut Ledger {
                (**self).charge()
            }
        }

        impl<A: RandomExamples + ?Sized> RandomExamples for $pointer {
            fn draw(&mut self, m: usize, into: &mut Examples) -> Result<()> {
                (**self).draw(m, into)
            }
            fn left(&self) -> Option<usize> {
                (**self).left()
            }
        }
    };
}

impl_access_for_pointer!(&mut A);
impl_access_for_pointer!(Box<A>);

/// Returns p, or an error unless it is in [0, 1/2).
pub(crate) fn noise(p: f64) -> Result<f64> {
    if !(0.0..0.5).contains(&p) {
        return Err(Error::Noise { p });
    }
    Ok(p)
}
