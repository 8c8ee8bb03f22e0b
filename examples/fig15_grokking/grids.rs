//! The problems, samples and decays that are run.

use crate::{DECAY, PROBLEM};
use sparse_parity::measure::Interval;
use sparse_parity::optim::Decay;
use sparse_parity::sweep::Cell;
use sparse_parity::terminal::Result;
use sparse_parity::trial::{MeasureKind, RecordedTrial, Recording, Trial};
use sparse_parity_examples::figure::Studio;

/// Run steps for every factor of ten.
const POINTS: usize = 20;
/// Samples from which both errors vanish together; the train error can do so after t_c.
pub const LARGE: usize = 5000;
/// Updates beyond t_c for these.
const BEYOND: u64 = 1000;

/// Runs of one problem.
pub struct Grid {
    pub problem: (usize, usize),
    pub samples: &'static [usize],
    pub decays: &'static [f64],
    seeds: u64,
    /// Seeds of the cells whose runs last for the whole budget: of the smallest sample, and without decay.
    seeds_unsolved: u64,
    pub max_steps: u64,
}

impl Grid {
    /// The sizes m of samples, with each decay.
    pub fn settings(&self) -> impl Iterator<Item = (usize, f64)> {
        let of_sample = |&m| self.decays.iter().map(move |&decay| (m, decay));
        self.samples.iter().flat_map(of_sample)
    }

    /// The runs of each setting.
    pub fn cells(&self) -> Result<Vec<Cell<RecordedTrial>>> {
        let cell = |(m, decay)| Ok(Cell::new(self.experiment(m, decay)?, self.seeds(m, decay)));
        self.settings().map(cell).collect()
    }

    fn experiment(&self, m: usize, decay: f64) -> Result<RecordedTrial> {
        let trial = Trial {
            samples: Some(m),
            decay: decay.into(),
            convention: Decay::Scaled,
            max_steps: self.max_steps,
            ..Trial::new(self.problem.0, self.problem.1)
        };
        let mut recording = Recording {
            measures: vec![MeasureKind::TrainError, MeasureKind::Error],
            ..Recording::new(Interval::per_decade(POINTS)?)
        };
        if m >= LARGE {
            recording.beyond = BEYOND;
        }
        Ok(RecordedTrial { trial, recording })
    }

    fn seeds(&self, m: usize, decay: f64) -> u64 {
        match m < 1000 || decay == 0.0 {
            true => self.seeds_unsolved,
            false => self.seeds,
        }
    }
}

const ALL: [usize; 4] = [700, 1000, 1800, 10_000];
const DECAYS: [f64; 7] = [0.0, 0.001, DECAY, 0.003, 0.005, 0.007, 0.01];

const fn other(problem: (usize, usize), decays: &'static [f64]) -> Grid {
    Grid {
        problem,
        samples: &ALL,
        decays,
        seeds: 10,
        seeds_unsolved: 10,
        max_steps: 300_000,
    }
}

/// The grids of the scale; the curves of the first one are drawn.
pub fn grids(studio: &Studio) -> Vec<Grid> {
    let problem = (studio.n(PROBLEM.0), studio.k(PROBLEM.1));
    let tiny = vec![Grid {
        problem,
        samples: &[50, 2000],
        decays: &[0.0, DECAY],
        seeds: 2,
        seeds_unsolved: 2,
        max_steps: 200,
    }];
    let quick = vec![Grid {
        problem,
        samples: &[1000, 10_000],
        decays: &[0.0, DECAY, 0.01],
        seeds: 8,
        seeds_unsolved: 3,
        max_steps: 100_000,
    }];
    let paper = vec![
        Grid {
            problem,
            samples: &ALL,
            decays: &DECAYS,
            seeds: 20,
            seeds_unsolved: 6,
            max_steps: 1_000_000,
        },
        other((30, 3), &[0.001, 0.003, 0.01]),
        other((50, 3), &[0.003, 0.007, 0.01]),
    ];
    let mut grids = studio.pick(tiny, quick, paper);
    let mut place = 0..;
    // What is drawn is not run twice.
    grids.retain(|grid| place.next() == Some(0) || grid.problem != problem);
    for grid in &mut grids {
        grid.seeds = studio.runs(grid.seeds);
        grid.seeds_unsolved = studio.runs(grid.seeds_unsolved);
    }
    grids
}
