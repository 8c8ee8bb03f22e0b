//! The axes that the panels of a column or row share.

use super::PlotError;
use super::figure::Figure;
use super::panel::Panel;
use super::scale::Axis;

/// An axis of a panel, whether its numbers are shown, and its name.
pub(super) struct Shared<'a> {
    pub axis: Axis,
    pub is_named: bool,
    pub label: &'a str,
}

/// The differences between the x and the y direction.
struct Direction {
    axis: &'static str,
    line: &'static str,
    of: fn(&Panel) -> Result<Axis, PlotError>,
    label: fn(&Panel) -> &String,
    is_fixed: fn(&Panel) -> bool,
    is_empty: fn(&Panel) -> bool,
    /// Whether scale and categories agree.
    agree: fn(&Panel, &Panel) -> bool,
}

const X: Direction = Direction {
    axis: "x",
    line: "column",
    of: Panel::x_axis,
    label: |panel| &panel.x_label,
    is_fixed: |panel| panel.x_range.is_some(),
    is_empty: |panel| {
        panel
            .series
            .iter()
            .all(|s| s.mark.x_values().next().is_none())
    },
    agree: |a, b| a.x_scale == b.x_scale && a.x_categories == b.x_categories,
};

const Y: Direction = Direction {
    axis: "y",
    line: "row",
    of: Panel::y_axis,
    label: |panel| &panel.y_label,
    is_fixed: |panel| panel.y_range.is_some(),
    is_empty: |panel| {
        panel
            .series
            .iter()
            .all(|s| s.mark.y_values().next().is_none())
    },
    agree: |a, b| a.y_scale == b.y_scale && a.y_categories == b.y_categories,
};

pub(super) fn x<'a>(
    figure: &'a Figure,
    (row, col): (usize, usize),
    panel: &'a Panel,
) -> Result<Shared<'a>, PlotError> {
    if !figure.share_x {
        return X.alone(panel);
    }
    let column = figure.panels.iter().filter(|(cell, _)| cell.1 == col);
    let is_lowest = column.clone().all(|(cell, _)| cell.0 <= row);
    let label = column.clone().map(|(_, p)| p.x_label.as_str()).rfind(named);
    X.together(
        panel,
        column.map(|(_, p)| p).collect(),
        col,
        (is_lowest, label),
    )
}

pub(super) fn y<'a>(
    figure: &'a Figure,
    (row, col): (usize, usize),
    panel: &'a Panel,
) -> Result<Shared<'a>, PlotError> {
    if !figure.share_y {
        return Y.alone(panel);
    }
    let line = figure.panels.iter().filter(|(cell, _)| cell.0 == row);
    let is_first = line.clone().all(|(cell, _)| cell.1 >= col);
    let label = line.clone().map(|(_, p)| p.y_label.as_str()).find(named);
    Y.together(
        panel,
        line.map(|(_, p)| p).collect(),
        row,
        (is_first, label),
    )
}

fn named(label: &&str) -> bool {
    !label.is_empty()
}

impl Direction {
    fn alone<'a>(&self, panel: &'a Panel) -> Result<Shared<'a>, PlotError> {
        Ok(Shared {
            axis: (self.of)(panel)?,
            is_named: true,
            label: (self.label)(panel),
        })
    }

    fn together<'a>(
        &self,
        panel: &'a Panel,
        line: Vec<&'a Panel>,
        index: usize,
        (is_named, label): (bool, Option<&'a str>),
    ) -> Result<Shared<'a>, PlotError> {
        if line.iter().any(|other| !(self.agree)(other, panel)) {
            return Err(PlotError::MixedScales {
                axis: self.axis,
                line: self.line,
                index,
            });
        }
        let axis = match line.iter().find(|p| (self.is_fixed)(p)) {
            Some(first) => (self.of)(first)?,
            None => {
                let drawn = line.iter().filter(|p| !(self.is_empty)(p));
                let axes = drawn.map(|p| (self.of)(p)).collect::<Result<Vec<_>, _>>()?;
                let all = axes.into_iter().reduce(Axis::union);
                all.map_or_else(|| (self.of)(panel), Ok)?
            }
        };
        Ok(Shared {
            axis,
            is_named,
            label: label.unwrap_or_default(),
        })
    }
}
