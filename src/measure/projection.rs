use super::Measure;
use super::convergence::same_dim;
use super::spectrum::evaluator;
use crate::data::{Batch, Parity};
use crate::error::{Result, at_most, positive};
use crate::loss::Loss;
use crate::model::{Architecture, Model};
use crate::params::Params;
use crate::real::Real;
use crate::signs::Signs;
use crate::train::Snapshot;
use std::fmt;

/// The largest k of a projection, which evaluates 2ᵏ inputs for each row of the background.
const MOST: usize = 12;

/// The loss of the part of f that depends on the support alone; it uses S.
///
/// That part is the projection of f onto the characters χ_T with T ⊆ S,
///
/// ```math
/// f_S(x) = \sum_{T \subseteq S} \hat f(T) \chi_T(x) = \mathbb{E}_z [ f(z) \mid z_S = x_S ] ,
/// ```
///
/// and the measure is the mean of ℓ(χ_S(x), f_S(x)) over uniform x, a mean over the 2ᵏ patterns of x_S. The other
/// coordinates of z are those of the rows of a background: with the whole cube the projection is exact, with uniform
/// rows it is an estimate. It falls while a network that still errs builds what will generalise.
///
/// It is the restricted loss of Nanda, Chan, Lieberum, Smith and Steinhardt, *Progress measures for grokking via
/// mechanistic interpretability*, ICLR 2023, arXiv 2301.05217, for characters of the cube in place of those of the
/// cyclic group.
///
/// ```
/// use sparse_parity::measure::RestrictedLoss;
/// use sparse_parity::prelude::*;
///
/// let (model, parity) = (PolyNet::new(6, 2)?.without_bias(), Parity::new(6, &[1, 3])?);
/// let mut theta = Params::<f64>::zeros(model.layout());
/// let weight = model.layout().get::<ndarray::Ix2>("factor.weight")?;
/// theta.view_mut(&weight)[[0, 1]] = 1.0;
/// theta.view_mut(&weight)[[1, 3]] = 1.0;
/// theta.view_mut(&weight)[[1, 5]] = 7.0; // f = x₁x₃ + 7 x₁x₅
/// let restricted = RestrictedLoss::new(&model, Hinge, &parity, Signs::cube(6)?)?;
/// assert_eq!(restricted.of(&model, &theta), 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct RestrictedLoss<L> {
    loss: L,
    projection: Projection,
}

impl<L> RestrictedLoss<L> {
    /// That of a model on a parity, with the other coordinates from the rows of `background`.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if parity or background have another n than the model,
    /// [`Error::Zero`](crate::Error::Zero) without rows, [`Error::TooLarge`](crate::Error::TooLarge) for more than 12
    /// relevant coordinates.
    pub fn new(
        model: &impl Architecture,
        loss: L,
        parity: &Parity,
        background: Signs,
    ) -> Result<Self> {
        let projection = Projection::new(model, parity, background)?;
        Ok(RestrictedLoss { loss, projection })
    }

    /// The loss at the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of<F: Real, M: Model<F>>(&self, model: &M, theta: &Params<F>) -> f64
    where
        L: Loss<F>,
    {
        let values = self.projection.values(model, theta);
        let losses = values.iter().enumerate().map(|(pattern, &value)| {
            let y = if pattern.count_ones() % 2 == 1 {
                -F::one()
            } else {
                F::one()
            };
            self.loss.value(y, F::of(value)).as_f64()
        });
        losses.sum::<f64>() / values.len() as f64
    }
}

impl<F: Real, M: Model<F>, L: Loss<F>> Measure<F, M> for RestrictedLoss<L> {
    fn name(&self) -> &str {
        "restricted loss"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let (loss, projection) = (self.loss.identity(), self.projection.identity());
        format!("restricted {loss}, {projection}")
    }
}

impl<L: fmt::Debug> fmt::Debug for RestrictedLoss<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestrictedLoss")
            .field("loss", &self.loss)
            .field("support", &self.projection.support)
            .finish_non_exhaustive()
    }
}

/// The mean loss of f without the part that depends on the support alone, f − f_S, on given examples; it uses S.
///
/// f_S is that of [`RestrictedLoss`]. On the training sample the measure is small as long as a network knows its
/// examples by heart, and rises when it replaces what it memorised by what generalises: the excluded loss of Nanda
/// and others.
///
/// ```
/// use sparse_parity::measure::ExcludedLoss;
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let law = ParityDistribution::new(10, &[1, 3])?;
/// let sample = Batch::<f32>::draw(&law, 64, &mut (&seeds).into())?;
/// let model = Mlp::new(10, 20, Relu)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let excluded = ExcludedLoss::new(&model, Hinge, law.parity(), Signs::cube(10)?, sample)?;
/// assert!((excluded.of(&model, &theta) - 1.0).abs() < 0.1);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct ExcludedLoss<F: Real, L> {
    loss: L,
    projection: Projection,
    examples: Batch<F>,
    /// The pattern of the support in each example.
    patterns: Vec<usize>,
}

