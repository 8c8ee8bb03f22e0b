//! Sixteen runs of a trial in lockstep, one in each SIMD lane.

use super::recording::Watch;
use super::runs::{Run, Runs, convergence};
use super::{Assembly, Outcome, Trial};
use crate::data::Batch;
use crate::error::Result;
use crate::lockstep::{Lockstep, LockstepDescent, LockstepParams, LockstepSigns, Workspace};
use crate::loss::Loss;
use crate::model::{AnyModel, Architecture};
use crate::optim::Optimizer;
use crate::params::Descent;
use crate::real::LANES;
use crate::signs::Signs;
use crate::simd::{Aligned, Kernel, PORTABLE_LANES, Simd, WithSimd, dispatch};
use crate::train::Stop;
use ndarray::{Array1, aview_mut1, aview1};
use std::array::from_fn;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Fewer trials are faster one after the other.
const MIN_TRIALS: usize = 6;
/// So are runs with more parameters, sixteen times which leave the nearest cache,
const MOST_PARAMETERS: usize = 3 << 10;
/// with more activations in a batch,
const MOST_ACTIVATIONS: usize = 1 << 10;
/// and with more work in a step: see [`is_small`].
const MOST_WORK: usize = 1 << 14;
/// The same with the portable kernel.
const MOST_WORK_PORTABLE: usize = 1 << 11;

/// Runs in lockstep, one in each SIMD lane.
///
/// Their steps are those of a [`Trainer`](crate::train::Trainer) with a
/// [`Convergence`](crate::measure::Convergence).
pub(super) struct LockstepRuns<'a> {
    assembly: &'a Assembly,
    trial: &'a Trial,
    model: &'a AnyModel<f32>,
    /// The same, for steps in lockstep.
    steps: &'a dyn Lockstep,
    optimizer: Box<dyn Optimizer<f32>>,
    loss: Arc<dyn Loss<f32>>,
    /// The runs, with the numbers of their seeds.
    runs: [Option<(usize, Run)>; LANES],
    theta: LockstepParams,
    descents: LockstepDescent,
    examples: Examples,
    /// In each lane the validation example that its run got wrong last.
    hardest: Examples,
    d_out: Rows,
    /// Scratch for one of the lanes.
    batch: Batch<f32>,
    descent: Descent,
}

/// The parts that make the steps of runs in lockstep.
pub(super) struct Fit<'a> {
    steps: &'a dyn Lockstep,
    optimizer: Box<dyn Optimizer<f32>>,
    descent: Descent,
}

/// Examples of each lane, and the outputs of the networks.
struct Examples {
    x: LockstepSigns,
    y: Rows,
    out: Rows,
    workspace: Workspace,
}

/// A number of each lane for every example.
struct Rows(Aligned<f32>);

impl Rows {
    fn new(rows: usize) -> Self {
        Rows(Aligned::zeros(rows * LANES))
    }

    fn each(&self) -> &[[f32; LANES]] {
        self.0.as_chunks().0
    }

    fn each_mut(&mut self) -> &mut [[f32; LANES]] {
        self.0.as_chunks_mut().0
    }
}

impl Examples {
    fn new(model: &dyn Lockstep, rows: usize, dim: usize) -> Self {
        Examples {
            x: LockstepSigns::ones(rows, dim),
            y: Rows::new(rows),
            out: Rows::new(rows),
            workspace: model.workspace(rows),
        }
    }

    fn put<'y>(&mut self, lane: usize, x: &Signs, y: impl IntoIterator<Item = &'y f32>) {
        self.x.put(lane, x);
        for (to, y) in self.y.each_mut().iter_mut().zip(y) {
            to[lane] = *y;
        }
    }

    /// Evaluates the networks; `bound` is that of the loss.
    fn evaluate(&mut self, model: &dyn Lockstep, theta: &LockstepParams, bound: f32) -> Verdicts {
        model.forward_lanes(theta, &self.x, &mut self.workspace, self.out.each_mut());
        let (y, out) = (self.y.each(), self.out.each());
        dispatch(Judge { bound, y, out })
    }

    /// The labels and the outputs of one lane.
    fn of_lane(&self, lane: usize) -> [Array1<f32>; 2] {
        [&self.y, &self.out].map(|rows| rows.each().iter().map(|row| row[lane]).collect())
    }
}

/// The evaluation of a batch in each lane: 1 for true, and 0 for false.
struct Verdicts {
    /// Whether every example is classified correctly.
    all_correct: [f32; LANES],
    /// Whether the outputs are so small that the loss is finite.
    is_bounded: [f32; LANES],
}

impl Verdicts {
    /// Whether no trial has classified its whole batch correctly, and every output is bounded.
    fn none_finished(&self) -> bool {
        !self.all_correct.contains(&1.0) && !self.is_bounded.contains(&0.0)
    }
}

struct Judge<'a> {
    /// A bound on the outputs below which the loss is finite.
    bound: f32,
    y: &'a [[f32; LANES]],
    out: &'a [[f32; LANES]],
}

