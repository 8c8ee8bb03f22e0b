//! Weights of one magnitude, whose coefficients are Krawtchouk polynomials.

use super::grid::Grid;
use super::steps::{Steps, Sums};

/// The coefficients of steps of n weights that are all the same.
///
/// A set of q ≥ 1 coordinates has, at the threshold that up to H negative signs exceed, the
/// coefficient 2⁻ⁿ \[z^H\] (1 − z)^(q−1) (1 + z)^(n−q), which is 2⁻ⁿ·C(n−1, H) times a normalised
/// Krawtchouk polynomial of degree q − 1; the empty set has a sum of binomials.
pub(super) fn binomial(steps: &Steps, grid: &Grid) -> Sums {
    let (n, k) = (grid.weights.len(), steps.neuron.k());
    let mut sums = [0.0; 3];
    let (mut moved, mut error) = (0.0, 0.0);
    for (kink, &threshold) in steps.kinks.iter().zip(&grid.thresholds) {
        // n − 2h > θ for h = 0, …, H.
        let last = (n as i128 - threshold - 1).div_euclid(2);
        let sizes = [k.checked_sub(1), Some(k), (k < n).then_some(k + 1)];
        for (place, q) in sizes.into_iter().enumerate() {
            let Some(q) = q else { continue };
            let (coefficient, bound) = coefficient(n, q, last);
            sums[place] += kink.jump * coefficient;
            error += kink.jump.abs() * bound;
            if place == 1 {
                moved += kink.jump * kink.at * coefficient;
            }
        }
    }
    let inside = steps.neuron.inside.iter();
    Sums {
        at: sums[1],
        moved,
        around: inside.map(|&i| if i { sums[0] } else { sums[2] }).collect(),
        error: error + f64::EPSILON * steps.kinks.len() as f64 * steps.size(),
    }
}

/// The coefficient at q coordinates of the function that is 1 where at most `last` of n signs are
/// negative and 0 elsewhere, and a bound for its error.
fn coefficient(n: usize, q: usize, last: i128) -> (f64, f64) {
    if last < 0 {
        return (0.0, 0.0);
    }
    if last >= n as i128 {
        return (if q == 0 { 1.0 } else { 0.0 }, 0.0);
    }
    let (last, rounding) = (last as usize, f64::EPSILON * (2 * n + 4) as f64);
    if q == 0 {
        let sum: f64 = (0..=last).map(|h| binomial_share(n, h)).sum();
        return (sum, rounding * sum);
    }
    let share = binomial_share(n - 1, last) / 2.0;
    let (value, error) = krawtchouk(n - 1, q - 1, last);
    (share * value, share * (error + rounding * value.abs()))
}

/// C(n, h)·2⁻ⁿ.
fn binomial_share(n: usize, h: usize) -> f64 {
    let h = h.min(n - h);
    let (mut share, mut halvings) = (1.0, n);
    for i in 1..=h {
        share *= (n - h + i) as f64 / i as f64;
        while share > 1.0 {
            share /= 2.0;
            halvings -= 1;
        }
    }
    for _ in 0..halvings {
        share /= 2.0;
    }
    share
}

/// The Krawtchouk polynomial of degree x at h, divided by its value at degree 0, and a bound for
/// the error: (N − x) φ_{x+1} = (N − 2h) φ_x − x φ_{x−1}, φ_{N−x} = (−1)^h φ_x.
fn krawtchouk(n: usize, degree: usize, h: usize) -> (f64, f64) {
    let (below, sign) = if 2 * degree > n {
        (n - degree, if h.is_multiple_of(2) { 1.0 } else { -1.0 })
    } else {
        (degree, 1.0)
    };
    let (mut before, mut value) = ((0.0, 0.0), (1.0, 0.0));
    let slope = n as f64 - 2.0 * h as f64;
    for x in 0..below {
        let (rest, x) = ((n - x) as f64, x as f64);
        let next = (slope * value.0 - x * before.0) / rest;
        let size = (slope * value.0).abs() + (x * before.0).abs();
        let error = slope.abs() * value.1 + x * before.1 + 2.0 * f64::EPSILON * size;
        (before, value) = (value, (next, error / rest));
    }
    (sign * value.0, value.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [z^H] (1 − z)^(q−1) (1 + z)^(n−q), in integers.
    fn exact(n: usize, q: usize, last: usize) -> i128 {
        let mut series = vec![0_i128; n];
        series[0] = 1;
        for factor in 1..n {
            let sign = if factor < q { -1 } else { 1 };
            for h in (1..n).rev() {
                series[h] += sign * series[h - 1];
            }
        }
        series[last]
    }

    #[test]
    fn coefficients_are_the_integers_of_the_generating_function() {
        for n in [1, 2, 9, 10, 41, 100] {
            for q in 1..=n {
                for last in 0..n {
                    let (found, error) = coefficient(n, q, last as i128);
                    let expected = exact(n, q, last) as f64 * 0.5_f64.powi(n as i32);
                    assert!(
                        (found - expected).abs() <= error + 1e-300 && error < 1e-13,
                        "n = {n}, q = {q}, H = {last}: {found}, not {expected}, within {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn thousands_of_signs_neither_overflow_nor_vanish() {
        let share = binomial_share(5000, 2500);
        assert!((share * (2500.0 * std::f64::consts::PI).sqrt() - 1.0).abs() < 1e-4);
        let all: f64 = (0..=5000).map(|h| binomial_share(5000, h)).sum();
        assert!((all - 1.0).abs() < 1e-11);
        assert_eq!(binomial_share(5000, 3), 0.0);
    }
}
