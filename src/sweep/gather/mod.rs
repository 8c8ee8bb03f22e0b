//! The outcomes of a sweep as one table.

mod columns;
mod fields;
mod format;
#[cfg(feature = "parquet")]
mod parquet;

use super::checksum::{Verdict, verdict};
use super::ledger::{Entry, Ledger};
use super::lines::MOST_BYTES;
use super::row::{Line, RawRow};
use super::sink::{failed, unwritten};
use super::{Key, Row, Shard, Sweep, Tally};
use crate::experiment::Experiment;
use crate::files;
use crate::sweep::error::Result;
use columns::Columns;
use format::Format;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

/// How many files of rows are open at a time.
const OPEN: usize = 64;

impl<E: Experiment> Sweep<E> {
    /// What tells cells from others: the paper's label, if the network has one, and the settings that
    /// are not the same in all cells, such as `xv: n = 20, rate.constant = 0.1`.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn names_of(&self, cells: &[usize]) -> Vec<String> {
        let columns = Columns::of(self);
        cells.iter().map(|cell| columns.name_of(*cell)).collect()
    }

    /// Writes the outcomes that are in the files of a folder to one table, CSV or Parquet.
    ///
    /// The file's name says which, by its end: `.csv`, or `.parquet` with the feature `parquet`. There is
    /// a line a run, in the order of cells and runs: it is the same file, to the bit, however the runs
    /// were shared out and interrupted. The columns are
    ///
    /// | column | |
    /// |---|---|
    /// | `cell`, `run` | places in the sweep, counted from 0 |
    /// | `key`, `label` | the [`Key`] of the settings, and the paper's label if the network has one |
    /// | settings that vary | such as `n` or `learner.width`; lists as JSON |
    /// | `seed` | or five columns `seeds.…` where these differ |
    /// | `status` | solved, unsolved, diverged, or error |
    /// | `t`, `steps`, `final_accuracy`, `support`, `recovered` | the [`Outcome`](crate::trial::Outcome) |
    /// | `times` | behind `t`, if a cell has [`criteria`](crate::trial::Trial::criteria): their times as JSON |
    /// | `error` | why there is no outcome |
    /// | the other settings | which are the same in every line; a given support is `support.given` |
    ///
    /// The file appears when it is complete, in place of one that may be there. What is kept in memory
    /// is a few numbers a run, not the rows.
    ///
    /// Parquet has the same columns with types, and null for what is empty. `cell`, `run`, `t` and
    /// `steps` are 64-bit integers, seeds unsigned ones, and `final_accuracy` is a double; a setting is a
    /// boolean, an integer or a double if its values in all cells are, and everything else is text. In
    /// Python, `polars.read_parquet("rows.parquet")` or `pandas.read_parquet("rows.parquet")` reads it.
    ///
    /// # Errors
    /// [`SweepError::InvalidValue`] if the name ends in neither, [`Error::Io`](crate::Error::Io) if a file cannot be read, [`SweepError::Disagreement`] if two rows of one run differ,
    /// [`SweepError::Rows`] if the table cannot be written.
    ///
    /// [`SweepError::InvalidValue`]: crate::sweep::SweepError::InvalidValue
    /// [`Error::Io`]: crate::Error::Io
    /// [`SweepError::Disagreement`]: crate::sweep::SweepError::Disagreement
    /// [`SweepError::Rows`]: crate::sweep::SweepError::Rows
    pub fn gather(&self, folder: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Tally> {
        let (folder, to) = (folder.as_ref(), to.as_ref());
        let format = Format::of(to)?;
        replace(to, |file| {
            let broken = |source| unwritten(to, source);
            let columns = Columns::of(self);
            let mut lines = format.begin(file, &columns).map_err(broken)?;
            let tally = self.each_row(folder, |cell, run, row| {
                let line = columns.line::<E>(cell, run, &row);
                lines.write(line).map_err(broken)
            })?;
            lines.finish().map_err(broken)?;
            Ok(tally)
        })
    }

    /// Hands over the rows in the files of a folder, in the order of cells and runs.
    fn each_row(
        &self,
        folder: &Path,
        mut then: impl FnMut(usize, u64, Row<E::Outcome>) -> Result<()>,
    ) -> Result<Tally> {
        let ledger = self.read(folder, Shard::default(), |_, _, _| ())?;
        let mut files = Files::new(&ledger);
        let (mut cell, mut line) = (0, Vec::new());
        for (&place, entry) in &ledger.entries {
            while place >= self.first[cell + 1] {
                cell += 1;
            }
            let row = files.read(self.keys[cell], entry, &mut line)?;
            then(cell, place - self.first[cell], row)?;
        }
        Ok(ledger.tally)
    }
}

/// Files of rows, of which those used last are open.
struct Files<'a> {
    ledger: &'a Ledger,
    open: Vec<(u32, BufReader<File>)>,
}

impl<'a> Files<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        let open = Vec::new();
        Files { ledger, open }
    }

    /// The row of an entry, as one of these settings.
    fn read<T: DeserializeOwned>(
        &mut self,
        setting: Key,
        entry: &Entry,
        line: &mut Vec<u8>,
    ) -> Result<Row<T>> {
        let path = &self.ledger.files[entry.file as usize];
        let broken = |source| failed(path, source);
        let place = self.open.iter().position(|(file, _)| *file == entry.file);
        let mut reader = match place {
            Some(place) => self.open.remove(place).1,
            None => BufReader::with_capacity(1 << 12, File::open(path).map_err(broken)?),
        };
        let here = reader.stream_position().map_err(broken)?;
        // Within the buffer nothing is read again.
        reader
            .seek_relative(entry.offset as i64 - here as i64)
            .map_err(broken)?;
        line.clear();
        let most = MOST_BYTES as u64;
        (&mut reader)
            .take(most)
            .read_until(b'\n', line)
            .map_err(broken)?;
        self.open.truncate(OPEN - 1);
        self.open.insert(0, (entry.file, reader));
        let row = match serde_json::from_slice(line) {
            Ok(Line::Row(row)) if verdict(line) != Verdict::Wrong => {
                let row = RawRow::of(row).map(|row| row.with_setting(setting));
                row.and_then(RawRow::read).ok()
            }
            _ => None,
        };
        let changed = || io::Error::other("it changed while it was read; gather again");
        row.ok_or_else(|| broken(changed()))
    }
}

/// Writes a file that takes its place when it is complete, in a folder that is made if it is missing.
pub(super) fn replace<T>(path: &Path, write: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
    let broken = |source| unwritten(path, source);
    fs::create_dir_all(files::folder_of(path)).map_err(broken)?;
    files::replace(path, broken, write)
}
