//! Skills that are learned one after the other: the exact loss of a finite number of them, by time, examples and width.
//!
//! A multitask target has skills with frequencies P_k. Where skills do not disturb each other, the loss with strengths R_k, of which S
//! is all, is a sum over skills, L/S² = ½ Σ_k P_k (1 − R_k/S)². Nam, Fonseca, Lee, Mingard and Louis, *An exactly solvable model for emergence
//! and scaling laws in the multitask sparse parity problem*, NeurIPS 2024, arXiv 2404.17563, give the strengths that one scarce
//! resource allows: [`Growth`] for time (their equations 11 and 14), [`Skills::loss_of_examples`] for data (17), [`strength_of_width`] for
//! width (21). Their scaling laws are the [limits](Resource::exponent) of these sums for infinitely many skills with P_k ∝ k^−(α + 1). With
//! tens or hundreds of skills the local exponents are far from the limits, so that a finite experiment is compared with the
//! finite sum.

use crate::error::{Result, above_zero, fraction, non_negative, positive};
use crate::stats::{LogOdds, ln_at_most};

/// Skills with their frequencies.
///
/// ```
/// use sparse_parity::data::Multitask;
/// use sparse_parity::seeds::{Purpose, Seeds};
/// use sparse_parity::theory::skills::{Learning, Skills};
///
/// let tasks = Multitask::random(10, 32, 3, &mut Seeds::from(1).stream(Purpose::Support))?;
/// let skills = Skills::new(&tasks.zipf(0.6)?.frequencies())?;
/// // Four neurons a skill: eight neurons have the two most frequent ones.
/// let loss = skills.loss_of_width(8, 4)?;
/// let left: f64 = skills.frequencies()[2..].iter().sum();
/// assert!((loss - left / 2.0).abs() < 1e-15);
/// // With 800 examples of a skill needed, a sample of 1000 teaches hardly the first.
/// assert!(skills.loss_of_examples(1000, 800, Learning::Abrupt)? > 0.49);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Skills {
    frequencies: Vec<f64>,
}

/// What a skill gains from fewer examples than it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learning {
    /// Nothing: R/S is 0 below the number that is needed, and 1 from it on (Michaud and others, *The quantization model of neural scaling*).
    Abrupt,
    /// A part of its strength: that of [`strength_of_examples`].
    Gradual,
}

impl Skills {
    /// Skills whose frequencies are in proportion to these weights, the most frequent first where the order matters.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) without weights, [`Error::Negative`](crate::Error::Negative) for one that is not finite and ≥ 0, [`Error::NotPositive`](crate::Error::NotPositive) unless their
    /// sum is finite and positive.
    pub fn new(weights: &[f64]) -> Result<Self> {
        positive("the number of skills", weights.len())?;
        let mut total = 0.0;
        for &weight in weights {
            total += non_negative("the weight of a skill", weight)?;
        }
        let total = above_zero("the sum of the weights of the skills", total)?;
        Ok(Skills {
            frequencies: weights.iter().map(|weight| weight / total).collect(),
        })
    }

    /// The frequencies P_k, which add up to 1.
    pub fn frequencies(&self) -> &[f64] {
        &self.frequencies
    }

    /// The loss over S², ½ Σ_k P_k (1 − R_k/S)², where `strength(k, P_k)` is R_k/S of skill k = 0, 1, ….
    pub fn loss(&self, mut strength: impl FnMut(usize, f64) -> f64) -> f64 {
        let skills = self.frequencies.iter().enumerate();
        let part = |(k, &p): (usize, &f64)| {
            let missing = 1.0 - strength(k, p);
            0.5 * p * missing * missing
        };
        skills.map(part).sum()
    }

    /// The loss over S² at a time.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless t is finite and ≥ 0.
    pub fn loss_at(&self, t: f64, growth: &Growth) -> Result<f64> {
        let t = non_negative("the time", t)?;
        Ok(self.loss(|_, p| growth.strength(p, t)))
    }

    /// The expected loss over S² with a sample of D examples and no other limit, where each skill needs D_c of them.
    ///
    /// The number of examples of a skill is binomial with D and P_k, and the expectation is exact.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if no example is needed.
    pub fn loss_of_examples(
        &self,
        examples: usize,
        needed: usize,
        learning: Learning,
    ) -> Result<f64> {
        positive(EXAMPLES, needed)?;
        let parts = self.frequencies.iter().map(|&p| {
            let missed = match learning {
                Learning::Abrupt => fewer(needed, examples, p),
                // E (1 − d/D_c) over d < D_c, and d P(d of D) = D p P(d − 1 of D − 1).
                Learning::Gradual => {
                    let some = p * examples as f64 / needed as f64;
                    let rest = fewer(needed - 1, examples.saturating_sub(1), p);
                    (fewer(needed, examples, p) - some * rest).max(0.0)
                }
            };
            0.5 * p * missed
        });
        Ok(parts.sum())
    }

