//! What a sweep takes of what there is only so much of.

use super::cost::{Sample, Span, Work};
use super::text::bytes;
use crate::cli::machine::Machine;
use crate::cli::slurm::MOST_TASKS;
use crate::experiment::Experiment;
use crate::sweep::Sweep;
use serde::Serialize;

/// Bytes of a row besides its outcome, of settings before their first row, and by how much a line of the
/// gathered table is longer than a row: rows of 179 bytes and lines of 203 were seen for trials with k = 3.
const ROW: f64 = 80.0;
const SETTINGS: f64 = 250.0;
const LINE: f64 = 20.0;
/// Bytes of memory for a run when rows are gathered.
const ENTRY: f64 = 50.0;

/// Limits of which a smaller share is taken are far away.
pub(super) const FAR: f64 = 0.01;

/// What the sweep takes of time, files and memory.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    /// Seconds until the last run has ended.
    pub(super) wall: f64,
    /// Seconds of a task.
    pub(super) task: f64,
    /// `None` if all tasks begin at once.
    pub(super) tasks_a_minute: Option<f64>,
    /// Bytes.
    pub(super) rows: f64,
    pub(super) gathered: f64,
    /// Bytes of memory to gather.
    gathering: f64,
}

/// The share that the sweep takes of something of which there is only so much.
#[derive(Debug, Serialize)]
pub(super) struct Limit {
    pub(super) name: String,
    pub(super) share: f64,
}

impl Load {
    pub(super) fn of<E: Experiment>(
        sweep: &Sweep<E>,
        sample: &Sample,
        work: &Work,
        (workers, shards): (u64, u64),
    ) -> Self {
        let Span { all, longest } = work.expected;
        let task = all / shards as f64;
        let (mut rows, mut gathered) = (0.0, 0.0);
        for (place, cell) in sweep.cells().iter().enumerate() {
            let runs = cell.seeding.len() as f64;
            let row = ROW + sample.cost(place).outcome as f64;
            // The settings are written once in each file that has rows of them.
            rows += runs * row + SETTINGS * runs.min(shards as f64);
            gathered += runs * (row + LINE);
        }
        Load {
            wall: (all / workers as f64).max(longest),
            task,
            tasks_a_minute: (shards > workers).then(|| 60.0 * workers as f64 / task.max(1e-3)),
            rows,
            gathered,
            gathering: ENTRY * sweep.len() as f64,
        }
    }

    /// The limits that are not far away, the nearest first.
    pub(super) fn limits(
        &self,
        machine: &Machine,
        memory: u64,
        shards: u64,
        longest: f64,
    ) -> Vec<Limit> {
        const DAY: f64 = 86_400.0;
        let limit = |name: String, used: f64, most: f64| Limit {
            name,
            share: used / most,
        };
        let machine = machine.memory;
        let mut limits = vec![
            limit(
                "of 24 hours for the longest run, which is not divided".into(),
                longest,
                DAY,
            ),
            limit("of 24 hours for a task".into(), self.task, DAY),
            limit("of 30 days until all is done".into(), self.wall, 30.0 * DAY),
            limit(
                format!("of the {MOST_TASKS} tasks of an array"),
                shards as f64,
                MOST_TASKS as f64,
            ),
            limit(
                "of a million files, ten attempts".into(),
                10.0 * shards as f64,
                1e6,
            ),
            limit("of 1 TB of rows".into(), self.rows, 1e12),
            limit(
                format!("of {} of memory, by the largest run", bytes(machine as f64)),
                memory as f64,
                machine as f64,
            ),
            limit(
                format!("of {} of memory, to gather", bytes(machine as f64)),
                self.gathering,
                machine as f64,
            ),
        ];
        limits.extend(self.tasks_a_minute.map(|rate| {
            let name = "of the 10 tasks a minute that a scheduler likes".into();
            limit(name, rate.min(shards as f64), 10.0)
        }));
        limits.retain(|limit| limit.share >= FAR);
        limits.sort_by(|a, b| b.share.total_cmp(&a.share));
        limits
    }
}
