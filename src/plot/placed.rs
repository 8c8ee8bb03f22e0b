use super::Panel;
use super::area::Area;
use super::bar::Bar;
use super::categories::{self, Stand};
use super::ends;
use super::legend::{self, Legend};
use super::scale::Axis;
use super::series::Mark;
use super::text::{self, LABEL, LABEL_LINE, SMALL, SMALL_LINE, TIGHT};
use super::ticks::Ticks;

/// The space between an axis and its numbers.
pub(super) const TICK: f64 = 7.0;
/// The space between the plot and the text above it.
pub(super) const LIFT: f64 = 4.0;
/// The space between the plot and the text right of it.
pub(super) const BESIDE: f64 = 6.0;

const LEAST_RIGHT: f64 = 10.0;
/// Labels of horizontal lines are broken at this width.
const BROKEN: f64 = 110.0;

/// A panel with the positions of its parts.
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
    pub x_stand: Stand,
    /// Whether the numbers and the name of an axis are shown.
    pub x_named: bool,
    pub y_named: bool,
    pub x_label: &'a str,
    pub y_label: &'a str,
    /// Left end of the name of the y axis.
    pub y_label_at: f64,
    pub title: Vec<String>,
    pub legend: Legend<'a>,
    pub bar: Option<Bar<'a>>,
    /// Lines of labels of vertical lines, and the centre of each.
    pub marks: Vec<Vec<(f64, String)>>,
    /// The number of text lines above the plot: the largest of its row, so that neighbours are aligned.
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

impl Placed<'_> {
    pub fn x_at(&self, x: f64) -> f64 {
        self.area.left + self.x.fraction(x) * self.area.width()
    }

    pub fn y_at(&self, y: f64) -> f64 {
        self.area.bottom - self.y.fraction(y) * self.area.height()
    }

    /// Breaks title and legend into lines.
    pub fn flow_texts(&mut self, is_legend_shared: bool) {
        let (left, width) = (self.area.left, self.area.width());
        self.title = text::wrap(&self.panel.title, LABEL, width + 2.0 * LEAST_RIGHT);
        if !is_legend_shared {
            let series = legend::named(std::iter::once(self.panel));
            self.legend = Legend::flow(&series, left, width);
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
            let label = text::elided(label, SMALL, self.area.width());
            let half = text::width(&label, SMALL) / 2.0;
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
            self.marks[line].push((at, label));
        }
    }

    pub fn place_x_ticks(&mut self) {
        let (x, width) = (self.x, self.area.width());
        if self.panel.x_categories.is_empty() {
            self.x_ticks = Ticks::choose(&x, |a, b| {
                let apart = (text::width(&a.1, SMALL) + text::width(&b.1, SMALL)) / 2.0;
                (x.fraction(b.0) - x.fraction(a.0)) * width >= (apart + 12.0).max(40.0)
            });
        } else {
            (self.x_ticks, self.x_stand) = categories::below(&self.panel.x_categories, width);
        }
    }

    pub fn place_y_ticks(&mut self) {
        let height = self.area.height();
        if self.panel.y_categories.is_empty() {
            self.y_ticks = Ticks::upright(&self.y, height);
        } else {
            self.y_ticks = categories::at_left(&self.panel.y_categories, height);
        }
        if let Some(bar) = &mut self.bar {
            bar.place_ticks(height);
        }
    }

    /// The margin around the axes into which wide lines and discs at the ends may reach.
    pub fn overhang(&self) -> (f64, f64) {
        let margin = |inside: bool| if inside { 4.0 } else { 0.5 };
        let series = &self.panel.series;
        let inside = |axis: &Axis, v: f64| axis.contains(v) || !axis.scale.shows(v);
        let mut x = series.iter().flat_map(|s| s.mark.x_values());
        let mut y = series.iter().flat_map(|s| s.mark.y_values());
        (
            margin(x.all(|v| inside(&self.x, v))),
            margin(y.all(|v| inside(&self.y, v))),
        )
    }

    pub fn own_lines(&self) -> Lines {
        Lines {
            title: self.title.len(),
            legend: self.legend.lines(),
            marks: self.marks.len(),
        }
    }

    pub fn x_label_lines(&self) -> Vec<String> {
        text::wrap(self.x_label, LABEL, self.area.width() + 2.0 * LEAST_RIGHT)
    }

    pub fn y_label_lines(&self) -> Vec<String> {
        // Above and below the plot, the area of the texts is free.
        let beyond = self.lines.height().min(self.height_below());
        text::wrap(self.y_label, LABEL, self.area.height() + 1.6 * beyond)
    }

    pub fn height_below(&self) -> f64 {
        if !self.x_named {
            return TICK;
        }
        let label = LABEL_LINE * self.x_label_lines().len() as f64;
        TICK + self.x_stand.height() + label
    }

    pub fn width_left(&self) -> f64 {
        if !self.y_named {
            return TICK;
        }
        let numbers = self.y_ticks.major.iter();
        let widths = numbers.map(|(_, label)| text::width(label, SMALL));
        let name = LABEL_LINE * self.y_label_lines().len() as f64;
        TICK + widths.fold(0.0, f64::max) + name
    }

    /// The positions of the labels of horizontal lines, moved apart where they would touch.
    pub fn labels_beside(&self) -> Vec<(f64, Vec<String>)> {
        let labels = self
            .panel
            .series
            .iter()
            .filter_map(|series| match &series.mark {
                Mark::Horizontal { y, label } if self.y.contains(*y) => {
                    Some((self.y_at(*y), text::wrap(label, SMALL, BROKEN)))
                }
                _ => None,
            });
        let mut labels: Vec<_> = labels.filter(|(_, lines)| !lines.is_empty()).collect();
        labels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut free = f64::NEG_INFINITY;
        for (y, lines) in &mut labels {
            let half = TIGHT * lines.len() as f64 / 2.0;
            *y = y.max(free + half);
            free = *y + half;
        }
        // What was moved beyond the texts below the plot is moved up again.
        let mut free = self.area.bottom + self.height_below();
        for (y, lines) in labels.iter_mut().rev() {
            let half = TIGHT * lines.len() as f64 / 2.0;
            *y = y.min(free - half);
            free = *y - half;
        }
        labels
    }

    /// The areas of the labels of horizontal lines.
    pub fn areas_beside(&self) -> impl Iterator<Item = Area> {
        let left = self.area.right + BESIDE;
        self.labels_beside().into_iter().map(move |(y, lines)| {
            let widths = lines.iter().map(|line| text::width(line, SMALL));
            let half = TIGHT * lines.len() as f64 / 2.0;
            Area {
                left,
                top: y - half,
                right: left + widths.fold(0.0, f64::max),
                bottom: y + half,
            }
        })
    }

    /// The width of the labels of horizontal lines.
    pub fn width_beside(&self) -> f64 {
        let widths = self
            .areas_beside()
            .map(|label| label.right - self.area.right);
        widths.fold(0.0, f64::max)
    }

    pub fn width_right(&self) -> f64 {
        let bar = self.bar.as_ref();
        let bar = bar.map_or(0.0, |bar| bar.width(self.area.height()));
        let beyond = ends::place(self).into_iter();
        let beyond = beyond.map(|label| label.area.right - self.area.right);
        (self.width_beside() + bar).max(beyond.fold(LEAST_RIGHT, f64::max))
    }
}
