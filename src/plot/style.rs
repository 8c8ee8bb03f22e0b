use super::Color;

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
    ///
    /// Series of one name and look share an entry.
    pub label: Option<String>,
    /// Colour.
    pub color: Color,
    /// Width of lines in CSS pixels; discs are three times as wide.
    pub width: f64,
    /// Opacity, 0 (invisible) to 1 (solid).
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
