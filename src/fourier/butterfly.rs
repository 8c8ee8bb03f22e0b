//! The sums and differences of the transform, on contiguous values.

use crate::real::Real;
use crate::simd::{Simd, WithSimd};

/// The number of values loaded and stored together: a line.
pub(super) const LINE: usize = 8;

/// log₂ of the number of values in a block that stays in the first-level cache: 16 KiB of `f64`.
const NEAR: u32 = 11;

/// log₂ of the number of values in a part of such a block: 2 KiB of `f64`, small enough that the
/// processor prefetches the next part meanwhile.
const NEAREST: u32 = 8;

/// All levels of the transform of these values, in ascending order.
///
/// Level i replaces the values a and b at two places that differ in bit i alone by a + b and a − b.
/// The number of values is a power of two.
pub(super) struct Levels<'a, F>(pub(super) &'a mut [F]);

impl<F: Real> WithSimd for Levels<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let to = self.0.len().ilog2();
        let (near, nearest) = (to.min(NEAR), to.min(NEAREST));
        for block in self.0.chunks_exact_mut(1 << near) {
            for block in block.chunks_exact_mut(1 << nearest) {
                levels(block, 0, nearest);
            }
            levels(block, nearest, near);
        }
        levels(self.0, near, to);
    }
}

/// The levels from `at` to below `to`, three, two or one at a time.
#[inline(always)]
pub(super) fn levels<F: Real>(values: &mut [F], mut at: u32, to: u32) {
    if at == 0 && to >= 5 {
        // Lines of four, so that no value moves within a line.
        values.as_chunks_mut().0.iter_mut().for_each(first_two);
        between_lines::<F, 8, 4>(values, 4);
        at = 5;
    }
    while at < to {
        let levels = if at < LINE.ilog2() {
            1
        } else {
            (to - at).min(3)
        };
        match levels {
            3 => between_lines::<F, 8, LINE>(values, 1 << at),
            2 => between_lines::<F, 4, LINE>(values, 1 << at),
            _ if at >= LINE.ilog2() => between_lines::<F, 2, LINE>(values, 1 << at),
            _ => one_by_one(values, 1 << at),
        }
        at += levels;
    }
}

/// Levels 0 and 1.
#[inline(always)]
fn first_two<F: Real>([a, b, c, d]: &mut [F; 4]) {
    (*a, *b, *c, *d) = (*a + *b, *a - *b, *c + *d, *c - *d);
    (*a, *b, *c, *d) = (*a + *c, *b + *d, *a - *c, *b - *d);
}

/// log₂ R levels between lines of L values, from that of the places at distance `step` on.
#[inline(always)]
fn between_lines<F: Real, const R: usize, const L: usize>(values: &mut [F], step: usize) {
    for block in values.chunks_exact_mut(R * step) {
        for place in (0..step).step_by(L) {
            let mut lines = [[F::zero(); L]; R];
            for (row, line) in lines.iter_mut().enumerate() {
                line.copy_from_slice(&block[row * step + place..][..L]);
            }
            butterflies(&mut lines);
            for (row, line) in lines.iter().enumerate() {
                block[row * step + place..][..L].copy_from_slice(line);
            }
        }
    }
}

/// log₂ R levels between lines: level i between those whose numbers differ in bit i alone.
#[inline(always)]
pub(super) fn butterflies<F: Real, const R: usize, const L: usize>(lines: &mut [[F; L]; R]) {
    for level in 0..R.ilog2() {
        let bit = 1 << level;
        for row in (0..R).filter(|row| row & bit == 0) {
            let (mut low, mut high) = (lines[row], lines[row | bit]);
            for (a, b) in low.iter_mut().zip(&mut high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
            (lines[row], lines[row | bit]) = (low, high);
        }
    }
}

/// One level of places at distance `step`, less than a line.
#[inline(always)]
fn one_by_one<F: Real>(values: &mut [F], step: usize) {
    for block in values.chunks_exact_mut(2 * step) {
        let (low, high) = block.split_at_mut(step);
        for (low, high) in low.iter_mut().zip(high) {
            (*low, *high) = (*low + *high, *low - *high);
        }
    }
}
