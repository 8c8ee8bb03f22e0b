use crate::dense;
use crate::params::{Block, Descent, Law, Layout, Params};
use crate::real::{LANES, Real};
use crate::rows::{Rows, lanes, put, whole};
use crate::signs::{DescentRoom, Loops, Signs, wide};
use ndarray::{Ix1, Ix2};

/// The affine map z = W a + b of one layer, with the blocks `<layer>.weight` and `<layer>.bias`.
#[derive(Debug, Clone)]
pub(super) struct Affine {
    weight: Block<Ix2>,
    bias: Option<Block<Ix1>>,
}

impl Affine {
    /// Declares the blocks of a map of the given shape `[outputs, inputs]`, weights first.
    pub(super) fn declare(
        layout: &mut Layout,
        layer: &str,
        shape: (usize, usize),
        (weight, bias): (Law, Law),
        with_bias: bool,
    ) -> Self {
        let weight = layout.block(&format!("{layer}.weight"), shape, weight);
        let bias = with_bias.then(|| layout.block(&format!("{layer}.bias"), shape.0, bias));
        Affine { weight, bias }
    }

    pub(super) fn has_bias(&self) -> bool {
        self.bias.is_some()
    }

    /// Writes Z = X·Wᵀ + b to the first rows of `z`.
    pub(super) fn of_signs<F: Real>(&self, theta: &Params<F>, x: &Signs, z: &mut Rows<F>) {
        let bias = self.bias.as_ref().map(|bias| theta.slice(bias));
        x.project(theta.slice(&self.weight), bias, z);
    }

    /// Writes Z = A·Wᵀ + b, both stored row by row, one row behind the other.
    pub(super) fn of_rows<F: Real>(&self, theta: &Params<F>, a: &[F], z: &mut [F]) {
        let Affine { weight, bias } = self;
        match bias.as_ref().map(|bias| theta.slice(bias)) {
            None => z.fill(F::zero()),
            Some(bias) => {
                let rows = z.chunks_exact_mut(bias.len());
                rows.for_each(|z| z.copy_from_slice(bias));
            }
        }
        dense::project_add(a, theta.slice(weight), self.outputs(), z);
    }

    /// Adds the gradients of W and b behind signs, for the derivative `d` in z.
    pub(super) fn grad_of_signs<F: Real>(&self, x: &Signs, d: &Rows<F>, into: &mut Params<F>) {
        self.grad_of_bias(d.first(x.rows()), d.step(), into);
        x.correlate(d, into.slice_mut(&self.weight));
    }

    /// Makes the update by the gradients of W and b behind signs, for the derivative `d` in z.
    ///
    /// Of `grad`, only the place for b is used.
    pub(super) fn descend_of_signs<F: Real>(
        &self,
        theta: &mut Params<F>,
        (x, d): (&Signs, &Rows<F>),
        descent: &Descent,
        grad: &mut Params<F>,
        room: &mut DescentRoom<F>,
    ) {
        if let Some(bias) = &self.bias {
            grad.slice_mut(bias).fill(F::zero());
            self.grad_of_bias(d.first(x.rows()), d.step(), grad);
            descent.apply_to(bias, theta, grad);
        }
        if let Some((keep, eta)) = descent.of(&self.weight) {
            let by = (F::of(keep), F::of(eta));
            x.descend(d, theta.slice_mut(&self.weight), by, room);
        }
    }

    /// Adds the gradients of W and b behind rows of numbers, for the derivative `d` in z; all rows
    /// are one behind the other.
    pub(super) fn grad_of_rows<F: Real>(&self, a: &[F], d: &[F], into: &mut Params<F>) {
        let outputs = self.outputs();
        self.grad_of_bias(d, outputs, into);
        dense::correlate_add(d, a, outputs, into.slice_mut(&self.weight));
    }

    /// Writes the derivative in a, D·W, for the derivative `d` in z.
    pub(super) fn back<F: Real>(&self, theta: &Params<F>, d: &[F], into: &mut [F]) {
        into.fill(F::zero());
        dense::back_project_add(d, theta.slice(&self.weight), self.outputs(), into);
    }

    fn outputs(&self) -> usize {
        self.weight.shape()[0]
    }

    fn grad_of_bias<F: Real>(&self, d: &[F], step: usize, into: &mut Params<F>) {
        if let Some(bias) = &self.bias {
            let into = into.slice_mut(bias);
            wide(AddRows { d, step, into });
        }
    }
}

/// Adds the rows of `d`, one after the other.
struct AddRows<'a, F> {
    d: &'a [F],
    step: usize,
    into: &'a mut [F],
}

impl<F: Real> Loops for AddRows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let AddRows { d, step, into } = self;
        if step == 1 {
            into[0] = d.iter().fold(into[0], |sum, &d| sum + d);
            return;
        }
        for place in (0..into.len()).step_by(LANES) {
            let mut sums = lanes(into, place);
            if place + LANES <= step {
                for d in d.chunks(step) {
                    let d = whole(d, place);
                    for lane in 0..LANES {
                        sums[lane] += d[lane];
                    }
                }
            } else {
                for d in d.chunks(step) {
                    sums.iter_mut()
                        .zip(&d[place..])
                        .for_each(|(sum, &d)| *sum += d);
                }
            }
            put(sums, into, place);
        }
    }
}
