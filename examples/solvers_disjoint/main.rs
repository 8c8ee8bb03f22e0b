//! Disjoint parities: what is it worth to know that S has one coordinate in each of k blocks?
//!
//! ```sh
//! cargo run --release --example solvers_disjoint
//! cargo run --release --example solvers_disjoint -- --scale paper
//! ```
//!
//! There are wᵏ such supports, w = n/k, in place of C(n, k). Two solvers that know the blocks are written here, each an
//! implementation of `Solver`: one tries all wᵏ, the other meets in the middle, with the first ⌊k/2⌋ blocks in a table, and needs no random
//! split. They are compared with the library's, which search all sets of k coordinates, and with elimination, to which blocks
//! are of no use. Below them SGD on the disjoint-PolyNet, the product of a linear form for each block, and on PolyNet, a
//! product of k affine forms of all coordinates: median updates until solved, clean labels, B = 32, hinge loss, η = 0.05, uniform
//! initial values.
//!
//! Claims, fixed before the runs:
//!
//! 1. Both solvers that know the blocks find S on 99 % of the instances, from fewer examples than the library's.
//! 2. Words grow as wᵏ for all supports and as w^{k/2} for meeting in the middle, within 0.3 in the exponent, k = 4.
//! 3. Knowing the blocks saves exhaustive search a factor of k^k/k!, 10.7 for k = 4, within a factor of two.
//! 4. The updates of the disjoint-PolyNet grow as w^{k/2}, within 0.5 in the exponent, k = 2, 3, 4.
//! 5. The disjoint-PolyNet needs fewer updates than PolyNet, for every k and w where both are solved.
//! 6. It draws more than 100 times the examples of the solvers, k = 4.
//!
//! `--k` is that of the solvers in place of 4, `--width` is w.

mod blocks;
mod contestants;
mod descent;

use contestants::Line;
use descent::Descent;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Point, PowerLaw};
use sparse_parity::terminal::Result;
use sparse_parity_examples::contests::curve;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// The degree of the parities that solvers are given.
const K: usize = 4;
/// Widths of blocks.
const WIDTHS: [usize; 7] = [5, 7, 10, 14, 20, 28, 40];

fn draw(studio: &mut Studio) -> Result {
    let (k, usual) = (
        studio.k(K),
        studio.pick(&WIDTHS[..2], &WIDTHS[..5], &WIDTHS),
    );
    let widths = studio.widths(usual);
    let lines = contestants::explored(studio, k, &widths)?;
    let descents = descent::explored(studio, &widths)?;
    searches(studio, k, &lines)?;
    updates(studio, k, (&lines, &descents))?;
    studio.save("", &picture(k, &lines, &descents))
}

/// The exponent of a power law through points; `None` of fewer than three.
fn exponent(points: &[(f64, f64)]) -> Result<Option<f64>> {
    if points.len() < 3 {
        return Ok(None);
    }
    let points: Vec<Point> = points.iter().map(|&(n, t)| Point { n, t }).collect();
    Ok(Some(PowerLaw::fit(&points, 0.95)?.exponent.value))
}

fn searches(studio: &mut Studio, degree: usize, lines: &[Line]) -> Result {
    let k = degree as f64;
    let of = |name: &str| lines.iter().find(|line| line.name == name);
    for (blind, name) in [
        ("exhaustive", "all, by blocks"),
        ("meet-in-the-middle", "meeting, by blocks"),
    ] {
        let (Some(blind), Some(own)) = (of(blind), of(name)) else {
            continue;
        };
        let (right, runs) = (own.right, own.runs);
        let fewer = own
            .points
            .iter()
            .zip(&blind.points)
            .all(|(own, blind)| own.examples < blind.examples);
        studio.find(
            format!("{name}: S is found on 99 % of the instances, from fewer examples"),
            format!(
                "{right} of {runs}, {}",
                if fewer {
                    "fewer at every w"
                } else {
                    "not fewer at every w"
                }
            ),
            fewer && right as f64 >= 0.99 * runs as f64,
        )?;
        // The larger half of the blocks is gone through.
        let is_all = name == "all, by blocks";
        let law = if is_all { degree } else { degree.div_ceil(2) } as f64;
        if let Some(exponent) = exponent(&own.words())? {
            studio.find(
                format!("{name}: words grow as w^{law}"),
                format!("exponent {exponent:.2}"),
                (exponent - law).abs() <= 0.3,
            )?;
        }
        let ratios = own.points.iter().zip(&blind.points);
        let mut ratios = ratios.map(|(own, blind)| blind.words / own.words);
        let last = ratios.next_back().unwrap_or(f64::NAN);
        if is_all {
            let factorial: f64 = (1..=degree).map(|factor| factor as f64).product();
            let saved = k.powf(k) / factorial;
            studio.find(
                format!("blocks save exhaustive search a factor of {saved:.1} in words, at the largest w"),
                format!("{last:.2}"),
                (saved / 2.0..=saved * 2.0).contains(&last),
            )?;
        }
    }
    Ok(())
}

