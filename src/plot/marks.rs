use super::series::{Mark, Series};
use super::{Color, ColorScale, Panel, Style};

impl Panel {
    /// Adds straight lines from point to point.
    pub fn line(self, x: &[f64], y: &[f64], style: Style) -> Self {
        let (x, y) = (x.to_vec(), y.to_vec());
        self.add(Mark::Line { x, y }, style)
    }

    /// Adds a step curve: each value holds until the next x.
    pub fn step(self, x: &[f64], y: &[f64], style: Style) -> Self {
        let (x, y) = (x.to_vec(), y.to_vec());
        self.add(Mark::Step { x, y }, style)
    }

    /// Adds a disc at each point.
    pub fn points(self, x: &[f64], y: &[f64], style: Style) -> Self {
        let (x, y) = (x.to_vec(), y.to_vec());
        self.add(Mark::Points { x, y }, style)
    }

    /// Adds the shaded region between two curves; add it before the lines it must not cover.
    ///
    /// [`Style::shade`] is the usual style.
    pub fn band(self, x: &[f64], lo: &[f64], hi: &[f64], style: Style) -> Self {
        let (x, lo, hi) = (x.to_vec(), lo.to_vec(), hi.to_vec());
        self.add(Mark::Band { x, lo, hi }, style)
    }

    /// Adds a vertical bar from `lo` to `hi` at each x, such as the interval of a median.
    ///
    /// An end that is infinite, or not positive on a log axis, lies beyond the plot: the bar goes on to
    /// its edge and ends with an arrow. A bar with a NaN is left out.
    pub fn error_bars(self, x: &[f64], lo: &[f64], hi: &[f64], style: Style) -> Self {
        let (x, lo, hi) = (x.to_vec(), lo.to_vec(), hi.to_vec());
        self.add(Mark::ErrorBars { x, lo, hi }, style)
    }

    /// Adds a histogram: bin `i` reaches from edge `i` to edge `i + 1`, so that there is one edge more.
    ///
    /// It is outlined, and filled with a quarter of the opacity. Edges must rise; on a log axis those
    /// that are not positive lie at its left end. Counts may be any numbers, such as densities. A log y axis
    /// begins at half the smallest count, whatever other series fall to.
    pub fn histogram(self, edges: &[f64], counts: &[f64], style: Style) -> Self {
        let (edges, counts) = (edges.to_vec(), counts.to_vec());
        self.add(Mark::Histogram { edges, counts }, style)
    }

    /// Adds a box at each x: the ends of the whiskers, the edges of the box and the median.
    ///
    /// Each five numbers are, in this order, lower whisker, lower edge, median, upper edge and upper
    /// whisker; 5, 25, 50, 75 and 95 % are usual. Boxes that several series put at one x stand side by
    /// side.
    ///
    /// Quantiles that were not reached are infinite: what is beyond the plot goes on to its edge, open
    /// and with an arrow. A box with a NaN is left out.
    pub fn boxes(self, x: &[f64], numbers: &[[f64; 5]], style: Style) -> Self {
        let (x, numbers) = (x.to_vec(), numbers.to_vec());
        self.add(Mark::Boxes { x, numbers }, style)
    }

    /// Adds a heat map whose cell in row `i` and column `j` is centred at x = `j` and y = `i`.
    ///
    /// That is where [`x_categories`](Self::x_categories) and [`y_categories`](Self::y_categories) put
    /// their names.
    ///
    /// ```
    /// use sparse_parity::plot::{ColorScale, Panel};
    /// let solved = [[1.0, 0.92, 0.4], [0.96, f64::NAN, 0.0]];
    /// let panel = Panel::new()
    ///     .x_categories(&["0.001", "0.01", "0.1"])
    ///     .y_categories(&["ReLU", "sine"])
    ///     .x_label("learning rate η")
    ///     .heat_map(&solved, ColorScale::new("share solved").range(0.0, 1.0).numbers(2));
    /// ```
    pub fn heat_map(self, values: &[impl AsRef<[f64]>], colors: ColorScale) -> Self {
        let edges = |count: usize| match count {
            0 => Vec::new(),
            _ => (0..=count).map(|i| i as f64 - 0.5).collect::<Vec<_>>(),
        };
        let cols = values.first().map_or(0, |row| row.as_ref().len());
        self.heat_map_on(&edges(cols), &edges(values.len()), values, colors)
    }

    /// Adds a heat map with cells between the given edges, which must rise.
    ///
    /// Row `i` lies between y edge `i` and `i + 1`, column `j` between x edge `j` and `j + 1`.
    pub fn heat_map_on(
        self,
        x_edges: &[f64],
        y_edges: &[f64],
        values: &[impl AsRef<[f64]>],
        colors: ColorScale,
    ) -> Self {
        let (x, y) = (x_edges.to_vec(), y_edges.to_vec());
        let values: Vec<Vec<f64>> = values.iter().map(|row| row.as_ref().to_vec()).collect();
        let is_hatched = values.iter().flatten().any(|&v| !colors.scale.shows(v));
        let style = Style {
            label: colors.missing.clone().filter(|_| is_hatched),
            ..Style::new(Color::Grey)
        };
        let mark = Mark::HeatMap {
            x,
            y,
            values,
            colors,
        };
        self.add(mark, style)
    }

    /// Adds a dashed vertical line, with its label above the plot; the axis grows to show it.
    ///
    /// An empty label takes no space.
    pub fn vertical(self, x: f64, label: impl Into<String>) -> Self {
        let label = label.into();
        self.add(Mark::Vertical { x, label }, reference())
    }

    /// Adds a dashed horizontal line, with its label to the right; the axis grows to show it.
    ///
    /// An empty label takes no space.
    pub fn horizontal(self, y: f64, label: impl Into<String>) -> Self {
        let label = label.into();
        self.add(Mark::Horizontal { y, label }, reference())
    }

    fn add(mut self, mark: Mark, style: Style) -> Self {
        self.series.push(Series { mark, style });
        self
    }
}

fn reference() -> Style {
    Style::new(Color::Rgb(80, 80, 80)).width(1.0).dashed()
}
