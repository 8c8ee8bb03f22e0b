//! The outcomes of a sweep as one table.

mod columns;
mod fields;
mod rows;

use super::curves::Recorded;
use super::sink::unwritten;
use super::{Key, Sweep, Tally};
use crate::experiment::Experiment;
use crate::files;
use crate::measure::Recording;
use crate::seeds::Seeds;
use crate::sweep::error::{Result, SweepError};
use crate::tables::{Column, Format, Scalar};
use columns::{Columns, Names, VERSION};
use std::fs::{self, File};
use std::path::Path;

impl<E: Experiment> Sweep<E> {
    /// What tells cells from others: the paper's label, if the network has one, and the settings that
    /// are not the same in all cells, such as `xv: n = 20, rate.constant = 0.1`.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn names_of(&self, cells: &[usize]) -> Vec<String> {
        cells.iter().copied().map(self.naming()).collect()
    }

    /// What finds the [name](Sweep::names_of) of one cell after the other.
    pub(crate) fn naming(&self) -> impl Fn(usize) -> String {
        let names = Names::of(self);
        move |cell| names.of_cell(cell)
    }

    /// Writes the outcomes that are in the files of a folder to one table, CSV, JSON lines or Parquet.
    ///
    /// The file's name says which, by its end: `.csv`, `.jsonl`, or `.parquet` with the feature `parquet`. There is
    /// a line a run, in the order of cells and runs: it is the same file, to the bit, however the runs
    /// were shared out and interrupted. The columns depend on the type of the experiment alone, so that tables of several
    /// sweeps can be put together:
    ///
    /// | column | |
    /// |---|---|
    /// | `cell`, `run` | places in the sweep, counted from 0 |
    /// | `key`, `label` | the [`Key`] of the settings, and the paper's label if the network has one |
    /// | all settings | in the order of [`Schema::leaves`](crate::schema::Schema::leaves), such as `n`, `learner.width`, `rate.constant`; a given support is `support.given` |
    /// | `seeds.support`, `seeds.init`, `seeds.train`, `seeds.noise`, `seeds.eval` | the five seeds |
    /// | `status` | solved, unsolved, diverged, or error |
    /// | `t`, `times`, `steps`, `final_accuracy`, `support`, `recovered` | the [`Outcome`](crate::trial::Outcome) |
    /// | `error` | why there is no outcome |
    ///
    /// The file appears when it is complete, in place of one that may be there. What is kept in memory
    /// is a few numbers a run, not the rows.
    ///
    /// Columns have types in Parquet, with null for what is empty: integers and doubles of 64 bits, booleans, text and lists;
    /// seeds and budgets are unsigned. In CSV a list is JSON. In
    /// Python, `polars.read_parquet("rows.parquet")` or `pandas.read_parquet("rows.parquet")` reads it.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`](crate::Error::InvalidSetting) if the name ends in none of these, [`Error::Io`](crate::Error::Io) if a file cannot be read, [`SweepError::Disagreement`] if two rows of one run differ,
    /// [`SweepError::Rows`] if the table cannot be written.
    ///
    /// [`SweepError::Disagreement`]: crate::sweep::SweepError::Disagreement
    /// [`SweepError::Rows`]: crate::sweep::SweepError::Rows
    pub fn gather(&self, folder: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Tally> {
        self.gather_columns(folder.as_ref(), to.as_ref(), false)
    }

    /// The same table with columns that tell where each row is from.
    ///
    /// They stand behind the others: `row.seconds`, the processor time of the run; `row.version` of this crate,
    /// `row.revision` of the experiment and `row.git` of the program; `row.host`, and `row.begin`, when the attempt began; and
    /// the `row.file`. So the table depends on how the runs were made.
    ///
    /// # Errors
    /// Those of [`gather`](Sweep::gather).
    pub fn gather_with_provenance(
        &self,
        folder: impl AsRef<Path>,
        to: impl AsRef<Path>,
    ) -> Result<Tally> {
        self.gather_columns(folder.as_ref(), to.as_ref(), true)
    }

    /// Writes what was recorded along the runs to one table, and returns the number of curves in it.
    ///
    /// The table is long: a line has one value of one measure at one step. It begins with the columns `cell`, `run`, `key` and
    /// the five seeds of [`gather`](Sweep::gather), and ends with `step`, `measure`, by its word such as `rho`, and `value`.
    ///
    /// ```
    /// use sparse_parity::measure::{Interval, MeasureKind, Recording};
    /// use sparse_parity::sweep::{Attempt, Cell, Sweep};
    /// use sparse_parity::trial::Trial;
    ///
    /// let recording = Recording {
    ///     measures: vec![MeasureKind::Loss, MeasureKind::Rho],
    ///     ..Recording::new(Interval::every(20)?)
    /// };
    /// let attempt = Attempt { recording: Some(recording.clone()), ..Attempt::default() };
    /// let (sweep, folder) = (Sweep::new([Cell::new(Trial::new(10, 2), 2)])?, tempfile::tempdir()?);
    /// sweep.attempt(folder.path(), &attempt, |_| ())?;
    /// let to = folder.path().join("curves.csv");
    /// assert_eq!(sweep.gather_curves(folder.path(), &recording, &to)?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`gather`](Sweep::gather).
    pub fn gather_curves(
        &self,
        folder: impl AsRef<Path>,
        recording: &Recording,
        to: impl AsRef<Path>,
    ) -> Result<u64> {
        let recorded = self.recorded(folder.as_ref(), recording)?;
        write_curves(to.as_ref(), recording, |write| {
            self.each_curve(&recorded, write)
        })?;
        Ok(recorded.len())
    }

    /// Hands over the curves in the order of cells and runs.
    fn each_curve(&self, recorded: &Recorded, then: WriteCurve<'_>) -> Result<()> {
        recorded.each(|place, seeds, rows| {
            let cell = self.first.partition_point(|first| *first <= place) - 1;
            then(
                (cell, place - self.first[cell]),
                &self.keys[cell],
                seeds,
                rows,
            )
        })
    }

    /// The number of runs with a curve of that recording in the files of a folder.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if a file cannot be read.
    pub fn count_curves(&self, folder: impl AsRef<Path>, recording: &Recording) -> Result<u64> {
        let (places, _) = self.with_curve(folder.as_ref(), recording, &|| false)?;
        Ok(places.len())
    }

    /// The names and the texts of the table in memory, with where each row is from.
    #[cfg(all(feature = "cli", feature = "plot"))]
    pub(crate) fn table(&self, folder: &Path) -> Result<(Vec<String>, Vec<Vec<String>>)> {
        let columns = Columns::of(self, true);
        let mut lines = Vec::new();
        self.each_row(folder, |cell, run, row, provenance| {
            lines.push(columns.line::<E>(cell, run, &row, &provenance));
            Ok(())
        })?;
        let names = columns.all.into_iter().map(|column| column.name);
        Ok((names.collect(), lines))
    }

    /// The same of what was recorded along the runs.
    #[cfg(all(feature = "cli", feature = "plot"))]
    pub(crate) fn table_of_curves(
        &self,
        folder: &Path,
        recording: &Recording,
    ) -> Result<(Vec<String>, Vec<Vec<String>>)> {
        let mut lines = Vec::new();
        let recorded = self.recorded(folder, recording)?;
        self.each_curve(&recorded, &mut |run, key, seeds, rows| {
            lines.extend(lines_of_curve(recording, run, key, seeds, rows));
            Ok(())
        })?;
        let names = columns_of_curves().into_iter().map(|column| column.name);
        Ok((names.collect(), lines))
    }

    fn gather_columns(&self, folder: &Path, to: &Path, has_provenance: bool) -> Result<Tally> {
        let format = Format::of(to)?;
        replace(to, |file| {
            let broken = |source| unwritten(to, source);
            let columns = Columns::of(self, has_provenance);
            let about = [
                ("columns", VERSION.to_string()),
                ("experiment", E::NAME.to_owned()),
                ("revision", E::REVISION.to_string()),
                ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ];
            let mut lines = format.begin(file, &columns.all, &about).map_err(broken)?;
            let tally = self.each_row(folder, |cell, run, row, provenance| {
                let line = columns.line::<E>(cell, run, &row, &provenance);
                lines.write(line).map_err(broken)
            })?;
            lines.finish().map_err(broken)?;
            Ok(tally)
        })
    }
}

