//! Statistics of many runs, some of which are not solved or diverge.
//!
//! The convergence time t_c is known only for runs that were solved. A run whose budget of c steps
//! was not enough is *censored*: t_c > c. Leaving it out, or counting it as c, would make learning
//! look faster than it is. A [`Time`] therefore says which of three things happened, and everything
//! about t_c here is made of [`Times`]:
//!
//! | [`Time`] | means | in a curve, a quantile, a share |
//! |---|---|---|
//! | `Solved(t)` | t_c = t | an event at t |
//! | `Censored(c)` | no iterate 0, …, c was a solution; nothing is known of later ones | at risk up to c, then gone |
//! | `Never` | the run diverged, t_c = ∞ | at risk to the end, and never solved |
//!
//! A diverged run is not censored: more steps would not have solved it. Its time is later than all
//! others.
//!
//! ```
//! use sparse_parity::stats::{Bootstrap, Time, Times};
//!
//! let ends = [Time::Solved(120), Time::Solved(75), Time::Censored(500), Time::Never, Time::Solved(310)];
//! let times: Times = ends.into_iter().collect();
//!
//! let solved = times.success_rate(0.95)?;
//! assert_eq!(solved.value, 0.6);
//! let median = times.median(0.95)?;
//! assert_eq!(median.value, Some(310.0));
//! // Five runs do not bound the median from above.
//! assert_eq!(median.interval.high, f64::INFINITY);
//! assert_eq!(times.quantile(0.9, 0.95)?.value, None);
//! # Ok::<(), sparse_parity::Error>(())
//! ```
//!
//! | question | answer |
//! |---|---|
//! | how many runs were solved | [`wilson`], [`Times::success_rate`] |
//! | how long does a run take | [`Times::quantile`], [`Times::median`], [`KaplanMeier`] |
//! | how does that grow with n | [`PowerLaw`], [`quantile_exponent`], [`local_exponents`] |
//! | which sample solves a share of the runs, and how that grows with n | [`Threshold`], [`BoxCox`] |
//! | is it a random search | [`Geometric`] |
//! | initialisation or data | [`variance_shares`], [`icc`] |
//! | does a measure predict t_c, or separate runs from their control | [`RankCorrelation`], [`superiority`] |
//! | does it predict at a step, of the runs that are unsolved there | [`Landmark`], [`horizon_auc`], [`uno_concordance`], [`Cox`] |
//! | how uncertain is a statistic of your own | [`Bootstrap`], [`permutation_p`] |
//! | do any of several measures mean anything | [`max_t_p`] |
//!
//! Where the budget was not enough, only a bound can be reported. A quantile is then `None`, and the
//! upper end of its interval is infinite. A resampled statistic of such quantiles is infinite, or
//! arbitrary if it compares two of them.
//!
//! Logarithms and exponentials come from `libm`, and the caller passes the generator for resampling,
//! so that these numbers are as reproducible as the runs.

mod binomial;
mod bootstrap;
mod cox;
mod crossed;
mod geometric;
mod horizon;
mod interval;
mod landmark;
#[cfg(test)]
mod laws;
mod median;
mod normal;
mod permutation;
mod power_law;
mod quantile;
mod rank;
mod share;
mod student;
mod survival;
mod threshold;
mod times;

pub(crate) use binomial::{LogOdds, ln_at_least, ln_at_most};
pub use bootstrap::Bootstrap;
pub use cox::Cox;
pub use crossed::{TimeScale, VarianceShares, icc, variance_shares};
pub use geometric::{Distance, Early, Geometric};
pub use horizon::{horizon_auc, uno_concordance};
pub use interval::{ConfidenceInterval, Estimate};
pub use landmark::Landmark;
pub use median::median;
pub(crate) use normal::normal_quantile;
#[cfg(feature = "solver")]
pub(crate) use normal::normal_tail;
pub use permutation::{max_t_p, permutation_p};
pub use power_law::{LocalExponent, Point, PowerLaw, Sample, local_exponents, quantile_exponent};
pub use quantile::Quantile;
pub use rank::{RankCorrelation, concordance, kendall, ranks, spearman, superiority};
pub use share::wilson;
pub use survival::{KaplanMeier, Survival};
pub use threshold::{BoxCox, SolvedCount, Threshold};
pub use times::{Time, Times};
