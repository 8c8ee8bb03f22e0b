use super::Measure;
use super::convergence::same_dim;
use super::norms::columns_are_inputs;
use super::spectrum::evaluator;
use crate::error::{Result, positive};
use crate::model::{Architecture, Model};
use crate::params::{Block, Params};
use crate::real::Real;
use crate::signs::Signs;
use crate::train::Snapshot;
use ndarray::{Array2, Ix2};
use std::fmt;

/// The average outer product of gradients in the inputs, of shape `[n, n]`.
///
/// ```math
/// G_{ij} = \mathbb{E}_x [ D_i f(x) \, D_j f(x) ] , \qquad D_i f(x) = x_i \frac{f(x) - f(x^{\oplus i})}{2}
/// ```
///
/// The mean is over the rows of `x`. Inputs are signs, so that the derivatives are those of Boolean analysis, which
/// are the slopes of the multilinear extension of f: D_i χ_S = χ_{S∖i} for i ∈ S, and 0 otherwise. It costs n + 1
/// evaluations of the batch.
///
/// ```
/// use sparse_parity::measure::agop;
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(3, 2)?.without_bias();
/// let mut theta = Params::<f64>::zeros(model.layout());
/// let weight = model.layout().get::<ndarray::Ix2>("factor.weight")?;
/// theta.view_mut(&weight)[[0, 0]] = 1.0;
/// theta.view_mut(&weight)[[1, 2]] = 1.0; // f = x₀x₂
/// let g = agop(&model, &theta, &Signs::cube(3)?);
/// assert_eq!(g, ndarray::array![[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Panics
/// If the dimensions differ.
pub fn agop<F: Real, M: Model<F>>(model: &M, theta: &Params<F>, x: &Signs) -> Array2<f64> {
    let (n, rows) = (model.dim(), x.rows());
    let mut evaluate = evaluator(model, theta);
    let mut before = vec![F::zero(); rows];
    let mut after = before.clone();
    evaluate(x, &mut before);
    let mut x = x.clone();
    let mut derivatives = Array2::zeros((n, rows));
    for (i, mut row) in derivatives.rows_mut().into_iter().enumerate() {
        x.flip_column(i);
        evaluate(&x, &mut after);
        x.flip_column(i);
        for (place, derivative) in row.iter_mut().enumerate() {
            let half = (before[place].as_f64() - after[place].as_f64()) / 2.0;
            *derivative = if x.is_negative(place, i) { -half } else { half };
        }
    }
    derivatives.dot(&derivatives.t()) / rows as f64
}

/// The cosine between the [average outer product of gradients](agop) of f and WᵀW, of a matrix of weights that reads
/// the inputs.
///
/// It is 1 where the first layer reads the inputs just as much as the output depends on them, and NaN where one of
/// them is 0. The matrices are positive semidefinite, so that it is not negative, and it is not small at random
/// weights: both are then near multiples of the unit matrix. It needs inputs, but neither labels nor the support.
///
/// The features of trained networks are compared with this matrix by Radhakrishnan, Beaglehole, Pandit and Belkin,
/// *Mechanism for feature learning in neural networks and backpropagation-free machine learning models*, Science
/// 2024.
///
/// ```
/// use sparse_parity::measure::AgopAlignment;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(8, 20, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let alignment = AgopAlignment::new(&model, "hidden.weight", Signs::cube(8)?)?;
/// let cosine = alignment.of(&model, &theta);
/// assert!(cosine > 0.0 && cosine < 1.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct AgopAlignment {
    block: Block<Ix2>,
    x: Signs,
}

impl AgopAlignment {
    /// The alignment with the matrix `name`, on these inputs.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) or [`Error::BlockAxes`](crate::Error::BlockAxes) if there
    /// is no such matrix, [`Error::Mismatch`](crate::Error::Mismatch) if its columns or those of `x` are not the
    /// inputs, [`Error::Zero`](crate::Error::Zero) without rows.
    pub fn new(model: &impl Architecture, name: &str, x: Signs) -> Result<Self> {
        let block = columns_are_inputs(model, name)?;
        same_dim(model.dim(), x.dim())?;
        positive("the number of inputs", x.rows())?;
        Ok(AgopAlignment { block, x })
    }

    /// The cosine at the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of<F: Real, M: Model<F>>(&self, model: &M, theta: &Params<F>) -> f64 {
        let gradients = agop(model, theta, &self.x);
        let weight = theta.view(&self.block).mapv(|w| w.as_f64());
        let features = weight.t().dot(&weight);
        let dot = |a: &Array2<f64>, b: &Array2<f64>| (a * b).sum();
        let norms = [&gradients, &features].map(|matrix| dot(matrix, matrix).sqrt());
        dot(&gradients, &features) / (norms[0] * norms[1])
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for AgopAlignment {
    fn name(&self) -> &str {
        "agop alignment"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let (rows, hash) = (self.x.rows(), self.x.digest());
        format!(
            "agop alignment with {:?}, {rows} inputs with the hash {hash:016x}",
            self.block
        )
    }
}

impl fmt::Debug for AgopAlignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgopAlignment")
            .field("block", &self.block)
            .field("inputs", &self.x.rows())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::measure::spectrum;
    use crate::model::Mlp;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::Ix1;

    #[test]
    fn it_is_the_sum_over_the_spectrum() {
        // G_ij = Σ f̂(T) f̂(U) over T∖i = U∖j with i ∈ T and j ∈ U.
        let model = Mlp::new(5, 12, Relu).unwrap();
        let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
        let spectrum = spectrum(&model, &theta).unwrap();
        let coefficient = |set: usize| {
            let set: Vec<usize> = (0..5).filter(|i| set >> i & 1 == 1).collect();
            spectrum.coefficient(&set).unwrap()
        };
        let g = agop(&model, &theta, &Signs::cube(5).unwrap());
        for i in 0..5 {
            for j in 0..5 {
                let rest = (0..32_usize).filter(|set| set >> i & 1 == 0 && set >> j & 1 == 0);
                let expected: f64 = rest
                    .map(|set| coefficient(set | 1 << i) * coefficient(set | 1 << j))
                    .sum();
                assert!((g[[i, j]] - expected).abs() < 1e-14, "{i} {j}");
            }
        }
    }

    #[test]
    fn a_neuron_that_is_always_active_is_aligned() {
        let model = Mlp::new(4, 1, Relu).unwrap();
        let layout = model.layout();
        let mut theta = Params::<f64>::draw(layout, &mut Seeds::from(1).stream(Purpose::Init));
        for (name, value) in [("hidden.bias", 100.0), ("output.weight", -2.0)] {
            theta
                .view_mut(&layout.get::<Ix1>(name).unwrap())
                .fill(value);
        }
        let cube = Signs::cube(4).unwrap();
        let alignment = AgopAlignment::new(&model, "hidden.weight", cube.clone()).unwrap();
        assert!((alignment.of(&model, &theta) - 1.0).abs() < 1e-12);
        assert!(alignment.of(&model, &Params::<f64>::zeros(layout)).is_nan());
        assert!(AgopAlignment::new(&model, "hidden.weight", Signs::cube(3).unwrap()).is_err());
        assert!(AgopAlignment::new(&model, "output.weight", cube).is_err());
    }
}
