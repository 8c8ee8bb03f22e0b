//! Products of real matrices, for the layers behind the first, in a fixed order of summation.
//!
//! A general matrix product picks its kernel by processor, and other block sizes or unfused
//! multiply-adds give other bits. Here every entry of a result is one chain of fused multiply-adds in a
//! stated order, so neither the width of the vectors, nor the sizes of the blocks, nor the number of threads
//! that share the columns changes a bit.
//!
//! Rows of activations are stored row by row; a block of weights is stored as
//! [`Params`](crate::params::Params) stores it, the outputs of one input side by side.

mod eigen;
mod pack;
mod product;
mod tile;

pub(crate) use eigen::diagonalise;

use crate::real::Real;
use crate::simd::StridedMut;
use product::{Matrix, Product};

/// Z += A·Wᵀ. Shapes: `a` `[rows, inputs]`, `w` `[outputs, inputs]`, `z` `[rows, outputs]`.
///
/// Order of summation: z takes up the terms of input 0, 1, … one after the other.
pub(crate) fn project_add<F: Real>(a: &[F], w: &[F], outputs: usize, z: &mut [F]) {
    let (inputs, rows) = (w.len() / outputs, z.len() / outputs);
    assert_eq!(a.len(), rows * inputs, "one row in, one out");
    let product = Product {
        a: Matrix::by_rows(a, rows, inputs),
        b: Matrix::by_rows(w, inputs, outputs),
        depth: inputs,
        c: StridedMut::new(z, rows, outputs),
    };
    product.run();
}

/// W += Dᵀ·A. Shapes: `d` `[rows, outputs]`, `a` `[rows, inputs]`, `into` `[outputs, inputs]`.
///
/// Order of summation: the result takes up row 0, 1, … one after the other.
pub(crate) fn correlate_add<F: Real>(d: &[F], a: &[F], outputs: usize, into: &mut [F]) {
    let (inputs, rows) = (into.len() / outputs, d.len() / outputs);
    assert_eq!(a.len(), rows * inputs, "one row of each kind");
    let product = Product {
        a: Matrix::by_columns(a, rows, inputs),
        b: Matrix::by_rows(d, rows, outputs),
        depth: rows,
        c: StridedMut::new(into, inputs, outputs),
    };
    product.run();
}

/// A += D·W. Shapes: `d` `[rows, outputs]`, `w` `[outputs, inputs]`, `into` `[rows, inputs]`.
///
/// Order of summation: the result takes up the terms of output 0, 1, … one after the other.
pub(crate) fn back_project_add<F: Real>(d: &[F], w: &[F], outputs: usize, into: &mut [F]) {
    let (inputs, rows) = (w.len() / outputs, d.len() / outputs);
    assert_eq!(into.len(), rows * inputs, "one row in, one out");
    let product = Product {
        a: Matrix::by_rows(d, rows, outputs),
        b: Matrix::by_columns(w, inputs, outputs),
        depth: outputs,
        c: StridedMut::new(into, rows, inputs),
    };
    product.run();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::Array2;
    use rand::Rng;

    fn random(rows: usize, columns: usize) -> Array2<f32> {
        let mut rng = Seeds::from(rows as u64).stream(Purpose::Init);
        Array2::from_shape_simple_fn((rows, columns), || rng.random_range(-1.0..1.0))
    }

    /// Every remainder of rows, inputs and outputs by the sizes of tiles and panels, and sizes beyond those of
    /// blocks.
    fn shapes() -> impl Iterator<Item = (usize, usize, usize)> {
        let sizes = [1, 3, 4, 5, 15, 16, 17, 33, 70];
        let pairs = move |a| sizes.into_iter().map(move |b| (a, b));
        let all = sizes.into_iter().flat_map(pairs);
        let small = all.flat_map(move |(a, b)| sizes.into_iter().map(move |c| (a, b, c)));
        small.chain([(1, 530, 140), (131, 259, 34), (259, 131, 35), (300, 5, 260)])
    }

    fn slice(array: &Array2<f32>) -> &[f32] {
        array.as_slice().unwrap()
    }

    /// Each entry of `found` is a chain of so many terms, added to `start`: `factors` gives those of a term.
    fn assert_chains(
        found: &Array2<f32>,
        start: &Array2<f32>,
        terms: usize,
        factors: impl Fn(usize, usize, usize) -> (f32, f32),
    ) {
        for ((i, j), found) in found.indexed_iter() {
            let factors = (0..terms).map(|term| factors(i, j, term));
            let sum = factors.fold(start[[i, j]], |sum, (a, b)| a.mul_add(b, sum));
            assert_eq!(found.to_bits(), sum.to_bits());
        }
    }

    #[test]
    fn sums_take_up_one_term_after_the_other() {
        for (rows, inputs, outputs) in shapes() {
            let (a, wt) = (random(rows, inputs), random(inputs, outputs));
            let d = random(rows, outputs);
            let mut z = d.clone();
            project_add(slice(&a), slice(&wt), outputs, z.as_slice_mut().unwrap());
            assert_chains(&z, &d, inputs, |row, o, i| (a[[row, i]], wt[[i, o]]));
            let mut into = wt.clone();
            correlate_add(slice(&d), slice(&a), outputs, into.as_slice_mut().unwrap());
            assert_chains(&into, &wt, rows, |i, o, row| (a[[row, i]], d[[row, o]]));
            let mut into = a.clone();
            back_project_add(slice(&d), slice(&wt), outputs, into.as_slice_mut().unwrap());
            assert_chains(&into, &a, outputs, |row, i, o| (d[[row, o]], wt[[i, o]]));
        }
    }
}
