//! How many examples determine a conjunction: the floor below which no learner can know the hidden coordinates.
//!
//! Of x with independent coordinates, each −1 with the probability `bias`, the label is the AND of s hidden ones. A set of s
//! coordinates is *consistent* with a sample if its AND gives all labels. While another set than the hidden one is consistent, no
//! learner can tell which of them the labels are of; [`floor`] is the number of examples at which a given share of the samples has
//! no other. Sets that differ in j coordinates agree on an example with the probability [`agreement`], so that the floor grows like
//! ln n / −ln [`agreement`]`(s, 1, bias)`: [`growth`].
//!
//! Consistent sets that differ from the hidden one may agree with it on most inputs. The floor is one for knowing the set, and so
//! for an accuracy of 1.

use crate::error::{Error, Result, at_most, positive};
use crate::stats::{Estimate, Quantile, Time, Times, wilson};
use crate::theory::binomial::{degree, ln_supports};
use rand::Rng;

/// The largest number of hidden coordinates for which other sets are searched.
const MOST: usize = 6;
/// The largest number of coordinates.
const MOST_COORDINATES: usize = 1 << 20;
/// The largest number of examples that a floor may need.
const MOST_EXAMPLES: u64 = 1 << 14;
/// The level of the intervals.
const LEVEL: f64 = 0.95;

/// The probability that the ANDs of two sets of s coordinates agree on an example, if they differ in `swapped` of them:
///
/// ```math
/// 1 - 2 q^s (1 - q^j), \qquad q = 1 - \text{bias}
/// ```
///
/// ```
/// use sparse_parity::theory::conjunction;
///
/// // Half of the labels are +1, and one wrong coordinate is right on 79 % of the examples.
/// let q = 0.5_f64.powf(1.0 / 3.0);
/// assert!((conjunction::agreement(3, 1, 1.0 - q)? - q).abs() < 1e-15);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Degree`] unless 1 ≤ `swapped` ≤ s, [`Error::OutOfRange`] unless 0 < bias < 1.
pub fn agreement(s: usize, swapped: usize, bias: f64) -> Result<f64> {
    degree(s, swapped)?;
    Ok(1.0 - disagreement(s, swapped, plus(bias)?))
}

/// How much the floor grows with ln n: −1/ln [`agreement`]`(s, 1, bias)` examples.
///
/// # Errors
/// [`Error::Zero`] if s is 0, [`Error::OutOfRange`] unless 0 < bias < 1.
pub fn growth(s: usize, bias: f64) -> Result<f64> {
    positive("the number of hidden coordinates", s)?;
    Ok(-1.0 / libm::log1p(-disagreement(s, 1, plus(bias)?)))
}

/// A lower bound for the probability that m examples are consistent with no other set, by the sum over all sets:
///
/// ```math
/// 1 - \sum_{j=1}^{s} \binom{s}{j} \binom{n-s}{j} \bigl( 1 - 2 q^s (1 - q^j) \bigr)^m ,
/// ```
///
/// and at least 0.
///
/// # Errors
/// [`Error::Degree`] unless 1 ≤ s ≤ n, [`Error::OutOfRange`] unless 0 < bias < 1.
pub fn unique_at_least(n: usize, s: usize, bias: f64, m: u64) -> Result<f64> {
    degree(n, s)?;
    let q = plus(bias)?;
    let others = (1..=s.min(n - s)).map(|j| {
        let sets = ln_supports(s, j) + ln_supports(n - s, j);
        libm::exp(sets + m as f64 * libm::log1p(-disagreement(s, j, q)))
    });
    Ok((1.0 - others.sum::<f64>()).clamp(0.0, 1.0))
}

/// The number of examples, of one random sample that grows, at which the hidden set is the only consistent one.
///
/// What is drawn does not depend on which set is hidden: every set has the same distribution.
///
/// # Errors
/// [`Error::Degree`] unless 1 ≤ s ≤ n; [`Error::TooLarge`] for s above 6 or n above 2²⁰; [`Error::OutOfRange`] unless 0 < bias < 1;
/// [`Error::Method`] for a bias so near to 0 or 1 that 2¹⁴ examples may not suffice.
pub fn examples_needed<R: Rng + ?Sized>(n: usize, s: usize, bias: f64, rng: &mut R) -> Result<u64> {
    check(n, s, bias)?;
    Ok(draw(n, s, bias, rng))
}

