use super::Measure;
use super::convergence::same_dim;
use crate::activation::Activation;
use crate::error::{Result, at_most, positive};
use crate::model::{Architecture, Model, Neurons};
use crate::params::{Block, Params};
use crate::real::Real;
use crate::signs::Signs;
use crate::train::Snapshot;
use ndarray::{Array2, Ix1};
use std::fmt;

/// The largest number of activations of the examples, all at once.
const MOST: usize = 1 << 28;

/// The effective sparsity of a two-layer network: the number of neurons that suffice for its answers.
///
/// The neurons are taken in descending order of ‖w_j‖₂, the biases left out. The *first* effective sparsity is the least k such
/// that the top k neurons alone, with the output bias, have the sign of the whole network on every given input; the *stable* one
/// is the least k from which on all larger k have it, too. An output of 0 has a sign of its own. Merrill, Tsilivis and Shukla,
/// *A Tale of Two Circuits: Grokking as Competition of Sparse and Dense Subnetworks*, 2023, arXiv 2303.11873, define the first
/// one; their code compares accuracies, which agree earlier.
///
/// The outputs of all k are running sums, so that one evaluation takes O(m r n) for m inputs. It needs inputs, but neither labels
/// nor the support.
///
/// ```
/// use sparse_parity::measure::EffectiveSparsity;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(10, 50, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let mut sparsity = EffectiveSparsity::first(&model, Relu, Signs::cube(10)?)?;
/// let [first, stable] = sparsity.of(&theta);
/// assert!(first <= stable && stable <= 50 && first > 25);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct EffectiveSparsity<F, A> {
    parts: Parts<F, A>,
    is_stable: bool,
}

impl<F: Real, A: Activation> EffectiveSparsity<F, A> {
    /// The first effective sparsity of `model`, whose activation has to be given, on these inputs.
    ///
    /// # Errors
    /// Those of [`Neurons::of`]; [`Error::Mismatch`](crate::Error::Mismatch) if the inputs have another dimension, [`Error::TooLarge`](crate::Error::TooLarge) for more than
    /// 2²⁸ activations.
    pub fn first(model: &impl Architecture, activation: A, x: Signs) -> Result<Self> {
        let parts = Parts::new(model, activation, x)?;
        let is_stable = false;
        Ok(EffectiveSparsity { parts, is_stable })
    }

    /// The stable one.
    ///
    /// # Errors
    /// Those of [`first`](EffectiveSparsity::first).
    pub fn stable(model: &impl Architecture, activation: A, x: Signs) -> Result<Self> {
        let first = EffectiveSparsity::first(model, activation, x)?;
        Ok(EffectiveSparsity {
            is_stable: true,
            ..first
        })
    }

    /// The first and the stable effective sparsity at the given parameters.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of(&mut self, theta: &Params<F>) -> [usize; 2] {
        let order = self.parts.neurons.by_norm(theta);
        let width = order.len();
        self.parts.evaluate(theta);
        // Whether the top k of some input have another sign than the whole.
        let mut differs = vec![false; width + 1];
        let mut sums = vec![0.0; width + 1];
        let bias = self.parts.bias(theta);
        for row in self.parts.outputs.rows() {
            sums[0] = bias;
            for (k, &neuron) in order.iter().enumerate() {
                sums[k + 1] = sums[k] + row[neuron].as_f64();
            }
            let whole = sign(sums[width]);
            for (differs, sum) in differs.iter_mut().zip(&sums) {
                *differs |= sign(*sum) != whole;
            }
        }
        let first = differs.iter().position(|differs| !differs);
        let stable = differs.iter().rposition(|differs| *differs);
        // The whole network has its own signs, unless an output is no number.
        [
            first.unwrap_or(width),
            stable.map_or(0, |last| (last + 1).min(width)),
        ]
    }
}

