//! SGD at (50, 3): on a sample that it uses again and again, and on fresh examples.

use crate::plane::{NOISE, PROBLEMS};
use sparse_parity::contest::Contest;
use sparse_parity::stats::median;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::contests::{Entrant, contest};
use sparse_parity_examples::figure::Studio;

const SAMPLES: [usize; 5] = [1000, 3000, 10_000, 30_000, 100_000];
/// Noise of the samples.
const SOME: [f64; 6] = [0.0, 0.05, 0.1, 0.2, 0.3, 0.4];

/// Where SGD finds S.
#[derive(Debug)]
pub struct Sgd {
    /// The noise, the sample size, on how many instances S was found, and of how many.
    pub fixed: Vec<(f64, usize, usize, usize)>,
    /// The noise, and the median of the fresh examples, where S was found in every run.
    pub fresh: Vec<(f64, f64)>,
}

impl Sgd {
    /// Samples on which S was found in every run.
    pub fn finds(&self) -> impl Iterator<Item = (f64, usize)> {
        let whole = self
            .fixed
            .iter()
            .filter(|(_, _, right, runs)| right == runs);
        whole.map(|&(p, m, ..)| (p, m))
    }
}

pub fn explored(studio: &Studio) -> Result<Sgd> {
    let runs = studio.runs(studio.pick(2, 3, 10));
    let most = studio.pick(20, 10_000, 15_000);
    let samples = studio.pick(&SAMPLES[..1], &SAMPLES, &SAMPLES);
    let some = studio.pick(&SOME[..1], &SOME[..4], &SOME);
    let noise = studio.pick(&NOISE[..1], &NOISE[..7], &NOISE);
    let (n, k, _) = PROBLEMS[0];
    let places: Vec<(f64, usize)> = some
        .iter()
        .flat_map(|&p| samples.iter().map(move |&m| (p, m)))
        .collect();
    let again = Entrant::decayed_relu(most);
    let cells = places.iter().map(|&(p, m)| {
        let contest = contest(&again, n, k, p);
        Cell::new(
            Contest {
                examples: Some(m),
                ..contest
            },
            runs,
        )
    });
    let outcomes = studio.outcomes("sgd", &Sweep::new(cells)?)?;
    let fixed = places.iter().enumerate().map(|(cell, &(p, m))| {
        let right = outcomes.of(cell).filter(|it| it.is_right).count();
        (p, m, right, outcomes.of(cell).count())
    });
    let fixed = fixed.collect();

    let once = Entrant::relu(most);
    let cells = noise
        .iter()
        .map(|&p| Cell::new(contest(&once, n, k, p), runs));
    let outcomes = studio.outcomes("fresh", &Sweep::new(cells)?)?;
    let fresh = noise.iter().enumerate().filter_map(|(cell, &p)| {
        let is_found = outcomes.of(cell).all(|it| it.is_right);
        let examples = outcomes.of(cell).map(|it| it.ledger.examples as f64);
        Some((p, median(examples).filter(|_| is_found)?))
    });
    let fresh = fresh.collect();
    Ok(Sgd { fixed, fresh })
}
