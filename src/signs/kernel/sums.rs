//! The algorithm of both products, written once for every width of vector.
//!
//! A [`Job`] adds to each line of a result a sum of signed rows. For [`GROUPS`] groups of four rows
//! at a time, and for a strip of neurons, all 2⁴ sums of a group are written to a table; each line
//! then takes up one entry a group, in order, and is loaded and stored once for all of them.

use super::vectors::Vectors;
use crate::real::Real;
use std::array::from_fn;

/// Rows in a group.
pub(super) const GROUP: usize = 4;
/// Groups that a word of signs holds.
const IN_WORD: usize = 16;
/// The most groups for which tables are kept at a time: 16 KiB, half of a small first-level cache.
const GROUPS: usize = 8;
/// From this many look-ups on, a table is worth its 24 additions and 16 stores.
const TABLE_PAYS: usize = 7;

/// Signed rows to be added to lines.
pub(super) struct Job<'a, F> {
    /// The rows, one after the other.
    pub rows: &'a [F],
    /// The length of a row and of a line.
    pub width: usize,
    /// The signs: the word of line t and block w of 64 rows is at t·`line_step` + w·`word_step`.
    pub signs: &'a [u64],
    pub line_step: usize,
    pub word_step: usize,
    /// The lines, one after the other.
    pub lines: &'a mut [F],
}

