use super::*;
use crate::error::Error;
use serde::Deserialize;

/// Gives the seed of the run; refuses odd ones, and stops itself at one of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Echo {
    stops_at: Option<u64>,
}

impl Experiment for Echo {
    type Outcome = u64;
    const NAME: &'static str = "echo";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<u64>> {
        if self.stops_at == Some(seeds.init) {
            stop.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        match seeds.init % 2 {
            0 => Ok(Some(seeds.init)),
            _ => Err(Error::Zero {
                what: "an odd seed",
            }),
        }
    }
}

/// The seeds whose runs ended, and whether each has an outcome.
fn ended(echo: &Echo, enough: usize) -> Vec<(usize, bool)> {
    let mut all = Vec::new();
    let mut seeds = (0..6).map(Seeds::from);
    echo.run_each(
        &AtomicBool::new(false),
        &mut seeds,
        &mut |index, outcome| {
            all.push((index, outcome.is_ok()));
            match all.len() < enough {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        },
    );
    all
}

#[test]
fn every_seed_has_an_outcome_or_an_error() {
    let all = [
        (0, true),
        (1, false),
        (2, true),
        (3, false),
        (4, true),
        (5, false),
    ];
    assert_eq!(ended(&Echo::default(), 100), all);
    assert_eq!(Echo::default().run(&4.into()).unwrap(), 4);
    assert!(Echo::default().run(&5.into()).is_err());
}

#[test]
fn nothing_is_run_that_nobody_wants() {
    assert_eq!(ended(&Echo::default(), 2), [(0, true), (1, false)]);
    let stops_at = Some(2);
    assert_eq!(ended(&Echo { stops_at }, 100), [(0, true), (1, false)]);
}

/// A walk of so many steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Walk {
    steps: u64,
    width: u64,
}

impl Experiment for Walk {
    type Outcome = u64;
    const NAME: &'static str = "walk";
    const REVISION: u32 = 1;

    fn run_until(&self, _: &Seeds, _: &AtomicBool) -> Result<Option<u64>> {
        Ok(Some(self.steps))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.steps)
    }
}

#[test]
fn a_budget_is_lowered_and_nothing_else() {
    let walk = Walk { steps: 8, width: 9 };
    assert_eq!(walk.budget(), Some(8));
    assert_eq!(walk.with_budget(3), Walk { steps: 3, width: 9 });
    assert_eq!(walk.with_budget(10), walk);
    let echo = Echo { stops_at: Some(4) };
    assert_eq!(echo.budget(), None);
    assert_eq!(echo.with_budget(3).stops_at, Some(4));
}
