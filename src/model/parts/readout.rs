use super::activated::{Activated, Outputs, Slopes};
use super::gradient_sink::GradientSink;
use super::output_bias::OutputBias;
use crate::error::Result;
use crate::params::{Block, Init, Layer, Layout, Params};
use crate::real::{LANES, Real, fold};
use crate::simd::Rows;
use ndarray::{Array2, ArrayRef1, ArrayRef2, Ix1};

/// The linear readout f = uᵀa + c of a hidden layer with activations a, with the blocks `output.weight` `[width]` and
/// `output.bias` `[1]`.
///
/// Order of summation: neuron j goes into partial sum j mod 16, and these sums are folded by
/// halves; gradients take one example after the other.
///
/// ```
/// use ndarray::{Array1, array};
/// use sparse_parity::model::parts::Readout;
/// use sparse_parity::params::{Init, Layout};
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// let mut layout = Layout::default();
/// let readout = Readout::declare(&mut layout, 2, Init::Uniform, true, false)?;
/// let layout = Arc::new(layout);
/// let mut theta = Params::<f64>::zeros(&layout);
/// theta.as_mut_slice().copy_from_slice(&[3.0, -1.0]);
///
/// let (a, mut out) = (array![[1.0, 1.0], [2.0, 0.0]], Array1::zeros(2));
/// readout.forward(&theta, &a, &mut out);
/// assert_eq!(out, array![2.0, 6.0]);
///
/// let mut grad = Params::zeros(&layout);
/// let d_a = readout.grad(&theta, &a, &array![1.0, 10.0], &mut grad);
/// assert_eq!(grad.as_slice(), [21.0, 1.0]);
/// assert_eq!(d_a, array![[3.0, -1.0], [30.0, -10.0]]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Readout {
    width: usize,
    weight: Option<Block<Ix1>>,
    bias: OutputBias,
}

impl Readout {
    /// Declares the blocks behind `width` neurons; without weights, u = 1, and without a bias, c = 0.
    ///
    /// # Errors
    /// Those of [`Init::affine`].
    ///
    /// # Panics
    /// If the layout has a block of one of the names already, as [`Layout::block`] does.
    pub fn declare(
        layout: &mut Layout,
        width: usize,
        init: Init,
        with_weight: bool,
        with_bias: bool,
    ) -> Result<Self> {
        let weight = init.affine(Layer::Output, width, 1)?.weight;
        Ok(Readout {
            width,
            weight: with_weight.then(|| layout.block("output.weight", width, weight)),
            bias: OutputBias::declare(layout, width, init, with_bias)?,
        })
    }

    /// The block of u, if there is one.
    pub fn weight(&self) -> Option<&Block<Ix1>> {
        self.weight.as_ref()
    }

    /// The block of c, if there is one.
    pub fn bias(&self) -> Option<&Block<Ix1>> {
        self.bias.block()
    }

    /// Writes f = A·u + c. Shapes: `a` `[rows, width]`, `out` `[rows]`.
    ///
    /// # Panics
    /// If the shapes do not fit, or `theta` has another layout.
    pub fn forward<F: Real>(&self, theta: &Params<F>, a: &ArrayRef2<F>, out: &mut ArrayRef1<F>) {
        self.check(a, out.len());
        let c = self.bias.of(theta);
        for (a, out) in a.rows().into_iter().zip(out) {
            let mut sums = [F::zero(); LANES];
            for (j, &a) in a.iter().enumerate() {
                sums[j % LANES] += self.u(theta, j) * a;
            }
            *out = c + fold(sums);
        }
    }

    /// Adds the gradients of u and c, and returns the derivative in A, d_out·uᵀ, `[rows, width]`. Shapes: `a`
    /// `[rows, width]`, `d_out` `[rows]`.
    ///
    /// # Panics
    /// If the shapes do not fit, or `theta` or `into` has another layout.
    pub fn grad<F: Real>(
        &self,
        theta: &Params<F>,
        a: &ArrayRef2<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) -> Array2<F> {
        self.check(a, d_out.len());
        for (a, &d_out) in a.rows().into_iter().zip(d_out) {
            if let Some(weight) = &self.weight {
                let grad = into.slice_mut(weight).iter_mut();
                grad.zip(a).for_each(|(grad, &a)| *grad += d_out * a);
            }
            self.bias.add_grad(d_out, into);
        }
        Array2::from_shape_fn(a.dim(), |(row, j)| d_out[row] * self.u(theta, j))
    }

    fn check<F>(&self, a: &ArrayRef2<F>, rows: usize) {
        let shape = (rows, self.width);
        assert_eq!(a.dim(), shape, "activations are [rows, width]");
    }

    /// The output weight of a neuron.
    fn u<F: Real>(&self, theta: &Params<F>, neuron: usize) -> F {
        let weight = self.weight.as_ref();
        weight.map_or(F::one(), |weight| theta.slice(weight)[neuron])
    }

    /// Writes f for pre-activations `z` of shape `[rows, width]`.
    pub(in crate::model) fn of_rows<F: Real>(
        &self,
        activation: &dyn Activated<F>,
        theta: &Params<F>,
        z: &Rows<F>,
        out: &mut ArrayRef1<F>,
    ) {
        let out = out.as_slice_mut().expect("outputs are contiguous");
        self.of_tile(activation, theta, (0, z), 0, &mut [], out);
    }

    /// The same for the neurons from `start` on, as many as `z` has columns, in the rows from `row` on, as
    /// many as there are outputs: tile after tile is taken into the partial sums, one for each row, and
    /// with the last one f is written.
    #[inline]
    pub(in crate::model) fn of_tile<F: Real>(
        &self,
        activation: &dyn Activated<F>,
        theta: &Params<F>,
        (start, z): (usize, &Rows<F>),
        row: usize,
        sums: &mut [[F; LANES]],
        out: &mut [F],
    ) {
        let u = self.weight.as_ref().map(|block| theta.slice(block));
        activation.read_out(Outputs {
            u: u.map(|u| &u[start..][..z.width()]),
            c: self.bias.of(theta),
            z: &z.first(row + out.len())[row * z.step()..],
            width: z.width(),
            step: z.step(),
            sums,
            is_first: start == 0,
            is_last: start + z.width() == self.width,
            out,
        });
    }

    /// For the examples `rows`, which ascend: writes d = d_out·u·σ'(z), side by side, in the place of z,
    /// and adds the gradients of u, of the `bias` that z has, if it is to be cared for here, and of c.
    /// Shapes: `z` `[batch, neurons]`, `d_out` `[batch]`.
    pub(in crate::model) fn grad_of_rows<F: Real>(
        &self,
        activation: &dyn Activated<F>,
        theta: &Params<F>,
        (z, bias): (&mut Rows<F>, Option<&Block<Ix1>>),
        (rows, d_out): (&[usize], &ArrayRef1<F>),
        into: &mut Params<F>,
    ) {
        let blocks = [self.weight.as_ref(), bias, self.bias.block()];
        let sinks = GradientSink::accumulate(blocks, theta, into);
        let d_out = d_out.as_slice().expect("derivatives are contiguous");
        activation.read_back(Slopes::of_rows(sinks, z, (rows, d_out)));
    }
}
