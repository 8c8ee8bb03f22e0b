//! Gaussian elimination over GF(2).

use super::word::{Word, xor_into};
use super::{Fit, Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use crate::access::{Examples, RandomExamples};
use crate::error::{Error, Result};
use crate::seeds::LabRng;

const NAME: &str = "elimination";

/// Rows expected beyond n until the rank is n, Σ_{d ≥ 0} (1 − ∏_{i > d} (1 − 2⁻ⁱ)).
const ROWS_BEYOND: f64 = 1.606_695;

/// Gaussian elimination: clean labels are linear equations over GF(2), ⊕_{i∈S} x_i = y, and inputs of rank n have one solution.
///
/// It takes one example after the other until the rank is n, which needs n + 1.607 of them in expectation, and no account of k.
/// A single flipped label makes the solution worthless; see [`CleanOnly`](Error::CleanOnly).
///
/// The front page of [`solver`](super) shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Elimination;

impl<A: RandomExamples + ?Sized> Solver<A> for Elimination {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        problem.demand_clean(NAME)?;
        let (n, words) = (problem.n, stride(problem.n));
        let rows = n as f64 + ROWS_BEYOND;
        let plan = Plan {
            sample: Some(SampleSize {
                examples: rows.ceil() as usize,
                wrong: 0,
            }),
            // Half of the pivots are met by a row, and those before it are half of all.
            words: (n as f64 * rows - (n * n) as f64 / 2.0) / 2.0 * words as f64,
            candidates: 1.0,
            bytes: (8 * n * words) as u64,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let verdict = solve::<u64, A>(problem, access)?;
        Ok(Report {
            solver: NAME.into(),
            verdict,
            plan,
            ledger: access.ledger().clone(),
        })
    }
}

/// Words of a row of n coordinates with its label behind.
fn stride(n: usize) -> usize {
    (n + 1).div_ceil(64)
}

fn solve<W: Word, A: RandomExamples + ?Sized>(
    problem: &Problem,
    access: &mut A,
) -> Result<Verdict> {
    let n = problem.n;
    let (mut basis, mut examples) = (Basis::<W>::new(n), Examples::none(n)?);
    while basis.rank < n {
        let next = examples.len();
        if access.left() == Some(0) {
            let needed = (n as f64 + ROWS_BEYOND).ceil() as usize;
            let found = next;
            return Err(Error::TooFew {
                solver: NAME,
                needed,
                found,
            });
        }
        access.draw(1, &mut examples)?;
        if !basis.insert(&examples, next) {
            if let Some((row, other)) = examples.contradiction() {
                return Err(Error::Contradiction { row, other });
            }
            access.charge().words += basis.operations;
            return Ok(Verdict::NothingFits);
        }
    }
    let support = basis.solution();
    let charge = access.charge();
    charge.words += basis.operations;
    charge.candidates += 1;
    charge.attempts += 1;
    charge.holds((size_of::<W>() * basis.rows.len()) as u64);
    Ok(match problem.k.contains(&support.len()) {
        true => {
            let fit = Fit {
                support,
                wrong: 0,
                examples: examples.len(),
                chance: problem.chance(0, examples.len()),
            };
            Verdict::Found(fit, Uniqueness::AmongAll)
        }
        false => Verdict::NothingFits,
    })
}

/// Independent equations, each in the place of the lowest coordinate in it.
struct Basis<W> {
    n: usize,
    /// Row after row; the label is bit n. A row without a set bit below n is not there.
    rows: Vec<W>,
    present: Vec<bool>,
    rank: usize,
    operations: u64,
}

impl<W: Word> Basis<W> {
    fn new(n: usize) -> Self {
        Basis {
            n,
            rows: vec![W::of(0); n * stride(n)],
            present: vec![false; n],
            rank: 0,
            operations: 0,
        }
    }

    /// Takes up an equation; `false` if it contradicts the others.
    fn insert(&mut self, examples: &Examples, row: usize) -> bool {
        let (n, stride) = (self.n, stride(self.n));
        let mut equation: Vec<W> = examples
            .x()
            .row(row)
            .iter()
            .map(|&bits| W::of(bits))
            .collect();
        equation.resize(stride, W::of(0));
        let label = u64::from(examples.is_negative(row)) << (n % 64);
        equation[n / 64] = W::of(equation[n / 64].bits() | label);
        let mut from = 0;
        while let Some(lowest) = lowest(&equation, from).filter(|&lowest| lowest < n) {
            from = lowest / 64;
            let place = &mut self.rows[lowest * stride..][..stride];
            if !self.present[lowest] {
                place.copy_from_slice(&equation);
                self.present[lowest] = true;
                self.rank += 1;
                return true;
            }
            xor_into(&mut equation[from..], &place[from..]);
            self.operations += (stride - from) as u64;
        }
        equation[n / 64].bits() >> (n % 64) & 1 == 0
    }

    /// The solution of n independent equations.
    fn solution(&mut self) -> Vec<usize> {
        let (n, stride) = (self.n, stride(self.n));
        let mut solution = vec![W::of(0); stride];
        // The last coordinate is known from its own equation, and each one before from those behind.
        for place in (0..n).rev() {
            let row = &self.rows[place * stride..][..stride];
            let mut parity = row[n / 64].bits() >> (n % 64) & 1;
            for word in place / 64..stride {
                parity += u64::from(row[word].and(solution[word]).ones());
                self.operations += 2;
            }
            let word = solution[place / 64].bits() | (parity & 1) << (place % 64);
            solution[place / 64] = W::of(word);
        }
        (0..n)
            .filter(|&i| solution[i / 64].bits() >> (i % 64) & 1 == 1)
            .collect()
    }
}

/// The lowest set bit, from a word on.
fn lowest<W: Word>(words: &[W], from: usize) -> Option<usize> {
    let found = words[from..].iter().position(|word| word.bits() != 0)?;
    let word = from + found;
    Some(word * 64 + words[word].bits().trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::super::word::{Counted, counted};
    use super::*;
    use crate::access::{Access, Fixed, Fresh};
    use crate::data::{Batch, ParityDistribution};
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn every_operation_on_words_is_in_the_ledger() {
        for (n, k) in [(5, 2), (20, 3), (63, 3), (64, 5), (70, 3), (130, 6)] {
            let distribution =
                ParityDistribution::random(n, k, &mut Seeds::from(1).stream(Purpose::Support))
                    .unwrap();
            let problem = Problem::new(n, k).unwrap();
            let mut oracle = Fresh::new(distribution.clone(), &Seeds::from(1));
            let (verdict, operations) =
                counted(|| solve::<Counted, _>(&problem, &mut oracle).unwrap());
            assert_eq!(verdict.support(), Some(distribution.parity().support()));
            assert_eq!(operations, oracle.ledger().words, "({n}, {k})");
        }
    }

    #[test]
    fn about_1_6_rows_beyond_n_are_read() {
        let (n, runs) = (40, 400);
        let problem = Problem::new(n, 3).unwrap();
        let total: u64 = (0..runs)
            .map(|seed| {
                let seeds = Seeds::from(seed);
                let law = ParityDistribution::random(n, 3, &mut seeds.stream(Purpose::Support));
                let mut oracle = Fresh::new(law.unwrap(), &seeds);
                let rng = &mut seeds.stream(Purpose::Solver);
                let report = Elimination.solve(&problem, &mut oracle, rng).unwrap();
                report.ledger.examples - n as u64
            })
            .sum();
        // The standard deviation of the number of rows is 1.66; five of the mean's.
        let mean = total as f64 / runs as f64;
        assert!(
            (mean - ROWS_BEYOND).abs() < 5.0 * 1.66 / (runs as f64).sqrt(),
            "{mean}"
        );
    }

    #[test]
    fn noise_and_contradictions_are_told() {
        let seeds = Seeds::from(1);
        let law = ParityDistribution::new(30, &[1, 2, 3]).unwrap();
        let mut batch = Batch::<f32>::draw(&law, 60, &mut (&seeds).into()).unwrap();
        let rng = &mut seeds.stream(Purpose::Solver);
        let problem = Problem::new(30, 3).unwrap();
        batch.y.mapv_inplace(|y| -y);
        let flipped = Examples::of(&batch).unwrap();
        let report = Elimination
            .solve(&problem, &mut Fixed::new(&flipped), rng)
            .unwrap();
        assert_eq!(report.verdict, Verdict::NothingFits);

        batch.x.copy_row(1, &batch.x.clone(), 0);
        batch.y[1] = -batch.y[0];
        let contradictory = Examples::of(&batch).unwrap();
        let error = Elimination
            .solve(&problem, &mut Fixed::new(&contradictory), rng)
            .unwrap_err();
        assert!(
            matches!(error, Error::Contradiction { row: 1, other: 0 }),
            "{error}"
        );

        let noisy = problem.with_noise(super::super::Noise::Known(0.1)).unwrap();
        let mut oracle = Fresh::new(law, &seeds);
        let error = Elimination.solve(&noisy, &mut oracle, rng).unwrap_err();
        assert!(matches!(error, Error::CleanOnly { .. }), "{error}");
        assert_eq!(oracle.ledger().examples, 0);
    }
}
