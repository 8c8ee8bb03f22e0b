//! Means of queries: exact ones, by theory or by enumeration, and sums over examples.

use super::{Examples, Query, QueryNeuron};
use crate::error::{Error, Result};
use crate::signs::{Columns, Signs};
use crate::theory::gradient::NeuronGradient;
use ndarray::{Array2, ArrayView2};

/// The largest number of coordinates of a function that is enumerated.
pub(super) const MOST_ENUMERATED: usize = 22;
/// Most rows that are evaluated at a time.
pub(super) const ROWS: usize = 1 << 12;

/// The mean of a query on uniform inputs with the labels χ_S(x), in two parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mean {
    /// E\[q_0\] for q_0 = (q(x, 1) + q(x, −1))/2: the same for all S.
    pub plain: f64,
    /// E\[q_1 χ_S\] for q_1 = (q(x, 1) − q(x, −1))/2. Flips of probability p take a factor of 1 − 2p
    /// ([`Known::means`](super::known::Known::means)).
    pub signal: f64,
}

/// Whether two queries are about the same neuron, whose means are then computed once.
fn is_same(a: &dyn QueryNeuron, b: &dyn QueryNeuron) -> bool {
    // Where the compiler made two tables of methods, they count as two neurons.
    #[allow(ambiguous_wide_pointer_comparisons)]
    std::ptr::eq(a, b)
}

