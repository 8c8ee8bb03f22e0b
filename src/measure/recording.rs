//! What is recorded along runs, as data.

use super::Interval;
#[cfg(doc)]
use super::{BatchError, BatchLoss, ErrorRate, WeightMovement};
use crate::error::{Error, Result, near};
use std::fmt;
use std::str::FromStr;

/// What is written down along a run of a trial, and when.
///
/// ```
/// use sparse_parity::measure::{Interval, MeasureKind, Recording};
/// use sparse_parity::trial::Trial;
///
/// let recording = Recording {
///     measures: vec![MeasureKind::Loss, MeasureKind::Error],
///     beyond: 50,
///     ..Recording::new(Interval::every(10)?)
/// };
/// let run = Trial::new(12, 2).record(&7.into(), &recording)?;
/// let error = run.table.column("error").unwrap();
/// assert_eq!((error[0] > 0.3, *error.last().unwrap()), (true, 0.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Recording {
    /// At which steps. The iterates at which a criterion is met and at which the run ends are
    /// recorded as well, except that of a diverged run.
    pub interval: Interval,
    /// What is measured: a column each, behind that of the steps.
    pub measures: Vec<MeasureKind>,
    /// A matrix of parameters of which all entries are kept, such as `hidden.weight`.
    pub trace: Option<String>,
    /// The number of updates made after all criteria of the trial were met.
    pub beyond: u64,
}

impl Recording {
    /// A recording of nothing, to be filled in.
    pub fn new(interval: Interval) -> Self {
        Recording {
            interval,
            measures: Vec::new(),
            trace: None,
            beyond: 0,
        }
    }
}

/// A measure of a [`Recording`].
///
/// As a word it is `loss`, `batch-error`, `error`, `train-error`, `rho`, or `movement:` and a block:
///
/// ```
/// use sparse_parity::measure::MeasureKind;
///
/// let block = "hidden.bias".into();
/// assert_eq!("movement:hidden.bias".parse::<MeasureKind>()?, MeasureKind::Movement { block });
/// assert_eq!(MeasureKind::TrainError.to_string(), "train-error");
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum MeasureKind {
    /// [`BatchLoss`], the column `batch loss`.
    Loss,
    /// [`BatchError`], the column `batch error`.
    BatchError,
    /// The share of clean validation examples that are wrong, [`ErrorRate`], the column `error`.
    Error,
    /// The share of the training sample that is wrong, the column `train error`.
    TrainError,
    /// ρ over the weights that multiply the inputs, [`WeightMovement`], the column `rho`.
    Rho,
    /// ρ over a block of parameters, [`WeightMovement`], the column `rho`.
    Movement {
        /// The block, such as `hidden.weight`.
        block: String,
    },
}

/// The words for measures without a block.
const WORDS: [(&str, MeasureKind); 5] = [
    ("loss", MeasureKind::Loss),
    ("batch-error", MeasureKind::BatchError),
    ("error", MeasureKind::Error),
    ("train-error", MeasureKind::TrainError),
    ("rho", MeasureKind::Rho),
];
/// What stands in front of a block.
const MOVEMENT: &str = "movement:";

impl fmt::Display for MeasureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let MeasureKind::Movement { block } = self {
            return write!(f, "{MOVEMENT}{block}");
        }
        let word = WORDS.iter().find(|(_, kind)| kind == self);
        f.write_str(word.expect("every other measure has a word").0)
    }
}

impl FromStr for MeasureKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(block) = text.strip_prefix(MOVEMENT) {
            let block = block.into();
            return Ok(MeasureKind::Movement { block });
        }
        let known = WORDS.iter().find(|(word, _)| *word == text);
        known.map(|(_, kind)| kind.clone()).ok_or_else(|| {
            let words = WORDS.iter().map(|(word, _)| *word);
            let known: Vec<&str> = words.clone().chain(["movement:BLOCK"]).collect();
            Error::UnknownName {
                name: text.into(),
                nearest: near(text, words).map(Into::into),
                known: known.join(", "),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_read_from_its_word() {
        let block = "hidden.weight".into();
        let kinds = WORDS.map(|(_, kind)| kind);
        for kind in kinds.into_iter().chain([MeasureKind::Movement { block }]) {
            assert_eq!(kind.to_string().parse::<MeasureKind>().unwrap(), kind);
        }
        let told = "los".parse::<MeasureKind>().unwrap_err().to_string();
        assert!(told.contains("\"los\"") && told.contains("loss"), "{told}");
    }
}
