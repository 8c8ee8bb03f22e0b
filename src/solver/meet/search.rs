//! The attempts of a meeting.

use super::super::fits::Fits;
use super::super::sample::Sample;
use super::super::word::Word;
use super::cost::Form;
use super::lists::Lists;
use super::table::Table;
use super::{WORD, subsets};
use crate::seeds::LabRng;
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

/// A search in progress.
pub(super) struct Search<'a, W: Word> {
    sample: &'a Sample<W>,
    most_wrong: usize,
    coins: LabRng,
    /// Examples, in the order of the last attempt.
    rows: Vec<usize>,
    pub(super) fits: Fits,
    /// What an attempt has found with halves: a support is met again by those that cannot be told from it.
    seen: BTreeSet<Vec<usize>>,
    pub(super) words: u64,
    pub(super) probes: u64,
    pub(super) candidates: u64,
    pub(super) attempts: u64,
}

impl<'a, W: Word> Search<'a, W> {
    pub(super) fn new(sample: &'a Sample<W>, most_wrong: usize, coins: LabRng) -> Self {
        Search {
            sample,
            most_wrong,
            coins,
            rows: (0..sample.examples()).collect(),
            fits: Fits::default(),
            seen: BTreeSet::new(),
            words: 0,
            probes: 0,
            candidates: 0,
            attempts: 0,
        }
    }

    /// Attempts of a form until something fits, each with coins of its own.
    pub(super) fn run(&mut self, form: &Form, is_clean: bool) {
        let mut table = Table::new(form.storage.table);
        let mut quarters = form.storage.lists.map(|lists| Quarters {
            lists: lists.map(Lists::new),
            origins: Vec::with_capacity(form.storage.table.entries as usize),
        });
        let some = self.rows.len().min(WORD);
        let clean = self.sample.word(&self.rows[..some]);
        let mut attempt = 0;
        while attempt < form.most_attempts as u64 && self.fits.is_empty() {
            let mut coins = self.coins.clone();
            coins.set_stream(attempt << 16 | form.k as u64);
            let (columns, labels) = match is_clean {
                true => clean.clone(),
                false => {
                    let (rows, _) = self.rows.partial_shuffle(&mut coins, some);
                    self.sample.word(rows)
                }
            };
            let mut order: Vec<usize> = (0..columns.len()).collect();
            if !form.is_full {
                order.shuffle(&mut coins);
            }
            self.attempt(form, &mut table, &mut quarters, &columns, labels, &order);
            attempt += 1;
        }
        self.attempts += attempt;
        if form.storage.table.is_far() {
            self.probes += table.probes;
        }
        let lists = form.storage.lists.into_iter().flatten();
        self.probes += attempt * lists.map(|list| list.probes() as u64).sum::<u64>();
    }

    /// Puts the sums of all small parts into the table, and looks up those of the large ones with the labels.
    fn attempt(
        &mut self,
        form: &Form,
        table: &mut Table<W>,
        quarters: &mut Option<Quarters<W>>,
        columns: &[W],
        labels: W,
        order: &[usize],
    ) {
        let n = order.len();
        let labels = match form.is_complement {
            // The sum of a support is that of all columns and of those outside.
            true => columns.iter().fold(labels, |sum, &column| sum.xor(column)),
            false => labels,
        };
        if form.is_complement {
            self.words += n as u64;
        }
        let parts = match form.is_full {
            true => [order, order],
            false => [&order[..form.columns[0]], &order[n - form.columns[1]..]],
        };
        let sides = parts.map(|part| part.iter().map(|&i| columns[i]).collect::<Vec<W>>());
        table.clear();
        match quarters {
            None => self.at_once(form, table, parts, &sides, labels),
            Some(quarters) => self.in_parts(form, table, quarters, parts, &sides, labels),
        }
    }

