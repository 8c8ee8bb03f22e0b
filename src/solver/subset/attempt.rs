//! Attempts with the same columns.

use super::super::elimination::{Basis, support};
use super::super::sample::Sample;
use super::super::word::Word;
use super::super::{Problem, SampleSize};
use crate::seeds::LabRng;
use crate::simd::{Transpose, dispatch};
use rand::Rng;

const WORD: usize = 64;

/// The examples, and what attempts need to work with them.
pub(super) struct Attempts<'a, W> {
    problem: &'a Problem,
    size: SampleSize,
    sample: &'a Sample<W>,
    q: usize,
    columns: Vec<u32>,
    rows: Vec<u32>,
    /// Row after row its q bits.
    packed: Vec<u64>,
    basis: Basis<W>,
    pub(super) counts: Counts,
}

/// What the attempts have taken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub words: u64,
    pub attempts: u64,
    pub candidates: u64,
}

/// The bytes of memory with m examples of n coordinates and q columns.
pub(super) fn bytes<W: Word>(n: usize, m: usize, q: usize) -> u64 {
    let (blocks, words) = (m.div_ceil(WORD) as f64, q.div_ceil(WORD) as f64);
    let (n, m) = (n as f64, m as f64);
    let numbers = 8.0 * (n * blocks + m * words) + 4.0 * (n + m);
    (numbers as u64).saturating_add(Basis::<W>::bytes(q, q))
}

impl<'a, W: Word> Attempts<'a, W> {
    pub(super) fn new(
        problem: &'a Problem,
        size: SampleSize,
        q: usize,
        sample: &'a Sample<W>,
    ) -> Self {
        Attempts {
            problem,
            size,
            sample,
            q,
            columns: Vec::new(),
            rows: Vec::new(),
            packed: vec![0; size.examples * q.div_ceil(WORD)],
            basis: Basis::new(q),
            counts: Counts::default(),
        }
    }

    /// Draws q columns, and sets of rows until one of them gives a support that is accepted, with its wrong labels.
    pub(super) fn with_new_columns(
        &mut self,
        sets: usize,
        coins: &mut LabRng,
    ) -> Option<(Vec<usize>, usize)> {
        self.columns.clear();
        self.columns.extend(0..self.problem.n as u32);
        self.rows.clear();
        self.rows.extend(0..self.size.examples as u32);
        (0..self.q).for_each(|at| draw(&mut self.columns, at, coins));
        self.pack();
        (0..sets).find_map(|_| self.with_new_rows(coins))
    }

    /// Takes rows until their rank is q, and compares the solution if its size is one that k may have.
    fn with_new_rows(&mut self, coins: &mut LabRng) -> Option<(Vec<usize>, usize)> {
        let Attempts { q, sample, .. } = *self;
        self.counts.attempts += 1;
        self.basis.clear();
        let (mut drawn, stride) = (0, q.div_ceil(WORD));
        while self.basis.rank() < q {
            let next = q.saturating_sub(drawn).max(1).min(self.rows.len() - drawn);
            if next == 0 {
                return None;
            }
            let new = drawn..drawn + next;
            new.clone().for_each(|at| draw(&mut self.rows, at, coins));
            let packed = &self.packed;
            let equation = |&row: &u32| {
                let row = row as usize;
                let label = sample.labels()[row / WORD].bits() >> (row % WORD) & 1 == 1;
                (&packed[row * stride..][..stride], label)
            };
            // Whether a further row contradicts says nothing on the rows that the solution is taken from.
            self.basis.extend(self.rows[new].iter().map(equation));
            drawn += next;
        }
        let solution = self.basis.solution();
        let size: u32 = solution.iter().map(|word| word.ones()).sum();
        self.counts.words += solution.len() as u64;
        if !self.problem.k.contains(&(size as usize)) {
            return None;
        }
        let places = support(&solution);
        let mut found: Vec<usize> = places.iter().map(|&at| self.columns[at] as usize).collect();
        found.sort_unstable();
        self.counts.candidates += 1;
        let most = self.size.wrong;
        let wrong = self.sample.wrong(&found, most, &mut self.counts.words);
        wrong.map(|wrong| (found, wrong))
    }

    /// Makes rows of the chosen columns.
    fn pack(&mut self) {
        let stride = self.q.div_ceil(WORD);
        for (block, rows) in self.packed.chunks_mut(WORD * stride).enumerate() {
            for (word, columns) in self.columns[..self.q].chunks(WORD).enumerate() {
                let mut square = [W::of(0); WORD];
                for (to, &column) in square.iter_mut().zip(columns) {
                    *to = self.sample.column(column as usize)[block];
                }
                dispatch(Transpose(&mut square));
                self.counts.words += Transpose::<W>::OPERATIONS;
                for (row, bits) in rows.chunks_exact_mut(stride).zip(square) {
                    row[word] = bits.bits();
                }
            }
        }
    }

    /// The operations on words of all attempts.
    pub(super) fn words(&self) -> u64 {
        self.counts.words + self.basis.operations()
    }
}

/// The operations on words that new columns take, with m examples.
pub(super) fn words_of_columns(m: usize, q: usize) -> f64 {
    (m.div_ceil(WORD) * q.div_ceil(WORD)) as f64 * Transpose::<u64>::OPERATIONS as f64
}

/// One step of a random permutation: puts one of the items from here on at this place.
fn draw(items: &mut [u32], at: usize, coins: &mut LabRng) {
    let from = coins.random_range(at as u32..items.len() as u32);
    items.swap(at, from as usize);
}
