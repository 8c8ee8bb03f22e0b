use crate::access::Ledger;
use crate::error::Error;
use crate::solver::{AccessKind, Plan, Report, Uniqueness, Verdict};
use crate::stats::median;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The outcome of a [`Contest`](super::Contest).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contested {
    /// The name of the solver, or `sgd`.
    pub solver: String,
    /// The access that it has used.
    pub access: AccessKind,
    /// How it ended.
    pub ending: Ending,
    /// Whether it has found S.
    pub is_right: bool,
    /// The hidden support S, ascending.
    pub support: Vec<usize>,
    /// The support that was found, ascending, if there is only one.
    pub found: Option<Vec<usize>>,
    /// How many labels it gets wrong, by the solver.
    pub wrong: Option<usize>,
    /// The chance that any wrong support does as well, by the solver.
    pub chance: Option<f64>,
    /// Among what it is known to be the only one.
    pub unique: Option<Uniqueness>,
    /// How many supports fit.
    pub fits: u64,
    /// Why the solver has refused.
    pub refusal: Option<String>,
    /// What the solver expected to take; none of a trial, or after a refusal.
    pub plan: Option<Plan>,
    /// What it took; see [`Contest`](super::Contest) for that of a trial.
    pub ledger: Ledger,
    /// The processor time of the thread, if it was measured.
    pub seconds: Option<Seconds>,
}

/// How a contestant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ending {
    /// With one support.
    Found,
    /// With several supports.
    Several,
    /// No support fits.
    NothingFits,
    /// It gave up, or the trial was not solved.
    GaveUp,
    /// It refused to begin: noise that it does not bear, too few examples, or a plan beyond the limits.
    Refused,
}

/// Seconds of processor time of one thread.
///
/// The examples of a solver are drawn before and copied from memory; bringing them into its own form counts. Answering
/// queries counts, and so does all that a trial does: drawing, training and validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// The shortest time.
    pub best: f64,
    /// The median time.
    pub median: f64,
}

impl Seconds {
    /// The seconds of some repetitions; `None` if there are none.
    pub(super) fn of(times: &[f64]) -> Option<Self> {
        let best = times.iter().copied().min_by(f64::total_cmp)?;
        let median = median(times.iter().copied())?;
        Some(Seconds { best, median })
    }
}

impl Contested {
    /// Judges what a solver reports.
    pub(super) fn judge(report: Report, access: AccessKind, support: &[usize]) -> Self {
        let mut outcome = Contested::refused(report.solver, access, support, None);
        outcome.plan = Some(report.plan);
        outcome.ledger = report.ledger;
        outcome.is_right = report.verdict.support() == Some(support);
        outcome.ending = (&report.verdict).into();
        outcome.fits = match &report.verdict {
            Verdict::Found(..) => 1,
            Verdict::Several(_, count) => *count,
            Verdict::NothingFits | Verdict::GaveUp { .. } => 0,
        };
        if let Verdict::Found(fit, unique) = report.verdict {
            outcome.found = Some(fit.support);
            outcome.wrong = Some(fit.wrong);
            outcome.chance = Some(fit.chance);
            outcome.unique = Some(unique);
        }
        outcome
    }

    /// The outcome of a solver that took nothing.
    pub(super) fn refused(
        solver: String,
        access: AccessKind,
        support: &[usize],
        reason: Option<&Error>,
    ) -> Self {
        Contested {
            solver,
            access,
            ending: Ending::Refused,
            is_right: false,
            support: support.to_vec(),
            found: None,
            wrong: None,
            chance: None,
            unique: None,
            fits: 0,
            refusal: reason.map(ToString::to_string),
            plan: None,
            ledger: Ledger::default(),
            seconds: None,
        }
    }

    /// Operations on words by the ledger, divided by those of the plan; `None` if there is no plan, or none of any.
    pub fn words_over_plan(&self) -> Option<f64> {
        let planned = self.plan.as_ref()?.words;
        (planned > 0.0).then(|| self.ledger.words as f64 / planned)
    }
}

impl From<&Verdict> for Ending {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Found(..) => Ending::Found,
            Verdict::Several(..) => Ending::Several,
            Verdict::NothingFits => Ending::NothingFits,
            Verdict::GaveUp { .. } => Ending::GaveUp,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ending::Found => "found",
            Ending::Several => "several",
            Ending::NothingFits => "nothing-fits",
            Ending::GaveUp => "gave-up",
            Ending::Refused => "refused",
        })
    }
}
