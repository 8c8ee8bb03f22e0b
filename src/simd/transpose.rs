//! Squares of bits.

use super::vectors::{Simd, WithSimd};
use std::ops::{BitAnd, BitXor, Shl, Shr};

/// Words of 64 bits.
pub(crate) trait Bits:
    Copy
    + BitXor<Output = Self>
    + BitAnd<u64, Output = Self>
    + Shl<usize, Output = Self>
    + Shr<usize, Output = Self>
{
}

impl Bits for u64 {}

/// Transposes a square of bits: bit i of word t becomes bit t of word i.
#[derive(Debug)]
pub(crate) struct Transpose<'a, T = u64>(pub &'a mut [T; 64]);

impl<T> Transpose<'_, T> {
    /// XORs and ANDs of words that it takes: four for each of 32 pairs in each of six passes.
    pub(crate) const OPERATIONS: u64 = 6 * 32 * 4;
}

impl<T: Bits> WithSimd for Transpose<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        transpose(self.0);
    }
}

/// Swaps ever smaller blocks beside the diagonal.
#[inline(always)]
fn transpose<T: Bits>(square: &mut [T; 64]) {
    swap_blocks::<32, T>(square, 0x0000_0000_ffff_ffff);
    swap_blocks::<16, T>(square, 0x0000_ffff_0000_ffff);
    swap_blocks::<8, T>(square, 0x00ff_00ff_00ff_00ff);
    swap_blocks::<4, T>(square, 0x0f0f_0f0f_0f0f_0f0f);
    swap_blocks::<2, T>(square, 0x3333_3333_3333_3333);
    swap_blocks::<1, T>(square, 0x5555_5555_5555_5555);
}

#[inline(always)]
fn swap_blocks<const SIZE: usize, T: Bits>(square: &mut [T; 64], low: u64) {
    for pair in square.chunks_exact_mut(2 * SIZE) {
        let (top, bottom) = pair.split_at_mut(SIZE);
        for (a, b) in top.iter_mut().zip(bottom) {
            let change = (*a >> SIZE ^ *b) & low;
            *a = *a ^ change << SIZE;
            *b = *b ^ change;
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
