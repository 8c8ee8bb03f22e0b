//! Real weights in any number: the characteristic function.

use super::lattice::halves;
use super::products::{FLOOR, exchange, imaginary_part, real_part, without_two};
use super::steps::{Steps, Sums};
use std::f64::consts::PI;

/// The estimated error of a single step at which no more points are taken.
const TARGET: f64 = 1e-11;

/// The largest n·points.
const MOST_WORK: usize = 1 << 25;

/// The number of points after which the error is estimated for the first time.
const FIRST: usize = 2048;

/// The number of weights by which points without a contribution are told.
const SCOUTS: usize = 128;

/// The number of points that angles are turned to before they are computed anew.
const TURNS: usize = 64;

/// The coefficients of steps, by quadrature.
///
/// See the [module](super) for the formula and its error. The rule is the midpoint rule: it is no
/// approximation of the sign in sign(z) but a square wave in its place,
///
/// ```text
/// (1/π) Σ_{r≥0} sin((r + ½)hz)/(r + ½) = ½ sign(sin(hz/2)),
/// ```
///
/// which is ½ sign(z) for |z| < 2π/h; Hoeffding's inequality bounds the share of all other inputs.
/// A panelled Gauss rule would take more points and have no such bound.
pub(super) fn quadrature(steps: &Steps) -> Sums {
    let neuron = steps.neuron;
    let (n, k) = (neuron.len(), neuron.k());
    let offsets: Vec<_> = steps.offsets().collect();
    let farthest = offsets.iter().map(|(d, _)| d.abs()).fold(0.0, f64::max);
    // 2·exp(−λ²/2) = 2⁻⁵³.
    let norm = neuron.weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    let width = neuron.reach().min(8.66 * norm) * (1.0 + 1e-9) + farthest;
    let spacing = 2.0 * PI / width;
    let mut scouts = Scouts::new(neuron.weights.iter().zip(&neuron.inside), spacing);
    let mut point = Point::new(n);
    let mut sums = Sums {
        at: 0.0,
        moved: 0.0,
        around: vec![0.0; n],
        error: 0.0,
    };
    // In units of a step: rounding, and points left out.
    let mut certain = f64::EPSILON;
    let mut ties = vec![0.0; n];
    let (mut energy, mut tie, mut from, mut r) = (0.0, 0.0, 0, 0_usize);
    loop {
        let bound = scouts.bound(r);
        let t = (r as f64 + 0.5) * spacing;
        let scale = 1.0 / (PI * (r as f64 + 0.5));
        if bound * scale < 1e-18 {
            certain += bound * scale;
            energy += bound * bound;
        } else {
            let product = point.at(t, &neuron.weights, &neuron.inside);
            let rounding = 2.0 * n as f64 + 8.0 + 0.5 * t * (neuron.reach() + farthest);
            certain += scale * f64::EPSILON * rounding * without_two(&point.factors);
            let (mut wave, mut moved, mut around) = ((0.0, 0.0), 0.0, (0.0, 0.0));
            for &(offset, kink) in &offsets {
                let (sin, cos) = libm::sincos(t * offset);
                wave.0 += kink.jump * imaginary_part(k, (cos, sin));
                wave.1 += kink.jump * real_part(k, (cos, sin));
                moved += kink.jump * kink.at * imaginary_part(k, (cos, sin));
                around.0 += kink.jump * imaginary_part(k + 1, (cos, sin));
                around.1 += kink.jump * real_part(k + 1, (cos, sin));
            }
            sums.at += scale * product * wave.0;
            sums.moved += scale * product * moved;
            tie += product * wave.1;
            let mut largest = product.abs();
            for j in 0..n {
                let product = if neuron.inside[j] {
                    -point.products[j]
                } else {
                    point.products[j]
                };
                sums.around[j] += scale * product * around.0;
                ties[j] += product * around.1;
                largest = largest.max(product.abs());
            }
            energy += largest * largest;
        }
        r += 1;
        if r.is_power_of_two() && r >= FIRST {
            let points = (r - from) as f64;
            let tied = ties
                .iter()
                .fold(tie.abs(), |most: f64, tie| most.max(tie.abs()));
            // What is left out is taken to be as irregular as the last half of the points was, and
            // no smaller than it is for weights in general position, 2⁻ⁿ in the square.
            let general = (0..n).fold(1.0_f64, |power, _| power / 2.0);
            let square = general.max(energy / points);
            let tail = 2.0 * (square / r as f64).sqrt();
            sums.error = (certain + tail) * steps.size() + tied / points / 2.0;
            let done = sums.error <= TARGET * steps.size();
            if done || (r > FIRST && 2 * r * n.max(64) > MOST_WORK) {
                break;
            }
            (energy, tie, from) = (0.0, 0.0, r);
            ties.fill(0.0);
        }
    }
    halves(steps, &mut sums);
    sums
}

