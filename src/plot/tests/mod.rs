mod ends;
mod hostile;
mod marks;
mod sharing;

use std::fs;

use super::{Color, ColorScale, Figure, Panel, PlotError, Scale, Style};

fn style() -> Style {
    Style::new(Color::Blue)
}

fn wavy() -> Panel {
    let x: Vec<f64> = (0..50).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| x.sin() + 2.0).collect();
    let top: Vec<f64> = y.iter().map(|y| y + 0.5).collect();
    Panel::new()
        .title("waves")
        .x_label("time <s>")
        .y_label("height")
        .band(&x, &y, &top, Style::shade(Color::Blue))
        .line(&x, &y, style().label("sea & sky"))
        .vertical(20.0, "now")
        .horizontal(2.0, "mean")
}

fn paths(panel: Panel) -> usize {
    let svg = Figure::from(panel).to_svg().unwrap();
    svg.matches("stroke=\"#0072B2\"").count()
}

#[test]
fn the_svg_holds_all_labels() {
    let svg = Figure::new(1, 1)
        .title("Ocean")
        .heading(0, "real labels")
        .panel(0, 0, wavy())
        .to_svg()
        .unwrap();
    for text in [
        "Ocean",
        "real labels",
        "waves",
        "time &lt;s&gt;",
        "height",
        "sea &amp; sky",
        "now",
        "mean",
    ] {
        assert!(
            svg.contains(&format!("\n{text}\n")) || svg.contains(&format!(">{text}")),
            "{text}"
        );
    }
    assert!(svg.starts_with("<svg width=\"460\" height=\"300\""));
}

#[test]
fn nan_breaks_a_line() {
    let x = [0.0, 1.0, 2.0, 3.0, 4.0];
    let whole = Panel::new().line(&x, &[1.0, 2.0, 1.0, 2.0, 1.0], style());
    let broken = Panel::new().line(&x, &[1.0, 2.0, f64::NAN, 2.0, 1.0], style());
    assert_eq!((paths(whole), paths(broken)), (1, 2));
}

#[test]
fn values_that_are_not_positive_break_a_line_on_a_log_axis() {
    let x = [0.0, 1.0, 2.0, 3.0, 4.0];
    let y = [1.0, 2.0, 0.0, 2.0, 1.0];
    let linear = Panel::new().line(&x, &y, style());
    let log = linear.clone().y_scale(Scale::Log10);
    assert_eq!((paths(linear), paths(log)), (1, 2));
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let figure = Figure::from(wavy());
    assert_eq!(figure.to_svg().unwrap(), figure.clone().to_svg().unwrap());
    let png = |svg: &str| super::png::rasterise(svg).unwrap();
    let svg = figure.to_svg().unwrap();
    assert_eq!(png(&svg), png(&svg));
}

#[test]
fn a_png_has_two_pixels_per_css_pixel_and_folders_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/figure.png");
    Figure::from(wavy()).size(300, 200).save_png(&path).unwrap();
    let png = fs::read(path).unwrap();
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (600, 400));
}

#[test]
fn text_reaches_the_png_without_system_fonts() {
    let blank = Figure::from(Panel::new()).to_svg().unwrap();
    let named = Figure::from(Panel::new().title("title")).to_svg().unwrap();
    let png = |svg: &str| super::png::rasterise(svg).unwrap();
    let without = named.replace("\ntitle\n", "\n\n").replace(">title", ">");
    assert_ne!(named, without);
    assert_ne!(png(&named), png(&without));
    assert_ne!(png(&named), png(&blank));
}

#[test]
fn the_csv_holds_every_point_in_long_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    let panel = Panel::new()
        .title("a, b")
        .band(&[1.0], &[0.25], &[0.5], style().label("range"))
        .points(&[1.0], &[0.375], style().data_label("mean"))
        .points(&[2.0], &[f64::NAN], style())
        .vertical(3.0, "t");
    Figure::from(panel).save_csv(&path).unwrap();
    let text = fs::read_to_string(path).unwrap();
    let rows = [
        "panel,series,x,y",
        "\"a, b\",range low,1.0,0.25",
        "\"a, b\",range high,1.0,0.5",
        "\"a, b\",mean,1.0,0.375",
        "\"a, b\",series 3,2.0,NaN",
        "\"a, b\",t,3.0,",
        "",
    ];
    assert_eq!(text, rows.join("\n"));
}

#[test]
fn impossible_figures_are_errors() {
    let fails = |figure: Figure| figure.to_svg().unwrap_err();
    let reversed = Panel::new().x_range(1.0, 0.0);
    assert!(matches!(
        fails(reversed.into()),
        PlotError::Range { axis: "x", .. }
    ));
    let log = Panel::new().y_scale(Scale::Log10).y_range(0.0, 1.0);
    assert!(matches!(
        fails(log.into()),
        PlotError::Range { axis: "y", .. }
    ));
    let uneven = Panel::new().line(&[1.0], &[], style());
    assert!(matches!(
        fails(uneven.into()),
        PlotError::Lengths { x: 1, y: 0, .. }
    ));
    let outside = Figure::new(1, 1).panel(0, 1, wavy());
    assert!(matches!(
        fails(outside),
        PlotError::OutsideGrid { col: 1, .. }
    ));
    let mixed =
        Figure::new(2, 1)
            .share_x()
            .panel(0, 0, wavy())
            .panel(1, 0, wavy().x_scale(Scale::Log10));
    assert!(matches!(
        fails(mixed),
        PlotError::MixedScales {
            line: "column",
            index: 0,
            ..
        }
    ));
    assert!(matches!(
        fails(Figure::new(0, 1)),
        PlotError::EmptyGrid { .. }
    ));
    for figure in [
        Figure::from(wavy()).size(0, 0),
        Figure::from(wavy()).size(60, 60),
        Figure::from(wavy()).size(u32::MAX, 100),
        Figure::new(usize::MAX, usize::MAX),
    ] {
        assert!(matches!(fails(figure), PlotError::Size { .. }));
    }
}

#[test]
fn an_unwritable_file_is_an_error_with_its_path() {
    let error = Figure::from(wavy())
        .save_svg("/dev/null/figure.svg")
        .unwrap_err();
    assert_eq!(error.to_string(), "could not write /dev/null/figure.svg");
}

#[test]
fn odd_input_still_draws() {
    let x = [f64::NEG_INFINITY, -1e308, f64::NAN, 0.0, 1e308];
    let odd = style().width(f64::NAN).opacity(-1.0).label("\u{0}\u{7}<");
    for scale in [Scale::Linear, Scale::Log10] {
        let panel = Panel::new()
            .x_scale(scale)
            .y_scale(scale)
            .line(&x, &x, odd.clone())
            .step(&x, &x, odd.clone().dashed())
            .points(&x, &x, style().width(f64::INFINITY).end_label("odd"))
            .band(&x, &x, &x, style().opacity(f64::NAN))
            .vertical(f64::NAN, "nowhere")
            .horizontal(-1.0, "below")
            .error_bars(&x, &x, &x, odd.clone())
            .histogram(&[-1e308, 0.0, 1.0, 1e308], &x[2..], odd.clone())
            .boxes(
                &x,
                &[[0.0, f64::INFINITY, 1.0, f64::NEG_INFINITY, 1e300]; 5],
                odd.clone(),
            )
            .heat_map(&[x, x], ColorScale::new("odd").scale(scale).numbers(99));
        let svg = Figure::from(panel).to_svg().unwrap();
        super::png::rasterise(&svg).unwrap();
    }
    Figure::new(3, 2)
        .share_x()
        .panel(2, 1, Panel::new())
        .to_svg()
        .unwrap();
}
