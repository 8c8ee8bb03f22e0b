//! Solvers and trials on the same instances, their cost in the same ledger (feature `sweep`).
//!
//! A [`Contest`] is an [`Experiment`]: one contestant on one instance a seed, so that a
//! [`Sweep`](crate::sweep::Sweep) of contests is a table of who wins where. The contest draws the instance, hands the
//! solver nothing but its access, and compares the answer with S afterwards.
//!
//! ```
//! use sparse_parity::contest::{Contest, Ending};
//! use sparse_parity::prelude::*;
//! use sparse_parity::solver::SolverKind;
//! use sparse_parity::trial::Trial;
//!
//! let contest = |contestant| Contest { n: 12, k: 2, contestant, ..Contest::default() };
//! let elimination = contest(SolverKind::Elimination.into()).run(&1.into())?;
//! let sgd = contest(Trial::default().into()).run(&1.into())?;
//! assert_eq!((elimination.ending, sgd.ending), (Ending::Found, Ending::Found));
//! assert!(elimination.is_right && sgd.is_right);
//! assert!(elimination.ledger.examples < sgd.ledger.examples);
//! # Ok::<(), sparse_parity::Error>(())
//! ```

mod clock;
mod outcome;
mod replay;
mod run;
mod sgd;

pub use outcome::{Contested, Ending, Seconds};

use crate::data::ParityDistribution;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::seeds::{Purpose, Seeds};
use crate::solver::{Limits, Noise, Problem, SolverKind};
use crate::trial::Trial;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// One contestant on an instance of the sparse parity problem that the seeds draw.
///
/// Contestants with the same other settings and seeds get the same S, and of a given number of examples the same sample.
///
/// The outcome is the same for the same seeds, except for [`Contested::seconds`], which is there if
/// [`repetitions`](Contest::repetitions) is not 0. Rows with seconds of two machines disagree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contest {
    /// The number of coordinates n.
    pub n: usize,
    /// The number of relevant coordinates k.
    pub k: usize,
    /// The hidden support S; drawn from the seeds if `None`.
    pub support: Option<Vec<usize>>,
    /// The largest k that solvers are told, from 1 on; they are told k itself if `None`.
    pub most_k: Option<usize>,
    /// The probability p that a label is flipped, which solvers are told.
    pub noise: f64,
    /// The number of examples m; as many fresh ones as the contestant takes if `None`. Solvers that ask have no use for it.
    pub examples: Option<usize>,
    /// Who solves it.
    pub contestant: Contestant,
    /// The probability δ with which a solver may fail.
    pub failure: f64,
    /// What a solver may take.
    pub limits: Limits,
    /// How often the time is measured.
    pub repetitions: usize,
}

/// A solver, or a training run by stochastic gradient descent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Contestant {
    /// A trial, whose n, k, target, support, noise and samples are those of the contest.
    Sgd(Box<Trial>),
    /// A solver.
    #[serde(untagged)]
    Solver(SolverKind),
}

impl From<SolverKind> for Contestant {
    fn from(kind: SolverKind) -> Self {
        Contestant::Solver(kind)
    }
}

impl From<Trial> for Contestant {
    fn from(trial: Trial) -> Self {
        Contestant::Sgd(Box::new(trial))
    }
}

impl Contestant {
    /// The name of the solver, or `sgd`.
    pub fn name(&self) -> &'static str {
        match self {
            Contestant::Sgd(_) => sgd::NAME,
            Contestant::Solver(kind) => kind.name(),
        }
    }
}

impl Default for Contest {
    /// Elimination on clean (50, 3)-parities, with fresh examples and δ = 0.01; no time is measured.
    fn default() -> Self {
        Contest {
            n: 50,
            k: 3,
            support: None,
            most_k: None,
            noise: 0.0,
            examples: None,
            contestant: SolverKind::Elimination.into(),
            failure: 0.01,
            limits: Limits::default(),
            repetitions: 0,
        }
    }
}

impl Contest {
    /// The problem as solvers are told it.
    ///
    /// # Errors
    /// Those of the constructors of [`Problem`].
    pub fn problem(&self) -> Result<Problem> {
        let told = match self.most_k {
            None => self.k..=self.k,
            Some(most) => 1..=most,
        };
        let problem = Problem::with_degrees(self.n, told)?.with_noise(Noise::of(self.noise)?)?;
        Ok(problem.with_failure(self.failure)?.with_limits(self.limits))
    }

    /// The distribution of the examples of an instance.
    fn distribution(&self, seeds: &Seeds) -> Result<ParityDistribution> {
        let distribution = match &self.support {
            None => {
                let rng = &mut seeds.stream(Purpose::Support);
                ParityDistribution::random(self.n, self.k, rng)?
            }
            Some(support) if support.len() != self.k => {
                return Err(Error::Mismatch {
                    what: "the size of the support",
                    expected: self.k,
                    found: support.len(),
                    repair: "list k coordinates, or change k",
                });
            }
            Some(support) => ParityDistribution::new(self.n, support)?,
        };
        distribution.with_label_noise(self.noise)
    }
}

impl Experiment for Contest {
    type Outcome = Contested;
    const NAME: &'static str = "contest";
    /// 3 since meeting in the middle fills a large table a part at a time, and plans and counts that.
    const REVISION: u32 = 3;

    /// Other solvers are as they were at revision 2, and trials as at revision 1.
    fn revision(&self) -> u32 {
        match self.contestant {
            Contestant::Sgd(_) => 1,
            Contestant::Solver(SolverKind::MeetInTheMiddle(_) | SolverKind::NoisyMeet) => {
                Self::REVISION
            }
            Contestant::Solver(_) => 2,
        }
    }

    /// A solver is not stopped once it has begun: the limits say how long it may take.
    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Contested>> {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let problem = self.problem()?;
        let distribution = self.distribution(seeds)?;
        match &self.contestant {
            Contestant::Sgd(trial) => sgd::run(self, trial, &distribution, seeds, stop),
            Contestant::Solver(kind) => {
                run::run(self, kind, &problem, distribution, seeds).map(Some)
            }
        }
    }

    /// The plan of a solver and its examples, twice, as they are kept by rows and by columns; the memory of a trial.
    fn memory(&self) -> Result<u64> {
        match &self.contestant {
            Contestant::Sgd(trial) => sgd::trial(self, trial, None).memory(),
            Contestant::Solver(kind) => {
                // What is refused takes no memory.
                let plan = kind.plan(&self.problem()?).unwrap_or_default();
                let planned = plan.sample.map_or(0, |sample| sample.examples);
                let examples = self.examples.unwrap_or(planned) as u64;
                let bytes = examples.saturating_mul(self.n as u64 / 8 + 16);
                Ok(plan.bytes.saturating_add(bytes.saturating_mul(2)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
