//! The biased random walk, and the time at which the support emerges from it.

use crate::error::{Error, Result, non_negative};
use crate::stats::normal_quantile;
use crate::theory::binomial::open_fraction;
use crate::theory::gap::{FourierGap, membership};
use std::f64::consts::SQRT_2;

/// A random walk of n coordinates with a drift, made by [`Drift::walk`](super::Drift::walk).
///
/// ```math
/// D_i(t) \sim \mathcal{N}(t \, \mu_i, \; t \, s_i^2)
/// ```
///
/// The displacements of different coordinates are dependent. The bounds below are union bounds,
/// which need only the distribution of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    pub(super) mean: Vec<f64>,
    pub(super) deviation: Vec<f64>,
}

/// The predicted displacement of a coordinate of a [`Walk`], a normal distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Displacement {
    /// The drift t·μ_i.
    pub mean: f64,
    /// The diffusion √t·s_i, a standard deviation.
    pub deviation: f64,
}

/// The drifts on a support and off it, and the height equally many standard deviations from both.
struct Sides {
    inside: Vec<bool>,
    /// The gap between the drift on S and off it in one step.
    gamma: f64,
    /// The largest standard deviations on S and off it, added up.
    spread: f64,
    /// The height, for one step.
    height: f64,
}

impl Walk {
    /// The mean μ_i of a step, −η g_i, for each coordinate.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The standard deviation s_i of a step, η √(v_i/B), for each coordinate.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }

    /// The distribution of w_t − w_0 at coordinate i.
    ///
    /// # Errors
    /// [`Error::Negative`] unless t is finite and not negative.
    ///
    /// # Panics
    /// If there is no coordinate i.
    pub fn displacement(&self, i: usize, t: f64) -> Result<Displacement> {
        non_negative("the time t", t)?;
        Ok(Displacement {
            mean: t * self.mean[i],
            deviation: t.sqrt() * self.deviation[i],
        })
    }

