//! Spectra, sampling and the search.

use super::{mlp, theta};
use sparse_parity::Error;
use sparse_parity::fourier::{
    Confidence, Sampling, Spectrum, heavy_coefficients, sample_size, transform,
};
use sparse_parity::measure::{spectrum, subcube_spectrum};
use sparse_parity::prelude::*;
use sparse_parity::seeds::LabRng;

fn rng() -> LabRng {
    Seeds::from(1).stream(Purpose::Eval)
}

fn zero(_: &Signs, out: &mut [f64]) {
    out.fill(0.0);
}

fn three() -> Spectrum<f64> {
    Spectrum::of_values(vec![1.0; 8]).unwrap()
}

#[test]
fn values_that_are_no_function_on_a_cube() {
    refused!(transform(&mut [0.0; 6]), PowerOfTwo, "is 6", "2^n");
    refused!(Spectrum::of_values(vec![0.0_f32; 0]), PowerOfTwo, "is 0");
    refused!(Spectrum::of_coefficients(vec![0.0; 5]), PowerOfTwo, "is 5");
    for value in [f64::NAN, f64::INFINITY] {
        let values = vec![0.0, 0.0, value, 0.0];
        refused!(
            Spectrum::of_values(values.clone()),
            NotFinite,
            "value 2",
            "finite"
        );
        refused!(
            Spectrum::of_coefficients(values.clone()),
            NotFinite,
            "value 2"
        );
        refused!(Spectrum::biased(values, &[0.5; 2]), NotFinite, "value 2");
    }
    let nan = |_: &Signs, out: &mut [f64]| out.fill(f64::NAN);
    refused!(Spectrum::of(3, nan), NotFinite, "value 0");
}

#[test]
fn cubes_of_no_or_too_many_coordinates() {
    refused!(Spectrum::of(0, zero), Zero, "coordinates");
    refused!(Spectrum::of(31, zero), TooLarge, "is 31", "at most 30");
    let (x, many) = (Signs::ones(1, 40).unwrap(), (0..31).collect::<Vec<_>>());
    refused!(
        Spectrum::of_subcube(&many, &x, 0, zero),
        TooLarge,
        "is 31",
        "at most 30"
    );
    refused!(Spectrum::of_subcube(&[], &x, 0, zero), Zero, "coordinates");
    refused!(
        Spectrum::of_subcube(&[0], &x, usize::MAX, zero),
        Mismatch,
        "the number of rows"
    );
    let sampling = Sampling::new(10, 0.1, Confidence::Normal).unwrap();
    refused!(
        sampling.subsets(40, &many, &mut rng(), zero),
        TooLarge,
        "is 31",
        "at most 30"
    );
    let large = Mlp::new(27, 2, Relu).unwrap();
    refused!(
        spectrum(&large, &theta(&large)),
        Cube,
        "n = 27",
        "n <= 26, or sample"
    );
}

#[test]
fn sets_that_are_none() {
    refused!(
        three().coefficient(&[1, 3]),
        SupportRange,
        "coordinate 3",
        "n = 3"
    );
    refused!(
        three().coefficient(&[1, 2, 1]),
        SupportRepeat,
        "coordinate 1"
    );
    refused!(three().influence(3), SupportRange, "coordinate 3");
    refused!(three().average(&[2, 2]), SupportRepeat, "coordinate 2");
    let x = Signs::ones(1, 3).unwrap();
    refused!(three().restrict(&[7], &x, 0), SupportRange, "coordinate 7");
    refused!(
        Spectrum::of_subcube(&[0, 0], &x, 0, zero),
        SupportRepeat,
        "coordinate 0"
    );
    let sampling = Sampling::new(10, 0.1, Confidence::Normal).unwrap();
    refused!(
        sampling.coefficients(3, &[[3]], &mut rng(), zero),
        SupportRange,
        "coordinate 3"
    );
    refused!(
        sampling.subsets(3, &[4], &mut rng(), zero),
        SupportRange,
        "coordinate 4"
    );
    let none: [[usize; 1]; 0] = [];
    refused!(
        sampling.coefficients(3, &none, &mut rng(), zero),
        Zero,
        "sets"
    );
}

