//! Examples (x, y): their distributions, and the regimes in which they arrive.
//!
//! A distribution of examples ([`Sampler`]) consists of a distribution of x ([`Inputs`]) and a function
//! y = f(x) ([`Target`]). [`Labelled`] combines the two, [`ParityDistribution`] is the combination of
//! the paper, and [`RandomLabels`] is the control without a target.
//!
//! | inputs | target |
//! |---|---|
//! | [`Uniform`], [`Biased`], [`Mixture`] of both | [`Parity`], [`Conjunction`], [`Disjunction`], [`Majority`], [`Junta`], [`Staircase`], [`Polynomial`] |
//! | [`MultitaskInputs`], [`ActiveInputs`] | [`Multitask`] |
//!
//! | regime | stream |
//! |---|---|
//! | online: a fresh batch at every step | [`Online`] |
//! | curriculum: online, with another distribution after some batches | [`Curriculum`], [`Then`] |
//! | finite sample: several passes over m examples | [`Epochs`] |
//! | population: all 2ⁿ inputs | [`Population`] |

mod active_inputs;
mod biased;
mod bits;
mod conjunction;
mod curriculum;
mod distribution;
mod epochs;
mod inputs;
mod junta;
mod labelled;
mod majority;
mod mixture;
mod multitask;
mod multitask_inputs;
mod online;
mod parity;
mod polynomial;
mod population;
mod random_labels;
mod staircase;
mod support;
#[cfg(feature = "tables")]
mod table;
mod target;
mod uniform;

pub use active_inputs::ActiveInputs;
pub use biased::Biased;
pub use bits::Bits;
pub use conjunction::{Conjunction, Disjunction};
pub use curriculum::{Curriculum, Phases, Then};
pub use distribution::ParityDistribution;
pub use epochs::Epochs;
pub use inputs::Inputs;
pub use junta::Junta;
pub use labelled::Labelled;
pub use majority::Majority;
pub use mixture::Mixture;
pub use multitask::Multitask;
pub use multitask_inputs::MultitaskInputs;
pub use online::Online;
pub use parity::Parity;
pub use polynomial::Polynomial;
pub use population::Population;
pub use random_labels::RandomLabels;
pub use staircase::Staircase;
#[cfg(feature = "tables")]
pub use table::ExampleTable;
pub use target::{Target, label};
pub use uniform::Uniform;

use crate::error::{Error, Result, positive, room};
use crate::real::Real;
use crate::seeds::{LabRng, Purpose, Seeds, origin};
use crate::signs::Signs;
use ndarray::Array1;
use std::sync::Arc;

/// Inputs with their labels: x of shape `[batch, n]`, y of shape `[batch]`. Labels are ±1 unless the
/// target has other values.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Stored<F>")
)]
pub struct Batch<F: Real> {
    /// The inputs.
    pub x: Signs,
    /// The labels.
    pub y: Array1<F>,
}

/// The serialised form, whose labels may be missing.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "")]
struct Stored<F: Real> {
    x: Signs,
    y: Array1<F>,
}

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Stored<F>> for Batch<F> {
    type Error = Error;

    fn try_from(Stored { x, y }: Stored<F>) -> Result<Self> {
        let batch = Batch { x, y };
        batch.check()?;
        Ok(batch)
    }
}

impl<F: Real> Batch<F> {
    /// A batch for `rows` examples of dimension n; its contents are unspecified until it is filled.
    ///
    /// # Errors
    /// [`Error::Zero`] if `rows` or `n` is 0; those of [`Signs::ones`] for too many of them.
    pub fn new(rows: usize, n: usize) -> Result<Self> {
        Ok(Batch {
            x: Signs::ones(rows, n)?,
            y: Array1::ones(room::<F>("the labels", rows)?),
        })
    }

    /// `m` examples drawn from `distribution`.
    ///
    /// # Errors
    /// [`Error::Zero`] if m is 0.
    pub fn draw(distribution: &impl Sampler, m: usize, rng: &mut DataRng) -> Result<Self> {
        let mut batch = Batch::new(m, distribution.dim())?;
        distribution.sample_into(rng, &mut batch);
        Ok(batch)
    }

