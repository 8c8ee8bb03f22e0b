//! Sine and cosine in single precision without branches, so that loops of them become vectors.
//!
//! The algorithm is that of FreeBSD's msun (`s_sinf.c`, `s_cosf.c`, `e_rem_pio2f.c`), which `libm`
//! also has by way of musl: in double precision, take away the nearest multiple of π/2, and then one
//! of two polynomials. What is left of the cases distinguished there is selected, for the same bits.

use super::{LANES, by_blocks};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// From here on, π/2 needs more digits than there are below.
const FAR: f32 = f32::from_bits(0x4dc9_0fdb);

/// Up to 9π/4, one product takes away all of the multiple of π/2.
const FEW: f64 = f32::from_bits(0x40e2_31d5) as f64;

/// Added and taken away again, it rounds to the nearest integer.
const TO_INTEGER: f64 = 1.5 / f64::EPSILON;

/// π/2, its first 25 bits and the rest.
const HALF_PI: [f64; 2] = [1.570_796_310_901_641_8, 1.589_325_477_352_819_7e-8];

/// sin y = y + S₀ y³ + S₁ y⁵ + … for |y| ≤ π/4.
const S: [f64; 4] = [
    -0.166_666_666_416_265_24,
    0.008_333_329_385_889_463,
    -0.000_198_393_348_360_966_32,
    0.000_002_718_311_493_989_822,
];

/// cos y = 1 + C₀ y² + C₁ y⁴ + … for |y| ≤ π/4.
const C: [f64; 4] = [
    -0.499_999_997_251_031,
    0.041_666_623_323_739_06,
    -0.001_388_676_377_460_993,
    0.000_024_390_448_796_277_41,
];

/// Writes sin z for every z.
#[inline(always)]
pub(super) fn sin_all(z: &[f32], out: &mut [f32]) {
    by_blocks!(z, out, |z| block(near_sin, libm::sinf, z));
}

/// Writes cos z for every z.
#[inline(always)]
pub(super) fn cos_all(z: &[f32], out: &mut [f32]) {
    by_blocks!(z, out, |z| block(near_cos, libm::cosf, z));
}

/// Applies `near` if all numbers are, and else the function that can do any.
#[inline(always)]
fn block(near: impl Fn(f32) -> f32, any: fn(f32) -> f32, mut z: [f32; LANES]) -> [f32; LANES] {
    let mut all_near = true;
    for z in &z {
        all_near &= z.abs() < FAR;
    }
    if all_near {
        for z in &mut z {
            *z = near(*z);
        }
    } else {
        z.iter_mut().for_each(|z| *z = any(*z));
    }
    z
}

/// sin x for |x| < [`FAR`].
#[inline(always)]
fn near_sin(x: f32) -> f32 {
    let sign = x.to_bits() & (1 << 31);
    f32::from_bits(quarter(x.abs(), 0).to_bits() ^ sign)
}

/// cos x for |x| < [`FAR`]: the sine, a quarter of its period later.
#[inline(always)]
fn near_cos(x: f32) -> f32 {
    quarter(x.abs(), 1)
}

/// sin(x + quarters·π/2) for 0 ≤ x < [`FAR`].
#[inline(always)]
fn quarter(x: f32, quarters: u64) -> f32 {
    let x = f64::from(x);
    let shifted = x * FRAC_2_PI + TO_INTEGER;
    let multiple = shifted - TO_INTEGER;
    let exact = x - multiple * HALF_PI[0] - multiple * HALF_PI[1];
    let short = x - multiple * FRAC_PI_2;
    let y = if x <= FEW { short } else { exact };

    let (square, fourth) = (y * y, y * y * (y * y));
    let cube = square * y;
    let sin = (y + cube * (S[0] + square * S[1])) + cube * fourth * (S[2] + square * S[3]);
    let cos = ((1.0 + square * C[0]) + fourth * C[1]) + fourth * square * (C[2] + square * C[3]);

    // The last bits of the shifted number are those of the integer.
    let quarters = shifted.to_bits().wrapping_add(quarters);
    let size = if quarters & 1 == 0 { sin } else { cos };
    f64::from_bits(size.to_bits() ^ (quarters & 2) << 62) as f32
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, ulps_around};
    use super::*;
    use std::f64::consts::FRAC_PI_4;

    #[test]
    fn sines_and_cosines_have_the_bits_of_libm() {
        let corners = (0..1000).map(|i| (FRAC_PI_4 * f64::from(i)) as f32);
        let edges = [FEW as f32, FAR, f32::from_bits(0x3980_0000), f32::INFINITY];
        // The last one is where the two ways to take away π differ.
        let edges = edges.into_iter().chain(corners).chain([3.006_105]);
        let edges: Vec<f32> = edges.flat_map(ulps_around).collect();
        assert_same(&edges, sin_all, libm::sinf);
        assert_same(&edges, cos_all, libm::cosf);
    }
}
