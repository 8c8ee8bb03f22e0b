//! Every method against the sum over all inputs, and the methods against each other.

use super::*;
use crate::activation::*;
use crate::seeds::{Purpose, Seeds};
use rand::Rng;

/// The gradient by its definition: weights, bias, output.
fn brute_force(f: &impl Activation, w: &[f64], b: f64, support: &[usize]) -> NeuronGradient {
    let n = w.len();
    let mut sums = vec![0.0; n + 2];
    for x in 0_u32..1 << n {
        let sign = |i: usize| if x >> i & 1 == 1 { -1.0 } else { 1.0 };
        let y: f64 = support.iter().map(|&i| sign(i)).product();
        let z = (0..n).map(|i| sign(i) * w[i]).sum::<f64>() + b;
        let slope = f.slope(z);
        (0..n).for_each(|i| sums[i] -= y * sign(i) * slope);
        sums[n] -= y * slope;
        sums[n + 1] -= y * f.value(z);
    }
    sums.iter_mut().for_each(|s| *s /= (1_u32 << n) as f64);
    NeuronGradient {
        bias: sums[n],
        output: sums[n + 1],
        weight: sums[..n].to_vec(),
        error: 0.0,
        output_error: 0.0,
        method: Method::Enumeration,
    }
}

#[track_caller]
fn assert_close(found: &NeuronGradient, expected: &NeuronGradient, tolerance: f64) {
    let size = 1.0
        + expected
            .weight
            .iter()
            .fold(expected.output.abs(), |m, g| m.max(g.abs()));
    let pairs = found
        .weight
        .iter()
        .chain([&found.bias])
        .zip(expected.weight.iter().chain([&expected.bias]));
    let far = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let slack = |e: f64| tolerance * size + e;
    assert!(
        far <= slack(found.error + expected.error)
            && (found.output - expected.output).abs()
                <= slack(found.output_error + expected.output_error),
        "{} differs by {far:e} from {}: {found:?} {expected:?}",
        found.method,
        expected.method
    );
}

/// Weights of many kinds.
fn kinds(n: usize, seed: u64) -> Vec<Vec<f64>> {
    let rng = &mut Seeds::from(seed).stream(Purpose::Init);
    let mut draw = |f: &mut dyn FnMut(usize, f64) -> f64| {
        (0..n)
            .map(|i| f(i, rng.random_range(-1.0..1.0)))
            .collect::<Vec<f64>>()
    };
    vec![
        draw(&mut |_, u| u / (n as f64).sqrt()),
        // As after training: large on the first coordinates, and single precision.
        draw(&mut |i, u| f64::from((if i < 3 { 1.0 + 0.1 * u } else { 0.05 * u }) as f32)),
        draw(&mut |i, u| if i % 3 == 0 { u } else { 0.0 }),
        draw(&mut |_, u| if u < 0.0 { -1.0 } else { 1.0 }),
        draw(&mut |_, u| if u < 0.0 { -0.375 } else { 0.375 }),
        draw(&mut |_, u| (3.0 * u).round()),
        draw(&mut |i, u| 0.375 * [-1.0, 1.0, 2.0, 5.0][(i + (u > 0.0) as usize) % 4]),
        draw(&mut |i, u| if i < 2 { 1e-25 * u } else { u }),
        draw(&mut |i, u| if i < 2 { 1e-60 * u } else { u }),
    ]
}

#[test]
fn the_chosen_method_agrees_with_the_definition() {
    for n in [1, 2, 3, 8] {
        for seed in 0..2 {
            for w in kinds(n, seed) {
                for b in [0.0, 0.5, -0.75, 1.0, 0.123456789] {
                    for k in [1, 2, 3, 4, n] {
                        let support: Vec<usize> = (0..k.min(n)).collect();
                        assert_definition(&w, b, &support);
                    }
                }
            }
        }
    }
}

#[track_caller]
fn assert_definition(w: &[f64], b: f64, support: &[usize]) {
    fn check(f: &impl Activation, w: &[f64], b: f64, support: &[usize]) {
        let neuron = Neuron::new(f, w, b).unwrap();
        let expected = brute_force(f, w, b, support);
        assert_close(&neuron.gradient(support).unwrap(), &expected, 1e-13);
        let all = neuron.gradient_by(Method::Enumeration, support).unwrap();
        assert_close(&all, &expected, 1e-13);
    }
    check(&Relu, w, b, support);
    check(&Sine, w, b, support);
    check(&Scaled::new(Sine, 0.37).unwrap(), w, b, support);
    for k in [1, 2, 3, 4] {
        check(&Power::new(k).unwrap(), w, b, support);
        check(&OscillatingPolynomial::new(k).unwrap(), w, b, support);
        // The slope of a zigzag is rounded where z is too close to a knot to be told from it.
        if w.iter().any(|w| (1e-70..1e-20).contains(&w.abs())) {
            continue;
        }
        check(&Zigzag::new(k).unwrap(), w, b, support);
        check(&Zigzag::new(k).unwrap().clamped(), w, b, support);
        check(&InfiniteZigzag::new(k).unwrap(), w, b, support);
    }
}

