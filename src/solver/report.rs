use super::{Limits, SampleSize};
use crate::access::{Access, Ledger};
use crate::error::{Error, Result};

/// What a solver expects to take, before it has drawn an example.
///
/// Numbers are expectations over the data and the solver's coins; [`words`](Plan::words) is exact where
/// [`is_exact`](Plan::is_exact) says so.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Plan {
    /// Examples, and the threshold for wrong labels; `None` for a solver that draws none.
    pub sample: Option<SampleSize>,
    /// Inputs at which the function is asked for.
    pub queries: f64,
    /// Statistical queries.
    pub statistical: f64,
    /// Attempts with new coins.
    pub attempts: f64,
    /// Attempts after which the solver gives up: S is missed in so many with probability δ at most.
    pub most_attempts: f64,
    /// Operations on words; see [`Ledger::words`].
    pub words: f64,
    /// Whether `words` is what the ledger will say, whatever the data.
    pub is_exact: bool,
    /// Accesses to random places of a large table.
    pub probes: f64,
    /// Multiplications of real numbers with an addition.
    pub multiply_adds: f64,
    /// Supports that are compared with labels.
    pub candidates: f64,
    /// Bytes of memory without the examples.
    pub bytes: u64,
}

impl Default for Plan {
    /// One attempt that takes nothing.
    fn default() -> Self {
        Plan {
            sample: None,
            queries: 0.0,
            statistical: 0.0,
            attempts: 1.0,
            most_attempts: 1.0,
            words: 0.0,
            is_exact: false,
            probes: 0.0,
            multiply_adds: 0.0,
            candidates: 0.0,
            bytes: 0,
        }
    }
}

impl Plan {
    /// A plan that holds so many bytes, if the limits allow it: before the rest is computed, which may take long.
    pub(super) fn of_bytes(bytes: u64, limits: &Limits) -> Result<Self> {
        let plan = Plan {
            bytes,
            ..Plan::default()
        };
        plan.within(limits)
    }

    /// Succeeds if it keeps the limits.
    ///
    /// # Errors
    /// [`Error::Room`] or [`Error::TooLong`].
    pub fn within(self, limits: &Limits) -> Result<Self> {
        let (needed, limit) = (self.bytes, limits.bytes);
        if needed > limit {
            return Err(Error::Room { needed, limit });
        }
        // Not a number is above every limit, too.
        if self.words.is_nan() || self.words > limits.words {
            let (words, limit) = (self.words, limits.words);
            return Err(Error::TooLong { words, limit });
        }
        Ok(self)
    }
}

/// A support that a solver accepts.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Fit {
    /// Its coordinates, ascending.
    pub support: Vec<usize>,
    /// How many labels are wrong.
    pub wrong: usize,
    /// How many examples were compared.
    pub examples: usize,
    /// The chance that any wrong support does as well on uniform inputs; see
    /// [`Problem::chance`](super::Problem::chance).
    pub chance: f64,
}

/// Among what the support of a verdict is known to be the only one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Uniqueness {
    /// Among all 2ⁿ sets: the inputs have rank n, or queries have told every coordinate.
    AmongAll,
    /// Among all sets of the sizes that k may have: each was examined.
    AmongSparse,
    /// Not examined: another one fits as well with this chance at most, on uniform inputs.
    Bound(f64),
    /// Nothing is claimed.
    Open,
}

/// How a solver ended.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Verdict {
    /// One support.
    Found(Fit, Uniqueness),
    /// Supports that fit equally well, by wrong labels and then in order: at most [`MOST_FITS`](super::MOST_FITS) of them,
    /// and how many there are.
    Several(Vec<Fit>, u64),
    /// No support of a size that k may have fits.
    NothingFits,
    /// Nothing was found in these attempts; a support was missed in so many with the probability stated at most.
    GaveUp {
        /// The number of attempts.
        attempts: u64,
        /// The probability with which S is missed in so many attempts.
        missed: f64,
    },
}

impl Verdict {
    /// The support, if there is only one.
    pub fn support(&self) -> Option<&[usize]> {
        match self {
            Verdict::Found(fit, _) => Some(&fit.support),
            _ => None,
        }
    }
}

/// The result of a solver.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Report {
    /// The name of the solver.
    pub solver: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What it expected to take.
    pub plan: Plan,
    /// What the access has given and the solver has taken, from the beginning of the access on.
    pub ledger: Ledger,
}

impl Report {
    /// The report of a solver of that name on what this access has given.
    pub fn of<A: Access + ?Sized>(solver: &str, verdict: Verdict, plan: Plan, access: &A) -> Self {
        let (solver, ledger) = (solver.into(), access.ledger().clone());
        Report {
            solver,
            verdict,
            plan,
            ledger,
        }
    }
}