    /// `m` inputs from a distribution, with the clean labels of a target.
    ///
    /// # Errors
    /// [`Error::Zero`] if m is 0, [`Error::Mismatch`] if inputs and target have different
    /// dimensions.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let (inputs, target) = (Biased::new(20, 0.1)?, Parity::new(20, &[1, 2])?);
    /// let rng = &mut Seeds::from(1).stream(Purpose::Eval);
    /// let examples = Batch::<f32>::clean(&inputs, &target, 1000, rng)?;
    /// assert!(examples.y.sum() > 0.0);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn clean(
        inputs: &(impl Inputs + ?Sized),
        target: &(impl Target + ?Sized),
        m: usize,
        rng: &mut LabRng,
    ) -> Result<Self> {
        labelled::same_dim(inputs, target)?;
        let mut batch = Batch::new(m, inputs.dim())?;
        inputs.draw(rng, &mut batch.x);
        label(target, &batch.x, &mut batch.y);
        Ok(batch)
    }

    /// Succeeds if there is a label for every input, at least one, and all are numbers.
    pub(crate) fn check(&self) -> Result<()> {
        positive("the number of examples", self.x.rows())?;
        if self.y.len() != self.x.rows() {
            return Err(Error::Mismatch {
                what: "the number of labels",
                expected: self.x.rows(),
                found: self.y.len(),
                repair: "give every input one label",
            });
        }
        match self.y.iter().position(|y| !y.is_finite()) {
            None => Ok(()),
            Some(index) => Err(Error::NotFinite {
                what: "the label of row",
                index,
                value: self.y[index].as_f64(),
            }),
        }
    }

    /// Succeeds if, besides, every label is +1 or −1; `hint` tells of the way for others.
    pub(crate) fn check_signs(&self, hint: &'static str) -> Result<()> {
        self.check()?;
        self.refuse_label(|y| y.abs() != F::one(), hint)
    }

    /// Succeeds if, besides, the labels are not bits, 0 and 1, of which no output has the sign.
    pub(crate) fn check_no_bits(&self) -> Result<()> {
        self.check()?;
        match self.y.iter().all(|y| *y == F::zero() || *y == F::one()) {
            true => self.refuse_label(|y| y == F::zero(), ""),
            false => Ok(()),
        }
    }

    fn refuse_label(&self, is_bad: impl Fn(F) -> bool, hint: &'static str) -> Result<()> {
        match self.y.iter().position(|y| is_bad(*y)) {
            None => Ok(()),
            Some(row) => Err(Error::Label {
                row,
                value: self.y[row].as_f64(),
                hint,
            }),
        }
    }

    /// What tells these examples from others, in a line.
    pub(crate) fn identity(&self) -> String {
        let (rows, n) = (self.x.rows(), self.x.dim());
        let hash = self.x.digest() ^ crate::real::digest(&self.y);
        format!("{rows} examples of n = {n} with the hash {hash:016x}")
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Whether there are no examples; always false for a batch made by [`Batch::new`].
    pub fn is_empty(&self) -> bool {
        self.y.is_empty()
    }
}

/// The generators from which examples are drawn: one for the inputs, one for random labels.
///
/// They are separate so that label noise does not change the inputs.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DataRng {
    /// The generator of the inputs.
    pub inputs: LabRng,
    /// The generator of label noise and random labels.
    pub labels: LabRng,
}

impl DataRng {
    /// The seeds, a line each.
    fn identity(&self) -> String {
        let (inputs, labels) = (origin(&self.inputs), origin(&self.labels));
        format!("seed of the inputs = {inputs}\nseed of the label noise = {labels}")
    }
}

impl From<&Seeds> for DataRng {
    fn from(seeds: &Seeds) -> Self {
        DataRng {
            inputs: seeds.stream(Purpose::Train),
            labels: seeds.stream(Purpose::Noise),
        }
    }
}

