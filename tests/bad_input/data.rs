//! Problems and examples.

use ndarray::{Array1, array};
use sparse_parity::Error;
use sparse_parity::data::DataRng;
use sparse_parity::prelude::*;

fn rng() -> sparse_parity::seeds::LabRng {
    Seeds::from(1).stream(Purpose::Support)
}

#[test]
fn degrees_that_do_not_exist() {
    refused!(
        Parity::random(10, 0, &mut rng()),
        Degree,
        "k = 0",
        "choose 1 <= k <= n"
    );
    refused!(
        Parity::random(10, 11, &mut rng()),
        Degree,
        "k = 11",
        "n = 10",
        "k <= n"
    );
    refused!(
        ParityDistribution::random(10, 0, &mut rng()),
        Degree,
        "k = 0"
    );
    refused!(
        ParityDistribution::random(3, 7, &mut rng()),
        Degree,
        "k = 7",
        "n = 3"
    );
    refused!(Parity::random_disjoint(10, 0, &mut rng()), Degree, "k = 0");
    refused!(
        Parity::random_disjoint(10, 20, &mut rng()),
        Degree,
        "k = 20"
    );
    refused!(Parity::new(10, &[]), Degree, "k = 0", "1 <= k");
    refused!(ParityDistribution::new(10, &[]), Degree, "k = 0");
    refused!(PolyNet::new(10, 0), Zero, "k is 0", "at least 1");
    refused!(Power::new(0), Zero, "k is 0", "at least 1");
}

#[test]
fn supports_that_do_not_exist() {
    let (below, once) = ("below n = 10", "list each coordinate once");
    refused!(
        Parity::new(10, &[2, 10]),
        SupportRange,
        "coordinate 10",
        "[2, 10]",
        below
    );
    refused!(
        Parity::new(10, &[usize::MAX]),
        SupportRange,
        "from 0",
        below
    );
    refused!(
        Parity::new(10, &[3, 1, 3]),
        SupportRepeat,
        "coordinate 3",
        "[3, 1, 3]",
        once
    );
    refused!(
        ParityDistribution::new(10, &[2, 10]),
        SupportRange,
        "coordinate 10",
        below
    );
    refused!(
        ParityDistribution::new(10, &[5, 5]),
        SupportRepeat,
        "coordinate 5",
        once
    );
}

#[test]
fn disjoint_supports_with_an_empty_or_a_crowded_block() {
    let one = "exactly one in each block";
    refused!(
        Parity::disjoint(6, &[0, 1]),
        SupportBlock,
        "2 coordinates in block 0",
        "0..3",
        one
    );
    refused!(
        Parity::disjoint(6, &[4, 5]),
        SupportBlock,
        "0 coordinates in block 0",
        one
    );
    refused!(
        Parity::disjoint(9, &[0, 3, 4]),
        SupportBlock,
        "2 coordinates in block 1",
        "3..6"
    );
    refused!(
        Parity::disjoint(7, &[0, 4]),
        Blocks,
        "n = 7",
        "k = 2",
        "a multiple of k"
    );
    refused!(
        Parity::random_disjoint(7, 2, &mut rng()),
        Blocks,
        "n = 7",
        "a multiple of k"
    );
    refused!(Parity::disjoint(6, &[0, 6]), SupportRange, "coordinate 6");
    refused!(Parity::disjoint(6, &[0, 0]), SupportRepeat, "coordinate 0");
}

#[test]
fn sizes_of_zero() {
    let (n, use_one) = ("the number of coordinates n is 0", "use at least 1");
    refused!(Parity::random(0, 1, &mut rng()), Zero, n, use_one);
    refused!(Parity::random_disjoint(0, 1, &mut rng()), Zero, n, use_one);
    refused!(Parity::new(0, &[]), Zero, n, use_one);
    refused!(ParityDistribution::new(0, &[1]), Zero, n, use_one);
    refused!(RandomLabels::new(0), Zero, n, use_one);
    refused!(Mlp::new(0, 5, Relu), Zero, n, use_one);
    refused!(Mlp::new(5, 0, Relu), Zero, "the width is 0", use_one);
    refused!(PolyNet::new(0, 3), Zero, n, use_one);
    refused!(Batch::<f32>::new(0, 5), Zero, "rows is 0", use_one);
    refused!(Batch::<f32>::new(5, 0), Zero, n, use_one);
    refused!(Signs::cube(0), Zero, n, use_one);
    let distribution = ParityDistribution::new(10, &[1]).unwrap();
    let rng = &mut DataRng::from(&Seeds::from(1));
    refused!(
        Batch::<f32>::draw(&distribution, 0, rng),
        Zero,
        "is 0",
        use_one
    );
    refused!(
        Epochs::<f32>::draw(&distribution, 0, &Seeds::from(1)),
        Zero,
        "is 0",
        use_one
    );
    refused!(Interval::every(0), Zero, "the interval is 0", use_one);
    refused!(
        Interval::per_decade(0),
        Zero,
        "points a decade is 0",
        use_one
    );
}

