#[cfg(feature = "serde")]
mod stored;

use crate::error::{Error, Result, above_zero, at_most, non_negative};
use crate::real::Real;
use std::f64::consts::PI;

/// The most steps for which a closure is called.
const MOST_STEPS: usize = 1 << 31;

/// A number that depends on the step: a learning rate η_t or a weight decay λ_t.
///
/// A schedule is data: it can be compared, stored in settings, and resumed from.
///
/// ```
/// use sparse_parity::optim::Schedule;
///
/// let drop = Schedule::table([(0, 0.1), (1000, 0.01)])?;
/// assert_eq!((drop.at(999), drop.at(1000)), (0.1, 0.01));
///
/// let slower = Schedule::inverse_time(0.1, 500.0)?;
/// assert_eq!((slower.at(0), slower.at(500)), (0.1, 0.05));
///
/// let cosine = Schedule::cosine(0.1, 0.0, 2000)?;
/// assert_eq!((cosine.at(0), cosine.at(2000)), (0.1, 0.0));
///
/// let halved = Schedule::exponential(0.1, 0.5, 1000)?;
/// assert_eq!(halved.at(0), 0.1);
/// assert!((halved.at(2000) - 0.025).abs() < 1e-15);
///
/// let warm = Schedule::warm_up(100, cosine)?;
/// assert_eq!((warm.at(0), warm.at(50), warm.at(100), warm.at(2100)), (0.0, 0.05, 0.1, 0.0));
///
/// let stairs = Schedule::from_fn(3000, |t| 0.1 / (1 + t / 1000) as f64)?;
/// assert_eq!(stairs, Schedule::table([(0, 0.1), (1000, 0.05), (2000, 0.1 / 3.0)])?);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "sweep", schemars(extend("x-plain" = "constant", "x-steps" = "table")))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Schedule {
    /// The same number at every step.
    Constant(f64),
    /// The value of the last entry whose step has come, and 0 before the first entry; best made by
    /// [`Schedule::table`].
    Table(Vec<ScheduleEntry>),
    /// first / (1 + t / timescale); best made by [`Schedule::inverse_time`].
    InverseTime {
        /// The number at step 0.
        first: f64,
        /// The number of steps after which it is half as large.
        timescale: f64,
    },
    /// From `first` down half a wave to `last`; best made by [`Schedule::cosine`].
    Cosine {
        /// The number at step 0.
        first: f64,
        /// The number from step `steps` on.
        last: f64,
        /// The length of the half wave.
        steps: u64,
    },
    /// From `first` straight to `last`; best made by [`Schedule::linear`].
    Linear {
        /// The number at step 0.
        first: f64,
        /// The number from step `steps` on.
        last: f64,
        /// The length of the way.
        steps: u64,
    },
    /// first · factor^(t/steps); best made by [`Schedule::exponential`].
    Exponential {
        /// The number at step 0.
        first: f64,
        /// What the number is multiplied by in `steps` steps, in (0, 1].
        factor: f64,
        /// The number of steps in which it is multiplied by `factor` once.
        steps: u64,
    },
    /// One schedule after the other, each of which counts from its own first step; best made by
    /// [`Schedule::join`] or [`Schedule::warm_up`].
    Join(Vec<JoinedSchedule>),
}

/// A part of a [`Schedule::Join`]: a schedule, and the step from which it holds.
///
/// It is made of a pair `(step, schedule)`, and serialised as one. The schedule is no join itself:
/// [`Schedule::join`] takes the parts of one up as its own.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(into = "(u64, Schedule)")
)]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "sweep", schemars(from = "(u64, Schedule)"))]
pub struct JoinedSchedule {
    /// The first step at which the schedule holds, its own step 0.
    pub step: u64,
    /// The schedule.
    pub schedule: Schedule,
}

impl From<(u64, Schedule)> for JoinedSchedule {
    fn from((step, schedule): (u64, Schedule)) -> Self {
        JoinedSchedule { step, schedule }
    }
}

impl From<JoinedSchedule> for (u64, Schedule) {
    fn from(part: JoinedSchedule) -> Self {
        (part.step, part.schedule)
    }
}

