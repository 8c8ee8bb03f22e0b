//! The delay against α.

use crate::lazy::{Course, Lazy};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Estimate, Sample, Times, concordance, median};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::medians::with_medians;
use sparse_parity_examples::resampled::{resampled, rng_of};

/// The sizes of the study.
pub struct Scope {
    pub base: Lazy,
    pub alphas: &'static [f64],
    pub samples: &'static [usize],
    pub runs: u64,
}

/// The runs of one sample size, by α.
struct Curve {
    samples: usize,
    by_alpha: Vec<(f64, Vec<Course>)>,
}

impl Curve {
    /// The delays of all runs that memorised their sample, with their α.
    fn delays(&self) -> Vec<(f64, sparse_parity::stats::Time)> {
        let all = self.by_alpha.iter().flat_map(|(alpha, courses)| {
            courses
                .iter()
                .filter_map(|course| Some((*alpha, course.delay()?)))
        });
        all.collect()
    }

    /// How well α orders delays: the share of the pairs that differ in both and of which the larger α has the longer delay.
    fn ordered(&self) -> Result<Estimate> {
        let delays = self.delays();
        let rng = &mut rng_of(&format!("delay {}", self.samples));
        resampled(delays.len(), rng, |chosen| {
            let alphas: Vec<f64> = chosen.iter().map(|&i| delays[i].0).collect();
            let times: Vec<_> = chosen.iter().map(|&i| delays[i].1).collect();
            concordance(&alphas, &times).map_or(f64::NAN, |gamma| (1.0 + gamma) / 2.0)
        })
    }

    /// The delays of a sample size as samples of α, those of runs that memorised.
    fn medians(&self) -> Vec<Sample> {
        let of = |(alpha, courses): &(f64, Vec<Course>)| Sample {
            n: *alpha,
            times: courses.iter().filter_map(Course::delay).collect(),
        };
        let samples = self.by_alpha.iter().map(of);
        samples.filter(|sample| sample.times.runs() > 0).collect()
    }
}

/// All runs, what they say and their picture.
pub fn study(studio: &mut Studio, scope: &Scope) -> Result {
    let mut cells = Vec::new();
    for &samples in scope.samples {
        cells.extend(scope.alphas.iter().map(|&alpha| Lazy {
            alpha,
            samples,
            ..scope.base.clone()
        }));
    }
    let sweep = Sweep::new(cells.into_iter().map(|cell| Cell::new(cell, scope.runs)))?;
    let outcomes = studio.outcomes("delay", &sweep)?;
    let curve = |(row, &samples): (usize, &usize)| Curve {
        samples,
        by_alpha: (scope.alphas.iter().enumerate())
            .map(|(col, &alpha)| {
                let courses = outcomes.of(row * scope.alphas.len() + col);
                (alpha, courses.cloned().collect())
            })
            .collect(),
    };
    let curves: Vec<Curve> = scope.samples.iter().enumerate().map(curve).collect();
    for curve in &curves {
        grows(studio, curve)?;
    }
    laziest(studio, &curves)?;
    moves(studio, &curves)?;
    table(studio, &curves)?;
    let Lazy { n, k, .. } = scope.base;
    let title = format!("({n}, {k})-parity, {} runs of each α", scope.runs);
    studio.save("", &figure(&curves, scope.base.budget)?.title(title))
}

/// Whether the delay grows with α.
fn grows(studio: &mut Studio, curve: &Curve) -> Result {
    let ordered = curve.ordered()?;
    let mut told = Vec::new();
    for sample in curve.medians() {
        let median = sample.times.median(0.95)?;
        told.push(format!("{}: {}", sample.n, shown(median.value)));
    }
    let pairs = if ordered.value.is_nan() {
        "no pair of runs has delays whose order is known".into()
    } else {
        format!("the larger α has the longer delay in a share of {ordered:.2} of the pairs")
    };
    studio.find(
        format!("m = {}: the delay grows with α", curve.samples),
        format!("{pairs}; medians {}", told.join(", ")),
        ordered.interval.low > 0.5,
    )
}

fn shown(value: Option<f64>) -> String {
    value.map_or("beyond the budget".into(), |value| value.to_string())
}

