//! Statistics of runs.

use super::{Real, few, matrix, real, rng};
use crate::Door;
use sparse_parity::stats::{
    Bootstrap, Geometric, KaplanMeier, Point, PowerLaw, Time, Times, concordance, icc, kendall,
    max_t_p, permutation_p, ranks, spearman, superiority, variance_shares, wilson,
};

fn times(times: Vec<Time>) -> Times {
    times.into_iter().collect()
}

pub(super) fn doors() -> Vec<Door> {
    type Pairs = (Vec<Real>, Vec<Real>);
    vec![
        Door::function("quantile", |(t, p, level): (Vec<Time>, Real, Real)| {
            let t = times(t);
            KaplanMeier::of(&t, level.0)?;
            t.success_rate(level.0)?;
            t.bootstrapped_quantile(p.0, &few(), &mut rng())?;
            t.quantile(p.0, level.0)
        }),
        Door::function("geometric", |(p, q, t): (Real, Real, Vec<Time>)| {
            let (law, t) = (Geometric::new(p.0)?, times(t));
            law.before_first(&t)?;
            law.distance(&t)?;
            law.quantile(q.0)
        }),
        Door::function("power_law", |(points, level): (Vec<(Real, Real)>, Real)| {
            let points: Vec<Point> = points
                .iter()
                .map(|(n, t)| Point { n: n.0, t: t.0 })
                .collect();
            PowerLaw::fit(&points, level.0)
        }),
        Door::function("correlations", |(x, y): Pairs| {
            let (x, y) = (real(&x), real(&y));
            ranks(&x)?;
            superiority(&x, &y)?;
            kendall(&x, &y)?;
            spearman(&x, &y)
        }),
        Door::function("concordance", |(x, t): (Vec<Real>, Vec<Time>)| {
            concordance(&real(&x), &t)
        }),
        Door::function(
            "max_t_p",
            |(strata, measures): (Vec<u64>, Vec<Vec<Real>>)| {
                let measures = matrix(&measures);
                max_t_p(&strata, 20, &mut rng(), |order| {
                    let of = |row: sparse_parity::ndarray::ArrayView1<f64>| {
                        let pairs = order.iter().zip(row);
                        pairs.map(|(&i, x)| i as f64 * x).sum()
                    };
                    measures.rows().into_iter().map(of).collect()
                })
            },
        ),
        Door::function("wilson", |(wins, of, level): (usize, usize, Real)| {
            wilson(wins, of, level.0)
        }),
        Door::function("shares", |rows: Vec<Vec<Real>>| {
            icc(&matrix(&rows), &few(), &mut rng())?;
            variance_shares(&matrix(&rows), &few(), &mut rng())
        }),
        Door::function(
            "bootstrap",
            |(n, resamples, level): (usize, usize, Real)| {
                let (n, resamples) = (n.min(1000), resamples.min(1000));
                let bootstrap = Bootstrap {
                    resamples,
                    level: level.0,
                };
                permutation_p(n, resamples, &mut rng(), |order| order.len() as f64)?;
                bootstrap.interval(n, &mut rng(), |sample| sample.len() as f64)
            },
        ),
    ]
}