fn updates(
    studio: &mut Studio,
    of_solvers: usize,
    (lines, descents): (&[Line], &[Descent]),
) -> Result {
    for of in descents.iter().filter(|of| of.is_disjoint) {
        let k = of.k;
        let law = k as f64 / 2.0;
        if let Some(exponent) = exponent(&of.updates)? {
            studio.find(
                format!("the updates of the disjoint-PolyNet grow as w^{law}, k = {k}"),
                format!("exponent {exponent:.2}"),
                (exponent - law).abs() <= 0.5,
            )?;
        }
        let dense = descents.iter().find(|it| it.k == k && !it.is_disjoint);
        let dense = dense.map_or(&[][..], |it| &it.updates);
        let both = of.updates.iter().filter_map(|(w, own)| {
            let (_, other) = dense.iter().find(|(width, _)| width == w)?;
            Some(other / own)
        });
        let ratios: Vec<f64> = both.collect();
        if !ratios.is_empty() {
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let most = ratios.iter().copied().fold(0.0, f64::max);
            studio.find(
                format!("the disjoint-PolyNet needs fewer updates than PolyNet, k = {k}"),
                format!("{least:.1} to {most:.1} times fewer, at {} w", ratios.len()),
                least > 1.0,
            )?;
        }
    }
    let descent = descents
        .iter()
        .find(|it| it.k == of_solvers && it.is_disjoint);
    let solver = lines.iter().find(|line| line.name == "meeting, by blocks");
    if let (Some(descent), Some(solver)) = (descent, solver) {
        let shared = descent.updates.iter().filter_map(|(w, updates)| {
            let point = solver.points.iter().find(|it| it.width as f64 == *w)?;
            Some(updates * descent::BATCH as f64 / point.examples)
        });
        let ratios: Vec<f64> = shared.collect();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        if least.is_finite() {
            studio.find(
                format!(
                    "the disjoint-PolyNet draws 100 times the examples of solvers, k = {of_solvers}"
                ),
                format!("{least:.0} times at least, at {} w", ratios.len()),
                least > 100.0,
            )?;
        }
    }
    Ok(())
}

fn picture(k: usize, lines: &[Line], descents: &[Descent]) -> Figure {
    let panel = |title: &str, label: &str| {
        Panel::new()
            .title(title)
            .x_label("Coordinates of a block, w = n/k")
            .y_label(label)
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10)
    };
    let (mut words, mut updates) = (
        panel(&format!("Solvers, k = {k}"), "Operations on words"),
        panel("SGD", "Updates until solved"),
    );
    for line in lines {
        let style = Style::new(line.color).label(line.name);
        let style = if line.knows_blocks {
            style
        } else {
            style.dashed()
        };
        words = curve(words, &line.words(), style);
    }
    for of in descents {
        let color = Color::nth(of.k);
        let (name, style) = match of.is_disjoint {
            true => ("disjoint-PolyNet", Style::new(color)),
            false => ("PolyNet", Style::new(color).dashed()),
        };
        updates = curve(
            updates,
            &of.updates,
            style.label(format!("{name}, k = {}", of.k)),
        );
    }
    Figure::new(1, 2)
        .title("Parities with one coordinate in each block: solid lines know the blocks")
        .size(1040, 460)
        .panel(0, 0, words)
        .panel(0, 1, updates)
}

fn main() -> ExitCode {
    figure::main(
        "solvers_disjoint",
        include_str!("main.rs"),
        &[Flag::K, Flag::Widths, Flag::Runs],
        draw,
    )
}
