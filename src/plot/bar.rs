use plotters::style::text_anchor::HPos;

use super::area::Area;
use super::canvas::{Canvas, Font};
use super::scale::Axis;
use super::series::Mark;
use super::text::{self, LABEL, LABEL_LINE, SMALL};
use super::ticks::Ticks;
use super::{Color, ColorScale, Panel, PlotError, Style};

/// The space between the plot or its labels and the bar.
const GAP: f64 = 10.0;
/// The width of the bar.
const WIDTH: f64 = 11.0;
/// The space between the bar and its numbers.
const TICK: f64 = 6.0;
const STEPS: usize = 100;

/// The bar right of a heat map.
#[derive(Debug)]
pub(super) struct Bar<'a> {
    pub colors: &'a ColorScale,
    pub axis: Axis,
    pub ticks: Ticks,
}

impl<'a> Bar<'a> {
    /// The bar of the first heat map of a panel.
    pub fn of(panel: &'a Panel) -> Result<Option<Self>, PlotError> {
        let map = panel.series.iter().find_map(|series| match &series.mark {
            Mark::HeatMap { values, colors, .. } => Some((values, colors)),
            _ => None,
        });
        let bar = |(values, colors): (&Vec<Vec<f64>>, &'a ColorScale)| {
            Ok(Self {
                colors,
                axis: colors.axis(values)?,
                ticks: Ticks::default(),
            })
        };
        map.map(bar).transpose()
    }

    pub fn place_ticks(&mut self, height: f64) {
        self.ticks = Ticks::upright(&self.axis, height);
    }

    pub fn width(&self, height: f64) -> f64 {
        if self.colors.no_bar {
            return 0.0;
        }
        GAP + WIDTH + self.numbers() + LABEL_LINE * self.name(height).len() as f64
    }

    fn numbers(&self) -> f64 {
        let widths = self.ticks.major.iter().map(|(_, l)| text::width(l, SMALL));
        TICK + widths.fold(0.0, f64::max)
    }

    fn name(&self, height: f64) -> Vec<String> {
        text::wrap(&self.colors.label, LABEL, height)
    }

    /// Draws the bar right of `from`.
    pub fn draw(
        &self,
        canvas: &mut Canvas<'_>,
        area: Area,
        from: f64,
        font: impl Fn(f64, HPos) -> Font,
    ) -> Result<(), PlotError> {
        if self.colors.no_bar {
            return Ok(());
        }
        let (left, right) = (from + GAP, from + GAP + WIDTH);
        let height = area.bottom - area.top;
        for step in 0..STEPS {
            let place = step as f64 / STEPS as f64;
            // Each reaches to the top and is covered by the next, so that no seam shows.
            let lower = (left, area.bottom - place * height);
            let color = Color::scale(place + 0.5 / STEPS as f64);
            canvas.rectangle((left, area.top), (right, lower.1), color, 1.0)?;
        }
        let thin = Style::new(font(SMALL, HPos::Left).color).width(0.8);
        for (value, label) in &self.ticks.major {
            let y = area.bottom - self.axis.fraction(*value) * height;
            canvas.path(&[(right, y), (right + 3.0, y)], &thin)?;
            canvas.text(label, (right + TICK, y), font(SMALL, HPos::Left))?;
        }
        let name = self.name(height);
        let upwards = Font {
            upwards: true,
            ..font(LABEL, HPos::Center)
        };
        let x = right + self.numbers() + LABEL_LINE * (0.1 + 0.5 * name.len() as f64);
        let at = (x, (area.top + area.bottom) / 2.0);
        canvas.lines(&name, at, LABEL_LINE, upwards)
    }
}
