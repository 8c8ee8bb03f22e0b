use crate::error::Result;
use crate::params::{Block, Init, Layer, Layout, Params};
use crate::real::Real;
use ndarray::Ix1;

/// The constant c that is added to an output, with the block `output.bias` if there is one.
#[derive(Debug, Clone)]
pub(in crate::model) struct OutputBias(Option<Block<Ix1>>);

impl OutputBias {
    /// Declares the block behind `fan_in` numbers, if it is asked for.
    pub(in crate::model) fn declare(
        layout: &mut Layout,
        fan_in: usize,
        init: Init,
        is_there: bool,
    ) -> Result<Self> {
        let values = init.affine(Layer::Output, fan_in, 1)?.bias;
        Ok(OutputBias(
            is_there.then(|| layout.block("output.bias", 1, values)),
        ))
    }

    pub(in crate::model) fn block(&self) -> Option<&Block<Ix1>> {
        self.0.as_ref()
    }

    /// c, which is 0 if there is no block.
    pub(in crate::model) fn of<F: Real>(&self, theta: &Params<F>) -> F {
        let c = self.0.as_ref().map(|block| theta.slice(block)[0]);
        c.unwrap_or(F::zero())
    }

    /// Adds one example's share of the gradient.
    pub(in crate::model) fn add_grad<F: Real>(&self, d_out: F, into: &mut Params<F>) {
        if let Some(block) = &self.0 {
            into.slice_mut(block)[0] += d_out;
        }
    }
}
