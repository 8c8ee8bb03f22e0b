use crate::params::{Block, InitialDistribution, Layout, Params};
use crate::real::{Real, sum_of};
use crate::simd::{Simd, WithSimd, dispatch};
use ndarray::Ix1;

/// Added to the variance.
const EPSILON: f64 = 1e-5;

/// The layer normalisation y = γ ⊙ (a − mean a)/√(var a + ε) + β of rows a, with the blocks
/// `<layer>.gain` γ and `<layer>.shift` β, at first 1 and 0, and ε = 10⁻⁵.
///
/// Mean and variance are those of the numbers of one row. Order of summation: number j goes into
/// partial sum j mod 16, and these sums are folded by halves; gradients of γ and β take one row after the
/// other.
///
/// Ba, Kiros and Hinton, *Layer normalization*, 2016.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct LayerNorm {
    gain: Block<Ix1>,
    shift: Block<Ix1>,
}

impl LayerNorm {
    /// Declares the blocks for rows of `width` numbers.
    pub(in crate::model) fn declare(layout: &mut Layout, layer: &str, width: usize) -> Self {
        let mut block = |role, value| {
            let name = format!("{layer}.{role}");
            layout.block(&name, width, InitialDistribution::Constant(value))
        };
        LayerNorm {
            gain: block("gain", 1.0),
            shift: block("shift", 0.0),
        }
    }

    /// Writes y for the rows `a`, one behind the other.
    pub(in crate::model) fn of_rows<F: Real>(&self, theta: &Params<F>, a: &[F], y: &mut [F]) {
        dispatch(Normalize {
            gain: theta.slice(&self.gain),
            shift: theta.slice(&self.shift),
            a,
            y,
        });
    }

    /// Writes the derivative in the rows `a` over that in y, `d`, and adds the gradients of γ and β.
    pub(in crate::model) fn grad_of_rows<F: Real>(
        &self,
        theta: &Params<F>,
        a: &[F],
        d: &mut [F],
        into: &mut Params<F>,
    ) {
        let [d_gain, d_shift] = into.slices_mut([self.gain.range(), self.shift.range()]);
        dispatch(Back {
            gain: theta.slice(&self.gain),
            a,
            d,
            d_gain,
            d_shift,
        });
    }
}

/// Mean and 1/√(variance + ε) of a row.
#[inline(always)]
fn moments<F: Real>(a: &[F]) -> (F, F) {
    let count = F::of(a.len() as f64);
    let mean = sum_of(a, a, |a, _| a) / count;
    let variance = sum_of(a, a, |a, _| (a - mean) * (a - mean)) / count;
    (mean, F::one() / (variance + F::of(EPSILON)).sqrt())
}

struct Normalize<'a, F> {
    gain: &'a [F],
    shift: &'a [F],
    a: &'a [F],
    y: &'a mut [F],
}

impl<F: Real> WithSimd for Normalize<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.gain.len();
        let rows = self.a.chunks_exact(width);
        for (a, y) in rows.zip(self.y.chunks_exact_mut(width)) {
            let (mean, scale) = moments(a);
            for (((y, &a), &gain), &shift) in y.iter_mut().zip(a).zip(self.gain).zip(self.shift) {
                *y = gain * ((a - mean) * scale) + shift;
            }
        }
    }
}

struct Back<'a, F> {
    gain: &'a [F],
    a: &'a [F],
    d: &'a mut [F],
    d_gain: &'a mut [F],
    d_shift: &'a mut [F],
}

impl<F: Real> WithSimd for Back<'_, F> {
    type Output = ();

    /// With â = (a − mean a)·s, s = 1/√(var a + ε) and δ = γ ⊙ d, the derivative in a is
    /// s·(δ − mean δ − â·mean(δ ⊙ â)).
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.gain.len();
        let count = F::of(width as f64);
        let rows = self.a.chunks_exact(width);
        for (a, d) in rows.zip(self.d.chunks_exact_mut(width)) {
            let (mean, scale) = moments(a);
            let sinks = self.d_gain.iter_mut().zip(self.d_shift.iter_mut());
            for ((d, &a), ((d_gain, d_shift), &gain)) in
                d.iter_mut().zip(a).zip(sinks.zip(self.gain))
            {
                *d_gain += *d * ((a - mean) * scale);
                *d_shift += *d;
                *d *= gain;
            }
            let level = sum_of(d, d, |d, _| d) / count;
            let along = sum_of(d, a, |d, a| d * ((a - mean) * scale)) / count;
            for (d, &a) in d.iter_mut().zip(a) {
                *d = scale * (*d - level - (a - mean) * scale * along);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn norm(width: usize) -> (LayerNorm, Params<f64>) {
        let mut layout = Layout::default();
        let norm = LayerNorm::declare(&mut layout, "hidden", width);
        let mut theta = Params::zeros(&Arc::new(layout));
        theta.slice_mut(&norm.gain).fill(1.0);
        (norm, theta)
    }

    #[test]
    fn rows_have_mean_0_and_variance_1_whatever_their_own() {
        let (norm, theta) = norm(37);
        for (scale, level) in [(1.0, 0.0), (1000.0, -5.0), (0.3, 1e4)] {
            let wave = |row: f64| (0..37).map(move |j| level + scale * (row + f64::from(j)).sin());
            let a: Vec<f64> = wave(0.0).chain(wave(0.4)).collect();
            let mut y = vec![f64::NAN; a.len()];
            norm.of_rows(&theta, &a, &mut y);
            for row in y.chunks_exact(37) {
                let mean = |f: fn(&f64) -> f64| row.iter().map(f).sum::<f64>() / 37.0;
                assert!(mean(|y| *y).abs() < 1e-9);
                // ε takes a share ε/(var + ε) away.
                assert!((mean(|y| y * y) - 1.0).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn the_gradient_is_the_derivative_and_adds() {
        let (norm, mut theta) = norm(19);
        for (place, value) in theta.as_mut_slice().iter_mut().enumerate() {
            *value = (0.7 * place as f64).cos();
        }
        let a: Vec<f64> = (0..2 * 19).map(|j| (1.3 * f64::from(j)).sin()).collect();
        let weights: Vec<f64> = (0..2 * 19).map(|j| (0.9 * f64::from(j)).cos()).collect();
        let value = |theta: &Params<f64>, a: &[f64]| {
            let mut y = vec![0.0; a.len()];
            norm.of_rows(theta, a, &mut y);
            y.iter().zip(&weights).map(|(y, w)| y * w).sum::<f64>()
        };
        let mut d = weights.clone();
        let mut into = theta.clone();
        norm.grad_of_rows(&theta, &a, &mut d, &mut into);
        let h = 1e-6;
        for (j, &d) in d.iter().enumerate() {
            let at = |h: f64| {
                let mut a = a.clone();
                a[j] += h;
                value(&theta, &a)
            };
            assert!(((at(h) - at(-h)) / (2.0 * h) - d).abs() < 1e-8);
        }
        for j in 0..theta.as_slice().len() {
            let at = |h: f64| {
                let mut theta = theta.clone();
                theta.as_mut_slice()[j] += h;
                value(&theta, &a)
            };
            let added = into.as_slice()[j] - theta.as_slice()[j];
            assert!(((at(h) - at(-h)) / (2.0 * h) - added).abs() < 1e-8);
        }
    }
}
