use super::Architecture;
use crate::error::{Error, Result};
use crate::params::{Block, Params};
use crate::real::{Real, sum_of_squares};
use ndarray::{Array1, ArrayView2, Ix1, Ix2};
use std::cmp::Ordering;

/// The hidden neurons of a two-layer network f(x) = Σⱼ uⱼ σ(wⱼ·x + bⱼ) + c, as data.
///
/// It finds the blocks `hidden.weight`, W of shape `[r, n]`, and `output.weight`, u of shape `[r]`, by name. A pruned network
/// is another θ of the same model: [`keep`](Neurons::keep) sets uⱼ = 0 for the neurons that it prunes, so that f without the
/// output bias is the sum of the networks of any partition of the neurons.
///
/// Subnetworks of the neurons with the largest norms are studied by Merrill, Tsilivis and Shukla, *A Tale of Two Circuits:
/// Grokking as Competition of Sparse and Dense Subnetworks*, 2023, arXiv 2303.11873.
///
/// ```
/// use sparse_parity::model::Neurons;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(20, 50, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let neurons = Neurons::of(&model)?;
/// let largest = &neurons.by_norm(&theta)[..5];
/// let pruned = neurons.keep(&theta, largest)?;
/// assert_ne!(model.predict(&pruned, &Signs::ones(1, 20)?), model.predict(&theta, &Signs::ones(1, 20)?));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Neurons {
    incoming: Block<Ix2>,
    outgoing: Block<Ix1>,
    width: usize,
}

impl Neurons {
    /// The neurons of a two-layer network.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`] or [`Error::BlockAxes`] for a network without one of the blocks, such as one whose output
    /// weights are fixed; [`Error::Mismatch`] if its hidden layer does not read the n inputs or is not read by the output.
    pub fn of(model: &impl Architecture) -> Result<Self> {
        let incoming = model.layout().get::<Ix2>("hidden.weight")?;
        let outgoing = model.layout().get::<Ix1>("output.weight")?;
        let (width, n) = (incoming.shape()[0], incoming.shape()[1]);
        let same = |what, expected, found| match expected == found {
            true => Ok(()),
            false => Err(Error::Mismatch {
                what,
                expected,
                found,
                repair: "take a network of two layers",
            }),
        };
        same("the number of inputs of the hidden layer", model.dim(), n)?;
        let outputs = outgoing.shape()[0];
        same("the number of output weights", width, outputs)?;
        Ok(Neurons {
            incoming,
            outgoing,
            width,
        })
    }

    /// The number of neurons r.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The incoming weights W, of shape `[r, n]`.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn incoming<'a, F: Real>(&self, theta: &'a Params<F>) -> ArrayView2<'a, F> {
        theta.view(&self.incoming)
    }

    /// The Euclidean norms ‖wⱼ‖₂ of the incoming weights, biases left out.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn norms<F: Real>(&self, theta: &Params<F>) -> Array1<f64> {
        let rows = self.incoming(theta);
        let rows = rows.rows().into_iter();
        rows.map(|row| sum_of_squares(row).sqrt()).collect()
    }

    /// The neurons in descending order of their [`norms`](Neurons::norms); equal ones in their own order.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn by_norm<F: Real>(&self, theta: &Params<F>) -> Vec<usize> {
        let norms = self.norms(theta);
        let mut order: Vec<usize> = (0..self.width).collect();
        let descending = |a: &usize, b: &usize| norms[*b].partial_cmp(&norms[*a]);
        order.sort_by(|a, b| descending(a, b).unwrap_or(Ordering::Equal));
        order
    }

    /// The parameters of the network that keeps these neurons, counted from 0: the output weights of all others are 0.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a neuron that does not exist.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn keep<F: Real>(&self, theta: &Params<F>, neurons: &[usize]) -> Result<Params<F>> {
        let mut pruned = theta.clone();
        let mut outgoing = pruned.view_mut(&self.outgoing);
        outgoing.fill(F::zero());
        for &neuron in neurons {
            if neuron >= self.width {
                return Err(Error::TooLarge {
                    what: "the number of a neuron, counted from 0,",
                    value: neuron,
                    most: self.width - 1,
                });
            }
            outgoing[neuron] = theta.view(&self.outgoing)[neuron];
        }
        Ok(pruned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Sine};
    use crate::model::{DeepMlp, Mlp, Model, Transformer};
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;
    use ndarray::Zip;

    fn drawn(model: &Mlp<Relu>) -> Params<f64> {
        Params::draw(model.layout(), &mut Seeds::from(3).stream(Purpose::Init))
    }

    #[test]
    fn keeping_all_changes_no_bit_and_parts_add_up() {
        let model = Mlp::new(7, 19, Relu).unwrap();
        let (theta, x) = (drawn(&model), Signs::cube(7).unwrap());
        let neurons = Neurons::of(&model).unwrap();
        let all: Vec<usize> = (0..19).collect();
        let whole = model.predict(&theta, &x);
        let kept = neurons.keep(&theta, &all).unwrap();
        assert_eq!(model.predict(&kept, &x), whole);
        let part = |rest| {
            let part: Vec<usize> = (0..19).filter(|j| j % 3 == rest).collect();
            model.predict(&neurons.keep(&theta, &part).unwrap(), &x)
        };
        let sum = part(0) + part(1) + part(2);
        Zip::from(&sum)
            .and(&whole)
            .for_each(|a, b| assert!((a - b).abs() < 1e-14, "{a} {b}"));
        let none = neurons.keep(&theta, &[]).unwrap();
        assert!(model.predict(&none, &x).iter().all(|out| *out == 0.0));
    }

    #[test]
    fn norms_are_those_of_rows_and_give_the_order() {
        let model = Mlp::new(2, 3, Relu).unwrap();
        let neurons = Neurons::of(&model).unwrap();
        let mut theta = Params::<f32>::zeros(model.layout());
        let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
        let rows = ndarray::array![[0.0, 1.0], [3.0, -4.0], [1.0, 0.0]];
        theta.view_mut(&weight).assign(&rows);
        assert_eq!(neurons.incoming(&theta), rows);
        assert_eq!(neurons.norms(&theta).to_vec(), [1.0, 5.0, 1.0]);
        assert_eq!(neurons.by_norm(&theta), [1, 0, 2]);
    }

    #[test]
    fn what_has_no_such_neurons_is_refused() {
        let model = Mlp::new(7, 4, Relu).unwrap();
        let told = Neurons::of(&model).unwrap().keep(&drawn(&model), &[1, 4]);
        assert!(
            told.unwrap_err()
                .to_string()
                .contains("is 4; use at most 3")
        );
        let fixed = Mlp::new(7, 4, Sine).unwrap().without_output_layer();
        let deep = DeepMlp::new(7, &[4, 4], Relu).unwrap();
        assert!(Neurons::of(&fixed).is_err() && Neurons::of(&deep).is_err());
        assert!(Neurons::of(&Transformer::new(7, 8, 2).unwrap()).is_err());
    }
}
