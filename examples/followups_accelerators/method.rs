//! The methods of the bench, as optimizers.

use serde::{Deserialize, Serialize};
use sparse_parity::optim::Orthogonal;
use sparse_parity::params::Layout;
use sparse_parity::prelude::*;
use std::sync::Arc;

/// A way to make updates of gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    #[default]
    Sgd,
    HeavyBall,
    AdamW,
    Sign,
    GrokfastEma,
    GrokfastMa,
    Polar,
    Rows,
    Orthogonal,
    SparseInit,
}

impl Method {
    /// All but SGD, which they are compared with.
    pub const RIVALS: [Method; 9] = [
        Method::HeavyBall,
        Method::AdamW,
        Method::Sign,
        Method::GrokfastEma,
        Method::GrokfastMa,
        Method::Polar,
        Method::Rows,
        Method::Orthogonal,
        Method::SparseInit,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Method::Sgd => "SGD",
            Method::HeavyBall => "heavy ball",
            Method::AdamW => "AdamW",
            Method::Sign => "sign",
            Method::GrokfastEma => "Grokfast EMA",
            Method::GrokfastMa => "Grokfast MA",
            Method::Polar => "EGD",
            Method::Rows => "EGD rows",
            Method::Orthogonal => "⊥Grad",
            Method::SparseInit => "s = 2",
        }
    }

    /// Whether its updates are others than those of SGD, so that there is an arm with the length of theirs.
    pub fn changes_updates(self) -> bool {
        !matches!(self, Method::Sgd | Method::SparseInit)
    }

    /// The place of the middle of its grid in the rates 1, 3, 10, 30, …, which has the rate 1 at 0.
    pub fn middle(self) -> i32 {
        match self {
            // 0.1
            Method::Sgd | Method::Orthogonal | Method::SparseInit => -2,
            // 0.03
            Method::HeavyBall | Method::GrokfastEma | Method::GrokfastMa | Method::Polar => -3,
            // 0.01
            Method::Rows => -4,
            // 0.003
            Method::AdamW | Method::Sign => -5,
        }
    }

    pub fn init(self) -> Init {
        match self {
            Method::SparseInit => Init::Sparse { s: 2 },
            _ => Init::Uniform,
        }
    }

    /// Its optimizer.
    pub fn over(
        self,
        layout: &Arc<Layout>,
        rule: Rule,
    ) -> sparse_parity::Result<Box<dyn Optimizer<f32>>> {
        let sgd = || Sgd::new(layout, rule.clone());
        Ok(match self {
            Method::Sgd | Method::SparseInit => Box::new(sgd()?),
            Method::HeavyBall => Box::new(Momentum::new(layout, rule)?),
            Method::AdamW => Box::new(AdamW::new(layout, rule)?),
            Method::Sign => Box::new(SignSgd::new(layout, rule)?),
            Method::GrokfastEma => Box::new(Filtered::new(GrokfastEma::new(layout), sgd()?)),
            Method::GrokfastMa => Box::new(Filtered::new(GrokfastMa::new(layout)?, sgd()?)),
            Method::Polar => Box::new(Filtered::new(Egalitarian::new(), sgd()?)),
            Method::Rows => Box::new(Filtered::new(Egalitarian::by_rows(), sgd()?)),
            Method::Orthogonal => Box::new(Pulled::new(Orthogonal, sgd()?)),
        })
    }
}

/// An optimizer whose updates are as long as those of SGD: of its own update only the direction counts.
pub struct Matched {
    /// With the rate 1 and no decay.
    inner: Box<dyn Optimizer<f32>>,
    rate: f64,
    keep: f32,
    moved: Params<f32>,
}

impl Matched {
    /// A method with the length η‖g‖, at a decay of so much an update.
    pub fn new(
        method: Method,
        layout: &Arc<Layout>,
        (rate, decay): (f64, f64),
    ) -> sparse_parity::Result<Self> {
        Ok(Matched {
            inner: method.over(layout, Rule::rate(1.0))?,
            rate,
            keep: (1.0 - decay) as f32,
            moved: Params::zeros(layout),
        })
    }
}

/// The Euclidean length of numbers.
fn length(values: impl Iterator<Item = f32>) -> f64 {
    values
        .map(|value| f64::from(value).powi(2))
        .sum::<f64>()
        .sqrt()
}

impl Optimizer<f32> for Matched {
    fn fits(&self, layout: &Layout) -> sparse_parity::Result<()> {
        self.inner.fits(layout)
    }

    fn step(&mut self, t: u64, theta: &mut Params<f32>, grad: &Params<f32>) {
        let Matched {
            inner, keep, moved, ..
        } = self;
        moved.as_mut_slice().copy_from_slice(theta.as_slice());
        inner.step(t, moved, grad);
        let pairs = || theta.as_slice().iter().zip(moved.as_slice());
        let own = length(pairs().map(|(before, after)| after - before));
        let wanted = self.rate * length(grad.as_slice().iter().copied());
        let factor = if own > 0.0 {
            (wanted / own) as f32
        } else {
            0.0
        };
        for (w, &after) in theta.as_mut_slice().iter_mut().zip(moved.as_slice()) {
            *w = *keep * *w + factor * (after - *w);
        }
    }
}
