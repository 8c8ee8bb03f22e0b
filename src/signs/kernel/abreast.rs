//! The two products for trials that lie abreast: every lane has weights and signs of its own.
//!
//! There is no table that lanes could share, so the terms are added one by one; as each lane does
//! for itself what the other loops do, the sums are the canonical ones.

use super::job::GROUP;
use super::vectors::Vectors;
use crate::real::{LANES, Real};
use crate::sixteen::Sixteen;

/// Groups whose signs are in a word.
const IN_WORD: usize = 8;
/// Neurons that are worked on together.
const NEURONS: usize = 4;

/// One of the two products, for sixteen trials.
#[derive(Debug)]
pub struct JobAbreast<'p, F> {
    /// The signs, 32 coordinates to a word; a set bit is −1. Shape `[rows, words]`.
    pub signs: &'p [Sixteen<u32>],
    /// Words in a row.
    pub words: usize,
    /// The number of neurons r.
    pub width: usize,
    pub direction: Direction<'p, F>,
}

/// Which product it is.
#[derive(Debug)]
pub enum Direction<'p, F> {
    /// Z = b + X·Wᵀ. Shapes: `w` `[n, r]`, `bias` `[r]`, `z` `[rows, r]`.
    Forward {
        w: &'p [Sixteen<F>],
        bias: Option<&'p [Sixteen<F>]>,
        z: &'p mut [Sixteen<F>],
    },
    /// θ ← keep·θ − η·Dᵀ·X. Shapes: `d` `[rows, r]`, `theta` `[n, r]`.
    Back {
        d: &'p [Sixteen<F>],
        theta: &'p mut [Sixteen<F>],
        keep: &'p Sixteen<F>,
        eta: &'p Sixteen<F>,
    },
}

