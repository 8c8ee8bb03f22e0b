//! Who may ask what: the ways in which an algorithm may learn about the labels, as types, and a ledger of what it has cost.
//!
//! | access | a solver may | oracles |
//! |---|---|---|
//! | [`RandomExamples`] | draw (x, y) | [`Fresh`], [`Fixed`]; [`RandomInputs`] from queries |
//! | [`MembershipQueries`] | choose x and ask for y | [`Queries`] |
//! | [`StatisticalQueries`] | ask for a mean up to τ | [`Stat`], [`Vstat`], [`LazyAdversary`]; [`Honest`] from examples |
//! | one bit an example | draw one (x, y) and keep a bit of it | [`OneStat`] from examples |
//!
//! How hard a sparse parity is depends on this more than on anything else: examples give it to elimination, and statistical
//! queries, of which a gradient is one a parameter, do not
//! ([`theory::statistical_query`](crate::theory::statistical_query)). An algorithm therefore says in its type what it needs.
//!
//! Queries can give random examples, and these can answer statistical queries. Nothing leads back, so nothing in this module does.

/// Implements an access that a field has.
macro_rules! impl_access_of {
    ($type:ty, $field:tt $(, $($generics:tt)*)?) => {
        impl $(<$($generics)*>)? $crate::access::Access for $type {
            fn dim(&self) -> usize {
                self.$field.dim()
            }
            fn noise(&self) -> Option<f64> {
                self.$field.noise()
            }
            fn ledger(&self) -> &$crate::access::Ledger {
                self.$field.ledger()
            }
            fn charge(&mut self) -> &mut $crate::access::Ledger {
                self.$field.charge()
            }
        }
    };
}
#[cfg(feature = "sweep")]
pub(crate) use impl_access_of;

pub(crate) mod colex;
mod examples;
mod honest;
mod known;
mod lazy;
mod ledger;
mod means;
mod one_stat;
mod queries;
mod query;
mod random;
mod random_inputs;
mod stat;
mod vstat;

pub use examples::Examples;
pub use honest::Honest;
pub use lazy::LazyAdversary;
pub use ledger::Ledger;
pub use one_stat::OneStat;
pub use queries::Queries;
pub use query::{Query, QueryNeuron};
pub use random::{Fixed, Fresh};
pub use random_inputs::RandomInputs;
pub use stat::{Answers, Stat};
pub use vstat::Vstat;

use crate::error::{Error, Result};
use crate::signs::Signs;

/// What every way of access has: the number of coordinates, what is known of the noise, and the ledger.
///
/// ```
/// use sparse_parity::access::{Access, Ledger};
///
/// /// An oracle that answers nothing, but counts.
/// #[derive(Default)]
/// struct Silent {
///     ledger: Ledger,
/// }
///
/// impl Access for Silent {
///     fn dim(&self) -> usize {
///         8
///     }
///     fn noise(&self) -> Option<f64> {
///         None
///     }
///     fn ledger(&self) -> &Ledger {
///         &self.ledger
///     }
///     fn charge(&mut self) -> &mut Ledger {
///         &mut self.ledger
///     }
/// }
///
/// let mut silent = Silent::default();
/// silent.charge().words += 64;
/// assert_eq!(silent.ledger().words, 64);
/// ```
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

