//! Non-adaptive queries: the syndromes of a BCH code.

use super::parity_queries::{ParityQueries, bytes_of_inputs, votes};
use super::{Fit, Noise, Plan, Problem, Report, Solver, Uniqueness, Verdict};
use crate::access::MembershipQueries;
use crate::error::Result;
use crate::seeds::LabRng;

const NAME: &str = "syndromes";

/// k⌈log₂(n + 1)⌉ queries in one round: the support is an error of weight k, and queries ask for its syndromes in a BCH code.
///
/// Coordinate i stands for an element α_i ≠ 0 of the field of 2^μ elements, μ = ⌈log₂(n + 1)⌉. The power sums Σ_{i∈S} α_i^j for odd j ≤
/// 2k − 1 determine S of at most k coordinates, and each of their bits is the parity of |S ∩ T| for a set T. The algorithm of
/// Berlekamp and Massey finds the polynomial whose roots are the inverses of the elements of S. Where n queries are
/// fewer, every coordinate is asked for.
///
/// Sources: Bose, Ray-Chaudhuri, *On a class of error correcting binary group codes*, Information and Control 3 (1960);
/// Massey, *Shift-register synthesis and BCH decoding*, IEEE Trans. Inf. Theory 15 (1969).
///
/// ```
/// use sparse_parity::access::Queries;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Problem, Solver, Syndromes};
///
/// let mut oracle = Queries::new(Parity::new(1000, &[1, 77, 500])?);
/// let rng = &mut Seeds::from(1).stream(Purpose::Solver);
/// let report = Syndromes.solve(&Problem::with_degrees(1000, 1..=3)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[1, 77, 500][..]));
/// assert_eq!((report.ledger.queries, report.ledger.rounds), (30, 1));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Syndromes;

/// The number of questions.
fn questions(problem: &Problem) -> usize {
    let bits = problem.n.ilog2() as usize + 1;
    problem.n.min(problem.k.end().saturating_mul(bits))
}

impl<A: MembershipQueries + ?Sized> Solver<A> for Syndromes {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let asked = questions(problem);
        let votes = votes(problem.noise.bound(), problem.failure, asked as f64);
        let rows = asked as f64 * votes as f64;
        let plan = Plan {
            queries: rows,
            bytes: bytes_of_inputs(rows, problem.n),
            is_exact: true,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let (n, most) = (problem.n, *problem.k.end());
        let asked = questions(problem);
        let mut queries = ParityQueries::new(problem, asked as f64, access, rng);
        let support = match asked == n {
            true => {
                let single: Vec<_> = (0..n).map(|i| vec![i]).collect();
                let is_odd = queries.are_odd(&single)?;
                Some((0..n).filter(|&i| is_odd[i]).collect::<Vec<_>>())
            }
            false => {
                let field = Field::of_more_than(n);
                let answers = queries.are_odd(&field.sets(n, most))?;
                field.decode(n, &field.syndromes(&answers))
            }
        };
        let support = support.filter(|support| problem.k.contains(&support.len()));
        let verdict = support.map_or(Verdict::NothingFits, |support| {
            let uniqueness = match problem.noise {
                Noise::Clean => Uniqueness::AmongSparse,
                _ => Uniqueness::Bound(problem.failure),
            };
            let chance = problem.chance(0, 0);
            let fit = Fit {
                support,
                wrong: 0,
                examples: 0,
                chance,
            };
            Verdict::Found(fit, uniqueness)
        });
        access.charge().attempts += 1;
        access.charge().holds(plan.bytes);
        Ok(Report::of(NAME, verdict, plan, access))
    }
}

/// The field of 2^μ elements: polynomials over GF(2) as bits, modulo an irreducible one.
#[derive(Debug, Clone, Copy)]
struct Field {
    bits: u32,
    modulus: u64,
}

impl Field {
    /// The smallest field with more than n elements.
    fn of_more_than(n: usize) -> Self {
        let bits = n.ilog2() + 1;
        let is_irreducible = |modulus: &u64| {
            let divisors = 2..1_u64 << (bits / 2 + 1);
            divisors
                .into_iter()
                .all(|divisor| remainder(*modulus, divisor) != 0)
        };
        let mut all = 1 << bits..1_u64 << (bits + 1);
        let modulus = all
            .find(is_irreducible)
            .expect("there is one of every degree");
        Field { bits, modulus }
    }

    fn mul(self, mut a: u64, mut b: u64) -> u64 {
        let mut product = 0;
        while b != 0 {
            product ^= if b & 1 == 1 { a } else { 0 };
            b >>= 1;
            a <<= 1;
            a ^= if a >> self.bits & 1 == 1 {
                self.modulus
            } else {
                0
            };
        }
        product
    }

