use super::super::area::Area;
use super::super::ends;
use super::super::layout::Layout;
use super::super::{Color, Figure, Panel, Style};

const X: [f64; 3] = [1.0, 2.0, 3.0];

/// The areas of the names in a figure of one panel, and the right edge of its plot.
fn areas(panel: Panel) -> (Vec<Area>, Area) {
    let figure = Figure::from(panel);
    let layout = Layout::new(&figure).unwrap();
    let placed = &layout.placed[0];
    let labels = ends::place(placed).into_iter();
    (labels.map(|label| label.area).collect(), placed.area)
}

fn named(name: &str) -> Style {
    Style::new(Color::Blue).end_label(name)
}

#[test]
fn a_name_stands_at_the_end_of_its_curve_and_not_in_the_legend() {
    let line = |style| Panel::new().line(&X, &[0.0, 1.0, 2.0], style);
    let (labels, plot) = areas(line(named("k = 3")));
    assert_eq!(labels.len(), 1);
    assert!(labels[0].left > plot.right && labels[0].left < plot.right + 10.0);
    let middle = (labels[0].top + labels[0].bottom) / 2.0;
    let end = plot.top + 0.05 / 1.05 * plot.height();
    assert!((middle - end).abs() < 1.0, "{middle} {end}");
    assert!(labels[0].right <= f64::from(Figure::from(Panel::new()).width));
    let svg = |style| Figure::from(line(style)).to_svg().unwrap();
    let (at_end, in_legend) = (
        svg(named("k = 3")),
        svg(Style::new(Color::Blue).label("k = 3")),
    );
    let count = |svg: &str| svg.matches("\nk = 3\n").count();
    assert_eq!((count(&at_end), count(&in_legend)), (1, 1));
    let strokes = |svg: &str| svg.matches("stroke=\"#0072B2\"").count();
    // No sample of the line, and the name in its colour.
    assert_eq!((strokes(&at_end), strokes(&in_legend)), (1, 2));
    assert!(at_end.contains("fill=\"#0072B2\"") && !in_legend.contains("fill=\"#0072B2\""));
}

#[test]
fn names_of_curves_that_end_together_do_not_touch() {
    let mut panel = Panel::new().horizontal(2.0, "chance");
    for k in 0..7 {
        panel = panel.line(&X, &[f64::from(k), 0.0, 2.0], named(&format!("k = {k}")));
    }
    let (labels, plot) = areas(panel);
    assert_eq!(labels.len(), 7);
    for (i, a) in labels.iter().enumerate() {
        assert!(labels[..i].iter().all(|b| !a.touches(b)), "{a:?}");
        assert!(
            a.top > plot.top - 10.0 && a.bottom < plot.bottom + 10.0,
            "{a:?}"
        );
    }
}

#[test]
fn a_name_inside_the_plot_keeps_off_the_curves() {
    // The long curve passes right of the end of the short one.
    let panel = Panel::new()
        .line(&[0.0, 10.0], &[0.0, 10.0], named("long"))
        .line(&[0.0, 4.0], &[4.4, 4.4], named("short"));
    let (labels, plot) = areas(panel);
    let at = |x: f64| {
        (
            plot.left + x / 10.0 * plot.width(),
            plot.bottom - x / 10.0 * plot.height(),
        )
    };
    assert!(!labels[1].is_crossed((at(0.0), at(10.0))), "{labels:?}");
}

#[test]
fn a_name_keeps_off_error_bars() {
    let panel = |x: f64| {
        let panel = Panel::new().x_range(0.0, 10.0).y_range(0.0, 10.0);
        panel
            .error_bars(
                &[x],
                &[f64::NEG_INFINITY],
                &[f64::INFINITY],
                Style::new(Color::Blue),
            )
            .line(&[0.0, 4.0], &[5.0, 5.0], named("short"))
    };
    let left = |x: f64| areas(panel(x)).0[0].left;
    assert!(left(4.5) < left(9.0));
}

#[test]
fn curves_without_a_point_in_the_plot_and_other_marks_have_no_name_at_an_end() {
    let cut = Panel::new().y_range(0.0, 1.0);
    let (labels, _) = areas(cut.clone().line(&X, &[5.0; 3], named("above")));
    assert!(labels.is_empty());
    let (labels, _) = areas(cut.clone().line(&X, &[f64::NAN; 3], named("nowhere")));
    assert!(labels.is_empty());
    let band = cut.band(&X, &[0.0; 3], &[1.0; 3], named("band"));
    assert!(
        Figure::from(band.clone())
            .to_svg()
            .unwrap()
            .contains("\nband\n")
    );
    assert!(areas(band).0.is_empty());
}
