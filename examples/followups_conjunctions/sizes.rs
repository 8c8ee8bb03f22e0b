//! The runs of each number of coordinates T, and the floor of their examples.

use crate::learning::{BIAS, Learned, Learning, Network, solved};
use crate::{K, SHARE};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{SolvedCount, median};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::theory::conjunction;
use sparse_parity_examples::figure::Studio;
use std::collections::BTreeMap;

/// Samples of which the floor is a quantile.
const DRAWS: usize = 2000;

/// The runs of one T.
pub struct Size {
    pub n: usize,
    /// Each number of examples with its runs.
    pub cells: Vec<(usize, Vec<Learned>)>,
}

impl Size {
    /// Each number of examples with the number of runs that were solved.
    pub fn counts(&self) -> impl Iterator<Item = SolvedCount> {
        self.cells.iter().map(|(samples, runs)| SolvedCount {
            size: self.n as f64,
            samples: *samples as f64,
            solved: solved(runs),
            runs: runs.len(),
        })
    }

    /// Whether some runs are solved and some are not.
    pub fn is_mixed(&self) -> bool {
        let (solved, runs) = self.counts().fold((0, 0), |(solved, runs), count| {
            (solved + count.solved, runs + count.runs)
        });
        solved > 0 && solved < runs
    }

    /// The median share of attention of the runs of a kind.
    pub fn attention(&self, is_solved: bool) -> Option<f64> {
        let runs = self.cells.iter().flat_map(|(_, runs)| runs);
        let runs = runs.filter(|run| run.solved.is_some() == is_solved);
        median(runs.map(|run| run.attention))
    }
}

/// The runs of all T.
pub fn explored(studio: &Studio, network: Network) -> Result<Vec<Size>> {
    let (sizes, count, runs) = studio.pick(
        (&[6, 8, 12][..], 3, 2),
        (&[16, 32, 64], 5, 6),
        (&[16, 32, 64, 128, 256], 8, 20),
    );
    let (sizes, runs) = (studio.ns(sizes), studio.runs(runs));
    let budget = studio.pick(30, 300, 1000);
    let mut found = Vec::new();
    for n in sizes {
        let samples = around(n, count);
        let cells = samples.iter().map(|&samples| {
            Cell::new(
                Learning {
                    n,
                    samples,
                    network,
                    budget,
                },
                runs,
            )
        });
        let outcomes = studio.outcomes(&format!("t{n}"), &Sweep::new(cells)?)?;
        let cells = samples.iter().enumerate();
        let cells = cells.map(|(cell, samples)| (*samples, outcomes.of(cell).cloned().collect()));
        found.push(Size {
            n,
            cells: cells.collect(),
        });
    }
    Ok(found)
}

/// The numbers of examples around a guess of m* from the pilot, 6 T^0.6, in equal ratios.
fn around(n: usize, count: usize) -> Vec<usize> {
    let guess = 6.0 * (n as f64).powf(0.6);
    let mut samples: Vec<usize> = (0..count)
        .map(|place| {
            let ratio = 0.4 * 6.0_f64.powf(place as f64 / (count - 1) as f64);
            (guess * ratio).round() as usize
        })
        .collect();
    samples.dedup();
    samples
}

/// The floor of each T, and of two larger ones among those that were published.
pub fn floors(sizes: &[Size]) -> Result<BTreeMap<usize, f64>> {
    let last = sizes.iter().map(|size| size.n).max().unwrap_or(0);
    let larger = [300, 1000].into_iter().filter(|n| *n > last && last >= 100);
    let floor = |n: usize| {
        let rng = &mut Seeds::from(n as u64).stream(Purpose::Eval);
        let floor = conjunction::floor(n, K, BIAS, SHARE, DRAWS, rng)?;
        Ok((n, floor.value.unwrap_or(f64::NAN)))
    };
    let all = sizes.iter().map(|size| size.n).chain(larger);
    all.map(floor).collect()
}
