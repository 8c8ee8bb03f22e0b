//! What is done, and its outcomes.

use super::{End, Result, Study};
use crate::experiment::Experiment;
use crate::sweep::{Outcomes, Record, Sweep, Tally};
use std::io::{self, Write};
use std::path::Path;

/// Cells of which is told what is missing.
const CELLS: usize = 20;

pub(super) fn status<E: Experiment>(study: &Study, out: &Path) -> Result<End> {
    let (_, sweep) = study.read::<E>()?;
    let table = sweep.summaries(out, |_| ())?;
    let (tally, missing) = (table.tally(), table.missing());
    let mut to = io::stdout().lock();
    writeln!(to, "runs       {}", sweep.len())?;
    writeln!(to, "done       {}", tally.done)?;
    writeln!(to, "missing    {missing}")?;
    write_rest(&mut to, &tally)?;
    write_missing(&mut to, &sweep, &table)?;
    Ok(if missing == 0 {
        End::Complete
    } else {
        End::Incomplete
    })
}

fn write_rest(to: &mut impl Write, tally: &Tally) -> io::Result<()> {
    let failed = tally.refused + tally.panicked;
    writeln!(
        to,
        "failed     {failed} of the done: {} refused, {} panicked; the gathered table says why",
        tally.refused, tally.panicked
    )?;
    writeln!(
        to,
        "duplicate  {} rows, the same as others",
        tally.duplicates
    )?;
    writeln!(
        to,
        "foreign    {} rows of other settings or seeds, left alone",
        tally.foreign
    )?;
    writeln!(
        to,
        "torn       {} lines that are no rows, left alone",
        tally.torn
    )
}

/// Tells which runs are missing.
fn write_missing<E: Experiment>(
    to: &mut impl Write,
    sweep: &Sweep<E>,
    table: &Outcomes<()>,
) -> io::Result<()> {
    let is_short = |cell: &usize| table.records(*cell).iter().any(Option::is_none);
    let short: Vec<usize> = (0..sweep.cells().len()).filter(is_short).collect();
    let told = &short[..short.len().min(CELLS)];
    for (&cell, name) in told.iter().zip(sweep.names_of(told)) {
        let records = table.records(cell);
        let missing = records.iter().filter(|record| record.is_none()).count();
        let (runs, places) = (records.len(), ranges(records));
        writeln!(
            to,
            "missing of cell {cell} ({name}): {missing} of {runs}, runs {places}"
        )?;
    }
    if short.len() > CELLS {
        writeln!(to, "and of {} other cells", short.len() - CELLS)?;
    }
    Ok(())
}

/// The places without a record, such as 0-3, 7.
fn ranges(records: &[Option<Record<()>>]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (run, record) in records.iter().enumerate() {
        match ranges.last_mut() {
            _ if record.is_some() => {}
            Some((_, last)) if *last + 1 == run => *last = run,
            _ => ranges.push((run, run)),
        }
    }
    let more = if ranges.len() > CELLS { ", ..." } else { "" };
    let told = ranges
        .iter()
        .take(CELLS)
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        });
    told.collect::<Vec<String>>().join(", ") + more
}

pub(super) fn gather<E: Experiment>(study: &Study, out: &Path, to: &Path) -> Result<End> {
    let (_, sweep) = study.read::<E>()?;
    let tally = sweep.gather(out, to)?;
    let (done, runs) = (tally.done, sweep.len());
    let mut told = io::stdout().lock();
    writeln!(told, "{}: {done} of {runs} runs", to.display())?;
    write_rest(&mut told, &tally)?;
    Ok(if done == runs {
        End::Complete
    } else {
        End::Incomplete
    })
}
