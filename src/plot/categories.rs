use super::text::{self, SMALL, SMALL_LINE, TIGHT};
use super::ticks::{self, Ticks};

/// Long names are broken at one of these widths.
const BROKEN: [f64; 2] = [66.0, 110.0];
/// The largest number of lines of a name below a plot; longer names are set upright.
const MOST_LINES: usize = 3;
/// Names up to this width are thinned out instead of set upright.
const SHORT: f64 = 30.0;

/// The orientation of names below a plot.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stand {
    /// Horizontal, in this number of lines.
    Level(usize),
    /// Upright, with this length.
    Upright(f64),
}

impl Stand {
    pub fn height(self) -> f64 {
        match self {
            Self::Level(lines) => SMALL_LINE + TIGHT * (lines.max(1) - 1) as f64,
            Self::Upright(length) => length + 4.0,
        }
    }
}

/// Names below a plot: level in a few lines if they fit, short ones thinned out, others upright.
pub(super) fn below(names: &[String], width: f64) -> (Ticks, Stand) {
    let slot = width / names.len() as f64;
    let broken = |name: &String| text::wrap_words(name, SMALL, slot - 6.0).join("\n");
    let level: Vec<String> = names.iter().map(broken).collect();
    let widest = |names: &[String]| {
        let widths = names.iter().map(|name| text::width(name, SMALL));
        widths.fold(0.0, f64::max)
    };
    let lines = level.iter().map(|name| name.split('\n').count()).max();
    let lines = lines.unwrap_or(1);
    if widest(&level) + 5.0 <= slot && lines <= MOST_LINES {
        return (ticks::named(&level, 1), Stand::Level(lines));
    }
    let flat: Vec<String> = names.iter().map(|name| name.replace('\n', " ")).collect();
    let every = |width: f64| (width / slot).ceil() as usize;
    let longest = widest(&flat);
    if longest <= SHORT {
        return (ticks::named(&flat, every(longest + 6.0)), Stand::Level(1));
    }
    let upright: Vec<String> = names.iter().map(|name| broken_at(name, slot)).collect();
    let length = widest(&upright);
    (ticks::named(&upright, every(TIGHT)), Stand::Upright(length))
}

/// Names left of a plot, long ones in several lines where they fit.
pub(super) fn at_left(names: &[String], height: f64) -> Ticks {
    let slot = height / names.len() as f64;
    let names: Vec<String> = names.iter().map(|name| broken_at(name, slot)).collect();
    ticks::named(&names, (TIGHT / slot).ceil() as usize)
}

/// A long name in several lines, if they are no higher than `slot`.
fn broken_at(name: &str, slot: f64) -> String {
    let tries = BROKEN.map(|width| text::wrap_words(name, SMALL, width));
    let fits = |lines: &Vec<String>| lines.len() as f64 * TIGHT + 3.0 <= slot;
    let fitting = tries.into_iter().find(fits);
    fitting.map_or_else(|| name.replace('\n', " "), |lines| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str], width: f64) -> (Vec<String>, Stand) {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let (ticks, stand) = below(&names, width);
        (
            ticks.major.into_iter().map(|(_, name)| name).collect(),
            stand,
        )
    }

    #[test]
    fn names_are_broken_then_turned_and_numbers_thinned_out() {
        let names = ["ReLU, width 100", "Transformer"];
        let (level, stand) = named(&names, 160.0);
        assert_eq!(level, ["ReLU,\nwidth 100", "Transformer"]);
        assert!(matches!(stand, Stand::Level(2)));
        let (upright, stand) = named(&names, 50.0);
        assert_eq!(upright, names);
        assert!(matches!(stand, Stand::Upright(length) if length > 80.0));
        let (thinned, stand) = named(&["10", "20", "30", "40", "50", "60"], 60.0);
        assert_eq!(thinned, ["10", "30", "50"]);
        assert!(matches!(stand, Stand::Level(1)));
    }
}
