//! The plan as lines for people.

use super::limits::FAR;
use super::{Basis, Left, Measured, Plan, UPDATE};
use bytesize::ByteSize;
use std::fmt::{Display, Formatter, Result};

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Plan {
            cells, runs, done, ..
        } = self;
        writeln!(f, "cells       {cells}")?;
        let Some(left) = &self.left else {
            return writeln!(
                f,
                "runs        {done}, all of them done; `gather` makes the table"
            );
        };
        writeln!(
            f,
            "runs        {runs}, of which {} are to be made",
            runs - done
        )?;
        left.write_times(f, self)?;
        left.write_load(f)
    }
}

impl Left {
    fn write_times(&self, f: &mut Formatter<'_>, plan: &Plan) -> Result {
        if let Some(first) = &self.refused.first {
            writeln!(
                f,
                "refused     {} of the cells looked at, the first is cell {} ({}): {}",
                self.refused.cells, first.cell, first.name, first.reason
            )?;
        }
        let Measured {
            cells,
            unit,
            seconds,
        } = &self.measured;
        if let Some((least, most)) = seconds {
            let sampled = match cells + self.refused.cells < plan.cells {
                true => format!(", sampled: {cells} of {} cells", plan.cells),
                false => String::new(),
            };
            writeln!(
                f,
                "{unit:<12}{} to {} on one processor, measured now{sampled}",
                time(*least),
                time(*most)
            )?;
        }
        writeln!(
            f,
            "expected    {} of one processor, roughly: {}",
            time(self.expected.all),
            self.basis.text(plan.done, *unit == UPDATE)
        )?;
        if self.basis.unended > 0 {
            writeln!(
                f,
                "            of {} cells the run did not end in its time and counts with all updates",
                self.basis.unended
            )?;
        }
        match self.most {
            None => Ok(()),
            Some(most) => writeln!(
                f,
                "at most     {} of one processor, if no run is solved before its last update",
                time(most.all)
            ),
        }
    }

    fn write_load(&self, f: &mut Formatter<'_>) -> Result {
        let Left {
            workers,
            shards,
            load,
            ..
        } = self;
        let longest = self.most.unwrap_or(self.expected).longest;
        writeln!(
            f,
            "memory      {} for the largest run\n\
             shards      {shards} for {workers} workers\n\
             wall time   {} on {workers} workers, the longest run {}, at most {}\n\
             files       {shards} an attempt, {} in all, {} gathered",
            bytes(self.memory as f64),
            time(load.wall),
            time(self.expected.longest),
            time(longest),
            bytes(load.rows),
            bytes(load.gathered)
        )?;
        let rate = load.tasks_a_minute;
        let rate = rate.map_or(String::new(), |rate| format!(", {rate:.2} a minute"));
        writeln!(f, "scheduler   {shards} tasks of {}{rate}", time(load.task))?;
        match self.limits.len() {
            0 => writeln!(f, "limits      less than {} % of each", 100.0 * FAR)?,
            _ => writeln!(f, "limits, the nearest first:")?,
        }
        self.limits
            .iter()
            .try_for_each(|limit| writeln!(f, "  {:>7.1} %  {}", 100.0 * limit.share, limit.name))
    }
}

impl Basis {
    fn text(&self, done: u64, is_counted: bool) -> String {
        match (done, self.tried, is_counted) {
            (0, 0, false) => "if runs are like those measured".into(),
            (0, tried, _) => {
                format!("if runs take as many updates as one of each of {tried} cells, tried now")
            }
            (_, 0, _) => format!("by the updates of the {done} runs that are done"),
            (_, tried, _) => format!(
                "by the updates of the {done} runs that are done, and one of each of {tried} other cells, tried now"
            ),
        }
    }
}

pub(super) fn bytes(count: f64) -> String {
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
