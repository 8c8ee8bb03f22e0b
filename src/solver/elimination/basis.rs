//! Independent equations, brought into the form in which they are solved.

use super::super::word::Word;
use super::strip::{COLUMNS, Combine, Search, Strip};
use super::tile::{Addition, MOST_ENTRIES, TILE, Tile};
use crate::simd::dispatch;

/// Rows beyond n that there is memory for from the beginning.
const SPARE: usize = 16;

/// Equations over GF(2) in n unknowns, by strips of 64 columns.
///
/// The rows that a strip takes have been cleared in the columns of the strips before. Within the strip they stay as they are:
/// it knows which of them to add up, see [`Strip`].
#[derive(Debug)]
pub(in crate::solver) struct Basis<W> {
    n: usize,
    strips: Vec<Strip<W>>,
    /// The rows that each strip has taken, in order.
    taken: Vec<Vec<u32>>,
    /// Rows in pieces: all first pieces, all second ones and so on.
    tiles: Vec<Vec<Tile<W>>>,
    /// The label of each row in bit 0.
    labels: Vec<W>,
    operations: u64,
    /// What each strip does with the newest rows.
    cleared: Vec<Cleared<W>>,
    tables: Vec<Tile<W>>,
}

/// The rows that a strip clears without taking them, and the taken rows that it adds to each.
#[derive(Debug)]
struct Cleared<W> {
    rows: Vec<u32>,
    combinations: Vec<W>,
}

impl<W: Word> Basis<W> {
    pub(in crate::solver) fn new(n: usize) -> Self {
        let strips = n.div_ceil(COLUMNS);
        let columns = |strip| COLUMNS.min(n - strip * COLUMNS);
        Basis {
            n,
            strips: (0..strips)
                .map(|strip| Strip::new(columns(strip)))
                .collect(),
            taken: (0..strips).map(|_| Vec::with_capacity(COLUMNS)).collect(),
            tiles: (0..strips.div_ceil(TILE))
                .map(|_| Vec::with_capacity(n + SPARE))
                .collect(),
            labels: Vec::with_capacity(n + SPARE),
            operations: 0,
            cleared: (0..strips)
                .map(|_| Cleared {
                    rows: Vec::new(),
                    combinations: Vec::new(),
                })
                .collect(),
            tables: Vec::new(),
        }
    }

    /// Forgets the equations, but not the operations.
    pub(in crate::solver) fn clear(&mut self) {
        self.operations = self.operations();
        for (index, strip) in self.strips.iter_mut().enumerate() {
            *strip = Strip::new(COLUMNS.min(self.n - index * COLUMNS));
        }
        self.taken.iter_mut().for_each(Vec::clear);
        self.tiles.iter_mut().for_each(Vec::clear);
        self.labels.clear();
    }

    pub(in crate::solver) fn rank(&self) -> usize {
        self.strips.iter().map(Strip::rank).sum()
    }

    /// The operations on words so far.
    pub(in crate::solver) fn operations(&self) -> u64 {
        let strips: u64 = self.strips.iter().map(|strip| strip.operations).sum();
        self.operations + strips
    }

    /// The bytes of memory for that many rows in n unknowns, of which n are taken up at once and the others one by one.
    pub(in crate::solver) fn bytes(n: usize, rows: usize) -> u64 {
        let strips = n.div_ceil(COLUMNS);
        let row = size_of::<Tile<W>>() * strips.div_ceil(TILE) + size_of::<W>();
        // Every strip clears the rows that those before have not taken.
        let cleared: usize = (0..strips)
            .map(|strip| rows.min(n).saturating_sub(strip * COLUMNS))
            .sum();
        let strip = size_of::<Strip<W>>() + size_of::<u32>() * COLUMNS;
        let tables = match strips {
            1 => 0,
            _ => size_of::<Tile<W>>() * MOST_ENTRIES,
        };
        // A vector that is full grows to twice its size.
        let room = match n + SPARE {
            room if rows > room => rows.max(2 * room),
            room => room,
        };
        let bytes =
            row * room + (size_of::<W>() + size_of::<u32>()) * cleared + strip * strips + tables;
        bytes as u64
    }

