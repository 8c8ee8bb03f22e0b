//! A network of one's own.

use ndarray::{Array2, ArrayRef1, Axis, Ix1, Ix2, Zip};
use sparse_parity::params::{Block, InitialDistribution, Layout};
use sparse_parity::prelude::*;
use std::sync::Arc;

/// f(x) = Σⱼ uⱼ (aⱼ·x)(bⱼ·x), a gated linear network of r neurons.
#[derive(Debug)]
pub struct Gated {
    n: usize,
    layout: Arc<Layout>,
    a: Block<Ix2>,
    b: Block<Ix2>,
    u: Block<Ix1>,
}

impl Gated {
    pub fn new(n: usize, width: usize) -> Self {
        let mut layout = Layout::default();
        let by_fan_in = |fan_in: usize| InitialDistribution::Uniform {
            bound: 1.0 / (fan_in as f64).sqrt(),
        };
        let a = layout.block("value.weight", (width, n), by_fan_in(n));
        let b = layout.block("gate.weight", (width, n), by_fan_in(n));
        let u = layout.block("output.weight", width, by_fan_in(width));
        Gated {
            n,
            layout: layout.into(),
            a,
            b,
            u,
        }
    }
}

impl Architecture for Gated {
    fn dim(&self) -> usize {
        self.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        format!("Gated n={} r={}", self.n, self.u.shape()[0])
    }
}

/// aⱼ·x and bⱼ·x of every example.
pub struct Cache<F> {
    a: Array2<F>,
    b: Array2<F>,
}

impl<F: Real> Model<F> for Gated {
    type Cache = Cache<F>;

    fn cache(&self, batch: usize) -> Cache<F> {
        let zeros = || Array2::zeros((batch, self.u.shape()[0]));
        Cache {
            a: zeros(),
            b: zeros(),
        }
    }

    fn forward(&self, theta: &Params<F>, x: &Signs, z: &mut Cache<F>, out: &mut ArrayRef1<F>) {
        let shape = (x.rows(), self.u.shape()[0]);
        (z.a, z.b) = (Array2::zeros(shape), Array2::zeros(shape));
        x.project_add(&theta.view(&self.a), &mut z.a);
        x.project_add(&theta.view(&self.b), &mut z.b);
        out.assign(&(&z.a * &z.b).dot(&theta.view(&self.u)));
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        z: &mut Cache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let d_out = d_out.to_owned().insert_axis(Axis(1));
        // An example without a derivative adds nothing, even where a factor is infinite.
        let times = |mut factor: Array2<F>| {
            Zip::from(&mut factor)
                .and_broadcast(&d_out)
                .for_each(|f, &d| *f = if d == F::zero() { d } else { d * *f });
            factor
        };
        let u = theta.view(&self.u);
        x.correlate_add(&times(&z.b * &u), &mut into.view_mut(&self.a));
        x.correlate_add(&times(&z.a * &u), &mut into.view_mut(&self.b));
        let mut d_u = into.view_mut(&self.u);
        d_u += &times(&z.a * &z.b).sum_axis(Axis(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_obeys_the_laws_of_a_model() {
        sparse_parity::check::model_laws(&Gated::new(9, 5), 1).unwrap();
    }
}
