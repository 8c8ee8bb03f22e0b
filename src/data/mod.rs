//! Examples (x, y): what is to be learned, and in which regime the examples arrive.
//!
//! | regime | stream |
//! |---|---|
//! | online: a fresh batch at every step | [`Online`] |
//! | finite sample: several passes over m examples | [`Epochs`] |
//! | population: all 2ⁿ inputs | [`Population`] |

mod distribution;
mod epochs;
mod online;
mod parity;
mod population;
mod random_labels;

pub use distribution::ParityDistribution;
pub use epochs::Epochs;
pub use online::Online;
pub use parity::Parity;
pub use population::Population;
pub use random_labels::RandomLabels;

use crate::error::{Error, Result, positive};
use crate::real::Real;
use crate::seeds::{LabRng, Purpose, Seeds};
use crate::signs::Signs;
use ndarray::{Array1, ArrayRef1};

/// Inputs with their labels: x of shape `[batch, n]`, y of shape `[batch]` with entries ±1.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = ""))]
pub struct Batch<F: Real> {
    /// The inputs.
    pub x: Signs,
    /// The labels.
    pub y: Array1<F>,
}

impl<F: Real> Batch<F> {
    /// A batch of `rows` examples of dimension n, to be filled.
    ///
    /// # Errors
    /// [`Error::Zero`] if either is 0.
    pub fn new(rows: usize, n: usize) -> Result<Self> {
        Ok(Batch {
            x: Signs::ones(rows, n)?,
            y: Array1::ones(rows),
        })
    }

    /// `m` examples drawn from `law`.
    ///
    /// # Errors
    /// [`Error::Zero`] if m is 0.
    pub fn draw(law: &impl Sampler, m: usize, rng: &mut DataRng) -> Result<Self> {
        let mut batch = Batch::new(m, law.dim())?;
        law.sample_into(rng, &mut batch);
        Ok(batch)
    }

    /// Succeeds if there is a label for every input, and at least one.
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
        Ok(())
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Whether there are no examples; never so for a batch made by [`Batch::new`].
    pub fn is_empty(&self) -> bool {
        self.y.is_empty()
    }
}

/// A function {±1}ⁿ → {±1} that gives the clean labels.
pub trait Target: Send + Sync {
    /// The number of coordinates n.
    fn dim(&self) -> usize;
    /// Writes the label of every row of `x`; shapes: x `[batch, n]`, y `[batch]`.
    fn label<F: Real>(&self, x: &Signs, y: &mut ArrayRef1<F>);
}

/// The generators that examples are drawn with: one for the inputs, one for random labels.
///
/// They are separate so that noise can be switched on without changing a single input.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DataRng {
    /// Draws the inputs.
    pub inputs: LabRng,
    /// Draws whatever is random in the labels.
    pub labels: LabRng,
}

impl From<&Seeds> for DataRng {
    fn from(seeds: &Seeds) -> Self {
        DataRng {
            inputs: seeds.stream(Purpose::Train),
            labels: seeds.stream(Purpose::Noise),
        }
    }
}

/// A law of (x, y): immutable, all state is in the generators.
pub trait Sampler: Send + Sync {
    /// The number of coordinates n.
    fn dim(&self) -> usize;
    /// Draws every example of `batch` anew.
    fn sample_into<F: Real>(&self, rng: &mut DataRng, batch: &mut Batch<F>);
}

/// A source of batches: fresh, multi-pass or exhaustive.
pub trait BatchStream<F: Real>: Send {
    /// The number of coordinates n.
    fn dim(&self) -> usize;
    /// Fills `batch` with the next examples.
    fn fill(&mut self, batch: &mut Batch<F>);
}

/// The choice of a regime can be made at run time.
impl<F: Real, S: BatchStream<F> + ?Sized> BatchStream<F> for Box<S> {
    fn dim(&self) -> usize {
        (**self).dim()
    }
    fn fill(&mut self, batch: &mut Batch<F>) {
        (**self).fill(batch);
    }
}
