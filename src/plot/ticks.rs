use super::scale::{Axis, Scale};

/// The ticks of an axis, with and without labels.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticks {
    pub major: Vec<(f64, String)>,
    pub minor: Vec<f64>,
}

impl Ticks {
    /// The ticks of a vertical axis of the given height.
    pub fn upright(axis: &Axis, height: f64) -> Self {
        let apart = |least: f64| {
            Self::choose(axis, |a, b| {
                (axis.fraction(b.0) - axis.fraction(a.0)) * height >= least
            })
        };
        let ticks = apart(24.0);
        // A low axis needs two ticks, too.
        if ticks.major.len() < 2 {
            apart(14.0)
        } else {
            ticks
        }
    }

    /// The densest 1-2-5 ticks whose labels are all `far` from each other; at least three if possible.
    pub fn choose(axis: &Axis, far: impl Fn(&(f64, String), &(f64, String)) -> bool) -> Self {
        // Where numbers have no more digits, ticks or their labels may be equal.
        let differ = |a: &(f64, String), b: &(f64, String)| a.0 < b.0 && a.1 != b.1;
        let fits = |ticks: &Self| {
            let mut pairs = ticks.major.windows(2);
            pairs.all(|pair| differ(&pair[0], &pair[1]) && far(&pair[0], &pair[1]))
        };
        let mut fitting: Vec<Self> = candidates(axis).into_iter().filter(fits).collect();
        let first = |least: usize| fitting.iter().position(|ticks| ticks.major.len() >= least);
        let most = fitting.iter().map(|ticks| ticks.major.len()).max();
        let chosen = first(3).or_else(|| first(most.unwrap_or(0)));
        chosen.map_or_else(Self::default, |i| fitting.swap_remove(i))
    }
}

/// A tick at each `every`-th of the positions 0, 1, 2, ….
pub(super) fn named(names: &[String], every: usize) -> Ticks {
    let named = names.iter().enumerate().step_by(every.max(1));
    Ticks {
        major: named.map(|(i, name)| (i as f64, name.clone())).collect(),
        minor: Vec::new(),
    }
}

/// Ticks from dense to sparse.
fn candidates(axis: &Axis) -> Vec<Ticks> {
    let mut all = Vec::new();
    // In decades.
    let range = (axis.scale == Scale::Log10).then(|| libm::log10(axis.hi) - libm::log10(axis.lo));
    if let Some(range) = range {
        if range <= 2.0 {
            all.push(one_two_five(axis));
        }
        all.extend([1, 2, 3, 5, 10, 20, 50, 100, 200].map(|every| decades(axis, every)));
        // Few powers of ten are on it.
        if range > 2.0 && range <= 3.0 {
            all.push(one_two_five(axis));
        }
    }
    // Equal steps would all be at the upper end of a long logarithmic axis.
    if range.is_none_or(|range| range <= 2.0) {
        let smallest = libm::log10((axis.hi - axis.lo) / 25.0).floor() as i32;
        for e in smallest..smallest + 3 {
            all.extend([1, 2, 5].map(|m| linear(axis, m, e)));
        }
    }
    all.push(ends(axis));
    all
}

/// The ends of an axis in all their digits.
fn ends(axis: &Axis) -> Ticks {
    let label = |v: f64| (v, format!("{v:e}").replace('-', "−"));
    Ticks {
        major: vec![label(axis.lo), label(axis.hi)],
        minor: Vec::new(),
    }
}

/// The digits that a number has behind the first one.
const MOST_DIGITS: i32 = 16;

