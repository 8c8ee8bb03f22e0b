use crate::real::Real;
use crate::signs::Signs;
use crate::simd::dispatch;
use ndarray::{Array1, ArrayRef1, ArrayView1, s};

/// The examples that a backward pass has to look at, gathered side by side.
#[derive(Debug)]
pub(in crate::model) struct Active {
    rows: Vec<usize>,
    x: Signs,
    /// 0, 1, …, for when all of them are.
    all: Vec<usize>,
}

impl Active {
    pub(in crate::model) fn new(batch: usize, n: usize) -> Self {
        Active {
            rows: Vec::with_capacity(batch),
            all: (0..batch).collect(),
            x: Signs::ones(batch.max(1), n).expect("a model has at least one coordinate"),
        }
    }

    /// The examples with a non-zero derivative, and which ones these are.
    pub(in crate::model) fn of<'a, F: Real>(
        &'a mut self,
        x: &'a Signs,
        d_out: &ArrayRef1<F>,
    ) -> (&'a Signs, &'a [usize]) {
        match self.gather(x, d_out) {
            true => (x, &self.all[..x.rows()]),
            false => (&self.x, &self.rows),
        }
    }

    /// The same with their derivatives gathered, too, so that they are examples 0, 1, ….
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
