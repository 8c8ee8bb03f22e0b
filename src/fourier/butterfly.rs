//! The sums and differences that the transform consists of, on values that lie side by side.

use crate::real::Real;
use crate::signs::Loops;

/// The number of values in a line, which are loaded and stored together.
const LINE: usize = 8;

/// log₂ of the number of values that are taken through their levels at a time: 16 KiB of `f64`.
const NEAR: u32 = 11;

/// The levels `from..` of the transform of `values`, in ascending order.
///
/// Level i replaces the values a and b at two places that differ in bit i alone by a + b and a − b.
/// The number of values is a power of two.
pub(super) struct Levels<'a, F> {
    pub(super) values: &'a mut [F],
    pub(super) from: u32,
}

impl<F: Real> Loops for Levels<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let to = self.values.len().ilog2();
        let near = to.min(NEAR);
        if self.from < near {
            for block in self.values.chunks_exact_mut(1 << near) {
                levels(block, self.from, near);
            }
        }
        levels(self.values, self.from.max(near), to);
    }
}

/// The levels from `at` to below `to`, three, two or one at a time.
#[inline(always)]
fn levels<F: Real>(values: &mut [F], mut at: u32, to: u32) {
    if at == 0 && to >= LINE.ilog2() {
        values.as_chunks_mut().0.iter_mut().for_each(within_line);
        at = LINE.ilog2();
    }
    while at < to {
        let levels = if at < LINE.ilog2() {
            1
        } else {
            (to - at).min(3)
        };
        match levels {
            3 => between_lines::<F, 8>(values, 1 << at),
            2 => between_lines::<F, 4>(values, 1 << at),
            _ if at >= LINE.ilog2() => between_lines::<F, 2>(values, 1 << at),
            _ => one_by_one(values, 1 << at),
        }
        at += levels;
    }
}

/// The three levels within a line.
#[inline(always)]
fn within_line<F: Real>(line: &mut [F; LINE]) {
    for level in 0..LINE.ilog2() {
        let (bit, x) = (1 << level, *line);
        for place in 0..LINE {
            line[place] = if place & bit == 0 {
                x[place] + x[place | bit]
            } else {
                x[place ^ bit] - x[place]
            };
        }
    }
}

/// log₂ R levels between lines, from that of the places at distance `step` on.
#[inline(always)]
fn between_lines<F: Real, const R: usize>(values: &mut [F], step: usize) {
    for block in values.chunks_exact_mut(R * step) {
        for place in (0..step).step_by(LINE) {
            let mut lines = [[F::zero(); LINE]; R];
            for (row, line) in lines.iter_mut().enumerate() {
                line.copy_from_slice(&block[row * step + place..][..LINE]);
            }
            butterflies(&mut lines);
            for (row, line) in lines.iter().enumerate() {
                block[row * step + place..][..LINE].copy_from_slice(line);
            }
        }
    }
}

#[inline(always)]
fn butterflies<F: Real, const R: usize>(lines: &mut [[F; LINE]; R]) {
    for level in 0..R.ilog2() {
        let bit = 1 << level;
        for row in (0..R).filter(|row| row & bit == 0) {
            for lane in 0..LINE {
                let (a, b) = (lines[row][lane], lines[row | bit][lane]);
                lines[row][lane] = a + b;
                lines[row | bit][lane] = a - b;
            }
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
