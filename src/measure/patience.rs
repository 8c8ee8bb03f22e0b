use super::Measure;
use super::interval::{Clock, Interval};
use crate::error::{Result, non_negative};
use crate::model::Model;
use crate::real::Real;
use crate::train::{Observer, Snapshot, Stop};
use std::ops::ControlFlow;

/// Early stopping: an observer that gives a run up when a measure has not fallen for so many steps.
///
/// The measure is taken at the steps of an interval. The run ends with [`Stop::GivenUp`] at the first of them that lies
/// `patience` steps or more behind the last one that was better than all before. A value that is not a number is no
/// improvement.
///
/// On a sparse parity the loss stays where it is for most of a run, and then falls: a patience that is shorter than the
/// plateau ends the run before it learns.
///
/// The rate is lowered on a plateau by going on with other [rules](crate::train::Trainer::set_rules):
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let parity = ParityDistribution::new(12, &[1, 2])?;
/// let model = Mlp::new(12, 30, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let mut rate = 0.5;
/// let sgd = Sgd::new(model.layout(), Rule::rate(rate))?;
/// let target = parity.parity().clone();
/// let loss = ErrorRate::clean(&model, &target, &seeds)?;
/// let mut patience = Patience::new(loss, Interval::every(100)?, 1000);
/// let mut trainer = Trainer::new(model, Square, Online::new(parity, &seeds), sgd, theta, 32)?;
/// while let Stop::GivenUp { .. } = trainer.run(20_000, &mut patience) {
///     rate /= 10.0;
///     if rate < 0.001 {
///         break;
///     }
///     trainer.set_rules(Rule::rate(rate))?;
///     patience.restart();
/// }
/// println!("{:?} at step {:?}", patience.best(), patience.best_step());
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Patience<Q> {
    measure: Q,
    clock: Clock,
    patience: u64,
    least: f64,
    /// The smallest value with its step.
    best: Option<(f64, u64)>,
    /// The step of the last improvement, or of the first look since a restart.
    since: Option<u64>,
}

impl<Q> Patience<Q> {
    /// Gives up when the measure has not fallen for `patience` steps.
    pub fn new(measure: Q, interval: Interval, patience: u64) -> Self {
        Patience {
            measure,
            clock: Clock::new(interval),
            patience,
            least: 0.0,
            best: None,
            since: None,
        }
    }

    /// The same, where only a fall by more than `least` counts, in the units of the measure; 0 unless changed.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless it is finite and not negative.
    pub fn with_least(self, least: f64) -> Result<Self> {
        let least = non_negative("the least improvement", least)?;
        Ok(Patience { least, ..self })
    }

    /// The smallest value that counted as an improvement.
    pub fn best(&self) -> Option<f64> {
        self.best.map(|(value, _)| value)
    }

    /// The step of that value.
    pub fn best_step(&self) -> Option<u64> {
        self.best.map(|(_, step)| step)
    }

    /// Counts the patience anew from the next look on; the best value stays.
    pub fn restart(&mut self) {
        self.since = None;
    }

    /// Takes up a value; true if the patience is at its end.
    fn take(&mut self, step: u64, value: f64) -> bool {
        let is_better = match self.best {
            None => !value.is_nan(),
            Some((best, _)) => value < best - self.least,
        };
        if is_better {
            self.best = Some((value, step));
            self.since = Some(step);
        }
        step - *self.since.get_or_insert(step) >= self.patience
    }
}

impl<F: Real, M: Model<F>, Q: Measure<F, M>> Observer<F, M> for Patience<Q> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        let step = at.step;
        if self.clock.is_due(step) {
            let value = self.measure.measure(at);
            if self.take(step, value) {
                return ControlFlow::Break(Stop::GivenUp { step });
            }
        }
        ControlFlow::Continue(())
    }
}

/// What a [`Patience`] has seen.
#[cfg(feature = "serde")]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct PatienceState {
    clock: Clock,
    best: Option<(f64, u64)>,
    since: Option<u64>,
}

#[cfg(feature = "serde")]
impl<Q> crate::train::Persist for Patience<Q> {
    type State = PatienceState;

    fn state(&self) -> PatienceState {
        PatienceState {
            clock: self.clock,
            best: self.best,
            since: self.since,
        }
    }

    fn restore(&mut self, PatienceState { clock, best, since }: PatienceState) -> Result<()> {
        (self.clock, self.best, self.since) = (clock, best, since);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The step at which a patience of three steps ends.
    fn end(least: f64, values: &[f64]) -> Option<usize> {
        let every = Interval::every(1).unwrap();
        let mut patience = Patience::new((), every, 3).with_least(least).unwrap();
        (0..values.len()).find(|&step| patience.take(step as u64, values[step]))
    }

    #[test]
    fn it_ends_so_many_steps_behind_the_last_improvement() {
        assert_eq!(end(0.0, &[1.0; 9]), Some(3));
        assert_eq!(end(0.0, &[3.0, 2.0, 2.5, 1.0, 1.0, 1.5, 2.0, 0.0]), Some(6));
        assert_eq!(end(0.0, &[9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0]), None);
        assert_eq!(end(0.5, &[2.0, 1.9, 1.8, 1.6, 0.0]), Some(3));
        assert_eq!(end(0.0, &[f64::NAN; 5]), Some(3));
        assert_eq!(end(0.0, &[f64::NAN, 5.0, f64::NAN, 4.0, 3.0, 2.0]), None);
    }

    #[test]
    fn a_restart_gives_time_and_keeps_the_best() {
        let mut patience = Patience::new((), Interval::every(1).unwrap(), 2);
        assert!(!patience.take(0, 1.0) && !patience.take(1, 2.0) && patience.take(2, 2.0));
        patience.restart();
        assert!(!patience.take(3, 1.0) && !patience.take(4, 2.0) && patience.take(5, 2.0));
        assert_eq!(
            (patience.best(), patience.best_step()),
            (Some(1.0), Some(0))
        );
        assert!(
            Patience::new((), Interval::every(1).unwrap(), 2)
                .with_least(-1.0)
                .is_err()
        );
    }
}