    /// The loss over S² with a width r and no other limit, where each skill takes N_c neurons, the first ones first.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if no neuron is needed.
    pub fn loss_of_width(&self, width: usize, needed: usize) -> Result<f64> {
        positive(NEURONS, needed)?;
        Ok(self.loss(|k, _| share_of_width(k, width, needed)))
    }
}

const EXAMPLES: &str = "the number of examples that a skill needs";
const NEURONS: &str = "the number of neurons that a skill takes";

/// P(X < m) of X examples of a skill in n.
fn fewer(m: usize, n: usize, p: f64) -> f64 {
    m.checked_sub(1)
        .map_or(0.0, |most| libm::exp(ln_at_most(most, n, LogOdds::of(p))))
}

/// R/S of a skill with d examples, where it needs D_c: 1 − √(1 − d/D_c), and 1 from D_c on.
///
/// This is the solution of the smallest norm in D_c dimensions, to which [`Learning::Gradual`] belongs. Nam and others, equation 17, find
/// D_c = 800 for one task of degree 3 among 32 coordinates.
///
/// ```
/// use sparse_parity::theory::skills::strength_of_examples;
///
/// let strengths = [0, 600, 800].map(|d| strength_of_examples(d, 800));
/// assert_eq!(strengths.map(Result::unwrap), [0.0, 0.5, 1.0]);
/// ```
///
/// # Errors
/// [`Error::Zero`](crate::Error::Zero) if no example is needed.
pub fn strength_of_examples(examples: usize, needed: usize) -> Result<f64> {
    let share = examples as f64 / positive(EXAMPLES, needed)? as f64;
    Ok(1.0 - (1.0 - share).max(0.0).sqrt())
}

/// R_k/S of skill k = 0, 1, … with a width r, where each skill takes N_c neurons: those of the skills before it are taken, and a part of
/// N_c gives as much of the strength.
///
/// Nam and others, equation 21, find N_c = 4 for one task of degree 3.
///
/// ```
/// use sparse_parity::theory::skills::strength_of_width;
///
/// let strengths = [0, 1, 2].map(|k| strength_of_width(k, 6, 4));
/// assert_eq!(strengths.map(Result::unwrap), [1.0, 0.5, 0.0]);
/// ```
///
/// # Errors
/// [`Error::Zero`](crate::Error::Zero) if no neuron is needed.
pub fn strength_of_width(skill: usize, width: usize, needed: usize) -> Result<f64> {
    positive(NEURONS, needed)?;
    Ok(share_of_width(skill, width, needed))
}

fn share_of_width(skill: usize, width: usize, needed: usize) -> f64 {
    let left = width.saturating_sub(skill.saturating_mul(needed));
    left.min(needed) as f64 / needed as f64
}

/// How the strength of a skill grows with time: R/S = [1 + (S/R₀ − 1) e^{−2ηPSt}]⁻¹.
///
/// This is gradient flow on two factors ab = R with the square loss ½ (S − R)². A network is slower by a factor B² of η, which one skill
/// calibrates ([`Growth::through`]); Nam and others find B² = 1/22.
///
/// ```
/// use sparse_parity::theory::skills::Growth;
///
/// let growth = Growth::new(1.0, 0.01, 0.5)?;
/// // Half as frequent, twice as late.
/// let (early, late) = (growth.half_time(0.4)?, growth.half_time(0.2)?);
/// assert!((late / early - 2.0).abs() < 1e-15);
/// assert!((growth.strength(0.4, early) - 0.5).abs() < 1e-15);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// ln(S/R₀ − 1).
    ln_odds: f64,
    /// 2ηS.
    rate: f64,
}

impl Growth {
    /// The growth to the scale S from R₀ at the rate η.
    ///
    /// # Errors
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless all are finite and positive; [`Error::Fraction`](crate::Error::Fraction) unless R₀ < S/2, since no time of a skill
    /// that begins beyond its half is a time of growth.
    pub fn new(scale: f64, start: f64, rate: f64) -> Result<Self> {
        let scale = above_zero("the scale S of the target", scale)?;
        let share = above_zero("the share R₀/S at the start", start / scale)?;
        fraction("twice the share R₀/S at the start", 2.0 * share)?;
        Ok(Growth {
            ln_odds: libm::log1p(-share) - libm::log(share),
            rate: above_zero("2ηS, with the learning rate η,", 2.0 * rate * scale)?,
        })
    }