/// The factors and products at one point.
struct Point {
    factors: Vec<f64>,
    others: Vec<f64>,
    products: Vec<f64>,
}

impl Point {
    fn new(n: usize) -> Self {
        Point {
            factors: vec![0.0; n],
            others: vec![0.0; n],
            products: vec![0.0; n],
        }
    }

    fn at(&mut self, t: f64, weights: &[f64], inside: &[bool]) -> f64 {
        for (l, (&weight, &inside)) in weights.iter().zip(inside).enumerate() {
            let (sin, cos) = libm::sincos(t * weight);
            let (factor, other) = if inside { (sin, cos) } else { (cos, sin) };
            (self.factors[l], self.others[l]) = (factor, other);
        }
        exchange(&self.factors, &self.others, &mut self.products)
    }
}

/// The factors of some of the weights, turned from point to point.
struct Scouts {
    weights: Vec<f64>,
    inside: Vec<bool>,
    spacing: f64,
    /// Cosine and sine of the angle, and of the turn from point to point.
    angle: [Vec<f64>; 2],
    turn: [Vec<f64>; 2],
}

impl Scouts {
    fn new<'a>(weights: impl Iterator<Item = (&'a f64, &'a bool)>, spacing: f64) -> Self {
        let mut sorted: Vec<(f64, bool)> = weights.map(|(&w, &inside)| (w, inside)).collect();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Of many weights, some of every size: weights of about one size come back to 1 together.
        let step = sorted.len().div_ceil(SCOUTS).max(1);
        let chosen: Vec<(f64, bool)> = sorted.into_iter().step_by(step).collect();
        let weights: Vec<f64> = chosen.iter().map(|(w, _)| *w).collect();
        let turns = weights.iter().map(|w| libm::sincos(w * spacing));
        let (sines, cosines): (Vec<_>, Vec<_>) = turns.unzip();
        let zeros = vec![0.0; weights.len()];
        Scouts {
            weights,
            inside: chosen.iter().map(|(_, inside)| *inside).collect(),
            spacing,
            angle: [zeros.clone(), zeros],
            turn: [cosines, sines],
        }
    }

    /// A bound for |φ_T| at point r, for S and all of its neighbours T.
    fn bound(&mut self, r: usize) -> f64 {
        let [cos, sin] = &mut self.angle;
        if r.is_multiple_of(TURNS) {
            let t = (r as f64 + 0.5) * self.spacing;
            for (l, w) in self.weights.iter().enumerate() {
                (sin[l], cos[l]) = libm::sincos(w * t);
            }
        } else {
            let [turned_cos, turned_sin] = &self.turn;
            for l in 0..self.weights.len() {
                let (c, s) = (cos[l], sin[l]);
                cos[l] = c * turned_cos[l] - s * turned_sin[l];
                sin[l] = s * turned_cos[l] + c * turned_sin[l];
            }
        }
        let mut product = [1.0 / FLOOR; 8];
        product[1..].fill(1.0);
        let factors = self.inside.iter().zip(cos.iter().zip(&*sin));
        for (l, (&inside, (cos, sin))) in factors.enumerate() {
            let factor = if inside { sin } else { cos };
            product[l % 8] *= factor.abs().max(FLOOR);
        }
        product.iter().product::<f64>().min(1.0)
    }
}
