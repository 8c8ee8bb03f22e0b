//! The laws that every model obeys, public so that a new one can be tested.

use crate::model::Model;
use crate::params::Params;
use crate::seeds::{LabRng, Purpose, Seeds};
use crate::signs::Signs;
use ndarray::{Array1, ArrayRef1};
use rand::Rng;
use std::fmt;

/// A law that a model breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{law}: {detail}")]
pub struct Broken {
    law: &'static str,
    detail: String,
}

/// The number of rows of the batch that the laws are tested on.
const ROWS: usize = 5;

/// Tests the laws of [`Model`] in double precision, at random parameters and inputs.
///
/// 1. The gradient is the derivative: it agrees with central differences in every parameter.
/// 2. `grad` adds to what it is handed.
/// 3. Examples with d_out = 0 add nothing.
/// 4. A batch gives what its rows give one by one.
/// 5. What the cache was used for before makes no difference.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// sparse_parity::check::model_laws(&Mlp::new(7, 4, Relu)?, 1).unwrap();
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// The first law that is [`Broken`], with the numbers that show it.
pub fn model_laws<M: Model<f64>>(model: &M, seed: u64) -> Result<(), Broken> {
    let rng = &mut Seeds::from(seed).stream(Purpose::Init);
    let subject = Subject::random(model, rng);
    let grad = subject.grad();
    subject.grad_is_the_derivative(&grad)?;
    subject.grad_adds(&grad)?;
    subject.silent_examples_add_nothing()?;
    subject.a_batch_is_its_rows()?;
    subject.a_used_cache_is_as_good_as_new(&grad, rng)
}

/// A model with parameters, inputs and weights d of the outputs.
struct Subject<'a, M> {
    model: &'a M,
    theta: Params<f64>,
    x: Signs,
    d_out: Array1<f64>,
}

impl<'a, M: Model<f64>> Subject<'a, M> {
    fn random(model: &'a M, rng: &mut LabRng) -> Self {
        let mut theta = Params::zeros(model.layout());
        for value in theta.as_mut_slice() {
            *value = rng.random_range(-0.8..0.8);
        }
        let mut x = Signs::ones(ROWS, model.dim()).expect("a model has coordinates");
        x.randomize(rng);
        let d_out = Array1::from_shape_simple_fn(ROWS, || rng.random_range(-1.0..1.0));
        Subject {
            model,
            theta,
            x,
            d_out,
        }
    }

    /// Σᵢ dᵢ f(xᵢ; θ).
    fn weighted_output(&self, theta: &Params<f64>) -> f64 {
        self.model.predict(theta, &self.x).dot(&self.d_out)
    }

    fn grad(&self) -> Params<f64> {
        let mut grad = Params::zeros(self.model.layout());
        self.add_grad(&mut self.model.cache(ROWS), &self.d_out, &mut grad);
        grad
    }

    fn add_grad(&self, cache: &mut M::Cache, d_out: &ArrayRef1<f64>, into: &mut Params<f64>) {
        let mut out = Array1::zeros(ROWS);
        self.model.forward(&self.theta, &self.x, cache, &mut out);
        self.model.grad(&self.theta, &self.x, cache, d_out, into);
    }

    fn grad_is_the_derivative(&self, grad: &Params<f64>) -> Result<(), Broken> {
        let mut moved = self.theta.clone();
        for (place, &slope) in grad.as_slice().iter().enumerate() {
            let theta = self.theta.as_slice()[place];
            let mut difference = |h: f64| {
                let mut at = |theta: f64| {
                    moved.as_mut_slice()[place] = theta;
                    self.weighted_output(&moved)
                };
                let difference = (at(theta + h) - at(theta - h)) / (2.0 * h);
                at(theta);
                difference
            };
            // The shorter step is for the rare kink that lies within the longer one.
            let agrees = |found: f64| close(found, slope, 1e-5);
            if !(agrees(difference(1e-5)) || agrees(difference(1e-7))) {
                let found = difference(1e-5);
                return broken(
                    "the gradient is the derivative",
                    format!("parameter {place}: gradient {slope}, difference {found}"),
                );
            }
        }
        Ok(())
    }

    fn grad_adds(&self, grad: &Params<f64>) -> Result<(), Broken> {
        let mut twice = grad.clone();
        self.add_grad(&mut self.model.cache(ROWS), &self.d_out, &mut twice);
        for (&twice, &once) in twice.as_slice().iter().zip(grad.as_slice()) {
            if !close(twice, 2.0 * once, 1e-12) {
                let detail = format!("added to {once}, it gives {twice}");
                return broken("the gradient adds", detail);
            }
        }
        Ok(())
    }

    fn silent_examples_add_nothing(&self) -> Result<(), Broken> {
        let mut grad = Params::zeros(self.model.layout());
        let silence = Array1::zeros(ROWS);
        self.add_grad(&mut self.model.cache(ROWS), &silence, &mut grad);
        if grad.max_norm() != 0.0 {
            let detail = format!("the gradient has norm {}", grad.max_norm());
            return broken("examples with d_out = 0 add nothing", detail);
        }
        Ok(())
    }

    fn a_batch_is_its_rows(&self) -> Result<(), Broken> {
        let together = self.model.predict(&self.theta, &self.x);
        for (row, &together) in together.iter().enumerate() {
            let mut one = self.x.clone();
            one.gather(&self.x, [row]);
            let alone = self.model.predict(&self.theta, &one)[0];
            if !close(alone, together, 1e-12) {
                let detail = format!("row {row} gives {alone} alone, {together} in the batch");
                return broken("a batch gives what its rows give", detail);
            }
        }
        Ok(())
    }

    fn a_used_cache_is_as_good_as_new(
        &self,
        grad: &Params<f64>,
        rng: &mut LabRng,
    ) -> Result<(), Broken> {
        let mut cache = self.model.cache(ROWS);
        let mut other = self.x.clone();
        other.randomize(rng);
        let mut out = Array1::zeros(ROWS);
        self.model
            .forward(&self.theta, &other, &mut cache, &mut out);
        let mut waste = Params::zeros(self.model.layout());
        self.model
            .grad(&self.theta, &other, &mut cache, &self.d_out, &mut waste);
        let mut again = Params::zeros(self.model.layout());
        self.add_grad(&mut cache, &self.d_out, &mut again);
        if again != *grad {
            let detail = "the gradient has other bits after other inputs".into();
            return broken("a used cache is as good as new", detail);
        }
        Ok(())
    }
}

fn broken(law: &'static str, detail: String) -> Result<(), Broken> {
    Err(Broken { law, detail })
}

/// Whether two numbers agree, relative to the larger or to 1.
fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

impl<M: fmt::Debug> fmt::Debug for Subject<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.model)
    }
}
