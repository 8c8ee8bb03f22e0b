//! Squares of bits.

use super::vectors::{Simd, WithSimd};

/// Transposes a square of bits: bit i of word t becomes bit t of word i.
#[derive(Debug)]
pub(crate) struct Transpose<'a>(pub &'a mut [u64; 64]);

impl WithSimd for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        transpose(self.0);
    }
}

/// Swaps ever smaller blocks beside the diagonal.
#[inline(always)]
fn transpose(square: &mut [u64; 64]) {
    swap_blocks::<32>(square, 0x0000_0000_ffff_ffff);
    swap_blocks::<16>(square, 0x0000_ffff_0000_ffff);
    swap_blocks::<8>(square, 0x00ff_00ff_00ff_00ff);
    swap_blocks::<4>(square, 0x0f0f_0f0f_0f0f_0f0f);
    swap_blocks::<2>(square, 0x3333_3333_3333_3333);
    swap_blocks::<1>(square, 0x5555_5555_5555_5555);
}

#[inline(always)]
fn swap_blocks<const SIZE: usize>(square: &mut [u64; 64], low: u64) {
    for pair in square.chunks_exact_mut(2 * SIZE) {
        let (top, bottom) = pair.split_at_mut(SIZE);
        for (a, b) in top.iter_mut().zip(bottom) {
            let change = (*a >> SIZE ^ *b) & low;
            *a ^= change << SIZE;
            *b ^= change;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::array::from_fn;

    #[test]
    fn rows_become_columns() {
        let rows: [u64; 64] = from_fn(|t| (t as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut columns = rows;
        transpose(&mut columns);
        for (i, column) in columns.iter().enumerate() {
            for (t, row) in rows.iter().enumerate() {
                assert_eq!(column >> t & 1, row >> i & 1);
            }
        }
    }
}
