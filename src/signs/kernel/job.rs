//! What the two products are made of, written once for every width of vector.
//!
//! A [`Job`] adds signed rows to lines. The 2⁴ sums of a group of four rows are written to a table,
//! in which each line finds its own by four bits (`tables`). What is not long enough for that has
//! paths of its own: a single group of rows (`tables`), a few lines (`few_lines`), and a few neurons,
//! where it is the lines that lie side by side in a vector (`few_neurons`).

use super::far::is_far;
use super::vectors::Vectors;
use crate::real::Real;

/// Rows in a group.
pub(super) const GROUP: usize = 4;
/// Sums of a group.
pub(super) const ENTRIES: usize = 1 << GROUP;
/// Groups that a word of signs holds.
pub(super) const IN_WORD: usize = 16;
/// The most groups whose tables are kept at a time.
pub(super) const GROUPS: usize = 8;
/// From this many lines on, a table is worth its 24 additions and 16 stores.
const TABLE_PAYS: usize = 6;
/// Up to this many neurons, vectors are filled with lines.
pub(in crate::signs) const NARROW: usize = 4;
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
    /// How much of a row may be read.
    pub row_len: usize,
    /// The signs: those of line t in rows 64·w … are at t·`sign_step` + w·`word_step`.
    pub signs: &'p [u64],
    pub sign_step: usize,
    pub word_step: usize,
    /// The lines, one every `line_step`.
    pub lines: &'p mut [F],
    pub line_step: usize,
    /// How much of a line may be written to, be it behind the neurons.
    pub line_len: usize,
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

/// An update of lines, one every `step`.
#[derive(Debug)]
pub struct Update<'a, F> {
    pub theta: &'a mut [F],
    pub step: usize,
    pub keep: F,
    pub eta: F,
}

impl<F: Real> Job<'_, '_, F> {
    /// Does it, strips of W vectors at a time, with room for the tables of W vectors.
    #[inline(always)]
    pub(super) fn run<S: Vectors<F>, const W: usize>(&mut self, simd: S, room: &mut [S::V]) {
        let (groups, count, is_update) = (self.groups(), self.count(), self.is_update());
        // The last few neurons of many have lines that do not lie side by side.
        let fills_vectors = match is_update {
            true => self.line_step <= NARROW,
            false => count >= S::LANES,
        };
        if self.width <= NARROW && fills_vectors {
            return self.add_to_few_neurons(simd);
        }
        if count < TABLE_PAYS && !is_update {
            return self.add_to_few_lines(simd);
        }
        if groups == 1 {
            return self.add_group(simd, room);
        }
        let is_far = match &self.purpose {
            Purpose::Add => is_far(self.lines),
            Purpose::Write(_) => is_far(self.rows),
            Purpose::Descend(update) => is_far(update.theta),
        };
        if is_far {
            self.add_strips::<S, W, true>(simd, room);
        } else {
            self.add_strips::<S, W, false>(simd, room);
        }
    }

    #[inline(always)]
    fn add_strips<S: Vectors<F>, const W: usize, const FAR: bool>(
        &mut self,
        simd: S,
        room: &mut [S::V],
    ) {
        let mut start = 0;
        while start + W * S::LANES <= self.width {
            self.add_strip::<S, W, FAR>(simd, room, start);
            start += W * S::LANES;
        }
        while start < self.width {
            if self.width - start <= <S::Half as Vectors<F>>::LANES {
                return self.add_strip::<S::Half, 1, FAR>(simd.half(), S::half_room(room), start);
            }
            self.add_strip::<S, 1, FAR>(simd, room, start);
            start += S::LANES;
        }
    }

    /// How many vectors, 1 to 4, the strip of neurons from `start` on has, and how many neurons.
    ///
    /// A last vector that is not whole begins earlier, where it ends with the last neuron. For that
    /// a strip begins with a whole vector, unless all neurons together are less than one.
    #[inline(always)]
    pub(super) fn strip<S: Vectors<F>>(&self, start: usize) -> (usize, usize) {
        let left = self.width - start;
        let vectors = match left.div_ceil(S::LANES) {
            5 => 3,
            vectors => vectors.min(4),
        };
        (vectors, left.min(vectors * S::LANES))
    }

    /// Whether θ is changed by the sums, and the lines are room for them.
    #[inline(always)]
    pub(super) fn is_update(&self) -> bool {
        matches!(self.purpose, Purpose::Descend(_))
    }

    /// The number of lines.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.lines.len().div_ceil(self.line_step)
    }

    /// The number of groups of rows.
    #[inline(always)]
    pub(super) fn groups(&self) -> usize {
        self.rows.len().div_ceil(self.row_step * GROUP)
    }
}
