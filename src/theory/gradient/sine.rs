//! The closed form of a sine neuron.

use super::Found;
use super::products::{exchange, imaginary_part, real_part};
use super::reduced::Reduced;

/// The coefficients of a neuron sin(ω(w·x + b)).
///
/// E\[χ_T e^{iω(w·x+b)}\] = e^{iωb} ∏_{l∈T} i·sin(ωw_l) ∏_{l∉T} cos(ωw_l).
///
/// The error follows each factor: half an ulp of its argument, and one ulp of the sine or cosine.
pub(super) fn sine(neuron: &Reduced, frequency: f64) -> Found {
    let angles: Vec<f64> = neuron.weights.iter().map(|w| frequency * w).collect();
    let factor = |turned: bool| {
        let pairs = angles.iter().zip(&neuron.inside);
        let factors = pairs.map(|(&angle, &inside)| {
            if inside != turned {
                libm::sin(angle)
            } else {
                libm::cos(angle)
            }
        });
        factors.collect::<Vec<f64>>()
    };
    let (factors, others) = (factor(false), factor(true));
    let mut slopes = vec![0.0; angles.len()];
    let product = exchange(&factors, &others, &mut slopes);

    let relative = |angle: f64, factor: f64, other: f64| {
        f64::EPSILON * (1.5 + 0.5 * angle * (other / factor).abs())
    };
    let each = || angles.iter().zip(factors.iter().zip(&others));
    let all: f64 = each().map(|(&angle, (&f, &o))| relative(angle, f, o)).sum();
    let phase = libm::sincos(frequency * neuron.bias);
    let turn = f64::EPSILON * (4.0 + (frequency * neuron.bias).abs());
    let mut error = product.abs() * (all + turn);
    for (slope, (&angle, (&f, &o))) in slopes.iter().zip(each()) {
        let exchanged = all - relative(angle, f, o) + relative(angle, o, f);
        error = error.max(slope.abs() * (exchanged + turn));
    }

    let (k, phase) = (neuron.k(), (phase.1, phase.0));
    // For j in S the power of i is one lower, elsewhere one higher, which is another sign.
    let around = frequency * real_part(k + 1, phase);
    for (slope, &inside) in slopes.iter_mut().zip(&neuron.inside) {
        *slope *= if inside { -around } else { around };
    }
    Found {
        slope: frequency * product * real_part(k, phase),
        slopes,
        value: product * imaginary_part(k, phase),
        error: frequency.abs() * error,
        value_error: product.abs() * (all + turn),
    }
}
