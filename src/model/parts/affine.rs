use super::weight_sink::WeightSink;
use crate::dense;
use crate::params::{AffineInit, Block, Descent, Layout, Params};
use crate::real::Real;
use crate::signs::{DescentScratch, Signs};
use crate::simd::{Rows, Strided, StridedMut};
use ndarray::{Ix1, Ix2};

/// The affine map z = W a + b of one layer, with the blocks `<layer>.weight` and `<layer>.bias`.
#[derive(Debug, Clone)]
pub(in crate::model) struct Affine {
    weight: Block<Ix2>,
    bias: Option<Block<Ix1>>,
}

impl Affine {
    /// Declares the blocks of a map of the given shape `[outputs, inputs]`, weights first.
    pub(in crate::model) fn declare(
        layout: &mut Layout,
        layer: &str,
        shape: (usize, usize),
        values: AffineInit,
        with_bias: bool,
    ) -> Self {
        let weight = layout.block(&format!("{layer}.weight"), shape, values.weight);
        let bias = || layout.block(&format!("{layer}.bias"), shape.0, values.bias);
        let bias = with_bias.then(bias);
        Affine { weight, bias }
    }

    pub(in crate::model) fn weight(&self) -> &Block<Ix2> {
        &self.weight
    }

    pub(in crate::model) fn bias(&self) -> Option<&Block<Ix1>> {
        self.bias.as_ref()
    }

    /// Writes Z = X·Wᵀ + b to the first rows of `z`, for as many outputs from `start` on as it has
    /// columns.
    #[inline]
    pub(in crate::model) fn of_signs<F: Real>(
        &self,
        theta: &Params<F>,
        x: &Signs,
        (start, z): (usize, &mut Rows<F>),
    ) {
        let bias = self.bias.as_ref().map(|bias| &theta.slice(bias)[start..]);
        let weight = Strided::new(theta.slice(&self.weight), x.dim(), self.outputs());
        x.project(weight.columns_from(start), bias, z);
    }

    /// Writes Z = A·Wᵀ + b, both stored row by row, one row behind the other.
    pub(in crate::model) fn of_rows<F: Real>(&self, theta: &Params<F>, a: &[F], z: &mut [F]) {
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

    /// Adds the gradient of W behind signs, for the derivative `d` in z.
    pub(in crate::model) fn grad_of_signs<F: Real>(
        &self,
        x: &Signs,
        d: &Rows<F>,
        into: &mut Params<F>,
    ) {
        let outputs = self.outputs();
        x.correlate(
            d,
            StridedMut::new(into.slice_mut(&self.weight), x.dim(), outputs),
        );
    }

    /// Makes the update by the gradient of W behind signs, for the derivative `d` in z.
    pub(in crate::model) fn descend_of_signs<F: Real>(
        &self,
        (theta, descent): (&mut Params<F>, &Descent),
        x: &Signs,
        d: &Rows<F>,
        scratch: &mut DescentScratch<F>,
    ) {
        let values = theta.slice_mut(&self.weight);
        WeightSink::step(&self.weight, values, descent).take(x, d, scratch);
    }

    /// Adds the gradient of W behind rows of numbers, for the derivative `d` in z; all rows are one
    /// behind the other.
    pub(in crate::model) fn grad_of_rows<F: Real>(&self, a: &[F], d: &[F], into: &mut Params<F>) {
        dense::correlate_add(d, a, self.outputs(), into.slice_mut(&self.weight));
    }

    /// Writes the derivative in a, D·W, for the derivative `d` in z.
    pub(in crate::model) fn back<F: Real>(&self, theta: &Params<F>, d: &[F], into: &mut [F]) {
        into.fill(F::zero());
        dense::back_project_add(d, theta.slice(&self.weight), self.outputs(), into);
    }

    fn outputs(&self) -> usize {
        self.weight.shape()[0]
    }
}
