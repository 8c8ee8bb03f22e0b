//! Texts of any length, ranges of any size, numbers of any kind.

use proptest::prelude::*;

use super::super::{ColorScale, Figure, Panel, PlotError, Scale};
use super::style;

const PATH: &str = "/scratch/project_2004312/users/someone/sparse-parity/rows/2026-11-29_sweep-7c6889722020d62b/table.csv";

fn svg(panel: Panel) -> String {
    Figure::from(panel).to_svg().unwrap()
}

/// The texts of a figure with their x, their anchor and their size in CSS pixels.
fn texts(svg: &str) -> Vec<(f64, String, f64, String)> {
    let parts = svg.split("<text ").skip(1);
    let of = |part: &str| {
        let (head, rest) = part.split_once('>').unwrap();
        let value = |name: &str| {
            let (_, rest) = head.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let text = rest.split('<').next().unwrap().trim().to_owned();
        let number = |name: &str| value(name).parse::<f64>().unwrap() / 10.0;
        (!head.contains("rotate"))
            .then(|| (number("x"), value("text-anchor"), number("font-size"), text))
    };
    parts.filter_map(of).collect()
}

fn assert_inside(svg: &str, width: f64) {
    for (x, anchor, size, text) in texts(svg) {
        let long = super::super::text::width(&text, size);
        let (left, right) = match anchor.as_str() {
            "middle" => (x - long / 2.0, x + long / 2.0),
            "end" => (x - long, x),
            _ => (x, x + long),
        };
        assert!(
            left >= -1.0 && right <= width + 1.0,
            "{text}: {left} to {right} of {width}"
        );
    }
}

#[test]
fn long_texts_are_broken_or_elided_and_not_cut() {
    let x = [1.0, 2.0];
    let line = || Panel::new().line(&x, &x, style().label(PATH));
    let word = "x".repeat(300);
    for text in [PATH, &word] {
        let panel = line()
            .title(text)
            .x_label(text)
            .y_label(text)
            .vertical(1.5, text)
            .horizontal(1.2, text);
        let figure = Figure::new(1, 1)
            .title(text)
            .heading(0, text)
            .row_heading(0, text);
        let svg = figure.panel(0, 0, panel).size(700, 900).to_svg().unwrap();
        assert_inside(&svg, 700.0);
    }
    let svg = svg(line().title(PATH));
    assert_inside(&svg, 460.0);
    let shown: String = texts(&svg).into_iter().map(|text| text.3).collect();
    assert!(
        shown.contains("/scratch/") && shown.contains("table.csv"),
        "{shown}"
    );
    // What was left out has a mark.
    let short = Figure::new(1, 1)
        .heading(0, PATH.repeat(3))
        .panel(0, 0, Panel::new())
        .to_svg()
        .unwrap();
    assert!(short.contains('…'));
}

#[test]
fn short_ranges_are_drawn_with_numbers_that_differ() {
    for x in [
        [1.7e12, 1.7e12 + 250.0, 1.7e12 + 500.0],
        [1e15, 1e15 + 0.5, 1e15 + 1.0],
    ] {
        for scale in [Scale::Linear, Scale::Log10] {
            let svg = svg(Panel::new()
                .x_scale(scale)
                .line(&x, &[0.0, 1.0, 0.5], style()));
            let line = svg
                .split("<polyline ")
                .find(|part| part.contains("#0072B2"))
                .unwrap();
            let (_, points) = line.split_once("points=\"").unwrap();
            let points = points.split('"').next().unwrap();
            let across: Vec<f64> = points
                .split_whitespace()
                .map(|p| p.split(',').next().unwrap().parse().unwrap())
                .collect();
            assert_eq!(across.len(), 3, "{points}");
            assert!(
                across[0] + 500.0 < across[1] && across[1] + 500.0 < across[2],
                "{points}"
            );
        }
    }
}

#[test]
fn zeros_on_a_log_axis_are_marked_at_its_end() {
    let (x, y) = ([0.0, 1.0, 2.0, 3.0], [1.0, 0.0, -2.0, f64::NAN]);
    let marks = |panel: Panel| svg(panel).matches("<polygon").count();
    let points = || Panel::new().points(&x, &y, style());
    assert_eq!(marks(points()), 0);
    assert_eq!(marks(points().y_scale(Scale::Log10)), 2);
    assert_eq!(marks(points().x_scale(Scale::Log10)), 1);
    assert_eq!(
        marks(points().x_scale(Scale::Log10).y_scale(Scale::Log10)),
        3
    );
    let many = vec![0.0; 10_000];
    let line = Panel::new()
        .y_scale(Scale::Log10)
        .line(&many, &many, style());
    assert_eq!(marks(line), 1);
}

#[test]
fn any_number_of_decimals_is_written_or_left_out() {
    for decimals in [0, 17, 1074, 65_535, 65_536, usize::MAX] {
        svg(Panel::new().heat_map(&[[0.5, 1e300]], ColorScale::new("").numbers(decimals)));
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        (-3.0..3.0_f64),
        Just(0.0),
        (0_u32..4).prop_map(|step| 1e15 + f64::from(step) * 0.125),
        (0_u64..4).prop_map(f64::from_bits),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn any_figure_is_drawn_or_refused(
        x in prop::collection::vec(number(), 0..6),
        y in prop::collection::vec(number(), 6),
        range in (number(), number()),
        text in "\\PC{0,60}",
        (log_x, log_y, fixed) in any::<(bool, bool, bool)>(),
        size in (0_u32..800, 0_u32..800),
    ) {
        let scale = |log| if log { Scale::Log10 } else { Scale::Linear };
        let y = &y[..x.len()];
        let mut panel = Panel::new()
            .title(&text)
            .x_label(&text)
            .x_scale(scale(log_x))
            .y_scale(scale(log_y))
            .line(&x, y, style().label(&text))
            .step(&x, y, style().end_label(&text))
            .points(&x, y, style())
            .band(&x, y, &x, style())
            .error_bars(&x, y, &x, style())
            .vertical(range.0, &text)
            .horizontal(range.1, &text);
        if fixed {
            panel = panel.x_range(range.0, range.1);
        }
        let drawn = Figure::from(panel).size(size.0, size.1).to_svg();
        if let Err(error) = drawn {
            prop_assert!(matches!(error, PlotError::Range { .. } | PlotError::Size { .. }), "{}", error);
        }
    }
}
