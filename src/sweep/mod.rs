//! Studies of many runs, whose outcomes are rows of files that survive whatever stops them.
//!
//! A [`Sweep`] is a list of [`Cell`]s, each an [`Experiment`], such as a [`Trial`], and the seeds that it
//! is run with. Its runs need nothing of each other, and every run has random streams of its own; so the
//! table of outcomes is the same, to the bit, for any number of threads and after any number of
//! interruptions. What is done is known from the rows on disk and from nothing else:
//!
//! - Every attempt to run the sweep appends to a file of its own, a JSON object a line, written as a
//!   whole when a run ends. A line that was torn when a process died is counted and left aside.
//! - A row has a checksum, and its outcome has to be possible ([`Experiment::check_outcome`]). A row that was changed
//!   is a [`Fault`]: it is counted and passed over, as if it was not there.
//! - A row says which run it is of by the [`Key`] of the settings and the seeds. Runs that have
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
//! let outcomes = sweep.outcomes(folder.path())?;
//! for (cell, k) in [2, 3].into_iter().enumerate() {
//!     println!("k = {k}: median {:?}", outcomes.times(cell).median(0.95)?);
//! }
//! assert_eq!(outcomes.missing(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attempt;
mod budgets;
mod cell;
mod checksum;
mod curves;
mod error;
mod fault;
mod file;
mod gather;
mod key;
mod ledger;
mod lines;
mod others;
mod outcomes;
mod places;
mod queue;
mod resources;
mod row;
mod run;
mod scan;
mod shard;
mod sink;
#[cfg(feature = "cli")]
mod survey;
mod work;

pub use attempt::{Attempt, Progress};
pub use cell::{Cell, Seeding};
pub use error::{Result, SweepError};
pub use fault::Fault;
#[cfg(feature = "cli")]
pub(crate) use file::{KEPT, value};
pub use file::{Kept, SweepFile};
#[cfg(all(feature = "cli", feature = "plot"))]
pub(crate) use gather::replace;
#[cfg(feature = "cli")]
pub(crate) use gather::write_curves;
pub use key::Key;
pub use ledger::Tally;
pub use outcomes::{Outcomes, Record};
pub use resources::Resources;
pub use row::{Row, RowResult};
pub use shard::Shard;
#[cfg(feature = "cli")]
pub(crate) use survey::Survey;

use crate::experiment::Experiment;
use crate::trial::Trial;
use std::collections::BTreeMap;

/// Experiments of one kind with the seeds that they are run with.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep<E = Trial> {
    cells: Vec<Cell<E>>,
    keys: Vec<Key>,
    /// The cells by their keys.
    places: BTreeMap<Key, usize>,
    /// The places of the first runs of the cells, and behind them the number of all runs.
    first: Vec<u64>,
}

impl<E: Experiment> Sweep<E> {
    /// The sweep over these cells, run in this order.
    ///
    /// # Errors
    /// [`SweepError::DuplicateCell`] if two cells have the same settings: they would share their rows;
    /// [`SweepError::TooManyRuns`] from 2⁶⁴ runs on, [`SweepError::Seeds`] for seeds from 2⁶⁴ on.
    pub fn new(cells: impl IntoIterator<Item = Cell<E>>) -> Result<Self> {
        let cells: Vec<Cell<E>> = cells.into_iter().collect();
        let keys: Vec<Key> = cells.iter().map(|cell| Key::of(&cell.experiment)).collect();
        let mut places = BTreeMap::new();
        for (second, key) in keys.iter().enumerate() {
            if let Some(first) = places.insert(*key, second) {
                return Err(SweepError::DuplicateCell { first, second });
            }
        }
        let (mut first, mut runs) = (vec![0], 0_u64);
        for cell in &cells {
            cell.seeding.check()?;
            let more = runs.checked_add(cell.seeding.len());
            runs = more.ok_or(SweepError::TooManyRuns)?;
            first.push(runs);
        }
        Ok(Sweep {
            cells,
            keys,
            places,
            first,
        })
    }

    /// The cells.
    pub fn cells(&self) -> &[Cell<E>] {
        &self.cells
    }

    /// The key of the settings of a cell, by which its rows and lines of tables are known.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn key(&self, cell: usize) -> Key {
        self.keys[cell]
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
}
