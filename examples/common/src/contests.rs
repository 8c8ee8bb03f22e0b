//! Contests of solvers and SGD: what is swept, and what is read off the outcomes.

use crate::figure::Studio;
use sparse_parity::contest::{Contest, Contestant, Contested, Ending};
use sparse_parity::optim::Decay;
use sparse_parity::plot::{Color, Panel, Style};
use sparse_parity::solver::SolverKind;
use sparse_parity::stats::median;
use sparse_parity::sweep::{Cell, Outcomes, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, PolyNetSettings, Trial};

/// The share of instances on which a contestant has to find S to be drawn.
pub const MOST: f64 = 0.8;

/// A contestant with its name and look.
#[derive(Debug, Clone)]
pub struct Entrant {
    /// The name in pictures.
    pub name: &'static str,
    /// Who it is.
    pub contestant: Contestant,
    /// Its colour.
    pub color: Color,
}

impl Entrant {
    /// A solver with its usual settings.
    ///
    /// # Panics
    ///
    /// If there is no solver of that name.
    pub fn solver(name: &'static str, color: Color) -> Self {
        let kind = SolverKind::named(name).expect("the solver is there");
        Entrant {
            name,
            contestant: kind.into(),
            color,
        }
    }

    /// SGD on a ReLU network of width 100, at the rate η = 0.5.
    pub fn relu(max_steps: u64) -> Self {
        let trial = Trial {
            rate: 0.5.into(),
            max_steps,
            ..Trial::default()
        };
        Entrant {
            name: "SGD, ReLU",
            contestant: trial.into(),
            color: Color::Black,
        }
    }

    /// The same with weight decay, at the rate η = 0.1, for samples that are used again and again.
    pub fn decayed_relu(max_steps: u64) -> Self {
        let trial = Trial {
            rate: 0.1.into(),
            decay: 0.01.into(),
            convention: Decay::Scaled,
            max_steps,
            ..Trial::default()
        };
        Entrant {
            name: "SGD, ReLU with decay",
            contestant: trial.into(),
            color: Color::Black,
        }
    }

    /// SGD on a PolyNet, at the rate η = 0.05.
    pub fn polynet(max_steps: u64) -> Self {
        let trial = Trial {
            learner: Learner::PolyNet(PolyNetSettings::default()),
            rate: 0.05.into(),
            max_steps,
            ..Trial::default()
        };
        Entrant {
            name: "SGD, PolyNet",
            contestant: trial.into(),
            color: Color::Grey,
        }
    }

    /// A solid line; dashed for SGD.
    pub fn style(&self) -> Style {
        let style = Style::new(self.color);
        match self.contestant {
            Contestant::Sgd(_) => style.dashed(),
            _ => style,
        }
    }
}

/// What is read off the outcomes of a cell.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// The share of instances on which S was found.
    pub found: f64,
    /// The median of the processor seconds, in which the best of the repetitions counts.
    pub seconds: Option<f64>,
    /// The median of the examples.
    pub examples: f64,
    /// The median of the bytes.
    pub bytes: f64,
}

impl Cost {
    /// The cost of a cell; `None` if S was not found on most instances.
    pub fn of(outcomes: &Outcomes<Contested>, cell: usize) -> Option<Self> {
        let all: Vec<&Contested> = outcomes.of(cell).collect();
        let right: Vec<_> = all.iter().filter(|outcome| outcome.is_right).collect();
        let found = right.len() as f64 / all.len().max(1) as f64;
        let of =
            |value: &dyn Fn(&Contested) -> f64| median(right.iter().map(|outcome| value(outcome)));
        let seconds = right.iter().filter_map(|outcome| outcome.seconds);
        let cost = Cost {
            found,
            seconds: median(seconds.map(|seconds| seconds.best)),
            examples: of(&|outcome| outcome.ledger.examples as f64)?,
            bytes: of(&|outcome| outcome.ledger.bytes as f64)?,
        };
        (found >= MOST).then_some(cost)
    }
}

/// Wrong supports among those that were found, and how many were found.
pub fn errors<'a>(outcomes: impl Iterator<Item = &'a Contested>) -> (usize, usize) {
    let found = outcomes.filter(|outcome| outcome.ending == Ending::Found);
    found.fold((0, 0), |(wrong, count), outcome| {
        (wrong + usize::from(!outcome.is_right), count + 1)
    })
}

/// A line through the points that there are, with its name at its end.
pub fn curve(panel: Panel, points: &[(f64, f64)], style: Style) -> Panel {
    if points.is_empty() {
        return panel;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let disc = Style::new(style.color);
    let disc = match &style.label {
        Some(name) => disc.data_label(format!("{name}, as discs")),
        None => disc,
    };
    panel.points(&x, &y, disc).line(&x, &y, style)
}

/// The contest of an entrant on (n, k) with that noise.
pub fn contest(entrant: &Entrant, n: usize, k: usize, noise: f64) -> Contest {
    Contest {
        n,
        k,
        noise,
        contestant: entrant.contestant.clone(),
        ..Contest::default()
    }
}

/// The costs of contests, each with a key, on the seeds 0, …, runs − 1; beside them all outcomes.
///
/// # Errors
///
/// Those of [`Studio::outcomes`].
pub fn costs<K: Copy>(
    studio: &Studio,
    part: &str,
    contests: &[(K, Contest)],
    runs: u64,
) -> Result<(Costs<K>, Outcomes<Contested>)> {
    let cells = contests
        .iter()
        .map(|(_, contest)| Cell::new(contest.clone(), runs));
    let outcomes = studio.outcomes(part, &Sweep::new(cells)?)?;
    let keys = contests.iter().map(|(key, _)| *key).enumerate();
    let costs = keys.map(|(cell, key)| (key, Cost::of(&outcomes, cell)));
    Ok((Costs(costs.collect()), outcomes))
}

/// Costs by their keys.
#[derive(Debug, Clone)]
pub struct Costs<K>(pub Vec<(K, Option<Cost>)>);

impl<K: PartialEq> Costs<K> {
    /// The cost of a contest; `None` if S was not found on most instances, or there was no such contest.
    pub fn at(&self, key: K) -> Option<Cost> {
        self.0.iter().find(|(other, _)| *other == key)?.1
    }
}
