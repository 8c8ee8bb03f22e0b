//! Which blocks a model's parameters consist of.

use super::init::InitialDistribution;
use crate::error::{Error, Result, near};
use ndarray::{Dimension, IntoDimension};
use std::fmt;
use std::ops::Range;

/// The table of named blocks behind every [`Params`](super::Params) of a model.
///
/// Each block is declared once: a name, a shape and the [`InitialDistribution`] of its initial values. Names are
/// `layer.role`, such as `hidden.weight`.
///
/// ```
/// use ndarray::Ix2;
/// use sparse_parity::params::{InitialDistribution, Layout};
///
/// let mut layout = Layout::default();
/// let weight = layout.block("hidden.weight", (100, 50), InitialDistribution::Uniform { bound: 0.1 });
/// assert_eq!(layout.get::<Ix2>("hidden.weight")?, weight);
/// assert_eq!(layout.len(), 5000);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Stored")
)]
pub struct Layout {
    entries: Vec<Entry>,
}

/// The serialised form, whose blocks may overlap.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    entries: Vec<Entry>,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Layout {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let mut layout = Layout::default();
        for entry in stored.entries {
            let expected = layout.place_of_next(&entry.name, &entry.shape, &entry.distribution)?;
            if entry.range != expected {
                return Err(Error::ImpossibleBlock {
                    name: entry.name,
                    reason: format!(
                        "it lies at {:?}, and there is only {expected:?} for it",
                        entry.range
                    ),
                });
            }
            layout.entries.push(entry);
        }
        Ok(layout)
    }
}

/// A block in the table.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    /// Called a law in serialised layouts.
    #[cfg_attr(feature = "serde", serde(rename = "law"))]
    pub(super) distribution: InitialDistribution,
    pub(super) range: Range<usize>,
}

/// A handle to one block: where it begins, and its shape in the type `D` of its dimension.
///
/// It comes from [`Layout::block`] or [`Layout::get`] and is used with
/// [`Params::view`](super::Params::view).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<D> {
    pub(super) offset: usize,
    pub(super) shape: D,
}

impl<D: Dimension> Block<D> {
    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        self.shape.slice()
    }

    /// The place in the flat vector of all blocks.
    pub(crate) fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.shape.size()
    }
}

impl Layout {
    /// Declares the next block.
    ///
    /// # Panics
    /// If the layout has a block of that name already, or if a block of that shape cannot have
    /// the distribution.
    pub fn block<S: IntoDimension>(
        &mut self,
        name: &str,
        shape: S,
        distribution: InitialDistribution,
    ) -> Block<S::Dim> {
        let shape = shape.into_dimension();
        let range = self
            .place_of_next(name, shape.slice(), &distribution)
            .unwrap_or_else(|error| panic!("{error}"));
        let offset = range.start;
        self.entries.push(Entry {
            name: name.into(),
            shape: shape.slice().to_vec(),
            distribution,
            range,
        });
        Block { offset, shape }
    }

    /// The place of the next block, if there can be such a one.
    fn place_of_next(
        &self,
        name: &str,
        shape: &[usize],
        distribution: &InitialDistribution,
    ) -> Result<Range<usize>> {
        let impossible = |reason: String| Error::ImpossibleBlock {
            name: name.into(),
            reason,
        };
        if self.entries.iter().any(|entry| entry.name == name) {
            return Err(impossible("it is declared twice".into()));
        }
        if !distribution.fits(shape) {
            return Err(impossible(format!(
                "the shape {shape:?} cannot have the distribution {distribution:?}"
            )));
        }
        let size = shape
            .iter()
            .try_fold(1_usize, |size, axis| size.checked_mul(*axis));
        let end = size.and_then(|size| self.len().checked_add(size));
        let end = end.ok_or_else(|| impossible(format!("the shape {shape:?} is too large")))?;
        Ok(self.len()..end)
    }

    /// The block called `name`, with as many axes as `D` says.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`] lists the blocks that exist; [`Error::BlockAxes`] gives the shape.
    pub fn get<D: Dimension>(&self, name: &str) -> Result<Block<D>> {
        let entry = self.entry(name)?;
        let mut shape = D::zeros(D::NDIM.unwrap_or(entry.shape.len()));
        if shape.ndim() != entry.shape.len() {
            return Err(Error::BlockAxes {
                name: name.into(),
                shape: entry.shape.clone(),
            });
        }
        shape.slice_mut().copy_from_slice(&entry.shape);
        Ok(Block {
            offset: entry.range.start,
            shape,
        })
    }