impl WithSimd for Judge<'_> {
    type Output = Verdicts;

    // Numbers in place of truths, as these would not lie in the lanes of a vector.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Verdicts {
        let [mut all_correct, mut is_bounded] = [[1.0; LANES]; 2];
        for (y, out) in self.y.iter().zip(self.out) {
            for lane in 0..LANES {
                let is_correct = y[lane] * out[lane] > 0.0;
                all_correct[lane] = if is_correct { all_correct[lane] } else { 0.0 };
                let is_small = out[lane].abs() < self.bound;
                is_bounded[lane] = if is_small { is_bounded[lane] } else { 0.0 };
            }
        }
        Verdicts {
            all_correct,
            is_bounded,
        }
    }
}

/// Whether steps are so small that they are faster in lockstep.
///
/// In lockstep, a step costs B·n·r operations and next to nothing else. Alone it costs half a
/// microsecond, and half as many operations or fewer, but for whole vectors of neurons. The portable
/// kernel fills short vectors alone, and has no fast way to give each lane signs of its own.
fn is_small(batch: usize, model: &AnyModel<f32>, kernel: Kernel) -> bool {
    let r = model.activations();
    let (lanes, most_work) = match kernel.is_portable() {
        true => (PORTABLE_LANES, MOST_WORK_PORTABLE),
        false => (LANES, MOST_WORK),
    };
    let more_than_alone = (2 * r).saturating_sub(r.next_multiple_of(lanes));
    let more_than_alone = more_than_alone.saturating_mul(batch.saturating_mul(model.dim()));
    (1..=model.rows_at_once()).contains(&batch)
        && model.layout().len() <= MOST_PARAMETERS
        && batch.saturating_mul(r) <= MOST_ACTIVATIONS
        && more_than_alone <= most_work
}

