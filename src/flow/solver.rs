use super::slope::Slope;
use super::{Course, FlowEnd};
use crate::error::{Error, Result, above_zero, fraction, non_negative};
use crate::params::Params;
use differential_equations::error::Error as StepError;
use differential_equations::methods::{DormandPrince, ExplicitRungeKutta, Ordinary};
use differential_equations::ode::OrdinaryNumericalMethod;
use differential_equations::status::Status;
use std::ops::ControlFlow;

/// The method of order 8: 12 stages, 16 with those for interpolation.
type Method = ExplicitRungeKutta<Ordinary, DormandPrince, f64, Vec<f64>, 8, 12, 16>;

/// An adaptive solver of y' = F(y) and θ' = −∇L(θ).
///
/// A step is accepted if its estimated error in every coordinate, as a root mean square, is below the
/// tolerance times 1 + |y|. A value between steps takes a shorter step of its own, so that it
/// does not change the solution. Only the last step depends on the times: it ends at the last of
/// them.
///
/// ```
/// use sparse_parity::flow::{Flow, FlowEnd};
/// use std::ops::ControlFlow;
///
/// // y' = −y from 1.
/// let mut seen = Vec::new();
/// let decay = |y: &[f64], slope: &mut [f64]| slope[0] = -y[0];
/// let course = Flow::new(1e-10)?.solve(&[1.0], &[0.0, 1.0, 2.0], decay, |_, y| {
///     seen.push(y[0]);
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(course.end, FlowEnd::Complete);
/// assert!((seen[2] - (-2.0_f64).exp()).abs() < 1e-10);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    tolerance: f64,
    max_steps: usize,
}

impl Flow {
    /// A solver with this tolerance, relative to 1 + |y|, and at most a million steps.
    ///
    /// # Errors
    /// [`Error::NotPositive`] or [`Error::Fraction`] for a tolerance outside (0, 1).
    pub fn new(tolerance: f64) -> Result<Self> {
        above_zero("the tolerance", tolerance)?;
        fraction("the tolerance", tolerance)?;
        Ok(Flow {
            tolerance,
            max_steps: 1_000_000,
        })
    }

    /// The same solver with another limit on the number of steps.
    #[must_use]
    pub fn with_max_steps(self, max_steps: usize) -> Self {
        Flow { max_steps, ..self }
    }

    /// Solves y' = F(y) from y(0) = `start` and shows the solution at the given times.
    ///
    /// `slope(y, into)` writes F(y); `observe` may end the solution.
    ///
    /// # Errors
    /// [`Error::Zero`] for a start without coordinates, [`Error::Negative`] for a negative time or one that is not finite,
    /// [`Error::Times`] unless the times increase.
    pub fn solve(
        &self,
        start: &[f64],
        times: &[f64],
        slope: impl FnMut(&[f64], &mut [f64]),
        mut observe: impl FnMut(f64, &[f64]) -> ControlFlow<()>,
    ) -> Result<Course> {
        crate::error::positive("the number of coordinates of the start", start.len())?;
        check(times)?;
        let slope = Slope::new(slope);
        let mut asked = times.iter().copied().peekable();
        let mut steps = 0;
        let course = |end, time, steps| {
            let evaluations = slope.evaluations();
            Ok(Course {
                end,
                time,
                steps,
                evaluations,
            })
        };
        while let Some(time) = asked.next_if_eq(&0.0) {
            if observe(time, start).is_break() {
                return course(FlowEnd::Stopped, time, steps);
            }
        }
        let Some(&last) = times.last().filter(|last| **last > 0.0) else {
            return course(FlowEnd::Complete, 0.0, steps);
        };
        let Some(mut method) = self.method(&slope, 0.0, last, start) else {
            return course(FlowEnd::Singular, 0.0, steps);
        };
        while let Some(&next) = asked.peek() {
            if steps == self.max_steps {
                return course(FlowEnd::Budget, method.t(), steps);
            }
            steps += 1;
            let reached = match self.step(&mut method, &slope, last) {
                Advance::To(reached) => reached,
                Advance::Rejected => continue,
                Advance::Stuck => return course(FlowEnd::Singular, method.t(), steps),
            };
            let mut within = Some(next);
            while let Some(time) = within.filter(|time| *time <= reached) {
                let y = match time == reached {
                    true => Some(method.y().clone()),
                    false => self.between(&method, &slope, time),
                };
                let Some(y) = y else {
                    return course(FlowEnd::Singular, method.t(), steps);
                };
                if observe(time, &y).is_break() {
                    return course(FlowEnd::Stopped, time, steps);
                }
                asked.next();
                within = asked.peek().copied();
            }
        }
        course(FlowEnd::Complete, last, steps)
    }

