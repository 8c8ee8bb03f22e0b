use crate::error::{Error, Result};
use std::fmt;

/// A confidence interval; an infinite end is no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfidenceInterval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl ConfidenceInterval {
    /// The whole real line, which bounds nothing.
    pub const EVERYTHING: ConfidenceInterval = ConfidenceInterval {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// The part of it within the range of the quantity; unbounded ends become those of the range.
    pub(super) fn within(self, low: f64, high: f64) -> Self {
        ConfidenceInterval {
            low: self.low.clamp(low, high),
            high: self.high.clamp(low, high),
        }
    }

    /// Whether `value` lies in the interval, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// An estimate with its confidence interval; it prints with the precision of the format.
///
/// ```
/// let share = sparse_parity::stats::wilson(19, 20, 0.95)?;
/// assert_eq!(format!("{share:.2}"), "0.95 (0.76 to 0.99)");
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The confidence interval.
    pub interval: ConfidenceInterval,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Estimate { value, interval } = self;
        fmt::Display::fmt(value, f)?;
        f.write_str(" (")?;
        fmt::Display::fmt(&interval.low, f)?;
        f.write_str(" to ")?;
        fmt::Display::fmt(&interval.high, f)?;
        f.write_str(")")
    }
}

/// The probability 1 − `level` of missing the true value, or an error unless it is in (0, 1).
pub(super) fn missed(level: f64) -> Result<f64> {
    open("the level of confidence", level).map(|level| 1.0 - level)
}

/// Returns `value`, or an error unless it is in (0, 1).
pub(super) fn open(what: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value < 1.0 {
        return Ok(value);
    }
    Err(Error::OutOfRange {
        what,
        value,
        range: "(0, 1)",
    })
}
