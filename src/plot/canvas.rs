use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::element::{DashedPathElement, Drawable};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color as _, FontStyle, FontTransform, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle,
};

use super::{Color, Dash, PlotError, Style};

/// Plotters draws on whole pixels; ten of them to a CSS pixel make smooth lines.
const UNIT: f64 = 10.0;

const FONTS: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

/// One SVG layer, in CSS pixels from its upper left corner.
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
}

/// The look of a text, and its position relative to its point.
#[derive(Clone, Copy)]
pub(super) struct Font {
    pub size: f64,
    pub bold: bool,
    pub color: Color,
    pub anchor: HPos,
    pub upwards: bool,
}

/// Draws a separate SVG document.
pub(super) fn layer(
    (width, height): (f64, f64),
    draw: impl FnOnce(&mut Canvas<'_>) -> Result<(), PlotError>,
) -> Result<String, PlotError> {
    let mut svg = String::new();
    let size = (pixels(width) as u32, pixels(height) as u32);
    let backend = SVGBackend::with_string(&mut svg, size);
    let mut canvas = Canvas { backend };
    draw(&mut canvas)?;
    canvas.backend.present().map_err(failed)?;
    drop(canvas);
    Ok(svg)
}

/// Stacks layers, each at its upper left corner, on white; a layer clips what it holds.
pub(super) fn stack(
    (width, height): (u32, u32),
    layers: &[((f64, f64), String)],
) -> Result<String, PlotError> {
    let size = (f64::from(width), f64::from(height));
    let sheet = layer(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, Color::Rgb(255, 255, 255), 1.0)
    })?;
    let of_sheet = format!("width=\"{}\" height=\"{}\"", pixels(size.0), pixels(size.1));
    let shown = format!("width=\"{width}\" height=\"{height}\" stroke-linejoin=\"round\"");
    let mut svg = sheet.replacen(&of_sheet, &shown, 1);
    svg.truncate(svg.rfind("</svg>").unwrap_or(svg.len()));
    for ((left, top), layer) in layers {
        let place = format!("<svg x=\"{}\" y=\"{}\" ", pixels(*left), pixels(*top));
        svg.push_str(&layer.replacen("<svg ", &place, 1));
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

impl Canvas<'_> {
    pub fn rectangle(
        &mut self,
        from: (f64, f64),
        to: (f64, f64),
        color: Color,
        opacity: f64,
    ) -> Result<(), PlotError> {
        let style = paint(color, opacity).filled();
        self.backend
            .draw_rect(point(from), point(to), &style, true)
            .map_err(failed)
    }

    pub fn polygon(&mut self, points: &[(f64, f64)], style: &Style) -> Result<(), PlotError> {
        let fill = paint(style.color, style.opacity).filled();
        self.backend
            .fill_polygon(thinned(points), &fill)
            .map_err(failed)
    }

    pub fn disc(
        &mut self,
        center: (f64, f64),
        radius: f64,
        style: &Style,
    ) -> Result<(), PlotError> {
        let fill = paint(style.color, style.opacity).filled();
        self.backend
            .draw_circle(point(center), pixels(radius).max(1) as u32, &fill, true)
            .map_err(failed)
    }

    pub fn path(&mut self, points: &[(f64, f64)], style: &Style) -> Result<(), PlotError> {
        let width = pixels(style.width).max(1) as u32;
        let stroke = paint(style.color, style.opacity).stroke_width(width);
        let points = thinned(points);
        let (dash, gap) = match style.dash {
            Dash::Solid => return self.backend.draw_path(points, &stroke).map_err(failed),
            Dash::Dashed => (4 * width, 3 * width),
            Dash::Dotted => (width, 2 * width),
        };
        DashedPathElement::new(points.iter().copied(), dash, gap, stroke)
            .draw(points.iter().copied(), &mut self.backend, (0, 0))
            .map_err(failed)
    }

    /// Several lines, centred on a point across their direction.
    pub fn lines(
        &mut self,
        lines: &[String],
        (x, y): (f64, f64),
        apart: f64,
        font: Font,
    ) -> Result<(), PlotError> {
        let first = -apart * (lines.len() as f64 - 1.0) / 2.0;
        for (i, line) in lines.iter().enumerate() {
            let shift = first + apart * i as f64;
            let at = if font.upwards {
                (x + shift, y)
            } else {
                (x, y + shift)
            };
            self.text(line, at, font)?;
        }
        Ok(())
    }

    pub fn text(&mut self, text: &str, at: (f64, f64), font: Font) -> Result<(), PlotError> {
        // Control characters are not allowed in XML.
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        // The backend divides by 1.24.
        let size = (
            font.size * UNIT * 1.24,
            if font.bold {
                FontStyle::Bold
            } else {
                FontStyle::Normal
            },
        );
        let turn = if font.upwards {
            FontTransform::Rotate270
        } else {
            FontTransform::None
        };
        let color = paint(font.color, 1.0).color;
        let style = TextStyle::from((FONTS, size.0, size.1).into_font().transform(turn))
            .color(&color)
            .pos(Pos::new(font.anchor, VPos::Center));
        self.backend
            .draw_text(&text, &style, point(at))
            .map_err(failed)
    }
}

fn paint(color: Color, opacity: f64) -> ShapeStyle {
    let [r, g, b] = color.rgb();
    let opacity = if opacity.is_nan() {
        1.0
    } else {
        opacity.clamp(0.0, 1.0)
    };
    let color: RGBAColor = RGBColor(r, g, b).mix(opacity);
    color.into()
}

/// Rounds to the units of the backend; positions far outside the sheet are clamped.
fn pixels(v: f64) -> i32 {
    (v * UNIT).round().clamp(-2e5, 2e5) as i32
}

fn point((x, y): (f64, f64)) -> (i32, i32) {
    (pixels(x), pixels(y))
}

fn thinned(points: &[(f64, f64)]) -> Vec<(i32, i32)> {
    let mut points: Vec<_> = points.iter().map(|&p| point(p)).collect();
    points.dedup();
    points
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PlotError {
    PlotError::Draw(Box::new(error))
}
