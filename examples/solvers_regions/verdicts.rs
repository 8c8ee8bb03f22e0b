//! What the plane says of the claims.

use crate::limits;
use crate::plane::{PROBLEMS, Plane, Spot};
use crate::sgd::Sgd;
use crate::tried::Tried;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

pub fn find(studio: &mut Studio, plane: &Plane, sgd: &Sgd) -> Result {
    let cells = plane.cells();
    clean(studio, &cells)?;
    noisy(studio, &cells)?;
    let guessed = cells.iter().filter(|(spot, finders)| {
        PROBLEMS[spot.problem].1 == 10 && finders[0].name() == "subset-elimination"
    });
    let guessed = guessed.count();
    if plane.problems == PROBLEMS.len() {
        studio.find(
            "subset-elimination is the fastest somewhere at (50, 10)",
            format!("in {guessed} cells"),
            guessed > 0,
        )?;
    }
    limit(studio, plane, &cells)?;
    descent(studio, plane, sgd)?;
    clock(studio, &cells)?;
    runs(studio, &cells)
}

type Cells<'a> = [(Spot, Vec<&'a Tried>)];

/// The cells of a share that a solver wins, and how many there are.
fn won(cells: &Cells, name: &str, is_in: impl Fn(&Spot) -> bool) -> (usize, usize) {
    let of = || cells.iter().filter(|(spot, _)| is_in(spot));
    let won = of().filter(|(_, finders)| finders[0].name() == name);
    (won.count(), of().count())
}

/// Who wins the cells of a share, with how many.
fn winners(cells: &Cells, is_in: impl Fn(&Spot) -> bool) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (_, finders) in cells.iter().filter(|(spot, _)| is_in(spot)) {
        if !names.contains(&finders[0].name()) {
            names.push(finders[0].name());
        }
    }
    let told = names.iter().map(|name| {
        let (won, all) = won(cells, name, &is_in);
        format!("{name} in {won} of {all} cells")
    });
    told.collect::<Vec<_>>().join(", ")
}

fn clean(studio: &mut Studio, cells: &Cells) -> Result {
    let n = |spot: &Spot| PROBLEMS[spot.problem].0;
    let below = |spot: &Spot| spot.p == 0.0 && spot.m < n(spot);
    let above = |spot: &Spot| spot.p == 0.0 && spot.m >= n(spot) + 10;
    for (claim, name, is_in) in [
        (
            "below m = n",
            "meet-in-the-middle",
            &below as &dyn Fn(&Spot) -> bool,
        ),
        ("from m = n + 10 on", "elimination", &above),
    ] {
        let (won, all) = won(cells, name, is_in);
        studio.find(
            format!("without noise {name} is the fastest {claim}"),
            winners(cells, is_in),
            won == all && all > 0,
        )?;
    }
    Ok(())
}

fn noisy(studio: &mut Studio, cells: &Cells) -> Result {
    for (problem, p, name) in [
        (1, 0.1, "noisy-meet"),
        (0, 0.4, "exhaustive"),
        (1, 0.4, "exhaustive"),
    ] {
        let (n, k, _) = PROBLEMS[problem];
        let is_in = |spot: &Spot| spot.problem == problem && spot.p == p;
        let (won, all) = won(cells, name, is_in);
        if all > 0 {
            studio.find(
                format!("{name} is the fastest at ({n}, {k}), p = {p}"),
                winners(cells, is_in),
                won == all,
            )?;
        }
    }
    Ok(())
}

fn limit(studio: &mut Studio, plane: &Plane, cells: &Cells) -> Result {
    let found: Vec<&Tried> = plane.tried.iter().filter(|it| it.finds()).collect();
    let mut below = 0;
    for Spot { problem, p, m } in found.iter().map(|it| it.spot) {
        below += usize::from((m as f64) < limits::information(problem, p)?);
    }
    studio.find(
        "no solver finds S below the information limit",
        format!("{below} of {} samples on which one does", found.len()),
        below == 0,
    )?;
    let (mut covered, mut all) = (0, 0);
    let of_first = plane.spots.iter().filter(|spot| spot.problem == 0);
    for spot in of_first.filter(|spot| spot.p <= 0.4) {
        if spot.m as f64 >= 2.0 * limits::tails(0, spot.p)? {
            all += 1;
            covered += usize::from(cells.iter().any(|(cell, _)| cell == spot));
        }
    }
    studio.find(
        "at (50, 3) one finds S from twice the examples of the exact tails on, up to p = 0.4",
        format!("in {covered} of {all} cells"),
        covered == all && all > 0,
    )
}

fn descent(studio: &mut Studio, plane: &Plane, sgd: &Sgd) -> Result {
    let least = |p: f64| {
        let found = plane.cells();
        let found = found
            .iter()
            .filter(|(spot, _)| spot.problem == 0 && spot.p == p);
        found.map(|(spot, _)| spot.m).min()
    };
    // The fewest examples of SGD over those of the solvers, for each noise.
    let mut first: Vec<(f64, usize)> = Vec::new();
    for (p, m) in sgd.finds() {
        if first.iter().all(|(other, _)| *other != p) {
            first.push((p, m));
        }
    }
    let ratios = first
        .iter()
        .filter_map(|&(p, m)| Some((p, m, m as f64 / least(p)? as f64)));
    let ratios: Vec<_> = ratios.collect();
    let told = ratios
        .iter()
        .map(|(p, m, ratio)| format!("{ratio:.0} times, {m}, at p = {p}"));
    let told = told.collect::<Vec<_>>().join("; ");
    studio.find(
        "SGD takes 50 times the examples of a solver on samples of (50, 3)",
        if told.is_empty() {
            "it has found S on none".into()
        } else {
            told
        },
        ratios.iter().all(|(.., ratio)| *ratio >= 50.0) && !ratios.is_empty(),
    )
}

/// How often the clock would have named another solver.
fn clock(studio: &mut Studio, cells: &Cells) -> Result {
    let (mut same, mut all, mut worst) = (0, 0, 1.0f64);
    for (_, finders) in cells.iter().filter(|(_, finders)| finders.len() > 1) {
        let times: Vec<f64> = finders.iter().filter_map(|it| it.seconds).collect();
        if times.len() < finders.len() {
            continue;
        }
        let best = times.iter().copied().fold(f64::INFINITY, f64::min);
        all += 1;
        same += usize::from(times[0] == best);
        worst = worst.max(times[0] / best);
    }
    studio.find(
        "the clock names the same solver as the ledger in nine of ten cells",
        format!("in {same} of {all}; elsewhere it is slower by a factor of {worst:.1} at most"),
        10 * same >= 9 * all,
    )
}

/// What the numbers of runs allow to say.
fn runs(studio: &mut Studio, cells: &Cells) -> Result {
    let of = |is_in: &dyn Fn(&Tried) -> bool| {
        let first = cells.iter().filter(|(_, finders)| is_in(finders[0]));
        first.count()
    };
    let sure = of(&|it| it.runs >= 299 && it.right == it.runs);
    let many = of(&|it| it.runs >= 100);
    let least = cells.iter().map(|(_, finders)| finders[0].runs).min();
    studio.find(
        "the fastest solver's share is above 99 % with 95 % confidence in most cells",
        format!(
            "in {sure} of {}, all of 300 runs; {many} have 100 runs or more, the fewest are {}",
            cells.len(),
            least.unwrap_or(0)
        ),
        2 * sure > cells.len(),
    )
}
