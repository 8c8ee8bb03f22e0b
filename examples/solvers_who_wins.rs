//! Who wins where: how far is SGD from what finds the support of a sparse parity fastest, or from the fewest examples?
//!
//! ```sh
//! cargo run --release --example solvers_who_wins
//! cargo run --release --example solvers_who_wins -- --scale paper
//! ```
//!
//! Processor seconds of one thread (above) and examples (below) against n, for clean labels and for 10 % of flipped ones, k = 3 and 6.
//! Every contestant has the same instances, draws as many examples as it wants, and is drawn where it found S on at least four of five. Solvers are
//! not run where their plan is above 2·10⁹ operations on words or 128 MiB, and SGD gives up after its last update.
//!
//! Claims, fixed before the runs: without noise elimination is the fastest for n = 1000, and not for n = 20; the
//! solvers with the fewest examples need k log₂ n or so; SGD takes more than 100 times their examples and 1000 times the
//! time of the fastest; with noise the solver that meets in the middle is the fastest for (1000, 3).
//!
//! Seconds are of the machine and differ from run to run. Everything else is reproducible.

use sparse_parity::contest::{Contest, Contestant};
use sparse_parity::plot::{Color, Figure, Panel, Scale};
use sparse_parity::solver::Limits;
use sparse_parity::terminal::Result;
use sparse_parity_examples::contests::{Entrant, contest, costs, curve, errors};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// Columns of the figure: k and the noise.
const COLUMNS: [(usize, f64); 4] = [(3, 0.0), (6, 0.0), (3, 0.1), (6, 0.1)];
/// The largest n at which SGD is run, for each column.
const SGD: [usize; 4] = [100, 20, 50, 20];
/// Limits of a solver, some seconds.
const WORDS: f64 = 2e9;
const BYTES: u64 = 128 << 20;

fn entrants(max_steps: u64) -> Vec<Entrant> {
    vec![
        Entrant::solver("elimination", Color::Blue),
        Entrant::solver("subset-elimination", Color::SkyBlue),
        Entrant::solver("exhaustive", Color::Vermillion),
        Entrant::solver("meet-in-the-middle", Color::Green),
        Entrant::solver("noisy-meet", Color::Orange),
        Entrant::relu(max_steps),
        Entrant::polynet(max_steps),
    ]
}

fn draw(studio: &mut Studio) -> Result {
    let sizes: &[usize] = studio.pick(
        &[12, 20],
        &[20, 50, 100, 200],
        &[20, 30, 50, 70, 100, 200, 500, 1000],
    );
    let sizes = studio.ns(sizes);
    let runs = studio.runs(studio.pick(2, 5, 10));
    let entrants = entrants(studio.pick(20, 30_000, 200_000));
    let mut contests = Vec::new();
    for (column, (k, noise)) in COLUMNS.into_iter().enumerate() {
        for entrant in &entrants {
            let is_sgd = matches!(entrant.contestant, Contestant::Sgd(_));
            for &n in sizes.iter().filter(|n| !is_sgd || **n <= SGD[column]) {
                let contest = contest(entrant, n, k, noise);
                let limits = Limits {
                    words: WORDS,
                    bytes: BYTES,
                };
                let repetitions = if is_sgd { 1 } else { 2 };
                let contest = Contest {
                    repetitions,
                    limits,
                    ..contest
                };
                contests.push(((column, entrant.name, n), contest));
            }
        }
    }
    let (costs, outcomes) = costs(studio, "", &contests, runs)?;
    let all: Vec<_> = (0..contests.len())
        .flat_map(|cell| outcomes.of(cell))
        .collect();
    let (wrong, found) = errors(all.into_iter());
    studio.find(
        "at most one answer in fifty is wrong, with a failure probability of 0.01",
        format!("{wrong} of {found}"),
        50 * wrong <= found,
    )?;
    let at = |column, name, n| costs.at((column, name, n));
    let seconds = |column, name, n| at(column, name, n).and_then(|cost| cost.seconds);
    let fastest = |column, n| {
        let solvers = entrants
            .iter()
            .filter(|it| !matches!(it.contestant, Contestant::Sgd(_)));
        let timed = solvers.filter_map(|it| Some((it.name, seconds(column, it.name, n)?)));
        timed.min_by(|a, b| a.1.total_cmp(&b.1))
    };
    let (first, last) = (sizes[0], sizes[sizes.len() - 1]);
    for (column, n, name, is_first) in [
        (0, last, "elimination", true),
        (1, last, "elimination", true),
        (0, first, "elimination", false),
        (2, last, "noisy-meet", true),
    ] {
        let (k, p) = COLUMNS[column];
        let Some((found, time)) = fastest(column, n) else {
            continue;
        };
        let is = if is_first { "is" } else { "is not" };
        studio.find(
            format!("{name} {is} the fastest for ({n}, {k}), p = {p}"),
            format!("{found}, {time:.1e} s"),
            (found == name) == is_first,
        )?;
    }
    for (column, (k, p)) in COLUMNS.into_iter().enumerate() {
        let sgd = sizes
            .iter()
            .rev()
            .find_map(|&n| Some((n, at(column, "SGD, ReLU", n)?)));
        let Some((n, sgd)) = sgd else { continue };
        let few = entrants.iter().filter_map(|it| at(column, it.name, n));
        let few = few.map(|cost| cost.examples).fold(f64::INFINITY, f64::min);
        let (examples, fast) = (sgd.examples / few, fastest(column, n));
        let times = sgd
            .seconds
            .zip(fast)
            .map_or(0.0, |(sgd, (_, best))| sgd / best);
        studio.find(
            format!("SGD takes 100 times the examples and 1000 times the seconds of the best for ({n}, {k}), p = {p}"),
            format!("{examples:.0} and {times:.0} times"),
            examples > 100.0 && times > 1000.0,
        )?;
    }

    let mut figure = Figure::new(2, COLUMNS.len())
        .title(format!(
            "Who finds S in what time, from how many examples? Medians of {runs} instances"
        ))
        .size(1240, 560)
        .legend_once()
        .share_x()
        .share_y();
    for (column, (k, p)) in COLUMNS.into_iter().enumerate() {
        let panel = || Panel::new().x_scale(Scale::Log10).y_scale(Scale::Log10);
        let title = match p {
            0.0 => format!("k = {k}, clean labels"),
            p => format!("k = {k}, {:.0} % flipped", 100.0 * p),
        };
        let (mut above, mut below) = (panel().title(title), panel());
        if column == 0 {
            above = above.y_label("Processor seconds");
            below = below.y_label("Examples");
        }
        for entrant in &entrants {
            let costs = sizes
                .iter()
                .filter_map(|&n| Some((n as f64, at(column, entrant.name, n)?)));
            let costs: Vec<_> = costs.collect();
            let style = entrant.style().label(entrant.name);
            let times: Vec<_> = costs
                .iter()
                .filter_map(|(n, cost)| Some((*n, cost.seconds?)))
                .collect();
            let examples: Vec<_> = costs.iter().map(|(n, cost)| (*n, cost.examples)).collect();
            above = curve(above, &times, style.clone());
            below = curve(below, &examples, style);
        }
        figure = figure
            .panel(0, column, above)
            .panel(1, column, below.x_label("Coordinates n"));
    }
    studio.save("", &figure)
}

fn main() -> ExitCode {
    figure::main(
        "solvers_who_wins",
        include_str!("solvers_who_wins.rs"),
        &[Flag::Ns, Flag::Runs],
        draw,
    )
}
