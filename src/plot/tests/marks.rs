use std::fs;

use super::super::{Color, ColorScale, Figure, Panel, PlotError, Scale};
use super::{paths, style};

const OPEN: f64 = f64::INFINITY;

fn svg(panel: Panel) -> String {
    Figure::from(panel).to_svg().unwrap()
}

fn csv(panel: Panel) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    Figure::from(panel).save_csv(&path).unwrap();
    fs::read_to_string(path).unwrap()
}

/// Heads of arrows and fills.
fn polygons(panel: Panel) -> usize {
    svg(panel).matches("<polygon").count()
}

#[test]
fn bars_that_go_on_beyond_the_plot_end_in_arrows() {
    let arrows =
        |lo, hi| polygons(Panel::new().error_bars(&[1.0, 2.0], &[1.0, lo], &[3.0, hi], style()));
    assert_eq!(arrows(1.0, 2.0), 0);
    assert_eq!(arrows(1.0, OPEN), 1);
    assert_eq!(arrows(-OPEN, OPEN), 2);
    assert_eq!(arrows(OPEN, OPEN), 1);
    assert_eq!(arrows(f64::NAN, OPEN), 0);
    let cut = Panel::new().y_range(0.0, 1.0);
    let cut = cut.error_bars(&[1.0], &[0.5], &[1.5], style());
    assert_eq!(polygons(cut), 1);
}

#[test]
fn boxes_that_were_not_reached_are_open() {
    let fills_and_arrows = |numbers| polygons(Panel::new().boxes(&[1.0], &[numbers], style()));
    assert_eq!(fills_and_arrows([1.0, 2.0, 3.0, 4.0, 5.0]), 1);
    assert_eq!(fills_and_arrows([1.0, 2.0, 3.0, 4.0, OPEN]), 2);
    assert_eq!(fills_and_arrows([1.0, 2.0, OPEN, OPEN, OPEN]), 2);
    assert_eq!(fills_and_arrows([1.0, OPEN, OPEN, OPEN, OPEN]), 1);
    assert_eq!(fills_and_arrows([f64::NAN; 5]), 0);
    // Two sides, lower edge, median, two whiskers and the end of the lower one.
    let closed = Panel::new().boxes(&[1.0], &[[1.0, 2.0, 3.0, 4.0, 5.0]], style());
    let open = Panel::new().boxes(&[1.0], &[[1.0, 2.0, 3.0, OPEN, OPEN]], style());
    assert_eq!((paths(closed), paths(open)), (9, 7));
}

#[test]
fn an_open_end_lies_above_all_numbers() {
    let x = [1.0, 2.0];
    let panel = |hi| Panel::new().error_bars(&x, &[1.0, 2.0], &[10.0, hi], style());
    let top = |hi| panel(hi).y_axis().unwrap().hi;
    assert!(top(OPEN) > top(10.0));
}

#[test]
fn bins_without_counts_lie_at_the_bottom_of_a_log_axis() {
    let edges = [0.0, 1.0, 10.0, 100.0];
    let panel = Panel::new().histogram(&edges, &[0.0, 100.0, 1.0], style());
    let axis = panel.y_axis().unwrap();
    assert_eq!(axis.lo, 0.0);
    let log = panel.x_scale(Scale::Log10).y_scale(Scale::Log10);
    let axis = log.y_axis().unwrap();
    assert!(0.3 < axis.lo && axis.lo < 0.5 && axis.hi > 100.0);
    let line = log.clone().line(&[1.0, 100.0], &[50.0, 1e-30], style());
    assert_eq!(line.y_axis().unwrap(), axis);
    assert_eq!(paths(log), 1);
}

#[test]
fn edges_that_do_not_fit_are_errors() {
    let histogram = |edges: &[f64]| Panel::new().histogram(edges, &[1.0, 2.0], style());
    let map = |y: &[f64]| Panel::new().heat_map_on(&[0.0, 1.0], y, &[[1.0]], ColorScale::new(""));
    for panel in [
        histogram(&[0.0, 1.0]),
        histogram(&[0.0, 1.0, 1.0]),
        histogram(&[0.0, f64::NAN, 1.0]),
        map(&[0.0]),
        map(&[1.0, 0.0]),
    ] {
        let error = Figure::from(panel).to_svg().unwrap_err();
        assert!(matches!(error, PlotError::Edges { .. }), "{error}");
    }
    let uneven = Panel::new().heat_map(&[vec![1.0], vec![]], ColorScale::new(""));
    let error = Figure::from(uneven).to_svg().unwrap_err();
    assert!(matches!(error, PlotError::Lengths { x: 1, y: 0, .. }));
}