    /// The place in the flat vector of all blocks of the one that is called `name`.
    pub(crate) fn block_range(&self, name: &str) -> Option<Range<usize>> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        Some(entry.range.clone())
    }

    /// The number of parameters in all blocks together.
    pub fn len(&self) -> usize {
        self.entries.last().map_or(0, |entry| entry.range.end)
    }

    /// Whether there are no parameters at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the blocks in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The places in the flat vector of all blocks that `name` covers: a block, or a whole layer.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`] if it covers none.
    pub fn covered(&self, name: &str) -> Result<Vec<Range<usize>>> {
        let places = self.places(name)?.into_iter();
        Ok(places
            .map(|place| self.entries[place].range.clone())
            .collect())
    }

    /// The places among the blocks, counted from 0, of those that `name` covers: a block, or a whole layer.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`] if it covers none.
    pub(crate) fn places(&self, name: &str) -> Result<Vec<usize>> {
        let all = self.entries.iter().enumerate();
        let covered = all.filter(|(_, entry)| covers(name, &entry.name));
        let places: Vec<usize> = covered.map(|(place, _)| place).collect();
        if places.is_empty() {
            return Err(self.unknown(name));
        }
        Ok(places)
    }

    /// The number of inputs of the affine map whose weights or biases are the block at a place.
    ///
    /// # Errors
    /// [`Error::NoFanIn`] if it is another block, or one of biases without weights.
    pub(crate) fn fan_in(&self, place: usize) -> Result<usize> {
        let block = &self.entries[place].name;
        let layer = [".weight", ".bias"]
            .iter()
            .find_map(|role| block.strip_suffix(role));
        let weight = layer.map(|layer| format!("{layer}.weight"));
        let entry = self
            .entries
            .iter()
            .find(|entry| Some(&entry.name) == weight.as_ref());
        let fan_in = entry.and_then(|entry| entry.shape.last().copied());
        fan_in.ok_or_else(|| Error::NoFanIn {
            block: block.clone(),
        })
    }

    /// Succeeds if `model` has the same blocks, by name and shape.
    ///
    /// # Errors
    /// [`Error::ForeignParams`] with both lists of blocks.
    pub fn agrees_with(&self, model: &Layout) -> Result<()> {
        let blocks = self.entries.iter().map(|entry| (&entry.name, &entry.shape));
        if blocks.eq(model
            .entries
            .iter()
            .map(|entry| (&entry.name, &entry.shape)))
        {
            return Ok(());
        }
        Err(Error::ForeignParams {
            expected: model.to_string(),
            found: self.to_string(),
        })
    }

    /// The place and the shape of each block.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = (Range<usize>, &[usize])> {
        let entries = self.entries.iter();
        entries.map(|entry| (entry.range.clone(), entry.shape.as_slice()))
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn entry(&self, name: &str) -> Result<&Entry> {
        let found = self.entries.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Error {
        let layer = |block: &'_ str| {
            block
                .split_once('.')
                .map_or(block.len(), |(layer, _)| layer.len())
        };
        let names = self
            .names()
            .flat_map(|block| [block, &block[..layer(block)]]);
        Error::UnknownBlock {
            name: name.into(),
            nearest: near(name, names).map(Into::into),
            known: self.to_string(),
        }
    }
}

/// Whether `name` is the block `block` or its layer.
pub(crate) fn covers(name: &str, block: &str) -> bool {
    block
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The blocks with their shapes, as error messages list them.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, entry) in self.entries.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{} {:?}", entry.name, entry.shape)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layout({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Ix1, Ix2, IxDyn};

    fn layout() -> Layout {
        let mut layout = Layout::default();
        layout.block("hidden.weight", (3, 2), InitialDistribution::Constant(0.0));
        layout.block("hidden.bias", 3, InitialDistribution::Constant(0.0));
        layout.block("hidden2.bias", 1, InitialDistribution::Constant(0.0));
        layout
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = layout().get::<Ix2>("hiden.weight").unwrap_err().to_string();
        assert!(error.contains("hiden.weight"), "{error}");
        assert!(
            error.contains("the nearest is hidden.weight, and"),
            "{error}"
        );
        let error = layout().covered("hiddn").unwrap_err().to_string();
        assert!(error.contains("the nearest is hidden, and"), "{error}");
        assert!(
            error.contains("hidden.weight [3, 2], hidden.bias [3]"),
            "{error}"
        );
        assert!(layout().covered("hid").is_err());
    }

    #[test]
    fn a_wrong_number_of_axes_is_an_error_with_the_shape() {
        let error = layout()
            .get::<Ix1>("hidden.weight")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("[3, 2]") && error.contains("number of axes"),
            "{error}"
        );
        assert_eq!(
            layout().get::<IxDyn>("hidden.bias").unwrap().shape.slice(),
            [3]
        );
    }

    #[test]
    fn a_layer_covers_its_own_blocks_only() {
        assert_eq!(layout().covered("hidden").unwrap(), [0..6, 6..9]);
        assert_eq!(layout().covered("hidden2").unwrap(), vec![9..10]);
        assert_eq!(layout().covered("hidden.bias").unwrap(), vec![6..9]);
    }

    #[test]
    fn the_fan_in_is_the_number_of_inputs_of_the_map() {
        let mut layout = layout();
        for name in [
            "output.weight",
            "attention.query",
            "output.bias",
            "lone.bias",
        ] {
            layout.block(name, 5, InitialDistribution::Constant(0.0));
        }
        let fan_in = |name: &str| layout.fan_in(layout.places(name).unwrap()[0]);
        for (name, expected) in [("hidden.weight", 2), ("hidden.bias", 2), ("output.bias", 5)] {
            assert_eq!(fan_in(name).unwrap(), expected, "{name}");
        }
        for name in ["attention.query", "lone.bias", "hidden2.bias"] {
            let error = fan_in(name).unwrap_err().to_string();
            assert!(
                error.contains(name) && error.contains("no fan-in"),
                "{error}"
            );
        }
    }

    #[test]
    #[should_panic(expected = "declared twice")]
    fn a_name_is_declared_once() {
        layout().block("hidden.bias", 3, InitialDistribution::Constant(0.0));
    }
}
