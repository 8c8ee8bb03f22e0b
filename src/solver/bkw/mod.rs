//! Blum, Kalai and Wasserman's algorithm with the reductions of Levieil and Fouque.

mod rows;
mod shape;

use super::word::Word;
use super::{Fit, Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use crate::access::{Examples, RandomExamples};
use crate::error::{Error, Result, at_most};
use crate::fourier::transform;
use crate::seeds::LabRng;
use rows::{Block, Counts, Row, lf1, lf2, rows};
use shape::{MOST_BLOCKS, MOST_WIDTH, Shape};

const NAME: &str = "bkw";
/// Most words of a row.
const MOST_WORDS: usize = 8;

/// Blum, Kalai and Wasserman's algorithm: sums of examples in which block after block of coordinates vanishes, until a transform
/// of the labels tells the coordinates that are left.
///
/// The sum of two examples has the XOR of their labels, so with each block the bias 1 − 2p of a label is squared. The last
/// coordinates are those of the largest coefficient of a Walsh–Hadamard transform; they are then substituted in the rows
/// of the block before, and so on. The parity found is compared with examples that were kept apart. It makes no use of k,
/// and takes many examples: about 2ᵇ for blocks of b coordinates. The plan takes the number of blocks and b with the fewest operations.
///
/// Blum, Kalai & Wasserman 2003, Noise-tolerant learning, the parity problem, and the statistical query model, decide each coordinate by
/// a majority; the reductions and the transform are from Levieil & Fouque 2006, An improved LPN algorithm. As they do, the plan
/// takes sums of examples for independent; the comparison at the end does not.
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Bkw, Noise, Problem, Solver};
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::random(30, 15, &mut seeds.stream(Purpose::Support))?;
/// let mut oracle = Fresh::new(distribution.clone().with_label_noise(0.1)?, &seeds);
///
/// let problem = Problem::with_degrees(30, 1..=30)?.with_noise(Noise::Known(0.1))?;
/// let rng = &mut seeds.stream(Purpose::Solver);
/// let report = Bkw::default().solve(&problem, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(distribution.parity().support()));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Bkw {
    /// How a block is cleared.
    pub reduction: Reduction,
}

/// How rows are added up until a block of b coordinates is 0 in all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Reduction {
    /// One row for each of the 2ᵇ − 1 nonzero values is added to all others that have it, and lost. Rows that it was added to share
    /// its noise.
    Lf1,
    /// All pairs of rows with the same value are added up, m(m − 1)/2ᵇ⁺¹ of m rows, so that fewer examples do. Pairs with a
    /// row in common share its noise.
    #[default]
    Lf2,
}

/// How a problem is worked on.
struct Choice {
    shape: Shape,
    /// Examples that are kept to compare with, and the wrong labels that are allowed.
    test: SampleSize,
    plan: Plan,
}

impl Bkw {
    /// The blocks with the fewest operations, for fresh examples or for a sample of that many.
    fn choose(self, problem: &Problem, sample: Option<usize>) -> Result<Choice> {
        let (n, limits) = (problem.n, problem.limits);
        let words = words_of(n)?;
        let test = problem.sample_size()?;
        let p = problem.noise.bound();
        let shapes = Shape::all(n, words, p, problem.failure, self.reduction);
        let examples = |shape: &Shape| shape.rows[0] + test.examples as f64;
        let fits = |shape: &Shape| {
            sample.is_none_or(|most| examples(shape) <= most as f64)
                && shape.bytes <= limits.bytes as f64
        };
        let best = |shapes: &mut dyn Iterator<Item = Shape>, cost: fn(&Shape) -> f64| {
            shapes.min_by(|a, b| cost(a).total_cmp(&cost(b)))
        };
        let Some(shape) = best(
            &mut shapes.iter().filter(|shape| fits(shape)).cloned(),
            Shape::cost,
        ) else {
            // The smallest one says what is missing.
            let smallest = best(&mut shapes.into_iter(), |shape| shape.rows[0]);
            let smallest = smallest.ok_or_else(|| Error::Method {
                method: NAME,
                reason: format!("no division of n = {n} coordinates into blocks keeps rows enough"),
                repair: "take fewer coordinates, less noise or another solver".into(),
            })?;
            let needed = examples(&smallest) as usize;
            return Err(match sample {
                Some(found) if found < needed => Error::TooFew {
                    solver: NAME,
                    needed,
                    found,
                },
                _ => Error::Room {
                    needed: smallest.bytes as u64,
                    limit: limits.bytes,
                },
            });
        };
        let plan = Plan {
            sample: Some(SampleSize {
                examples: examples(&shape) as usize,
                wrong: test.wrong,
            }),
            words: shape.words + (2 * words * test.examples) as f64,
            probes: shape.probes,
            multiply_adds: shape.multiply_adds,
            candidates: 1.0,
            bytes: shape.bytes as u64,
            ..Plan::default()
        };
        let plan = plan.within(&limits)?;
        Ok(Choice { shape, test, plan })
    }
}

