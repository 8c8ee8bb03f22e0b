//! Any reproducible computation as data: settings in, an outcome a seed out.
//!
//! What implements [`Experiment`] has everything that is built on it: a `Sweep` runs it on all threads or
//! in shards, writes a row a run, goes on where it was stopped, and gathers the rows to one table; the
//! program `sparse-parity` reads its settings from a file. The crate's own experiments are in
//! [`trial`](crate::trial).

use crate::error::{Error, Result};
use crate::measure::{Recording, Table};
use crate::seeds::Seeds;
use crate::stats::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// The settings of a reproducible computation, which gives one outcome for each seed.
///
/// The value itself is the settings: public fields that serde can write and read. The laws:
///
/// - The same settings and seeds give the same outcome, to the bit, on any thread and beside any other run.
/// - [`run_each`](Experiment::run_each) gives the outcomes of [`run`](Experiment::run).
/// - [`revision`](Experiment::revision) rises whenever an outcome changes for the same settings and seeds.
/// - An outcome that serde has written as JSON is read as it was. JSON has no NaN and no infinity: keep a
///   number that may be one as an `Option`.
///
/// Give the settings `#[serde(default, deny_unknown_fields)]`: then a file states only what is not usual,
/// and a misspelt name is an error.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::gap::largest;
/// use std::sync::atomic::AtomicBool;
///
/// /// Is the largest of the n coordinates' correlations with y that of S = {i}?
/// #[derive(Debug, Clone, Serialize, Deserialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Correlate {
///     n: usize,
///     examples: usize,
/// }
///
/// impl Default for Correlate {
///     fn default() -> Self {
///         Correlate { n: 50, examples: 20 }
///     }
/// }
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Found {
///     support: Vec<usize>,
///     is_right: bool,
/// }
///
/// impl Experiment for Correlate {
///     type Outcome = Found;
///     const NAME: &'static str = "correlate";
///     const REVISION: u32 = 1;
///
///     fn run_until(&self, seeds: &Seeds, _: &AtomicBool) -> sparse_parity::Result<Option<Found>> {
///         let distribution = ParityDistribution::random(self.n, 1, &mut seeds.stream(Purpose::Support))?;
///         let mut batch = Batch::<f64>::new(self.examples, self.n)?;
///         Online::new(distribution.clone(), seeds).fill(&mut batch);
///         let mut correlations = ndarray::Array2::zeros((1, self.n));
///         let y = batch.y.insert_axis(ndarray::Axis(1));
///         batch.x.correlate_add(&y, &mut correlations);
///         let support = largest(correlations.as_slice().unwrap(), 1)?;
///         let is_right = support == distribution.parity().support();
///         Ok(Some(Found { support, is_right }))
///     }
/// }
///
/// let found = Correlate::default().run(&3.into())?;
/// assert!(found.is_right);
/// # use sparse_parity::ndarray;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Experiment: Clone + Debug + Default + Serialize + DeserializeOwned + Send + Sync {
    /// What becomes of a run: a result, or whatever a study wants to keep of one.
    type Outcome: Debug + Serialize + DeserializeOwned + Send;

    /// The name of the experiment, in lower case: a sweep file has its settings in a table of that name.
    const NAME: &'static str;

    /// The revision of the outcomes; see [`revision`](Experiment::revision).
    const REVISION: u32;

    /// The revision of the outcomes of these settings: rows of another one do not count as done.
    ///
    /// The provided method says [`REVISION`](Experiment::REVISION). Where a change alters the outcomes of some settings
    /// only, a method of one's own lets the rows of the others count on.
    fn revision(&self) -> u32 {
        Self::REVISION
    }

    /// Runs it with these seeds; `None` if somebody has set `stop` and the run ended early for that.
    ///
    /// A long run looks at `stop` now and then; [`Cancelled`](crate::train::Cancelled) is an observer that does.
    ///
    /// # Errors
    /// If there is no run with these settings. [`Error::other`](crate::Error::other) takes any error.
    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Self::Outcome>>;

    /// Runs it with these seeds.
    ///
    /// # Errors
    /// If there is no run with these settings.
    fn run(&self, seeds: &Seeds) -> Result<Self::Outcome> {
        let outcome = self.run_until(seeds, &AtomicBool::new(false))?;
        Ok(outcome.expect("a run that nobody stops has an outcome"))
    }

    /// Runs it with each of the seeds, on one thread, and hands every outcome to `done` with the number of
    /// its seed, counted from 0; `done` says whether to go on.
    ///
    /// The outcomes may come in any order. Seeds are taken only as they are needed. When somebody sets
    /// `stop`, runs that have not ended are given up without a call of `done`. An error that no seed can
    /// avoid may be handed over once, with the number 0, in place of all outcomes.
    ///
    /// The provided method makes one run after the other; an experiment that is faster with several at a
    /// time, as [`Trial`](crate::trial::Trial) is, has its own.
    fn run_each(
        &self,
        stop: &AtomicBool,
        seeds: &mut dyn Iterator<Item = Seeds>,
        done: &mut dyn FnMut(usize, Result<Self::Outcome>) -> ControlFlow<()>,
    ) {
        for (index, seeds) in seeds.enumerate() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let Some(outcome) = self.run_until(&seeds, stop).transpose() else {
                return;
            };
            if done(index, outcome).is_break() {
                return;
            }
        }
    }

    /// Runs it with these seeds as [`run_until`](Experiment::run_until) does, for the same outcome, and records a curve along
    /// the way.
    ///
    /// The provided method refuses, as an experiment need not have anything to record.
    ///
    /// # Errors
    /// Those of [`run_until`](Experiment::run_until) and [`check_recording`](Experiment::check_recording).
    fn record_until(
        &self,
        seeds: &Seeds,
        recording: &Recording,
        stop: &AtomicBool,
    ) -> Result<Option<(Self::Outcome, Table)>> {
        let _ = (seeds, recording, stop);
        Err(nothing_to_record(Self::NAME))
    }

    /// Succeeds if runs with these settings can be recorded so, without making one.
    ///
    /// # Errors
    /// Why they cannot; the provided method says that there is nothing to record.
    fn check_recording(&self, recording: &Recording) -> Result<()> {
        let _ = recording;
        Err(nothing_to_record(Self::NAME))
    }

    /// An upper estimate of the bytes of memory that a thread needs for [`run_each`](Experiment::run_each),
    /// found without running it; the provided method says 0.
    ///
    /// # Errors
    /// If there is no run with these settings.
    fn memory(&self) -> Result<u64> {
        Ok(0)
    }

    /// The setting that bounds the work of a run, in units of its own such as updates; `None`, as the provided
    /// method says, if work is not counted.
    fn budget_mut(&mut self) -> Option<&mut u64> {
        None
    }

    /// The largest amount of work of a run; `None` if work is not counted.
    ///
    /// The provided method returns the value of [`budget_mut`](Experiment::budget_mut).
    fn budget(&self) -> Option<u64> {
        self.clone().budget_mut().copied()
    }

    /// The same with a smaller budget, by which the cost of a unit can be measured.
    ///
    /// The provided method lowers the setting [`budget_mut`](Experiment::budget_mut) and changes nothing else.
    #[must_use]
    fn with_budget(&self, budget: u64) -> Self {
        let mut bounded = self.clone();
        if let Some(own) = bounded.budget_mut() {
            *own = budget.min(*own);
        }
        bounded
    }

    /// The name of the setting that is the [budget](Experiment::budget), if it decides nothing but where a run ends that
    /// has not ended by itself.
    ///
    /// The provided method says `None`. Whoever names it says by [`holds_with`](Experiment::holds_with) which outcomes do
    /// not depend on it.
    fn budget_setting() -> Option<&'static str> {
        None
    }

    /// Whether a run with that budget, and the same other settings and seeds, has this outcome as well: it ended by
    /// itself, within that budget.
    ///
    /// Rows of such runs count when the budget is changed. The provided method says no.
    fn holds_with(outcome: &Self::Outcome, budget: u64) -> bool {
        let _ = (outcome, budget);
        false
    }

    /// Succeeds if a run with these settings can have this outcome.
    ///
    /// A row whose outcome is refused is passed over, as one whose checksum is wrong, so that rows that were changed by
    /// hand or are from elsewhere do not get into a table. An outcome of a run itself that is refused is no outcome. The
    /// provided method takes every outcome.
    ///
    /// # Errors
    /// What is impossible about the outcome.
    fn check_outcome(&self, outcome: &Self::Outcome) -> Result<()> {
        let _ = outcome;
        Ok(())
    }

    /// The work of the run that had this outcome, in the units of [`budget`](Experiment::budget).
    fn work(outcome: &Self::Outcome) -> Option<u64> {
        let _ = outcome;
        None
    }

    /// What the outcome says of a convergence time, if the experiment has one; progress and statistics
    /// count by it.
    fn time(outcome: &Self::Outcome) -> Option<Time> {
        let _ = outcome;
        None
    }

    /// The names, help, defaults and bounds of the settings, for files and flags.
    ///
    /// The provided method knows names and defaults. Settings that derive `schemars::JsonSchema` have all of
    /// it by [`Schema::of`](crate::schema::Schema::of).
    #[cfg(feature = "sweep")]
    fn schema() -> crate::schema::Schema {
        let schema = crate::schema::Schema::of_default::<Self>();
        match Self::labelled("", &|_| None) {
            Some(_) => schema.with("setting", "A name for a part of the settings"),
            None => schema,
        }
    }

    /// A short name for the settings, such as the paper's label of a network.
    fn label(&self) -> Option<Label> {
        None
    }

    /// The settings that such a name stands for; `None`, as the provided method says, if the experiment has
    /// no names.
    ///
    /// A file gives the name as `setting = "NAME"`, and `size` tells the whole numbers that it gives for
    /// other settings, such as `n`.
    ///
    /// # Errors
    /// If there is no such name.
    fn labelled(name: &str, size: &dyn Fn(&str) -> Option<usize>) -> Option<Result<Self>> {
        let _ = (name, size);
        None
    }
}

fn nothing_to_record(experiment: &'static str) -> Error {
    Error::Conflict {
        one: "a recording",
        other: experiment,
        reason: "this experiment has no curves",
    }
}

/// A short name for a part of the settings of an [`Experiment`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub text: String,
    /// The fields that the name says everything about.
    pub covers: &'static [&'static str],
}

#[cfg(test)]
mod tests;
