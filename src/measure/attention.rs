use super::Measure;
use super::convergence::same_dim;
use crate::data::Target;
use crate::error::{Result, positive};
use crate::model::{Architecture, Model, Transformer};
use crate::params::Params;
use crate::real::Real;
use crate::signs::Signs;
use crate::train::Snapshot;
use ndarray::Array1;

/// The share of a [`Transformer`]'s attention on the relevant coordinates S:
///
/// ```math
/// \frac{1}{H} \sum_{h=1}^{H} \mathrm{mean}_x \sum_{i \in S} \mathrm{softmax}(s_h(x))_i
/// ```
///
/// over given inputs and all H heads. A head that attends to all positions alike has |S|/n, the [`control`](AttentionShare::control). It knows
/// the support.
///
/// ```
/// use sparse_parity::measure::AttentionShare;
/// use sparse_parity::prelude::*;
///
/// let model = Transformer::new(30, 64, 16)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let and = Conjunction::new(30, &[2, 7, 20])?;
/// let share = AttentionShare::new(&model, &and, Signs::ones(10, 30)?)?;
/// assert_eq!(share.control(), 0.1);
/// assert!((share.of(&theta) - 0.1).abs() < 0.05);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AttentionShare {
    model: Transformer,
    support: Vec<usize>,
    x: Signs,
}

impl AttentionShare {
    /// That of `model` on the support of `target`, over the inputs `x`.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if target or inputs have another dimension, [`Error::Zero`](crate::Error::Zero) without inputs.
    pub fn new(model: &Transformer, target: &impl Target, x: Signs) -> Result<Self> {
        same_dim(model.dim(), target.dim())?;
        same_dim(model.dim(), x.dim())?;
        positive("the number of inputs", x.rows())?;
        Ok(AttentionShare {
            model: model.clone(),
            support: target.support(),
            x,
        })
    }

    /// The mean share over all heads.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of<F: Real>(&self, theta: &Params<F>) -> f64 {
        let heads = self.by_head(theta);
        heads.sum() / heads.len() as f64
    }

    /// The share of each head, of shape `[heads]`.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn by_head<F: Real>(&self, theta: &Params<F>) -> Array1<f64> {
        let weights = self.model.attention(theta, &self.x);
        let rows = self.x.rows() as f64;
        Array1::from_shape_fn(self.model.heads(), |head| {
            let all = weights.outer_iter().flat_map(|row| {
                let row = row.index_axis_move(ndarray::Axis(0), head);
                self.support.iter().map(move |i| row[*i].as_f64())
            });
            all.sum::<f64>() / rows
        })
    }

    /// The share of a head that attends to all positions alike, |S|/n.
    pub fn control(&self) -> f64 {
        self.support.len() as f64 / self.model.dim() as f64
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for AttentionShare {
    fn name(&self) -> &str {
        "attention share"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }

    fn identity(&self) -> String {
        let (rows, support) = (self.x.rows(), &self.support);
        let model = Architecture::identity(&self.model);
        format!("attention on {support:?} over {rows} inputs, {model}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Conjunction;
    use crate::theory::attention::represent_symmetric;
    use ndarray::Ix2;

    #[test]
    fn the_share_of_a_construction_is_that_of_its_scores() {
        // Scores ln 2(n − s) on S: s · 2(n − s) of s · 2(n − s) + (n − s).
        let head = represent_symmetric(20, &[3, 8, 11], &[1, -1, -1, -1], 1.0).unwrap();
        let (model, mut theta) = Transformer::of_head::<f64>(&head).unwrap();
        let cube = |rows| Signs::ones(rows, 20).unwrap();
        let and = Conjunction::new(20, &[11, 3, 8]).unwrap();
        let mut share = AttentionShare::new(&model, &and, cube(4)).unwrap();
        assert!((share.of(&theta) - 6.0 / 7.0).abs() < 1e-14);
        assert_eq!(share.control(), 0.15);
        let key = model.layout().get::<Ix2>("attention.key").unwrap();
        theta.view_mut(&key).fill(0.0);
        let grad = Params::zeros(model.layout());
        let at = Snapshot::new(&model, &theta, 0.0, &grad).unwrap();
        assert!((share.measure(&at) - 0.15).abs() < 1e-14);
        assert_eq!(Measure::<f64, Transformer>::name(&share), "attention share");
    }

    #[test]
    fn the_share_of_many_heads_is_their_mean() {
        use crate::seeds::{Purpose, Seeds};
        let model = Transformer::new(9, 8, 4).unwrap();
        let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(3).stream(Purpose::Init));
        let and = Conjunction::new(9, &[1, 2]).unwrap();
        let x = Signs::cube(9).unwrap();
        let share = AttentionShare::new(&model, &and, x.clone()).unwrap();
        let heads = share.by_head(&theta);
        assert!((heads.mean().unwrap() - share.of(&theta)).abs() < 1e-15);
        let weights = model.attention(&theta, &x);
        let direct: f64 = (0..512)
            .map(|row| weights[[row, 2, 1]] + weights[[row, 2, 2]])
            .sum();
        assert!((heads[2] - direct / 512.0).abs() < 1e-14);
    }

    #[test]
    fn other_dimensions_are_refused() {
        let model = Transformer::new(9, 8, 4).unwrap();
        let and = |n| Conjunction::new(n, &[1, 2]).unwrap();
        assert!(AttentionShare::new(&model, &and(8), Signs::ones(2, 9).unwrap()).is_err());
        assert!(AttentionShare::new(&model, &and(9), Signs::ones(2, 8).unwrap()).is_err());
    }
}