/// An entry of a [`Schedule::Table`]: a value, and the step from which it holds.
///
/// It is made of a pair `(step, value)`, and serialised as one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "(u64, f64)", into = "(u64, f64)")
)]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
pub struct ScheduleEntry {
    /// The first step at which the value holds.
    pub step: u64,
    /// The value.
    pub value: f64,
}

impl From<(u64, f64)> for ScheduleEntry {
    fn from((step, value): (u64, f64)) -> Self {
        ScheduleEntry { step, value }
    }
}

impl From<ScheduleEntry> for (u64, f64) {
    fn from(entry: ScheduleEntry) -> Self {
        (entry.step, entry.value)
    }
}

impl From<f64> for Schedule {
    fn from(value: f64) -> Self {
        Schedule::Constant(value)
    }
}

impl Schedule {
    /// The value of the last entry whose step has come.
    ///
    /// Entries are [`ScheduleEntry`] or pairs `(step, value)`.
    ///
    /// # Errors
    /// [`Error::ScheduleSteps`] unless the steps begin at 0 and increase, [`Error::Negative`] for a
    /// value that is negative or not finite.
    pub fn table(entries: impl IntoIterator<Item = impl Into<ScheduleEntry>>) -> Result<Self> {
        Schedule::Table(entries.into_iter().map(Into::into).collect()).checked()
    }

    /// The numbers that `value` gives for the steps 0, …, `steps` − 1, the last of which holds from
    /// there on.
    ///
    /// `value` is called once a step, here, and equal neighbours become one entry of a
    /// [`Schedule::Table`]. The closure is not kept, because a schedule that holds one could
    /// neither be compared nor stored, and a checkpoint could not resume it.
    ///
    /// # Errors
    /// [`Error::Zero`] without steps, [`Error::TooLarge`] for more than 2³¹, [`Error::Negative`] for
    /// a number that is no rate.
    pub fn from_fn(steps: u64, mut value: impl FnMut(u64) -> f64) -> Result<Self> {
        some_steps(steps)?;
        at_most(
            "the number of steps",
            steps.try_into().unwrap_or(usize::MAX),
            MOST_STEPS,
        )?;
        let mut entries: Vec<ScheduleEntry> = Vec::new();
        for step in 0..steps {
            let value = non_negative(ENTRY, value(step))?;
            if entries.last().is_none_or(|last| last.value != value) {
                entries.push(ScheduleEntry { step, value });
            }
        }
        Ok(Schedule::Table(entries))
    }

    /// The 1/t rule.
    ///
    /// ```math
    /// \eta_t = \frac{\text{first}}{1 + t / \text{timescale}}
    /// ```
    ///
    /// # Errors
    /// [`Error::Negative`] if `first` is no rate, [`Error::NotPositive`] unless the timescale, in
    /// steps, is finite and positive.
    pub fn inverse_time(first: f64, timescale: f64) -> Result<Self> {
        Schedule::InverseTime { first, timescale }.checked()
    }

    /// Half a wave of the cosine (Loshchilov and Hutter, 2017), without restarts.
    ///
    /// ```math
    /// \eta_t = \text{last} + \frac{\text{first} - \text{last}}{2}
    /// \Bigl(1 + \cos \frac{\pi t}{\text{steps}}\Bigr) \quad (t < \text{steps}),
    /// \qquad \eta_t = \text{last} \quad (t \ge \text{steps})
    /// ```
    ///
    /// # Errors
    /// [`Error::Negative`] if `first` or `last` is no rate, [`Error::Zero`] without steps.
    pub fn cosine(first: f64, last: f64, steps: u64) -> Result<Self> {
        Schedule::Cosine { first, last, steps }.checked()
    }

    /// A straight way, and its end from there on.
    ///
    /// ```math
    /// \eta_t = \text{first} + (\text{last} - \text{first}) \, t / \text{steps} \quad (t < \text{steps}),
    /// \qquad \eta_t = \text{last} \quad (t \ge \text{steps})
    /// ```
    ///
    /// # Errors
    /// [`Error::Negative`] if `first` or `last` is no rate, [`Error::Zero`] without steps.
    pub fn linear(first: f64, last: f64, steps: u64) -> Result<Self> {
        Schedule::Linear { first, last, steps }.checked()
    }

