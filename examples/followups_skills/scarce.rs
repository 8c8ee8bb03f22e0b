//! What a width, or a sample, leaves to be learned, beside the finite sum that one task calibrates.

use crate::Sizes;
use crate::emergence::{slope, total};
use crate::run::{Emergence, Run};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Estimate, median};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::theory::skills::{
    Learning, Resource, Skills, strength_of_examples, strength_of_width,
};
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::resampled::resampled;

/// What is scarce.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scarce {
    Width,
    Data,
}

/// Runs at each size of what is scarce.
pub struct Study {
    pub scarce: Scarce,
    pub skills: Skills,
    pub alpha: f64,
    pub sizes: Vec<usize>,
    pub runs: Vec<Vec<Emergence>>,
    /// The neurons, or the examples, that a skill needs, from runs of one task.
    pub needed: usize,
}

impl Scarce {
    pub fn name(self) -> &'static str {
        match self {
            Scarce::Width => "width",
            Scarce::Data => "data",
        }
    }

    fn with(self, run: &Run, size: usize) -> Run {
        match self {
            Scarce::Width => Run {
                width: size,
                ..run.clone()
            },
            Scarce::Data => Run {
                samples: Some(size),
                ..run.clone()
            },
        }
    }

    /// The strength that a size allows the only task.
    fn of_one(self, size: usize, needed: usize) -> Result<f64> {
        Ok(match self {
            Scarce::Width => strength_of_width(0, size, needed)?,
            Scarce::Data => strength_of_examples(size, needed)?,
        })
    }

    fn resource(self) -> Resource {
        match self {
            Scarce::Width => Resource::Width,
            Scarce::Data => Resource::Data,
        }
    }
}

impl Study {
    /// Makes the runs of one task, with a quarter of the updates, and of all.
    pub fn make(studio: &Studio, scarce: Scarce, run: &Run, sizes: &Sizes) -> Result<Self> {
        let one = Run {
            tasks: 1,
            budget: run.budget / 4,
            ..run.clone()
        };
        let [alone, runs] = sizes.runs;
        let cells = sizes.one.iter();
        let cells = cells.map(|&size| Cell::new(scarce.with(&one, size), alone));
        let part = format!("{}_one", scarce.name());
        let outcomes = studio.outcomes(&part, &Sweep::new(cells)?)?;
        let strengths: Vec<(usize, f64)> = sizes
            .one
            .iter()
            .enumerate()
            .filter_map(|(cell, &size)| {
                let last = outcomes
                    .of(cell)
                    .map(|run| run.last()[0][0].clamp(0.0, 1.0));
                Some((size, median(last)?))
            })
            .collect();
        let cells = sizes.all.iter();
        let cells = cells.map(|&size| Cell::new(scarce.with(run, size), runs));
        let outcomes = studio.outcomes(scarce.name(), &Sweep::new(cells)?)?;
        let of = |cell| outcomes.of(cell).cloned().collect();
        Ok(Study {
            scarce,
            skills: Skills::new(&run.frequencies()?)?,
            alpha: run.alpha,
            sizes: sizes.all.to_vec(),
            runs: (0..sizes.all.len()).map(of).collect(),
            needed: calibrated(scarce, &strengths)?,
        })
    }

    /// The loss of a run: at its end, or with a sample the least on the way, as if it had been stopped there.
    fn loss(&self, run: &Emergence) -> f64 {
        let of = |skills: &Vec<[f64; 3]>| total(self.skills.frequencies(), skills);
        match self.scarce {
            Scarce::Width => total(self.skills.frequencies(), run.last()),
            Scarce::Data => run.skills.iter().map(of).fold(f64::INFINITY, f64::min),
        }
    }

    fn mean(&self, place: usize, chosen: &[usize]) -> f64 {
        let of = |run: &usize| self.loss(&self.runs[place][*run]);
        chosen.iter().map(of).sum::<f64>() / chosen.len() as f64
    }

    /// The mean loss at each size, with an interval by resampling the runs.
    pub fn losses(&self) -> Result<Vec<Estimate>> {
        let of = |place: usize| {
            let rng = &mut Seeds::from(place as u64).stream(Purpose::Eval);
            resampled(self.runs[place].len(), rng, |chosen| {
                self.mean(place, chosen)
            })
        };
        (0..self.sizes.len()).map(of).collect()
    }

