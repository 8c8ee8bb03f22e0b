//! Runs that are tried, to see how many updates they take.

use super::cost::{Done, Sample};
use crate::experiment::Experiment;
use crate::sweep::{Cell, Sweep};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The time that all of them together may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// One run of each cell whose cost was measured and that has no rows.
#[derive(Debug, Default)]
pub(super) struct Pilot {
    /// The cells, with the updates of runs that ended in their time.
    tried: BTreeMap<usize, Option<u64>>,
}

impl Pilot {
    pub(super) fn of<E: Experiment>(
        sweep: &Sweep<E>,
        sample: &Sample,
        done: Option<&Done>,
    ) -> Self {
        let is_open = |cell: &usize| {
            let experiment = &sweep.cells()[*cell].experiment;
            let has_rows = done.is_some_and(|done| done.mean_updates(*cell).is_some());
            experiment.budget().is_some() && !has_rows
        };
        let cells = sample.costs.iter().map(|(cell, _)| *cell);
        let cells: Vec<usize> = cells.filter(is_open).collect();
        let (mut tried, begin) = (BTreeMap::new(), Instant::now());
        for (place, &cell) in cells.iter().enumerate() {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let time = left / (cells.len() - place) as u32;
            tried.insert(cell, updates(&sweep.cells()[cell], time));
        }
        Pilot { tried }
    }

    /// The number of cells with a run that was tried, and that of those whose run did not end.
    pub(super) fn counts(&self) -> (usize, usize) {
        let unended = self.tried.values().filter(|updates| updates.is_none());
        (self.tried.len(), unended.count())
    }

    /// The updates of the run of a cell, or of the nearest one that was tried; `None` if it did not end.
    pub(super) fn updates(&self, cell: usize) -> Option<u64> {
        let mut before = self.tried.range(..=cell).rev();
        let mut after = self.tried.range(cell..);
        let near = match (before.next(), after.next()) {
            (Some(one), Some(other)) if other.0 - cell < cell - one.0 => Some(other),
            (Some(one), _) => Some(one),
            (None, other) => other,
        };
        *near?.1
    }
}

/// The updates of the first run of a cell, if it ends in this time.
fn updates<E: Experiment>(cell: &Cell<E>, time: Duration) -> Option<u64> {
    let (stop, (ended, end)) = (AtomicBool::new(false), mpsc::channel::<()>());
    let outcome = thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(move || {
            if end.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                stop.store(true, Ordering::Relaxed);
            }
        });
        // Dropped with the run, even if that panics.
        let _ended = ended;
        cell.experiment.run_until(&cell.seeding.seeds(0), stop)
    });
    E::work(&outcome.ok()??)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Trial;

    #[test]
    fn the_nearest_tried_cell_counts() {
        let tried = [(2, Some(20)), (6, Some(60)), (9, None)];
        let pilot = Pilot {
            tried: tried.into(),
        };
        let near = [0, 2, 4, 5, 6, 7, 8, 100].map(|cell| pilot.updates(cell));
        let [low, high] = [Some(20), Some(60)];
        assert_eq!(near, [low, low, low, high, high, high, None, None]);
        assert_eq!(pilot.counts(), (3, 1));
        assert_eq!(Pilot::default().updates(3), None);
    }

    #[test]
    fn a_run_that_does_not_end_in_its_time_is_given_up() {
        let endless = Trial {
            rate: 0.0.into(),
            max_steps: u64::MAX,
            ..Trial::new(10, 2)
        };
        let time = Duration::from_millis(20);
        assert_eq!(updates(&Cell::new(endless.clone(), 1), time), None);
        let short = Trial {
            max_steps: 7,
            ..endless
        };
        let time = Duration::from_secs(600);
        assert_eq!(updates(&Cell::new(short, 1), time), Some(7));
    }
}