impl<F: Real, M: Model<F>, A: Activation> Measure<F, M> for EffectiveSparsity<F, A> {
    fn name(&self) -> &str {
        match self.is_stable {
            true => "stable sparsity",
            false => "sparsity",
        }
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)[usize::from(self.is_stable)] as f64
    }

    fn identity(&self) -> String {
        let (reading, parts) = (if self.is_stable { "stable" } else { "first" }, &self.parts);
        format!("{reading} effective sparsity, {}", parts.identity())
    }
}

impl<F, A: fmt::Debug> fmt::Debug for EffectiveSparsity<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectiveSparsity")
            .field("activation", &self.parts.activation)
            .field("is_stable", &self.is_stable)
            .finish_non_exhaustive()
    }
}

/// The faithfulness of a subnetwork of a two-layer network: the share of inputs on which it has the sign of the whole.
///
/// The neurons that it keeps are given; chosen by what they become, they show the past of a solution, which no prediction can
/// use. It needs inputs, but neither labels nor the support.
///
/// ```
/// use sparse_parity::measure::Faithfulness;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(10, 50, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let all: Vec<usize> = (0..50).collect();
/// let x = Signs::cube(10)?;
/// assert_eq!(Faithfulness::new(&model, Relu, x.clone(), &all)?.of(&theta), 1.0);
/// assert!(Faithfulness::new(&model, Relu, x, &all[..10])?.of(&theta) < 1.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct Faithfulness<F, A> {
    parts: Parts<F, A>,
    kept: Vec<usize>,
}

impl<F: Real, A: Activation> Faithfulness<F, A> {
    /// That of the network which keeps these neurons, counted from 0.
    ///
    /// # Errors
    /// Those of [`EffectiveSparsity::first`]; [`Error::TooLarge`](crate::Error::TooLarge) for a neuron that does not exist.
    pub fn new(model: &impl Architecture, activation: A, x: Signs, kept: &[usize]) -> Result<Self> {
        let parts = Parts::new(model, activation, x)?;
        let last = parts.neurons.width() - 1;
        for &neuron in kept {
            at_most("the number of a neuron, counted from 0,", neuron, last)?;
        }
        let kept = kept.to_vec();
        Ok(Faithfulness { parts, kept })
    }

    /// The share at the given parameters.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of(&mut self, theta: &Params<F>) -> f64 {
        self.parts.evaluate(theta);
        let bias = self.parts.bias(theta);
        let is_faithful = |row: &ndarray::ArrayView1<'_, F>| {
            let whole = bias + row.iter().map(|v| v.as_f64()).sum::<f64>();
            let kept = self.kept.iter().map(|&neuron| row[neuron].as_f64());
            sign(bias + kept.sum::<f64>()) == sign(whole)
        };
        let rows = self.parts.outputs.rows();
        let faithful = rows.into_iter().filter(is_faithful).count();
        faithful as f64 / self.parts.outputs.nrows() as f64
    }
}

impl<F: Real, M: Model<F>, A: Activation> Measure<F, M> for Faithfulness<F, A> {
    fn name(&self) -> &str {
        "faithfulness"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }

    fn identity(&self) -> String {
        format!("faithfulness of {:?}, {}", self.kept, self.parts.identity())
    }
}

impl<F, A: fmt::Debug> fmt::Debug for Faithfulness<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faithfulness")
            .field("activation", &self.parts.activation)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}

/// −1, 0 or 1, and NaN for what is no number.
fn sign(value: f64) -> i8 {
    if value > 0.0 {
        1
    } else if value < 0.0 {
        -1
    } else if value == 0.0 {
        0
    } else {
        i8::MAX
    }
}

/// What each neuron of a two-layer network adds to its output.
pub(super) struct Parts<F, A> {
    neurons: Neurons,
    activation: A,
    x: Signs,
    hidden_bias: Option<Block<Ix1>>,
    output_weight: Block<Ix1>,
    output_bias: Option<Block<Ix1>>,
    /// u_j σ(w_j·x + b_j), of shape `[inputs, neurons]`.
    pub(super) outputs: Array2<F>,
}