#[test]
fn fixed_signs_that_do_not_fit() {
    let x = Signs::ones(2, 4).unwrap();
    refused!(three().restrict(&[0], &x, 0), Mismatch, "is 4 where 3");
    refused!(
        Spectrum::of_subcube(&[0], &x, 2, zero),
        Mismatch,
        "is 2 where 3",
        "from 0"
    );
    let (mlp, nine) = (mlp(), Signs::ones(1, 9).unwrap());
    refused!(
        subcube_spectrum(&mlp, &theta(&mlp), &[0], &nine, 0),
        Mismatch,
        "is 9 where 10"
    );
}

#[test]
fn biases_and_noise_out_of_range() {
    let values = || vec![1.0; 4];
    refused!(Spectrum::biased(values(), &[0.5]), Mismatch, "is 1 where 2");
    for p in [0.0, 1.0, f64::NAN] {
        refused!(
            Spectrum::biased(values(), &[0.5, p]),
            Bias,
            "coordinate 1",
            "(0, 1)"
        );
    }
    for rho in [-1.1, 1.1, f64::NAN] {
        refused!(three().noise_stability(rho), OutOfRange, "ρ", "[-1, 1]");
        refused!(three().with_noise(rho), OutOfRange, "ρ", "[-1, 1]");
    }
    for delta in [-0.1, 1.1, f64::NAN] {
        refused!(three().noise_sensitivity(delta), OutOfRange, "δ", "[0, 1]");
    }
    let biased = Spectrum::biased(values(), &[0.5, 0.1]).unwrap();
    refused!(biased.convolve(&biased), Conflict, "convolution", "biased");
    refused!(biased.convolve(&three()), Mismatch, "is 3 where 2");
    refused!(three().at_least(0.0), NotPositive, "threshold");
    refused!(three().at_least(f64::NAN), NotPositive, "threshold");
}

#[test]
fn samples_that_give_no_interval() {
    refused!(Sampling::new(0, 0.1, Confidence::Normal), Zero, "samples");
    refused!(
        Sampling::new(1, 0.1, Confidence::Normal),
        Mismatch,
        "is 1 where 2"
    );
    let bound = Confidence::Bernstein { bound: 0.0 };
    refused!(Sampling::new(9, 0.1, bound), NotPositive, "bound");
    for delta in [0.0, 1.0, f64::NAN] {
        refused!(
            Sampling::new(9, delta, Confidence::Normal),
            OutOfRange,
            "δ",
            "(0, 1)"
        );
        refused!(sample_size(0.1, delta, 1.0, 1), OutOfRange, "δ", "(0, 1)");
    }
    refused!(sample_size(0.0, 0.1, 1.0, 1), NotPositive, "accuracy");
    refused!(sample_size(1e-9, 0.1, 1.0, 1), TooLarge, "samples");
    let two = |_: &Signs, out: &mut [f64]| out.fill(2.0);
    let sampling = Sampling::new(9, 0.1, Confidence::Hoeffding { bound: 1.5 }).unwrap();
    let sets: [&[usize]; 1] = [&[]];
    refused!(
        sampling.coefficients(3, &sets, &mut rng(), two),
        Unbounded,
        "value 2",
        "1.5"
    );
    refused!(
        sampling.subsets(3, &[1], &mut rng(), two),
        Unbounded,
        "value 2",
        "1.5"
    );
}

#[test]
fn searches_without_an_answer() {
    let search = |n, threshold, delta| heavy_coefficients(n, threshold, delta, &mut rng(), zero);
    refused!(search(0, 0.5, 0.1), Zero, "coordinates");
    for threshold in [0.0, 1.1, f64::NAN] {
        refused!(search(5, threshold, 0.1), OutOfRange, "τ", "(0, 1]");
    }
    refused!(search(5, 0.5, 1.0), OutOfRange, "δ", "(0, 1)");
    refused!(search(5, 1e-3, 0.1), TooLarge, "pairs", "larger threshold");
    let two = |_: &Signs, out: &mut [f64]| out.fill(2.0);
    refused!(
        heavy_coefficients(5, 0.5, 0.1, &mut rng(), two),
        Unbounded,
        "value 2",
        "divide"
    );
}
