/// A colour; the named ones are the colour-blind-safe palette of Okabe and Ito, and two greys.
///
/// ```
/// use sparse_parity::plot::Color;
/// assert_eq!(Color::Blue.rgb(), (0, 114, 178));
/// assert_eq!(Color::nth(0), Color::nth(Color::CYCLE.len()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Color {
    /// Black.
    Black,
    /// Orange, #E69F00.
    Orange,
    /// Sky blue, #56B4E9.
    SkyBlue,
    /// Bluish green, #009E73.
    Green,
    /// Yellow, #F0E442; hard to see as a thin line on white.
    Yellow,
    /// Blue, #0072B2.
    Blue,
    /// Vermillion, #D55E00.
    Vermillion,
    /// Reddish purple, #CC79A7.
    Purple,
    /// A middle grey, for secondary lines.
    Grey,
    /// A light grey, for lines that only give context.
    LightGrey,
    /// Red, green and blue, each 0 to 255.
    Rgb(u8, u8, u8),
}

impl Color {
    /// The palette in the order in which its colours are best told apart on white.
    pub const CYCLE: [Self; 7] = [
        Self::Blue,
        Self::Vermillion,
        Self::Green,
        Self::Orange,
        Self::Purple,
        Self::SkyBlue,
        Self::Black,
    ];

    /// Returns colour `i` of [`CYCLE`](Self::CYCLE), which starts again at its end.
    #[must_use]
    pub const fn nth(i: usize) -> Self {
        Self::CYCLE[i % Self::CYCLE.len()]
    }

    /// Returns red, green and blue.
    #[must_use]
    pub const fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Black => (0, 0, 0),
            Self::Orange => (230, 159, 0),
            Self::SkyBlue => (86, 180, 233),
            Self::Green => (0, 158, 115),
            Self::Yellow => (240, 228, 66),
            Self::Blue => (0, 114, 178),
            Self::Vermillion => (213, 94, 0),
            Self::Purple => (204, 121, 167),
            Self::Grey => (127, 127, 127),
            Self::LightGrey => (176, 176, 176),
            Self::Rgb(r, g, b) => (r, g, b),
        }
    }
}

/// The dash pattern of a line.
///
/// ```
/// use sparse_parity::plot::{Color, Dash, Style};
/// assert_eq!(Style::new(Color::Black).dotted().dash, Dash::Dotted);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Dashes four widths long.
    Dashed,
    /// Dots as long as the line is wide.
    Dotted,
}

/// The look of a series and its entry in the legend.
///
/// ```
/// use sparse_parity::plot::{Color, Style};
/// let rho = Style::new(Color::Black).label("rho").dashed();
/// let others = Style::context();
/// assert!(others.label.is_none() && rho.width > others.width);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Name in the legend; without one the series is left out of it.
    pub label: Option<String>,
    /// Colour.
    pub color: Color,
    /// Width of lines in CSS pixels; discs are three times as wide.
    pub width: f64,
    /// 0 (invisible) to 1 (solid).
    pub opacity: f64,
    /// Dash pattern of lines.
    pub dash: Dash,
}

impl Style {
    /// A solid line of 1.8 pixels.
    #[must_use]
    pub const fn new(color: Color) -> Self {
        Self {
            label: None,
            color,
            width: 1.8,
            opacity: 1.0,
            dash: Dash::Solid,
        }
    }

    /// A thin grey line for the many series that only give context; add these first.
    #[must_use]
    pub const fn context() -> Self {
        Self {
            label: None,
            color: Color::LightGrey,
            width: 0.6,
            opacity: 0.8,
            dash: Dash::Solid,
        }
    }

    /// A pale fill, for bands.
    #[must_use]
    pub const fn shade(color: Color) -> Self {
        Self::new(color).opacity(0.2)
    }

    /// Sets the name in the legend.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the width in CSS pixels.
    #[must_use]
    pub const fn width(mut self, width: f64) -> Self {
        self.width = width;
        self
    }

    /// Sets the opacity, 0 to 1.
    #[must_use]
    pub const fn opacity(mut self, opacity: f64) -> Self {
        self.opacity = opacity;
        self
    }

    /// Sets the dash pattern to [`Dash::Dashed`].
    #[must_use]
    pub const fn dashed(mut self) -> Self {
        self.dash = Dash::Dashed;
        self
    }

    /// Sets the dash pattern to [`Dash::Dotted`].
    #[must_use]
    pub const fn dotted(mut self) -> Self {
        self.dash = Dash::Dotted;
        self
    }
}
