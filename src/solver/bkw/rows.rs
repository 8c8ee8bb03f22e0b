//! Examples as rows, and what makes blocks of their coordinates vanish.

use super::super::word::Word;
use crate::access::Examples;
use std::ops::Range;

/// Bytes of a table whose random places do not count as probes.
const NEAR: usize = 32 << 10;

/// An example in S words: its n inputs, and its label in bit n.
pub(super) type Row<W, const S: usize> = [W; S];

/// What has been computed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub words: u64,
    pub probes: u64,
    pub multiply_adds: u64,
}

/// Some coordinates one after the other, at most 26.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub from: usize,
    pub width: usize,
}

impl Block {
    /// The inputs of a row in this block, as a number.
    #[inline(always)]
    pub(super) fn of<W: Word, const S: usize>(self, row: &Row<W, S>) -> usize {
        let (word, bit) = (self.from / 64, self.from % 64);
        let low = row[word].bits() >> bit;
        let high = match row.get(word + 1) {
            Some(next) if bit + self.width > 64 => next.bits() << (64 - bit),
            _ => 0,
        };
        ((low | high) & ((1 << self.width) - 1)) as usize
    }

    /// Whether a table with a word-sized or larger entry for each number is large.
    pub(super) fn is_far(self, entry: usize) -> bool {
        entry << self.width > NEAR
    }
}

/// Rows `rows` of examples of n coordinates.
pub(super) fn rows<W: Word, const S: usize>(
    examples: &Examples,
    rows: Range<usize>,
) -> Vec<Row<W, S>> {
    let n = examples.dim();
    rows.map(|row| {
        let mut bits = [0; S];
        let x = examples.x().row(row);
        bits[..x.len()].copy_from_slice(x);
        bits[n / 64] |= u64::from(examples.is_negative(row)) << (n % 64);
        bits.map(W::of)
    })
    .collect()
}

#[inline(always)]
fn xor<W: Word, const S: usize>(a: &Row<W, S>, b: &Row<W, S>) -> Row<W, S> {
    std::array::from_fn(|word| a[word].xor(b[word]))
}

/// LF1: the first row with each number in the block is given up and added to all others with it.
pub(super) fn lf1<W: Word, const S: usize>(
    rows: &mut Vec<Row<W, S>>,
    block: Block,
    counts: &mut Counts,
) {
    let mut first = vec![[W::of(0); S]; 1 << block.width];
    let (mut met, mut added) = (0, 0);
    rows.retain_mut(|row| {
        let number = block.of(row);
        if number == 0 {
            return true;
        }
        met += 1;
        let first = &mut first[number];
        let is_first = first.iter().all(|word| word.bits() == 0);
        match is_first {
            true => *first = *row,
            false => {
                *row = xor(row, first);
                added += 1;
            }
        }
        !is_first
    });
    counts.words += S as u64 * added;
    counts.probes += if block.is_far(8 * S) { met } else { 0 };
}

/// LF2: the sums of all pairs of rows with the same number in the block, `most` of them.
///
/// Sums of neighbours among the rows with a number come first, as these do not depend on each other linearly.
pub(super) fn lf2<W: Word, const S: usize>(
    rows: &[Row<W, S>],
    n: usize,
    block: Block,
    most: usize,
    counts: &mut Counts,
) -> Vec<Row<W, S>> {
    // How often each number occurs, then where its rows begin among the sorted ones, then where they end.
    let mut ends = vec![W::of(0); 1 << block.width];
    for row in rows {
        let count = &mut ends[block.of(row)];
        *count = count.plus(W::of(1));
    }
    let mut before = 0;
    for end in &mut ends {
        let count = end.bits();
        *end = W::of(before);
        before += count;
    }
    let mut sorted = vec![[W::of(0); S]; rows.len()];
    for row in rows {
        let end = &mut ends[block.of(row)];
        sorted[end.bits() as usize] = *row;
        *end = end.plus(W::of(1));
    }
    counts.words += 2 * rows.len() as u64;
    if block.is_far(8) {
        counts.probes += 2 * rows.len() as u64;
    }
    let (mut sums, mut added) = (Vec::with_capacity(most), 0);
    for distance in 1.. {
        let (before, mut start) = (added, 0);
        for end in &ends {
            let same = &sorted[start..end.bits() as usize];
            start += same.len();
            let pairs = same.iter().zip(same.get(distance..).unwrap_or_default());
            for (a, b) in pairs.take(most - sums.len()) {
                let sum = xor(a, b);
                added += 1;
                // A sum without inputs would be added to many others, and tell nothing in the end.
                if has_inputs(&sum, n) {
                    sums.push(sum);
                }
            }
        }
        if added == before {
            break;
        }
    }
    counts.words += S as u64 * added;
    sums
}

/// Whether an input is −1.
fn has_inputs<W: Word, const S: usize>(row: &Row<W, S>, n: usize) -> bool {
    let inputs = |(word, bits): (usize, &W)| match word == n / 64 {
        true => bits.bits() & !(1 << (n % 64)),
        false => bits.bits(),
    };
    row.iter().enumerate().any(|word| inputs(word) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    fn random<const S: usize>(m: usize, seed: u64) -> Vec<Row<u64, S>> {
        let mut rng = Seeds::from(seed).stream(Purpose::Eval);
        (0..m)
            .map(|_| std::array::from_fn(|_| rng.random()))
            .collect()
    }

    #[test]
    fn a_block_is_read_across_words() {
        let row = [0x8000_0000_0000_0000_u64, 0b101];
        assert_eq!(Block { from: 63, width: 4 }.of(&row), 0b1011);
        assert_eq!(Block { from: 64, width: 3 }.of(&row), 0b101);
        assert_eq!(
            Block {
                from: 38,
                width: 26
            }
            .of(&row),
            1 << 25
        );
    }

    #[test]
    fn lf1_loses_one_row_for_each_number() {
        let mut rows = random::<2>(10_000, 1);
        let block = Block { from: 60, width: 9 };
        let numbers: std::collections::HashSet<_> = rows.iter().map(|row| block.of(row)).collect();
        lf1(&mut rows, block, &mut Counts::default());
        assert_eq!(
            rows.len(),
            10_000 - (numbers.len() - usize::from(numbers.contains(&0)))
        );
        assert!(rows.iter().all(|row| block.of(row) == 0));
    }

    #[test]
    fn lf2_makes_as_many_rows_as_pairs_are_expected() {
        // m(m − 1)/2^{b+1}, twice.
        let first = Block { from: 0, width: 16 };
        let second = Block {
            from: 16,
            width: 16,
        };
        let mut counts = Counts::default();
        let rows = lf2(&random::<1>(150_000, 2), 63, first, 1 << 20, &mut counts);
        assert!(
            (rows.len() as f64 - 171_660.0).abs() < 5.0 * 171_660_f64.sqrt(),
            "{}",
            rows.len()
        );
        let pairs = (rows.len() * (rows.len() - 1)) as f64 / (1 << 17) as f64;
        let rows = lf2(&rows, 63, second, 1 << 20, &mut counts);
        // Sums with a row in common depend on each other.
        assert!(
            (rows.len() as f64 / pairs - 1.0).abs() < 0.02,
            "{} of {pairs}",
            rows.len()
        );
        assert!(
            rows.iter()
                .all(|row| first.of(row) == 0 && second.of(row) == 0)
        );
        let capped = lf2(&rows, 63, Block { from: 32, width: 3 }, 1000, &mut counts);
        assert_eq!(capped.len(), 1000);
    }
}
