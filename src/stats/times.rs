use super::{Estimate, wilson};
use crate::error::{Error, Result};
use std::cmp::Ordering;

/// The convergence time t_c of one run in updates, or a lower bound for it.
///
/// The order is that in which runs leave the risk set: at equal steps solved runs before censored
/// ones, and diverged runs after all others. [`compare`](Time::compare) orders only the pairs whose
/// convergence times are known to be in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Time {
    /// The run was solved: t_c is this number.
    Solved(u64),
    /// The budget was spent: t_c is larger than this number.
    Censored(u64),
    /// The run diverged: t_c is infinite, later than that of all other runs.
    Never,
}

impl Time {
    /// The convergence time, if the run was solved.
    pub fn solved(self) -> Option<u64> {
        match self {
            Time::Solved(t) => Some(t),
            Time::Censored(_) | Time::Never => None,
        }
    }

    /// The convergence time, infinite unless the run was solved.
    ///
    /// If all runs have the same budget, these numbers are ordered as the runs are, and statistics of
    /// ranks may use them.
    pub fn or_infinite(self) -> f64 {
        self.solved().map_or(f64::INFINITY, |t| t as f64)
    }

    /// The time that remained at `step`; `None` if the run had been solved or its budget spent before.
    pub fn after(self, step: u64) -> Option<Time> {
        match self {
            Time::Solved(t) => t.checked_sub(step).map(Time::Solved),
            Time::Censored(c) => c.checked_sub(step).map(Time::Censored),
            Time::Never => Some(Time::Never),
        }
    }

    /// The order of two convergence times; `None` if it is unknown.
    pub fn compare(self, other: Time) -> Option<Ordering> {
        match (self, other) {
            (Time::Solved(a), Time::Solved(b)) => Some(a.cmp(&b)),
            (Time::Solved(a), Time::Censored(c)) => (a <= c).then_some(Ordering::Less),
            (Time::Censored(c), Time::Solved(b)) => (b <= c).then_some(Ordering::Greater),
            (Time::Solved(_), Time::Never) => Some(Ordering::Less),
            (Time::Never, Time::Solved(_)) => Some(Ordering::Greater),
            (Time::Never, Time::Never) => Some(Ordering::Equal),
            (Time::Censored(_), Time::Censored(_) | Time::Never)
            | (Time::Never, Time::Censored(_)) => None,
        }
    }

    fn key(self) -> (u64, u8) {
        match self {
            Time::Solved(t) => (t, 0),
            Time::Censored(c) => (c, 1),
            Time::Never => (u64::MAX, 2),
        }
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Time) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Time) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The convergence times of many runs of one setting, as far as they are known.
///
/// Collect them: `outcomes.iter().map(Outcome::time).collect::<Times>()`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Times {
    sorted: Vec<Time>,
}

impl FromIterator<Time> for Times {
    fn from_iter<I: IntoIterator<Item = Time>>(times: I) -> Self {
        let mut sorted: Vec<_> = times.into_iter().collect();
        sorted.sort_unstable();
        Times { sorted }
    }
}

impl Times {
    /// The times from the smallest to the largest, whatever the order in which they were collected.
    pub fn as_slice(&self) -> &[Time] {
        &self.sorted
    }

    /// The number of runs.
    pub fn runs(&self) -> usize {
        self.sorted.len()
    }

    /// The number of runs that were solved.
    pub fn solved(&self) -> usize {
        self.known().count()
    }

    /// The number of runs that spent their budget.
    pub fn censored(&self) -> usize {
        self.runs() - self.solved() - self.diverged()
    }

    /// The number of runs that diverged.
    pub fn diverged(&self) -> usize {
        self.runs() - self.sorted.partition_point(|&time| time < Time::Never)
    }

    /// The convergence times of the runs that were solved, ascending.
    pub fn known(&self) -> impl Iterator<Item = u64> + '_ {
        self.sorted.iter().filter_map(|time| time.solved())
    }

    /// The number of runs with t_c ≤ `step`, as far as they were observed.
    pub fn solved_by(&self, step: u64) -> usize {
        self.known().take_while(|&t| t <= step).count()
    }

    /// The earliest success.
    pub fn first(&self) -> Option<u64> {
        self.known().next()
    }

    /// The step up to which every run was observed, the smallest budget of a censored run; `None` if
    /// no run is censored.
    pub fn budget(&self) -> Option<u64> {
        self.sorted.iter().find_map(|time| match time {
            Time::Censored(c) => Some(*c),
            Time::Solved(_) | Time::Never => None,
        })
    }

    /// The share of solved runs, with Wilson's interval: see [`wilson`].
    ///
    /// The share depends on the budgets. If they differ, use a [`KaplanMeier`](super::KaplanMeier) curve.
    ///
    /// # Errors
    /// [`Error::Zero`] without runs, [`Error::OutOfRange`] unless 0 < `level` < 1.
    pub fn success_rate(&self, level: f64) -> Result<Estimate> {
        wilson(self.solved(), self.runs(), level)
    }

    /// Succeeds if there are runs.
    pub(super) fn nonempty(&self) -> Result<()> {
        match self.runs() {
            0 => Err(Error::Zero {
                what: "the number of runs",
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Time::{Censored, Never, Solved};
    use super::*;

    #[test]
    fn every_run_is_counted_once() {
        let times: Times = [Never, Solved(7), Censored(9), Solved(3), Censored(5)]
            .into_iter()
            .collect();
        let sorted = [Solved(3), Censored(5), Solved(7), Censored(9), Never];
        assert_eq!(times.as_slice(), sorted);
        let counts = (times.solved(), times.censored(), times.diverged());
        assert_eq!(counts, (2, 2, 1));
        assert_eq!((times.first(), times.budget()), (Some(3), Some(5)));
        assert_eq!(times.solved_by(6), 1);
    }

    #[test]
    fn what_cannot_be_told_is_not_compared() {
        assert_eq!(Solved(5).compare(Censored(5)), Some(Ordering::Less));
        assert_eq!(Solved(6).compare(Censored(5)), None);
        assert_eq!(Censored(5).compare(Never), None);
        assert_eq!(Never.compare(Solved(1)), Some(Ordering::Greater));
        for a in [Solved(5), Solved(6), Censored(5), Never] {
            for b in [Solved(5), Solved(6), Censored(5), Never] {
                let reversed = b.compare(a).map(Ordering::reverse);
                assert_eq!(a.compare(b), reversed);
            }
        }
    }

    #[test]
    fn what_remains_is_counted_from_the_step() {
        assert_eq!(Solved(5).after(2), Some(Solved(3)));
        assert_eq!(Censored(5).after(6), None);
        assert_eq!(Never.after(6), Some(Never));
    }
}
