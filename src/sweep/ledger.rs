use super::row::{Line, RawRow};
use super::sink::{EXTENSION, failed, shard_of};
use super::{Row, RowResult, Shard, Sweep};
use crate::experiment::Experiment;
use crate::sweep::error::{Result, SweepError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Counts of the rows in the files of a sweep, or of a shard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Runs with a row.
    pub done: u64,
    /// Runs whose row is a refusal; they count as done.
    pub refused: u64,
    /// Runs whose row is a panic; they count as done.
    pub panicked: u64,
    /// Rows that repeat an earlier, equal one.
    pub duplicates: u64,
    /// Rows of other settings or seeds.
    pub foreign: u64,
    /// Lines that are no rows, such as the last one of a process that was killed.
    pub torn: u64,
}

/// Which runs have a row, and where.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) files: Vec<PathBuf>,
    /// By the place of the run in the sweep.
    pub(super) entries: BTreeMap<u64, Entry>,
    pub(super) tally: Tally,
}

/// A row in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// A hash of the row.
    digest: u64,
    /// Where its line begins.
    pub(super) offset: u64,
    pub(super) file: u32,
    pub(super) is_panic: bool,
}

impl<E: Experiment> Sweep<E> {
    /// Reads the rows of a shard in the files of a folder, and hands every run's to `each`; a folder
    /// that does not exist has none.
    ///
    /// A run that panicked may be handed over again, when it has an outcome.
    pub(super) fn read(
        &self,
        folder: &Path,
        shard: Shard,
        mut each: impl FnMut(usize, u64, Row<E::Outcome>),
    ) -> Result<Ledger> {
        let mut files = files(folder)?;
        // Rows of a shard are in files of shards that it shares runs with.
        files.retain(|path| shard_of(path).is_none_or(|other| shard.meets(&other)));
        let mut ledger = Ledger::default();
        for path in files {
            let torn = for_each_row(&path, |offset, row| {
                let (setting, seeds) = (row.setting(), row.seeds());
                let Some((cell, run)) = self.place(&setting, &seeds) else {
                    ledger.tally.foreign += 1;
                    return Ok(());
                };
                let Ok(row) = row.read() else {
                    ledger.tally.torn += 1;
                    return Ok(());
                };
                let place = self.first_place(cell) + run;
                if shard.holds(&setting, &seeds) && ledger.enter(place, offset, &row, &path)? {
                    each(cell, run, row);
                }
                Ok(())
            })?;
            ledger.tally.torn += torn;
            ledger.files.push(path);
        }
        Ok(ledger)
    }
}

impl Ledger {
    /// Whether the row is news.
    fn enter<T: Serialize>(
        &mut self,
        place: u64,
        offset: u64,
        row: &Row<T>,
        path: &Path,
    ) -> Result<bool> {
        let entry = Entry {
            digest: digest(row),
            offset,
            file: self.files.len() as u32,
            is_panic: matches!(row.result, RowResult::Panicked { .. }),
        };
        let tally = &mut self.tally;
        match self.entries.get_mut(&place) {
            None => {
                self.entries.insert(place, entry);
                tally.done += 1;
                tally.panicked += u64::from(entry.is_panic);
                tally.refused += u64::from(matches!(row.result, RowResult::Refused { .. }));
                Ok(true)
            }
            Some(first) if first.digest == entry.digest || entry.is_panic => {
                tally.duplicates += 1;
                Ok(false)
            }
            Some(first) if first.is_panic => {
                *first = entry;
                tally.panicked -= 1;
                tally.refused += u64::from(matches!(row.result, RowResult::Refused { .. }));
                Ok(true)
            }
            Some(first) => Err(SweepError::Disagreement {
                first: match self.files.get(first.file as usize) {
                    Some(first) => first.clone(),
                    None => path.into(),
                },
                path: path.into(),
                row: serde_json::to_string(&row).expect("a row is data"),
            }),
        }
    }
}

fn digest<T: Serialize>(row: &Row<T>) -> u64 {
    xxh3_64(&serde_json::to_vec(row).expect("a row is data"))
}

/// The files of rows in a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(folder, source)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let paths: io::Result<Vec<PathBuf>> = paths.collect();
    let mut paths = paths.map_err(|source| failed(folder, source))?;
    paths.retain(|path| path.extension().is_some_and(|end| end == EXTENSION));
    paths.sort();
    Ok(paths)
}

/// Hands every row of a file to `then`, with the place of its line, and returns the number of lines that
/// are none.
fn for_each_row(path: &Path, mut then: impl FnMut(u64, RawRow<'_>) -> Result<()>) -> Result<u64> {
    let file = File::open(path).map_err(|source| failed(path, source))?;
    let (mut lines, mut line, mut torn) = (BufReader::new(file), Vec::new(), 0);
    let mut offset = 0;
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line);
        let length = read.map_err(|source| failed(path, source))?;
        if length == 0 {
            return Ok(torn);
        }
        match serde_json::from_slice(&line) {
            Ok(Line::Row(row)) => match RawRow::of(row) {
                Ok(row) => then(offset, row)?,
                Err(_) => torn += 1,
            },
            Ok(Line::Header { .. } | Line::Setting { .. } | Line::End { .. }) => {}
            Err(_) => torn += 1,
        }
        offset += length as u64;
    }
}