/// A distribution of (x, y). It is immutable: all state is in the generators.
///
/// References, `Box` and `Arc` of a sampler are samplers.
///
/// ```
/// use rand::Rng;
/// use sparse_parity::data::DataRng;
/// use sparse_parity::prelude::*;
///
/// /// The label is that of another sampler or, with probability p, −1.
/// struct Pessimist<S> {
///     inner: S,
///     p: f64,
/// }
///
/// impl<S: Sampler> Sampler for Pessimist<S> {
///     fn dim(&self) -> usize {
///         self.inner.dim()
///     }
///     fn sample_into<F: Real>(&self, rng: &mut DataRng, batch: &mut Batch<F>) {
///         self.inner.sample_into(rng, batch);
///         for y in &mut batch.y {
///             if rng.labels.random::<f64>() < self.p {
///                 *y = -F::one();
///             }
///         }
///     }
/// }
///
/// let inner = ParityDistribution::new(10, &[1, 2])?;
/// let batch = Batch::<f32>::draw(&Pessimist { inner, p: 1.0 }, 50, &mut (&Seeds::from(1)).into())?;
/// assert_eq!(batch.y.sum(), -50.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Sampler: Send + Sync {
    /// The number of coordinates n.
    fn dim(&self) -> usize;
    /// Draws every example of `batch` anew.
    fn sample_into<F: Real>(&self, rng: &mut DataRng, batch: &mut Batch<F>);

    /// The settings, a line `name = value` each: a checkpoint is resumed only by a run with the same ones.
    ///
    /// The provided method knows the type and n alone.
    fn identity(&self) -> String {
        let name = std::any::type_name::<Self>();
        format!("distribution = {name} of n = {}", self.dim())
    }
}

/// Implements the trait for what dereferences to a sampler.
macro_rules! impl_sampler_for_pointer {
    ($pointer:ty) => {
        impl<S: Sampler + ?Sized> Sampler for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn sample_into<F: Real>(&self, rng: &mut DataRng, batch: &mut Batch<F>) {
                (**self).sample_into(rng, batch);
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
        }
    };
}

impl_sampler_for_pointer!(&S);
impl_sampler_for_pointer!(Box<S>);
impl_sampler_for_pointer!(Arc<S>);

/// A source of batches: fresh, multi-pass or exhaustive.
///
/// `&mut` and `Box` of a stream are streams.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// /// The same batch again and again.
/// struct Frozen<F: Real>(Batch<F>);
///
/// impl<F: Real> BatchStream<F> for Frozen<F> {
///     fn dim(&self) -> usize {
///         self.0.x.dim()
///     }
///     fn fill(&mut self, batch: &mut Batch<F>) {
///         batch.clone_from(&self.0);
///     }
/// }
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(10, &[1, 2])?;
/// let frozen = Frozen(Batch::<f32>::draw(&distribution, 8, &mut (&seeds).into())?);
/// let model = Mlp::new(10, 50, Relu)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let mut trainer = Trainer::new(model, Hinge, frozen, sgd, theta, 8)?;
/// trainer.run(500, ());
/// assert_eq!(trainer.snapshot().map(|at| at.loss), Some(0.0), "eight examples are learned by heart");
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait BatchStream<F: Real>: Send {
    /// The number of coordinates n.
    fn dim(&self) -> usize;
    /// Fills `batch` with the next examples, as many as it has.
    fn fill(&mut self, batch: &mut Batch<F>);

    /// The settings, a line `name = value` each, whatever was drawn: a checkpoint is resumed only by a run with the same
    /// ones.
    ///
    /// The provided method knows the type and n alone.
    fn identity(&self) -> String {
        let name = std::any::type_name::<Self>();
        format!("stream = {name} of n = {}", self.dim())
    }
}

/// Implements the trait for what dereferences to a stream.
macro_rules! impl_stream_for_pointer {
    ($pointer:ty) => {
        impl<F: Real, S: BatchStream<F> + ?Sized> BatchStream<F> for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn fill(&mut self, batch: &mut Batch<F>) {
                (**self).fill(batch);
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
        }
    };
}

impl_stream_for_pointer!(&mut S);
impl_stream_for_pointer!(Box<S>);