    /// The time at which the support has emerged, with probability at least 1 − δ: the coordinates of
    /// S are then the k that have moved farthest.
    ///
    /// ```math
    /// t = \Big( \frac{z \, (s_S + s_{\bar S})}{\gamma} \Big)^2, \qquad
    /// \gamma = \min_{i \in S} |\mu_i| - \max_{i \notin S} |\mu_i|, \qquad
    /// \mathrm{P}(Z > z) = \frac{\delta}{2n - k}
    /// ```
    ///
    /// Here s_S and s_S̄ are the largest standard deviations on S and off it, and Z is standard
    /// normal. It is a union bound over the n events that a coordinate of S is below a height, or
    /// another one above it to either side, and so an upper bound for the walk, whatever the
    /// dependence of its coordinates. For SGD it is a prediction under coefficients frozen at w_0
    /// and the normal distribution; it is predictive, not causal. As a number of examples t·B, it
    /// takes the place of Proposition 9,
    /// [`sufficient_samples`](crate::theory::gap::sufficient_samples), which does not use
    /// variances.
    ///
    /// The result is 0 if every coordinate is relevant, or if none diffuses.
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless γ and δ are positive (without a gap S never emerges),
    /// [`Error::Fraction`] unless δ < 1, [`Error::Method`] if the time overflows;
    /// [`Error::Degree`] if the support is empty, [`Error::SupportRange`] or
    /// [`Error::SupportRepeat`] unless it is a subset of the coordinates.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::theory::drift::Drift;
    /// use sparse_parity::theory::gradient::Neuron;
    ///
    /// let neuron = Neuron::new(&Relu, &[1.0; 31], 0.0)?;
    /// let drift = Drift::of(&neuron, &[3, 17])?;
    /// let walk = drift.walk(0.1, 32)?;
    /// let t = walk.emergence_time(&[3, 17], 0.05)?;
    /// assert_eq!(t.ceil(), 127.0);
    /// // Flipped labels shrink the drift and so, by the square, lengthen the plateau.
    /// let noisy = drift.with_label_noise(0.25)?.walk(0.1, 32)?;
    /// let ratio = noisy.emergence_time(&[3, 17], 0.05)? / t;
    /// assert!((4.0..4.2).contains(&ratio));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn emergence_time(&self, support: &[usize], delta: f64) -> Result<f64> {
        let (n, k) = (self.mean.len(), support.len());
        open_fraction("the probability δ", delta)?;
        let sides = self.sides(support)?;
        if k == n {
            return Ok(0.0);
        }
        let z = normal_quantile(2.0 * delta / (2 * n - k) as f64);
        let root = z * sides.spread / sides.gamma;
        let t = root * root;
        if !t.is_finite() {
            return Err(Error::Method {
                method: "the biased random walk",
                reason: format!("a gap of {:e} takes too long to emerge", sides.gamma),
                repair: "use a larger gap".into(),
            });
        }
        Ok(t)
    }

    /// A bound for the probability that at time t the coordinates of S are *not* those that have
    /// moved farthest, at most 1.
    ///
    /// ```math
    /// \sum_{i \in S} \mathrm{P}\big( |D_i(t)| \le c t \big)
    ///     + \sum_{i \notin S} \mathrm{P}\big( |D_i(t)| \ge c t \big) , \qquad
    /// c = \max_{i \notin S} |\mu_i| + \gamma \, \frac{s_{\bar S}}{s_S + s_{\bar S}}
    /// ```
    ///
    /// It is the union bound of [`emergence_time`](Walk::emergence_time) with each coordinate's own
    /// mean and variance, and from that time on at most δ.
    ///
    /// # Errors
    /// [`Error::Negative`] unless t is finite and not negative, [`Error::NotPositive`] without a gap, and
    /// those of the support.
    pub fn failure(&self, support: &[usize], t: f64) -> Result<f64> {
        non_negative("the time t", t)?;
        let sides = self.sides(support)?;
        if support.len() == self.mean.len() {
            return Ok(0.0);
        }
        if t == 0.0 {
            return Ok(1.0);
        }
        let root = t.sqrt();
        let above = |distance: f64, deviation: f64| match deviation {
            // It is where it is.
            0.0 => f64::from(u8::from(distance <= 0.0)),
            _ => 0.5 * libm::erfc(root * distance / (SQRT_2 * deviation)),
        };
        let coordinates = self.mean.iter().zip(&self.deviation).zip(&sides.inside);
        let terms = coordinates.map(|((mean, &deviation), &inside)| {
            let (mean, c) = (mean.abs(), sides.height);
            match inside {
                true => above(mean - c, deviation) - above(mean + c, deviation),
                false => above(c - mean, deviation) + above(c + mean, deviation),
            }
        });
        Ok(terms.sum::<f64>().clamp(0.0, 1.0))
    }

    fn sides(&self, support: &[usize]) -> Result<Sides> {
        let inside = membership(self.mean.len(), support)?;
        let gap = FourierGap::of(&self.mean, support)?;
        let largest = |side: bool| {
            let deviations = self.deviation.iter().zip(&inside);
            let deviations = deviations.filter(|(_, inside)| **inside == side);
            deviations.fold(0.0_f64, |most, (s, _)| most.max(*s))
        };
        let (on, off) = (largest(true), largest(false));
        let (gamma, spread) = (gap.gamma(), on + off);
        if support.len() < self.mean.len() {
            crate::error::above_zero("the gap γ of the drift", gamma)?;
        }
        let share = if spread > 0.0 { off / spread } else { 0.5 };
        Ok(Sides {
            inside,
            gamma,
            spread,
            height: gap.off + gamma * share,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::params::{InitialDistribution, Layout, Params};
    use crate::seeds::{Purpose, Seeds};
    use crate::theory::drift::Drift;
    use crate::theory::gap::{largest, sufficient_samples};
    use crate::theory::gradient::Neuron;

    fn walk() -> Walk {
        Walk {
            mean: vec![-0.2, 0.05, 0.0, 0.15, -0.05],
            deviation: vec![0.9, 1.1, 1.0, 1.0, 0.8],
        }
    }

    #[test]
    fn at_the_time_of_emergence_the_bound_is_kept() {
        let walk = walk();
        for delta in [0.5, 0.05, 1e-6] {
            let t = walk.emergence_time(&[0, 3], delta).unwrap();
            let failure = walk.failure(&[0, 3], t).unwrap();
            assert!(failure <= delta && failure > 0.05 * delta, "{failure}");
            assert!(walk.failure(&[0, 3], 0.5 * t).unwrap() > failure);
        }
        assert_eq!(walk.failure(&[0, 3], 0.0).unwrap(), 1.0);
    }

    #[test]
    fn coordinates_that_reach_the_height_at_once_attain_the_bound() {
        // Off S the drift vanishes, so that both sides count; on S the far side is negligible.
        for [on, off] in [[2.0, 2.0], [1.0, 3.0], [1.5, 2.5]] {
            let walk = Walk {
                mean: vec![1.0, 0.0, 0.0],
                deviation: vec![on, off, off],
            };
            let t = walk.emergence_time(&[0], 1e-4).unwrap();
            let failure = walk.failure(&[0], t).unwrap();
            assert!((failure - 1e-4).abs() < 1e-10, "{failure}");
            // z = 4.1075 for P(Z > z) = 1e-4/5.
            assert!((t - (4.0 * 4.107_48_f64).powi(2)).abs() < 0.01, "{t}");
        }
    }

    #[test]
    fn a_simulated_walk_emerges_by_then_and_not_long_before() {
        let mut layout = Layout::default();
        let standard = InitialDistribution::Normal { deviation: 1.0 };
        let block = layout.block("normal", (1000, 5), standard);
        let layout = layout.into();
        let (walk, rng) = (walk(), &mut Seeds::from(2).stream(Purpose::Init));
        let t = walk.emergence_time(&[0, 3], 0.1).unwrap();
        let mut failures = |t: f64| {
            let normal = Params::<f64>::draw(&layout, rng);
            let rows = normal.view(&block);
            let failed = rows.rows().into_iter().filter(|row| {
                let at: Vec<f64> = (0..5)
                    .map(|i| {
                        let distribution = walk.displacement(i, t).unwrap();
                        distribution.mean + distribution.deviation * row[i]
                    })
                    .collect();
                largest(&at, 2).unwrap() != [0, 3]
            });
            failed.count()
        };
        assert!(failures(t) <= 100);
        assert!(failures(t / 8.0) > 100);
    }

    #[test]
    fn only_the_number_of_examples_matters_and_they_are_fewer_than_in_proposition_9() {
        let w = [1.0; 15];
        let drift = Drift::of(&Neuron::new(&Relu, &w, 0.0).unwrap(), &[1, 2]).unwrap();
        let time = |rate, batch| {
            let walk = drift.walk(rate, batch).unwrap();
            walk.emergence_time(&[1, 2], 0.01).unwrap()
        };
        let examples = time(1.0, 1);
        assert!((time(0.01, 32) * 32.0 - examples).abs() < 1e-9 * examples);
        let gap = FourierGap::of(&drift.mean, &[1, 2]).unwrap();
        let enough = sufficient_samples(15, gap.gamma(), 0.01).unwrap();
        assert!(examples < enough as f64 && examples > 0.1 * enough as f64);
    }

    #[test]
    fn nothing_emerges_without_a_gap_and_everything_at_once_without_a_rest() {
        let walk = walk();
        let all = [0, 1, 2, 3, 4];
        assert_eq!(walk.emergence_time(&all, 0.1).unwrap(), 0.0);
        assert_eq!(walk.failure(&all, 1.0).unwrap(), 0.0);
        let error = walk.emergence_time(&[1], 0.1).unwrap_err();
        assert!(error.to_string().contains("gap"), "{error}");
        assert!(walk.failure(&[1], 1.0).is_err());
        assert!(walk.failure(&[0], -1.0).is_err() && walk.displacement(0, -1.0).is_err());
        for delta in [0.0, 1.0, f64::NAN] {
            assert!(walk.emergence_time(&[0], delta).is_err());
        }
        assert!(walk.emergence_time(&[], 0.1).is_err());
        assert!(walk.emergence_time(&[7], 0.1).is_err());
        let still = Walk {
            mean: vec![0.0; 3],
            deviation: vec![0.0; 3],
        };
        assert!(still.emergence_time(&[0], 0.1).is_err());
    }
}
