//! Products of real matrices, for the layers behind the first, in a fixed order of summation.
//!
//! A general matrix product picks its kernel by processor, and kernels with fused multiply-adds or
//! other block sizes give other bits. Here every entry of a result has its own sum in a stated
//! order, so the width of the vectors changes none.
//!
//! Rows of activations are stored row by row; a block of weights is stored as
//! [`Params`](crate::params::Params) stores it, the outputs of one input side by side.

use crate::real::Real;
use crate::signs::wide;
use std::array::from_fn;
use std::ops::Range;

/// Outputs that are worked on together.
const LANES: usize = 16;
/// Lines of a result that share what is loaded.
const LINES: usize = 4;
/// Outputs whose weights are turned at a time.
const TURNED: usize = 32;

/// Z += A·Wᵀ. Shapes: `a` `[rows, inputs]`, `w` `[outputs, inputs]`, `z` `[rows, outputs]`.
///
/// Order of summation: z takes up the terms of input 0, 1, … one after the other.
pub(crate) fn project_add<F: Real>(a: &[F], w: &[F], outputs: usize, z: &mut [F]) {
    let inputs = w.len() / outputs;
    assert_eq!(a.len() / inputs, z.len() / outputs, "one row in, one out");
    wide(|| combine_add(inputs, |row, i| a[row * inputs + i], w, outputs, z));
}

/// W += Dᵀ·A. Shapes: `d` `[rows, outputs]`, `a` `[rows, inputs]`, `into` `[outputs, inputs]`.
///
/// Order of summation: the result takes up row 0, 1, … one after the other.
pub(crate) fn correlate_add<F: Real>(d: &[F], a: &[F], outputs: usize, into: &mut [F]) {
    let (inputs, rows) = (into.len() / outputs, d.len() / outputs);
    assert_eq!(a.len(), rows * inputs, "one row of each kind");
    wide(|| combine_add(rows, |i, row| a[row * inputs + i], d, outputs, into));
}

/// A += D·W. Shapes: `d` `[rows, outputs]`, `w` `[outputs, inputs]`, `into` `[rows, inputs]`.
///
/// Order of summation: the result takes up the terms of output 0, 1, … one after the other.
pub(crate) fn back_project_add<F: Real>(d: &[F], w: &[F], outputs: usize, into: &mut [F]) {
    let inputs = w.len() / outputs;
    assert_eq!(
        d.len() / outputs,
        into.len() / inputs,
        "one row in, one out"
    );
    wide(|| turn_and_add(d, w, outputs, into));
}

/// Adds what belongs to each input, after the weights of some outputs have been turned.
#[inline(always)]
fn turn_and_add<F: Real>(d: &[F], w: &[F], outputs: usize, into: &mut [F]) {
    let inputs = w.len() / outputs;
    for lanes in blocks(inputs) {
        for first in (0..outputs).step_by(TURNED) {
            let count = TURNED.min(outputs - first);
            // Here the inputs have to lie side by side.
            let mut turned = [[F::zero(); LANES]; TURNED];
            for (lane, i) in lanes.clone().enumerate() {
                for (terms, &w) in turned.iter_mut().zip(&w[i * outputs + first..][..count]) {
                    terms[lane] = w;
                }
            }
            let terms = || turned[..count].iter().map(|terms| &terms[..lanes.len()]);
            let factor = |row, o| d[row * outputs + first + o];
            add_lanes(factor, terms, into, inputs, &lanes);
        }
    }
}

/// Adds Σ_s factor(t, s)·terms[s] to each line t of `out`, s = 0, 1, … one after the other.
#[inline(always)]
fn combine_add<F: Real>(
    count: usize,
    factor: impl Fn(usize, usize) -> F,
    terms: &[F],
    width: usize,
    out: &mut [F],
) {
    for lanes in blocks(width) {
        let terms = || {
            let terms = terms.chunks_exact(width).take(count);
            terms.map(|term| &term[lanes.clone()])
        };
        add_lanes(&factor, terms, out, width, &lanes);
    }
}

/// The columns, a block of lanes at a time.
fn blocks(width: usize) -> impl Iterator<Item = Range<usize>> {
    (0..width)
        .step_by(LANES)
        .map(move |start| start..width.min(start + LANES))
}

