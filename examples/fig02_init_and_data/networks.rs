//! Initialisation against data for networks other than PolyNet.

use crate::{K, times_of};
use sparse_parity::plot::{ColorScale, Figure, Panel};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Estimate, TimeScale, variance_shares};
use sparse_parity::sweep::{Cell, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{Studio, percent};
use sparse_parity_examples::networks::NETWORKS;

const BATCH: usize = 128;

/// Finds what the initialisation explains of the ranks of t_c, and draws all shares.
pub fn draw(studio: &mut Studio) -> Result {
    let (inits, streams) = studio.pick((3, 2), (10, 6), (40, 20));
    let (n, max_steps) = studio.pick((12, 300), (50, 20_000), (50, 20_000));
    let mut cells = Vec::new();
    for network in NETWORKS {
        let seeding = Seeding::Crossed {
            first: 0,
            inits,
            streams,
        };
        let experiment = network.trial((n, K), BATCH, max_steps)?;
        cells.push(Cell {
            experiment,
            seeding,
        });
    }
    let outcomes = studio.outcomes("networks", &Sweep::new(cells)?)?;
    let (mut values, mut texts) = (Vec::new(), Vec::new());
    for (cell, network) in NETWORKS.iter().enumerate() {
        let times = times_of(&outcomes, cell, (inits, streams))?;
        let rng = &mut Seeds::from(0).stream(Purpose::Eval);
        let ranks = TimeScale::Rank.of(&times)?;
        let shares = variance_shares(&ranks, &Bootstrap::default(), rng)?;
        let all = [shares.initialisation, shares.data, shares.residual];
        let [init, data, rest] = all.map(percent);
        let mut solved: Vec<f64> = times.iter().map(|time| time.or_infinite()).collect();
        solved.sort_by(f64::total_cmp);
        studio.find(
            format!("{}: the initialisation explains more than data and the rest together", network.name),
            format!(
                "of the ranks of t_c initialisation {init}, data {data}, the rest {rest}; t_c {} to {} at 5 and 95 % of {} \
                 runs ({inits} initialisations × {streams} streams), {} of them unsolved",
                solved[solved.len() / 20],
                solved[solved.len() - 1 - solved.len() / 20],
                solved.len(),
                solved.iter().filter(|t| t.is_infinite()).count(),
            ),
            shares.initialisation.interval.low > 0.5,
        )?;
        values.push(all.map(|share| share.value));
        texts.push(all.map(cell_text));
    }
    let colors = ColorScale::new("share of the variance of the ranks of t_c")
        .range(0.0, 1.0)
        .texts(&texts);
    let panel = Panel::new()
        .title(format!(
            "Initialisation against data, ({n}, {K})-parity, B = {BATCH}, shares with 95 % intervals"
        ))
        .x_label("what explains t_c")
        .x_categories(&["initialisation", "data", "the rest"])
        .y_categories(&NETWORKS.map(|network| network.name))
        .heat_map(&values, colors);
    studio.save("networks", &Figure::from(panel).size(760, 300))
}

fn cell_text(share: Estimate) -> String {
    let [value, low, high] =
        [share.value, share.interval.low, share.interval.high].map(|share| 100.0 * share);
    format!("{value:.0} % [{low:.0}, {high:.0}]")
}
