use crate::real::{LANES, Real};
use crate::simd::Rows;
use crate::threads::Divide;
use std::ops::{Range, RangeInclusive};

/// Target pre-activations per tile; the tile width is clamped to [`NEURONS`].
///
/// With 32 examples of 50 coordinates a tile takes half a megabyte in single precision.
const IN_TILE: usize = 1 << 15;
/// The fewest and the most neurons of a tile.
const NEURONS: RangeInclusive<usize> = 256..=1024;
/// Up to so many pre-activations are kept for the backward pass. More would leave the caches, and
/// take a share of the memory that grows with the batch.
pub(crate) const KEPT: usize = 1 << 20;

/// Tiles for each of several threads that are worked on before the threads wait for each other.
const TILES_PER_PART: usize = 4;

/// The pre-activations of a layer, a tile of neurons at a time: all tiles are kept, or only some.
#[derive(Debug)]
pub(in crate::model) struct Tiles<F> {
    /// Storage for each tile, or for some that all share, of shape `[batch, neurons]`.
    storage: Vec<Rows<F>>,
    batch: usize,
    /// The number of tiles.
    count: usize,
    widths: Widths,
    are_kept: bool,
    /// Whether the backward pass has overwritten them.
    are_spent: bool,
}

/// The number of neurons of every tile but the last, and of all.
#[derive(Debug, Clone, Copy)]
struct Widths {
    tile: usize,
    all: usize,
}

impl Widths {
    /// The neurons of some tiles.
    #[inline]
    fn of(self, tiles: &Range<usize>) -> Range<usize> {
        tiles.start * self.tile..self.all.min(tiles.end * self.tile)
    }
}

impl<F: Real> Tiles<F> {
    /// Storage for the pre-activations of a layer of so many neurons.
    pub(in crate::model) fn new(batch: usize, width: usize) -> Self {
        let tile = (IN_TILE / batch.max(1)).clamp(*NEURONS.start(), *NEURONS.end());
        let tile = width.min(tile.next_multiple_of(LANES));
        let are_kept = batch.saturating_mul(width) <= KEPT;
        let count = width.div_ceil(tile);
        let stored = if are_kept { count } else { 1 };
        Tiles {
            storage: (0..stored).map(|_| Rows::padded(batch, tile)).collect(),
            batch,
            count,
            widths: Widths { tile, all: width },
            are_kept,
            are_spent: false,
        }
    }

    /// The number of tiles.
    pub(in crate::model) fn count(&self) -> usize {
        self.count
    }

    /// How many tiles are worked on before the outputs take them up: one, or enough for `parts` threads, for
    /// which storage is made.
    pub(in crate::model) fn at_once(&mut self, parts: usize) -> usize {
        if parts == 1 {
            return 1;
        }
        let (batch, tile) = (self.batch, self.widths.tile);
        let tiles = self.count.min(parts * TILES_PER_PART);
        if self.storage.len() < tiles {
            let new = || Rows::padded(batch, tile);
            self.storage.resize_with(tiles, new);
        }
        tiles
    }

    /// Whether each tile still holds its pre-activations.
    pub(in crate::model) fn are_kept(&self) -> bool {
        self.are_kept && !self.are_spent
    }

    /// Records whether the backward pass was the last to write to the tiles.
    pub(in crate::model) fn set_spent(&mut self, are_spent: bool) {
        self.are_spent = are_spent;
    }

    /// Some tiles, at most as many as are worked on at once: each has its own storage.
    pub(in crate::model) fn some(&mut self, tiles: Range<usize>) -> TileRange<'_, F> {
        let first = if self.are_kept { tiles.start } else { 0 };
        TileRange {
            storage: &mut self.storage[first..first + tiles.len()],
            tiles,
            widths: self.widths,
        }
    }

    /// All tiles, which may share their storage.
    pub(in crate::model) fn all(&mut self) -> TileRange<'_, F> {
        TileRange {
            storage: &mut self.storage,
            tiles: 0..self.count,
            widths: self.widths,
        }
    }
}

/// Neighbouring tiles, of which each has its own storage or all share what there is.
#[derive(Debug)]
pub(in crate::model) struct TileRange<'a, F> {
    storage: &'a mut [Rows<F>],
    tiles: Range<usize>,
    widths: Widths,
}

