//! What the times of networks say of their width.

use crate::Place;
use sparse_parity::seeds::LabRng;
use sparse_parity::stats::{Bootstrap, Estimate, Times};
use sparse_parity::sweep::Outcomes;
use sparse_parity::terminal::Result;
use sparse_parity::theory::supports;
use sparse_parity::trial::Outcome;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::resampled::resampled;

/// The width that wider ones are compared with; narrower networks often learn nothing.
const NARROW: usize = 30;
/// The fewest runs that tell of a 95 % quantile.
const TAIL_RUNS: usize = 40;

/// The times of all widths of one n.
pub struct Widths {
    pub name: String,
    pub n: usize,
    pub k: usize,
    pub widths: Vec<usize>,
    pub times: Vec<Times>,
}

impl Widths {
    pub fn of(outcomes: &Outcomes<Outcome>, places: &[Place], (n, k): (usize, usize)) -> Self {
        let is_of_n = |cell: &usize| places[*cell].n == n;
        let cells: Vec<usize> = (0..places.len()).filter(is_of_n).collect();
        Widths {
            name: format!("n = {n}"),
            n,
            k,
            widths: cells.iter().map(|&cell| places[cell].width).collect(),
            times: cells.iter().map(|&cell| outcomes.times(cell)).collect(),
        }
    }

    /// The place of the first width that is compared with wider ones.
    fn narrow(&self) -> usize {
        let is_compared = |&width: &usize| width >= NARROW;
        let place = self.widths.iter().position(is_compared);
        place.unwrap_or(0)
    }

    /// Whether half of the runs of each width are solved.
    pub fn find_solved(&self, studio: &mut Studio) -> Result {
        let (mut numbers, mut holds) = (Vec::new(), true);
        for (width, times) in self.widths.iter().zip(&self.times) {
            let (solved, diverged) = (times.solved(), times.diverged());
            holds &= 2 * solved >= times.runs();
            let diverged = match diverged {
                0 => String::new(),
                _ => format!(" ({diverged} diverged)"),
            };
            numbers.push(format!(
                "r = {width}: {solved} of {}{diverged}",
                times.runs()
            ));
        }
        let claim = format!("{}: half of the runs of each width are solved", self.name);
        studio.find(claim, numbers.join("; "), holds)
    }

    /// How much faster wide networks are, beside what parallel searches would gain; nothing if there are no wider ones.
    pub fn find_speed_up(&self, studio: &mut Studio, rng: &mut LabRng) -> Result {
        let (problem, narrow, bootstrap) = ((self.n, self.k), self.narrow(), Bootstrap::default());
        let (mut numbers, mut holds) = (Vec::new(), true);
        for wide in narrow + 1..self.widths.len() {
            let (from, to) = (self.widths[narrow], self.widths[wide]);
            let pair = [&self.times[narrow], &self.times[wide]];
            let interval = bootstrap.of_quantiles(&pair, 0.5, rng, |of| of[0] / of[1])?;
            let value = quantile(pair[0], 0.5)? / quantile(pair[1], 0.5)?;
            let of_search = search(problem, from as f64)? / search(problem, to as f64)?;
            holds &= interval.high < of_search;
            numbers.push(format!(
                "r = {to}: {:.2} times, random search {of_search:.1}",
                Estimate { value, interval }
            ));
        }
        if numbers.is_empty() {
            return Ok(());
        }
        let (width, name) = (self.widths[narrow], &self.name);
        let claim =
            format!("{name}: wide networks are no parallel searches, speed-up over r = {width}");
        studio.find(claim, numbers.join("; "), holds)
    }

    /// The 95 % quantile over the median of each width.
    pub fn tails(&self, rng: &mut LabRng) -> Result<Vec<Estimate>> {
        let tail = |times: &Times| {
            let t: Vec<f64> = times.as_slice().iter().map(|t| t.or_infinite()).collect();
            let of = |chosen: &[usize]| {
                let mut chosen = chosen.to_vec();
                chosen.sort_unstable();
                // Counted from 0, the ⌈pN⌉th smallest.
                let at = |percent: usize| t[chosen[(percent * chosen.len()).div_ceil(100) - 1]];
                at(95) / at(50)
            };
            resampled(t.len(), rng, of)
        };
        self.times.iter().map(tail).collect()
    }

    pub fn find_tail(&self, studio: &mut Studio, tails: &[Estimate]) -> Result {
        let (name, narrow) = (&self.name, self.narrow());
        let is_known = |times: &Times| times.runs() >= TAIL_RUNS;
        let wide = self.times.iter().rposition(is_known);
        let Some(wide) = wide.filter(|wide| *wide > narrow) else {
            return Ok(());
        };
        let number = |place: usize| format!("r = {}: {:.2}", self.widths[place], tails[place]);
        let numbers: Vec<String> = (narrow..=wide).map(number).collect();
        studio.find(
            format!("{name}: width trims the upper tail, 95 % quantile over median"),
            numbers.join("; "),
            tails[wide].interval.high < tails[narrow].interval.low,
        )
    }
}

/// A quantile of t_c, where runs that were not solved are later than all others.
pub fn quantile(times: &Times, p: f64) -> Result<f64> {
    let quantile = times.quantile(p, 0.95)?;
    Ok(quantile.value.unwrap_or(f64::INFINITY))
}

/// The time of a random search that tries r supports a step.
pub fn search((n, k): (usize, usize), r: f64) -> Result<f64> {
    Ok(1.0 + supports(n, k)? / r)
}
