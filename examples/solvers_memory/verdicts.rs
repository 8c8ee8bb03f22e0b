//! What the points say of the claims.

use crate::stage::{Place, Point};
use sparse_parity::terminal::Result;
use sparse_parity::theory::supports;
use sparse_parity_examples::figure::Studio;

/// How far above n + 1.6 a basis of all columns may be, with the rows that check its solution.
const BEYOND: f64 = 20.0;

pub fn find(studio: &mut Studio, all: &[Place]) -> Result {
    for place in all {
        let (n, k) = (place.n, place.k);
        ends(studio, place)?;
        if let Some(exponent) = exponent(place) {
            let law = 1.0 - k as f64;
            studio.find(
                format!("the examples of ({n}, {k}) fall as q^{law} from q = 10 to n/2"),
                format!("exponent {exponent:.2}"),
                (exponent - law).abs() <= 0.5,
            )?;
        }
        meeting(studio, place)?;
        descent(studio, place)?;
    }
    let runs = || all.iter().flat_map(|place| &place.points);
    let right: usize = runs().map(|it| it.right).sum();
    let count: u64 = runs().map(|it| it.runs).sum();
    studio.find(
        "S is found in 49 of 50 runs of what is drawn, with a failure probability of 0.01",
        format!("{right} of {count}"),
        50 * right as u64 >= 49 * count,
    )
}

fn ends(studio: &mut Studio, place: &Place) -> Result {
    let (n, k, wall) = (place.n, place.k, place.wall());
    let all = supports(n, k)?;
    let (Some(test), Some(basis)) = (place.named("stream and test"), place.guessed().pop()) else {
        return Ok(());
    };
    let (bytes, ratio) = (test.bytes, test.examples / all);
    studio.find(
        format!("stream and test finds S of ({n}, {k}) below the wall, from C examples"),
        format!("{bytes} of {wall:.1} bytes, {ratio:.2} C"),
        bytes < wall && (1.0 / 1.5..=1.5).contains(&ratio),
    )?;
    let (bytes, examples) = (basis.bytes, basis.examples);
    studio.find(
        format!(
            "a basis of all {n} columns is above the wall, from less than n + 20 examples, k = {k}"
        ),
        format!("{bytes} of {wall:.1} bytes, {examples:.1} examples"),
        bytes > wall && examples < n as f64 + BEYOND,
    )
}

/// The slope of log examples in log q, from q = 10 to n/2.
fn exponent(place: &Place) -> Option<f64> {
    let at = |q: usize| {
        let guessed = place.guessed();
        guessed
            .iter()
            .find(|it| it.columns == Some(q))
            .map(|it| it.examples)
    };
    let last = place.n / 2;
    let ratio = last as f64 / 10.0;
    (ratio > 1.0).then_some(())?;
    Some((at(last)? / at(10)?).ln() / ratio.ln())
}

fn meeting(studio: &mut Studio, place: &Place) -> Result {
    let (n, k) = (place.n, place.k);
    let (Some(meet), Some(basis)) = (place.named("meet-in-the-middle"), place.guessed().pop())
    else {
        return Ok(());
    };
    let least = place
        .points
        .iter()
        .map(|it| it.examples)
        .fold(f64::INFINITY, f64::min);
    studio.find(
        format!("meeting in the middle has the fewest examples of ({n}, {k}) and more bytes than a basis"),
        format!("{} examples, {:.0} and {} bytes", meet.examples, meet.bytes, basis.bytes),
        meet.examples <= least && meet.bytes > basis.bytes,
    )
}

fn descent(studio: &mut Studio, place: &Place) -> Result {
    let (n, k, wall) = (place.n, place.k, place.wall());
    for name in ["SGD, ReLU", "SGD, PolyNet"] {
        let Some(sgd) = place.named(name) else {
            continue;
        };
        let less = |it: &&&Point| it.bytes < sgd.bytes && it.examples < sgd.examples;
        let guessed = place.guessed();
        let fewest = guessed
            .iter()
            .filter(less)
            .map(|it| it.examples)
            .fold(f64::INFINITY, f64::min);
        let beside = match fewest.is_finite() {
            true => format!("{fewest:.0} with guessed columns in fewer bytes"),
            false => "no guessed columns take less of both".into(),
        };
        studio.find(
            format!(
                "{name} is above the wall of ({n}, {k}), and guessed columns take less of both"
            ),
            format!(
                "{} of {wall:.1} bytes, {} examples, {beside}",
                sgd.bytes, sgd.examples
            ),
            sgd.bytes > wall && fewest.is_finite(),
        )?;
    }
    Ok(())
}
