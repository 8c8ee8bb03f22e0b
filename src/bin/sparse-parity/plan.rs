//! What a sweep costs, and which limit it meets first.

use crate::common::Result;
use crate::machine::Machine;
use crate::slurm::MOST_TASKS;
use crate::{End, Study};
use bytesize::ByteSize;
use sparse_parity::sweep::{Sweep, Table};
use sparse_parity::trial::Trial;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Cells whose cost is measured, and the time that this may take.
const SAMPLE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(20);
/// Seconds of updates in a measurement, at least.
const LEAST: f64 = 4e-3;
/// Runs that are measured together: enough for tiny networks to be worked on abreast.
const TOGETHER: u64 = 11;
/// Shards for each worker: many more than workers, so that none waits long for the last one.
const SHARDS: u64 = 16;
const MOST_SHARDS: u64 = 1000;
/// Seconds of a task, at least, unless there are workers without one: starting it takes some, too.
const TASK: f64 = 60.0;
/// Bytes of a row, without the coordinates of supports, and of settings before their first row.
const ROW: u64 = 220;
const SETTINGS: u64 = 250;
/// Bytes of memory for a run when rows are read or gathered.
const ENTRY: u64 = 100;

/// What a run of a cell costs one processor, in seconds.
#[derive(Debug, Clone, Copy)]
struct Cost {
    run: f64,
    update: f64,
}

impl Cost {
    fn of(&self, updates: f64) -> f64 {
        self.run + self.update * updates
    }

    fn measure(trial: &Trial) -> sparse_parity::Result<Self> {
        let timed = |runs: u64, max_steps| -> sparse_parity::Result<(f64, u64)> {
            let trial = Trial {
                max_steps,
                ..trial.clone()
            };
            let begin = Instant::now();
            let outcomes = trial.run_all((0..runs).map(Into::into))?;
            let seconds = begin.elapsed().as_secs_f64();
            Ok((seconds, outcomes.iter().map(|outcome| outcome.steps).sum()))
        };
        let (alone, _) = timed(1, 0)?;
        let runs = if alone < LEAST { TOGETHER } else { 1 };
        let (begin, _) = timed(runs, 0)?;
        let mut max_steps = 4.min(trial.max_steps);
        loop {
            let (seconds, steps) = timed(runs, max_steps)?;
            let updates = (seconds - begin).max(0.0);
            if updates > LEAST || max_steps == trial.max_steps {
                return Ok(Cost {
                    run: begin / runs as f64,
                    update: updates / steps.max(1) as f64,
                });
            }
            max_steps = (max_steps * 4).min(trial.max_steps);
        }
    }
}

/// Costs of a sample of cells.
struct Sample {
    costs: Vec<(usize, Cost)>,
    /// The first error of a cell that cannot be run, and the number of them.
    refused: (Option<(usize, String)>, usize),
}

impl Sample {
    fn of(sweep: &Sweep, memory: u64) -> Self {
        let (cells, begin) = (sweep.cells(), Instant::now());
        let count = cells.len().min(SAMPLE);
        let mut sample = Sample {
            costs: Vec::new(),
            refused: (None, 0),
        };
        // Even parts of the grid, in an order in which any beginning is spread over it.
        let mut places: Vec<usize> = (0..count).collect();
        places.sort_by_key(|place| (*place as u32).reverse_bits());
        for place in places {
            let cell = place * cells.len() / count;
            let trial = &cells[cell].trial;
            let measured = match trial.memory() {
                Ok(needed) if needed > memory => Err(sparse_parity::Error::Memory {
                    cell,
                    needed,
                    limit: memory,
                }),
                _ => Cost::measure(trial),
            };
            match measured {
                Ok(cost) => sample.costs.push((cell, cost)),
                Err(error) => {
                    sample.refused.1 += 1;
                    sample.refused.0.get_or_insert((cell, error.to_string()));
                }
            }
            if begin.elapsed() > PATIENCE {
                break;
            }
        }
        sample.costs.sort_by_key(|(cell, _)| *cell);
        sample
    }

