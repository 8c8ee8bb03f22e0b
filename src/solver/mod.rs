//! What SGD is measured against: algorithms that find the support, by the access to labels that they need, their cost
//! counted by one set of rules.
//!
//! | solver | access | noise | time | examples |
//! |---|---|---|---|---|
//! | [`Elimination`] | random examples | none | n³/64 | n + 1.6 |
//! | [`Exhaustive`] | random examples | any | C(n, k) | k log n, over (1 − 2p)² |
//! | [`SubsetElimination`] | random examples | any | (n/q)ᵏ (1 − p)^{−q} eliminations of q columns | 10q, or q + 9 without noise |
//! | [`Bkw`] | random examples | any | 2ᵇ for blocks of b coordinates, whatever k | about 2ᵇ |
//! | [`OneGradient`] | random examples | p < ½ | nB/64 | B ~ n^{k−1} |
//! | [`Bisection`] | queries | p < ½ | | k(log₂(n/2) + 2) queries |
//! | [`Syndromes`] | queries, one round | p < ½ | | k⌈log₂(n + 1)⌉ queries |
//! | [`Influence`] | queries, one round | p < ½ | | 2n queries |
//! | [`GoldreichLevin`] | queries | p < ½ | | n log n queries, for any function |
//! | [`SqSearch`] | statistical queries | p < ½ | nᵏ | C(n, k)/2 queries at τ < (1 − 2p)/2 |
//! | [`SqGradient`] | statistical queries | p < ½ | | n queries at τ ~ n^{−(k−1)/2} |
//! | [`MeetInTheMiddle`] | random examples | none | n^{k/2} | k log n |
//! | [`FourLists`] | random examples | none | n^{k/2}, in memory n^{k/4} | k log n |
//! | [`RandomSearch`] | random examples | any | C(n, k) attempts | k log n, over (1 − 2p)² |
//! | [`NoisyMeet`] | random examples | p below 0.3 | n^{k/2 · (1 + log₂ 1/(1 − p))} | k log n, over (1 − 2p)² |
//! | [`Amplified`] | random examples | any | nᵏ, over (1 − 2p)² | 16b² over (1 − 2p)², for sums of b columns |
//!
//! A solver says first what it will take ([`Plan`]), refuses what is beyond the limits before it draws an example, and
//! returns what it found and what it took ([`Report`]). Ending without an answer is a [`Verdict`], not an error.
//!
//! ```
//! use sparse_parity::access::Fresh;
//! use sparse_parity::prelude::*;
//! use sparse_parity::solver::{Elimination, Problem, Solver};
//!
//! let seeds = Seeds::from(1);
//! let distribution = ParityDistribution::random(100, 6, &mut seeds.stream(Purpose::Support))?;
//! let mut oracle = Fresh::new(distribution.clone(), &seeds);
//!
//! let problem = Problem::new(100, 6)?;
//! let report = Elimination.solve(&problem, &mut oracle, &mut seeds.stream(Purpose::Solver))?;
//! assert_eq!(report.verdict.support(), Some(distribution.parity().support()));
//! assert!(report.ledger.examples < 120);
//! # Ok::<(), sparse_parity::Error>(())
//! ```

mod all_ones;
mod amplified;
mod bisection;
mod bkw;
mod elimination;
mod exhaustive;
mod fits;
mod goldreich_levin;
mod influence;
#[cfg(test)]
mod instances;
mod kind;
mod meet;
mod one_gradient;
mod parity_queries;
mod problem;
mod random_search;
mod report;
mod sample;
mod sample_size;
mod sq_gradient;
mod sq_search;
mod subset;
mod syndromes;
mod word;

