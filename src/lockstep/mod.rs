//! Sixteen trials of one model in lockstep: each SIMD lane has parameters, inputs and labels of its
//! own.
//!
//! A step of a tiny network is mostly overhead, which is the same for sixteen of them as for one.
//! Each lane computes what the model computes alone, in the same order, and so has the same bits.

mod active;
mod lanes;
mod params;
mod product;
mod signs;

pub(crate) use active::move_up_active;
pub(crate) use lanes::Lanes;
pub(crate) use params::{LockstepDescent, LockstepParams};
pub(crate) use signs::LockstepSigns;

use crate::real::LANES;

/// A model with steps for sixteen trials at a time.
///
/// The law: every lane has the bits of [`Model::forward`](crate::model::Model::forward) and
/// [`Model::descend`](crate::model::Model::descend).
pub(crate) trait Lockstep: Send + Sync {
    /// Scratch for batches of `batch` rows.
    fn workspace(&self, batch: usize) -> Workspace;

    /// Writes f(x; θ) of every lane.
    fn forward_lanes(
        &self,
        theta: &LockstepParams,
        x: &LockstepSigns,
        workspace: &mut Workspace,
        out: &mut [[f32; LANES]],
    );

    /// Takes a step of plain descent in every lane, for the `x` last passed to `forward_lanes`.
    ///
    /// Examples with d_out = 0 are left out of the sums. The contents of `x` are unspecified
    /// afterwards.
    fn descend_lanes(
        &self,
        theta: &mut LockstepParams,
        x: &mut LockstepSigns,
        workspace: &mut Workspace,
        d_out: &[[f32; LANES]],
        descent: &LockstepDescent,
    );
}

/// Scratch of a step, and what its backward pass needs of its forward pass.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Pre-activations, or factors, of each row.
    pub z: Vec<Lanes<f32>>,
    /// The derivatives in them.
    pub d: Vec<Lanes<f32>>,
    /// Gradients of vectors.
    pub sums: Vec<Lanes<f32>>,
}

impl Workspace {
    /// For so many rows of so many pre-activations.
    pub(crate) fn new(batch: usize, width: usize) -> Self {
        let zeros = vec![Lanes::splat(0.0); batch * width];
        Workspace {
            d: zeros.clone(),
            z: zeros,
            sums: Vec::new(),
        }
    }
}
