//! The algorithm of both products, written once for every width of vector.
//!
//! A [`Job`] adds signed rows to lines. The 2⁴ sums of a group of four rows are written to a table,
//! in which each line finds its own by four bits. In a strip of neurons this is done for up to
//! [`GROUPS`] groups together, so that a line is loaded and stored once for all of them. What is
//! not long enough for that has paths of its own: a single group of rows, a few lines, and a few
//! neurons, where it is the lines that lie side by side in a vector.

use super::vectors::Vectors;
use crate::real::Real;
use std::array::from_fn;

/// Rows in a group.
const GROUP: usize = 4;
/// Sums of a group.
pub(super) const ENTRIES: usize = 1 << GROUP;
/// Groups that a word of signs holds.
const IN_WORD: usize = 16;
/// The most groups whose tables are kept at a time.
const GROUPS: usize = 8;
/// From this many lines on, a table is worth its 24 additions and 16 stores.
const TABLE_PAYS: usize = 6;
/// Up to this many neurons, vectors are filled with lines.
pub(in crate::signs) const NARROW: usize = 4;
/// Lines that are loaded before one of them is stored.
const LINES: usize = 16;
/// Vectors in the tables of one strip that is one vector wide. With 128 bytes of neurons they take
/// 16 KiB in all, half of a small first-level cache.
pub(super) const ROOM: usize = GROUPS * ENTRIES;
/// As many neurons as the widest strip has.
pub(in crate::signs) const STRIP: usize = 32;

/// Signed rows to be added up for every line.
#[derive(Debug)]
pub struct Job<'a, 'p, F> {
    /// The number of neurons: what counts of a row and of a line.
    pub width: usize,
    /// The rows, one every `row_step`.
    pub rows: &'p [F],
    pub row_step: usize,
    /// The signs: those of line t in rows 64·w … are at t·`sign_step` + w·`word_step`.
    pub signs: &'p [u64],
    pub sign_step: usize,
    pub word_step: usize,
    /// The lines, one every `line_step`; what lies behind the neurons may be written to.
    pub lines: &'p mut [F],
    pub line_step: usize,
    pub purpose: &'p mut Purpose<'a, F>,
}

/// What the sums are for.
#[derive(Debug)]
pub enum Purpose<'a, F> {
    /// They are added to the lines.
    Add,
    /// They are added to a row of one number for each neuron, or to +0, and written to the lines.
    Write(Option<&'a [F]>),
    /// They are added to +0, and θ becomes keep·θ − η·sum. The lines are room for strips.
    Descend(Update<'a, F>),
}

/// An update of lines that lie side by side.
#[derive(Debug)]
pub struct Update<'a, F> {
    pub theta: &'a mut [F],
    pub keep: F,
    pub eta: F,
}

/// The part of lines or rows that belongs to a strip of neurons.
#[derive(Debug)]
struct Part<'a, F> {
    /// The lines from the first neuron of the strip on.
    lines: &'a mut [F],
    step: usize,
    /// How many numbers of a line to load or store.
    len: usize,
}

impl<F: Real> Job<'_, '_, F> {
    /// Does it, strips of W vectors at a time, with room for the tables of W vectors.
    #[inline(always)]
    pub(super) fn run<S: Vectors<F>, const W: usize>(&mut self, simd: S, room: &mut [S::V]) {
        let groups = self.rows.len().div_ceil(self.row_step * GROUP);
        let count = self.lines.len() / self.line_step;
        let is_update = matches!(self.purpose, Purpose::Descend(_));
        if self.width <= NARROW && (is_update || count >= S::LANES) {
            return self.add_narrow(simd, groups);
        }
        if count < TABLE_PAYS && !is_update {
            return self.add_directly(simd, groups);
        }
        if groups == 1 {
            let mut start = 0;
            while start + 4 * S::LANES <= self.width {
                self.add_group::<S, 4>(simd, room, start);
                start += 4 * S::LANES;
            }
            while start + 2 * S::LANES <= self.width {
                self.add_group::<S, 2>(simd, room, start);
                start += 2 * S::LANES;
            }
            while start < self.width {
                self.add_group::<S, 1>(simd, room, start);
                start += S::LANES;
            }
            return;
        }
        let mut start = 0;
        while start + W * S::LANES <= self.width {
            self.add_strip::<S, W>(simd, room, start, groups);
            start += W * S::LANES;
        }
        while start < self.width {
            self.add_strip::<S, 1>(simd, room, start, groups);
            start += S::LANES;
        }
    }