impl<F: Real, A: Activation> Parts<F, A> {
    pub(super) fn new(model: &impl Architecture, activation: A, x: Signs) -> Result<Self> {
        same_dim(model.dim(), x.dim())?;
        positive("the number of inputs", x.rows())?;
        let neurons = Neurons::of(model)?;
        let (rows, width) = (x.rows(), neurons.width());
        at_most(
            "the number of activations",
            rows.saturating_mul(width),
            MOST,
        )?;
        let layout = model.layout();
        let optional = |name: &str| -> Result<Option<Block<Ix1>>> {
            let is_there = layout.names().any(|there| there == name);
            is_there.then(|| layout.get(name)).transpose()
        };
        Ok(Parts {
            neurons,
            activation,
            hidden_bias: optional("hidden.bias")?,
            output_weight: layout.get("output.weight")?,
            output_bias: optional("output.bias")?,
            outputs: Array2::zeros((rows, width)),
            x,
        })
    }

    pub(super) fn evaluate(&mut self, theta: &Params<F>) {
        let weight = self.neurons.incoming(theta);
        match &self.hidden_bias {
            Some(bias) => self.outputs.assign(&theta.view(bias)),
            None => self.outputs.fill(F::zero()),
        }
        self.x.project_add(&weight, &mut self.outputs);
        let output = theta.view(&self.output_weight);
        for mut row in self.outputs.rows_mut() {
            row.zip_mut_with(&output, |z, &u| *z = u * self.activation.value(*z));
        }
    }

    fn bias(&self, theta: &Params<F>) -> f64 {
        let bias = self.output_bias.as_ref();
        bias.map_or(0.0, |block| theta.view(block)[0].as_f64())
    }

