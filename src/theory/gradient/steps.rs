//! Functions of straight pieces, whose derivatives are sums of steps.

use super::Found;
use super::reduced::Reduced;
use crate::activation::Kink;

/// A derivative σ'(z) = s + Σ_i a_i·1\[z > t_i\] on the reach of a neuron.
#[derive(Debug)]
pub(super) struct Steps<'a> {
    pub(super) neuron: &'a Reduced,
    /// The kinks that some input may lie on either side of.
    pub(super) kinks: Vec<Kink>,
    /// σ before the first kink: its value at 0 and its slope.
    constant: f64,
    slope: f64,
}

/// What a method finds of the steps, before the straight line is added.
#[derive(Debug)]
pub(super) struct Sums {
    /// Σ_i a_i C_i(S), where C_i(T) is the coefficient of 1\[z > t_i\].
    pub(super) at: f64,
    /// Σ_i a_i t_i C_i(S).
    pub(super) moved: f64,
    /// Σ_i a_i C_i(S△j) for each j.
    pub(super) around: Vec<f64>,
    /// A bound for the error of `at` and of every entry of `around`.
    pub(super) error: f64,
}

impl<'a> Steps<'a> {
    pub(super) fn new(neuron: &'a Reduced, constant: f64, slope: f64, kinks: &[Kink]) -> Self {
        let mut steps = Steps {
            neuron,
            kinks: Vec::new(),
            constant,
            slope,
        };
        // Wide enough that the rounding of the sum of weights does not matter.
        let reach = neuron.reach() * (1.0 + 1e-9);
        for &Kink { at, jump } in kinks {
            if at < neuron.bias - reach {
                steps.slope += jump;
                steps.constant -= jump * at;
            } else if at <= neuron.bias + reach {
                steps.kinks.push(Kink { at, jump });
            }
        }
        steps
    }

    /// Σ_i |a_i|, by which the error of one step is multiplied.
    pub(super) fn size(&self) -> f64 {
        self.kinks.iter().map(|kink| kink.jump.abs()).sum()
    }

    /// The distances b − t_i of the kinks, each with its kink.
    pub(super) fn offsets(&self) -> impl Iterator<Item = (f64, Kink)> {
        let bias = self.neuron.bias;
        self.kinks.iter().map(move |&kink| (bias - kink.at, kink))
    }

    /// The coefficients of σ' and σ.
    ///
    /// As max(0, z − t) = (z − t)·1\[z > t\], its coefficient at S follows from those of the step:
    /// Σ_j w_j C(S△j) + (b − t) C(S).
    pub(super) fn found(&self, sums: Sums) -> Found {
        let Reduced { weights, bias, .. } = self.neuron;
        let Sums {
            at,
            moved,
            mut around,
            error,
        } = sums;
        let terms = || weights.iter().zip(&around).map(|(w, c)| w * c);
        let mut value = terms().sum::<f64>() + bias * at - moved;
        let size: f64 = terms().map(f64::abs).sum::<f64>() + (bias * at).abs() + moved.abs();
        let farthest = self.offsets().map(|(d, _)| d.abs()).fold(0.0, f64::max);
        let rounding = (weights.len() + 4) as f64 * f64::EPSILON;
        let value_error = error * (self.neuron.reach() + farthest) + rounding * size;
        let mut slope = at;
        match self.neuron.k() {
            0 => {
                slope += self.slope;
                value += self.constant + self.slope * bias;
            }
            1 => {
                let only = self.neuron.inside.iter().position(|&inside| inside);
                let only = only.expect("one coordinate is inside");
                around[only] += self.slope;
                value += self.slope * weights[only];
            }
            _ => {}
        }
        Found {
            slope,
            slopes: around,
            value,
            error,
            value_error,
        }
    }
}
