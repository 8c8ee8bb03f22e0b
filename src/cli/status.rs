//! What is done, and its outcomes.

use super::{End, Result, Study};
use crate::experiment::Experiment;
use crate::sweep::{Fault, Survey, Sweep, Tally};
use std::io::{self, Write};
use std::path::Path;

/// Cells of which is told what is missing.
const CELLS: usize = 20;

pub(super) fn status<E: Experiment>(study: &Study, out: &Path) -> Result<End> {
    let (_, sweep) = study.read::<E>()?;
    let survey = sweep.survey(out, |_, _| ())?;
    let (tally, missing) = (survey.tally(), survey.missing());
    let mut to = io::stdout().lock();
    writeln!(to, "runs       {}", sweep.len())?;
    writeln!(to, "done       {}", tally.done)?;
    writeln!(to, "missing    {missing}")?;
    write_rest(&mut to, &tally)?;
    write_faults(&mut to, &tally, survey.faults())?;
    write_missing(&mut to, &sweep, &survey)?;
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
    )?;
    writeln!(
        to,
        "faulty     {} rows that were changed, or entries that are no files, left alone",
        tally.faults
    )?;
    writeln!(
        to,
        "unverified {} rows of earlier versions, which have no checksum",
        tally.unverified
    )
}

/// Tells what is passed over, and where.
fn write_faults(to: &mut impl Write, tally: &Tally, faults: &[Fault]) -> io::Result<()> {
    for fault in faults {
        writeln!(to, "faulty: {fault}")?;
    }
    match tally.faults - faults.len() as u64 {
        0 => Ok(()),
        others => writeln!(to, "and {others} others"),
    }
}

/// Tells which runs are missing.
fn write_missing<E: Experiment>(
    to: &mut impl Write,
    sweep: &Sweep<E>,
    survey: &Survey,
) -> io::Result<()> {
    let is_short = |cell: &usize| sweep.missing_of(survey, *cell).next().is_some();
    let short: Vec<usize> = (0..sweep.cells().len()).filter(is_short).collect();
    let told = &short[..short.len().min(CELLS)];
    for (&cell, name) in told.iter().zip(sweep.names_of(told)) {
        let runs = sweep.cells()[cell].seeding.len();
        let missing = runs - sweep.done_of(survey, cell);
        let places = ranges(sweep.missing_of(survey, cell));
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

/// Ranges of runs, such as 0-3, 7.
fn ranges(mut ranges: impl Iterator<Item = (u64, u64)>) -> String {
    let told = ranges.by_ref().take(CELLS);
    let told = told.map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    let told = told.collect::<Vec<String>>().join(", ");
    let more = if ranges.next().is_some() { ", ..." } else { "" };
    told + more
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
