//! Vectors of 256 bits.
#![allow(unsafe_code)]

use super::vectors::Vectors;
use super::x86::{cast, cast_mut};
use super::{Product, Side};
use crate::real::Real;
use std::arch::x86_64::*;

/// The proof that the processor has AVX2 and FMA: only [`Avx2::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx2(());

/// Vectors that are worked on together.
const WIDE: usize = 4;

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("bmi2");
        has.then_some(Avx2(()))
    }

    pub(super) fn run<F: Real>(self, side: Side, product: Product<'_, F>) {
        let Product { x, from, width, to } = product;
        if let (Some(from), Some(to)) = (cast(from), cast_mut(to)) {
            // SAFETY: the proof says that the processor has the features.
            unsafe { self.run_f32(side, Product { x, from, width, to }) }
        } else if let (Some(from), Some(to)) = (cast(from), cast_mut(to)) {
            // SAFETY: the same.
            unsafe { self.run_f64(side, Product { x, from, width, to }) }
        } else {
            unreachable!("f32 and f64 are all there is");
        }
    }

    #[target_feature(enable = "avx2,fma,bmi2")]
    fn run_f32(self, side: Side, product: Product<'_, f32>) {
        product.run::<_, WIDE>(self, side);
    }

    #[target_feature(enable = "avx2,fma,bmi2")]
    fn run_f64(self, side: Side, product: Product<'_, f64>) {
        product.run::<_, WIDE>(self, side);
    }
}

/// Masks of the first lanes: those of `len` lanes begin `len` words before the zeros.
static MASKS_32: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
static MASKS_64: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

macro_rules! vectors {
    ($F:ty, $V:ty, $LANES:literal, $masks:ident, $splat:ident, $load:ident, $load_part:ident,
     $store:ident, $store_part:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident) => {
        impl Vectors<$F> for Avx2 {
            type V = $V;
            const LANES: usize = $LANES;

            #[inline(always)]
            fn splat(self, x: $F) -> $V {
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $splat(x) }
            }

            #[inline(always)]
            fn load(self, from: &[$F], len: usize) -> $V {
                assert!(len <= $LANES);
                let from = from[..len].as_ptr();
                if len == $LANES {
                    // SAFETY: `self` proves AVX2, and the slice is as long as the vector.
                    unsafe { $load(from) }
                } else {
                    let mask = $masks[$LANES - len..][..$LANES].as_ptr();
                    // SAFETY: the same; of a shorter slice, the mask admits what is in it.
                    unsafe { $load_part(from, _mm256_loadu_si256(mask.cast())) }
                }
            }

            #[inline(always)]
            fn store(self, v: $V, to: &mut [$F], len: usize) {
                assert!(len <= $LANES);
                let to = to[..len].as_mut_ptr();
                if len == $LANES {
                    // SAFETY: `self` proves AVX2, and the slice is as long as the vector.
                    unsafe { $store(to, v) }
                } else {
                    let mask = $masks[$LANES - len..][..$LANES].as_ptr();
                    // SAFETY: the same; of a shorter slice, the mask admits what is in it.
                    unsafe { $store_part(to, _mm256_loadu_si256(mask.cast()), v) }
                }
            }

            #[inline(always)]
            fn add(self, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $add(a, b) }
            }

            #[inline(always)]
            fn sub(self, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $sub(a, b) }
            }

            #[inline(always)]
            fn times(self, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $mul(a, b) }
            }

            #[inline(always)]
            fn add_times(self, sum: $V, s: $V, v: $V) -> $V {
                // SAFETY: `self` proves that the processor has FMA.
                unsafe { $fma(s, v, sum) }
            }
        }
    };
}

vectors!(
    f32,
    __m256,
    8,
    MASKS_32,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_maskload_ps,
    _mm256_storeu_ps,
    _mm256_maskstore_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_fmadd_ps
);
vectors!(
    f64,
    __m256d,
    4,
    MASKS_64,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_maskload_pd,
    _mm256_storeu_pd,
    _mm256_maskstore_pd,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_fmadd_pd
);