impl<F: Real, L: Loss<F>> ExcludedLoss<F, L> {
    /// That of a model on these examples, with the other coordinates from the rows of `background`.
    ///
    /// # Errors
    /// Those of [`RestrictedLoss::new`]; [`Error::Mismatch`](crate::Error::Mismatch) if the examples have another n,
    /// or lack labels, [`Error::Label`](crate::Error::Label) if the labels are bits,
    /// [`Error::Zero`](crate::Error::Zero) without examples.
    pub fn new(
        model: &impl Architecture,
        loss: L,
        parity: &Parity,
        background: Signs,
        examples: Batch<F>,
    ) -> Result<Self> {
        let projection = Projection::new(model, parity, background)?;
        same_dim(model.dim(), examples.x.dim())?;
        positive("the number of examples", examples.len())?;
        examples.check_no_bits()?;
        let pattern = |row: usize| {
            let bits = projection.support.iter().enumerate();
            bits.map(|(place, &i)| usize::from(examples.x.is_negative(row, i)) << place)
                .sum()
        };
        Ok(ExcludedLoss {
            patterns: (0..examples.len()).map(pattern).collect(),
            loss,
            projection,
            examples,
        })
    }

    /// The loss at the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of<M: Model<F>>(&self, model: &M, theta: &Params<F>) -> f64 {
        let values = self.projection.values(model, theta);
        let mut out = vec![F::zero(); self.examples.len()];
        evaluator(model, theta)(&self.examples.x, &mut out);
        for (out, pattern) in out.iter_mut().zip(&self.patterns) {
            *out -= F::of(values[*pattern]);
        }
        let examples = self.examples.y.iter().zip(&out);
        let losses = examples.map(|(&y, &out)| self.loss.value(y, out).as_f64());
        losses.sum::<f64>() / self.examples.len() as f64
    }
}

impl<F: Real, M: Model<F>, L: Loss<F>> Measure<F, M> for ExcludedLoss<F, L> {
    fn name(&self) -> &str {
        "excluded loss"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let (loss, projection) = (self.loss.identity(), self.projection.identity());
        let examples = self.examples.identity();
        format!("excluded {loss} on {examples}, {projection}")
    }
}

impl<F: Real, L: fmt::Debug> fmt::Debug for ExcludedLoss<F, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExcludedLoss")
            .field("loss", &self.loss)
            .field("support", &self.projection.support)
            .field("examples", &self.examples.len())
            .finish_non_exhaustive()
    }
}

/// The projection onto functions of the support.
struct Projection {
    support: Vec<usize>,
    /// Rows of the other coordinates, with +1 on the support.
    background: Signs,
}

impl Projection {
    fn new(model: &impl Architecture, parity: &Parity, mut background: Signs) -> Result<Self> {
        same_dim(model.dim(), parity.n())?;
        same_dim(model.dim(), background.dim())?;
        positive("the number of rows of the background", background.rows())?;
        let support = parity.support().to_vec();
        at_most(
            "the number of relevant coordinates of a projection",
            support.len(),
            MOST,
        )?;
        for &i in &support {
            for row in 0..background.rows() {
                if background.is_negative(row, i) {
                    background.flip(row, i);
                }
            }
        }
        Ok(Projection {
            support,
            background,
        })
    }

    /// f_S at every pattern of the support, in which bit j stands for −1 at its j-th coordinate.
    fn values<F: Real, M: Model<F>>(&self, model: &M, theta: &Params<F>) -> Vec<f64> {
        let mut x = self.background.clone();
        let mut evaluate = evaluator(model, theta);
        let mut out = vec![F::zero(); x.rows()];
        let mut values = vec![0.0; 1 << self.support.len()];
        let mut pattern = 0_usize;
        // In the order of a Gray code, one coordinate changes at a time.
        for count in 1..=values.len() {
            evaluate(&x, &mut out);
            values[pattern] = out.iter().map(|f| f.as_f64()).sum::<f64>() / x.rows() as f64;
            if let Some(&i) = self.support.get(count.trailing_zeros() as usize) {
                x.flip_column(i);
                pattern ^= 1 << count.trailing_zeros();
            }
        }
        values
    }

