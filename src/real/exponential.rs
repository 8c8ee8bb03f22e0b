//! The exponential function without branches, so that loops of it become vectors.
//!
//! The algorithm is that of FreeBSD's msun (`e_exp.c` and `e_expf.c`), which `libm` also has by way of
//! musl: exp x = 2ᵏ exp r with |r| ≤ ln 2 / 2, and a rational function for exp r. What is left of
//! the cases distinguished there is selected, for the same bits.

/// The numbers of one precision.
struct Constants<F, const N: usize> {
    /// ln 2, its first bits and the rest: a multiple of the first part is exact.
    ln_2: [F; 2],
    /// r (e^r + 1)/(e^r − 1) = 2 + P₀ r² + P₁ r⁴ + …
    p: [F; N],
    /// Up to here 1 + x is exact enough.
    tiny: F,
    /// Up to here k = 0.
    small: F,
    /// Beyond these the result is 0 or infinite.
    range: [F; 2],
}

const SINGLE: Constants<f32, 2> = Constants {
    ln_2: [0.693_145_75, 1.428_606_8e-6],
    p: [0.166_666_25, -0.002_766_733_3],
    tiny: f32::from_bits(0x3900_0000),
    small: f32::from_bits(0x3eb1_7218),
    range: [f32::from_bits(0xc2cf_f1b4), f32::from_bits(0x42b1_7217)],
};

const DOUBLE: Constants<f64, 5> = Constants {
    ln_2: [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10],
    p: [
        0.166_666_666_666_666_02,
        -0.002_777_777_777_701_559_3,
        0.000_066_137_563_214_379_34,
        -0.000_001_653_390_220_546_525_2,
        4.138_136_797_057_238_5e-8,
    ],
    tiny: f64::from_bits(0x3e30_0000_ffff_ffff),
    small: f64::from_bits(0x3fd6_2e42_ffff_ffff),
    range: [-745.133_219_101_941_1, 709.782_712_893_384],
};

macro_rules! exponential {
    ($exp:ident, $float:ident, $unsigned:ident, $signed:ident, $constants:ident) => {
        #[inline(always)]
        pub(super) fn $exp(x: $float) -> $float {
            // Added and taken away again, it rounds to the nearest integer.
            const TO_INTEGER: $float = 1.5 / $float::EPSILON;
            const BIAS: $signed = $float::MAX_EXP as $signed - 1;
            let power_of_two = |k: $signed| {
                $float::from_bits(
                    (k.wrapping_add(BIAS) as $unsigned) << ($float::MANTISSA_DIGITS - 1),
                )
            };
            let Constants {
                ln_2,
                p,
                tiny,
                small,
                range,
            } = $constants;

            // The integer part of t is made of the nearest integer.
            let t = (std::$float::consts::LOG2_E * x).abs() + 0.5;
            let nearest = t + TO_INTEGER - TO_INTEGER;
            let below = if nearest > t { nearest - 1.0 } else { nearest };
            let multiple = if x.abs() > small {
                below.copysign(x)
            } else {
                0.0
            };
            // The last bits of the shifted number are those of the integer.
            let shifted = (multiple + TO_INTEGER).to_bits();
            let k = shifted.wrapping_sub(TO_INTEGER.to_bits()) as $signed;

            let (high, low) = (x - multiple * ln_2[0], multiple * ln_2[1]);
            let r = high - low;
            let square = r * r;
            let series = p.iter().rev().fold(0.0, |sum, p| p + square * sum);
            let c = r - square * series;
            let scaled = 1.0 + (r * c / (2.0 - c) - low + high);
            // 2ᵏ itself may be no number, but its halves are, and only the last product may round.
            let half = k >> 1;
            let power = scaled * power_of_two(half) * power_of_two(k.wrapping_sub(half));

            let power = if x.abs() > tiny { power } else { 1.0 + x };
            let power = if x < range[0] { 0.0 } else { power };
            let power = if x > range[1] {
                $float::INFINITY
            } else {
                power
            };
            if x.is_nan() { x } else { power }
        }
    };
}

exponential!(single, f32, u32, i32, SINGLE);
exponential!(double, f64, u64, i64, DOUBLE);

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, ulps_around};
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;
    use std::f64::consts::LN_2;

    #[test]
    fn single_precision_has_the_bits_of_libm() {
        let Constants {
            tiny, small, range, ..
        } = SINGLE;
        let halves = (0..400).map(|i| (LN_2 * (0.5 * f64::from(i) - 100.0)) as f32);
        let edges = [
            tiny,
            -tiny,
            small,
            3.0 * small,
            range[0],
            range[1],
            f32::INFINITY,
        ];
        let edges: Vec<f32> = edges
            .into_iter()
            .chain(halves)
            .flat_map(ulps_around)
            .collect();
        let all = |z: &[f32], out: &mut [f32]| {
            out.iter_mut().zip(z).for_each(|(out, &z)| *out = single(z));
        };
        assert_same(&edges, all, libm::expf);
    }

    #[test]
    fn double_precision_has_the_bits_of_libm() {
        let Constants {
            tiny, small, range, ..
        } = DOUBLE;
        let edges = [tiny, small, 3.0 * small, range[0], range[1], f64::INFINITY];
        let halves = (1..2200).map(|i| 0.5 * LN_2 * f64::from(i));
        let near = |x: f64| (0..200).map(move |i| f64::from_bits(x.to_bits() + i - 100));
        let near = edges.into_iter().chain(halves).flat_map(near);
        let mut rng = Seeds::from(1).stream(Purpose::Eval);
        let any = (0..400_000).map(|i| match i % 2 {
            0 => f64::from_bits(rng.random()),
            _ => rng.random_range(-750.0..750.0),
        });
        for x in any.chain(near.flat_map(|x| [x, -x])) {
            let (found, expected) = (double(x), libm::exp(x));
            let both_nan = found.is_nan() && expected.is_nan();
            assert!(
                found.to_bits() == expected.to_bits() || both_nan,
                "exp {x:e}"
            );
        }
    }
}
