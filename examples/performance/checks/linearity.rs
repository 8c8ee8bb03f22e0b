//! Is the time of a step proportional to B·n·r?

use super::{ROUNDS, Row};
use crate::config::{Config, Network};
use crate::timing::Times;
use sparse_parity::terminal::Result;

const N: usize = 50;

/// Widths r and batch sizes B; B·n·r grows a thousandfold, by either of them.
const SIZES: [(usize, usize); 6] = [
    (100, 32),
    (100, 320),
    (1000, 32),
    (1000, 320),
    (10_000, 32),
    (10_000, 320),
];

pub fn rows(seconds: f64) -> Result<Vec<Row>> {
    let each = measure(seconds)?;
    let most = each.iter().copied().fold(f64::MIN, f64::max);
    let least = each.iter().copied().fold(f64::MAX, f64::min);
    let row = |case, measured| Row {
        check: "time a step / (B·n·r)",
        case,
        measured,
    };
    let of_size = |(&(r, batch), time): (&(usize, usize), &f64)| {
        let size = (batch * N * r) as f64 / 1e6;
        let case = format!("n = {N}, r = {r}, B = {batch}: B·n·r = {size} million");
        row(case, format!("{:.1} ps", 1e12 * time))
    };
    let mut rows: Vec<_> = SIZES.iter().zip(&each).map(of_size).collect();
    rows.push(row(
        "largest / smallest".into(),
        format!("{:.2}", most / least),
    ));
    Ok(rows)
}

/// The seconds of a step divided by B·n·r, a number a size.
fn measure(seconds: f64) -> Result<Vec<f64>> {
    let start = |&(r, batch): &(usize, usize)| {
        let network = Network::Relu(r);
        let config = Config {
            letter: 'L',
            network,
            n: N,
            batch,
        };
        config.start()
    };
    let mut runs = SIZES
        .iter()
        .map(start)
        .collect::<sparse_parity::Result<Vec<_>>>()?;
    let mut times = SIZES.map(|_| Times::default());
    for _ in 0..ROUNDS {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let seconds = seconds / f64::from(ROUNDS);
            times.extend(Times::of(seconds, |count| run.steps(count)));
        }
    }
    if !runs.iter_mut().all(|run| run.is_active()) {
        return Err("an example of a check has no gradient".into());
    }
    let each = times.iter().zip(SIZES).map(|(times, (r, batch))| {
        let time = times.median().ok_or("nothing was measured")?;
        Ok(time / (batch * N * r) as f64)
    });
    each.collect()
}
