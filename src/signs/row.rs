//! One row of signs as a vector: its product with a real vector, and its addition to one.

use super::{Signs, WORD};
use crate::real::Real;
use ndarray::ArrayRef1;

impl Signs {
    /// The dot product of row `row` with `w`, of shape `[n]`.
    ///
    /// ```math
    /// x_b \cdot w = \sum_{i=0}^{n-1} x_{bi} \, w_i
    /// ```
    ///
    /// Order of summation: that of [`project_add`](Signs::project_add), beginning at 0. Zero takes
    /// up, one after the other, the groups i = 0–3, 4–7, … of coordinates, each summed as
    /// (x₀w₀ + x₁w₁) + (x₂w₂ + x₃w₃), missing terms being +0. The result has the bits of that product.
    ///
    /// The output and the gradient of one neuron f(x) = w·x on a batch:
    ///
    /// ```
    /// use ndarray::{Array1, array};
    /// use sparse_parity::signs::Signs;
    ///
    /// let x = Signs::from_array(&array![[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])?;
    /// let (w, d_out) = (array![1.0, 2.0, 3.0], [0.5, 1.0]);
    /// let mut gradient = Array1::zeros(3);
    /// for (row, d) in d_out.into_iter().enumerate() {
    ///     println!("f(x) = {}", x.dot(row, &w));
    ///     x.scaled_add(row, d, &mut gradient);
    /// }
    /// assert_eq!(x.dot(0, &w), 2.0);
    /// assert_eq!(gradient, array![-0.5, -1.5, 1.5]);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the row does not exist or `w` does not have n entries.
    pub fn dot<F: Real>(&self, row: usize, w: &ArrayRef1<F>) -> F {
        assert_eq!(w.len(), self.dim, "w needs an entry for each coordinate");
        let words = self.row(row);
        let term = |i: usize| match w.get(i) {
            Some(&w) if is_set(words, i) => -w,
            Some(&w) => w,
            None => F::zero(),
        };
        let group = |i| (term(i) + term(i + 1)) + (term(i + 2) + term(i + 3));
        let groups = (0..self.dim).step_by(4).map(group);
        groups.fold(F::zero(), |sum, group| sum + group)
    }

    /// Adds `factor` times row `row` to `into`, of shape `[n]`: one addition an entry.
    ///
    /// # Panics
    /// If the row does not exist or `into` does not have n entries.
    pub fn scaled_add<F: Real>(&self, row: usize, factor: F, into: &mut ArrayRef1<F>) {
        assert_eq!(into.len(), self.dim, "one entry a coordinate is needed");
        let words = self.row(row);
        for (i, entry) in into.iter_mut().enumerate() {
            *entry += if is_set(words, i) { -factor } else { factor };
        }
    }

    /// The words of a row; a set bit is −1.
    pub(crate) fn row(&self, row: usize) -> &[u64] {
        assert!(row < self.rows, "row {row} of {} rows", self.rows);
        let stride = self.dim.div_ceil(WORD);
        &self.words[row * stride..][..stride]
    }
}

/// Whether bit `i` of the row is set: whether the entry is −1.
fn is_set(words: &[u64], i: usize) -> bool {
    words[i / WORD] >> (i % WORD) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::{Array1, Array2};
    use rand::Rng;

    /// Signs of shape `[5, dim]`, and a vector of `dim` numbers.
    fn draw<F: Real>(dim: usize) -> (Signs, Array1<F>) {
        let rng = &mut Seeds::from(9).stream(Purpose::Train);
        let mut x = Signs::ones(5, dim).unwrap();
        x.randomize(rng);
        let number = || F::of(rng.random::<f64>() - 0.5);
        (x, Array1::from_shape_simple_fn(dim, number))
    }

    fn dots_have_the_bits_of_the_matrix_product<F: Real>() {
        for dim in [1, 3, 4, 63, 64, 65, 130] {
            let (x, w) = draw::<F>(dim);
            let mut z = Array2::<F>::zeros((5, 1));
            x.project_add(&w.view().insert_axis(ndarray::Axis(0)), &mut z);
            for (row, &z) in z.iter().enumerate() {
                assert_eq!(x.dot(row, &w), z, "row {row} of dimension {dim}");
            }
        }
    }

    #[test]
    fn a_dot_product_has_the_bits_of_the_matrix_product() {
        dots_have_the_bits_of_the_matrix_product::<f32>();
        dots_have_the_bits_of_the_matrix_product::<f64>();
    }

    #[test]
    fn rows_are_those_of_the_dense_matrix() {
        for dim in [1, 63, 64, 65, 130] {
            let (x, w) = draw::<f64>(dim);
            let dense = x.to_array::<f64>();
            for row in 0..5 {
                assert!((x.dot(row, &w) - dense.row(row).dot(&w)).abs() < 1e-12 * dim as f64);
                let (mut sum, mut expected) = (w.clone(), w.clone());
                x.scaled_add(row, 0.3, &mut sum);
                expected.scaled_add(0.3, &dense.row(row));
                assert_eq!(sum, expected);
            }
        }
    }

    #[test]
    #[should_panic(expected = "row 5 of 5 rows")]
    fn a_row_that_does_not_exist_is_refused() {
        let (x, w) = draw::<f64>(3);
        x.dot(5, &w);
    }

    #[test]
    #[should_panic(expected = "an entry for each coordinate")]
    fn a_vector_of_another_length_is_refused() {
        draw::<f64>(3).0.dot(0, &Array1::<f64>::zeros(4));
    }
}
