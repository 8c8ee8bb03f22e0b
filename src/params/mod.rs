//! Parameters θ, and everything else that has their shape.

mod descent;
mod init;
mod layout;
mod norm;
#[cfg(feature = "weights")]
mod weights;

pub use descent::Descent;
pub(crate) use descent::descend;
pub use init::{AffineInit, Init, InitialDistribution, Layer};
pub(crate) use layout::covers;
pub use layout::{Block, Layout};
pub(crate) use norm::max_or_nan;

use crate::error::Result;
use crate::real::Real;
use crate::simd::Aligned;
use crate::threads::{self, divide};
use ndarray::{ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Dimension, IxDyn, ShapeBuilder};
use rand::Rng;
use std::ops::Range;
use std::sync::Arc;

/// One contiguous vector with a table of named blocks: weights, gradients, moments, snapshots.
///
/// As an array, a block has the shape of the paper: `hidden.weight` is W of shape `[r, n]`, a row
/// a neuron. In memory the first axis runs fastest, so the weights of all neurons for one
/// coordinate are adjacent; the sign kernels work on neurons side by side. Only
/// the slices show that order.
///
/// ```
/// use ndarray::Ix2;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let weight = model.layout().get::<Ix2>("hidden.weight")?;
/// assert_eq!(theta.view(&weight).dim(), (100, 50));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Stored<F>")
)]
pub struct Params<F: Real> {
    layout: Arc<Layout>,
    values: Aligned<F>,
}

/// The serialised form, whose values are not counted yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "")]
struct Stored<F: Real> {
    layout: Arc<Layout>,
    values: Aligned<F>,
}

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Stored<F>> for Params<F> {
    type Error = crate::Error;

    fn try_from(stored: Stored<F>) -> Result<Self> {
        let Stored { layout, values } = stored;
        let (expected, found) = (layout.len(), values.len());
        if expected != found {
            return Err(crate::Error::Mismatch {
                what: "the number of parameters",
                expected,
                found,
                repair: "give as many as the blocks have entries",
            });
        }
        Ok(Params { layout, values })
    }
}

impl<F: Real> Params<F> {
    /// All zeros.
    pub fn zeros(layout: &Arc<Layout>) -> Self {
        Params {
            layout: Arc::clone(layout),
            values: Aligned::zeros(layout.len()),
        }
    }

    /// Initial values, block after block, each by its own [`InitialDistribution`].
    pub fn draw<R: Rng + ?Sized>(layout: &Arc<Layout>, rng: &mut R) -> Self {
        let mut theta = Params::zeros(layout);
        for (place, entry) in layout.entries().iter().enumerate() {
            theta.redraw(place, &entry.distribution, rng);
        }
        theta
    }

    /// Draws the block at a place anew, from a distribution that fits it.
    pub(crate) fn redraw<R: Rng + ?Sized>(
        &mut self,
        place: usize,
        distribution: &InitialDistribution,
        rng: &mut R,
    ) {
        let entry = &self.layout.entries()[place];
        let values = &mut self.values[entry.range.clone()];
        let block = ArrayViewMutD::from_shape(IxDyn(&entry.shape).f(), values)
            .expect("a block is as long as its shape says");
        distribution.fill(block, rng);
    }

