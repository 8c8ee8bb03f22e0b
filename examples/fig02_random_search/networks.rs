//! Early successes of networks other than PolyNet.

use crate::{K, LN_UNLIKELY};
use sparse_parity::plot::{Color, Figure, Panel, Style};
use sparse_parity::stats::{Geometric, Times, wilson};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::theory::supports;
use sparse_parity_examples::figure::{Studio, percent};
use sparse_parity_examples::networks::NETWORKS;

const N: [usize; 2] = [20, 30];
const BATCH: usize = 32;
const MAX_STEPS: u64 = 3000;
/// A run is early if it takes so much of the median.
const EARLY: f64 = 0.2;
/// Points of a curve, which reaches so many medians.
const POINTS: usize = 200;
const MEDIANS: f64 = 4.0;

/// Finds whether runs are solved early, and draws their times beside a search without memory.
pub fn draw(studio: &mut Studio) -> Result {
    let runs = studio.pick(6, 200, 500);
    let mut cells = Vec::new();
    for network in NETWORKS {
        for n in N {
            let trial = network.trial((n, K), BATCH, MAX_STEPS)?;
            cells.push(Cell::new(trial, runs));
        }
    }
    let outcomes = studio.outcomes("networks", &Sweep::new(cells)?)?;
    let mut figure = Figure::new(1, NETWORKS.len())
        .title(format!(
            "Convergence times of other networks, {runs} runs each, k = {K}"
        ))
        .legend_once()
        .share_y()
        .size(1200, 340);
    for (column, network) in NETWORKS.iter().enumerate() {
        let of_n = (0..N.len()).map(|place| outcomes.times(N.len() * column + place));
        let times: Vec<Times> = of_n.collect();
        let mut panel = Panel::new()
            .title(network.name)
            .x_label("t_c over its median")
            .x_range(0.0, MEDIANS)
            .y_range(0.0, 1.0)
            .vertical(EARLY, "early");
        if column == 0 {
            panel = panel.y_label("share of runs solved");
        }
        for ((times, n), color) in times.iter().zip(N).zip([Color::SkyBlue, Color::Blue]) {
            let name = format!("n = {n}");
            if let Some(median) = find(studio, &format!("{}, {name}", network.name), n, times)? {
                let (x, y) = curve(|t| times.solved_by((t * median) as u64) as f64 / runs as f64);
                panel = panel.step(&x, &y, Style::new(color).label(name));
            }
        }
        let (x, y) = curve(|medians| 1.0 - 0.5_f64.powf(medians));
        let style = Style::new(Color::Orange).label("search without memory");
        figure = figure.panel(0, column, panel.line(&x, &y, style));
    }
    studio.save("networks", &figure)
}

fn curve(share: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
    let at = |point: usize| MEDIANS * point as f64 / POINTS as f64;
    let x: Vec<f64> = (0..=POINTS).map(at).collect();
    let y = x.iter().map(|&medians| share(medians)).collect();
    (x, y)
}

/// Finds whether early runs are rarer than without memory; returns the median if it is reached.
fn find(studio: &mut Studio, who: &str, n: usize, times: &Times) -> Result<Option<f64>> {
    let claim = format!("{who}: fewer runs are early than without memory");
    let Some(median) = times.median(0.95)?.value else {
        let number = format!("half of {} runs are not solved", times.runs());
        studio.find(claim, number, false)?;
        return Ok(None);
    };
    let step = (EARLY * median) as u64;
    let early = wilson(times.solved_by(step), times.runs(), 0.95)?;
    let memoryless = Geometric::new(1.0 - 0.5_f64.powf(1.0 / median.max(2.0)))?.cdf(step);
    let search = Geometric::new(1.0 / supports(n, K)?)?.before_first(times)?;
    studio.find(
        claim,
        format!(
            "{} within a fifth of the median, {median:.0}, without memory {:.1} %; the first of {} runs after {} updates, \
             when random search expects {:.0} (ln probability of none {:.0})",
            percent(early),
            100.0 * memoryless,
            search.runs,
            search.step + 1,
            search.expected,
            search.ln_probability
        ),
        early.interval.high < memoryless && search.ln_probability < LN_UNLIKELY,
    )?;
    Ok(Some(median))
}