    /// The integrator at its start, unless the slope there is infinite or not a number.
    fn method<F>(&self, slope: &Slope<F>, from: f64, to: f64, y: &[f64]) -> Option<Method>
    where
        F: FnMut(&[f64], &mut [f64]),
    {
        let mut method = ExplicitRungeKutta::dop853()
            .rtol(self.tolerance)
            .atol(self.tolerance)
            .max_steps(usize::MAX);
        let ready = method.init(slope, from, to, &y.to_vec()).is_ok();
        (ready && slope.is_finite()).then_some(method)
    }

    /// One step, which may end at `last` but not go beyond.
    fn step<F>(&self, method: &mut Method, slope: &Slope<F>, last: f64) -> Advance
    where
        F: FnMut(&[f64], &mut [f64]),
    {
        let closes = method.t() + method.h() >= last;
        if closes {
            method.set_h(last - method.t());
        }
        match method.step(slope) {
            // The step is repeated: what is stiff is slow for this method, but not wrong.
            Err(StepError::Stiffness { .. }) => return Advance::Rejected,
            Err(_) => return Advance::Stuck,
            Ok(_) => {}
        }
        match method.status() {
            Status::RejectedStep if method.h() > f64::EPSILON * method.t() => Advance::Rejected,
            Status::RejectedStep => Advance::Stuck,
            _ if closes => Advance::To(last),
            _ => Advance::To(method.t()),
        }
    }

    /// The solution at a time within the last step, by a shorter step from its beginning.
    ///
    /// It is as exact as the step itself, which the polynomials that come with the integrator are not.
    fn between<F>(&self, method: &Method, slope: &Slope<F>, time: f64) -> Option<Vec<f64>>
    where
        F: FnMut(&[f64], &mut [f64]),
    {
        let mut shorter = self.method(slope, method.t_prev(), time, method.y_prev())?;
        shorter.set_h(time - method.t_prev());
        loop {
            match self.step(&mut shorter, slope, time) {
                Advance::To(reached) if reached == time => return Some(shorter.y().clone()),
                Advance::Stuck => return None,
                _ => {}
            }
        }
    }

    /// Solves θ' = −∇L(θ) from `theta` and shows it at the given times.
    ///
    /// `gradient(θ, into)` writes ∇L(θ). A parameter whose gradient is 0 keeps its bits.
    ///
    /// # Errors
    /// Those of [`solve`](Flow::solve).
    ///
    /// ```
    /// use sparse_parity::flow::Flow;
    /// use sparse_parity::ndarray::Array1;
    /// use sparse_parity::prelude::*;
    /// use std::ops::ControlFlow;
    ///
    /// // The gradient flow of a PolyNet under the square loss on all inputs of a parity.
    /// let model = PolyNet::new(4, 2)?;
    /// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
    /// let mut cube = Batch::new(16, 4)?;
    /// Population::new(Parity::new(4, &[0, 2])?)?.fill(&mut cube);
    /// let (mut out, mut slopes, mut cache) = (Array1::zeros(16), Array1::zeros(16), model.cache(16));
    /// let gradient = |theta: &Params<f64>, into: &mut Params<f64>| {
    ///     model.forward(theta, &cube.x, &mut cache, &mut out);
    ///     Square.mean_grad(&cube.y, &out, &mut slopes);
    ///     into.fill(0.0);
    ///     model.grad(theta, &cube.x, &mut cache, &slopes, into);
    /// };
    /// let mut loss = 1.0;
    /// Flow::new(1e-6)?.descend(&theta, &[40.0], gradient, |_, theta| {
    ///     loss = Square.mean(&cube.y, &model.predict(theta, &cube.x));
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert!(loss < 1e-6);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn descend(
        &self,
        theta: &Params<f64>,
        times: &[f64],
        mut gradient: impl FnMut(&Params<f64>, &mut Params<f64>),
        mut observe: impl FnMut(f64, &Params<f64>) -> ControlFlow<()>,
    ) -> Result<Course> {
        let (mut at, mut grad) = (theta.clone(), theta.clone());
        let mut shown = theta.clone();
        let slope = |y: &[f64], into: &mut [f64]| {
            at.as_mut_slice().copy_from_slice(y);
            gradient(&at, &mut grad);
            let grad = grad.as_slice().iter();
            into.iter_mut().zip(grad).for_each(|(to, g)| *to = -g);
        };
        self.solve(theta.as_slice(), times, slope, |time, y| {
            shown.as_mut_slice().copy_from_slice(y);
            observe(time, &shown)
        })
    }
}

/// What became of a step.
enum Advance {
    /// It was accepted, and the time is this.
    To(f64),
    /// It was not, and a shorter one may be.
    Rejected,
    /// No step is short enough.
    Stuck,
}

