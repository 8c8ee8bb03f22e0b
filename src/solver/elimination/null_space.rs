//! All solutions of equations that have several.

use super::super::fits::Fits;
use super::super::word::{Word, xor_into};
use super::super::{Problem, Uniqueness, Verdict};
use super::basis::{Basis, support};
use super::fit;
use crate::access::RandomExamples;
use crate::error::{Error, Result};

/// ln₂ of the most solutions that are gone through.
const MOST_FREE: usize = 20;

/// Succeeds if equations of that rank do not have too many solutions.
///
/// # Errors
/// [`Error::TooFew`].
pub(super) fn demand(solver: &'static str, n: usize, rank: usize, examples: usize) -> Result<()> {
    match n.saturating_sub(rank) {
        ..=MOST_FREE => Ok(()),
        _ => Err(Error::TooFew {
            solver,
            needed: n - MOST_FREE,
            found: examples,
        }),
    }
}

/// The verdict upon the solutions, each of which is examined.
pub(super) fn verdict<W: Word, A: RandomExamples + ?Sized>(
    solver: &'static str,
    problem: &Problem,
    basis: &mut Basis<W>,
    examples: usize,
    access: &mut A,
) -> Result<Verdict> {
    demand(solver, problem.n, basis.rank(), examples)?;
    let free = basis.free();
    let vectors: Vec<Vec<W>> = free.iter().map(|&i| basis.null_vector(i)).collect();
    let mut solution = basis.solution();
    let mut fits = Fits::default();
    // The solutions in the order of a Gray code differ by one vector each.
    for next in 1..=1_u64 << free.len() {
        let size: u32 = solution.iter().map(|word| word.ones()).sum();
        if problem.k.contains(&(size as usize)) {
            fits.push(0, support(&solution));
        }
        if let Some(vector) = vectors.get(next.trailing_zeros() as usize) {
            xor_into(&mut solution, vector);
        }
    }
    let charge = access.charge();
    let words = solution.len() as u64;
    charge.words += words * ((2 << free.len()) - 1);
    charge.candidates += 1 << free.len();
    let held = (vectors.len() + 1) * solution.len() * size_of::<W>();
    charge.holds(Basis::<W>::bytes(problem.n, examples) + held as u64);
    let fit = |_, support| fit(problem, support, examples, basis.rank());
    Ok(fits.among(fit, Uniqueness::AmongSparse))
}

#[cfg(test)]
mod tests {
    use super::super::super::word::{Counted, counted};
    use super::super::{NAME, solve};
    use super::*;
    use crate::access::{Access, Examples, Fixed};
    use crate::data::{Batch, ParityDistribution};
    use crate::seeds::Seeds;
    use crate::solver::MOST_FITS;

    fn sample(n: usize, support: &[usize], m: usize) -> Examples {
        let law = ParityDistribution::new(n, support).unwrap();
        let batch = Batch::<f32>::draw(&law, m, &mut (&Seeds::from(m as u64)).into());
        Examples::of(&batch.unwrap()).unwrap()
    }

    #[test]
    fn a_sample_of_small_rank_finds_the_only_sparse_solution() {
        for (n, missing) in [(30, 9), (63, 12), (64, 15), (65, 10), (130, 20), (200, 18)] {
            let examples = sample(n, &[2, 7, 11], n - missing);
            let problem = Problem::new(n, 3).unwrap();
            let mut oracle = Fixed::new(&examples);
            let (verdict, operations) =
                counted(|| solve::<Counted, _>(&problem, &mut oracle).unwrap());
            let Verdict::Found(fit, Uniqueness::AmongSparse) = &verdict else {
                panic!("{verdict:?}");
            };
            assert_eq!(fit.support, [2, 7, 11]);
            assert_eq!(operations, oracle.ledger().words);
            assert!(oracle.ledger().candidates >= 1 << missing);
        }
    }

    #[test]
    fn several_solutions_are_listed_and_counted() {
        let (n, m) = (16, 7);
        let examples = sample(n, &[1, 4], m);
        let problem = Problem::with_degrees(n, 1..=3).unwrap();
        let verdict = solve::<u64, _>(&problem, &mut Fixed::new(&examples)).unwrap();
        let mut all = Vec::new();
        for set in 1_u64..1 << n {
            let set: Vec<usize> = support(&[set]);
            if set.len() <= 3 && examples.wrong(&set) == 0 {
                all.push(set);
            }
        }
        all.sort();
        assert!(all.len() > 1, "{all:?}");
        let Verdict::Several(fits, count) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(count, all.len() as u64);
        let found: Vec<_> = fits.into_iter().map(|fit| fit.support).collect();
        assert_eq!(found, all);
    }

    #[test]
    fn equal_columns_are_two_solutions_and_more_fits_than_are_listed_are_counted() {
        let law = ParityDistribution::new(20, &[3, 5]).unwrap();
        let mut batch = Batch::<f32>::draw(&law, 200, &mut (&Seeds::from(1)).into()).unwrap();
        for row in 0..200 {
            if batch.x.is_negative(row, 5) != batch.x.is_negative(row, 9) {
                batch.x.flip(row, 9);
            }
        }
        let examples = Examples::of(&batch).unwrap();
        let problem = Problem::new(20, 2).unwrap();
        let verdict = solve::<u64, _>(&problem, &mut Fixed::new(&examples)).unwrap();
        let Verdict::Several(fits, 2) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(
            (&fits[0].support[..], &fits[1].support[..]),
            (&[3, 5][..], &[3, 9][..])
        );

        let examples = sample(20, &[3, 5], 2);
        let problem = Problem::with_degrees(20, 1..=20).unwrap();
        let verdict = solve::<u64, _>(&problem, &mut Fixed::new(&examples)).unwrap();
        let Verdict::Several(fits, count) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(fits.len(), MOST_FITS);
        // The empty set is no support; it fits if both labels are +1.
        let empty = u64::from(examples.labels()[0] == 0);
        assert_eq!(count, (1 << 18) - empty);
    }

    #[test]
    fn too_few_examples_are_refused_with_how_many_are_needed() {
        let examples = sample(100, &[1, 2, 3], 79);
        let problem = Problem::new(100, 3).unwrap();
        let mut oracle = Fixed::new(&examples);
        let error = solve::<u64, _>(&problem, &mut oracle).unwrap_err();
        assert_eq!(oracle.ledger().examples, 0);
        let Error::TooFew {
            solver,
            needed,
            found,
        } = error
        else {
            panic!("{error}");
        };
        assert_eq!((solver, needed, found), (NAME, 80, 79));
    }
}
