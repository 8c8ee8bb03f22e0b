//! How long the first phase is, and how large the share of biased inputs, on one problem.

use crate::arms::{Arm, Plan, Ratio};
use crate::problems::Problem;
use crate::run::{Bias, Order, Run};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::medians::median;

/// Runs against the length of the first phase: a row a bias.
pub struct Phases {
    pub biases: Vec<f64>,
    pub lengths: Vec<u64>,
    pub arms: Vec<Vec<Arm>>,
}

impl Phases {
    pub fn make(
        studio: &Studio,
        plan: &Plan,
        problem: &Problem,
        biases: &[f64],
        lengths: &[u64],
    ) -> Result<Phases> {
        let mut settings: Vec<Run> = Vec::new();
        for &p in biases {
            let order = |first: u64| Order {
                bias: Bias::Each(p),
                first,
                share: 0.0,
            };
            settings.extend(lengths.iter().map(|&first| problem.run(order(first))));
        }
        let arms = plan.run(studio, "lengths", &settings)?;
        Ok(Phases {
            biases: biases.to_vec(),
            lengths: lengths.to_vec(),
            arms: arms.chunks(lengths.len()).map(<[Arm]>::to_vec).collect(),
        })
    }

    /// Whether a phase of `enough` updates is enough, and the shortest one is not.
    pub fn find(&self, studio: &mut Studio, bias: f64, enough: u64) -> Result {
        let row = self.biases.iter().position(|p| *p == bias);
        let arms = &self.arms[row.ok_or("the bias is among those tried")?];
        let by_median = |a: &&Arm, b: &&Arm| median(&a.times).total_cmp(&median(&b.times));
        let best = arms.iter().min_by(by_median).ok_or("a length is tried")?;
        let short = arms.iter().find(|arm| arm.run.order.first == enough);
        let short = short.ok_or("the length of the claim is among those tried")?;
        let (short, shortest) = (Ratio::of(short, best)?, Ratio::of(&arms[0], best)?);
        studio.find(
            format!(
                "with a first phase of {enough} updates runs take at most 1.5 times as long as with the best one, and with {} at least twice as long",
                self.lengths[0]
            ),
            format!("p = {bias}, best {}: {short} and {shortest}", best.run.order.first),
            short.estimate.interval.high <= 1.5 && shortest.estimate.interval.low >= 2.0,
        )
    }
}

/// Runs against the share of biased inputs, in any order and with a first phase of biased ones alone.
pub struct Shares {
    pub shares: Vec<f64>,
    pub mixed: Vec<Arm>,
    pub ordered: Vec<Arm>,
}

impl Shares {
    pub fn make(
        studio: &Studio,
        plan: &Plan,
        problem: &Problem,
        bias: Bias,
        shares: &[f64],
        first: u64,
    ) -> Result<Shares> {
        let of = |first: u64| {
            let settings = shares
                .iter()
                .map(|&share| problem.run(Order { bias, first, share }));
            let part = if first == 0 { "mixed" } else { "ordered" };
            plan.run(studio, part, &settings.collect::<Vec<_>>())
        };
        Ok(Shares {
            shares: shares.to_vec(),
            mixed: of(0)?,
            ordered: of(first)?,
        })
    }

    /// Whether the order matters for small shares and not for large ones.
    pub fn find(&self, studio: &mut Studio) -> Result {
        let pairs = self.mixed.iter().zip(&self.ordered);
        let ratios: Vec<Ratio> = pairs
            .map(|(mixed, ordered)| Ratio::of(mixed, ordered))
            .collect::<Result<_>>()?;
        let told = self.shares.iter().zip(&ratios);
        let told: Vec<String> = told
            .map(|(share, ratio)| format!("{share}: {ratio}"))
            .collect();
        let (Some(small), Some(large)) = (ratios.first(), ratios.last()) else {
            return Err("a share is tried".into());
        };
        studio.find(
            "a mixture takes at least twice as long as with its biased inputs first at the smallest share, and at most 1.5 times at the largest",
            told.join("; "),
            small.estimate.interval.low >= 2.0 && large.estimate.interval.high <= 1.5,
        )
    }
}
