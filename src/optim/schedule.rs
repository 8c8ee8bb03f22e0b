use crate::error::{Error, Result, non_negative};

/// A number that depends on the step: a learning rate η_t or a weight decay λ_t.
///
/// ```
/// use sparse_parity::optim::Schedule;
///
/// let drop = Schedule::table(&[(0, 0.1), (1000, 0.01)])?;
/// assert_eq!((drop.at(999), drop.at(1000)), (0.1, 0.01));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Schedule {
    /// The same number at every step.
    Constant(f64),
    /// From each listed step on, the number beside it, and 0 before the first; best made by
    /// [`Schedule::table`].
    Table(Vec<(u64, f64)>),
}

impl From<f64> for Schedule {
    fn from(value: f64) -> Self {
        Schedule::Constant(value)
    }
}

impl Schedule {
    /// From each listed step on, the number beside it.
    ///
    /// # Errors
    /// [`Error::ScheduleSteps`] unless the steps begin at 0 and increase, [`Error::Negative`] for a
    /// number that is no rate.
    pub fn table(entries: &[(u64, f64)]) -> Result<Self> {
        let schedule = Schedule::Table(entries.to_vec());
        schedule.check("an entry of the schedule")?;
        Ok(schedule)
    }

    /// The number at step `t`, counted from 0.
    pub fn at(&self, t: u64) -> f64 {
        match self {
            Schedule::Constant(value) => *value,
            Schedule::Table(entries) => {
                let begun = entries.iter().take_while(|(step, _)| *step <= t);
                begun.last().map_or(0.0, |(_, value)| *value)
            }
        }
    }

    /// Whether the number is 0 at every step.
    pub fn is_zero(&self) -> bool {
        match self {
            Schedule::Constant(value) => *value == 0.0,
            Schedule::Table(entries) => entries.iter().all(|(_, value)| *value == 0.0),
        }
    }

    /// Refuses numbers that are no rates, and tables that are no tables.
    pub(super) fn check(&self, what: &'static str) -> Result<()> {
        match self {
            Schedule::Constant(value) => non_negative(what, *value).map(drop),
            Schedule::Table(entries) => {
                let steps: Vec<u64> = entries.iter().map(|(step, _)| *step).collect();
                if steps.first() != Some(&0) || steps.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return Err(Error::ScheduleSteps { steps });
                }
                let mut values = entries.iter().map(|(_, value)| *value);
                values.try_for_each(|value| non_negative(what, value).map(drop))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_from_its_step_on() {
        let table = Schedule::table(&[(0, 1.0), (3, 2.0), (5, 0.0)]).unwrap();
        let values: Vec<f64> = (0..7).map(|t| table.at(t)).collect();
        assert_eq!(values, [1.0, 1.0, 1.0, 2.0, 2.0, 0.0, 0.0]);
    }

    #[test]
    fn tables_out_of_order_and_bad_rates_are_refused() {
        for steps in [vec![], vec![(1, 0.1)], vec![(0, 0.1), (5, 0.2), (5, 0.3)]] {
            let error = Schedule::table(&steps).unwrap_err().to_string();
            assert!(error.contains("begin at 0 and increase"), "{error}");
        }
        let error = Schedule::table(&[(0, f64::NAN)]).unwrap_err().to_string();
        assert!(error.contains("NaN"), "{error}");
    }
}
