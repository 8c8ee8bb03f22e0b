//! What the theory says of networks is what networks do on the whole cube.

use sparse_parity::ndarray::{Array1, Ix1, Ix2};
use sparse_parity::prelude::*;
use sparse_parity::theory::theorem4::{Construction, FIRST_DECAY};
use sparse_parity::theory::theorem6::error_rate;

/// The share of the cube that sign(f) gets wrong.
fn counted(k: usize, block: usize, v: &[f64], signs: u64) -> f64 {
    let n = k * block;
    let support: Vec<usize> = (0..k).map(|i| i * block + i % block).collect();
    let parity = Parity::disjoint(n, &support).unwrap();
    let model = DisjointPolyNet::new(n, k).unwrap();
    let weight = model.layout().get::<Ix2>("factor.weight").unwrap();
    let mut theta = Params::<f64>::zeros(model.layout());
    for ((i, j), w) in theta.view_mut(&weight).indexed_iter_mut() {
        let sign = 1.0 - 2.0 * (signs >> (i * block + j) & 1) as f64;
        *w = if j == i % block { v[i] } else { sign };
    }
    let mut cube = Batch::new(1 << n, n).unwrap();
    Population::new(parity).unwrap().fill(&mut cube);
    let out = model.predict(&theta, &cube.x);
    let wrong = |(y, f): (&f64, &f64)| *y * *f <= 0.0;
    cube.y.iter().zip(&out).filter(|&pair| wrong(pair)).count() as f64 / (1 << n) as f64
}

#[test]
fn the_error_is_that_of_the_network_on_the_whole_cube() {
    for (k, block, v) in [
        (3, 3, [1.0, 1.0, 1.0].as_slice()),
        (3, 4, &[1.0, -0.5, 2.0]),
        (2, 5, &[0.0, 2.0]),
        (2, 6, &[3.0, 1.5]),
        (4, 3, &[0.5, 2.0, 2.5, 1.0]),
        (1, 7, &[-6.0]),
        (3, 1, &[0.3, 1.0, -1.0]),
    ] {
        let exact = error_rate(v, block).unwrap();
        let counted = counted(k, block, v, 0xdead_beef_1234);
        assert!((exact - counted).abs() < 1e-15, "{v:?}: {exact} {counted}");
    }
}

#[test]
fn a_network_of_ideal_neurons_is_twice_the_parity_on_the_cube() {
    let (n, support) = (7, [1, 2, 4, 6]);
    let construction = Construction::new(n, 4).unwrap();
    let model = Mlp::new(n, 5, Relu).unwrap();
    let layout = model.layout();
    let mut theta = Params::<f64>::zeros(layout);
    let weight = layout.get::<Ix2>("hidden.weight").unwrap();
    for i in support {
        let size = construction.relevant_weight();
        theta.view_mut(&weight).column_mut(i).fill(size);
    }
    let bias = layout.get::<Ix1>("hidden.bias").unwrap();
    theta
        .view_mut(&bias)
        .assign(&Array1::from(construction.biases()));
    let output = layout.get::<Ix1>("output.weight").unwrap();
    theta
        .view_mut(&output)
        .assign(&Array1::from(construction.output_weights()));
    let mut cube = Batch::<f64>::new(1 << n, n).unwrap();
    let parity = Parity::new(n, &support).unwrap();
    Population::new(parity).unwrap().fill(&mut cube);
    let out = model.predict(&theta, &cube.x);
    assert!(
        out.iter()
            .zip(&cube.y)
            .all(|(f, y)| (f - 2.0 * y).abs() < 1e-12)
    );
}

#[test]
fn one_step_on_the_cube_gives_the_weights_of_the_construction() {
    for (n, support) in [(7, vec![0, 3]), (9, vec![1, 2, 5, 8]), (3, vec![0, 1])] {
        let k = support.len();
        let construction = Construction::new(n, k).unwrap();
        let model = Mlp::new(n, 64, Relu).unwrap();
        let model = model.with_init(Init::Paired { k }).unwrap();
        let rng = &mut Seeds::from(2).stream(Purpose::Init);
        let start = Params::<f64>::draw(model.layout(), rng);
        let rule = Rule::rate(construction.first_rate()).with_decay(FIRST_DECAY);
        let rules = Rules::from(Rule::frozen()).on("hidden.weight", rule);
        let sgd = Sgd::new(model.layout(), rules).unwrap();
        let parity = Parity::new(n, &support).unwrap();
        let stream = Population::new(parity.clone()).unwrap();
        let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
        let bias = model.layout().get::<Ix1>("hidden.bias").unwrap();
        let mut trainer = Trainer::new(model, Hinge, stream, sgd, start.clone(), 1 << n).unwrap();
        trainer.run(1, ());
        let (w, first) = (trainer.theta().view(&weight), start.view(&weight));
        let mut good = 0;
        for (row, first) in w.rows().into_iter().zip(first.rows()) {
            for (i, w) in row.iter().enumerate() {
                let size = match parity.contains(i) {
                    true => construction.relevant_weight(),
                    false => construction.irrelevant_weight(),
                };
                assert!((w.abs() - size).abs() < 1e-15, "({n}, {k}): {w} {size}");
            }
            let on: Vec<f64> = support.iter().map(|i| row[*i]).collect();
            let began: Vec<f64> = support.iter().map(|i| first[*i]).collect();
            let is_constant = began.iter().all(|w| *w == began[0]);
            good += usize::from(is_constant && on.iter().all(|w| *w > 0.0));
            assert!(is_constant || !on.iter().all(|w| *w > 0.0));
        }
        assert!(good > 0);
        // The biases have no gradient at the start, for any of the neurons.
        let grad = trainer.theta().view(&bias).to_owned();
        assert_eq!(grad, start.view(&bias));
    }
}
