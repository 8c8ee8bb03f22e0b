//! The laws that every model obeys, public so that a new one can be tested.

mod identity;

pub use identity::{loss_identities, model_identities};

use crate::model::Model;
use crate::params::{Descent, Params};
use crate::real::Real;
use crate::seeds::{LabRng, Purpose, Seeds};
use crate::signs::Signs;
use ndarray::Array1;
use rand::Rng;

/// A law that a model breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{law}: {detail}")]
pub struct Broken {
    law: &'static str,
    detail: String,
}

/// The number of rows of the batch that the laws are tested on.
const ROWS: usize = 5;
/// What other orders of summation may change in double precision.
const ROUNDING: f64 = 1e-12;
/// What rounding to single precision may change. It is 6e−8 for one number, and grew to 8e−6 in
/// 50 000 draws with up to 200 coordinates and neurons; half precision begins at 5e−4.
const SINGLE: f64 = 1e-4;

/// Tests the laws of [`Model`] in double precision, at random parameters and inputs.
///
/// 1. The gradient is the derivative: it agrees with central differences in every parameter.
/// 2. `grad` adds to what it is handed.
/// 3. Examples with d_out = 0 add nothing, even if their gradient is infinite: it is as if they were
///    not in the batch.
/// 4. A batch gives what its rows give one by one: their outputs, and the sum of their gradients.
/// 5. What the cache was used for before, other inputs and other batch sizes, changes no bit.
/// 6. An update made along with the gradient, by [`Model::fused`], has the bits of one made after it.
///
/// Law 7 compares precisions and is tested by [`precision_law`].
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
    let fresh = subject.answer();
    subject.grad_is_the_derivative(&fresh.grad)?;
    subject.grad_adds(&fresh.grad)?;
    subject.silent_examples_add_nothing()?;
    subject.a_batch_is_its_rows(&fresh)?;
    subject.descending_is_an_update_by_the_gradient(&fresh.grad)?;
    subject.a_used_cache_is_as_good_as_new(&Subject::random(model, rng))
}

/// Tests law 7: single precision agrees with double precision, in outputs and gradients.
///
/// Both are given the same numbers, parameters and weights of the outputs that single precision
/// can represent, and may differ by 1e−4 of 1 + the largest magnitude. Only what a second draw
/// shows too is broken.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// sparse_parity::check::precision_law(&PolyNet::new(7, 3)?, 1).unwrap();
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// The law, if it is [`Broken`], with the numbers that show it.
pub fn precision_law<M: Model<f32> + Model<f64>>(model: &M, seed: u64) -> Result<(), Broken> {
    let rng = &mut Seeds::from(seed).stream(Purpose::Init);
    let mut draw = || {
        let subject = Subject::<f32, M>::random(model, rng);
        let (single, double) = (subject.answer(), subject.widened().answer());
        let law = "single precision agrees with double precision";
        agree(law, &single.widened(), &double, SINGLE)
    };
    // Near a kink, rounding may put the precisions on different sides; it rarely does so twice.
    draw().or_else(|_| draw())
}

/// A model with parameters, inputs and weights d of the outputs.
struct Subject<'a, F: Real, M> {
    model: &'a M,
    theta: Params<F>,
    x: Signs,
    d_out: Array1<F>,
}

/// The outputs f(xᵢ; θ), and the gradient of Σᵢ dᵢ f(xᵢ; θ).
#[derive(PartialEq)]
struct Answer<F: Real> {
    out: Vec<F>,
    grad: Params<F>,
}

impl<'a, F: Real, M: Model<F>> Subject<'a, F, M> {
    fn random(model: &'a M, rng: &mut LabRng) -> Self {
        let mut theta = Params::zeros(model.layout());
        for value in theta.as_mut_slice() {
            *value = F::of(rng.random_range(-0.8..0.8));
        }
        let mut x = Signs::ones(ROWS, model.dim()).expect("a model has coordinates");
        x.randomize(rng);
        let d_out = Array1::from_shape_simple_fn(ROWS, || F::of(rng.random_range(-1.0..1.0)));
        Subject {
            model,
            theta,
            x,
            d_out,
        }
    }

    /// The same with these rows only.
    fn rows(&self, rows: &[usize]) -> Self {
        let mut x = self.x.clone();
        x.gather(&self.x, rows.iter().copied());
        Subject {
            model: self.model,
            theta: self.theta.clone(),
            x,
            d_out: rows.iter().map(|&row| self.d_out[row]).collect(),
        }
    }

