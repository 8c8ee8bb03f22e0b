//! Many runs, each with its control: ρ of real and of random labels.

use crate::figure::Studio;
use crate::plateau::WEIGHTS;
use crate::resampled::{resampled, rng_of};
use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::Interval;
use sparse_parity::seeds::{LabRng, Seeds};
use sparse_parity::stats::{Time, superiority};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{self, MeasureKind, Outcome, Recording, Trial};
use std::sync::atomic::AtomicBool;

/// Above this error the accuracy has not moved yet.
pub const UNMOVED: f64 = 0.4;

/// Runs of a trial, and a control each that has the same weights to begin with, the same inputs, and
/// random labels.
#[derive(Debug)]
pub struct Study {
    name: String,
    /// The runs, by their seeds.
    pub runs: Vec<Run>,
    /// The controls, by their seeds.
    pub controls: Vec<Movement>,
}

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// How it ended.
    pub outcome: Outcome,
    /// How far the weights have moved.
    pub rho: Movement,
    /// The first recorded step at which the accuracy has moved.
    pub moved: Option<u64>,
}

/// ρ every so many steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Movement {
    stride: u64,
    rho: Vec<f64>,
}

impl Movement {
    /// ρ after `step` updates, or at the last recorded step before; infinite for a run that has diverged.
    pub fn at(&self, step: u64) -> f64 {
        let rho = self.rho.get((step / self.stride) as usize);
        rho.copied().unwrap_or(f64::INFINITY)
    }

    /// The last row of a run may be of another step.
    fn of(rows: &[Vec<f64>], stride: u64) -> Self {
        let even = rows.iter();
        let even = even.filter(|row| (row[0] as u64).is_multiple_of(stride));
        let rho = even.map(|row| row[1]).collect();
        Movement { stride, rho }
    }
}

/// A trial whose outcome says how far its first layer has moved along the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MovementTrial {
    /// The trial; the error is not measured if its labels are random.
    pub trial: Trial,
    /// The number of updates between two values of ρ.
    pub stride: u64,
}

impl Default for MovementTrial {
    fn default() -> Self {
        MovementTrial {
            trial: Trial::default(),
            stride: 10,
        }
    }
}

impl Experiment for MovementTrial {
    type Outcome = Run;
    const NAME: &'static str = "movement";
    const REVISION: u32 = trial::REVISION;

    fn revision(&self) -> u32 {
        self.trial.revision()
    }

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Run>> {
        let block = WEIGHTS.into();
        let mut measures = vec![MeasureKind::Movement { block }];
        if !self.trial.random_labels {
            measures.push(MeasureKind::Error);
        }
        let recording = Recording {
            measures,
            ..Recording::new(Interval::every(self.stride)?)
        };
        let assembly = self.trial.assemble()?;
        let run = assembly.record_until(seeds, &recording, stop)?;
        Ok(run.map(|run| {
            let rows = run.table.rows();
            let error = |row: &[f64]| row.get(2).copied().unwrap_or(f64::INFINITY);
            let moved = rows.iter().find(|row| error(row) <= UNMOVED);
            Run {
                rho: Movement::of(rows, self.stride),
                moved: moved.map(|row| row[0] as u64),
                outcome: run.outcome,
            }
        }))
    }

    fn time(run: &Run) -> Option<Time> {
        Some(run.outcome.time())
    }
}

impl Study {
    /// Makes the runs of the seeds 0, 1, … and their controls, and records ρ every `stride` steps.
    ///
    /// # Errors
    ///
    /// If the trial is refused, or rows cannot be written or read.
    pub fn make(
        studio: &Studio,
        name: impl Into<String>,
        trial: &Trial,
        runs: u64,
        stride: u64,
    ) -> Result<Self> {
        let name = name.into();
        let make = |part: &str, trial: Trial| -> Result<Vec<Run>> {
            let experiment = MovementTrial { trial, stride };
            let sweep = Sweep::new([Cell::new(experiment, runs)])?;
            Ok(studio.outcomes(part, &sweep)?.of(0).cloned().collect())
        };
        let made = make(&name, trial.clone())?;
        let last = made.iter().map(|run| run.outcome.steps).max();
        let control = Trial {
            random_labels: true,
            max_steps: last.unwrap_or(0),
            ..trial.clone()
        };
        let controls = make(&format!("{name}_controls"), control)?;
        Ok(Study {
            name,
            runs: made,
            controls: controls.into_iter().map(|control| control.rho).collect(),
        })
    }