pub use amplified::Amplified;
pub use bisection::Bisection;
pub use bkw::{Bkw, Reduction};
pub use elimination::Elimination;
pub use exhaustive::Exhaustive;
pub use goldreich_levin::GoldreichLevin;
pub use influence::Influence;
pub use kind::{AccessKind, AnySolver, Oracle, SolverKind};
pub use meet::{FourLists, MeetInTheMiddle, NoisyMeet};
pub use one_gradient::OneGradient;
pub use problem::{Limits, Noise, Problem};
pub use random_search::RandomSearch;
pub use report::{Fit, Plan, Report, Uniqueness, Verdict};
pub use sample_size::SampleSize;
pub use sq_gradient::SqGradient;
pub use sq_search::SqSearch;
pub use subset::SubsetElimination;
pub use syndromes::Syndromes;

use crate::access::Access;
use crate::error::Result;
use crate::seeds::LabRng;

/// The most supports that a verdict lists.
pub const MOST_FITS: usize = 1 << 16;

/// An algorithm that finds the support by access `A`.
///
/// What it does is determined by the problem, the answers of the access and the generator: neither the number of threads nor the
/// width of vectors changes a result or a count.
///
/// ```
/// use sparse_parity::access::{Access, Examples, Fresh, RandomExamples};
/// use sparse_parity::prelude::*;
/// use sparse_parity::seeds::LabRng;
/// use sparse_parity::solver::*;
///
/// /// Looks for one relevant coordinate, among examples that decide.
/// struct Single;
///
/// impl<A: RandomExamples + ?Sized> Solver<A> for Single {
///     fn name(&self) -> &'static str {
///         "single"
///     }
///
///     fn plan(&self, problem: &Problem) -> sparse_parity::Result<Plan> {
///         let size = problem.sample_size()?;
///         let compared = (problem.n * size.examples.div_ceil(64)) as f64;
///         // An XOR and a count for each word.
///         let plan = Plan { sample: Some(size), words: 2.0 * compared, ..Plan::default() };
///         plan.within(&problem.limits)
///     }
///
///     fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> sparse_parity::Result<Report> {
///         let plan = Solver::<A>::plan(self, problem)?;
///         let size = plan.sample.unwrap();
///         let mut examples = Examples::none(problem.n)?;
///         access.draw(size.examples, &mut examples)?;
///         let planes = examples.planes();
///         let wrong = |i| -> u32 {
///             let words = planes.column(i).iter().zip(examples.labels());
///             words.map(|(x, y)| (x ^ y).count_ones()).sum()
///         };
///         let found = (0..problem.n).find(|&i| wrong(i) as usize <= size.wrong);
///         access.charge().words += (2 * planes.column(0).len() * found.map_or(problem.n, |i| i + 1)) as u64;
///         let verdict = found.map_or(Verdict::NothingFits, |i| {
///             let (wrong, examples) = (wrong(i) as usize, size.examples);
///             let chance = problem.chance(wrong, examples);
///             let fit = Fit { support: vec![i], wrong, examples, chance };
///             Verdict::Found(fit, Uniqueness::Bound(chance))
///         });
///         Ok(Report::of(Solver::<A>::name(self), verdict, plan, access))
///     }
/// }
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(40, &[7])?.with_label_noise(0.1)?;
/// let problem = Problem::new(40, 1)?.with_noise(Noise::Known(0.1))?;
/// let mut oracle = Fresh::new(distribution, &seeds);
/// let report = Single.solve(&problem, &mut oracle, &mut seeds.stream(Purpose::Solver))?;
/// assert_eq!(report.verdict.support(), Some(&[7][..]));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Solver<A: Access + ?Sized> {
    /// Its name, in lower case with hyphens.
    fn name(&self) -> &'static str;

    /// What it expects to take.
    ///
    /// # Errors
    /// [`Error::CleanOnly`](crate::Error::CleanOnly) for noise that it cannot bear, [`Error::Room`](crate::Error::Room) and [`Error::TooLong`](crate::Error::TooLong) for what is beyond the limits
    /// of the problem, and what [`Problem::sample_size`] says.
    fn plan(&self, problem: &Problem) -> Result<Plan>;

    /// Finds the support, or says how it ended without one.
    ///
    /// # Errors
    /// Those of [`plan`](Solver::plan), before anything is drawn; [`Error::TooFew`](crate::Error::TooFew) for a sample that cannot decide, and
    /// those of the access.
    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report>;
}
