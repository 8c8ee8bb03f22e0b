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
//! The first takes 61 CPU seconds. The second trains up to r = 3·10⁶. Above, expect boxes that fall by
//! a factor of 1.5 to 2.5 up to r = 1000, while random search falls by 30, and rise behind. They shrink
//! up to 10⁴, which the ratio of the 95 % quantile to the median shows below; beyond, the noise of the
//! batch makes them tall again. Arrows point at unsolved runs, which are later than all others. Networks
//! of width 1, 2 and 3 without an output bias compute no parity of degree 3, and of those of width 10
//! many stay unsolved.
//!
//! The paper has 1000 runs of each width, here so many have the widths up to 10⁴: 1.1 CPU hours. At
//! 10⁵ a run takes 9, 18 and 24 CPU seconds for n = 30, 40 and 50, so that 1000 of each would take
//! 14 hours; there and at 3·10⁴ are 60 of each, in 1.0 hours. Ten runs each at 10⁶ and 3·10⁶ have
//! n = 30, and take 1.7 hours. Memory grows like n·r: two runs of 3·10⁶ at once take 1.5 GB.
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

mod panels;
mod widths;

use sparse_parity::cli::Result;
use sparse_parity::plot::Figure;
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::trial::{Learner, MlpSettings, Trial};
use sparse_parity_examples::figure::{self, Studio};
use std::process::ExitCode;
use widths::Widths;

const K: usize = 3;
const N: [usize; 3] = [30, 40, 50];
/// The n that is drawn alone, like figure 4.
const ALONE: usize = 50;
const MAX_STEPS: u64 = 5000;
/// Widths, and the runs that each has for each n of [`N`].
type Plan = &'static [(usize, [u64; N.len()])];
const TINY: Plan = &[(1, [2; 3]), (10, [6; 3]), (30, [6; 3])];
const QUICK: Plan = &[
    (1, [20; 3]),
    (3, [20; 3]),
    (10, [50; 3]),
    (30, [50; 3]),
    (100, [50; 3]),
    (300, [50; 3]),
    (1000, [50; 3]),
    (3000, [20; 3]),
];
const PAPER: Plan = &[
    (1, [1000; 3]),
    (2, [1000; 3]),
    (3, [1000; 3]),
    (10, [1000; 3]),
    (30, [1000; 3]),
    (100, [1000; 3]),
    (300, [1000; 3]),
    (1000, [1000; 3]),
    (3000, [1000; 3]),
    (10_000, [1000; 3]),
    (30_000, [60; 3]),
    (100_000, [60; 3]),
    (1_000_000, [10, 0, 0]),
    (3_000_000, [10, 0, 0]),
];

/// Where the table has the runs of a width.
struct Place {
    n: usize,
    width: usize,
    runs: u64,
}

/// The places of a plan, in the order of the cells of its table.
fn places(plan: Plan) -> Vec<Place> {
    let of_width = |&(width, runs): &(usize, [u64; N.len()])| {
        let place = move |(n, runs)| Place { n, width, runs };
        N.into_iter().zip(runs).map(place)
    };
    let planned = plan.iter().flat_map(of_width);
    planned.filter(|place| place.runs > 0).collect()
}

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
    let places = places(plan);
    let cell = |place: &Place| Cell::new(trial(place.n, place.width), place.runs);
    let outcomes = studio.outcomes("", &Sweep::new(places.iter().map(cell))?)?;

    let rng = &mut Seeds::from(0).stream(Purpose::Eval);
    let mut figure = Figure::new(2, N.len())
        .title(format!(
            "Convergence time of ReLU networks against their width, k = {K}"
        ))
        .legend_once()
        .share_x()
        .share_y();
    for (column, n) in N.into_iter().enumerate() {
        let widths = Widths::of(&outcomes, &places, n);
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
            .panel(0, column, times.title(format!("n = {n}")))
            .panel(1, column, widths.tail_panel(&tails));
    }
    studio.save("", &figure.size(1250, 640))
}

fn main() -> ExitCode {
    figure::main("fig14_width", draw)
}
