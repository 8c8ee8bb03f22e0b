//! Schedules as a file states them: a number is a constant.

use crate::optim::Schedule;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::fmt;

/// A schedule that may be a number.
struct NumberOrSchedule(Schedule);

impl<'de> Deserialize<'de> for NumberOrSchedule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Form).map(NumberOrSchedule)
    }
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Schedule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a schedule such as { cosine = { first, last, steps } }")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Schedule, E> {
        Ok(Schedule::Constant(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Schedule, E> {
        Ok(Schedule::Constant(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Schedule, E> {
        Ok(Schedule::Constant(value as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
        Schedule::unchecked(MapAccessDeserializer::new(map))
    }
}

pub(super) fn schedule<'de, D: Deserializer<'de>>(from: D) -> Result<Schedule, D::Error> {
    NumberOrSchedule::deserialize(from).map(|NumberOrSchedule(schedule)| schedule)
}

/// Rates of blocks, as pairs of a name and a schedule.
pub(super) mod by_block {
    use super::*;
    use crate::trial::BlockRate;
    use serde::Serializer;

    pub fn serialize<S: Serializer>(rates: &[BlockRate], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(rates.iter().map(|BlockRate { block, rate }| (block, rate)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<BlockRate>, D::Error> {
        let rates = Vec::<(String, NumberOrSchedule)>::deserialize(from)?;
        let plain = |(block, NumberOrSchedule(rate))| BlockRate { block, rate };
        Ok(rates.into_iter().map(plain).collect())
    }
}
