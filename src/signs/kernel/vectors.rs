//! The operations that the products are made of.

use super::abreast::JobAbreast;
use super::job::{ENTRIES, Job};
use crate::real::Real;

/// Vectors of [`LANES`](Vectors::LANES) numbers; the value stands for a processor that has them.
///
/// Every operation acts on each lane alone and rounds as the scalar operation does.
pub(super) trait Vectors<F: Real>: Copy {
    type V: Copy;
    /// The signs of one line in each lane.
    type Bits: Copy;
    /// Four signs in each lane.
    type Signs: Copy;
    const LANES: usize;
    /// Vectors for what fills no more than half of one of these, if there are such.
    type Half: Vectors<F>;

    fn half(self) -> Self::Half;

    /// The same room, for vectors of half.
    fn half_room(room: &mut [Self::V]) -> &mut [<Self::Half as Vectors<F>>::V];

    /// Does a job by the instructions that the vectors belong to.
    fn run(self, job: &mut Job<'_, '_, F>);

    /// The same for trials that lie abreast.
    fn run_abreast(self, job: &mut JobAbreast<'_, F>);

    /// Transposes a square of bits: bit i of word t becomes bit t of word i.
    fn transpose(self, square: &mut [u64; 64]);

    fn splat(self, x: F) -> Self::V;

    /// The numbers, at most `LANES`, and +0 in the lanes above.
    fn load(self, from: &[F]) -> Self::V;

    /// Writes as many lanes as `to` has, at most `LANES`.
    fn store(self, v: Self::V, to: &mut [F]);

    /// Has the number at this place fetched into the nearest cache, if the processor can be told to;
    /// there need not be such a number.
    fn prefetch(self, place: *const F);

    fn add(self, a: Self::V, b: Self::V) -> Self::V;

    fn sub(self, a: Self::V, b: Self::V) -> Self::V;

    fn times(self, a: Self::V, b: Self::V) -> Self::V;

    /// sum + s·v for s = ±1, whose product with v is exact: rounding it or not is the same.
    fn add_times(self, sum: Self::V, s: Self::V, v: Self::V) -> Self::V;

    /// `a` if the mask is 0, and `b` if it is all ones.
    fn choose(self, mask: u64, a: Self::V, b: Self::V) -> Self::V;

    /// Takes a word of signs into each of the first lanes, one every `step`.
    fn bits(self, signs: &[u64], step: usize, lanes: usize) -> Self::Bits;

    /// In each lane the entry that its signs of group `g`, four bits, stand for.
    fn look_up(self, table: &[F; ENTRIES], bits: Self::Bits, g: usize) -> Self::V;

    /// The signs of group `g`, below 8, of a word for each lane.
    fn signs(self, words: &[u32], g: usize) -> Self::Signs;

    /// s·v in each lane, for the sign at place C < 4 of its four: exact, as only a sign changes.
    fn flip<const C: usize>(self, v: Self::V, signs: Self::Signs) -> Self::V;

    /// +0 in every lane.
    #[inline(always)]
    fn zero(self) -> Self::V {
        self.splat(F::zero())
    }
}