impl<F: Real> TileRange<'_, F> {
    /// The number of tiles.
    #[inline]
    pub(in crate::model) fn count(&self) -> usize {
        self.tiles.len()
    }

    /// The first neuron.
    #[inline]
    pub(in crate::model) fn first_neuron(&self) -> usize {
        self.widths.of(&self.tiles).start
    }

    /// One of the tiles, with its first neuron.
    #[inline]
    pub(in crate::model) fn at(&mut self, tile: usize) -> (usize, &mut Rows<F>) {
        let places = self.storage.len();
        let z = &mut self.storage[if tile < places { tile } else { tile % places }];
        let tile = self.tiles.start + tile;
        let neurons = self.widths.of(&(tile..tile + 1));
        z.set_width(neurons.len());
        (neurons.start, z)
    }

    /// All of them to be read, where each has its own storage.
    pub(in crate::model) fn stored(&self) -> impl Iterator<Item = (usize, &Rows<F>)> {
        let starts = self.tiles.clone().map(|tile| tile * self.widths.tile);
        starts.zip(&*self.storage)
    }

    /// The number of neurons.
    #[inline]
    pub(in crate::model) fn width(&self) -> usize {
        self.widths.of(&self.tiles).len()
    }
}

impl<F: Real> Divide for TileRange<'_, F> {
    /// The whole if there is a single tile, or no storage for more than one.
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self> {
        let (tiles, places) = (self.tiles.len(), self.storage.len());
        if tiles.min(places) < 2 {
            return Err(self);
        }
        let (widths, end) = (self.widths, self.tiles.end);
        let share = |of: usize| (of * few / parts).max(1);
        let middle = self.tiles.start + share(tiles);
        let (low, high) = self.storage.split_at_mut(share(places));
        let part = |storage, tiles| TileRange {
            storage,
            tiles,
            widths,
        };
        Ok((part(low, self.tiles.start..middle), part(high, middle..end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_neuron_once() {
        for (batch, width) in [(1, 1), (32, 1000), (32, 2500), (50, 3001), (64, 40_000)] {
            for parts in [1, 2, 3] {
                let mut tiles = Tiles::<f32>::new(batch, width);
                let (mut next, at_once) = (0, tiles.at_once(parts));
                for first in (0..tiles.count()).step_by(at_once) {
                    let some = first..tiles.count().min(first + at_once);
                    let mut some = tiles.some(some);
                    for tile in 0..some.count() {
                        let (start, z) = some.at(tile);
                        assert_eq!(start, next);
                        assert!(start.is_multiple_of(LANES));
                        next += z.width();
                    }
                }
                assert_eq!(next, width);
            }
        }
    }

    /// The tiles of each of so many threads, from neuron `next` on; returns the neuron behind them.
    fn cover(
        parts: usize,
        tiles: TileRange<'_, f32>,
        mut next: usize,
        shares: &mut Vec<usize>,
    ) -> usize {
        let few = parts / 2;
        let halves = if few == 0 {
            Err(tiles)
        } else {
            tiles.divide(few, parts)
        };
        let mut tiles = match halves {
            Ok((low, high)) => {
                next = cover(few, low, next, shares);
                return cover(parts - few, high, next, shares);
            }
            Err(tiles) => tiles,
        };
        shares.push(tiles.width());
        for tile in 0..tiles.count() {
            let (start, z) = tiles.at(tile);
            assert_eq!(start, next);
            next += z.width();
        }
        next
    }

    #[test]
    fn threads_share_the_tiles() {
        for (batch, width) in [(32, 1000), (32, 1025), (32, 5000), (64, 40_000)] {
            for parts in [1, 2, 3, 5] {
                let mut tiles = Tiles::<f32>::new(batch, width);
                tiles.at_once(parts);
                let mut shares = Vec::new();
                assert_eq!(cover(parts, tiles.all(), 0, &mut shares), width);
                assert_eq!(shares.len(), parts.min(tiles.count));
                let most = tiles.count.div_ceil(shares.len()) * tiles.widths.tile;
                assert!(
                    shares.iter().all(|&share| share <= most),
                    "{shares:?} of {width}"
                );
            }
        }
    }

    #[test]
    fn what_is_kept_is_there_again() {
        for (batch, width, are_kept) in [(32, 2500, true), (2, 524_288, true), (2, 524_289, false)]
        {
            let mut tiles = Tiles::<f32>::new(batch, width);
            assert_eq!(tiles.are_kept(), are_kept, "{batch} examples, r = {width}");
            let mut all = tiles.all();
            for tile in 0..all.count() {
                let (start, z) = all.at(tile);
                z.row_mut(batch - 1).fill(start as f32);
            }
            let found = (0..all.count()).all(|tile| {
                let (start, z) = all.at(tile);
                z.row(batch - 1).iter().all(|&z| z == start as f32)
            });
            assert_eq!(found, are_kept);
        }
    }
}
