//! The numbers that the paper's figures show, beside those of this crate.

use crate::figure::{Studio, number};
use sparse_parity::stats::Quantile;
use sparse_parity::terminal::Result;
use sparse_parity::trial::CriterionKind;
use std::fmt::{self, Display, Formatter};

/// Read off the vector graphics of Barak et al. 2022, with an error below 0.1 %.
///
/// The paper's own sampling error is 1 to 3 % for ReLU networks and zᵏ, up to 9 % where the curves bend, 2 to 4 % for
/// PolyNets and 7 to 16 % for the sine.
const VALUES: &str = include_str!("../paper.csv");

/// When a run counts as convergent in figures 1 right, 2 right and 10: with a mean accuracy of 75 % on the last 12 training
/// batches (docs/figures.md).
pub const CRITERION: CriterionKind = CriterionKind::Batches {
    accuracy: 0.75,
    window: 12,
};

/// The same for as many examples in batches of another size: 384, or one batch if it is larger.
pub fn criterion_of(batch: usize) -> CriterionKind {
    CriterionKind::Batches {
        accuracy: 0.75,
        window: (12 * 32 / batch).max(1),
    }
}

/// A number of the paper.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct PaperValue {
    /// The figure, such as `1 right`.
    pub figure: String,
    /// The curve or the panel.
    pub series: String,
    /// What the number is, such as `median`.
    pub quantity: String,
    /// The number of coordinates; of figure 4 right, where the paper does not state it, ours.
    pub n: usize,
    /// The number of relevant ones; as `n`.
    pub k: usize,
    /// The number.
    pub value: f64,
}

impl PaperValue {
    /// The share of runs below the number, if it is a quantile.
    pub fn share(&self) -> Option<f64> {
        if self.quantity == "median" {
            return Some(0.5);
        }
        let percent: f64 = self.quantity.strip_suffix(" %")?.parse().ok()?;
        Some(percent / 100.0)
    }
}

/// All numbers of a figure.
///
/// # Errors
///
/// If the table is no table.
pub fn values(figure: &str) -> Result<Vec<PaperValue>> {
    let mut values = Vec::new();
    for value in csv::Reader::from_reader(VALUES.as_bytes()).deserialize() {
        let value: PaperValue = value?;
        if value.figure == figure {
            values.push(value);
        }
    }
    Ok(values)
}

/// The share of a series that has to be near the paper's numbers.
const MOST: f64 = 0.8;

/// How near a number is to the paper's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Near {
    /// Within this share of it.
    Share(f64),
    /// Within this factor of it, up or down.
    Factor(f64),
}

impl Near {
    fn holds(self, ratio: f64) -> bool {
        match self {
            Near::Share(share) => (ratio - 1.0).abs() <= share,
            Near::Factor(factor) => (1.0 / factor..=factor).contains(&ratio),
        }
    }
}

impl Display for Near {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Near::Share(share) => write!(f, "within {:.0} % of", 100.0 * share),
            Near::Factor(factor) => write!(f, "within a factor of {factor} of"),
        }
    }
}

/// Keeps the paper's numbers of a figure beside ours in the table `paper`, with ratios, and finds of each series whether
/// four of five are within a share `within` of the paper's; `ours` returns `None` where there are no runs for a number.
///
/// # Errors
///
/// If a file cannot be written, and those of `ours`.
pub fn compare(
    studio: &mut Studio,
    figure: &str,
    within: f64,
    ours: impl FnMut(&PaperValue) -> Result<Option<Quantile>>,
) -> Result {
    compare_all(studio, &[figure], Near::Share(within), ours)
}

/// The same for the numbers of several figures, and for any nearness.
///
/// # Errors
///
/// Those of [`compare`].
pub fn compare_all(
    studio: &mut Studio,
    figures: &[&str],
    near: Near,
    mut ours: impl FnMut(&PaperValue) -> Result<Option<Quantile>>,
) -> Result {
    let (mut rows, mut series) = (Vec::new(), Vec::<Series>::new());
    let mut all = Vec::new();
    for figure in figures {
        all.extend(values(figure)?);
    }
    for paper in all {
        let Some(Quantile { value, interval }) = ours(&paper)? else {
            continue;
        };
        let ratio = value.map(|value| value / paper.value);
        rows.push(vec![
            paper.series.clone(),
            paper.quantity,
            paper.n.to_string(),
            paper.k.to_string(),
            paper.value.to_string(),
            number(value),
            number(Some(interval.low)),
            number(Some(interval.high)),
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")),
        ]);
        match series.last_mut() {
            Some(last) if last.name == paper.series => last.ratios.push(ratio),
            _ => series.push(Series {
                name: paper.series,
                ratios: vec![ratio],
            }),
        }
    }
    for Series { name, ratios } in series {
        let reached: Vec<f64> = ratios.iter().copied().flatten().collect();
        let count = reached.iter().filter(|ratio| near.holds(**ratio)).count();
        let least = reached.iter().copied().fold(f64::INFINITY, f64::min);
        let most = reached.iter().copied().fold(0.0, f64::max);
        studio.find(
            format!("{name}: {near} the paper's numbers"),
            format!(
                "{count} of {} points, ratios of ours to the paper's {least:.2} to {most:.2}",
                ratios.len()
            ),
            count as f64 >= MOST * ratios.len() as f64,
        )?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let columns = [
        "series", "quantity", "n", "k", "paper", "ours", "low", "high", "ratio",
    ];
    studio.save_table("paper", &columns, &rows)
}

/// The ratios of the numbers of a series; `None` where ours was not reached.
struct Series {
    name: String,
    ratios: Vec<Option<f64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_counts_up_and_down_and_a_share_of_the_paper() {
        let near = |ratio: f64| [Near::Factor(2.0), Near::Share(0.1)].map(|near| near.holds(ratio));
        assert_eq!(near(0.5), [true, false]);
        assert_eq!(near(2.1), [false, false]);
        assert_eq!(near(1.1 - 1e-9), [true, true]);
        assert_eq!(near(0.9 + 1e-9), [true, true]);
        assert_eq!(Near::Share(0.05).to_string(), "within 5 % of");
        assert_eq!(Near::Factor(2.0).to_string(), "within a factor of 2 of");
    }

    #[test]
    fn a_criterion_has_as_many_examples_in_any_batch() {
        assert_eq!(criterion_of(32), CRITERION);
        let window = |batch| match criterion_of(batch) {
            CriterionKind::Batches { window, .. } => window,
            other => panic!("{other}"),
        };
        assert_eq!([1, 4, 1024].map(window), [384, 96, 1]);
    }

    #[test]
    fn quantiles_have_a_share() {
        let shares = |figure| {
            let mut shares: Vec<_> = values(figure)
                .unwrap()
                .iter()
                .map(PaperValue::share)
                .collect();
            shares.dedup();
            shares
        };
        assert_eq!(shares("1 right"), [Some(0.5)]);
        let wide = [None, Some(0.25), Some(0.5), Some(0.75), None];
        assert_eq!(shares("14")[..5], wide);
    }

    #[test]
    fn every_number_is_of_a_figure_and_positive() {
        for value in values("1 right").unwrap() {
            assert!(value.value > 0.0 && value.k < value.n, "{value:?}");
        }
        let known = [
            "1 left", "1 right", "2 left", "2 right", "4 right", "12 left", "12 right", "14",
        ];
        let of_known: usize = known
            .map(|figure| values(figure).unwrap().len())
            .iter()
            .sum();
        assert_eq!(of_known, VALUES.lines().count() - 1);
    }
}
