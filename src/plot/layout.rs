use super::area::Area;
use super::bar::Bar;
use super::categories::Stand;
use super::figure::Figure;
use super::legend::{self, Legend};
use super::panel::Panel;
use super::placed::{Lines, Placed};
use super::text::{self, HEADING_LINE, SMALL_LINE, TITLE, TITLE_LINE};
use super::ticks::Ticks;
use super::{PlotError, sharing};

const MARGIN: f64 = 10.0;
const COL_GAP: f64 = 14.0;
const ROW_GAP: f64 = 10.0;
/// The space after the title, after the legend of all panels and after the headings of rows.
const REST: f64 = 4.0;
/// The smallest side of a plot.
const SMALLEST: f64 = 24.0;
/// The largest side of a figure.
const LARGEST: u32 = 10_000;

/// The positions of all parts of a figure.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub figure: &'a Figure,
    pub placed: Vec<Placed<'a>>,
    pub title: Vec<String>,
    /// The top of the title.
    pub title_at: f64,
    /// The middle of the first line of the legend of all panels.
    pub legend_at: f64,
    /// The top of the headings of columns.
    pub headings_at: f64,
    /// Middle of the headings of rows.
    pub row_headings_at: f64,
    /// The legend of all panels.
    pub legend: Legend<'a>,
    /// Centre of each column's plots and width of the column.
    pub centers: Vec<(f64, f64)>,
    /// Middle of each row's plots and height of the row.
    pub middles: Vec<(f64, f64)>,
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
            title: text::wrap(&figure.title, TITLE, f64::from(figure.width) - 4.0 * MARGIN),
            title_at: MARGIN,
            legend_at: 0.0,
            headings_at: 0.0,
            row_headings_at: MARGIN + HEADING_LINE * 0.4,
            legend: Legend::default(),
            centers: Vec::new(),
            middles: Vec::new(),
        };
        // Margins depend on numbers, numbers on heights, heights on the legends' lines, and these
        // on the margins: a few iterations suffice.
        let mut margins = vec![(60.0, MARGIN); figure.cols];
        for _ in 0..5 {
            layout.place_columns(&margins)?;
            layout.place_rows()?;
            margins = layout.margins();
        }
        Ok(layout)
    }

    fn place_columns(&mut self, margins: &[(f64, f64)]) -> Result<(), PlotError> {
        let start = match self.figure.row_headings.is_empty() {
            true => MARGIN,
            false => MARGIN + HEADING_LINE + REST,
        };
        let texts: f64 = margins.iter().map(|(left, right)| left + right).sum();
        let gaps = COL_GAP * (margins.len() - 1) as f64 + start + MARGIN;
        let width = (f64::from(self.figure.width) - gaps - texts) / margins.len() as f64;
        if width < SMALLEST {
            return Err(too_small(self.figure));
        }
        let mut left = start;
        self.centers.clear();
        for (col, margin) in margins.iter().enumerate() {
            let whole = margin.0 + width + margin.1;
            let name = left;
            left += margin.0;
            self.centers.push((left + width / 2.0, whole));
            for p in self.placed.iter_mut().filter(|p| p.col == col) {
                (p.area.left, p.area.right) = (left, left + width);
                p.y_label_at = name;
                p.flow_texts(self.figure.legend_once);
                p.flow_marks();
                p.place_x_ticks();
            }
            left += width + margin.1 + COL_GAP;
        }
        if self.figure.legend_once {
            let series = legend::named(self.figure.panels.values());
            let from = start + margins.first().map_or(0.0, |margin| margin.0);
            let to = f64::from(self.figure.width) - MARGIN;
            self.legend = Legend::flow(&series, from, to - from);
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
        let mut top = self.place_heads();
        let texts: f64 = above
            .iter()
            .map(|l| l.height())
            .chain(below.iter().copied())
            .sum();
        let gaps = ROW_GAP * (rows - 1) as f64 + MARGIN;
        let height = (f64::from(self.figure.height) - top - gaps - texts) / rows as f64;
        if height < SMALLEST {
            return Err(too_small(self.figure));
        }
        self.middles.clear();
        for row in 0..rows {
            let whole = above[row].height() + height + below[row];
            top += above[row].height();
            self.middles.push((top + height / 2.0, whole));
            for p in self.placed.iter_mut().filter(|p| p.row == row) {
                (p.area.top, p.area.bottom) = (top, top + height);
                p.lines = above[row];
                p.place_y_ticks();
            }
            top += height + below[row] + ROW_GAP;
        }
        Ok(())
    }

    /// Places title, legend and headings of columns; returns the top of the rest.
    fn place_heads(&mut self) -> f64 {
        let height = |lines: usize, line: f64| match lines {
            0 => 0.0,
            _ => lines as f64 * line + REST,
        };
        let mut top = self.title_at + height(self.title.len(), TITLE_LINE);
        self.legend_at = top + SMALL_LINE / 2.0;
        top += height(self.legend.lines(), SMALL_LINE);
        self.headings_at = top;
        if !self.figure.headings.is_empty() {
            top += HEADING_LINE;
        }
        top
    }

    /// The widths of the texts left and right of the plots of each column.
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
    let row_headings = figure.row_headings.keys().map(|&row| (row, 0));
    let panels = figure.panels.keys().copied();
    let mut cells = panels.chain(headings).chain(row_headings);
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
        return Err(too_small(figure));
    }
    Ok(())
}

fn too_small(figure: &Figure) -> PlotError {
    PlotError::Size {
        width: figure.width,
        height: figure.height,
        max: LARGEST,
    }
}

/// The parts of a panel that do not depend on its position.
fn start<'a>(
    figure: &'a Figure,
    cell: (usize, usize),
    panel: &'a Panel,
) -> Result<Placed<'a>, PlotError> {
    panel.check()?;
    let (x, y) = (
        sharing::x(figure, cell, panel)?,
        sharing::y(figure, cell, panel)?,
    );
    Ok(Placed {
        panel,
        row: cell.0,
        col: cell.1,
        area: Area::default(),
        x: x.axis,
        y: y.axis,
        x_ticks: Ticks::default(),
        y_ticks: Ticks::default(),
        x_stand: Stand::Level(1),
        x_named: x.is_named,
        y_named: y.is_named,
        x_label: x.label,
        y_label: y.label,
        y_label_at: 0.0,
        title: Vec::new(),
        legend: Legend::default(),
        bar: Bar::of(panel)?,
        marks: Vec::new(),
        lines: Lines::default(),
    })
}
