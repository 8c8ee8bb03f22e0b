//! The plane as discs, with curves.

use crate::limits;
use crate::plane::{PROBLEMS, Plane};
use crate::sgd::Sgd;
use crate::tried::SOLVERS;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::terminal::Result;

/// The width of a disc.
const DISC: f64 = 4.2;
/// Where curves end.
const MOST_EXAMPLES: f64 = 1e8;

pub fn figure(plane: &Plane, sgd: &Sgd) -> Result<Figure> {
    let mut figure = Figure::new(1, plane.problems)
        .title("The fastest solver, by counted time, of those that find S on 99 % of the instances")
        .size(440 * plane.problems as u32 + 80, 470)
        .legend_once()
        .share_y();
    for problem in 0..plane.problems {
        let shown = (problem == 0).then_some(sgd);
        figure = figure.panel(0, problem, panel(plane, problem, shown)?);
    }
    Ok(figure)
}

fn panel(plane: &Plane, problem: usize, sgd: Option<&Sgd>) -> Result<Panel> {
    let (n, k, _) = PROBLEMS[problem];
    let names: Vec<String> = plane.noise.iter().map(ToString::to_string).collect();
    let place = |p: f64| plane.noise.iter().position(|noise| *noise == p);
    let mut panel = Panel::new()
        .title(format!("n = {n}, k = {k}"))
        .x_label("Noise p")
        .x_categories(&names)
        .y_scale(Scale::Log10);
    if problem == 0 {
        panel = panel.y_label("Examples m");
    }
    let cells = plane.cells();
    for (solver, (name, color)) in SOLVERS.into_iter().enumerate() {
        let won = cells.iter().filter(|(spot, finders)| {
            spot.problem == problem && finders.first().is_some_and(|it| it.solver == solver)
        });
        let points = won.filter_map(|(spot, _)| Some((place(spot.p)? as f64, spot.m as f64)));
        let (x, y): (Vec<f64>, Vec<f64>) = points.unzip();
        if !x.is_empty() {
            panel = panel.points(&x, &y, Style::new(color).width(DISC).label(name));
        }
    }
    panel = with_curves(panel, plane, problem)?;
    if let Some(sgd) = sgd {
        let dots = sgd.finds();
        let dots = dots.filter_map(|(p, m)| Some((place(p)? as f64, m as f64)));
        let (x, y): (Vec<f64>, Vec<f64>) = dots.unzip();
        if !x.is_empty() {
            let style = Style::new(Color::Black).width(1.8);
            panel = panel.points(&x, &y, style.label("SGD on that sample"));
        }
        let line = sgd.fresh.iter();
        let line = line.filter_map(|(p, m)| Some((place(*p)? as f64, *m)));
        let (x, y): (Vec<f64>, Vec<f64>) = line.unzip();
        if !x.is_empty() {
            let style = Style::new(Color::Black).dashed();
            panel = panel.line(&x, &y, style.label("SGD, fresh examples"));
        }
    }
    Ok(panel)
}

fn with_curves(mut panel: Panel, plane: &Plane, problem: usize) -> Result<Panel> {
    let x: Vec<f64> = (0..plane.noise.len()).map(|it| it as f64).collect();
    let of = |limit: &dyn Fn(f64) -> sparse_parity::Result<f64>| {
        let values = plane.noise.iter().map(|&p| limit(p));
        values.collect::<sparse_parity::Result<Vec<f64>>>()
    };
    let information = of(&|p| limits::information(problem, p))?;
    let tails = of(&|p| limits::tails(problem, p))?;
    let thin = |color: Color| Style::new(color).width(1.4);
    panel = panel
        .line(
            &x,
            &information,
            thin(Color::Grey).label("information limit"),
        )
        .line(&x, &tails, thin(Color::Black).label("exact tails"));
    let columns = thin(Color::Purple).dotted().label("ten for each column");
    let gradient = thin(Color::Green).dashed().label("one gradient, ∝ 1/γ²");
    // Without noise elimination needs no more than its columns.
    for (solver, style, first) in [
        ("subset-elimination", columns, 1),
        ("one-gradient", gradient, 0),
    ] {
        let (mut x, mut drawn) = (Vec::new(), Vec::new());
        for (place, &p) in plane.noise.iter().enumerate().skip(first) {
            if let Some(m) = limits::drawn(problem, p, solver)?.filter(|m| *m <= MOST_EXAMPLES) {
                x.push(place as f64);
                drawn.push(m);
            }
        }
        if !x.is_empty() {
            panel = panel.line(&x, &drawn, style);
        }
    }
    Ok(panel.horizontal(PROBLEMS[problem].0 as f64, "n"))
}