/// Succeeds if the times are non-negative and increase.
fn check(times: &[f64]) -> Result<()> {
    for time in times {
        non_negative("the time", *time)?;
    }
    match times.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(Error::Times {
            earlier: pair[0],
            later: pair[1],
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// v_i' = ∏_{j≠i} v_j.
    fn velocity(v: &[f64], into: &mut [f64]) {
        for (i, into) in into.iter_mut().enumerate() {
            let others = v.iter().enumerate().filter(|(j, _)| *j != i);
            *into = others.map(|(_, v)| v).product();
        }
    }

    fn shown(flow: Flow, start: &[f64], times: &[f64]) -> (Course, Vec<(f64, Vec<f64>)>) {
        let mut seen = Vec::new();
        let course = flow.solve(start, times, velocity, |time, y| {
            seen.push((time, y.to_vec()));
            ControlFlow::Continue(())
        });
        (course.unwrap(), seen)
    }

    #[test]
    fn the_solution_is_within_the_tolerance() {
        for tolerance in [1e-4, 1e-8, 1e-12] {
            let times: Vec<f64> = (0..=9).map(|i| 0.1 * f64::from(i)).collect();
            let (course, seen) = shown(Flow::new(tolerance).unwrap(), &[1.0; 3], &times);
            assert_eq!(course.end, FlowEnd::Complete);
            assert_eq!(seen.len(), 10);
            for (time, y) in seen {
                let exact = 1.0 / (1.0 - time);
                let error = (y[0] - exact).abs() / exact;
                // The equation amplifies an early error by exact².
                assert!(
                    error < 1e2 * tolerance * exact,
                    "{tolerance} at {time}: {error}"
                );
            }
        }
    }

    #[test]
    fn being_watched_changes_nothing() {
        let flow = Flow::new(1e-9).unwrap();
        let many: Vec<f64> = (0..=90).map(|i| f64::from(i) / 125.0).collect();
        let (_, often) = shown(flow, &[1.0, 0.5, 2.0], &many);
        let (_, once) = shown(flow, &[1.0, 0.5, 2.0], &[0.36, 0.72]);
        assert_eq!(often[45], once[0]);
        assert_eq!(often[90], once[1]);
    }

    #[test]
    fn a_solution_that_becomes_infinite_ends_there() {
        let (course, seen) = shown(Flow::new(1e-9).unwrap(), &[1.0; 3], &[0.5, 2.0]);
        assert_eq!(course.end, FlowEnd::Singular);
        assert!((course.time - 1.0).abs() < 1e-6, "{course:?}");
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn budget_and_observer_end_a_solution() {
        let few = Flow::new(1e-9).unwrap().with_max_steps(3);
        let (course, _) = shown(few, &[1.0; 3], &[0.99]);
        assert_eq!((course.end, course.steps), (FlowEnd::Budget, 3));
        let mut count = 0;
        let course =
            Flow::new(1e-6)
                .unwrap()
                .solve(&[1.0; 2], &[0.0, 0.1, 0.2, 0.3], velocity, |_, _| {
                    count += 1;
                    if count == 3 {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                });
        let course = course.unwrap();
        assert_eq!((course.end, course.time), (FlowEnd::Stopped, 0.2));
    }

    #[test]
    fn slopes_that_are_no_numbers_end_a_solution() {
        for bad in [f64::NAN, f64::INFINITY] {
            let slope = |y: &[f64], into: &mut [f64]| into[0] = if y[0] > 0.5 { bad } else { 1.0 };
            let flow = Flow::new(1e-6).unwrap();
            for start in [0.0, 1.0] {
                let course = flow.solve(&[start], &[3.0], slope, |_, _| ControlFlow::Continue(()));
                assert_eq!(course.unwrap().end, FlowEnd::Singular, "{bad} from {start}");
            }
        }
    }

    #[test]
    fn what_stands_still_stays_to_the_bit() {
        let (course, seen) = shown(Flow::new(1e-6).unwrap(), &[0.1, 0.0, 0.0], &[1.0, 1e9]);
        assert_eq!(course.end, FlowEnd::Complete);
        assert_eq!(seen[1].1, [0.1, 0.0, 0.0]);
    }

    #[test]
    fn bad_input_is_refused() {
        for tolerance in [0.0, -1.0, 1.0, f64::NAN] {
            assert!(Flow::new(tolerance).is_err());
        }
        let flow = Flow::new(1e-6).unwrap();
        let solve = |start: &[f64], times: &[f64]| {
            flow.solve(start, times, velocity, |_, _| ControlFlow::Continue(()))
        };
        assert!(solve(&[], &[1.0]).is_err());
        assert!(solve(&[1.0], &[-1.0]).is_err());
        assert!(solve(&[1.0], &[f64::NAN]).is_err());
        let told = solve(&[1.0], &[1.0, 0.5]).unwrap_err().to_string();
        assert!(told.contains("0.5 does not come after 1"), "{told}");
        assert_eq!(solve(&[1.0], &[]).unwrap().end, FlowEnd::Complete);
    }
}
