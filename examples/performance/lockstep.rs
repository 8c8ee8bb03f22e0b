//! The time of a step when many trials of a tiny network run together.

use crate::config::{Config, Network, STAY};
use sparse_parity::seeds::Seeds;
use sparse_parity::stats::median;
use sparse_parity::terminal::Result;
use sparse_parity::trial::{ActivationKind, Learner, MlpSettings, PolyNetSettings, Status, Trial};
use std::time::Instant;

/// Trials that are run together.
const TRIALS: u64 = 16;
/// Rounds in which they are timed.
const ROUNDS: u32 = 7;

impl Config {
    /// The same step as a whole trial on a (n, 3)-parity, of a network that is tiny.
    ///
    /// A trial has clean labels, its usual weights, and asks at every step whether it is at its end.
    fn trial(&self) -> Option<Trial> {
        let learner = match self.network {
            Network::Relu(width) if width <= 10 => Learner::Mlp(MlpSettings {
                width,
                output_bias: true,
                ..MlpSettings::default()
            }),
            Network::Sine => Learner::Mlp(MlpSettings {
                width: 1,
                activation: ActivationKind::Sine,
                output_layer: false,
                ..MlpSettings::default()
            }),
            Network::PolyNet(_) => Learner::PolyNet(PolyNetSettings::default()),
            _ => return None,
        };
        Some(Trial {
            learner,
            batch: self.batch,
            rate: STAY.into(),
            ..Trial::new(self.n, 3)
        })
    }

    /// The seconds of a step of one of many trials, for tiny networks.
    pub fn lockstep(&self, seconds: f64) -> Result<Option<f64>> {
        let Some(trial) = self.trial() else {
            return Ok(None);
        };
        let time = |steps| time(&trial, steps);
        // What a trial costs before its first step and after its last is taken away.
        let seconds = seconds / f64::from(ROUNDS);
        let mut steps = 16;
        while steps < 1 << 30 && time(steps)? - time(0)? < seconds {
            steps *= 2;
        }
        let round = |_| Ok((time(steps)? - time(0)?) / (steps * TRIALS) as f64);
        let rounds = (0..ROUNDS).map(round).collect::<Result<Vec<_>>>()?;
        Ok(median(rounds))
    }
}

/// The seconds of all trials with so many steps each.
fn time(trial: &Trial, steps: u64) -> Result<f64> {
    let trial = Trial {
        max_steps: steps,
        ..trial.clone()
    };
    let start = Instant::now();
    let outcomes = trial.run_all((0..TRIALS).map(Seeds::from))?;
    let time = start.elapsed().as_secs_f64();
    if let Some(outcome) = outcomes
        .iter()
        .find(|outcome| outcome.status != Status::Unsolved)
    {
        return Err(format!("a trial ended early: {outcome:?}").into());
    }
    Ok(time)
}
