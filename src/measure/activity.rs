use super::Measure;
use super::subnetworks::Parts;
use crate::activation::Activation;
use crate::error::Result;
use crate::model::{Architecture, Model};
use crate::params::Params;
use crate::real::Real;
use crate::signs::Signs;
use crate::train::Snapshot;
use std::fmt;

/// The activation sparsity of a two-layer network: the share of pairs of an input and a neuron in which the neuron
/// adds 0 to the output.
///
/// It is about 1/2 for ReLUs at random weights and biases around 0, and 0 for activations without a flat part. It
/// needs inputs, but neither labels nor the support. Such shares along grokking: Golechha, *Progress Measures for
/// Grokking on Real-world Tasks*, 2024, arXiv 2405.12755.
///
/// ```
/// use sparse_parity::measure::ActivationSparsity;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(10, 50, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let mut sparsity = ActivationSparsity::new(&model, Relu, Signs::cube(10)?)?;
/// assert!((sparsity.of(&theta) - 0.5).abs() < 0.1);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct ActivationSparsity<F, A> {
    parts: Parts<F, A>,
}

impl<F: Real, A: Activation> ActivationSparsity<F, A> {
    /// That of `model`, whose activation has to be given, on these inputs.
    ///
    /// # Errors
    /// Those of [`EffectiveSparsity::first`](super::EffectiveSparsity::first).
    pub fn new(model: &impl Architecture, activation: A, x: Signs) -> Result<Self> {
        let parts = Parts::new(model, activation, x)?;
        Ok(ActivationSparsity { parts })
    }

    /// The share at the given parameters.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of(&mut self, theta: &Params<F>) -> f64 {
        self.parts.evaluate(theta);
        let outputs = &self.parts.outputs;
        let zeros = outputs.iter().filter(|output| **output == F::zero());
        zeros.count() as f64 / outputs.len() as f64
    }
}

impl<F: Real, M: Model<F>, A: Activation> Measure<F, M> for ActivationSparsity<F, A> {
    fn name(&self) -> &str {
        "activation sparsity"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }

    fn identity(&self) -> String {
        format!("activation sparsity, {}", self.parts.identity())
    }
}

impl<F, A> fmt::Debug for ActivationSparsity<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivationSparsity").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Tanh};
    use crate::model::Mlp;
    use ndarray::{Ix1, Ix2, array};

    #[test]
    fn neurons_are_counted_where_they_are_silent() {
        let model = Mlp::new(2, 3, Relu).unwrap();
        let layout = model.layout();
        let mut theta = Params::<f64>::zeros(layout);
        let weight = layout.get::<Ix2>("hidden.weight").unwrap();
        // Silent for x₀ = −1, for all inputs but (1, 1), and for none.
        let rows = array![[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
        theta.view_mut(&weight).assign(&rows);
        let bias = layout.get::<Ix1>("hidden.bias").unwrap();
        theta.view_mut(&bias).assign(&array![0.0, -1.0, 2.0]);
        let output = layout.get::<Ix1>("output.weight").unwrap();
        theta.view_mut(&output).fill(1.0);
        let cube = Signs::cube(2).unwrap();
        let mut sparsity = ActivationSparsity::new(&model, Relu, cube.clone()).unwrap();
        assert_eq!(sparsity.of(&theta), (2.0 + 3.0) / 12.0);
        let smooth = Mlp::new(2, 3, Tanh).unwrap();
        let mut sparsity = ActivationSparsity::new(&smooth, Tanh, cube).unwrap();
        theta.view_mut(&bias).fill(0.5);
        assert_eq!(sparsity.of(&theta), 0.0);
        assert!(ActivationSparsity::<f64, _>::new(&smooth, Tanh, Signs::cube(3).unwrap()).is_err());
    }
}
