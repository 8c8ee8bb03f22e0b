//! Vectors of 256 bits.
#![allow(unsafe_code)]

use super::vectors::{Apart, ENTRIES, Simd, Vectors, WithSimd};
use std::arch::x86_64::*;
use std::array::from_fn;

/// The proof that the processor has AVX2 and FMA: only [`Avx2::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Simd for Avx2 {}

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt");
        has.then_some(Avx2(()))
    }

    /// Runs an operation with these vectors: everything that is inlined into it has the instructions.
    pub(super) fn vectorize<W: WithSimd>(self, op: W) -> W::Output {
        #[target_feature(enable = "avx2,fma,bmi2,popcnt")]
        fn run<W: WithSimd>(simd: Avx2, op: W) -> W::Output {
            op.with_simd(simd)
        }
        // SAFETY: `self` proves that the processor has the features.
        unsafe { run(self, op) }
    }
}

/// Masks of the first lanes: those of `len` lanes begin `len` words before the zeros.
static MASKS_32: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
static MASKS_64: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

macro_rules! vectors {
    ($F:ty, $V:ty, $LANES:literal, $splat:ident, $load:ident, $load_part:ident,
     $store:ident, $store_part:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident,
     $choose:ident, $signs:ident, $flip:ident) => {
        impl Vectors<$F> for Avx2 {
            type V = $V;
            type Bits = [u64; $LANES];
            type Signs = __m256i;
            const LANES: usize = $LANES;
            const STRIP: usize = 4;
            type Half = Self;

            #[inline(always)]
            fn half(self) -> Self {
                self
            }

            // Upon `run` the compiler would not see the attribute.
            #[inline(never)]
            fn apart<O: Apart<$F, Self>>(self, op: O) {
                #[target_feature(enable = "avx2,fma,bmi2")]
                fn run<O: Apart<$F, Avx2>>(simd: Avx2, op: O) {
                    op.run(simd);
                }
                // SAFETY: `self` proves that the processor has the features.
                unsafe { run(self, op) }
            }

            #[inline(always)]
            fn halves(vectors: &mut [$V]) -> &mut [$V] {
                vectors
            }

            #[inline(always)]
            fn vectors(numbers: &mut [$F]) -> &mut [$V] {
                // SAFETY: any numbers side by side are a vector, which has as many bits as they.
                unsafe { numbers.align_to_mut().1 }
            }

            #[inline(always)]
            fn splat(self, x: $F) -> $V {
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $splat(x) }
            }

            #[inline(always)]
            fn load(self, from: &[$F]) -> $V {
                assert!(from.len() <= $LANES, "the vector is too short");
                if from.len() == $LANES {
                    // SAFETY: `self` proves AVX2, and the slice is as long as the vector.
                    unsafe { $load(from.as_ptr()) }
                } else {
                    // SAFETY: the same, and of a shorter slice the mask admits what is in it.
                    unsafe { $load_part(from) }
                }
            }

            #[inline(always)]
            fn store(self, v: $V, to: &mut [$F]) {
                assert!(to.len() <= $LANES, "the vector is too short");
                if to.len() == $LANES {
                    // SAFETY: `self` proves AVX2, and the slice is as long as the vector.
                    unsafe { $store(to.as_mut_ptr(), v) }
                } else {
                    // SAFETY: the same, and of a shorter slice the mask admits what is in it.
                    unsafe { $store_part(v, to) }
                }
            }

            #[inline(always)]
            fn prefetch(self, place: *const $F) {
                // SAFETY: a prefetch does nothing but fill caches, wherever it points to.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) }
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
            fn mul_add(self, a: $V, b: $V, c: $V) -> $V {
                // SAFETY: `self` proves that the processor has FMA.
                unsafe { $fma(a, b, c) }
            }

            #[inline(always)]
            fn add_times(self, sum: $V, s: $V, v: $V) -> $V {
                // SAFETY: `self` proves that the processor has FMA.
                unsafe { $fma(s, v, sum) }
            }

            #[inline(always)]
            fn choose(self, mask: u64, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $choose(mask, a, b) }
            }

            #[inline(always)]
            fn bits(self, signs: &[u64], step: usize, lanes: usize) -> [u64; $LANES] {
                from_fn(|lane| if lane < lanes { signs[lane * step] } else { 0 })
            }

            #[inline(always)]
            fn look_up(self, table: &[$F; ENTRIES], bits: [u64; $LANES], g: usize) -> $V {
                self.load(&bits.map(|bits| table[(bits >> (4 * g)) as usize % ENTRIES]))
            }

            #[inline(always)]
            fn signs(self, words: &[u32], g: usize) -> __m256i {
                let words = words.first_chunk().expect("there is a word for each lane");
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $signs(words, g) }
            }

            #[inline(always)]
            fn flip<const C: usize>(self, v: $V, signs: __m256i) -> $V {
                // SAFETY: `self` proves that the processor has AVX2.
                unsafe { $flip::<C>(v, signs) }
            }
        }
    };
}