fn linear(axis: &Axis, m: i32, e: i32) -> Ticks {
    let step = value(m, e);
    let (first, last) = ((axis.lo / step).ceil(), (axis.hi / step).floor());
    let values: Vec<f64> = (0..=(last - first).clamp(0.0, 60.0) as usize)
        .map(|i| (first + i as f64) * step)
        .filter(|&v| axis.contains(v))
        .collect();
    let largest = values.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    let (unit, suffix): (f64, _) = match largest {
        v if !(1e-3..1e12).contains(&v) => (0.0, ""),
        v if v >= 1e9 => (1e9, "B"),
        v if v >= 1e6 => (1e6, "M"),
        v if v >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let label = |v: f64| {
        if v.abs() < 1e-6 * step {
            return "0".to_owned();
        }
        let sign = if v < 0.0 { "−" } else { "" };
        if unit == 0.0 {
            let top = libm::log10(largest).floor() as i32;
            let decimals = (top - e).clamp(0, MOST_DIGITS) as usize;
            let mantissa = v.abs() / value(1, top);
            return format!("{sign}{mantissa:.decimals$}×{}", power_of_ten(top));
        }
        let decimals = (libm::log10(unit) as i32 - e).clamp(0, 12) as usize;
        format!("{sign}{:.decimals$}{suffix}", v.abs() / unit)
    };
    Ticks {
        major: values.iter().map(|&v| (v, label(v))).collect(),
        minor: Vec::new(),
    }
}

fn one_two_five(axis: &Axis) -> Ticks {
    let label = |m, e| {
        if plain(e) {
            short(m, e)
        } else {
            format!("{m}×{}", power_of_ten(e))
        }
    };
    let major = exponents(axis)
        .flat_map(|e| [1, 2, 5].map(|m| (value(m, e), label(m, e))))
        .filter(|(v, _)| axis.contains(*v))
        .collect();
    Ticks {
        major,
        minor: within_decades(axis),
    }
}

fn decades(axis: &Axis, every: i32) -> Ticks {
    let shown: Vec<i32> = exponents(axis)
        .filter(|&e| e % every == 0 && axis.contains(value(1, e)))
        .collect();
    let all_plain = shown.iter().all(|&e| plain(e));
    let label = |e| {
        if all_plain {
            short(1, e)
        } else {
            power_of_ten(e)
        }
    };
    Ticks {
        major: shown.iter().map(|&e| (value(1, e), label(e))).collect(),
        minor: if every == 1 {
            within_decades(axis)
        } else {
            Vec::new()
        },
    }
}

fn within_decades(axis: &Axis) -> Vec<f64> {
    exponents(axis)
        .flat_map(|e| (2..10).map(move |m| value(m, e)))
        .filter(|&v| axis.contains(v))
        .collect()
}

fn exponents(axis: &Axis) -> impl Iterator<Item = i32> + use<> {
    libm::log10(axis.lo).floor() as i32..=libm::log10(axis.hi).ceil() as i32
}

/// `m` times ten to the `e`, rounded once, so that 0.1 is the number a user writes.
fn value(m: i32, e: i32) -> f64 {
    if e < 0 {
        f64::from(m) / libm::pow(10.0, f64::from(-e))
    } else {
        f64::from(m) * libm::pow(10.0, f64::from(e))
    }
}

fn plain(e: i32) -> bool {
    (-3..=5).contains(&e)
}

fn short(m: i32, e: i32) -> String {
    match e {
        3.. => format!("{}k", m * 10i32.pow(e as u32 - 3)),
        0.. => format!("{}", m * 10i32.pow(e as u32)),
        _ => format!("{:.*}", e.unsigned_abs() as usize, value(m, e)),
    }
}

fn power_of_ten(e: i32) -> String {
    let digit = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32(0x2070 + c as u32 - '0' as u32).unwrap_or(c),
        other => other,
    };
    format!("10{}", e.to_string().chars().map(digit).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, lo: f64, hi: f64, most: usize) -> Vec<String> {
        let axis = Axis::new(scale, lo, hi);
        let gap = 1.0 / most as f64;
        Ticks::choose(&axis, |a, b| axis.fraction(b.0) - axis.fraction(a.0) >= gap)
            .major
            .into_iter()
            .map(|(_, label)| label)
            .collect()
    }

    #[test]
    fn linear_ticks_are_short_round_numbers() {
        assert_eq!(
            labels(Scale::Linear, 0.0, 20_000.0, 5),
            ["0", "5k", "10k", "15k", "20k"]
        );
        assert_eq!(
            labels(Scale::Linear, -0.1, 0.1, 3),
            ["−0.1", "0.0", "0.1"].map(|s| s.replace("0.0", "0"))
        );
        assert_eq!(
            labels(Scale::Linear, 0.0, 1.0, 6),
            ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            labels(Scale::Linear, 0.0, 2e-5, 3),
            ["0", "1×10⁻⁵", "2×10⁻⁵"]
        );
    }

    #[test]
    fn log_ticks_are_decades_or_one_two_five() {
        assert_eq!(
            labels(Scale::Log10, 1.0, 1e4, 8),
            ["1", "10", "100", "1k", "10k"]
        );
        assert_eq!(
            labels(Scale::Log10, 9.0, 110.0, 8),
            ["10", "20", "50", "100"]
        );
        // Two decades and more with two powers of ten.
        assert_eq!(
            labels(Scale::Log10, 34.0, 6000.0, 8),
            ["50", "100", "200", "500", "1k", "2k", "5k"]
        );
        assert_eq!(labels(Scale::Log10, 34.0, 6000.0, 4), ["100", "1k"]);
        assert_eq!(
            labels(Scale::Log10, 1e-6, 1e-4, 3),
            ["10⁻⁶", "10⁻⁵", "10⁻⁴"]
        );
        assert_eq!(
            labels(Scale::Log10, 1.1, 1.9, 5),
            ["1.2", "1.4", "1.6", "1.8"]
        );
    }

    #[test]
    fn extreme_ranges_end_with_few_ticks() {
        for (scale, lo, hi) in [
            (Scale::Linear, -1e300, 1e300),
            (Scale::Linear, 1e15, 1e15 + 1e7),
            (Scale::Linear, 1e15, 1e15 + 1.0),
            (Scale::Linear, 1.7e12, 1.7e12 + 500.0),
            (Scale::Linear, 0.1, 0.1 + 6e-17),
            (Scale::Log10, 1e15, 1e15 + 1.0),
            (Scale::Linear, 0.0, 1e-300),
            (Scale::Log10, 1e-300, 1e300),
        ] {
            let n = labels(scale, lo, hi, 6).len();
            assert!((2..=7).contains(&n), "{lo} to {hi}: {n} ticks");
        }
    }
}
