//! Which outcomes settings can have.

use super::{Outcome, Status, TargetKind, Trial};
use crate::error::{Error, Result};
use crate::measure::VALIDATION_EXAMPLES;

/// Succeeds if it is true; otherwise the reason says what is not.
pub(super) fn possible(is_true: bool, reason: impl FnOnce() -> String) -> Result<()> {
    match is_true {
        true => Ok(()),
        false => Err(Error::ImpossibleOutcome { reason: reason() }),
    }
}

/// Succeeds if a run with so many updates at most can have ended like that.
pub(super) fn end(status: Status, steps: u64, max_steps: u64) -> Result<()> {
    possible(steps <= max_steps, || {
        format!("it has {steps} steps of at most {max_steps}")
    })?;
    possible(status != Status::Unsolved || steps == max_steps, || {
        format!("it is unsolved after {steps} of {max_steps} steps")
    })
}

/// Succeeds if these can be the relevant coordinates among n, and those that the learner found.
pub(super) fn coordinates(n: usize, support: &[usize], recovered: &[usize]) -> Result<()> {
    for set in [support, recovered] {
        let is_set = set.is_sorted_by(|a, b| a < b) && set.last().is_none_or(|last| *last < n);
        possible(is_set, || {
            format!("{set:?} are no coordinates below n = {n} in ascending order")
        })?;
    }
    possible(support.len() == recovered.len(), || {
        format!("{recovered:?} are not as many coordinates as {support:?}")
    })
}

impl Trial {
    /// Succeeds if a run of the trial can have this outcome.
    pub(super) fn check(&self, outcome: &Outcome) -> Result<()> {
        let Outcome {
            status,
            t,
            times,
            memorised,
            steps,
            final_accuracy,
            support,
            recovered,
        } = outcome;
        let (steps, accuracy) = (*steps, *final_accuracy);
        let right = accuracy * VALIDATION_EXAMPLES as f64;
        let is_share = (0.0..=1.0).contains(&accuracy) && right.fract() == 0.0;
        possible(is_share, || {
            format!("final_accuracy = {accuracy} is no share of {VALIDATION_EXAMPLES} examples")
        })?;
        possible((*status == Status::Solved) == t.is_some(), || {
            format!("it is {status} and t is {t:?}")
        })?;
        end(*status, steps, self.max_steps)?;
        coordinates(self.n, support, recovered)?;
        if matches!(self.target, TargetKind::Parity | TargetKind::DisjointParity) {
            possible(support.len() == self.k, || {
                format!("{support:?} are not k = {} coordinates", self.k)
            })?;
        }
        possible(times.len() == self.criteria.len(), || {
            format!(
                "it has {} times of {} criteria",
                times.len(),
                self.criteria.len()
            )
        })?;
        possible(memorised.is_none() || self.memorisation, || {
            format!("memorised is {memorised:?}, and the trial does not ask for it")
        })?;
        let all_times = t.iter().chain(times.iter().flatten()).chain(memorised);
        let late = all_times.into_iter().find(|t| **t > steps);
        possible(late.is_none(), || {
            format!("a time of {late:?} is after all {steps} steps")
        })?;
        match times.first() {
            Some(first) => possible(first == t, || {
                format!("t is {t:?}, and times are {times:?}")
            }),
            None => possible(t.is_none_or(|t| t == steps), || {
                format!("t is {t:?}, and it has {steps} steps")
            }),
        }
    }

    /// Whether the run ended because there was nothing left to meet, or diverged, within that budget.
    pub(super) fn ended_within(outcome: &Outcome, budget: u64) -> bool {
        let is_complete = match outcome.status {
            Status::Solved => !outcome.times.contains(&None),
            Status::Diverged => true,
            Status::Unsolved => false,
        };
        is_complete && outcome.steps <= budget
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::CriterionKind;

    fn solved() -> (Trial, Outcome) {
        let trial = Trial {
            max_steps: 5000,
            ..Trial::new(12, 2)
        };
        let outcome = trial.run(&1.into()).unwrap();
        assert_eq!(outcome.status, Status::Solved);
        (trial, outcome)
    }

    #[test]
    fn what_a_run_gives_is_possible() {
        let (trial, outcome) = solved();
        trial.check(&outcome).unwrap();
        let both = [
            CriterionKind::Batches {
                accuracy: 0.75,
                window: 12,
            },
            CriterionKind::Validation { accuracy: 1.0 },
        ];
        for (max_steps, criteria) in [(3, vec![]), (3, both.to_vec()), (5000, both.to_vec())] {
            let trial = Trial {
                max_steps,
                criteria,
                ..trial.clone()
            };
            trial.check(&trial.run(&1.into()).unwrap()).unwrap();
        }
        let diverging = Trial {
            rate: 1e30.into(),
            ..trial
        };
        let outcome = diverging.run(&1.into()).unwrap();
        assert_eq!(outcome.status, Status::Diverged);
        diverging.check(&outcome).unwrap();
    }

    #[test]
    fn what_no_run_gives_is_refused_with_the_value() {
        let (trial, outcome) = solved();
        let change = |change: &dyn Fn(&mut Outcome)| {
            let mut outcome = outcome.clone();
            change(&mut outcome);
            trial.check(&outcome).unwrap_err().to_string()
        };
        assert!(change(&|o| o.final_accuracy = 7.5).contains("final_accuracy = 7.5"));
        assert!(change(&|o| o.final_accuracy = f64::NAN).contains("NaN"));
        assert!(change(&|o| o.final_accuracy = 0.3).contains("0.3 is no share of 8192"));
        assert!(change(&|o| o.t = None).contains("solved and t is None"));
        assert!(change(&|o| o.steps = 1 << 60).contains("of at most 5000"));
        assert!(change(&|o| o.steps += 1).contains("steps"));
        assert!(change(&|o| o.t = Some(1 << 60)).contains("after all"));
        assert!(change(&|o| o.status = Status::Unsolved).contains("unsolved"));
        assert!(change(&|o| o.support = vec![3, 99]).contains("below n = 12"));
        assert!(change(&|o| o.recovered = vec![3]).contains("not as many"));
        assert!(change(&|o| (o.support, o.recovered) = (vec![3], vec![3])).contains("k = 2"));
        assert!(change(&|o| o.times = vec![Some(3)]).contains("1 times of 0 criteria"));
        assert!(change(&|o| o.memorised = Some(3)).contains("does not ask for it"));
    }

    #[test]
    fn only_a_run_that_ended_by_itself_is_that_of_another_budget() {
        let (trial, outcome) = solved();
        let steps = outcome.steps;
        assert!(Trial::ended_within(&outcome, steps) && !Trial::ended_within(&outcome, steps - 1));
        let shorter = Trial {
            max_steps: steps,
            ..trial.clone()
        };
        assert_eq!(shorter.run(&1.into()).unwrap(), outcome);
        let out_of_time = Trial {
            max_steps: steps - 1,
            ..trial.clone()
        };
        let unsolved = out_of_time.run(&1.into()).unwrap();
        assert!(!Trial::ended_within(&unsolved, 5000));
        // The second criterion was not met in time.
        let criteria = vec![
            CriterionKind::Batches {
                accuracy: 0.75,
                window: 2,
            },
            CriterionKind::Validation { accuracy: 1.0 },
        ];
        let half = Trial {
            criteria,
            ..out_of_time
        };
        let half = half.run(&1.into()).unwrap();
        assert_eq!((half.status, half.times[1]), (Status::Solved, None));
        assert!(!Trial::ended_within(&half, 5000));
    }
}
