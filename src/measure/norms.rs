use super::Measure;
use crate::data::Parity;
use crate::error::Result;
use crate::model::{Architecture, Model};
use crate::params::{Block, Params};
use crate::real::{Real, sum_of_squares};
use crate::train::Snapshot;
use ndarray::Ix2;

/// The Euclidean norm of all parameters, ‖θ‖₂.
///
/// It needs neither data nor the support.
///
/// ```
/// use sparse_parity::measure::ParamNorm;
/// use sparse_parity::prelude::*;
///
/// let recorder = Recorder::<f32, Mlp<Relu>>::new(Interval::every(10)?).with(ParamNorm);
/// assert_eq!(recorder.table().columns(), ["step", "norm"]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamNorm;

impl ParamNorm {
    /// ‖θ‖₂ of the given parameters.
    pub fn of<F: Real>(&self, theta: &Params<F>) -> f64 {
        sum_of_squares(theta.as_slice()).sqrt()
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for ParamNorm {
    fn name(&self) -> &str {
        "norm"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }
}

/// The share of ‖W‖² that lies in the columns of the support; it uses S.
///
/// At random weights it is about k/n, and 1 for a network that reads the support alone. A W of zeros has none: NaN.
///
/// ```
/// use sparse_parity::measure::SupportShare;
/// use sparse_parity::prelude::*;
///
/// let (model, parity) = (Mlp::new(50, 100, Relu)?, Parity::new(50, &[1, 2, 3])?);
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let share = SupportShare::new(&model, "hidden.weight", &parity)?;
/// assert!((share.of(&theta) - 0.06).abs() < 0.02);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SupportShare {
    block: Block<Ix2>,
    support: Vec<usize>,
}

impl SupportShare {
    /// The share within the matrix `block`, whose columns are coordinates.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) or [`Error::BlockAxes`](crate::Error::BlockAxes) if there is no
    /// such matrix, [`Error::Mismatch`](crate::Error::Mismatch) if parity and model differ in n, or the matrix has other
    /// columns.
    pub fn new(model: &impl Architecture, block: &str, parity: &Parity) -> Result<Self> {
        let block = columns_are_inputs(model, block)?;
        super::convergence::same_dim(model.dim(), parity.n())?;
        let support = parity.support().to_vec();
        Ok(SupportShare { block, support })
    }

    /// The share at the given parameters.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of<F: Real>(&self, theta: &Params<F>) -> f64 {
        let weight = theta.view(&self.block);
        let columns = self
            .support
            .iter()
            .map(|&i| sum_of_squares(weight.column(i)));
        columns.sum::<f64>() / sum_of_squares(weight)
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for SupportShare {
    fn name(&self) -> &str {
        "support share"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }

    fn identity(&self) -> String {
        format!("{self:?}")
    }
}

/// The mean participation of the rows of a matrix: how many coordinates a neuron reads, without a threshold.
///
/// ```math
/// \frac1r \sum_{j=1}^r \frac{\bigl( \sum_i w_{ji}^2 \bigr)^2}{\sum_i w_{ji}^4}
/// ```
///
/// It is s for a row of s entries of one magnitude and zeros. Rows of zeros count as 0. It needs neither data nor the support.
/// (The inverse participation ratio of Bell and Dean, *Atomic vibrations in vitreous silica*, 1970.)
///
/// ```
/// use sparse_parity::measure::Participation;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?.with_init(Init::Sparse { s: 2 })?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// assert_eq!(Participation::new(&model, "hidden.weight")?.of(&theta), 2.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Participation {
    block: Block<Ix2>,
}

impl Participation {
    /// That of the rows of the matrix `block`.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) or [`Error::BlockAxes`](crate::Error::BlockAxes) if there is no
    /// such matrix, [`Error::Mismatch`](crate::Error::Mismatch) if its columns are not the inputs.
    pub fn new(model: &impl Architecture, block: &str) -> Result<Self> {
        let block = columns_are_inputs(model, block)?;
        Ok(Participation { block })
    }

