//! Vectors of 512 bits.
#![allow(unsafe_code)]

use super::avx2::Avx2;
use super::vectors::{Apart, ENTRIES, Simd, Vectors, WithSimd};
use std::arch::x86_64::*;

/// The proof that the processor has AVX-512, and with it AVX2: only [`Avx512::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx512 {
    half: Avx2,
    /// Whether it has instructions that count the set bits of words (VPOPCNTDQ), which came with later processors.
    counts: bool,
}

impl Simd for Avx512 {}

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let half = Avx2::detect()?;
        let counts = is_x86_feature_detected!("avx512vpopcntdq");
        is_x86_feature_detected!("avx512f").then_some(Avx512 { half, counts })
    }

    /// Runs an operation with these vectors: everything that is inlined into it has the instructions.
    pub(super) fn vectorize<W: WithSimd>(self, op: W) -> W::Output {
        #[target_feature(enable = "avx512f,bmi2,popcnt")]
        fn run<W: WithSimd>(simd: Avx512, op: W) -> W::Output {
            op.with_simd(simd)
        }
        // SAFETY: `self` proves that the processor has the features.
        unsafe { run(self, op) }
    }

    /// The same for an operation that counts bits: with the instructions for it, if the processor has them.
    pub(super) fn vectorize_counts<W: WithSimd>(self, op: W) -> W::Output {
        #[target_feature(enable = "avx512f,avx512vpopcntdq,bmi2,popcnt")]
        fn run<W: WithSimd>(simd: Avx512, op: W) -> W::Output {
            op.with_simd(simd)
        }
        match self.counts {
            // SAFETY: `self` proves that the processor has the features, the one for counting by `counts`.
            true => unsafe { run(self, op) },
            false => self.vectorize(op),
        }
    }
}

macro_rules! vectors {
    ($F:ty, $V:ty, $Half:ty, $Bits:ty, $LANES:literal, $bits:ident, $look_up:ident, $splat:ident, $load:ident, $load_part:ident,
     $store:ident, $store_part:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident,
     $choose:ident, $signs:ident, $flip:ident) => {
        impl Vectors<$F> for Avx512 {
            type V = $V;
            type Bits = $Bits;
            type Signs = __m512i;
            const LANES: usize = $LANES;
            const STRIP: usize = 2;
            type Half = Avx2;

            #[inline(always)]
            fn half(self) -> Avx2 {
                self.half
            }

            // Upon `run` the compiler would not see the attribute.
            #[inline(never)]
            fn apart<O: Apart<$F, Self>>(self, op: O) {
                #[target_feature(enable = "avx512f,bmi2")]
                fn run<O: Apart<$F, Avx512>>(simd: Avx512, op: O) {
                    op.run(simd);
                }
                // SAFETY: `self` proves that the processor has the features.
                unsafe { run(self, op) }
            }

            #[inline(always)]
            fn halves(vectors: &mut [$V]) -> &mut [$Half] {
                // SAFETY: two halves of a vector are vectors of half.
                unsafe { vectors.align_to_mut().1 }
            }

            #[inline(always)]
            fn vectors(numbers: &mut [$F]) -> &mut [$V] {
                // SAFETY: any numbers side by side are a vector, which has as many bits as they.
                unsafe { numbers.align_to_mut().1 }
            }

            #[inline(always)]
            fn splat(self, x: $F) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $splat(x) }
            }

            #[inline(always)]
            fn load(self, from: &[$F]) -> $V {
                assert!(from.len() <= $LANES, "the vector is too short");
                if from.len() == $LANES {
                    // SAFETY: `self` proves AVX-512, and the slice is as long as the vector.
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
                    // SAFETY: `self` proves AVX-512, and the slice is as long as the vector.
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
            fn mul_add(self, a: $V, b: $V, c: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $fma(a, b, c) }
            }

            #[inline(always)]
            fn add_times(self, sum: $V, s: $V, v: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $fma(s, v, sum) }
            }

            #[inline(always)]
            fn choose(self, mask: u64, a: $V, b: $V) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $choose(mask, a, b) }
            }

            #[inline(always)]
            fn bits(self, signs: &[u64], step: usize, lanes: usize) -> $Bits {
                if step == 1 && lanes == $LANES {
                    let words = signs.first_chunk().expect("there are as many words");
                    // SAFETY: `self` proves that the processor has AVX-512.
                    return unsafe { $bits(words) };
                }
                let mut words = [0; $LANES];
                for (lane, word) in words[..lanes].iter_mut().enumerate() {
                    *word = signs[lane * step];
                }
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $bits(&words) }
            }

            #[inline(always)]
            fn look_up(self, table: &[$F; ENTRIES], bits: $Bits, g: usize) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $look_up(table, bits, g) }
            }

            #[inline(always)]
            fn signs(self, words: &[u32], g: usize) -> __m512i {
                let words = words.first_chunk().expect("there is a word for each lane");
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $signs(words, g) }
            }

            #[inline(always)]
            fn flip<const C: usize>(self, v: $V, signs: __m512i) -> $V {
                // SAFETY: `self` proves that the processor has AVX-512.
                unsafe { $flip::<C>(v, signs) }
            }
        }
    };
}

