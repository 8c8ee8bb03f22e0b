use super::oklab;

/// A colour; the named ones are the colour-blind-safe palette of Okabe and Ito, and two greys.
///
/// Series without an order take colours of the palette, [`nth`](Self::nth); series with one, such as
/// batch sizes, take steps of a scale, [`sequence`](Self::sequence).
///
/// ```
/// use sparse_parity::plot::Color;
/// assert_eq!(Color::Blue.rgb(), [0, 114, 178]);
/// assert_eq!(Color::nth(0), Color::nth(Color::CYCLE.len()));
/// assert_ne!(Color::sequence(0, 12), Color::sequence(11, 12));
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

/// The part of the scale that stays visible as a thin line on white.
const VISIBLE: f64 = 0.8;

impl Color {
    /// The palette, in the order that keeps its colours most distinct on white.
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

    /// Returns colour `i`, counted from 0, of `count` ordered ones, from dark to light.
    ///
    /// They are even steps along the scale of [`ColorScale`](super::ColorScale), without its lightest
    /// fifth. An `i` beyond the last gives the last.
    #[must_use]
    pub fn sequence(i: usize, count: usize) -> Self {
        let last = count.saturating_sub(1).max(1);
        Self::scale(VISIBLE * i.min(last) as f64 / last as f64)
    }

    /// Returns the step `i` of `count` from this colour towards white, which is never reached.
    ///
    /// Step 0 is the colour itself.
    #[must_use]
    pub fn shade_of(self, i: usize, count: usize) -> Self {
        let share = 0.75 * i.min(count) as f64 / count.saturating_sub(1).max(1) as f64;
        let mix = |c: u8| (f64::from(c) + (255.0 - f64::from(c)) * share.min(0.75)).round() as u8;
        let [r, g, b] = self.rgb();
        Self::Rgb(mix(r), mix(g), mix(b))
    }

    /// The colour at a place of the scale, 0 (dark) to 1 (light).
    pub(super) fn scale(place: f64) -> Self {
        let [r, g, b] = oklab::helix(place).map(|c| (255.0 * c).round() as u8);
        Self::Rgb(r, g, b)
    }

    /// Returns red, green and blue, each 0 to 255.
    #[must_use]
    pub const fn rgb(self) -> [u8; 3] {
        match self {
            Self::Black => [0, 0, 0],
            Self::Orange => [230, 159, 0],
            Self::SkyBlue => [86, 180, 233],
            Self::Green => [0, 158, 115],
            Self::Yellow => [240, 228, 66],
            Self::Blue => [0, 114, 178],
            Self::Vermillion => [213, 94, 0],
            Self::Purple => [204, 121, 167],
            Self::Grey => [127, 127, 127],
            Self::LightGrey => [176, 176, 176],
            Self::Rgb(r, g, b) => [r, g, b],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_colours_get_lighter_and_keep_off_white() {
        for family in [Color::sequence, |i, count| Color::Blue.shade_of(i, count)] {
            let green = |i| family(i, 9).rgb()[1];
            assert!((1..9).all(|i| green(i) > green(i - 1)));
            assert_eq!(family(8, 9), family(99, 9));
            assert!(green(8) < 225);
        }
        assert_eq!(Color::Blue.shade_of(0, 1).rgb(), Color::Blue.rgb());
    }
}
