use super::affine::BY_ROWS;
use super::output_bias::OutputBias;
use crate::activation::Activation;
use crate::error::Result;
use crate::params::{Block, Init, Layer, Layout, Params};
use crate::real::{Real, sum_of};
use crate::signs::wide;
use ndarray::{ArrayRef1, ArrayRef2, Ix1};

/// The linear readout f = uᵀσ(z) + c of a hidden layer, with the blocks `output.weight` and
/// `output.bias`.
///
/// Order of summation: neuron j goes into partial sum j mod 16, and these sums are folded by
/// halves; gradients take one example after the other.
#[derive(Debug, Clone)]
pub(super) struct Readout {
    weight: Option<Block<Ix1>>,
    bias: OutputBias,
}

impl Readout {
    /// Declares the blocks behind `width` neurons; without weights, u = 1.
    pub(super) fn declare(
        layout: &mut Layout,
        width: usize,
        init: Init,
        with_weight: bool,
        with_bias: bool,
    ) -> Result<Self> {
        let (weight, _) = init.laws(Layer::Output, width, 1)?;
        Ok(Readout {
            weight: with_weight.then(|| layout.block("output.weight", width, weight)),
            bias: OutputBias::declare(layout, width, init, with_bias)?,
        })
    }

    /// Writes f for pre-activations `z` of shape `[rows, width]`, stored row by row.
    pub(super) fn of_rows<F: Real>(
        &self,
        activation: &impl Activation,
        theta: &Params<F>,
        z: &ArrayRef2<F>,
        out: &mut ArrayRef1<F>,
    ) {
        let c = self.bias.of(theta);
        let u = self.weight.as_ref();
        let u = u.map(|block| theta.slice(block));
        let z = z.as_slice().expect(BY_ROWS).chunks_exact(z.ncols());
        wide(|| match u {
            Some(u) => {
                for (z, out) in z.zip(out) {
                    *out = c + sum_of(z, u, |z, u| u * activation.value(z));
                }
            }
            None => {
                for (z, out) in z.zip(out) {
                    *out = c + sum_of(z, z, |z, _| activation.value(z));
                }
            }
        });
    }

    /// For the examples `rows`: writes d = d_out·u·σ'(z), side by side, and adds the gradients of u
    /// and c. Shapes: `z` and `d` `[batch, width]`, stored row by row, `d_out` `[batch]`.
    pub(super) fn grad_of_rows<F: Real>(
        &self,
        activation: &impl Activation,
        theta: &Params<F>,
        z: &ArrayRef2<F>,
        (rows, d_out): (&[usize], &ArrayRef1<F>),
        d: &mut ArrayRef2<F>,
        into: &mut Params<F>,
    ) {
        let width = z.ncols();
        let z = z.as_slice().expect(BY_ROWS);
        let d = d.as_slice_mut().expect(BY_ROWS).chunks_exact_mut(width);
        wide(|| {
            for (d, &row) in d.zip(rows) {
                let z = &z[row * width..][..width];
                self.grad_of_row(activation, theta, z, d_out[row], d, into);
            }
        });
    }

    /// One example's share: writes d = d_out·u·σ'(z), and adds the gradients of u and c.
    #[inline(always)]
    fn grad_of_row<F: Real>(
        &self,
        activation: &impl Activation,
        theta: &Params<F>,
        z: &[F],
        d_out: F,
        d: &mut [F],
        into: &mut Params<F>,
    ) {
        for (d, &z) in d.iter_mut().zip(z) {
            *d = d_out * activation.slope(z);
        }
        if let Some(weight) = &self.weight {
            for (d, &u) in d.iter_mut().zip(theta.slice(weight)) {
                *d *= u;
            }
            for (into, &z) in into.slice_mut(weight).iter_mut().zip(z) {
                *into += d_out * activation.value(z);
            }
        }
        self.bias.add_grad(d_out, into);
    }
}
