//! The mean of a function on the cube, and its coefficients at single coordinates.

use crate::real::sum_of;

/// Σ_x v(x), and Σ_x x_j v(x) for each j, where entry r of `v` is v(x) for the x that is −1 where r
/// has a bit.
///
/// The cube is folded in half, coordinate after coordinate: the part of a Walsh–Hadamard transform
/// that leads to these n + 1 numbers, 2·2ⁿ operations instead of n·2ⁿ. `v` is overwritten.
pub(super) fn fold(v: &mut [f64], single: &mut [f64]) -> f64 {
    let mut rows = v.len();
    for single in single.iter_mut().rev() {
        rows /= 2;
        let (plus, minus) = v[..2 * rows].split_at_mut(rows);
        *single = sum_of(plus, minus, |a, b| a - b);
        for (a, &b) in plus.iter_mut().zip(&*minus) {
            *a += b;
        }
    }
    assert_eq!(rows, 1, "one entry for each point of the cube");
    v[0]
}

/// ±1, the product of the signs that are −1 where both words have a bit.
pub(super) fn character(set: u32, row: u32) -> f64 {
    if (set & row).count_ones().is_multiple_of(2) {
        1.0
    } else {
        -1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_gives_the_sums_over_the_cube() {
        let value = |r: u32| f64::from(r * r % 37) - 11.0;
        for n in 0..7 {
            let mut v: Vec<f64> = (0..1 << n).map(value).collect();
            let mut single = vec![0.0; n];
            let total = fold(&mut v, &mut single);
            let sum = |set| {
                (0..1 << n)
                    .map(|r| character(set, r) * value(r))
                    .sum::<f64>()
            };
            assert_eq!(total, sum(0));
            for (j, single) in single.into_iter().enumerate() {
                assert_eq!(single, sum(1 << j));
            }
        }
    }
}
