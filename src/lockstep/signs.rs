//! The inputs of trials in lockstep.

use super::lanes::Lanes;
use super::product::{Direction, LockstepProduct};
use crate::real::LANES;
use crate::signs::Signs;
use crate::simd::Kernel;

/// Coordinates in a word.
const WORD: usize = 32;

/// Lanes matrices of signs of the same shape, one in each lane.
#[derive(Debug)]
pub(crate) struct LockstepSigns {
    /// Row after row; a set bit is −1. Bits past `dim` are clear.
    words: Vec<Lanes<u32>>,
    rows: usize,
    dim: usize,
}

impl LockstepSigns {
    /// Matrices of up to `rows` rows in which every entry is +1.
    pub(crate) fn ones(rows: usize, dim: usize) -> Self {
        LockstepSigns {
            words: vec![Lanes::splat(0); rows * dim.div_ceil(WORD)],
            rows,
            dim,
        }
    }

    /// Puts a matrix into a lane.
    ///
    /// # Panics
    /// If its shape is another.
    pub(crate) fn put(&mut self, lane: usize, x: &Signs) {
        assert_eq!((x.rows(), x.dim()), (self.rows, self.dim), "another shape");
        assert!(lane < LANES, "there is no such lane");
        let (words, stored) = (self.dim.div_ceil(WORD), self.dim.div_ceil(2 * WORD));
        let put = |to: &mut [Lanes<u32>], from: u64| {
            to[0][lane] = from as u32;
            if let Some(upper) = to.get_mut(1) {
                upper[lane] = (from >> WORD) as u32;
            }
        };
        if stored == 1 {
            let rows = self.words.chunks_exact_mut(words).zip(x.words());
            rows.for_each(|(to, from)| put(to, *from));
        } else {
            for (to, from) in self.words.chunks_mut(words).zip(x.words().chunks(stored)) {
                to.chunks_mut(2)
                    .zip(from)
                    .for_each(|(to, from)| put(to, *from));
            }
        }
    }

    /// Makes row `to` of one lane equal to row `from`.
    pub(crate) fn copy_row(&mut self, lane: usize, from: usize, to: usize) {
        let words = self.dim.div_ceil(WORD);
        for place in 0..words {
            self.words[to * words + place][lane] = self.words[from * words + place][lane];
        }
    }

    /// Writes b + X·Wᵀ, without `bias` X·Wᵀ, to the first rows of `z`. Shapes: `w` `[n, r]`, `z`
    /// `[rows, r]`.
    pub(crate) fn project(
        &self,
        w: &[Lanes<f32>],
        bias: Option<&[Lanes<f32>]>,
        z: &mut [Lanes<f32>],
    ) {
        self.project_with(Kernel::in_use(), w, bias, z);
    }

    fn project_with(
        &self,
        kernel: Kernel,
        w: &[Lanes<f32>],
        bias: Option<&[Lanes<f32>]>,
        z: &mut [Lanes<f32>],
    ) {
        let width = w.len() / self.dim;
        let product = LockstepProduct {
            signs: &self.words,
            words: self.dim.div_ceil(WORD),
            width,
            direction: Direction::Forward {
                w,
                bias,
                z: &mut z[..self.rows * width],
            },
        };
        product.run_by(kernel);
    }

    /// Replaces θ by keep·θ − η·Dᵀ·X for as many rows as `d` has. Shapes: `d` `[rows, r]`, `theta`
    /// `[n, r]`.
    pub(crate) fn descend(
        &self,
        d: &[Lanes<f32>],
        theta: &mut [Lanes<f32>],
        by: (&Lanes<f32>, &Lanes<f32>),
    ) {
        self.descend_with(Kernel::in_use(), d, theta, by);
    }

    fn descend_with(
        &self,
        kernel: Kernel,
        d: &[Lanes<f32>],
        theta: &mut [Lanes<f32>],
        (keep, eta): (&Lanes<f32>, &Lanes<f32>),
    ) {
        let (width, words) = (theta.len() / self.dim, self.dim.div_ceil(WORD));
        let product = LockstepProduct {
            signs: &self.words[..d.len() / width * words],
            words,
            width,
            direction: Direction::Back {
                d,
                theta,
                keep,
                eta,
            },
        };
        product.run_by(kernel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{LabRng, Purpose, Seeds};
    use crate::signs::DescentScratch;
    use crate::simd::{Rows, Strided, StridedMut};
    use proptest::prelude::*;
    use rand::Rng;

    fn random(len: usize, rng: &mut LabRng) -> Vec<Lanes<f32>> {
        let mut numbers = vec![Lanes::splat(0.0); len];
        for number in numbers.iter_mut().flat_map(|lanes| lanes.iter_mut()) {
            *number = match rng.random_range(0..8) {
                0 => 0.0,
                1 => -0.0,
                2 => 1e-30 * rng.random::<f32>(),
                _ => rng.random::<f32>() - 0.5,
            };
        }
        numbers
    }

    fn lane_of(numbers: &[Lanes<f32>], lane: usize) -> Vec<f32> {
        numbers.iter().map(|lanes| lanes[lane]).collect()
    }

    fn bits(numbers: &[f32]) -> Vec<u32> {
        numbers.iter().map(|x| x.to_bits()).collect()
    }

    /// Every lane has the bits of the products alone.
    fn lanes_are_products(rows: usize, n: usize, r: usize, seed: u64) {
        let rng = &mut Seeds::from(seed).stream(Purpose::Train);
        let mut x = LockstepSigns::ones(rows, n);
        let mut alone = vec![Signs::ones(rows, n).unwrap(); LANES];
        for (lane, alone) in alone.iter_mut().enumerate() {
            alone.randomize(rng);
            x.put(lane, alone);
        }
        let (w, bias) = (random(n * r, rng), random(r, rng));
        let d = random(rows * r, rng);
        let by = (random(1, rng)[0], random(1, rng)[0]);
        for kernel in Kernel::available() {
            for bias in [None, Some(&bias[..])] {
                let mut z = random(rows * r, rng);
                x.project_with(kernel, &w, bias, &mut z);
                for (lane, alone) in alone.iter().enumerate() {
                    let mut expected = Rows::tight(rows, r);
                    let bias = bias.map(|bias| lane_of(bias, lane));
                    let w = lane_of(&w, lane);
                    alone.project(Strided::new(&w, n, r), bias.as_deref(), &mut expected);
                    assert_eq!(bits(&lane_of(&z, lane)), bits(expected.first(rows)));
                }
            }
            let mut theta = w.clone();
            x.descend_with(kernel, &d, &mut theta, (&by.0, &by.1));
            for (lane, alone) in alone.iter().enumerate() {
                let mut of_lane = Rows::tight(rows, r);
                of_lane.first_mut(rows).copy_from_slice(&lane_of(&d, lane));
                let (mut expected, by) = (lane_of(&w, lane), (by.0[lane], by.1[lane]));
                let scratch = &mut DescentScratch::new(r, n);
                let columns = StridedMut::new(&mut expected, n, r);
                alone.descend(&of_lane, columns, by, scratch);
                assert_eq!(bits(&lane_of(&theta, lane)), bits(&expected));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn each_lane_has_the_bits_that_it_would_have_alone(
            rows in 1_usize..40, n in 1_usize..140, r in 1_usize..12, seed: u64,
        ) {
            lanes_are_products(rows, n, r, seed);
        }
    }
}
