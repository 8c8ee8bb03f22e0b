use super::weight_sink::WeightSink;
use crate::dense;
use crate::params::{AffineInit, Block, Descent, Layout, Params};
use crate::real::Real;
use crate::signs::{DescentScratch, Signs};
use crate::simd::{Rows, Strided, StridedMut};
use ndarray::{Array2, ArrayRef2, Ix1, Ix2};

/// The affine map z = W a + b of one layer, with the blocks `<layer>.weight` `[outputs, inputs]` and `<layer>.bias`
/// `[outputs]`.
///
/// Behind the inputs it reads [`Signs`] ([`forward`](Affine::forward), [`grad`](Affine::grad)), behind another layer
/// rows of numbers ([`forward_dense`](Affine::forward_dense), [`grad_dense`](Affine::grad_dense),
/// [`back`](Affine::back)).
///
/// ```
/// use ndarray::{Array2, array};
/// use sparse_parity::model::parts::Affine;
/// use sparse_parity::params::{Init, Layer, Layout};
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// let mut layout = Layout::default();
/// let values = Init::Uniform.affine(Layer::First, 3, 2)?;
/// let map = Affine::declare(&mut layout, "hidden", (2, 3), values, true);
/// let mut theta = Params::<f64>::zeros(&Arc::new(layout));
/// theta.view_mut(map.weight()).assign(&array![[1.0, 2.0, 3.0], [0.0, 0.0, 0.5]]);
///
/// let (x, mut z) = (Signs::ones(4, 3)?, Array2::zeros((0, 0)));
/// map.forward(&theta, &x, &mut z);
/// assert_eq!(z, array![[6.0, 0.5], [6.0, 0.5], [6.0, 0.5], [6.0, 0.5]]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Affine {
    weight: Block<Ix2>,
    bias: Option<Block<Ix1>>,
}

impl Affine {
    /// Declares the blocks of a map of the given shape `[outputs, inputs]`, weights first.
    ///
    /// [`Init::affine`](crate::params::Init::affine) makes the distributions of the initial values.
    ///
    /// # Panics
    /// If the layout has a block of that name already, as [`Layout::block`] does.
    pub fn declare(
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

    /// The block of W.
    pub fn weight(&self) -> &Block<Ix2> {
        &self.weight
    }

    /// The block of b, if there is one.
    pub fn bias(&self) -> Option<&Block<Ix1>> {
        self.bias.as_ref()
    }

    /// Writes Z = X·Wᵀ + b, which becomes `[rows, outputs]` if it has another shape. Shape of `x`: `[rows, inputs]`.
    ///
    /// Order of summation: b, then as [`Signs::project_add`].
    ///
    /// # Panics
    /// If `theta` has another layout, or `x` another number of coordinates.
    pub fn forward<F: Real>(&self, theta: &Params<F>, x: &Signs, z: &mut Array2<F>) {
        self.begin(theta, x.rows(), z);
        x.project_add(&theta.view(&self.weight), z);
    }

    /// Adds the gradients of W, Dᵀ·X, and b. Shapes: `x` `[rows, inputs]`, `d` `[rows, outputs]`, the derivative in Z.
    ///
    /// Order of summation: W as [`Signs::correlate_add`], b one row after the other.
    ///
    /// # Panics
    /// If the shapes do not fit, or `into` has another layout.
    pub fn grad<F: Real>(&self, x: &Signs, d: &ArrayRef2<F>, into: &mut Params<F>) {
        x.correlate_add(d, &mut into.view_mut(&self.weight));
        self.add_bias_grad(d, into);
    }

    /// The same as [`forward`](Affine::forward) for rows of numbers, Z = A·Wᵀ + b. Shape of `a`: `[rows, inputs]`.
    ///
    /// Order of summation: b, then the terms of input 0, 1, … by fused multiply-adds.
    ///
    /// # Panics
    /// If `theta` has another layout, or `a` another number of columns, or its rows are not one behind the other.
    pub fn forward_dense<F: Real>(&self, theta: &Params<F>, a: &ArrayRef2<F>, z: &mut Array2<F>) {
        self.begin(theta, a.nrows(), z);
        let (weight, z) = (theta.slice(&self.weight), z.as_slice_mut());
        let z = z.expect("z was made row by row");
        dense::project_add(rows(a), weight, self.outputs(), z);
    }

    /// The same as [`grad`](Affine::grad) for rows of numbers. Shapes: `a` `[rows, inputs]`, `d` `[rows, outputs]`.
    ///
    /// # Panics
    /// If the shapes do not fit, `into` has another layout, or rows are not one behind the other.
    pub fn grad_dense<F: Real>(&self, a: &ArrayRef2<F>, d: &ArrayRef2<F>, into: &mut Params<F>) {
        self.grad_of_rows(rows(a), rows(d), into);
        self.add_bias_grad(d, into);
    }

    /// The derivative in A, D·W, `[rows, inputs]`, for the derivative `d` in Z, `[rows, outputs]`.
    ///
    /// # Panics
    /// If `theta` has another layout, or `d` another number of columns, or its rows are not one behind the other.
    pub fn back<F: Real>(&self, theta: &Params<F>, d: &ArrayRef2<F>) -> Array2<F> {
        let mut into = Array2::zeros((d.nrows(), self.inputs()));
        let slice = into.as_slice_mut().expect("it was made row by row");
        self.back_rows(theta, rows(d), slice);
        into
    }

    /// Lets every row of Z, one behind the other, begin with b.
    fn begin<F: Real>(&self, theta: &Params<F>, rows: usize, z: &mut Array2<F>) {
        let shape = (rows, self.outputs());
        if z.dim() != shape || !z.is_standard_layout() {
            *z = Array2::zeros(shape);
        }
        match &self.bias {
            None => z.fill(F::zero()),
            Some(bias) => z.assign(&theta.view(bias)),
        }
    }

    fn add_bias_grad<F: Real>(&self, d: &ArrayRef2<F>, into: &mut Params<F>) {
        if let Some(bias) = &self.bias {
            let mut into = into.view_mut(bias);
            d.rows().into_iter().for_each(|d| into += &d);
        }
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
    pub(in crate::model) fn back_rows<F: Real>(&self, theta: &Params<F>, d: &[F], into: &mut [F]) {
        into.fill(F::zero());
        dense::back_project_add(d, theta.slice(&self.weight), self.outputs(), into);
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.weight.shape()[1]
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.weight.shape()[0]
    }
}

/// The numbers of rows that are stored one behind the other.
fn rows<F>(array: &ArrayRef2<F>) -> &[F] {
    array.as_slice().expect("the rows are one behind the other")
}
