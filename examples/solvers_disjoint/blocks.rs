//! Two solvers that know that S has one coordinate in each of k blocks.

use sparse_parity::access::{Examples, RandomExamples};
use sparse_parity::seeds::LabRng;
use sparse_parity::solver::{
    Fit, MOST_FITS, Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict,
};
use sparse_parity::{Error, Result};
use std::collections::HashMap;

/// Bytes of a table's entry.
const ENTRY: u64 = 24;
/// Bytes of a table whose places are near.
const NEAR: u64 = 32 << 10;

/// How supports are gone through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ByBlocks {
    /// One after the other.
    All,
    /// By a table of the sums of the first ⌊k/2⌋ blocks.
    Meeting,
}

/// n/k, k and the number of supports, of clean labels that blocks divide.
struct Shape {
    width: usize,
    k: usize,
    supports: f64,
}

impl Shape {
    fn of(problem: &Problem) -> Result<Self> {
        let (n, k, p) = (problem.n, *problem.k.end(), problem.noise.bound());
        if p > 0.0 {
            return Err(Error::CleanOnly {
                solver: "a search by blocks",
                p,
            });
        }
        if k != *problem.k.start() || !n.is_multiple_of(k) {
            return Err(Error::Blocks { n, k });
        }
        let supports = ((n / k) as f64).powi(k as i32);
        Ok(Shape {
            width: n / k,
            k,
            supports,
        })
    }

    /// The examples with which another of these supports fits with probability δ at most.
    fn examples(&self, failure: f64) -> Result<usize> {
        let needed = ((self.supports - 1.0) / failure).log2().ceil().max(1.0) as usize;
        match needed {
            1..=64 => Ok(needed),
            _ => Err(Error::TooLarge {
                what: "the number of examples, a bit of a word each,",
                value: needed,
                most: 64,
            }),
        }
    }

    /// The sums that are made of so many blocks, one operation each, and how many of all of them there are.
    fn sums(&self, blocks: usize) -> (f64, f64) {
        let mut powers = (1..=blocks).map(|j| (self.width as f64).powi(j as i32));
        (powers.clone().sum(), powers.next_back().unwrap_or(1.0))
    }
}

impl ByBlocks {
    fn id(self) -> &'static str {
        match self {
            ByBlocks::All => "exhaustive-by-blocks",
            ByBlocks::Meeting => "meet-by-blocks",
        }
    }
}

impl<A: RandomExamples + ?Sized> Solver<A> for ByBlocks {
    fn name(&self) -> &'static str {
        self.id()
    }

    /// Its words are exact: an operation a sum, and one to compare or look it up.
    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let shape = Shape::of(problem)?;
        let examples = shape.examples(problem.failure)?;
        let first = match self {
            ByBlocks::All => 0,
            ByBlocks::Meeting => shape.k / 2,
        };
        let ((made, kept), (others, compared)) = (shape.sums(first), shape.sums(shape.k - first));
        let (kept, candidates) = match self {
            ByBlocks::All => (0.0, compared),
            ByBlocks::Meeting => (kept, shape.supports * (-(examples as f64)).exp2() + 1.0),
        };
        let bytes = ENTRY * kept as u64;
        let plan = Plan {
            sample: Some(SampleSize { examples, wrong: 0 }),
            words: made + others + kept + compared,
            is_exact: true,
            probes: if bytes > NEAR { kept + compared } else { 0.0 },
            candidates,
            bytes,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        let shape = Shape::of(problem)?;
        let m = shape.examples(problem.failure)?;
        let mut examples = Examples::none(problem.n)?;
        access.draw(m, &mut examples)?;
        let planes = examples.planes();
        let columns: Vec<u64> = (0..problem.n).map(|i| planes.column(i)[0]).collect();
        let mut search = Search {
            columns,
            shape,
            label: examples.labels()[0],
            words: 0,
            fits: Vec::new(),
        };
        match self {
            ByBlocks::All => search.all(),
            ByBlocks::Meeting => search.meet(),
        }
        let charge = access.charge();
        charge.words += search.words;
        charge.attempts += 1;
        charge.holds(plan.bytes);
        if plan.bytes > NEAR {
            charge.probes += plan.probes as u64;
        }
        let chance = (search.shape.supports - 1.0) * (-(m as f64)).exp2();
        let fits = search.fits.into_iter();
        let mut fits: Vec<Fit> = fits
            .map(|support| Fit {
                support,
                wrong: 0,
                examples: m,
                chance,
            })
            .collect();
        let verdict = match fits.len() {
            0 => Verdict::NothingFits,
            1 => Verdict::Found(fits.remove(0), Uniqueness::Bound(chance)),
            count => {
                fits.truncate(MOST_FITS);
                Verdict::Several(fits, count as u64)
            }
        };
        Ok(Report::of(self.id(), verdict, plan, access))
    }
}

/// A search in progress.
struct Search {
    columns: Vec<u64>,
    shape: Shape,
    label: u64,
    words: u64,
    fits: Vec<Vec<usize>>,
}

impl Search {
    fn all(&mut self) {
        let mut ranks = Vec::new();
        let Search {
            columns,
            shape,
            words,
            ..
        } = self;
        each_sum(
            columns,
            shape.width,
            0..shape.k,
            self.label,
            0,
            words,
            &mut |rank, sum, words| {
                *words += 1;
                if sum == 0 {
                    ranks.push(rank);
                }
            },
        );
        let (width, k) = (shape.width, shape.k);
        self.fits = ranks
            .into_iter()
            .map(|rank| support(rank, width, 0..k))
            .collect();
    }

    fn meet(&mut self) {
        let (width, k) = (self.shape.width, self.shape.k);
        let half = k / 2;
        let mut table: HashMap<u64, Vec<u64>> = HashMap::new();
        let Search { columns, words, .. } = self;
        each_sum(
            columns,
            width,
            0..half,
            0,
            0,
            words,
            &mut |rank, sum, words| {
                *words += 1;
                table.entry(sum).or_default().push(rank);
            },
        );
        let mut pairs = Vec::new();
        each_sum(
            columns,
            width,
            half..k,
            self.label,
            0,
            words,
            &mut |rank, sum, words| {
                *words += 1;
                if let Some(firsts) = table.get(&sum) {
                    pairs.extend(firsts.iter().map(|&first| (first, rank)));
                }
            },
        );
        let whole = |(first, second)| {
            let mut whole = support(first, width, 0..half);
            whole.extend(support(second, width, half..k));
            whole
        };
        self.fits = pairs.into_iter().map(whole).collect();
    }
}

/// Hands over the XOR of `sum` with every choice of a column from each block, with its rank, one operation each.
fn each_sum(
    columns: &[u64],
    width: usize,
    blocks: std::ops::Range<usize>,
    sum: u64,
    rank: u64,
    words: &mut u64,
    done: &mut impl FnMut(u64, u64, &mut u64),
) {
    if blocks.is_empty() {
        return done(rank, sum, words);
    }
    let next = blocks.start + 1..blocks.end;
    for i in 0..width {
        *words += 1;
        let with = sum ^ columns[blocks.start * width + i];
        each_sum(
            columns,
            width,
            next.clone(),
            with,
            rank * width as u64 + i as u64,
            words,
            done,
        );
    }
}

/// The coordinates of a choice by its rank.
fn support(rank: u64, width: usize, blocks: std::ops::Range<usize>) -> Vec<usize> {
    let (mut rank, mut support) = (rank, Vec::new());
    for block in blocks.rev() {
        support.push(block * width + (rank % width as u64) as usize);
        rank /= width as u64;
    }
    support.reverse();
    support
}
