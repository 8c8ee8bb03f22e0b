use super::sinks::{Shown, Sinks, TileGradients};
use crate::model::parts::{Activated, Active, Affine, Readout, TileRange, Tiles};
use crate::params::Params;
use crate::real::{LANES, Real};
use crate::signs::{DescentScratch, Signs};
use crate::threads::{self, divide};
use ndarray::{Array1, ArrayRef1, ArrayView1};
use std::array;
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;

/// The layers of an [`Mlp`](super::Mlp) and the passes through them, whatever the activation between them.
#[derive(Debug, Clone)]
pub(in crate::model) struct Layers {
    pub(super) n: usize,
    pub(super) width: usize,
    pub(in crate::model) hidden: Affine,
    pub(in crate::model) readout: Readout,
}

/// The number of blocks of rows that pass from thread to thread.
const BLOCKS: usize = 8;

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

/// Rows whose outputs take up tiles.
struct OutputRows<'a, F> {
    /// The first of them.
    row: usize,
    sums: &'a mut [[F; LANES]],
    out: &'a mut [F],
    /// The first neuron that they have not taken up.
    next: usize,
}

impl<'a, F: Real> OutputRows<'a, F> {
    /// Equal blocks of them.
    fn blocks(self) -> [Mutex<Self>; BLOCKS] {
        let OutputRows { row, next, .. } = self;
        let (rows, mut sums, mut out) = (self.out.len(), self.sums, self.out);
        let start = |block| row + rows * block / BLOCKS;
        array::from_fn(|block| {
            let (row, few) = (start(block), start(block + 1) - start(block));
            let sums = sums.split_off_mut(..few).expect("each row has sums");
            let out = out.split_off_mut(..few).expect("blocks cover the rows");
            Mutex::new(OutputRows {
                row,
                sums,
                out,
                next,
            })
        })
    }
}

/// The rows when they have taken up all neurons before `first`, which another thread computes.
///
/// The wait ends: the thread with the neurons before has begun its part, or begins it without waiting for others, since nothing
/// within a part uses rayon; and what panics there, an activation of a user, does so with the rows, which poisons them.
fn in_turn<'a, 'b, F>(
    rows: &'a Mutex<OutputRows<'b, F>>,
    first: usize,
) -> MutexGuard<'a, OutputRows<'b, F>> {
    loop {
        // Not `lock`, which would fall asleep.
        match rows.try_lock() {
            Ok(rows) if rows.next == first => return rows,
            Err(TryLockError::Poisoned(_)) => panic!("another thread panicked with these rows"),
            Ok(_) | Err(TryLockError::WouldBlock) => {}
        }
        // Here the rows are free for the other thread.
        thread::yield_now();
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
        let mut rows = OutputRows {
            row: 0,
            sums,
            out,
            next: 0,
        };
        z.set_spent(false);
        if parts > 1 {
            return self.forward_shared(activation, theta, x, (z, parts), rows);
        }
        for tile in 0..z.count() {
            let mut tile = z.some(tile..tile + 1);
            self.hidden.of_signs(theta, x, tile.at(0));
            self.take_up(activation, theta, &tile, &mut rows);
        }
    }

    /// The same in so many parts, each with tiles of its own, through which the rows pass.
    fn forward_shared<F: Real>(
        &self,
        activation: &dyn Activated<F>,
        theta: &Params<F>,
        x: &Signs,
        (z, parts): (&mut Tiles<F>, usize),
        rows: OutputRows<'_, F>,
    ) {
        let (at_once, blocks) = (z.at_once(parts), rows.blocks());
        for first in (0..z.count()).step_by(at_once) {
            let tiles = first..z.count().min(first + at_once);
            divide(parts, z.some(tiles), &|mut tiles| {
                for tile in 0..tiles.count() {
                    self.hidden.of_signs(theta, x, tiles.at(tile));
                }
                for rows in &blocks {
                    let mut rows = in_turn(rows, tiles.first_neuron());
                    self.take_up(activation, theta, &tiles, &mut rows);
                }
            });
        }
    }

    /// Lets the outputs take up tiles.
    #[inline]
    fn take_up<F: Real>(
        &self,
        activation: &dyn Activated<F>,
        theta: &Params<F>,
        tiles: &TileRange<'_, F>,
        rows: &mut OutputRows<'_, F>,
    ) {
        let OutputRows {
            row,
            sums,
            out,
            next,
        } = rows;
        for tile in tiles.stored() {
            self.readout
                .of_tile(activation, theta, tile, *row, sums, out);
        }
        *next += tiles.width();
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
