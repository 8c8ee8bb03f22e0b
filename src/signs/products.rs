//! The two products, in their canonical order of summation.
//!
//! Both products are sums over *groups of four* signs. Within a group the four signed terms are
//! added as (s₀v₀ + s₁v₁) + (s₂v₂ + s₃v₃), and the groups are added to the result one after the
//! other; what a last, shorter group lacks counts as +0. Every entry of a result has its own sum,
//! so neither the width of a vector nor the order in which entries are visited can change a bit.

use super::Signs;
use super::kernel::{Kernel, Product, Side};
use crate::real::Real;
use ndarray::{ArrayRef2, ArrayViewMut2};

impl Signs {
    /// Adds X·Wᵀ to `z`. Shapes: `w` `[r, n]`, a row a neuron, `z` `[rows, r]`.
    ///
    /// ```math
    /// z_{bj} \leftarrow z_{bj} + \sum_{i=0}^{n-1} x_{bi} \, w_{ji}
    /// ```
    ///
    /// Order of summation: z takes up, one after the other, the groups i = 0–3, 4–7, … of
    /// coordinates, each summed as (x₀w₀ + x₁w₁) + (x₂w₂ + x₃w₃), missing terms being +0.
    ///
    /// It is fastest, and does not allocate, when `w` is stored column by column, as
    /// [`Params`](crate::params::Params) stores it, and `z` row by row.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn project_add<F: Real>(&self, w: &ArrayRef2<F>, z: &mut ArrayRef2<F>) {
        self.project_add_by(Kernel::in_use(), w, z);
    }

    /// The same by a kernel of one's choice, for comparisons.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn project_add_by<F: Real>(&self, kernel: Kernel, w: &ArrayRef2<F>, z: &mut ArrayRef2<F>) {
        assert_eq!(
            w.ncols(),
            self.dim,
            "W needs a column for each of the n coordinates"
        );
        assert_eq!(
            z.dim(),
            (self.rows, w.nrows()),
            "Z needs the shape [rows, r]"
        );
        let width = w.nrows();
        let w = w.t();
        let w = w.as_standard_layout();
        let from = w.as_slice().expect("the layout was just made standard");
        with_contiguous_rows(z.view_mut(), |to| {
            let x = self;
            kernel.run(Side::Project, Product { x, from, width, to });
        });
    }

    /// Adds Dᵀ·X to `into`. Shapes: `d` `[rows, r]`, `into` `[r, n]`.
    ///
    /// ```math
    /// g_{ji} \leftarrow g_{ji} + \sum_{b} d_{bj} \, x_{bi}
    /// ```
    ///
    /// Order of summation: as for [`project_add`](Signs::project_add), over groups of four
    /// *rows* b = 0–3, 4–7, ….
    ///
    /// It is fastest, and does not allocate, when `d` is stored row by row and `into` column by
    /// column.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn correlate_add<F: Real>(&self, d: &ArrayRef2<F>, into: &mut ArrayRef2<F>) {
        self.correlate_add_by(Kernel::in_use(), d, into);
    }

    /// The same by a kernel of one's choice, for comparisons.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn correlate_add_by<F: Real>(
        &self,
        kernel: Kernel,
        d: &ArrayRef2<F>,
        into: &mut ArrayRef2<F>,
    ) {
        assert_eq!(d.nrows(), self.rows, "D needs a row for each of the inputs");
        assert_eq!(
            into.dim(),
            (d.ncols(), self.dim),
            "the result needs the shape [r, n]"
        );
        let width = d.ncols();
        let d = d.as_standard_layout();
        let from = d.as_slice().expect("the layout was just made standard");
        with_contiguous_rows(into.view_mut().reversed_axes(), |to| {
            let x = self;
            kernel.run(Side::Correlate, Product { x, from, width, to });
        });
    }
}

/// Calls `work` on the entries row by row, through a copy if they are stored otherwise.
fn with_contiguous_rows<F: Real>(mut array: ArrayViewMut2<F>, work: impl FnOnce(&mut [F])) {
    if let Some(slice) = array.as_slice_mut() {
        return work(slice);
    }
    let mut copy = array.as_standard_layout().into_owned();
    work(copy.as_slice_mut().expect("the copy has standard layout"));
    array.assign(&copy);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{LabRng, Purpose, Seeds};
    use ndarray::{Array, Array2, ShapeBuilder};
    use proptest::prelude::*;
    use rand::Rng;

    /// The definition, entry by entry: `sign(t)` is ±1 and `value(t)` belongs to it.
    fn canonical<F: Real>(start: F, count: usize, term: impl Fn(usize) -> F) -> F {
        let term = |t| if t < count { term(t) } else { F::zero() };
        (0..count).step_by(4).fold(start, |sum, t| {
            sum + ((term(t) + term(t + 1)) + (term(t + 2) + term(t + 3)))
        })
    }

    fn random<F: Real>(shape: (usize, usize), columns_first: bool, rng: &mut LabRng) -> Array2<F> {
        let shape = shape.set_f(columns_first);
        Array::from_shape_simple_fn(shape, || F::of(rng.random::<f64>() - 0.5))
    }

    fn products_are_canonical<F: Real>(rows: usize, n: usize, r: usize, order: u8, seed: u64) {
        let rng = &mut Seeds::from(seed).stream(Purpose::Train);
        let mut x = Signs::ones(rows, n).unwrap();
        x.randomize(rng);
        let dense = x.to_array::<F>();

        let w = random::<F>((r, n), order & 1 == 0, rng);
        let z = random::<F>((rows, r), order & 2 == 0, rng);
        let mut projected = z.clone();
        x.project_add(&w, &mut projected);
        for ((b, j), &entry) in projected.indexed_iter() {
            let expected = canonical(z[[b, j]], n, |i| dense[[b, i]] * w[[j, i]]);
            assert_eq!(entry.as_f64().to_bits(), expected.as_f64().to_bits());
        }

        let mut correlated = w.clone();
        x.correlate_add(&z, &mut correlated);
        for ((j, i), &entry) in correlated.indexed_iter() {
            let expected = canonical(w[[j, i]], rows, |b| dense[[b, i]] * z[[b, j]]);
            assert_eq!(entry.as_f64().to_bits(), expected.as_f64().to_bits());
        }
    }

    proptest! {
        #[test]
        fn both_products_are_summed_in_the_canonical_order(
            rows in 1_usize..40, n in 1_usize..140, r in 1_usize..40, order in 0_u8..4, seed: u64,
        ) {
            products_are_canonical::<f32>(rows, n, r, order, seed);
            products_are_canonical::<f64>(rows, n, r, order, seed);
        }

        #[test]
        fn both_products_equal_the_dense_ones(
            rows in 1_usize..40, n in 1_usize..140, r in 1_usize..40, seed: u64,
        ) {
            let rng = &mut Seeds::from(seed).stream(Purpose::Train);
            let mut x = Signs::ones(rows, n).unwrap();
            x.randomize(rng);
            let (w, d) = (random::<f64>((r, n), true, rng), random((rows, r), false, rng));
            let (mut z, mut g) = (Array2::zeros((rows, r)), Array2::zeros((r, n)));
            x.project_add(&w, &mut z);
            x.correlate_add(&d, &mut g);
            let dense = x.to_array::<f64>();
            approx::assert_abs_diff_eq!(z, dense.dot(&w.t()), epsilon = 1e-12);
            approx::assert_abs_diff_eq!(g, d.t().dot(&dense), epsilon = 1e-12);
        }
    }
}
