//! The data: distributions, targets and what holds examples.

use super::{Coordinates, Real, matrix, real, rng};
use crate::Door;
use sparse_parity::data::{
    ActiveInputs, Batch, Biased, Conjunction, Epochs, Junta, Majority, Multitask, MultitaskInputs,
    Parity, ParityDistribution, Population, RandomLabels, Staircase, Uniform,
};
use sparse_parity::ndarray::Array1;
use sparse_parity::seeds::Seeds;
use sparse_parity::signs::Signs;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::function("biased", |(n, p): (usize, Real)| Biased::new(n, p.0)),
        Door::function("biased_each", |p: Vec<Real>| Biased::each(&real(&p))),
        Door::function("conjunction", |(n, s): Coordinates| Conjunction::new(n, &s)),
        Door::function("parity", |(n, s): Coordinates| Parity::new(n, &s)),
        Door::function("parity_disjoint", |(n, s): Coordinates| {
            Parity::disjoint(n, &s)
        }),
        Door::function("parity_random", |(n, k): (usize, usize)| {
            Parity::random(n, k, &mut rng())
        }),
        Door::function("parity_random_disjoint", |(n, k): (usize, usize)| {
            Parity::random_disjoint(n, k, &mut rng())
        }),
        Door::function("distribution", |(n, s, p): (usize, Vec<usize>, Real)| {
            ParityDistribution::new(n, &s)?.with_label_noise(p.0)
        }),
        Door::function("junta", |(n, s, table): (usize, Vec<usize>, Vec<i8>)| {
            Junta::new(n, &s, &table)
        }),
        Door::function("junta_random", |(n, k): (usize, usize)| {
            Junta::random(n, k, &mut rng())
        }),
        Door::function("majority", |(n, s): Coordinates| Majority::new(n, &s)),
        Door::function("staircase", |(n, s): Coordinates| Staircase::new(n, &s)),
        Door::function(
            "multitask",
            |(tasks, n, k, alpha): (usize, usize, usize, Real)| {
                Multitask::random(tasks, n, k, &mut rng())?.zipf(alpha.0)
            },
        ),
        Door::function("multitask_inputs", |(n, w): (usize, Vec<Real>)| {
            MultitaskInputs::new(n, &real(&w))
        }),
        Door::function(
            "active_inputs",
            |(tasks, n, active): (usize, usize, Vec<usize>)| ActiveInputs::new(tasks, n, &active),
        ),
        Door::function("uniform", Uniform::new),
        Door::function("random_labels", RandomLabels::new),
        Door::function("batch", |(rows, n): (usize, usize)| {
            Batch::<f32>::new(rows, n).map(|batch| batch.len())
        }),
        Door::function("epochs", |(rows, y): (usize, Vec<Real>)| {
            let x = Signs::ones(rows, 3)?;
            Epochs::new(
                Batch {
                    x,
                    y: Array1::from(real(&y)),
                },
                &Seeds::from(1),
            )
        }),
        Door::function("population", |(n, s): Coordinates| {
            Population::new(Parity::new(n, &s)?)
        }),
        Door::function("signs", |(rows, n): (usize, usize)| {
            Signs::ones(rows, n).map(|x| x.dim())
        }),
        Door::function("signs_of_array", |rows: Vec<Vec<Real>>| {
            Signs::from_array(&matrix(&rows))
        }),
        Door::function("cube", |n: usize| Signs::cube(n).map(|x| x.rows())),
    ]
}
