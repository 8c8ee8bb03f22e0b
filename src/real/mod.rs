//! The two floating-point types, with functions that give the same bits on every machine.

use ndarray::NdFloat;
use num_traits::FromPrimitive;
use std::iter::Sum;

mod exponential;
mod fused;
mod sine;

mod sealed {
    /// Keeps [`Real`](super::Real) to two types, and leads from a generic one to code for each of them.
    pub trait Sealed: Sized + 'static {
        /// Calls the function of the visitor for this type.
        fn with_precision<V: WithPrecision>(args: V::Args<'_, Self>);
    }

    /// A visitor: one function for each precision, compiled with this crate and not with every program
    /// that uses it.
    pub trait WithPrecision {
        /// What the functions take, in terms of the type of a number.
        type Args<'a, F: 'a>;
        /// For [`f32`].
        fn single(args: Self::Args<'_, f32>);
        /// For [`f64`].
        fn double(args: Self::Args<'_, f64>);
    }

    impl Sealed for f32 {
        fn with_precision<V: WithPrecision>(args: V::Args<'_, f32>) {
            V::single(args);
        }
    }

    impl Sealed for f64 {
        fn with_precision<V: WithPrecision>(args: V::Args<'_, f64>) {
            V::double(args);
        }
    }
}
pub(crate) use sealed::WithPrecision;

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
    /// Writes what [`portable_sin`](Real::portable_sin) gives for every z, many at a time.
    ///
    /// # Panics
    /// If the slices differ in length.
    fn portable_sin_all(z: &[Self], out: &mut [Self]);
    /// Writes what [`portable_cos`](Real::portable_cos) gives for every z, many at a time.
    ///
    /// # Panics
    /// If the slices differ in length.
    fn portable_cos_all(z: &[Self], out: &mut [Self]);
    /// The exponential function, the same bits on every machine.
    fn portable_exp(self) -> Self;
    /// ln(1 + x), the same bits on every machine.
    fn portable_ln_1p(self) -> Self;
    /// The complementary error function 2/√π ∫ₓ^∞ exp(−t²) dt, the same bits on every machine.
    fn portable_erfc(self) -> Self;
    /// The hyperbolic tangent, the same bits on every machine.
    fn portable_tanh(self) -> Self;
    /// x·a + b, rounded once, on every machine: software where the processor has no such instruction.
    fn portable_mul_add(self, a: Self, b: Self) -> Self;
}

macro_rules! real {
    ($float:ty, $sin:path, $cos:path, $sin_all:expr, $cos_all:expr, $exp:path, $ln_1p:path, $erfc:path, $tanh:path, $mul_add:path) => {
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
            #[inline(always)]
            fn portable_sin_all(z: &[Self], out: &mut [Self]) {
                $sin_all(z, out);
            }
            #[inline(always)]
            fn portable_cos_all(z: &[Self], out: &mut [Self]) {
                $cos_all(z, out);
            }
            #[inline(always)]
            fn portable_exp(self) -> Self {
                $exp(self)
            }
            fn portable_ln_1p(self) -> Self {
                $ln_1p(self)
            }
            fn portable_erfc(self) -> Self {
                $erfc(self)
            }
            fn portable_tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn portable_mul_add(self, a: Self, b: Self) -> Self {
                $mul_add(self, a, b)
            }
        }
    };
}

real!(
    f32,
    libm::sinf,
    libm::cosf,
    sine::sin_all,
    sine::cos_all,
    exponential::single,
    libm::log1pf,
    libm::erfcf,
    libm::tanhf,
    fused::single
);
real!(
    f64,
    libm::sin,
    libm::cos,
    |z, out| one_by_one(libm::sin, z, out),
    |z, out| one_by_one(libm::cos, z, out),
    exponential::double,
    libm::log1p,
    libm::erfc,
    libm::tanh,
    fused::double
);

fn one_by_one(f: fn(f64) -> f64, z: &[f64], out: &mut [f64]) {
    assert_eq!(z.len(), out.len(), "one value a number");
    out.iter_mut().zip(z).for_each(|(out, &z)| *out = f(z));
}

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

/// The number of partial sums in every sum over a contiguous array, and of numbers in a block.
pub(crate) const LANES: usize = 16;

/// Writes what an expression makes of z, a block of numbers at a time, the last one padded with
/// zeros.
///
/// A function of a closure would do, but only what is marked to be is sure to be inlined, and has
/// the vectors of its caller.
macro_rules! by_blocks {
    ($z:ident, $out:ident, |$block:ident| $values:expr) => {
        assert_eq!($z.len(), $out.len(), "one value a number");
        let blocks = $z.chunks($crate::real::LANES);
        for (z, out) in blocks.zip($out.chunks_mut($crate::real::LANES)) {
            let $block = $crate::real::padded(z);
            $crate::real::store($values, out);
        }
    };
}
pub(crate) use by_blocks;

/// At most a block of values, padded with zeros.
#[inline(always)]
pub(crate) fn padded<F: Real>(values: &[F]) -> [F; LANES] {
    if let Ok(block) = values.try_into() {
        return block;
    }
    let mut padded = [F::zero(); LANES];
    padded[..values.len()].copy_from_slice(values);
    padded
}

/// Writes as much of a block as there is room for.
#[inline(always)]
pub(crate) fn store<F: Real>(block: [F; LANES], to: &mut [F]) {
    if let Ok(whole) = <&mut [F; LANES]>::try_from(&mut *to) {
        *whole = block;
    } else {
        to.copy_from_slice(&block[..to.len()]);
    }
}

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
pub(crate) fn fold<F: Real>(partial: [F; LANES]) -> F {
    // An array for each width: of one that is changed, the compiler would store what it has halved.
    let eight: [F; 8] = std::array::from_fn(|lane| partial[lane] + partial[lane + 8]);
    let four: [F; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// A hash of numbers, to the bit.
pub(crate) fn digest<'a, F: Real>(numbers: impl IntoIterator<Item = &'a F>) -> u64 {
    let add = |hash: u64, number: &F| {
        // The odd factor spreads every bit upwards, the rotation brings the upper ones back.
        (hash.rotate_left(5) ^ number.as_f64().to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    numbers.into_iter().fold(0, add)
}

/// The sum of the squares in double precision, one after the other.
pub(crate) fn sum_of_squares<'a, F: Real>(values: impl IntoIterator<Item = &'a F>) -> f64 {
    let values = values.into_iter().map(|w| w.as_f64() * w.as_f64());
    values.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The floating-point numbers around x and −x.
    pub(super) fn ulps_around(x: f32) -> impl Iterator<Item = f32> {
        let near = move |i| f32::from_bits(x.to_bits().wrapping_add(i).wrapping_sub(100));
        (0..=200).map(near).flat_map(|x| [x, -x])
    }

    /// Compares bits at the given points and at every 2003rd number there is.
    pub(super) fn assert_same(
        points: &[f32],
        all: impl Fn(&[f32], &mut [f32]),
        one: fn(f32) -> f32,
    ) {
        let mut points = points.to_vec();
        points.extend((0..=u32::MAX).step_by(2003).map(f32::from_bits));
        let mut found = points.clone();
        all(&points, &mut found);
        for (x, found) in points.into_iter().zip(found) {
            let expected = one(x);
            let both_nan = found.is_nan() && expected.is_nan();
            assert!(
                found.to_bits() == expected.to_bits() || both_nan,
                "{found:e} instead of {expected:e} at {x:e}"
            );
        }
    }

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
