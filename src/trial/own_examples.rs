//! Trials on examples that are given and not drawn.

use super::task::Training;
use super::{Assembly, TargetKind, Trial};
use crate::data::{Batch, Epochs};
use crate::error::{Error, Result};
use crate::seeds::Seeds;
use std::sync::Arc;

/// The examples of an assembly.
#[derive(Clone)]
pub(super) struct OwnExamples {
    training: Batch<f32>,
    validation: Option<Batch<f32>>,
}

impl OwnExamples {
    /// What the run is validated on: the training examples, unless others are given.
    pub(super) fn validation(&self) -> &Batch<f32> {
        self.validation.as_ref().unwrap_or(&self.training)
    }

    /// Passes over the training examples.
    pub(super) fn stream(&self, seeds: &Seeds) -> Result<Training> {
        let stream = Epochs::new(self.training.clone(), seeds)?;
        Ok((Box::new(stream), Some(self.training.clone())))
    }
}

impl Assembly {
    /// The same on training examples of your own, whose labels are ±1, in shuffled passes; the trial's target does not count.
    ///
    /// The run is validated on these examples as well, unless others are given by
    /// [`with_validation`](Assembly::with_validation): then it learns them by heart as the parity of a finite sample may be.
    /// [`Outcome::support`](super::Outcome::support) is the support that the trial states, and empty if it states none;
    /// [`recovered`](super::Outcome::recovered) are the k coordinates that the learner relies on.
    ///
    /// ```
    /// use ndarray::{Array1, Array2};
    /// use sparse_parity::data::{Batch, Bits};
    /// use sparse_parity::trial::{Status, Trial};
    ///
    /// let inputs = Array2::from_shape_fn((64, 6), |(row, i)| f64::from(row as u32 >> i & 1));
    /// let labels: Array1<f64> = inputs.rows().into_iter().map(|x| (x[0] + x[3]) % 2.0).collect();
    /// let examples = Batch::from_arrays(&inputs, &labels, Bits::ZeroOne)?;
    /// let outcome = Trial::new(6, 2).assemble()?.with_examples(examples)?.run(&1.into())?;
    /// assert_eq!((outcome.status, outcome.recovered), (Status::Solved, vec![0, 3]));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Mismatch`] if they have another number of coordinates than the trial, or labels are missing;
    /// [`Error::Label`] for a label that is not ±1; [`Error::Conflict`] if the trial says how examples are drawn.
    pub fn with_examples(mut self, examples: Batch<f32>) -> Result<Self> {
        self.check_examples(&examples)?;
        self.trial.refuse_drawing()?;
        self.trial.samples = Some(examples.len());
        self.examples = Some(Arc::new(OwnExamples {
            training: examples,
            validation: None,
        }));
        Ok(self)
    }

    /// The same, whose runs are validated on examples that are not those of training.
    ///
    /// # Errors
    /// [`Error::Mismatch`] and [`Error::Label`] as of [`with_examples`](Assembly::with_examples); [`Error::Conflict`] without
    /// training examples of your own.
    pub fn with_validation(mut self, examples: Batch<f32>) -> Result<Self> {
        self.check_examples(&examples)?;
        let Some(own) = &self.examples else {
            return Err(Error::Conflict {
                one: "validation examples of one's own",
                other: "training examples that are drawn",
                reason: "these have validation examples of their target",
            });
        };
        self.examples = Some(Arc::new(OwnExamples {
            training: own.training.clone(),
            validation: Some(examples),
        }));
        Ok(self)
    }

    fn check_examples(&self, examples: &Batch<f32>) -> Result<()> {
        examples.check_signs("")?;
        if examples.x.dim() != self.trial.n {
            return Err(Error::Mismatch {
                what: "the number of coordinates of the examples",
                expected: self.trial.n,
                found: examples.x.dim(),
                repair: "make the trial for the n of the examples",
            });
        }
        Ok(())
    }
}