    /// The loss of the finite sum at a size.
    pub fn finite(&self, size: usize) -> Result<f64> {
        Ok(match self.scarce {
            Scarce::Width => self.skills.loss_of_width(size, self.needed)?,
            Scarce::Data => self
                .skills
                .loss_of_examples(size, self.needed, Learning::Gradual)?,
        })
    }

    /// The loss of the finite sum at each size, if fewer examples than a skill needs give nothing of it; none of a width.
    pub fn all_or_nothing(&self) -> Result<Option<Vec<f64>>> {
        let of = |&size: &usize| {
            let law = Learning::Abrupt;
            self.skills.loss_of_examples(size, self.needed, law)
        };
        let losses = self.sizes.iter().map(of);
        Ok(match self.scarce {
            Scarce::Width => None,
            Scarce::Data => Some(losses.collect::<sparse_parity::Result<_>>()?),
        })
    }

    /// The median strength of a skill at each size.
    pub fn strengths(&self, task: usize) -> Vec<f64> {
        let of = |runs: &Vec<Emergence>| median(runs.iter().map(|run| run.last()[task][0]));
        self.runs
            .iter()
            .map(|runs| of(runs).unwrap_or(f64::NAN))
            .collect()
    }
}

/// The number that a skill needs, by the least squares of the strengths of one task.
fn calibrated(scarce: Scarce, strengths: &[(usize, f64)]) -> Result<usize> {
    let most = strengths.iter().map(|(size, _)| *size).max().unwrap_or(1);
    let mut best = (f64::INFINITY, 1);
    for needed in 1..=most {
        let mut squares = 0.0;
        for &(size, strength) in strengths {
            squares += (strength - scarce.of_one(size, needed)?).powi(2);
        }
        if squares < best.0 {
            best = (squares, needed);
        }
    }
    Ok(best.1)
}

/// What is needed, and the losses of each size as measured and predicted.
fn told(study: &Study, measured: &[Estimate], predicted: &[f64]) -> String {
    let all = study.sizes.iter().zip(measured).zip(predicted);
    let all: Vec<String> = all
        .map(|((size, measured), predicted)| format!("{size}: {measured:.3} and {predicted:.3}"))
        .collect();
    format!("{} needed; {}", study.needed, all.join("; "))
}

/// Whether the loss is that of the finite sum.
pub fn loss(studio: &mut Studio, study: &Study) -> Result {
    let (name, measured) = (study.scarce.name(), study.losses()?);
    let finite: Result<Vec<f64>> = study.sizes.iter().map(|&size| study.finite(size)).collect();
    let finite = finite?;
    let near = |(measured, finite): (&Estimate, &f64)| (measured.value - finite).abs() <= 0.05;
    studio.find(
        format!("{name}: the mean loss is within 0.05 of the finite sum at every size"),
        told(study, &measured, &finite),
        measured.iter().zip(&finite).all(near),
    )?;
    if let Some(abrupt) = study.all_or_nothing()? {
        studio.find(
            format!(
                "after the fact, {name}: so it is with the finite sum of skills that fewer examples than they need give nothing of"
            ),
            told(study, &measured, &abrupt),
            measured.iter().zip(&abrupt).all(near),
        )?;
    }
    // Where the finite sum is 0 there is no exponent.
    let some: Vec<usize> = (0..finite.len()).filter(|i| finite[*i] > 1e-3).collect();
    let along =
        |loss: &dyn Fn(usize) -> f64| slope(some.iter().map(|&i| (study.sizes[i] as f64, loss(i))));
    let claim = format!(
        "{name}: the exponent of the loss is nearer to that of the finite sum than to the limit"
    );
    if some.len() < 2 {
        return studio.find(claim, "the finite sum has no loss at two sizes", false);
    }
    let runs = study.runs[0].len();
    let rng = &mut Seeds::from(2).stream(Purpose::Eval);
    let exponent = resampled(runs, rng, |chosen| along(&|i| study.mean(i, chosen)))?;
    let sum = along(&|i| finite[i]);
    let limit = study.scarce.resource().exponent(study.alpha)?;
    studio.find(
        claim,
        format!("{exponent:.2}, of the finite sum {sum:.2}, of the limit {limit:.2}"),
        (exponent.value - sum).abs() < (exponent.value - limit).abs(),
    )
}
