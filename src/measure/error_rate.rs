use super::Measure;
use super::validation::{Evaluation, clean_examples};
use crate::data::{Batch, Target};
use crate::error::{Result, fraction};
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::seeds::Seeds;
use crate::stats::wilson;
use crate::train::Snapshot;
use std::fmt;

/// Examples after which an estimate may end.
const EXAMPLES: usize = 256;

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
    /// The half width of the interval at which no more examples are taken.
    half_width: f64,
    evaluation: Evaluation<F, M::Cache>,
}

impl<F: Real, M: Model<F>> ErrorRate<F, M> {
    /// The error on the given examples, called `name`.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the examples have another dimension than
    /// the model, or lack labels.
    pub fn on(name: &str, model: &M, examples: Batch<F>) -> Result<Self> {
        examples.check_no_bits()?;
        super::convergence::same_dim(model.dim(), examples.x.dim())?;
        Ok(ErrorRate {
            name: name.into(),
            examples,
            half_width: 0.0,
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

    /// The same, estimated from as many of the examples as it takes: the first 256, 512, 768, … until
    /// Wilson's 95 % interval is no longer than twice `half_width`, or else all.
    ///
    /// On the plateau, where the error is 1/2, an interval of ±0.025 takes 1536 of the 2¹³ examples of
    /// [`clean`](ErrorRate::clean). The number depends on the answers, so that the coverage of the interval is
    /// approximate. Every estimate begins with the same examples.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let (seeds, parity) = (Seeds::from(1), Parity::new(20, &[1, 2])?);
    /// let model = Mlp::new(20, 10, Relu)?;
    /// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    /// let mut error = ErrorRate::clean(&model, &parity, &seeds)?.within(0.025)?;
    /// let mut exact = ErrorRate::clean(&model, &parity, &seeds)?;
    /// assert!((error.of(&model, &theta) - exact.of(&model, &theta)).abs() < 0.05);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Fraction`](crate::Error::Fraction) unless 0 ≤ `half_width` < 1.
    pub fn within(self, half_width: f64) -> Result<Self> {
        let half_width = fraction("the half width of the interval", half_width)?;
        Ok(ErrorRate { half_width, ..self })
    }

    /// The error of the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of(&mut self, model: &M, theta: &Params<F>) -> f64 {
        let (mut wrong, mut seen) = (0, 0);
        let half_width = self.half_width;
        let rows = 0..self.examples.len();
        self.evaluation.answers(
            model,
            theta,
            &self.examples,
            (EXAMPLES, EXAMPLES),
            rows,
            |_, right| {
                wrong += usize::from(!right);
                seen += 1;
                seen % EXAMPLES > 0 || !is_within(half_width, wrong, seen)
            },
        );
        wrong as f64 / seen as f64
    }
}

/// Whether the interval of a share is short enough.
fn is_within(half_width: f64, wrong: usize, seen: usize) -> bool {
    // No interval is empty, so that an estimate to within 0 takes all examples.
    wilson(wrong, seen, 0.95)
        .is_ok_and(|share| share.interval.high - share.interval.low <= 2.0 * half_width)
}

impl<F: Real, M: Model<F>> Measure<F, M> for ErrorRate<F, M> {
    fn name(&self) -> &str {
        &self.name
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let examples = self.examples.identity();
        format!("error on {examples} to within {:?}", self.half_width)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::data::Parity;
    use crate::model::{Architecture, Mlp};
    use crate::seeds::Purpose;

    #[test]
    fn an_estimate_takes_the_examples_that_its_interval_needs() {
        let (seeds, model) = (Seeds::from(1), Mlp::new(12, 8, Relu).unwrap());
        let parity = Parity::new(12, &[1, 2, 3]).unwrap();
        let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let examples: Batch<f32> = clean_examples(&parity, &seeds).unwrap();
        let error = |rows: usize, half_width| {
            let mut first = Batch::new(rows, 12).unwrap();
            first.x.gather(&examples.x, 0..rows);
            first.y.assign(&examples.y.slice(ndarray::s![..rows]));
            let error = ErrorRate::on("error", &model, first).unwrap();
            error.within(half_width).unwrap().of(&model, &theta)
        };
        // 1.96² / (4 · 0.025²) = 1537, less what Wilson's interval is shorter.
        assert_eq!(error(8192, 0.025), error(1536, 0.0));
        assert_ne!(error(8192, 0.025), error(1280, 0.0));
        assert_eq!(error(8192, 0.001), error(8192, 0.0));
        let error = ErrorRate::on("error", &model, examples.clone()).unwrap();
        assert!(error.within(1.0).is_err());
    }
}
