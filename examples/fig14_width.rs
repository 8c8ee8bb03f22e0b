//! Figures 4 left and 14: is a wide network a parallel search?
//!
//! A search that guesses r supports a step needs 1 + C(n, 3)/r steps. The paper's claim: a network of
//! width r is no such search. Wide networks are hardly faster than narrow ones; what width buys is
//! that slow runs become rare.
//!
//! ```sh
//! cargo run --release --example fig14_width
//! cargo run --release --example fig14_width -- --scale paper
//! ```
//!
//! The first takes 61 CPU seconds. The second trains up to r = 3·10⁶. Above, expect boxes that fall to
//! r = 1000 by a factor of 1.5 to 3 and then stay, while random search falls by 30. Boxes shrink,
//! which the ratio of the 95 % quantile to the median shows below. Arrows point at unsolved runs,
//! which are later than all others. Networks of width 1, 2 and 3 without an output bias compute no
//! parity of degree 3, and of those of width 10 many stay unsolved.
//!
//! The paper has 1000 runs of each width, here so many have the widths up to 10⁴. By the cost of a run
//! (n = 50: 1.4 CPU seconds at 10⁴, 32 at 10⁵, less for smaller n) 300 runs of each n at 3·10⁴ and 60 at
//! 10⁵ are what fits into four hours with the others: about 1 h up to 3000, 0.9 h at 10⁴, 0.9 h and 1 h.
//! Ten runs at 10⁶ add about 2 h, ten at 3·10⁶ about 5 h, extrapolated from 10⁵ by the width.
//! A run at 10⁵ takes 48 MB, and memory grows like the width.
//!
//! The paper states k, n and the widths. Chosen here: hinge loss, uniform initialisation, one rate for
//! all widths, η = 1, which it states for ReLU networks in figures 1 and 10, and B = 512. With a small
//! batch the widest networks are the slow ones: one update moves the output by η·r times a constant,
//! and the output weights follow the noise of the batch. Median t_c (n = 50; * a few runs only):
//!
//! | η, B | r = 10 | 30 | 100 | 1000 | 10⁴ | 10⁵ |
//! |---|---|---|---|---|---|---|
//! | 0.1, 32 | 8836 | 3246 | 2640 | 2277 | 2557* | above 3600* |
//! | 1, 32 | 1594 | 956 | 665 | – | 751* | 1216, 2530* |
//! | 1, 128 | 899 | 410 | 285 | 145 | 162* | 322, 818* |
//! | 1, 512 | unsolved | 358 | 265 | 128 | 152* | 184* |

#[path = "common/mod.rs"]
mod common;
#[path = "common/figure.rs"]
mod figure;

use common::Result;
use figure::Studio;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::seeds::{LabRng, Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Estimate, Times};
use sparse_parity::sweep::{Cell, Sweep, Table};
use sparse_parity::theory::supports;
use sparse_parity::trial::{Learner, MlpSettings, Trial};
use std::process::ExitCode;

const K: usize = 3;
const N: [usize; 3] = [30, 40, 50];
/// The n that is drawn alone, like figure 4.
const ALONE: usize = 50;
/// The width that wider ones are compared with; narrower networks often learn nothing.
const NARROW: usize = 30;
/// The fewest runs that tell of a 95 % quantile.
const TAIL_RUNS: usize = 40;
const MAX_STEPS: u64 = 5000;
/// Widths, and the runs that each has for each n.
type Plan = &'static [(usize, u64)];
const TINY: Plan = &[(1, 2), (10, 6), (30, 6)];
const QUICK: Plan = &[
    (1, 20),
    (3, 20),
    (10, 50),
    (30, 50),
    (100, 50),
    (300, 50),
    (1000, 50),
    (3000, 20),
];
const PAPER: Plan = &[
    (1, 1000),
    (2, 1000),
    (3, 1000),
    (10, 1000),
    (30, 1000),
    (100, 1000),
    (300, 1000),
    (1000, 1000),
    (3000, 1000),
    (10_000, 1000),
    (30_000, 300),
    (100_000, 60),
    (1_000_000, 10),
    (3_000_000, 10),
];

