//! How many examples groups need, and what they take.

use super::super::meet::subsets;
use super::super::{Problem, SampleSize};
use crate::error::{Error, MOST, Result};
use crate::stats::{LogOdds, ln_at_most, normal_tail};
use crate::theory::supports;

/// How many deviations of the products of other pairs the threshold is from 0.
const REACH: f64 = 3.0;
/// How many deviations of such a product it is below the agreement of S.
const SLACK: f64 = 1.0;
/// Groups that are multiplied with all others at a time.
pub(super) const TILE: usize = 64;
/// The most columns: ranks have a sign beside them in 32 bits.
const MOST_COLUMNS: u64 = 1 << 31;

/// How supports of k coordinates are sought.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Form {
    pub(super) k: usize,
    /// The columns in a sum.
    pub(super) group: usize,
    /// The sizes of the parts.
    pub(super) sizes: [usize; 2],
    /// The columns, and the groups, of each part.
    pub(super) columns: [usize; 2],
    pub(super) groups: [usize; 2],
    /// The product from which on a pair of groups is taken apart.
    pub(super) threshold: f64,
    /// Attempts expected, and those after which S is given up.
    pub(super) attempts: f64,
    pub(super) most_attempts: f64,
    /// Supports that are compared in an attempt.
    pub(super) candidates: f64,
}

/// The number of examples for groups of b columns, and a form for each k.
pub(super) fn forms(problem: &Problem, group: usize) -> Result<(SampleSize, Vec<Form>)> {
    let size = sample_size(problem, group)?;
    let sizes = problem.k.clone();
    let forms = sizes.map(|k| Form::of(problem, k, size, group));
    Ok((size, forms.collect::<Result<_>>()?))
}

/// The smallest number of examples found at which the threshold stands out.
fn sample_size(problem: &Problem, group: usize) -> Result<SampleSize> {
    let first = problem.sample_size()?;
    let of = |examples: usize| SampleSize {
        examples,
        wrong: problem.accepted(examples),
    };
    let suffices =
        |examples: usize| threshold(of(examples), group) >= REACH * deviation(examples, group);
    if suffices(first.examples) {
        return Ok(first);
    }
    let (mut low, mut high) = (first.examples, 2 * first.examples);
    while !suffices(high) {
        (low, high) = (high, 2 * high);
        if high > MOST {
            let what = "the number of examples that sums of so many columns need";
            return Err(Error::TooLarge {
                what,
                value: high,
                most: MOST,
            });
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match suffices(middle) {
            true => high = middle,
            false => low = middle,
        }
    }
    Ok(of(high))
}

/// The deviation b√m of the product of two sums.
fn deviation(examples: usize, group: usize) -> f64 {
    group as f64 * (examples as f64).sqrt()
}

/// The least agreement m − 2T of S, less what the b² − 1 other pairs take away.
fn threshold(size: SampleSize, group: usize) -> f64 {
    let others = (group * group - 1) as f64 * size.examples as f64;
    size.examples as f64 - 2.0 * size.wrong as f64 - SLACK * others.sqrt()
}

impl Form {
    fn of(problem: &Problem, k: usize, size: SampleSize, group: usize) -> Result<Self> {
        let n = problem.n;
        let sizes = [k / 2, k - k / 2];
        let count = |size| match subsets::count(n, size) {
            many if many >= MOST_COLUMNS => Err(Error::TooLarge {
                what: "the number of columns of a part",
                value: many as usize,
                most: MOST_COLUMNS as usize,
            }),
            few => Ok(few as usize),
        };
        let columns = [count(sizes[0])?, count(sizes[1])?];
        let groups = columns.map(|columns| columns.div_ceil(group));
        // The pairs of parts of a support.
        let ways = subsets::count(k, sizes[0]) as f64;
        // A single pair is met for certain: its product is the agreement itself.
        let missed = if group == 1 {
            0.0
        } else {
            libm::pow(normal_tail(SLACK), ways)
        };
        let most_attempts = match missed > 0.0 {
            true => (libm::log(problem.failure) / libm::log(missed))
                .ceil()
                .max(1.0),
            false => 1.0,
        };
        let threshold = threshold(size, group);
        let [small, large] = columns.map(|columns| columns as f64);
        // Pairs of disjoint parts, which have a support.
        let pairs = supports(n, k)? * ways;
        let wrong = 2.0 * normal_tail(threshold / deviation(size.examples, group));
        let beside = ways * ((group * group) as f64).min(small * large) * pairs / (small * large);
        Ok(Form {
            k,
            group,
            sizes,
            columns,
            groups,
            threshold,
            attempts: 1.0 / (1.0 - missed),
            most_attempts,
            candidates: wrong * pairs + (1.0 - normal_tail(SLACK)) * beside,
        })
    }

    /// Operations on words in an attempt.
    pub(super) fn words(&self, n: usize, size: SampleSize) -> f64 {
        let width = size.examples.div_ceil(64);
        let sums: f64 = self
            .sizes
            .iter()
            .map(|&part| subsets::operations(n, part))
            .sum();
        // Words of a wrong support are read while it has few enough wrong labels.
        let coin = LogOdds::of(0.5);
        let passing = |w: usize| libm::exp(ln_at_most(size.wrong.min(64 * w), 64 * w, coin));
        let read = 1.0 + (1..width).map(passing).sum::<f64>();
        width as f64 * sums + self.candidates * (self.k + 1) as f64 * read
    }

    /// Multiplications and additions of an attempt: those of sums, and those of their products.
    pub(super) fn multiply_adds(&self, examples: usize) -> f64 {
        let [small, large] = self.groups.map(|groups| groups as f64);
        let columns: usize = self.columns.iter().sum();
        examples as f64 * (columns as f64 + small * large)
    }

    /// The sums, a strip of products, and two lists of the columns, without the scratch of products, which is the thread's.
    pub(super) fn bytes(&self, examples: usize) -> u64 {
        let [small, large] = self.groups.map(|groups| groups as u64);
        let sums = (small + large).saturating_mul(examples as u64);
        let strip = small.min(TILE as u64) * large;
        let lists = 2 * self.columns.iter().sum::<usize>() as u64;
        sums.saturating_add(strip + lists).saturating_mul(4)
    }
}
