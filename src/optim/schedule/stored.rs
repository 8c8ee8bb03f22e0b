//! Reads schedules, whose numbers are validated behind it.

use super::{Schedule, ScheduleEntry};
use serde::de::{Deserialize, Deserializer, Error};

/// The serialised form of a schedule whose joins have such parts.
#[derive(serde::Deserialize)]
#[serde(rename = "Schedule", rename_all = "kebab-case", deny_unknown_fields)]
enum Stored<Part> {
    Constant(f64),
    Table(Vec<ScheduleEntry>),
    InverseTime { first: f64, timescale: f64 },
    Cosine { first: f64, last: f64, steps: u64 },
    Linear { first: f64, last: f64, steps: u64 },
    Exponential { first: f64, factor: f64, steps: u64 },
    Join(Vec<(u64, Part)>),
}

/// The part of a join within a join: there is none, so that a file cannot nest them without end.
enum NoPart {}

impl<'de> Deserialize<'de> for NoPart {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(
            "a join of schedules is no part of a join; list the parts of both in one",
        ))
    }
}

impl From<NoPart> for Schedule {
    fn from(part: NoPart) -> Self {
        match part {}
    }
}

impl<Part> From<Stored<Part>> for Schedule
where
    Schedule: From<Part>,
{
    fn from(stored: Stored<Part>) -> Self {
        match stored {
            Stored::Constant(value) => Schedule::Constant(value),
            Stored::Table(entries) => Schedule::Table(entries),
            Stored::InverseTime { first, timescale } => Schedule::InverseTime { first, timescale },
            Stored::Cosine { first, last, steps } => Schedule::Cosine { first, last, steps },
            Stored::Linear { first, last, steps } => Schedule::Linear { first, last, steps },
            Stored::Exponential {
                first,
                factor,
                steps,
            } => Schedule::Exponential {
                first,
                factor,
                steps,
            },
            Stored::Join(parts) => {
                let part = |(step, part)| (step, Schedule::from(part)).into();
                Schedule::Join(parts.into_iter().map(part).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let schedule = Schedule::unchecked(from)?;
        schedule.checked().map_err(D::Error::custom)
    }
}

impl Schedule {
    /// Reads a schedule that is checked when it is used, where the error can name the setting.
    pub(crate) fn unchecked<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Stored::<Stored<NoPart>>::deserialize(from).map(Schedule::from)
    }
}
