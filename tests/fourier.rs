//! The laws of Fourier analysis on the cube, on random functions.

use ndarray::ArrayViewMut1;
use proptest::prelude::*;
use rand::Rng;
use sparse_parity::data::{Majority, Target};
use sparse_parity::fourier::{Confidence, Sampling, Spectrum, heavy_coefficients, transform};
use sparse_parity::measure::{evaluator, spectrum, subcube_spectrum, subset_coefficients};
use sparse_parity::prelude::*;
use sparse_parity::seeds::LabRng;
use sparse_parity::signs::Columns;
use sparse_parity_examples::limit::Limit;

fn rng(seed: u64) -> LabRng {
    Seeds::from(seed).stream(Purpose::Eval)
}

/// Values of absolute value at most 1.
fn random(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = rng(seed);
    (0..1 << n)
        .map(|_| 2.0 * rng.random::<f64>() - 1.0)
        .collect()
}

fn spectrum_of(n: usize, seed: u64) -> Spectrum<f64> {
    Spectrum::of_values(random(n, seed)).unwrap()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * (1.0 + a.abs().max(b.abs()))
}

fn all_close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| close(a, b))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn chi(set: usize, x: usize) -> f64 {
    if (set & x).count_ones() % 2 == 1 {
        -1.0
    } else {
        1.0
    }
}

fn members(set: usize) -> Vec<usize> {
    (0..64).filter(|i| set >> i & 1 == 1).collect()
}

/// The probability of every input where coordinate i is −1 with probability p_i.
fn probabilities(p: &[f64]) -> Vec<f64> {
    let factor = |x: usize, i: usize| if x >> i & 1 == 1 { p[i] } else { 1.0 - p[i] };
    let point = |x| (0..p.len()).map(|i| factor(x, i)).product();
    (0..1 << p.len()).map(point).collect()
}

