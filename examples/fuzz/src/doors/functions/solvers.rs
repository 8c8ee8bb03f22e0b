//! Solvers, oracles and shards.

use super::Real;
use crate::Door;
use sparse_parity::access::{Answers, LazyAdversary, Queries, Stat, Vstat};
use sparse_parity::data::{Parity, Target};
use sparse_parity::seeds::Seeds;
use sparse_parity::solver::{Limits, Noise, Problem, SolverKind};
use sparse_parity::sweep::Shard;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::function(
            "plans",
            |(n, k, noise, failure): (usize, usize, Real, Real)| {
                let problem = Problem::new(n, k)?
                    .with_noise(Noise::of(noise.0)?)?
                    .with_failure(failure.0)?;
                let problem = problem.with_limits(Limits {
                    bytes: 1 << 24,
                    words: 1e9,
                });
                for kind in SolverKind::all() {
                    // A plan or a refusal.
                    let _ = kind
                        .plan(&problem)
                        .map(|plan| format!("{plan:?}"))
                        .map_err(|error| error.to_string());
                }
                SolverKind::cheapest(&problem, Some(n)).map(|(kind, _)| kind)
            },
        ),
        Door::function("degrees", |(n, low, high): (usize, usize, usize)| {
            Problem::with_degrees(n, low..=high)
        }),
        Door::function(
            "oracles",
            |(n, s, p, t): (usize, Vec<usize>, Real, Real)| {
                let parity = || Parity::new(n, &s);
                Queries::new(parity()?).with_persistent_noise(p.0, &Seeds::from(1))?;
                Stat::new(parity()?, Answers::Exact).with_noise(p.0)?;
                Vstat::new(parity()?, t.0)?
                    .with_noise(p.0)
                    .map(|_| parity().map(|parity| parity.dim()))
            },
        ),
        Door::function("adversary", |(n, k, p): (usize, usize, Real)| {
            LazyAdversary::new(n, k, p.0).map(|_| ())
        }),
        Door::function("shards", |(index, count): (u64, u64)| {
            Shard::new(index, count)
        }),
    ]
}
