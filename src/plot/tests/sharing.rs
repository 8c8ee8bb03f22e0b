use super::super::{Figure, Panel, PlotError};
use super::{style, wavy};

#[test]
fn a_shared_x_axis_is_numbered_once_and_holds_all_panels() {
    let early = Panel::new()
        .x_label("step")
        .line(&[0.0, 1.0], &[0.0, 1.0], style());
    let late = Panel::new()
        .x_label("step")
        .line(&[2.0, 4.0], &[0.0, 1.0], style());
    let figure = Figure::new(2, 1).panel(0, 0, early).panel(1, 0, late);
    let named = |figure: Figure| figure.to_svg().unwrap().matches("step").count();
    assert_eq!((named(figure.clone()), named(figure.share_x())), (2, 1));
}

#[test]
fn a_shared_y_axis_is_numbered_once_and_holds_all_panels() {
    let low = Panel::new()
        .y_label("error")
        .line(&[0.0, 1.0], &[0.0, 1.0], style());
    let high = Panel::new().line(&[0.0, 1.0], &[0.0, 70.0], style());
    let figure = Figure::new(1, 2).panel(0, 0, low).panel(0, 1, high);
    let svg = figure.clone().share_y().to_svg().unwrap();
    let count = |text: &str| svg.matches(&format!("\n{text}\n")).count();
    assert_eq!((count("error"), count("60"), count("0.4")), (1, 1, 2));
    let mixed = figure
        .share_y()
        .panel(0, 1, Panel::new().y_categories(&["a"]));
    assert!(matches!(
        mixed.to_svg().unwrap_err(),
        PlotError::MixedScales {
            axis: "y",
            line: "row",
            index: 0
        }
    ));
}

#[test]
fn one_legend_lists_what_looks_the_same_once() {
    let figure = Figure::new(1, 2).panel(0, 0, wavy()).panel(0, 1, wavy());
    let listed = |figure: &Figure| figure.to_svg().unwrap().matches("sea &amp; sky").count();
    assert_eq!(listed(&figure), 2);
    assert_eq!(listed(&figure.clone().legend_once()), 1);
    let other = wavy().line(&[0.0], &[0.0], style().label("sea & sky").dashed());
    assert_eq!(listed(&figure.panel(0, 1, other).legend_once()), 2);
}

#[test]
fn rows_have_headings() {
    let figure = Figure::new(2, 1).panel(1, 0, wavy());
    let svg = figure.clone().row_heading(1, "k = 4").to_svg().unwrap();
    assert!(svg.contains("k = 4"));
    let outside = figure.row_heading(2, "k = 6").to_svg();
    assert!(matches!(
        outside.unwrap_err(),
        PlotError::OutsideGrid { row: 2, .. }
    ));
}
