//! Population gradients of two-layer networks.

use super::{Method, Neuron, finite};
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::params::{Block, Layout, Params};
use crate::real::Real;
use ndarray::{Ix1, Ix2};

/// A two-layer network f(x) = Σ_a u_a·σ(w_a·x + b_a) + c at its parameters θ, for which the
/// population gradient is computed.
///
/// The blocks are taken by name, as [`Mlp`](crate::model::Mlp) declares them: `hidden.weight`, and,
/// if present, `hidden.bias`, `output.weight` and `output.bias`. Without `output.weight` every u_a
/// is 1.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::gradient::Network;
///
/// let model = Mlp::new(200, 10, Relu)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let found = Network::new(model.activation(), &theta)?.gradient(&[0, 1, 2])?;
/// assert!(found.error < 1e-9);
/// assert_eq!(found.gradient.layout(), model.layout());
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug)]
pub struct Network<'a, A, F: Real> {
    pub(super) activation: &'a A,
    theta: &'a Params<F>,
    blocks: Blocks,
    /// The rows w_a.
    pub(super) weights: Vec<Vec<f64>>,
    pub(super) biases: Vec<f64>,
    /// The output weights u_a, and the output bias c.
    pub(super) output: Vec<f64>,
    pub(super) constant: f64,
}

/// The population gradient of a [`Network`].
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkGradient<F: Real> {
    /// The gradient, with the blocks of θ.
    pub gradient: Params<F>,
    /// The population loss.
    pub loss: f64,
    /// A bound for the error of the loss and of every derivative, before it is rounded to `F`.
    pub error: f64,
    /// The method used for each neuron.
    pub methods: Vec<Method>,
}

#[derive(Debug)]
struct Blocks {
    weight: Block<Ix2>,
    bias: Option<Block<Ix1>>,
    output: Option<Block<Ix1>>,
    constant: Option<Block<Ix1>>,
}

impl Blocks {
    fn of(layout: &Layout) -> Result<Self> {
        let optional = |name: &str| -> Result<Option<Block<Ix1>>> {
            let there = layout.names().any(|known| known == name);
            there.then(|| layout.get(name)).transpose()
        };
        Ok(Blocks {
            weight: layout.get("hidden.weight")?,
            bias: optional("hidden.bias")?,
            output: optional("output.weight")?,
            constant: optional("output.bias")?,
        })
    }
}

impl<'a, A: Activation, F: Real> Network<'a, A, F> {
    /// The network with the given activation at θ.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`] or [`Error::BlockAxes`] if θ is not of a two-layer network,
    /// [`Error::Mismatch`] if its blocks disagree on the width, [`Error::NotFinite`] if a
    /// parameter is not finite.
    pub fn new(activation: &'a A, theta: &'a Params<F>) -> Result<Self> {
        let blocks = Blocks::of(theta.layout())?;
        let weights = theta.view(&blocks.weight);
        let rows = weights.rows().into_iter();
        let weights: Vec<Vec<f64>> = rows
            .map(|row| row.iter().map(|w| w.as_f64()).collect())
            .collect();
        let width = weights.len();
        let vector = |block: &Option<Block<Ix1>>, missing: f64, len: usize| -> Result<Vec<f64>> {
            let Some(block) = block else {
                return Ok(vec![missing; len]);
            };
            let values: Vec<f64> = theta.view(block).iter().map(|v| v.as_f64()).collect();
            if values.len() != len {
                return Err(Error::Mismatch {
                    what: "the length of a block of a two-layer network",
                    expected: len,
                    found: values.len(),
                    repair: "give the parameters of one",
                });
            }
            Ok(values)
        };
        let biases = vector(&blocks.bias, 0.0, width)?;
        let output = vector(&blocks.output, 1.0, width)?;
        let constant = vector(&blocks.constant, 0.0, 1)?[0];
        finite("output weight", &output)?;
        finite("output bias", &[constant])?;
        Ok(Network {
            activation,
            theta,
            blocks,
            weights,
            biases,
            output,
            constant,
        })
    }

    /// The population gradient under the correlation loss −y·f, neuron by neuron.
    ///
    /// # Errors
    /// Those of [`Neuron::new`] and [`Neuron::gradient`].
    pub fn gradient(&self, support: &[usize]) -> Result<NetworkGradient<F>> {
        self.correlation(None, support)
    }

    /// The population gradient under the correlation loss, by the given method.
    ///
    /// # Errors
    /// Those of [`Neuron::new`] and [`Neuron::gradient_by`].
    pub fn gradient_by(&self, method: Method, support: &[usize]) -> Result<NetworkGradient<F>> {
        self.correlation(Some(method), support)
    }

