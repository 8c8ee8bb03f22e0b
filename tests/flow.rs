//! Numerical gradient flow and its closed form agree.

use sparse_parity::flow::{Flow, FlowEnd};
use sparse_parity::ndarray::{Array1, Ix2};
use sparse_parity::prelude::*;
use sparse_parity::theory::theorem6::{DisjointFlow, error_rate, velocity};
use std::ops::ControlFlow;

/// The flow of the whole network on the whole cube, and the relevant weights of the closed form.
fn compare(n: usize, support: &[usize], start: impl Fn(usize, usize) -> f64, times: &[f64]) {
    let k = support.len();
    let block = n / k;
    let model = DisjointPolyNet::new(n, k).unwrap();
    let weight = model.layout().get::<Ix2>("factor.weight").unwrap();
    let mut theta = Params::<f64>::zeros(model.layout());
    for ((i, j), w) in theta.view_mut(&weight).indexed_iter_mut() {
        *w = start(i, j);
    }
    let relevant = |theta: &Params<f64>| -> Vec<f64> {
        let w = theta.view(&weight);
        support.iter().map(|&s| w[[s / block, s % block]]).collect()
    };
    let exact = DisjointFlow::new(&relevant(&theta)).unwrap();

    let mut cube = Batch::<f64>::new(1 << n, n).unwrap();
    let parity = Parity::disjoint(n, support).unwrap();
    Population::new(parity).unwrap().fill(&mut cube);
    let mut out = Array1::zeros(1 << n);
    let (mut slopes, mut cache) = (out.clone(), model.cache(1 << n));
    let gradient = |theta: &Params<f64>, into: &mut Params<f64>| {
        model.forward(theta, &cube.x, &mut cache, &mut out);
        Correlation.mean_grad(&cube.y, &out, &mut slopes);
        into.fill(0.0);
        model.grad(theta, &cube.x, &mut cache, &slopes, into);
    };
    let mut seen = 0;
    let course = Flow::new(1e-12)
        .unwrap()
        .descend(&theta, times, gradient, |time, now| {
            let expected = exact.weights(time).unwrap().unwrap();
            for (v, expected) in relevant(now).iter().zip(&expected) {
                assert!(
                    (v - expected).abs() < 1e-8,
                    "{v} instead of {expected} at {time}"
                );
            }
            // The others stay where they were.
            let pairs = now.as_slice().iter().zip(theta.as_slice());
            let moved = pairs
                .filter(|(now, then)| (*now - *then).abs() > 1e-12)
                .count();
            assert!(moved <= k);
            // And sign(f) has the error that the theory says.
            let answers = model.predict(now, &cube.x);
            let wrong = cube
                .y
                .iter()
                .zip(&answers)
                .filter(|(y, f)| *y * *f <= 0.0)
                .count();
            let error = error_rate(&relevant(now), block).unwrap();
            assert!((wrong as f64 / (1 << n) as f64 - error).abs() < 1e-12);
            seen += 1;
            ControlFlow::Continue(())
        });
    assert_eq!(course.unwrap().end, FlowEnd::Complete);
    assert_eq!(seen, times.len());
}

#[test]
fn the_flow_of_a_network_is_that_of_theorem_6() {
    compare(9, &[1, 3, 8], |_, _| 1.0, &[0.0, 0.3, 0.55, 0.9]);
    compare(12, &[0, 4, 7, 11], |_, _| 1.0, &[0.1, 0.3, 0.43]);
    compare(8, &[2, 6], |_, _| 1.0, &[0.5, 2.5]);
}

#[test]
fn other_starts_follow_their_closed_form_too() {
    let signs = |i: usize, j: usize| if (3 * i + j) % 4 == 1 { -1.0 } else { 1.0 };
    let start = |i: usize, j: usize| match (i, j) {
        (0, 1) => 0.4,
        (1, 0) => -1.3,
        (2, 2) => 0.9,
        _ => signs(i, j),
    };
    // The product is negative: the smallest weight passes through 0.
    compare(9, &[1, 3, 8], start, &[0.2, 0.7, 1.6]);
}

#[test]
fn the_closed_form_is_met_over_the_whole_plateau() {
    for k in [2, 3, 4, 6] {
        let exact = DisjointFlow::ones(k).unwrap();
        let end = exact.time_to_error(11, 0.0).unwrap();
        let times: Vec<f64> = (0..=10).map(|i| end * f64::from(i) / 10.0).collect();
        let solver = Flow::new(1e-13).unwrap();
        let course = solver.solve(exact.start(), &times, velocity, |time, v| {
            let expected = exact.weights(time).unwrap().unwrap();
            assert!((v[0] - expected[0]).abs() < 1e-8, "k = {k} at {time}");
            ControlFlow::Continue(())
        });
        assert_eq!(course.unwrap().end, FlowEnd::Complete);
    }
}
