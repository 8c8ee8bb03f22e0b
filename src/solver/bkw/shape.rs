//! How the coordinates are cut into blocks, and what that takes.

use super::Reduction;
use super::rows::Block;

/// Most coordinates of a block, whose sums fit in memory.
pub(super) const MOST_WIDTH: usize = 26;
/// Most blocks; noise grows by squaring with each.
pub(super) const MOST_BLOCKS: usize = 12;

/// Most rows with the same number in a block that LF2 adds up in pairs, in the mean.
const MOST_EQUAL: f64 = 4.0;

/// (1 − 2p)^{2ᵃ}: the sum of 2ᵃ labels is wrong with probability ½ less half of it.
fn bias(p: f64, levels: usize) -> f64 {
    libm::exp(libm::log1p(-2.0 * p) * libm::exp2(levels as f64))
}

/// Rows after so many levels in which the right one of 2^width linear functions agrees more often than all others, but for a
/// probability of at most δ: 2(√ln(2·2^width/δ) + √ln(2/δ))²/(1 − 2p)^{2^{levels + 1}}, by Hoeffding's bound.
pub(super) fn rows_needed(p: f64, levels: usize, width: usize, failure: f64) -> f64 {
    let ln_once = libm::log(2.0 / failure);
    let ln_all = ln_once + width as f64 * std::f64::consts::LN_2;
    let sum = libm::sqrt(ln_all) + libm::sqrt(ln_once);
    2.0 * sum * sum / bias(p, levels + 1)
}

/// Blocks of b coordinates, a − 1 of which are cleared, and the rest of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub blocks: Vec<Block>,
    /// The rows that finding the coordinates of each block takes.
    pub needed: Vec<f64>,
    /// The rows expected before each block is cleared, and at the end.
    pub rows: Vec<f64>,
    pub words: f64,
    pub probes: f64,
    pub multiply_adds: f64,
    pub bytes: f64,
}

impl Shape {
    /// All that there are for n coordinates, whose rows have so many words.
    pub(super) fn all(
        n: usize,
        words: usize,
        p: f64,
        failure: f64,
        reduction: Reduction,
    ) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for a in 1..=MOST_BLOCKS.min(n) {
            let widths = match a {
                1 => 1..=1,
                _ => 1..=MOST_WIDTH.min((n - 1) / (a - 1)),
            };
            for b in widths {
                let last = n - (a - 1) * b;
                if last <= MOST_WIDTH {
                    let shape = Shape::of((a, b, last), words, p, failure, reduction);
                    shapes.extend(shape);
                }
            }
        }
        shapes
    }

    fn of(
        (a, b, last): (usize, usize, usize),
        words: usize,
        p: f64,
        failure: f64,
        reduction: Reduction,
    ) -> Option<Shape> {
        let width = |block| if block + 1 < a { b } else { last };
        let blocks: Vec<Block> = (0..a)
            .map(|block| Block {
                from: block * b,
                width: width(block),
            })
            .collect();
        // A share of δ for each block; the other half is for the comparison at the end.
        let share = failure / (2 * a) as f64;
        let needed: Vec<f64> = (0..a)
            .map(|block| rows_needed(p, block, width(block), share).ceil())
            .collect();
        let rows = match reduction {
            Reduction::Lf1 => Shape::rows_of_lf1(&needed, b)?,
            Reduction::Lf2 => Shape::rows_of_lf2(&needed, b)?,
        };
        let mut shape = Shape {
            blocks,
            needed,
            rows,
            words: 0.0,
            probes: 0.0,
            multiply_adds: 0.0,
            bytes: 0.0,
        };
        shape.count(words as f64, reduction);
        Some(shape)
    }

    /// Rows before each block of width b, if LF1 can clear them: each level loses one row for each number but 0, and the
    /// noise of that row gets into all those it is added to, so that no fewer numbers are needed than rows.
    fn rows_of_lf1(needed: &[f64], b: usize) -> Option<Vec<f64>> {
        let numbers = libm::exp2(b as f64);
        let levels = (0..).map(f64::from).zip(needed);
        let first = levels.map(|(level, rows)| rows + level * (numbers - 1.0));
        let mut rows = vec![first.fold(0.0, f64::max)];
        for level in 1..needed.len() {
            rows.push(rows[level - 1] - lost(rows[level - 1], b));
        }
        let is_enough = needed[1..].iter().all(|&rows| rows <= numbers);
        is_enough.then_some(rows)
    }

    /// Rows before each block of width b, if LF2 can clear them: as many as have pairs enough, but not fewer than afterwards, and
    /// no row is in more than one of those needed, in the mean. Where too many have the same number, sums of sums are the same
    /// rows again.
    fn rows_of_lf2(needed: &[f64], b: usize) -> Option<Vec<f64>> {
        let mut rows = needed.to_vec();
        for level in (0..rows.len() - 1).rev() {
            let after = rows[level + 1];
            // The number m(m − 1)/2^{b+1} of pairs varies by its root, more or less.
            let pairs = after + 5.0 * libm::sqrt(after);
            let before = 0.5 + libm::sqrt(0.25 + pairs * libm::exp2(b as f64 + 1.0));
            rows[level] = rows[level].max(before.ceil()).max(after);
        }
        let sums = (0..)
            .zip(needed)
            .map(|(level, needed)| needed * libm::exp2(f64::from(level)));
        rows[0] = sums.fold(rows[0], f64::max);
        let most = MOST_EQUAL * libm::exp2(b as f64);
        let cleared = &rows[..rows.len() - 1];
        cleared.iter().all(|&rows| rows <= most).then_some(rows)
    }

    fn count(&mut self, words: f64, reduction: Reduction) {
        let last = self.blocks.len() - 1;
        let mut kept = 0.0;
        for (block, &Block { width, .. }) in self.blocks.iter().enumerate() {
            let (table, rows) = (libm::exp2(width as f64), self.rows[block]);
            let read = if block == last {
                rows
            } else {
                self.needed[block]
            };
            // The known coordinates take an AND and a count for each word, but there are none at first.
            let known = if block == last { 0.0 } else { 2.0 * words };
            self.words += read * (1.0 + known);
            self.multiply_adds += width as f64 * table;
            let is_far = |entry| self.blocks[block].is_far(entry);
            self.probes += if is_far(8) { read } else { 0.0 };
            kept += 8.0 * words * read;
            self.bytes = self.bytes.max(kept + 12.0 * table);
            if block == last {
                continue;
            }
            let next = self.rows[block + 1];
            match reduction {
                Reduction::Lf1 => {
                    self.words += words * (rows * (1.0 - 1.0 / table) - lost(rows, width));
                    self.probes += if is_far(8 * words as usize) {
                        rows
                    } else {
                        0.0
                    };
                    self.bytes = self.bytes.max(kept + 8.0 * words * (rows + table));
                }
                Reduction::Lf2 => {
                    self.words += 2.0 * rows + words * next;
                    self.probes += if is_far(8) { 2.0 * rows } else { 0.0 };
                    let held = kept + 8.0 * words * (2.0 * rows + next) + 8.0 * table;
                    self.bytes = self.bytes.max(held);
                }
            }
        }
    }

    /// All operations, to compare shapes by.
    pub(super) fn cost(&self) -> f64 {
        self.words + self.multiply_adds + self.probes
    }
}

