//! Studies of many trials, whose outcomes are rows of files that survive whatever stops them.
//!
//! A [`Sweep`] is a list of [`Cell`]s, each a [`Trial`](crate::trial::Trial) and the seeds that it is
//! run with. Its runs need nothing of each other, and every run has random streams of its own; so the
//! table of outcomes is the same, to the bit, for any number of threads and after any number of
//! interruptions. What is done is known from the rows on disk and from nothing else:
//!
//! - Every attempt to run the sweep appends to a file of its own, a JSON object a line, written as a
//!   whole when a run ends. A line that was torn when a process died is counted and left aside.
//! - A row says which run it is of by the [`Key`] of the trial's settings and the seeds. Runs that have
//!   a row are not made again. Rows of other settings are counted as foreign and left alone.
//! - Two rows of one run must agree, because runs are reproducible; it is an error if they do not.
//!
//! ```
//! use sparse_parity::sweep::{Cell, Sweep};
//! use sparse_parity::trial::Trial;
//!
//! let of_width_20 = |k| {
//!     let mut trial = Trial::new(10, k);
//!     trial.learner = serde_json::from_str(r#"{"model":"mlp","width":20}"#).unwrap();
//!     trial
//! };
//! let sweep = Sweep::new([2, 3].map(|k| Cell::new(of_width_20(k), 4)))?;
//! let folder = tempfile::tempdir()?;
//! sweep.run(folder.path(), |_| ())?;
//! let table = sweep.table(folder.path())?;
//! for (cell, k) in [2, 3].into_iter().enumerate() {
//!     println!("k = {k}: median {:?}", table.times(cell).median(0.95)?);
//! }
//! assert_eq!(table.missing(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attempt;
mod cell;
mod file;
mod gather;
mod key;
mod ledger;
mod queue;
mod resources;
mod row;
mod run;
mod shard;
mod sink;
mod table;
mod work;

pub use attempt::{Attempt, Progress};
pub use cell::{Cell, Seeding};
pub use file::SweepFile;
pub use key::Key;
pub use ledger::Tally;
pub use resources::Resources;
pub use row::{Row, RowResult};
pub use shard::Shard;
pub use table::{Record, Table};

use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// Trials with the seeds that they are run with.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    cells: Vec<Cell>,
    keys: Vec<Key>,
    /// The cells by their keys.
    places: BTreeMap<Key, usize>,
    /// The places of the first runs of the cells, and behind them the number of all runs.
    first: Vec<u64>,
}

impl Sweep {
    /// The sweep over these cells, run in this order.
    ///
    /// # Errors
    /// [`Error::DuplicateCell`] if two cells have the same settings: they would share their rows.
    pub fn new(cells: impl IntoIterator<Item = Cell>) -> Result<Self> {
        let cells: Vec<Cell> = cells.into_iter().collect();
        let keys: Vec<Key> = cells.iter().map(|cell| Key::of(&cell.trial)).collect();
        let mut places = BTreeMap::new();
        for (second, key) in keys.iter().enumerate() {
            if let Some(first) = places.insert(*key, second) {
                return Err(Error::DuplicateCell { first, second });
            }
        }
        let mut first = vec![0];
        for cell in &cells {
            first.push(first[first.len() - 1] + cell.seeding.len());
        }
        Ok(Sweep {
            cells,
            keys,
            places,
            first,
        })
    }

    /// The cells.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The number of runs of all cells.
    pub fn len(&self) -> u64 {
        self.first[self.cells.len()]
    }

    /// Whether there are no runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of the first run of a cell, if all runs are counted in one row.
    fn first_place(&self, cell: usize) -> u64 {
        self.first[cell]
    }

    /// The place of the run that a row is of, as cell and run.
    fn place(&self, row: &Row) -> Option<(usize, u64)> {
        let cell = *self.places.get(&row.setting)?;
        let run = self.cells[cell].seeding.place(&row.seeds)?;
        Some((cell, run))
    }
}
