use crate::stats::Time;
use crate::train::Stop;
use std::fmt;

/// What became of a [`Trial`](super::Trial).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outcome {
    /// Solved, unsolved or diverged.
    pub status: Status,
    /// The convergence time t_c; `None` unless solved.
    ///
    /// Of several criteria it is that of the first.
    pub t: Option<u64>,
    /// The times of the trial's [`criteria`](super::Trial::criteria) in their order, `None` where one was not met;
    /// empty if the trial has a target accuracy alone.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub times: Vec<Option<u64>>,
    /// The number of updates before the first iterate without an error on the training sample; `None` if there was none
    /// up to the end, or the trial does not ask for its [`memorisation`](super::Trial::memorisation).
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub memorised: Option<u64>,
    /// The number of updates made: t_c of a solved run, unless it went on to meet further criteria.
    pub steps: u64,
    /// The share of 2¹³ clean validation examples that the last iterate gets right.
    ///
    /// An output that is not a number is wrong, so a diverged run may have an accuracy of 0.
    pub final_accuracy: f64,
    /// The hidden support, ascending.
    pub support: Vec<usize>,
    /// The k coordinates that the learner relies on most at the end, ascending.
    ///
    /// See [`influences`](crate::measure::influences). For a run that did not solve its task it
    /// means little.
    pub recovered: Vec<usize>,
}

impl Outcome {
    /// What is known of the convergence time, for [statistics](crate::stats).
    pub fn time(&self) -> Time {
        self.status.time(self.t.unwrap_or(self.steps))
    }
}

impl Status {
    /// The same of a run that made so many updates.
    pub(crate) fn time(self, steps: u64) -> Time {
        match self {
            Status::Solved => Time::Solved(steps),
            Status::Unsolved => Time::Censored(steps),
            Status::Diverged => Time::Never,
        }
    }
}

/// How a trial ended; statistics count all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Status {
    /// The target accuracy was reached, or the first of several criteria met.
    ///
    /// Whether the run went on to meet the other criteria, used up its budget or diverged, the first time holds.
    Solved,
    /// It was not reached within the budget of steps: a censored observation of t_c.
    Unsolved,
    /// The loss or an output became infinite or not a number.
    Diverged,
}

impl From<Stop> for Status {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Solved { .. } => Status::Solved,
            Stop::Budget | Stop::GivenUp { .. } => Status::Unsolved,
            Stop::Diverged { .. } => Status::Diverged,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Solved => "solved",
            Status::Unsolved => "unsolved",
            Status::Diverged => "diverged",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_is_a_time() {
        let time = |status, t| {
            let outcome = Outcome {
                status,
                t,
                times: Vec::new(),
                memorised: None,
                steps: 90,
                support: Vec::new(),
                recovered: Vec::new(),
                final_accuracy: 0.5,
            };
            outcome.time()
        };
        assert_eq!(time(Status::Solved, Some(90)), Time::Solved(90));
        assert_eq!(time(Status::Solved, Some(30)), Time::Solved(30));
        assert_eq!(time(Status::Unsolved, None), Time::Censored(90));
        assert_eq!(time(Status::Diverged, None), Time::Never);
    }
}