impl Trial {
    /// Refuses settings that say how examples are drawn.
    fn refuse_drawing(&self) -> Result<()> {
        let drawn = [
            (self.samples.is_some(), "a sample size"),
            (self.noise != 0.0, "label noise"),
            (self.random_labels, "random labels"),
            (self.bias.is_some(), "biased inputs"),
            (self.curriculum.is_some(), "a curriculum"),
            (self.target != TargetKind::Parity, "a target"),
        ];
        match drawn.into_iter().find(|(is_given, _)| *is_given) {
            None => Ok(()),
            Some((_, other)) => Err(Error::Conflict {
                one: "examples of one's own",
                other,
                reason: "nothing is drawn",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ParityDistribution, Sampler};
    use crate::measure::{Interval, MeasureKind, Recording};
    use crate::trial::{Learner, PolyNetSettings, Status};

    fn examples(n: usize, support: &[usize], m: usize, seed: u64) -> Batch<f32> {
        let distribution = ParityDistribution::new(n, support).unwrap();
        assert_eq!(distribution.dim(), n);
        Batch::draw(&distribution, m, &mut (&Seeds::from(seed)).into()).unwrap()
    }

    #[test]
    fn a_parity_in_a_file_is_learned_and_validated_on_other_examples() {
        let trial = Trial::new(10, 2);
        let own = trial
            .assemble()
            .unwrap()
            .with_examples(examples(10, &[2, 7], 2000, 1));
        let own = own
            .unwrap()
            .with_validation(examples(10, &[2, 7], 500, 2))
            .unwrap();
        let outcome = own.run(&3.into()).unwrap();
        assert_eq!(
            (outcome.status, outcome.final_accuracy),
            (Status::Solved, 1.0)
        );
        assert_eq!((outcome.recovered, outcome.support), (vec![2, 7], vec![]));
        let stated = Trial {
            support: Some(vec![2, 7]),
            ..trial
        };
        let own = stated
            .assemble()
            .unwrap()
            .with_examples(examples(10, &[2, 7], 2000, 1));
        let outcome = own.unwrap().run(&3.into()).unwrap();
        assert_eq!(outcome.support, [2, 7]);
        let recording = Recording {
            measures: vec![MeasureKind::TrainError, MeasureKind::Error],
            ..Recording::new(Interval::every(20).unwrap())
        };
        let own = trial_on(&Trial::new(10, 2), 300)
            .record(&3.into(), &recording)
            .unwrap();
        // Without others, both are of the same examples.
        assert!(own.table.rows().iter().all(|row| row[1] == row[2]));
    }

    fn trial_on(trial: &Trial, m: usize) -> Assembly {
        trial
            .assemble()
            .unwrap()
            .with_examples(examples(10, &[2, 7], m, 1))
            .unwrap()
    }

    #[test]
    fn wrong_labels_are_learned_by_heart_and_do_not_generalise() {
        let mut training = examples(10, &[2, 7], 40, 1);
        training.y[3] *= -1.0;
        let trial = Trial {
            max_steps: 20_000,
            ..Trial::new(10, 2)
        };
        let own = trial.assemble().unwrap().with_examples(training).unwrap();
        let outcome = own.run(&1.into()).unwrap();
        assert_eq!(
            (outcome.status, outcome.final_accuracy),
            (Status::Solved, 1.0)
        );
        let own = own.with_validation(examples(10, &[2, 7], 2000, 2)).unwrap();
        let outcome = own.run(&1.into()).unwrap();
        assert_eq!(outcome.status, Status::Unsolved);
    }

    #[test]
    fn tiny_networks_take_them_too() {
        let learner = Learner::PolyNet(PolyNetSettings::default());
        let trial = Trial {
            learner,
            rate: 0.05.into(),
            ..Trial::new(10, 2)
        };
        let own = trial_on(&trial, 500);
        let outcome = own.run(&1.into()).unwrap();
        let mut each = Vec::new();
        own.run_each(
            &std::sync::atomic::AtomicBool::new(false),
            &mut std::iter::once(Seeds::from(1)),
            &mut |_, outcome| {
                each.push(outcome.unwrap());
                std::ops::ControlFlow::Continue(())
            },
        );
        assert_eq!(each, [outcome]);
        assert!(own.memory().unwrap() > 0);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let told = |trial: Trial| {
            let own = trial
                .assemble()
                .unwrap()
                .with_examples(examples(10, &[2, 7], 9, 1));
            own.err().unwrap().to_string()
        };
        assert!(told(Trial::new(11, 2)).contains("is 10"));
        assert!(
            told(Trial {
                noise: 0.1,
                ..Trial::new(10, 2)
            })
            .contains("label noise")
        );
        assert!(
            told(Trial {
                samples: Some(9),
                ..Trial::new(10, 2)
            })
            .contains("a sample size")
        );
        let drawn = Trial::new(10, 2).assemble().unwrap();
        let told = drawn
            .with_validation(examples(10, &[2, 7], 9, 1))
            .err()
            .unwrap();
        assert!(told.to_string().contains("drawn"), "{told}");
        let mut real = examples(10, &[2, 7], 9, 1);
        real.y[4] = 0.5;
        let told = Trial::new(10, 2)
            .assemble()
            .unwrap()
            .with_examples(real)
            .err()
            .unwrap();
        assert!(told.to_string().contains("row 4"), "{told}");
    }
}
