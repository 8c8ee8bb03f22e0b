//! Integer weights: a finite Fourier sum.

use super::grid::Grid;
use super::products::{exchange, imaginary_part, without_two};
use super::steps::{Steps, Sums};
use std::f64::consts::PI;

/// The largest n·ΣP: about a second.
pub(super) const MOST_WORK: i128 = 1 << 27;

/// The coefficients of steps, by the characteristic function at finitely many points.
///
/// For odd u with |u| < 2M,
///
/// ```text
/// sign(u) = (1/M) Σ_{r<M} sin(uτ_r)/sin τ_r,   τ_r = (2r + 1)π/(2M),
/// ```
///
/// so that the integral of the quadrature becomes a sum without truncation or discretisation, in
/// which nothing ties: s > θ is the same as s − s₀ + 1 > 0 for the least such s₀ of the parity of
/// the sums s. Angles are reduced as integers, and sines come from a table.
pub(super) fn lattice(steps: &Steps, grid: &Grid) -> Sums {
    let (n, k) = (grid.weights.len(), steps.neuron.k());
    let inside = &steps.neuron.inside;
    let reach = grid.reach();
    let points = reach + 1;
    let sines = sines(points as usize);
    // sin and cos of integer multiples of π/(2M).
    let sin = |i: i128| sines[i.rem_euclid(4 * points) as usize];
    let cos = |i: i128| sin(i + points);
    let starts: Vec<i128> = grid
        .thresholds
        .iter()
        .map(|&threshold| {
            let above = threshold + 1 + (threshold + 1 - reach).rem_euclid(2);
            above.clamp(-reach, reach + 2)
        })
        .collect();
    let mut sums = Sums {
        at: 0.0,
        moved: 0.0,
        around: vec![0.0; n],
        error: 0.0,
    };
    let [mut factors, mut others, mut products] = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
    // Points r and M − 1 − r have the same terms.
    for r in 0..(points + 1) / 2 {
        let node = 2 * r + 1;
        for (l, (&weight, &inside)) in grid.weights.iter().zip(inside).enumerate() {
            let (s, c) = (sin(weight * node), cos(weight * node));
            (factors[l], others[l]) = if inside { (s, c) } else { (c, s) };
        }
        let product = exchange(&factors, &others, &mut products);
        let twice = if 2 * r + 1 == points { 1.0 } else { 2.0 };
        let scale = twice / (2.0 * points as f64 * sin(node));
        let (mut wave, mut moved, mut around) = (0.0, 0.0, 0.0);
        for (kink, &start) in steps.kinks.iter().zip(&starts) {
            let angle = -(start - 1) * node;
            let phase = (cos(angle), sin(angle));
            wave += kink.jump * imaginary_part(k, phase);
            moved += kink.jump * kink.at * imaginary_part(k, phase);
            around += kink.jump * imaginary_part(k + 1, phase);
        }
        sums.at += scale * product * wave;
        sums.moved += scale * product * moved;
        for (sum, (product, &inside)) in sums.around.iter_mut().zip(products.iter().zip(inside)) {
            *sum += scale * product * if inside { -around } else { around };
        }
        sums.error += scale * without_two(&factors);
    }
    sums.error *= f64::EPSILON * (3 * n + 8) as f64 * steps.size();
    halves(steps, &mut sums);
    sums
}

/// Adds what a step has at the empty set: the mean of (1 + sign)/2.
pub(super) fn halves(steps: &Steps, sums: &mut Sums) {
    let half: f64 = steps.kinks.iter().map(|kink| kink.jump / 2.0).sum();
    match steps.neuron.k() {
        0 => {
            sums.at += half;
            sums.moved += steps.kinks.iter().map(|k| k.jump * k.at / 2.0).sum::<f64>();
        }
        1 => {
            let around = sums.around.iter_mut().zip(&steps.neuron.inside);
            around
                .filter(|(_, inside)| **inside)
                .for_each(|(sum, _)| *sum += half);
        }
        _ => {}
    }
}

/// sin(πi/(2M)) for i < 4M.
fn sines(points: usize) -> Vec<f64> {
    let quarter: Vec<f64> = (0..=points)
        .map(|i| {
            // Both halves of the quarter are computed from angles up to π/4.
            let angle = |i: usize| PI * i as f64 / (2 * points) as f64;
            if 2 * i <= points {
                libm::sin(angle(i))
            } else {
                libm::cos(angle(points - i))
            }
        })
        .collect();
    (0..4 * points)
        .map(|i| match (i / points, i % points) {
            (0, i) => quarter[i],
            (1, i) => quarter[points - i],
            (2, i) => -quarter[i],
            (_, i) => -quarter[points - i],
        })
        .collect()
}
