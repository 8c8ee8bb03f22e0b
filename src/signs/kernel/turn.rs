//! Columns of signs as words.

/// Up to this many rows are turned bit by bit.
const FEW: usize = 8;

/// Writes, for each column of up to 64 rows of a word, the signs of the rows: row t is bit t.
#[inline(always)]
pub(super) fn turn(rows: impl ExactSizeIterator<Item = u64>, columns: &mut [u64]) {
    if rows.len() <= FEW {
        columns.fill(0);
        for (t, row) in rows.enumerate() {
            for (i, column) in columns.iter_mut().enumerate() {
                *column |= (row >> i & 1) << t;
            }
        }
        return;
    }
    let mut square = [0_u64; 64];
    for (word, row) in square.iter_mut().zip(rows) {
        *word = row;
    }
    transpose(&mut square);
    columns.copy_from_slice(&square[..columns.len()]);
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