    fn correlation(&self, method: Option<Method>, support: &[usize]) -> Result<NetworkGradient<F>> {
        let (sums, methods) = self.sums(method, support)?;
        sums.finish(self, methods)
    }

    pub(super) fn sums(
        &self,
        method: Option<Method>,
        support: &[usize],
    ) -> Result<(Sums, Vec<Method>)> {
        let mut sums = Sums::new(self);
        let mut methods = Vec::with_capacity(self.weights.len());
        for (a, (w, &b)) in self.weights.iter().zip(&self.biases).enumerate() {
            let neuron = Neuron::new(self.activation, w, b)?;
            let found = neuron.solve(method, support)?;
            let u = self.output[a];
            sums.weight[a] = found.weight.iter().map(|g| u * g).collect();
            sums.bias[a] = u * found.bias;
            sums.output[a] = found.output;
            sums.loss += u * found.output;
            let rounding = f64::EPSILON * (u * found.output).abs() * self.weights.len() as f64;
            sums.loss_error += u.abs() * found.output_error + rounding;
            sums.error = sums
                .error
                .max(u.abs() * found.error)
                .max(found.output_error);
            methods.push(found.method);
        }
        Ok((sums, methods))
    }
}

/// The gradient in double precision, while it is accumulated.
pub(super) struct Sums {
    pub(super) weight: Vec<Vec<f64>>,
    pub(super) bias: Vec<f64>,
    pub(super) output: Vec<f64>,
    pub(super) constant: f64,
    pub(super) loss: f64,
    pub(super) loss_error: f64,
    pub(super) error: f64,
}

impl Sums {
    fn new<A, F: Real>(network: &Network<'_, A, F>) -> Self {
        let (width, n) = network.theta.view(&network.blocks.weight).dim();
        Sums {
            weight: vec![vec![0.0; n]; width],
            bias: vec![0.0; width],
            output: vec![0.0; width],
            constant: 0.0,
            loss: 0.0,
            loss_error: 0.0,
            error: 0.0,
        }
    }

    /// The sums as parameters.
    pub(super) fn finish<A, F: Real>(
        self,
        network: &Network<'_, A, F>,
        methods: Vec<Method>,
    ) -> Result<NetworkGradient<F>> {
        finite("the population loss of network", &[self.loss])?;
        for row in &self.weight {
            finite("the population gradient of weight", row)?;
        }
        finite("the population gradient of bias", &self.bias)?;
        finite("the population gradient of output weight", &self.output)?;
        let Blocks {
            weight,
            bias,
            output,
            constant,
        } = &network.blocks;
        let mut gradient = Params::zeros(network.theta.layout());
        let mut rows = gradient.view_mut(weight);
        for (mut to, row) in rows.rows_mut().into_iter().zip(&self.weight) {
            to.iter_mut().zip(row).for_each(|(to, &g)| *to = F::of(g));
        }
        let vectors = [
            (bias, &self.bias),
            (output, &self.output),
            (constant, &vec![self.constant]),
        ];
        for (block, values) in vectors {
            if let Some(block) = block {
                let mut to = gradient.view_mut(block);
                to.iter_mut()
                    .zip(values)
                    .for_each(|(to, &g)| *to = F::of(g));
            }
        }
        Ok(NetworkGradient {
            gradient,
            loss: self.loss,
            error: self.error.max(self.loss_error),
            methods,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::{Architecture, Mlp};
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn the_loss_has_the_errors_of_its_terms_and_of_their_sum() {
        let rng = &mut Seeds::from(1).stream(Purpose::Init);
        for (n, method) in [(9, Method::Enumeration), (60, Method::Quadrature)] {
            let model = Mlp::new(n, 7, Relu).unwrap();
            let theta = Params::<f64>::draw(model.layout(), rng);
            let network = Network::new(&Relu, &theta).unwrap();
            let (sums, _) = network.sums(Some(method), &[0, 2]).unwrap();
            let (mut expected, mut terms) = (0.0, 0.0);
            for (a, (w, &b)) in network.weights.iter().zip(&network.biases).enumerate() {
                let neuron = Neuron::new(&Relu, w, b).unwrap();
                let found = neuron.solve(Some(method), &[0, 2]).unwrap();
                expected += network.output[a].abs() * found.output_error;
                terms += (network.output[a] * found.output).abs();
            }
            // A sum of seven terms is off by seven roundings of the sum of their sizes.
            expected += 7.0 * f64::EPSILON * terms;
            let ratio = sums.loss_error / expected;
            assert!(expected > 0.0 && (ratio - 1.0).abs() < 1e-12, "{ratio}");
        }
    }
}
