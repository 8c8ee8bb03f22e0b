//! Training runs as contestants.

use super::clock::seconds;
use super::{Contest, Contested, Ending};
use crate::access::Ledger;
use crate::data::ParityDistribution;
use crate::error::Result;
use crate::model::Architecture as _;
use crate::seeds::Seeds;
use crate::solver::{AccessKind, Uniqueness};
use crate::trial::{Outcome, Status, TargetKind, Trial};
use std::sync::atomic::AtomicBool;

pub(super) const NAME: &str = "sgd";

/// The trial on the contest's instances.
pub(super) fn trial(contest: &Contest, trial: &Trial, support: Option<&[usize]>) -> Trial {
    Trial {
        n: contest.n,
        k: contest.k,
        target: TargetKind::Parity,
        support: support.map(<[usize]>::to_vec),
        noise: contest.noise,
        samples: contest.examples,
        ..trial.clone()
    }
}

pub(super) fn run(
    contest: &Contest,
    settings: &Trial,
    distribution: &ParityDistribution,
    seeds: &Seeds,
    stop: &AtomicBool,
) -> Result<Option<Contested>> {
    let support = distribution.parity().support();
    let assembly = trial(contest, settings, Some(support)).assemble()?;
    let Some(outcome) = assembly.run_until(seeds, stop)? else {
        return Ok(None);
    };
    let parameters = assembly.model().layout().len();
    let ledger = ledger(assembly.trial(), parameters, &outcome)?;
    let solved = outcome.status == Status::Solved;
    let mut contested = Contested::refused(NAME.into(), AccessKind::Examples, support, None);
    contested.ending = if solved {
        Ending::Found
    } else {
        Ending::GaveUp
    };
    contested.is_right = solved && outcome.recovered == support;
    contested.fits = u64::from(solved);
    if solved {
        contested.unique = Some(Uniqueness::Open);
        contested.found = Some(outcome.recovered);
    }
    contested.ledger = ledger;
    contested.seconds = seconds(contest.repetitions, || {
        assembly.run_until(seeds, stop).map(drop)
    })?;
    Ok(Some(contested))
}

/// What a run has taken.
///
/// It draws B examples a step, or a sample once. Every step asks for the mean of a gradient's entries, a statistical query
/// each, with an error of about 1/√B. That is a guide: the queries of a step share their examples, and descent with exact
/// sums can compute more than queries of that tolerance can. A multiplication a parameter and example is counted forwards and
/// one backwards, which is less than the truth where weights are shared.
fn ledger(trial: &Trial, parameters: usize, outcome: &Outcome) -> Result<Ledger> {
    let (batch, parameters) = (trial.batch as u64, parameters as u64);
    let drawn = batch.saturating_mul(outcome.steps);
    let mut ledger = Ledger {
        examples: trial.samples.map_or(drawn, |m| m as u64),
        multiply_adds: drawn.saturating_mul(2 * parameters),
        attempts: 1,
        bytes: trial.memory()?,
        ..Ledger::default()
    };
    if outcome.steps > 0 {
        let queries = parameters.saturating_mul(outcome.steps);
        ledger.asks(queries, 1.0 / (batch as f64).sqrt());
    }
    Ok(ledger)
}