vectors!(
    f32,
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    load_part_f32,
    _mm256_storeu_ps,
    store_part_f32,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_fmadd_ps,
    choose_f32,
    signs_f32,
    flip_f32
);
vectors!(
    f64,
    __m256d,
    4,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    load_part_f64,
    _mm256_storeu_pd,
    store_part_f64,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_fmadd_pd,
    choose_f64,
    signs_f64,
    flip_f64
);

/// Loads a part of a vector: a half whole, which takes less than a mask.
#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn load_part_f32(from: &[f32]) -> __m256 {
    // SAFETY: a half is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match from.len() {
            4 => _mm256_zextps128_ps256(_mm_loadu_ps(from.as_ptr())),
            len => _mm256_maskload_ps(from.as_ptr(), mask(&MASKS_32[8 - len.min(7)..])),
        }
    }
}

/// Stores a part of a vector in the same way.
#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn store_part_f32(v: __m256, to: &mut [f32]) {
    // SAFETY: a half is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match to.len() {
            4 => _mm_storeu_ps(to.as_mut_ptr(), _mm256_castps256_ps128(v)),
            len => _mm256_maskstore_ps(to.as_mut_ptr(), mask(&MASKS_32[8 - len.min(7)..]), v),
        }
    }
}

/// Loads a part of a vector: a half whole, which takes less than a mask.
#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn load_part_f64(from: &[f64]) -> __m256d {
    // SAFETY: a half is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match from.len() {
            2 => _mm256_zextpd128_pd256(_mm_loadu_pd(from.as_ptr())),
            len => _mm256_maskload_pd(from.as_ptr(), mask(&MASKS_64[4 - len.min(3)..])),
        }
    }
}

/// Stores a part of a vector in the same way.
#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn store_part_f64(v: __m256d, to: &mut [f64]) {
    // SAFETY: a half is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match to.len() {
            2 => _mm_storeu_pd(to.as_mut_ptr(), _mm256_castpd256_pd128(v)),
            len => _mm256_maskstore_pd(to.as_mut_ptr(), mask(&MASKS_64[4 - len.min(3)..]), v),
        }
    }
}

/// The first 32 bytes of the masks.
#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn mask<T>(masks: &[T]) -> __m256i {
    assert!(size_of_val(masks) >= 32, "the mask is too short");
    // SAFETY: there are as many bytes.
    unsafe { _mm256_loadu_si256(masks.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn choose_f32(mask: u64, a: __m256, b: __m256) -> __m256 {
    _mm256_blendv_ps(a, b, _mm256_castsi256_ps(_mm256_set1_epi32(mask as i32)))
}

#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn choose_f64(mask: u64, a: __m256d, b: __m256d) -> __m256d {
    let mask = _mm256_set1_epi64x(mask as i64);
    _mm256_blendv_pd(a, b, _mm256_castsi256_pd(mask))
}

/// Moves the signs of a group to the uppermost bits of each lane.
#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn signs_f32(words: &[u32; 8], g: usize) -> __m256i {
    // SAFETY: the words are as long as the vector.
    let words = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
    _mm256_sll_epi32(words, _mm_cvtsi32_si128(28 - 4 * g as i32))
}

#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn flip_f32<const C: usize>(v: __m256, signs: __m256i) -> __m256 {
    let signs = match C {
        0 => _mm256_slli_epi32::<3>(signs),
        1 => _mm256_slli_epi32::<2>(signs),
        2 => _mm256_slli_epi32::<1>(signs),
        _ => signs,
    };
    let signs = _mm256_and_si256(signs, _mm256_set1_epi32(i32::MIN));
    _mm256_castsi256_ps(_mm256_xor_si256(_mm256_castps_si256(v), signs))
}

/// Moves the signs of a group to the uppermost bits of each lane.
#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn signs_f64(words: &[u32; 4], g: usize) -> __m256i {
    // SAFETY: the words are as long as half a vector.
    let words = unsafe { _mm_loadu_si128(words.as_ptr().cast()) };
    _mm256_sll_epi64(
        _mm256_cvtepu32_epi64(words),
        _mm_cvtsi32_si128(60 - 4 * g as i32),
    )
}

#[inline]
#[target_feature(enable = "avx2,fma,bmi2")]
fn flip_f64<const C: usize>(v: __m256d, signs: __m256i) -> __m256d {
    let signs = match C {
        0 => _mm256_slli_epi64::<3>(signs),
        1 => _mm256_slli_epi64::<2>(signs),
        2 => _mm256_slli_epi64::<1>(signs),
        _ => signs,
    };
    let signs = _mm256_and_si256(signs, _mm256_set1_epi64x(i64::MIN));
    _mm256_castsi256_pd(_mm256_xor_si256(_mm256_castpd_si256(v), signs))
}
