//! The algorithm of both products, written once for every width of vector.
//!
//! A [`Job`] adds signed rows to lines. The 2⁴ sums of a group of four rows are written to a table,
//! in which each line finds its own by four bits. In a strip of neurons this is done for up to
//! [`GROUPS`] groups together, so that a line is loaded and stored once for all of them. What is
//! not long enough for that has paths of its own: a single group of rows, and a few lines.

use super::vectors::Vectors;
use crate::real::Real;
use std::array::from_fn;

/// Rows in a group.
const GROUP: usize = 4;
/// Sums of a group.
const ENTRIES: usize = 1 << GROUP;
/// Groups that a word of signs holds.
const IN_WORD: usize = 16;
/// The most groups whose tables are kept at a time.
const GROUPS: usize = 8;
/// From this many lines on, a table is worth its 24 additions and 16 stores.
const TABLE_PAYS: usize = 6;
/// Lines that are loaded before one of them is stored.
const LINES: usize = 16;
/// Vectors in the tables of one strip that is one vector wide. With 128 bytes of neurons they take
/// 16 KiB in all, half of a small first-level cache.
pub(super) const ROOM: usize = GROUPS * ENTRIES;

/// Signed rows to be added to lines.
#[derive(Debug)]
pub(super) struct Job<'a, F> {
    /// The rows, one after the other.
    pub rows: &'a [F],
    /// The length of a row and of a line.
    pub width: usize,
    /// The signs: those of line t in rows 64·w … are at t·`line_step` + w·`word_step`.
    pub signs: &'a [u64],
    pub line_step: usize,
    pub word_step: usize,
    /// The lines, one after the other.
    pub lines: &'a mut [F],
}

