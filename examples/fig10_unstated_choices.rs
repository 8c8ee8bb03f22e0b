//! Figure 1 right: which unstated choices give the paper's times of the sine neuron and of zᵏ?
//!
//! The paper states neither batch nor initial values nor when a run counts as convergent, and with the rates that it states
//! hardly a run of these two agrees with its medians. Here they are searched for by a rule fixed before the first run: of all
//! combinations below, the one with the smallest root mean square of ln(ours/paper) at *half* of the paper's medians
//! (`SEARCHED`), from 40 runs of seeds that serve no other purpose. It is then run at all medians, 200 runs each of other
//! seeds. The claim: it is within 10 % of the paper's at four of five of those that had no part in the search.
//!
//! ```sh
//! cargo run --release --example fig10_unstated_choices
//! cargo run --release --example fig10_unstated_choices -- --scale paper
//! ```
//!
//! Tried are three rates; batches of 16 (zᵏ), 32 and 128; weights uniform within three bounds or Gaussian; biases as usual,
//! uniform on ±π or at the phase that the parity needs (sine), as usual or 0 (zᵏ); and a running accuracy of 70, 75 or 80 %
//! on 384 training examples. A run has ten times the paper's median; a median beyond that counts as that long.
//!
//! Quick scale has 10 and 50 runs. `--runs` is the number of those that are compared; those of the search stay. Both take some minutes of processor time. `fig10_unstated_choices_rules` has all combinations, the
//! nearest first, and `fig10_unstated_choices_paper` the paper's medians beside ours, with the rule of figure 10 beside the one that was found.

use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Quantile, Time, Times};
use sparse_parity::sweep::{Cell, Outcomes, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{
    BlockInit, CriterionKind, DistributionKind, Outcome, Setting, Status, Trial,
};
use sparse_parity_examples::figure::{self, Flag, Studio, number};
use sparse_parity_examples::paper::{PaperValue, criterion_of, values};
use std::f64::consts::{FRAC_PI_2, PI};
use std::process::ExitCode;

/// The points (n, k) that choose; the paper's others are compared only.
const SEARCHED: [(usize, usize); 5] = [(10, 2), (10, 4), (10, 6), (20, 3), (20, 5)];
/// Running accuracies on 384 examples.
const ACCURACIES: [f64; 3] = [0.7, 0.75, 0.8];
/// How near the paper's a median has to be, and at how many of the points that had no part in the search.
const NEAR: f64 = 0.1;
const MOST: f64 = 0.8;
/// The seeds of the search begin here, those of the comparison at 0.
const SEARCH_SEED: u64 = 1_000_000;
/// The budget of a run in medians of the paper.
const BUDGET: f64 = 10.0;

/// A network whose unstated choices are searched for.
struct Family {
    label: &'static str,
    /// Its name in the table of the paper's numbers.
    series: &'static str,
    title: &'static str,
    rates: [f64; 3],
    batches: &'static [usize],
    weights: &'static [DistributionKind],
    biases: &'static [Bias],
    /// What figure 10 has.
    figure_10: Rule,
}

/// Initial values of the biases.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bias {
    /// Those of the setting: uniform on ±1/√fan_in.
    Usual,
    /// The same number.
    Constant(f64),
    /// Uniform on ±π.
    AnyPhase,
    /// The phase of a parity of degree k: π/2 for even k, 0 for odd k.
    PhaseOfParity,
}

/// One combination of choices.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rule {
    rate: f64,
    batch: usize,
    weight: DistributionKind,
    bias: Bias,
    accuracy: f64,
}

const fn uniform(scale: f64) -> DistributionKind {
    DistributionKind::UniformFanIn { scale }
}

/// As wide as the uniform law on ±1.
const GAUSSIAN: DistributionKind = DistributionKind::GaussianFanIn {
    scale: 0.577_350_269_189_625_8,
};

const FAMILIES: [Family; 2] = [
    Family {
        label: "xiv",
        series: "sine",
        title: "sine neuron, u = 1",
        rates: [0.03, 0.1, 0.3],
        batches: &[32, 128],
        weights: &[uniform(1.0), uniform(1.4), uniform(2.0), GAUSSIAN],
        biases: &[Bias::Usual, Bias::AnyPhase, Bias::PhaseOfParity],
        figure_10: Rule {
            rate: 0.1,
            batch: 32,
            weight: uniform(1.4),
            bias: Bias::PhaseOfParity,
            accuracy: 0.75,
        },
    },
    Family {
        label: "v",
        series: "power",
        title: "zᵏ, width 100",
        rates: [0.03, 0.05, 0.1],
        batches: &[16, 32, 128],
        weights: &[uniform(0.9), uniform(1.0), uniform(1.1), GAUSSIAN],
        biases: &[Bias::Usual, Bias::Constant(0.0)],
        figure_10: Rule {
            rate: 0.05,
            batch: 32,
            weight: uniform(1.0),
            bias: Bias::Usual,
            accuracy: 0.75,
        },
    },
];

