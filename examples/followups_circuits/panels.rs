//! Medians of what was measured, against the step.

use crate::median;
use crate::run::{Course, Moment};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};

/// Errors, neurons that suffice, the norm and shares of the answers.
pub fn figure(courses: &[Course]) -> Figure {
    // A run that diverged has fewer moments.
    let longest = courses.iter().map(|course| &course.moments);
    let longest = longest.max_by_key(|moments| moments.len());
    let moments = longest.map_or(&[][..], |moments| moments);
    let steps: Vec<f64> = moments.iter().map(|moment| moment.step as f64).collect();
    let of = |value: &dyn Fn(&Moment) -> f64| -> Vec<f64> {
        let at = |place: usize| {
            let there = courses
                .iter()
                .filter_map(|course| course.moments.get(place));
            median(there.map(value))
        };
        (0..steps.len()).map(at).collect()
    };
    let panel = |title: &str, y: &str| Panel::new().title(title).x_label("updates").y_label(y);
    let line = |panel: Panel, name: &str, color, value: &dyn Fn(&Moment) -> f64| {
        panel.line(&steps, &of(value), Style::new(color).label(name))
    };
    let mut errors = panel("Errors", "error").y_range(0.0, 0.55);
    errors = line(errors, "train", Color::Grey, &|moment| moment.train);
    errors = line(errors, "test", Color::Black, &|moment| moment.test);
    let mut sparsity = panel("Neurons that suffice", "neurons").y_scale(Scale::Log10);
    sparsity = line(sparsity, "first", Color::Blue, &|moment| {
        moment.first.max(1.0)
    });
    sparsity = line(sparsity, "stable", Color::Orange, &|moment| {
        moment.stable.max(1.0)
    });
    let mut norm = panel("Norm", "‖θ‖");
    norm = line(norm, "norm", Color::Green, &|moment| moment.norm);
    let mut faithful = panel("Share of the answers", "faithfulness").y_range(0.0, 1.05);
    let sets = [
        ("those of the end", Color::Purple),
        ("the largest", Color::Blue),
        ("random ones", Color::Grey),
    ];
    for (place, (name, color)) in sets.into_iter().enumerate() {
        faithful = line(faithful, name, color, &|moment| moment.faithful[place]);
    }
    Figure::new(2, 2)
        .share_x()
        .panel(0, 0, errors)
        .panel(0, 1, sparsity)
        .panel(1, 0, norm)
        .panel(1, 1, faithful)
        .size(1000, 720)
}