#[test]
fn methods_for_pieces_agree_where_they_overlap() {
    let (relu, zigzag) = (Relu, Zigzag::new(3).unwrap());
    for (n, k) in [(13, 1), (14, 2), (15, 3), (16, 6), (14, 14)] {
        let support: Vec<usize> = (0..k).map(|i| (3 * i + 1) % n).collect();
        for (kind, w) in kinds(n, 7).into_iter().enumerate() {
            for b in [0.0, 0.25, -1.0, 0.7] {
                assert_overlap(&relu, &w, b, &support, kind);
                assert_overlap(&zigzag, &w, b, &support, kind);
            }
        }
    }
}

fn assert_overlap(f: &impl Activation, w: &[f64], b: f64, support: &[usize], kind: usize) {
    let mut support = support.to_vec();
    support.sort_unstable();
    support.dedup();
    let neuron = Neuron::new(f, w, b).unwrap();
    let meet = neuron.gradient_by(Method::MeetInTheMiddle, &support);
    let meet = meet.unwrap();
    assert!(meet.error < 1e-14, "{kind} {meet:?}");
    let all = neuron.gradient_by(Method::Enumeration, &support).unwrap();
    assert_close(&all, &meet, 1e-12);
    let of_integers = [Method::Binomial, Method::Counting, Method::Lattice];
    let mut done = 0;
    for method in of_integers {
        match neuron.gradient_by(method, &support) {
            Ok(found) => {
                assert_close(&found, &meet, 1e-13);
                assert!(found.error < 1e-12, "{found:?}");
                done += 1;
            }
            Err(error) => assert!(matches!(error, Error::Method { .. }), "{error}"),
        }
    }
    let expected = match kind {
        3 | 4 => 3,
        5 | 6 => 2,
        _ => 0,
    };
    assert!(
        done >= expected || meet.method == Method::Vanishing,
        "{kind}: {done}"
    );
}

#[test]
fn quadrature_is_within_its_error_of_meet_in_the_middle() {
    for (n, k) in [(36, 2), (40, 3)] {
        let support: Vec<usize> = (2..2 + k).collect();
        for w in &kinds(n, 3)[..1] {
            for b in [0.0, 0.31] {
                let neuron = Neuron::new(&Relu, w, b).unwrap();
                let meet = neuron
                    .gradient_by(Method::MeetInTheMiddle, &support)
                    .unwrap();
                match neuron.gradient_by(Method::Quadrature, &support) {
                    Ok(found) => {
                        assert_close(&found, &meet, 0.0);
                        assert!(found.error < 1e-8);
                    }
                    Err(error) => assert!(
                        error.to_string().contains("use meet in the middle"),
                        "{error}"
                    ),
                }
            }
        }
    }
}

#[test]
fn quadrature_refuses_weights_whose_characteristic_function_does_not_decay() {
    let w = [0.25; 60];
    let neuron = Neuron::new(&Relu, &w, 0.1).unwrap();
    let support = [0, 1, 2];
    let exact = neuron.gradient(&support).unwrap();
    assert_eq!(exact.method, Method::Binomial);
    for method in [Method::Counting, Method::Lattice] {
        assert_close(
            &neuron.gradient_by(method, &support).unwrap(),
            &exact,
            1e-14,
        );
    }
    let error = neuron
        .gradient_by(Method::Quadrature, &support)
        .unwrap_err()
        .to_string();
    assert!(error.contains("use binomial sums"), "{error}");
}

#[test]
fn the_values_of_the_paper_come_out() {
    let ones = [1.0; 9];
    let gradient = |b, k: usize| {
        let support: Vec<usize> = (0..k).collect();
        Neuron::new(&Relu, &ones, b)
            .unwrap()
            .gradient(&support)
            .unwrap()
            .weight
    };
    let assert_is = |g: Vec<f64>, k: usize, on: f64, off: f64| {
        for (i, g) in g.into_iter().enumerate() {
            let expected = if i < k { on } else { off };
            assert!((g - expected).abs() < 1e-16, "{i}: {g}");
        }
    };
    assert_is(gradient(0.0, 4), 4, 0.01953125, -0.01171875);
    assert_is(gradient(1.5, 3), 3, 0.02734375, -0.01171875);
    for b in [-0.99, -0.5, 0.0, 0.5, 0.99] {
        assert_is(gradient(b, 3), 3, 0.0, 0.0);
    }
}