    /// Works on W whole vectors of neurons, or on a part of one.
    #[inline(always)]
    fn add_strip<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        room: &mut [S::V],
        start: usize,
        groups: usize,
    ) {
        let is_update = matches!(self.purpose, Purpose::Descend(_));
        let column = if is_update { 0 } else { start };
        let len = (W * S::LANES).min(self.line_step - column);
        let row_len = (W * S::LANES).min(self.row_step - start);
        let mut begin = match self.purpose {
            Purpose::Add => None,
            Purpose::Write(None) | Purpose::Descend(_) => Some([simd.zero(); W]),
            Purpose::Write(Some(row)) => {
                let end = row.len().min(start + W * S::LANES);
                Some(load_all(simd, &row[start..end]))
            }
        };
        let mut first = 0;
        while first < groups {
            // The groups that are left in this word are shared evenly among passes.
            let left = (groups - first).min(IN_WORD - first % IN_WORD);
            let taken = left.div_ceil(left.div_ceil(GROUPS));
            let tables = Tables {
                rows: &self.rows[first * GROUP * self.row_step..],
                row_step: self.row_step,
                start,
                len: row_len,
                signs: &self.signs[first / IN_WORD * self.word_step..],
                sign_step: self.sign_step,
                shift: first % IN_WORD * GROUP,
            };
            let part = Part {
                lines: &mut self.lines[column..],
                step: self.line_step,
                len,
            };
            let begin = begin.take();
            match taken {
                1 => tables.pass::<S, W, 1>(simd, room, begin, part),
                2 => tables.pass::<S, W, 2>(simd, room, begin, part),
                3 => tables.pass::<S, W, 3>(simd, room, begin, part),
                4 => tables.pass::<S, W, 4>(simd, room, begin, part),
                5 => tables.pass::<S, W, 5>(simd, room, begin, part),
                6 => tables.pass::<S, W, 6>(simd, room, begin, part),
                7 => tables.pass::<S, W, 7>(simd, room, begin, part),
                _ => tables.pass::<S, W, GROUPS>(simd, room, begin, part),
            }
            first += taken;
        }
        if let Purpose::Descend(update) = &mut self.purpose {
            let part = Part {
                len: (W * S::LANES).min(self.width - start),
                lines: &mut update.theta[start..],
                step: self.width,
            };
            let descend = Descend {
                keep: simd.splat(update.keep),
                eta: simd.splat(update.eta),
                sums: self.lines,
                step: self.line_step,
            };
            part.change::<S, W, _>(simd, descend);
        }
    }

    /// Adds the only group there is, for which the table may be smaller and need not be kept long.
    #[inline(always)]
    fn add_group<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        room: &mut [S::V],
        start: usize,
    ) {
        let count = self.rows.len().div_ceil(self.row_step);
        let entries = &mut room.as_chunks_mut::<W>().0[..1 << count];
        for w in 0..W {
            let place = start + w * S::LANES;
            let len = S::LANES.min(self.row_step - place);
            let v = group::<F, S>(simd, self.rows, self.row_step, place, len);
            let begin = match &self.purpose {
                Purpose::Write(Some(row)) => {
                    simd.load(&row[place..row.len().min(place + S::LANES)])
                }
                _ => simd.zero(),
            };
            let (low, high) = (pairs(simd, v[0], v[1]), pairs(simd, v[2], v[3]));
            for (signs, entry) in entries.iter_mut().enumerate() {
                let sum = simd.add(low[signs % 4], high[signs / 4]);
                entry[w] = match &self.purpose {
                    Purpose::Add => sum,
                    Purpose::Write(_) => simd.add(begin, sum),
                    // −(η·sum) is (−η)·sum.
                    Purpose::Descend(update) => {
                        simd.times(simd.splat(-update.eta), simd.add(begin, sum))
                    }
                };
            }
        }
        let (lines, step, keep) = match &mut self.purpose {
            Purpose::Add => (&mut *self.lines, self.line_step, Some(F::one())),
            Purpose::Write(_) => (&mut *self.lines, self.line_step, None),
            Purpose::Descend(update) => (&mut *update.theta, self.width, Some(update.keep)),
        };
        let part = Part {
            lines: &mut lines[start..],
            step,
            len: (W * S::LANES).min(step - start),
        };
        let add = KeepAndAdd {
            keep: keep.map(|keep| simd.splat(keep)),
            entries: &*entries,
            signs: self.signs,
            step: self.sign_step,
        };
        part.change::<S, W, _>(simd, add);
    }

    /// Adds without a table.
    #[inline(always)]
    fn add_directly<S: Vectors<F>>(&mut self, simd: S, groups: usize) {
        for t in 0..self.lines.len() / self.line_step {
            for word in 0..groups.div_ceil(IN_WORD) {
                let bits = self.signs[t * self.sign_step + word * self.word_step];
                let signs = from_fn(|i| sign(bits >> i));
                let mut start = 0;
                while start + 4 * S::LANES <= self.width {
                    self.add_word::<S, 4>(simd, t, start, word, &signs);
                    start += 4 * S::LANES;
                }
                while start + 2 * S::LANES <= self.width {
                    self.add_word::<S, 2>(simd, t, start, word, &signs);
                    start += 2 * S::LANES;
                }
                while start < self.width {
                    self.add_word::<S, 1>(simd, t, start, word, &signs);
                    start += S::LANES;
                }
            }
        }
    }

    /// Adds the groups of a word to the neurons of line t from `start`: W vectors, or a part of one.
    #[inline(always)]
    fn add_word<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        t: usize,
        start: usize,
        word: usize,
        signs: &[F; GROUP * IN_WORD],
    ) {
        let len = (W * S::LANES).min(self.line_step - start);
        let row_len = (W * S::LANES).min(self.row_step - start);
        let line = &mut self.lines[t * self.line_step + start..][..len];
        let mut sums = match self.purpose {
            Purpose::Write(Some(row)) if word == 0 => {
                load_all(simd, &row[start..row.len().min(start + W * S::LANES)])
            }
            Purpose::Write(None) if word == 0 => [simd.zero(); W],
            _ => load_all(simd, line),
        };
        let rows = &self.rows[word * GROUP * IN_WORD * self.row_step..];
        let groups = rows.chunks(GROUP * self.row_step);
        for (group, s) in groups.zip(signs.as_chunks::<GROUP>().0) {
            let v = if group.len() > (GROUP - 1) * self.row_step {
                let row = |i: usize| &group[i * self.row_step + start..][..row_len];
                [
                    load_all::<F, S, W>(simd, row(0)),
                    load_all::<F, S, W>(simd, row(1)),
                    load_all::<F, S, W>(simd, row(2)),
                    load_all::<F, S, W>(simd, row(3)),
                ]
            } else {
                let mut v = [[simd.zero(); W]; GROUP];
                for (v, row) in v.iter_mut().zip(group.chunks(self.row_step)) {
                    *v = load_all(simd, &row[start..][..row_len]);
                }
                v
            };
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

    /// Adds to lines that lie side by side in vectors, one neuron after the other.
    #[inline(always)]
    fn add_narrow<S: Vectors<F>>(&mut self, simd: S, groups: usize) {
        let count = self.lines.len() / self.line_step;
        for neuron in 0..self.width {
            let begin = match self.purpose {
                Purpose::Add => None,
                Purpose::Write(None) | Purpose::Descend(_) => Some(F::zero()),
                Purpose::Write(Some(row)) => Some(row[neuron]),
            };
            for word in 0..groups.div_ceil(IN_WORD) {
                let mut tables = [[F::zero(); ENTRIES]; IN_WORD];
                let tables = &mut tables[..(groups - word * IN_WORD).min(IN_WORD)];
                for (g, table) in tables.iter_mut().enumerate() {
                    let row = (word * IN_WORD + g) * GROUP;
                    let value = |i: usize| {
                        let value = self.rows.get((row + i) * self.row_step + neuron);
                        simd.splat(value.copied().unwrap_or(F::zero()))
                    };
                    fill_table(simd, [value(0), value(1), value(2), value(3)], table);
                }
                let signs = &self.signs[word * self.word_step..];
                for t in (0..count).step_by(S::LANES) {
                    let lanes = S::LANES.min(count - t);
                    let lines = &mut self.lines[t * self.line_step + neuron..];
                    let mut sums = match begin {
                        Some(begin) if word == 0 => simd.splat(begin),
                        _ => gather(simd, lines, self.line_step, lanes),
                    };
                    let bits = simd.bits(&signs[t * self.sign_step..], self.sign_step, lanes);
                    for (g, table) in tables.iter().enumerate() {
                        sums = simd.add(sums, simd.look_up(table, bits, g));
                    }
                    scatter(simd, sums, lines, self.line_step, lanes);
                }
            }
        }
        if let Purpose::Descend(Update { theta, keep, eta }) = &mut self.purpose {
            // Here the lines lie side by side too.
            for (theta, sum) in theta.iter_mut().zip(&*self.lines) {
                *theta = *keep * *theta - *eta * *sum;
            }
        }
    }
}

/// Up to 2⁶ rows, and the signs that lines have for them.
#[derive(Debug)]
struct Tables<'a, F> {
    rows: &'a [F],
    row_step: usize,
    /// Where in a row the strip begins, and how many numbers to load there.
    start: usize,
    len: usize,
    signs: &'a [u64],
    sign_step: usize,
    /// The place of the first row in a word of signs.
    shift: usize,
}

