//! Products of real matrices, for the layers behind the first, in a fixed order of summation.
//!
//! A general matrix product picks its kernel by processor, and kernels with fused multiply-adds or
//! other block sizes give other bits. Here every entry of a result has its own sum in a stated
//! order, so the width of the vectors changes none.
//!
//! Rows of activations are stored row by row; a block of weights is stored as
//! [`Params`](crate::params::Params) stores it, the outputs of one input side by side.

use crate::real::{LANES, Real, padded, store};
use crate::simd::{Simd, WithSimd, dispatch};

/// Lines of a result that share what is loaded.
const LINES: usize = 4;
/// Outputs whose weights are turned at a time.
const TURNED: usize = 32;

/// The work of [`project_add`] and [`correlate_add`].
struct Combine<'a, F, K> {
    factors: K,
    terms: &'a [F],
    width: usize,
    out: &'a mut [F],
}

impl<F: Real, K: Factors<F>> WithSimd for Combine<'_, F, K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        combine_add(self.factors, self.terms, self.width, self.out);
    }
}

/// The work of [`back_project_add`].
struct Turn<'a, F> {
    d: &'a [F],
    w: &'a [F],
    outputs: usize,
    into: &'a mut [F],
}

impl<F: Real> WithSimd for Turn<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        turn_and_add(self.d, self.w, self.outputs, self.into);
    }
}

/// Z += A·Wᵀ. Shapes: `a` `[rows, inputs]`, `w` `[outputs, inputs]`, `z` `[rows, outputs]`.
///
/// Order of summation: z takes up the terms of input 0, 1, … one after the other.
pub(crate) fn project_add<F: Real>(a: &[F], w: &[F], outputs: usize, z: &mut [F]) {
    let inputs = w.len() / outputs;
    assert_eq!(a.len() / inputs, z.len() / outputs, "one row in, one out");
    let factors = ByLine {
        values: a,
        stride: inputs,
        count: inputs,
    };
    dispatch(Combine {
        factors,
        terms: w,
        width: outputs,
        out: z,
    });
}

/// W += Dᵀ·A. Shapes: `d` `[rows, outputs]`, `a` `[rows, inputs]`, `into` `[outputs, inputs]`.
///
/// Order of summation: the result takes up row 0, 1, … one after the other.
pub(crate) fn correlate_add<F: Real>(d: &[F], a: &[F], outputs: usize, into: &mut [F]) {
    let (inputs, rows) = (into.len() / outputs, d.len() / outputs);
    assert_eq!(a.len(), rows * inputs, "one row of each kind");
    let factors = ByTerm {
        values: a,
        stride: inputs,
    };
    dispatch(Combine {
        factors,
        terms: d,
        width: outputs,
        out: into,
    });
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
    dispatch(Turn {
        d,
        w,
        outputs,
        into,
    });
}

/// Adds what belongs to each input, after the weights of some outputs have been turned.
#[inline(always)]
fn turn_and_add<F: Real>(d: &[F], w: &[F], outputs: usize, into: &mut [F]) {
    let inputs = w.len() / outputs;
    let mut turned = [[F::zero(); LANES]; TURNED];
    for start in (0..inputs).step_by(LANES) {
        let columns = Columns::from(start, inputs);
        for first in (0..outputs).step_by(TURNED) {
            let count = TURNED.min(outputs - first);
            // Here the inputs have to lie side by side.
            for lane in 0..columns.len {
                let weights = &w[(columns.start + lane) * outputs + first..][..count];
                for (terms, &weight) in turned.iter_mut().zip(weights) {
                    terms[lane] = weight;
                }
            }
            let factors = ByLine {
                values: &d[first..],
                stride: outputs,
                count,
            };
            let terms = Terms {
                values: turned.as_flattened(),
                width: LANES,
                start: 0,
            };
            add_columns::<F, _, true>(factors, terms, into, inputs, &columns);
        }
    }
}

/// Adds Σ_s factor(t, s)·terms[s] to each line t of `out`, s = 0, 1, … one after the other.
#[inline(always)]
fn combine_add<F: Real>(factors: impl Factors<F>, terms: &[F], width: usize, out: &mut [F]) {
    for start in (0..width).step_by(LANES) {
        let columns = Columns::from(start, width);
        let terms = Terms {
            values: terms,
            width,
            start: columns.start,
        };
        if columns.len == LANES {
            add_columns::<F, _, true>(factors, terms, out, width, &columns);
        } else {
            add_columns::<F, _, false>(factors, terms, out, width, &columns);
        }
    }
}

/// A block of columns.
///
/// The last block also has columns of the one before, as far as there are any, so that it is whole;
/// what is computed for these is dropped.
struct Columns {
    start: usize,
    len: usize,
    dropped: usize,
}

