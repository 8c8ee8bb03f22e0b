//! Problems and examples.

use ndarray::array;
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
    let law = ParityDistribution::new(10, &[1]).unwrap();
    let rng = &mut DataRng::from(&Seeds::from(1));
    refused!(Batch::<f32>::draw(&law, 0, rng), Zero, "is 0", use_one);
    refused!(
        Epochs::<f32>::draw(&law, 0, &Seeds::from(1)),
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
        let law = ParityDistribution::new(10, &[1]).unwrap();
        let value = format!("p = {p} ");
        refused!(law.with_label_noise(p), Noise, &value, "not in [0, 1/2)");
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
