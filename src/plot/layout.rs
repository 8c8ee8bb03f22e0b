use std::collections::BTreeMap;

use super::panel::Panel;
use super::placed::{Area, LABEL, Lines, Placed};
use super::scale::Axis;
use super::ticks::Ticks;
use super::{Figure, PlotError};

/// Sizes of text in CSS pixels.
pub(super) const TITLE: f64 = 14.0;
pub(super) const HEADING: f64 = 13.0;

/// Heights of one line of each.
pub(super) const TITLE_LINE: f64 = 24.0;
pub(super) const HEADING_LINE: f64 = 21.0;

const MARGIN: f64 = 10.0;
const COL_GAP: f64 = 14.0;
const ROW_GAP: f64 = 10.0;
/// The smallest side of a plot.
const SMALLEST: f64 = 24.0;
/// The largest side of a figure.
const LARGEST: u32 = 10_000;

/// Where everything of a figure stands.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub figure: &'a Figure,
    pub placed: Vec<Placed<'a>>,
    /// Top of the headings.
    pub headings_at: f64,
    /// Centre of each column's plots.
    pub centers: Vec<f64>,
}

impl<'a> Layout<'a> {
    pub fn new(figure: &'a Figure) -> Result<Self, PlotError> {
        check(figure)?;
        let panels = figure.panels.iter();
        let mut layout = Self {
            figure,
            placed: panels
                .map(|(&cell, panel)| start(figure, cell, panel))
                .collect::<Result<_, _>>()?,
            headings_at: MARGIN
                + if figure.title.is_empty() {
                    0.0
                } else {
                    TITLE_LINE
                },
            centers: Vec::new(),
        };
        // Margins depend on numbers, numbers on heights, heights on the legends' lines, and these
        // on the margins: a few rounds settle it.
        let mut margins = vec![(60.0, MARGIN); figure.cols];
        for _ in 0..3 {
            layout.place_columns(&margins)?;
            layout.place_rows()?;
            margins = layout.margins();
        }
        Ok(layout)
    }

    fn place_columns(&mut self, margins: &[(f64, f64)]) -> Result<(), PlotError> {
        let texts: f64 = margins.iter().map(|(left, right)| left + right).sum();
        let gaps = COL_GAP * (margins.len() - 1) as f64 + 2.0 * MARGIN;
        let width = (f64::from(self.figure.width) - gaps - texts) / margins.len() as f64;
        if width < SMALLEST {
            return Err(no_room(self.figure));
        }
        let mut left = MARGIN;
        self.centers.clear();
        for (col, margin) in margins.iter().enumerate() {
            left += margin.0;
            self.centers.push(left + width / 2.0);
            for p in self.placed.iter_mut().filter(|p| p.col == col) {
                (p.area.left, p.area.right) = (left, left + width);
                p.y_label_at = left - margin.0 + LABEL / 2.0;
                p.flow_legend();
                p.flow_marks();
            }
            left += width + margin.1 + COL_GAP;
        }
        Ok(())
    }

    fn place_rows(&mut self) -> Result<(), PlotError> {
        let rows = self.figure.rows;
        let mut above = vec![Lines::default(); rows];
        let mut below = vec![0.0_f64; rows];
        for p in &self.placed {
            above[p.row] = above[p.row].most(p.own_lines());
            below[p.row] = below[p.row].max(p.height_below());
        }
        let mut top = self.headings_at;
        if !self.figure.headings.is_empty() {
            top += HEADING_LINE;
        }
        let texts: f64 = above
            .iter()
            .map(|l| l.height())
            .chain(below.iter().copied())
            .sum();
        let gaps = ROW_GAP * (rows - 1) as f64 + MARGIN;
        let height = (f64::from(self.figure.height) - top - gaps - texts) / rows as f64;
        if height < SMALLEST {
            return Err(no_room(self.figure));
        }
        for row in 0..rows {
            top += above[row].height();
            for p in self.placed.iter_mut().filter(|p| p.row == row) {
                (p.area.top, p.area.bottom) = (top, top + height);
                p.lines = above[row];
                p.place_ticks();
            }
            top += height + below[row] + ROW_GAP;
        }
        Ok(())
    }

    /// What the texts beside the plots of each column need.
    fn margins(&self) -> Vec<(f64, f64)> {
        let mut margins = vec![(0.0_f64, MARGIN); self.figure.cols];
        for p in &self.placed {
            let (left, right) = margins[p.col];
            margins[p.col] = (left.max(p.width_left()), right.max(p.width_right()));
        }
        margins
    }
}

fn check(figure: &Figure) -> Result<(), PlotError> {
    let (rows, cols) = (figure.rows, figure.cols);
    if rows == 0 || cols == 0 {
        return Err(PlotError::EmptyGrid { rows, cols });
    }
    let headings = figure.headings.keys().map(|&col| (0, col));
    let mut cells = figure.panels.keys().copied().chain(headings);
    if let Some((row, col)) = cells.find(|c| c.0 >= rows || c.1 >= cols) {
        return Err(PlotError::OutsideGrid {
            row,
            col,
            rows,
            cols,
        });
    }
    let most = |side: u32| (f64::from(side) / SMALLEST) as usize;
    let (width, height) = (figure.width, figure.height);
    if width.max(height) > LARGEST || rows > most(height) || cols > most(width) {
        return Err(no_room(figure));
    }
    Ok(())
}

fn no_room(figure: &Figure) -> PlotError {
    PlotError::Size {
        width: figure.width,
        height: figure.height,
        max: LARGEST,
    }
}

/// Everything about a panel that does not depend on its place.
fn start<'a>(
    figure: &'a Figure,
    (row, col): (usize, usize),
    panel: &'a Panel,
) -> Result<Placed<'a>, PlotError> {
    panel.check_lengths()?;
    let mut x = panel.x_axis()?;
    let column: BTreeMap<_, _> = figure.panels.iter().filter(|(c, _)| c.1 == col).collect();
    let mut x_named = true;
    let mut x_label = panel.x_label.as_str();
    if figure.share_x {
        if column.values().any(|p| p.x_scale != panel.x_scale) {
            return Err(PlotError::MixedScales { col });
        }
        let fixed = column.values().find(|p| p.x_range.is_some());
        x = match fixed {
            Some(first) => first.x_axis()?,
            None => {
                let drawn = column.values().filter(|p| p.has_x());
                let axes = drawn.map(|p| p.x_axis()).collect::<Result<Vec<_>, _>>()?;
                axes.into_iter().reduce(Axis::union).unwrap_or(x)
            }
        };
        x_named = column.keys().all(|c| c.0 <= row);
        let named = column.values().rfind(|p| !p.x_label.is_empty());
        x_label = named.map_or("", |p| &p.x_label);
    }
    Ok(Placed {
        panel,
        row,
        col,
        area: Area::default(),
        x,
        y: panel.y_axis()?,
        x_ticks: Ticks::default(),
        y_ticks: Ticks::default(),
        x_named,
        x_label,
        y_label_at: 0.0,
        legend: Vec::new(),
        marks: Vec::new(),
        lines: Lines::default(),
    })
}
