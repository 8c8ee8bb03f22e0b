use crate::error::{Error, Result, positive};
use std::fmt;
use std::str::FromStr;

/// At which steps something is recorded: evenly, or evenly on a logarithmic axis.
///
/// ```
/// use sparse_parity::measure::Interval;
///
/// let even = Interval::every(50)?;
/// let logarithmic = Interval::per_decade(20)?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Kind")
)]
pub struct Interval(Kind);

/// The serialised form, too, which is not validated yet.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Kind {
    Every(u64),
    Factor(f64),
}

impl Interval {
    /// Steps 0, s, 2s, ….
    ///
    /// # Errors
    /// [`Error::Zero`] if s is 0.
    pub fn every(steps: u64) -> Result<Self> {
        Interval::checked(Kind::Every(steps))
    }

    /// Steps 0, 1, 2, … and then about `points` steps for every factor of ten.
    ///
    /// # Errors
    /// [`Error::Zero`] if `points` is 0.
    pub fn per_decade(points: usize) -> Result<Self> {
        positive("the number of points a decade", points)?;
        let factor = libm::pow(10.0, 1.0 / points as f64);
        Interval::checked(Kind::Factor(factor))
    }

    fn checked(kind: Kind) -> Result<Self> {
        match kind {
            Kind::Every(0) => Err(Error::Zero {
                what: "the interval",
            }),
            Kind::Factor(factor) if !(1.0..=10.0).contains(&factor) => Err(Error::OutOfRange {
                what: "the factor from one recorded step to the next",
                value: factor,
                range: "[1, 10]",
            }),
            kind => Ok(Interval(kind)),
        }
    }

    /// The first step after `step` at which to record.
    fn after(&self, step: u64) -> u64 {
        match self.0 {
            Kind::Every(steps) => (step / steps).saturating_add(1).saturating_mul(steps),
            Kind::Factor(factor) => step
                .saturating_add(1)
                .max((step as f64 * factor).ceil() as u64),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Kind> for Interval {
    type Error = Error;

    fn try_from(kind: Kind) -> Result<Self> {
        Interval::checked(kind)
    }
}

/// A number of steps, such as `50`, or of points for every factor of ten, such as `20/decade`.
///
/// ```
/// use sparse_parity::measure::Interval;
///
/// assert_eq!("20/decade".parse::<Interval>()?, Interval::per_decade(20)?);
/// assert_eq!("50".parse::<Interval>()?, Interval::every(50)?);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
impl FromStr for Interval {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::InvalidSetting {
            name: "the interval".into(),
            value: text.into(),
            expected: "a number of steps, such as 50, or of points for every factor of ten, such as 20/decade".into(),
        }
        };
        match text.split_once('/') {
            None => Interval::every(text.parse().map_err(|_| wrong())?),
            Some((points, "decade")) => Interval::per_decade(points.parse().map_err(|_| wrong())?),
            Some(_) => Err(wrong()),
        }
    }
}

/// As error messages name it.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Every(steps) => write!(f, "every {steps} steps"),
            Kind::Factor(factor) => write!(f, "a factor of {factor}"),
        }
    }
}

/// Where a run stands in its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Clock {
    interval: Interval,
    due: u64,
}

impl Clock {
    pub(super) fn new(interval: Interval) -> Self {
        Clock { interval, due: 0 }
    }

    /// Succeeds if a saved clock has the same interval.
    #[cfg(feature = "serde")]
    pub(super) fn check_interval(&self, saved: &Clock) -> Result<()> {
        if saved.interval != self.interval {
            return Err(Error::ForeignObserver {
                what: "the interval",
                saved: saved.interval.to_string(),
                own: self.interval.to_string(),
            });
        }
        Ok(())
    }

    #[cfg(feature = "serde")]
    pub(super) fn interval(&self) -> Interval {
        self.interval
    }

    /// Whether to record at `step`; if so, the next time is set.
    pub(super) fn is_due(&mut self, step: u64) -> bool {
        let due = step >= self.due;
        if due {
            self.due = self.interval.after(step);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(interval: Interval, until: u64) -> Vec<u64> {
        let mut clock = Clock::new(interval);
        (0..until).filter(|&step| clock.is_due(step)).collect()
    }

    #[test]
    fn steps_are_even_on_their_axis() {
        assert_eq!(steps(Interval::every(4).unwrap(), 13), [0, 4, 8, 12]);
        let log = steps(Interval::per_decade(4).unwrap(), 10_000);
        assert_eq!(log[..8], [0, 1, 2, 4, 8, 15, 27, 49]);
        // Rounding up shortens the count a little at the small steps only.
        let decade = log.iter().filter(|step| (1000..10_000).contains(*step));
        assert_eq!(decade.count(), 4);
    }

    #[test]
    fn an_interval_of_nothing_is_refused() {
        assert!(
            Interval::every(0)
                .unwrap_err()
                .to_string()
                .contains("interval is 0")
        );
        assert!(Interval::per_decade(0).is_err());
    }
}
