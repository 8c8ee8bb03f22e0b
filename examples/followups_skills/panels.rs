//! Strengths and losses against updates, width and examples.

use crate::emergence::Study;
use crate::measures::{MEASURES, Progress};
use crate::scarce::{self, Scarce};
use sparse_parity::plot::{Color, Panel, Scale, Style};
use sparse_parity::stats::{Estimate, median};
use sparse_parity::terminal::Result;
use sparse_parity::theory::skills::{Resource, Skills, strength_of_examples, strength_of_width};

fn strengths(x: &str) -> Panel {
    Panel::new()
        .x_label(x)
        .y_label("strength R of a skill, median")
        .x_scale(Scale::Log10)
        .y_range(-0.05, 1.05)
}

fn losses(x: &str) -> Panel {
    Panel::new()
        .x_label(x)
        .y_label("mean loss")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10)
}

/// Every second skill: more lines would hide each other.
fn shown(skills: &Skills) -> impl Iterator<Item = (usize, f64, Color)> {
    let count = skills.frequencies().len();
    let all = skills.frequencies().iter().enumerate();
    all.step_by(2)
        .map(move |(task, p)| (task, *p, Color::sequence(task / 2, count.div_ceil(2))))
}

fn name(task: usize, p: f64) -> String {
    format!("skill {}, P = {p:.3}", task + 1)
}

/// Adds a measured loss with its interval, the finite sum, and a line with the exponent of the limit.
fn compared(
    panel: Panel,
    (x, measured): (&[f64], &[Estimate]),
    finite: &[f64],
    exponent: f64,
) -> Panel {
    let of = |part: fn(&Estimate) -> f64| -> Vec<f64> { measured.iter().map(part).collect() };
    // From where the first skill has emerged.
    let from = measured.iter().position(|loss| loss.value < 0.4);
    let from = from.unwrap_or(0);
    let power = |at: &f64| measured[from].value * (at / x[from]).powf(exponent);
    let limit: Vec<f64> = x[from..].iter().map(power).collect();
    let sums = x.iter().copied().zip(finite.iter().copied());
    let sums: (Vec<f64>, Vec<f64>) = sums.filter(|(_, loss)| *loss > 1e-4).unzip();
    let interval = Style::shade(Color::Blue).data_label("measured, 95 % interval");
    panel
        .band(
            x,
            &of(|loss| loss.interval.low),
            &of(|loss| loss.interval.high),
            interval,
        )
        .line(
            x,
            &of(|loss| loss.value),
            Style::new(Color::Blue).label("measured"),
        )
        .line(
            &sums.0,
            &sums.1,
            Style::new(Color::Black).dashed().label("finite sum"),
        )
        .line(
            &x[from..],
            &limit,
            Style::new(Color::Grey)
                .dotted()
                .label("exponent of the limit"),
        )
}

/// Strengths and the loss against updates.
pub fn in_time(study: &Study) -> Result<[Panel; 2]> {
    let looks: Vec<u64> = study.looks().iter().copied().filter(|t| *t > 0).collect();
    let x: Vec<f64> = looks.iter().map(|t| *t as f64).collect();
    let growth = study.growth()?;
    let mut panel = strengths("updates");
    for (task, p, color) in shown(&study.skills) {
        let of = |t: &u64| median(study.runs.iter().map(|run| run.at(*t)[task][0]));
        let measured: Vec<f64> = looks.iter().map(|t| of(t).unwrap_or(f64::NAN)).collect();
        let predicted: Vec<f64> = x.iter().map(|t| growth.strength(p, *t)).collect();
        let dashed = Style::new(color).dashed().data_label("predicted");
        panel = panel.line(&x, &predicted, dashed).line(
            &x,
            &measured,
            Style::new(color).label(name(task, p)),
        );
    }
    let measured: Result<Vec<Estimate>> = looks.iter().map(|&t| study.mean_loss(t)).collect();
    let finite: sparse_parity::Result<Vec<f64>> = x
        .iter()
        .map(|&t| study.skills.loss_at(t, &growth))
        .collect();
    let exponent = Resource::Time.exponent(study.alpha)?;
    let loss = losses("updates").y_range(0.005, 0.7);
    Ok([panel, compared(loss, (&x, &measured?), &finite?, exponent)])
}

/// Strengths and the loss against what is scarce.
pub fn scarce(study: &scarce::Study) -> Result<[Panel; 2]> {
    let x: Vec<f64> = study.sizes.iter().map(|size| *size as f64).collect();
    let (label, resource) = match study.scarce {
        Scarce::Width => ("width r", Resource::Width),
        Scarce::Data => ("examples D", Resource::Data),
    };
    let mut panel = strengths(label);
    for (task, p, color) in shown(&study.skills) {
        let predicted = study.sizes.iter().map(|&size| match study.scarce {
            Scarce::Width => strength_of_width(task, size, study.needed),
            Scarce::Data => strength_of_examples((p * size as f64) as usize, study.needed),
        });
        let predicted: sparse_parity::Result<Vec<f64>> = predicted.collect();
        let dashed = Style::new(color).dashed().data_label("predicted");
        panel = panel.line(&x, &predicted?, dashed).line(
            &x,
            &study.strengths(task),
            Style::new(color).label(name(task, p)),
        );
    }
    let finite: Result<Vec<f64>> = study.sizes.iter().map(|&size| study.finite(size)).collect();
    let exponent = resource.exponent(study.alpha)?;
    let loss = losses(label).y_range(0.005, 0.7);
    let mut loss = compared(loss, (&x, &study.losses()?), &finite?, exponent);
    if let Some(abrupt) = study.all_or_nothing()? {
        let green = Style::new(Color::Green).dashed();
        loss = loss.line(&x, &abrupt, green.label("finite sum, all or nothing"));
    }
    Ok([panel, loss])
}

/// Skills of one run by each measure, against updates.
pub fn by_measure(study: &Study) -> Vec<(&'static str, Panel)> {
    let Some(run) = study.runs.first() else {
        return Vec::new();
    };
    let x: Vec<f64> = run.steps.iter().skip(1).map(|t| *t as f64).collect();
    let of = |(label, progress): (&'static str, Progress)| {
        let mut panel = Panel::new()
            .x_label("updates")
            .y_label("progress, 0 at chance and 1 when it is learned")
            .x_scale(Scale::Log10)
            .y_range(-0.2, 1.05);
        for (task, p, color) in shown(&study.skills) {
            let skills = run.skills.iter().skip(1);
            let y: Vec<f64> = skills.map(|skills| progress(skills[task])).collect();
            panel = panel.line(&x, &y, Style::new(color).label(name(task, p)));
        }
        (label, panel)
    };
    MEASURES.into_iter().map(of).collect()
}