/// The expected number of rows that LF1 loses, one for each number but 0 that occurs.
fn lost(rows: f64, width: usize) -> f64 {
    let numbers = libm::exp2(width as f64);
    -(numbers - 1.0) * libm::expm1(rows * libm::log1p(-1.0 / numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_grows_by_squaring() {
        for (p, levels) in [
            (0.1, [0.1, 0.18, 0.2952, 0.41611, 0.48593]),
            (0.125, [0.125, 0.21875, 0.3418, 0.44994, 0.49499]),
            (0.25, [0.25, 0.375, 0.46875, 0.49805, 0.49999]),
        ] {
            for (level, noise) in levels.into_iter().enumerate() {
                let after = (1.0 - bias(p, level)) / 2.0;
                assert!((after - noise).abs() < 6e-6, "{p}, {level}");
            }
        }
    }

    #[test]
    fn the_rows_of_a_transform_are_those_of_hoeffdings_bound() {
        for (p, width, rows) in [
            (0.1, 9, 387.0),
            (0.1, 16, 481.0),
            (0.1, 20, 532.0),
            (0.25, 20, 22_841.0),
        ] {
            let needed = rows_needed(p, 2, width, 0.01);
            assert!((needed - rows).abs() < 0.6, "{p}, {width}: {needed}");
        }
    }

    #[test]
    fn blocks_are_all_coordinates_and_rows_last_to_the_end() {
        for reduction in [Reduction::Lf1, Reduction::Lf2] {
            let shapes = Shape::all(60, 1, 0.1, 0.01, reduction);
            assert!(shapes.len() > 10);
            for shape in shapes {
                let mut next = 0;
                for block in &shape.blocks {
                    assert_eq!(block.from, next);
                    next += block.width;
                }
                assert_eq!(next, 60);
                assert!(
                    shape
                        .rows
                        .iter()
                        .zip(&shape.needed)
                        .all(|(rows, needed)| rows >= needed)
                );
            }
        }
        assert_eq!(Shape::all(1, 1, 0.1, 0.01, Reduction::Lf2).len(), 1);
    }
}
