use super::PlotError;
use super::scale::{Axis, Scale};
use super::series::{Mark, Series};

/// One pair of axes and the series drawn in it, the first added lowest.
///
/// Points that are not finite, or not positive on a log axis, break the line. A triangle at the end of a log axis marks
/// where those are that are not positive; those that are not finite are left out.
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
    pub(super) x_categories: Vec<String>,
    pub(super) y_categories: Vec<String>,
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

    /// Names the places 0, 1, 2, … of the x axis, which then shows these and no numbers.
    ///
    /// This fixes the range and the scale of the axis.
    pub fn x_categories(mut self, names: &[impl AsRef<str>]) -> Self {
        self.x_categories = owned(names);
        self
    }

    /// Names the places 0, 1, 2, … of the y axis from top to bottom.
    ///
    /// This fixes the range and the scale of the axis.
    pub fn y_categories(mut self, names: &[impl AsRef<str>]) -> Self {
        self.y_categories = owned(names);
        self
    }

    /// Leaves out the legend above the plot.
    pub fn without_legend(mut self) -> Self {
        self.no_legend = true;
        self
    }

    /// The series' label, or its number from 1.
    pub(super) fn series_name(&self, i: usize) -> String {
        let series = &self.series[i];
        match &series.mark {
            Mark::Vertical { label, .. } | Mark::Horizontal { label, .. } if !label.is_empty() => {
                label.clone()
            }
            Mark::HeatMap { colors, .. } if !colors.label.is_empty() => colors.label.clone(),
            _ => series
                .style
                .label
                .clone()
                .unwrap_or_else(|| format!("series {}", i + 1)),
        }
    }

    pub(super) fn check(&self) -> Result<(), PlotError> {
        let mut marks = self.series.iter().enumerate();
        marks.try_for_each(|(i, series)| series.mark.check(|| self.series_name(i)))
    }

    pub(super) fn x_axis(&self) -> Result<Axis, PlotError> {
        if !self.x_categories.is_empty() {
            return Ok(Axis::categories(self.x_categories.len()));
        }
        match self.x_range {
            Some((lo, hi)) => Axis::fixed("x", self.x_scale, lo, hi),
            None => {
                let values = self.series.iter().flat_map(|s| s.mark.x_values());
                Ok(Axis::fit(self.x_scale, self.x_margin(), values))
            }
        }
    }

    pub(super) fn y_axis(&self) -> Result<Axis, PlotError> {
        if !self.y_categories.is_empty() {
            return Ok(Axis::categories(self.y_categories.len()).downwards());
        }
        match self.y_range {
            Some((lo, hi)) => Axis::fixed("y", self.y_scale, lo, hi),
            None => {
                let floor = self.floor_of_bins();
                let values = self.series.iter().flat_map(|s| s.mark.y_values());
                let values = values.map(|v| if v > 0.0 { v.max(floor) } else { v });
                let values = values.chain((floor > 0.0).then_some(floor));
                let margin = if self.is_map() { 0.0 } else { 0.05 };
                let axis = Axis::fit(self.y_scale, margin, values);
                let is_open = self.series.iter().any(|s| s.mark.is_open_above());
                Ok(if is_open { axis.raised(0.1) } else { axis })
            }
        }
    }

    /// The lower end of a log axis with histograms, half the smallest count; otherwise none.
    fn floor_of_bins(&self) -> f64 {
        let bins = self.series.iter().filter_map(|s| match &s.mark {
            Mark::Histogram { counts, .. } if self.y_scale == Scale::Log10 => Some(counts),
            _ => None,
        });
        let counts = bins.flatten().copied().filter(|&count| count > 0.0);
        counts.reduce(f64::min).map_or(0.0, |least| least / 2.0)
    }

    fn is_map(&self) -> bool {
        let is_map = |s: &Series| matches!(s.mark, Mark::HeatMap { .. });
        self.series.iter().any(is_map)
    }

    /// Boxes at the ends of the axis need half the distance between two, error bars a fixed margin.
    fn x_margin(&self) -> f64 {
        let Some(gap) = self.box_gap() else {
            let is_bar = |s: &Series| matches!(s.mark, Mark::ErrorBars { .. });
            return if self.series.iter().any(is_bar) {
                0.03
            } else {
                0.0
            };
        };
        let places = self.box_places();
        let range = places
            .last()
            .zip(places.first())
            .map_or(0.0, |(b, a)| b - a);
        (0.5 * gap / range).clamp(0.03, 0.5)
    }

    /// The smallest distance between positions of boxes, in units of the scale.
    pub(super) fn box_gap(&self) -> Option<f64> {
        let places = self.box_places();
        let gaps = places.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.reduce(f64::min)
    }

    /// The positions of boxes in units of the scale, each once.
    fn box_places(&self) -> Vec<f64> {
        let boxes = self.series.iter().filter_map(|s| match &s.mark {
            Mark::Boxes { x, .. } => Some(x),
            _ => None,
        });
        let shown = boxes.flatten().filter(|&&x| self.x_scale.shows(x));
        let mut places: Vec<f64> = shown.map(|&x| self.x_scale.map(x)).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        places
    }
}

fn owned(names: &[impl AsRef<str>]) -> Vec<String> {
    names.iter().map(|name| name.as_ref().to_owned()).collect()
}
