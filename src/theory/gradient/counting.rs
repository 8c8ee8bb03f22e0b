//! Integer weights: counting inputs by their sum.

use super::grid::Grid;
use super::steps::{Steps, Sums};

/// The largest number of weights other than 0, so that counts fit in 128 bits.
pub(super) const MOST: usize = 120;

/// The largest n·ΣP: about a second.
pub(super) const MOST_WORK: i128 = 1 << 28;

/// The coefficients of steps, by counting in 128-bit integers.
///
/// Dynamic programming gives N(s) = Σ χ_S(x) over the inputs with w·x = s, and U(θ) = Σ_{s>θ} N(s).
/// With one coordinate more, its sign would alternate, and with one less, repeat the counts in
/// steps of twice its weight:
///
/// ```text
/// S:      U(θ)
/// S ∪ j:  U(θ) + 2 Σ_{i≥1} (−1)^i U(θ + 2iP_j)
/// S ∖ j:  U(θ) + 2 Σ_{i≥1}        U(θ + 2iP_j)
/// ```
///
/// Intermediate sums may wrap around; the results are below 2¹²⁰ and exact.
pub(super) fn count(steps: &Steps, grid: &Grid) -> Sums {
    let (n, k) = (grid.weights.len(), steps.neuron.k());
    let weights: Vec<usize> = grid.weights.iter().map(|&p| p as usize).collect();
    let reach: usize = weights.iter().sum();
    let tails = tails(&weights, &steps.neuron.inside, reach);
    let share = |count: i128| (0..n).fold(count as f64, |share, _| share / 2.0);
    let mut sums = Sums {
        at: 0.0,
        moved: 0.0,
        around: vec![0.0; n],
        error: f64::EPSILON * (steps.kinks.len() + 1) as f64 * steps.size(),
    };
    for (kink, &threshold) in steps.kinks.iter().zip(&grid.thresholds) {
        // s = 2i − ΣP, for the sum i of the weights with sign +1.
        let first = (threshold + reach as i128).div_euclid(2) + 1;
        if first > reach as i128 {
            continue;
        }
        if first <= 0 {
            // Every input exceeds the threshold, and only the empty set has a coefficient.
            let alone = |inside: bool| if inside && k == 1 { kink.jump } else { 0.0 };
            let around = sums.around.iter_mut().zip(&steps.neuron.inside);
            around.for_each(|(sum, &inside)| *sum += alone(inside));
            if k == 0 {
                sums.at += kink.jump;
                sums.moved += kink.jump * kink.at;
            }
            continue;
        }
        let first = first as usize;
        let at = share(tails[first]);
        sums.at += kink.jump * at;
        sums.moved += kink.jump * kink.at * at;
        for (j, (&weight, &inside)) in weights.iter().zip(&steps.neuron.inside).enumerate() {
            let mut total = 0_i128;
            let mut alternating = false;
            for &tail in tails[first..].iter().step_by(weight).skip(1) {
                alternating = !alternating;
                total = if alternating && !inside {
                    total.wrapping_sub(tail)
                } else {
                    total.wrapping_add(tail)
                };
            }
            let count = tails[first].wrapping_add(total.wrapping_mul(2));
            sums.around[j] += kink.jump * share(count);
        }
    }
    sums
}

/// For each i, Σ χ_S(x) over the inputs whose weights with sign +1 sum to i or more.
fn tails(weights: &[usize], inside: &[bool], reach: usize) -> Vec<i128> {
    let mut counts = vec![0_i128; reach + 1];
    counts[0] = 1;
    let mut used = 0;
    for (&weight, &inside) in weights.iter().zip(inside) {
        used += weight;
        for i in (0..=used).rev() {
            let minus = if inside { -counts[i] } else { counts[i] };
            let plus = i.checked_sub(weight).map_or(0, |lower| counts[lower]);
            counts[i] = plus + minus;
        }
    }
    let mut tail = 0_i128;
    for count in counts.iter_mut().rev() {
        tail = tail.wrapping_add(*count);
        *count = tail;
    }
    counts
}
