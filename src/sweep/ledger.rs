use super::budgets::Budgets;
use super::curves::Recorded;
use super::lines::{self, Found, FoundRow};
use super::sink::{EXTENSION, failed, shard_of};
use super::{Fault, Row, RowResult, Shard, Sweep};
use crate::experiment::Experiment;
use crate::sweep::error::{Result, SweepError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
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

/// Which runs have a row, and where.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) files: Vec<PathBuf>,
    /// By the place of the run in the sweep.
    pub(super) entries: BTreeMap<u64, Entry>,
    pub(super) tally: Tally,
    /// The first faults.
    pub(super) faults: Vec<Fault>,
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
    /// Whether the run has no outcome, and none to be recorded along.
    pub(super) is_refused: bool,
    /// Whether it is the row of a run with another budget.
    is_borrowed: bool,
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
        let mut budgets = None;
        for path in files {
            lines::for_each(&path, |found| {
                match found {
                    Found::Setting(key, text) if !self.places.contains_key(&key) => {
                        let budgets = budgets.get_or_insert_with(|| Budgets::of(self));
                        budgets.learn(key, text);
                    }
                    Found::Setting(..) => {}
                    Found::Torn => ledger.tally.torn += 1,
                    Found::Faulty(fault) => ledger.reject(fault),
                    Found::Row(row) => {
                        let others = budgets.as_ref();
                        let others = others.map_or(&[][..], |all| all.cells(&row.row.setting()));
                        self.take(&mut ledger, shard, &path, (row, others), &mut each)?;
                    }
                }
                Ok(())
            })?;
            ledger.files.push(path);
        }
        Ok(ledger)
    }

    /// Takes up a row, which may be one of `others`, cells with another budget.
    fn take(
        &self,
        ledger: &mut Ledger,
        shard: Shard,
        path: &Path,
        (found, others): (FoundRow<'_>, &[usize]),
        each: &mut impl FnMut(usize, u64, Row<E::Outcome>),
    ) -> Result<()> {
        let (of_row, seeds) = (found.row.setting(), found.row.seeds());
        let own = self.places.get(&of_row);
        let cells = own.map_or(others, std::slice::from_ref);
        let is_borrowed = own.is_none();
        let mut is_foreign = true;
        for &cell in cells {
            let Some(run) = self.cells[cell].seeding.place(&seeds) else {
                continue;
            };
            let (setting, experiment) = (self.keys[cell], &self.cells[cell].experiment);
            let Ok(row) = found.row.clone().with_setting(setting).read() else {
                ledger.tally.torn += 1;
                return Ok(());
            };
            if is_borrowed && !holds(experiment, &row) {
                continue;
            }
            is_foreign = is_borrowed;
            if let RowResult::Outcome(outcome) = &row.result
                && let Err(reason) = experiment.check_outcome(outcome)
            {
                ledger.reject(Fault::line(path, found.line, reason.to_string()));
                return Ok(());
            }
            if !shard.holds(&setting, &seeds) {
                continue;
            }
            ledger.tally.unverified += u64::from(!found.has_checksum);
            let place = self.first_place(cell) + run;
            if ledger.enter(place, (found.offset, is_borrowed), &row, path)? {
                each(cell, run, row);
            }
        }
        ledger.tally.foreign += u64::from(is_foreign);
        Ok(())
    }
}

/// Whether the row of a run with another budget is that of a run with these settings.
fn holds<E: Experiment>(experiment: &E, row: &Row<E::Outcome>) -> bool {
    match (&row.result, experiment.budget()) {
        (RowResult::Outcome(outcome), Some(budget)) => E::holds_with(outcome, budget),
        _ => false,
    }
}

impl Ledger {
    /// Forgets the rows of runs that have an outcome and no curve, and returns how many these were.
    pub(super) fn forget_unrecorded(&mut self, recorded: &Recorded) -> u64 {
        let before = self.entries.len();
        let is_kept = |place: &u64, entry: &mut Entry| {
            entry.is_panic || entry.is_refused || recorded.has(*place)
        };
        self.entries.retain(is_kept);
        (before - self.entries.len()) as u64
    }

    /// Counts what is passed over.
    fn reject(&mut self, fault: Fault) {
        self.tally.faults += 1;
        if self.faults.len() < FAULTS {
            self.faults.push(fault);
        }
    }

    /// Whether the row is news.
    fn enter<T: Serialize>(
        &mut self,
        place: u64,
        (offset, is_borrowed): (u64, bool),
        row: &Row<T>,
        path: &Path,
    ) -> Result<bool> {
        let entry = Entry {
            digest: digest(row),
            offset,
            file: self.files.len() as u32,
            is_panic: matches!(row.result, RowResult::Panicked { .. }),
            is_refused: matches!(row.result, RowResult::Refused { .. }),
            is_borrowed,
        };
        let tally = &mut self.tally;
        match self.entries.get_mut(&place) {
            None => {
                self.entries.insert(place, entry);
                tally.done += 1;
                tally.panicked += u64::from(entry.is_panic);
                tally.refused += u64::from(entry.is_refused);
                Ok(true)
            }
            Some(first) if first.digest == entry.digest || entry.is_panic => {
                if first.is_borrowed && !is_borrowed {
                    // The run has a row of its own.
                    *first = entry;
                } else if !is_borrowed {
                    tally.duplicates += 1;
                }
                Ok(false)
            }
            Some(first) if first.is_panic => {
                *first = entry;
                tally.panicked -= 1;
                tally.refused += u64::from(entry.is_refused);
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