/// Whether the laziest networks generalise.
fn laziest(studio: &mut Studio, curves: &[Curve]) -> Result {
    let (mut memorised, mut generalised, mut all) = (0, 0, 0);
    let mut errors = Vec::new();
    for courses in curves.iter().filter_map(|curve| curve.by_alpha.last()) {
        for course in &courses.1 {
            all += 1;
            memorised += usize::from(course.memorised.is_some());
            generalised += usize::from(course.generalised.solved().is_some());
            errors.push(course.error);
        }
    }
    studio.find(
        "with the largest α, no run generalises",
        format!(
            "{generalised} of {all}, of which {memorised} memorise the sample; median error at the end {:.3}",
            median(errors).unwrap_or(f64::NAN)
        ),
        generalised == 0,
    )
}

/// Whether the parameters move less the larger α is.
fn moves(studio: &mut Studio, curves: &[Curve]) -> Result {
    let mut told = Vec::new();
    let mut falls = true;
    for curve in curves {
        let of = |(_, courses): &(f64, Vec<Course>)| {
            median(courses.iter().filter_map(|course| course.moved))
        };
        let moved: Vec<f64> = curve.by_alpha.iter().filter_map(of).collect();
        falls &= moved.windows(2).all(|pair| pair[1] < pair[0]);
        let words: Vec<String> = moved.iter().map(|value| format!("{value:.3}")).collect();
        told.push(format!("m = {}: {}", curve.samples, words.join(", ")));
    }
    studio.find(
        "the larger α, the less θ has moved at the memorisation, relative to its norm at the start",
        told.join("; "),
        falls,
    )
}

/// Counts and medians of every cell.
fn table(studio: &mut Studio, curves: &[Curve]) -> Result {
    let mut rows = Vec::new();
    for curve in curves {
        for (alpha, courses) in &curve.by_alpha {
            let general: Times = courses.iter().map(|course| course.generalised).collect();
            let delays: Times = courses.iter().filter_map(Course::delay).collect();
            let delay = if delays.runs() > 0 {
                let median = delays.median(0.95)?;
                let of = median.interval;
                format!("{} ({} to {})", shown(median.value), of.low, of.high)
            } else {
                String::new()
            };
            let memorised = courses.iter().filter_map(|course| course.memorised);
            let error = median(courses.iter().map(|course| course.error));
            rows.push(vec![
                curve.samples.to_string(),
                alpha.to_string(),
                courses.len().to_string(),
                memorised.clone().count().to_string(),
                general.solved().to_string(),
                general.diverged().to_string(),
                shown(median(memorised.map(|step| step as f64))),
                delay,
                format!("{:.4}", error.unwrap_or(f64::NAN)),
            ]);
        }
    }
    let columns = [
        "m",
        "alpha",
        "runs",
        "memorised",
        "generalised",
        "diverged",
        "median memorisation",
        "median delay",
        "median error at the end",
    ];
    studio.save_table("table", &columns, &rows)
}

/// Medians of the delay, and errors at the end, against α.
fn figure(curves: &[Curve], budget: u64) -> Result<Figure> {
    let panel = |title: &str, y: &str| {
        let panel = Panel::new().title(title).x_label("α").y_label(y);
        panel.x_scale(Scale::Log10)
    };
    let mut delays = panel("Delay", "median of t_g − t_m in updates").y_scale(Scale::Log10);
    let mut errors = panel("At the end", "test error").y_range(0.0, 0.55);
    for (place, curve) in curves.iter().enumerate() {
        let color = Color::sequence(place, curves.len());
        let name = format!("m = {}", curve.samples);
        let style = Style::new(color).label(name.clone());
        (delays, _) = with_medians(delays, &curve.medians(), style)?;
        let alphas: Vec<f64> = curve.by_alpha.iter().map(|(alpha, _)| *alpha).collect();
        let error = |(_, courses): &(f64, Vec<Course>)| {
            median(courses.iter().map(|course| course.error)).unwrap_or(f64::NAN)
        };
        let error: Vec<f64> = curve.by_alpha.iter().map(error).collect();
        errors = errors.line(&alphas, &error, Style::new(color).label(name));
    }
    let alphas = &curves[0].by_alpha;
    let ends = [alphas[0].0, alphas[alphas.len() - 1].0];
    let line = Style::new(Color::Grey).width(1.0).dashed().label("budget");
    delays = delays.line(&ends, &[budget as f64; 2], line);
    Ok(Figure::new(1, 2)
        .panel(0, 0, delays)
        .panel(0, 1, errors)
        .size(1000, 460))
}