impl<'a> LockstepRuns<'a> {
    /// The model, optimizer and first update of runs that can go in lockstep and are faster so.
    pub(super) fn fit(assembly: &'a Assembly) -> Result<Option<Fit<'a>>> {
        let Assembly { trial, model, .. } = assembly;
        let Some(steps) = model.lockstep() else {
            return Ok(None);
        };
        // Training labels are clean ones, and a single wrong answer decides.
        let is_simple = trial.noise == 0.0
            && !trial.random_labels
            && !trial.memorisation
            && trial.is_judged_by_perfection()
            && assembly.examples.is_none();
        if !(is_small(trial.batch, model, Kernel::in_use()) && is_simple) {
            return Ok(None);
        }
        let (optimizer, mut descent) = (assembly.optimizer()?, Descent::default());
        let Some(()) = optimizer
            .fused()
            .map(|update| update.descent(0, &mut descent))
        else {
            return Ok(None);
        };
        Ok(Some(Fit {
            steps,
            optimizer,
            descent,
        }))
    }

    /// Storage for runs of the trial, if they can go in lockstep and are faster so.
    pub(super) fn new(assembly: &'a Assembly) -> Result<Option<Self>> {
        let Assembly { trial, model, .. } = assembly;
        let Some(fit) = Self::fit(assembly)? else {
            return Ok(None);
        };
        let Fit {
            steps,
            optimizer,
            descent,
        } = fit;
        Ok(Some(LockstepRuns {
            assembly,
            trial,
            model,
            steps,
            optimizer,
            loss: assembly.loss(),
            runs: from_fn(|_| None),
            theta: LockstepParams::zeros(model.layout()),
            descents: LockstepDescent::new(&descent),
            examples: Examples::new(steps, trial.batch, model.dim()),
            hardest: Examples::new(steps, 1, model.dim()),
            d_out: Rows::new(trial.batch),
            batch: Batch::new(trial.batch, model.dim())?,
            descent,
        }))
    }

    /// Runs until there are no more seeds, or nobody wants an outcome.
    pub(super) fn run(&mut self, from: &mut Runs<'_>) -> ControlFlow<()> {
        loop {
            if from.are_given_up() {
                return ControlFlow::Break(());
            }
            self.start(from)?;
            if self.runs.iter().flatten().count() < MIN_TRIALS {
                return self.finish_alone(from);
            }
            let verdicts = self.evaluate();
            self.stop(&verdicts, from)?;
            self.update();
        }
    }

    /// Begins a run in each lane that is free.
    fn start(&mut self, from: &mut Runs<'_>) -> ControlFlow<()> {
        for lane in 0..LANES {
            while self.runs[lane].is_none() {
                let Some((index, seeds)) = from.seeds.next() else {
                    return ControlFlow::Continue(());
                };
                match Run::begin(self.assembly, &seeds) {
                    Ok(run) => {
                        self.theta.put(lane, &run.theta);
                        self.runs[lane] = Some((index, run));
                        self.put_hardest(lane);
                    }
                    Err(error) => (from.done)(index, Err(error))?,
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Draws the batches, and evaluates the networks on them.
    fn evaluate(&mut self) -> Verdicts {
        let batch = &mut self.batch;
        for (lane, run) in self.runs.iter_mut().enumerate() {
            if let Some((_, run)) = run {
                run.stream.fill(batch);
                self.examples.put(lane, &batch.x, &batch.y);
            }
        }
        let bound = self.loss.finite_below();
        self.examples.evaluate(self.steps, &self.theta, bound)
    }

    /// Ends the runs that are at their end.
    fn stop(&mut self, verdicts: &Verdicts, from: &mut Runs<'_>) -> ControlFlow<()> {
        let max_steps = self.trial.max_steps;
        let mut runs = self.runs.iter().flatten();
        if verdicts.none_finished() && runs.all(|(_, run)| run.step < max_steps) {
            return ControlFlow::Continue(());
        }
        let mut may_be_solved = verdicts.all_correct.map(|right| right == 1.0);
        if may_be_solved.contains(&true) {
            let of_hardest = self.hardest.evaluate(self.steps, &self.theta, f32::MAX);
            for (may, right) in may_be_solved.iter_mut().zip(of_hardest.all_correct) {
                *may &= right == 1.0;
            }
        }
        for (lane, may_be_solved) in may_be_solved.into_iter().enumerate() {
            let Some((_, run)) = &self.runs[lane] else {
                continue;
            };
            let step = run.step;
            let stop = if verdicts.is_bounded[lane] == 0.0 && self.is_diverged(lane) {
                Stop::Diverged { step }
            } else if may_be_solved && self.is_solved(lane) {
                Stop::Solved { step }
            } else if step == max_steps {
                Stop::Budget
            } else {
                continue;
            };
            let outcome = self.outcome(lane, stop);
            let (index, outcome) = outcome.expect("the lane has a run");
            (from.done)(index, outcome)?;
        }
        ControlFlow::Continue(())
    }

    /// Whether the loss or an output is not finite.
    fn is_diverged(&self, lane: usize) -> bool {
        let [y, out] = self.examples.of_lane(lane);
        !(self.loss.mean(&y, &out).is_finite() && out.iter().all(|out| out.is_finite()))
    }

    /// Whether the network passes the validation.
    fn is_solved(&mut self, lane: usize) -> bool {
        let Some((_, run)) = &mut self.runs[lane] else {
            return false;
        };
        self.theta.take(lane, &mut run.theta);
        let Run {
            criteria, theta, ..
        } = run;
        let is_solved = convergence(criteria).passes(self.model, theta);
        if !is_solved {
            self.put_hardest(lane);
        }
        is_solved
    }

    fn put_hardest(&mut self, lane: usize) {
        if let Some((_, run)) = &mut self.runs[lane] {
            let (examples, row) = convergence(&mut run.criteria).hardest();
            let mut x = Signs::ones(1, self.trial.n).expect("a trial has coordinates");
            x.copy_row(0, &examples.x, row);
            self.hardest.put(lane, &x, [&examples.y[row]]);
        }
    }

    /// Takes the run out of its lane.
    fn outcome(&mut self, lane: usize, stop: Stop) -> Option<(usize, Result<Outcome>)> {
        let (index, mut run) = self.runs[lane].take()?;
        self.theta.take(lane, &mut run.theta);
        let at = (&run.theta, run.step);
        let times = [matches!(stop, Stop::Solved { .. }).then_some(run.step)];
        let outcome = (run.evaluation).outcome(self.trial, self.model, at, stop, &times);
        Some((index, outcome))
    }

    /// Makes an update of every run.
    fn update(&mut self) {
        let update = self.optimizer.fused();
        let update = update.expect("runs in lockstep make plain descent");
        for (lane, run) in self.runs.iter_mut().enumerate() {
            if let Some((_, run)) = run {
                update.descent(run.step, &mut self.descent);
                self.descents.put(lane, &self.descent);
                run.step += 1;
            }
        }
        let Examples {
            x,
            y,
            out,
            workspace,
        } = &mut self.examples;
        let share = 1.0 / self.trial.batch as f32;
        self.loss.slopes(
            &aview1(&y.0),
            &aview1(&out.0),
            share,
            &mut aview_mut1(&mut self.d_out.0),
        );
        self.steps.descend_lanes(
            &mut self.theta,
            x,
            workspace,
            self.d_out.each(),
            &self.descents,
        );
    }

    /// Finishes the last runs one after the other.
    fn finish_alone(&mut self, from: &mut Runs<'_>) -> ControlFlow<()> {
        for (lane, run) in self.runs.iter_mut().enumerate() {
            if let Some((index, mut run)) = run.take() {
                self.theta.take(lane, &mut run.theta);
                let watch = &mut Watch::none(from.stop);
                let outcome = run.finish(self.assembly, watch).transpose();
                let Some(outcome) = outcome else {
                    return ControlFlow::Break(());
                };
                (from.done)(index, outcome)?;
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::Mlp;

    #[test]
    fn the_kernel_decides_what_is_small() {
        let model = |width| AnyModel::new(Mlp::new(30, width, Relu).unwrap());
        for kernel in Kernel::available() {
            assert!(is_small(32, &model(2), kernel), "{kernel}");
            assert_eq!(
                is_small(32, &model(16), kernel),
                !kernel.is_portable(),
                "{kernel}"
            );
            assert!(!is_small(32, &model(32), kernel), "{kernel}");
        }
    }
}