    pub(super) fn identity(&self) -> String {
        let (rows, hash) = (self.x.rows(), self.x.digest());
        format!(
            "{:?}, {rows} inputs with the hash {hash:016x}",
            self.activation
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::data::{Parity, Target};
    use crate::model::Mlp;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::{Ix2, array};

    /// Four ReLUs that have the parity of three coordinates with a margin of 1, and neurons that change no sign.
    fn four(n: usize, others: usize) -> (Mlp<Relu>, Params<f64>) {
        let model = Mlp::new(n, 4 + others, Relu).unwrap();
        let layout = model.layout();
        let mut theta = Params::zeros(layout);
        let weight = layout.get::<Ix2>("hidden.weight").unwrap();
        let (bias, output) = (
            layout.get::<Ix1>("hidden.bias").unwrap(),
            layout.get::<Ix1>("output.weight").unwrap(),
        );
        // In s = x₀ + x₁ + x₂: −(−s − 2)₊ + (s + 2)₊ − 4 s₊ + 4 (s − 1)₊.
        let pieces = [
            (-1.0, -2.0, -1.0),
            (1.0, 2.0, 1.0),
            (1.0, 0.0, -4.0),
            (1.0, -1.0, 4.0),
        ];
        for (j, (slope, b, u)) in pieces.into_iter().enumerate() {
            theta
                .view_mut(&weight)
                .row_mut(j)
                .iter_mut()
                .take(3)
                .for_each(|w| *w = slope);
            theta.view_mut(&bias)[j] = b;
            theta.view_mut(&output)[j] = u;
        }
        for j in 4..4 + others {
            theta.view_mut(&weight)[[j, 3 + j % (n - 3)]] = 0.1;
            theta.view_mut(&output)[j] = 0.9 / others as f64;
        }
        (model, theta)
    }

    #[test]
    fn the_construction_of_four_neurons_is_as_sparse_as_that() {
        let (model, theta) = four(6, 10);
        let (x, parity) = (Signs::cube(6).unwrap(), Parity::new(6, &[0, 1, 2]).unwrap());
        let out = model.predict(&theta, &x);
        for row in 0..x.rows() {
            let margin = out[row] * parity.value(&x, row);
            assert!((0.9..1.2).contains(&margin), "{margin}");
        }
        let mut sparsity = EffectiveSparsity::first(&model, Relu, x.clone()).unwrap();
        assert_eq!(sparsity.of(&theta), [4, 4]);
        let mut kept = Faithfulness::new(&model, Relu, x.clone(), &[0, 1, 2, 3]).unwrap();
        assert_eq!(kept.of(&theta), 1.0);
        let mut rest = Faithfulness::new(&model, Relu, x, &[4, 5, 6]).unwrap();
        // Their outputs are positive or 0.
        assert!(rest.of(&theta) <= 0.5);
    }

    #[test]
    fn both_readings_are_those_of_pruned_networks() {
        let x = Signs::cube(6).unwrap();
        for seed in 0..10 {
            let model = Mlp::new(6, 12, Relu).unwrap().with_output_bias();
            let theta =
                Params::<f64>::draw(model.layout(), &mut Seeds::from(seed).stream(Purpose::Init));
            let neurons = Neurons::of(&model).unwrap();
            let order = neurons.by_norm(&theta);
            let signs = |kept: &[usize]| {
                let pruned = neurons.keep(&theta, kept).unwrap();
                model.predict(&pruned, &x).mapv(|f: f64| f > 0.0)
            };
            let whole = signs(&order);
            let agrees: Vec<bool> = (0..=12).map(|k| signs(&order[..k]) == whole).collect();
            let first = agrees.iter().position(|agrees| *agrees).unwrap();
            let stable = agrees
                .iter()
                .rposition(|agrees| !agrees)
                .map_or(0, |last| last + 1);
            let mut sparsity = EffectiveSparsity::first(&model, Relu, x.clone()).unwrap();
            assert_eq!(sparsity.of(&theta), [first, stable], "seed {seed}");
            let kept = &order[..5];
            let mut faithful = Faithfulness::new(&model, Relu, x.clone(), kept).unwrap();
            let equal = signs(kept)
                .iter()
                .zip(&whole)
                .filter(|(a, b)| a == b)
                .count();
            assert_eq!(faithful.of(&theta), equal as f64 / 64.0);
        }
    }

    #[test]
    fn an_early_agreement_that_is_lost_again_is_no_stable_one() {
        let model = Mlp::new(4, 3, Relu).unwrap();
        let layout = model.layout();
        let mut theta = Params::<f32>::zeros(layout);
        let bias = layout.get::<Ix1>("hidden.bias").unwrap();
        let output = layout.get::<Ix1>("output.weight").unwrap();
        // 1, then 1 − 2, then 1 − 2 + 2 on every input.
        theta.view_mut(&bias).fill(1.0);
        theta.view_mut(&output).assign(&array![1.0, -2.0, 2.0]);
        let x = Signs::cube(4).unwrap();
        let mut sparsity = EffectiveSparsity::first(&model, Relu, x).unwrap();
        assert_eq!(sparsity.of(&theta), [1, 3]);
    }

    #[test]
    fn a_network_of_nothing_needs_no_neuron() {
        let model = Mlp::new(4, 3, Relu).unwrap();
        let theta = Params::<f32>::zeros(model.layout());
        let x = Signs::cube(4).unwrap();
        let mut sparsity = EffectiveSparsity::stable(&model, Relu, x.clone()).unwrap();
        assert_eq!(sparsity.of(&theta), [0, 0]);
        let mut one = Params::<f32>::zeros(model.layout());
        let bias = model.layout().get::<Ix1>("hidden.bias").unwrap();
        let output = model.layout().get::<Ix1>("output.weight").unwrap();
        one.view_mut(&bias).assign(&array![0.0, 0.0, 1.0]);
        one.view_mut(&output).fill(1.0);
        // Norms are equal, so that the last neuron comes last.
        assert_eq!(sparsity.of(&one), [3, 3]);
        let other = Signs::cube(5).unwrap();
        assert!(EffectiveSparsity::<f32, _>::first(&model, Relu, other).is_err());
        assert!(Faithfulness::<f32, _>::new(&model, Relu, x, &[3]).is_err());
    }
}
