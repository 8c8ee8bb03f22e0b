use crate::real::Real;
use crate::signs::Signs;
use crate::simd::dispatch;
use ndarray::{Array1, Array2, ArrayRef1, ArrayView1, Axis, s};

/// The active examples of a batch, gathered side by side: those whose output has a derivative that is not 0.
///
/// The others add nothing to a gradient, and must not, even where a factor is infinite or NaN. A network keeps one in
/// its cache and works backwards on the active rows only. With the hinge loss they become fewer as it learns.
///
/// ```
/// use ndarray::array;
/// use sparse_parity::model::parts::Active;
/// use sparse_parity::prelude::*;
///
/// let mut active = Active::new(3, 10);
/// let batch = Signs::ones(3, 10)?;
/// let (x, rows) = active.of(&batch, &array![0.5, 0.0, -1.0]);
/// assert_eq!((x.rows(), rows), (2, &[0, 2][..]));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug)]
pub struct Active {
    rows: Vec<usize>,
    x: Signs,
    /// 0, 1, …, for when all of them are.
    all: Vec<usize>,
}

impl Active {
    /// Room for batches of up to `batch` examples with n coordinates.
    ///
    /// # Panics
    /// If n is 0.
    pub fn new(batch: usize, n: usize) -> Self {
        Active {
            rows: Vec::with_capacity(batch),
            all: (0..batch).collect(),
            x: Signs::ones(batch.max(1), n).expect("a model has at least one coordinate"),
        }
    }

    /// The active examples, and which rows of the batch these are, ascending. Shapes: `x` `[rows, n]`, `d_out` `[rows]`.
    ///
    /// # Panics
    /// If there are more rows than there is room for, or `d_out` has another length or is not contiguous.
    pub fn of<'a, F: Real>(
        &'a mut self,
        x: &'a Signs,
        d_out: &ArrayRef1<F>,
    ) -> (&'a Signs, &'a [usize]) {
        match self.gather(x, d_out) {
            true => (x, &self.all[..x.rows()]),
            false => (&self.x, &self.rows),
        }
    }

    /// The active examples with copies of their derivatives and of their rows of matrices, such as pre-activations.
    ///
    /// Shapes: `x` `[rows, n]`, `d_out` `[rows]`, each matrix `[rows, any]`; what is returned has a row for each active
    /// example.
    ///
    /// ```
    /// use ndarray::array;
    /// use sparse_parity::model::parts::Active;
    /// use sparse_parity::prelude::*;
    ///
    /// let (mut active, batch) = (Active::new(3, 10), Signs::ones(3, 10)?);
    /// let z = array![[1.0], [2.0], [3.0]];
    /// let (x, d_out, [z]) = active.select(&batch, &array![0.5, 0.0, -1.0], &[z]);
    /// assert_eq!((x.rows(), d_out, z), (2, array![0.5, -1.0], array![[1.0], [3.0]]));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Panics
    /// Those of [`of`](Active::of), and if a matrix has fewer rows.
    pub fn select<'a, F: Real, const N: usize>(
        &'a mut self,
        x: &'a Signs,
        d_out: &ArrayRef1<F>,
        matrices: &[Array2<F>; N],
    ) -> (&'a Signs, Array1<F>, [Array2<F>; N]) {
        let (x, rows) = self.of(x, d_out);
        let matrices = matrices.each_ref().map(|all| all.select(Axis(0), rows));
        (x, d_out.select(Axis(0), rows), matrices)
    }

    /// The active examples with their derivatives gathered into a place that is kept, so that they are examples 0, 1, ….
    pub(in crate::model) fn with_derivatives<'a, F: Real>(
        &'a mut self,
        x: &'a Signs,
        d_out: &'a ArrayRef1<F>,
        into: &'a mut Array1<F>,
    ) -> (&'a Signs, &'a [usize], ArrayView1<'a, F>) {
        if self.gather(x, d_out) {
            return (x, &self.all[..x.rows()], d_out.view());
        }
        for (into, &row) in into.iter_mut().zip(&self.rows) {
            *into = d_out[row];
        }
        let count = self.rows.len();
        (&self.x, &self.all[..count], into.slice(s![..count]))
    }

    /// Gathers the examples with a non-zero derivative, unless all have one; says whether they do.
    fn gather<F: Real>(&mut self, x: &Signs, d_out: &ArrayRef1<F>) -> bool {
        let d_out = d_out.as_slice().expect("derivatives are contiguous");
        assert_eq!(d_out.len(), x.rows(), "one derivative a row is needed");
        let is_active = |d: &&F| **d != F::zero();
        let are_all = dispatch(|| d_out.iter().filter(is_active).count()) == x.rows();
        if !are_all {
            list_active(d_out, &mut self.rows);
            self.x.gather(x, self.rows.iter().copied());
        }
        are_all
    }
}

/// Lists the examples with a non-zero derivative.
pub(in crate::model) fn list_active<F: Real>(d_out: &[F], rows: &mut Vec<usize>) {
    rows.resize(d_out.len(), 0);
    let mut count = 0;
    for (row, &d) in d_out.iter().enumerate() {
        // Written over by the next one if it does not count, so no branch is to be guessed.
        rows[count] = row;
        count += usize::from(d != F::zero());
    }
    rows.truncate(count);
}