impl<F: Real> Tables<'_, F> {
    /// Adds G groups to what the lines begin with, or else to the lines.
    #[inline(always)]
    fn pass<S: Vectors<F>, const W: usize, const G: usize>(
        self,
        simd: S,
        room: &mut [S::V],
        begin: Option<[S::V; W]>,
        part: Part<'_, F>,
    ) {
        let tables = room.as_chunks_mut::<W>().0.as_chunks_mut::<ENTRIES>().0;
        let tables = tables.first_chunk_mut::<G>().expect("the room is enough");
        for (g, table) in tables.iter_mut().enumerate() {
            for w in 0..W {
                let rows = &self.rows[g * GROUP * self.row_step..];
                let len = self.len.min(S::LANES);
                let v = group::<F, S>(simd, rows, self.row_step, self.start + w * S::LANES, len);
                let (low, high) = (pairs(simd, v[0], v[1]), pairs(simd, v[2], v[3]));
                for (signs, entry) in table.iter_mut().enumerate() {
                    entry[w] = simd.add(low[signs % 4], high[signs / 4]);
                }
            }
        }
        let add = AddEntries {
            begin,
            tables,
            signs: self.signs,
            step: self.sign_step,
            shift: self.shift,
        };
        part.change::<S, W, _>(simd, add);
    }
}