#[test]
fn noise_outside_its_range() {
    for p in [
        -0.1,
        -1e-300,
        0.5,
        0.7,
        1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ] {
        let distribution = ParityDistribution::new(10, &[1]).unwrap();
        let value = format!("p = {p} ");
        refused!(
            distribution.with_label_noise(p),
            Noise,
            &value,
            "not in [0, 1/2)"
        );
    }
}

#[test]
fn inputs_that_are_no_signs_and_cubes_that_do_not_fit() {
    let must = "must be +1 or -1";
    for value in [0.0, 0.5, -2.0, f64::NAN, f64::INFINITY] {
        let place = format!("[1, 0] is {value}");
        let x = array![[1.0, -1.0], [value, 1.0]];
        refused!(Signs::from_array(&x), NotASign, &place, must);
    }
    refused!(Signs::cube(27), Cube, "n = 27", "n <= 26", "or sample");
    let wide = Parity::new(64, &[1]).unwrap();
    refused!(Population::new(wide), Cube, "n = 64", "n <= 63");
}

#[test]
fn supports_of_other_targets_that_do_not_exist() {
    type Build = fn(&[usize]) -> Result<(), Error>;
    let targets: [Build; 5] = [
        |s| Conjunction::new(10, s).map(drop),
        |s| Disjunction::new(10, s).map(drop),
        |s| Majority::new(10, s).map(drop),
        |s| Junta::from_fn(10, s, |_| 1).map(drop),
        |s| Staircase::new(10, s).map(drop),
    ];
    for build in targets {
        refused!(build(&[]), Degree, "k = 0", "1 <= k <= n");
        refused!(build(&[2, 10, 4]), SupportRange, "coordinate 10");
        refused!(build(&[3, 1, 3]), SupportRepeat, "coordinate 3");
    }
    let n = "the number of coordinates n is 0";
    refused!(Conjunction::new(0, &[]), Zero, n);
    refused!(Disjunction::random(0, 1, &mut rng()), Zero, n);
    refused!(Majority::random(3, 5, &mut rng()), Degree, "k = 5", "n = 3");
    refused!(Junta::random(3, 0, &mut rng()), Degree, "k = 0");
    refused!(Staircase::random(3, 4, &mut rng()), Degree, "k = 4");
}

#[test]
fn majorities_that_can_tie() {
    let (k, repair) = ("k = 4", "add or remove a coordinate");
    refused!(Majority::new(10, &[1, 2, 3, 4]), EvenMajority, k, repair);
    refused!(Majority::random(10, 4, &mut rng()), EvenMajority, k, repair);
}

#[test]
fn truth_tables_that_do_not_fit() {
    refused!(
        Junta::new(10, &[1, 2], &[1, -1, 1]),
        Mismatch,
        "the length of the truth table is 3",
        "4 is needed"
    );
    for value in [0, 2, i8::MIN, i8::MAX] {
        let place = format!("entry 2 of the truth table is {value};");
        let table = [1, -1, value, 1];
        refused!(
            Junta::new(10, &[1, 2], &table),
            TableEntry,
            &place,
            "+1 or -1"
        );
    }
    refused!(Junta::from_fn(10, &[1], |_| 0), TableEntry, "entry 0");
    let wide: Vec<_> = (0..27).collect();
    refused!(Junta::new(40, &wide, &[]), TooLarge, "is 27", "at most 26");
    refused!(Junta::random(40, 27, &mut rng()), TooLarge, "at most 26");
}

#[test]
fn biases_that_leave_nothing_to_chance() {
    for p in [0.0, -0.1, 1.0, 1.5, f64::NAN, f64::INFINITY] {
        let value = format!("p = {p},");
        refused!(
            Biased::new(10, p),
            Bias,
            &value,
            "not in (0, 1)",
            "choose a p"
        );
        let place = "coordinate 1 ";
        refused!(Biased::each(&[0.5, p]), Bias, place, &value, "leave");
    }
    let n = "the number of coordinates n is 0";
    refused!(Biased::new(0, 0.5), Zero, n);
    refused!(Biased::each(&[]), Zero, n);
    refused!(Biased::new(usize::MAX, 0.5), TooLarge, "use at most");
    refused!(Uniform::new(0), Zero, n);
}