fn phi(p: &[f64], set: usize, x: usize) -> f64 {
    let factor = |i: usize| {
        let (sign, mu) = (chi(1 << i, x), 1.0 - 2.0 * p[i]);
        (sign - mu) / (1.0 - mu * mu).sqrt()
    };
    members(set).into_iter().map(factor).product()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_transform_is_its_own_inverse_up_to_the_number_of_inputs(n in 0_usize..15, seed: u64) {
        let values = random(n, seed);
        let mut twice = values.clone();
        transform(&mut twice).unwrap();
        transform(&mut twice).unwrap();
        let scaled: Vec<f64> = twice.iter().map(|v| v / (1 << n) as f64).collect();
        prop_assert!(all_close(&scaled, &values));
        prop_assert!(all_close(&spectrum_of(n, seed).values(), &values));
    }

    #[test]
    fn squares_of_coefficients_add_up_to_the_mean_square(n in 0_usize..15, seed: u64) {
        let square = mean(random(n, seed).into_iter().map(|v| v * v));
        let spectrum = spectrum_of(n, seed);
        prop_assert!(close(spectrum.weight(), square));
        prop_assert!(close(spectrum.variance() + spectrum.mean() * spectrum.mean(), square));
    }

    #[test]
    fn degree_weights_are_sums_over_the_sets_of_a_size(n in 0_usize..12, seed: u64) {
        let spectrum = spectrum_of(n, seed);
        let mut expected = vec![0.0; n + 1];
        for (set, c) in spectrum.coefficients().iter().enumerate() {
            expected[set.count_ones() as usize] += c * c;
        }
        prop_assert!(all_close(&spectrum.degree_weights(), &expected));
        prop_assert_eq!(spectrum.degree_weight(n + 1), 0.0);
    }

    #[test]
    fn coefficients_of_a_convolution_are_products(n in 0_usize..7, seed: u64) {
        let (f, g) = (random(n, seed), random(n, seed ^ 1));
        let both = spectrum_of(n, seed).convolve(&spectrum_of(n, seed ^ 1)).unwrap();
        let at = |x| mean((0..1 << n).map(|y| f[y] * g[x ^ y]));
        let expected: Vec<f64> = (0..1 << n).map(at).collect();
        prop_assert!(all_close(&both.values(), &expected));
    }

    #[test]
    fn a_character_shifts_the_spectrum(n in 1_usize..11, seed: u64) {
        let shift = seed as usize % (1 << n);
        let shifted = random(n, seed).into_iter().enumerate().map(|(x, v)| v * chi(shift, x));
        let shifted = Spectrum::of_values(shifted.collect()).unwrap();
        let spectrum = spectrum_of(n, seed);
        let expected: Vec<f64> = (0..1 << n).map(|t| spectrum.coefficients()[t ^ shift]).collect();
        prop_assert!(all_close(shifted.coefficients(), &expected));
    }

    #[test]
    fn flipped_signs_flip_odd_sets(n in 1_usize..11, seed: u64) {
        let flips = seed as usize % (1 << n);
        let values = random(n, seed);
        let flipped = Spectrum::of_values((0..1 << n).map(|x| values[x ^ flips]).collect()).unwrap();
        let spectrum = spectrum_of(n, seed);
        let expected: Vec<f64> = (0..1 << n).map(|t| spectrum.coefficients()[t] * chi(t, flips)).collect();
        prop_assert!(all_close(flipped.coefficients(), &expected));
    }

    #[test]
    fn permuted_coordinates_permute_sets(n in 1_usize..10, seed: u64) {
        let turn = seed as usize % n;
        let rotate = |x: usize| ((x << turn) | (x >> (n - turn))) & ((1 << n) - 1);
        let values = random(n, seed);
        let permuted = Spectrum::of_values((0..1 << n).map(|x| values[rotate(x)]).collect()).unwrap();
        let spectrum = spectrum_of(n, seed);
        let expected: Vec<f64> = (0..1 << n).map(|t| spectrum.coefficients()[rotate(t)]).collect();
        prop_assert!(all_close(permuted.coefficients(), &expected));
    }

    #[test]
    fn influences_are_those_of_the_definition(n in 1_usize..11, seed: u64) {
        let values = random(n, seed);
        let spectrum = spectrum_of(n, seed);
        let change = |i: usize| {
            mean((0..1 << n).map(|x: usize| (values[x] - values[x ^ 1 << i]).powi(2) / 4.0))
        };
        let expected: Vec<f64> = (0..n).map(change).collect();
        prop_assert!(all_close(&spectrum.influences(), &expected));
        prop_assert!(close(spectrum.total_influence(), expected.iter().sum()));
        prop_assert!(close(spectrum.influence(n - 1).unwrap(), expected[n - 1]));
    }

    #[test]
    fn noise_is_that_of_the_enumeration(n in 0_usize..7, seed: u64, rho in -1.0_f64..=1.0) {
        let (values, spectrum) = (random(n, seed), spectrum_of(n, seed));
        let delta = (1.0 - rho) / 2.0;
        let chance = probabilities(&vec![delta; n]);
        let at = |x: usize| (0..1 << n).map(|d| chance[d] * values[x ^ d]).sum::<f64>();
        let noisy: Vec<f64> = (0..1 << n).map(at).collect();
        let stability = mean((0..1 << n).map(|x| values[x] * noisy[x]));
        prop_assert!(close(spectrum.noise_stability(rho).unwrap(), stability));
        let sensitivity = (spectrum.weight() - stability) / 2.0;
        prop_assert!(close(spectrum.noise_sensitivity(delta).unwrap(), sensitivity));
        prop_assert!(all_close(&spectrum.with_noise(rho).unwrap().values(), &noisy));
    }

    #[test]
    fn biased_coefficients_are_means_with_the_basis(n in 0_usize..8, seed: u64) {
        let values = random(n, seed);
        let p: Vec<f64> = random(n, seed ^ 2)[..n].iter().map(|u| 0.5 + 0.49 * u).collect();
        let chance = probabilities(&p);
        let spectrum = Spectrum::biased(values.clone(), &p).unwrap();
        let at = |t| (0..1 << n).map(|x| chance[x] * values[x] * phi(&p, t, x)).sum::<f64>();
        let expected: Vec<f64> = (0..1 << n).map(at).collect();
        prop_assert!(all_close(spectrum.coefficients(), &expected));
        prop_assert!(all_close(&spectrum.values(), &values));
        let square = (0..1 << n).map(|x| chance[x] * values[x] * values[x]).sum::<f64>();
        prop_assert!(close(spectrum.weight(), square));
        let change = |i: usize| {
            let differ = |x: usize| (values[x] - values[x ^ 1 << i]).powi(2);
            let mean = (0..1 << n).map(|x| chance[x] * differ(x)).sum::<f64>();
            p[i] * (1.0 - p[i]) * mean
        };
        prop_assert!(all_close(&spectrum.influences(), &(0..n).map(change).collect::<Vec<_>>()));
        prop_assert_eq!(spectrum.bias(), Some(p));
    }

    #[test]
    fn half_is_no_bias(n in 0_usize..10, seed: u64) {
        let biased = Spectrum::biased(random(n, seed), &vec![0.5; n]).unwrap();
        prop_assert!(all_close(biased.coefficients(), spectrum_of(n, seed).coefficients()));
    }

    #[test]
    fn restrictions_are_spectra_of_the_subcube(n in 1_usize..10, seed: u64, keep: usize) {
        let free = members(keep % (1 << n));
        let values = random(n, seed);
        let mut x = Signs::ones(3, n).unwrap();
        x.randomize(&mut rng(seed));
        let fixed = (0..n).filter(|&i| !free.contains(&i) && x.is_negative(1, i));
        let fixed: usize = fixed.map(|i| 1 << i).sum();
        let spread = |t: usize| free.iter().enumerate().map(|(j, i)| (t >> j & 1) << i).sum::<usize>();
        let part: Vec<f64> = (0..1 << free.len()).map(|t| values[spread(t) | fixed]).collect();

        let expected = Spectrum::of_values(part.clone()).unwrap();
        let restricted = spectrum_of(n, seed).restrict(&free, &x, 1).unwrap();
        prop_assert!(all_close(restricted.coefficients(), expected.coefficients()));

        let p: Vec<f64> = random(n, seed ^ 2)[..n].iter().map(|u| 0.5 + 0.4 * u).collect();
        let some: Vec<f64> = free.iter().map(|&i| p[i]).collect();
        let expected = Spectrum::biased(part, &some).unwrap();
        let biased = Spectrum::biased(values.clone(), &p).unwrap();
        let restricted = biased.restrict(&free, &x, 1).unwrap();
        let error = |(a, b): (&f64, &f64)| (a - b).abs();
        let pairs = restricted.coefficients().iter().zip(expected.coefficients());
        prop_assert!(pairs.map(error).all(|error| error < 1e-9));
        prop_assert_eq!(restricted.bias(), Some(some));

        let averaged = spectrum_of(n, seed).average(&free).unwrap();
        let own = spectrum_of(n, seed);
        let expected: Vec<f64> = (0..1 << free.len()).map(|t| own.coefficients()[spread(t)]).collect();
        prop_assert_eq!(averaged.coefficients(), &expected[..]);

        if !free.is_empty() {
            let lookup = |x: &Signs, out: &mut [f64]| {
                for (row, out) in out.iter_mut().enumerate() {
                    *out = values[(0..n).map(|i| usize::from(x.is_negative(row, i)) << i).sum::<usize>()];
                }
            };
            let direct = Spectrum::of_subcube(&free, &x, 1, lookup).unwrap();
            prop_assert!(all_close(
                direct.coefficients(),
                spectrum_of(n, seed).restrict(&free, &x, 1).unwrap().coefficients()
            ));
        }
    }

    #[test]
    fn the_largest_coefficients_are_those_of_a_sort(n in 0_usize..10, seed: u64, count in 0_usize..40) {
        // Few different values, so that there are ties.
        let rounded = random(n, seed).into_iter().map(|v| (4.0 * v).round());
        let spectrum = Spectrum::of_coefficients(rounded.collect()).unwrap();
        let mut order: Vec<usize> = (0..1 << n).collect();
        order.sort_by(|&a, &b| {
            let size = |t: usize| spectrum.coefficients()[t].abs();
            size(b).total_cmp(&size(a)).then(a.cmp(&b))
        });
        let found = spectrum.largest(count);
        prop_assert_eq!(found.len(), count.min(1 << n));
        for (found, &t) in found.iter().zip(&order) {
            prop_assert_eq!(&found.set, &members(t));
            prop_assert_eq!(found.value, spectrum.coefficients()[t]);
        }
        let heavy = spectrum.at_least(2.0).unwrap();
        let expected = order.iter().filter(|&&t| spectrum.coefficients()[t].abs() >= 2.0).count();
        prop_assert_eq!(heavy.len(), expected);
    }
}