    /// The cost of a cell that was measured, or that of the nearest one which was.
    fn cost(&self, cell: usize) -> Cost {
        let after = self
            .costs
            .partition_point(|(measured, _)| *measured <= cell);
        let place = after.saturating_sub(1);
        self.costs.get(place).map_or(
            Cost {
                run: 0.0,
                update: 0.0,
            },
            |(_, cost)| *cost,
        )
    }
}

/// What is left of a sweep, in seconds of one processor.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    runs: u64,
    /// If every run takes all of its updates,
    most: f64,
    /// and if they take what those took that are done.
    expected: f64,
    /// Of the longest run.
    longest: f64,
}

impl Work {
    fn of(sweep: &Sweep, sample: &Sample, table: Option<&Table>) -> Self {
        let updates = |cell: usize| {
            let records = table.map_or(&[][..], |table| table.records(cell));
            let steps: Vec<f64> = records
                .iter()
                .flatten()
                .map(|record| record.steps as f64)
                .collect();
            (!steps.is_empty()).then(|| steps.iter().sum::<f64>() / steps.len() as f64)
        };
        // Where nothing is done, runs take the share of their updates that they take elsewhere.
        let shares = (0..sweep.cells().len()).filter_map(|cell| {
            Some(updates(cell)? / sweep.cells()[cell].trial.max_steps.max(1) as f64)
        });
        let shares: Vec<f64> = shares.collect();
        let share = match shares.len() {
            0 => 1.0,
            count => shares.iter().sum::<f64>() / count as f64,
        };
        let mut work = Work::default();
        for (place, cell) in sweep.cells().iter().enumerate() {
            let done = table.map_or(0, |table| table.records(place).iter().flatten().count());
            let (left, cost) = (cell.seeding.len() - done as u64, sample.cost(place));
            let most = cell.trial.max_steps as f64;
            work.runs += left;
            work.most += left as f64 * cost.of(most);
            work.expected += left as f64 * cost.of(updates(place).unwrap_or(share * most));
            work.longest = work.longest.max(cost.of(most));
        }
        work
    }
}

pub fn plan(study: &Study, out: Option<&Path>, workers: Option<u64>) -> Result<End> {
    let (_, sweep) = study.read()?;
    let machine = Machine::of(None)?;
    let table = out.map(|out| sweep.table(out)).transpose()?;
    let sample = Sample::of(&sweep, machine.memory);
    let work = Work::of(&sweep, &sample, table.as_ref());
    let done = table.as_ref().map_or(0, |table| table.tally().done);
    let workers = workers.unwrap_or(machine.threads as u64).max(1);
    let seconds = if done > 0 { work.expected } else { work.most };
    let worthwhile = workers.max((seconds / TASK).ceil() as u64);
    let shards = SHARDS * workers;
    let shards = shards
        .min(MOST_SHARDS)
        .min(worthwhile)
        .min(work.runs.max(1));
    let mut to = io::stdout().lock();

    let (cells, measured) = (sweep.cells().len(), sample.costs.len());
    writeln!(to, "cells       {cells}")?;
    writeln!(
        to,
        "runs        {}, of which {} are to be made",
        sweep.len(),
        sweep.len() - done
    )?;
    if let (Some((cell, error)), count) = &sample.refused {
        let name = sweep.names_of(&[*cell]).concat();
        writeln!(
            to,
            "refused     {count} of the cells looked at, the first is cell {cell} ({name}): {error}"
        )?;
    }
    let sampled = match measured + sample.refused.1 < cells {
        true => format!(", sampled: {measured} of {cells} cells"),
        false => String::new(),
    };
    let updates = sample.costs.iter().map(|(_, cost)| cost.update);
    let (least, most) = (
        updates.clone().fold(f64::INFINITY, f64::min),
        updates.fold(0.0, f64::max),
    );
    if measured > 0 {
        writeln!(
            to,
            "update      {} to {} on one processor, measured now{sampled}",
            time(least),
            time(most)
        )?;
    }
    writeln!(
        to,
        "processors  {} if no run is solved before its last update",
        time(work.most)
    )?;
    if done > 0 {
        writeln!(
            to,
            "expected    {} by the updates of the {done} runs that are done",
            time(work.expected)
        )?;
    }
    let memory = sweep
        .cells()
        .iter()
        .filter_map(|cell| cell.trial.memory().ok())
        .max()
        .unwrap_or(0);
    writeln!(to, "memory      {} for the largest run", bytes(memory))?;
    writeln!(to, "shards      {shards} for {workers} workers")?;

    let load = Load::of(&sweep, &work, (workers, shards), done > 0);
    writeln!(
        to,
        "wall time   {} on {workers} workers, the longest run {}",
        time(load.wall),
        time(work.longest)
    )?;
    writeln!(
        to,
        "files       {shards} an attempt, {} in all, {} gathered",
        bytes(load.rows),
        bytes(load.gathered)
    )?;
    writeln!(
        to,
        "scheduler   {shards} tasks of {}, {:.2} a minute",
        time(load.task),
        load.tasks_a_minute
    )?;
    writeln!(to, "limits, the nearest first:")?;
    let mut limits = load.limits(&machine, memory, shards, work.longest);
    limits.sort_by(|a, b| b.share.total_cmp(&a.share));
    for limit in limits {
        writeln!(to, "  {:>9.3} %  {}", 100.0 * limit.share, limit.name)?;
    }
    Ok(End::Complete)
}

