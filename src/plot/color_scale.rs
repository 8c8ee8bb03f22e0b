use super::scale::Axis;
use super::{Color, PlotError, Scale};

/// The colours of the values of a heat map, and the bar that shows them.
///
/// Colours run from dark to light, a helix in the space Oklab: equal steps of a value are about equal
/// steps to the eye, and lightness alone tells the order, so that it reads in grey and by the
/// colour-blind.
///
/// ```
/// use sparse_parity::plot::{ColorScale, Scale};
/// let solved = ColorScale::new("share of runs solved").range(0.0, 1.0).numbers(2);
/// let time = ColorScale::new("t_c [updates]").scale(Scale::Log10).missing("not solved");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ColorScale {
    pub(super) label: String,
    pub(super) scale: Scale,
    pub(super) range: Option<(f64, f64)>,
    pub(super) decimals: Option<usize>,
    pub(super) texts: Option<Vec<Vec<String>>>,
    pub(super) missing: Option<String>,
    pub(super) no_bar: bool,
}

impl ColorScale {
    /// A linear scale that fits the values; the label names them, with their unit.
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..Self::default()
        }
    }

    /// Fixes the values of the first and the last colour; values beyond take these colours.
    ///
    /// Panels to be compared need the same range.
    pub fn range(mut self, lo: f64, hi: f64) -> Self {
        self.range = Some((lo, hi));
        self
    }

    /// Sets the scale.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = scale;
        self
    }

    /// Writes each value into its cell with so many decimals, at most 1074, where it fits.
    pub fn numbers(mut self, decimals: usize) -> Self {
        self.decimals = Some(decimals);
        self
    }

    /// Writes a text into each cell, where all fit, in place of its value: such as the counts that a share is of.
    ///
    /// There is a text for each value, in rows like the values.
    ///
    /// ```
    /// use sparse_parity::plot::{ColorScale, Panel};
    /// let colors = ColorScale::new("share solved").texts(&[["1/4", "9/9"]]);
    /// let panel = Panel::new().heat_map(&[[0.25, 1.0]], colors);
    /// ```
    pub fn texts<R: AsRef<[S]>, S: AsRef<str>>(mut self, texts: &[R]) -> Self {
        let row = |row: &R| {
            row.as_ref()
                .iter()
                .map(|text| text.as_ref().into())
                .collect()
        };
        self.texts = Some(texts.iter().map(row).collect());
        self
    }

    /// Adds a legend entry for hatched cells, whose value is not finite or has no logarithm; it is shown only
    /// if there are such cells.
    pub fn missing(mut self, label: impl Into<String>) -> Self {
        self.missing = Some(label.into());
        self
    }

    /// Leaves out the bar, for panels that share the range of another one.
    pub fn without_bar(mut self) -> Self {
        self.no_bar = true;
        self
    }

    /// The text of each cell; empty where there is none.
    pub(super) fn cell_texts(&self, values: &[Vec<f64>]) -> Vec<Vec<String>> {
        let number = |&value: &f64| match self.decimals {
            Some(decimals) if self.scale.shows(value) => number(value, decimals),
            _ => String::new(),
        };
        let numbers = || values.iter().map(|row| row.iter().map(number).collect());
        self.texts.clone().unwrap_or_else(|| numbers().collect())
    }

    pub(super) fn axis(&self, values: &[Vec<f64>]) -> Result<Axis, PlotError> {
        match self.range {
            Some((lo, hi)) => Axis::fixed("colour", self.scale, lo, hi),
            None => Ok(Axis::fit(self.scale, 0.0, values.iter().flatten().copied())),
        }
    }

    /// The colour of a value; `None` if the axis cannot show it.
    pub(super) fn color(axis: &Axis, value: f64) -> Option<Color> {
        let shown = axis.scale.shows(value);
        shown.then(|| Color::scale(axis.fraction(value)))
    }
}

/// The decimals of the smallest number; none has more.
const MOST_DECIMALS: usize = 1074;

fn number(value: f64, decimals: usize) -> String {
    let decimals = decimals.min(MOST_DECIMALS);
    let digits = format!("{:.decimals$}", value.abs());
    let is_zero = digits.chars().all(|c| c == '0' || c == '.');
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{digits}")
}
