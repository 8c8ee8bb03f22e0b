//! How runs end that look for a solution within a budget.

use sparse_parity::stats::Time;
use sparse_parity::train::Stop;

/// The time of a run of at most `budget` updates; `None` if it was given up, which is no result.
pub fn time_of(end: Stop, budget: u64) -> Option<Time> {
    match end {
        Stop::Solved { step } => Some(Time::Solved(step)),
        Stop::Diverged { .. } => Some(Time::Never),
        Stop::GivenUp { .. } => None,
        _ => Some(Time::Censored(budget)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_but_a_cancelled_one_is_a_time() {
        for (end, time) in [
            (Stop::Solved { step: 3 }, Some(Time::Solved(3))),
            (Stop::Diverged { step: 3 }, Some(Time::Never)),
            (Stop::Budget, Some(Time::Censored(9))),
            (Stop::GivenUp { step: 3 }, None),
        ] {
            assert_eq!(time_of(end, 9), time);
        }
    }
}