/// What becomes of W vectors of line t.
///
/// A closure would be compiled apart, without the instructions of the kernel.
trait Change<F: Real, S: Vectors<F>, const W: usize> {
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W];
}

/// One entry of each table is added, one after the other, to `begin` or else to the line.
struct AddEntries<'a, V, const W: usize, const G: usize> {
    begin: Option<[V; W]>,
    tables: &'a [[[V; W]; ENTRIES]; G],
    signs: &'a [u64],
    step: usize,
    shift: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize, const G: usize> Change<F, S, W>
    for AddEntries<'_, S::V, W, G>
{
    #[inline(always)]
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W] {
        let tables = self.tables.as_flattened();
        let signs = self.signs[t * self.step] >> self.shift;
        let mut sums = match self.begin {
            Some(begin) => begin,
            None => load_all::<F, S, W>(simd, line),
        };
        for g in 0..G {
            let entry = &tables[g * ENTRIES + (signs >> (g * GROUP)) as usize % ENTRIES];
            for w in 0..W {
                sums[w] = simd.add(sums[w], entry[w]);
            }
        }
        sums
    }
}

/// One entry of a table is added to keep·line, and without `keep` to nothing.
struct KeepAndAdd<'a, V, const W: usize> {
    keep: Option<V>,
    entries: &'a [[V; W]],
    signs: &'a [u64],
    step: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize> Change<F, S, W> for KeepAndAdd<'_, S::V, W> {
    #[inline(always)]
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W] {
        let signs = self.signs[t * self.step] as usize;
        let mut sums = self.entries[signs & (self.entries.len() - 1)];
        if let Some(keep) = self.keep {
            let line = load_all::<F, S, W>(simd, line);
            for w in 0..W {
                sums[w] = simd.add(simd.times(keep, line[w]), sums[w]);
            }
        }
        sums
    }
}

/// The line is θ, and becomes keep·θ − η·sum.
struct Descend<'a, F, V> {
    keep: V,
    eta: V,
    sums: &'a [F],
    step: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize> Change<F, S, W> for Descend<'_, F, S::V> {
    #[inline(always)]
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W] {
        let mut theta = load_all::<F, S, W>(simd, line);
        let sums = load_all::<F, S, W>(simd, &self.sums[t * self.step..][..self.step]);
        for w in 0..W {
            theta[w] = simd.sub(
                simd.times(self.keep, theta[w]),
                simd.times(self.eta, sums[w]),
            );
        }
        theta
    }
}