/// The probability that m examples are consistent with no other set, by that many random samples, with Wilson's 95 % interval.
///
/// # Errors
/// Those of [`examples_needed`]; [`Error::Zero`] without draws.
pub fn unique_probability<R: Rng + ?Sized>(
    n: usize,
    s: usize,
    bias: f64,
    m: u64,
    draws: usize,
    rng: &mut R,
) -> Result<Estimate> {
    let all = needed(n, s, bias, draws, rng)?;
    let unique = all.iter().filter(|examples| **examples <= m);
    wilson(unique.count(), draws, LEVEL)
}

/// The number of examples that suffice, in a share of that many random samples, to exclude every other set, with a 95 % interval.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::conjunction;
///
/// let rng = &mut Seeds::from(1).stream(Purpose::Eval);
/// // Three of 100 coordinates, half of the labels +1.
/// let floor = conjunction::floor(100, 3, 0.2063, 0.8, 200, rng)?;
/// assert!(floor.interval.contains(29.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// Those of [`unique_probability`]; [`Error::OutOfRange`] unless 0 < share < 1.
pub fn floor<R: Rng + ?Sized>(
    n: usize,
    s: usize,
    bias: f64,
    share: f64,
    draws: usize,
    rng: &mut R,
) -> Result<Quantile> {
    let all = needed(n, s, bias, draws, rng)?;
    let times: Times = all.into_iter().map(Time::Solved).collect();
    times.quantile(share, LEVEL)
}

fn needed<R: Rng + ?Sized>(
    n: usize,
    s: usize,
    bias: f64,
    draws: usize,
    rng: &mut R,
) -> Result<Vec<u64>> {
    check(n, s, bias)?;
    positive("the number of draws", draws)?;
    Ok((0..draws).map(|_| draw(n, s, bias, rng)).collect())
}

/// The probability q of +1.
fn plus(bias: f64) -> Result<f64> {
    if bias > 0.0 && bias < 1.0 {
        return Ok(1.0 - bias);
    }
    Err(Error::OutOfRange {
        what: "the probability of -1",
        value: bias,
        range: "(0, 1)",
    })
}

fn disagreement(s: usize, swapped: usize, q: f64) -> f64 {
    let power = |k: usize| libm::pow(q, k as f64);
    2.0 * power(s) * (1.0 - power(swapped))
}

fn check(n: usize, s: usize, bias: f64) -> Result<()> {
    degree(n, s)?;
    at_most("the number of hidden coordinates", s, MOST)?;
    at_most("the number of coordinates n", n, MOST_COORDINATES)?;
    if unique_at_least(n, s, bias, MOST_EXAMPLES)? < 1.0 - 1e-9 {
        return Err(Error::Method {
            method: "the search for consistent sets",
            reason: format!("with a probability of -1 of {bias} two sets hardly ever differ"),
            repair: "choose one nearer to 1/2".into(),
        });
    }
    Ok(())
}

/// The first `s` of the candidates are the hidden set.
fn draw<R: Rng + ?Sized>(n: usize, s: usize, bias: f64, rng: &mut R) -> u64 {
    let mut sample = Sample {
        s,
        candidates: vec![Vec::new(); n],
        negatives: 0,
    };
    let mut other = sample.other();
    let mut examples = 0;
    while let Some(set) = &mut other {
        if examples == MOST_EXAMPLES {
            break;
        }
        examples += 1;
        if !sample.add(bias, set, rng) {
            other = sample.other();
        }
    }
    examples
}

/// A sample, as far as it tells sets apart.
struct Sample {
    s: usize,
    /// For each coordinate that is +1 on all positive examples, the negative examples on which it is −1, as bits.
    candidates: Vec<Vec<u64>>,
    /// The number of negative examples.
    negatives: usize,
}

impl Sample {
    /// Adds an example, and tells whether the places in `set` are still a consistent set.
    ///
    /// Coordinates that are no candidates belong to no consistent set and are not drawn.
    fn add<R: Rng + ?Sized>(&mut self, bias: f64, set: &mut [usize], rng: &mut R) -> bool {
        let minus: Vec<bool> = self
            .candidates
            .iter()
            .map(|_| rng.random::<f64>() < bias)
            .collect();
        if minus[..self.s].contains(&true) {
            let (word, bit) = (self.negatives / 64, self.negatives % 64);
            self.negatives += 1;
            for (column, minus) in self.candidates.iter_mut().zip(&minus) {
                column.resize(word + 1, 0);
                column[word] |= u64::from(*minus) << bit;
            }
            return set.iter().any(|place| minus[*place]);
        }
        let is_consistent = set.iter().all(|place| !minus[*place]);
        // The places of the candidates that are left.
        set.iter_mut().for_each(|place| {
            *place -= minus[..*place].iter().filter(|minus| **minus).count();
        });
        let mut left = minus.iter().map(|minus| !minus);
        self.candidates.retain(|_| left.next() == Some(true));
        is_consistent
    }