#[test]
fn an_input_that_ties_has_slope_0_in_every_method() {
    // z = ±1 ± 1 with b = 0: only x = (1, 1) has slope 1; then with b = 2 all but (−1, −1).
    for (b, active) in [(0.0, 1.0), (2.0, 3.0), (-2.0, 0.0)] {
        for w in [[1.0, 1.0], [0.1, 0.1], [3e-200, 3e-200]] {
            let neuron = Neuron::new(&Relu, &w, b * w[0]).unwrap();
            for method in [
                Method::Binomial,
                Method::Counting,
                Method::Lattice,
                Method::MeetInTheMiddle,
                Method::Enumeration,
            ] {
                let found = neuron.gradient_by(method, &[0]).unwrap();
                assert!(
                    (found.weight[0] + active / 4.0).abs() < 1e-15,
                    "{method} b = {b}"
                );
            }
        }
    }
}

#[test]
fn sums_that_only_seem_to_tie_do_not() {
    // 0.1 + 0.2 − 0.3 is not 0 in floating-point numbers; its exact sum is 2⁻⁵⁵·… > 0.
    let w = [0.1, 0.2, 0.3];
    let neuron = Neuron::new(&Relu, &w, 0.0).unwrap();
    let found = neuron.gradient_by(Method::MeetInTheMiddle, &[0]).unwrap();
    // Of the eight inputs, those with w₀x₀ + w₁x₁ > −w₂x₂ are four, by symmetry, as nothing ties.
    assert_eq!(found.weight[0] + found.weight[0].abs(), 0.0);
    let share = -found.weight[0];
    assert_eq!(share, 0.5);
    assert_eq!(neuron.gradient(&[0]).unwrap().weight, found.weight);
}

#[test]
fn permutations_and_sign_flips_of_coordinates_move_the_gradient_along() {
    let w = kinds(11, 5)[0].clone();
    let (b, support) = (0.2, [1, 4, 6]);
    let plain = Neuron::new(&Relu, &w, b)
        .unwrap()
        .gradient(&support)
        .unwrap();
    let mut flipped = w.clone();
    flipped[4] = -w[4];
    flipped[0] = -w[0];
    // x₀ and x₄ are replaced by their negatives; y changes its sign with x₄.
    let found = Neuron::new(&Relu, &flipped, b)
        .unwrap()
        .gradient(&support)
        .unwrap();
    for (i, (a, b)) in plain.weight.iter().zip(&found.weight).enumerate() {
        let sign = if i == 4 || i == 0 { 1.0 } else { -1.0 };
        assert_eq!(*a, sign * b);
    }
    assert_eq!(plain.bias, -found.bias);
    assert_eq!(plain.output, -found.output);

    let turned: Vec<f64> = (0..11).map(|i| w[(i + 3) % 11]).collect();
    let support = support.map(|s| (s + 11 - 3) % 11);
    let found = Neuron::new(&Relu, &turned, b)
        .unwrap()
        .gradient(&support)
        .unwrap();
    for i in 0..11 {
        assert_eq!(plain.weight[(i + 3) % 11], found.weight[i]);
    }
}

#[test]
fn long_neurons_have_small_errors() {
    for n in [60, 200, 1000] {
        let w = &kinds(n, 11)[0];
        let neuron = Neuron::new(&Relu, w, 0.1).unwrap();
        for k in [1, 2, 3] {
            let support: Vec<usize> = (0..k).collect();
            let found = neuron.gradient(&support).unwrap();
            assert_eq!(found.method, Method::Quadrature);
            assert!(found.error < 1e-10, "n = {n}: {:e}", found.error);
            if k == 1 {
                // The derivative on S is the share of active inputs.
                assert!((0.4..0.7).contains(&-found.weight[0]));
            }
        }
    }
}

#[test]
fn long_neurons_of_integers_agree_by_lattice_and_counting() {
    let w: Vec<f64> = (0..100).map(|i| f64::from(i % 7 - 3)).collect();
    let neuron = Neuron::new(&Relu, &w, 1.5).unwrap();
    let support = [0, 2, 8];
    let exact = neuron.gradient(&support).unwrap();
    assert_eq!(exact.method, Method::Counting);
    let lattice = neuron.gradient_by(Method::Lattice, &support).unwrap();
    assert_close(&lattice, &exact, 1e-15);
    let w: Vec<f64> = (0..300).map(|i| 0.375 * f64::from(i % 7 - 3)).collect();
    let neuron = Neuron::new(&Relu, &w, 0.5).unwrap();
    assert_eq!(neuron.gradient(&support).unwrap().method, Method::Lattice);
}