fn draw(studio: &mut Studio) -> Result {
    let plan = studio.pick(TINY, QUICK, PAPER);
    let max_steps = studio.pick(40, MAX_STEPS, MAX_STEPS);
    let trial = |n, width| Trial {
        learner: Learner::Mlp(MlpSettings {
            width,
            ..MlpSettings::default()
        }),
        batch: 512,
        rate: 1.0.into(),
        max_steps,
        allow_unsolvable: true,
        ..Trial::new(n, K)
    };
    let cells = plan.iter().flat_map(|&(width, runs)| {
        let cell = move |n| Cell::new(trial(n, width), runs);
        N.map(cell)
    });
    let table = studio.table("", &Sweep::new(cells)?)?;

    let rng = &mut Seeds::from(0).stream(Purpose::Eval);
    let mut figure = Figure::new(2, N.len())
        .title(format!(
            "Convergence time of ReLU networks against their width, k = {K}"
        ))
        .legend_once()
        .share_x()
        .share_y();
    for (place, n) in N.into_iter().enumerate() {
        let widths = Widths::of(&table, plan, place);
        widths.find_speed_up(studio, rng)?;
        let tails = widths.tails(rng)?;
        widths.find_tail(studio, &tails)?;
        let times = widths.times_panel()?;
        if n == ALONE {
            let title = format!("Convergence time against width, ({n}, {K})-parity");
            let alone = Figure::from(times.clone().title(title)).size(640, 400);
            studio.save("alone", &alone)?;
        }
        figure = figure
            .panel(0, place, times.title(format!("n = {n}")))
            .panel(1, place, widths.tail_panel(&tails));
    }
    studio.save("", &figure.size(1250, 640))
}

/// The times of all widths of one n.
struct Widths {
    n: usize,
    widths: Vec<usize>,
    times: Vec<Times>,
}

impl Widths {
    fn of(table: &Table, plan: Plan, place: usize) -> Self {
        let times = |cell| table.times(N.len() * cell + place);
        Widths {
            n: N[place],
            widths: plan.iter().map(|cell| cell.0).collect(),
            times: (0..plan.len()).map(times).collect(),
        }
    }

    /// The place of the first width that is compared with wider ones.
    fn narrow(&self) -> usize {
        let is_compared = |&width: &usize| width >= NARROW;
        let place = self.widths.iter().position(is_compared);
        place.unwrap_or(0)
    }

    /// How much faster wide networks are, beside what parallel searches would gain.
    fn find_speed_up(&self, studio: &mut Studio, rng: &mut LabRng) -> Result {
        let (n, narrow, bootstrap) = (self.n, self.narrow(), Bootstrap::default());
        let (mut numbers, mut holds) = (Vec::new(), true);
        for wide in narrow + 1..self.widths.len() {
            let (from, to) = (self.widths[narrow], self.widths[wide]);
            let pair = [&self.times[narrow], &self.times[wide]];
            let interval = bootstrap.of_quantiles(&pair, 0.5, rng, |of| of[0] / of[1])?;
            let value = quantile(pair[0], 0.5)? / quantile(pair[1], 0.5)?;
            let of_search = search(n, from as f64)? / search(n, to as f64)?;
            holds &= interval.high < of_search;
            numbers.push(format!(
                "r = {to}: {:.2} times, random search {of_search:.1}",
                Estimate { value, interval }
            ));
        }
        let width = self.widths[narrow];
        let claim =
            format!("n = {n}: wide networks are no parallel searches, speed-up over r = {width}");
        studio.find(claim, numbers.join("; "), holds)
    }

