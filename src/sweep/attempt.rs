use super::Shard;
use crate::measure::Recording;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// The part of a sweep that one process runs, and its limits.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// The shard; the whole sweep by default.
    pub shard: Shard,
    /// The bytes of memory that all threads together may use for runs; no limit if `None`.
    ///
    /// Threads wait, or take smaller runs, where those at work leave too little.
    pub memory: Option<u64>,
    /// The time at which it ends: no row is read and no run starts after it, and unfinished runs are cancelled without a row.
    pub deadline: Option<Instant>,
    /// A flag that ends it, once it is set, as the deadline does.
    pub stop: Option<Arc<AtomicBool>>,
    /// Whether runs that panicked in an earlier attempt run again.
    ///
    /// Their rows count as done otherwise: a run is reproducible, and so are its defects.
    pub retry: bool,
    /// What is recorded along each run, if anything is.
    ///
    /// Curves go to files of their own beside those of the rows, and [`gather_curves`](super::Sweep::gather_curves) makes one
    /// table of them. A run that has a row and no such curve is made again: it has the same row.
    pub recording: Option<Recording>,
    /// Provenance, written in front of the rows: the program, the machine, the time.
    pub about: Value,
}

/// The progress of a sweep, or of a shard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// All runs of the shard; of the whole sweep if it ended before they were counted.
    pub runs: u64,
    /// Runs that had a row when this attempt began.
    pub before: u64,
    /// Runs that have a row now.
    pub done: u64,
    /// Whether it ended before all rows and curves of earlier attempts were read: `before` and `done` count those that were.
    pub is_partial: bool,
    /// Runs solved since this attempt began.
    pub solved: u64,
    /// Runs that used up their budget since this attempt began.
    pub unsolved: u64,
    /// Runs that diverged since this attempt began.
    pub diverged: u64,
    /// Runs refused since this attempt began, because of their settings.
    pub refused: u64,
    /// Runs that panicked since this attempt began.
    pub panicked: u64,
    /// Rows of other settings or seeds, found when this attempt began.
    pub foreign: u64,
    /// Lines that are no rows, found when this attempt began.
    pub torn: u64,
    /// Rows that cannot be trusted and entries that are no files, found when this attempt began.
    pub faults: u64,
}