    /// Takes up equations, rows of n bits with their labels; `false` if one contradicts the others.
    pub(in crate::solver) fn extend<'r>(
        &mut self,
        rows: impl Iterator<Item = (&'r [u64], bool)>,
    ) -> bool {
        let first = self.labels.len();
        for (row, label) in rows {
            for (tiles, words) in self.tiles.iter_mut().zip(row.chunks(TILE)) {
                let word = |place: usize| words.get(place).copied().unwrap_or(0);
                tiles.push(Tile(std::array::from_fn(|place| W::of(word(place)))));
            }
            self.labels.push(W::of(u64::from(label)));
        }
        let mut below: Vec<u32> = (first as u32..self.labels.len() as u32).collect();
        // A column of tiles is kept in the cache until all strips before and within it have been through.
        for column in 0..self.tiles.len() {
            let strips = column * TILE..self.strips.len().min((column + 1) * TILE);
            for earlier in 0..strips.start {
                self.add(earlier, column, 0);
            }
            for strip in strips {
                self.search(strip, &mut below);
                self.add(strip, column, strip % TILE + 1);
            }
        }
        let consistent = |&row: &u32| self.labels[row as usize].bits() == 0;
        below.iter().all(consistent)
    }

    /// Takes as many of the rows below as a strip needs, and finds what clears its columns in the others.
    fn search(&mut self, index: usize, below: &mut Vec<u32>) {
        let (strip, tiles) = (&mut self.strips[index], &self.tiles[index / TILE]);
        dispatch(Search {
            strip,
            rows: below,
            taken: &mut self.taken[index],
            tiles,
            word: index % TILE,
            labels: &self.labels,
        });
        let cleared = &mut self.cleared[index];
        cleared.rows.clone_from(below);
        dispatch(Combine {
            strip,
            rows: &cleared.rows,
            tiles,
            word: index % TILE,
            labels: &mut self.labels,
            combinations: &mut cleared.combinations,
        });
    }

    /// Adds the rows that a strip has taken to those that it clears, in a column of tiles from a word on.
    fn add(&mut self, index: usize, column: usize, from: usize) {
        let cleared = &self.cleared[index];
        let to = TILE.min(self.strips.len() - column * TILE);
        if from < to && !cleared.rows.is_empty() {
            self.operations += dispatch(Addition {
                tiles: &mut self.tiles[column],
                from,
                to,
                taken: &self.taken[index],
                below: &cleared.rows,
                combinations: &cleared.combinations,
                tables: &mut self.tables,
            });
        }
    }

    /// The coordinates without an equation.
    pub(in crate::solver) fn free(&self) -> Vec<usize> {
        let is_free = |&i: &usize| self.strips[i / COLUMNS].free() >> (i % COLUMNS) & 1 == 1;
        (0..self.n).filter(is_free).collect()
    }

    /// The solution whose free coordinates are 0, one bit a coordinate.
    pub(in crate::solver) fn solution(&mut self) -> Vec<W> {
        self.solve(true, None)
    }

    /// The solution for labels that are all +1, with this free coordinate 1 and the others 0.
    pub(super) fn null_vector(&mut self, free: usize) -> Vec<W> {
        self.solve(false, Some(free))
    }

    /// Back substitution, from the last strip to the first.
    fn solve(&mut self, with_labels: bool, free: Option<usize>) -> Vec<W> {
        let words = self.strips.len();
        let mut solution = vec![W::of(0); words];
        for index in (0..words).rev() {
            let (column, word) = (index / TILE, index % TILE);
            let mut sums = [W::of(0); COLUMNS];
            for (place, tiles) in self.tiles.iter().enumerate().skip(column) {
                let from = if place == column { word + 1 } else { 0 };
                let to = TILE.min(words - place * TILE).max(from);
                let known = &solution[place * TILE + from..place * TILE + to];
                for (sum, &row) in sums.iter_mut().zip(&self.taken[index]) {
                    for (&x, &s) in tiles[row as usize].0[from..to].iter().zip(known) {
                        *sum = sum.xor(x.and(s));
                    }
                }
                self.operations += (2 * known.len() * self.taken[index].len()) as u64;
            }
            let odd = sums[..self.taken[index].len()].iter().enumerate();
            let sides = odd.fold(0, |bits, (i, sum)| bits | u64::from(sum.ones() & 1) << i);
            self.operations += self.taken[index].len() as u64;
            let strip = &mut self.strips[index];
            let sides = match with_labels {
                true => {
                    self.operations += 1;
                    W::of(sides).xor(strip.labels())
                }
                false => W::of(sides),
            };
            let free = free.filter(|free| free / COLUMNS == index);
            let free = free.map_or(0, |free| 1 << (free % COLUMNS));
            solution[index] = strip.solve(sides, W::of(free));
        }
        solution
    }
}

