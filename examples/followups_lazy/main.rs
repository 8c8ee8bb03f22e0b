//! Do lazy networks generalise later?
//!
//! f_α(x) = α (f(x; θ) − f(x; θ₀)) with the rate η/α² has the same linearised dynamics for every α. With a small α features are learned (*rich*),
//! with a large one θ hardly moves and training is that of a kernel (*lazy*). Kumar, Bordelon, Gershman and Pehlevan, *Grokking as the Transition
//! from Lazy to Rich Training Dynamics*, ICLR 2024, explain late generalisation by a lazy beginning. In the limit a
//! kernel learns no parity from fewer than about n^k examples (Theorem 5). Lyu, Jin, Li, Du, Lee and Hu, *Dichotomy of Early and Late Phase Implicit Biases Can
//! Provably Induce Grokking*, ICLR 2024, have initial values of a large scale c and a small decay λ: the transition comes at about ln c / λ of
//! gradient flow, ln c / (ηλ) updates, when decay has undone the scale.
//!
//! ```sh
//! cargo run --release --example followups_lazy
//! cargo run --release --example followups_lazy -- --scale paper
//! ```
//!
//! 100 ReLUs, the (30, 3)-parity, m = 500, 1000 and 2000 examples, B = 32. First part: square loss, no decay, η = 0.01, ten runs of each α, at
//! most 200 000 updates. t_m is the first look at which at most 5 % of the sample are wrong, t_g the same on 8192 fresh examples, of which as many are
//! asked as tell the error within 1 %; looks are 5 % of the updates apart. Delays are those of runs that memorise their sample; a run that generalises first has
//! the delay 0. Second part: hinge loss, m = 1000, η = 0.03, all initial values times c, λ in units of η, t_g the first iterate without an error on 8192
//! fresh examples, at most 300 000 updates. The slope of the medians of t_g ηλ in ln c is common to all λ, with an intercept for each.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. for each m, the delay grows with α: of pairs of runs that differ in α, the larger one has the longer delay in more than half, over the whole interval;
//! 2. with α = 30, no run generalises;
//! 3. the larger α, the less θ has moved at the memorisation, at the median of the runs that memorise;
//! 4. in the second part, the slope of t_g in ln c / (ηλ) is 1: its interval contains 1;
//! 5. at the largest c and the smallest λ, t_g is at least 10 t_m in all runs.

mod delay;
mod dichotomy;
mod lazy;

use lazy::Lazy;
use sparse_parity::terminal::Result;
use sparse_parity::trial::Trial;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

fn draw(studio: &mut Studio) -> Result {
    let paper = Lazy::default();
    let tiny = Lazy {
        n: 10,
        k: 2,
        width: 30,
        budget: 1000,
        ..paper.clone()
    };
    let quick = Lazy {
        n: 20,
        budget: 20_000,
        ..paper.clone()
    };
    let runs = studio.runs(studio.pick(2, 3, 10));
    let scope = delay::Scope {
        base: studio.pick(tiny, quick, paper),
        alphas: studio.pick(
            &[0.3, 3.0],
            &[0.1, 1.0, 10.0],
            &[0.1, 0.3, 1.0, 3.0, 10.0, 30.0],
        ),
        samples: studio.pick(&[100], &[500, 1000], &[500, 1000, 2000]),
        runs,
    };
    delay::study(studio, &scope)?;
    let trial = Trial {
        samples: Some(studio.pick(150, 500, 1000)),
        memorisation: true,
        max_steps: studio.pick(3000, 60_000, 300_000),
        ..Trial::new(scope.base.n, scope.base.k)
    };
    let scope = dichotomy::Scope {
        base: trial,
        rate: 0.03,
        scales: studio.pick(&[1.0, 2.0], &[1.0, 2.0, 4.0], &[1.0, 2.0, 4.0, 8.0]),
        decays: studio.pick(&[0.03, 0.1], &[0.01, 0.03], &[0.001, 0.003, 0.01]),
        runs,
    };
    dichotomy::study(studio, &scope)
}

fn main() -> ExitCode {
    figure::main(
        "followups_lazy",
        include_str!("main.rs"),
        &[Flag::Runs],
        draw,
    )
}
