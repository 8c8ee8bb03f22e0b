//! The law of luck: success if a number of neurons begin with their weights on the support.

use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Estimate, wilson};
use sparse_parity::terminal::Result;
use sparse_parity::theory::frontier;
use std::fmt::{self, Display, Formatter};

/// Widths with the runs that succeed of all, and the law 1 − (1 − q)^{cr} that fits them best.
pub struct Luck {
    samples: usize,
    q: f64,
    c: f64,
    /// A width with its share and an interval that holds for all widths together with 95 %.
    shares: Vec<(usize, Estimate)>,
}

impl Luck {
    /// Fits c by the largest likelihood to (r, successes, runs).
    pub fn fit(
        n: usize,
        k: usize,
        s: usize,
        samples: usize,
        counts: impl Iterator<Item = (usize, usize, usize)>,
    ) -> Result<Self> {
        let counts: Vec<_> = counts.collect();
        let q = frontier::lucky(n, k, s)?;
        let level = 1.0 - 0.05 / counts.len() as f64;
        let share =
            |&(r, solved, runs): &(usize, usize, usize)| Ok((r, wilson(solved, runs, level)?));
        let shares: Result<Vec<_>> = counts.iter().map(share).collect();
        Ok(Luck {
            samples,
            q,
            c: best(q, &counts),
            shares: shares?,
        })
    }

    fn at(&self, r: f64) -> f64 {
        probability(self.q, self.c, r)
    }

    /// Whether the law is within the interval of every width.
    pub fn fits(&self) -> bool {
        let mut shares = self.shares.iter();
        shares.all(|(r, share)| share.interval.contains(self.at(*r as f64)))
    }

    /// Shares against the width, and the law.
    pub fn figure(&self, n: usize, k: usize) -> Result<Figure> {
        let x: Vec<f64> = self.shares.iter().map(|(r, _)| *r as f64).collect();
        let of = |part: fn(&Estimate) -> f64| -> Vec<f64> {
            self.shares.iter().map(|(_, share)| part(share)).collect()
        };
        let (least, most) = (x[0].log10(), x[x.len() - 1].log10());
        let fine: Vec<f64> = (0..=100)
            .map(|i| 10_f64.powf(least + (most - least) * f64::from(i) / 100.0))
            .collect();
        let law: Vec<f64> = fine.iter().map(|r| self.at(*r)).collect();
        let one: Vec<f64> = fine.iter().map(|r| probability(self.q, 1.0, *r)).collect();
        let runs = Style::new(Color::Blue).label("runs that succeed, with intervals");
        let fitted =
            Style::new(Color::Vermillion).label(format!("1 − (1 − q)^(cr), c = {:.2}", self.c));
        let lucky = Style::new(Color::Grey).label("a lucky neuron, c = 1");
        let panel = Panel::new()
            .title(format!(
                "({n}, {k}), two weights a neuron, m = {}",
                self.samples
            ))
            .x_label("width r")
            .y_label("share of runs")
            .x_scale(Scale::Log10)
            .y_range(0.0, 1.0)
            .line(&fine, &one, lucky)
            .line(&fine, &law, fitted)
            .error_bars(
                &x,
                &of(|share| share.interval.low),
                &of(|share| share.interval.high),
                Style::new(Color::Blue).data_label("interval"),
            )
            .points(&x, &of(|share| share.value), runs);
        Ok(Figure::new(1, 1).panel(0, 0, panel).size(620, 460))
    }
}

impl Display for Luck {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shares = self.shares.iter().map(|(r, share)| {
            format!(
                "{:.2} and {:.2} at r = {r}",
                share.value,
                self.at(*r as f64)
            )
        });
        let shares: Vec<String> = shares.collect();
        write!(
            f,
            "m = {}, c = {:.2}: shares of runs and of the law {}",
            self.samples,
            self.c,
            shares.join(", ")
        )
    }
}

/// 1 − (1 − q)^{cr}.
fn probability(q: f64, c: f64, r: f64) -> f64 {
    -(c * r * (-q).ln_1p()).exp_m1()
}

/// The c of the largest likelihood, the root of a derivative that falls; 0 without a success, and infinite if all succeed.
fn best(q: f64, counts: &[(usize, usize, usize)]) -> f64 {
    let rate = -(-q).ln_1p();
    let slope = |c: f64| -> f64 {
        let part = |&(r, solved, runs): &(usize, usize, usize)| {
            let (p, r) = (probability(q, c, r as f64), r as f64);
            r * rate * (solved as f64 * (1.0 - p) / p - (runs - solved) as f64)
        };
        counts.iter().map(part).sum()
    };
    if counts.iter().all(|(_, solved, _)| *solved == 0) {
        return 0.0;
    }
    if counts.iter().all(|(_, solved, runs)| solved == runs) {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (-30.0_f64, 30.0_f64);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        match slope(middle.exp()) > 0.0 {
            true => low = middle,
            false => high = middle,
        }
    }
    low.exp()
}