    /// The number of runs that were solved.
    pub fn solved(&self) -> usize {
        let solved = |run: &&Run| run.outcome.t.is_some();
        self.runs.iter().filter(solved).count()
    }

    /// Finds whether the second criterion of the trial is met about when the first is, within a tenth of its time.
    ///
    /// # Errors
    ///
    /// If the finding cannot be printed.
    pub fn compare_criteria(&self, studio: &mut Studio, who: &str) -> Result {
        let second = |run: &Run| run.outcome.times.get(1).copied().flatten();
        let ratio = |run: &Run| Some(second(run)? as f64 / run.outcome.t? as f64);
        let mut ratios: Vec<f64> = self.runs.iter().filter_map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let claim = format!("{who}: a running accuracy of 75 % is reached at t_c");
        let at =
            |share: f64| ratios[((share * ratios.len() as f64) as usize).min(ratios.len() - 1)];
        let (number, holds) = match ratios.is_empty() {
            true => ("no run meets both criteria".into(), false),
            false => (
                format!(
                    "at {:.2} of it at the median ({:.2} and {:.2} at 5 and 95 % of {} runs)",
                    at(0.5),
                    at(0.05),
                    at(0.95),
                    ratios.len()
                ),
                (0.9..=1.1).contains(&at(0.5)),
            ),
        };
        studio.find(claim, number, holds)
    }

    /// A generator for resampling that belongs to the study.
    pub fn rng(&self) -> LabRng {
        rng_of(&self.name)
    }

    /// The probability that a run has a larger ρ than a control at the same step, which `when` says
    /// for each of the runs; runs without such a step do not count.
    ///
    /// # Errors
    ///
    /// If a ρ is not a number.
    pub fn separation(&self, when: impl Fn(&Run) -> Option<u64>) -> Result<Separation> {
        let against_all = |run: &Run| -> sparse_parity::Result<Option<Vec<f64>>> {
            let Some(step) = when(run) else {
                return Ok(None);
            };
            let rho = [run.rho.at(step)];
            let against = |control: &Movement| superiority(&rho, &[control.at(step)]);
            self.controls
                .iter()
                .map(against)
                .collect::<sparse_parity::Result<_>>()
                .map(Some)
        };
        let wins: sparse_parity::Result<_> = self.runs.iter().map(against_all).collect();
        Ok(Separation(wins?))
    }

    /// Finds whether ρ is larger on real labels halfway to the step at which the accuracy moves.
    ///
    /// # Errors
    ///
    /// If a ρ is not a number, or the finding cannot be printed.
    pub fn is_told_halfway(&self, studio: &mut Studio, who: &str) -> Result {
        let separation = self.separation(|run| Some(run.moved? / 2))?;
        let counted = separation.0.iter().flatten().count();
        let runs = self.runs.len();
        let claim = format!(
            "{who}: halfway to the first error below {UNMOVED}, ρ is larger than on random labels"
        );
        if counted == 0 {
            let number = format!("the accuracy of none of {runs} runs has moved");
            return studio.find(claim, number, false);
        }
        let share = resampled(runs, &mut self.rng(), |chosen| separation.among(chosen))?;
        let number = format!("P(ρ > ρ of a control) = {share:.2}, {counted} of {runs} runs");
        studio.find(claim, number, share.interval.low > 0.5)
    }
}

/// For each run that counts, whether its ρ is above that of each control: 1, 1/2 if equal, or 0.
#[derive(Debug)]
pub struct Separation(Vec<Option<Vec<f64>>>);

impl Separation {
    /// The probability that a run is above a control; NaN if no run counts.
    pub fn share(&self) -> f64 {
        let all: Vec<usize> = (0..self.0.len()).collect();
        self.among(&all)
    }

    /// The same for the chosen seeds, of runs and controls.
    fn among(&self, chosen: &[usize]) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for wins in chosen.iter().filter_map(|&run| self.0[run].as_ref()) {
            sum += chosen.iter().map(|&control| wins[control]).sum::<f64>();
            count += chosen.len() as f64;
        }
        sum / count
    }
}