/// What the sweep asks of others.
struct Load {
    /// Seconds until the last run has ended.
    wall: f64,
    /// Seconds of a task.
    task: f64,
    tasks_a_minute: f64,
    /// Bytes.
    rows: u64,
    gathered: u64,
    /// Bytes of memory to gather.
    index: u64,
}

/// What the sweep takes of something of which there is only so much.
struct Limit {
    name: String,
    share: f64,
}

impl Load {
    fn of(sweep: &Sweep, work: &Work, (workers, shards): (u64, u64), is_known: bool) -> Self {
        let seconds = if is_known { work.expected } else { work.most };
        let task = seconds / shards as f64;
        let (mut rows, mut gathered) = (0_u64, 0_u64);
        for cell in sweep.cells() {
            let (runs, k) = (cell.seeding.len(), cell.trial.k as u64);
            let row = ROW + 8 * k;
            // The settings are written once in each file that has rows of them.
            rows += runs * row + SETTINGS * shards.min(runs);
            gathered += runs * (row + 100);
        }
        Load {
            wall: (seconds / workers as f64).max(work.longest * f64::from(work.runs > 0)),
            task,
            tasks_a_minute: 60.0 * workers as f64 / task.max(1e-3),
            rows,
            gathered,
            index: ENTRY * sweep.len(),
        }
    }

    fn limits(&self, machine: &Machine, memory: u64, shards: u64, longest: f64) -> Vec<Limit> {
        const DAY: f64 = 86_400.0;
        let limit = |name: String, used: f64, most: f64| Limit {
            name,
            share: used / most,
        };
        let machine = machine.memory;
        vec![
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
                "of the 10 tasks a minute that a scheduler likes".into(),
                self.tasks_a_minute.min(shards as f64),
                10.0,
            ),
            limit(
                "of a million files, ten attempts".into(),
                10.0 * shards as f64,
                1e6,
            ),
            limit("of 1 TB of rows".into(), self.rows as f64, 1e12),
            limit(
                format!("of {} of memory, by the largest run", bytes(machine)),
                memory as f64,
                machine as f64,
            ),
            limit(
                format!("of {} of memory, to gather", bytes(machine)),
                self.index as f64,
                machine as f64,
            ),
        ]
    }
}

fn bytes(count: u64) -> String {
    ByteSize::b(count).display().iec().to_string()
}

/// A time in the unit that fits it.
fn time(seconds: f64) -> String {
    let scales = [
        (86_400.0, "d"),
        (3600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
        (1e-3, "ms"),
        (1e-6, "µs"),
    ];
    let (unit, name) = scales
        .into_iter()
        .find(|(unit, _)| seconds >= *unit)
        .unwrap_or((1e-9, "ns"));
    format!("{:.1} {name}", seconds / unit)
}
