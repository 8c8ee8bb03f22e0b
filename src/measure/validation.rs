//! Counting right answers.

use crate::data::{Batch, Target, Uniform};
use crate::error::{Result, at_most};
use crate::model::{Architecture, Model};
use crate::params::Params;
use crate::real::Real;
use crate::seeds::{Purpose, Seeds};
use crate::signs::Signs;
use ndarray::{Array1, ArrayRef1, s};

/// The number of validation examples by which the paper declares a parity learned, 2¹³.
pub const VALIDATION_EXAMPLES: usize = 1 << 13;

/// The number of examples that are evaluated at once.
///
/// It is 256, and down to 64 for wide networks, whose activations would otherwise take more memory
/// than their parameters. With fewer, reading the parameters would take most of the time.
pub(crate) fn chunk(model: &impl Architecture) -> usize {
    ((1 << 22) / model.activations().max(1)).clamp(64, 256)
}

/// The number of outputs with the sign of their label; an output of 0 is wrong.
pub(super) fn count_right<F: Real>(y: &ArrayRef1<F>, out: &ArrayRef1<F>) -> usize {
    let right = |(&y, &out): (&F, &F)| y * out > F::zero();
    y.iter().zip(out).filter(|&pair| right(pair)).count()
}

/// 2¹³ uniform examples with clean labels from the seeds' validation stream.
pub(super) fn clean_examples<F: Real>(
    target: &(impl Target + ?Sized),
    seeds: &Seeds,
) -> Result<Batch<F>> {
    let inputs = Uniform::new(target.dim())?;
    let rng = &mut seeds.stream(Purpose::Eval);
    Batch::clean(&inputs, target, VALIDATION_EXAMPLES, rng)
}

/// A model's answers to selected examples, with the buffers that they take.
#[derive(Debug)]
pub(super) struct Evaluation<F, C> {
    x: Signs,
    out: Array1<F>,
    cache: C,
}

impl<F: Real, C> Evaluation<F, C> {
    /// Buffers for [`chunk`] examples at once.
    pub(super) fn new<M: Model<F, Cache = C>>(model: &M) -> Result<Self> {
        Ok(Evaluation {
            x: Signs::ones(chunk(model), model.dim())?,
            out: Array1::zeros(chunk(model)),
            cache: model.cache(chunk(model)),
        })
    }

    /// Calls `answer(row, right)` for the given rows of `examples`, until it returns `false`.
    ///
    /// Rows are taken as by [`outputs`](Self::outputs).
    pub(super) fn answers<M: Model<F, Cache = C>>(
        &mut self,
        model: &M,
        theta: &Params<F>,
        examples: &Batch<F>,
        sizes: (usize, usize),
        rows: impl ExactSizeIterator<Item = usize> + Clone,
        mut answer: impl FnMut(usize, bool) -> bool,
    ) {
        let answer = |row: usize, out: F| answer(row, examples.y[row] * out > F::zero());
        self.outputs(model, theta, examples, sizes, rows, answer);
    }

    /// Calls `each(row, f(x))` for the given rows of `examples`, until it returns `false`.
    ///
    /// Rows are taken `first`, twice as many, four times as many, … at a time, at most `most`, so that an early end
    /// costs little.
    pub(super) fn outputs<M: Model<F, Cache = C>>(
        &mut self,
        model: &M,
        theta: &Params<F>,
        examples: &Batch<F>,
        (first, most): (usize, usize),
        mut rows: impl ExactSizeIterator<Item = usize> + Clone,
        mut each: impl FnMut(usize, F) -> bool,
    ) {
        let most = most.min(self.out.len());
        let mut size = first.min(most);
        while rows.len() > 0 {
            self.x.gather(&examples.x, rows.clone().take(size));
            let mut out = self.out.slice_mut(s![..self.x.rows()]);
            model.forward(theta, &self.x, &mut self.cache, &mut out);
            for (row, &out) in rows.by_ref().take(size).zip(&out) {
                if !each(row, out) {
                    return;
                }
            }
            size = most.min(2 * size);
        }
    }
}

/// Examples of which only so many may be wrong; those that were wrong last time are evaluated first.
#[derive(Debug)]
pub(super) struct Examination<F: Real, C> {
    examples: Batch<F>,
    evaluation: Evaluation<F, C>,
    /// The examples, those that were wrong last time first.
    order: Vec<u32>,
    /// Scratch for sorting `order`.
    wrong: Vec<u32>,
    right: Vec<u32>,
}

impl<F: Real, C> Examination<F, C> {
    /// An examination on examples that were checked.
    pub(super) fn new<M: Model<F, Cache = C>>(model: &M, examples: Batch<F>) -> Result<Self> {
        let what = "the number of validation examples";
        let m = at_most(what, examples.len(), u32::MAX as usize)?;
        Ok(Examination {
            examples,
            evaluation: Evaluation::new(model)?,
            order: (0..m as u32).collect(),
            wrong: Vec::with_capacity(m),
            right: Vec::with_capacity(m),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    #[cfg(feature = "serde")]
    pub(super) fn examples(&self) -> &Batch<F> {
        &self.examples
    }

    /// The example that is evaluated first: one that the last examined iterate got wrong.
    pub(super) fn hardest(&self) -> (&Batch<F>, usize) {
        (&self.examples, self.order[0] as usize)
    }

    /// Whether at most `allowed` examples are wrong.
    pub(super) fn passes<M: Model<F, Cache = C>>(
        &mut self,
        model: &M,
        theta: &Params<F>,
        allowed: usize,
    ) -> bool {
        self.wrong.clear();
        self.right.clear();
        let (wrong, right) = (&mut self.wrong, &mut self.right);
        let rows = self.order.iter().map(|&row| row as usize);
        self.evaluation.answers(
            model,
            theta,
            &self.examples,
            (1, usize::MAX),
            rows,
            |row, is_right| {
                let side = if is_right { &mut *right } else { &mut *wrong };
                side.push(row as u32);
                wrong.len() <= allowed
            },
        );
        let (evaluated, failed) = (wrong.len() + right.len(), wrong.len());
        // What was right just now is evaluated last.
        self.order[..failed].copy_from_slice(wrong);
        self.order[failed..evaluated].copy_from_slice(right);
        self.order[failed..].rotate_left(evaluated - failed);
        failed <= allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn an_output_of_zero_is_wrong_for_either_label() {
        let (y, out) = (
            array![1.0, -1.0, 1.0, -1.0, 1.0],
            array![0.0, 0.0, 2.0, -0.5, -1.0],
        );
        assert_eq!(count_right(&y, &out), 2);
    }
}
