//! Meeting in the middle: a support is two parts whose sums, one of them with the labels, agree.

mod clean;
mod cost;
mod law;
mod noisy;
pub(super) mod subsets;
mod table;
#[cfg(test)]
mod tests;

pub use clean::MeetInTheMiddle;
pub use noisy::NoisyMeet;

use self::cost::Form;
use self::table::Table;
use super::fits::Fits;
use super::sample::Sample;
use super::word::Word;
use super::{Noise, Plan, Problem, Report, SampleSize, Uniqueness, Verdict};
use crate::access::RandomExamples;
use crate::error::Result;
use crate::seeds::LabRng;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

/// Examples that are carried along with a sum.
const WORD: usize = 64;

/// A solver that meets in the middle.
#[derive(Debug, Clone, Copy)]
struct Meet {
    name: &'static str,
    /// Whether all supports are examined.
    certify: bool,
}

impl Meet {
    fn forms(self, problem: &Problem, sample: SampleSize) -> Result<Vec<Form>> {
        let sizes = problem.k.clone();
        sizes
            .map(|k| Form::best(problem, k, sample, self.certify))
            .collect()
    }

    fn plan(self, problem: &Problem) -> Result<Plan> {
        let sample = problem.sample_size()?;
        plan(problem, sample, &self.forms(problem, sample)?)
    }

    fn solve<A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        access: &mut A,
        rng: &mut LabRng,
    ) -> Result<Report> {
        let (plan, verdict) = self.run::<u64, A>(problem, access, rng)?;
        Ok(Report::of(self.name, verdict, plan, access))
    }

    fn run<W: Word, A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        access: &mut A,
        rng: &mut LabRng,
    ) -> Result<(Plan, Verdict)> {
        let mut size = problem.sample_size()?;
        let mut forms = self.forms(problem, size)?;
        let usual = plan(problem, size, &forms)?;
        let least = if self.certify { 1 } else { size.examples };
        if let Some(left) = access
            .left()
            .filter(|&left| left >= least && left != size.examples)
        {
            // Another sample takes other forms, and a large one perhaps more.
            size = SampleSize {
                examples: left,
                wrong: problem.accepted(left),
            };
            forms = self.forms(problem, size)?;
            plan(problem, size, &forms)?;
        }
        let sample = Sample::<W>::draw(self.name, size.examples, least, problem, access)?;
        let coins = LabRng::from_rng(rng);
        let mut search = Search::new(&sample, size.wrong, coins);
        let (mut missed, mut sure) = (0.0_f64, true);
        for form in &forms {
            access.charge().holds(form.bytes(problem.n));
            search.run(form, problem.noise == Noise::Clean);
            missed = missed.max(form.missed);
            sure &= form.missed == 0.0;
            if !self.certify && !search.fits.is_empty() {
                sure &= form.k == *problem.k.end();
                break;
            }
        }
        let charge = access.charge();
        charge.words += search.words;
        charge.probes += search.probes;
        charge.candidates += search.candidates;
        charge.attempts += search.attempts;
        if search.fits.is_empty() && !sure {
            let attempts = search.attempts;
            return Ok((usual, Verdict::GaveUp { attempts, missed }));
        }
        let found = search.fits;
        let uniqueness = match sure {
            true => Uniqueness::AmongSparse,
            false => Uniqueness::Bound(found.chance(problem, &sample)),
        };
        Ok((usual, found.verdict(problem, &sample, uniqueness)))
    }
}

/// What forms take, one after the other.
fn plan(problem: &Problem, sample: SampleSize, forms: &[Form]) -> Result<Plan> {
    let mut plan = Plan {
        sample: Some(sample),
        attempts: 0.0,
        most_attempts: 0.0,
        ..Plan::default()
    };
    let width = sample.examples.div_ceil(WORD) as f64;
    for form in forms {
        plan.attempts += form.attempts;
        plan.most_attempts += form.most_attempts;
        plan.words += form.attempts * form.words + width * (form.k + 1) as f64;
        if !form.is_full {
            // The coordinates of the support are compared with all for being equal.
            plan.words += (form.k * (problem.n - 1)) as f64;
        }
        plan.probes += form.attempts * form.probes;
        plan.candidates += form.attempts * form.visits;
        plan.bytes = plan.bytes.max(form.bytes(problem.n));
    }
    plan.within(&problem.limits)
}