vectors!(
    f32,
    __m512,
    __m256,
    [__m512i; 2],
    16,
    bits_f32,
    look_up_f32,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    load_part_f32,
    _mm512_storeu_ps,
    store_part_f32,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_fmadd_ps,
    choose_f32,
    signs_f32,
    flip_f32
);
vectors!(
    f64,
    __m512d,
    __m256d,
    __m512i,
    8,
    bits_f64,
    look_up_f64,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    load_part_f64,
    _mm512_storeu_pd,
    store_part_f64,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_mul_pd,
    _mm512_fmadd_pd,
    choose_f64,
    signs_f64,
    flip_f64
);

/// Loads a part of a vector: halves and quarters whole, so that the load touches no other line.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn load_part_f32(from: &[f32]) -> __m512 {
    // SAFETY: a half or a quarter is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match from.len() {
            8 => _mm512_zextps256_ps512(_mm256_loadu_ps(from.as_ptr())),
            4 => _mm512_zextps128_ps512(_mm_loadu_ps(from.as_ptr())),
            len => _mm512_maskz_loadu_ps((1 << len.min(15)) - 1, from.as_ptr()),
        }
    }
}

/// Stores a part of a vector in the same way.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn store_part_f32(v: __m512, to: &mut [f32]) {
    // SAFETY: a half or a quarter is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match to.len() {
            8 => _mm256_storeu_ps(to.as_mut_ptr(), _mm512_castps512_ps256(v)),
            4 => _mm_storeu_ps(to.as_mut_ptr(), _mm512_castps512_ps128(v)),
            len => _mm512_mask_storeu_ps(to.as_mut_ptr(), (1 << len.min(15)) - 1, v),
        }
    }
}

/// Loads a part of a vector: halves and quarters whole, so that the load touches no other line.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn load_part_f64(from: &[f64]) -> __m512d {
    // SAFETY: a half or a quarter is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match from.len() {
            4 => _mm512_zextpd256_pd512(_mm256_loadu_pd(from.as_ptr())),
            2 => _mm512_zextpd128_pd512(_mm_loadu_pd(from.as_ptr())),
            len => _mm512_maskz_loadu_pd((1 << len.min(7)) - 1, from.as_ptr()),
        }
    }
}

/// Stores a part of a vector in the same way.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn store_part_f64(v: __m512d, to: &mut [f64]) {
    // SAFETY: a half or a quarter is as long as the slice; the mask admits what is in the slice.
    unsafe {
        match to.len() {
            4 => _mm256_storeu_pd(to.as_mut_ptr(), _mm512_castpd512_pd256(v)),
            2 => _mm_storeu_pd(to.as_mut_ptr(), _mm512_castpd512_pd128(v)),
            len => _mm512_mask_storeu_pd(to.as_mut_ptr(), (1 << len.min(7)) - 1, v),
        }
    }
}