#[test]
fn sparse_neurons_may_be_long() {
    let mut w = vec![0.0; 5000];
    for (i, w) in w.iter_mut().step_by(250).enumerate() {
        *w = 1.0 + 0.1 * (i as f64).sqrt();
    }
    let found = Neuron::new(&Relu, &w, 0.3)
        .unwrap()
        .gradient(&[0, 250])
        .unwrap();
    assert_eq!((found.method, found.error), (Method::MeetInTheMiddle, 0.0));
    // With one coordinate of weight 0 in S, only its own entry is left.
    let found = Neuron::new(&Relu, &w, 0.3)
        .unwrap()
        .gradient(&[0, 1])
        .unwrap();
    assert!(
        found
            .weight
            .iter()
            .enumerate()
            .all(|(i, &g)| (g == 0.0) == (i != 1))
    );
    let found = Neuron::new(&Relu, &w, 0.3)
        .unwrap()
        .gradient(&[1, 2])
        .unwrap();
    assert_eq!(found.method, Method::Vanishing);
}

#[test]
fn what_cannot_be_answered_is_an_error_that_names_the_repair() {
    let told = |f: Result<NeuronGradient>| f.unwrap_err().to_string();
    let w = kinds(60, 1)[0].clone();
    let neuron = Neuron::new(&Relu, &w, 0.0).unwrap();
    for method in [
        Method::MeetInTheMiddle,
        Method::Enumeration,
        Method::Counting,
        Method::Sine,
    ] {
        let error = told(neuron.gradient_by(method, &[0, 1]));
        assert!(error.contains("use quadrature"), "{error}");
    }
    let sine = Neuron::new(&Sine, &w, 0.0).unwrap();
    let error = told(sine.gradient_by(Method::Quadrature, &[0]));
    assert!(error.contains("is a sine; use the closed form"), "{error}");
    assert!(told(neuron.gradient(&[])).contains("k = 0"));
    assert!(told(neuron.gradient(&[60])).contains("coordinate 60"));
    assert!(told(neuron.gradient(&[1, 1])).contains("twice"));
    for bad in [f64::NAN, f64::INFINITY] {
        let error = Neuron::new(&Relu, &[1.0, bad], 0.0)
            .unwrap_err()
            .to_string();
        assert!(error.contains("weight 1 is"), "{error}");
        assert!(Neuron::new(&Relu, &[1.0], bad).is_err());
    }
    assert!(Neuron::new(&Relu, &[], 0.0).is_err());
    assert!(Neuron::new(&Relu, &[f64::MAX, f64::MAX], 0.0).is_err());
    let huge = Neuron::new(&Power::new(9).unwrap(), &[1e300], 0.0)
        .unwrap()
        .gradient(&[0]);
    assert!(told(huge).contains("gradient of"));
}

#[test]
fn ties_that_rounding_makes_are_within_the_error() {
    // Where the first two weights cancel, the third one decides, which is below the unit of the grid.
    let (w, support) = ([1.0, 1.0, libm::exp2(-130.0)], [0, 1]);
    let neuron = Neuron::new(&Relu, &w, 0.0).unwrap();
    let found = neuron
        .gradient_by(Method::MeetInTheMiddle, &support)
        .unwrap();
    let expected = brute_force(&Relu, &w, 0.0, &support);
    assert!((found.weight[2] - expected.weight[2]).abs() > 0.2);
    assert_close(&found, &expected, 1e-12);
}

#[test]
fn output_and_its_error_have_the_unit_of_the_weights() {
    let of = |scale: f64| {
        let w = [1.0, 0.5, 0.25, 1.5].map(|w| scale * w);
        let neuron = Neuron::new(&Relu, &w, 0.125 * scale).unwrap();
        neuron
            .gradient_by(Method::MeetInTheMiddle, &[0, 1])
            .unwrap()
    };
    let (one, many) = (of(1.0), of(1024.0));
    assert_eq!(many.output, 1024.0 * one.output);
    assert!(one.output_error > 0.0);
    assert_eq!(many.output_error, 1024.0 * one.output_error);
}

#[test]
fn a_sum_of_binomials_has_at_least_the_error_of_a_rounding() {
    let neuron = Neuron::new(&Relu, &[1.0; 6], 0.5).unwrap();
    let found = neuron.gradient_by(Method::Binomial, &[0, 1]).unwrap();
    assert!((f64::EPSILON..1e-14).contains(&found.error), "{found:?}");
}
