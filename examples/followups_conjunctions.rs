//! How many examples does a Transformer need for a conjunction of three of T coordinates?
//!
//! Edelman, Goel, Kakade and Zhang, *Inductive biases and variable creation in self-attention mechanisms*, ICML 2022, count the examples m*
//! with which a Transformer learns the AND of three of T bits, and find growth that is consistent with ln T. Their text for the figure was not at
//! hand: m* is taken as the number of examples with which 80 % of the runs have no error on fresh examples, and the numbers were read off a copy
//! of the figure, within 1 or so. The protocol is that of a tutorial that repeats it (Neuromatch, *NeuroAI*, day 4, tutorial 4), without its
//! dropout, and without redrawing samples that leave the three coordinates ambiguous, which is what sets m*.
//!
//! ```sh
//! cargo run --release --example followups_conjunctions
//! cargo run --release --example followups_conjunctions -- --scale paper
//! ```
//!
//! Bits are +1 with probability 2^(−1/3), so that half of the labels are +1; one layer, d_emb = 64, 16 heads, 64 hidden neurons,
//! cross-entropy, the whole sample in each batch, at most 1000 updates. A run is solved at the first iterate that gets 8192 fresh examples right,
//! where it ends: it counts as solved even if more updates would undo it. Two networks are tried:
//!
//! - *bare*: the usual initialisation, ReLU, Adam with η = 0.003;
//! - *normalised*: layer normalisation before both layers, a residual connection around attention, GELU, weights drawn with the deviation
//!   0.02 and biases 0, Adam with η = 0.001 and the decay 0.0001 in the gradient, as in the tutorial.
//!
//! A pilot with other seeds runs both, 10 times with m = 50 and 10 times with m = 80 at T = 100; the network that solves more of them makes the
//! figure. The floor is the number of examples at which, in 80 % of samples, no other set of three coordinates gives all labels: below it nobody
//! can know them. m* comes from a logistic fit in ln m, and its growth from m* = b₀ + b₁ (Tᵖ − 1)/p, which is ln T for p = 0 and
//! linear for p = 1. Sizes T of which all or no runs are solved bound no m*, and are left out.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. the normalised network solves more runs of the pilot, and at least half with m = 50, the published m* at T = 100;
//! 2. m* grows slower than T: the interval of p is below 1;
//! 3. ln T is not excluded: the interval of p contains 0;
//! 4. m* is more than the floor at every T, and the ratio is larger at the largest T than at the smallest;
//! 5. solved runs attend to the three coordinates: at every T, the median of the share of their attention on them is above that of the
//!    unsolved runs, and above 1/2.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::AttentionShare;
use sparse_parity::model::AnyModel;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::stats::{
    BoxCox, ConfidenceInterval, Estimate, SolvedCount, Threshold, median, wilson,
};
use sparse_parity::sweep::{Cell, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::theory::conjunction;
use sparse_parity::trial::{
    ActivationKind, BlockInit, DistributionKind, Learner, LossKind, OptimizerKind, Status,
    TargetKind, TransformerSettings, Trial, ValidationLaw,
};
use sparse_parity_examples::figure::{self, Studio};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

/// The number of coordinates of the conjunction.
const K: usize = 3;
/// P(x = −1), with which half of the labels are +1.
const BIAS: f64 = 0.206_299_474_015_900_26;
/// The share of solved runs at m*.
const SHARE: f64 = 0.8;
const LEVEL: f64 = 0.95;
/// The first seed of the pilot; those that are reported begin at 0.
const PILOT: u64 = 10_000;
/// The inputs on which attention is averaged.
const INPUTS: usize = 32;
/// Samples of which the floor is a quantile.
const DRAWS: usize = 2000;
/// T and m* of the published figure.
const PUBLISHED: [(f64, f64); 18] = [
    (100.0, 50.0),
    (150.0, 53.0),
    (200.0, 58.0),
    (250.0, 56.0),
    (300.0, 69.0),
    (350.0, 61.0),
    (400.0, 79.5),
    (450.0, 82.0),
    (500.0, 80.0),
    (550.0, 85.0),
    (600.0, 94.0),
    (650.0, 97.0),
    (700.0, 89.0),
    (750.0, 101.0),
    (800.0, 100.0),
    (900.0, 108.0),
    (1000.0, 111.0),
    (1100.0, 113.0),
];

/// A run on a finite sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Learning {
    n: usize,
    samples: usize,
    network: Network,
    budget: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Network {
    Bare,
    Normalised,
}

impl Default for Learning {
    fn default() -> Self {
        Learning {
            n: 100,
            samples: 50,
            network: Network::Bare,
            budget: 1000,
        }
    }
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Learned {
    /// The updates before the first iterate without an error on fresh examples.
    solved: Option<u64>,
    /// The accuracy at the end.
    accuracy: f64,
    /// The share of attention on the three coordinates at the end: the mean over the heads, and the largest.
    attention: [f64; 2],
}

/// Keeps the last iterate.
struct Last(Option<Params<f32>>);

impl Observer<f32, AnyModel<f32>> for Last {
    fn observe(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) -> ControlFlow<Stop> {
        match &mut self.0 {
            Some(theta) => theta.as_mut_slice().copy_from_slice(at.theta.as_slice()),
            None => self.0 = Some(at.theta.clone()),
        }
        ControlFlow::Continue(())
    }
}

impl Learning {
    fn trial(&self) -> Trial {
        let is_normalised = self.network == Network::Normalised;
        let settings = TransformerSettings {
            d_emb: 64,
            heads: 16,
            mlp_width: Some(64),
            ..TransformerSettings::default()
        };
        let usual = Trial {
            target: TargetKind::Conjunction,
            bias: Some(BIAS),
            validation: ValidationLaw::Training,
            learner: Learner::Transformer(settings.clone()),
            loss: LossKind::CrossEntropy,
            optimizer: OptimizerKind::Adam,
            rate: 0.003.into(),
            batch: self.samples,
            samples: Some(self.samples),
            max_steps: self.budget,
            ..Trial::new(self.n, K)
        };
        if !is_normalised {
            return usual;
        }
        let deviation = 0.02;
        let small = DistributionKind::Gaussian { deviation };
        let zero = DistributionKind::Constant { value: 0.0 };
        let weights = [
            "embedding",
            "attention.query",
            "attention.key",
            "attention.value",
            "attention.output",
            "hidden.weight",
            "output.weight",
        ];
        let biases = ["hidden.bias", "output.bias"];
        let inits = weights
            .map(|block| BlockInit::new(block, small))
            .into_iter();
        Trial {
            learner: Learner::Transformer(TransformerSettings {
                layer_norm: true,
                residual: true,
                activation: ActivationKind::Gelu,
                ..settings
            }),
            block_inits: inits
                .chain(biases.map(|block| BlockInit::new(block, zero)))
                .collect(),
            rate: 0.001.into(),
            decay: 0.0001.into(),
            convention: Decay::Coupled,
            ..usual
        }
    }
}

impl Experiment for Learning {
    type Outcome = Learned;
    const NAME: &'static str = "conjunctions";
    const REVISION: u32 = 1;

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Learned>> {
        let trial = self.trial();
        let mut last = Last(None);
        let Some(outcome) = trial.assemble()?.observe_until(seeds, stop, &mut last)? else {
            return Ok(None);
        };
        let Learner::Transformer(settings) = &trial.learner else {
            unreachable!("the learner is a Transformer");
        };
        let model = Transformer::from_settings(self.n, settings.clone(), trial.init)?;
        let and = Conjunction::new(self.n, &outcome.support)?;
        let mut x = Signs::ones(INPUTS, self.n)?;
        Biased::new(self.n, BIAS)?.draw(&mut seeds.stream(Purpose::Eval), &mut x);
        let theta = last.0.expect("a run has a first iterate");
        let heads = AttentionShare::new(&model, &and, x)?.by_head(&theta);
        let largest = heads.iter().copied().fold(0.0, f64::max);
        Ok(Some(Learned {
            solved: outcome.t.filter(|_| outcome.status == Status::Solved),
            accuracy: outcome.final_accuracy,
            attention: [heads.sum() / heads.len() as f64, largest],
        }))
    }

    fn budget(&self) -> Option<u64> {
        Some(self.budget)
    }

    fn with_budget(&self, budget: u64) -> Self {
        Learning {
            budget: self.budget.min(budget),
            ..self.clone()
        }
    }
}

/// The runs of one T.
struct Size {
    n: usize,
    /// Each number of examples with its runs.
    cells: Vec<(usize, Vec<Learned>)>,
}

impl Size {
    fn counts(&self) -> impl Iterator<Item = SolvedCount> {
        self.cells.iter().map(|(samples, runs)| SolvedCount {
            size: self.n as f64,
            samples: *samples as f64,
            solved: solved(runs),
            runs: runs.len(),
        })
    }

    /// Whether some runs are solved and some are not.
    fn is_mixed(&self) -> bool {
        let (solved, runs) = self.counts().fold((0, 0), |(solved, runs), count| {
            (solved + count.solved, runs + count.runs)
        });
        solved > 0 && solved < runs
    }

    /// The median share of attention of the runs of a kind.
    fn attention(&self, is_solved: bool) -> Option<f64> {
        let runs = self.cells.iter().flat_map(|(_, runs)| runs);
        let shares = runs.filter(|run| run.solved.is_some() == is_solved);
        let shares: Vec<f64> = shares.map(|run| run.attention[0]).collect();
        (!shares.is_empty()).then(|| middle(&shares))
    }
}

fn solved(runs: &[Learned]) -> usize {
    runs.iter().filter(|run| run.solved.is_some()).count()
}

fn middle(values: &[f64]) -> f64 {
    median(values.iter().copied()).unwrap_or(f64::NAN)
}

/// The pilot, and the network that it chooses.
fn pilot(studio: &mut Studio) -> Result<Network> {
    let (n, budget, runs) = studio.pick((8, 20, 1), (40, 300, 3), (100, 1000, 10));
    let samples = studio.pick([10, 20], [30, 50], [50, 80]);
    let networks = [Network::Bare, Network::Normalised];
    let cells = networks.iter().flat_map(|&network| {
        samples.map(|samples| Cell {
            experiment: Learning {
                n,
                samples,
                network,
                budget,
            },
            seeding: Seeding::Each { first: PILOT, runs },
        })
    });
    let outcomes = studio.outcomes("pilot", &Sweep::new(cells)?)?;
    let count = |cell: usize| solved(&outcomes.of(cell).cloned().collect::<Vec<_>>());
    let [bare, normalised] = [[count(0), count(1)], [count(2), count(3)]];
    let sum = |counts: [usize; 2]| counts[0] + counts[1];
    let is_better = sum(normalised) > sum(bare);
    studio.find(
        format!(
            "pilot at T = {n}: the normalised network solves more runs, and half with m = {}",
            samples[0]
        ),
        format!(
            "with m = {} and {}, {} and {} of {runs} each, and the bare one {} and {}",
            samples[0], samples[1], normalised[0], normalised[1], bare[0], bare[1]
        ),
        is_better && 2 * normalised[0] as u64 >= runs,
    )?;
    Ok(if is_better {
        Network::Normalised
    } else {
        Network::Bare
    })
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

fn runs(studio: &Studio, network: Network) -> Result<Vec<Size>> {
    let (sizes, count, runs) = studio.pick(
        (&[6, 8, 12][..], 3, 2),
        (&[16, 32, 64], 5, 6),
        (&[16, 32, 64, 128, 256], 8, 20),
    );
    let budget = studio.pick(30, 300, 1000);
    let mut found = Vec::new();
    for &n in sizes {
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

/// The floor of each T.
fn floors(sizes: &[usize]) -> Result<Vec<f64>> {
    let floor = |&n: &usize| {
        let rng = &mut Seeds::from(n as u64).stream(Purpose::Eval);
        let floor = conjunction::floor(n, K, BIAS, SHARE, DRAWS, rng)?;
        Ok(floor.value.unwrap_or(f64::NAN))
    };
    sizes.iter().map(floor).collect()
}

fn draw(studio: &mut Studio) -> Result {
    let network = pilot(studio)?;
    let sizes = runs(studio, network)?;
    let mixed = sizes.iter().filter(|size| size.is_mixed());
    let counts: Vec<SolvedCount> = mixed.flat_map(Size::counts).collect();
    let fit = Threshold::fit(&counts, SHARE, LEVEL);
    let growth = BoxCox::fit(&counts, SHARE, LEVEL);
    match (&fit, &growth) {
        (Ok(fit), Ok(growth)) => claims(studio, &sizes, fit, growth)?,
        (fit, growth) => {
            let told = [fit.as_ref().err(), growth.as_ref().err()];
            let told = told.into_iter().flatten().next().map(ToString::to_string);
            studio.find("m* grows slower than T", told.unwrap_or_default(), false)?;
        }
    }
    attend(studio, &sizes)?;

    let runs = sizes[0].cells[0].1.len();
    let name = match network {
        Network::Bare => "bare",
        Network::Normalised => "normalised",
    };
    let title = format!(
        "A {name} Transformer on the AND of {K} of T coordinates: {runs} runs of each T and m"
    );
    let figure = Figure::new(1, 3)
        .title(title)
        .panel(0, 0, successes(&sizes))
        .panel(
            0,
            1,
            critical(&sizes, fit.ok().as_ref(), &counts, growth.ok().as_ref())?,
        )
        .panel(0, 2, attention(&sizes))
        .size(1440, 520);
    studio.save("", &figure)
}

/// The exponent p of the published points by least squares, with the interval of its profile likelihood under normal errors.
fn published() -> Estimate {
    let count = PUBLISHED.len() as f64;
    let mean = |of: &dyn Fn(f64, f64) -> f64| {
        PUBLISHED.iter().map(|(n, m)| of(*n, *m)).sum::<f64>() / count
    };
    let squares = |p: f64| {
        let x = |n: f64| if p == 0.0 { n.ln() } else { n.powf(p) };
        let (mean_x, mean_m) = (mean(&|n, _| x(n)), mean(&|_, m| m));
        let [xx, xm, mm] = [
            mean(&|n, _| (x(n) - mean_x).powi(2)),
            mean(&|n, m| (x(n) - mean_x) * (m - mean_m)),
            mean(&|_, m| (m - mean_m).powi(2)),
        ];
        mm - xm * xm / xx
    };
    let all: Vec<(f64, f64)> = (-200..=300)
        .map(|p| f64::from(p) / 100.0)
        .map(|p| (p, squares(p)))
        .collect();
    let (value, least) = all.iter().copied().fold((0.0, f64::INFINITY), |best, one| {
        if one.1 < best.1 { one } else { best }
    });
    // The quantile of χ² with one degree of freedom.
    let inside = all
        .iter()
        .filter(|(_, squares)| count * (squares / least).ln() <= 3.841_459);
    let exponents = || inside.clone().map(|(p, _)| *p);
    let interval = ConfidenceInterval {
        low: exponents().fold(f64::INFINITY, f64::min),
        high: exponents().fold(f64::NEG_INFINITY, f64::max),
    };
    Estimate { value, interval }
}

fn claims(studio: &mut Studio, sizes: &[Size], fit: &Threshold, growth: &BoxCox) -> Result {
    let interval = growth.exponent.interval;
    let left: Vec<usize> = sizes
        .iter()
        .filter(|size| !size.is_mixed())
        .map(|size| size.n)
        .collect();
    let without = match left.as_slice() {
        [] => String::new(),
        left => format!(", without T = {left:?}"),
    };
    let used = fit.at.len();
    studio.find(
        "m* grows slower than T: the interval of p is below 1",
        format!(
            "p = {:.2} from {used} sizes{without}; of the published points, by least squares, {:.2}",
            growth.exponent,
            published()
        ),
        interval.high < 1.0,
    )?;
    studio.find(
        "ln T is not excluded: the interval of p contains 0",
        format!("{:.2} to {:.2}", interval.low, interval.high),
        interval.contains(0.0),
    )?;
    let ns: Vec<usize> = fit.at.iter().map(|(n, _)| *n as usize).collect();
    let floors = floors(&ns)?;
    let ratios = fit.at.iter().zip(&floors).map(|((_, critical), floor)| {
        let ratio = |m: f64| m / floor;
        (
            ratio(critical.value),
            ratio(critical.interval.low),
            ratio(critical.interval.high),
        )
    });
    let ratios: Vec<(f64, f64, f64)> = ratios.collect();
    let told: Vec<String> = ns
        .iter()
        .zip(&fit.at)
        .zip(ratios.iter().zip(&floors))
        .map(|((n, (_, critical)), ((ratio, low, high), floor))| {
            format!("T = {n}: m* {critical:.0}, {ratio:.1} ({low:.1} to {high:.1}) times {floor}")
        })
        .collect();
    let rises =
        matches!((ratios.first(), ratios.last()), (Some(first), Some(last)) if last.1 > first.2);
    studio.find(
        "m* is above the floor at every T, and their ratio rises",
        told.join("; "),
        rises && ratios.iter().all(|(_, low, _)| *low > 1.0),
    )
}

fn attend(studio: &mut Studio, sizes: &[Size]) -> Result {
    let mut told = Vec::new();
    let mut holds = true;
    for size in sizes {
        let share = |share: Option<f64>| share.map_or("none".into(), |share| format!("{share:.2}"));
        let [of_solved, of_others] = [size.attention(true), size.attention(false)];
        let control = K as f64 / size.n as f64;
        told.push(format!(
            "T = {}: {} and {}, alike {control:.3}",
            size.n,
            share(of_solved),
            share(of_others)
        ));
        holds &= of_solved
            .is_some_and(|solved| solved > 0.5 && of_others.is_none_or(|others| solved > others));
    }
    studio.find(
        "the median share of attention on the three coordinates is above 1/2 in solved runs, and above that of the others",
        told.join("; "),
        holds,
    )
}

fn successes(sizes: &[Size]) -> Panel {
    let mut panel = Panel::new()
        .title("Solved runs")
        .x_label("examples m")
        .y_label("share of solved runs")
        .x_scale(Scale::Log10)
        .y_range(0.0, 1.02)
        .horizontal(SHARE, "80 %");
    for (place, size) in sizes.iter().enumerate() {
        let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for count in size.counts() {
            if let Ok(share) = wilson(count.solved, count.runs, LEVEL) {
                x.push(count.samples);
                y.push(share.value);
                low.push(share.interval.low);
                high.push(share.interval.high);
            }
        }
        let style = Style::new(Color::sequence(place, sizes.len()));
        let bars = style
            .clone()
            .width(1.0)
            .opacity(0.4)
            .data_label(format!("T = {}, 95 % interval", size.n));
        panel = panel.error_bars(&x, &low, &high, bars).line(
            &x,
            &y,
            style.label(format!("T = {}", size.n)),
        );
    }
    panel
}

fn critical(
    sizes: &[Size],
    fit: Option<&Threshold>,
    counts: &[SolvedCount],
    growth: Option<&BoxCox>,
) -> Result<Panel> {
    let mut panel = Panel::new()
        .title("Examples that 80 % of the runs need")
        .x_label("coordinates T")
        .y_label("m*")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    let first = sizes[0].n;
    let last = sizes[sizes.len() - 1].n;
    let [published_x, published_y] = [0, 1].map(|axis| {
        let values = PUBLISHED
            .iter()
            .map(|(n, m)| if axis == 0 { *n } else { *m });
        values.collect::<Vec<f64>>()
    });
    panel = panel.points(
        &published_x,
        &published_y,
        Style::new(Color::Orange).label("published"),
    );
    let mut all: Vec<usize> = sizes.iter().map(|size| size.n).collect();
    all.extend([300, 1000].into_iter().filter(|n| *n > last && last >= 100));
    let x: Vec<f64> = all.iter().map(|n| *n as f64).collect();
    panel = panel.line(
        &x,
        &floors(&all)?,
        Style::new(Color::Grey)
            .dashed()
            .label("floor: the set is determined"),
    );
    let grid: Vec<f64> = (0..=40)
        .map(|place| first as f64 * (last as f64 / first as f64).powf(f64::from(place) / 40.0))
        .collect();
    if let Ok(log) = BoxCox::with_exponent(counts, SHARE, 0.0) {
        let y: Vec<f64> = grid.iter().map(|n| log.critical(*n)).collect();
        panel = panel.line(
            &grid,
            &y,
            Style::new(Color::Green)
                .dotted()
                .label("fit of b₀ + b₁ ln T"),
        );
    }
    if let Some(growth) = growth {
        let y: Vec<f64> = grid.iter().map(|n| growth.critical(*n)).collect();
        let label = format!("fit with p = {:.2}", growth.exponent.value);
        panel = panel.line(&grid, &y, Style::new(Color::Blue).label(label));
    }
    if let Some(fit) = fit {
        let of = |value: fn(&Estimate) -> f64| {
            fit.at.iter().map(|(_, m)| value(m)).collect::<Vec<f64>>()
        };
        let x: Vec<f64> = fit.at.iter().map(|(n, _)| *n).collect();
        let bars = Style::new(Color::Black)
            .width(1.0)
            .data_label("95 % interval");
        panel = panel
            .error_bars(&x, &of(|m| m.interval.low), &of(|m| m.interval.high), bars)
            .points(
                &x,
                &of(|m| m.value),
                Style::new(Color::Black).label("m* of this crate"),
            );
    }
    Ok(panel)
}

fn attention(sizes: &[Size]) -> Panel {
    let mut panel = Panel::new()
        .title("Attention on the three coordinates")
        .x_label("coordinates T")
        .y_label("median share of attention")
        .x_scale(Scale::Log10)
        .y_range(0.0, 1.0);
    for (is_solved, color, label) in [
        (true, Color::Blue, "solved runs"),
        (false, Color::Orange, "other runs"),
    ] {
        let shares = sizes
            .iter()
            .filter_map(|size| Some((size.n as f64, size.attention(is_solved)?)));
        let (x, y): (Vec<f64>, Vec<f64>) = shares.unzip();
        panel = panel.line(&x, &y, Style::new(color).label(label));
    }
    let (x, y): (Vec<f64>, Vec<f64>) = sizes
        .iter()
        .map(|size| (size.n as f64, K as f64 / size.n as f64))
        .unzip();
    panel.line(
        &x,
        &y,
        Style::new(Color::Grey)
            .dashed()
            .label("all coordinates alike"),
    )
}

fn main() -> ExitCode {
    figure::main(
        "followups_conjunctions",
        include_str!("followups_conjunctions.rs"),
        draw,
    )
}
