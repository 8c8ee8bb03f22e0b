use super::layers::Layers;
use crate::model::parts::{Activated, GradientSink, Slopes, TileRange, WeightSink, places};
use crate::params::{Block, Descent, Params};
use crate::real::Real;
use crate::signs::{DescentScratch, Signs};
use crate::simd::Rows;
use crate::threads::Divide;
use ndarray::{Ix1, Ix2};

/// The parameters of some neurons, and what happens to their gradients; with the first neuron those of c.
pub(super) struct Sinks<'a, F> {
    weight: WeightSink<'a, F>,
    bias: Option<GradientSink<'a, F>>,
    output_weight: Option<GradientSink<'a, F>>,
    output_bias: Option<GradientSink<'a, F>>,
}

impl<'a, F: Real> Sinks<'a, F> {
    /// Sinks that add the gradients to `into`.
    pub(super) fn accumulate(
        layers: &Layers,
        theta: &'a Params<F>,
        into: &'a mut Params<F>,
    ) -> Self {
        Sinks::of(
            layers,
            into,
            |block, into| WeightSink::accumulate(block, theta, into),
            |block, into| GradientSink::accumulate_block(block, theta, into),
        )
    }

    /// Sinks that take an SGD step in each block which the descent moves.
    pub(super) fn step(layers: &Layers, theta: &'a mut Params<F>, descent: &Descent) -> Self {
        Sinks::of(
            layers,
            theta,
            |block, values| WeightSink::step(block, values, descent),
            |block, values| GradientSink::step_block(block, values, descent),
        )
    }

    /// The sinks that `of_weight` and `of_vector` make of the blocks W, b, u and c in `params`.
    #[inline]
    fn of(
        layers: &Layers,
        params: &'a mut Params<F>,
        of_weight: impl FnOnce(&Block<Ix2>, &'a mut [F]) -> WeightSink<'a, F>,
        of_vector: impl Fn(&Block<Ix1>, &'a mut [F]) -> GradientSink<'a, F>,
    ) -> Self {
        let (hidden, readout) = (&layers.hidden, &layers.readout);
        let (weight, blocks) = (
            hidden.weight(),
            [hidden.bias(), readout.weight(), readout.bias()],
        );
        let [of_bias, of_u, of_c] = places(blocks);
        let [w, bias, u, c] = params.slices_mut([weight.range(), of_bias, of_u, of_c]);
        let vector = |block: Option<&_>, numbers| block.map(|block| of_vector(block, numbers));
        Sinks {
            weight: of_weight(weight, w),
            bias: vector(blocks[0], bias),
            output_weight: vector(blocks[1], u),
            output_bias: vector(blocks[2], c),
        }
    }

    /// Lets them take the gradients of the neurons of a tile, which are theirs.
    #[inline]
    fn take(self, shown: Shown<'_, F>, z: &mut Rows<F>, scratch: &mut DescentScratch<F>) {
        let Sinks {
            weight,
            bias,
            output_weight,
            output_bias,
        } = self;
        let Shown {
            activation,
            x,
            rows,
            d_out,
            are_kept,
        } = shown;
        if !are_kept {
            x.project(weight.values(), bias.as_ref().map(GradientSink::values), z);
        }
        let vectors = [output_weight, bias, output_bias];
        activation.read_back(Slopes::of_rows(vectors, z, (rows, d_out)));
        weight.take(x, z, scratch);
    }

    /// The neurons before `at`, and those from it on.
    #[inline]
    fn split_at(self, at: usize) -> (Self, Self) {
        let (weight, other_weight) = self.weight.split_at(at);
        let (bias, other_bias) = self.bias.map(|bias| bias.split_at(at)).unzip();
        let output_weight = self.output_weight.map(|weight| weight.split_at(at));
        let (output_weight, other_output_weight) = output_weight.unzip();
        let low = Sinks {
            weight,
            bias,
            output_weight,
            output_bias: self.output_bias,
        };
        let high = Sinks {
            weight: other_weight,
            bias: other_bias,
            output_weight: other_output_weight,
            output_bias: None,
        };
        (low, high)
    }
}

/// Tiles whose gradients the sinks take; there is scratch for every thread.
pub(super) struct TileGradients<'a, F> {
    pub(super) sinks: Sinks<'a, F>,
    pub(super) tiles: TileRange<'a, F>,
    pub(super) scratch: &'a mut [DescentScratch<F>],
}

impl<F: Real> Divide for TileGradients<'_, F> {
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self> {
        let TileGradients {
            sinks,
            tiles,
            scratch,
        } = self;
        let part = |sinks, tiles, scratch| TileGradients {
            sinks,
            tiles,
            scratch,
        };
        match tiles.divide(few, parts) {
            Ok((low, high)) => {
                let (sinks, more_sinks) = sinks.split_at(low.width());
                let (scratch, more_scratch) = scratch.split_at_mut(few);
                let low = part(sinks, low, scratch);
                Ok((low, part(more_sinks, high, more_scratch)))
            }
            Err(tiles) => Err(part(sinks, tiles, scratch)),
        }
    }
}

impl<F: Real> TileGradients<'_, F> {
    /// Lets the sinks take their gradients.
    pub(super) fn take(self, shown: Shown<'_, F>) {
        let TileGradients {
            mut sinks,
            mut tiles,
            scratch,
        } = self;
        let (last, scratch) = (tiles.count() - 1, &mut scratch[0]);
        for tile in 0..last {
            let (_, z) = tiles.at(tile);
            let (first, behind) = sinks.split_at(z.width());
            first.take(shown, z, scratch);
            sinks = behind;
        }
        sinks.take(shown, tiles.at(last).1, scratch);
    }
}

/// The examples that a backward pass looks at.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a, F> {
    pub(super) activation: &'a dyn Activated<F>,
    pub(super) x: &'a Signs,
    /// Where the pre-activations and derivatives of each are.
    pub(super) rows: &'a [usize],
    pub(super) d_out: &'a [F],
    /// Whether the pre-activations are there.
    pub(super) are_kept: bool,
}
