//! What a sweep costs, and which limit it meets first.

mod cost;
mod limits;
mod pilot;

use super::machine::Machine;
use super::{End, Result, Study, start};
use crate::experiment::Experiment;
use bytesize::ByteSize;
use cost::{Done, Sample, Work};
use limits::{FAR, Load};
use pilot::Pilot;
use std::io::{self, Write};
use std::path::Path;

/// Shards for each worker: many more than workers, so that none waits long for the last one.
const SHARDS: u64 = 16;
const MOST_SHARDS: u64 = 1000;
/// Seconds of a task, at least, unless there are workers without one: starting it takes some, too.
const TASK: f64 = 60.0;

pub(super) fn plan<E: Experiment>(
    study: &Study,
    out: Option<&Path>,
    workers: Option<u64>,
) -> Result<End> {
    let (_, sweep) = study.read::<E>()?;
    let machine = Machine::of(None)?;
    let table = out.map(|out| Done::of(&sweep, out)).transpose()?;
    let done = table.as_ref().map_or(0, |table| table.survey.tally().done);
    if done == sweep.len() {
        let cells = sweep.cells().len();
        let told = format!(
            "cells       {cells}\nruns        {done}, all of them done; `gather` makes the table"
        );
        writeln!(io::stdout(), "{told}")?;
        return Ok(End::Complete);
    }
    let sample = Sample::of(&sweep, machine.memory);
    let measured = sample.costs.len();
    if let (0, (Some((cell, reason)), _)) = (measured, &sample.refused) {
        return Err(start::none_can(&sweep, *cell, reason));
    }
    let pilot = Pilot::of(&sweep, &sample, table.as_ref());
    let work = Work::of(&sweep, &sample, &pilot, table.as_ref());
    let workers = workers.unwrap_or(machine.threads as u64).max(1);
    let worthwhile = workers.max((work.expected.all / TASK).ceil() as u64);
    let shards = SHARDS.saturating_mul(workers);
    let shards = shards
        .min(MOST_SHARDS)
        .min(worthwhile)
        .min(work.runs.max(1));
    let mut to = io::stdout().lock();

    let cells = sweep.cells().len();
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
    // An experiment whose work is not counted, or not measured, has the whole run as its unit.
    let is_counted = sample.costs.iter().any(|(_, cost)| cost.update > 0.0);
    let unit = if is_counted { "update" } else { "run   " };
    let costs = sample.costs.iter().map(|(_, cost)| match is_counted {
        true => cost.update,
        false => cost.run,
    });
    let costs = costs.filter(|cost| *cost > 0.0);
    let (least, most) = (
        costs.clone().fold(f64::INFINITY, f64::min),
        costs.fold(0.0, f64::max),
    );
    if measured > 0 {
        writeln!(
            to,
            "{unit}      {} to {} on one processor, measured now{sampled}",
            time(least),
            time(most)
        )?;
    }
    let (tried, unended) = pilot.counts();
    let basis = match (done, tried, is_counted) {
        (0, 0, false) => "if runs are like those measured".into(),
        (0, _, _) => {
            format!("if runs take as many updates as one of each of {tried} cells, tried now")
        }
        (_, 0, _) => format!("by the updates of the {done} runs that are done"),
        (..) => format!(
            "by the updates of the {done} runs that are done, and one of each of {tried} other cells, tried now"
        ),
    };
    writeln!(
        to,
        "expected    {} of one processor, roughly: {basis}",
        time(work.expected.all)
    )?;
    if unended > 0 {
        writeln!(
            to,
            "            of {unended} cells the run did not end in its time and counts with all updates"
        )?;
    }
    if is_counted {
        writeln!(
            to,
            "at most     {} of one processor, if no run is solved before its last update",
            time(work.most.all)
        )?;
    }
    let memory = sweep
        .cells()
        .iter()
        .filter_map(|cell| cell.experiment.memory().ok())
        .max()
        .unwrap_or(0);
    writeln!(
        to,
        "memory      {} for the largest run",
        bytes(memory as f64)
    )?;
    writeln!(to, "shards      {shards} for {workers} workers")?;

    let load = Load::of(&sweep, &sample, &work, (workers, shards));
    writeln!(
        to,
        "wall time   {} on {workers} workers, the longest run {}, at most {}",
        time(load.wall),
        time(work.expected.longest),
        time(work.most.longest)
    )?;
    writeln!(
        to,
        "files       {shards} an attempt, {} in all, {} gathered",
        bytes(load.rows),
        bytes(load.gathered)
    )?;
    let rate = load.tasks_a_minute;
    let rate = rate.map_or(String::new(), |rate| format!(", {rate:.2} a minute"));
    writeln!(
        to,
        "scheduler   {shards} tasks of {}{rate}",
        time(load.task)
    )?;
    let limits = load.limits(&machine, memory, shards, work.most.longest);
    match limits.len() {
        0 => writeln!(to, "limits      less than {} % of each", 100.0 * FAR)?,
        _ => writeln!(to, "limits, the nearest first:")?,
    }
    for limit in limits {
        writeln!(to, "  {:>7.1} %  {}", 100.0 * limit.share, limit.name)?;
    }
    Ok(End::Complete)
}

fn bytes(count: f64) -> String {
    ByteSize::b(count as u64).display().iec().to_string()
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
