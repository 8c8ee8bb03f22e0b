//! The two products in lockstep: every lane has weights and signs of its own.
//!
//! Lanes share no table, so the terms are added one by one; each lane takes them in the canonical
//! order of [`Signs::project_add`](crate::signs::Signs::project_add).

use super::lanes::Lanes;
use crate::real::LANES;
use crate::simd::{Kernel, Simd, Vectors, WithSimd};

/// Terms in a group.
const GROUP: usize = 4;
/// Groups whose signs are in a word.
const IN_WORD: usize = 8;
/// Neurons that are worked on together, as far as there are registers for their sums: one sum each
/// forwards, and four backwards.
const FORWARD: usize = 4;
const BACK: usize = 3;
/// Rows that are worked on together forwards.
const ROWS: usize = 2;

/// One of the two products, for sixteen trials.
#[derive(Debug)]
pub(super) struct LockstepProduct<'p> {
    /// The signs, 32 coordinates to a word; a set bit is −1. Shape `[rows, words]`.
    pub signs: &'p [Lanes<u32>],
    /// Words in a row.
    pub words: usize,
    /// The number of neurons r.
    pub width: usize,
    pub direction: Direction<'p>,
}

/// Which product it is.
#[derive(Debug)]
pub(super) enum Direction<'p> {
    /// Z = b + X·Wᵀ. Shapes: `w` `[n, r]`, `bias` `[r]`, `z` `[rows, r]`.
    Forward {
        w: &'p [Lanes<f32>],
        bias: Option<&'p [Lanes<f32>]>,
        z: &'p mut [Lanes<f32>],
    },
    /// θ ← keep·θ − η·Dᵀ·X. Shapes: `d` `[rows, r]`, `theta` `[n, r]`.
    Back {
        d: &'p [Lanes<f32>],
        theta: &'p mut [Lanes<f32>],
        keep: &'p Lanes<f32>,
        eta: &'p Lanes<f32>,
    },
}

impl LockstepProduct<'_> {
    /// Computes it by a kernel.
    pub(super) fn run_by(self, kernel: Kernel) {
        kernel.dispatch(self);
    }

    #[inline(always)]
    fn run<S: Vectors<f32>>(&mut self, simd: S) {
        let width = self.width;
        let is_forward = matches!(self.direction, Direction::Forward { .. });
        for from in (0..LANES).step_by(S::LANES) {
            let mut neuron = 0;
            while is_forward && neuron + FORWARD <= width {
                self.neurons::<S, FORWARD>(simd, from, neuron);
                neuron += FORWARD;
            }
            while neuron + BACK <= width {
                self.neurons::<S, BACK>(simd, from, neuron);
                neuron += BACK;
            }
            match width - neuron {
                0 => {}
                1 => self.neurons::<S, 1>(simd, from, neuron),
                _ => self.neurons::<S, 2>(simd, from, neuron),
            }
        }
    }

    /// Works on K neurons, in the lanes from `from` on.
    #[inline(always)]
    fn neurons<S: Vectors<f32>, const K: usize>(&mut self, simd: S, from: usize, neuron: usize) {
        let &mut LockstepProduct {
            signs,
            words,
            width,
            ..
        } = self;
        let at = At {
            simd,
            from,
            neuron,
            width,
            words,
        };
        match &mut self.direction {
            Direction::Forward { w, bias, z } => {
                let mut begin = [simd.zero(); K];
                if let Some(bias) = bias {
                    for (begin, bias) in begin.iter_mut().zip(&bias[neuron..][..K]) {
                        *begin = at.load(bias);
                    }
                }
                let rows = signs.chunks(ROWS * words).zip(z.chunks_mut(ROWS * width));
                for (signs, z) in rows {
                    match z.len() / width {
                        1 => at.forward::<K, 1>(signs, w, begin, z),
                        _ => at.forward::<K, ROWS>(signs, w, begin, z),
                    }
                }
            }
            Direction::Back {
                d,
                theta,
                keep,
                eta,
            } => {
                let (keep, eta) = (at.load(keep), at.load(eta));
                for (g, theta) in theta.chunks_mut(GROUP * width).enumerate() {
                    let sums = at.back::<K>(g, signs, d);
                    for (theta, sums) in theta.chunks_mut(width).zip(sums) {
                        for (theta, sum) in theta[neuron..][..K].iter_mut().zip(sums) {
                            let kept = simd.times(keep, at.load(theta));
                            at.store(simd.sub(kept, simd.times(eta, sum)), theta);
                        }
                    }
                }
            }
        }
    }
}

impl WithSimd for LockstepProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.run(simd);
    }
}

/// The lanes and the neurons that are worked on.
#[derive(Clone, Copy)]
struct At<S> {
    simd: S,
    from: usize,
    neuron: usize,
    width: usize,
    words: usize,
}

impl<S: Vectors<f32>> At<S> {
    #[inline(always)]
    fn load(self, from: &Lanes<f32>) -> S::V {
        self.simd.load(&from[self.from..self.from + S::LANES])
    }

    #[inline(always)]
    fn store(self, v: S::V, to: &mut Lanes<f32>) {
        self.simd.store(v, &mut to[self.from..self.from + S::LANES]);
    }

    /// The signs of a group of coordinates.
    #[inline(always)]
    fn signs(self, row: &[Lanes<u32>], g: usize) -> S::Signs {
        let words = &row[g / IN_WORD][self.from..self.from + S::LANES];
        self.simd.signs(words, g % IN_WORD)
    }

