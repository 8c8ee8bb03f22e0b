use crate::model::Model;
use crate::real::Real;
use crate::train::{Observer, Snapshot, Stop};
use std::ops::ControlFlow;

/// Ends a run once each of several criteria was met, and keeps the time of each.
///
/// A criterion is an observer that ends a run as solved, such as [`Convergence`], [`RunningAccuracy`],
/// [`ValidationLoss`] and [`RunningLoss`]. The time of each is that of a run with it alone. A criterion that was met
/// is not asked again, so that it may fail at later iterates. An observer that breaks for another reason ends the run.
/// Without criteria, a run ends at its first iterate.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let parity = ParityDistribution::new(12, &[1, 2])?;
/// let model = Mlp::new(12, 30, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let all: [Box<dyn Observer<f32, _>>; 2] = [
///     Box::new(Convergence::new(&model, parity.parity(), &seeds)?),
///     Box::new(RunningAccuracy::new(0.75, 12)?),
/// ];
/// let mut criteria = Criteria::new(all);
/// Trainer::new(model, Hinge, Online::new(parity, &seeds), sgd, theta, 32)?.run(10_000, &mut criteria);
/// let [solved, three_quarters] = criteria.times() else { unreachable!() };
/// assert!(three_quarters < solved);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// [`Convergence`]: super::Convergence
/// [`RunningAccuracy`]: super::RunningAccuracy
/// [`RunningLoss`]: super::RunningLoss
/// [`ValidationLoss`]: super::ValidationLoss
#[derive(Debug, Clone, PartialEq)]
pub struct Criteria<O> {
    criteria: Vec<O>,
    times: Vec<Option<u64>>,
}

impl<O> Criteria<O> {
    /// Waits for all of these.
    pub fn new(criteria: impl IntoIterator<Item = O>) -> Self {
        let criteria: Vec<O> = criteria.into_iter().collect();
        Criteria {
            times: vec![None; criteria.len()],
            criteria,
        }
    }

    /// The number of updates before the iterate that met each criterion, in their order; `None` where none has.
    pub fn times(&self) -> &[Option<u64>] {
        &self.times
    }

    /// The criteria, in their order.
    pub fn criteria(&self) -> &[O] {
        &self.criteria
    }

    pub(crate) fn criteria_mut(&mut self) -> &mut [O] {
        &mut self.criteria
    }
}

impl<F: Real, M: Model<F>, O: Observer<F, M>> Observer<F, M> for Criteria<O> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        let mut other = ControlFlow::Continue(());
        for (criterion, time) in self.criteria.iter_mut().zip(&mut self.times) {
            if time.is_some() {
                continue;
            }
            match criterion.observe(at) {
                ControlFlow::Break(Stop::Solved { step }) => *time = Some(step),
                ControlFlow::Break(stop) if other.is_continue() => {
                    other = ControlFlow::Break(stop);
                }
                _ => {}
            }
        }
        other?;
        match self.times.contains(&None) {
            true => ControlFlow::Continue(()),
            false => {
                let last = self.times.iter().flatten().max();
                let step = last.copied().unwrap_or(at.step);
                ControlFlow::Break(Stop::Solved { step })
            }
        }
    }

    fn end(&mut self, stop: &Stop) {
        self.criteria.end(stop);
    }
}

/// The states of the criteria, and the times of those that were met.
#[cfg(feature = "serde")]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct CriteriaState<S> {
    criteria: Vec<S>,
    times: Vec<Option<u64>>,
}

/// The number of criteria must be that of the saved run.
#[cfg(feature = "serde")]
impl<O: crate::train::Persist> crate::train::Persist for Criteria<O> {
    type State = CriteriaState<O::State>;

    fn state(&self) -> Self::State {
        CriteriaState {
            criteria: self.criteria.state(),
            times: self.times.clone(),
        }
    }

    fn restore(&mut self, saved: Self::State) -> crate::error::Result<()> {
        if saved.times.len() != self.times.len() {
            return Err(crate::error::Error::ForeignCriterion);
        }
        self.criteria.restore(saved.criteria)?;
        self.times = saved.times;
        Ok(())
    }

    fn identity(&self) -> String {
        self.criteria.identity()
    }
}
