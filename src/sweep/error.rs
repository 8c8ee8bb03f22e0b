//! What can go wrong in a sweep, and how to repair it.

use std::io;
use std::path::PathBuf;

/// An error of a [`Sweep`](super::Sweep) or of what belongs to it.
///
/// A run that is refused or panics is no error: it is a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// Two cells of a sweep with the same settings.
    #[error(
        "cells {first} and {second} of the sweep have the same settings; make one of them, with the seeds of both"
    )]
    DuplicateCell {
        /// The index of the first cell, counted from 0.
        first: usize,
        /// The index of the second cell, counted from 0.
        second: usize,
    },
    /// Two different rows of one run.
    #[error(
        "{path}: another row of the same run, in {first}, differs from {row}; one of them is from a changed program or a broken machine: move the file that cannot be trusted out of the folder, and its runs are made again", path = .path.display(), first = .first.display()
    )]
    Disagreement {
        /// The file of the earlier row.
        first: PathBuf,
        /// The file of the later row.
        path: PathBuf,
        /// The later row.
        row: String,
    },
    /// More runs than can be counted.
    #[error("the sweep has 2^64 runs or more; give fewer seeds, or make several sweeps")]
    TooManyRuns,
    /// Seeds beyond the largest one.
    #[error(
        "{seeds} seeds from {first} on go beyond the largest one, {}; begin with a smaller one, or give fewer",
        u64::MAX
    )]
    Seeds {
        /// The smallest seed.
        first: u64,
        /// The number of seeds.
        seeds: u64,
    },
    /// More outcomes than memory can hold.
    #[error(
        "the outcomes of {runs} runs do not fit into memory; give fewer seeds, or gather them into a table, which keeps only what has been done"
    )]
    TooManyOutcomes {
        /// The number of runs.
        runs: u64,
    },
    /// A shard index out of range.
    #[error(
        "shard index {index} is out of range for {count} shards; shards are counted from 0, and their number is that of the whole job: of a job array submit all tasks again, those that have nothing left to do end at once"
    )]
    Shard {
        /// The index of the shard.
        index: u64,
        /// The number of shards.
        count: u64,
    },
    /// A shard whose index or number of shards is missing.
    #[error("{variable} gives {given}, but nothing gives {missing}; {repair}")]
    IncompleteShard {
        /// The environment variable that was found.
        variable: &'static str,
        /// The quantity that it gives.
        given: &'static str,
        /// The quantity that is missing.
        missing: &'static str,
        /// The repair.
        repair: &'static str,
    },
    /// An environment variable or an argument that cannot be parsed.
    #[error("{name} is {value:?}; give {expected}")]
    InvalidValue {
        /// The name of the variable or the argument.
        name: String,
        /// The text found.
        value: String,
        /// The form expected.
        expected: &'static str,
    },
    /// A trial that needs more memory than may be used.
    #[error(
        "a run of cell {cell} (counted from 0) needs {needed} bytes of memory, and {limit} may be used; allow more, or make n, the batch, the sample or the network smaller"
    )]
    Memory {
        /// The index of the cell, counted from 0.
        cell: usize,
        /// The bytes that a thread needs to run it.
        needed: u64,
        /// The bytes that may be used.
        limit: u64,
    },
    /// A sweep file that cannot be parsed.
    #[error("{place}: {reason}")]
    SweepFile {
        /// The file, or the part of it.
        place: String,
        /// What is wrong, and the repair.
        reason: String,
    },
    /// Rows that cannot be written.
    #[error(
        "{path}: {source}; rows that were written are kept: make room or give a folder that can be written to, and run it again", path = .path.display()
    )]
    Rows {
        /// The file or folder.
        path: PathBuf,
        /// The underlying I/O error.
        source: io::Error,
    },
    /// Settings, files or numbers that the rest of the crate cannot use.
    #[error(transparent)]
    Crate(#[from] crate::Error),
}

/// The result of everything in a sweep that can fail.
pub type Result<T, E = SweepError> = std::result::Result<T, E>;
