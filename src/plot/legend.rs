use std::mem::discriminant;

use plotters::style::text_anchor::HPos;

use super::area::{Area, hatched};
use super::canvas::{Canvas, Font};
use super::series::{Mark, Series};
use super::text::{self, SMALL, SMALL_LINE};
use super::{Panel, PlotError, Style};

/// From the start of an entry to its text.
const SWATCH: f64 = 26.0;
const ENTRY_GAP: f64 = 16.0;

/// One line of an entry; further lines of a long name have no sample.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    at: f64,
    sample: Option<&'a Series>,
    name: String,
}

/// Lines of entries.
#[derive(Debug, Default)]
pub(super) struct Legend<'a>(Vec<Vec<Entry<'a>>>);

/// The series with a name, each name and look once.
pub(super) fn named<'a>(panels: impl Iterator<Item = &'a Panel>) -> Vec<&'a Series> {
    let mut all: Vec<&Series> = Vec::new();
    for panel in panels.filter(|panel| !panel.no_legend) {
        for series in panel.series.iter().filter(|s| s.legend_label().is_some()) {
            if !all.iter().any(|other| look_the_same(other, series)) {
                all.push(series);
            }
        }
    }
    all
}

fn look_the_same(a: &Series, b: &Series) -> bool {
    let look = |s: &Series| (s.style.label.clone(), s.style.color, s.style.dash);
    discriminant(&a.mark) == discriminant(&b.mark) && look(a) == look(b)
}

impl<'a> Legend<'a> {
    /// Breaks entries into lines from `left` on, in columns where that takes no more lines.
    pub fn flow(series: &[&'a Series], left: f64, width: f64) -> Self {
        let name = |series: &'a Series| series.style.label.as_deref().unwrap_or_default();
        let entry = |series: &&'a Series| SWATCH + text::width(name(series), SMALL);
        let widest = series.iter().map(entry).fold(0.0, f64::max) + ENTRY_GAP;
        let loose = Self::lines_of(series, left, width, 0.0);
        let columns = Self::lines_of(series, left, width, widest);
        if columns.len() == loose.len() && loose.len() > 1 {
            Self(columns)
        } else {
            Self(loose)
        }
    }

    fn lines_of(series: &[&'a Series], left: f64, width: f64, column: f64) -> Vec<Vec<Entry<'a>>> {
        let mut lines: Vec<Vec<Entry<'a>>> = Vec::new();
        let mut used = f64::INFINITY;
        for &series in series {
            let name = series.style.label.as_deref().unwrap_or_default();
            let pieces = text::wrap(name, SMALL, width - SWATCH);
            for (i, piece) in pieces.iter().enumerate() {
                let entry = SWATCH + text::width(piece, SMALL);
                if used + entry > width || i > 0 {
                    lines.push(Vec::new());
                    used = 0.0;
                }
                if let Some(line) = lines.last_mut() {
                    line.push(Entry {
                        at: left + used,
                        sample: (i == 0).then_some(series),
                        name: piece.clone(),
                    });
                }
                used += (entry + ENTRY_GAP).max(column);
            }
            if pieces.len() > 1 {
                used = f64::INFINITY;
            }
        }
        lines
    }

    pub fn lines(&self) -> usize {
        self.0.len()
    }

    /// Draws the lines downwards from the middle of the first.
    pub fn draw(&self, canvas: &mut Canvas<'_>, first: f64, font: Font) -> Result<(), PlotError> {
        for (i, line) in self.0.iter().enumerate() {
            let y = first + SMALL_LINE * i as f64;
            for entry in line {
                if let Some(series) = entry.sample {
                    swatch(canvas, series, (entry.at, y), SWATCH - 6.0)?;
                }
                let font = Font {
                    anchor: HPos::Left,
                    ..font
                };
                canvas.text(&entry.name, (entry.at + SWATCH, y), font)?;
            }
        }
        Ok(())
    }
}

/// The sample of a series, `width` wide with the middle of its left end at `at`.
fn swatch(
    canvas: &mut Canvas<'_>,
    series: &Series,
    (x, y): (f64, f64),
    width: f64,
) -> Result<(), PlotError> {
    let style = &series.style;
    let pen = style.clone().width(style.width.clamp(1.0, 6.0));
    let center = x + width / 2.0;
    let (left, top, right, bottom) = (x, y - 4.0, x + width, y + 4.0);
    match series.mark {
        Mark::Points { .. } => canvas.disc((center, y), 1.5 * style.width.min(3.0), style),
        Mark::Band { .. } => {
            canvas.rectangle((left, top), (right, bottom), style.color, style.opacity)
        }
        Mark::Histogram { .. } | Mark::Boxes { .. } => {
            let opacity = style.opacity / 4.0;
            canvas.rectangle((left, top), (right, bottom), style.color, opacity)?;
            let corners = [
                (left, top),
                (right, top),
                (right, bottom),
                (left, bottom),
                (left, top),
            ];
            canvas.path(&corners, &Style { width: 1.0, ..pen })
        }
        Mark::ErrorBars { .. } => {
            for y in [y - 5.0, y + 5.0] {
                canvas.path(&[(center - 3.0, y), (center + 3.0, y)], &pen)?;
            }
            canvas.path(&[(center, y - 5.0), (center, y + 5.0)], &pen)
        }
        Mark::HeatMap { .. } => hatched(
            canvas,
            Area {
                left,
                top,
                right,
                bottom,
            },
        ),
        Mark::Line { .. } | Mark::Step { .. } | Mark::Vertical { .. } | Mark::Horizontal { .. } => {
            canvas.path(&[(x, y), (x + width, y)], &pen)
        }
    }
}
