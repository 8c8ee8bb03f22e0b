//! How soon do gated networks put their weight on S?

mod network;
mod parts;
mod problem;

use network::Gated;
use parts::{Normalized, ShareOnSupport, SquaredHinge};
use problem::Agreement;
use serde::{Deserialize, Serialize};
use sparse_parity::Result;
use sparse_parity::cli::Program;
use sparse_parity::experiment::Experiment;
use sparse_parity::model::AnyModel;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::trial::{Outcome, Trial};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

/// A trial whose network is gated, trained by normalised descent of the squared hinge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Gates {
    /// The number of neurons.
    width: usize,
    /// Everything else.
    trial: Trial,
}

/// How the run ended, and when the weight was on S.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Found {
    t: Option<u64>,
    steps: u64,
    /// The first recorded step at which half of the squared gate weights lie on S.
    half_on_support: Option<u64>,
    run: Outcome,
}

impl Default for Gates {
    fn default() -> Self {
        Gates {
            width: 20,
            trial: Trial {
                rate: 0.05.into(),
                max_steps: 5000,
                ..Trial::new(16, 2)
            },
        }
    }
}

impl Experiment for Gates {
    type Outcome = Found;
    const NAME: &'static str = "gates";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Found>> {
        let model = AnyModel::new(Gated::new(self.trial.n, self.width)?);
        let assembly = self.trial.assemble()?;
        let support = assembly.support(seeds)?;
        let share = ShareOnSupport::new(&model, "gate.weight", &support)?;
        let mut recorder = Recorder::new(Interval::every(10)?).with(share);
        let assembly = assembly
            .with_model(model)?
            .with_loss(SquaredHinge)
            .with_optimizer(0, Normalized::new);
        let Some(run) = assembly.observe_until(seeds, stop, &mut recorder)? else {
            return Ok(None);
        };
        let half = recorder.table().rows().iter().find(|row| row[1] > 0.5);
        Ok(Some(Found {
            t: run.t,
            steps: run.steps,
            half_on_support: half.map(|row| row[0] as u64),
            run,
        }))
    }

    fn memory(&self) -> Result<u64> {
        let model = AnyModel::new(Gated::new(self.trial.n, self.width)?);
        self.trial.assemble()?.with_model(model)?.memory()
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        self.trial.budget_mut()
    }

    fn work(found: &Found) -> Option<u64> {
        Some(found.steps)
    }

    fn time(found: &Found) -> Option<Time> {
        Some(found.run.time())
    }
}

fn main() -> ExitCode {
    Program::new().with::<Gates>().with::<Agreement>().main()
}