impl Columns {
    #[inline(always)]
    fn from(start: usize, width: usize) -> Self {
        let from = start.min(width.saturating_sub(LANES));
        let len = LANES.min(width);
        Columns {
            start: from,
            len,
            dropped: start - from,
        }
    }
}

/// The terms within a block of columns: term s is at s·width + start.
#[derive(Clone, Copy)]
struct Terms<'a, F> {
    values: &'a [F],
    width: usize,
    start: usize,
}

impl<'a, F: Real> Terms<'a, F> {
    /// Rows that hold a term each.
    #[inline(always)]
    fn rows(self) -> std::slice::ChunksExact<'a, F> {
        self.values.chunks_exact(self.width)
    }

    /// The term in a row, padded unless it is whole.
    #[inline(always)]
    fn load<const WHOLE: bool>(self, row: &[F]) -> [F; LANES] {
        if WHOLE {
            padded(&row[self.start..][..LANES])
        } else {
            padded(row)
        }
    }
}

/// What the terms are multiplied by.
trait Factors<F: Real>: Copy {
    /// Adds the terms to N lines from `first` on.
    fn combine<const N: usize, const WHOLE: bool>(
        self,
        first: usize,
        terms: Terms<'_, F>,
        sums: &mut [[F; LANES]; N],
    );
}

/// Factors of one line side by side: that of line t and term s is at t·stride + s.
#[derive(Clone, Copy)]
struct ByLine<'a, F> {
    values: &'a [F],
    stride: usize,
    count: usize,
}

/// Factors of one term side by side: that of line t and term s is at s·stride + t.
#[derive(Clone, Copy)]
struct ByTerm<'a, F> {
    values: &'a [F],
    stride: usize,
}

impl<F: Real> Factors<F> for ByLine<'_, F> {
    #[inline(always)]
    fn combine<const N: usize, const WHOLE: bool>(
        self,
        first: usize,
        terms: Terms<'_, F>,
        sums: &mut [[F; LANES]; N],
    ) {
        let mut lines: [&[F]; N] = [&[]; N];
        for (t, line) in lines.iter_mut().enumerate() {
            *line = &self.values[(first + t) * self.stride..][..self.count];
        }
        for (s, row) in (0..self.count).zip(terms.rows()) {
            let term = terms.load::<WHOLE>(row);
            for t in 0..N {
                add_times(lines[t][s], &term, &mut sums[t]);
            }
        }
    }
}

impl<F: Real> Factors<F> for ByTerm<'_, F> {
    #[inline(always)]
    fn combine<const N: usize, const WHOLE: bool>(
        self,
        first: usize,
        terms: Terms<'_, F>,
        sums: &mut [[F; LANES]; N],
    ) {
        for (factors, row) in self.values.chunks_exact(self.stride).zip(terms.rows()) {
            let term = terms.load::<WHOLE>(row);
            let factors = &factors[first..][..N];
            for t in 0..N {
                add_times(factors[t], &term, &mut sums[t]);
            }
        }
    }
}

#[inline(always)]
fn add_times<F: Real>(factor: F, term: &[F; LANES], sum: &mut [F; LANES]) {
    for lane in 0..LANES {
        sum[lane] += factor * term[lane];
    }
}

/// Adds the terms within some columns, several lines at a time.
#[inline(always)]
fn add_columns<F: Real, K: Factors<F>, const WHOLE: bool>(
    factors: K,
    terms: Terms<'_, F>,
    out: &mut [F],
    width: usize,
    columns: &Columns,
) {
    let lines = out.len() / width;
    let mut line = 0;
    while line + LINES <= lines {
        add_to_lines::<F, K, LINES, WHOLE>(factors, terms, line, out, width, columns);
        line += LINES;
    }
    while line < lines {
        add_to_lines::<F, K, 1, WHOLE>(factors, terms, line, out, width, columns);
        line += 1;
    }
}

/// The same for N lines.
#[inline(always)]
fn add_to_lines<F: Real, K: Factors<F>, const N: usize, const WHOLE: bool>(
    factors: K,
    terms: Terms<'_, F>,
    first: usize,
    out: &mut [F],
    width: usize,
    columns: &Columns,
) {
    let mut sums = [[F::zero(); LANES]; N];
    for (t, sum) in sums.iter_mut().enumerate() {
        *sum = padded(&out[(first + t) * width + columns.start..][..columns.len]);
    }
    factors.combine::<N, WHOLE>(first, terms, &mut sums);
    for (t, sum) in sums.iter().enumerate() {
        let line = &mut out[(first + t) * width + columns.start..][..columns.len];
        if columns.dropped == 0 {
            store(*sum, line);
        } else {
            line[columns.dropped..].copy_from_slice(&sum[columns.dropped..]);
        }
    }
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