#[test]
fn a_heat_map_has_numbers_a_bar_and_hatched_gaps() {
    let colors = ColorScale::new("share solved").range(0.0, 1.0).numbers(2);
    let panel = Panel::new()
        .x_categories(&["0.1", "learning rate"])
        .y_categories(&["ReLU", "sine"])
        .heat_map(&[[0.0, -0.001], [1.0, f64::NAN]], colors.missing("not run"));
    let svg = svg(panel);
    let count = |text: &str| svg.matches(&format!("\n{text}\n")).count();
    for text in ["share solved", "not run", "ReLU", "sine", "1.00"] {
        assert_eq!(count(text), 1, "{text}");
    }
    // No negative zero.
    assert_eq!((count("0.00"), count("NaN")), (2, 0));
    for place in [0.0, 1.0] {
        let [r, g, b] = Color::scale(place).rgb();
        assert!(svg.contains(&format!("#{r:02X}{g:02X}{b:02X}")));
    }
}

#[test]
fn cells_have_texts_in_place_of_numbers() {
    let map = |texts: &[Vec<&str>]| {
        let colors = ColorScale::new("share solved").numbers(2).texts(texts);
        // The bar has numbers, too.
        let colors = colors.without_bar();
        Figure::from(Panel::new().heat_map(&[[0.25, f64::NAN]], colors)).to_svg()
    };
    let svg = map(&[vec!["1 of 4", "none"]]).unwrap();
    assert!(svg.contains("\n1 of 4\n") && !svg.contains("\n0.25\n"));
    // A hatched cell has none.
    assert!(!svg.contains("\nnone\n"));
    for texts in [vec![], vec![vec!["one"]]] {
        let error = map(&texts).unwrap_err();
        assert!(matches!(error, PlotError::Texts { .. }), "{error}");
    }
}

#[test]
fn the_legend_tells_of_hatched_cells_only_where_there_are_some() {
    let panel = |values| Panel::new().heat_map(&[[values]], ColorScale::new("").missing("not run"));
    assert!(svg(panel(f64::NAN)).contains("\nnot run\n"));
    assert!(!svg(panel(1.0)).contains("not run"));
}

#[test]
fn the_first_category_of_a_y_axis_is_at_the_top() {
    let axis = Panel::new().y_categories(&["a", "b"]).y_axis().unwrap();
    assert_eq!((axis.fraction(0.0), axis.fraction(1.0)), (0.75, 0.25));
}

#[test]
fn the_csv_of_the_other_marks_is_long_too() {
    let text = csv(Panel::new()
        .title("p")
        .x_categories(&["ReLU"])
        .boxes(&[0.0], &[[1.0, 2.0, 3.0, 4.0, OPEN]], style().label("t_c"))
        .error_bars(&[0.5], &[1.0], &[OPEN], style().label("median"))
        .histogram(&[0.5, 1.5], &[7.0], style().label("runs")));
    let rows = [
        "panel,series,x,y",
        "p,t_c low,ReLU,1.0",
        "p,t_c lower,ReLU,2.0",
        "p,t_c median,ReLU,3.0",
        "p,t_c upper,ReLU,4.0",
        "p,t_c high,ReLU,inf",
        "p,median low,0.5,1.0",
        "p,median high,0.5,inf",
        "p,runs,0.5,7.0",
        "p,runs,1.5,",
        "",
    ];
    assert_eq!(text, rows.join("\n"));
}

#[test]
fn the_csv_of_a_heat_map_has_a_column_for_values() {
    let edges = ([1.0, 10.0, 100.0], [0.0, 2.0]);
    let map = Panel::new().heat_map_on(&edges.0, &edges.1, &[[5.0, 6.0]], ColorScale::new("error"));
    let rows = [
        "panel,series,x,y,value",
        "r1c1,error,1.0,0.0,5.0",
        "r1c1,error,10.0,0.0,6.0",
        "r1c1,error,100.0,2.0,",
        "r1c1,error,,1.0,",
        "",
    ];
    let mut text = csv(map.horizontal(1.0, ""));
    text = text.replace("series 2", "error");
    assert_eq!(text, rows.join("\n"));
    let named = Panel::new().x_categories(&["a", "b"]).y_categories(&["c"]);
    let named = named.heat_map(&[[5.0, 6.0]], ColorScale::new("error"));
    let rows = [
        "panel,series,x,y,value",
        "r1c1,error,a,c,5.0",
        "r1c1,error,b,c,6.0",
        "",
    ];
    assert_eq!(csv(named), rows.join("\n"));
}

#[test]
fn three_files_are_saved_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let figure = Figure::from(super::wavy());
    let [svg, png, csv] = figure
        .save_all(folder.path().join("new"), "fig1.5")
        .unwrap();
    assert!(svg.ends_with("new/fig1.5.svg") && png.exists());
    assert_eq!(fs::read_to_string(svg).unwrap(), figure.to_svg().unwrap());
    assert!(fs::read_to_string(csv).unwrap().starts_with("panel,series"));
}
