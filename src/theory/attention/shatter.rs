use crate::error::{Error, Result, at_most, positive};
use std::f64::consts::TAU;

/// The largest number of points.
const MOST: usize = 10;
/// Weights of the softmax below this share of the largest are left out.
const NOTHING: f64 = 1e-20;

/// Inputs of T = 2ᴸ positions that heads of three dimensions label in all ways.
///
/// Position t of every input has the key (cos 2πt/T, sin 2πt/T), and that of point i the value bit i of t. The query
/// β(cos 2πt/T, sin 2πt/T) points to one position, whose bits are the labels of the L points: all 2ᴸ labellings are among the positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Shattering {
    /// The number L of points.
    pub points: usize,
    /// The length β of the query.
    pub beta: f64,
    /// The softmax weight of the position that is d steps from that of the query, where there is any.
    weights: Vec<(usize, f64)>,
}

impl Shattering {
    /// The number T of positions.
    pub fn positions(&self) -> usize {
        1 << self.points
    }

    /// The output for a point under the query of a labelling, whose bit i is the label of point i: near to 1 or 0.
    ///
    /// # Panics
    /// If there is no such labelling or point.
    pub fn output(&self, labelling: usize, point: usize) -> f64 {
        assert!(labelling < self.positions(), "there is no such labelling");
        assert!(point < self.points, "there is no such point");
        let bit = |t: usize| t >> point & 1;
        let one = bit(labelling) == 1;
        let wrong = mass(&self.weights, |d| {
            bit(self.position(labelling, d)) != bit(labelling)
        });
        if one { 1.0 - wrong } else { wrong }
    }

    fn position(&self, from: usize, d: usize) -> usize {
        (from + d) % self.positions()
    }
}

/// The shattering of L points whose outputs are at least `margin` from 1/2, with the shortest query that does.
///
/// Its length grows like T²: heads of three dimensions have no bounded number of labellings unless their norms are bounded.
///
/// ```
/// use sparse_parity::theory::attention;
///
/// let four = attention::shatter(4, 0.25)?;
/// assert_eq!(four.positions(), 16);
/// assert!((four.beta - 23.5).abs() < 0.1);
/// assert!(four.output(0b0110, 1) >= 0.75 && four.output(0b0110, 0) <= 0.25);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Zero`] or [`Error::TooLarge`] unless 1 ≤ L ≤ 10, [`Error::OutOfRange`] unless 0 < margin < 1/2.
pub fn shatter(points: usize, margin: f64) -> Result<Shattering> {
    let what = "the number of points";
    at_most(what, positive(what, points)?, MOST)?;
    if margin.is_nan() || margin <= 0.0 || margin >= 0.5 {
        return Err(Error::OutOfRange {
            what: "the margin",
            value: margin,
            range: "(0, 1/2)",
        });
    }
    let at = |beta: f64| Shattering {
        points,
        beta,
        weights: weights(1 << points, beta),
    };
    let is_apart = |found: &Shattering| worst(found) <= 0.5 - margin;
    let (mut low, mut high) = (0.0, 1.0);
    while !is_apart(&at(high)) {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        match is_apart(&at(middle)) {
            true => high = middle,
            false => low = middle,
        }
    }
    Ok(at(high))
}

/// exp β(cos 2πd/T − 1) over their sum.
fn weights(positions: usize, beta: f64) -> Vec<(usize, f64)> {
    let weight = |d: usize| {
        // 1 − cos a = 2 sin² a/2, which keeps its digits for neighbours.
        let half = libm::sin(0.5 * TAU * d as f64 / positions as f64);
        (d, libm::exp(-2.0 * beta * half * half))
    };
    let all = (0..positions)
        .map(weight)
        .filter(|(_, weight)| *weight >= NOTHING);
    let all: Vec<(usize, f64)> = all.collect();
    let total: f64 = all.iter().map(|(_, weight)| weight).sum();
    all.into_iter()
        .map(|(d, weight)| (d, weight / total))
        .collect()
}

/// The weight of the distances of a kind.
fn mass(weights: &[(usize, f64)], is_meant: impl Fn(usize) -> bool) -> f64 {
    let meant = weights.iter().filter(|(d, _)| is_meant(*d));
    meant.map(|(_, weight)| weight).sum()
}

/// The largest distance of an output from its label.
fn worst(found: &Shattering) -> f64 {
    let labellings = 0..found.positions();
    let outputs = labellings.flat_map(|t| (0..found.points).map(move |i| (t, i)));
    let distance = |(t, i): (usize, usize)| {
        let output = found.output(t, i);
        if t >> i & 1 == 1 {
            1.0 - output
        } else {
            output
        }
    };
    outputs.map(distance).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_have_the_known_lengths() {
        for (points, beta, digit) in [(4, 23.5, 0.05), (6, 372.0, 0.5), (8, 5944.0, 0.5)] {
            let found = shatter(points, 0.25).unwrap();
            assert!(
                (found.beta - beta).abs() <= digit,
                "{points}: {}",
                found.beta
            );
        }
    }

    #[test]
    fn all_labellings_are_there_by_the_softmax_itself() {
        let found = shatter(3, 0.25).unwrap();
        let angle = |t: usize| TAU * t as f64 / 8.0;
        for labelling in 0..8 {
            let query = [angle(labelling).cos(), angle(labelling).sin()].map(|q| found.beta * q);
            let score = |t: usize| query[0] * angle(t).cos() + query[1] * angle(t).sin();
            let total: f64 = (0..8).map(|t| score(t).exp()).sum();
            for point in 0..3 {
                let values = (0..8).map(|t| score(t).exp() / total * (t >> point & 1) as f64);
                let output: f64 = values.sum();
                assert!((output - found.output(labelling, point)).abs() < 1e-12);
                let is_right = if labelling >> point & 1 == 1 {
                    output >= 0.75 - 1e-9
                } else {
                    output <= 0.25 + 1e-9
                };
                assert!(is_right, "{labelling} {point}: {output}");
            }
        }
        // A shorter query does not.
        let shorter = Shattering {
            beta: 0.99 * found.beta,
            weights: weights(8, 0.99 * found.beta),
            ..found
        };
        assert!(worst(&shorter) > 0.25);
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        assert!(shatter(0, 0.25).is_err() && shatter(11, 0.25).is_err());
        for margin in [0.0, 0.5, -0.1, f64::NAN] {
            assert!(
                matches!(shatter(3, margin), Err(Error::OutOfRange { .. })),
                "{margin}"
            );
        }
    }
}