    /// The table of blocks.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// One block as an array of its shape.
    ///
    /// # Panics
    /// If the block lies outside these parameters. A block of another layout that lies inside
    /// gives other values than its name says.
    pub fn view<D: Dimension>(&self, block: &Block<D>) -> ArrayView<'_, F, D> {
        ArrayView::from_shape(block.shape.clone().f(), self.slice(block))
            .expect("a block is as long as its shape says")
    }

    /// One block as an array of its shape, to be changed.
    ///
    /// # Panics
    /// If the block lies outside these parameters. A block of another layout that lies inside
    /// gives other values than its name says.
    pub fn view_mut<D: Dimension>(&mut self, block: &Block<D>) -> ArrayViewMut<'_, F, D> {
        ArrayViewMut::from_shape(block.shape.clone().f(), self.slice_mut(block))
            .expect("a block is as long as its shape says")
    }

    /// The values of one block in the order of memory: a vector as it is, of a matrix the first
    /// axis fastest.
    ///
    /// # Panics
    /// If the block lies outside these parameters. A block of another layout that lies inside
    /// gives other values than its name says.
    pub fn slice<D: Dimension>(&self, block: &Block<D>) -> &[F] {
        &self.values[block.offset..][..block.shape.size()]
    }

    /// The values of one block in the order of memory, to be changed.
    ///
    /// # Panics
    /// If the block lies outside these parameters. A block of another layout that lies inside
    /// gives other values than its name says.
    pub fn slice_mut<D: Dimension>(&mut self, block: &Block<D>) -> &mut [F] {
        &mut self.values[block.offset..][..block.shape.size()]
    }

    /// The values of several blocks, given by their places, to be changed.
    ///
    /// # Panics
    /// If a block lies outside these parameters, or a block is given twice.
    #[inline]
    pub(crate) fn slices_mut<const N: usize>(
        &mut self,
        places: [Range<usize>; N],
    ) -> [&mut [F]; N] {
        let slices = self.values.get_disjoint_mut(places);
        slices.expect("the blocks are different ones")
    }

    /// The blocks in order, each with its name.
    pub fn blocks(&self) -> impl Iterator<Item = (&str, ArrayViewD<'_, F>)> {
        self.layout.entries().iter().map(|entry| {
            let values = &self.values[entry.range.clone()];
            let block = ArrayViewD::from_shape(IxDyn(&entry.shape).f(), values);
            let block = block.expect("a block is as long as its shape says");
            (entry.name.as_str(), block)
        })
    }

    /// All values in one slice, in the order of memory.
    pub fn as_slice(&self) -> &[F] {
        &self.values
    }

    /// All values in one slice, in the order of memory, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [F] {
        &mut self.values
    }

    /// Sets every value to `value`.
    pub fn fill(&mut self, value: F) {
        let parts = threads::parts_of_pass(self.values.len());
        divide(parts, &mut self.values[..], &|values| values.fill(value));
    }

    /// Multiplies every value by `factor`, in double precision before it is rounded.
    ///
    /// Initial values of another scale are such parameters: a large θ₀ delays generalisation on finite samples.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let model = Mlp::new(50, 100, Relu)?;
    /// let rng = &mut Seeds::from(1).stream(Purpose::Init);
    /// let mut theta = Params::<f32>::draw(model.layout(), rng);
    /// let first = theta.as_slice()[0];
    /// theta.scale(8.0);
    /// assert_eq!(theta.as_slice()[0], 8.0 * first);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn scale(&mut self, factor: f64) {
        let scaled = |value: &mut F| *value = F::of(value.as_f64() * factor);
        self.as_mut_slice().iter_mut().for_each(scaled);
    }

    /// Takes over the values of `other` without allocating.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if `other` has other blocks.
    pub fn assign(&mut self, other: &Params<F>) -> Result<()> {
        other.belongs_to(&self.layout)?;
        self.values.copy_from_slice(&other.values);
        Ok(())
    }

    /// A hash of the values, to the bit.
    pub(crate) fn digest(&self) -> u64 {
        crate::real::digest(self.as_slice())
    }

    /// Succeeds if these parameters have exactly the blocks of `layout`.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) with both lists of blocks.
    pub fn belongs_to(&self, layout: &Arc<Layout>) -> Result<()> {
        self.layout.agrees_with(layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::{Ix1, Ix2, array};

    fn layout() -> Arc<Layout> {
        let mut layout = Layout::default();
        layout.block(
            "hidden.weight",
            (2, 3),
            InitialDistribution::Uniform { bound: 1.0 },
        );
        layout.block("hidden.bias", 2, InitialDistribution::Constant(0.5));
        Arc::new(layout)
    }

    #[test]
    fn a_block_is_a_row_a_neuron_and_neurons_are_adjacent_in_memory() {
        let layout = layout();
        let weight = layout.get::<Ix2>("hidden.weight").unwrap();
        let mut theta = Params::<f64>::zeros(&layout);
        theta
            .view_mut(&weight)
            .assign(&array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(theta.as_slice(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 0.0, 0.0]);
        assert_eq!(theta.view(&weight).row(1).to_vec(), [4.0, 5.0, 6.0]);
        let (name, block) = theta.blocks().next().unwrap();
        assert_eq!((name, block.shape()), ("hidden.weight", [2, 3].as_slice()));
    }

    #[test]
    fn initial_values_follow_the_law_of_their_block_and_the_seed() {
        let layout = layout();
        let draw =
            |seed| Params::<f32>::draw(&layout, &mut Seeds::from(seed).stream(Purpose::Init));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let bias = layout.get::<Ix1>("hidden.bias").unwrap();
        assert_eq!(draw(1).view(&bias).to_vec(), [0.5, 0.5]);
    }

    #[test]
    fn parameters_of_another_layout_are_refused() {
        let mut other = Layout::default();
        other.block("hidden.weight", (3, 2), InitialDistribution::Constant(0.0));
        let other = Params::<f64>::zeros(&Arc::new(other));
        let error = Params::zeros(&layout())
            .assign(&other)
            .unwrap_err()
            .to_string();
        assert!(error.contains("hidden.weight [3, 2]"), "{error}");
        assert!(
            error.contains("hidden.weight [2, 3], hidden.bias [2]"),
            "{error}"
        );
    }
}
