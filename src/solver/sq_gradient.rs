//! The support read off from a single gradient, by statistical queries.

use super::all_ones::AllOnes;
use super::{Fit, Plan, Problem, Report, Solver, Uniqueness, Verdict};
use crate::access::{Query, StatisticalQueries};
use crate::activation::Relu;
use crate::error::Result;
use crate::seeds::LabRng;
use crate::theory::gap::largest;
use crate::theory::gradient::Neuron;

const NAME: &str = "sq-gradient";

/// [`OneGradient`](super::OneGradient) by statistical queries: n of them at τ = γ/2, the coordinates of the gradient of the all-ones
/// ReLU neuron.
///
/// Answers within half the Fourier gap γ of the means are largest on S, or tie at worst. The answers are worth n·4/γ² examples, and γ is of order
/// n^{−(k−1)/2}, so that the statistical queries of a gradient cost nᵏ again.
///
/// ```
/// use sparse_parity::access::{Answers, Stat};
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Problem, Solver, SqGradient};
///
/// let mut oracle = Stat::new(Parity::new(51, &[3, 17, 20, 44])?, Answers::Adversary);
/// let rng = &mut Seeds::from(1).stream(Purpose::Solver);
/// let report = SqGradient::default().solve(&Problem::new(51, 4)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[3, 17, 20, 44][..]));
/// assert_eq!(report.ledger.statistical, 51);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct SqGradient {
    /// The bias b; by default the integer with the largest gap.
    pub bias: Option<f64>,
}

impl SqGradient {
    fn neuron(&self, problem: &Problem) -> Result<AllOnes> {
        AllOnes::choose(problem, self.bias, |one| -one.gamma)
    }

    /// The tolerance τ = γ/2 of its queries.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) if k may have several values, [`Error::Method`](crate::Error::Method) if
    /// γ is not positive.
    pub fn tolerance(&self, problem: &Problem) -> Result<f64> {
        Ok(self.neuron(problem)?.gamma / 2.0)
    }
}

impl<A: StatisticalQueries + ?Sized> Solver<A> for SqGradient {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        self.neuron(problem)?;
        let plan = Plan {
            statistical: problem.n as f64,
            bytes: 16 * problem.n as u64,
            is_exact: true,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let (n, one) = (problem.n, self.neuron(problem)?);
        let weights = AllOnes::weights(n);
        let neuron = Neuron::new(&Relu, &weights, one.bias)?;
        let queries: Vec<_> = (0..n).map(|i| Query::Coordinate(&neuron, i)).collect();
        let answers = access.answers(&queries, one.gamma / 2.0)?;
        access.charge().attempts += 1;
        access.charge().holds(plan.bytes);
        let fit = Fit {
            support: largest(&answers, *problem.k.end())?,
            wrong: 0,
            examples: 0,
            chance: problem.chance(0, 0),
        };
        Ok(Report::of(
            NAME,
            Verdict::Found(fit, Uniqueness::Open),
            plan,
            access,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Answers, Fresh, Honest, LazyAdversary, Stat, Vstat};
    use crate::data::{Parity, ParityDistribution};
    use crate::seeds::{Purpose, Seeds};
    use crate::solver::instances::problem;

    fn rng() -> LabRng {
        Seeds::from(1).stream(Purpose::Solver)
    }

    #[test]
    fn every_oracle_within_half_the_gap_reveals_the_support() {
        for (n, k, p) in [
            (31, 2, 0.0),
            (50, 3, 0.1),
            (65, 4, 0.0),
            (128, 5, 0.2),
            (12, 6, 0.0),
        ] {
            let seeds = Seeds::from(n as u64);
            let parity = Parity::random(n, k, &mut seeds.stream(Purpose::Support)).unwrap();
            let problem = problem(n, k, p);
            let tau = SqGradient::default().tolerance(&problem).unwrap();
            for answers in [Answers::Exact, Answers::Rounded, Answers::Adversary] {
                let mut oracle = Stat::new(parity.clone(), answers).with_noise(p).unwrap();
                let report = SqGradient::default()
                    .solve(&problem, &mut oracle, &mut rng())
                    .unwrap();
                assert_eq!(
                    report.verdict.support(),
                    Some(parity.support()),
                    "({n}, {k})"
                );
                assert_eq!(report.ledger.finest, Some(tau));
                assert_eq!(report.ledger.statistical, n as u64);
            }
            let t = 1.0 / (tau * tau);
            let mut oracle = Vstat::new(parity.clone(), t * (1.0 + 1e-9))
                .unwrap()
                .with_noise(p)
                .unwrap();
            let report = SqGradient::default()
                .solve(&problem, &mut oracle, &mut rng())
                .unwrap();
            assert_eq!(
                report.verdict.support(),
                Some(parity.support()),
                "({n}, {k})"
            );
        }
    }

    #[test]
    fn examples_and_an_adversary_without_a_support_answer_it() {
        let problem = Problem::new(21, 2).unwrap();
        let examples = Fresh::new(
            ParityDistribution::new(21, &[3, 9]).unwrap(),
            &Seeds::from(1),
        );
        let mut honest = Honest::reusing(examples, 0.01, 21).unwrap();
        let report = SqGradient::default()
            .solve(&problem, &mut honest, &mut rng())
            .unwrap();
        assert_eq!(report.verdict.support(), Some(&[3, 9][..]));

        let small = Problem::new(11, 2).unwrap();
        let mut lazy = LazyAdversary::new(11, 2, 0.0).unwrap();
        let report = SqGradient::default()
            .solve(&small, &mut lazy, &mut rng())
            .unwrap();
        assert_eq!(report.verdict.support(), lazy.support());
    }
}