    /// A decay by the factor `factor` in every `steps` steps, evenly and not in stairs.
    ///
    /// ```math
    /// \eta_t = \text{first} \cdot \text{factor}^{\, t / \text{steps}}
    /// ```
    ///
    /// # Errors
    /// [`Error::Negative`] if `first` is no rate, [`Error::OutOfRange`] unless 0 < `factor` ≤ 1, [`Error::Zero`] without
    /// steps.
    pub fn exponential(first: f64, factor: f64, steps: u64) -> Result<Self> {
        Schedule::Exponential {
            first,
            factor,
            steps,
        }
        .checked()
    }

    /// One schedule after the other: each holds from its step on, and counts from there.
    ///
    /// Parts are [`JoinedSchedule`] or pairs `(step, schedule)`. The parts of a part that is a join itself become parts of this
    /// one.
    ///
    /// ```
    /// use sparse_parity::optim::Schedule;
    ///
    /// let parts = [(0, Schedule::from(0.1)), (500, Schedule::cosine(0.1, 0.01, 1000)?)];
    /// let joined = Schedule::join(parts)?;
    /// assert_eq!((joined.at(499), joined.at(500), joined.at(1500)), (0.1, 0.1, 0.01));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ScheduleSteps`] unless the steps begin at 0 and increase; those of the constructors of the parts.
    pub fn join(parts: impl IntoIterator<Item = impl Into<JoinedSchedule>>) -> Result<Self> {
        let parts: Vec<JoinedSchedule> = parts.into_iter().map(Into::into).collect();
        let ends: Vec<u64> = parts.iter().skip(1).map(|part| part.step).collect();
        let mut joined = Vec::new();
        for (place, JoinedSchedule { step, schedule }) in parts.into_iter().enumerate() {
            let Schedule::Join(inner) = schedule else {
                joined.push(JoinedSchedule { step, schedule });
                continue;
            };
            let end = ends.get(place).copied().unwrap_or(u64::MAX);
            for part in inner {
                // What would begin when the next part does, or later, never holds.
                if let Some(step) = step.checked_add(part.step).filter(|step| *step < end) {
                    joined.push(JoinedSchedule { step, ..part });
                }
            }
        }
        Schedule::Join(joined).checked()
    }

    /// From 0 straight to the first number of `then` in `steps` steps, and then `then`, which counts from there.
    ///
    /// The first update has the rate 0. (Goyal et al., *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*, 2017.)
    ///
    /// # Errors
    /// [`Error::Zero`] without steps; those of the constructor of `then`.
    pub fn warm_up(steps: u64, then: impl Into<Schedule>) -> Result<Self> {
        let then = then.into().checked()?;
        let way = Schedule::linear(0.0, then.at(0), steps)?;
        Schedule::join([(0, way), (steps, then)])
    }

    /// The number at step `t`, counted from 0.
    #[inline]
    pub fn at(&self, t: u64) -> f64 {
        match self {
            Schedule::Constant(value) => *value,
            _ => self.varying(t),
        }
    }

    fn varying(&self, t: u64) -> f64 {
        match self {
            Schedule::Constant(value) => *value,
            Schedule::Table(entries) => {
                let begun = entries.partition_point(|entry| entry.step <= t);
                entries[..begun].last().map_or(0.0, |entry| entry.value)
            }
            Schedule::InverseTime { first, timescale } => first / (1.0 + t as f64 / timescale),
            Schedule::Cosine { last, steps, .. } if t >= *steps => *last,
            Schedule::Cosine { first, last, steps } => {
                // A mean of both ends, which rounding can neither make negative nor move at t = 0.
                let share = (1.0 + (PI * (t as f64 / *steps as f64)).portable_cos()) / 2.0;
                share * first + (1.0 - share) * last
            }
            Schedule::Linear { last, steps, .. } if t >= *steps => *last,
            Schedule::Linear { first, last, steps } => {
                // A mean, as above.
                let share = t as f64 / *steps as f64;
                (1.0 - share) * first + share * last
            }
            Schedule::Exponential {
                first,
                factor,
                steps,
            } => {
                let exponent = t as f64 / *steps as f64 * libm::log(*factor);
                first * exponent.portable_exp()
            }
            Schedule::Join(parts) => {
                let begun = parts.partition_point(|part| part.step <= t);
                let part = parts[..begun].last();
                part.map_or(0.0, |part| part.schedule.at(t - part.step))
            }
        }
    }

