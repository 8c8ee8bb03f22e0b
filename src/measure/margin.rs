use super::Measure;
use super::convergence::same_dim;
use super::validation::Evaluation;
use crate::data::Batch;
use crate::error::{Error, Result, above_zero, positive};
use crate::model::Model;
use crate::params::{Block, Params};
use crate::real::{Real, sum_of_squares};
use crate::train::Snapshot;
use ndarray::{Axis, IxDyn};
use std::fmt;

/// The normalised margin of a homogeneous network: the least y f(x) over the examples, divided by Σⱼ ‖ωⱼ‖₂ᵖ.
///
/// ωⱼ is all that belongs to neuron j, rows of several blocks, and p the degree of homogeneity: k + 1 for Σⱼ aⱼ (wⱼ·x)ᵏ. It does not
/// depend on the scale of θ then, and is at most [`theory::margin::parity`](crate::theory::margin::parity) on all inputs of a
/// parity of degree k. It is negative while an example is wrong, and NaN at θ = 0. It needs the labels, but not the support.
///
/// ```
/// use sparse_parity::measure::NormalisedMargin;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(6, 20, Power::new(2)?)?.without_hidden_bias();
/// let mut cube = Batch::<f32>::new(64, 6)?;
/// Population::new(Parity::new(6, &[0, 1])?)?.fill(&mut cube);
/// let mut margin = NormalisedMargin::on(&model, &["hidden.weight", "output.weight"], 3.0, cube)?;
/// let mut theta = Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let before = margin.of(&model, &theta);
/// theta.scale(3.0);
/// assert!((margin.of(&model, &theta) / before - 1.0).abs() < 1e-5);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct NormalisedMargin<F: Real, M: Model<F>> {
    blocks: Vec<Block<IxDyn>>,
    names: Vec<String>,
    power: f64,
    examples: Batch<F>,
    evaluation: Evaluation<F, M::Cache>,
}

impl<F: Real, M: Model<F>> NormalisedMargin<F, M> {
    /// That of `model` on the examples, with the neurons whose parameters are the rows of these blocks.
    ///
    /// # Errors
    /// [`Error::Zero`] without blocks, [`Error::UnknownBlock`] for one that does not exist, [`Error::Mismatch`] if the blocks
    /// have different numbers of rows or the examples another dimension; [`Error::NotPositive`] unless the power is finite and
    /// positive; [`Error::Label`] for labels other than ±1.
    pub fn on(model: &M, blocks: &[&str], power: f64, examples: Batch<F>) -> Result<Self> {
        positive("the number of blocks of a neuron", blocks.len())?;
        let layout = model.layout();
        let found = blocks.iter().map(|name| layout.get::<IxDyn>(name));
        let found: Vec<Block<IxDyn>> = found.collect::<Result<_>>()?;
        let expected = found[0].shape()[0];
        if let Some(other) = found.iter().find(|block| block.shape()[0] != expected) {
            return Err(Error::Mismatch {
                what: "the number of rows of a block of the neurons",
                expected,
                found: other.shape()[0],
                repair: "name blocks with one row a neuron",
            });
        }
        same_dim(model.dim(), examples.x.dim())?;
        examples.check_signs("")?;
        Ok(NormalisedMargin {
            blocks: found,
            names: blocks.iter().map(|name| (*name).into()).collect(),
            power: above_zero("the degree of homogeneity", power)?,
            examples,
            evaluation: Evaluation::new(model)?,
        })
    }

    /// The normalised margin of the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of(&mut self, model: &M, theta: &Params<F>) -> f64 {
        let mut least = f64::INFINITY;
        let (y, rows) = (&self.examples.y, 0..self.examples.len());
        let sizes = (usize::MAX, usize::MAX);
        let each = |row: usize, out: F| {
            let margin = (y[row] * out).as_f64();
            least = if margin.is_nan() {
                margin
            } else {
                least.min(margin)
            };
            !least.is_nan()
        };
        (self.evaluation).outputs(model, theta, &self.examples, sizes, rows, each);
        let mut squares = vec![0.0; self.blocks[0].shape()[0]];
        for block in &self.blocks {
            let view = theta.view(block);
            for (square, row) in squares.iter_mut().zip(view.axis_iter(Axis(0))) {
                *square += sum_of_squares(row);
            }
        }
        let norm = squares
            .iter()
            .map(|square| libm::pow(*square, self.power / 2.0));
        least / norm.sum::<f64>()
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for NormalisedMargin<F, M> {
    fn name(&self) -> &str {
        "normalised margin"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let (names, power) = (self.names.join(", "), self.power);
        let examples = self.examples.identity();
        format!("margin normalised by {names}, power {power:?}, on {examples}")
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for NormalisedMargin<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NormalisedMargin")
            .field("blocks", &self.names)
            .field("power", &self.power)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Power;
    use crate::data::{BatchStream, Parity, Population};
    use crate::model::{Architecture, Mlp};
    use crate::theory::margin;
    use ndarray::{Ix1, Ix2};

    const NEURONS: [&str; 2] = ["hidden.weight", "output.weight"];

    fn cube(support: &[usize]) -> Batch<f64> {
        let mut cube = Batch::new(64, 6).unwrap();
        let mut all = Population::new(Parity::new(6, support).unwrap()).unwrap();
        all.fill(&mut cube);
        cube
    }

    #[test]
    fn the_construction_has_the_largest_margin_at_any_scale() {
        for support in [&[1, 3][..], &[0, 2, 5], &[0, 1, 3, 5]] {
            let k = support.len();
            let (w, a) = margin::construction(6, support).unwrap();
            let activation = Power::new(k).unwrap();
            let model = Mlp::new(6, a.len(), activation)
                .unwrap()
                .without_hidden_bias();
            let layout = model.layout();
            let mut theta = Params::<f64>::zeros(layout);
            theta
                .view_mut(&layout.get::<Ix2>("hidden.weight").unwrap())
                .assign(&w);
            theta
                .view_mut(&layout.get::<Ix1>("output.weight").unwrap())
                .assign(&a);
            let power = (k + 1) as f64;
            let mut measure = NormalisedMargin::on(&model, &NEURONS, power, cube(support)).unwrap();
            for scale in [1.0, 7.0, 0.01] {
                theta.scale(scale);
                let found = measure.of(&model, &theta);
                assert!(
                    (found - margin::parity(k).unwrap()).abs() < 1e-12,
                    "{found}"
                );
            }
            assert!(measure.of(&model, &Params::zeros(layout)).is_nan());
        }
    }

    #[test]
    fn blocks_and_labels_that_are_none_are_refused() {
        let model = Mlp::new(6, 4, Power::new(2).unwrap())
            .unwrap()
            .with_output_bias();
        let told = |blocks: &[&str], power| {
            NormalisedMargin::on(&model, blocks, power, cube(&[0, 1])).unwrap_err()
        };
        assert!(matches!(told(&[], 3.0), Error::Zero { .. }));
        assert!(matches!(told(&["hiden"], 3.0), Error::UnknownBlock { .. }));
        let uneven = ["hidden.weight", "output.bias"];
        assert!(matches!(told(&uneven, 3.0), Error::Mismatch { .. }));
        assert!(matches!(told(&NEURONS, 0.0), Error::NotPositive { .. }));
        let mut zero = cube(&[0, 1]);
        zero.y[5] = 0.0;
        let told = NormalisedMargin::on(&model, &NEURONS, 3.0, zero);
        assert!(matches!(told, Err(Error::Label { row: 5, .. })));
    }
}
