//! Weights as integers, so that sums of them are exact and ties are ties.

/// The weights as multiples of a common unit, and thresholds θ such that Σ ±P_l > θ is the exact
/// answer to w·x + b > t.
///
/// Floating-point numbers are integers times powers of two, so a unit exists. Where the weights
/// range over more than 2¹²⁰ they are rounded to the nearest multiple, and `slack` says how far a
/// sum may be off.
#[derive(Debug)]
pub(super) struct Grid {
    /// The integers P_l ≥ 0, without a common factor.
    pub(super) weights: Vec<i128>,
    /// For each t, the largest integer not above (t − b)/unit.
    pub(super) thresholds: Vec<i128>,
    /// 0 if the weights are exactly multiples of the unit.
    pub(super) slack: i128,
}

/// The largest number of bits of Σ P_l.
const BITS: i32 = 120;

impl Grid {
    /// The grid of positive weights, with a threshold for each t.
    pub(super) fn new(weights: &[f64], bias: f64, at: impl Iterator<Item = f64>) -> Grid {
        let parts: Vec<_> = weights.iter().map(|&w| parts(w)).collect();
        let length = |n: i128| 128 - n.leading_zeros() as i32;
        let count = length(weights.len() as i128);
        let lowest = parts.iter().map(|p| p.exponent).min().unwrap_or(0);
        let highest = parts.iter().map(|p| p.exponent + length(p.mantissa));
        let highest = highest.max().unwrap_or(0) + count;
        let unit = lowest.max(highest - BITS);
        let rounded = unit > lowest;
        let mut integers: Vec<i128> = parts.iter().map(|p| p.nearest(unit)).collect();
        let mut thresholds: Vec<i128> = at.map(|t| floor_of_difference(t, bias, unit)).collect();
        let factor = integers.iter().fold(0, |a, &b| gcd(a, b)).max(1);
        if !rounded {
            integers.iter_mut().for_each(|p| *p /= factor);
            thresholds
                .iter_mut()
                .for_each(|t| *t = t.div_euclid(factor));
        }
        Grid {
            slack: if rounded { weights.len() as i128 } else { 0 },
            weights: integers,
            thresholds,
        }
    }

    /// Σ P_l.
    pub(super) fn reach(&self) -> i128 {
        self.weights.iter().sum()
    }
}

/// A number m·2^e with m odd or 0.
struct Parts {
    mantissa: i128,
    exponent: i32,
}

fn parts(x: f64) -> Parts {
    let bits = x.abs().to_bits();
    let (stored, fraction) = ((bits >> 52) as i32, (bits & ((1 << 52) - 1)) as i128);
    let (mantissa, exponent) = if stored == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, stored - 1075)
    };
    let even = if mantissa == 0 {
        0
    } else {
        mantissa.trailing_zeros()
    };
    let mantissa = mantissa >> even;
    Parts {
        mantissa: if x < 0.0 { -mantissa } else { mantissa },
        exponent: exponent + even as i32,
    }
}

impl Parts {
    /// The largest multiple of 2^unit that is not above the number, and whether it is the number.
    /// Where it would exceed 2¹²⁶ it is cut off there, beyond every sum of weights.
    fn floor(&self, unit: i32) -> (i128, bool) {
        let (m, shift) = (self.mantissa, self.exponent - unit);
        if shift < 0 {
            let floor = m >> (-shift).min(127);
            return (floor, m == 0);
        }
        let length = 128 - m.abs().leading_zeros() as i32;
        if length > 0 && shift + length > 126 {
            return (m.signum() << 126, true);
        }
        (if m == 0 { 0 } else { m << shift }, true)
    }

    fn nearest(&self, unit: i32) -> i128 {
        let doubled = self.floor(unit - 1).0;
        (doubled + 1) >> 1
    }
}

/// ⌊(t − b)/2^unit⌋, exactly.
fn floor_of_difference(t: f64, b: f64, unit: i32) -> i128 {
    // t − b = high + low exactly, and |low| is at most half the distance of high to its neighbours.
    let high = t - b;
    let back = high - t;
    let low = (t - (high - back)) + (-b - back);
    let (floor, exact) = parts(high).floor(unit);
    // Between multiples, high is too far from them for low to reach one.
    if exact {
        floor + parts(low).floor(unit).0
    } else {
        floor
    }
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_become_ones_whatever_their_size() {
        for w in [1.0, 0.1, 3e-300, 5e-324, 7e200] {
            let grid = Grid::new(&[w; 5], 0.0, [0.0, 2.0 * w].into_iter());
            assert_eq!(grid.weights, [1; 5]);
            assert_eq!(grid.thresholds, [0, 2]);
            assert_eq!(grid.slack, 0);
        }
    }

    #[test]
    fn thresholds_are_rounded_down_by_exact_arithmetic() {
        let floor = |t, b| Grid::new(&[1.0, 3.0], b, [t].into_iter()).thresholds[0];
        assert_eq!(floor(0.0, 0.0), 0);
        assert_eq!(floor(0.0, 1e-300), -1);
        assert_eq!(floor(0.0, -1e-300), 0);
        assert_eq!(floor(1.0, 1e-300), 0);
        assert_eq!(floor(1.0, -1e-300), 1);
        assert_eq!(floor(0.5, -0.5), 1);
        assert_eq!(floor(0.5, 0.75), -1);
        assert!(floor(1e300, 0.0) > 1 << 100 && floor(-1e300, 0.0) < -1 << 100);
    }

    #[test]
    fn weights_of_very_different_size_are_rounded_and_say_so() {
        let grid = Grid::new(&[1.0, 1e-60, 0.3], 0.0, [0.0].into_iter());
        assert_eq!((grid.slack, grid.weights[1]), (3, 0));
        let grid = Grid::new(&[1.0, 1e-25], 0.0, [1.0].into_iter());
        assert!(grid.slack > 0 && grid.weights[0] == grid.thresholds[0]);
        let exact = Grid::new(&[1.0, 1e-6, 0.3], 0.0, [0.0].into_iter());
        assert_eq!(exact.slack, 0);
    }
}
