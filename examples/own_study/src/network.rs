//! A network of one's own.

use ndarray::{Array2, ArrayRef1};
use sparse_parity::Result;
use sparse_parity::model::parts::{Active, Affine, Readout};
use sparse_parity::params::{Init, Layer, Layout};
use sparse_parity::prelude::*;
use std::sync::Arc;

/// f(x) = Σⱼ uⱼ (aⱼ·x)(bⱼ·x), a gated linear network of r neurons.
#[derive(Debug)]
pub struct Gated {
    layout: Arc<Layout>,
    maps: [Affine; 2],
    readout: Readout,
}

impl Gated {
    pub fn new(n: usize, width: usize) -> Result<Self> {
        let (mut layout, init) = (Layout::default(), Init::default());
        let values = init.affine(Layer::First, n, width)?;
        let maps = ["value", "gate"]
            .map(|layer| Affine::declare(&mut layout, layer, (width, n), values.clone(), false));
        let readout = Readout::declare(&mut layout, width, init, true, false)?;
        Ok(Gated {
            layout: layout.into(),
            maps,
            readout,
        })
    }
}

impl Architecture for Gated {
    fn dim(&self) -> usize {
        self.maps[0].inputs()
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }
}

impl<F: Real> Model<F> for Gated {
    /// The examples of a backward pass, and aⱼ·x and bⱼ·x of every example.
    type Cache = (Active, [Array2<F>; 2]);

    fn cache(&self, batch: usize) -> Self::Cache {
        (Active::new(batch, self.dim()), Default::default())
    }

    fn forward(&self, theta: &Params<F>, x: &Signs, z: &mut Self::Cache, out: &mut ArrayRef1<F>) {
        let [a, b] = &mut z.1;
        self.maps[0].forward(theta, x, a);
        self.maps[1].forward(theta, x, b);
        self.readout.forward(theta, &(&*a * &*b), out);
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        z: &mut Self::Cache,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let (x, d_out, [a, b]) = z.0.select(x, d_out, &z.1);
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
