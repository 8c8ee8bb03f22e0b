//! The same study on samples of m examples, of which a small share is biased.

use crate::arms::{Arm, Plan};
use crate::problems::Problem;
use crate::run::{Bias, Order, Run};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

/// Names of the arms, in their order.
pub const NAMES: [&str; 3] = ["uniform", "any order", "biased first"];

/// Runs against the size of the sample, for each of [`NAMES`].
pub struct Samples {
    pub sizes: Vec<usize>,
    pub arms: [Vec<Arm>; 3],
}

impl Samples {
    pub fn make(
        studio: &Studio,
        plan: &Plan,
        problem: &Problem,
        (bias, share, first): (Bias, f64, u64),
        sizes: &[usize],
    ) -> Result<Samples> {
        let of = |part: &str, order: Order| {
            let settings = sizes.iter().map(|&m| Run {
                samples: Some(m),
                ..problem.run(order)
            });
            plan.run(studio, part, &settings.collect::<Vec<_>>())
        };
        let mixed = Order {
            bias,
            first: 0,
            share,
        };
        Ok(Samples {
            sizes: sizes.to_vec(),
            arms: [
                of("sample_uniform", Order::default())?,
                of("sample_mixed", mixed)?,
                of("sample_ordered", Order { first, ..mixed })?,
            ],
        })
    }

    /// The smallest sample with which at least half of the runs of an arm succeed.
    fn needed(&self, arm: usize) -> Option<usize> {
        let arms = self.sizes.iter().zip(&self.arms[arm]);
        let mut half = arms.filter(|(_, arm)| 2 * arm.times.solved() >= arm.times.runs());
        half.next().map(|(m, _)| *m)
    }

    /// Whether fewer examples are enough if biased ones come first.
    pub fn find(&self, studio: &mut Studio) -> Result {
        let needed = [0, 1, 2].map(|arm| self.needed(arm));
        let told = NAMES.iter().enumerate().map(|(place, name)| {
            let solved = self.sizes.iter().zip(&self.arms[place]);
            let solved = solved
                .map(|(m, arm)| format!("{} of {} at {m}", arm.times.solved(), arm.times.runs()));
            let m = needed[place].map_or("none".into(), |m| m.to_string());
            format!("{name} {m} ({})", solved.collect::<Vec<_>>().join(", "))
        });
        let [uniform, mixed, ordered] = needed.map(|m| m.unwrap_or(usize::MAX));
        studio.find(
            "the smallest sample with which half of the runs succeed is smaller if its biased examples come first",
            told.collect::<Vec<_>>().join("; "),
            ordered < mixed && ordered < uniform,
        )
    }
}
