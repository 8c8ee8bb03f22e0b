use super::Measure;
use super::validation::{Evaluation, clean_examples};
use crate::data::{Batch, Target};
use crate::error::Result;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::seeds::Seeds;
use crate::train::Snapshot;
use std::fmt;

/// The share of fixed examples that sign(f) gets wrong.
///
/// [`clean`](ErrorRate::clean) takes 2¹³ examples of the clean distribution, the test error;
/// [`on`](ErrorRate::on) takes any, such as the training set of a finite sample.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(20, 10, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let mut error = ErrorRate::clean(&model, &Parity::new(20, &[1, 2])?, &seeds)?;
/// assert!((error.of(&model, &theta) - 0.5).abs() < 0.1);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct ErrorRate<F: Real, M: Model<F>> {
    name: String,
    examples: Batch<F>,
    evaluation: Evaluation<F, M::Cache>,
}

impl<F: Real, M: Model<F>> ErrorRate<F, M> {
    /// The error on the given examples, called `name`.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the examples have another dimension than
    /// the model, or lack labels.
    pub fn on(name: &str, model: &M, examples: Batch<F>) -> Result<Self> {
        examples.check()?;
        super::convergence::same_dim(model.dim(), examples.x.dim())?;
        Ok(ErrorRate {
            name: name.into(),
            examples,
            evaluation: Evaluation::new(model)?,
        })
    }

    /// The error on 2¹³ clean uniform examples from the seeds' validation stream, called `error`.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the target has another dimension than the
    /// model.
    pub fn clean(model: &M, target: &(impl Target + ?Sized), seeds: &Seeds) -> Result<Self> {
        ErrorRate::on("error", model, clean_examples(target, seeds)?)
    }

    /// The error of the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of(&mut self, model: &M, theta: &Params<F>) -> f64 {
        let mut wrong = 0_u64;
        let rows = 0..self.examples.len();
        self.evaluation
            .answers(model, theta, &self.examples, rows, |_, right| {
                wrong += u64::from(!right);
                true
            });
        wrong as f64 / self.examples.len() as f64
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for ErrorRate<F, M> {
    fn name(&self) -> &str {
        &self.name
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for ErrorRate<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorRate")
            .field("name", &self.name)
            .field("examples", &self.examples.len())
            .finish_non_exhaustive()
    }
}
