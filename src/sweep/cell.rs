use crate::experiment::Experiment;
use crate::seeds::Seeds;
use crate::sweep::error::{Result, SweepError};
use crate::trial::Trial;
use serde::{Deserialize, Serialize};

/// The settings of an experiment and the seeds that it is run with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell<E = Trial> {
    /// The settings.
    pub experiment: E,
    /// The seeds.
    pub seeding: Seeding,
}

impl<E: Experiment> Cell<E> {
    /// An experiment with the seeds 0, …, `runs` − 1.
    pub fn new(experiment: E, runs: u64) -> Self {
        let seeding = Seeding::Each { first: 0, runs };
        Cell {
            experiment,
            seeding,
        }
    }
}

/// The seeds of the runs of a [`Cell`], which are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Seeding {
    /// Run i has the seed first + i, for everything.
    Each {
        /// The seed of run 0.
        first: u64,
        /// The number of runs.
        runs: u64,
    },
    /// Every initialisation with every stream of data.
    ///
    /// Run i·streams + j has the seed first + i for the initialisation and first + j for training data
    /// and label noise. Support and validation examples have the seed `first` in all of them.
    Crossed {
        /// The smallest seed.
        first: u64,
        /// The number of initialisations.
        inits: u64,
        /// The number of streams of data.
        streams: u64,
    },
}

impl Seeding {
    /// The number of runs.
    pub fn len(&self) -> u64 {
        match *self {
            Seeding::Each { runs, .. } => runs,
            Seeding::Crossed { inits, streams, .. } => inits.saturating_mul(streams),
        }
    }

    /// Whether there are no runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Refuses more runs, or larger seeds, than there are.
    pub(super) fn check(&self) -> Result<()> {
        let (first, seeds) = match *self {
            Seeding::Each { first, runs } => (first, runs),
            Seeding::Crossed {
                first,
                inits,
                streams,
            } => {
                if inits.checked_mul(streams).is_none() {
                    return Err(SweepError::TooManyRuns);
                }
                (first, inits.max(streams))
            }
        };
        match first.checked_add(seeds.saturating_sub(1)) {
            Some(_) => Ok(()),
            None => Err(SweepError::Seeds { first, seeds }),
        }
    }

    /// The seeds of a run.
    pub fn seeds(&self, run: u64) -> Seeds {
        match *self {
            Seeding::Each { first, .. } => first.wrapping_add(run).into(),
            Seeding::Crossed { first, streams, .. } => {
                let (init, stream) = (run / streams.max(1), run % streams.max(1));
                let data = first.wrapping_add(stream);
                Seeds {
                    init: first.wrapping_add(init),
                    train: data,
                    noise: data,
                    ..first.into()
                }
            }
        }
    }

    /// The run that has these seeds, if there is one.
    pub fn place(&self, seeds: &Seeds) -> Option<u64> {
        let run = match *self {
            Seeding::Each { first, .. } => seeds.init.checked_sub(first)?,
            Seeding::Crossed { first, streams, .. } => {
                let (init, stream) = (
                    seeds.init.checked_sub(first)?,
                    seeds.train.checked_sub(first)?,
                );
                if stream >= streams {
                    return None;
                }
                init.checked_mul(streams)?.checked_add(stream)?
            }
        };
        (run < self.len() && self.seeds(run) == *seeds).then_some(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_found_by_its_seeds() {
        let each = Seeding::Each { first: 5, runs: 7 };
        let crossed = Seeding::Crossed {
            first: 3,
            inits: 4,
            streams: 3,
        };
        for seeding in [each, crossed] {
            for run in 0..seeding.len() {
                assert_eq!(seeding.place(&seeding.seeds(run)), Some(run));
            }
            assert_eq!(seeding.place(&seeding.seeds(seeding.len())), None);
            assert_eq!(seeding.place(&0.into()), None);
        }
        assert_eq!(crossed.len(), 12);
        assert_eq!(each.place(&crossed.seeds(4)), None);
        let seeds = crossed.seeds(5);
        let data = (seeds.train, seeds.noise);
        assert_eq!((seeds.support, seeds.init, data), (3, 4, (5, 5)));
        assert!(!each.is_empty() && !crossed.is_empty());
        assert!(Seeding::Each { first: 5, runs: 0 }.is_empty());
        let (first, inits, streams) = (3, 0, 4);
        assert!(
            Seeding::Crossed {
                first,
                inits,
                streams
            }
            .is_empty()
        );
    }

    #[test]
    fn numbers_of_runs_and_seeds_are_checked() {
        let crossed = |first, inits, streams| Seeding::Crossed {
            first,
            inits,
            streams,
        };
        for seeding in [
            Seeding::Each {
                first: u64::MAX,
                runs: 1,
            },
            Seeding::Each {
                first: 0,
                runs: u64::MAX,
            },
            crossed(u64::MAX - 3, 4, 1),
            crossed(0, u64::MAX, 1),
            crossed(u64::MAX, 0, 1),
        ] {
            assert!(seeding.check().is_ok(), "{seeding:?}");
            let last = seeding.len().saturating_sub(1);
            assert!(seeding.is_empty() || seeding.place(&seeding.seeds(last)) == Some(last));
        }
        for seeding in [
            Seeding::Each {
                first: u64::MAX,
                runs: 2,
            },
            crossed(u64::MAX - 3, 4, 5),
            crossed(0, 1 << 32, 1 << 32),
            crossed(0, u64::MAX, 2),
        ] {
            assert!(seeding.check().is_err(), "{seeding:?}");
        }
    }
}
