//! The two products, in their canonical order of summation.
//!
//! Both products are sums over *groups of four* signs. Within a group the four signed terms are
//! added as (s₀v₀ + s₁v₁) + (s₂v₂ + s₃v₃), and the groups are added to the result one after the
//! other; what a last, shorter group lacks counts as +0. Every entry of a result has its own sum,
//! so neither the width of a vector nor the order in which entries are visited can change a bit.

use super::Signs;
use super::matrix_product::{MatrixProduct, ROWS, Side};
use super::sign_product::{Axpy, Effect, MAX_STRIP, NARROW};
use crate::real::Real;
use crate::simd::{Kernel, Rows, Strided, StridedMut, dispatch};
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
        let (b, n, r) = (self.rows, self.dim, w.nrows());
        assert!(
            w.ncols() == n,
            "X is a batch of B = {b} inputs with n = {n} coordinates, and W has columns for n = {}",
            w.ncols()
        );
        assert!(
            z.dim() == (b, r),
            "X is a batch of B = {b} inputs and W has r = {r} neurons: Z has the shape {:?} and needs [B, r]",
            z.shape()
        );
        let width = w.nrows();
        let w = w.t();
        let w = w.as_standard_layout();
        let from = w.as_slice().expect("the layout was just made standard");
        with_contiguous_rows(z.view_mut(), |to| {
            let product = MatrixProduct {
                side: Side::Project,
                x: self,
                width,
                from: Strided::new(from, self.dim, width),
                to: StridedMut::new(to, self.rows, width),
                effect: Effect::Accumulate,
            };
            product.run_by(kernel);
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
        let (b, n, r) = (self.rows, self.dim, d.ncols());
        assert!(
            d.nrows() == b,
            "X is a batch of B = {b} inputs, and D has rows for B = {}",
            d.nrows()
        );
        assert!(
            into.dim() == (r, n),
            "X has n = {n} coordinates and D r = {r} neurons: the result has the shape {:?} and needs [r, n]",
            into.shape()
        );
        let width = d.ncols();
        let d = d.as_standard_layout();
        let from = d.as_slice().expect("the layout was just made standard");
        with_contiguous_rows(into.view_mut().reversed_axes(), |to| {
            let product = MatrixProduct {
                side: Side::Correlate,
                x: self,
                width,
                from: Strided::new(from, self.rows, width),
                to: StridedMut::new(to, self.dim, width),
                effect: Effect::Accumulate,
            };
            product.run_by(kernel);
        });
    }
}

/// The products as models use them, summed in the same order, for some neurons: as many as `z` or `d`
/// have columns. W and what has its shape are stored column by column, a row a coordinate here.
impl Signs {
    /// Writes b + X·Wᵀ, without `b` X·Wᵀ, to the first rows of `z`. `w` and `b` begin with the first neuron.
    pub(crate) fn project<F: Real>(&self, w: Strided<'_, F>, b: Option<&[F]>, z: &mut Rows<F>) {
        self.project_with(Kernel::in_use(), w, b, z);
    }

    fn project_with<F: Real>(
        &self,
        kernel: Kernel,
        w: Strided<'_, F>,
        b: Option<&[F]>,
        z: &mut Rows<F>,
    ) {
        let width = z.width();
        self.has_neurons(w, width);
        let product = MatrixProduct {
            side: Side::Project,
            x: self,
            width,
            from: w,
            to: z.strided_mut(self.rows),
            effect: Effect::Replace(b),
        };
        product.run_by(kernel);
    }

    /// Adds Dᵀ·X for the first rows of `d` to `into`, which begins with the first neuron.
    pub(crate) fn correlate<F: Real>(&self, d: &Rows<F>, into: StridedMut<'_, F>) {
        self.correlate_with(Kernel::in_use(), d, into);
    }

    fn correlate_with<F: Real>(&self, kernel: Kernel, d: &Rows<F>, mut into: StridedMut<'_, F>) {
        let width = d.width();
        self.has_neurons(into.shared(), width);
        let product = MatrixProduct {
            side: Side::Correlate,
            x: self,
            width,
            from: d.strided(self.rows),
            to: into.columns(0..width),
            effect: Effect::Accumulate,
        };
        product.run_by(kernel);
    }

