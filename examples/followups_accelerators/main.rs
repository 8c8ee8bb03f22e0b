//! Which methods accelerate grokking when each is tuned with the same effort?
//!
//! A network of 100 ReLUs learns 1000 examples of the (40, 3)-parity by heart, and fresh ones later. Methods are said to shorten the way
//! there: *Grokfast* (Lee and others 2024), *egalitarian gradient descent*, EGD (2025), which replaces the gradient of the weights by its
//! polar factor, ⊥Grad (Prieto and others 2025). Most are shown beside SGD at one learning rate, while some of them multiply the length
//! of an update. Here every method has a grid of its own, and its best setting is what counts.
//!
//! ```sh
//! cargo run --release --example followups_accelerators
//! cargo run --release --example followups_accelerators -- --scale paper
//! ```
//!
//! Rules, fixed before the runs: hinge loss, B = 32, uniform initial values, at most 10 000 updates. Every arm has five rates, 0.01, 0.03, 0.1, 0.3 and
//! 1 for SGD, around a middle that a pilot of five runs with other seeds suggested, with three shares ηλ of θ that an update takes away, 0.001, 0.003 and 0.01, the same for all rates and methods: decay is matched as ηλ, not as λ. The setting with
//! the smallest mean number of updates on the seeds 0 to 9, where an unsolved run counts with the budget, is run with the seeds 10
//! to 39, and only these are reported. A run is solved at its first iterate without an error on 8192 fresh examples. Methods: heavy ball (0.9),
//! AdamW, sign, Grokfast with an exponential mean (0.98, 2) and with a window (100, 5), EGD with polar factors and with the rows of W normalised, as
//! its code has it, for W alone, ⊥Grad on all of θ, and SGD from two weights of ±1 a neuron. All but the last change the length of updates, and have a second arm
//! in which an update has the length η‖g‖ of that of SGD, with the rates of SGD. Each update takes one gradient of 32 examples, so that updates, gradients and
//! examples are one axis; processor time, of training and judging, is another. Times are counted from 0 and from the memorisation of the
//! sample. Ratios are of Kaplan–Meier medians; their intervals resample seeds, which both arms have in common.
//!
//! StableMax (Prieto and others) is a small question of its own. Without decay, in single precision, cross-entropy is said to
//! lose gradients in sums with 1. The cross-entropy of this crate, ln(1 + e^(−yf)) with its slope, is written so that it cannot before y f
//! is about 100. Ten runs of each loss, 50 000 updates of SGD with η = 0.3.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. some method is faster than tuned SGD, with its whole interval below 1;
//! 2. with updates as long as those of SGD, no method is more than 1.5 times as fast over its whole interval;
//! 3. Grokfast is at most 1.5 times as fast, in both forms;
//! 4. EGD is not faster: the intervals of its ratios, with its own length of updates and with that of SGD, reach 1;
//! 5. EGD takes more than three times the processor time;
//! 6. the sparse initialisation makes no difference: the interval of its ratio contains 1;
//! 7. from the memorisation on, the order of the arms is that from 0, with a rank correlation of at least 0.8;
//! 8. no slope of cross-entropy is 0, and a softmax of two logits would have lost some;
//! 9. StableMax generalises in no more runs than cross-entropy.

mod absorption;
mod bench;
mod method;
mod panels;
mod run;
mod verdicts;

use bench::Scope;
use run::Run;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

fn draw(studio: &mut Studio) -> Result {
    let paper = Run::default();
    let tiny = Run {
        n: 10,
        k: 2,
        samples: 150,
        width: 20,
        budget: 1000,
        ..paper.clone()
    };
    let quick = Run {
        n: 30,
        samples: 700,
        budget: 4000,
        ..paper.clone()
    };
    let (rates, decays) = (&[-2, -1, 0, 1, 2][..], &[0.001, 0.003, 0.01][..]);
    let mut scope = studio.pick(
        Scope {
            base: tiny,
            rates: &[0, 1],
            decays: &[0.003],
            seeds: [2, 3],
        },
        Scope {
            base: quick,
            rates: &[-1, 0, 1],
            decays: &[0.003],
            seeds: [2, 6],
        },
        Scope {
            base: paper,
            rates,
            decays,
            seeds: [10, 30],
        },
    );
    scope.seeds[1] = studio.runs(scope.seeds[1]);
    let budget = scope.base.budget;
    let arms = bench::tuned(studio, &scope)?;
    verdicts::find(studio, &arms)?;
    verdicts::table(studio, &arms, budget)?;
    let Run { n, k, samples, .. } = scope.base;
    let title = format!(
        "({n}, {k})-parity, m = {samples}: median times of {} runs over those of tuned SGD",
        scope.seeds[1]
    );
    studio.save("", &panels::ratios(&arms)?.title(title))?;
    studio.save("rates", &panels::rates(&arms))?;
    let looks = studio.pick((400, 100), (10_000, 500), (50_000, 1000));
    let runs = studio.pick(2, 3, 10);
    absorption::study(studio, &scope.base, looks, runs)
}

fn main() -> ExitCode {
    figure::main(
        "followups_accelerators",
        include_str!("main.rs"),
        &[Flag::Runs],
        draw,
    )
}