/// Words of a row of n inputs with its label: a power of two, at most [`MOST_WORDS`].
fn words_of(n: usize) -> Result<usize> {
    at_most("the number of coordinates n", n, MOST_WIDTH * MOST_BLOCKS)?;
    Ok((n + 1).div_ceil(64).next_power_of_two())
}

impl<A: RandomExamples + ?Sized> Solver<A> for Bkw {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        Ok(self.choose(problem, None)?.plan)
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        problem.fits(access)?;
        let choice = self.choose(problem, access.left())?;
        let verdict = self.run::<u64, A>(problem, &choice, access)?;
        Ok(Report::of(NAME, verdict, choice.plan, access))
    }
}

impl Bkw {
    fn run<W: Word, A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        choice: &Choice,
        access: &mut A,
    ) -> Result<Verdict> {
        let mut examples = Examples::none(problem.n)?;
        let planned = choice.shape.rows[0] as usize + choice.test.examples;
        access.draw(access.left().unwrap_or(planned), &mut examples)?;
        match words_of(problem.n)? {
            1 => self.with_words::<W, 1, A>(problem, choice, &examples, access),
            2 => self.with_words::<W, 2, A>(problem, choice, &examples, access),
            4 => self.with_words::<W, 4, A>(problem, choice, &examples, access),
            _ => self.with_words::<W, MOST_WORDS, A>(problem, choice, &examples, access),
        }
    }

    fn with_words<W: Word, const S: usize, A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        choice: &Choice,
        examples: &Examples,
        access: &mut A,
    ) -> Result<Verdict> {
        let (shape, test, m) = (&choice.shape, choice.test, examples.len());
        let mut counts = Counts::default();
        // Of a large sample LF1 keeps more rows to the end, and LF2 would meet too many with the same number.
        let used = match self.reduction {
            Reduction::Lf1 => m - test.examples,
            Reduction::Lf2 => shape.rows[0] as usize,
        };
        let (levels, bytes) =
            self.levels::<W, S>(shape, problem.n, rows(examples, 0..used), &mut counts);
        let mut known = [W::of(0); S];
        for (level, &block) in levels.iter().zip(&shape.blocks).rev() {
            let found = largest(level, problem.n, block, &known, &mut counts)?;
            for bit in (0..block.width).filter(|bit| found >> bit & 1 == 1) {
                let at = block.from + bit;
                known[at / 64] = W::of(known[at / 64].bits() | 1 << (at % 64));
            }
        }
        let kept = rows::<W, S>(examples, m - test.examples..m);
        let wrong = kept
            .iter()
            .filter(|row| label(row, problem.n, &known, &mut counts))
            .count();
        let charge = access.charge();
        charge.words += counts.words;
        charge.probes += counts.probes;
        charge.multiply_adds += counts.multiply_adds;
        charge.attempts += 1;
        charge.candidates += 1;
        charge.holds(bytes);
        if wrong > test.wrong {
            return Ok(Verdict::GaveUp {
                attempts: 1,
                missed: problem.failure,
            });
        }
        let support: Vec<usize> = (0..problem.n)
            .filter(|at| known[at / 64].bits() >> (at % 64) & 1 == 1)
            .collect();
        if !problem.k.contains(&support.len()) {
            return Ok(Verdict::NothingFits);
        }
        let chance = problem.chance(wrong, test.examples);
        let fit = Fit {
            support,
            wrong,
            examples: test.examples,
            chance,
        };
        Ok(Verdict::Found(fit, Uniqueness::Bound(chance)))
    }

    /// The rows before each block is cleared, as many as finding its coordinates takes, and all of those at the end; and the most
    /// bytes that were in use.
    fn levels<W: Word, const S: usize>(
        self,
        shape: &Shape,
        n: usize,
        mut rows: Vec<Row<W, S>>,
        counts: &mut Counts,
    ) -> (Vec<Vec<Row<W, S>>>, u64) {
        let (mut levels, mut kept, mut bytes) = (Vec::new(), 0, 0);
        let row = size_of::<Row<W, S>>();
        let last = shape.blocks.len() - 1;
        for (index, &block) in shape.blocks[..last].iter().enumerate() {
            let level = rows[..rows.len().min(shape.needed[index] as usize)].to_vec();
            kept += row * level.len();
            levels.push(level);
            let (before, table) = (rows.len(), 1 << block.width);
            let used = match self.reduction {
                Reduction::Lf1 => {
                    lf1(&mut rows, block, counts);
                    row * (before + table)
                }
                Reduction::Lf2 => {
                    let most = shape.rows[index + 1] as usize;
                    rows = lf2(&rows, n, block, most, counts);
                    row * (2 * before + most) + size_of::<W>() * table
                }
            };
            bytes = bytes.max(kept + used);
        }
        kept += row * rows.len();
        levels.push(rows);
        let tables = shape
            .blocks
            .iter()
            .map(|block| (size_of::<W>() + 4) << block.width);
        (levels, bytes.max(kept + tables.max().unwrap_or(0)) as u64)
    }
}

