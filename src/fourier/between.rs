//! The levels between rows that lie far apart, computed in a buffer.

use super::butterfly::{LINE, butterflies, levels};
use crate::real::Real;
use crate::simd::{Simd, WithSimd};
use std::array::from_fn;

/// The levels between rows; their number is a power of two and at least two.
///
/// The scratch buffer holds the same part of every row, of at least [`LINE`] values. Up to three levels
/// are computed while it is filled and up to three while it is written back, so that they cost no
/// passes over it.
pub(super) struct BetweenRows<'a, 'b, F> {
    pub(super) rows: &'a mut [&'b mut [F]],
    pub(super) scratch: &'a mut [F],
}

impl<F: Real> WithSimd for BetweenRows<'_, '_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, scratch } = self;
        let all = rows.len().ilog2();
        let (first, last) = (all.min(3), all.saturating_sub(3).min(3));
        let (to, columns) = (scratch.len().ilog2(), scratch.len() / rows.len());
        for start in (0..rows[0].len()).step_by(columns) {
            match first {
                3 => gather::<F, 8>(rows, start, scratch),
                2 => gather::<F, 4>(rows, start, scratch),
                _ => gather::<F, 2>(rows, start, scratch),
            }
            levels(scratch, to - all + first, to - last);
            match last {
                3 => scatter::<F, 8>(scratch, rows, start),
                2 => scatter::<F, 4>(scratch, rows, start),
                1 => scatter::<F, 2>(scratch, rows, start),
                _ => scatter::<F, 1>(scratch, rows, start),
            }
        }
    }
}

/// Computes the first log₂ R levels of the columns from `start` on, into the scratch buffer.
#[inline(always)]
fn gather<F: Real, const R: usize>(rows: &[&mut [F]], start: usize, scratch: &mut [F]) {
    let columns = scratch.len() / rows.len();
    for (near, rows) in scratch
        .chunks_exact_mut(R * columns)
        .zip(rows.chunks_exact(R))
    {
        let rows: [&[F]; R] = from_fn(|row| &rows[row][start..][..columns]);
        for place in (0..columns).step_by(LINE) {
            let mut lines = [[F::zero(); LINE]; R];
            for (line, row) in lines.iter_mut().zip(rows) {
                line.copy_from_slice(&row[place..][..LINE]);
            }
            butterflies(&mut lines);
            for (row, line) in lines.iter().enumerate() {
                near[row * columns + place..][..LINE].copy_from_slice(line);
            }
        }
    }
}

/// Computes the last log₂ R levels of the scratch buffer, into the columns from `start` on.
#[inline(always)]
fn scatter<F: Real, const R: usize>(scratch: &[F], rows: &mut [&mut [F]], start: usize) {
    let columns = scratch.len() / rows.len();
    let apart = rows.len() / R;
    for first in 0..apart {
        for place in (0..columns).step_by(LINE) {
            let mut lines = [[F::zero(); LINE]; R];
            for (row, line) in lines.iter_mut().enumerate() {
                let row = first + row * apart;
                line.copy_from_slice(&scratch[row * columns + place..][..LINE]);
            }
            butterflies(&mut lines);
            for (row, line) in lines.iter().enumerate() {
                rows[first + row * apart][start + place..][..LINE].copy_from_slice(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use crate::simd::dispatch;
    use rand::Rng;

    #[test]
    fn every_number_of_rows_has_the_bits_of_the_level_by_level_order() {
        const ROW: usize = 4 * LINE;
        let mut rng = Seeds::from(5).stream(Purpose::Eval);
        for (log_rows, columns) in (1..=10).flat_map(|k| [(k, LINE), (k, 2 * LINE)]) {
            let mut values: Vec<f64> = (0..ROW << log_rows).map(|_| rng.random()).collect();
            let mut expected = values.clone();
            for level in 0..log_rows {
                let step = ROW << level;
                for place in (0..expected.len()).filter(|place| place & step == 0) {
                    let (a, b) = (expected[place], expected[place | step]);
                    (expected[place], expected[place | step]) = (a + b, a - b);
                }
            }
            dispatch(BetweenRows {
                rows: &mut values.chunks_exact_mut(ROW).collect::<Vec<_>>(),
                scratch: &mut vec![0.0; columns << log_rows],
            });
            assert!(values == expected, "2^{log_rows} rows, {columns} columns");
        }
    }
}