#[test]
fn inputs_targets_and_phases_of_different_dimensions() {
    let (ten, nine) = (Uniform::new(10).unwrap(), Parity::new(9, &[1]).unwrap());
    let (what, same) = ("the target is 9 where 10 is needed", "the same n");
    refused!(Labelled::new(ten, nine.clone()), Mismatch, what, same);
    let clean = Batch::<f32>::clean(&ten, &nine, 5, &mut rng());
    refused!(clean, Mismatch, what, same);
    let (a, b) = (
        RandomLabels::new(10).unwrap(),
        RandomLabels::new(9).unwrap(),
    );
    refused!(
        Curriculum::new(a, 5, b, &Seeds::from(1)),
        Mismatch,
        "n of the next phase is 9 where 10 is needed",
        same
    );
    let distribution = Labelled::new(ten, Parity::new(10, &[1]).unwrap()).unwrap();
    refused!(distribution.clone().with_label_noise(0.5), Noise, "p = 0.5");
    let none = Batch::<f32>::clean(&ten, distribution.target(), 0, &mut rng());
    refused!(none, Zero, "rows is 0");
}

#[test]
fn tasks_that_do_not_exist() {
    refused!(Multitask::new(vec![]), Zero, "the number of tasks is 0");
    refused!(Multitask::random(0, 5, 2, &mut rng()), Zero, "tasks is 0");
    refused!(Multitask::random(3, 5, 6, &mut rng()), Degree, "k = 6");
    let parity = |n| Parity::new(n, &[1]).unwrap();
    refused!(
        Multitask::new(vec![parity(5), parity(6)]),
        Mismatch,
        "a task is 6 where 5 is needed",
        "the same n"
    );
    let tasks = Multitask::new(vec![parity(5), parity(5)]).unwrap();
    refused!(tasks.only(2), TooLarge, "counted from 0, is 2", "at most 1");
    refused!(tasks.active(&[]), Zero, "selected tasks is 0");
    refused!(tasks.active(&[0, 2]), TooLarge, "is 2", "at most 1");
    refused!(tasks.active(&[1, 1]), Conflict, "the same task again");
    for alpha in [-0.1, f64::NAN, f64::INFINITY] {
        let value = format!("alpha = {alpha} ");
        refused!(tasks.zipf(alpha), Negative, &value, ">= 0");
    }
}

#[test]
fn weights_of_tasks_that_are_no_distribution() {
    use sparse_parity::data::MultitaskInputs;
    let distribution = |weights: &[f64]| MultitaskInputs::new(5, weights);
    refused!(distribution(&[]), Zero, "the number of tasks is 0");
    refused!(MultitaskInputs::new(0, &[1.0]), Zero, "coordinates is 0");
    refused!(
        MultitaskInputs::new(usize::MAX, &[1.0]),
        TooLarge,
        "at most"
    );
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        let value = format!("the weight of a task = {weight} ");
        refused!(distribution(&[1.0, weight]), Negative, &value);
    }
    refused!(distribution(&[0.0, 0.0]), NotPositive, "tasks = 0 ", "> 0");
    refused!(distribution(&[1e308, 1e308]), NotPositive, "tasks = inf ");
}

#[test]
fn validation_examples_that_do_not_fit() {
    let (model, ten) = (super::mlp(), Parity::new(10, &[1]).unwrap());
    let examples = |n| Batch::<f32>::new(4, n).unwrap();
    let same = "build model and data for the same n";
    let on = |target: &Parity, examples| Convergence::on(&model, target, examples);
    refused!(on(&ten, examples(9)), Mismatch, "is 9 where 10", same);
    let nine = Parity::new(9, &[1]).unwrap();
    refused!(on(&nine, examples(10)), Mismatch, "is 9 where 10", same);
    let mut short = examples(10);
    short.y = Array1::ones(3);
    refused!(
        on(&ten, short),
        Mismatch,
        "labels is 3 where 4",
        "one label"
    );
    let mut none = examples(10);
    none.x.gather(&examples(10).x, []);
    none.y = Array1::ones(0);
    refused!(on(&ten, none), Zero, "the number of examples is 0");
}

#[test]
fn sizes_beyond_any_memory() {
    let many = 1 << 36;
    let most = "at most 134217728";
    refused!(Parity::new(many, &[1]), TooLarge, "68719476736", most);
    refused!(Majority::new(many, &[1]), TooLarge, most);
    refused!(Parity::random(many, 2, &mut rng()), TooLarge, most);
    refused!(Biased::new(many, 0.5), TooLarge, "at most 16777216");
    refused!(
        sparse_parity::signs::Columns::new(many, &[]),
        TooLarge,
        most
    );
    let parity = ParityDistribution::new(10, &[1, 2]).unwrap();
    let examples = Epochs::<f32>::draw(&parity, 5_000_000_000, &Seeds::from(1));
    refused!(examples, TooLarge, "5000000000", "at most 4294967295");
}