/// The lower halves of the words, and the upper ones.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn bits_f32(words: &[u64; 16]) -> [__m512i; 2] {
    // SAFETY: each load is of eight of the words.
    let (a, b) = unsafe {
        let words: *const u64 = words.as_ptr();
        let load = |place| _mm512_loadu_si512(words.add(place).cast());
        (load(0), load(8))
    };
    let join = |a, b| {
        let low = _mm512_castsi256_si512(_mm512_cvtepi64_epi32(a));
        _mm512_inserti64x4::<1>(low, _mm512_cvtepi64_epi32(b))
    };
    let (upper_a, upper_b) = (_mm512_srli_epi64::<32>(a), _mm512_srli_epi64::<32>(b));
    [join(a, b), join(upper_a, upper_b)]
}

/// Of an index, the four lowest bits count.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn look_up_f32(table: &[f32; ENTRIES], bits: [__m512i; 2], g: usize) -> __m512 {
    let count = _mm_cvtsi32_si128(4 * (g % 8) as i32);
    let places = _mm512_srl_epi32(bits[g / 8], count);
    // SAFETY: the table is as long as the vector.
    _mm512_permutexvar_ps(places, unsafe { _mm512_loadu_ps(table.as_ptr()) })
}

#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn bits_f64(words: &[u64; 8]) -> __m512i {
    // SAFETY: the words are as long as the vector.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

/// Of an index, the four lowest bits count.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn look_up_f64(table: &[f64; ENTRIES], bits: __m512i, g: usize) -> __m512d {
    let places = _mm512_srl_epi64(bits, _mm_cvtsi32_si128(4 * g as i32));
    // SAFETY: each half of the table is as long as the vector.
    let (low, high) = unsafe {
        let table = table.as_ptr();
        (_mm512_loadu_pd(table), _mm512_loadu_pd(table.add(8)))
    };
    _mm512_permutex2var_pd(low, places, high)
}

#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn choose_f32(mask: u64, a: __m512, b: __m512) -> __m512 {
    _mm512_mask_blend_ps(mask as __mmask16, a, b)
}

#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn choose_f64(mask: u64, a: __m512d, b: __m512d) -> __m512d {
    _mm512_mask_blend_pd(mask as __mmask8, a, b)
}

/// Moves the signs of a group to the uppermost bits of each lane.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn signs_f32(words: &[u32; 16], g: usize) -> __m512i {
    // SAFETY: the words are as long as the vector.
    let words = unsafe { _mm512_loadu_si512(words.as_ptr().cast()) };
    _mm512_sll_epi32(words, _mm_cvtsi32_si128(28 - 4 * g as i32))
}

#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn flip_f32<const C: usize>(v: __m512, signs: __m512i) -> __m512 {
    let signs = match C {
        0 => _mm512_slli_epi32::<3>(signs),
        1 => _mm512_slli_epi32::<2>(signs),
        2 => _mm512_slli_epi32::<1>(signs),
        _ => signs,
    };
    // v ^ (signs & uppermost bit)
    let uppermost = _mm512_set1_epi32(i32::MIN);
    let v = _mm512_castps_si512(v);
    _mm512_castsi512_ps(_mm512_ternarylogic_epi32::<0x78>(v, signs, uppermost))
}

/// Moves the signs of a group to the uppermost bits of each lane.
#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn signs_f64(words: &[u32; 8], g: usize) -> __m512i {
    // SAFETY: the words are as long as half a vector.
    let words = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
    _mm512_sll_epi64(
        _mm512_cvtepu32_epi64(words),
        _mm_cvtsi32_si128(60 - 4 * g as i32),
    )
}

#[inline]
#[target_feature(enable = "avx512f,bmi2")]
fn flip_f64<const C: usize>(v: __m512d, signs: __m512i) -> __m512d {
    let signs = match C {
        0 => _mm512_slli_epi64::<3>(signs),
        1 => _mm512_slli_epi64::<2>(signs),
        2 => _mm512_slli_epi64::<1>(signs),
        _ => signs,
    };
    // v ^ (signs & uppermost bit)
    let uppermost = _mm512_set1_epi64(i64::MIN);
    let v = _mm512_castpd_si512(v);
    _mm512_castsi512_pd(_mm512_ternarylogic_epi64::<0x78>(v, signs, uppermost))
}
