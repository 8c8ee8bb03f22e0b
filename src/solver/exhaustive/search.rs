//! All supports, each compared with the labels by the scans of [`signs`](crate::signs).
//!
//! A support is some coordinates from above and then one, or a pair of them, from a list of XORs that is made once. The list is in
//! colexicographic order, so that those below coordinate i are its first ones.

use super::super::fits::Fits;
use super::super::sample::Sample;
use super::super::word::Word;
use super::cost::{Layout, choose};
use crate::signs::scan::{Equal, Lane, Near, whole_blocks};
use crate::simd::Kernel;
use crate::threads;
use std::ops::Range;

/// Operations on words above which threads share the work.
const SHARED: f64 = 3e7;

/// The lists that are scanned.
#[derive(Debug)]
enum Lists<W: Word> {
    /// 32 examples of every entry, and these of the coordinates and the labels.
    Equal {
        list: Vec<W::Half>,
        columns: Vec<W::Half>,
    },
    /// As many words of every entry as there are bounds.
    Near { lists: Vec<Vec<W>>, columns: Vec<W> },
}

#[derive(Debug)]
pub(super) struct Search<'a, W: Word> {
    pub(super) sample: &'a Sample<W>,
    pub(super) kernel: Kernel,
    /// The largest number of wrong labels of a support that fits.
    pub(super) most_wrong: usize,
    pub(super) layout: Layout,
}

/// What was found, and what it took.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) fits: Fits,
    pub(super) words: u64,
    halves: u64,
}

impl<W: Word> Search<'_, W> {
    /// All supports of k coordinates that fit.
    pub(super) fn run(&self, k: usize, expected: f64) -> Found {
        let n = self.layout.n;
        let mut found = Found::default();
        let lists = self.lists(self.layout.order(k), &mut found);
        let tops = match expected > SHARED {
            true => (0..n).map(|top| top..top + 1).collect(),
            false => std::iter::once(0..n).collect(),
        };
        let parts = threads::map(tops, |tops| {
            let mut part = Found::default();
            self.part(&lists, k, tops, &mut part);
            part
        });
        for part in parts {
            found.fits.append(part.fits);
            found.words += part.words;
            found.halves += part.halves;
        }
        found.words += found.halves.div_ceil(2);
        found
    }

    fn lists(&self, order: usize, found: &mut Found) -> Lists<W> {
        let (n, entries) = (self.layout.n, choose(self.layout.n, order));
        let pairs = (0..n).flat_map(|a| (0..a).map(move |b| (a, b)));
        if self.layout.bounds.is_empty() {
            let half = |word: W| W::Half::of(word.bits());
            let columns: Vec<W::Half> = (0..n).map(|i| half(self.sample.column(i)[0])).collect();
            let mut list = Vec::with_capacity(whole_blocks(entries));
            match order {
                1 => list.extend_from_slice(&columns),
                _ => list.extend(pairs.map(|(a, b)| columns[a].xor(columns[b]))),
            }
            found.halves += (entries * (order - 1)) as u64;
            list.resize(whole_blocks(entries), W::Half::of(0));
            return Lists::Equal { list, columns };
        }
        let width = self.layout.bounds.len();
        let columns: Vec<W> = (0..n)
            .flat_map(|i| self.sample.column(i)[..width].to_vec())
            .collect();
        let lists = (0..width).map(|word| {
            let column = |i: usize| columns[i * width + word];
            let mut list = Vec::with_capacity(whole_blocks(entries));
            match order {
                1 => list.extend((0..n).map(column)),
                _ => list.extend(pairs.clone().map(|(a, b)| column(a).xor(column(b)))),
            }
            list.resize(whole_blocks(entries), W::of(0));
            list
        });
        let lists = lists.collect();
        found.words += (entries * (order - 1) * width) as u64;
        Lists::Near { lists, columns }
    }

    /// Those of which the largest coordinate, outside the list, is in that range.
    fn part(&self, lists: &Lists<W>, k: usize, tops: Range<usize>, found: &mut Found) {
        let order = self.layout.order(k);
        let prefixes = |width| Prefixes {
            n: self.layout.n,
            order,
            width,
            tops,
        };
        match lists {
            Lists::Equal { list, columns } => {
                let label = W::Half::of(self.sample.labels()[0].bits());
                let operations = prefixes(1).walk(columns, k - order, &[label], &mut |at| {
                    let keys = at.steps.clone().map(|i| match at.is_single {
                        true => (choose(self.layout.n, order), at.sum[0]),
                        false => (choose(i, order), at.sum[0].xor(columns[i])),
                    });
                    let mut halves = 0;
                    let hit =
                        |which, place| self.hit(&at.support(which, order, place), None, found);
                    halves += Equal { list, keys, hit }.run(self.kernel);
                    found.halves += halves;
                });
                found.halves += operations;
            }
            Lists::Near { lists, columns } => {
                let width = lists.len();
                let all = width == self.sample.width();
                let labels = self.sample.labels()[..width].to_vec();
                let mut key = labels.clone();
                let operations = prefixes(width).walk(columns, k - order, &labels, &mut |at| {
                    let mut steps = at.steps.clone();
                    let keys = |key: &mut [W]| {
                        let i = steps.next()?;
                        key.copy_from_slice(at.sum);
                        if at.is_single {
                            return Some(choose(self.layout.n, order));
                        }
                        xor_all(key, &columns[i * width..][..width]);
                        Some(choose(i, order))
                    };
                    let hit = |which, place, bits: u64| {
                        let wrong = all.then_some(bits as usize);
                        self.hit(&at.support(which, order, place), wrong, found);
                    };
                    let (bounds, key) = (&self.layout.bounds, &mut key);
                    let near = Near {
                        lists,
                        bounds,
                        key,
                        keys,
                        hit,
                    };
                    found.words += near.run(self.kernel);
                });
                found.words += operations;
            }
        }
    }

    /// Takes up a support that passed the scan, if it fits, where its wrong labels are known or not.
    #[cold]
    fn hit(&self, support: &[usize], wrong: Option<usize>, found: &mut Found) {
        let wrong = wrong.or_else(|| {
            self.sample
                .wrong(support, self.most_wrong, &mut found.words)
        });
        if let Some(wrong) = wrong {
            found.fits.push(wrong, support.to_vec());
        }
    }
}

