use super::{Observer, Snapshot, Stop};
use crate::error::{Error, Result};
use crate::flow::{Course, Flow, FlowEnd};
use crate::model::Model;
use crate::params::Params;
use crate::theory::PopulationLoss;
use std::cell::RefCell;
use std::fmt;
use std::ops::ControlFlow;

/// A run of gradient flow θ' = −∇L(θ), the limit of gradient descent for small rates.
///
/// The observers see the same [`Snapshot`]s as those of a [`Trainer`](super::Trainer), at the times
/// that are given. Each of them takes one evaluation of the loss beyond those that [`Course`]
/// counts, and none changes the solution.
///
/// ```
/// use sparse_parity::flow::Flow;
/// use sparse_parity::measure::FlowTime;
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::PopulationCorrelation;
/// use sparse_parity::train::FlowTrainer;
///
/// let model = Mlp::new(30, 1, Sine)?.without_output_layer();
/// let theta = Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let loss = PopulationCorrelation { activation: Sine, support: vec![7, 25] };
/// let mut recorder = Recorder::new(Interval::every(1)?).with(FlowTime).with(BatchLoss);
/// let mut flow = FlowTrainer::new(model, loss, Flow::new(1e-6)?, theta)?;
/// let end = flow.run(&[0.0, 1.0, 100.0], &mut recorder)?;
/// assert_eq!(end.stop, Stop::Budget);
/// let losses = recorder.table().column("batch loss").unwrap();
/// assert!(losses[0] > -0.1 && losses[2] < -0.9, "{losses:?}");
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct FlowTrainer<M, L> {
    model: M,
    loss: L,
    flow: Flow,
    theta: Params<f64>,
}

/// The end of a run of a [`FlowTrainer`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Flowed {
    /// Why it ended: [`Stop::Budget`] after the last of the times or the last step of the solver,
    /// [`Stop::Diverged`] where the solution or the loss becomes infinite, or what an observer says.
    pub stop: Stop,
    /// The parameters that were shown last, θ_0 if none were.
    pub theta: Params<f64>,
    /// How far the solution went, and how many steps it took.
    pub course: Course,
}

impl<M: Model<f64>, L: PopulationLoss<f64>> FlowTrainer<M, L> {
    /// A run from θ_0 = `theta` by the given solver.
    ///
    /// # Errors
    /// [`Error::ForeignParams`] if θ was made for another model.
    pub fn new(model: M, loss: L, flow: Flow, theta: Params<f64>) -> Result<Self> {
        theta.belongs_to(model.layout())?;
        Ok(FlowTrainer {
            model,
            loss,
            flow,
            theta,
        })
    }

    /// Follows the flow from θ_0 at time 0, and shows it at the given times.
    ///
    /// The [`step`](Snapshot::step) of a snapshot is the place of its time among them. Every call
    /// begins at θ_0 again. The observer's [`end`](Observer::end) is called once, unless the result
    /// is an error.
    ///
    /// # Errors
    /// Those of the loss and of [`Flow::solve`].
    pub fn run(&mut self, times: &[f64], mut observer: impl Observer<f64, M>) -> Result<Flowed> {
        let (model, start) = (&self.model, &self.theta);
        let loss = RefCell::new(&mut self.loss);
        let refusal = RefCell::new(None::<Error>);
        let (mut shown, mut grad) = (start.clone(), Params::zeros(start.layout()));
        let (mut stop, mut step) = (None, 0);
        let gradient = |theta: &Params<f64>, into: &mut Params<f64>| {
            if let Err(error) = loss.borrow_mut().evaluate(theta, into) {
                refusal.borrow_mut().get_or_insert(error);
                into.fill(f64::NAN);
            }
        };
        let show = |time: f64, theta: &Params<f64>| {
            let value = match loss.borrow_mut().evaluate(theta, &mut grad) {
                Ok(value) => value,
                Err(error) => {
                    refusal.borrow_mut().get_or_insert(error);
                    return ControlFlow::Break(());
                }
            };
            shown.as_mut_slice().copy_from_slice(theta.as_slice());
            let flow = match value.is_finite() {
                true => observer.observe(&Snapshot::of_population(
                    (step, time),
                    model,
                    theta,
                    value,
                    &grad,
                )),
                false => ControlFlow::Break(Stop::Diverged { step }),
            };
            if let ControlFlow::Break(reason) = flow {
                stop = Some(reason);
                return ControlFlow::Break(());
            }
            step += 1;
            ControlFlow::Continue(())
        };
        let course = self.flow.descend(start, times, gradient, show)?;
        if let Some(error) = refusal.into_inner() {
            return Err(error);
        }
        let stop = stop.unwrap_or(match course.end {
            FlowEnd::Singular => Stop::Diverged { step },
            _ => Stop::Budget,
        });
        observer.end(&stop);
        Ok(Flowed {
            stop,
            theta: shown,
            course,
        })
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The loss.
    pub fn loss(&self) -> &L {
        &self.loss
    }

    /// The parameters θ_0 at which the flow begins.
    pub fn start(&self) -> &Params<f64> {
        &self.theta
    }
}

impl<M: fmt::Debug, L> fmt::Debug for FlowTrainer<M, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowTrainer")
            .field("model", &self.model)
            .field("flow", &self.flow)
            .field("theta", &self.theta)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{FlowTime, Interval, Recorder};
    use crate::model::{Architecture, PolyNet};
    use crate::theory::population_loss_fn;
    use crate::train::observer_fn;