/// What takes the rows of a curve: the cell and the run, its key and its seeds.
pub(crate) type WriteCurve<'a> =
    &'a mut dyn FnMut((usize, u64), &Key, &Seeds, &[Vec<f64>]) -> Result<()>;

/// Writes a table of curves, which `each` hands over.
pub(crate) fn write_curves<T, E: From<SweepError>>(
    to: &Path,
    recording: &Recording,
    each: impl FnOnce(WriteCurve<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let format = Format::of(to).map_err(SweepError::from)?;
    let columns = columns_of_curves();
    replace(to, |file| {
        let broken = |source| unwritten(to, source);
        let about = [
            ("curves", CURVES_VERSION.to_string()),
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        let mut lines = format.begin(file, &columns, &about).map_err(broken)?;
        let result = each(&mut |run, key, seeds, rows| {
            let mut of_curve = lines_of_curve(recording, run, key, seeds, rows);
            of_curve.try_for_each(|line| lines.write(line).map_err(broken))
        })?;
        lines.finish().map_err(broken)?;
        Ok(result)
    })
}

/// The columns of a table of curves.
fn columns_of_curves() -> Vec<Column> {
    let mut columns = columns::of_run();
    columns.extend(columns::of_seeds());
    columns.extend([
        Column::one("step", Scalar::Integer),
        Column::one("measure", Scalar::Text),
        Column::one("value", Scalar::Double),
    ]);
    columns
}

/// The lines of a curve, one for each measure at each step.
fn lines_of_curve(
    recording: &Recording,
    (cell, run): (usize, u64),
    key: &Key,
    seeds: &Seeds,
    rows: &[Vec<f64>],
) -> impl Iterator<Item = Vec<String>> {
    let measures: Vec<String> = recording.measures.iter().map(ToString::to_string).collect();
    let mut head = vec![cell.to_string(), run.to_string(), key.to_string()];
    head.extend(columns::seeds(seeds));
    rows.iter().flat_map(move |row| {
        let line = |(measure, value): (&String, &f64)| {
            let own = [row[0].to_string(), measure.clone(), value.to_string()];
            [&head[..], &own].concat()
        };
        let lines = measures.iter().zip(&row[1..]).map(line);
        lines.collect::<Vec<Vec<String>>>()
    })
}

/// The version of the columns of a table of curves.
const CURVES_VERSION: u32 = 1;

/// Writes a file that takes its place when it is complete, in a folder that is made if it is missing.
pub(crate) fn replace<T, E: From<SweepError>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<T, E>,
) -> Result<T, E> {
    let broken = |source| unwritten(path, source);
    fs::create_dir_all(files::folder_of(path)).map_err(broken)?;
    files::replace(path, |source| broken(source).into(), write)
}