#[inline(always)]
fn xor_all<L: Lane>(a: &mut [L], b: &[L]) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = a.xor(b);
    }
}

/// The coordinates of supports that are not in the list: from above, in all ways.
struct Prefixes {
    n: usize,
    order: usize,
    /// Words of a column.
    width: usize,
    /// The range of the first one.
    tops: Range<usize>,
}

/// Some coordinates, of which the last one goes through a range.
struct At<'a, L> {
    before: &'a [usize],
    /// The XOR of the labels and of these coordinates.
    sum: &'a [L],
    steps: Range<usize>,
    /// Whether there is no coordinate at all beside those in the list; then there is a single step.
    is_single: bool,
}

impl<L> At<'_, L> {
    /// The support with the coordinate of a step, and those at a place of the list.
    fn support(&self, step: usize, order: usize, place: usize) -> Vec<usize> {
        let mut support = self.before.to_vec();
        if !self.is_single {
            support.push(self.steps.start + step);
        }
        match order {
            1 => support.push(place),
            _ => {
                // The larger coordinate a of a pair is the last one with C(a, 2) ≤ place.
                let a = (8 * place + 1).isqrt().div_ceil(2);
                support.extend([place - choose(a, 2), a]);
            }
        }
        support
    }
}

impl Prefixes {
    /// Goes through them; gives the number of operations on lanes, those that the leaves make for their steps among them.
    fn walk<L: Lane>(
        &self,
        columns: &[L],
        levels: usize,
        labels: &[L],
        leaf: &mut impl FnMut(At<'_, L>),
    ) -> u64 {
        if levels == 0 {
            // It belongs to one of the parts.
            if self.tops.start == 0 {
                let (before, steps) = (&[][..], 0..1);
                leaf(At {
                    before,
                    sum: labels,
                    steps,
                    is_single: true,
                });
            }
            return 0;
        }
        let mut sums = vec![labels.to_vec(); levels];
        self.descend(columns, levels, &mut Vec::new(), self.n, &mut sums, leaf)
    }

    fn descend<L: Lane>(
        &self,
        columns: &[L],
        levels: usize,
        before: &mut Vec<usize>,
        below: usize,
        sums: &mut [Vec<L>],
        leaf: &mut impl FnMut(At<'_, L>),
    ) -> u64 {
        // As many coordinates as follow must be below.
        let least = levels - 1 + self.order;
        let mut range = least.min(below)..below;
        if before.is_empty() {
            range = range.start.max(self.tops.start)..range.end.min(self.tops.end);
        }
        let mut operations = (self.width * range.len()) as u64;
        if levels == 1 {
            if !range.is_empty() {
                let (sum, steps) = (&sums[0][..], range);
                leaf(At {
                    before,
                    sum,
                    steps,
                    is_single: false,
                });
            }
            return operations;
        }
        for i in range {
            let (sum, rest) = sums.split_first_mut().expect("one for every level");
            rest[0].copy_from_slice(sum);
            xor_all(&mut rest[0], &columns[i * self.width..][..self.width]);
            before.push(i);
            operations += self.descend(columns, levels - 1, before, i, rest, leaf);
            before.pop();
        }
        operations
    }
}
