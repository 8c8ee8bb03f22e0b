use crate::real::{LANES, Real};
use crate::rows::Rows;
use std::iter::successors;
use std::ops::RangeInclusive;

/// As many pre-activations has a block, if its number of neurons is in the range that follows: with
/// 32 examples of 50 coordinates, what belongs to it takes half a megabyte in single precision.
const IN_BLOCK: usize = 1 << 15;
const NEURONS: RangeInclusive<usize> = 256..=1024;
/// Up to so many pre-activations are kept for the backward pass. More would leave the caches, and
/// take a share of the memory that grows with the batch.
pub(crate) const KEPT: usize = 1 << 20;

/// The pre-activations of a layer, a block of neurons at a time: all are kept, or those of one block.
#[derive(Debug)]
pub(super) struct Blocks<F> {
    /// A room for each block, or one for all of them, of shape `[batch, neurons]`.
    rooms: Vec<Rows<F>>,
    width: usize,
    /// The number of neurons of every block but the last.
    size: usize,
    are_kept: bool,
    /// Whether something else was written in their place.
    are_spent: bool,
}

impl<F: Real> Blocks<F> {
    /// Room for the pre-activations of a layer of so many neurons.
    pub(super) fn new(batch: usize, width: usize) -> Self {
        let size = (IN_BLOCK / batch.max(1)).clamp(*NEURONS.start(), *NEURONS.end());
        let size = width.min(size.next_multiple_of(LANES));
        let are_kept = batch.saturating_mul(width) <= KEPT;
        let rooms = if are_kept { width.div_ceil(size) } else { 1 };
        Blocks {
            rooms: (0..rooms).map(|_| Rows::padded(batch, size)).collect(),
            width,
            size,
            are_kept,
            are_spent: false,
        }
    }

    /// The first neuron of each block.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> + use<F> {
        let (size, width) = (self.size, self.width);
        successors(Some(0), move |start| {
            Some(start + size).filter(|next| *next < width)
        })
    }

    /// Whether each block has what was written to it.
    pub(super) fn are_kept(&self) -> bool {
        self.are_kept && !self.are_spent
    }

    /// Tells whether the forward pass was the last to write to the blocks, or the backward pass.
    pub(super) fn set_spent(&mut self, are_spent: bool) {
        self.are_spent = are_spent;
    }

    /// The block that begins with neuron `start`.
    pub(super) fn at(&mut self, start: usize) -> &mut Rows<F> {
        // Most networks are one block, for which nothing need be divided.
        let room = match start {
            0 => 0,
            _ if !self.are_kept => 0,
            _ => start / self.size,
        };
        let room = &mut self.rooms[room];
        room.set_width(self.size.min(self.width - start));
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_neuron_once() {
        for (batch, width) in [(1, 1), (32, 1000), (32, 2500), (50, 3001), (64, 40_000)] {
            let mut blocks = Blocks::<f32>::new(batch, width);
            let mut next = 0;
            for start in blocks.starts() {
                assert_eq!(start, next);
                assert!(start.is_multiple_of(LANES));
                next += blocks.at(start).width();
            }
            assert_eq!(next, width);
        }
    }

    #[test]
    fn what_is_kept_is_there_again() {
        for (batch, width, are_kept) in [(32, 2500, true), (2, 524_288, true), (2, 524_289, false)]
        {
            let mut blocks = Blocks::<f32>::new(batch, width);
            assert_eq!(blocks.are_kept(), are_kept, "{batch} examples, r = {width}");
            for start in blocks.starts() {
                blocks.at(start).row_mut(batch - 1).fill(start as f32);
            }
            let found = blocks.starts().all(|start| {
                let row = blocks.at(start).row(batch - 1);
                row.iter().all(|&z| z == start as f32)
            });
            assert_eq!(found, are_kept);
        }
    }
}
