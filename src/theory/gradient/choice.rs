//! The choice of a method by the weights, where σ' is a sum of steps.

use super::grid::Grid;
use super::method::{Method, refusal, too_many, unsuited};
use super::steps::{Steps, Sums};
use super::{binomial, counting, lattice, meet, quadrature};
use crate::activation::Form;
use crate::error::Result;

/// The largest accepted error of the quadrature of a single step.
const TOLERANCE: f64 = 1e-8;

impl Steps<'_> {
    pub(super) fn grid(&self) -> Grid {
        let neuron = self.neuron;
        let at = self.kinks.iter().map(|kink| kink.at);
        Grid::new(&neuron.weights, neuron.bias, at)
    }
}

/// The work of the methods for integers, n·ΣP.
fn work(grid: &Grid) -> i128 {
    grid.reach().saturating_mul(grid.weights.len() as i128)
}

/// The method for steps on that grid.
pub(super) fn choice(steps: &Steps, grid: &Grid) -> Method {
    let (n, exact) = (steps.neuron.len(), grid.slack == 0);
    let meets = n <= meet::MOST;
    let equal = grid.weights.iter().all(|&p| p == 1);
    if exact && equal && n > 0 {
        return Method::Binomial;
    }
    // Both are exact; a pair of sums takes about as long as ten counts.
    let counts = exact && n <= counting::MOST && work(grid) <= counting::MOST_WORK;
    if counts && !(meets && 10 << (n / 2) < work(grid)) {
        return Method::Counting;
    }
    if meets {
        return Method::MeetInTheMiddle;
    }
    if exact && work(grid) <= lattice::MOST_WORK {
        return Method::Lattice;
    }
    Method::Quadrature
}

/// The sums by the given method, or by the one chosen here.
pub(super) fn by_steps(demanded: Option<Method>, steps: &Steps) -> Result<(Sums, Method)> {
    let (grid, n) = (steps.grid(), steps.neuron.len());
    let chosen = choice(steps, &grid);
    let method = demanded.unwrap_or(chosen);
    let instead = || format!("use {chosen}");
    let integers = |most| {
        if grid.slack > 0 {
            let reason = "the weights are no integers times a common unit".into();
            return Err(refusal(method, reason, instead()));
        }
        if work(&grid) > most {
            let (sum, unit) = (grid.reach(), "times their largest common unit");
            let reason = format!("the weights are integers {unit} that sum to {sum}, too many");
            return Err(refusal(method, reason, instead()));
        }
        Ok(())
    };
    let sums = match method {
        Method::Binomial => {
            if grid.slack > 0 || grid.weights.iter().any(|&p| p != 1) || n == 0 {
                let reason = "the weights other than 0 are not of one magnitude".into();
                return Err(refusal(method, reason, instead()));
            }
            binomial::binomial(steps, &grid)
        }
        Method::Counting => {
            if n > counting::MOST {
                return Err(too_many(method, n, counting::MOST, instead()));
            }
            integers(counting::MOST_WORK)?;
            counting::count(steps, &grid)
        }
        Method::Lattice => {
            integers(lattice::MOST_WORK)?;
            lattice::lattice(steps, &grid)
        }
        Method::MeetInTheMiddle => {
            if n > meet::MOST {
                return Err(too_many(method, n, meet::MOST, instead()));
            }
            meet::meet(steps, &grid)
        }
        Method::Quadrature => {
            let sums = quadrature::quadrature(steps);
            let close = sums.error <= TOLERANCE * steps.size();
            if !close {
                let reason = format!(
                    "the characteristic function of these {n} weights decays too slowly, the estimated error is {:e}",
                    sums.error
                );
                let repair = if chosen == method {
                    "estimate from samples".into()
                } else {
                    instead()
                };
                return Err(refusal(method, reason, repair));
            }
            sums
        }
        _ => {
            let form = Form::Pieces {
                constant: 0.0,
                slope: 0.0,
                kinks: Vec::new(),
            };
            return Err(unsuited(method, &form, chosen));
        }
    };
    Ok((sums, method))
}
