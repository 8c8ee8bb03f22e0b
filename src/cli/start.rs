//! Whether a sweep has a run that can start.

use super::Result;
use crate::experiment::Experiment;
use crate::seeds::Seeds;
use crate::sweep::Sweep;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// The time that looking for a run that can start may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Refuses a sweep if all its cells are refused; those that need more than `memory` are left to others.
///
/// # Errors
/// A sentence with the reason of the first cell.
pub(super) fn check<E: Experiment>(
    sweep: &Sweep<E>,
    memory: u64,
    deadline: Option<Instant>,
) -> Result {
    let patience = Instant::now() + PATIENCE;
    let until = deadline.map_or(patience, |deadline| deadline.min(patience));
    let mut first = None;
    for (place, cell) in sweep.cells().iter().enumerate() {
        if Instant::now() >= until {
            return Ok(());
        }
        match refusal(&cell.experiment, memory, &cell.seeding.seeds(0)) {
            Some(reason) => first.get_or_insert((place, reason)),
            None => return Ok(()),
        };
    }
    first.map_or(Ok(()), |(cell, reason)| Err(none_can(sweep, cell, &reason)))
}

/// No run can start, because of the reason of a cell.
pub(super) fn none_can<E: Experiment>(
    sweep: &Sweep<E>,
    cell: usize,
    reason: &str,
) -> Box<dyn std::error::Error> {
    let name = sweep.names_of(&[cell]).concat();
    format!("no run of the sweep can start: cell {cell} ({name}): {reason}").into()
}

/// Why a run with these settings cannot start, found by one that is given up at once, where work is counted.
fn refusal<E: Experiment>(experiment: &E, memory: u64, seeds: &Seeds) -> Option<String> {
    match experiment.memory() {
        Err(error) => return Some(error.to_string()),
        Ok(needed) if needed > memory => return None,
        Ok(_) => {}
    }
    experiment.budget()?;
    let begun = experiment
        .with_budget(0)
        .run_until(seeds, &AtomicBool::new(true));
    begun.err().map(|error| error.to_string())
}
