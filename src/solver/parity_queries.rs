//! Whether the number of relevant coordinates in a set is odd, by queries.

use super::Problem;
use crate::access::MembershipQueries;
use crate::error::Result;
use crate::seeds::LabRng;
use crate::signs::Signs;
use crate::stats::{LogOdds, ln_at_least};

/// Asks for |S ∩ T| mod 2: the label at the input with −1 on T and +1 elsewhere.
///
/// Against noise that is redrawn it asks several times and takes the majority. Asking again tells nothing of persistent noise; then
/// it takes the majority of y(z)·y(z∘x) over random z, which has the value χ_S(x) at other inputs and is flipped with probability
/// 2p(1 − p) (random self-reduction).
pub(super) struct ParityQueries<'a, A: ?Sized> {
    access: &'a mut A,
    rng: &'a mut LabRng,
    /// How many answers the majority is taken of.
    votes: usize,
    is_reduced: bool,
}

/// The size from which on votes are not counted exactly: their bytes are above any limit that is usual.
const MOST_VOTES: usize = 1 << 30;

/// Queries that an answer takes, if one of so many questions may be answered wrongly with this probability.
///
/// The probability of each, the quotient, may be too small for a number.
pub(super) fn votes(p: f64, failure: f64, questions: f64) -> usize {
    if p == 0.0 {
        return 1;
    }
    let odds = LogOdds::of(p);
    let ln = libm::log(failure) - libm::log(questions);
    let is_enough = |half: &usize| ln_at_least(half + 1, 2 * half + 1, odds) <= ln;
    // The tail falls with the number of votes.
    let mut high = 1;
    while high < MOST_VOTES && !is_enough(&high) {
        high *= 2;
    }
    if high >= MOST_VOTES {
        return 2 * high + 1;
    }
    let (mut low, mut high) = (0, high);
    while low < high {
        let middle = low + (high - low) / 2;
        match is_enough(&middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    2 * high + 1
}

/// The bytes of so many inputs of n coordinates.
pub(super) fn bytes_of_inputs(count: f64, n: usize) -> u64 {
    (8.0 * count * n.div_ceil(64) as f64) as u64
}

/// The probability that the product of two answers is wrong.
pub(super) fn of_pair(p: f64) -> f64 {
    2.0 * p * (1.0 - p)
}

impl<'a, A: MembershipQueries + ?Sized> ParityQueries<'a, A> {
    /// Answers to so many questions, of which one is wrong with the failure probability of the problem at most.
    pub(super) fn new(
        problem: &Problem,
        questions: f64,
        access: &'a mut A,
        rng: &'a mut LabRng,
    ) -> Self {
        let p = problem.noise.bound();
        let is_reduced = p > 0.0 && access.is_persistent();
        let votes = votes(
            if is_reduced { of_pair(p) } else { p },
            problem.failure,
            questions,
        );
        ParityQueries {
            access,
            rng,
            votes,
            is_reduced,
        }
    }

    /// Whether each of some sets holds an odd number of relevant coordinates, in one round of queries.
    pub(super) fn are_odd(&mut self, sets: &[Vec<usize>]) -> Result<Vec<bool>> {
        let (votes, pair) = (self.votes, if self.is_reduced { 2 } else { 1 });
        let mut x = Signs::ones(sets.len() * votes * pair, self.access.dim())?;
        if self.is_reduced {
            x.randomize(self.rng);
            let z = x.clone();
            (0..x.rows() / 2).for_each(|row| x.copy_row(2 * row + 1, &z, 2 * row));
        }
        for (set, place) in sets.iter().zip(0..) {
            for vote in place * votes..(place + 1) * votes {
                // The last of a pair.
                let row = pair * (vote + 1) - 1;
                set.iter().for_each(|&i| x.flip(row, i));
            }
        }
        let mut y = Vec::new();
        self.access.ask(&x, &mut y)?;
        let label = |row: usize| y[row / 64] >> (row % 64) & 1 == 1;
        let is_odd = |vote: usize| match self.is_reduced {
            true => label(2 * vote) != label(2 * vote + 1),
            false => label(vote),
        };
        let odd = |place| (place * votes..(place + 1) * votes).filter(|&vote| is_odd(vote));
        Ok((0..sets.len())
            .map(|place| 2 * odd(place).count() > votes)
            .collect())
    }

    pub(super) fn is_odd(&mut self, set: Vec<usize>) -> Result<bool> {
        Ok(self.are_odd(&[set])?[0])
    }

    /// A random number generator for choices of the solver.
    pub(super) fn rng(&mut self) -> &mut LabRng {
        self.rng
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Access, Queries};
    use crate::data::Parity;
    use crate::seeds::{Purpose, Seeds};
    use crate::solver::instances::problem;

    #[test]
    fn a_majority_is_wrong_as_rarely_as_it_says() {
        assert_eq!(votes(0.0, 1e-9, 1.0), 1);
        for (p, delta) in [(0.1, 0.01), (0.3, 1e-4), (0.45, 0.05)] {
            let count = votes(p, delta, 1.0);
            let wrong = |count: usize| ln_at_least(count / 2 + 1, count, LogOdds::of(p)).exp();
            assert!(count % 2 == 1 && wrong(count) <= delta);
            assert!(
                count == 1 || wrong(count - 2) > delta,
                "{p} {delta}: {count}"
            );
        }
        // A probability that is too small for a number, and noise that leaves nothing to tell.
        let ln = f64::from_bits(1).ln() - 1e3_f64.ln();
        let count = votes(0.01, f64::from_bits(1), 1e3);
        assert!(ln_at_least(count / 2 + 1, count, LogOdds::of(0.01)) <= ln);
        assert!(votes(0.5 - f64::EPSILON, 0.01, 1.0) > MOST_VOTES);
    }

    #[test]
    fn answers_are_right_under_either_noise() {
        let (n, seeds) = (70, Seeds::from(5));
        let parity = Parity::new(n, &[2, 64, 69]).unwrap();
        let problem = problem(n, 3, 0.2).with_failure(1e-6).unwrap();
        let redrawn = Queries::new(parity.clone())
            .with_redrawn_noise(0.2, &seeds)
            .unwrap();
        let persistent = Queries::new(parity.clone())
            .with_persistent_noise(0.2, &seeds)
            .unwrap();
        let rng = &mut seeds.stream(Purpose::Solver);
        for (mut oracle, expected) in [
            (redrawn, votes(0.2, 1e-6, 1.0)),
            (persistent, 2 * votes(0.32, 1e-6, 1.0)),
        ] {
            let mut queries = ParityQueries::new(&problem, 1.0, &mut oracle, rng);
            let sets: Vec<Vec<usize>> = (0..n).map(|i| (0..=i).collect()).collect();
            let odd = queries.are_odd(&sets).unwrap();
            for (set, odd) in sets.iter().zip(odd) {
                let inside = set.iter().filter(|&&i| parity.contains(i)).count();
                assert_eq!(odd, inside % 2 == 1);
            }
            assert_eq!(oracle.ledger().queries, (n * expected) as u64);
            assert_eq!(oracle.ledger().rounds, 1);
        }
    }
}