    /// Whether the number is 0 at every step.
    pub fn is_zero(&self) -> bool {
        match self {
            Schedule::Constant(value) => *value == 0.0,
            Schedule::Table(entries) => entries.iter().all(|entry| entry.value == 0.0),
            Schedule::InverseTime { first, .. } => *first == 0.0,
            Schedule::Exponential { first, .. } => *first == 0.0,
            Schedule::Cosine { first, last, .. } | Schedule::Linear { first, last, .. } => {
                *first == 0.0 && *last == 0.0
            }
            Schedule::Join(parts) => parts.iter().all(|part| part.schedule.is_zero()),
        }
    }

    /// The schedule of the numbers times `factor`.
    pub(crate) fn times(mut self, factor: f64) -> Self {
        match &mut self {
            Schedule::Constant(value) => *value *= factor,
            Schedule::Table(entries) => {
                entries.iter_mut().for_each(|entry| entry.value *= factor);
            }
            Schedule::InverseTime { first, .. } | Schedule::Exponential { first, .. } => {
                *first *= factor;
            }
            Schedule::Cosine { first, last, .. } | Schedule::Linear { first, last, .. } => {
                *first *= factor;
                *last *= factor;
            }
            Schedule::Join(parts) => {
                for part in parts {
                    part.schedule = part.schedule.clone().times(factor);
                }
            }
        }
        self
    }

    /// Refuses numbers that are no rates, and tables and waves that are none.
    pub(super) fn check(&self, what: &'static str) -> Result<()> {
        match self {
            Schedule::Constant(value) => non_negative(what, *value).map(drop),
            Schedule::Table(entries) => {
                in_order(entries.iter().map(|entry| entry.step))?;
                let mut values = entries.iter().map(|entry| entry.value);
                values.try_for_each(|value| non_negative(what, value).map(drop))
            }
            Schedule::InverseTime { first, timescale } => {
                non_negative(what, *first)?;
                above_zero("the timescale of the schedule", *timescale).map(drop)
            }
            Schedule::Cosine { first, last, steps } | Schedule::Linear { first, last, steps } => {
                some_steps(*steps)?;
                non_negative(what, *first)?;
                non_negative(what, *last).map(drop)
            }
            Schedule::Exponential {
                first,
                factor,
                steps,
            } => {
                some_steps(*steps)?;
                non_negative(what, *first)?;
                if *factor > 0.0 && *factor <= 1.0 {
                    return Ok(());
                }
                Err(Error::OutOfRange {
                    what: "the factor of the schedule",
                    value: *factor,
                    range: "(0, 1]",
                })
            }
            Schedule::Join(parts) => {
                in_order(parts.iter().map(|part| part.step))?;
                parts.iter().try_for_each(|part| match part.schedule {
                    Schedule::Join(_) => Err(Error::Conflict {
                        one: "a join of schedules",
                        other: "a join as a part of it",
                        reason: "Schedule::join makes one of both",
                    }),
                    ref schedule => schedule.check(what),
                })
            }
        }
    }

    fn checked(self) -> Result<Self> {
        self.check(ENTRY)?;
        Ok(self)
    }
}

/// What an error calls a number of a schedule that belongs to no rule yet.
const ENTRY: &str = "an entry of the schedule";

/// Refuses steps that do not begin at 0 and increase.
fn in_order(steps: impl Iterator<Item = u64>) -> Result<()> {
    let steps: Vec<u64> = steps.collect();
    if steps.first() != Some(&0) || steps.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Error::ScheduleSteps { steps });
    }
    Ok(())
}

fn some_steps(steps: u64) -> Result<()> {
    if steps == 0 {
        let what = "the number of steps of the schedule";
        return Err(Error::Zero { what });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
