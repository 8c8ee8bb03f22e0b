use super::Measure;
use crate::dense::diagonalise;
use crate::error::Result;
use crate::model::{Architecture, Model};
use crate::params::{Block, Params};
use crate::real::Real;
use crate::train::Snapshot;
use ndarray::{Ix2, IxDyn};

/// The entropy of the absolute values of a block, as shares of their sum.
///
/// ```math
/// -\sum_i p_i \ln p_i , \qquad p_i = |w_i| / \sum_j |w_j|
/// ```
///
/// It is ln s for s entries of one magnitude among zeros, and NaN for a block of zeros. It needs neither data nor the
/// support. Entropies of weights along grokking: Golechha, *Progress Measures for Grokking on Real-world Tasks*,
/// 2024, arXiv 2405.12755.
///
/// ```
/// use sparse_parity::measure::WeightEntropy;
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(8, 1)?.without_bias();
/// let mut theta = Params::<f64>::zeros(model.layout());
/// theta.as_mut_slice()[..4].fill(-3.0);
/// let entropy = WeightEntropy::new(&model, "factor.weight")?;
/// assert!((entropy.of(&theta) - 4_f64.ln()).abs() < 1e-15);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WeightEntropy {
    block: Block<IxDyn>,
}

impl WeightEntropy {
    /// That of the block `name`.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) if there is none.
    pub fn new(model: &impl Architecture, name: &str) -> Result<Self> {
        let block = model.layout().get(name)?;
        Ok(WeightEntropy { block })
    }

    /// The entropy at the given parameters, in nats.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of<F: Real>(&self, theta: &Params<F>) -> f64 {
        let weights = theta.slice(&self.block).iter();
        entropy(weights.map(|w| w.as_f64().abs()))
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for WeightEntropy {
    fn name(&self) -> &str {
        "weight entropy"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }

    fn identity(&self) -> String {
        format!("{self:?}")
    }
}

/// The effective rank of a matrix of weights: e to the entropy of its singular values, as shares of their sum.
///
/// It is s for s equal singular values among zeros, and NaN for a matrix of zeros. Singular values are roots of the
/// eigenvalues of the smaller Gram matrix, so that those below 10⁻⁸ of the largest are not told from 0. It needs
/// neither data nor the support. (Roy and Vetterli, *The effective rank*, EUSIPCO 2007; along training: Yunis, Patel,
/// Wheeler, Savarese, Vardi, Livescu, Maire and Walter, *Approaching Deep Learning through the Spectral Dynamics of
/// Weights*, 2024, arXiv 2408.11804.)
///
/// ```
/// use sparse_parity::measure::EffectiveRank;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(20, 50, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let rank = EffectiveRank::new(&model, "hidden.weight")?.of(&theta);
/// assert!(rank > 15.0 && rank <= 20.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveRank {
    block: Block<Ix2>,
}

impl EffectiveRank {
    /// That of the matrix `name`.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) or [`Error::BlockAxes`](crate::Error::BlockAxes) if there
    /// is no such matrix.
    pub fn new(model: &impl Architecture, name: &str) -> Result<Self> {
        let block = model.layout().get(name)?;
        Ok(EffectiveRank { block })
    }

    /// The effective rank at the given parameters.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of<F: Real>(&self, theta: &Params<F>) -> f64 {
        let weight = theta.view(&self.block).mapv(|w| w.as_f64());
        let largest = weight.fold(0.0_f64, |most, w| most.max(w.abs()));
        // Divided by the largest entry, squares neither overflow nor vanish.
        let weight = weight / largest;
        let gram = if weight.ncols() <= weight.nrows() {
            weight.t().dot(&weight)
        } else {
            weight.dot(&weight.t())
        };
        if !gram.iter().all(|entry| entry.is_finite()) {
            return f64::NAN;
        }
        let n = gram.nrows();
        let mut gram: Vec<f64> = gram.iter().copied().collect();
        let mut eigen = ndarray::Array2::eye(n).into_raw_vec_and_offset().0;
        diagonalise(&mut gram, &mut eigen, n);
        let squares = (0..n).map(|i| gram[i * n + i].max(0.0));
        libm::exp(entropy(squares.map(f64::sqrt)))
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for EffectiveRank {
    fn name(&self) -> &str {
        "effective rank"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }

    fn identity(&self) -> String {
        format!("{self:?}")
    }
}

/// The entropy of non-negative numbers as shares of their sum, in nats.
fn entropy(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let sum: f64 = values.clone().sum();
    let shares = values.map(|value| value / sum);
    let terms = shares.map(|p| if p == 0.0 { 0.0 } else { -p * libm::log(p) });
    terms.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::error::Error;
    use crate::model::Mlp;
    use ndarray::{Array2, array};

    fn rank(w: &Array2<f64>) -> f64 {
        let model = Mlp::new(w.ncols(), w.nrows(), Relu).unwrap();
        let block = model.layout().get::<Ix2>("hidden.weight").unwrap();
        let mut theta = Params::zeros(model.layout());
        theta.view_mut(&block).assign(w);
        EffectiveRank::new(&model, "hidden.weight")
            .unwrap()
            .of(&theta)
    }

    #[test]
    fn ranks_are_those_of_known_singular_values() {
        // Singular values 3 and 1, of a matrix and its transpose, at any scale.
        let (c, s) = (0.6, 0.8);
        let rotated = array![[3.0 * c, -s], [3.0 * s, c], [0.0, 0.0]];
        let expected = (-(0.75_f64 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln())).exp();
        for scale in [1.0, 1e-150, 1e150] {
            let w = &rotated * scale;
            assert!((rank(&w) - expected).abs() < 1e-12);
            assert!((rank(&w.t().to_owned()) - expected).abs() < 1e-12);
        }
        assert!((rank(&Array2::eye(5)) - 5.0).abs() < 1e-12);
        let outer = Array2::from_shape_fn((4, 6), |(i, j)| (i as f64 - 1.5) * (1.0 + j as f64));
        assert!((rank(&outer) - 1.0).abs() < 1e-5, "{}", rank(&outer));
        assert!(rank(&Array2::zeros((3, 2))).is_nan());
        assert!(rank(&array![[f64::INFINITY, 1.0]]).is_nan());
    }

    #[test]
    fn entropies_are_their_formula_and_blocks_are_needed() {
        let model = Mlp::new(2, 2, Relu).unwrap();
        let mut theta = Params::<f64>::zeros(model.layout());
        let measure = WeightEntropy::new(&model, "hidden.weight").unwrap();
        assert!(measure.of(&theta).is_nan());
        let block = model.layout().get::<Ix2>("hidden.weight").unwrap();
        theta
            .view_mut(&block)
            .assign(&array![[-2.0, 1.0], [0.0, 1.0]]);
        assert!((measure.of(&theta) - 1.5 * 2_f64.ln()).abs() < 1e-15);
        let told = WeightEntropy::new(&model, "hiden.weight").unwrap_err();
        assert!(matches!(told, Error::UnknownBlock { .. }));
        let told = EffectiveRank::new(&model, "hidden.bias").unwrap_err();
        assert!(matches!(told, Error::BlockAxes { .. }));
    }
}
