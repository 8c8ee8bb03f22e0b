use super::ledger::Ledger;
use super::places::Places;
use super::{Shard, Sweep};
use crate::experiment::Experiment;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The runs that are still to be made, and the memory that they may use.
pub(super) struct Queue<'a, E> {
    sweep: &'a Sweep<E>,
    shard: Shard,
    /// What was done when it began.
    ledger: Ledger,
    /// Whether runs that panicked are made again.
    retry: bool,
    /// The place of the run that is begun first.
    start: u64,
    /// The bytes that a thread needs which makes runs of a cell.
    memory: Vec<u64>,
    state: Mutex<State>,
    /// Beside the state, so that whoever looks for a run while he holds it sees it.
    is_closed: AtomicBool,
    /// Memory was given back.
    released: Condvar,
}

struct State {
    /// The next run of each cell.
    next: Vec<u64>,
    /// Cells before this one have no more runs to begin.
    open: usize,
    free: u64,
    /// The places of runs that other processes have made meanwhile.
    others: Places,
    /// How many runs were left out for that.
    left_out: u64,
}

/// Memory for a cell, until it is dropped.
pub(super) struct Hold<'q, 'a, E: Experiment> {
    queue: &'q Queue<'a, E>,
    pub(super) cell: usize,
}

impl<'a, E: Experiment> Queue<'a, E> {
    /// `memory` is what a thread needs for each of the cells, none more than `limit`.
    pub(super) fn new(
        sweep: &'a Sweep<E>,
        shard: Shard,
        (ledger, retry): (Ledger, bool),
        memory: Vec<u64>,
        limit: u64,
    ) -> Self {
        let state = State {
            next: vec![0; sweep.cells.len()],
            open: 0,
            free: limit,
            others: Places::default(),
            left_out: 0,
        };
        Queue {
            sweep,
            shard,
            ledger,
            retry,
            start: 0,
            memory,
            state: Mutex::new(state),
            is_closed: AtomicBool::new(false),
            released: Condvar::new(),
        }
    }

    /// The same, which begins at some run and ends with the one before, so that several processes do not begin at the same.
    pub(super) fn beginning_at(self, start: u64) -> Self {
        Queue { start, ..self }
    }

    /// Leaves out the runs at these places, as somebody else has made them.
    pub(super) fn leave_out(&self, places: BTreeSet<u64>) {
        let mut state = self.lock();
        for place in places {
            state.others.insert(place);
        }
    }

    /// How many runs that would have been begun somebody else has made.
    pub(super) fn left_out(&self) -> u64 {
        self.lock().left_out
    }

    /// The cell that is the n-th in the order of this queue.
    fn cell_at(&self, place: usize) -> usize {
        let cells = self.sweep.cells.len();
        (self.first_cell() + place) % cells
    }

    /// The cell of the run that is begun first.
    fn first_cell(&self) -> usize {
        let ends = &self.sweep.first[1..];
        ends.partition_point(|end| *end <= self.start) % self.sweep.cells.len()
    }

    /// The run of a cell that is the n-th in the order of this queue.
    fn run_at(&self, cell: usize, place: u64) -> u64 {
        let first = self.sweep.first_place(cell);
        match cell == self.first_cell() && self.start >= first {
            true => (self.start - first + place) % self.sweep.cells[cell].seeding.len(),
            false => place,
        }
    }

