//! A network in mean-field scaling.

use sparse_parity::ndarray::{Array2, ArrayRef1, Axis, Ix1, Ix2};
use sparse_parity::params::{Block, InitialDistribution, Layout};
use sparse_parity::prelude::*;
use std::sync::Arc;

/// f(x) = R/N Σ_j (tanh(w_j·x + b_j) + 2 tanh v_j)/3, with standard normal initial values.
#[derive(Debug, Clone)]
pub struct MeanField {
    n: usize,
    /// The number N of neurons.
    neurons: usize,
    /// The bound R of the output.
    bound: f64,
    layout: Arc<Layout>,
    weight: Block<Ix2>,
    bias: Block<Ix1>,
    shift: Block<Ix1>,
}

impl MeanField {
    pub fn new(n: usize, neurons: usize, bound: f64) -> Self {
        let mut layout = Layout::default();
        let normal = InitialDistribution::Normal { deviation: 1.0 };
        let weight = layout.block("hidden.weight", (neurons, n), normal.clone());
        let bias = layout.block("hidden.bias", neurons, normal.clone());
        let shift = layout.block("output.shift", neurons, normal);
        MeanField {
            n,
            neurons,
            bound,
            layout: layout.into(),
            weight,
            bias,
            shift,
        }
    }

    /// R/(3N).
    fn share<F: Real>(&self) -> F {
        F::of(self.bound / (3.0 * self.neurons as f64))
    }
}

impl Architecture for MeanField {
    fn dim(&self) -> usize {
        self.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        let (n, neurons, bound) = (self.n, self.neurons, self.bound);
        format!("MeanField n={n} N={neurons} R={bound}")
    }
}

impl<F: Real> Model<F> for MeanField {
    /// tanh(w_j·x + b_j) of the examples last seen.
    type Cache = Array2<F>;

    fn cache(&self, batch: usize) -> Array2<F> {
        Array2::zeros((batch, self.neurons))
    }

    fn forward(&self, theta: &Params<F>, x: &Signs, cache: &mut Array2<F>, out: &mut ArrayRef1<F>) {
        let constant = theta
            .view(&self.shift)
            .map(|v| F::of(2.0) * v.portable_tanh())
            .sum();
        let mut z = cache.slice_axis_mut(Axis(0), (..x.rows()).into());
        z.assign(&theta.view(&self.bias));
        x.project_add(&theta.view(&self.weight), &mut z);
        z.mapv_inplace(F::portable_tanh);
        for (out, row) in out.iter_mut().zip(z.rows()) {
            *out = self.share::<F>() * (row.sum() + constant);
        }
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Array2<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let mut d = cache.slice_axis(Axis(0), (..x.rows()).into()).to_owned();
        for (mut row, &d_out) in d.rows_mut().into_iter().zip(d_out) {
            let share = self.share::<F>() * d_out;
            row.mapv_inplace(|h| share * (F::one() - h * h));
        }
        x.correlate_add(&d, &mut into.view_mut(&self.weight));
        let mut bias = into.view_mut(&self.bias);
        bias += &d.sum_axis(Axis(0));
        let both = F::of(2.0) * self.share::<F>() * d_out.sum();
        let slopes = theta
            .view(&self.shift)
            .map(|v| both * (F::one() - v.portable_tanh().powi(2)));
        let mut shift = into.view_mut(&self.shift);
        shift += &slopes;
    }
}
