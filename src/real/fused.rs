//! Multiplication and addition with a single rounding, where the processor may not have them.

/// a·b + c, rounded once.
///
/// In double precision the product is exact. The sum is rounded to odd there: to the neighbour with an odd
/// last bit unless it is exact, and rounding that to single precision gives what a single rounding
/// does (S. Boldo and G. Melquiond, *Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using
/// Rounding to Odd*, IEEE Transactions on Computers 57, 2008).
#[inline(always)]
pub(super) fn single(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        return a.mul_add(b, c);
    }
    emulated(a, b, c)
}

#[inline(always)]
fn emulated(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    // What rounding the sum has lost, exactly; NaN if the sum is not finite.
    let of_c = sum - product;
    let lost = (product - (sum - of_c)) + (c - of_c);
    let bits = sum.to_bits();
    let away = if (lost > 0.0) == (sum > 0.0) {
        1
    } else {
        u64::MAX
    };
    let is_inexact = (lost < 0.0) | (lost > 0.0);
    let is_even = (bits & 1).wrapping_sub(1);
    let to_odd = if is_inexact { away & is_even } else { 0 };
    f64::from_bits(bits.wrapping_add(to_odd)) as f32
}

/// a·b + c, rounded once.
#[inline(always)]
pub(super) fn double(a: f64, b: f64, c: f64) -> f64 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        return a.mul_add(b, c);
    }
    libm::fma(a, b, c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    fn assert_rounded_once(a: f32, b: f32, c: f32) {
        let (found, expected) = (emulated(a, b, c), a.mul_add(b, c));
        let both_nan = found.is_nan() && expected.is_nan();
        let told = format!("{a:e} · {b:e} + {c:e} is {found:e} and not {expected:e}");
        assert!(both_nan || found.to_bits() == expected.to_bits(), "{told}");
    }

    #[test]
    fn single_precision_is_rounded_once() {
        let rng = &mut Seeds::from(1).stream(Purpose::Init);
        let special = [
            0.0,
            1.0,
            f32::MIN_POSITIVE,
            1e-45,
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
        ];
        let special: Vec<f32> = special.into_iter().flat_map(|x| [x, -x]).collect();
        for &a in &special {
            for &b in &special {
                special.iter().for_each(|&c| assert_rounded_once(a, b, c));
            }
        }
        for _ in 0..200_000 {
            // Numbers of any size, and sums whose terms are near each other.
            let [a, b, c] = [(); 3].map(|()| f32::from_bits(rng.random()));
            assert_rounded_once(a, b, c);
            let [a, b] = [(); 2].map(|()| rng.random_range(-2.0..2.0));
            let near = -a * b * (1.0 + rng.random_range(-4_i32..5) as f32 * f32::EPSILON);
            assert_rounded_once(a, b, near);
            assert_rounded_once(a, b, near * 2_f32.powi(rng.random_range(-60..60)));
        }
    }

    /// Halfway between two numbers of single precision but for less than double precision holds.
    #[test]
    fn what_double_precision_loses_decides_a_tie() {
        let tie = 1.0 + f32::EPSILON;
        for tiny in [f32::MIN_POSITIVE, -f32::MIN_POSITIVE] {
            for c in [0.5 * f32::EPSILON, -0.25 * f32::EPSILON] {
                assert_rounded_once(tie, tie, c);
                assert_rounded_once(tiny, 1.0, tie + c);
                assert_rounded_once(1.0 + 2.0_f32.powi(-12), 1.0 + 2.0_f32.powi(-12), tiny);
            }
        }
    }
}
