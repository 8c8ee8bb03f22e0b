//! The transform for a product of biased coordinates.

use crate::error::{Error, Result};
use crate::real::Real;

/// The orthonormal basis 1, φ of functions of a coordinate that is −1 with probability p.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coordinate {
    p: f64,
    sigma: f64,
}

impl Coordinate {
    pub(super) fn new(coordinate: usize, p: f64) -> Result<Self> {
        if !(p > 0.0 && p < 1.0) {
            return Err(Error::Bias { coordinate, p });
        }
        let sigma = 2.0 * (p * (1.0 - p)).sqrt();
        Ok(Coordinate { p, sigma })
    }

    pub(super) fn p(self) -> f64 {
        self.p
    }

    /// φ(x) = (x − μ) / σ with μ = 1 − 2p.
    pub(super) fn phi(self, negative: bool) -> f64 {
        if negative {
            -2.0 * (1.0 - self.p) / self.sigma
        } else {
            2.0 * self.p / self.sigma
        }
    }

    /// The matrix from values at +1 and −1 to coefficients of 1 and φ.
    fn analyse<F: Real>(self) -> [[F; 2]; 2] {
        let half = self.sigma / 2.0;
        [[1.0 - self.p, self.p], [half, -half]].map(|row| row.map(F::of))
    }

    /// The matrix from coefficients of 1 and φ to values at +1 and −1.
    fn synthesise<F: Real>(self) -> [[F; 2]; 2] {
        [[1.0, self.phi(false)], [1.0, self.phi(true)]].map(|row| row.map(F::of))
    }
}

/// Transforms values into coefficients.
pub(super) fn analyse<F: Real>(values: &mut [F], distribution: &[Coordinate]) {
    levels(values, distribution.iter().map(|c| c.analyse()));
}

/// Transforms coefficients into values.
pub(super) fn synthesise<F: Real>(values: &mut [F], distribution: &[Coordinate]) {
    levels(values, distribution.iter().map(|c| c.synthesise()));
}

/// Multiplies, for i = 0, 1, …, all pairs of values whose places differ in bit i by a matrix.
fn levels<F: Real>(values: &mut [F], matrices: impl Iterator<Item = [[F; 2]; 2]>) {
    for (bit, [[a, b], [c, d]]) in matrices.enumerate() {
        for block in values.chunks_exact_mut(2 << bit) {
            let (low, high) = block.split_at_mut(1 << bit);
            for (low, high) in low.iter_mut().zip(high) {
                (*low, *high) = (a * *low + b * *high, c * *low + d * *high);
            }
        }
    }
}
