use crate::real::{LANES, Real};
use crate::simd::Rows;
use std::iter::successors;
use std::ops::RangeInclusive;

/// Target pre-activations per tile; the tile width is clamped to [`NEURONS`].
///
/// With 32 examples of 50 coordinates a tile takes half a megabyte in single precision.
const IN_TILE: usize = 1 << 15;
/// The fewest and the most neurons of a tile.
const NEURONS: RangeInclusive<usize> = 256..=1024;
/// Up to so many pre-activations are kept for the backward pass. More would leave the caches, and
/// take a share of the memory that grows with the batch.
pub(crate) const KEPT: usize = 1 << 20;

/// The pre-activations of a layer, a tile of neurons at a time: all tiles are kept, or only one.
#[derive(Debug)]
pub(in crate::model) struct Tiles<F> {
    /// Storage for each tile, or one shared by all, of shape `[batch, neurons]`.
    storage: Vec<Rows<F>>,
    width: usize,
    /// The number of neurons of every tile but the last.
    size: usize,
    are_kept: bool,
    /// Whether the backward pass has overwritten them.
    are_spent: bool,
}

impl<F: Real> Tiles<F> {
    /// Storage for the pre-activations of a layer of so many neurons.
    pub(in crate::model) fn new(batch: usize, width: usize) -> Self {
        let size = (IN_TILE / batch.max(1)).clamp(*NEURONS.start(), *NEURONS.end());
        let size = width.min(size.next_multiple_of(LANES));
        let are_kept = batch.saturating_mul(width) <= KEPT;
        let count = if are_kept { width.div_ceil(size) } else { 1 };
        Tiles {
            storage: (0..count).map(|_| Rows::padded(batch, size)).collect(),
            width,
            size,
            are_kept,
            are_spent: false,
        }
    }

    /// The first neuron of each tile.
    pub(in crate::model) fn starts(&self) -> impl Iterator<Item = usize> + use<F> {
        let (size, width) = (self.size, self.width);
        successors(Some(0), move |start| {
            Some(start + size).filter(|next| *next < width)
        })
    }

    /// Whether each tile still holds its pre-activations.
    pub(in crate::model) fn are_kept(&self) -> bool {
        self.are_kept && !self.are_spent
    }

    /// Records whether the backward pass was the last to write to the tiles.
    pub(in crate::model) fn set_spent(&mut self, are_spent: bool) {
        self.are_spent = are_spent;
    }

    /// The tile that begins with neuron `start`.
    pub(in crate::model) fn at(&mut self, start: usize) -> &mut Rows<F> {
        // Most networks are one tile, for which nothing need be divided.
        let place = match start {
            0 => 0,
            _ if !self.are_kept => 0,
            _ => start / self.size,
        };
        let tile = &mut self.storage[place];
        tile.set_width(self.size.min(self.width - start));
        tile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_neuron_once() {
        for (batch, width) in [(1, 1), (32, 1000), (32, 2500), (50, 3001), (64, 40_000)] {
            let mut tiles = Tiles::<f32>::new(batch, width);
            let mut next = 0;
            for start in tiles.starts() {
                assert_eq!(start, next);
                assert!(start.is_multiple_of(LANES));
                next += tiles.at(start).width();
            }
            assert_eq!(next, width);
        }
    }

    #[test]
    fn what_is_kept_is_there_again() {
        for (batch, width, are_kept) in [(32, 2500, true), (2, 524_288, true), (2, 524_289, false)]
        {
            let mut tiles = Tiles::<f32>::new(batch, width);
            assert_eq!(tiles.are_kept(), are_kept, "{batch} examples, r = {width}");
            for start in tiles.starts() {
                tiles.at(start).row_mut(batch - 1).fill(start as f32);
            }
            let found = tiles.starts().all(|start| {
                let row = tiles.at(start).row(batch - 1);
                row.iter().all(|&z| z == start as f32)
            });
            assert_eq!(found, are_kept);
        }
    }
}