    /// The places of another consistent set than the hidden one, if there is any.
    fn other(&self) -> Option<Vec<usize>> {
        let mut chosen = Vec::with_capacity(self.s);
        self.extend(&mut chosen).then_some(chosen)
    }

    /// Extends a set to a consistent one that is not the hidden one: some candidate has to be −1 on each negative example.
    fn extend(&self, chosen: &mut Vec<usize>) -> bool {
        let Some((word, bit)) = self.first_missed(chosen) else {
            return self.complete(chosen);
        };
        if chosen.len() == self.s {
            return false;
        }
        for (place, column) in self.candidates.iter().enumerate() {
            if column[word] >> bit & 1 == 1 {
                chosen.push(place);
                if self.extend(chosen) {
                    return true;
                }
                chosen.pop();
            }
        }
        false
    }

    /// A negative example on which all of a set are +1.
    fn first_missed(&self, chosen: &[usize]) -> Option<(usize, usize)> {
        (0..self.negatives.div_ceil(64)).find_map(|word| {
            let all = match self.negatives - 64 * word {
                rest if rest < 64 => (1 << rest) - 1,
                _ => u64::MAX,
            };
            let hit = chosen
                .iter()
                .fold(0, |hit, place| hit | self.candidates[*place][word]);
            let missed = all & !hit;
            (missed != 0).then(|| (word, missed.trailing_zeros() as usize))
        })
    }