/// Whether the label of a row is −1 after the known coordinates were substituted.
fn label<W: Word, const S: usize>(
    row: &Row<W, S>,
    n: usize,
    known: &Row<W, S>,
    counts: &mut Counts,
) -> bool {
    let odd: u32 = row.iter().zip(known).map(|(x, &s)| x.and(s).ones()).sum();
    counts.words += 2 * S as u64;
    (row[n / 64].bits() >> (n % 64) ^ u64::from(odd)) & 1 == 1
}

/// The coordinates of a block whose parity agrees with the labels most often, as bits.
fn largest<W: Word, const S: usize>(
    rows: &[Row<W, S>],
    n: usize,
    block: Block,
    known: &Row<W, S>,
    counts: &mut Counts,
) -> Result<usize> {
    let none_known = known.iter().all(|word| word.bits() == 0);
    let mut sums = vec![W::of(0); 1 << block.width];
    for row in rows {
        let negative = match none_known {
            true => row[n / 64].bits() >> (n % 64) & 1 == 1,
            false => label(row, n, known, counts),
        };
        let sum = &mut sums[block.of(row)];
        *sum = sum.plus(W::of(if negative { u64::MAX } else { 1 }));
    }
    counts.words += rows.len() as u64;
    counts.probes += if block.is_far(8) {
        rows.len() as u64
    } else {
        0
    };
    counts.multiply_adds += (block.width as u64) << block.width;
    // Sums of so few rows are exact.
    let mut values: Vec<f32> = sums.iter().map(|sum| sum.bits() as i64 as f32).collect();
    transform(&mut values)?;
    let better = |best: usize, at: usize| if values[at] > values[best] { at } else { best };
    Ok((0..values.len()).fold(0, better))
}

#[cfg(test)]
mod tests;
