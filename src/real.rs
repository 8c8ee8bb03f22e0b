//! The two floating-point types, with functions that give the same bits on every machine.

use ndarray::NdFloat;
use num_traits::FromPrimitive;
use std::iter::Sum;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// What a scalar must be able to do to be stored in a file: nothing without the feature `serde`.
#[cfg(not(feature = "serde"))]
pub trait Storable {}
#[cfg(not(feature = "serde"))]
impl<F: sealed::Sealed> Storable for F {}

/// What a scalar must be able to do to be stored in a file.
#[cfg(feature = "serde")]
pub trait Storable: serde::Serialize + serde::de::DeserializeOwned {}
#[cfg(feature = "serde")]
impl<F: sealed::Sealed + serde::Serialize + serde::de::DeserializeOwned> Storable for F {}

/// A real number as the arrays hold it: [`f32`] or [`f64`].
///
/// Hyper-parameters and measurements are always `f64`; only arrays are generic. The functions
/// called `portable_*` come from a software library, because the system's sine or logarithm may
/// differ in the last bit between machines, and a run must not.
///
/// ```
/// use sparse_parity::real::Real;
///
/// assert_eq!(f32::of(0.1), 0.1_f32);
/// assert_eq!(0.0_f64.portable_exp(), 1.0);
/// ```
pub trait Real: sealed::Sealed + Storable + NdFloat + FromPrimitive + Sum + Default {
    /// The nearest value to `x`.
    fn of(x: f64) -> Self;
    /// The value in double precision, exactly.
    fn as_f64(self) -> f64;
    /// The sine, the same bits on every machine.
    fn portable_sin(self) -> Self;
    /// The cosine, the same bits on every machine.
    fn portable_cos(self) -> Self;
    /// The exponential function, the same bits on every machine.
    fn portable_exp(self) -> Self;
    /// ln(1 + x), the same bits on every machine.
    fn portable_ln_1p(self) -> Self;
}

macro_rules! real {
    ($float:ty, $sin:path, $cos:path, $exp:path, $ln_1p:path) => {
        impl Real for $float {
            fn of(x: f64) -> Self {
                x as Self
            }
            fn as_f64(self) -> f64 {
                self.into()
            }
            fn portable_sin(self) -> Self {
                $sin(self)
            }
            fn portable_cos(self) -> Self {
                $cos(self)
            }
            fn portable_exp(self) -> Self {
                $exp(self)
            }
            fn portable_ln_1p(self) -> Self {
                $ln_1p(self)
            }
        }
    };
}

real!(f32, libm::sinf, libm::cosf, libm::expf, libm::log1pf);
real!(f64, libm::sin, libm::cos, libm::exp, libm::log1p);

/// `x`, or 0 if it is below the smallest normal number.
///
/// A running mean of gradients that have become 0 shrinks until it is subnormal and stays there, and
/// processors take many times as long for subnormal numbers.
#[inline(always)]
pub(crate) fn normal_or_zero<F: Real>(x: F) -> F {
    if x.abs() < F::min_positive_value() {
        F::zero()
    } else {
        x
    }
}

/// The number of partial sums in every sum over a contiguous array.
pub(crate) const LANES: usize = 16;

/// The sum of `term(aᵢ, bᵢ)` in the crate's fixed order.
///
/// Entry i goes to partial sum i mod 16, in order of i; then partial sum l takes up l + 8, l + 4,
/// l + 2, l + 1. The order is the same for every vector width, and so are the bits.
#[inline(always)]
pub(crate) fn sum_of<F: Real>(a: &[F], b: &[F], term: impl Fn(F, F) -> F) -> F {
    assert_eq!(a.len(), b.len());
    let mut partial = [F::zero(); LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail = a.remainder().iter().zip(b.remainder());
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            partial[lane] += term(a[lane], b[lane]);
        }
    }
    for (lane, (&a, &b)) in tail.enumerate() {
        partial[lane] += term(a, b);
    }
    fold(partial)
}

/// The sum of the partial sums: lane l takes up l + 8, l + 4, l + 2, l + 1.
#[inline(always)]
pub(crate) fn fold<F: Real>(mut partial: [F; LANES]) -> F {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            let other = partial[lane + width];
            partial[lane] += other;
        }
    }
    partial[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_integers_are_exact_at_every_length() {
        for len in 0..70 {
            let a: Vec<f64> = (0..len).map(f64::from).collect();
            let expected: f64 = (0..len).map(|i| f64::from(i * i)).sum();
            assert_eq!(sum_of(&a, &a, |a, b| a * b), expected);
        }
    }

    #[test]
    fn only_subnormal_numbers_become_0() {
        let smallest = f32::MIN_POSITIVE;
        for x in [smallest, -smallest, 1.0, f32::INFINITY] {
            assert_eq!(normal_or_zero(x), x);
        }
        assert_eq!(normal_or_zero(smallest / 2.0), 0.0);
        assert_eq!(normal_or_zero(-smallest / 2.0), 0.0);
        assert!(normal_or_zero(f32::NAN).is_nan());
    }

    #[test]
    fn the_order_of_summation_is_fold_of_sixteen_lanes() {
        let a: Vec<f32> = (0..37).map(|i| 1.0 / (i as f32 + 0.3)).collect();
        let lane = |l: usize| a.iter().skip(l).step_by(16).fold(0.0, |sum, &x| sum + x);
        let mut p: Vec<f32> = (0..16).map(lane).collect();
        for width in [8, 4, 2, 1] {
            p = (0..width).map(|l| p[l] + p[l + width]).collect();
        }
        assert_eq!(sum_of(&a, &a, |x, _| x).to_bits(), p[0].to_bits());
    }
}
