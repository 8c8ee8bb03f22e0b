use super::scale::{Axis, Scale};
use super::series::{Mark, Series};
use super::{PlotError, Style};

/// One pair of axes and the series drawn in it, the first added lowest.
///
/// Points that are not finite, or not positive on a log axis, are left out and break the line.
///
/// ```
/// use sparse_parity::plot::{Color, Panel, Scale, Style};
/// let (x, y) = ([1.0, 10.0, 100.0], [0.5, 0.1, f64::NAN]);
/// let panel = Panel::new()
///     .x_label("samples")
///     .y_label("error")
///     .x_scale(Scale::Log10)
///     .y_range(0.0, 0.5)
///     .line(&x, &y, Style::new(Color::Blue).label("SGD"))
///     .horizontal(0.25, "chance");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Panel {
    pub(super) title: String,
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) x_scale: Scale,
    pub(super) y_scale: Scale,
    pub(super) x_range: Option<(f64, f64)>,
    pub(super) y_range: Option<(f64, f64)>,
    pub(super) no_legend: bool,
    pub(super) series: Vec<Series>,
}

impl Panel {
    /// An empty panel with linear axes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the title above the panel.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the name of the x axis.
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.x_label = label.into();
        self
    }

    /// Sets the name of the y axis.
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.y_label = label.into();
        self
    }

    /// Sets the scale of the x axis.
    pub fn x_scale(mut self, scale: Scale) -> Self {
        self.x_scale = scale;
        self
    }

    /// Sets the scale of the y axis.
    pub fn y_scale(mut self, scale: Scale) -> Self {
        self.y_scale = scale;
        self
    }

    /// Fixes the ends of the x axis, which otherwise fits the series.
    pub fn x_range(mut self, lo: f64, hi: f64) -> Self {
        self.x_range = Some((lo, hi));
        self
    }

    /// Fixes the ends of the y axis, which otherwise fits the series.
    pub fn y_range(mut self, lo: f64, hi: f64) -> Self {
        self.y_range = Some((lo, hi));
        self
    }

    /// Leaves out the legend above the plot.
    pub fn without_legend(mut self) -> Self {
        self.no_legend = true;
        self
    }

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

    /// Adds a dashed vertical line, with its label above the plot; the axis grows to show it.
    ///
    /// An empty label takes no room.
    pub fn vertical(self, x: f64, label: impl Into<String>) -> Self {
        let label = label.into();
        self.add(Mark::Vertical { x, label }, Self::reference())
    }

    /// Adds a dashed horizontal line, with its label to the right; the axis grows to show it.
    ///
    /// An empty label takes no room.
    pub fn horizontal(self, y: f64, label: impl Into<String>) -> Self {
        let label = label.into();
        self.add(Mark::Horizontal { y, label }, Self::reference())
    }

    fn reference() -> Style {
        Style::new(super::Color::Rgb(80, 80, 80))
            .width(1.0)
            .dashed()
    }

    fn add(mut self, mark: Mark, style: Style) -> Self {
        self.series.push(Series { mark, style });
        self
    }

    /// The series' label, or its number from 1.
    pub(super) fn series_name(&self, i: usize) -> String {
        let series = &self.series[i];
        match &series.mark {
            Mark::Vertical { label, .. } | Mark::Horizontal { label, .. } if !label.is_empty() => {
                label.clone()
            }
            _ => series
                .style
                .label
                .clone()
                .unwrap_or_else(|| format!("series {}", i + 1)),
        }
    }

    pub(super) fn check_lengths(&self) -> Result<(), PlotError> {
        for (i, series) in self.series.iter().enumerate() {
            let x = series.mark.x_values().len();
            let lengths = match &series.mark {
                Mark::Vertical { .. } | Mark::Horizontal { .. } => continue,
                Mark::Band { lo, hi, .. } => [lo.len(), hi.len()],
                Mark::Line { y, .. } | Mark::Step { y, .. } | Mark::Points { y, .. } => {
                    [y.len(); 2]
                }
            };
            if let Some(&y) = lengths.iter().find(|&&y| y != x) {
                let series = self.series_name(i);
                return Err(PlotError::Lengths { series, x, y });
            }
        }
        Ok(())
    }

    /// Whether any series says where the x axis should lie.
    pub(super) fn has_x(&self) -> bool {
        self.series.iter().any(|s| !s.mark.x_values().is_empty())
    }

    pub(super) fn x_axis(&self) -> Result<Axis, PlotError> {
        match self.x_range {
            Some((lo, hi)) => Axis::fixed("x", self.x_scale, lo, hi),
            None => {
                let values = self.series.iter().flat_map(|s| s.mark.x_values());
                Ok(Axis::fit(self.x_scale, 0.0, values.copied()))
            }
        }
    }

    pub(super) fn y_axis(&self) -> Result<Axis, PlotError> {
        match self.y_range {
            Some((lo, hi)) => Axis::fixed("y", self.y_scale, lo, hi),
            None => {
                let values = self.series.iter().flat_map(|s| s.mark.y_values()).flatten();
                Ok(Axis::fit(self.y_scale, 0.05, values.copied()))
            }
        }
    }
}
