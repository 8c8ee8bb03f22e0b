//! The operations on vectors, and what can be compiled for each set of instructions.

use crate::real::Real;

/// Numbers in a table that is looked up by four bits.
pub(crate) const ENTRIES: usize = 1 << 4;

/// An operation to be compiled for every set of instructions.
///
/// All give the same bits, as the compiler neither fuses operations nor changes their order. A short
/// loop may be a closure. Of a longer one the compiler would make a function of its own, for any
/// processor; it is therefore a type whose `with_simd` is `#[inline(always)]`, as all functions are
/// that it calls.
pub(crate) trait WithSimd {
    type Output;
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output;
}

impl<R, W: FnOnce() -> R> WithSimd for W {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        self()
    }
}

/// An operation on vectors that is a function of its own, whose innermost loops have all registers to
/// themselves. Its `run` is `#[inline(always)]`.
pub(crate) trait Apart<F: Real, S: Vectors<F>> {
    fn run(self, simd: S);
}

/// A set of instructions: vectors of either precision.
pub(crate) trait Simd: Vectors<f32> + Vectors<f64> {}

/// Vectors of [`LANES`](Vectors::LANES) numbers; the value stands for a processor that has them.
///
/// Every operation acts on each lane alone and rounds as the scalar operation does.
pub(crate) trait Vectors<F: Real>: Copy {
    type V: Copy;
    /// A word of signs in each lane.
    type Bits: Copy;
    /// Four signs in each lane.
    type Signs: Copy;
    const LANES: usize;
    /// How many vectors a strip of outputs has: as many as there are registers for.
    const STRIP: usize;
    /// Vectors for what fills no more than half of one of these, if there are such.
    type Half: Vectors<F>;

    fn half(self) -> Self::Half;

    /// Runs an operation in a function of its own.
    fn apart<O: Apart<F, Self>>(self, op: O);

    /// The same memory as vectors of half.
    fn halves(vectors: &mut [Self::V]) -> &mut [<Self::Half as Vectors<F>>::V];

    /// The same memory as vectors, from the first place that is aligned for one.
    fn vectors(numbers: &mut [F]) -> &mut [Self::V];

    fn splat(self, x: F) -> Self::V;

    /// The numbers, at most `LANES`, and +0 in the lanes above.
    fn load(self, from: &[F]) -> Self::V;

    /// Writes as many lanes as `to` has, at most `LANES`.
    fn store(self, v: Self::V, to: &mut [F]);

    /// Fetches the number at this place into the nearest cache, where the processor can do so; there
    /// need not be such a number.
    fn prefetch(self, place: *const F);

    fn add(self, a: Self::V, b: Self::V) -> Self::V;

    fn sub(self, a: Self::V, b: Self::V) -> Self::V;

    fn times(self, a: Self::V, b: Self::V) -> Self::V;

    /// a·b + c, rounded once.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;

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
