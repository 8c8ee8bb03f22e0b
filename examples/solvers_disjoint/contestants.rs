//! Solvers on instances of disjoint parities.

use crate::blocks::ByBlocks;
use sparse_parity::access::{Fresh, RandomExamples};
use sparse_parity::data::{Parity, ParityDistribution};
use sparse_parity::plot::Color;
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::solver::{Elimination, Exhaustive, MeetInTheMiddle, Problem, Solver};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

type Boxed = Box<dyn Solver<dyn RandomExamples>>;

/// A solver over the widths of blocks.
pub struct Line {
    pub name: &'static str,
    pub color: Color,
    pub knows_blocks: bool,
    pub points: Vec<Point>,
    pub right: usize,
    pub runs: usize,
}

/// The means at a width.
pub struct Point {
    pub width: usize,
    pub words: f64,
    pub examples: f64,
}

impl Line {
    pub fn words(&self) -> Vec<(f64, f64)> {
        self.points
            .iter()
            .map(|it| (it.width as f64, it.words))
            .collect()
    }
}

pub fn explored(studio: &Studio, k: usize, widths: &[usize]) -> Result<Vec<Line>> {
    let runs = studio.runs(studio.pick(2, 20, 100));
    let all: [(&'static str, Color, bool, Boxed); 5] = [
        (
            "exhaustive",
            Color::Vermillion,
            false,
            Box::new(Exhaustive::default()),
        ),
        (
            "meet-in-the-middle",
            Color::Green,
            false,
            Box::new(MeetInTheMiddle::default()),
        ),
        ("elimination", Color::Blue, false, Box::new(Elimination)),
        (
            "all, by blocks",
            Color::Vermillion,
            true,
            Box::new(ByBlocks::All),
        ),
        (
            "meeting, by blocks",
            Color::Green,
            true,
            Box::new(ByBlocks::Meeting),
        ),
    ];
    all.into_iter()
        .map(|(name, color, knows_blocks, solver)| {
            let mut line = Line {
                name,
                color,
                knows_blocks,
                points: Vec::new(),
                right: 0,
                runs: 0,
            };
            for &width in widths {
                line.add(&*solver, (k, width), runs)?;
            }
            Ok(line)
        })
        .collect()
}

impl Line {
    /// Adds the means over the seeds 0, …, runs − 1.
    fn add(
        &mut self,
        solver: &dyn Solver<dyn RandomExamples>,
        (k, width): (usize, usize),
        runs: u64,
    ) -> Result {
        let n = k.saturating_mul(width);
        let problem = Problem::new(n, k)?;
        let (mut words, mut examples) = (0, 0);
        for seed in 0..runs {
            let seeds = Seeds::from(seed);
            let parity = Parity::random_disjoint(n, k, &mut seeds.stream(Purpose::Support))?;
            let mut fresh = Fresh::new(ParityDistribution::new(n, parity.support())?, &seeds);
            let rng = &mut seeds.stream(Purpose::Solver);
            let report = solver.solve(&problem, &mut fresh, rng)?;
            self.right += usize::from(report.verdict.support() == Some(parity.support()));
            words += report.ledger.words;
            examples += report.ledger.examples;
        }
        self.runs += runs as usize;
        let mean = |sum: u64| sum as f64 / runs as f64;
        self.points.push(Point {
            width,
            words: mean(words),
            examples: mean(examples),
        });
        Ok(())
    }
}