fn binomial(n: i128, k: i128) -> i128 {
    (0..k).fold(1, |c, i| c * (n - i) / (i + 1))
}

#[test]
fn coefficients_of_majority_are_exactly_those_of_the_closed_form() {
    for n in (1..=21).step_by(2) {
        let all: Vec<usize> = (0..n).collect();
        let majority = Majority::new(n, &all).unwrap();
        let spectrum = Spectrum::of(n, |x, out: &mut [f64]| majority.values(x, 0, out)).unwrap();
        for (set, &c) in spectrum.coefficients().iter().enumerate() {
            let (n, q) = (n as i128, i128::from(set.count_ones()));
            // The sum over the cube, an integer, and 2ⁿ ξ_q without its denominator.
            let sum = (c * (1_u64 << n) as f64) as i128;
            let half = (n - 1) / 2;
            let sign = if q % 4 == 3 { -1 } else { 1 };
            let expected = match q % 2 {
                0 => 0,
                _ => 2 * sign * binomial(half, (q - 1) / 2) * binomial(n - 1, half),
            };
            assert_eq!(
                sum * binomial(n - 1, (q - 1).max(0)),
                expected,
                "n = {n}, q = {q}"
            );
        }
    }
}

/// The bits of everything that threads share, at a size where they do.
fn digest(n: usize) -> Vec<u64> {
    let mut values = random(n, 5);
    transform(&mut values).unwrap();
    let spectrum = spectrum_of(n, 5);
    let sums = [spectrum.degree_weights(), spectrum.influences()].concat();
    values.iter().chain(&sums).map(|v| v.to_bits()).collect()
}