    /// The 95 % quantile over the median of each width.
    fn tails(&self, rng: &mut LabRng) -> Result<Vec<Estimate>> {
        let tail = |times: &Times| {
            let t: Vec<f64> = times.as_slice().iter().map(|t| t.or_infinite()).collect();
            let of = |chosen: &[usize]| {
                let mut chosen = chosen.to_vec();
                chosen.sort_unstable();
                // Counted from 0, the ⌈pN⌉th smallest.
                let at = |percent: usize| t[chosen[(percent * chosen.len()).div_ceil(100) - 1]];
                at(95) / at(50)
            };
            let all: Vec<usize> = (0..t.len()).collect();
            let interval = Bootstrap::default().interval(t.len(), rng, of)?;
            let value = of(&all);
            Ok(Estimate { value, interval })
        };
        self.times.iter().map(tail).collect()
    }

    fn find_tail(&self, studio: &mut Studio, tails: &[Estimate]) -> Result {
        let (n, narrow) = (self.n, self.narrow());
        let is_known = |times: &Times| times.runs() >= TAIL_RUNS;
        let Some(wide) = self.times.iter().rposition(is_known) else {
            return Ok(());
        };
        let number = |place: usize| format!("{:.2} at r = {}", tails[place], self.widths[place]);
        studio.find(
            format!("n = {n}: width trims the upper tail, 95 % quantile over median"),
            format!("{}, {}", number(narrow), number(wide)),
            tails[wide].interval.high < tails[narrow].interval.low,
        )
    }

    fn x(&self) -> Vec<f64> {
        self.widths.iter().map(|&width| width as f64).collect()
    }

    fn times_panel(&self) -> Result<Panel> {
        let mut boxes = Vec::new();
        for times in &self.times {
            let mut five = [0.0; 5];
            for (number, p) in five.iter_mut().zip([0.05, 0.25, 0.5, 0.75, 0.95]) {
                *number = quantile(times, p)?;
            }
            boxes.push(five);
        }
        let (x, n) = (self.x(), self.n);
        let mut guesses = Vec::new();
        for &r in &x {
            guesses.push(search(n, r)?);
        }
        let sgd = Style::new(Color::Blue).width(1.2);
        let guess = Style::new(Color::Orange).label("random search, 1 + C(n, 3)/r");
        Ok(Panel::new()
            .x_label("width r")
            .y_label("t_c, updates")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10)
            .y_range(1.0, 3e4)
            .line(&x, &guesses, guess)
            .boxes(
                &x,
                &boxes,
                sgd.label("SGD: 5, 25, 50, 75, 95 % of the runs"),
            ))
    }

    fn tail_panel(&self, tails: &[Estimate]) -> Panel {
        // Where half of the runs are not solved there is no ratio.
        let of = |end: fn(&Estimate) -> f64| -> Vec<f64> {
            let end = |tail| match tail {
                &Estimate { value, .. } if value.is_nan() => f64::NAN,
                tail => end(tail),
            };
            tails.iter().map(end).collect()
        };
        let (lo, hi) = (of(|tail| tail.interval.low), of(|tail| tail.interval.high));
        let ratio = Style::new(Color::Vermillion);
        let named = ratio
            .clone()
            .label("95 % quantile over median, with 95 % interval");
        Panel::new()
            .x_label("width r")
            .y_label("95 % quantile / median")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10)
            .y_range(0.95, 10.0)
            .error_bars(&self.x(), &lo, &hi, ratio.width(1.2))
            .points(&self.x(), &of(|tail| tail.value), named)
    }
}

/// A quantile of t_c, where runs that were not solved are later than all others.
fn quantile(times: &Times, p: f64) -> Result<f64> {
    let quantile = times.quantile(p, 0.95)?;
    Ok(quantile.value.unwrap_or(f64::INFINITY))
}

/// The time of a random search that tries r supports a step.
fn search(n: usize, r: f64) -> Result<f64> {
    Ok(1.0 + supports(n, K)? / r)
}

fn main() -> ExitCode {
    figure::main("fig14_width", draw)
}