    fn flow() -> Flow {
        Flow::new(1e-10).unwrap()
    }

    /// L = ‖θ‖²/2, whose flow is θ_0·e^{−t}.
    fn square(theta: &Params<f64>, into: &mut Params<f64>) -> Result<f64> {
        into.assign(theta)?;
        Ok(theta.as_slice().iter().map(|w| w * w / 2.0).sum())
    }

    fn ones() -> (PolyNet, Params<f64>) {
        let model = PolyNet::new(3, 2).unwrap();
        let mut theta = Params::zeros(model.layout());
        theta.fill(1.0);
        (model, theta)
    }

    #[test]
    fn the_observers_see_the_solution_at_the_times() {
        let (model, theta) = ones();
        let times = [0.0_f64, 0.5, 2.0];
        let mut run = FlowTrainer::new(model, population_loss_fn(square), flow(), theta).unwrap();
        let mut recorder = Recorder::new(Interval::every(1).unwrap()).with(FlowTime);
        let mut seen = 0;
        let check = observer_fn(|at: &Snapshot<'_, f64, PolyNet>| {
            let expected = (-times[seen]).exp();
            assert_eq!((at.step, at.time), (seen as u64, times[seen]));
            assert!((at.theta.max_norm() - expected).abs() < 1e-9);
            assert_eq!(at.grad(), at.theta);
            let count = at.theta.as_slice().len() as f64;
            assert!((at.loss - count / 2.0 * expected * expected).abs() < 1e-8);
            assert!(at.outputs.is_none());
            seen += 1;
            ControlFlow::Continue(())
        });
        let end = run.run(&times, (check, &mut recorder)).unwrap();
        assert_eq!(
            (end.stop, end.course.end),
            (Stop::Budget, FlowEnd::Complete)
        );
        assert!((end.theta.max_norm() - (-2.0_f64).exp()).abs() < 1e-9);
        assert_eq!(recorder.table().column("time").unwrap(), times);
        // It begins again, with the same bits.
        assert_eq!(run.run(&times, ()).unwrap(), end);
    }

    #[test]
    fn an_observer_ends_the_flow_where_it_says() {
        let (model, theta) = ones();
        let mut run = FlowTrainer::new(model, population_loss_fn(square), flow(), theta).unwrap();
        let end = run.run(
            &[0.1, 0.2, 0.3],
            observer_fn(|at: &Snapshot<'_, f64, PolyNet>| match at.step {
                1 => ControlFlow::Break(Stop::GivenUp { step: 1 }),
                _ => ControlFlow::Continue(()),
            }),
        );
        let end = end.unwrap();
        assert_eq!(
            (end.stop, end.course.time),
            (Stop::GivenUp { step: 1 }, 0.2)
        );
    }

    #[test]
    fn a_singular_flow_diverges_and_a_refusal_is_an_error() {
        // w' = w² from 1 becomes infinite at time 1.
        let cubic = population_loss_fn(|theta: &Params<f64>, into: &mut Params<f64>| {
            for (to, w) in into.as_mut_slice().iter_mut().zip(theta.as_slice()) {
                *to = -w * w;
            }
            Ok(0.0)
        });
        let (model, theta) = ones();
        let mut run = FlowTrainer::new(model.clone(), cubic, flow(), theta.clone()).unwrap();
        let end = run.run(&[0.5, 2.0], ()).unwrap();
        assert_eq!(end.stop, Stop::Diverged { step: 1 });
        assert!((end.theta.max_norm() - 2.0).abs() < 1e-6);

        let refuse = |_: &Params<f64>, _: &mut Params<f64>| Err(Error::Zero { what: "this" });
        let refuse = population_loss_fn(refuse);
        let mut run = FlowTrainer::new(model, refuse, flow(), theta.clone()).unwrap();
        assert!(run.run(&[0.5], ()).is_err());
        let other = PolyNet::new(4, 2).unwrap();
        assert!(FlowTrainer::new(other, population_loss_fn(square), flow(), theta).is_err());
    }
}
