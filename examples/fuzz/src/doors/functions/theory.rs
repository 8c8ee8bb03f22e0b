//! The theorems and bounds.

use super::{Real, matrix, real};
use crate::Door;
use sparse_parity::Error;
use sparse_parity::activation::Relu;
use sparse_parity::flow::Flow;
use sparse_parity::ndarray::Array1;
use sparse_parity::theory::gap::{FourierGap, largest, sufficient_samples};
use sparse_parity::theory::gradient::{Neuron, polynet_gradient, polynet_square_gradient};
use sparse_parity::theory::majority::{half_space_coefficient, majority_coefficient};
use sparse_parity::theory::skills::{Growth, Learning, Skills, strength_of_width};
use sparse_parity::theory::statistical_query::{queries_to_correlate, queries_to_identify};
use sparse_parity::theory::supports;
use sparse_parity::theory::theorem4::Construction;
use sparse_parity::theory::theorem5::{ntk_min_dim, ntk_worst_loss};
use sparse_parity::theory::theorem6::{DisjointFlow, error_rate};
use sparse_parity::theory::theorem7::{restarts, sgd_steps};

pub(super) fn doors() -> Vec<Door> {
    type Sizes = (usize, usize, Real, Real);
    vec![
        Door::function("supports", |(n, k): (usize, usize)| supports(n, k)),
        Door::function("majority_coefficient", |(n, q): (usize, usize)| {
            majority_coefficient(n, q)
        }),
        Door::function("half_space_coefficient", |(n, q): (usize, usize)| {
            half_space_coefficient(n, q)
        }),
        Door::function("queries_to_identify", |(n, k, t): (usize, usize, Real)| {
            queries_to_identify(n, k, t.0)
        }),
        Door::function("queries_to_correlate", |(n, k, t): (usize, usize, Real)| {
            queries_to_correlate(n, k, t.0)
        }),
        Door::function("ntk_min_dim", |(n, k, r, e): Sizes| {
            ntk_min_dim(n, k, r.0, e.0)
        }),
        Door::function(
            "ntk_worst_loss",
            |(n, k, r, dim): (usize, usize, Real, usize)| ntk_worst_loss(n, k, r.0, dim),
        ),
        Door::function("sgd_steps", |(n, k, e, d): Sizes| sgd_steps(n, k, e.0, d.0)),
        Door::function("restarts", |p: Real| restarts(p.0)),
        Door::function(
            "skills",
            |(weights, n, m, t): (Vec<Real>, usize, usize, Real)| {
                let skills = Skills::new(&real(&weights))?;
                strength_of_width(m, n, m)?;
                skills.loss_of_width(n, m)?;
                skills.loss_of_examples(n, m, Learning::Gradual)?;
                skills.loss_at(t.0, &Growth::new(1.0, 0.01, 0.5)?)
            },
        ),
        Door::function("growth", |(s, r, p, t): (Real, Real, Real, Real)| {
            Growth::new(s.0, r.0, t.0)?
                .through(p.0, t.0)?
                .half_time(p.0)
        }),
        Door::function("sufficient_samples", |(n, g, d): (usize, Real, Real)| {
            sufficient_samples(n, g.0, d.0)
        }),
        Door::function("gap", |(g, s): (Vec<Real>, Vec<usize>)| {
            FourierGap::of(&real(&g), &s)
        }),
        Door::function("largest", |(g, k): (Vec<Real>, usize)| {
            largest(&real(&g), k)
        }),
        Door::function("construction", |(n, k, epsilon, failure): Sizes| {
            let construction = Construction::new(n, k)?;
            let width = construction.width(failure.0)?;
            let batch = construction.batch(epsilon.0, failure.0)?;
            Ok::<_, Error>((width, batch, construction.second_phase(100, epsilon.0)?))
        }),
        Door::function("least_n", |(k, epsilon): (usize, Real)| {
            Construction::least_n(k, epsilon.0)
        }),
        Door::function("disjoint_flow", |(start, time): (Vec<Real>, Real)| {
            DisjointFlow::new(&real(&start))?.weights(time.0)
        }),
        Door::function("error_rate", |(v, block): (Vec<Real>, usize)| {
            error_rate(&real(&v), block)
        }),
        Door::function(
            "neuron_gradient",
            |(w, bias, s): (Vec<Real>, Real, Vec<usize>)| {
                let w = real(&w);
                let neuron = Neuron::new(&Relu, &w, bias.0)?;
                sparse_parity::theory::drift::Drift::of(&neuron, &s)?;
                neuron.gradient(&s)
            },
        ),
        Door::function(
            "polynet_gradient",
            |(w, bias, s): (Vec<Vec<Real>>, Vec<Real>, Vec<usize>)| {
                let (w, bias) = (matrix(&w), Array1::from(real(&bias)));
                polynet_square_gradient(&w, &bias, &s)?;
                polynet_gradient(&w, &bias, &s)
            },
        ),
        Door::function(
            "flow",
            |(tolerance, start, times): (Real, Vec<Real>, Vec<Real>)| {
                let flow = Flow::new(tolerance.0)?.with_max_steps(100);
                flow.solve(
                    &real(&start),
                    &real(&times),
                    |x, slope| {
                        for (slope, x) in slope.iter_mut().zip(x) {
                            *slope = x * x;
                        }
                    },
                    |_, _| std::ops::ControlFlow::Continue(()),
                )
            },
        ),
    ]
}
