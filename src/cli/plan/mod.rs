//! What a sweep costs, and which limit it meets first.

mod cost;
mod limits;
mod pilot;
mod text;

use super::machine::Machine;
use super::{End, Result, Study, start};
use crate::experiment::Experiment;
use crate::sweep::Sweep;
use clap::Args;
use cost::{Done, Sample, Span, Work};
use limits::{Limit, Load};
use pilot::Pilot;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

/// Shards for each worker: many more than workers, so that none waits long for the last one.
const SHARDS: u64 = 16;
const MOST_SHARDS: u64 = 1000;
/// Seconds of a task, at least, unless there are workers without one: starting it takes some, too.
const TASK: f64 = 60.0;

/// The version of the object that is printed: it rises whenever a field gets another name or meaning.
const SCHEMA: u32 = 1;

/// What a plan takes into account, and how it is printed.
#[derive(Debug, Args)]
pub(super) struct Request {
    /// Folder of rows, if there are some: what they took is what others are expected to take
    #[arg(long)]
    out: Option<PathBuf>,
    /// Processes that work at a time [default: processors of this machine]
    #[arg(long)]
    workers: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The size of a sweep, and what is left of it.
#[derive(Debug, Serialize)]
struct Plan {
    schema: u32,
    experiment: &'static str,
    cells: usize,
    runs: u64,
    done: u64,
    /// `None` if all is done.
    left: Option<Left>,
}

/// What the runs that are not done take; times are in seconds, sizes in bytes.
#[derive(Debug, Serialize)]
struct Left {
    refused: Refused,
    measured: Measured,
    basis: Basis,
    /// Of one processor, if runs take what others took,
    expected: Span,
    /// and if every run takes all of its updates; `None` if these are not counted.
    most: Option<Span>,
    /// Of the largest run.
    memory: u64,
    workers: u64,
    shards: u64,
    load: Load,
    /// The nearest first.
    limits: Vec<Limit>,
}

/// The cells that cannot be run, among those that were looked at.
#[derive(Debug, Serialize)]
struct Refused {
    cells: usize,
    first: Option<First>,
}

#[derive(Debug, Serialize)]
struct First {
    cell: usize,
    name: String,
    reason: String,
}

/// What was measured now.
#[derive(Debug, Serialize)]
struct Measured {
    cells: usize,
    /// An update, or a whole run of an experiment whose work is not counted.
    unit: &'static str,
    /// Of the cheapest and of the dearest cell; `None` if nothing was measured.
    seconds: Option<(f64, f64)>,
}

/// What the expected time is derived from.
#[derive(Debug, Serialize)]
struct Basis {
    /// Cells of which one run was tried,
    tried: usize,
    /// and those of them whose run did not end in its time.
    unended: usize,
}

const UPDATE: &str = "update";
const RUN: &str = "run";

pub(super) fn plan<E: Experiment>(study: &Study, request: &Request) -> Result<End> {
    let (_, sweep) = study.read::<E>()?;
    let plan = Plan::of(&sweep, request)?;
    let mut to = io::stdout().lock();
    match request.json {
        true => writeln!(to, "{}", serde_json::to_string(&plan)?)?,
        false => write!(to, "{plan}")?,
    }
    Ok(End::Complete)
}

impl Plan {
    fn of<E: Experiment>(sweep: &Sweep<E>, request: &Request) -> Result<Self> {
        let out = request.out.as_deref();
        let table = out.map(|out| Done::of(sweep, out)).transpose()?;
        let done = table.as_ref().map_or(0, |table| table.survey.tally().done);
        let left = (done < sweep.len()).then(|| Left::of(sweep, table.as_ref(), request.workers));
        Ok(Plan {
            schema: SCHEMA,
            experiment: E::NAME,
            cells: sweep.cells().len(),
            runs: sweep.len(),
            done,
            left: left.transpose()?,
        })
    }
}

impl Left {
    fn of<E: Experiment>(
        sweep: &Sweep<E>,
        table: Option<&Done>,
        workers: Option<u64>,
    ) -> Result<Self> {
        let machine = Machine::of(None)?;
        let sample = Sample::of(sweep, machine.memory);
        if let (true, Some((cell, reason))) = (sample.costs.is_empty(), &sample.refused.0) {
            return Err(start::none_can(sweep, *cell, reason));
        }
        let pilot = Pilot::of(sweep, &sample, table);
        let work = Work::of(sweep, &sample, &pilot, table);
        let workers = workers.unwrap_or(machine.threads as u64).max(1);
        let shards = shards(&work, workers);
        let load = Load::of(sweep, &sample, &work, (workers, shards));
        let memories = sweep.cells().iter().map(|cell| cell.experiment.memory());
        let memory = memories.flatten().max().unwrap_or(0);
        let measured = Measured::of(&sample);
        let (tried, unended) = pilot.counts();
        Ok(Left {
            refused: Refused::of(sweep, &sample),
            basis: Basis { tried, unended },
            expected: work.expected,
            most: (measured.unit == UPDATE).then_some(work.most),
            limits: load.limits(&machine, memory, shards, work.most.longest),
            measured,
            memory,
            workers,
            shards,
            load,
        })
    }
}

fn shards(work: &Work, workers: u64) -> u64 {
    let worthwhile = workers.max((work.expected.all / TASK).ceil() as u64);
    let shards = SHARDS.saturating_mul(workers).min(MOST_SHARDS);
    shards.min(worthwhile).min(work.runs.max(1))
}

impl Refused {
    fn of<E: Experiment>(sweep: &Sweep<E>, sample: &Sample) -> Self {
        let (first, cells) = &sample.refused;
        let first = first.as_ref().map(|(cell, reason)| First {
            cell: *cell,
            name: sweep.names_of(&[*cell]).concat(),
            reason: reason.clone(),
        });
        Refused {
            cells: *cells,
            first,
        }
    }
}

impl Measured {
    fn of(sample: &Sample) -> Self {
        let is_counted = sample.costs.iter().any(|(_, cost)| cost.update > 0.0);
        let seconds = sample.costs.iter().map(|(_, cost)| match is_counted {
            true => cost.update,
            false => cost.run,
        });
        let seconds = seconds.filter(|seconds| *seconds > 0.0);
        let ends = |ends: Option<(f64, f64)>, seconds: f64| match ends {
            None => Some((seconds, seconds)),
            Some((least, most)) => Some((least.min(seconds), most.max(seconds))),
        };
        Measured {
            cells: sample.costs.len(),
            unit: if is_counted { UPDATE } else { RUN },
            seconds: seconds.fold(None, ends),
        }
    }
}
