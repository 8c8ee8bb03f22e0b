//! The two products, in their canonical order of summation.
//!
//! Both products are sums over *groups of four* signs. Within a group the four signed terms are
//! added as (s₀v₀ + s₁v₁) + (s₂v₂ + s₃v₃), and the groups are added to the result one after the
//! other; what a last, shorter group lacks counts as +0. Every entry of a result has its own sum,
//! so neither the width of a vector nor the order in which entries are visited can change a bit.

use super::{Signs, WORD};
use crate::real::Real;
use ndarray::{ArrayRef2, ArrayViewMut2};
use std::array::from_fn;
use std::ops::Range;

/// Signs in a group: the sums of a group are looked up in a table of 2⁴ entries.
const GROUP: usize = 4;
/// Neurons that are worked on together.
const LANES: usize = 16;
/// From this many look-ups on, a table is worth its 24 additions and 16 stores.
const TABLE_PAYS: usize = 8;

type Lanes<F> = [F; LANES];

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
        let neurons = w.nrows();
        let w = w.t();
        let w = w.as_standard_layout();
        let w = w.as_slice().expect("the layout was just made standard");
        with_contiguous_rows(z.view_mut(), |z| self.project_rows(w, neurons, z));
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
        assert_eq!(d.nrows(), self.rows, "D needs a row for each of the inputs");
        assert_eq!(
            into.dim(),
            (d.ncols(), self.dim),
            "the result needs the shape [r, n]"
        );
        let neurons = d.ncols();
        let d = d.as_standard_layout();
        let d = d.as_slice().expect("the layout was just made standard");
        with_contiguous_rows(into.view_mut().reversed_axes(), |into| {
            self.correlate_columns(d, neurons, into);
        });
    }

    /// `w` is `[n, r]` and `z` is `[rows, r]`, both row by row.
    fn project_rows<F: Real>(&self, w: &[F], neurons: usize, z: &mut [F]) {
        for lanes in blocks(neurons) {
            for group in 0..self.dim.div_ceil(GROUP) {
                let terms = load_group(w, self.dim, neurons, group, &lanes);
                let signs = |row| self.signs_of_row(row, group);
                add_signed_sums(&terms, signs, z, neurons, &lanes);
            }
        }
    }

    /// `d` is `[rows, r]` and `into` is `[n, r]`, both row by row.
    fn correlate_columns<F: Real>(&self, d: &[F], neurons: usize, into: &mut [F]) {
        for lanes in blocks(neurons) {
            for group in 0..self.rows.div_ceil(GROUP) {
                let terms = load_group(d, self.rows, neurons, group, &lanes);
                let signs = |column| self.signs_of_column(column, group);
                add_signed_sums(&terms, signs, into, neurons, &lanes);
            }
        }
    }

    /// The signs of coordinates 4·group … 4·group + 3 of a row, a bit each.
    fn signs_of_row(&self, row: usize, group: usize) -> usize {
        let bit = group * GROUP;
        let word = self.words[row * self.dim.div_ceil(WORD) + bit / WORD];
        (word >> (bit % WORD) & 0b1111) as usize
    }

    /// The signs of rows 4·group … 4·group + 3 in a column, a bit each.
    fn signs_of_column(&self, column: usize, group: usize) -> usize {
        let stride = self.dim.div_ceil(WORD);
        let rows = group * GROUP..self.rows.min((group + 1) * GROUP);
        rows.enumerate().fold(0, |signs, (place, row)| {
            let word = self.words[row * stride + column / WORD];
            signs | ((word >> (column % WORD) & 1) as usize) << place
        })
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

/// The neurons, a block of lanes at a time.
fn blocks(neurons: usize) -> impl Iterator<Item = Range<usize>> {
    (0..neurons)
        .step_by(LANES)
        .map(move |start| start..neurons.min(start + LANES))
}

/// Rows 4·group … of a matrix with `count` rows, a block of lanes each; what is missing is +0.
fn load_group<F: Real>(
    matrix: &[F],
    count: usize,
    neurons: usize,
    group: usize,
    lanes: &Range<usize>,
) -> [Lanes<F>; GROUP] {
    let mut terms = [[F::zero(); LANES]; GROUP];
    for (term, row) in terms.iter_mut().zip(group * GROUP..count) {
        term[..lanes.len()].copy_from_slice(&matrix[row * neurons..][lanes.clone()]);
    }
    terms
}

/// Adds to each line t of `out`, within `lanes`, the four terms with the signs `signs(t)`.
fn add_signed_sums<F: Real>(
    terms: &[Lanes<F>; GROUP],
    signs: impl Fn(usize) -> usize,
    out: &mut [F],
    neurons: usize,
    lanes: &Range<usize>,
) {
    let lines = out.chunks_exact_mut(neurons).enumerate();
    if lines.len() < TABLE_PAYS {
        for (t, line) in lines {
            add(&mut line[lanes.clone()], &signed_sum(terms, signs(t)));
        }
    } else {
        let table: [Lanes<F>; 1 << GROUP] = from_fn(|signs| signed_sum(terms, signs));
        for (t, line) in lines {
            add(&mut line[lanes.clone()], &table[signs(t)]);
        }
    }
}

/// (s₀v₀ + s₁v₁) + (s₂v₂ + s₃v₃) in every lane; a set bit of `signs` is −1.
#[inline]
fn signed_sum<F: Real>(v: &[Lanes<F>; GROUP], signs: usize) -> Lanes<F> {
    let s: [F; GROUP] = from_fn(|term| {
        if signs >> term & 1 == 1 {
            -F::one()
        } else {
            F::one()
        }
    });
    from_fn(|lane| {
        (s[0] * v[0][lane] + s[1] * v[1][lane]) + (s[2] * v[2][lane] + s[3] * v[3][lane])
    })
}

#[inline]
fn add<F: Real>(line: &mut [F], sums: &Lanes<F>) {
    // The whole block has a length known to the compiler, and with it vector instructions.
    if let Ok(line) = <&mut Lanes<F>>::try_from(&mut *line) {
        for (entry, sum) in line.iter_mut().zip(sums) {
            *entry += *sum;
        }
    } else {
        for (entry, sum) in line.iter_mut().zip(sums) {
            *entry += *sum;
        }
    }
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
