//! Sums from tables, in which the signs of a line are the place.

use super::change::{AddEntries, Descend, KeepAndAdd, KeepAndChoose, Part, load_all, load_to_end};
use super::far::Far;
use super::job::{ENTRIES, GROUP, GROUPS, IN_WORD, Job, Purpose, Update};
use super::vectors::Vectors;
use crate::real::Real;

impl<F: Real> Job<'_, '_, F> {
    /// Works on W whole vectors of neurons, or on a part of one; if the matrix is far, the next W are
    /// fetched.
    #[inline(always)]
    pub(super) fn add_strip<S: Vectors<F>, const W: usize, const FAR: bool>(
        &mut self,
        simd: S,
        room: &mut [S::V],
        start: usize,
    ) {
        let groups = self.groups();
        let column = if self.is_update() { 0 } else { start };
        let len = (W * S::LANES).min(self.line_len - column);
        let row_len = (W * S::LANES).min(self.row_len - start);
        let mut begin = match self.purpose {
            Purpose::Add => None,
            Purpose::Write(None) | Purpose::Descend(_) => Some([simd.zero(); W]),
            Purpose::Write(Some(row)) => {
                let end = row.len().min(start + W * S::LANES);
                Some(load_all(simd, &row[start..end]))
            }
        };
        let next = start + W * S::LANES;
        let far = match &self.purpose {
            _ if !FAR => Far::nothing(),
            Purpose::Add => Far::new(self.lines, self.line_step, next),
            Purpose::Write(_) => Far::new(self.rows, self.row_step, next),
            Purpose::Descend(update) => Far::new(update.theta, update.step, next),
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
            let far = far.share(first, taken, groups);
            match taken {
                1 => tables.pass::<S, W, 1, FAR>(simd, room, begin, part, far),
                2 => tables.pass::<S, W, 2, FAR>(simd, room, begin, part, far),
                3 => tables.pass::<S, W, 3, FAR>(simd, room, begin, part, far),
                4 => tables.pass::<S, W, 4, FAR>(simd, room, begin, part, far),
                5 => tables.pass::<S, W, 5, FAR>(simd, room, begin, part, far),
                6 => tables.pass::<S, W, 6, FAR>(simd, room, begin, part, far),
                7 => tables.pass::<S, W, 7, FAR>(simd, room, begin, part, far),
                _ => tables.pass::<S, W, GROUPS, FAR>(simd, room, begin, part, far),
            }
            first += taken;
        }
        if let Purpose::Descend(update) = &mut self.purpose {
            let part = Part {
                len: (W * S::LANES).min(self.width - start),
                lines: &mut update.theta[start..],
                step: update.step,
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
    pub(super) fn add_group<S: Vectors<F>>(&mut self, simd: S, room: &mut [S::V]) {
        let mut start = 0;
        while start < self.width {
            let (vectors, len) = self.strip::<S>(start);
            match vectors {
                1 => self.add_group_to_strip::<S, 1>(simd, room, start, len),
                2 => self.add_group_to_strip::<S, 2>(simd, room, start, len),
                3 => self.add_group_to_strip::<S, 3>(simd, room, start, len),
                _ => self.add_group_to_strip::<S, 4>(simd, room, start, len),
            }
            start += len;
        }
    }

    #[inline(always)]
    fn add_group_to_strip<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        room: &mut [S::V],
        start: usize,
        len: usize,
    ) {
        let count = self.rows.len().div_ceil(self.row_step);
        let entries = &mut room.as_chunks_mut::<W>().0[..1 << count];
        let mut v = [[simd.zero(); W]; GROUP];
        for (v, row) in v.iter_mut().zip(self.rows.chunks(self.row_step)) {
            *v = load_to_end(simd, &row[start..][..len]);
        }
        let begin = match &self.purpose {
            Purpose::Write(Some(row)) => load_to_end(simd, &row[start..][..len]),
            _ => [simd.zero(); W],
        };
        for w in 0..W {
            let (low, high) = (pairs(simd, v[0][w], v[1][w]), pairs(simd, v[2][w], v[3][w]));
            for (signs, entry) in entries.iter_mut().enumerate() {
                let sum = simd.add(low[signs % 4], high[signs / 4]);
                entry[w] = match &self.purpose {
                    Purpose::Add => sum,
                    Purpose::Write(_) => simd.add(begin[w], sum),
                    // −(η·sum) is (−η)·sum.
                    Purpose::Descend(update) => {
                        simd.times(simd.splat(-update.eta), simd.add(begin[w], sum))
                    }
                };
            }
        }
        let (own, step) = (&mut *self.lines, self.line_step);
        let (lines, step, keep) = match &mut self.purpose {
            Purpose::Add => (own, step, Some(F::one())),
            Purpose::Write(_) => (own, step, None),
            Purpose::Descend(Update {
                theta, step, keep, ..
            }) => (&mut **theta, *step, Some(*keep)),
        };
        let lines = &mut lines[start..];
        let (part, keep) = (Part { lines, step, len }, keep.map(|keep| simd.splat(keep)));
        let (signs, step) = (self.signs, self.sign_step);
        if let &[plus, minus] = &*entries {
            let add = KeepAndChoose {
                keep,
                entries: [plus, minus],
                signs,
                step,
            };
            part.change_to_end::<S, W, _>(simd, add);
        } else {
            let add = KeepAndAdd {
                keep,
                entries: &*entries,
                signs,
                step,
            };
            part.change_to_end::<S, W, _>(simd, add);
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
    fn pass<S: Vectors<F>, const W: usize, const G: usize, const FAR: bool>(
        self,
        simd: S,
        room: &mut [S::V],
        begin: Option<[S::V; W]>,
        part: Part<'_, F>,
        far: Far<F>,
    ) {
        let tables = room.as_chunks_mut::<W>().0.as_chunks_mut::<ENTRIES>().0;
        let tables = tables.first_chunk_mut::<G>().expect("the room is enough");
        for (g, table) in tables.iter_mut().enumerate() {
            for w in 0..W {
                let rows = &self.rows[g * GROUP * self.row_step..];
                let len = self.len.min(S::LANES);
                let place = self.start + w * S::LANES;
                let v = group::<F, S>(simd, rows, self.row_step, place, len);
                let (low, high) = (pairs(simd, v[0], v[1]), pairs(simd, v[2], v[3]));
                for (signs, entry) in table.iter_mut().enumerate() {
                    entry[w] = simd.add(low[signs % 4], high[signs / 4]);
                }
            }
        }
        let tables = &*tables;
        match begin {
            Some(begin) => self.add::<S, W, G, FAR, true>(simd, begin, tables, part, far),
            None => self.add::<S, W, G, FAR, false>(simd, [simd.zero(); W], tables, part, far),
        }
    }

    /// Adds an entry of each table to `begin` or to the lines. Which of the two is not asked line by line.
    #[inline(always)]
    fn add<S: Vectors<F>, const W: usize, const G: usize, const FAR: bool, const BEGIN: bool>(
        self,
        simd: S,
        begin: [S::V; W],
        tables: &[[[S::V; W]; ENTRIES]; G],
        part: Part<'_, F>,
        far: Far<F>,
    ) {
        let add = AddEntries::<S::V, W, G, BEGIN> {
            begin,
            tables,
            signs: self.signs,
            step: self.sign_step,
            shift: self.shift,
        };
        if !FAR {
            return part.change::<S, W, _>(simd, add);
        }
        // Shares of what is to be fetched go with shares of the lines.
        let Part { lines, step, len } = part;
        let count = lines.len().div_ceil(step * G);
        for (share, lines) in lines.chunks_mut(count * step).enumerate() {
            far.share(share, 1, G).fetch::<S, W>(simd);
            let signs = &self.signs[share * count * self.sign_step..];
            Part { lines, step, len }.change::<S, W, _>(simd, AddEntries { signs, ..add });
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
