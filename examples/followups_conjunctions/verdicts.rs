//! The claims about m* and about attention.

use crate::K;
use crate::published;
use crate::sizes::Size;
use sparse_parity::stats::{BoxCox, ConfidenceInterval, Estimate, Threshold};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use std::collections::BTreeMap;

/// How m* grows with T.
pub fn growth(studio: &mut Studio, sizes: &[Size], fit: &Threshold, growth: &BoxCox) -> Result {
    let interval = growth.exponent.interval;
    let left: Vec<usize> = sizes
        .iter()
        .filter(|size| !size.is_mixed())
        .map(|size| size.n)
        .collect();
    let without = match left.as_slice() {
        [] => String::new(),
        left => format!(", without T = {left:?}"),
    };
    let used = fit.at.len();
    studio.find(
        "m* grows slower than T: the interval of p is below 1",
        format!(
            "p = {:.2} from {used} sizes{without}; of the published points, by least squares, {:.2}",
            growth.exponent,
            published::exponent()
        ),
        interval.high < 1.0,
    )?;
    studio.find(
        "ln T is not excluded: the interval of p contains 0",
        format!("{:.2} to {:.2}", interval.low, interval.high),
        interval.contains(0.0),
    )
}

/// How many times the floor m* is at each T.
pub fn above_the_floor(
    studio: &mut Studio,
    fit: &Threshold,
    floors: &BTreeMap<usize, f64>,
) -> Result {
    let (mut ratios, mut told) = (Vec::new(), Vec::new());
    for (n, critical) in &fit.at {
        let floor = floors[&(*n as usize)];
        let interval = ConfidenceInterval {
            low: critical.interval.low / floor,
            high: critical.interval.high / floor,
        };
        let ratio = Estimate {
            value: critical.value / floor,
            interval,
        };
        told.push(format!(
            "T = {n}: m* {critical:.0}, {ratio:.1} times {floor}"
        ));
        ratios.push(interval);
    }
    let rises = matches!((ratios.first(), ratios.last()), (Some(first), Some(last)) if last.low > first.high);
    studio.find(
        "m* is above the floor at every T, and their ratio rises",
        told.join("; "),
        rises && ratios.iter().all(|ratio| ratio.low > 1.0),
    )
}

/// How much of their attention runs of each T have on the three coordinates.
pub fn attention(studio: &mut Studio, sizes: &[Size]) -> Result {
    let mut told = Vec::new();
    let mut holds = true;
    for size in sizes {
        let share = |share: Option<f64>| share.map_or("none".into(), |share| format!("{share:.2}"));
        let [of_solved, of_others] = [size.attention(true), size.attention(false)];
        let control = K as f64 / size.n as f64;
        told.push(format!(
            "T = {}: {} and {}, alike {control:.3}",
            size.n,
            share(of_solved),
            share(of_others)
        ));
        holds &= of_solved
            .is_some_and(|solved| solved > 0.5 && of_others.is_none_or(|others| solved > others));
    }
    studio.find(
        "the median share of attention on the three coordinates is above 1/2 in solved runs, and above that of the others",
        told.join("; "),
        holds,
    )
}