    /// Replaces `theta`, which begins with the first neuron, by keep·θ − η·Dᵀ·X for the first rows of `d`.
    ///
    /// # Panics
    /// If there are more than [`MOST_TO_DESCEND`] rows.
    pub(crate) fn descend<F: Real>(
        &self,
        d: &Rows<F>,
        theta: StridedMut<'_, F>,
        by: (F, F),
        scratch: &mut DescentScratch<F>,
    ) {
        self.descend_with(Kernel::in_use(), d, theta, by, scratch);
    }

    fn descend_with<F: Real>(
        &self,
        kernel: Kernel,
        d: &Rows<F>,
        mut theta: StridedMut<'_, F>,
        (keep, eta): (F, F),
        scratch: &mut DescentScratch<F>,
    ) {
        assert!(
            self.rows <= MOST_TO_DESCEND,
            "there are too many rows to descend by"
        );
        let width = d.width();
        self.has_neurons(theta.shared(), width);
        let mut theta = theta.columns(0..width);
        if self.rows == 0 {
            // Without an example the gradient is zero, and still there is an update.
            let update = |w: &mut F| *w = keep * *w - eta * F::zero();
            return dispatch(|| theta.iter_mut().for_each(|w| w.iter_mut().for_each(update)));
        }
        let product = MatrixProduct {
            side: Side::Correlate,
            x: self,
            width,
            from: d.strided(self.rows),
            to: scratch.0.strided_mut(self.dim),
            effect: Effect::Axpy(Axpy { theta, keep, eta }),
        };
        product.run_by(kernel);
    }

    /// Panics unless `w` has a row for each coordinate, and so many neurons.
    fn has_neurons<F>(&self, w: Strided<'_, F>, count: usize) {
        assert_eq!(w.count(), self.dim, "the shape has to be [r, n]");
        assert!(count <= w.width(), "there are not so many neurons");
    }
}

/// The most rows that [`Signs::descend`] accepts: their gradient is never stored.
pub(crate) const MOST_TO_DESCEND: usize = ROWS;

/// Scratch for the gradient of a strip of outputs.
#[derive(Debug)]
pub(crate) struct DescentScratch<F>(Rows<F>);

