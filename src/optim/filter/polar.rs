//! The polar factor of a matrix, by the eigenvectors of its Gram matrix.

use crate::dense::diagonalise;
use crate::real::{Real, sum_of};
use crate::simd::{Simd, WithSimd, dispatch};

/// Singular values below this share of the largest count as 0.
const RANK: f64 = 1e-6;

/// Scratch for polar factors.
#[derive(Debug, Clone, Default)]
pub(super) struct Polar {
    /// The matrix as vectors that lie one behind the other, as many as its shorter side is long.
    vectors: Vec<f64>,
    /// The Gram matrix of the vectors, later the factor that they are multiplied by.
    gram: Vec<f64>,
    /// The eigenvectors of the Gram matrix, one a row.
    eigen: Vec<f64>,
    /// A vector of the polar factor.
    sum: Vec<f64>,
}

impl Polar {
    /// Makes room for a matrix of so many entries and rows, so that none is made in a later update, and fills it with 0.
    pub(super) fn clear(&mut self, len: usize, rows: usize) {
        let (few, long) = sides(len, rows);
        for (scratch, len) in [
            (&mut self.vectors, len),
            (&mut self.gram, few * few),
            (&mut self.eigen, few * few),
            (&mut self.sum, long),
        ] {
            scratch.clear();
            scratch.resize(len, 0.0);
        }
    }

    /// Replaces a matrix of which the first axis runs fastest by its polar factor, after [`clear`](Polar::clear) for its size.
    ///
    /// `largest` is the largest absolute value in it, finite and not 0.
    pub(super) fn replace<F: Real>(&mut self, matrix: &mut [F], rows: usize, largest: F) {
        let cols = matrix.len() / rows;
        let (few, long) = sides(matrix.len(), rows);
        // Divided by the largest entry, squares neither overflow nor vanish.
        let scaled = |g: &F| g.as_f64() / largest.as_f64();
        if cols <= rows {
            let entries = self.vectors.iter_mut().zip(&*matrix);
            entries.for_each(|(to, g)| *to = scaled(g));
        } else {
            for (row, to) in self.vectors.chunks_exact_mut(long).enumerate() {
                let entries = matrix[row..].iter().step_by(rows);
                to.iter_mut()
                    .zip(entries)
                    .for_each(|(to, g)| *to = scaled(g));
            }
        }
        dispatch(Factor {
            polar: self,
            few,
            long,
        });
        for i in 0..few {
            let (polar, from) = (&mut *self, i * few);
            let factors = &polar.gram[from..from + few];
            combine(&polar.vectors, factors, &mut polar.sum);
            let sum = polar.sum.iter().map(|value| F::of(*value));
            if cols <= rows {
                let column = &mut matrix[i * rows..][..rows];
                column.iter_mut().zip(sum).for_each(|(g, value)| *g = value);
            } else {
                let row = matrix[i..].iter_mut().step_by(rows);
                row.zip(sum).for_each(|(g, value)| *g = value);
            }
        }
    }
}

/// The shorter and the longer side.
fn sides(len: usize, rows: usize) -> (usize, usize) {
    let cols = len / rows;
    (rows.min(cols), rows.max(cols))
}

/// Writes the sum of the vectors, each times its factor.
fn combine(vectors: &[f64], factors: &[f64], sum: &mut [f64]) {
    sum.fill(0.0);
    dispatch(|| {
        for (vector, &factor) in vectors.chunks_exact(sum.len()).zip(factors) {
            for (sum, &value) in sum.iter_mut().zip(vector) {
                *sum += factor * value;
            }
        }
    });
}

/// Writes the inverse root of the Gram matrix in its place.
struct Factor<'a> {
    polar: &'a mut Polar,
    few: usize,
    long: usize,
}

impl WithSimd for Factor<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Factor { polar, few, long } = self;
        let Polar {
            vectors,
            gram,
            eigen,
            ..
        } = polar;
        for i in 0..few {
            for j in 0..=i {
                let vector = |i: usize| &vectors[i * long..][..long];
                let product = sum_of(vector(i), vector(j), |a, b| a * b);
                gram[i * few + j] = product;
                gram[j * few + i] = product;
            }
            eigen[i * few + i] = 1.0;
        }
        diagonalise(gram, eigen, few);
        // Σ v vᵀ / σ over the eigenvectors v with a singular value σ that is not 0.
        let squares = |i: usize| gram[i * few + i];
        let largest = (0..few).map(squares).fold(0.0, f64::max);
        for i in 0..few {
            let square = gram[i * few + i];
            let inverse = if square > RANK * RANK * largest {
                1.0 / square.sqrt().sqrt()
            } else {
                0.0
            };
            let vector = &mut eigen[i * few..][..few];
            vector.iter_mut().for_each(|value| *value *= inverse);
        }
        gram.fill(0.0);
        for vector in eigen.chunks_exact(few) {
            for (row, &a) in gram.chunks_exact_mut(few).zip(vector) {
                for (sum, &b) in row.iter_mut().zip(vector) {
                    *sum += a * b;
                }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use ndarray::Array2;

    pub(in crate::optim::filter) fn transposed(a: &Array2<f64>) -> Array2<f64> {
        a.t().to_owned()
    }

    pub(in crate::optim::filter) fn product(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
        a.dot(b)
    }
}
