//! The cells of the grid, and a sample of them.

use rand::Rng;
use rand::seq::index;
use sparse_parity::params::Init;
use sparse_parity::trial::{Learner, LossKind, Setting, Trial};

pub const INITS: [(&str, Init); 3] = [
    ("uniform", Init::Uniform),
    ("Gaussian", Init::Gaussian),
    ("Bernoulli", Init::Bernoulli),
];
pub const LOSSES: [(&str, LossKind); 3] = [
    ("hinge", LossKind::Hinge),
    ("square", LossKind::Square),
    ("cross-entropy", LossKind::CrossEntropy),
];
/// The learning rates, besides that of the setting.
const RATES: [f64; 4] = [0.1, 0.01, 0.001, 1.0];

/// The settings i to xv.
pub fn settings() -> &'static [Setting] {
    &Setting::ALL[..15]
}

/// The batches 1, 2, 4, …, 1024.
pub fn batches() -> Vec<usize> {
    (0..=10).map(|power| 1 << power).collect()
}

/// A cell of the grid: everything but the learning rate.
#[derive(Debug, Clone, Copy)]
pub struct GridCell {
    pub setting: Setting,
    pub batch: usize,
    pub n: usize,
    pub k: usize,
    /// The place among [`INITS`].
    pub init: usize,
    /// The place among [`LOSSES`].
    pub loss: usize,
}

impl GridCell {
    /// A trial of the cell at this rate.
    pub fn trial(&self, rate: f64, max_steps: u64) -> Trial {
        Trial {
            init: INITS[self.init].1,
            loss: LOSSES[self.loss].1,
            batch: self.batch,
            rate: rate.into(),
            max_steps,
            ..self.setting.trial(self.n, self.k)
        }
    }

    /// The rates in the order in which they are tried, that of the setting first.
    pub fn rates(&self) -> Vec<f64> {
        let own = self.setting.rate();
        let others = RATES.into_iter().filter(|rate| *rate != own);
        std::iter::once(own).chain(others).collect()
    }

    /// What the time of a step goes with: B·n·r.
    pub fn size(&self) -> usize {
        let width = match self.setting.learner(self.k) {
            Learner::Mlp(mlp) => mlp.width,
            _ => self.k,
        };
        self.batch * self.n * width
    }
}

/// The problems of a grid: every n with every k.
pub struct Grid {
    pub n: Vec<usize>,
    pub k: Vec<usize>,
}

impl Grid {
    /// The number of cells of one setting and batch size.
    pub fn of_stratum(&self) -> usize {
        self.n.len() * self.k.len() * INITS.len() * LOSSES.len()
    }

    /// The number of all cells.
    pub fn len(&self) -> usize {
        settings().len() * batches().len() * self.of_stratum()
    }

    /// The cells of one setting and batch size.
    fn stratum(&self, setting: Setting, batch: usize) -> Vec<GridCell> {
        let mut cells = Vec::new();
        for &n in &self.n {
            for &k in &self.k {
                for init in 0..INITS.len() {
                    cells.extend((0..LOSSES.len()).map(|loss| GridCell {
                        setting,
                        batch,
                        n,
                        k,
                        init,
                        loss,
                    }));
                }
            }
        }
        cells
    }

    /// A few cells of each setting and batch size, those that `is_wanted` one after the other.
    ///
    /// The sample of fewer cells, or of fewer strata, is a part of that of more.
    pub fn sample<R: Rng>(
        &self,
        cells: usize,
        is_wanted: impl Fn(Setting, usize) -> bool,
        rng: &mut R,
    ) -> Vec<GridCell> {
        let mut sample = Vec::new();
        for &setting in settings() {
            for batch in batches() {
                let stratum = self.stratum(setting, batch);
                let order = index::sample(rng, stratum.len(), stratum.len());
                if is_wanted(setting, batch) {
                    sample.extend(order.iter().take(cells).map(|place| stratum[place]));
                }
            }
        }
        sample
    }
}
