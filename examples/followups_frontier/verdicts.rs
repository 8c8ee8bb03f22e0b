//! The claims, and the significance of differences between shares.

use crate::luck::Luck;
use crate::{Frontier, Grid, SPARSE};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::permutation_p;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

const PERMUTATIONS: usize = 9999;

/// The p-value of a difference of shares, a of `runs` against b of as many.
fn p_value(a: usize, b: usize, runs: usize, seed: u64) -> sparse_parity::Result<f64> {
    let solved = |i: &usize| (*i < a) || (runs..runs + b).contains(i);
    let count = |half: &[usize]| half.iter().filter(|i| solved(i)).count() as f64;
    let rng = &mut Seeds::from(seed).stream(Purpose::Eval);
    permutation_p(2 * runs, PERMUTATIONS, rng, |order| {
        count(&order[..runs]) - count(&order[runs..])
    })
}

/// How many of these are significant at 5 % after Holm's correction.
fn significant(mut p: Vec<f64>) -> usize {
    p.sort_by(f64::total_cmp);
    let count = p.len();
    let is_small = |(place, p): &(usize, f64)| *p <= 0.05 / (count - place) as f64;
    p.into_iter().enumerate().take_while(is_small).count()
}

/// Whether a wider network succeeds less often than the next narrower one.
pub fn wider(studio: &mut Studio, grid: &Grid, frontiers: &[Frontier]) -> Result {
    let (last, mut p, mut pairs) = (grid.cutoffs[2], Vec::new(), 0);
    for frontier in frontiers {
        for width in 1..grid.widths.len() {
            for source in 0..grid.sources().len() {
                let narrow = frontier.solved(width - 1, source, last);
                let wide = frontier.solved(width, source, last);
                pairs += 1;
                // Where the wider one is no worse, the comparison counts but cannot be significant.
                p.push(match wide < narrow {
                    true => p_value(narrow, wide, grid.runs as usize, pairs)?,
                    false => 1.0,
                });
            }
        }
    }
    let worse = p.iter().filter(|p| **p < 1.0).count();
    let found = significant(p);
    studio.find(
        "a wider network never succeeds significantly less often than the next narrower one",
        format!("fewer successes in {worse} of {pairs} pairs, significantly in {found}"),
        found == 0,
    )
}

/// Whether the narrowest network succeeds more often on a sample than on fresh examples.
pub fn narrow(studio: &mut Studio, grid: &Grid, dense: &Frontier) -> Result {
    let (last, runs) = (grid.cutoffs[2], grid.runs as usize);
    let fresh = dense.solved(0, grid.samples.len(), last);
    let mut p = Vec::new();
    for source in 0..grid.samples.len() {
        let solved = dense.solved(0, source, last);
        p.push(match solved > fresh {
            true => p_value(solved, fresh, runs, 1000 + source as u64)?,
            false => 1.0,
        });
    }
    let least = p.iter().copied().fold(1.0, f64::min);
    let found = significant(p);
    let best = (0..grid.samples.len())
        .map(|source| dense.solved(0, source, last))
        .max();
    studio.find(
        "the narrowest network succeeds at some m significantly more often than on fresh examples",
        format!(
            "r = {}: {fresh} of {runs} on fresh examples, at most {} on a sample; the smallest p is {least:.4}",
            grid.widths[0],
            best.unwrap_or(0)
        ),
        found > 0,
    )
}

/// A frontier in words.
fn told(grid: &Grid, first: Option<usize>) -> String {
    first.map_or("none".into(), |place| grid.samples[place].to_string())
}

/// Whether the sparse initialisation has the frontier of the largest width at a smaller m.
pub fn compare(studio: &mut Studio, grid: &Grid, dense: &Frontier, sparse: &Frontier) -> Result {
    let (widest, last) = (grid.widths.len() - 1, grid.cutoffs[2]);
    let [of_dense, of_sparse] = [dense, sparse].map(|frontier| frontier.first(widest, last));
    let is_smaller = match (of_sparse, of_dense) {
        (Some(sparse), Some(dense)) => sparse < dense,
        (sparse, _) => sparse.is_some(),
    };
    studio.find(
        "at the largest width the frontier of the sparse initialisation is at a smaller m",
        format!(
            "r = {}: dense {}, s = 2 {}",
            grid.widths[widest],
            told(grid, of_dense),
            told(grid, of_sparse)
        ),
        is_smaller,
    )
}

/// The law of luck where the widest sparse network has its frontier; `None` if it has none.
pub fn lucky(studio: &mut Studio, grid: &Grid, sparse: &Frontier) -> Result<Option<Luck>> {
    let (claim, last) = (
        "success against r is 1 − (1 − q)^{cr} with one c",
        grid.cutoffs[2],
    );
    let Some(place) = sparse.first(grid.widths.len() - 1, last) else {
        studio.find(claim, "the widest network has no frontier", false)?;
        return Ok(None);
    };
    let counts = (0..grid.widths.len()).map(|width| {
        let solved = sparse.solved(width, place, last);
        (grid.widths[width], solved, grid.runs as usize)
    });
    let luck = Luck::fit(grid.n, grid.k, SPARSE, grid.samples[place], counts)?;
    studio.find(claim, &luck, luck.fits())?;
    Ok(Some(luck))
}

/// Whether frontiers depend on the cut-off.
pub fn cutoffs(studio: &mut Studio, grid: &Grid, frontiers: &[Frontier]) -> Result {
    let (mut curves, mut moved) = (0, 0);
    let mut numbers = Vec::new();
    for frontier in frontiers {
        for (width, r) in grid.widths.iter().enumerate() {
            let [early, _, late] = grid.cutoffs.map(|cutoff| frontier.first(width, cutoff));
            curves += 1;
            moved += usize::from(early != late);
            let [early, late] = [early, late].map(|first| told(grid, first));
            numbers.push(format!("{}, r = {r}: {early} and {late}", frontier.name));
        }
    }
    studio.find(
        format!(
            "for at least half of the curves the frontier after {} updates differs from that after {}",
            grid.cutoffs[0], grid.cutoffs[2]
        ),
        format!("{moved} of {curves}; {}", numbers.join("; ")),
        2 * moved >= curves,
    )
}