impl<F: Real> JobAbreast<'_, F> {
    #[inline(always)]
    pub(super) fn run<S: Vectors<F>>(&mut self, simd: S) {
        let width = self.width;
        for from in (0..LANES).step_by(S::LANES) {
            let mut neuron = 0;
            while neuron + NEURONS <= width {
                self.neurons::<S, NEURONS>(simd, from, neuron);
                neuron += NEURONS;
            }
            match width - neuron {
                0 => {}
                1 => self.neurons::<S, 1>(simd, from, neuron),
                2 => self.neurons::<S, 2>(simd, from, neuron),
                _ => self.neurons::<S, 3>(simd, from, neuron),
            }
        }
    }

    /// Works on K neurons, in the lanes from `from` on.
    #[inline(always)]
    fn neurons<S: Vectors<F>, const K: usize>(&mut self, simd: S, from: usize, neuron: usize) {
        let &mut JobAbreast {
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
                for (signs, z) in signs.chunks(words).zip(z.chunks_mut(width)) {
                    at.forward::<F, K>(signs, w, begin, z);
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
                    let sums = at.back::<F, K>(g, signs, d);
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

/// The lanes and the neurons that are worked on.
#[derive(Clone, Copy)]
struct At<S> {
    simd: S,
    from: usize,
    neuron: usize,
    width: usize,
    words: usize,
}

impl<S: Copy> At<S> {
    #[inline(always)]
    fn load<F: Real>(self, from: &Sixteen<F>) -> S::V
    where
        S: Vectors<F>,
    {
        self.simd.load(&from[self.from..self.from + S::LANES])
    }

    #[inline(always)]
    fn store<F: Real>(self, v: S::V, to: &mut Sixteen<F>)
    where
        S: Vectors<F>,
    {
        self.simd.store(v, &mut to[self.from..self.from + S::LANES]);
    }

    /// The signs of a group of coordinates.
    #[inline(always)]
    fn signs<F: Real>(self, row: &[Sixteen<u32>], g: usize) -> S::Signs
    where
        S: Vectors<F>,
    {
        let words = &row[g / IN_WORD][self.from..self.from + S::LANES];
        self.simd.signs(words, g % IN_WORD)
    }

    /// One row of Z.
    #[inline(always)]
    fn forward<F: Real, const K: usize>(
        self,
        row: &[Sixteen<u32>],
        w: &[Sixteen<F>],
        mut sums: [S::V; K],
        z: &mut [Sixteen<F>],
    ) where
        S: Vectors<F>,
    {
        let At { simd, neuron, .. } = self;
        let groups = w.chunks_exact(GROUP * self.width);
        let rest = groups.remainder();
        let mut g = 0;
        for group in groups {
            let signs = self.signs(row, g);
            let (first, second) = group.split_at(2 * self.width);
            let (w0, w1) = first.split_at(self.width);
            let (w2, w3) = second.split_at(self.width);
            let (w0, w1) = (&w0[neuron..][..K], &w1[neuron..][..K]);
            let (w2, w3) = (&w2[neuron..][..K], &w3[neuron..][..K]);
            for k in 0..K {
                let low = [self.load(&w0[k]), self.load(&w1[k])];
                let high = [self.load(&w2[k]), self.load(&w3[k])];
                sums[k] = simd.add(sums[k], signed_sum(simd, low, high, signs));
            }
            g += 1;
        }
        if !rest.is_empty() {
            let signs = self.signs(row, g);
            for (k, sum) in sums.iter_mut().enumerate() {
                let mut v = [simd.zero(); GROUP];
                for (v, w) in v.iter_mut().zip(rest.chunks(self.width)) {
                    *v = self.load(&w[neuron + k]);
                }
                let (low, high) = ([v[0], v[1]], [v[2], v[3]]);
                *sum = simd.add(*sum, signed_sum(simd, low, high, signs));
            }
        }
        for (z, sum) in z[neuron..][..K].iter_mut().zip(sums) {
            self.store(sum, z);
        }
    }

    /// Dᵀ·X for the coordinates of group `g`.
    #[inline(always)]
    fn back<F: Real, const K: usize>(
        self,
        g: usize,
        signs: &[Sixteen<u32>],
        d: &[Sixteen<F>],
    ) -> [[S::V; K]; GROUP]
    where
        S: Vectors<F>,
    {
        let mut sums = [[self.simd.zero(); K]; GROUP];
        let (signs, d) = (
            signs.chunks(GROUP * self.words),
            d.chunks(GROUP * self.width),
        );
        for (signs, d) in signs.zip(d) {
            match d.len() / self.width {
                1 => self.add_rows::<F, K, 1>(g, signs, d, &mut sums),
                2 => self.add_rows::<F, K, 2>(g, signs, d, &mut sums),
                3 => self.add_rows::<F, K, 3>(g, signs, d, &mut sums),
                _ => self.add_rows::<F, K, 4>(g, signs, d, &mut sums),
            }
        }
        sums
    }

    /// Adds a group of R rows; what a shorter group lacks is +0, and so left out: a sum that began
    /// with +0 never is −0, and to all others it makes no difference.
    #[inline(always)]
    fn add_rows<F: Real, const K: usize, const R: usize>(
        self,
        g: usize,
        signs: &[Sixteen<u32>],
        d: &[Sixteen<F>],
        sums: &mut [[S::V; K]; GROUP],
    ) where
        S: Vectors<F>,
    {
        let first = self.signs(signs, g);
        let mut of_rows = [first; R];
        for row in 1..R {
            of_rows[row] = self.signs(&signs[row * self.words..], g);
        }
        for k in 0..K {
            let mut v = [self.load(&d[self.neuron + k]); R];
            for row in 1..R {
                v[row] = self.load(&d[row * self.width + self.neuron + k]);
            }
            add_signed::<F, S, R, 0>(self.simd, &mut sums[0][k], v, of_rows);
            add_signed::<F, S, R, 1>(self.simd, &mut sums[1][k], v, of_rows);
            add_signed::<F, S, R, 2>(self.simd, &mut sums[2][k], v, of_rows);
            add_signed::<F, S, R, 3>(self.simd, &mut sums[3][k], v, of_rows);
        }
    }
}

/// (s₀v₀ + s₁v₁) + (s₂v₂ + s₃v₃), for the signs of one row and four coordinates.
#[inline(always)]
fn signed_sum<F: Real, S: Vectors<F>>(
    simd: S,
    low: [S::V; 2],
    high: [S::V; 2],
    signs: S::Signs,
) -> S::V {
    let low = simd.add(simd.flip::<0>(low[0], signs), simd.flip::<1>(low[1], signs));
    let high = simd.add(
        simd.flip::<2>(high[0], signs),
        simd.flip::<3>(high[1], signs),
    );
    simd.add(low, high)
}

/// Adds the same for the signs of one coordinate, at place C, and R ≤ 4 rows.
#[inline(always)]
fn add_signed<F: Real, S: Vectors<F>, const R: usize, const C: usize>(
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
