//! The examples that a backward pass sums over.

use super::lanes::Lanes;
use super::signs::LockstepSigns;
use crate::real::LANES;
use crate::simd::{Simd, WithSimd, dispatch};

/// In each lane moves up the examples with a non-zero derivative, so that groups consist of these;
/// the rows behind them add nothing. Returns the number of rows that are left, at least one.
///
/// Shapes: `d` `[rows, width]`, `d_out` `[rows]`.
pub(crate) fn move_up_active(
    x: &mut LockstepSigns,
    d: &mut [Lanes<f32>],
    width: usize,
    d_out: &[[f32; LANES]],
) -> usize {
    let in_place = dispatch(InPlace { d_out });
    let mut most = 1;
    for lane in 0..LANES {
        let is_active = |row: &usize| d_out[*row][lane] != 0.0;
        let mut count = in_place[lane] as usize;
        for row in (count..d_out.len()).filter(is_active) {
            for place in 0..width {
                d[count * width + place][lane] = d[row * width + place][lane];
            }
            x.copy_row(lane, row, count);
            count += 1;
        }
        for d in &mut d[count * width..d_out.len() * width] {
            d[lane] = 0.0;
        }
        most = most.max(count);
    }
    most
}

/// Counts the examples of a lane that have a derivative, before the first that has none. Batches in
/// lockstep are so small that the counts are exact in this type.
struct InPlace<'a> {
    d_out: &'a [[f32; LANES]],
}

impl WithSimd for InPlace<'_> {
    type Output = [f32; LANES];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f32; LANES] {
        let (mut one, mut counts) = ([1.0; LANES], [0.0; LANES]);
        for d_out in self.d_out {
            for lane in 0..LANES {
                let is_active = d_out[lane] != 0.0;
                one[lane] = if is_active { one[lane] } else { 0.0 };
                counts[lane] += one[lane];
            }
        }
        counts
    }
}
