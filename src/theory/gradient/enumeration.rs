//! The sum over all inputs, for any activation.

use super::Found;
use super::folded::{character, fold};
use super::reduced::Reduced;
use crate::activation::Activation;

/// The largest number of weights other than 0; 2²⁶ values take about half a second.
pub(crate) const MOST: usize = 26;

/// The number of coordinates whose sums fit in the cache.
const LOW: usize = 12;

/// The coefficients of any activation: the part of a Walsh–Hadamard transform that leads to the
/// support and its neighbours.
///
/// Blocks of 2¹² inputs share the sum of the other weights. The error is that of the sums, and
/// assumes exact values of the activation; near a jump of σ' an input may count as on the other
/// side if its w·x + b is closer to the jump than the rounding of its partial sums.
pub(super) fn enumerate(activation: &impl Activation, neuron: &Reduced) -> Found {
    let n = neuron.len();
    let low = n.min(LOW);
    let (near, far) = neuron.weights.split_at(low);
    let offsets = signed_sums(near, 0.0);
    let bases = signed_sums(far, neuron.bias);
    let support = |inside: &[bool]| {
        let bits = inside.iter().enumerate().filter(|(_, inside)| **inside);
        bits.fold(0, |set, (bit, _)| set | 1 << bit)
    };
    let sets = [
        support(&neuron.inside[..low]),
        support(&neuron.inside[low..]),
    ];
    let mut z = vec![0.0; offsets.len()];
    let mut v = z.clone();
    let mut single = vec![0.0; low];
    let mut sums = vec![Compensated::default(); low];
    let [mut slopes, mut values] = [vec![0.0; bases.len()], vec![0.0; bases.len()]];
    let [mut slope_size, mut value_size] = [0.0, 0.0];
    for (row, &base) in (0..).zip(&bases) {
        for (z, offset) in z.iter_mut().zip(&offsets) {
            *z = base + offset;
        }
        let sign = character(sets[1], row);
        let mut signed = |v: &mut [f64], size: &mut f64| {
            *size += v.iter().map(|v| v.abs()).sum::<f64>();
            for (low_row, v) in (0..).zip(v.iter_mut()) {
                *v *= sign * character(sets[0], low_row);
            }
            fold(v, &mut single)
        };
        activation.values(&z, &mut v);
        values[row as usize] = signed(&mut v, &mut value_size);
        activation.slopes(&z, &mut v);
        slopes[row as usize] = signed(&mut v, &mut slope_size);
        sums.iter_mut()
            .zip(&single)
            .for_each(|(sum, &x)| sum.add(x));
    }
    let scale = 1.0 / (1_u64 << n) as f64;
    let mut far_single = vec![0.0; n - low];
    let value = scale * fold(&mut values, &mut far_single);
    let slope = scale * fold(&mut slopes, &mut far_single);
    let mut around: Vec<f64> = sums.iter().map(|sum| scale * sum.total()).collect();
    around.extend(far_single.iter().map(|s| scale * s));
    // Each number goes through at most n + 2⁸ additions in a fold.
    let rounding = f64::EPSILON * (n + 2) as f64;
    let lanes = f64::EPSILON * (1 << low.saturating_sub(5)) as f64;
    let error = |size: f64| (rounding + lanes) * size * scale;
    Found {
        slope,
        slopes: around,
        value,
        error: error(slope_size),
        value_error: error(value_size),
    }
}

/// All sums `start` ± w₀ ± w₁ …; the sign of w_l is negative where the place has bit l.
fn signed_sums(weights: &[f64], start: f64) -> Vec<f64> {
    let mut sums = vec![start];
    for w in weights {
        let minus: Vec<f64> = sums.iter().map(|s| s - w).collect();
        sums.iter_mut().for_each(|s| *s += w);
        sums.extend(minus);
    }
    sums
}

/// A compensated sum (Neumaier, *Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen*,
/// 1974).
#[derive(Debug, Clone, Default)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() {
            (self.sum - sum) + x
        } else {
            (x - sum) + self.sum
        };
        self.sum = sum;
    }

    fn total(&self) -> f64 {
        self.sum + self.lost
    }
}