#[test]
fn bits_are_the_same_for_any_number_of_threads() {
    let _limit = Limit::of_test();
    for n in [18, 20] {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| digest(n))
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3), "n = {n}");
    }
}

#[test]
fn weights_of_many_parts_are_those_of_the_definition() {
    let n = 18;
    let spectrum = spectrum_of(n, 8);
    let (mut weights, mut influences) = (vec![0.0; n + 1], vec![0.0; n]);
    for (set, c) in spectrum.coefficients().iter().enumerate() {
        weights[set.count_ones() as usize] += c * c;
        members(set)
            .into_iter()
            .for_each(|i| influences[i] += c * c);
    }
    assert!(all_close(&spectrum.degree_weights(), &weights));
    assert!(all_close(&spectrum.influences(), &influences));
}

/// The function with the given coefficients, at any n.
fn sum_of_parities(n: usize, terms: &[(f64, Vec<usize>)]) -> impl Fn(&Signs, &mut [f64]) + use<> {
    let columns = |(c, set): &(f64, Vec<usize>)| (*c, Columns::new(n, set).unwrap());
    let terms: Vec<_> = terms.iter().map(columns).collect();
    move |x, out| {
        for (row, out) in out.iter_mut().enumerate() {
            let sign = |columns: &Columns| [1.0, -1.0][columns.negatives(x, row) % 2];
            *out = terms.iter().map(|(c, columns)| c * sign(columns)).sum();
        }
    }
}

