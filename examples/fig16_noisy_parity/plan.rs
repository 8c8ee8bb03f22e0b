//! What is run, and what became of it.

use sparse_parity::plot::Color;
use sparse_parity::stats::{Sample, Times};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::Trial;

/// What is run: a trial for every batch size and noise, and how often.
pub struct Plan {
    pub n: usize,
    pub k: usize,
    pub batches: &'static [usize],
    pub noise: &'static [f64],
    pub budget: u64,
    /// Where the axes of t_c begin.
    pub least: f64,
    pub runs: u64,
    /// The batch sizes whose curves are drawn, and the number of their runs.
    pub drawn: [usize; 2],
    pub curves: u64,
}

pub const TINY: Plan = Plan {
    n: 10,
    k: 2,
    batches: &[8, 32],
    noise: &[0.0, 0.1, 0.2],
    budget: 2000,
    least: 10.0,
    runs: 2,
    drawn: [8, 32],
    curves: 1,
};
const NOISE: [f64; 8] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.48, 0.49];
pub const QUICK: Plan = Plan {
    n: 50,
    k: 3,
    batches: &[8, 32, 128],
    noise: &NOISE,
    budget: 300_000,
    least: 1000.0,
    runs: 3,
    drawn: [32, 128],
    curves: 1,
};
pub const PAPER: Plan = Plan {
    batches: &[8, 32, 128, 1024],
    budget: 1_000_000,
    runs: 5,
    curves: 3,
    ..QUICK
};

impl Plan {
    pub fn trial(&self, batch: usize, noise: f64) -> Trial {
        Trial {
            batch,
            noise,
            rate: 0.1.into(),
            max_steps: self.budget,
            ..Trial::new(self.n, self.k)
        }
    }

    /// The cells of a batch size follow one another.
    pub fn sweep(&self) -> Result<Sweep> {
        let mut cells = Vec::new();
        for &batch in self.batches {
            let of_noise = |&p: &f64| Cell::new(self.trial(batch, p), self.runs);
            cells.extend(self.noise.iter().map(of_noise));
        }
        Ok(Sweep::new(cells)?)
    }
}

/// The runs with one batch size.
pub struct Series {
    pub batch: usize,
    pub color: Color,
    /// p, the times of its runs, and their median if it is within the budget.
    pub times: Vec<(f64, Times, Option<f64>)>,
}

impl Series {
    /// 1/(1 − 2p)² and the times, up to the first p at which a run is not solved.
    pub fn solved(&self) -> Vec<Sample> {
        let times = self.times.iter().map(|(p, times, _)| Sample {
            n: price(*p),
            times: times.clone(),
        });
        times
            .take_while(|sample| sample.times.solved() == sample.times.runs())
            .collect()
    }

    pub fn most_noise(&self) -> Option<f64> {
        let mut reached = self.times.iter().rev();
        reached.find_map(|(p, _, median)| median.map(|_| *p))
    }

    pub fn name(&self) -> String {
        format!("B = {}", self.batch)
    }
}

/// 1/(1 − 2p)², the number of noisy examples that are worth a clean one.
fn price(p: f64) -> f64 {
    1.0 / ((1.0 - 2.0 * p) * (1.0 - 2.0 * p))
}