    /// The growth from the same R₀ with which a skill of frequency P has half of its strength at a time: a calibration by one skill.
    ///
    /// # Errors
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless P, the time and the rate are finite and positive.
    pub fn through(self, frequency: f64, half_time: f64) -> Result<Self> {
        let frequency = above_zero(FREQUENCY, frequency)?;
        let time = above_zero("the time of half of the strength", half_time)?;
        let rate = above_zero("the rate", self.ln_odds / frequency / time)?;
        Ok(Growth { rate, ..self })
    }

    /// R/S of a skill with frequency P at a time t.
    pub fn strength(&self, frequency: f64, t: f64) -> f64 {
        1.0 / (1.0 + libm::exp(self.ln_odds - self.rate * frequency * t))
    }

    /// The time at which a skill with frequency P has half of its strength, ln(S/R₀ − 1)/(2ηPS).
    ///
    /// # Errors
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless P is finite and positive.
    pub fn half_time(&self, frequency: f64) -> Result<f64> {
        Ok(self.ln_odds / (self.rate * above_zero(FREQUENCY, frequency)?))
    }
}

const FREQUENCY: &str = "the frequency of a skill";

/// What the loss of infinitely many skills is a power of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Updates.
    Time,
    /// Examples.
    Data,
    /// Neurons.
    Width,
    /// Updates times neurons, shared for the least loss.
    Compute,
}

impl Resource {
    /// The exponent of the loss where P_k ∝ k^−(α + 1) for infinitely many skills: −α/(α + 1) for time and data, −α for width,
    /// −α/(α + 2) for compute.
    ///
    /// # Errors
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless α is finite and positive.
    pub fn exponent(self, alpha: f64) -> Result<f64> {
        let alpha = above_zero("the exponent α", alpha)?;
        Ok(match self {
            Resource::Time | Resource::Data => -alpha / (alpha + 1.0),
            Resource::Width => -alpha,
            Resource::Compute => -alpha / (alpha + 2.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn zipf(skills: usize, alpha: f64) -> Skills {
        let weight = |k| libm::pow(k as f64, -(alpha + 1.0));
        let weights: Vec<f64> = (1..=skills).map(weight).collect();
        Skills::new(&weights).unwrap()
    }

    fn slope(loss: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
        (loss(to) / loss(from)).ln() / (to / from).ln()
    }

    fn slopes(loss: impl Fn(f64) -> f64, at: &[f64]) -> Vec<f64> {
        at.windows(2)
            .map(|pair| slope(&loss, pair[0], pair[1]))
            .collect()
    }

    fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < tolerance, "{found}, {expected}");
        }
    }

    #[test]
    fn many_skills_have_these_losses_and_nearly_the_exponents_of_the_limit() {
        let skills = zipf(100_000, 0.6);
        let growth = Growth::new(1.0, 0.01, 1.0).unwrap();
        let by_time = |t| skills.loss_at(t, &growth).unwrap();
        let by_examples = |d: f64| {
            let law = Learning::Abrupt;
            skills.loss_of_examples(d as usize, 1, law).unwrap()
        };
        let by_width = |r: f64| skills.loss_of_width(r as usize, 1).unwrap();
        assert_near(
            &[by_time(1e3), by_examples(1e3), by_width(100.0)],
            &[0.044_661, 0.032_776, 0.022_586],
            1e-6,
        );
        // Around these sizes.
        assert_near(
            &[
                slope(by_time, 500.0, 2000.0),
                slope(by_examples, 250.0, 1000.0),
                slope(by_width, 90.0, 110.0),
            ],
            &[-0.378, -0.378, -0.607],
            1e-3,
        );
        let limits = [Resource::Time, Resource::Data, Resource::Width];
        let limits = limits.map(|resource| resource.exponent(0.6).unwrap());
        assert_near(&limits, &[-0.375, -0.375, -0.6], 1e-12);
        let compute = Resource::Compute.exponent(0.6).unwrap();
        assert!((compute + 3.0 / 13.0).abs() < 1e-12);
    }

    #[test]
    fn hundreds_of_skills_are_far_from_the_limit() {
        let skills = zipf(500, 0.4);
        let by_width = |r: f64| skills.loss_of_width(r as usize, 1).unwrap();
        let widths = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0];
        let found = slopes(by_width, &widths);
        let expected = [-0.32, -0.38, -0.41, -0.46, -0.51, -0.59, -0.74];
        assert_near(&found, &expected, 0.006);
        assert!(Resource::Width.exponent(0.4).unwrap() == -0.4);

        let by_examples = |d: f64| {
            let law = Learning::Abrupt;
            skills.loss_of_examples(d as usize, 800, law).unwrap()
        };
        let found = slopes(by_examples, &[1e4, 3e4, 1e5, 3e5, 1e6, 3e6]);
        assert_near(&found, &[-0.40, -0.35, -0.40, -0.48, -0.65], 0.006);
        // With 30 skills, still further.
        let few = zipf(30, 0.4);
        let by_width = |r: f64| few.loss_of_width(r as usize, 1).unwrap();
        assert!(slope(by_width, 10.0, 20.0) < -1.6);
    }