    fn identity(&self) -> String {
        let (rows, hash) = (self.background.rows(), self.background.digest());
        format!(
            "support {:?}, {rows} rows of background with the hash {hash:016x}",
            self.support
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::data::{ParityDistribution, Target};
    use crate::error::Error;
    use crate::loss::{Hinge, Square};
    use crate::measure::spectrum;
    use crate::model::Mlp;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::Array1;

    fn setting() -> (Mlp<Relu>, Params<f64>, Parity) {
        let model = Mlp::new(7, 20, Relu).unwrap().with_output_bias();
        let mut theta = Params::draw(model.layout(), &mut Seeds::from(3).stream(Purpose::Init));
        theta.scale(4.0);
        (model, theta, Parity::new(7, &[0, 2, 5]).unwrap())
    }

    /// f_S at the rows of the cube from the coefficients at the subsets of the support.
    fn restricted(model: &Mlp<Relu>, theta: &Params<f64>, x: &Signs) -> Vec<f64> {
        let spectrum = spectrum(model, theta).unwrap();
        let support = [0, 2, 5];
        let value = |row: usize| {
            let mut sum = 0.0;
            for subset in 0..8_usize {
                let set: Vec<usize> = (0..3).filter(|j| subset >> j & 1 == 1).collect();
                let set: Vec<usize> = set.into_iter().map(|j| support[j]).collect();
                let negative = set.iter().filter(|&&i| x.is_negative(row, i)).count();
                let sign = if negative % 2 == 1 { -1.0 } else { 1.0 };
                sum += sign * spectrum.coefficient(&set).unwrap();
            }
            sum
        };
        (0..x.rows()).map(value).collect()
    }

    #[test]
    fn on_the_cube_both_losses_are_those_of_the_spectrum() {
        let (model, theta, parity) = setting();
        let cube = Signs::cube(7).unwrap();
        let part = restricted(&model, &theta, &cube);
        let y = Array1::from_shape_fn(cube.rows(), |row| parity.value(&cube, row));
        let out = model.predict(&theta, &cube);
        let (mut inside, mut outside) = (0.0, 0.0);
        for row in 0..128 {
            inside += Square.value(y[row], part[row]) / 128.0;
            outside += Square.value(y[row], out[row] - part[row]) / 128.0;
        }
        let measure = RestrictedLoss::new(&model, Square, &parity, cube.clone()).unwrap();
        assert!((measure.of(&model, &theta) - inside).abs() < 1e-12);
        let examples = Batch { x: cube.clone(), y };
        let measure = ExcludedLoss::new(&model, Square, &parity, cube, examples).unwrap();
        assert!((measure.of(&model, &theta) - outside).abs() < 1e-12);
    }

    #[test]
    fn a_background_needs_no_relevant_coordinates() {
        let (model, theta, parity) = setting();
        let mut rows = Signs::ones(16, 7).unwrap();
        rows.fill_with(|row, i| match [1, 3, 4, 6].iter().position(|&j| i == j) {
            Some(place) => row >> place & 1 == 1,
            None => (row + i) % 3 == 0,
        });
        let few = RestrictedLoss::new(&model, Hinge, &parity, rows).unwrap();
        let all = RestrictedLoss::new(&model, Hinge, &parity, Signs::cube(7).unwrap()).unwrap();
        assert!((few.of(&model, &theta) - all.of(&model, &theta)).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (model, _, parity) = setting();
        let cube = Signs::cube(7).unwrap();
        let other = Parity::new(8, &[1]).unwrap();
        let told = RestrictedLoss::new(&model, Hinge, &other, cube.clone()).unwrap_err();
        assert!(matches!(told, Error::Mismatch { .. }), "{told}");
        let told = RestrictedLoss::new(&model, Hinge, &parity, Signs::cube(6).unwrap());
        assert!(matches!(told.unwrap_err(), Error::Mismatch { .. }));
        let wide = Mlp::new(13, 2, Relu).unwrap();
        let large = Parity::new(13, &(0..13).collect::<Vec<_>>()).unwrap();
        let told = RestrictedLoss::new(&wide, Hinge, &large, Signs::ones(1, 13).unwrap());
        assert!(matches!(told.unwrap_err(), Error::TooLarge { .. }));
        let law = ParityDistribution::new(8, &[1]).unwrap();
        let sample = Batch::<f64>::draw(&law, 3, &mut (&Seeds::from(1)).into()).unwrap();
        let told = ExcludedLoss::new(&model, Hinge, &parity, cube, sample).unwrap_err();
        assert!(matches!(told, Error::Mismatch { .. }), "{told}");
    }
}
