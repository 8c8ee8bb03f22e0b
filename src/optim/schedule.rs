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
}

/// The serialised form, whose numbers are not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "Schedule", rename_all = "kebab-case", deny_unknown_fields)]
enum Stored {
    Constant(f64),
    Table(Vec<ScheduleEntry>),
    InverseTime { first: f64, timescale: f64 },
    Cosine { first: f64, last: f64, steps: u64 },
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let schedule = Schedule::unchecked(from)?;
        schedule.checked().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "serde")]
impl Schedule {
    /// Reads a schedule that is checked when it is used, where the error can name the setting.
    pub(crate) fn unchecked<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let stored = <Stored as serde::Deserialize>::deserialize(from)?;
        Ok(match stored {
            Stored::Constant(value) => Schedule::Constant(value),
            Stored::Table(entries) => Schedule::Table(entries),
            Stored::InverseTime { first, timescale } => Schedule::InverseTime { first, timescale },
            Stored::Cosine { first, last, steps } => Schedule::Cosine { first, last, steps },
        })
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
        }
    }

    /// Whether the number is 0 at every step.
    pub fn is_zero(&self) -> bool {
        match self {
            Schedule::Constant(value) => *value == 0.0,
            Schedule::Table(entries) => entries.iter().all(|entry| entry.value == 0.0),
            Schedule::InverseTime { first, .. } => *first == 0.0,
            Schedule::Cosine { first, last, .. } => *first == 0.0 && *last == 0.0,
        }
    }

    /// The schedule of the numbers times `factor`.
    pub(crate) fn times(mut self, factor: f64) -> Self {
        match &mut self {
            Schedule::Constant(value) => *value *= factor,
            Schedule::Table(entries) => {
                entries.iter_mut().for_each(|entry| entry.value *= factor);
            }
            Schedule::InverseTime { first, .. } => *first *= factor,
            Schedule::Cosine { first, last, .. } => {
                *first *= factor;
                *last *= factor;
            }
        }
        self
    }

    /// Refuses numbers that are no rates, and tables and waves that are none.
    pub(super) fn check(&self, what: &'static str) -> Result<()> {
        match self {
            Schedule::Constant(value) => non_negative(what, *value).map(drop),
            Schedule::Table(entries) => {
                let steps: Vec<u64> = entries.iter().map(|entry| entry.step).collect();
                if steps.first() != Some(&0) || steps.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return Err(Error::ScheduleSteps { steps });
                }
                let mut values = entries.iter().map(|entry| entry.value);
                values.try_for_each(|value| non_negative(what, value).map(drop))
            }
            Schedule::InverseTime { first, timescale } => {
                non_negative(what, *first)?;
                above_zero("the timescale of the schedule", *timescale).map(drop)
            }
            Schedule::Cosine { first, last, steps } => {
                some_steps(*steps)?;
                non_negative(what, *first)?;
                non_negative(what, *last).map(drop)
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

fn some_steps(steps: u64) -> Result<()> {
    if steps == 0 {
        let what = "the number of steps of the schedule";
        return Err(Error::Zero { what });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_from_its_step_on() {
        let table = Schedule::table([(0, 1.0), (3, 2.0), (5, 0.0)]).unwrap();
        let values: Vec<f64> = (0..7).map(|t| table.at(t)).collect();
        assert_eq!(values, [1.0, 1.0, 1.0, 2.0, 2.0, 0.0, 0.0]);
        assert_eq!(Schedule::Table(vec![(2, 1.0).into()]).at(1), 0.0);
    }

    #[test]
    fn every_number_is_multiplied() {
        for schedule in [
            Schedule::Constant(0.5),
            Schedule::table([(0, 1.0), (3, 2.0)]).unwrap(),
            Schedule::inverse_time(0.5, 3.0).unwrap(),
            Schedule::cosine(1.0, 0.25, 10).unwrap(),
        ] {
            let twice = schedule.clone().times(2.0);
            assert!(
                (0..12).all(|t| twice.at(t) == 2.0 * schedule.at(t)),
                "{schedule:?}"
            );
        }
    }

    #[test]
    fn tables_out_of_order_and_bad_rates_are_refused() {
        for steps in [vec![], vec![(1, 0.1)], vec![(0, 0.1), (5, 0.2), (5, 0.3)]] {
            let error = Schedule::table(steps).unwrap_err().to_string();
            assert!(error.contains("begin at 0 and increase"), "{error}");
        }
        let error = Schedule::table([(0, f64::NAN)]).unwrap_err().to_string();
        assert!(error.contains("NaN"), "{error}");
    }

    #[test]
    fn a_function_is_asked_once_a_step_and_its_last_number_stays() {
        let mut asked = Vec::new();
        let values = [0.5, 0.5, 0.25, 0.5, 0.5];
        let schedule = Schedule::from_fn(5, |t| {
            asked.push(t);
            values[t as usize]
        })
        .unwrap();
        assert_eq!(asked, [0, 1, 2, 3, 4]);
        let merged = Schedule::table([(0, 0.5), (2, 0.25), (3, 0.5)]);
        assert_eq!(schedule, merged.unwrap());
        assert_eq!(schedule.at(u64::MAX), 0.5);
    }

    #[test]
    fn the_inverse_of_time_halves_after_its_timescale() {
        let schedule = Schedule::inverse_time(1.5, 4.0).unwrap();
        let found = [0, 4, 8, 20].map(|t| schedule.at(t));
        assert_eq!(found, [1.5, 0.75, 0.5, 0.25]);
        let sudden = Schedule::inverse_time(1.0, f64::MIN_POSITIVE).unwrap();
        assert_eq!((sudden.at(0), sudden.at(u64::MAX)), (1.0, 0.0));
    }

    #[test]
    fn a_cosine_meets_its_ends_exactly_and_stays_between_them() {
        for (first, last) in [(0.1, 0.3), (0.3, 1e-9), (1e-20, 0.7), (f64::MAX, 0.0)] {
            let schedule = Schedule::cosine(first, last, 6).unwrap();
            let values: Vec<f64> = (0..6).map(|t| schedule.at(t)).collect();
            assert_eq!(values[0], first);
            let (low, high) = (first.min(last), first.max(last));
            assert!(values.iter().all(|value| (low..=high).contains(value)));
            assert_eq!([6, 7, u64::MAX].map(|t| schedule.at(t)), [last; 3]);
        }
        let schedule = Schedule::cosine(3.0, 1.0, 6).unwrap();
        for (t, expected) in [(2, 2.5), (3, 2.0), (4, 1.5)] {
            let found = schedule.at(t);
            assert!((found - expected).abs() < 1e-15, "{found} at {t}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn every_schedule_survives_storage() {
        let schedules = [
            (Schedule::from(0.1), r#"{"constant":0.1}"#),
            (
                Schedule::table([(0, 0.1), (7, 0.0)]).unwrap(),
                r#"{"table":[[0,0.1],[7,0.0]]}"#,
            ),
            (
                Schedule::inverse_time(0.1, 30.0).unwrap(),
                r#"{"inverse-time":{"first":0.1,"timescale":30.0}}"#,
            ),
            (
                Schedule::cosine(0.1, 0.01, 7).unwrap(),
                r#"{"cosine":{"first":0.1,"last":0.01,"steps":7}}"#,
            ),
        ];
        for (schedule, text) in schedules {
            assert_eq!(serde_json::to_string(&schedule).unwrap(), text);
            let again: Schedule = serde_json::from_str(text).unwrap();
            assert_eq!(again, schedule);
            let bytes = postcard::to_stdvec(&schedule).unwrap();
            assert_eq!(postcard::from_bytes::<Schedule>(&bytes).unwrap(), schedule);
        }
    }
}
