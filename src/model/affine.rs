use crate::dense;
use crate::params::{Block, Law, Layout, Params};
use crate::real::Real;
use crate::signs::{Signs, wide};
use ndarray::{Array2, ArrayRef2, Ix1, Ix2};

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

    /// Writes Z = X·Wᵀ + b; `z` is stored row by row.
    pub(super) fn of_signs<F: Real>(&self, theta: &Params<F>, x: &Signs, z: &mut ArrayRef2<F>) {
        self.start(theta, z);
        x.project_add(&theta.view(&self.weight), z);
    }

    /// Writes Z = A·Wᵀ + b, both stored row by row.
    pub(super) fn of_rows<F: Real>(&self, theta: &Params<F>, a: &[F], z: &mut ArrayRef2<F>) {
        self.start(theta, z);
        let outputs = z.ncols();
        let z = z.as_slice_mut().expect(BY_ROWS);
        dense::project_add(a, theta.slice(&self.weight), outputs, z);
    }

    fn start<F: Real>(&self, theta: &Params<F>, z: &mut ArrayRef2<F>) {
        let Some(bias) = &self.bias else {
            return z.fill(F::zero());
        };
        let bias = theta.slice(bias);
        let rows = z.as_slice_mut().expect(BY_ROWS);
        let rows = rows.chunks_exact_mut(bias.len());
        rows.for_each(|z| z.copy_from_slice(bias));
    }

    /// Adds the gradients of W and b behind signs, for the derivative `d` in z.
    pub(super) fn grad_of_signs<F: Real>(&self, x: &Signs, d: &ArrayRef2<F>, into: &mut Params<F>) {
        self.grad_of_bias(d, into);
        x.correlate_add(d, &mut into.view_mut(&self.weight));
    }

    /// Adds the gradients of W and b behind rows of numbers, for the derivative `d` in z.
    pub(super) fn grad_of_rows<F: Real>(&self, a: &[F], d: &ArrayRef2<F>, into: &mut Params<F>) {
        self.grad_of_bias(d, into);
        let slice = d.as_slice().expect(BY_ROWS);
        dense::correlate_add(slice, a, d.ncols(), into.slice_mut(&self.weight));
    }

    fn grad_of_bias<F: Real>(&self, d: &ArrayRef2<F>, into: &mut Params<F>) {
        let Some(bias) = &self.bias else { return };
        let into = into.slice_mut(bias);
        let rows = d.as_slice().expect(BY_ROWS).chunks_exact(into.len());
        wide(|| {
            for d in rows {
                for (into, &d) in into.iter_mut().zip(d) {
                    *into += d;
                }
            }
        });
    }

    /// Writes the derivative in a, D·W, for the derivative `d` in z.
    pub(super) fn back<F: Real>(&self, theta: &Params<F>, d: &ArrayRef2<F>, into: &mut [F]) {
        into.fill(F::zero());
        let slice = d.as_slice().expect(BY_ROWS);
        dense::back_project_add(slice, theta.slice(&self.weight), d.ncols(), into);
    }
}

/// What every array of a cache is.
pub(super) const BY_ROWS: &str = "a cache is stored row by row";

/// The first `rows` rows of an array that is stored row by row.
pub(super) fn first<F>(array: &Array2<F>, rows: usize) -> &[F] {
    &array.as_slice().expect(BY_ROWS)[..rows * array.ncols()]
}

/// The first `rows` rows of an array that is stored row by row, to be changed.
pub(super) fn first_mut<F>(array: &mut Array2<F>, rows: usize) -> &mut [F] {
    let len = rows * array.ncols();
    &mut array.as_slice_mut().expect(BY_ROWS)[..len]
}