/// Adds the terms within `lanes`, some lines at a time.
#[inline(always)]
fn add_lanes<'a, F: Real, I: Iterator<Item = &'a [F]>>(
    factor: impl Fn(usize, usize) -> F,
    terms: impl Fn() -> I,
    out: &mut [F],
    width: usize,
    lanes: &Range<usize>,
) {
    let whole = out.len() / width / LINES * LINES;
    let (blocks, rest) = out.split_at_mut(whole * width);
    for (block, lines) in blocks.chunks_exact_mut(LINES * width).enumerate() {
        let factor = |t, s| factor(block * LINES + t, s);
        add_to_lines::<F, LINES>(factor, terms(), lines, width, lanes);
    }
    for (line, lines) in rest.chunks_exact_mut(width).enumerate() {
        add_to_lines::<F, 1>(|_, s| factor(whole + line, s), terms(), lines, width, lanes);
    }
}

/// The same for N lines.
#[inline(always)]
fn add_to_lines<'a, F: Real, const N: usize>(
    factor: impl Fn(usize, usize) -> F,
    terms: impl Iterator<Item = &'a [F]>,
    lines: &mut [F],
    width: usize,
    lanes: &Range<usize>,
) {
    let mut sums: [[F; LANES]; N] = from_fn(|t| loaded(&lines[t * width..][lanes.clone()]));
    for (s, term) in terms.enumerate() {
        let term = loaded(term);
        for (t, sum) in sums.iter_mut().enumerate() {
            let factor = factor(t, s);
            for lane in 0..LANES {
                sum[lane] += factor * term[lane];
            }
        }
    }
    for (t, sum) in sums.iter().enumerate() {
        lines[t * width..][lanes.clone()].copy_from_slice(&sum[..lanes.len()]);
    }
}

/// The values, padded with zeros.
#[inline(always)]
fn loaded<F: Real>(values: &[F]) -> [F; LANES] {
    values.try_into().unwrap_or_else(|_| {
        let mut padded = [F::zero(); LANES];
        padded[..values.len()].copy_from_slice(values);
        padded
    })
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

    /// Every remainder of rows, inputs and outputs by the sizes of the blocks.
    fn shapes() -> impl Iterator<Item = (usize, usize, usize)> {
        let sizes = [1, 3, 4, 5, 15, 16, 17, 33, 70];
        let pairs = move |a| sizes.into_iter().map(move |b| (a, b));
        let all = sizes.into_iter().flat_map(pairs);
        all.flat_map(move |(a, b)| sizes.into_iter().map(move |c| (a, b, c)))
    }

    #[test]
    fn sums_take_up_one_term_after_the_other() {
        for (rows, inputs, outputs) in shapes() {
            let (a, wt) = (random(rows, inputs), random(inputs, outputs));
            let d = random(rows, outputs);
            let mut z = d.clone();
            let slice = |array: &Array2<f32>| array.as_slice().unwrap().to_vec();
            project_add(&slice(&a), &slice(&wt), outputs, z.as_slice_mut().unwrap());
            for ((row, o), &z) in z.indexed_iter() {
                let sum = (0..inputs).fold(d[[row, o]], |sum, i| sum + a[[row, i]] * wt[[i, o]]);
                assert_eq!(z.to_bits(), sum.to_bits());
            }
            let mut into = wt.clone();
            correlate_add(
                &slice(&d),
                &slice(&a),
                outputs,
                into.as_slice_mut().unwrap(),
            );
            for ((i, o), &into) in into.indexed_iter() {
                let sum = (0..rows).fold(wt[[i, o]], |sum, row| sum + a[[row, i]] * d[[row, o]]);
                assert_eq!(into.to_bits(), sum.to_bits());
            }
            let mut into = a.clone();
            back_project_add(
                &slice(&d),
                &slice(&wt),
                outputs,
                into.as_slice_mut().unwrap(),
            );
            for ((row, i), &into) in into.indexed_iter() {
                let sum = (0..outputs).fold(a[[row, i]], |sum, o| sum + d[[row, o]] * wt[[i, o]]);
                assert_eq!(into.to_bits(), sum.to_bits());
            }
        }
    }
}
