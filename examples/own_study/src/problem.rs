//! A target, a stream and an observer of one's own, in an experiment that is put together by hand.

use serde::{Deserialize, Serialize};
use sparse_parity::Result;
use sparse_parity::experiment::Experiment;
use sparse_parity::prelude::*;
use sparse_parity::train::Cancelled;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// 1 if the signs on the support are all equal, and −1 otherwise.
#[derive(Debug, Clone)]
pub struct Unanimous {
    n: usize,
    support: Vec<usize>,
}

impl Target for Unanimous {
    fn dim(&self) -> usize {
        self.n
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        let first = x.is_negative(row, self.support[0]);
        let agree = |&i: &usize| x.is_negative(row, i) == first;
        if self.support.iter().all(agree) {
            1.0
        } else {
            -1.0
        }
    }

    fn support(&self) -> Vec<usize> {
        self.support.clone()
    }
}

/// Batches of another stream in which every other example has the label 1, as far as it has so many.
pub struct Balanced<S, F: Real> {
    inner: S,
    drawn: Batch<F>,
}

impl<S: BatchStream<F>, F: Real> Balanced<S, F> {
    /// Takes its examples from `pool` examples of `inner` at a time.
    pub fn new(inner: S, pool: usize) -> Result<Self> {
        let drawn = Batch::new(pool, inner.dim())?;
        Ok(Balanced { inner, drawn })
    }
}

impl<S: BatchStream<F>, F: Real> BatchStream<F> for Balanced<S, F> {
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn fill(&mut self, batch: &mut Batch<F>) {
        self.inner.fill(&mut self.drawn);
        let (ones, others): (Vec<usize>, Vec<usize>) =
            (0..self.drawn.len()).partition(|&row| self.drawn.y[row] == F::one());
        let (mut ones, mut others) = (ones.into_iter(), others.into_iter());
        for row in 0..batch.len() {
            let (wanted, rest) = match row % 2 {
                0 => (&mut ones, &mut others),
                _ => (&mut others, &mut ones),
            };
            let from = wanted.next().or_else(|| rest.next());
            let from = from.expect("the pool is larger than a batch");
            batch.x.copy_row(row, &self.drawn.x, from);
            batch.y[row] = self.drawn.y[from];
        }
    }
}

/// Keeps the first step at which the loss of a batch was below a bound.
#[derive(Debug, Default)]
pub struct FirstBelow {
    bound: f64,
    step: Option<u64>,
}

impl<F: Real, M: Model<F>> Observer<F, M> for FirstBelow {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        if at.loss < self.bound {
            self.step.get_or_insert(at.step);
        }
        ControlFlow::Continue(())
    }
}

/// How soon does a ReLU network learn whether k signs agree, if its batches are balanced?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Agreement {
    n: usize,
    k: usize,
    width: usize,
    max_steps: u64,
}

impl Default for Agreement {
    fn default() -> Self {
        Agreement {
            n: 12,
            k: 3,
            width: 50,
            max_steps: 5000,
        }
    }
}

/// When the loss was small for the first time, and when the run ended.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreed {
    solved: bool,
    steps: u64,
    below_half: Option<u64>,
}

impl Experiment for Agreement {
    type Outcome = Agreed;
    const NAME: &'static str = "agreement";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Agreed>> {
        let parity = Parity::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let target = Unanimous {
            n: self.n,
            support: parity.support().to_vec(),
        };
        let model = Mlp::new(self.n, self.width, Relu)?.with_output_bias();
        let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
        let mut solved = Convergence::new(&model, &target, seeds)?;
        let examples = Labelled::new(Uniform::new(self.n)?, target)?;
        let stream = Balanced::new(Online::new(examples, seeds), 256)?;
        let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 32)?;
        let mut below = FirstBelow {
            bound: 0.5,
            step: None,
        };
        let watch = (Cancelled(stop), (&mut solved, &mut below));
        let end = trainer.run(self.max_steps, watch);
        if matches!(end, Stop::GivenUp { .. }) {
            return Ok(None);
        }
        Ok(Some(Agreed {
            solved: matches!(end, Stop::Solved { .. }),
            steps: trainer.steps(),
            below_half: below.step,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_balanced_and_the_target_is_learned() {
        let support = vec![0, 2];
        let target = Unanimous { n: 6, support };
        let examples = Labelled::new(Uniform::new(6).unwrap(), target).unwrap();
        let stream = Online::new(examples, &Seeds::from(1));
        let mut batch = Batch::<f64>::new(20, 6).unwrap();
        Balanced::new(stream, 200).unwrap().fill(&mut batch);
        assert_eq!(batch.y.sum(), 0.0);

        let found = Agreement::default().run(&3.into()).unwrap();
        assert!(
            found.solved && found.below_half < Some(found.steps),
            "{found:?}"
        );
    }
}
