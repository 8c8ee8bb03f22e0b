//! The ReLU neuron with weights 1, whose gradient reveals the support.

use super::Problem;
use crate::activation::Relu;
use crate::error::{Error, Result, at_most};
use crate::stats::{LogOdds, ln_at_most, normal_quantile};
use crate::theory::gap::FourierGap;
use crate::theory::gradient::Neuron;

/// The most coordinates of the neuron, whose gradient is computed for a plan.
const MOST: usize = 1 << 24;
/// The most coordinates where the bias is to be chosen, by a gradient for each one that is possible.
const MOST_TO_CHOOSE: usize = 1 << 14;
const N: &str = "the number of coordinates n";

/// The neuron 1\[Σ x_i + b > 0\] of n coordinates, as a feature whose correlation with y·x_i tells i ∈ S from i ∉ S.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AllOnes {
    pub bias: f64,
    /// The Fourier gap γ of its gradient, for the noise of the problem.
    pub gamma: f64,
    /// The probability that it is active.
    pub active: f64,
}

impl AllOnes {
    /// The neuron with a given bias, or with that of the least `cost` among the integers up to 3√n for which no input is a tie.
    ///
    /// # Errors
    /// [`Error::Conflict`] if k is not told, [`Error::TooLarge`] for more coordinates than a plan has time for,
    /// [`Error::Method`] if the gradient does not reveal S.
    pub(super) fn choose(
        problem: &Problem,
        bias: Option<f64>,
        cost: impl Fn(&AllOnes) -> f64,
    ) -> Result<Self> {
        if problem.k.start() != problem.k.end() {
            return Err(Error::Conflict {
                one: "the largest entries of a gradient",
                other: "several values of k",
                reason: "how many entries are the support is not read off from a gradient",
            });
        }
        let best = match bias {
            Some(bias) => AllOnes::with(problem, bias)?,
            None => {
                at_most(N, problem.n, MOST_TO_CHOOSE)?;
                let reach = (3.0 * (problem.n as f64).sqrt()).ceil() as i64;
                let is_tie = |bias: &i64| (problem.n as i64 + bias) % 2 == 0;
                let all = (-reach..=reach).filter(|bias| !is_tie(bias));
                let all = all.map(|bias| AllOnes::with(problem, bias as f64));
                let all: Vec<_> = all.collect::<Result<_>>()?;
                let usable = all.into_iter().filter(|one| one.gamma > 0.0);
                let best = usable.min_by(|a, b| cost(a).total_cmp(&cost(b)));
                best.ok_or_else(|| hidden(f64::NAN))?
            }
        };
        match best.gamma > 0.0 {
            true => Ok(best),
            false => Err(hidden(best.gamma)),
        }
    }

    fn with(problem: &Problem, bias: f64) -> Result<Self> {
        let (n, k) = (at_most(N, problem.n, MOST)?, *problem.k.end());
        let weights = AllOnes::weights(n);
        // Which coordinates are relevant makes no difference.
        let support: Vec<usize> = (0..k).collect();
        let gradient = Neuron::new(&Relu, &weights, bias)?.gradient(&support)?;
        let gap = FourierGap::of(&gradient.weight, &support)?;
        // Active with at most so many −1: n − 2j + b > 0.
        let most = (((n as f64 + bias) / 2.0).ceil() - 1.0).clamp(-1.0, n as f64);
        let active = match most {
            ..0.0 => 0.0,
            most => libm::exp(ln_at_most(most as usize, n, LogOdds::of(0.5))),
        };
        Ok(AllOnes {
            bias,
            gamma: (1.0 - 2.0 * problem.noise.bound()) * gap.gamma(),
            active,
        })
    }

    pub(super) fn weights(n: usize) -> Vec<f64> {
        vec![1.0; n]
    }

    /// The examples B whose mean gradient reveals S: 4a·z²/γ², z the quantile of δ/2n and a the probability that the neuron
    /// is active, which bounds the variance of an entry.
    pub(super) fn examples(&self, problem: &Problem) -> f64 {
        let z = normal_quantile(problem.failure / (2.0 * problem.n as f64));
        (4.0 * self.active * z * z / (self.gamma * self.gamma)).ceil()
    }
}

fn hidden(gamma: f64) -> Error {
    Error::Method {
        method: "one gradient",
        reason: format!("the Fourier gap of the all-ones neuron is {gamma}, not positive"),
        repair: "choose another bias: 0 for even k and odd n, and one above 1 for odd k".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::gap::sufficient_samples;

    fn with(n: usize, k: usize, bias: f64) -> AllOnes {
        AllOnes::with(&Problem::new(n, k).unwrap(), bias).unwrap()
    }

    #[test]
    fn gaps_are_those_of_majorities_and_half_spaces() {
        for (n, k, bias, gamma) in [
            (31, 2, 0.0, 0.069_741),
            (51, 2, 0.0, 0.054_992),
            (31, 4, 0.0, 0.002_214),
            (31, 3, 2.0, 0.004_515 - 0.000_467),
            (51, 3, 2.0, 0.002_159 - 0.000_132),
            (50, 3, 1.0, 0.001_146 - 0.000_073),
        ] {
            let one = with(n, k, bias);
            assert!((one.gamma - gamma).abs() < 1.5e-6, "({n}, {k}): {one:?}");
        }
        assert!((with(31, 2, 0.0).active - 0.5).abs() < 1e-12);
        assert_eq!(
            (with(4, 2, 9.0).active, with(4, 2, -9.0).active),
            (1.0, 0.0)
        );
        assert!((with(4, 2, -3.0).active - 1.0 / 16.0).abs() < 1e-15);
    }

    #[test]
    fn the_variance_needs_fewer_examples_than_the_range() {
        let problem = Problem::new(31, 2).unwrap();
        let one = with(31, 2, 0.0);
        assert_eq!(one.examples(&problem), 5854.0);
        assert_eq!(sufficient_samples(31, one.gamma, 0.01).unwrap(), 14_363);
        let problem = Problem::new(51, 2).unwrap();
        let one = with(51, 2, 0.0);
        assert_eq!(sufficient_samples(51, one.gamma, 0.01).unwrap(), 24_418);
        assert!(one.examples(&problem) < 10_500.0);
    }

    #[test]
    fn the_best_bias_is_no_worse_than_the_usual_ones() {
        for (n, k, usual) in [
            (31, 2, 0.0),
            (31, 3, 2.0),
            (50, 3, 1.0),
            (51, 4, 0.0),
            (9, 9, 0.0),
        ] {
            let problem = Problem::new(n, k).unwrap();
            let cost = |one: &AllOnes| one.examples(&problem);
            let best = AllOnes::choose(&problem, None, cost).unwrap();
            let usual = with(n, k, usual);
            assert!(
                usual.gamma <= 0.0 || cost(&best) <= cost(&usual),
                "({n}, {k}): {best:?}"
            );
        }
    }
}