impl<F: Real> DescentScratch<F> {
    /// For θ of shape `[r, n]`.
    pub(crate) fn new(r: usize, n: usize) -> Self {
        DescentScratch(Rows::tight(n, if r <= NARROW { r } else { MAX_STRIP }))
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
    use ndarray::{Array, Array2, ShapeBuilder, s};
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

    /// Numbers among which are zeros of both signs, infinities, huge and tiny ones.
    fn wild<F: Real>(shape: (usize, usize), columns_first: bool, rng: &mut LabRng) -> Array2<F> {
        let shape = shape.set_f(columns_first);
        let tiny = F::min_positive_value() / F::of(8.0);
        let few = [F::zero(), tiny, F::max_value(), F::infinity()];
        Array::from_shape_simple_fn(shape, || {
            let sign = if rng.random() { F::one() } else { -F::one() };
            let ordinary = F::of(rng.random::<f64>());
            let kind = few.get(rng.random_range(0..40)).copied();
            sign * kind.unwrap_or(ordinary)
        })
    }

    /// Both products by every kernel, compared with their definition.
    fn kernels_agree<F: Real>(rows: usize, n: usize, r: usize, seed: u64) {
        let rng = &mut Seeds::from(seed).stream(Purpose::Train);
        let mut x = Signs::ones(rows, n).unwrap();
        x.randomize(rng);
        let dense = x.to_array::<F>();
        // Zeros alone, so that the signs of sums of zeros are seen as well.
        let zeros = seed.is_multiple_of(5);
        let draw = |shape, columns_first, rng: &mut LabRng| {
            let array = wild::<F>(shape, columns_first, rng);
            if zeros {
                array.mapv(|x| F::zero().copysign(x))
            } else {
                array
            }
        };
        let (w, z) = (draw((r, n), true, rng), draw((rows, r), false, rng));
        let projected = Array2::from_shape_fn((rows, r), |(b, j)| {
            canonical(z[[b, j]], n, |i| dense[[b, i]] * w[[j, i]])
        });
        let correlated = Array2::from_shape_fn((r, n), |(j, i)| {
            canonical(w[[j, i]], rows, |b| dense[[b, i]] * z[[b, j]])
        });
        for kernel in Kernel::available() {
            let (mut found, mut back) = (z.clone(), w.clone());
            x.project_add_by(kernel, &w, &mut found);
            x.correlate_add_by(kernel, &z, &mut back);
            for (found, expected) in [(found, &projected), (back, &correlated)] {
                for (found, expected) in found.iter().zip(expected) {
                    let same = found.as_f64().to_bits() == expected.as_f64().to_bits();
                    let both = found.is_nan() && expected.is_nan();
                    let shape = [rows, n, r];
                    assert!(same || both, "{kernel} {shape:?} {found} {expected}");
                }
            }
        }
    }

    /// The same numbers in rows that are padded or not, with NaN where they are padded.
    fn rows_of<F: Real>(array: &Array2<F>, padded: bool) -> Rows<F> {
        let (count, width) = array.dim();
        let mut rows = match padded {
            true => Rows::padded(count, width),
            false => Rows::tight(count, width),
        };
        rows.first_mut(count).fill(F::nan());
        for (row, from) in array.rows().into_iter().enumerate() {
            rows.row_mut(row).copy_from_slice(&from.to_vec());
        }
        rows
    }

    /// What models ask for, by every kernel, compared with its definition.
    fn products_of_models_agree<F: Real>(rows: usize, n: usize, r: usize, seed: u64) {
        let rng = &mut Seeds::from(seed).stream(Purpose::Train);
        let mut x = Signs::ones(rows, n).unwrap();
        x.randomize(rng);
        let dense = x.to_array::<F>();
        let (w, d) = (wild::<F>((r, n), true, rng), wild((rows, r), false, rng));
        let (b, padded) = (wild::<F>((r, 1), true, rng), seed.is_multiple_of(2));
        let (keep, eta) = (F::of(0.75), F::of(0.3));
        // In the order of memory, column by column.
        let [weights, b] = [&w, &b].map(|array| array.t().iter().copied().collect::<Vec<_>>());
        let project = |from: F, row, j| canonical(from, n, |i| dense[[row, i]] * w[[j, i]]);
        let correlate = |from: F, j, i| canonical(from, rows, |t| dense[[t, i]] * d[[t, j]]);
        let same = |found: F, expected: F| {
            let bits = found.as_f64().to_bits() == expected.as_f64().to_bits();
            assert!(
                bits || found.is_nan() && expected.is_nan(),
                "{found} instead of {expected}, {rows} rows, n = {n}, r = {r}"
            );
        };
        for kernel in Kernel::available() {
            let (mut grad, mut theta) = (weights.clone(), weights.clone());
            let scratch = &mut DescentScratch::new(r, n);
            // Many neurons may come in blocks.
            let cut = if r > NARROW {
                (seed % 7) as usize * r / 7
            } else {
                0
            };
            for (start, end) in [(0, cut), (cut, r)].into_iter().filter(|(a, b)| a < b) {
                let mut z = rows_of(&Array2::zeros((rows, end - start)), padded);
                for b in [None, Some(&b[..])] {
                    let w = Strided::new(&weights, n, r).columns_from(start);
                    x.project_with(kernel, w, b.map(|b| &b[start..]), &mut z);
                    for (row, j) in ndarray::indices((rows, end - start)) {
                        let from = b.map_or(F::zero(), |b| b[start + j]);
                        same(z.row(row)[j], project(from, row, start + j));
                    }
                }
                let d = rows_of(&d.slice(s![.., start..end]).to_owned(), padded);
                let [mut grad, mut theta] =
                    [&mut grad, &mut theta].map(|all| StridedMut::new(all, n, r));
                x.correlate_with(kernel, &d, grad.columns(start..end));
                x.descend_with(kernel, &d, theta.columns(start..end), (keep, eta), scratch);
            }
            for (i, j) in ndarray::indices((n, r)) {
                let (w, place) = (w[[j, i]], i * r + j);
                same(grad[place], correlate(w, j, i));
                same(theta[place], keep * w - eta * correlate(F::zero(), j, i));
            }
        }
    }

    #[test]
    fn without_rows_only_the_decay_acts() {
        let mut none = Signs::ones(1, 3).unwrap();
        none.gather(&Signs::ones(1, 3).unwrap(), []);
        let (mut theta, mut scratch) = (vec![1.0, -2.0, 4.0], DescentScratch::new(1, 3));
        let columns = StridedMut::new(&mut theta, 3, 1);
        none.descend(&Rows::tight(0, 1), columns, (0.5, 0.1), &mut scratch);
        assert_eq!(theta, [0.5, -1.0, 2.0]);
    }

    #[test]
    fn every_kernel_keeps_the_order_for_remainders_of_every_size() {
        let long = [64, 65, 100, 127, 128, 129, 200];
        for size in (1..=70).chain(long) {
            // The sizes that stay small take all remainders too, in some order.
            for (a, b) in [(size * 7 % 41 + 1, size * 11 % 43 + 1), (1, 100), (33, 2)] {
                kernels_agree::<f32>(size, a, b, 1);
                kernels_agree::<f64>(a, size, b, 2);
                kernels_agree::<f32>(b, a, size, 5);
                kernels_agree::<f64>(size, b, a, 3);
                kernels_agree::<f32>(a, size, b, 4);
                kernels_agree::<f64>(b, a, size, 10);
                products_of_models_agree::<f32>(size, a, b, 1);
                products_of_models_agree::<f64>(a, size, b, 2);
                products_of_models_agree::<f32>(b, a, size, 4);
                products_of_models_agree::<f64>(size, b, a, 3);
            }
        }
        kernels_agree::<f32>(1300, 50, 20, 1);
        kernels_agree::<f64>(70, 600, 9, 1);
        products_of_models_agree::<f32>(300, 300, 40, 2);
        products_of_models_agree::<f64>(70, 600, 3, 1);
    }

    /// Such matrices are prefetched strip by strip.
    #[test]
    fn every_kernel_keeps_the_order_where_a_matrix_exceeds_the_cache() {
        for (rows, n, r) in [(9, 530, 530), (40, 280, 960), (37, 1100, 250)] {
            kernels_agree::<f32>(rows, n, r, 1);
            products_of_models_agree::<f32>(rows, n, r, 1);
        }
        // Beyond it are the result, and numbers of twice the size.
        kernels_agree::<f32>(1050, 33, 270, 3);
        kernels_agree::<f64>(21, 280, 500, 2);
        products_of_models_agree::<f64>(21, 280, 500, 4);
    }

    #[test]
    fn nothing_is_added_by_no_rows_or_to_no_neurons() {
        let x = Signs::ones(3, 5).unwrap();
        let mut none = x.clone();
        none.gather(&x, []);
        for kernel in Kernel::available() {
            let mut g = Array2::from_elem((4, 5), -0.0_f32);
            none.correlate_add_by(kernel, &Array2::zeros((0, 4)), &mut g);
            assert!(g.iter().all(|g| g.to_bits() == (-0.0_f32).to_bits()));
            none.project_add_by(kernel, &g, &mut Array2::zeros((0, 4)));
            x.project_add_by(
                kernel,
                &Array2::zeros((0, 5)),
                &mut Array2::<f32>::zeros((3, 0)),
            );
        }
    }

    proptest! {
        #[test]
        fn both_products_are_summed_in_the_canonical_order(
            rows in 1_usize..40, n in 1_usize..140, r in 1_usize..40, order in 0_u8..4, seed: u64,
        ) {
            products_are_canonical::<f32>(rows, n, r, order, seed);
            products_are_canonical::<f64>(rows, n, r, order, seed);
            kernels_agree::<f32>(rows, n, r, seed);
            kernels_agree::<f64>(rows, n, r, seed);
            products_of_models_agree::<f32>(rows, n, r, seed);
            products_of_models_agree::<f64>(rows, n, r, seed);
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
