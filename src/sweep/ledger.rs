//! Which runs have a row.

use super::places::Places;
use super::scan::{RunRow, Seen};
use super::sink::{EXTENSION, failed, shard_of};
use super::{Fault, Row, RowResult, Shard, Sweep};
use crate::experiment::Experiment;
use crate::sweep::error::{Result, SweepError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::ControlFlow;
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
    /// Rows of other settings or seeds; of a run with another [budget](Experiment::holds_with), one may count as done.
    pub foreign: u64,
    /// Lines that are no rows, such as the last one of a process that was killed.
    pub torn: u64,
    /// Rows of runs of the sweep without a checksum, as earlier versions wrote them.
    pub unverified: u64,
    /// Rows whose checksum is wrong or whose outcome is impossible, and entries of the folder that are no files; none of
    /// them counts as done.
    pub faults: u64,
}

/// The most faults that are kept.
const FAULTS: usize = 20;

/// Runs with several rows that are compared at a time, in 25 MB of memory: for each so many the rows are read once more.
const COMPARED: usize = 1 << 18;

/// Which runs have a row, in memory for a few bits of each and for no row.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) files: Vec<PathBuf>,
    /// The runs with a row,
    pub(super) done: Places,
    /// those of them without an outcome,
    pub(super) panicked: Places,
    pub(super) refused: Places,
    /// and those whose only row is one of a run with another budget.
    borrowed: Places,
    /// Runs with several rows that have to be the same.
    repeated: Places,
    pub(super) tally: Tally,
    /// The first faults.
    pub(super) faults: Vec<Fault>,
    /// Whether there was no time for all rows.
    pub(super) is_partial: bool,
}

/// What a row is beside earlier ones of its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The first row, or the first that is none of a panic.
    First,
    /// A row of the run itself, where the first was one of a run with another budget.
    Own,
    /// A row that changes nothing.
    None,
}

impl<E: Experiment> Sweep<E> {
    /// Reads the rows of a shard in the files of a folder, and hands those that are news to `each`; a folder that does not
    /// exist has none. It ends once `is_late`.
    ///
    /// Rows of one run are compared when all are read: only then they are known to be the same.
    pub(super) fn read(
        &self,
        folder: &Path,
        shard: Shard,
        is_late: &dyn Fn() -> bool,
        mut each: impl FnMut(News, RunRow<E::Outcome>),
    ) -> Result<Ledger> {
        let mut files = files(folder)?;
        // Rows of a shard are in files of shards that it shares runs with.
        files.retain(|path| shard_of(path).is_none_or(|other| shard.meets(&other)));
        let mut ledger = Ledger::default();
        let mut flow = self.scan(&files, shard, is_late, |seen| {
            match seen {
                Seen::Foreign => ledger.tally.foreign += 1,
                Seen::Torn => ledger.tally.torn += 1,
                Seen::Faulty(fault) => ledger.reject(fault),
                Seen::Run(found) => {
                    let place = self.first_place(found.cell) + found.run;
                    match ledger.enter(place, &found) {
                        News::None => {}
                        news => each(news, found),
                    }
                }
            }
            Ok(())
        })?;
        ledger.files = files;
        if flow.is_continue() {
            flow = self.compare(&ledger, shard, is_late)?;
        }
        ledger.is_partial = flow.is_break();
        Ok(ledger)
    }

    /// Succeeds if rows of one run are the same.
    fn compare(
        &self,
        ledger: &Ledger,
        shard: Shard,
        is_late: &dyn Fn() -> bool,
    ) -> Result<ControlFlow<()>> {
        let mut from = 0;
        loop {
            let places = ledger.repeated.within(from..self.len()).take(COMPARED);
            // The hashes of the first rows, and their files.
            let mut first: BTreeMap<u64, Option<(u64, u32)>> =
                places.map(|place| (place, None)).collect();
            let Some((&last, _)) = first.last_key_value() else {
                return Ok(ControlFlow::Continue(()));
            };
            let flow = self.scan(&ledger.files, shard, is_late, |seen| {
                let Seen::Run(found) = seen else {
                    return Ok(());
                };
                let place = self.first_place(found.cell) + found.run;
                match first.get_mut(&place) {
                    Some(first) if !found.is_panic() => ledger.compare(first, &found),
                    _ => Ok(()),
                }
            })?;
            if flow.is_break() {
                return Ok(flow);
            }
            from = last + 1;
        }
    }
}

impl Ledger {
    /// Forgets the rows of runs that have an outcome and no curve, and returns how many these were.
    pub(super) fn forget_unrecorded(&mut self, recorded: &Places) -> u64 {
        let sets = [&self.panicked, &self.refused, recorded];
        self.done
            .retain(|place| sets.iter().any(|set| set.contains(place)))
    }

    /// Counts what is passed over.
    fn reject(&mut self, fault: Fault) {
        self.tally.faults += 1;
        if self.faults.len() < FAULTS {
            self.faults.push(fault);
        }
    }

    /// Takes up a row of the run at that place.
    fn enter<T>(&mut self, place: u64, found: &RunRow<T>) -> News {
        let tally = &mut self.tally;
        tally.unverified += u64::from(!found.has_checksum);
        let is_first = self.done.insert(place);
        if is_first || !found.is_panic() && self.panicked.remove(place) {
            match is_first {
                true => tally.done += 1,
                false => tally.panicked -= 1,
            }
            match &found.row.result {
                RowResult::Outcome(_) => {}
                RowResult::Refused { .. } => {
                    tally.refused += 1;
                    self.refused.insert(place);
                }
                RowResult::Panicked { .. } => {
                    tally.panicked += 1;
                    self.panicked.insert(place);
                }
            }
            if found.is_borrowed {
                self.borrowed.insert(place);
            }
            return News::First;
        }
        // A panic says nothing against another row.
        if !found.is_panic() {
            self.repeated.insert(place);
            if !found.is_borrowed && self.borrowed.remove(place) {
                return News::Own;
            }
        }
        tally.duplicates += u64::from(!found.is_borrowed);
        News::None
    }

    /// Compares a row with the first one of its run, if it is not that itself.
    fn compare<T: Serialize>(
        &self,
        first: &mut Option<(u64, u32)>,
        found: &RunRow<T>,
    ) -> Result<()> {
        let own = (digest(&found.row), found.location.file);
        let (digest, file) = *first.get_or_insert(own);
        if digest == own.0 {
            return Ok(());
        }
        Err(SweepError::Disagreement {
            first: self.files[file as usize].clone(),
            path: self.files[own.1 as usize].clone(),
            row: serde_json::to_string(&found.row).expect("a row is data"),
        })
    }
}

fn digest<T: Serialize>(row: &Row<T>) -> u64 {
    xxh3_64(&serde_json::to_vec(row).expect("a row is data"))
}

/// The files of rows in a folder, in the order of their names.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    files_of(folder, EXTENSION)
}

/// The files in a folder whose names end so, in the order of their names.
pub(super) fn files_of(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(folder, source)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let paths: io::Result<Vec<PathBuf>> = paths.collect();
    let mut paths = paths.map_err(|source| failed(folder, source))?;
    paths.retain(|path| path.extension().is_some_and(|end| end == extension));
    paths.sort();
    Ok(paths)
}
