use super::sinks::{Shown, Sinks, TileGradients};
use crate::error::Result;
use crate::model::parts::{Activated, Active, Affine, Readout, Tiles};
use crate::params::Params;
use crate::real::{LANES, Real};
use crate::signs::{DescentScratch, Signs};
use crate::threads::{self, Divide, divide};
use ndarray::{Array1, ArrayRef1, ArrayView1};

/// The layers of an [`Mlp`](super::Mlp) and the passes through them, whatever the activation between them.
#[derive(Debug, Clone)]
pub(in crate::model) struct Layers {
    pub(super) n: usize,
    pub(super) width: usize,
    pub(in crate::model) hidden: Affine,
    pub(in crate::model) readout: Readout,
}

/// The pre-activations of an [`Mlp`](super::Mlp), in whose place their gradient is written.
#[derive(Debug)]
pub struct MlpCache<F> {
    /// W x + b, and later the derivatives in it, of the active examples.
    z: Tiles<F>,
    /// The partial sums of the outputs between two tiles.
    sums: Vec<[F; LANES]>,
    examples: Examples<F>,
    /// For each thread.
    descent: Vec<DescentScratch<F>>,
}

impl<F: Real> MlpCache<F> {
    pub(super) fn new(batch: usize, layers: &Layers) -> Self {
        let (n, width) = (layers.n, layers.width);
        MlpCache {
            z: Tiles::new(batch, width),
            sums: vec![[F::zero(); LANES]; batch],
            examples: Examples::new(batch, n),
            descent: vec![DescentScratch::new(width, n)],
        }
    }
}

/// The examples of a backward pass.
#[derive(Debug)]
struct Examples<F> {
    active: Active,
    /// The derivatives of the active ones, if they are to be side by side.
    d_out: Array1<F>,
}

impl<F: Real> Examples<F> {
    fn new(batch: usize, n: usize) -> Self {
        Examples {
            active: Active::new(batch, n),
            d_out: Array1::zeros(batch),
        }
    }

    /// The active ones, and where the pre-activations and derivatives of each are: where they were
    /// in the forward pass if those are kept, and side by side otherwise.
    fn active<'a>(
        &'a mut self,
        x: &'a Signs,
        d_out: &'a ArrayRef1<F>,
        are_kept: bool,
    ) -> (&'a Signs, &'a [usize], ArrayView1<'a, F>) {
        if are_kept {
            let (x, rows) = self.active.of(x, d_out);
            return (x, rows, d_out.view());
        }
        self.active.with_derivatives(x, d_out, &mut self.d_out)
    }
}

/// Rows whose outputs take up some tiles.
struct OutputRows<'a, F> {
    /// The first of them.
    row: usize,
    sums: &'a mut [[F; LANES]],
    out: &'a mut [F],
}

impl<F: Real> Divide for OutputRows<'_, F> {
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self> {
        let at = self.out.len() * few / parts;
        let (sums, more_sums) = self.sums.split_at_mut(at);
        let (out, more_out) = self.out.split_at_mut(at);
        let part = |row, sums, out| OutputRows { row, sums, out };
        let low = part(self.row, sums, out);
        Ok((low, part(self.row + at, more_sums, more_out)))
    }
}

impl Layers {
    /// The number of parts in which the work on these examples is done: one, if there is but one tile.
    fn parts<F: Real>(&self, x: &Signs, z: &Tiles<F>) -> usize {
        threads::parts(x.rows() * self.n * self.width).min(z.count())
    }

    /// Writes f(x; θ).
    pub(super) fn forward<F: Real>(
        &self,
        activation: &dyn Activated<F>,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut MlpCache<F>,
        out: &mut ArrayRef1<F>,
    ) {
        assert_eq!(out.len(), x.rows(), "one output a row is needed");
        let MlpCache { z, sums, .. } = cache;
        let (parts, sums) = (self.parts(x, z), &mut sums[..out.len()]);
        let out = out.as_slice_mut().expect("outputs are contiguous");
        z.set_spent(false);
        let (at_once, mut first) = (z.at_once(parts), 0);
        while first < z.count() {
            let tiles = first..z.count().min(first + at_once);
            first = tiles.end;
            divide(parts, z.some(tiles.clone()), &|mut tiles| {
                for tile in 0..tiles.count() {
                    self.hidden.of_signs(theta, x, tiles.at(tile));
                }
            });
            let (tiles, row) = (&z.some(tiles), 0);
            let rows = OutputRows { row, sums, out };
            divide(parts, rows, &|OutputRows { row, sums, out }| {
                for tile in tiles.stored() {
                    self.readout
                        .of_tile(activation, theta, tile, row, sums, out);
                }
            });
        }
    }

    /// Lets the sinks take the gradients.
    pub(super) fn take_gradient<F: Real>(
        &self,
        activation: &dyn Activated<F>,
        sinks: Sinks<'_, F>,
        x: &Signs,
        cache: &mut MlpCache<F>,
        d_out: &ArrayRef1<F>,
    ) {
        let MlpCache {
            z,
            examples,
            descent: scratch,
            ..
        } = cache;
        let (parts, are_kept) = (self.parts(x, z), z.are_kept());
        let (x, rows, d_out) = examples.active(x, d_out, are_kept);
        let shown = Shown {
            activation,
            x,
            rows,
            d_out: d_out.as_slice().expect("derivatives are contiguous"),
            are_kept,
        };
        let new = || DescentScratch::new(self.width, self.n);
        scratch.resize_with(parts.max(scratch.len()), new);
        let tiles = TileGradients {
            sinks,
            tiles: z.all(),
            scratch,
        };
        divide(parts, tiles, &|tiles| tiles.take(shown));
        z.set_spent(true);
    }
}
