//! Real weights in any number: the characteristic function.

use super::lattice::halves;
use super::products::{exchange, imaginary_part, real_part, without_two};
use super::scouts::Scouts;
use super::steps::{Steps, Sums};
use std::f64::consts::PI;

/// The estimated error of a single step at which no more points are taken.
const TARGET: f64 = 1e-11;

/// The largest n·points.
const MOST_WORK: usize = 1 << 25;

/// The number of points after which the error is estimated for the first time.
const FIRST: usize = 2048;

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
    let farthest = steps.offsets().map(|(d, _)| d.abs()).fold(0.0, f64::max);
    // 2·exp(−λ²/2) = 2⁻⁵³.
    let norm = neuron.weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    let width = neuron.reach().min(8.66 * norm) * (1.0 + 1e-9) + farthest;
    let spacing = 2.0 * PI / width;
    let mut scouts = Scouts::new(neuron.weights.iter().zip(&neuron.inside), spacing);
    let mut integral = Integral::new(steps, neuron.reach() + farthest);
    for r in 0.. {
        let bound = scouts.bound(r);
        let scale = 1.0 / (PI * (r as f64 + 0.5));
        if bound * scale < 1e-18 {
            integral.leave_out(bound, scale);
        } else {
            integral.add((r as f64 + 0.5) * spacing, scale);
        }
        let points = r + 1;
        if points.is_power_of_two() && points >= FIRST {
            integral.estimate(points);
            let most = MOST_WORK / (2 * neuron.len().max(64));
            let spent = points > FIRST && points > most;
            if spent || integral.sums.error <= TARGET * steps.size() {
                break;
            }
        }
    }
    let mut sums = integral.sums;
    halves(steps, &mut sums);
    sums
}

/// The partial sums, with the terms of their error.
struct Integral<'a> {
    steps: &'a Steps<'a>,
    point: Point,
    sums: Sums,
    /// The largest |w·x| plus the largest |b − t|, by which the argument of a sine grows.
    reach: f64,
    /// Rounding and points left out, in units of a step.
    certain: f64,
    /// Σ of the largest |φ_T|² since the last estimate.
    energy: f64,
    /// Σ of the real parts since then, for S and its neighbours; their mean is what ties contribute.
    tie: f64,
    ties: Vec<f64>,
    /// The number of points up to the last estimate.
    from: usize,
}

impl<'a> Integral<'a> {
    fn new(steps: &'a Steps<'a>, reach: f64) -> Self {
        let n = steps.neuron.len();
        Integral {
            steps,
            point: Point::new(n),
            sums: Sums {
                at: 0.0,
                moved: 0.0,
                around: vec![0.0; n],
                error: 0.0,
            },
            reach,
            certain: f64::EPSILON,
            energy: 0.0,
            tie: 0.0,
            ties: vec![0.0; n],
            from: 0,
        }
    }

    /// Adds a point with |φ_T| ≤ `bound` for all T to the error.
    fn leave_out(&mut self, bound: f64, scale: f64) {
        self.certain += bound * scale;
        self.energy += bound * bound;
    }

    /// Adds the point t with its weight.
    fn add(&mut self, t: f64, scale: f64) {
        let neuron = self.steps.neuron;
        let product = self.point.at(t, &neuron.weights, &neuron.inside);
        let rounding = 2.0 * neuron.len() as f64 + 8.0 + 0.5 * t * self.reach;
        self.certain += scale * f64::EPSILON * rounding * without_two(&self.point.factors);

        let wave = Wave::at(self.steps, t);
        self.sums.at += scale * product * wave.at.0;
        self.sums.moved += scale * product * wave.moved;
        self.tie += product * wave.at.1;
        let mut largest = product.abs();
        let each = self.sums.around.iter_mut().zip(&mut self.ties);
        let products = self.point.products.iter().zip(&neuron.inside);
        for ((sum, tie), (&product, &inside)) in each.zip(products) {
            // For j in S the power of i is lower by two.
            let signed = if inside { -product } else { product };
            *sum += scale * signed * wave.around.0;
            *tie += signed * wave.around.1;
            largest = largest.max(product.abs());
        }
        self.energy += largest * largest;
    }

    /// Estimates the error after that many points.
    ///
    /// The truncated part is assumed to be as irregular as the points since the last estimate, half of all, and
    /// no smaller than for weights in general position, 2⁻ⁿ in the square.
    fn estimate(&mut self, points: usize) {
        let recent = (points - self.from) as f64;
        let general = self.ties.iter().fold(1.0_f64, |power, _| power / 2.0);
        let square = general.max(self.energy / recent);
        let tail = 2.0 * (square / points as f64).sqrt();
        let ties = self.ties.iter().chain([&self.tie]);
        let tied = ties.fold(0.0_f64, |most, tie| most.max(tie.abs())) / recent;
        self.sums.error = (self.certain + tail) * self.steps.size() + tied / 2.0;
        (self.energy, self.tie, self.from) = (0.0, 0.0, points);
        self.ties.fill(0.0);
    }
}

/// Σ_i a_i e^{it(b−t_i)}, turned by the power of i that a set has: imaginary and real part.
struct Wave {
    /// For S.
    at: (f64, f64),
    /// For S, with the additional factor t_i; the imaginary part.
    moved: f64,
    /// For S with one coordinate more.
    around: (f64, f64),
}

impl Wave {
    fn at(steps: &Steps, t: f64) -> Self {
        let k = steps.neuron.k();
        let mut wave = Wave {
            at: (0.0, 0.0),
            moved: 0.0,
            around: (0.0, 0.0),
        };
        for (offset, kink) in steps.offsets() {
            let (sin, cos) = libm::sincos(t * offset);
            let phase = (cos, sin);
            wave.at.0 += kink.jump * imaginary_part(k, phase);
            wave.at.1 += kink.jump * real_part(k, phase);
            wave.moved += kink.jump * kink.at * imaginary_part(k, phase);
            wave.around.0 += kink.jump * imaginary_part(k + 1, phase);
            wave.around.1 += kink.jump * real_part(k + 1, phase);
        }
        wave
    }
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
