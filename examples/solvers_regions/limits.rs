//! Curves of the plane: how many examples such noise takes.

use crate::plane::PROBLEMS;
use crate::tried::FAILURE;
use sparse_parity::Result;
use sparse_parity::solver::{Noise, Problem, SolverKind};

/// The problem at this place of the list, with that noise.
pub fn problem(place: usize, p: f64) -> Result<Problem> {
    let (n, k, _) = PROBLEMS[place];
    Problem::new(n, k)?
        .with_noise(Noise::of(p)?)?
        .with_failure(FAILURE)
}

/// log₂ C/(1 − h(p)), below which no one tells S from the other supports.
pub fn information(place: usize, p: f64) -> Result<f64> {
    let bits = problem(place, p)?.ln_candidates() / std::f64::consts::LN_2;
    Ok(bits / (1.0 - entropy(p)))
}

/// The least number of examples that the exact tails allow.
pub fn tails(place: usize, p: f64) -> Result<f64> {
    Ok(problem(place, p)?.sample_size()?.examples as f64)
}

/// The examples that a solver draws of its own accord; `None` if it refuses.
pub fn drawn(place: usize, p: f64, solver: &str) -> Result<Option<f64>> {
    let plan = SolverKind::named(solver)?.plan(&problem(place, p)?);
    Ok(plan
        .ok()
        .and_then(|plan| Some(plan.sample?.examples as f64)))
}

/// The binary entropy h(p) in bits.
fn entropy(p: f64) -> f64 {
    let part = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    part(p) + part(1.0 - p)
}