    /// The same with d = 0 in all rows but these.
    fn silent_but(&self, rows: &[usize]) -> Self {
        let mut subject = self.rows(&Vec::from_iter(0..ROWS));
        for (row, d) in subject.d_out.iter_mut().enumerate() {
            *d = if rows.contains(&row) { *d } else { F::zero() };
        }
        subject
    }

    fn outputs(&self, cache: &mut M::Cache) -> Array1<F> {
        let mut out = Array1::zeros(self.x.rows());
        self.model.forward(&self.theta, &self.x, cache, &mut out);
        out
    }

    fn add_grad(&self, cache: &mut M::Cache, into: &mut Params<F>) {
        let (theta, d_out) = (&self.theta, &self.d_out);
        self.model.grad(theta, &self.x, cache, d_out, into);
    }

    fn answer_with(&self, cache: &mut M::Cache) -> Answer<F> {
        let mut grad = Params::zeros(self.model.layout());
        let out = self.outputs(cache).to_vec();
        self.add_grad(cache, &mut grad);
        Answer { out, grad }
    }

    fn answer(&self) -> Answer<F> {
        self.answer_with(&mut self.model.cache(self.x.rows()))
    }
}

impl<'a, M: Model<f32> + Model<f64>> Subject<'a, f32, M> {
    fn widened(&self) -> Subject<'a, f64, M> {
        Subject {
            model: self.model,
            theta: widened(&self.theta),
            x: self.x.clone(),
            d_out: self.d_out.mapv(f64::from),
        }
    }
}

impl Answer<f32> {
    fn widened(&self) -> Answer<f64> {
        Answer {
            out: self.out.iter().copied().map(f64::from).collect(),
            grad: widened(&self.grad),
        }
    }
}

fn widened(params: &Params<f32>) -> Params<f64> {
    let mut wide = Params::zeros(params.layout());
    for (wide, &value) in wide.as_mut_slice().iter_mut().zip(params.as_slice()) {
        *wide = value.into();
    }
    wide
}