    /// All sums of small parts lie in the table.
    fn at_once(
        &mut self,
        form: &Form,
        table: &mut Table<W>,
        parts: [&[usize]; 2],
        [small, large]: &[Vec<W>; 2],
        labels: W,
    ) {
        let [of_small, of_large] = form.sizes;
        subsets::sums(small, of_small, W::of(0), &mut |sum| table.insert(sum));
        let mut rank = 0;
        let mut visits = 0;
        subsets::sums(large, of_large, labels, &mut |sum| {
            table.meet(sum, |other, word| {
                visits += 1;
                if sum.xor(word).ones() <= form.bound {
                    self.hit(form, parts, || {
                        let one = subsets::at(other.into(), of_small, small.len());
                        [one, subsets::at(rank, of_large, large.len())]
                    });
                }
            });
            rank += 1;
        });
        self.candidates += visits;
        self.words += 2 * visits;
        for (part, size) in parts.iter().zip(form.sizes) {
            self.words += subsets::operations(part.len(), size) as u64;
        }
    }

    /// Sums with the same bits lie in the table, those of one part after the other.
    fn in_parts(
        &mut self,
        form: &Form,
        table: &mut Table<W>,
        quarters: &mut Quarters<W>,
        parts: [&[usize]; 2],
        [small, large]: &[Vec<W>; 2],
        labels: W,
    ) {
        let Quarters {
            lists: [of_small, of_large],
            origins,
        } = quarters;
        of_small.fill(small, W::of(0));
        of_large.fill(large, labels);
        let shapes = [of_small.shape, of_large.shape];
        for part in 0..shapes[0].parts() as usize {
            let mut meet = |table: &mut Table<W>, origins: &mut Vec<[u32; 2]>| {
                let (mut made, mut visits) = (0, 0);
                of_large.each(part, |upper, rank, sum| {
                    made += 1;
                    table.meet(sum, |other, word| {
                        visits += 1;
                        if sum.xor(word).ones() <= form.bound {
                            let origins = [origins[other as usize], [upper, rank]];
                            self.hit(form, parts, || {
                                [0, 1].map(|part| shapes[part].subset(origins[part]))
                            });
                        }
                    });
                });
                self.candidates += visits;
                self.words += origins.len() as u64 + made + 2 * visits;
                table.clear();
                origins.clear();
            };
            of_small.each(part, |upper, rank, sum| {
                // More than expected are taken in two goes.
                if table.is_full() {
                    meet(table, origins);
                }
                table.insert(sum);
                origins.push([upper, rank]);
            });
            meet(table, origins);
        }
        self.words += shapes
            .map(|shape| shape.operations() as u64)
            .iter()
            .sum::<u64>();
    }

    /// Takes up the support of two parts, with these places in them, if it is one and fits.
    #[cold]
    fn hit(&mut self, form: &Form, parts: [&[usize]; 2], places: impl FnOnce() -> [Vec<usize>; 2]) {
        let places = places();
        let [small, large] = [0, 1].map(|part| places[part].iter().map(move |&at| parts[part][at]));
        let mut support: Vec<usize> = small.chain(large).collect();
        // In full lists the order is that of the coordinates. Of all ways to cut a support one counts, that of the smallest
        // coordinates; parts may overlap.
        let cut = form.sizes[0];
        let is_one = |support: &[usize]| cut == 0 || support[0] < support[support.len() - 1];
        if form.is_full && !is_one(&support) {
            return;
        }
        if form.is_complement {
            let inside = |i: &usize| !support.contains(i);
            support = (0..self.sample.dim()).filter(inside).collect();
        }
        support.sort_unstable();
        let most = self.most_wrong;
        let Some(wrong) = self.sample.wrong(&support, most, &mut self.words) else {
            return;
        };
        if form.is_full {
            self.fits.push(wrong, support);
        } else if !self.seen.contains(&support) {
            for twin in self.sample.twins(support, &mut self.words) {
                if self.seen.insert(twin.clone()) {
                    self.fits.push(wrong, twin);
                }
            }
        }
    }
}

/// The lists that sums are made from, a part at a time.
struct Quarters<W> {
    /// Of the small parts, and of the large ones.
    lists: [Lists<W>; 2],
    /// The upper and the lower subset of every entry of the table.
    origins: Vec<[u32; 2]>,
}