impl Bias {
    fn name(self) -> String {
        match self {
            Bias::Usual => "uniform, ±1/√n".into(),
            Bias::Constant(value) => value.to_string(),
            Bias::AnyPhase => "uniform, ±π".into(),
            Bias::PhaseOfParity => "the parity's phase".into(),
        }
    }

    fn law(self, k: usize) -> Option<DistributionKind> {
        match self {
            Bias::Usual => None,
            Bias::Constant(value) => Some(DistributionKind::Constant { value }),
            Bias::AnyPhase => Some(DistributionKind::Uniform { bound: PI }),
            Bias::PhaseOfParity if k.is_multiple_of(2) => {
                Some(DistributionKind::Constant { value: FRAC_PI_2 })
            }
            Bias::PhaseOfParity => Some(DistributionKind::Constant { value: 0.0 }),
        }
    }
}

impl Rule {
    fn criterion(&self, accuracy: f64) -> CriterionKind {
        match criterion_of(self.batch) {
            CriterionKind::Batches { window, .. } => CriterionKind::Batches { accuracy, window },
            other => other,
        }
    }

    fn trial(&self, label: &str, paper: &PaperValue, accuracies: &[f64]) -> Result<Trial> {
        let mut block_inits = vec![BlockInit::new("hidden.weight", self.weight)];
        let bias = self.bias.law(paper.k);
        block_inits.extend(bias.map(|law| BlockInit::new("hidden.bias", law)));
        let criteria = accuracies.iter().map(|a| self.criterion(*a)).collect();
        Ok(Trial {
            rate: self.rate.into(),
            batch: self.batch,
            block_inits,
            criteria,
            max_steps: (BUDGET * paper.value).ceil() as u64,
            ..Setting::from_label(label)?.trial(paper.n, paper.k)
        })
    }

    fn columns(&self) -> [String; 5] {
        let law = match self.weight {
            DistributionKind::UniformFanIn { scale } => format!("uniform, ±{scale}/√n"),
            DistributionKind::GaussianFanIn { scale } => format!("Gaussian, {scale:.3}/√n"),
            other => format!("{other:?}"),
        };
        [
            self.rate.to_string(),
            self.batch.to_string(),
            law,
            self.bias.name(),
            self.accuracy.to_string(),
        ]
    }
}

impl Family {
    /// All combinations but for the accuracy, which runs have all of.
    fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        for &rate in &self.rates {
            for &batch in self.batches {
                for &weight in self.weights {
                    rules.extend(self.biases.iter().map(|&bias| Rule {
                        rate,
                        batch,
                        weight,
                        bias,
                        accuracy: ACCURACIES[0],
                    }));
                }
            }
        }
        rules
    }

    fn papers(&self) -> Result<Vec<PaperValue>> {
        let all = values("1 right")?.into_iter();
        Ok(all.filter(|paper| paper.series == self.series).collect())
    }
}

fn is_searched(paper: &PaperValue) -> bool {
    SEARCHED.contains(&(paper.n, paper.k))
}

/// The median of the times of a criterion.
fn median(outcomes: &Outcomes<Outcome>, cell: usize, criterion: usize) -> Result<Quantile> {
    let time = |outcome: &Outcome| match (outcome.times[criterion], outcome.status) {
        (Some(t), _) => Time::Solved(t),
        (None, Status::Diverged) => Time::Never,
        (None, _) => Time::Censored(outcome.steps),
    };
    let times: Times = outcomes.of(cell).map(time).collect();
    Ok(times.median(0.95)?)
}

/// A rule, its distance from the paper's numbers, and how many medians are beyond the budget.
type Ranked = (Rule, f64, usize);

/// Runs all rules at the points of the search; the nearest are first.
fn search(studio: &Studio, family: &Family) -> Result<Vec<Ranked>> {
    let papers: Vec<PaperValue> = (family.papers()?.into_iter())
        .filter(is_searched)
        .take(studio.pick(1, usize::MAX, usize::MAX))
        .collect();
    let runs = studio.pick(2, 10, 40);
    let rules = family.rules();
    let mut cells = Vec::new();
    for rule in &rules {
        for paper in &papers {
            let first = SEARCH_SEED;
            cells.push(Cell {
                experiment: rule.trial(family.label, paper, &ACCURACIES)?,
                seeding: Seeding::Each { first, runs },
            });
        }
    }
    let outcomes = studio.outcomes(&format!("{}_search", family.series), &Sweep::new(cells)?)?;
    let mut ranked = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        for (criterion, accuracy) in ACCURACIES.into_iter().enumerate() {
            let (mut squares, mut missing) = (0.0, 0);
            for (point, paper) in papers.iter().enumerate() {
                let median = median(&outcomes, place * papers.len() + point, criterion)?.value;
                missing += usize::from(median.is_none());
                let ratio = median.map_or(BUDGET, |median| median / paper.value);
                squares += ratio.ln().powi(2);
            }
            let distance = (squares / papers.len() as f64).sqrt();
            ranked.push((Rule { accuracy, ..*rule }, distance, missing));
        }
    }
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(ranked)
}

