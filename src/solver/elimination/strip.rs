//! Elimination among 64 columns, one window of a row at a time.

use super::super::word::Word;
use super::tile::{Tile, table_bits};
use crate::simd::{Simd, WithSimd};

/// Columns of a strip.
pub(super) const COLUMNS: usize = 64;

/// Equations restricted to the columns of one word, which taken rows gave, reduced until each pivot column occurs in one of them
/// alone.
///
/// The rows themselves stay as they are. Which of them add up to an equation is remembered, so that whatever is done
/// to the windows can be done later to the rest of the rows, and to many of them at a time.
#[derive(Debug, Clone)]
pub(super) struct Strip<W> {
    /// The columns that exist.
    columns: u64,
    /// Those that have an equation.
    pivots: u64,
    /// In the place of its pivot, the window of an equation.
    windows: [W; COLUMNS],
    /// In the same place, the taken rows whose XOR it is: bit i stands for the one taken as number i.
    combinations: [W; COLUMNS],
    /// The labels of the taken rows.
    labels: W,
    pub(super) operations: u64,
}

impl<W: Word> Strip<W> {
    /// No equations yet among that many columns, at most 64.
    pub(super) fn new(columns: usize) -> Self {
        Strip {
            columns: u64::MAX >> (COLUMNS - columns),
            pivots: 0,
            windows: [W::of(0); COLUMNS],
            combinations: [W::of(0); COLUMNS],
            labels: W::of(0),
            operations: 0,
        }
    }

    /// The number of taken rows.
    pub(super) fn rank(&self) -> usize {
        self.pivots.count_ones() as usize
    }

    /// Whether every column has an equation.
    pub(super) fn is_full(&self) -> bool {
        self.pivots == self.columns
    }

    /// The columns without an equation.
    pub(super) fn free(&self) -> u64 {
        self.columns & !self.pivots
    }

    /// Takes a row unless its window depends on the equations.
    #[inline(always)]
    fn insert(&mut self, window: W, label: W) -> bool {
        let (reduced, combination) = self.reduce(window);
        if reduced.bits() == 0 {
            return false;
        }
        let combination = self.number(combination, label);
        let column = reduced.bits().trailing_zeros();
        let places = COLUMNS - self.pivots.leading_zeros() as usize;
        let (windows, combinations) = (
            &mut self.windows[..places],
            &mut self.combinations[..places],
        );
        self.operations += clear(column, reduced, combination, windows, combinations);
        self.place(column, reduced, combination);
        true
    }

    /// Takes rows among the first ones: as many as there are columns, all at a time. It tells which.
    #[inline(always)]
    fn insert_first(&mut self, rows: &[u32], tiles: &[Tile<W>], word: usize, labels: &[W]) -> u64 {
        let (mut windows, mut combinations) = ([W::of(0); COLUMNS], [W::of(0); COLUMNS]);
        let count = rows.len();
        for (window, &row) in windows.iter_mut().zip(rows) {
            *window = tiles[row as usize].0[word];
        }
        let (mut taken, mut columns) = (0_u64, [0; COLUMNS]);
        for at in 0..count {
            let window = windows[at];
            if window.bits() == 0 {
                continue;
            }
            let combination = W::of(combinations[at].bits() | 1 << taken.count_ones());
            columns[at] = window.bits().trailing_zeros();
            self.operations += clear(
                columns[at],
                window,
                combination,
                &mut windows[..count],
                &mut combinations[..count],
            );
            (windows[at], combinations[at]) = (window, combination);
            taken |= 1 << at;
        }
        for at in (0..count).filter(|at| taken >> at & 1 == 1) {
            self.number(W::of(0), labels[rows[at] as usize]);
            self.place(columns[at], windows[at], combinations[at]);
        }
        taken
    }

    /// The combination of a row that is now taken with others, whose number is that of the rows before it.
    #[inline(always)]
    fn number(&mut self, combination: W, label: W) -> W {
        let number = self.pivots.count_ones();
        self.labels = W::of(self.labels.bits() | label.bits() << number);
        W::of(combination.bits() | 1 << number)
    }

    #[inline(always)]
    fn place(&mut self, column: u32, window: W, combination: W) {
        self.windows[column as usize] = window;
        self.combinations[column as usize] = combination;
        self.pivots |= 1 << column;
    }

    /// The window without pivot columns, and the taken rows to add to get there.
    #[inline(always)]
    fn reduce(&mut self, window: W) -> (W, W) {
        let (mut reduced, mut combination) = (window, W::of(0));
        let mut pivots = window.bits() & self.pivots;
        self.operations += 2 * u64::from(pivots.count_ones());
        while pivots != 0 {
            let column = pivots.trailing_zeros() as usize;
            reduced = reduced.xor(self.windows[column]);
            combination = combination.xor(self.combinations[column]);
            pivots &= pivots - 1;
        }
        (reduced, combination)
    }

    /// The label of a row after these taken rows were added to it.
    #[inline(always)]
    fn relabel(&mut self, label: W, combination: W) -> W {
        self.operations += 3;
        let odd = combination.and(self.labels).ones() & 1;
        label.xor(W::of(u64::from(odd)))
    }

