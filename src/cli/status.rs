//! What is done, and its outcomes.

use super::{End, Result, Study};
use crate::experiment::Experiment;
use crate::sweep::{Fault, Key, Survey, Sweep, Tally};
use clap::Args;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Cells of which is told what is missing.
const CELLS: usize = 20;

/// The version of the objects that are printed: it rises whenever a field gets another name or meaning.
const SCHEMA: u32 = 1;

/// The tables that are gathered.
#[derive(Debug, Args)]
pub(super) struct Tables {
    /// The table, .csv, .jsonl, or .parquet if the program was installed with the feature parquet
    #[arg(long, value_name = "FILE", required_unless_present = "curves")]
    to: Option<PathBuf>,
    /// Tell of each row where it is from: its seconds, version, revision, machine, time and file. Such a table is another one
    /// if the runs are made again
    #[arg(long, requires = "to")]
    provenance: bool,
    /// The table of what was recorded, in the same forms, if the sweep file has record = [...]
    #[arg(long, value_name = "FILE")]
    curves: Option<PathBuf>,
}

pub(super) fn status<E: Experiment>(study: &Study, out: &Path, json: bool) -> Result<End> {
    let (file, sweep) = study.read::<E>()?;
    let survey = sweep.survey(out, |_, _| ())?;
    let (tally, missing) = (survey.tally(), survey.missing());
    let curves = file.recording()?;
    let curves = curves.map(|recording| sweep.count_curves(out, &recording));
    let curves = curves.transpose()?;
    // Runs without an outcome have no curve.
    let recordable = tally.done - tally.refused - tally.panicked;
    let mut to = BufWriter::new(io::stdout().lock());
    if json {
        let head = json!({
            "schema": SCHEMA,
            "experiment": E::NAME,
            "runs": sweep.len(),
            "done": tally.done,
            "missing": missing,
            "curves": curves,
            "faults": survey.faults().iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        let object = Object {
            head: with_rest(head, &tally),
            cells: Cells {
                sweep: &sweep,
                survey: &survey,
            },
        };
        serde_json::to_writer(&mut to, &object)?;
        writeln!(to)?;
    } else {
        writeln!(to, "runs       {}", sweep.len())?;
        writeln!(to, "done       {}", tally.done)?;
        writeln!(to, "missing    {missing}")?;
        if let Some(curves) = curves {
            writeln!(to, "curves     {curves} of {recordable}")?;
        }
        write_rest(&mut to, &tally)?;
        write_faults(&mut to, &tally, survey.faults())?;
        write_missing(&mut to, &sweep, &survey)?;
    }
    to.flush()?;
    let is_complete = missing == 0 && curves.is_none_or(|curves| curves >= recordable);
    Ok(match is_complete {
        true => End::Complete,
        false => End::Incomplete,
    })
}

/// The object of `status --json`, whose lists are written as they are found.
#[derive(Serialize)]
struct Object<'a, E: Experiment> {
    #[serde(flatten)]
    head: Value,
    cells: Cells<'a, E>,
}

/// The cells of a sweep.
struct Cells<'a, E> {
    sweep: &'a Sweep<E>,
    survey: &'a Survey,
}

/// One of them.
#[derive(Serialize)]
struct CellObject<'a, E: Experiment> {
    cell: usize,
    name: String,
    key: Key,
    runs: u64,
    done: u64,
    missing: Missing<'a, E>,
}

/// The ranges of the runs of a cell that are missing.
struct Missing<'a, E> {
    sweep: &'a Sweep<E>,
    survey: &'a Survey,
    cell: usize,
}

impl<E: Experiment> Serialize for Cells<'_, E> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let &Cells { sweep, survey } = self;
        let name = sweep.naming();
        let cells = sweep.cells().iter().enumerate();
        to.collect_seq(cells.map(|(cell, settings)| CellObject {
            cell,
            name: name(cell),
            key: sweep.key(cell),
            runs: settings.seeding.len(),
            done: sweep.done_of(survey, cell),
            missing: Missing {
                sweep,
                survey,
                cell,
            },
        }))
    }
}

impl<E: Experiment> Serialize for Missing<'_, E> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.sweep.missing_of(self.survey, self.cell))
    }
}

/// The object with what [`write_rest`] tells.
fn with_rest(mut object: Value, tally: &Tally) -> Value {
    for (name, count) in [
        ("refused", tally.refused),
        ("panicked", tally.panicked),
        ("duplicate", tally.duplicates),
        ("foreign", tally.foreign),
        ("torn", tally.torn),
        ("faulty", tally.faults),
        ("unverified", tally.unverified),
    ] {
        object[name] = count.into();
    }
    object
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

pub(super) fn gather<E: Experiment>(
    study: &Study,
    out: &Path,
    tables: &Tables,
    json: bool,
) -> Result<End> {
    let (file, sweep) = study.read::<E>()?;
    let mut told = io::stdout().lock();
    let mut object = json!({ "schema": SCHEMA, "experiment": E::NAME, "runs": sweep.len() });
    let mut end = End::Complete;
    if let Some(to) = &tables.to {
        let tally = match tables.provenance {
            true => sweep.gather_with_provenance(out, to)?,
            false => sweep.gather(out, to)?,
        };
        let (done, runs) = (tally.done, sweep.len());
        if done < runs {
            end = End::Incomplete;
        }
        match json {
            true => {
                object["table"] = with_rest(json!({ "file": to, "rows": done }), &tally);
            }
            false => {
                writeln!(told, "{}: {done} of {runs} runs", to.display())?;
                write_rest(&mut told, &tally)?;
            }
        }
    }
    if let Some(to) = &tables.curves {
        let recording = file.recording()?;
        let recording = recording.ok_or(
            "the sweep file records nothing; write record = [\"loss\", \"error\"] in it and run it, then gather the curves",
        )?;
        let curves = sweep.gather_curves(out, &recording, to)?;
        match json {
            true => object["curves"] = json!({ "file": to, "curves": curves }),
            false => writeln!(told, "{}: {curves} curves", to.display())?,
        }
    }
    if json {
        writeln!(told, "{object}")?;
    }
    Ok(end)
}