    /// The mean participation at the given parameters.
    ///
    /// # Panics
    /// If the parameters have other blocks.
    pub fn of<F: Real>(&self, theta: &Params<F>) -> f64 {
        let weight = theta.view(&self.block);
        let of_row = |row: ndarray::ArrayView1<'_, F>| {
            let largest = row
                .iter()
                .fold(0.0_f64, |most, w| most.max(w.as_f64().abs()));
            if largest == 0.0 {
                return 0.0;
            }
            // Divided by the largest, fourth powers neither overflow nor vanish.
            let (mut second, mut fourth) = (0.0, 0.0);
            for w in row {
                let w = w.as_f64() / largest;
                second += w * w;
                fourth += w * w * w * w;
            }
            second * second / fourth
        };
        let rows = weight.rows().into_iter();
        rows.map(of_row).sum::<f64>() / weight.nrows() as f64
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for Participation {
    fn name(&self) -> &str {
        "participation"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.theta)
    }

    fn identity(&self) -> String {
        format!("{self:?}")
    }
}

/// The matrix, if it has a column for every coordinate.
pub(super) fn columns_are_inputs(model: &impl Architecture, name: &str) -> Result<Block<Ix2>> {
    let block: Block<Ix2> = model.layout().get(name)?;
    let (expected, found) = (model.dim(), block.shape()[1]);
    if expected != found {
        return Err(crate::Error::Mismatch {
            what: "the number of columns of the matrix",
            expected,
            found,
            repair: "name a matrix that reads the inputs",
        });
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::error::Error;
    use crate::model::{DeepMlp, Mlp};
    use ndarray::array;

    fn weights(w: ndarray::Array2<f64>) -> (Mlp<Relu>, Params<f64>) {
        let model = Mlp::new(w.ncols(), w.nrows(), Relu).unwrap();
        let block = model.layout().get::<Ix2>("hidden.weight").unwrap();
        let mut theta = Params::zeros(model.layout());
        theta.view_mut(&block).assign(&w);
        (model, theta)
    }

    #[test]
    fn norms_and_shares_are_their_formulas() {
        let (model, theta) = weights(array![[3.0, 0.0, -4.0], [0.0, 5.0, 0.0]]);
        assert!((ParamNorm.of(&theta) - 50.0_f64.sqrt()).abs() < 1e-14);
        let parity = Parity::new(3, &[0, 1]).unwrap();
        let share = SupportShare::new(&model, "hidden.weight", &parity).unwrap();
        assert!((share.of(&theta) - 34.0 / 50.0).abs() < 1e-15);
        let participation = Participation::new(&model, "hidden.weight").unwrap();
        let first = 25.0 * 25.0 / (81.0 + 256.0);
        assert!((participation.of(&theta) - (first + 1.0) / 2.0).abs() < 1e-14);
        let (_, tiny) = weights(array![[1e-200, 1e-200, 0.0], [0.0, 0.0, 0.0]]);
        assert_eq!(participation.of(&tiny), 1.0);
        let (_, zeros) = weights(ndarray::Array2::zeros((2, 3)));
        assert!(share.of(&zeros).is_nan());
    }

    #[test]
    fn matrices_of_other_layers_are_refused() {
        let deep = DeepMlp::new(5, &[4, 3], Relu).unwrap();
        let names: Vec<String> = deep.layout().names().map(Into::into).collect();
        let second = names.iter().filter(|name| name.ends_with("weight")).nth(1);
        let told = Participation::new(&deep, second.unwrap()).unwrap_err();
        assert!(
            matches!(
                told,
                Error::Mismatch {
                    expected: 5,
                    found: 4,
                    ..
                }
            ),
            "{told}"
        );
        assert!(Participation::new(&deep, "none").is_err());
        let parity = Parity::new(6, &[0]).unwrap();
        assert!(SupportShare::new(&deep, &names[0], &parity).is_err());
    }
}
