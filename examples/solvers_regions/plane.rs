//! The plane of noise and sample sizes of each problem: which solvers find S, in what time.

use crate::tried::{Budget, SOLVERS, Tried, contest, tries};
use sparse_parity::contest::Contest;
use sparse_parity::stats::median;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{Studio, number};

pub const NOISE: [f64; 12] = [
    0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45,
];
const FINE: [usize; 17] = [
    10, 16, 24, 32, 44, 64, 100, 150, 200, 300, 500, 700, 1000, 1500, 2500, 5000, 10_000,
];
const COARSE: [usize; 13] = [
    24, 32, 44, 64, 90, 120, 200, 300, 500, 1000, 2000, 4000, 10_000,
];
/// Problems n and k, with sample sizes.
pub const PROBLEMS: [(usize, usize, &[usize]); 3] =
    [(50, 3, &FINE), (100, 6, &COARSE), (50, 10, &FINE)];

/// A noise and a sample size of a problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    pub problem: usize,
    pub p: f64,
    pub m: usize,
}

/// All that was tried.
#[derive(Debug)]
pub struct Plane {
    pub problems: usize,
    pub noise: Vec<f64>,
    pub spots: Vec<Spot>,
    pub tried: Vec<Tried>,
}

impl Plane {
    pub fn explored(studio: &Studio) -> Result<Self> {
        let budget = Budget::of(studio);
        let problems = studio.pick(1, 3, 3);
        let noise = studio.pick(&[0.0, 0.1][..], &NOISE, &NOISE).to_vec();
        let every = studio.pick(5, 2, 1);
        let mut spots = Vec::new();
        for (problem, (_, _, sizes)) in PROBLEMS.iter().enumerate().take(problems) {
            for &p in &noise {
                let sizes = sizes.iter().step_by(every);
                spots.extend(sizes.map(|&m| Spot { problem, p, m }));
            }
        }
        let tried = tries(studio, &spots, &budget)?;
        let mut plane = Plane {
            problems,
            noise,
            spots,
            tried,
        };
        plane.time(studio, &budget)?;
        Ok(plane)
    }

    /// The solvers that find S from the examples of a spot or from some of them, the fastest first.
    fn finders(&self, spot: Spot) -> Vec<&Tried> {
        let is_part = |it: &&Tried| {
            let Spot { problem, p, m } = it.spot;
            problem == spot.problem && p == spot.p && m <= spot.m && it.finds()
        };
        let mut fastest: Vec<&Tried> = Vec::new();
        for solver in 0..SOLVERS.len() {
            let own = self.tried.iter().filter(|it| it.solver == solver);
            let own = own.filter(is_part);
            fastest.extend(own.min_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds)));
        }
        fastest.sort_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds));
        fastest
    }

    /// Spots where S is found, with the solvers that do so, the fastest first.
    pub fn cells(&self) -> Vec<(Spot, Vec<&Tried>)> {
        let all = self.spots.iter().map(|&spot| (spot, self.finders(spot)));
        all.filter(|(_, finders)| !finders.is_empty()).collect()
    }

    /// Takes the time by the clock where several solvers find S.
    fn time(&mut self, studio: &Studio, budget: &Budget) -> Result {
        let cells = self.cells();
        let mut several: Vec<(Spot, usize)> = Vec::new();
        for (_, finders) in cells.iter().filter(|(_, finders)| finders.len() > 1) {
            for place in finders.iter().map(|it| (it.spot, it.solver)) {
                if !several.contains(&place) {
                    several.push(place);
                }
            }
        }
        let contests = several.iter().map(|&(spot, solver)| {
            let contest = contest(spot, solver, budget)?;
            Ok(Cell::new(
                Contest {
                    repetitions: 1,
                    ..contest
                },
                3,
            ))
        });
        if several.is_empty() {
            return Ok(());
        }
        let sweep = Sweep::new(contests.collect::<Result<Vec<_>>>()?)?;
        let outcomes = studio.outcomes("timed", &sweep)?;
        for (cell, place) in several.into_iter().enumerate() {
            let times = outcomes.of(cell).filter_map(|it| Some(it.seconds?.best));
            let same = |it: &&mut Tried| (it.spot, it.solver) == place;
            if let Some(it) = self.tried.iter_mut().find(same) {
                it.seconds = median(times);
            }
        }
        Ok(())
    }

    /// Saves a table of the cells where S is found.
    pub fn save(&self, studio: &Studio) -> Result {
        let columns = [
            "n",
            "k",
            "p",
            "m",
            "place",
            "solver",
            "from",
            "runs",
            "found",
            "nanoseconds",
            "seconds",
        ];
        let line = |spot: &Spot, place: usize, it: &Tried| {
            let (n, k, _) = PROBLEMS[spot.problem];
            vec![
                n.to_string(),
                k.to_string(),
                spot.p.to_string(),
                spot.m.to_string(),
                (place + 1).to_string(),
                it.name().into(),
                it.spot.m.to_string(),
                it.runs.to_string(),
                it.right.to_string(),
                format!("{:.0}", it.nanoseconds),
                number(it.seconds),
            ]
        };
        let mut rows = Vec::new();
        for (spot, finders) in self.cells() {
            rows.extend(
                finders
                    .iter()
                    .enumerate()
                    .map(|(place, it)| line(&spot, place, it)),
            );
        }
        studio.save_table("cells", &columns, &rows)
    }
}