    /// The same of R rows.
    #[inline(always)]
    fn signs_of<const R: usize>(self, rows: &[Lanes<u32>], g: usize) -> [S::Signs; R] {
        let mut signs = [self.signs(rows, g); R];
        for row in 1..R {
            signs[row] = self.signs(&rows[row * self.words..], g);
        }
        signs
    }

    /// R rows of Z.
    #[inline(always)]
    fn forward<const K: usize, const R: usize>(
        self,
        rows: &[Lanes<u32>],
        w: &[Lanes<f32>],
        begin: [S::V; K],
        z: &mut [Lanes<f32>],
    ) {
        let At { simd, width, .. } = self;
        let mut sums = [begin; R];
        let groups = w.chunks_exact(GROUP * width);
        let rest = groups.remainder();
        let mut g = 0;
        for group in groups {
            let signs = self.signs_of::<R>(rows, g);
            let (low, high) = group.split_at(2 * width);
            let (w0, w1) = low.split_at(width);
            let (w2, w3) = high.split_at(width);
            let (w0, w1) = (&w0[self.neuron..][..K], &w1[self.neuron..][..K]);
            let (w2, w3) = (&w2[self.neuron..][..K], &w3[self.neuron..][..K]);
            for k in 0..K {
                let low = [self.load(&w0[k]), self.load(&w1[k])];
                let high = [self.load(&w2[k]), self.load(&w3[k])];
                for row in 0..R {
                    let sum = signed_sum(simd, low, high, signs[row]);
                    sums[row][k] = simd.add(sums[row][k], sum);
                }
            }
            g += 1;
        }
        if !rest.is_empty() {
            let signs = self.signs_of::<R>(rows, g);
            for k in 0..K {
                let mut v = [simd.zero(); GROUP];
                for (v, w) in v.iter_mut().zip(rest.chunks(width)) {
                    *v = self.load(&w[self.neuron + k]);
                }
                for row in 0..R {
                    let sum = signed_sum(simd, [v[0], v[1]], [v[2], v[3]], signs[row]);
                    sums[row][k] = simd.add(sums[row][k], sum);
                }
            }
        }
        for (z, sums) in z.chunks_mut(width).zip(sums) {
            for (z, sum) in z[self.neuron..][..K].iter_mut().zip(sums) {
                self.store(sum, z);
            }
        }
    }

    /// Dᵀ·X for the coordinates of group `g`.
    #[inline(always)]
    fn back<const K: usize>(
        self,
        g: usize,
        signs: &[Lanes<u32>],
        d: &[Lanes<f32>],
    ) -> [[S::V; K]; GROUP] {
        let mut sums = [[self.simd.zero(); K]; GROUP];
        let (signs, d) = (
            signs.chunks(GROUP * self.words),
            d.chunks(GROUP * self.width),
        );
        for (signs, d) in signs.zip(d) {
            match d.len() / self.width {
                1 => self.add_rows::<K, 1>(g, signs, d, &mut sums),
                2 => self.add_rows::<K, 2>(g, signs, d, &mut sums),
                3 => self.add_rows::<K, 3>(g, signs, d, &mut sums),
                _ => self.add_rows::<K, 4>(g, signs, d, &mut sums),
            }
        }
        sums
    }

    /// Adds a group of R rows; what a shorter group lacks is +0, and so left out: a sum that began
    /// with +0 never is −0, and to all others it makes no difference.
    #[inline(always)]
    fn add_rows<const K: usize, const R: usize>(
        self,
        g: usize,
        signs: &[Lanes<u32>],
        d: &[Lanes<f32>],
        sums: &mut [[S::V; K]; GROUP],
    ) {
        let of_rows = self.signs_of::<R>(signs, g);
        for k in 0..K {
            let mut v = [self.load(&d[self.neuron + k]); R];
            for row in 1..R {
                v[row] = self.load(&d[row * self.width + self.neuron + k]);
            }
            add_signed::<S, R, 0>(self.simd, &mut sums[0][k], v, of_rows);
            add_signed::<S, R, 1>(self.simd, &mut sums[1][k], v, of_rows);
            add_signed::<S, R, 2>(self.simd, &mut sums[2][k], v, of_rows);
            add_signed::<S, R, 3>(self.simd, &mut sums[3][k], v, of_rows);
        }
    }
}

/// (s₀v₀ + s₁v₁) + (s₂v₂ + s₃v₃), for the signs of one row and four coordinates.
#[inline(always)]
fn signed_sum<S: Vectors<f32>>(simd: S, low: [S::V; 2], high: [S::V; 2], signs: S::Signs) -> S::V {
    let low = simd.add(simd.flip::<0>(low[0], signs), simd.flip::<1>(low[1], signs));
    let high = simd.add(
        simd.flip::<2>(high[0], signs),
        simd.flip::<3>(high[1], signs),
    );
    simd.add(low, high)
}

/// Adds the same for the signs of one coordinate, at place C, and R ≤ 4 rows.
#[inline(always)]
fn add_signed<S: Vectors<f32>, const R: usize, const C: usize>(
    simd: S,
    sum: &mut S::V,
    mut v: [S::V; R],
    signs: [S::Signs; R],
) {
    for row in 0..R {
        v[row] = simd.flip::<C>(v[row], signs[row]);
    }
    let mut group = v[0];
    if R > 1 {
        group = simd.add(group, v[1]);
    }
    if R > 2 {
        let mut high = v[2];
        if R > 3 {
            high = simd.add(high, v[3]);
        }
        group = simd.add(group, high);
    }
    *sum = simd.add(*sum, group);
}