/// A search in progress.
struct Search<'a, W: Word> {
    sample: &'a Sample<W>,
    most_wrong: usize,
    coins: LabRng,
    /// Examples, in the order of the last attempt.
    rows: Vec<usize>,
    fits: Fits,
    /// What an attempt has found with halves: a support is met again by those that cannot be told from it.
    seen: BTreeSet<Vec<usize>>,
    words: u64,
    probes: u64,
    candidates: u64,
    attempts: u64,
}

impl<'a, W: Word> Search<'a, W> {
    fn new(sample: &'a Sample<W>, most_wrong: usize, coins: LabRng) -> Self {
        Search {
            sample,
            most_wrong,
            coins,
            rows: (0..sample.examples()).collect(),
            fits: Fits::default(),
            seen: BTreeSet::new(),
            words: 0,
            probes: 0,
            candidates: 0,
            attempts: 0,
        }
    }

    /// Attempts of a form until something fits, each with coins of its own.
    fn run(&mut self, form: &Form, is_clean: bool) {
        let mut table = Table::new(form.table);
        let some = self.rows.len().min(WORD);
        let clean = self.sample.word(&self.rows[..some]);
        let mut attempt = 0;
        while attempt < form.most_attempts as u64 && self.fits.is_empty() {
            let mut coins = self.coins.clone();
            coins.set_stream(attempt << 16 | form.k as u64);
            let (columns, labels) = match is_clean {
                true => clean.clone(),
                false => {
                    let (rows, _) = self.rows.partial_shuffle(&mut coins, some);
                    self.sample.word(rows)
                }
            };
            let mut order: Vec<usize> = (0..columns.len()).collect();
            if !form.is_full {
                order.shuffle(&mut coins);
            }
            self.attempt(form, &mut table, &columns, labels, &order);
            attempt += 1;
        }
        self.attempts += attempt;
        if form.table.is_far() {
            self.probes += table.probes;
        }
    }

    /// Puts the sums of all small parts into the table, and looks up those of the large ones with the labels.
    fn attempt(
        &mut self,
        form: &Form,
        table: &mut Table<W>,
        columns: &[W],
        labels: W,
        order: &[usize],
    ) {
        let n = order.len();
        let labels = match form.is_complement {
            // The sum of a support is that of all columns and of those outside.
            true => columns.iter().fold(labels, |sum, &column| sum.xor(column)),
            false => labels,
        };
        if form.is_complement {
            self.words += n as u64;
        }
        let parts = match form.is_full {
            true => [order, order],
            false => [&order[..form.columns[0]], &order[n - form.columns[1]..]],
        };
        let [small, large] = parts.map(|part| part.iter().map(|&i| columns[i]).collect::<Vec<W>>());
        let [of_small, of_large] = form.sizes;
        table.clear();
        subsets::sums(&small, of_small, W::of(0), &mut |sum| table.insert(sum));
        let mut rank = 0;
        let mut visits = 0;
        subsets::sums(&large, of_large, labels, &mut |sum| {
            table.meet(sum, |other, word| {
                visits += 1;
                if sum.xor(word).ones() <= form.bound {
                    self.hit(form, parts, [other.into(), rank]);
                }
            });
            rank += 1;
        });
        self.candidates += visits;
        self.words += 2 * visits;
        for (part, size) in parts.iter().zip(form.sizes) {
            self.words += subsets::operations(part.len(), size) as u64;
        }
    }

    /// Takes up the support of two parts, if it is one and fits.
    #[cold]
    fn hit(&mut self, form: &Form, parts: [&[usize]; 2], ranks: [u64; 2]) {
        let [small, large] = [0, 1].map(|part| {
            let places = subsets::at(ranks[part], form.sizes[part], parts[part].len());
            places.into_iter().map(move |place| parts[part][place])
        });
        let mut support: Vec<usize> = small.chain(large).collect();
        // In full lists the order is that of the coordinates. Of all ways to cut a support one counts, that of the smallest
        // coordinates; parts may overlap.
        let cut = form.sizes[0];
        let is_one = |support: &[usize]| cut == 0 || support[0] < support[support.len() - 1];
        if form.is_full && !is_one(&support) {
            return;
        }
        if form.is_complement {
            let inside = |i: &usize| !support.contains(i);
            support = (0..self.sample.dim()).filter(inside).collect();
        }
        support.sort_unstable();
        let most = self.most_wrong;
        let Some(wrong) = self.sample.wrong(&support, most, &mut self.words) else {
            return;
        };
        if form.is_full {
            self.fits.push(wrong, support);
        } else if !self.seen.contains(&support) {
            for twin in self.sample.twins(support, &mut self.words) {
                if self.seen.insert(twin.clone()) {
                    self.fits.push(wrong, twin);
                }
            }
        }
    }
}