    /// The coordinates of these columns, where the free ones are given, and the equations of the taken rows have these
    /// right-hand sides without the columns.
    pub(super) fn solve(&mut self, sides: W, free: W) -> W {
        let mut solution = free.bits();
        let mut pivots = self.pivots;
        while pivots != 0 {
            let column = pivots.trailing_zeros() as usize;
            let mut odd = self.combinations[column].and(sides).ones();
            self.operations += 2;
            if free.bits() != 0 {
                odd += self.windows[column].and(free).ones();
                self.operations += 2;
            }
            solution |= u64::from(odd & 1) << column;
            pivots &= pivots - 1;
        }
        W::of(solution)
    }

    /// The labels of the taken rows.
    pub(super) fn labels(&self) -> W {
        self.labels
    }
}

/// Takes rows in their order until a strip is full; those that are not taken stay in `rows`.
pub(super) struct Search<'a, W> {
    pub(super) strip: &'a mut Strip<W>,
    pub(super) rows: &'a mut Vec<u32>,
    pub(super) taken: &'a mut Vec<u32>,
    /// For every row the tile with its window, which is this word of it.
    pub(super) tiles: &'a [Tile<W>],
    pub(super) word: usize,
    pub(super) labels: &'a [W],
}

impl<W: Word> WithSimd for Search<'_, W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let mut left = 0;
        let mut first = 0;
        if self.strip.pivots == 0 {
            first = self
                .rows
                .len()
                .min(self.strip.columns.count_ones() as usize);
            let (rows, tiles) = (&self.rows[..first], self.tiles);
            let taken = self.strip.insert_first(rows, tiles, self.word, self.labels);
            for at in 0..first {
                let row = self.rows[at];
                match taken >> at & 1 {
                    1 => self.taken.push(row),
                    _ => {
                        self.rows[left] = row;
                        left += 1;
                    }
                }
            }
        }
        for at in first..self.rows.len() {
            let row = self.rows[at];
            let window = self.tiles[row as usize].0[self.word];
            if !self.strip.is_full() && self.strip.insert(window, self.labels[row as usize]) {
                self.taken.push(row);
                continue;
            }
            self.rows[left] = row;
            left += 1;
        }
        self.rows.truncate(left);
    }
}

/// Clears a column in equations by adding one that has it; returns the operations.
#[inline(always)]
fn clear<W: Word>(
    column: u32,
    window: W,
    combination: W,
    windows: &mut [W],
    combinations: &mut [W],
) -> u64 {
    for (to, rows) in windows.iter_mut().zip(combinations.iter_mut()) {
        let with = W::of((to.bits() >> column & 1).wrapping_neg());
        *to = to.xor(window.and(with));
        *rows = rows.xor(combination.and(with));
    }
    4 * windows.len() as u64
}

/// Finds for each of these rows the taken rows that clear its pivot columns, and adds their labels to its own.
pub(super) struct Combine<'a, W> {
    pub(super) strip: &'a mut Strip<W>,
    pub(super) rows: &'a [u32],
    pub(super) tiles: &'a [Tile<W>],
    pub(super) word: usize,
    pub(super) labels: &'a mut [W],
    pub(super) combinations: &'a mut Vec<W>,
}

/// Bits of a table of combinations.
const BITS: usize = 4;

impl<W: Word> WithSimd for Combine<'_, W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.combinations.clear();
        let tables = (table_bits(self.rows.len()) > 0).then(|| self.strip.tables());
        for &row in self.rows {
            let row = row as usize;
            let window = self.tiles[row].0[self.word];
            let combination = match &tables {
                Some(tables) => self.strip.look_up(tables, window),
                None => self.strip.reduce(window).1,
            };
            self.labels[row] = self.strip.relabel(self.labels[row], combination);
            self.combinations.push(combination);
        }
    }
}

type Tables<W> = [[W; 1 << BITS]; COLUMNS / BITS];

impl<W: Word> Strip<W> {
    /// The XOR of the combinations of any pivots among four columns.
    #[inline(always)]
    fn tables(&mut self) -> Tables<W> {
        let mut tables = [[W::of(0); 1 << BITS]; COLUMNS / BITS];
        for (table, rows) in tables.iter_mut().zip(self.combinations.chunks_exact(BITS)) {
            for entry in 1..1_usize << BITS {
                let rest = table[entry & (entry - 1)];
                table[entry] = rest.xor(rows[entry.trailing_zeros() as usize]);
            }
        }
        self.operations += (COLUMNS / BITS * ((1 << BITS) - 1)) as u64;
        tables
    }

    #[inline(always)]
    fn look_up(&mut self, tables: &Tables<W>, window: W) -> W {
        self.operations += (COLUMNS / BITS) as u64;
        let (mut sum, mut bits) = (W::of(0), window.bits());
        for table in tables {
            sum = sum.xor(table[bits as usize & ((1 << BITS) - 1)]);
            bits >>= BITS;
        }
        sum
    }
}
