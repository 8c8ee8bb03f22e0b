//! The algorithms on their problems.

use crate::guessed_columns::GuessedColumns;
use crate::stream_and_test::StreamAndTest;
use sparse_parity::access::Fresh;
use sparse_parity::contest::{Contest, Contestant};
use sparse_parity::data::ParityDistribution;
use sparse_parity::model::Architecture as _;
use sparse_parity::plot::Color;
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::solver::{Problem, Solver};
use sparse_parity::terminal::Result;
use sparse_parity::trial::Trial;
use sparse_parity_examples::contests::{Cost, Entrant, contest, costs};
use sparse_parity_examples::figure::Studio;

type Fresher = Fresh<ParityDistribution>;

/// Problems n and k, with the runs of streams at the paper's scale.
const PROBLEMS: [(usize, usize, u64); 3] = [(50, 3, 200), (50, 4, 40), (200, 3, 20)];
const SMALL: [(usize, usize, u64); 1] = [(20, 3, 2)];

/// What an algorithm keeps, and how many examples it draws.
#[derive(Debug)]
pub struct Point {
    pub name: &'static str,
    pub color: Color,
    /// The columns that are guessed.
    pub columns: Option<usize>,
    pub runs: u64,
    pub right: usize,
    pub examples: f64,
    pub bytes: f64,
}

/// A problem and its points.
#[derive(Debug)]
pub struct Place {
    pub n: usize,
    pub k: usize,
    pub points: Vec<Point>,
}

impl Place {
    /// Raz's n²/25 bits in bytes.
    pub fn wall(&self) -> f64 {
        (self.n * self.n) as f64 / 25.0 / 8.0
    }

    pub fn named(&self, name: &str) -> Option<&Point> {
        self.points.iter().find(|it| it.name == name)
    }

    /// The points with guessed columns, from k to n of them.
    pub fn guessed(&self) -> Vec<&Point> {
        self.points
            .iter()
            .filter(|it| it.columns.is_some())
            .collect()
    }
}

/// The problems of the scale; or those of the numbers that are given, with the others of the first problem.
fn problems(studio: &Studio) -> Vec<(usize, usize, u64)> {
    let usual = studio.pick(&SMALL[..], &PROBLEMS[..2], &PROBLEMS);
    let (first_n, first_k, _) = usual[0];
    let (n, k) = (studio.ns(&[]), studio.ks(&[]));
    if n.is_empty() && k.is_empty() {
        let runs = |runs: u64| studio.pick(runs, runs.min(20), runs);
        return usual.iter().map(|&(n, k, of)| (n, k, runs(of))).collect();
    }
    let k = studio.k(first_k);
    let n = studio.ns(&[first_n]).into_iter();
    n.map(|n| (n, k, studio.pick(2, 20, 20))).collect()
}

pub fn explored(studio: &Studio) -> Result<Vec<Place>> {
    problems(studio)
        .into_iter()
        .map(|(n, k, runs)| {
            let mut points = streams(n, k, studio.runs(runs))?;
            points.extend(solvers(studio, n, k)?);
            points.extend(descents(studio, n, k)?);
            Ok(Place { n, k, points })
        })
        .collect()
}

fn streams(n: usize, k: usize, runs: u64) -> Result<Vec<Point>> {
    let mut columns = vec![k, k + 2, 10, 20, n / 2, n];
    columns.retain(|q| (k..=n).contains(q));
    columns.sort_unstable();
    columns.dedup();
    let mut points = vec![stream(&StreamAndTest, n, k, runs)?];
    points[0].name = "stream and test";
    points[0].color = Color::Vermillion;
    for q in columns {
        let point = stream(&GuessedColumns { columns: q }, n, k, runs)?;
        points.push(Point {
            columns: Some(q),
            ..point
        });
    }
    Ok(points)
}

/// The mean examples of a stream on the seeds 0, …, runs − 1, and the bytes of its plan.
fn stream(solver: &dyn Solver<Fresher>, n: usize, k: usize, runs: u64) -> Result<Point> {
    let problem = Problem::new(n, k)?;
    let (mut right, mut examples) = (0, 0.0);
    for seed in 0..runs {
        let seeds = Seeds::from(seed);
        let distribution = ParityDistribution::random(n, k, &mut seeds.stream(Purpose::Support))?;
        let mut fresh = Fresh::new(distribution.clone(), &seeds);
        let rng = &mut seeds.stream(Purpose::Solver);
        let report = solver.solve(&problem, &mut fresh, rng)?;
        let support = distribution.parity().support();
        right += usize::from(report.verdict.support() == Some(support));
        examples += report.ledger.examples as f64;
    }
    Ok(Point {
        name: "guessed columns",
        color: Color::Blue,
        columns: None,
        runs,
        right,
        examples: examples / runs as f64,
        bytes: solver.plan(&problem)?.bytes as f64,
    })
}

/// Solvers of the library, with the sample that they keep.
fn solvers(studio: &Studio, n: usize, k: usize) -> Result<Vec<Point>> {
    let entrants = [
        Entrant::solver("elimination", Color::SkyBlue),
        Entrant::solver("exhaustive", Color::Purple),
        Entrant::solver("meet-in-the-middle", Color::Green),
    ];
    let runs = studio.runs(studio.pick(2, 10, 50));
    let sample = |m: f64| m * (n + 1) as f64 / 8.0;
    points(studio, "solvers", (n, k), &entrants, runs, |_, cost| {
        Ok(cost.bytes + sample(cost.examples))
    })
}

/// Networks, with θ and the sum of the gradients of a batch.
fn descents(studio: &Studio, n: usize, k: usize) -> Result<Vec<Point>> {
    let most = studio.pick(20, 30_000, 50_000);
    let entrants = [Entrant::relu(most), Entrant::polynet(most)];
    let runs = studio.runs(studio.pick(2, 3, 10));
    points(studio, "sgd", (n, k), &entrants, runs, |entrant, _| {
        let Contestant::Sgd(trial) = &entrant.contestant else {
            return Err("a network is trained by SGD".into());
        };
        let trial = Trial {
            n,
            k,
            ..(**trial).clone()
        };
        Ok((2 * 4 * trial.assemble()?.model().layout().len()) as f64)
    })
}

/// The points of contestants that have found S on most instances.
fn points(
    studio: &Studio,
    part: &str,
    (n, k): (usize, usize),
    entrants: &[Entrant],
    runs: u64,
    bytes: impl Fn(&Entrant, &Cost) -> Result<f64>,
) -> Result<Vec<Point>> {
    let contests: Vec<(usize, Contest)> = entrants
        .iter()
        .map(|entrant| contest(entrant, n, k, 0.0))
        .enumerate()
        .collect();
    let part = format!("{part}_{n}_{k}");
    let (costs, outcomes) = costs(studio, &part, &contests, runs)?;
    let mut points = Vec::new();
    for (place, entrant) in entrants.iter().enumerate() {
        let Some(cost) = costs.at(place) else {
            continue;
        };
        points.push(Point {
            name: entrant.name,
            color: entrant.color,
            columns: None,
            runs,
            right: outcomes.of(place).filter(|it| it.is_right).count(),
            examples: cost.examples,
            bytes: bytes(entrant, &cost)?,
        });
    }
    Ok(points)
}