    /// Fills a set that is consistent already up to s, with a candidate that is not hidden if it can.
    fn complete(&self, chosen: &mut Vec<usize>) -> bool {
        let free: Vec<usize> = (0..self.candidates.len())
            .rev()
            .filter(|place| !chosen.contains(place))
            .take(self.s - chosen.len())
            .collect();
        chosen.extend(free);
        chosen.iter().any(|place| *place >= self.s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Biased, Conjunction, Inputs, Target};
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;

    /// P(x = −1) for which half of the conjunctions of three are +1.
    fn even() -> f64 {
        1.0 - 0.5_f64.powf(1.0 / 3.0)
    }

    fn generator(seed: u64) -> crate::seeds::LabRng {
        Seeds::from(seed).stream(Purpose::Eval)
    }

    #[test]
    fn floors_are_those_of_the_enumeration_in_another_program() {
        // Of 200 draws each, by a program that lists all sets.
        let known: [(f64, [(usize, i32); 5]); 2] = [
            (
                even(),
                [(10, 18), (30, 24), (100, 29), (300, 34), (1000, 39)],
            ),
            (0.5, [(10, 34), (30, 42), (100, 52), (300, 58), (1000, 69)]),
        ];
        for (bias, floors) in known {
            for (n, expected) in floors {
                let found = floor(n, 3, bias, 0.8, 300, &mut generator(n as u64)).unwrap();
                let value = found.value.unwrap();
                // Quantiles of 200 and 300 draws.
                let slack = 2.0 + 0.03 * f64::from(expected);
                assert!(
                    (value - f64::from(expected)).abs() <= slack,
                    "{n} {bias} {found:?}"
                );
            }
        }
    }

    #[test]
    fn one_wrong_coordinate_agrees_with_its_probability() {
        assert!((agreement(3, 1, even()).unwrap() - 0.793_700_525_984_1).abs() < 1e-12);
        assert!((growth(3, even()).unwrap() - 4.328_085).abs() < 1e-6);
        assert_eq!(agreement(3, 1, 0.5).unwrap(), 0.875);
        // By counting inputs.
        let (n, m) = (6, 20_000);
        let mut x = Signs::ones(m, n).unwrap();
        Biased::new(n, 0.3).unwrap().draw(&mut generator(3), &mut x);
        let hidden = Conjunction::new(n, &[0, 1, 2]).unwrap();
        for (swapped, set) in [(1, [0, 1, 3]), (2, [0, 3, 4]), (3, [3, 4, 5])] {
            let other = Conjunction::new(n, &set).unwrap();
            let same = (0..m).filter(|row| hidden.value(&x, *row) == other.value(&x, *row));
            let share = same.count() as f64 / m as f64;
            let expected = agreement(3, swapped, 0.3).unwrap();
            let deviation = (expected * (1.0 - expected) / m as f64).sqrt();
            assert!(
                (share - expected).abs() < 5.0 * deviation,
                "{swapped}: {share}"
            );
        }
    }

    /// A set of one coordinate is determined with Σ_a P(a labels are +1) (1 − q^a p^(m−a))^(n−1).
    #[test]
    fn probabilities_of_a_single_coordinate_are_exact() {
        let (n, m, p) = (12, 6, 0.35_f64);
        let choose = [1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0];
        let exact: f64 = (0..=m)
            .map(|a| {
                let same = (1.0 - p).powi(a) * p.powi(m - a);
                choose[a as usize] * same * (1.0 - same).powi(n - 1)
            })
            .sum();
        let found = unique_probability(12, 1, p, 6, 20_000, &mut generator(5)).unwrap();
        let deviation = (exact * (1.0 - exact) / 20_000.0).sqrt();
        assert!(
            (found.value - exact).abs() < 5.0 * deviation,
            "{exact} {found}"
        );
    }

    #[test]
    fn the_sum_over_all_sets_is_a_bound_that_becomes_sharp() {
        for (n, s, bias, m) in [
            (20, 3, 0.2, 30),
            (20, 3, 0.2, 60),
            (9, 2, 0.5, 20),
            (15, 4, 0.15, 70),
        ] {
            let bound = unique_at_least(n, s, bias, m).unwrap();
            let found = unique_probability(n, s, bias, m, 2000, &mut generator(7)).unwrap();
            assert!(
                found.interval.high + 0.01 >= bound,
                "{n} {s}: {bound} {found}"
            );
            if bound > 0.9 {
                assert!(found.value - bound < 0.05, "{n} {s}: {bound} {found}");
            }
        }
        assert_eq!(unique_at_least(10, 3, 0.5, 0).unwrap(), 0.0);
        assert_eq!(unique_at_least(3, 3, 0.5, 0).unwrap(), 1.0);
    }

    /// Against a search of all sets, example by example.
    #[test]
    fn a_sample_excludes_a_set_when_no_set_is_left() {
        let (n, s) = (7, 2);
        let sets: Vec<[usize; 2]> = (0..n).flat_map(|j| (0..j).map(move |i| [i, j])).collect();
        for seed in 0..200 {
            let found = examples_needed(n, s, 0.4, &mut generator(seed)).unwrap();
            // The same numbers: a coordinate that is no candidate is not drawn.
            let rng = &mut generator(seed);
            let (mut candidates, mut left): (Vec<usize>, _) = ((0..n).collect(), sets.clone());
            let mut examples = 0;
            while left.len() > 1 {
                examples += 1;
                let mut minus = vec![true; n];
                for &i in &candidates {
                    minus[i] = rng.random::<f64>() < 0.4;
                }
                let label = |set: &[usize; 2]| !minus[set[0]] && !minus[set[1]];
                let expected = label(&[0, 1]);
                // Sets with an excluded coordinate are out for good.
                left.retain(|set| {
                    label(set) == expected && set.iter().all(|i| candidates.contains(i))
                });
                if expected {
                    candidates.retain(|i| !minus[*i]);
                }
            }
            assert_eq!(found, examples, "{seed}");
        }
    }

    #[test]
    fn what_has_no_floor_is_refused() {
        let rng = &mut generator(1);
        assert_eq!(examples_needed(4, 4, 0.5, rng).unwrap(), 0);
        assert!(matches!(
            examples_needed(4, 5, 0.5, rng),
            Err(Error::Degree { .. })
        ));
        assert!(matches!(
            examples_needed(9, 7, 0.5, rng),
            Err(Error::TooLarge { .. })
        ));
        assert!(matches!(
            examples_needed(9, 2, 1e-7, rng),
            Err(Error::Method { .. })
        ));
        for bias in [0.0, 1.0, f64::NAN, -0.1] {
            assert!(
                matches!(growth(3, bias), Err(Error::OutOfRange { .. })),
                "{bias}"
            );
        }
        assert!(matches!(
            floor(9, 2, 0.5, 0.8, 0, rng),
            Err(Error::Zero { .. })
        ));
        assert!(floor(9, 2, 0.5, 1.0, 10, rng).is_err());
        assert!(
            agreement(3, 4, 0.5).is_err()
                && agreement(3, 0, 0.5).is_err()
                && growth(0, 0.5).is_err()
        );
    }
}
