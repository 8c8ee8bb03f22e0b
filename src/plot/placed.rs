use super::Panel;
use super::canvas::text_width;
use super::scale::Axis;
use super::series::{Mark, Series};
use super::ticks::Ticks;

/// Sizes of text in CSS pixels.
pub(super) const LABEL: f64 = 12.0;
pub(super) const SMALL: f64 = 11.0;

/// Heights of one line of each.
pub(super) const LABEL_LINE: f64 = 18.0;
pub(super) const SMALL_LINE: f64 = 16.0;

/// From the start of a legend entry to its text.
pub(super) const SWATCH: f64 = 26.0;
/// From an axis to its numbers.
pub(super) const TICK: f64 = 7.0;
/// From the plot to the text above it.
pub(super) const LIFT: f64 = 4.0;

/// From the plot to the text right of it.
pub(super) const BESIDE: f64 = 6.0;

const ENTRY_GAP: f64 = 16.0;
const LEAST_RIGHT: f64 = 10.0;

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// A panel with everything that is needed to draw it.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub panel: &'a Panel,
    pub row: usize,
    pub col: usize,
    pub area: Area,
    pub x: Axis,
    pub y: Axis,
    pub x_ticks: Ticks,
    pub y_ticks: Ticks,
    /// Whether the numbers and the name of the x axis are shown.
    pub x_named: bool,
    pub x_label: &'a str,
    /// Centre of the name of the y axis.
    pub y_label_at: f64,
    /// Lines of the legend, and where in its line each entry starts.
    pub legend: Vec<Vec<(f64, &'a Series)>>,
    /// Lines of labels of vertical lines, and the centre of each.
    pub marks: Vec<Vec<(f64, &'a str)>>,
    /// Lines above the plot, the most of its row, so that neighbours stand level.
    pub lines: Lines,
}

/// Numbers of lines of text above a plot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lines {
    pub title: usize,
    pub legend: usize,
    pub marks: usize,
}

impl Lines {
    pub fn most(self, other: Self) -> Self {
        Self {
            title: self.title.max(other.title),
            legend: self.legend.max(other.legend),
            marks: self.marks.max(other.marks),
        }
    }

    pub fn height(self) -> f64 {
        LABEL_LINE * self.title as f64 + SMALL_LINE * (self.legend + self.marks) as f64 + LIFT
    }
}

impl Area {
    pub fn center(&self) -> f64 {
        (self.left + self.right) / 2.0
    }
}

impl Placed<'_> {
    pub fn x_at(&self, x: f64) -> f64 {
        self.area.left + self.x.fraction(x) * (self.area.right - self.area.left)
    }

    pub fn y_at(&self, y: f64) -> f64 {
        self.area.bottom - self.y.fraction(y) * (self.area.bottom - self.area.top)
    }

    /// Breaks the legend into lines.
    pub fn flow_legend(&mut self) {
        let width = self.area.right - self.area.left;
        self.legend.clear();
        let mut used = f64::INFINITY;
        let labelled = |s: &&Series| s.style.label.is_some();
        let shown = if self.panel.no_legend {
            &[]
        } else {
            &self.panel.series[..]
        };
        for series in shown.iter().filter(labelled) {
            let label = series.style.label.as_deref().unwrap_or_default();
            let entry = SWATCH + text_width(label, SMALL);
            if used + entry > width {
                self.legend.push(Vec::new());
                used = 0.0;
            }
            if let Some(line) = self.legend.last_mut() {
                line.push((self.area.left + used, series));
            }
            used += entry + ENTRY_GAP;
        }
    }

    /// Puts the label of each vertical line above it, on the lowest line where it is free.
    pub fn flow_marks(&mut self) {
        self.marks.clear();
        let mut ends: Vec<Vec<(f64, f64)>> = Vec::new();
        for series in &self.panel.series {
            let Mark::Vertical { x, label } = &series.mark else {
                continue;
            };
            if label.is_empty() || !self.x.contains(*x) {
                continue;
            }
            let half = text_width(label, SMALL) / 2.0;
            let most = (self.area.right - half).max(self.area.left + half);
            let at = self.x_at(*x).clamp(self.area.left + half, most);
            let (from, to) = (at - half - 4.0, at + half + 4.0);
            let free = ends
                .iter()
                .position(|line| line.iter().all(|&(a, b)| to <= a || b <= from));
            let line = free.unwrap_or(ends.len());
            if free.is_none() {
                ends.push(Vec::new());
                self.marks.push(Vec::new());
            }
            ends[line].push((from, to));
            self.marks[line].push((at, label.as_str()));
        }
    }

    pub fn place_ticks(&mut self) {
        let (width, height) = (
            self.area.right - self.area.left,
            self.area.bottom - self.area.top,
        );
        let (x, y) = (self.x, self.y);
        self.x_ticks = Ticks::choose(&x, |a, b| {
            let room = (text_width(&a.1, SMALL) + text_width(&b.1, SMALL)) / 2.0;
            (x.fraction(b.0) - x.fraction(a.0)) * width >= (room + 12.0).max(40.0)
        });
        self.y_ticks = Ticks::choose(&y, |a, b| {
            (y.fraction(b.0) - y.fraction(a.0)) * height >= 26.0
        });
    }

    /// Room around the axes into which wide lines and discs at the ends may reach.
    pub fn overhang(&self) -> (f64, f64) {
        let room = |inside: bool| if inside { 4.0 } else { 0.5 };
        let series = &self.panel.series;
        let inside = |axis: &Axis, v: &f64| axis.contains(*v) || !axis.scale.shows(*v);
        let mut x = series.iter().flat_map(|s| s.mark.x_values());
        let mut y = series.iter().flat_map(|s| s.mark.y_values()).flatten();
        (
            room(x.all(|v| inside(&self.x, v))),
            room(y.all(|v| inside(&self.y, v))),
        )
    }

    pub fn own_lines(&self) -> Lines {
        Lines {
            title: usize::from(!self.panel.title.is_empty()),
            legend: self.legend.len(),
            marks: self.marks.len(),
        }
    }

    pub fn height_below(&self) -> f64 {
        if !self.x_named {
            return TICK;
        }
        let label = if self.x_label.is_empty() {
            0.0
        } else {
            LABEL_LINE
        };
        TICK + SMALL_LINE + label
    }

    pub fn width_left(&self) -> f64 {
        let widths = self
            .y_ticks
            .major
            .iter()
            .map(|(_, label)| text_width(label, SMALL));
        let name = if self.panel.y_label.is_empty() {
            0.0
        } else {
            LABEL_LINE
        };
        TICK + widths.fold(0.0, f64::max) + name
    }

    pub fn width_right(&self) -> f64 {
        let widths = self.panel.series.iter().map(|series| match &series.mark {
            Mark::Horizontal { label, .. } => BESIDE + text_width(label, SMALL),
            _ => 0.0,
        });
        widths.fold(LEAST_RIGHT, f64::max)
    }
}