/// Access to the label of any input.
///
/// A solver that needs it does not compile with an oracle of examples alone:
///
/// ```compile_fail,E0277
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Bisection, Problem, Solver};
///
/// let seeds = Seeds::from(1);
/// let mut oracle = Fresh::new(ParityDistribution::new(20, &[1, 5])?, &seeds);
/// Bisection::default().solve(&Problem::new(20, 2)?, &mut oracle, &mut seeds.stream(Purpose::Solver))?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// An oracle of one's own:
///
/// ```
/// use sparse_parity::access::{Access, Ledger, MembershipQueries};
/// use sparse_parity::signs::{Columns, Signs};
///
/// /// The parity of coordinates 0 and 2, computed by a program of its own.
/// #[derive(Default)]
/// struct Program(Ledger);
///
/// impl Access for Program {
///     fn dim(&self) -> usize {
///         3
///     }
///     fn noise(&self) -> Option<f64> {
///         Some(0.0)
///     }
///     fn ledger(&self) -> &Ledger {
///         &self.0
///     }
///     fn charge(&mut self) -> &mut Ledger {
///         &mut self.0
///     }
/// }
///
/// impl MembershipQueries for Program {
///     fn ask(&mut self, x: &Signs, y: &mut Vec<u64>) -> sparse_parity::Result<()> {
///         let support = Columns::new(3, &[0, 2])?;
///         y.clear();
///         y.resize(x.rows().div_ceil(64), 0);
///         for row in 0..x.rows() {
///             y[row / 64] |= (support.negatives(x, row) as u64 & 1) << (row % 64);
///         }
///         self.0.queries += x.rows() as u64;
///         self.0.rounds += 1;
///         Ok(())
///     }
///     fn is_persistent(&self) -> bool {
///         true
///     }
/// }
///
/// let (mut oracle, mut y) = (Program::default(), Vec::new());
/// oracle.ask(&Signs::cube(3)?, &mut y)?;
/// assert_eq!((y, oracle.ledger().queries), (vec![0b0101_1010], 8));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait MembershipQueries: Access {
    /// Replaces `y` by the labels of the rows of `x`, as ⌈rows/64⌉ words: that of row r in bit r mod 64 of word r/64, set
    /// where it is −1. Counts a query for every row, and one round.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for another n, [`Error::Label`] for labels that are not ±1.
    fn ask(&mut self, x: &Signs, y: &mut Vec<u64>) -> Result<()>;

    /// Whether the same input always has the same answer, so that asking again tells nothing.
    fn is_persistent(&self) -> bool;
}

/// Access to means E\[q(x, y)\] of functions with values in \[−1, 1\], each up to a tolerance τ.
///
/// [`theory::statistical_query`](crate::theory::statistical_query) says how many a learner of sparse parities needs.
///
/// ```
/// use sparse_parity::access::{Access, Ledger, Query, StatisticalQueries};
///
/// /// Answers 0, whatever the query: right for all queries y·χ_T(x) of the parity whose support nobody asks for.
/// #[derive(Default)]
/// struct Silent(Ledger);
///
/// impl Access for Silent {
///     fn dim(&self) -> usize {
///         50
///     }
///     fn noise(&self) -> Option<f64> {
///         Some(0.0)
///     }
///     fn ledger(&self) -> &Ledger {
///         &self.0
///     }
///     fn charge(&mut self) -> &mut Ledger {
///         &mut self.0
///     }
/// }
///
/// impl StatisticalQueries for Silent {
///     fn answer(&mut self, query: &Query<'_>, tolerance: f64) -> sparse_parity::Result<f64> {
///         query.check(self.dim())?;
///         self.0.asks(1, tolerance);
///         Ok(0.0)
///     }
/// }
///
/// let mut oracle = Silent::default();
/// assert_eq!(oracle.answer(&Query::Correlation(&[3, 7]), 0.1)?, 0.0);
/// assert!(oracle.answer(&Query::Correlation(&[3, 50]), 0.1).is_err());
/// assert_eq!(oracle.ledger().statistical, 1);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait StatisticalQueries: Access {
    /// A number within `tolerance` of E\[q(x, y)\], and counts the query.
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless τ is positive and finite, those of [`Query::check`], [`Error::Unbounded`] for a value of
    /// q that is not in \[−1, 1\], and [`Error::Method`] for a mean that the oracle cannot compute.
    fn answer(&mut self, query: &Query<'_>, tolerance: f64) -> Result<f64>;

    /// The answers to queries that do not depend on each other's answers.
    ///
    /// # Errors
    /// Those of [`answer`](StatisticalQueries::answer).
    fn answers(&mut self, queries: &[Query<'_>], tolerance: f64) -> Result<Vec<f64>> {
        let each = queries.iter();
        each.map(|query| self.answer(query, tolerance)).collect()
    }
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

        impl<A: MembershipQueries + ?Sized> MembershipQueries for $pointer {
            fn ask(&mut self, x: &Signs, y: &mut Vec<u64>) -> Result<()> {
                (**self).ask(x, y)
            }
            fn is_persistent(&self) -> bool {
                (**self).is_persistent()
            }
        }

        impl<A: StatisticalQueries + ?Sized> StatisticalQueries for $pointer {
            fn answer(&mut self, query: &Query<'_>, tolerance: f64) -> Result<f64> {
                (**self).answer(query, tolerance)
            }
            fn answers(&mut self, queries: &[Query<'_>], tolerance: f64) -> Result<Vec<f64>> {
                (**self).answers(queries, tolerance)
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