    fn power(self, a: u64, exponent: u64) -> u64 {
        let mut result = 1;
        for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
            result = self.mul(result, result);
            if exponent >> bit & 1 == 1 {
                result = self.mul(result, a);
            }
        }
        result
    }

    fn inverse(self, a: u64) -> u64 {
        self.power(a, (1 << self.bits) - 2)
    }

    /// The sets that the bits of the power sums of odd exponent ask for; coordinate i is the element i + 1.
    fn sets(self, n: usize, k: usize) -> Vec<Vec<usize>> {
        let exponents = (0..k as u64).map(|j| 2 * j + 1);
        let sets = exponents.flat_map(|exponent| {
            let powers: Vec<u64> = (0..n as u64).map(|i| self.power(i + 1, exponent)).collect();
            (0..self.bits).map(move |bit| (0..n).filter(|&i| powers[i] >> bit & 1 == 1).collect())
        });
        sets.collect()
    }

    /// The power sums of exponents 1, …, 2k: an even one is a square.
    fn syndromes(self, answers: &[bool]) -> Vec<u64> {
        let odd: Vec<u64> = answers
            .chunks_exact(self.bits as usize)
            .map(|bits| {
                bits.iter()
                    .rev()
                    .fold(0, |sum, &bit| sum << 1 | u64::from(bit))
            })
            .collect();
        let mut all = Vec::with_capacity(2 * odd.len());
        for j in 1..=2 * odd.len() {
            all.push(match j % 2 {
                1 => odd[j / 2],
                _ => self.mul(all[j / 2 - 1], all[j / 2 - 1]),
            });
        }
        all
    }

    /// The coordinates whose power sums they are, if there are any.
    fn decode(self, n: usize, syndromes: &[u64]) -> Option<Vec<usize>> {
        let locator = self.shortest_register(syndromes);
        // α is the inverse of a root of Λ where it is a root of Λ with its coefficients reversed.
        let value = |a: u64| locator.iter().fold(0, |value, &c| self.mul(value, a) ^ c);
        let support: Vec<usize> = (0..n).filter(|&i| value(i as u64 + 1) == 0).collect();
        (support.len() + 1 == locator.len()).then_some(support)
    }

    /// The coefficients of the connection polynomial of the shortest linear register that makes the sequence, that of
    /// degree 0 first (Berlekamp and Massey).
    fn shortest_register(self, sequence: &[u64]) -> Vec<u64> {
        let (mut now, mut before) = (vec![1_u64], vec![1_u64]);
        let (mut length, mut shift, mut last) = (0, 1, 1_u64);
        for place in 0..sequence.len() {
            let terms =
                (1..=length).filter_map(|i| Some(self.mul(*now.get(i)?, sequence[place - i])));
            let discrepancy = terms.fold(sequence[place], |sum, term| sum ^ term);
            if discrepancy == 0 {
                shift += 1;
                continue;
            }
            let old = now.clone();
            let factor = self.mul(discrepancy, self.inverse(last));
            now.resize(now.len().max(before.len() + shift), 0);
            for (i, &c) in before.iter().enumerate() {
                now[i + shift] ^= self.mul(factor, c);
            }
            if 2 * length <= place {
                length = place + 1 - length;
                (before, last, shift) = (old, discrepancy, 1);
            } else {
                shift += 1;
            }
        }
        now.resize(length + 1, 0);
        now
    }
}

/// The remainder of polynomials over GF(2).
fn remainder(mut a: u64, b: u64) -> u64 {
    let degree = |a: u64| a.checked_ilog2();
    while let Some(shift) = degree(a).and_then(|a| a.checked_sub(b.ilog2())) {
        a ^= b << shift;
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Queries;
    use crate::data::Parity;
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn every_element_but_zero_has_an_inverse() {
        for n in [1, 2, 5, 50, 200, 1000] {
            let field = Field::of_more_than(n);
            let size = 1_u64 << field.bits;
            assert!(n < size as usize && size as usize <= 2 * n.max(1));
            for a in 1..size {
                assert_eq!(field.mul(a, field.inverse(a)), 1, "{a} of {size}");
            }
        }
    }

    #[test]
    fn the_queries_are_k_logarithms_and_the_answer_is_certain() {
        let problems = [
            (20, 3, 15),
            (50, 3, 18),
            (100, 6, 42),
            (1000, 3, 30),
            (63, 3, 18),
            (64, 3, 21),
            (9, 7, 9),
        ];
        for (n, k, queries) in problems {
            for seed in 0..30 {
                let seeds = Seeds::from(seed);
                let parity = Parity::random(n, k, &mut seeds.stream(Purpose::Support)).unwrap();
                let mut oracle = Queries::new(parity.clone());
                let rng = &mut seeds.stream(Purpose::Solver);
                let problem = Problem::with_degrees(n, 1..=k).unwrap();
                let report = Syndromes.solve(&problem, &mut oracle, rng).unwrap();
                assert_eq!(
                    report.verdict.support(),
                    Some(parity.support()),
                    "({n}, {k})"
                );
                assert_eq!((report.ledger.queries, report.ledger.rounds), (queries, 1));
                assert_eq!(report.plan.queries, queries as f64);
            }
        }
    }

    #[test]
    fn more_coordinates_than_k_are_not_taken_for_k() {
        // Five coordinates have the power sums of none with two at most, or of another set: then the queries cannot tell.
        let (n, problem) = (200, Problem::with_degrees(200, 1..=2).unwrap());
        let mut refused = 0;
        for seed in 0..100 {
            let seeds = Seeds::from(seed);
            let parity = Parity::random(n, 5, &mut seeds.stream(Purpose::Support)).unwrap();
            let rng = &mut seeds.stream(Purpose::Solver);
            let report = Syndromes
                .solve(&problem, &mut Queries::new(parity), rng)
                .unwrap();
            refused += u32::from(report.verdict == Verdict::NothingFits);
        }
        // About half of the pairs of power sums are those of some two coordinates, of which 0.61 are below n.
        assert!((50..90).contains(&refused), "{refused}");
    }
}