impl<F: Real> Job<'_, F> {
    /// Does it, strips of W vectors at a time, with room for the tables of W vectors.
    #[inline(always)]
    pub(super) fn run<S: Vectors<F>, const W: usize>(mut self, simd: S, room: &mut [S::V]) {
        if self.lines.len() / self.width < TABLE_PAYS {
            return self.add_directly(simd);
        }
        if self.groups() == 1 && self.width >= W * S::LANES {
            return self.add_group(simd, room);
        }
        let mut start = 0;
        while start + W * S::LANES <= self.width {
            self.add_strip::<S, W>(simd, room, start, W * S::LANES);
            start += W * S::LANES;
        }
        while start < self.width {
            let len = S::LANES.min(self.width - start);
            self.add_strip::<S, 1>(simd, room, start, len);
            start += len;
        }
    }

    #[inline(always)]
    fn groups(&self) -> usize {
        self.rows.len().div_ceil(self.width * GROUP)
    }

    /// Works on the `len` neurons from `start`: W whole vectors or a part of one.
    #[inline(always)]
    fn add_strip<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        room: &mut [S::V],
        start: usize,
        len: usize,
    ) {
        let groups = self.groups();
        let mut first = 0;
        while first < groups {
            // The groups that are left in this word are shared evenly among passes.
            let left = (groups - first).min(IN_WORD - first % IN_WORD);
            let taken = left.div_ceil(left.div_ceil(GROUPS));
            match taken {
                1 => self.pass::<S, W, 1>(simd, room, start, len, first),
                2 => self.pass::<S, W, 2>(simd, room, start, len, first),
                3 => self.pass::<S, W, 3>(simd, room, start, len, first),
                4 => self.pass::<S, W, 4>(simd, room, start, len, first),
                5 => self.pass::<S, W, 5>(simd, room, start, len, first),
                6 => self.pass::<S, W, 6>(simd, room, start, len, first),
                7 => self.pass::<S, W, 7>(simd, room, start, len, first),
                _ => self.pass::<S, W, GROUPS>(simd, room, start, len, first),
            }
            first += taken;
        }
    }

    /// Adds G groups, whose signs share a word.
    #[inline(always)]
    fn pass<S: Vectors<F>, const W: usize, const G: usize>(
        &mut self,
        simd: S,
        room: &mut [S::V],
        start: usize,
        len: usize,
        first: usize,
    ) {
        let tables = room.as_chunks_mut::<W>().0.as_chunks_mut::<ENTRIES>().0;
        let tables = tables.first_chunk_mut::<G>().expect("the room is enough");
        for (g, table) in tables.iter_mut().enumerate() {
            let place = (first + g) * GROUP * self.width + start;
            for w in 0..W {
                let len = len.min(S::LANES);
                let v = self.group(simd, place + w * S::LANES, len);
                let (low, high) = (pairs(simd, v[0], v[1]), pairs(simd, v[2], v[3]));
                for (signs, entry) in table.iter_mut().enumerate() {
                    entry[w] = simd.add(low[signs % 4], high[signs / 4]);
                }
            }
        }
        let signs = &self.signs[first / IN_WORD * self.word_step..];
        let mut signs = signs.iter().step_by(self.line_step);
        let shift = first % IN_WORD * GROUP;
        if W > 1 || start > 0 {
            for (line, signs) in self.lines[start..].chunks_mut(self.width).zip(signs) {
                let line = &mut line[..len];
                let sums = add_entries(simd, tables, signs >> shift, line);
                store_all(simd, &sums, line);
            }
            return;
        }
        // The lanes behind a part of a vector reach into the next line, if that begins there, and a
        // processor waits with a load until stores that reach into it are done. So some lines are
        // loaded before any of them is stored.
        let mut kept = [[simd.zero(); W]; LINES];
        for lines in self.lines[start..].chunks_mut(LINES * self.width) {
            let sums = kept.iter_mut().zip(&mut signs);
            for (line, (sums, signs)) in lines.chunks(self.width).zip(sums) {
                *sums = add_entries(simd, tables, signs >> shift, &line[..len]);
            }
            for (line, sum) in lines.chunks_mut(self.width).zip(kept.as_flattened()) {
                simd.store(*sum, &mut line[..len]);
            }
        }
    }

    /// Adds the only group there is: the table is as wide as the lines, or as there is room.
    #[inline(always)]
    fn add_group<S: Vectors<F>>(&mut self, simd: S, room: &mut [S::V]) {
        let entries = 1 << (self.rows.len() / self.width);
        let most = room.len() / entries;
        for start in (0..self.width).step_by(most * S::LANES) {
            let len = (self.width - start).min(most * S::LANES);
            for vector in 0..len.div_ceil(S::LANES) {
                let place = vector * S::LANES;
                let v = self.group(simd, start + place, S::LANES.min(len - place));
                let (low, high) = (pairs(simd, v[0], v[1]), pairs(simd, v[2], v[3]));
                for signs in 0..entries {
                    room[signs * most + vector] = simd.add(low[signs % 4], high[signs / 4]);
                }
            }
            let signs = self.signs.iter().step_by(self.line_step);
            for (line, &signs) in self.lines[start..].chunks_mut(self.width).zip(signs) {
                let entry = &room[signs as usize % ENTRIES * most..][..most];
                let (whole, rest) = line[..len].split_at_mut(len / S::LANES * S::LANES);
                for (line, sum) in whole.chunks_exact_mut(S::LANES).zip(entry) {
                    simd.store(simd.add(simd.load(line), *sum), line);
                }
                if !rest.is_empty() {
                    let sum = entry[len / S::LANES];
                    simd.store(simd.add(simd.load(rest), sum), rest);
                }
            }
        }
    }

    /// Adds without a table.
    #[inline(always)]
    fn add_directly<S: Vectors<F>>(&mut self, simd: S) {
        for t in 0..self.lines.len() / self.width {
            for word in 0..self.groups().div_ceil(IN_WORD) {
                let bits = self.signs[t * self.line_step + word * self.word_step];
                let signs = from_fn(|i| sign(bits >> i));
                let mut start = 0;
                while start + 4 * S::LANES <= self.width {
                    self.add_word::<S, 4>(simd, t, start, 4 * S::LANES, word, &signs);
                    start += 4 * S::LANES;
                }
                while start + 2 * S::LANES <= self.width {
                    self.add_word::<S, 2>(simd, t, start, 2 * S::LANES, word, &signs);
                    start += 2 * S::LANES;
                }
                while start < self.width {
                    let len = S::LANES.min(self.width - start);
                    self.add_word::<S, 1>(simd, t, start, len, word, &signs);
                    start += len;
                }
            }
        }
    }

    /// Adds the groups of a word to the `len` neurons of line t from `start`.
    #[inline(always)]
    fn add_word<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        t: usize,
        start: usize,
        len: usize,
        word: usize,
        signs: &[F; GROUP * IN_WORD],
    ) {
        let line = &mut self.lines[t * self.width + start..][..len];
        let mut sums = load_all::<F, S, W>(simd, line);
        let rows = &self.rows[word * GROUP * IN_WORD * self.width..];
        let groups = rows.chunks(GROUP * self.width);
        for (group, s) in groups.zip(signs.as_chunks::<GROUP>().0) {
            let mut v = [[simd.zero(); W]; GROUP];
            if group.len() == GROUP * self.width {
                for (i, v) in v.iter_mut().enumerate() {
                    *v = load_all(simd, &group[i * self.width + start..][..len]);
                }
            } else {
                for (v, row) in v.iter_mut().zip(group.chunks_exact(self.width)) {
                    *v = load_all(simd, &row[start..][..len]);
                }
            }
            for w in 0..W {
                let low = simd.times(simd.splat(s[0]), v[0][w]);
                let high = simd.times(simd.splat(s[2]), v[2][w]);
                let low = simd.add_times(low, simd.splat(s[1]), v[1][w]);
                let high = simd.add_times(high, simd.splat(s[3]), v[3][w]);
                sums[w] = simd.add(sums[w], simd.add(low, high));
            }
        }
        store_all(simd, &sums, line);
    }

    /// `len` lanes at `place` and in the three rows that follow, +0 where there is no row.
    #[inline(always)]
    fn group<S: Vectors<F>>(&self, simd: S, place: usize, len: usize) -> [S::V; GROUP] {
        let mut v = [simd.zero(); GROUP];
        for (row, v) in v.iter_mut().enumerate() {
            let place = place + row * self.width;
            if place < self.rows.len() {
                *v = simd.load(&self.rows[place..][..len]);
            }
        }
        v
    }
}

