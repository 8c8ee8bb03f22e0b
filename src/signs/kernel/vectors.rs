//! The operations that the products are made of.

use crate::real::Real;

/// Vectors of [`LANES`](Vectors::LANES) numbers; the value stands for a processor that has them.
///
/// Every operation acts on each lane alone and rounds as the scalar operation does.
pub(super) trait Vectors<F: Real>: Copy {
    type V: Copy;
    const LANES: usize;

    /// +0 in every lane.
    fn zero(self) -> Self::V {
        self.splat(F::zero())
    }

    fn splat(self, x: F) -> Self::V;

    /// The first `len` numbers, and +0 in the lanes above; `len` is at most `LANES`.
    fn load(self, from: &[F], len: usize) -> Self::V;

    /// Writes the first `len` lanes.
    fn store(self, v: Self::V, to: &mut [F], len: usize);

    fn add(self, a: Self::V, b: Self::V) -> Self::V;

    fn sub(self, a: Self::V, b: Self::V) -> Self::V;

    /// a·b.
    fn times(self, a: Self::V, b: Self::V) -> Self::V;

    /// sum + s·v for s = ±1, where it makes no difference that the product is not rounded.
    fn add_times(self, sum: Self::V, s: Self::V, v: Self::V) -> Self::V;
}