#[test]
fn intervals_fail_no_more_often_than_stated() {
    let terms = [(0.5, vec![2, 90]), (-0.25, vec![]), (0.1, vec![4, 5, 6])];
    let f = sum_of_parities(100, &terms);
    let sets: Vec<_> = terms.iter().map(|(_, set)| set.clone()).collect();
    for confidence in [
        Confidence::Hoeffding { bound: 0.85 },
        Confidence::Bernstein { bound: 0.85 },
        Confidence::Normal,
    ] {
        let sampling = Sampling::new(2000, 0.1, confidence).unwrap();
        let run = |seed| {
            let found = sampling
                .coefficients(100, &sets, &mut rng(seed), &f)
                .unwrap();
            found
                .iter()
                .zip(&terms)
                .all(|(e, (c, set))| e.set == *set && e.contains(*c))
        };
        let failures = (0..200).filter(|&seed| !run(seed)).count();
        // 20 are expected at most, with a deviation of 4.2.
        assert!(failures <= 37, "{confidence:?}: {failures} of 200");
    }
}

#[test]
fn a_small_variance_makes_bernstein_intervals_short() {
    let f = sum_of_parities(10, &[(1.0, vec![])]);
    let width = |confidence| {
        let sampling = Sampling::new(10_000, 0.05, confidence).unwrap();
        sampling
            .coefficients(10, &[vec![]], &mut rng(1), &f)
            .unwrap()[0]
            .half_width
    };
    let (bound, hoeffding) = (1.0, width(Confidence::Hoeffding { bound: 1.0 }));
    assert!(width(Confidence::Bernstein { bound }) < hoeffding / 8.0);
    assert_eq!(width(Confidence::Normal), 0.0);
}

#[test]
fn coefficients_at_subsets_come_from_restrictions() {
    let terms = [(0.5, vec![2, 70]), (0.3, vec![2]), (0.2, vec![3, 4, 5])];
    let f = sum_of_parities(80, &terms);
    for m in [1000, 3001] {
        let sampling = Sampling::new(m, 1e-6, Confidence::Hoeffding { bound: 1.0 }).unwrap();
        let found = sampling.subsets(80, &[70, 2, 9], &mut rng(2), &f).unwrap();
        let sets: Vec<_> = found.iter().map(|e| e.set.clone()).collect();
        let expected: [&[usize]; 8] = [
            &[],
            &[2],
            &[9],
            &[2, 9],
            &[70],
            &[2, 70],
            &[9, 70],
            &[2, 9, 70],
        ];
        assert_eq!(sets, expected);
        for (place, e) in found.iter().enumerate() {
            let c = [0.0, 0.3, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0][place];
            assert!(e.contains(c), "{e:?}");
            // What does not depend on the rest has no error at all, besides rounding.
            let exact = place != 0;
            assert!(!exact || (e.value - c).abs() < 1e-12, "{e:?}");
        }
    }
}

#[test]
fn many_free_coordinates_are_evaluated_block_by_block() {
    let f = sum_of_parities(40, &[(0.5, vec![2, 30]), (0.3, vec![39])]);
    let onto: Vec<usize> = (20..34).collect();
    let sampling = Sampling::new(3, 0.5, Confidence::Hoeffding { bound: 1.0 }).unwrap();
    let mut most = 0;
    let counted = |x: &Signs, out: &mut [f64]| {
        most = most.max(x.rows());
        f(x, out);
    };
    let found = sampling.subsets(40, &onto, &mut rng(2), counted).unwrap();
    assert_eq!((found.len(), most), (1 << 14, 1 << 12));
    assert!((found[1 << 10].value.abs() - 0.5).abs() < 0.5);
    let light = |e: &&sparse_parity::fourier::CoefficientEstimate| e.value.abs() < 1e-12;
    assert_eq!(found.iter().filter(light).count(), (1 << 14) - 2);
}

#[test]
fn the_search_finds_a_noisy_parity_at_n_40() {
    let set = vec![1, 8, 9, 20, 39];
    let parity = sum_of_parities(40, &[(1.0, set.clone())]);
    for seed in 0..3 {
        let mut noise = rng(100 + seed);
        let mut asked = 0;
        let noisy = |x: &Signs, out: &mut [f64]| {
            asked += x.rows() as u64;
            parity(x, out);
            out.iter_mut()
                .filter(|_| noise.random_bool(0.1))
                .for_each(|y| *y = -*y);
        };
        let search = heavy_coefficients(40, 0.7, 0.01, &mut rng(seed), noisy).unwrap();
        assert_eq!(search.queries, asked);
        assert_eq!(search.found.len(), 1);
        assert_eq!(search.found[0].set, set);
        assert!(search.found[0].contains(0.8) && search.found[0].half_width <= 0.175);
    }
}