/// W vectors of a line and one entry of each table, one after the other.
#[inline(always)]
fn add_entries<F: Real, S: Vectors<F>, const W: usize, const G: usize>(
    simd: S,
    tables: &[[[S::V; W]; ENTRIES]; G],
    signs: u64,
    line: &[F],
) -> [S::V; W] {
    let mut sums = load_all::<F, S, W>(simd, line);
    let tables = tables.as_flattened();
    for g in 0..G {
        let entry = &tables[g * ENTRIES + (signs >> (g * GROUP)) as usize % ENTRIES];
        for w in 0..W {
            sums[w] = simd.add(sums[w], entry[w]);
        }
    }
    sums
}

/// ±a ± b, in the order of the signs: bit 0 is that of a.
#[inline(always)]
fn pairs<F: Real, S: Vectors<F>>(simd: S, a: S::V, b: S::V) -> [S::V; 4] {
    let opposite = simd.times(simd.splat(-F::one()), a);
    [
        simd.add(a, b),
        simd.sub(b, a),
        simd.sub(a, b),
        simd.sub(opposite, b),
    ]
}

/// W whole vectors, or a part of one.
#[inline(always)]
fn load_all<F: Real, S: Vectors<F>, const W: usize>(simd: S, from: &[F]) -> [S::V; W] {
    let mut v = [simd.zero(); W];
    for (w, v) in v.iter_mut().enumerate() {
        let end = from.len().min((w + 1) * S::LANES);
        *v = simd.load(&from[w * S::LANES..end]);
    }
    v
}

/// Stores W whole vectors, or a part of one.
#[inline(always)]
fn store_all<F: Real, S: Vectors<F>, const W: usize>(simd: S, v: &[S::V; W], to: &mut [F]) {
    for (w, v) in v.iter().enumerate() {
        let end = to.len().min((w + 1) * S::LANES);
        simd.store(*v, &mut to[w * S::LANES..end]);
    }
}

/// −1 if the lowest bit is set, and 1 otherwise.
#[inline(always)]
fn sign<F: Real>(bits: u64) -> F {
    if bits & 1 == 1 { -F::one() } else { F::one() }
}