    #[test]
    fn a_calibrated_growth_is_slower_by_its_factor_and_halves_where_it_says() {
        // B² = 1/22 of the published network with S = 5, η = 0.05.
        let model = Growth::new(5.0, 0.01, 0.05).unwrap();
        let network = Growth::new(5.0, 0.01, 0.05 / 22.0).unwrap();
        let (fast, slow) = (
            model.half_time(0.5).unwrap(),
            network.half_time(0.5).unwrap(),
        );
        assert!((slow / fast - 22.0).abs() < 1e-12);
        // ln(499)/(2 · 0.05 · 5 · 0.5).
        assert!((fast - 499_f64.ln() / 0.25).abs() < 1e-12);
        let again = model.through(0.5, slow).unwrap();
        for (p, t) in [(0.5, 100.0), (0.01, 3000.0)] {
            assert!((again.strength(p, t) - network.strength(p, t)).abs() < 1e-12);
        }
        assert!((model.strength(0.3, 0.0) - 0.002).abs() < 1e-15);
        assert_eq!(model.strength(1.0, 1e9), 1.0);
    }

    #[test]
    fn the_solution_of_the_smallest_norm_gains_from_any_example() {
        let two = Skills::new(&[3.0, 1.0]).unwrap();
        let loss = |d, needed, law| two.loss_of_examples(d, needed, law).unwrap();
        for d in [0, 1, 3, 7] {
            // By the sum over all numbers of examples.
            let by_hand = |p: f64, needed: usize, missing: &dyn Fn(f64) -> f64| -> f64 {
                let choose = |m: usize| (0..m).map(|i| (d - i) as f64 / (i + 1) as f64);
                let chance = |m: usize| {
                    let ways: f64 = choose(m).product();
                    ways * p.powi(m as i32) * (1.0 - p).powi((d - m) as i32)
                };
                let most = (needed - 1).min(d);
                (0..=most).map(|m| chance(m) * missing(m as f64)).sum()
            };
            let all = |needed, missing: &dyn Fn(f64) -> f64| {
                let part = |p| 0.5 * p * by_hand(p, needed, missing);
                part(0.75) + part(0.25)
            };
            let gradual = loss(d, 3, Learning::Gradual);
            assert!((gradual - all(3, &|m| 1.0 - m / 3.0)).abs() < 1e-13);
            let abrupt = loss(d, 3, Learning::Abrupt);
            assert!((abrupt - all(3, &|_| 1.0)).abs() < 1e-13);
            assert!(gradual <= abrupt);
            let [one, other] = [Learning::Gradual, Learning::Abrupt].map(|law| loss(d, 1, law));
            assert!((one - other).abs() < 1e-15);
        }
    }

    #[test]
    fn a_width_has_whole_skills_and_a_part_of_the_next() {
        let skills = Skills::new(&[2.0, 1.0, 1.0]).unwrap();
        let by_hand = 0.5 * (0.25 * 0.25 + 0.25);
        assert!((skills.loss_of_width(6, 4).unwrap() - by_hand).abs() < 1e-15);
        assert_eq!(skills.loss_of_width(0, 4).unwrap(), 0.5);
        assert_eq!(skills.loss_of_width(12, 4).unwrap(), 0.0);
        assert_eq!(strength_of_width(usize::MAX, 7, 2).unwrap(), 0.0);
    }

    #[test]
    fn what_is_out_of_range_is_an_error() {
        assert!(matches!(Skills::new(&[]), Err(Error::Zero { .. })));
        assert!(matches!(
            Skills::new(&[1.0, -1.0]),
            Err(Error::Negative { .. })
        ));
        assert!(matches!(
            Skills::new(&[0.0]),
            Err(Error::NotPositive { .. })
        ));
        let one = Skills::new(&[1.0]).unwrap();
        assert!(one.loss_of_width(3, 0).is_err() && strength_of_width(0, 3, 0).is_err());
        assert!(strength_of_examples(3, 0).is_err());
        assert!(one.loss_of_examples(3, 0, Learning::Gradual).is_err());
        assert!(Growth::new(0.0, 0.1, 1.0).is_err() && Growth::new(1.0, 0.6, 1.0).is_err());
        let growth = Growth::new(1.0, 0.1, 1.0).unwrap();
        assert!(one.loss_at(f64::NAN, &growth).is_err());
        assert!(growth.through(0.0, 1.0).is_err() && growth.half_time(0.0).is_err());
        assert!(Resource::Time.exponent(0.0).is_err());
    }
}
