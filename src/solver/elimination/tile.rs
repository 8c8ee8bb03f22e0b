//! Rows in pieces of a line of the cache, and the addition of taken rows to many others.

use super::super::word::Word;
use super::strip::COLUMNS;
use crate::simd::{Simd, WithSimd};

/// Words of a piece of a row.
pub(super) const TILE: usize = 8;
/// From so many rows on sums of taken rows are put into tables, and from as many on into tables of five bits: the
/// numbers of additions are equal there.
const ROWS_FOR_TABLES: usize = 16;
const ROWS_FOR_FIVE_BITS: usize = 55;
/// Most entries of all tables for 64 taken rows.
pub(super) const MOST_ENTRIES: usize = COLUMNS.div_ceil(5) << 5;

/// A piece of a row, in a line of the cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Tile<W>(pub(super) [W; TILE]);

impl<W: Word> Tile<W> {
    pub(super) fn zero() -> Self {
        Tile([W::of(0); TILE])
    }

    /// `WIDTH` words of it from a place on.
    #[inline(always)]
    fn part<const WIDTH: usize>(&mut self, from: usize) -> &mut [W; WIDTH] {
        (&mut self.0[from..from + WIDTH])
            .try_into()
            .expect("the range has this length")
    }
}

#[inline(always)]
fn add<W: Word, const WIDTH: usize>(a: &mut [W; WIDTH], b: &[W; WIDTH]) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = a.xor(b);
    }
}

/// The bits of a table in which sums of taken rows are looked up, for that many rows to add them to; 0 for none.
pub(super) fn table_bits(rows: usize) -> usize {
    match rows {
        ..ROWS_FOR_TABLES => 0,
        ROWS_FOR_TABLES..ROWS_FOR_FIVE_BITS => 4,
        _ => 5,
    }
}

/// The words that are added up at a time to reach from a word of a tile to another, and the first of them.
pub(super) fn part(from: usize, to: usize) -> (usize, usize) {
    let width = (to - from).next_power_of_two();
    (from.min(TILE - width), width)
}

/// Adds, in one tile column, taken rows to each of the rows below: those that its combination says.
pub(super) struct Addition<'a, W> {
    pub(super) tiles: &'a mut [Tile<W>],
    /// Words of the tile, from and to.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) taken: &'a [u32],
    pub(super) below: &'a [u32],
    pub(super) combinations: &'a [W],
    pub(super) tables: &'a mut Vec<Tile<W>>,
}

impl<W: Word> WithSimd for Addition<'_, W> {
    /// The operations on words.
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> u64 {
        let (from, width) = part(self.from, self.to);
        match width {
            1 => self.in_width::<1>(from),
            2 => self.in_width::<2>(from),
            4 => self.in_width::<4>(from),
            _ => self.in_width::<TILE>(from),
        }
    }
}

impl<W: Word> Addition<'_, W> {
    #[inline(always)]
    fn in_width<const WIDTH: usize>(self, from: usize) -> u64 {
        let additions = match table_bits(self.below.len()) {
            0 => self.one_by_one::<WIDTH>(from),
            4 => self.by_tables::<WIDTH, 4, 16>(from),
            _ => self.by_tables::<WIDTH, 5, 32>(from),
        };
        additions * WIDTH as u64
    }

    #[inline(always)]
    fn one_by_one<const WIDTH: usize>(self, from: usize) -> u64 {
        let mut additions = 0;
        for (&row, combination) in self.below.iter().zip(self.combinations) {
            let mut sum = *self.tiles[row as usize].part::<WIDTH>(from);
            let mut rows = combination.bits();
            additions += u64::from(rows.count_ones());
            while rows != 0 {
                let taken = self.taken[rows.trailing_zeros() as usize];
                add(&mut sum, self.tiles[taken as usize].part(from));
                rows &= rows - 1;
            }
            *self.tiles[row as usize].part(from) = sum;
        }
        additions
    }

    /// The method of the four Russians: one addition for `BITS` taken rows, of whose sums each table has all `ENTRIES`.
    #[inline(always)]
    fn by_tables<const WIDTH: usize, const BITS: usize, const ENTRIES: usize>(
        self,
        from: usize,
    ) -> u64 {
        let mut additions = 0;
        let count = self.taken.len().div_ceil(BITS);
        let entries = count * ENTRIES;
        self.tables
            .resize(self.tables.len().max(entries), Tile::zero());
        let (tables, _) = self.tables[..entries].as_chunks_mut::<ENTRIES>();
        for (table, rows) in tables.iter_mut().zip(self.taken.chunks(BITS)) {
            *table[0].part(from) = [W::of(0); WIDTH];
            for (bit, &row) in rows.iter().enumerate() {
                let row = *self.tiles[row as usize].part::<WIDTH>(from);
                let (known, new) = table.split_at_mut(1 << bit);
                for (known, new) in known.iter_mut().zip(new) {
                    let mut sum = row;
                    add(&mut sum, known.part(from));
                    *new.part(from) = sum;
                }
                additions += 1 << bit;
            }
        }
        for (&row, combination) in self.below.iter().zip(self.combinations) {
            let row = self.tiles[row as usize].part::<WIDTH>(from);
            let (mut sum, mut rows) = (*row, combination.bits());
            for table in &mut *tables {
                add(&mut sum, table[rows as usize % ENTRIES].part(from));
                rows >>= BITS;
            }
            *row = sum;
        }
        additions + (count * self.below.len()) as u64
    }
}
