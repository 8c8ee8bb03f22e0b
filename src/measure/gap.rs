use super::{ErrorRate, Measure};
use crate::data::Batch;
use crate::error::Result;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::train::Snapshot;
use std::fmt;

/// The generalisation gap: the error on fresh examples minus that on the training sample.
///
/// It is about 0 before a sample is learned by heart, near 1/2 afterwards on a parity that is not found yet, and 0
/// again once it is. It needs labels of both, but not the support.
///
/// ```
/// use sparse_parity::measure::GeneralisationGap;
/// use sparse_parity::prelude::*;
///
/// let (seeds, law) = (Seeds::from(1), ParityDistribution::new(20, &[1, 2])?);
/// let rng = &mut (&seeds).into();
/// let [sample, fresh] = [30, 500].map(|m| Batch::<f32>::draw(&law, m, rng));
/// let model = Mlp::new(20, 50, Relu)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let mut gap = GeneralisationGap::new(&model, sample?, fresh?)?;
/// assert!(gap.of(&model, &theta).abs() < 0.3);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct GeneralisationGap<F: Real, M: Model<F>> {
    train: ErrorRate<F, M>,
    test: ErrorRate<F, M>,
}

impl<F: Real, M: Model<F>> GeneralisationGap<F, M> {
    /// The gap between the training sample and fresh examples.
    ///
    /// # Errors
    /// Those of [`ErrorRate::on`], for either.
    pub fn new(model: &M, train: Batch<F>, test: Batch<F>) -> Result<Self> {
        Ok(GeneralisationGap {
            train: ErrorRate::on("train error", model, train)?,
            test: ErrorRate::on("test error", model, test)?,
        })
    }

    /// The gap at the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of(&mut self, model: &M, theta: &Params<F>) -> f64 {
        self.test.of(model, theta) - self.train.of(model, theta)
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for GeneralisationGap<F, M> {
    fn name(&self) -> &str {
        "generalisation gap"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let (train, test) = (self.train.identity(), self.test.identity());
        format!("gap of {test} to {train}")
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for GeneralisationGap<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneralisationGap")
            .field("train", &self.train)
            .field("test", &self.test)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, PolyNet};
    use crate::signs::Signs;
    use ndarray::{Ix2, array};

    #[test]
    fn it_is_the_difference_of_both_errors() {
        let model = PolyNet::new(2, 1).unwrap().without_bias();
        let mut theta = Params::<f64>::zeros(model.layout());
        let weight = model.layout().get::<Ix2>("factor.weight").unwrap();
        theta.view_mut(&weight)[[0, 0]] = 1.0;
        let x = Signs::cube(2).unwrap();
        let right = model.predict(&theta, &x);
        let train = Batch {
            x: x.clone(),
            y: right.clone(),
        };
        let mut y = right;
        y[0] = -y[0];
        let test = Batch { x, y };
        let mut gap = GeneralisationGap::new(&model, train.clone(), test.clone()).unwrap();
        assert_eq!(gap.of(&model, &theta), 0.25);
        let mut gap = GeneralisationGap::new(&model, test, train).unwrap();
        assert_eq!(gap.of(&model, &theta), -0.25);
        let other = Batch {
            x: Signs::ones(1, 3).unwrap(),
            y: array![1.0],
        };
        assert!(GeneralisationGap::new(&model, other.clone(), other).is_err());
    }
}