#[test]
fn the_search_finds_all_heavy_sets_and_no_light_one() {
    let heavy = [
        (0.45, vec![0, 69]),
        (-0.35, vec![3, 7, 8, 64]),
        (0.1, vec![12]),
        (0.1, vec![]),
    ];
    let f = sum_of_parities(70, &heavy);
    let search = heavy_coefficients(70, 0.34, 0.01, &mut rng(4), f).unwrap();
    let sets: Vec<_> = search.found.iter().map(|e| e.set.clone()).collect();
    assert_eq!(sets, [vec![0, 69], vec![3, 7, 8, 64]]);
    assert!(search.found[0].contains(0.45) && search.found[1].contains(-0.35));
}

#[test]
fn the_search_agrees_with_the_whole_spectrum() {
    let n = 11;
    let all: Vec<usize> = (0..5).collect();
    let majority = Majority::new(n, &all).unwrap();
    let f = |x: &Signs, out: &mut [f64]| majority.values(x, 0, out);
    let spectrum = Spectrum::of(n, f).unwrap();
    let search = heavy_coefficients(n, 0.3, 0.01, &mut rng(4), f).unwrap();
    let sets = |mut sets: Vec<Vec<usize>>| {
        sets.sort();
        sets
    };
    let heavy = spectrum.at_least(0.3).unwrap();
    let found = sets(search.found.iter().map(|e| e.set.clone()).collect());
    assert_eq!(found, sets(heavy.into_iter().map(|c| c.set).collect()));
    assert_eq!(found.len(), 6);
}

#[test]
fn where_nothing_is_heavy_nothing_is_found() {
    let mut coin = rng(9);
    let noise = |_: &Signs, out: &mut [f32]| out.fill_with(|| [1.0, -1.0][coin.random_range(0..2)]);
    let search = heavy_coefficients(30, 0.6, 0.01, &mut rng(4), noise).unwrap();
    assert!(search.found.is_empty() && search.queries > 0);
}

#[test]
fn the_spectrum_of_a_model_is_that_of_its_outputs() {
    let model = Mlp::new(10, 300, Relu).unwrap();
    let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(3).stream(Purpose::Init));
    let outputs = model.predict(&theta, &Signs::cube(10).unwrap()).to_vec();
    let expected = Spectrum::of_values(outputs).unwrap();
    let whole = spectrum(&model, &theta).unwrap();
    assert_eq!(whole.coefficients(), expected.coefficients());

    let mut x = Signs::ones(2, 10).unwrap();
    x.randomize(&mut rng(1));
    let part = subcube_spectrum(&model, &theta, &[7, 1, 4], &x, 1).unwrap();
    let restricted = whole.restrict(&[1, 4, 7], &x, 1).unwrap();
    assert!(all_close(part.coefficients(), restricted.coefficients()));

    let sampling = Sampling::new(5000, 1e-4, Confidence::Normal).unwrap();
    let found = subset_coefficients(&model, &theta, &[1, 4, 7], sampling, &mut rng(2)).unwrap();
    let exact = whole.average(&[1, 4, 7]).unwrap();
    for (e, &c) in found.iter().zip(exact.coefficients()) {
        assert!(e.contains(c) && e.half_width < 0.05, "{e:?}, not {c}");
    }
}

#[test]
fn an_evaluator_takes_matrices_of_any_height() {
    let model = PolyNet::new(70, 3).unwrap();
    let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(3).stream(Purpose::Init));
    let mut f = evaluator(&model, &theta);
    for rows in [1, 300, 7, 1000] {
        let mut x = Signs::ones(rows, 70).unwrap();
        x.randomize(&mut rng(rows as u64));
        let mut out = vec![0.0; rows];
        f(&x, &mut out);
        let mut expected = vec![0.0; rows];
        let mut cache = model.cache(rows);
        model.forward(
            &theta,
            &x,
            &mut cache,
            &mut ArrayViewMut1::from(&mut expected[..]),
        );
        assert_eq!(out, expected);
    }
}
