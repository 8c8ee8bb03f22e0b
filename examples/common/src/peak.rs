//! What the processor reaches with fused multiply-adds alone.

use std::hint::black_box;

/// Sums that do not wait for each other, enough of them to hide the latency.
const SUMS: usize = 12;
const ROUNDS: usize = 1000;

/// Fused multiply-adds in registers, by the widest vectors that the processor has.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "detected on x86 only")
)]
pub struct MultiplyAdds {
    lanes: usize,
    sums: unsafe fn(f32) -> f32,
}

impl MultiplyAdds {
    /// Chooses the widest vectors; `None` unless the processor is an x86 with AVX2 and FMA.
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") {
            let (lanes, sums) = (16, x86::wide_sums as _);
            return Some(MultiplyAdds { lanes, sums });
        } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            let (lanes, sums) = (8, x86::narrow_sums as _);
            return Some(MultiplyAdds { lanes, sums });
        }
        None
    }

    /// The operations of one [`run`](MultiplyAdds::run), a multiplication and an addition being two.
    pub fn operations(self) -> u64 {
        (2 * self.lanes * SUMS * ROUNDS) as u64
    }

    /// Computes them.
    #[allow(
        unsafe_code,
        reason = "the instructions of particular processors are called"
    )]
    pub fn run(self) {
        // SAFETY: `detect` has asked the processor for the instructions of `sums`.
        black_box(unsafe { (self.sums)(black_box(0.999)) });
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{ROUNDS, SUMS};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub fn wide_sums(factor: f32) -> f32 {
        let (factor, mut sums) = (_mm512_set1_ps(factor), [_mm512_set1_ps(1.0); SUMS]);
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, factor, factor);
            }
        }
        let sum = sums.into_iter().fold(factor, |a, b| _mm512_add_ps(a, b));
        _mm512_reduce_add_ps(sum)
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn narrow_sums(factor: f32) -> f32 {
        let (factor, mut sums) = (_mm256_set1_ps(factor), [_mm256_set1_ps(1.0); SUMS]);
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, factor, factor);
            }
        }
        let sum = sums.into_iter().fold(factor, |a, b| _mm256_add_ps(a, b));
        _mm256_cvtss_f32(sum)
    }
}
