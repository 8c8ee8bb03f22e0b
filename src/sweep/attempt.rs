use super::Shard;
use serde_json::Value;
use std::time::Instant;

/// What one process does of a sweep, and with what.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// The part of the sweep; all of it by default.
    pub shard: Shard,
    /// The bytes of memory that all threads together may use for runs; no limit if `None`.
    ///
    /// Threads wait, or take smaller runs, where those at work leave too little.
    pub memory: Option<u64>,
    /// When to end: no run is begun after it, and those that have not ended are given up without a row.
    pub deadline: Option<Instant>,
    /// Whether runs that panicked in an earlier attempt are made again.
    ///
    /// Their rows count as done otherwise: a run is reproducible, and so are its defects.
    pub retry: bool,
    /// What is written in front of the rows about the program, the machine and the time.
    pub about: Value,
}

/// How far a sweep is, or a shard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The number of runs.
    pub runs: u64,
    /// Those that had a row when it began.
    pub before: u64,
    /// Those that have one now.
    pub done: u64,
    /// Of the runs made since it began, the solved ones,
    pub solved: u64,
    /// those that ran out of updates,
    pub unsolved: u64,
    /// the diverged ones,
    pub diverged: u64,
    /// those whose settings were refused,
    pub refused: u64,
    /// and those that panicked.
    pub panicked: u64,
    /// What was found when it began: rows of other settings or seeds,
    pub foreign: u64,
    /// and lines that are no rows.
    pub torn: u64,
}
