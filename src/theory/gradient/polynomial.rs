//! Neurons with a polynomial as activation.

use super::Found;
use super::moments::{Forms, derivative, weighted, weighted_size};
use super::reduced::Reduced;

/// The coefficients of a neuron Σ_d c_d (w·x + b)^d, from the moments of w·x + b.
///
/// They are computed for |b|: with positive weights all terms then have one sign and nothing
/// cancels. Negating b and x multiplies the moment of order m at T by (−1)^(m+|T|).
pub(super) fn polynomial(neuron: &Reduced, coefficients: &[f64]) -> Found {
    let slope = derivative(coefficients);
    let (n, k) = (neuron.len(), neuron.k());
    let forms = Forms {
        weights: &[&neuron.weights],
        biases: &[neuron.bias.abs()],
        powers: &[coefficients.len() - 1],
        inside: &neuron.inside,
    };
    let signed = |size: usize, c: &[f64]| -> Vec<f64> {
        let negate = |m: usize| neuron.bias < 0.0 && (m + size) % 2 == 1;
        let terms = c.iter().enumerate();
        terms
            .map(|(m, &c)| if negate(m) { -c } else { c })
            .collect()
    };
    // k + 1 and k − 1 have the same parity.
    let around = signed(k + 1, &slope);
    let relative = f64::EPSILON * (forms.operations() + slope.len() as f64);
    let (mut slopes, mut error) = (vec![0.0; n], 0.0_f64);
    let moments = forms.around(|j, moments| {
        slopes[j] = weighted(&around, moments);
        error = error.max(relative * weighted_size(&slope, moments));
    });
    Found {
        slope: weighted(&signed(k, &slope), &moments),
        slopes,
        value: weighted(&signed(k, coefficients), &moments),
        error: error.max(relative * weighted_size(&slope, &moments)),
        value_error: relative * weighted_size(coefficients, &moments),
    }
}
