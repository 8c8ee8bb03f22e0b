//! Groups, their sums and the products of these.

use super::super::fits::Fits;
use super::super::meet::subsets;
use super::super::sample::Sample;
use super::super::word::Word;
use super::form::{Form, TILE};
use crate::access::Ledger;
use crate::dense;
use crate::seeds::LabRng;
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

/// Examples in a word.
const WORD: usize = 64;

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) attempts: u64,
    words: u64,
    multiply_adds: u64,
    candidates: u64,
}

impl Counts {
    pub(super) fn add_to(&self, ledger: &mut Ledger) {
        ledger.attempts += self.attempts;
        ledger.words += self.words;
        ledger.multiply_adds += self.multiply_adds;
        ledger.candidates += self.candidates;
    }
}

/// A search in progress.
pub(super) struct Search<'a, W: Word> {
    sample: &'a Sample<W>,
    /// The examples of which sums are made, the first ones.
    rows: usize,
    most_wrong: usize,
    coins: LabRng,
    pub(super) fits: Fits,
    /// What fits, which other parts have, too.
    seen: BTreeSet<Vec<usize>>,
    pub(super) counts: Counts,
}

/// The columns of a part in groups: by place, and the place of each with a sign in the lowest bit.
struct Groups {
    order: Vec<u32>,
    places: Vec<u32>,
    size: usize,
}

impl Groups {
    fn random(columns: usize, size: usize, coins: &mut LabRng) -> Self {
        let mut order: Vec<u32> = (0..columns as u32).collect();
        order.shuffle(coins);
        let mut places = vec![0; columns];
        for (place, &rank) in (0_u32..).zip(&order) {
            places[rank as usize] = place << 1 | u32::from(coins.random::<bool>());
        }
        Groups {
            order,
            places,
            size,
        }
    }

    /// The group of a column, and its sign.
    fn of(&self, rank: usize) -> (usize, bool) {
        let place = self.places[rank];
        ((place >> 1) as usize / self.size, place & 1 == 1)
    }

    /// The subsets in a group.
    fn members(&self, group: usize, part: usize, n: usize) -> Vec<Vec<usize>> {
        let end = (group + 1) * self.size;
        let ranks = &self.order[group * self.size..end.min(self.order.len())];
        let ranks = ranks.iter().map(|&rank| u64::from(rank));
        ranks.map(|rank| subsets::at(rank, part, n)).collect()
    }
}

impl<'a, W: Word> Search<'a, W> {
    pub(super) fn new(
        sample: &'a Sample<W>,
        rows: usize,
        most_wrong: usize,
        coins: LabRng,
    ) -> Self {
        Search {
            sample,
            rows,
            most_wrong,
            coins,
            fits: Fits::default(),
            seen: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    /// Attempts of a form until something fits, each with coins of its own.
    pub(super) fn run(&mut self, form: &Form) {
        let mut attempt = 0;
        while attempt < form.most_attempts as u64 && self.fits.is_empty() {
            let mut coins = self.coins.clone();
            coins.set_stream(attempt << 16 | form.k as u64);
            self.attempt(form, &mut coins);
            attempt += 1;
        }
        self.counts.attempts += attempt;
    }

    fn attempt(&mut self, form: &Form, coins: &mut LabRng) {
        let rows = self.rows;
        let [few, many] = form.groups;
        let groups = form
            .columns
            .map(|columns| Groups::random(columns, form.group, coins));
        // The sums of the first part, one after the other, and of the second, those of an example side by side.
        let (mut first, mut second) = (vec![0_f32; few * rows], vec![0_f32; rows * many]);
        for word in 0..rows.div_ceil(WORD) {
            let from = word * WORD;
            let some = WORD.min(rows - from);
            let columns = self.word(word);
            let labels = self.sample.labels()[word];
            each(
                &columns,
                form.sizes[0],
                W::of(0),
                &groups[0],
                |group, bits| {
                    let sum = &mut first[group * rows + from..][..some];
                    sum.iter_mut()
                        .enumerate()
                        .for_each(|(row, sum)| *sum += sign(bits, row));
                },
            );
            each(
                &columns,
                form.sizes[1],
                labels,
                &groups[1],
                |group, bits| {
                    let sums = second[from * many..].chunks_exact_mut(many).take(some);
                    sums.enumerate()
                        .for_each(|(row, sums)| sums[group] += sign(bits, row));
                },
            );
            for part in form.sizes {
                self.counts.words += subsets::operations(self.sample.dim(), part) as u64;
            }
        }
        self.counts.multiply_adds += form.multiply_adds(rows) as u64;
        let mut strip = vec![0_f32; few.min(TILE) * many];
        for start in (0..few).step_by(TILE) {
            let some = TILE.min(few - start);
            let products = &mut strip[..some * many];
            products.fill(0.0);
            let sums = &first[start * rows..][..some * rows];
            dense::project_add(sums, &second, many, products);
            for (place, product) in products.iter().enumerate() {
                if f64::from(product.abs()) >= form.threshold {
                    self.pair(form, &groups, [start + place / many, place % many]);
                }
            }
        }
    }

    /// All coordinates over the examples of a word.
    fn word(&self, word: usize) -> Vec<W> {
        let columns = (0..self.sample.dim()).map(|i| self.sample.column(i)[word]);
        columns.collect()
    }

    /// Compares the supports of a pair of groups with all labels.
    #[cold]
    fn pair(&mut self, form: &Form, groups: &[Groups; 2], at: [usize; 2]) {
        let n = self.sample.dim();
        let [small, large] = [0, 1].map(|part| groups[part].members(at[part], form.sizes[part], n));
        for first in &small {
            for second in &large {
                if first.iter().any(|i| second.contains(i)) {
                    continue;
                }
                let mut support: Vec<usize> = first.iter().chain(second).copied().collect();
                support.sort_unstable();
                self.compare(support);
            }
        }
    }

    fn compare(&mut self, support: Vec<usize>) {
        if self.seen.contains(&support) {
            return;
        }
        self.counts.candidates += 1;
        let words = &mut self.counts.words;
        let Some(wrong) = self.sample.wrong(&support, self.most_wrong, words) else {
            return;
        };
        for twin in self.sample.twins(support, words) {
            if self.seen.insert(twin.clone()) {
                self.fits.push(wrong, twin);
            }
        }
    }
}

/// Hands over the bits of every column of a part, with their group and turned by their sign.
fn each<W: Word>(
    columns: &[W],
    size: usize,
    base: W,
    groups: &Groups,
    mut add: impl FnMut(usize, u64),
) {
    let mut rank = 0;
    subsets::sums(columns, size, base, &mut |sum| {
        let (group, is_negative) = groups.of(rank);
        add(group, if is_negative { !sum.bits() } else { sum.bits() });
        rank += 1;
    });
}

/// ±1 by a bit.
fn sign(bits: u64, row: usize) -> f32 {
    1.0 - 2.0 * (bits >> row & 1) as f32
}