/// The coordinates whose bits are set.
pub(in crate::solver) fn support<W: Word>(words: &[W]) -> Vec<usize> {
    let bits = |word: &W| {
        let mut bits = word.bits();
        std::iter::from_fn(move || {
            let bit = (bits != 0).then(|| bits.trailing_zeros() as usize);
            bits &= bits.wrapping_sub(1);
            bit
        })
    };
    let words = words.iter().enumerate();
    words
        .flat_map(|(word, of)| bits(of).map(move |bit| word * COLUMNS + bit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;

    /// Random equations, with the labels of a random set of coordinates.
    fn equations(n: usize, m: usize, seed: u64) -> (Signs, Vec<bool>, Vec<usize>) {
        let mut rng = Seeds::from(seed).stream(Purpose::Eval);
        let (mut x, mut s) = (Signs::ones(m, n).unwrap(), Signs::ones(1, n).unwrap());
        x.randomize(&mut rng);
        s.randomize(&mut rng);
        let s: Vec<usize> = (0..n).filter(|&i| s.is_negative(0, i)).collect();
        let odd = |row| s.iter().filter(|&&i| x.is_negative(row, i)).count() % 2 == 1;
        let labels = (0..m).map(odd).collect();
        (x, labels, s)
    }

    fn take<W: Word>(
        basis: &mut Basis<W>,
        x: &Signs,
        labels: &[bool],
        rows: std::ops::Range<usize>,
    ) -> bool {
        basis.extend(rows.map(|row| (x.row(row), labels[row])))
    }

    #[test]
    fn parts_of_any_size_have_the_solution_of_the_whole() {
        for n in [1, 5, 63, 64, 65, 127, 128, 130, 200, 513, 700] {
            let (x, labels, s) = equations(n, n + 30, 3);
            for part in [1, 7, 100, n + 30] {
                let mut basis = Basis::<u64>::new(n);
                for from in (0..n + 30).step_by(part) {
                    let rows = from..(from + part).min(n + 30);
                    assert!(take(&mut basis, &x, &labels, rows));
                }
                assert_eq!((basis.rank(), basis.free()), (n, vec![]), "{n}");
                assert_eq!(support(&basis.solution()), s, "n = {n} in parts of {part}");
                basis.clear();
                assert!(take(&mut basis, &x, &labels, 0..n + 30));
                assert_eq!(support(&basis.solution()), s);
            }
        }
    }

    #[test]
    fn a_wrong_label_contradicts() {
        for n in [5, 64, 130, 600] {
            for wrong in [0, 3, n + 5] {
                let (x, mut labels, _) = equations(n, n + 30, 4);
                labels[wrong] ^= true;
                assert!(!take(&mut Basis::<u64>::new(n), &x, &labels, 0..n + 30));
                let mut basis = Basis::<u64>::new(n);
                let all = (0..n + 30).map(|row| take(&mut basis, &x, &labels, row..row + 1));
                assert!(all.collect::<Vec<_>>().contains(&false));
            }
        }
    }

    #[test]
    fn the_null_space_is_orthogonal_to_all_rows_and_of_the_missing_rank() {
        for (n, m) in [(7, 4), (64, 60), (130, 100), (200, 199), (600, 590)] {
            let (x, labels, s) = equations(n, m, 5);
            let mut basis = Basis::<u64>::new(n);
            assert!(take(&mut basis, &x, &labels, 0..m));
            let free = basis.free();
            assert_eq!(free.len(), n - basis.rank());
            let odd = |set: &[usize], row| {
                set.iter().filter(|&&i| x.is_negative(row, i)).count() % 2 == 1
            };
            let particular = support(&basis.solution());
            assert!((0..m).all(|row| odd(&particular, row) == labels[row]));
            // S is the particular solution and those null vectors whose free coordinates it has.
            let mut sum = basis.solution();
            for &coordinate in &free {
                let vector = basis.null_vector(coordinate);
                let set = support(&vector);
                assert_eq!(set.iter().filter(|i| free.contains(i)).count(), 1);
                assert!((0..m).all(|row| !odd(&set, row)));
                if s.contains(&coordinate) {
                    sum = sum.iter().zip(vector).map(|(a, b)| a ^ b).collect();
                }
            }
            assert_eq!(support(&sum), s);
        }
    }
}