/// The exact means of queries for the parity of a support.
pub(super) fn means(queries: &[Query<'_>], n: usize, support: &[usize]) -> Result<Vec<Mean>> {
    let mut last: Option<(&dyn QueryNeuron, NeuronGradient)> = None;
    let mut means = Vec::with_capacity(queries.len());
    for query in queries {
        query.check(n)?;
        means.push(match query {
            Query::Correlation(set) => {
                let is_support = Columns::new(n, set)? == Columns::new(n, support)?;
                Mean {
                    plain: 0.0,
                    signal: f64::from(is_support),
                }
            }
            Query::Coordinate(neuron, i) => {
                let gradient = match last.take() {
                    Some((known, gradient)) if is_same(known, *neuron) => gradient,
                    _ => neuron.gradient(support)?,
                };
                let signal = -gradient.weight[*i];
                super::query::bounded(&[signal])?;
                last = Some((*neuron, gradient));
                Mean { plain: 0.0, signal }
            }
            Query::Any(_) => {
                let set = Columns::new(n, support)?;
                let (mut plain, mut signal) = (0.0, 0.0);
                halves(query, n, |x, half_sums, half_differences| {
                    plain += half_sums.iter().sum::<f64>();
                    for (row, q) in half_differences.iter().enumerate() {
                        signal += if set.negatives(x, row) % 2 == 1 {
                            -q
                        } else {
                            *q
                        };
                    }
                })?;
                let count = (1_u64 << n) as f64;
                Mean {
                    plain: plain / count,
                    signal: signal / count,
                }
            }
        });
    }
    Ok(means)
}

/// Hands q_0 and q_1 on the whole cube to `take`, block by block.
pub(super) fn halves(
    query: &Query<'_>,
    n: usize,
    mut take: impl FnMut(&Signs, &[f64], &[f64]),
) -> Result<()> {
    if n > MOST_ENUMERATED {
        return Err(Error::Method {
            method: "an exact oracle of statistical queries",
            reason: format!(
                "this query is a function of n = {n} coordinates, and at most {MOST_ENUMERATED} are enumerated"
            ),
            repair: "use access::Honest, which samples".into(),
        });
    }
    let rows = ROWS.min(1 << n);
    let mut x = Signs::ones(rows, n)?;
    let (mut sums, mut differences) = (vec![0.0; rows], vec![0.0; rows]);
    for first in (0..1_u64 << n).step_by(rows) {
        x.fill_cube(first);
        query.values(&x, |_| 1.0, &mut sums)?;
        query.values(&x, |_| -1.0, &mut differences)?;
        for (a, b) in sums.iter_mut().zip(&mut differences) {
            (*a, *b) = ((*a + *b) / 2.0, (*a - *b) / 2.0);
        }
        take(&x, &sums, &differences);
    }
    Ok(())
}

/// Adds the sums of queries over some examples, at most [`ROWS`].
pub(super) fn add_sums(queries: &[Query<'_>], part: &Examples, sums: &mut [f64]) -> Result<()> {
    let x = part.x();
    let label = |row| if part.is_negative(row) { -1.0 } else { 1.0 };
    let mut values = vec![0.0; part.len()];
    let mut last: Option<(&dyn QueryNeuron, Array2<f64>)> = None;
    for (query, sum) in queries.iter().zip(sums) {
        let (Query::Coordinate(neuron, i), true) = (query, queries.len() > 1) else {
            query.values(x, label, &mut values)?;
            *sum += values.iter().sum::<f64>();
            continue;
        };
        // All coordinates of a neuron are one product.
        let all = match last.take() {
            Some((known, all)) if is_same(known, *neuron) => all,
            _ => {
                let mut slopes = neuron.slopes(x);
                super::query::bounded(&slopes)?;
                let labelled = slopes.iter_mut().enumerate();
                labelled.for_each(|(row, slope)| *slope *= label(row));
                let slopes = ArrayView2::from_shape((part.len(), 1), &slopes).expect("one column");
                let mut all = Array2::zeros((1, x.dim()));
                x.correlate_add(&slopes, &mut all);
                all
            }
        };
        *sum += all[[0, *i]];
        last = Some((*neuron, all));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Sine};
    use crate::theory::gradient::Neuron;

    #[test]
    fn means_by_theory_are_those_of_the_cube() {
        let (n, support) = (9, [1, 4, 6]);
        let w: Vec<f64> = (0..n).map(|i| 0.3 + 0.1 * i as f64).collect();
        let relu = Neuron::new(&Relu, &w, 0.4).unwrap();
        let sine = Neuron::new(&Sine, &w, 0.4).unwrap();
        let sets = [vec![6, 1, 4], vec![1, 4], vec![]];
        let mut queries: Vec<_> = sets.iter().map(|set| Query::Correlation(set)).collect();
        for i in [0, 4] {
            queries.push(Query::Coordinate(&relu, i));
            queries.push(Query::Coordinate(&sine, i));
        }
        for (query, mean) in queries.iter().zip(means(&queries, n, &support).unwrap()) {
            let one = means(&[*query], n, &support).unwrap()[0];
            assert_eq!(one, mean);
            let by_cube = |x: &Signs, row: usize, y: f64| {
                let mut value = [0.0; 1];
                let mut single = Signs::ones(1, n).unwrap();
                single.copy_row(0, x, row);
                query.values(&single, |_| y, &mut value).unwrap();
                value[0]
            };
            let cube = means(&[Query::Any(&by_cube)], n, &support).unwrap()[0];
            assert!((cube.signal - mean.signal).abs() < 1e-12, "{query:?}");
            assert!((cube.plain - mean.plain).abs() < 1e-12, "{query:?}");
        }
    }

    #[test]
    fn sums_of_many_coordinates_are_those_of_each() {
        let mut x = Signs::ones(300, 70).unwrap();
        x.randomize(&mut crate::seeds::Seeds::from(1).stream(crate::seeds::Purpose::Eval));
        let y = ndarray::Array1::from_shape_fn(300, |row| if row % 3 == 0 { -1.0 } else { 1.0 });
        let part = Examples::of(&crate::data::Batch::<f64> { x, y }).unwrap();
        let (a, b) = ([1.0; 70], [0.5; 70]);
        let neurons = [&a, &b].map(|w| Neuron::new(&Sine, w, 0.2).unwrap());
        let queries: Vec<_> = (0..70)
            .flat_map(|i| {
                [
                    Query::Coordinate(&neurons[i % 2], i),
                    Query::Correlation(&[3]),
                ]
            })
            .collect();
        let mut all = vec![0.0; queries.len()];
        add_sums(&queries, &part, &mut all).unwrap();
        for (query, all) in queries.iter().zip(all) {
            let mut one = [0.0];
            add_sums(&[*query], &part, &mut one).unwrap();
            assert!((one[0] - all).abs() < 1e-9, "{query:?}");
        }
    }
}
