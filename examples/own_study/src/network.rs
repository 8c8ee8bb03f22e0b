//! A network of one's own.

use ndarray::{Array2, ArrayRef1, Axis};
use sparse_parity::Result;
use sparse_parity::model::parts::{Active, Affine, Readout};
use sparse_parity::params::{Init, Layer, Layout};
use sparse_parity::prelude::*;
use std::sync::Arc;

/// f(x) = Σⱼ uⱼ (aⱼ·x)(bⱼ·x), a gated linear network of r neurons.
#[derive(Debug)]
pub struct Gated {
    n: usize,
    layout: Arc<Layout>,
    maps: [Affine; 2],
    readout: Readout,
}

impl Gated {
    pub fn new(n: usize, width: usize) -> Result<Self> {
        let (mut layout, init) = (Layout::default(), Init::default());
        let values = init.affine(Layer::First, n, width)?;
        let mut map =
            |layer| Affine::declare(&mut layout, layer, (width, n), values.clone(), false);
        let maps = [map("value"), map("gate")];
        let readout = Readout::declare(&mut layout, width, init, true, false)?;
        let layout = layout.into();
        Ok(Gated {
            n,
            layout,
            maps,
            readout,
        })
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
        format!("Gated n={} r={}", self.n, self.maps[0].weight().shape()[0])
    }
}

impl<F: Real> Model<F> for Gated {
    /// The examples of a backward pass, and aⱼ·x and bⱼ·x of every example.
    type Cache = (Active, [Array2<F>; 2]);

    fn cache(&self, batch: usize) -> Self::Cache {
        (Active::new(batch, self.n), Default::default())
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        out: &mut ArrayRef1<F>,
    ) {
        let [a, b] = &mut cache.1;
        self.maps[0].forward(theta, x, a);
        self.maps[1].forward(theta, x, b);
        self.readout.forward(theta, &(&*a * &*b), out);
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let (x, rows) = cache.0.of(x, d_out);
        let [a, b] = cache.1.each_ref().map(|z| z.select(Axis(0), rows));
        let d_out = d_out.select(Axis(0), rows);
        let d = self.readout.grad(theta, &(&a * &b), &d_out, into);
        self.maps[0].grad(x, &(&d * &b), into);
        self.maps[1].grad(x, &(d * a), into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_obeys_the_laws_of_a_model() {
        sparse_parity::check::model_laws(&Gated::new(9, 5).unwrap(), 1).unwrap();
    }
}