impl<F: Real> Part<'_, F> {
    /// Changes every line.
    #[inline(always)]
    fn change<S: Vectors<F>, const W: usize, C: Change<F, S, W>>(self, simd: S, change: C) {
        let Part { lines, step, len } = self;
        if W > 1 || step >= 2 * S::LANES {
            for (t, line) in lines.chunks_mut(step).enumerate() {
                let line = &mut line[..len];
                store_all(simd, &change.to(simd, line, t), line);
            }
            return;
        }
        // The lanes behind a part of a vector reach into the next line, if that begins there, and a
        // processor waits with a load until stores that reach into it are done. So some lines are
        // loaded before any of them is stored.
        let mut kept = [[simd.zero(); W]; LINES];
        for (block, lines) in lines.chunks_mut(LINES * step).enumerate() {
            for (i, (line, kept)) in lines.chunks(step).zip(&mut kept).enumerate() {
                *kept = change.to(simd, &line[..len], block * LINES + i);
            }
            for (line, kept) in lines.chunks_mut(step).zip(&kept) {
                store_all(simd, kept, &mut line[..len]);
            }
        }
    }
}

/// `len` lanes at `place` of the first four rows, +0 where there is no row.
#[inline(always)]
fn group<F: Real, S: Vectors<F>>(
    simd: S,
    rows: &[F],
    step: usize,
    place: usize,
    len: usize,
) -> [S::V; GROUP] {
    let mut v = [simd.zero(); GROUP];
    for (row, v) in v.iter_mut().enumerate() {
        let place = place + row * step;
        if place < rows.len() {
            *v = simd.load(&rows[place..][..len]);
        }
    }
    v
}

/// The sums of one group of numbers, the lanes being the signs.
#[inline(always)]
fn fill_table<F: Real, S: Vectors<F>>(simd: S, v: [S::V; GROUP], table: &mut [F; ENTRIES]) {
    for (first, entries) in table.chunks_exact_mut(S::LANES).enumerate() {
        let signs = |row: usize| {
            let signs: [F; ENTRIES] = from_fn(|lane| sign((first * S::LANES + lane) as u64 >> row));
            simd.load(&signs[..S::LANES])
        };
        let low = simd.times(signs(0), v[0]);
        let high = simd.times(signs(2), v[2]);
        let low = simd.add_times(low, signs(1), v[1]);
        let high = simd.add_times(high, signs(3), v[3]);
        simd.store(simd.add(low, high), entries);
    }
}

/// The numbers at every `step`, as many as there are lanes asked for.
#[inline(always)]
fn gather<F: Real, S: Vectors<F>>(simd: S, from: &[F], step: usize, lanes: usize) -> S::V {
    if step == 1 {
        return simd.load(&from[..lanes]);
    }
    let mut v = [F::zero(); ENTRIES];
    let from = &from[..(lanes - 1) * step + 1];
    for (i, v) in v[..lanes].iter_mut().enumerate() {
        *v = from[i * step];
    }
    simd.load(&v[..S::LANES])
}

/// Writes lanes to every `step`.
#[inline(always)]
fn scatter<F: Real, S: Vectors<F>>(simd: S, v: S::V, to: &mut [F], step: usize, lanes: usize) {
    if step == 1 {
        return simd.store(v, &mut to[..lanes]);
    }
    let mut lane = [F::zero(); ENTRIES];
    simd.store(v, &mut lane[..S::LANES]);
    let to = &mut to[..(lanes - 1) * step + 1];
    for (i, &lane) in lane[..lanes].iter().enumerate() {
        to[i * step] = lane;
    }
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

/// W whole vectors, or up to one.
#[inline(always)]
fn load_all<F: Real, S: Vectors<F>, const W: usize>(simd: S, from: &[F]) -> [S::V; W] {
    let mut v = [simd.zero(); W];
    if W == 1 {
        v[0] = simd.load(&from[..from.len().min(S::LANES)]);
    } else {
        // So long, no vector needs its own check.
        let from = &from[..W * S::LANES];
        for (w, v) in v.iter_mut().enumerate() {
            *v = simd.load(&from[w * S::LANES..(w + 1) * S::LANES]);
        }
    }
    v
}

/// Stores W whole vectors, or up to one.
#[inline(always)]
fn store_all<F: Real, S: Vectors<F>, const W: usize>(simd: S, v: &[S::V; W], to: &mut [F]) {
    if W == 1 {
        let len = to.len().min(S::LANES);
        simd.store(v[0], &mut to[..len]);
    } else {
        let to = &mut to[..W * S::LANES];
        for (w, v) in v.iter().enumerate() {
            simd.store(*v, &mut to[w * S::LANES..(w + 1) * S::LANES]);
        }
    }
}

/// −1 if the lowest bit is set, and 1 otherwise.
#[inline(always)]
fn sign<F: Real>(bits: u64) -> F {
    if bits & 1 == 1 { -F::one() } else { F::one() }
}
