use super::interval::{Clock, Interval};
use super::{Measure, Table};
use crate::model::Model;
use crate::real::Real;
use crate::train::{Observer, Snapshot, Stop};
use std::fmt;
use std::ops::ControlFlow;

/// An observer that writes measures into a [`Table`], a row an interval.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(20, 10, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let mut recorder = Recorder::new(Interval::every(10)?)
///     .with(BatchLoss)
///     .with(WeightMovement::new(&theta, "hidden.weight")?);
///
/// let stream = Online::new(ParityDistribution::new(20, &[1, 2])?, &seeds);
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// Trainer::new(model, Hinge, stream, sgd, theta, 32)?.run(100, &mut recorder);
/// assert_eq!(recorder.table().rows().len(), 11);
/// assert_eq!(recorder.table().column("rho").unwrap()[0], 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct Recorder<F: Real, M: Model<F>> {
    clock: Clock,
    measures: Vec<Box<dyn Measure<F, M> + Send>>,
    table: Table,
}

impl<F: Real, M: Model<F>> Recorder<F, M> {
    /// A recorder without measures.
    pub fn new(interval: Interval) -> Self {
        Recorder {
            clock: Clock::new(interval),
            measures: Vec::new(),
            table: Table::new(&["step"]),
        }
    }

    /// The same recorder with one more column, headed by the name of the measure.
    #[must_use]
    pub fn with(self, measure: impl Measure<F, M> + Send + 'static) -> Self {
        let name = measure.name().to_owned();
        self.with_named(&name, measure)
    }

    /// The same recorder with one more column, headed `name`: for a second measure of its kind.
    #[must_use]
    pub fn with_named(mut self, name: &str, measure: impl Measure<F, M> + Send + 'static) -> Self {
        self.table.head(name);
        self.measures.push(Box::new(measure));
        self
    }

    /// The same recorder, table included, which records the next iterate and goes on at another interval.
    #[must_use]
    pub fn with_interval(self, interval: Interval) -> Self {
        let clock = Clock::new(interval);
        Recorder { clock, ..self }
    }

    /// Writes a row for this iterate, unless its row is there already.
    ///
    /// After a run, `recorder.record(&trainer.snapshot().unwrap())` adds the last iterate.
    pub fn record(&mut self, at: &Snapshot<'_, F, M>) {
        let step = at.step as f64;
        if self.table.rows().last().is_some_and(|row| row[0] == step) {
            return;
        }
        let values = self.measures.iter_mut().map(|measure| measure.measure(at));
        let row = std::iter::once(step).chain(values).collect();
        self.table.push(row);
    }

    /// What has been recorded; the first column is the step.
    pub fn table(&self) -> &Table {
        &self.table
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for Recorder<F, M> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        if self.clock.is_due(at.step) {
            self.record(at);
        }
        ControlFlow::Continue(())
    }
}

/// The rows of a recorder, and when the next one is due.
#[cfg(feature = "serde")]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct RecorderState {
    clock: Clock,
    table: Table,
}

#[cfg(feature = "serde")]
impl<F: Real, M: Model<F>> crate::train::Persist for Recorder<F, M> {
    type State = RecorderState;
    fn state(&self) -> RecorderState {
        RecorderState {
            clock: self.clock,
            table: self.table.clone(),
        }
    }
    fn restore(&mut self, RecorderState { clock, table }: RecorderState) -> crate::Result<()> {
        self.clock.check_interval(&clock)?;
        if table.columns() != self.table.columns() {
            return Err(crate::Error::ForeignColumns {
                expected: self.table.columns().join(", "),
                found: table.columns().join(", "),
            });
        }
        (self.clock, self.table) = (clock, table);
        Ok(())
    }
    fn identity(&self) -> String {
        let mut lines = format!("interval = {}\n", self.clock.interval());
        for (name, measure) in self.table.columns()[1..].iter().zip(&self.measures) {
            lines += &format!("measure {name} = {}\n", measure.identity());
        }
        lines
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for Recorder<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("clock", &self.clock)
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
