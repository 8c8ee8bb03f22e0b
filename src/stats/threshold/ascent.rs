//! The maximum of a likelihood by scoring.

use ndarray::Array2;

/// Steps before the search ends where it is.
const STEPS: usize = 500;
/// The damping at which no direction is left in which the likelihood rises.
const LAST: f64 = 1e12;
/// The least damping, below which there is none.
const FIRST: f64 = 1e-6;

/// A logarithm of a likelihood with its gradient and its expected information.
pub(super) struct Derivatives {
    pub(super) ln_likelihood: f64,
    pub(super) score: Vec<f64>,
    pub(super) information: Array2<f64>,
}

/// Where a likelihood is largest.
#[derive(Debug, Clone)]
pub(super) struct Peak {
    pub(super) at: Vec<f64>,
    pub(super) ln_likelihood: f64,
}

/// Fisher's scoring with Marquardt's damping, from `start`; the parameter `held` keeps its value.
pub(super) fn climb(
    start: Vec<f64>,
    held: Option<usize>,
    derivatives: impl Fn(&[f64]) -> Derivatives,
) -> Peak {
    let mut at = start;
    let mut here = hold(derivatives(&at), held);
    let mut damping = 0.0;
    for _ in 0..STEPS {
        let step = solve(&here.information, &here.score, damping);
        let gain: f64 = step.iter().zip(&here.score).map(|(a, b)| a * b).sum();
        if damping < 1.0 && gain <= 1e-18 * (1.0 + here.ln_likelihood.abs()) {
            break;
        }
        let next: Vec<f64> = at.iter().zip(&step).map(|(a, b)| a + b).collect();
        let there = hold(derivatives(&next), held);
        // No comparison with NaN is true.
        if there.ln_likelihood > here.ln_likelihood {
            (at, here) = (next, there);
            damping = if damping > FIRST { damping / 10.0 } else { 0.0 };
        } else {
            damping = (10.0 * damping).max(FIRST);
            if damping > LAST {
                break;
            }
        }
    }
    Peak {
        at,
        ln_likelihood: here.ln_likelihood,
    }
}

/// Makes the step of one parameter 0.
fn hold(mut found: Derivatives, held: Option<usize>) -> Derivatives {
    if let Some(place) = held {
        found.score[place] = 0.0;
        found.information.row_mut(place).fill(0.0);
        found.information.column_mut(place).fill(0.0);
    }
    found
}

/// The solution of (A + damping · diag A) x = b by Cholesky's factor; a direction without information has x = 0.
fn solve(a: &Array2<f64>, b: &[f64], damping: f64) -> Vec<f64> {
    let width = b.len();
    let (mut l, mut x) = (a.clone(), vec![0.0; width]);
    for i in 0..width {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[[i, k]] * l[[j, k]]).sum();
            if i > j {
                l[[i, j]] = divided(a[[i, j]] - sum, l[[j, j]]);
                continue;
            }
            let diagonal = a[[i, i]] * (1.0 + damping);
            // What is left of a dependent row is rounding.
            let rest = diagonal - sum;
            l[[i, i]] = if rest > 1e-14 * diagonal {
                rest.sqrt()
            } else {
                0.0
            };
        }
        let sum: f64 = (0..i).map(|k| l[[i, k]] * x[k]).sum();
        x[i] = divided(b[i] - sum, l[[i, i]]);
    }
    for i in (0..width).rev() {
        let sum: f64 = (i + 1..width).map(|k| l[[k, i]] * x[k]).sum();
        x[i] = divided(x[i] - sum, l[[i, i]]);
    }
    x
}

fn divided(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { 0.0 }
}
