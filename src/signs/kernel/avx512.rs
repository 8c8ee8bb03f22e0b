//! Vectors of 512 bits.
#![allow(unsafe_code)]

use super::vectors::Vectors;
use super::x86::{cast, cast_mut};
use super::{Product, Side};
use crate::real::Real;
use std::arch::x86_64::*;

/// The proof that the processor has AVX-512: only [`Avx512::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx512(());

/// Vectors that are worked on together.
const WIDE: usize = 2;

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("bmi2");
        has.then_some(Avx512(()))
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

    #[target_feature(enable = "avx512f,bmi2")]
    fn run_f32(self, side: Side, product: Product<'_, f32>) {
        product.run::<_, WIDE>(self, side);
    }

    #[target_feature(enable = "avx512f,bmi2")]
    fn run_f64(self, side: Side, product: Product<'_, f64>) {
        product.run::<_, WIDE>(self, side);
    }
}

macro_rules! vectors {
    ($F:ty, $V:ty, $LANES:literal, $mask:ty, $splat:ident, $load:ident, $load_part:ident,
     $store:ident, $store_part:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident) => {
        impl Vectors<$F> for Avx512 {
            type V = $V;
            const LANES: usize = $LANES;

            #[inline(always)]
            fn splat(self, x: $F) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $splat(x) }
            }

            #[inline(always)]
            fn load(self, from: &[$F], len: usize) -> $V {
                assert!(len <= $LANES);
                let from = from[..len].as_ptr();
                if len == $LANES {
                    // SAFETY: `self` proves AVX-512, and the slice is as long as the vector.
                    unsafe { $load(from) }
                } else {
                    // SAFETY: the same; of a shorter slice, the mask admits what is in it.
                    unsafe { $load_part((1 << len) - 1, from) }
                }
            }

            #[inline(always)]
            fn store(self, v: $V, to: &mut [$F], len: usize) {
                assert!(len <= $LANES);
                let to = to[..len].as_mut_ptr();
                if len == $LANES {
                    // SAFETY: `self` proves AVX-512, and the slice is as long as the vector.
                    unsafe { $store(to, v) }
                } else {
                    // SAFETY: the same; of a shorter slice, the mask admits what is in it.
                    unsafe { $store_part(to, (1 << len) - 1, v) }
                }
            }

            #[inline(always)]
            fn add(self, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $add(a, b) }
            }

            #[inline(always)]
            fn sub(self, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $sub(a, b) }
            }

            #[inline(always)]
            fn times(self, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $mul(a, b) }
            }

            #[inline(always)]
            fn add_times(self, sum: $V, s: $V, v: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $fma(s, v, sum) }
            }
        }
    };
}

vectors!(
    f32,
    __m512,
    16,
    u16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_maskz_loadu_ps,
    _mm512_storeu_ps,
    _mm512_mask_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_fmadd_ps
);
vectors!(
    f64,
    __m512d,
    8,
    u8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_maskz_loadu_pd,
    _mm512_storeu_pd,
    _mm512_mask_storeu_pd,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_mul_pd,
    _mm512_fmadd_pd
);