    /// Memory for the first cell with runs to begin for which there is enough, and its next run.
    ///
    /// It waits while there are runs but no memory for any; `None` if there are no runs.
    pub(super) fn begin(&self) -> Option<(Hold<'_, 'a, E>, u64)> {
        let mut state = self.lock();
        loop {
            let mut is_short = false;
            for place in state.open..self.sweep.cells.len() {
                let cell = self.cell_at(place);
                if self.is_closed() {
                    return None;
                }
                if self.memory[cell] > state.free {
                    is_short |= self.is_open(&state, cell);
                } else if let Some(run) = self.advance(&mut state, cell) {
                    state.free -= self.memory[cell];
                    return Some((Hold { queue: self, cell }, run));
                } else if place == state.open {
                    state.open += 1;
                }
            }
            if !is_short {
                return None;
            }
            state = self
                .released
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next run of a cell.
    pub(super) fn next_of(&self, cell: usize) -> Option<u64> {
        self.advance(&mut self.lock(), cell)
    }

    /// No more runs are begun.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        // Whoever is about to wait does so before the lock is free again.
        let _state = self.lock();
        self.released.notify_all();
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    fn is_open(&self, state: &State, cell: usize) -> bool {
        state.next[cell] < self.sweep.cells[cell].seeding.len()
    }

    fn advance(&self, state: &mut State, cell: usize) -> Option<u64> {
        while !self.is_closed() && self.is_open(state, cell) {
            let run = self.run_at(cell, state.next[cell]);
            state.next[cell] += 1;
            if !self.is_wanted(cell, run) {
                continue;
            }
            if state.others.contains(self.sweep.first_place(cell) + run) {
                state.left_out += 1;
                continue;
            }
            return Some(run);
        }
        None
    }

    fn is_wanted(&self, cell: usize, run: u64) -> bool {
        let sweep = self.sweep;
        let seeds = sweep.cells[cell].seeding.seeds(run);
        let place = sweep.first_place(cell) + run;
        let Ledger { done, panicked, .. } = &self.ledger;
        self.shard.holds(&sweep.keys[cell], &seeds)
            && (!done.contains(place) || self.retry && panicked.contains(place))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: Experiment> Drop for Hold<'_, '_, E> {
    fn drop(&mut self) {
        let queue = self.queue;
        queue.lock().free += queue.memory[self.cell];
        queue.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Cell;
    use crate::trial::Trial;
    use sparse_parity_examples::limit::Limit;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    fn sweep() -> Sweep {
        Sweep::new([4, 5, 6].map(|n| Cell::new(Trial::new(n, 2), 2))).unwrap()
    }

    #[test]
    fn a_cell_for_which_there_is_no_memory_waits_for_it() {
        let _limit = Limit::of_test();
        let sweep = sweep();
        let ledger = (Ledger::default(), false);
        let queue = &Queue::new(&sweep, Shard::default(), ledger, vec![7, 5, 3], 10);
        let (first, run) = queue.begin().unwrap();
        assert_eq!((first.cell, run), (0, 0));
        assert_eq!(queue.next_of(0), Some(1));
        // Of the others, the last one has room beside it.
        let (last, run) = queue.begin().unwrap();
        assert_eq!((last.cell, run), (2, 0));
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let begun = queue.begin().map(|(hold, run)| (hold.cell, run));
                tell.send(begun).unwrap();
            });
            let quiet = told.recv_timeout(Duration::from_millis(20));
            assert!(quiet.is_err());
            drop(first);
            assert_eq!(told.recv().unwrap(), Some((1, 0)));
        });
        drop(last);
        assert_eq!(
            queue.begin().map(|(hold, run)| (hold.cell, run)),
            Some((1, 1))
        );
        assert_eq!(
            queue.begin().map(|(hold, run)| (hold.cell, run)),
            Some((2, 1))
        );
        assert!(queue.begin().is_none());
    }

    #[test]
    fn a_queue_that_begins_elsewhere_has_every_run_once() {
        let _limit = Limit::of_test();
        let sweep =
            Sweep::new([(4, 3), (5, 0), (6, 2)].map(|(n, runs)| Cell::new(Trial::new(n, 2), runs)));
        let sweep = sweep.unwrap();
        for start in 0..sweep.len() {
            let ledger = (Ledger::default(), false);
            let queue = Queue::new(&sweep, Shard::default(), ledger, vec![0; 3], 0);
            let queue = queue.beginning_at(start);
            let mut places = Vec::new();
            while let Some((hold, first)) = queue.begin() {
                let cell = hold.cell;
                let runs = std::iter::once(first).chain(std::iter::from_fn(|| queue.next_of(cell)));
                places.extend(runs.map(|run| sweep.first_place(cell) + run));
            }
            assert_eq!(places[0], start);
            places.sort_unstable();
            assert!(places.iter().copied().eq(0..sweep.len()), "{places:?}");
        }
        let ledger = (Ledger::default(), false);
        let queue = Queue::new(&sweep, Shard::default(), ledger, vec![0; 3], 0);
        queue.leave_out([0, 1, 2, 3].into());
        assert_eq!(
            queue.begin().map(|(hold, run)| (hold.cell, run)),
            Some((2, 1))
        );
        assert_eq!((queue.left_out(), queue.begin().is_none()), (4, true));
    }

    #[test]
    fn a_closed_queue_lets_nobody_wait() {
        let _limit = Limit::of_test();
        let sweep = sweep();
        let ledger = (Ledger::default(), false);
        let queue = &Queue::new(&sweep, Shard::default(), ledger, vec![10; 3], 10);
        let held = queue.begin();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.begin().is_none());
            queue.close();
            assert!(waiting.join().unwrap());
        });
        assert!(held.is_some() && queue.next_of(0).is_none());
    }
}
