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

/// Where the name of a series stands.
///
/// ```
/// use sparse_parity::plot::{Color, Place, Style};
/// assert_eq!(Style::new(Color::Black).label("k = 3").place, Place::Legend);
/// assert_eq!(Style::new(Color::Black).end_label("k = 3").place, Place::End);
/// assert_eq!(Style::new(Color::Black).data_label("k = 3").place, Place::Data);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In the legend, beside a sample of the mark.
    #[default]
    Legend,
    /// At the end of the curve, in its colour.
    ///
    /// This is for lines, steps and points; other marks have their names in the legend.
    End,
    /// In the CSV and not in the picture.
    Data,
}

/// The look of a series, its name, and where the name stands.
///
/// ```
/// use sparse_parity::plot::{Color, Style};
/// let rho = Style::new(Color::Black).label("rho").dashed();
/// let others = Style::context();
/// assert!(others.label.is_none() && rho.width > others.width);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Name; without one the series is in no legend, and the CSV has its number.
    ///
    /// Series of one name and look share an entry of the legend.
    pub label: Option<String>,
    /// Where the name stands.
    pub place: Place,
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
            place: Place::Legend,
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
            place: Place::Legend,
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

    /// Sets the name, and puts it at the end of the curve, in its colour, instead of into the legend.
    ///
    /// A reader finds the name of a curve there without comparing colours. The name stands where it covers the
    /// fewest curves and no other name, beside the last point that the axes show.
    #[must_use]
    pub fn end_label(self, label: impl Into<String>) -> Self {
        Self {
            place: Place::End,
            ..self.label(label)
        }
    }

    /// Sets the name that the CSV has, which the picture does not show.
    ///
    /// Error bars of a curve that has its name in the picture are named so, and curves that need no legend.
    #[must_use]
    pub fn data_label(self, label: impl Into<String>) -> Self {
        Self {
            place: Place::Data,
            ..self.label(label)
        }
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