impl<F: Real> Job<'_, F> {
    /// Does it, W vectors at a time.
    #[inline(always)]
    pub fn run<S: Vectors<F>, const W: usize>(&mut self, simd: S) {
        if self.lines.len() / self.width < TABLE_PAYS {
            self.run_directly::<S, W>(simd);
        } else {
            self.in_strips::<S, W>(simd);
        }
    }

    #[inline(always)]
    fn in_strips<S: Vectors<F>, const W: usize>(&mut self, simd: S) {
        let mut start = 0;
        while start + W * S::LANES <= self.width {
            self.strip::<S, W>(simd, start, S::LANES);
            start += W * S::LANES;
        }
        while start < self.width {
            self.strip::<S, 1>(simd, start, S::LANES.min(self.width - start));
            start += S::LANES;
        }
    }

    /// The W vectors from `start`, of which `len` lanes are used.
    #[inline(always)]
    fn strip<S: Vectors<F>, const W: usize>(&mut self, simd: S, start: usize, len: usize) {
        let count = self.rows.len() / self.width;
        let groups = count.div_ceil(GROUP);
        let mut first = 0;
        while first < groups {
            let left = IN_WORD.min(groups - first / IN_WORD * IN_WORD) - first % IN_WORD;
            let take = left.div_ceil(left.div_ceil(GROUPS));
            match take {
                1 => self.pass::<S, W, 1>(simd, start, len, first),
                2 => self.pass::<S, W, 2>(simd, start, len, first),
                3 => self.pass::<S, W, 3>(simd, start, len, first),
                4 => self.pass::<S, W, 4>(simd, start, len, first),
                5 => self.pass::<S, W, 5>(simd, start, len, first),
                6 => self.pass::<S, W, 6>(simd, start, len, first),
                7 => self.pass::<S, W, 7>(simd, start, len, first),
                _ => self.pass::<S, W, GROUPS>(simd, start, len, first),
            }
            first += take;
        }
    }

    /// G groups, which share a word of signs.
    #[inline(always)]
    fn pass<S: Vectors<F>, const W: usize, const G: usize>(
        &mut self,
        simd: S,
        start: usize,
        len: usize,
        first: usize,
    ) {
        let mut tables = [[[simd.zero(); W]; 1 << GROUP]; G];
        for (g, table) in tables.iter_mut().enumerate() {
            self.fill_table(simd, start, len, first + g, table);
        }
        let signs = &self.signs[first / IN_WORD * self.word_step..];
        let shift = first % IN_WORD * GROUP;
        let lines = self.lines[start..].chunks_mut(self.width);
        for (line, &signs) in lines.zip(signs.iter().step_by(self.line_step)) {
            let mut sums = [simd.zero(); W];
            for w in 0..W {
                sums[w] = simd.load(&line[w * S::LANES..], len);
            }
            let signs = signs >> shift;
            for (g, table) in tables.iter().enumerate() {
                let entry = &table[(signs >> (g * GROUP)) as usize % (1 << GROUP)];
                for w in 0..W {
                    sums[w] = simd.add(sums[w], entry[w]);
                }
            }
            for w in 0..W {
                simd.store(sums[w], &mut line[w * S::LANES..], len);
            }
        }
    }

    /// All signed sums of a group, for rows that exist.
    #[inline(always)]
    fn fill_table<S: Vectors<F>, const W: usize>(
        &self,
        simd: S,
        start: usize,
        len: usize,
        group: usize,
        table: &mut [[S::V; W]; 1 << GROUP],
    ) {
        let minus = simd.splat(-F::one());
        for w in 0..W {
            let v = self.group(simd, start + w * S::LANES, len, group);
            let low = pairs(simd, v[0], v[1], minus);
            let high = pairs(simd, v[2], v[3], minus);
            for (signs, entry) in table.iter_mut().enumerate() {
                entry[w] = simd.add(low[signs % 4], high[signs / 4]);
            }
        }
    }

    /// A vector of each row of a group, +0 where there is none.
    #[inline(always)]
    fn group<S: Vectors<F>>(
        &self,
        simd: S,
        start: usize,
        len: usize,
        group: usize,
    ) -> [S::V; GROUP] {
        let place = group * GROUP * self.width + start;
        let mut v = [simd.zero(); GROUP];
        for (row, v) in v.iter_mut().enumerate() {
            let place = place + row * self.width;
            if place < self.rows.len() {
                *v = simd.load(&self.rows[place..], len);
            }
        }
        v
    }

    /// The same without tables.
    #[inline(always)]
    fn run_directly<S: Vectors<F>, const W: usize>(&mut self, simd: S) {
        let words = self.rows.len().div_ceil(self.width * GROUP * IN_WORD);
        for t in 0..self.lines.len() / self.width {
            for word in 0..words {
                let bits = self.signs[t * self.line_step + word * self.word_step];
                let signs: [[F; GROUP]; IN_WORD] =
                    from_fn(|group| from_fn(|i| sign(bits >> (group * GROUP + i))));
                let mut start = 0;
                while start + W * S::LANES <= self.width {
                    self.direct_strip::<S, W>(simd, t, start, S::LANES, word, &signs);
                    start += W * S::LANES;
                }
                while start < self.width {
                    let len = S::LANES.min(self.width - start);
                    self.direct_strip::<S, 1>(simd, t, start, len, word, &signs);
                    start += S::LANES;
                }
            }
        }
    }

    #[inline(always)]
    fn direct_strip<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        t: usize,
        start: usize,
        len: usize,
        word: usize,
        signs: &[[F; GROUP]; IN_WORD],
    ) {
        let place = t * self.width + start;
        let mut sums = [simd.zero(); W];
        for w in 0..W {
            sums[w] = simd.load(&self.lines[place + w * S::LANES..], len);
        }
        let groups = (self.rows.len() / self.width).div_ceil(GROUP);
        for (group, s) in (word * IN_WORD..groups).zip(signs) {
            let s = [
                simd.splat(s[0]),
                simd.splat(s[1]),
                simd.splat(s[2]),
                simd.splat(s[3]),
            ];
            for w in 0..W {
                let v = self.group(simd, start + w * S::LANES, len, group);
                let low = simd.add_times(simd.times(s[0], v[0]), s[1], v[1]);
                let high = simd.add_times(simd.times(s[2], v[2]), s[3], v[3]);
                sums[w] = simd.add(sums[w], simd.add(low, high));
            }
        }
        for w in 0..W {
            simd.store(sums[w], &mut self.lines[place + w * S::LANES..], len);
        }
    }
}

/// ±a ± b, in the order of the signs: bit 0 is that of a.
#[inline(always)]
fn pairs<F: Real, S: Vectors<F>>(simd: S, a: S::V, b: S::V, minus: S::V) -> [S::V; 4] {
    let opposite = simd.times(minus, a);
    [
        simd.add(a, b),
        simd.sub(b, a),
        simd.sub(a, b),
        simd.sub(opposite, b),
    ]
}

/// −1 if the lowest bit is set, and 1 otherwise.
#[inline(always)]
fn sign<F: Real>(bits: u64) -> F {
    if bits & 1 == 1 { -F::one() } else { F::one() }
}
