//! Vectors for every processor.

use super::vectors::{Apart, ENTRIES, Simd, Vectors, WithSimd};
use crate::real::Real;
use std::array::from_fn;

/// Vectors that are arrays; the compiler chooses instructions for them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

/// Numbers in a vector, of either precision.
pub(crate) const LANES: usize = 4;

impl Simd for Portable {}

impl Portable {
    /// Runs an operation with these vectors, in a function of its own: inlined, it would be compiled again wherever it is run.
    #[inline(never)]
    pub(super) fn vectorize<W: WithSimd>(self, op: W) -> W::Output {
        op.with_simd(self)
    }
}

impl<F: Real> Vectors<F> for Portable {
    type V = [F; LANES];
    type Bits = [u64; LANES];
    type Signs = [u32; LANES];
    const LANES: usize = LANES;
    const STRIP: usize = 4;
    type Half = Self;

    #[inline(always)]
    fn half(self) -> Self {
        self
    }

    #[inline(never)]
    fn apart<O: Apart<F, Self>>(self, op: O) {
        op.run(self);
    }

    #[inline(always)]
    fn halves(vectors: &mut [[F; LANES]]) -> &mut [[F; LANES]] {
        vectors
    }

    #[inline(always)]
    fn vectors(numbers: &mut [F]) -> &mut [[F; LANES]] {
        numbers.as_chunks_mut().0
    }

    #[inline(always)]
    fn splat(self, x: F) -> [F; LANES] {
        [x; LANES]
    }

    #[inline(always)]
    fn load(self, from: &[F]) -> [F; LANES] {
        from.try_into().unwrap_or_else(|_| {
            let mut v = [F::zero(); LANES];
            for (v, &from) in v.iter_mut().zip(from) {
                *v = from;
            }
            v
        })
    }

    #[inline(always)]
    fn store(self, v: [F; LANES], to: &mut [F]) {
        for (to, v) in to.iter_mut().zip(v) {
            *to = v;
        }
    }

    #[inline(always)]
    fn prefetch(self, _: *const F) {}

    #[inline(always)]
    fn add(self, a: [F; LANES], b: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    fn sub(self, a: [F; LANES], b: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    fn times(self, a: [F; LANES], b: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| a[lane] * b[lane])
    }

    #[inline(always)]
    fn mul_add(self, a: [F; LANES], b: [F; LANES], c: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| a[lane].portable_mul_add(b[lane], c[lane]))
    }

    #[inline(always)]
    fn add_times(self, sum: [F; LANES], s: [F; LANES], v: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| sum[lane] + s[lane] * v[lane])
    }

    #[inline(always)]
    fn choose(self, mask: u64, a: [F; LANES], b: [F; LANES]) -> [F; LANES] {
        // Lane by lane, as a branch for all of them could not be foreseen.
        from_fn(|lane| {
            if mask >> lane & 1 == 0 {
                a[lane]
            } else {
                b[lane]
            }
        })
    }

    #[inline(always)]
    fn bits(self, signs: &[u64], step: usize, lanes: usize) -> [u64; LANES] {
        from_fn(|lane| if lane < lanes { signs[lane * step] } else { 0 })
    }

    #[inline(always)]
    fn look_up(self, table: &[F; ENTRIES], bits: [u64; LANES], g: usize) -> [F; LANES] {
        bits.map(|bits| table[(bits >> (4 * g)) as usize % ENTRIES])
    }

    #[inline(always)]
    fn signs(self, words: &[u32], g: usize) -> [u32; LANES] {
        from_fn(|lane| words[lane] >> (4 * g))
    }

    #[inline(always)]
    fn flip<const C: usize>(self, v: [F; LANES], signs: [u32; LANES]) -> [F; LANES] {
        from_fn(|lane| match signs[lane] >> C & 1 {
            1 => -v[lane],
            _ => v[lane],
        })
    }
}