fn draw(studio: &mut Studio) -> Result {
    let (mut rules, mut rows) = (Vec::new(), Vec::new());
    let mut figure = Figure::new(1, FAMILIES.len())
        .title("Our medians over the paper's, with the unstated choices of two rules")
        .legend_once()
        .share_y()
        .size(840, 380);
    for (place, family) in FAMILIES.iter().enumerate() {
        let ranked = search(studio, family)?;
        for (rule, distance, missing) in &ranked {
            let mut row = vec![family.series.into()];
            row.extend(rule.columns());
            row.extend([format!("{distance:.4}"), missing.to_string()]);
            rules.push(row);
        }
        let panel = compare(studio, family, &ranked[0], &mut rows)?;
        figure = figure.panel(0, place, panel);
    }
    let columns = [
        "series", "rate", "batch", "weight", "bias", "accuracy", "distance", "missing",
    ];
    studio.save_table("rules", &columns, &rules)?;
    let columns = [
        "series", "rule", "n", "k", "searched", "paper", "ours", "low", "high", "ratio",
    ];
    studio.save_table("paper", &columns, &rows)?;
    studio.save("", &figure)
}

/// Runs the rule that was found, and that of figure 10, at all points.
fn compare(
    studio: &mut Studio,
    family: &Family,
    (found, distance, _): &Ranked,
    rows: &mut Vec<Vec<String>>,
) -> Result<Panel> {
    let papers: Vec<PaperValue> = (family.papers()?.into_iter())
        .take(studio.pick(2, usize::MAX, usize::MAX))
        .collect();
    let runs = studio.runs(studio.pick(3, 50, 200));
    let both = [("found", *found), ("of figure 10", family.figure_10)];
    let mut cells = Vec::new();
    for (_, rule) in &both {
        for paper in &papers {
            let trial = rule.trial(family.label, paper, &[rule.accuracy])?;
            cells.push(Cell::new(trial, runs));
        }
    }
    let outcomes = studio.outcomes(family.series, &Sweep::new(cells)?)?;
    let mut panel = Panel::new()
        .title(family.title)
        .x_label("the paper's median, updates")
        .y_label("ours / the paper's")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10)
        .horizontal(1.0, "equal");
    let colors = [
        (Color::SkyBlue, Color::Blue),
        (Color::Orange, Color::Vermillion),
    ];
    for (which, (name, rule)) in both.iter().enumerate() {
        // Of the points of the search, and of the others.
        let (mut x, mut y) = ([vec![], vec![]], [vec![], vec![]]);
        let (mut near, mut all, mut missing) = ([0, 0], [0, 0], 0);
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for (point, paper) in papers.iter().enumerate() {
            let Quantile { value, interval } = median(&outcomes, which * papers.len() + point, 0)?;
            let ratio = value.map(|value| value / paper.value);
            let part = usize::from(!is_searched(paper));
            all[part] += 1;
            match ratio {
                Some(ratio) => {
                    x[part].push(paper.value);
                    y[part].push(ratio);
                    near[part] += usize::from((ratio - 1.0).abs() <= NEAR);
                    (least, most) = (least.min(ratio), most.max(ratio));
                }
                None => missing += 1,
            }
            rows.push(vec![
                family.series.into(),
                (*name).into(),
                paper.n.to_string(),
                paper.k.to_string(),
                is_searched(paper).to_string(),
                paper.value.to_string(),
                number(value),
                number(Some(interval.low)),
                number(Some(interval.high)),
                ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")),
            ]);
        }
        let [searched, others] = [0, 1].map(|part| (&x[part], &y[part]));
        let (pale, plain) = colors[which];
        let of_search = format!("the rule {name}, points of the search");
        let of_others = format!("the rule {name}, other points");
        panel = panel
            .points(searched.0, searched.1, Style::new(pale).label(of_search))
            .points(others.0, others.1, Style::new(plain).label(of_others));
        if which > 0 {
            continue;
        }
        let [rate, batch, weight, bias, accuracy] = rule.columns();
        studio.find(
            format!("{}: the choices that are nearest at half of the medians are within 10 % at the others", family.series),
            format!(
                "{} of {} points, {} of {} of the search, ratios {least:.2} to {most:.2}, {missing} beyond the budget; η = {rate}, B = {batch}, weights {weight}, \
                 biases {bias}, accuracy {accuracy}; distance {distance:.3}",
                near[1], all[1], near[0], all[0]
            ),
            near[1] as f64 >= MOST * all[1] as f64,
        )?;
    }
    Ok(panel)
}

fn main() -> ExitCode {
    figure::main(
        "fig10_unstated_choices",
        include_str!("fig10_unstated_choices.rs"),
        &[Flag::Runs],
        draw,
    )
}