impl<M: Model<f64>> Subject<'_, f64, M> {
    fn grad_is_the_derivative(&self, grad: &Params<f64>) -> Result<(), Broken> {
        let mut moved = self.theta.clone();
        for (place, &slope) in grad.as_slice().iter().enumerate() {
            let theta = self.theta.as_slice()[place];
            let mut difference = |h: f64| {
                let mut at = |theta: f64| {
                    moved.as_mut_slice()[place] = theta;
                    self.model.predict(&moved, &self.x).dot(&self.d_out)
                };
                let difference = (at(theta + h) - at(theta - h)) / (2.0 * h);
                at(theta);
                difference
            };
            // The shorter step is for the rare kink that lies within the longer one.
            let agrees = |found: f64| close(found, slope, 1e-5 * (1.0 + slope.abs()));
            if !(agrees(difference(1e-5)) || agrees(difference(1e-7))) {
                let found = difference(1e-5);
                return Err(Broken {
                    law: "the gradient is the derivative",
                    detail: format!("parameter {place}: gradient {slope}, difference {found}"),
                });
            }
        }
        Ok(())
    }

    fn grad_adds(&self, grad: &Params<f64>) -> Result<(), Broken> {
        let mut found = self.theta.clone();
        let mut cache = self.model.cache(ROWS);
        self.outputs(&mut cache);
        self.add_grad(&mut cache, &mut found);
        let mut sum = self.theta.clone();
        add(grad, &mut sum);
        let (found, sum) = (found.as_slice(), sum.as_slice());
        entries_agree("the gradient adds", "entry", found, sum, ROUNDING)
    }

    fn silent_examples_add_nothing(&self) -> Result<(), Broken> {
        let law = "examples with d_out = 0 add nothing";
        for set in 1..1_usize << ROWS {
            let rows: Vec<usize> = (0..ROWS).filter(|row| set >> row & 1 == 1).collect();
            let (found, alone) = (self.silent_but(&rows).answer(), self.rows(&rows).answer());
            let (found, alone) = (found.grad.as_slice(), alone.grad.as_slice());
            entries_agree(law, "gradient", found, alone, ROUNDING)?;
        }
        let mut overflowing = self.silent_but(&[]);
        overflowing.theta.fill(f64::INFINITY);
        let found = overflowing.answer().grad;
        if found.max_norm() != 0.0 {
            let detail = format!("where θ overflows, they add {}", found.max_norm());
            return Err(Broken { law, detail });
        }
        Ok(())
    }

    /// Of several blocks, the last one is to stay as it is.
    fn descending_is_an_update_by_the_gradient(&self, grad: &Params<f64>) -> Result<(), Broken> {
        let Some(fused) = self.model.fused() else {
            return Ok(());
        };
        let layout = self.model.layout();
        let names: Vec<_> = layout.names().collect();
        let moving = &names[..names.len().saturating_sub(1).max(1)];
        let mut descent = Descent::default();
        for place in moving
            .iter()
            .flat_map(|name| layout.covered(name))
            .flatten()
        {
            descent.push(place, 0.75, 0.3);
        }
        let (mut found, mut expected) = (self.theta.clone(), self.theta.clone());
        descent.apply(&mut expected, grad);

        let (model, x, d_out) = (self.model, &self.x, &self.d_out);
        let (mut cache, mut out) = (model.cache(x.rows()), Array1::zeros(x.rows()));
        model.forward(&found, x, &mut cache, &mut out);
        let mut scratch = grad.clone();
        scratch.fill(f64::NAN);
        fused.descend(&mut found, x, &mut cache, d_out, &descent, &mut scratch);
        let law = "an update made along with the gradient is one made after it";
        let (found, expected) = (found.as_slice(), expected.as_slice());
        entries_agree(law, "entry", found, expected, f64::MIN_POSITIVE)
    }

    fn a_batch_is_its_rows(&self, batch: &Answer<f64>) -> Result<(), Broken> {
        let mut sum = Answer {
            out: Vec::new(),
            grad: Params::zeros(self.model.layout()),
        };
        for row in 0..ROWS {
            let one = self.rows(&[row]).answer();
            sum.out.extend(one.out);
            add(&one.grad, &mut sum.grad);
        }
        agree("a batch gives what its rows give", batch, &sum, ROUNDING)
    }

    fn a_used_cache_is_as_good_as_new(&self, other: &Self) -> Result<(), Broken> {
        let mut cache = self.model.cache(ROWS);
        other.answer_with(&mut cache);
        for rows in [&[0, 1, 2, 3, 4][..], &[3, 1], &[4, 2, 0, 1, 3], &[2]] {
            let subject = self.rows(rows);
            let fresh = subject.answer_with(&mut self.model.cache(ROWS));
            let trained = subject.answer_with(&mut cache);
            // A model may also be evaluated between two updates, with no backward pass.
            other.outputs(&mut cache);
            let evaluated = subject.answer_with(&mut cache);
            if trained != fresh || evaluated != fresh {
                let law = "a used cache is as good as new";
                let detail = format!("for the rows {rows:?}, it gives other bits");
                return Err(Broken { law, detail });
            }
        }
        Ok(())
    }
}

fn add(grad: &Params<f64>, into: &mut Params<f64>) {
    for (into, grad) in into.as_mut_slice().iter_mut().zip(grad.as_slice()) {
        *into += grad;
    }
}

/// Compares outputs and gradients.
fn agree(
    law: &'static str,
    found: &Answer<f64>,
    expected: &Answer<f64>,
    tolerance: f64,
) -> Result<(), Broken> {
    entries_agree(law, "output", &found.out, &expected.out, tolerance)?;
    let (found, expected) = (found.grad.as_slice(), expected.grad.as_slice());
    entries_agree(law, "gradient", found, expected, tolerance)
}

/// Compares numbers in pairs, relative to 1 + the largest magnitude among all of them, because
/// sums in which large terms cancel are no nearer than that.
fn entries_agree(
    law: &'static str,
    what: &str,
    found: &[f64],
    expected: &[f64],
    tolerance: f64,
) -> Result<(), Broken> {
    let all = found.iter().chain(expected);
    let scale = 1.0 + all.fold(0.0, |most: f64, value| most.max(value.abs()));
    for (place, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        if !close(found, expected, tolerance * scale) {
            let detail = format!("{what} {place} is {found} instead of {expected}");
            return Err(Broken { law, detail });
        }
    }
    Ok(())
}

/// Whether two numbers differ by less than `distance`; nothing is close to NaN or ∞.
fn close(a: f64, b: f64, distance: f64) -> bool {
    (a - b).abs() < distance
}
