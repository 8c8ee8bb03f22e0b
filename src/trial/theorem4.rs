use super::Status;
#[cfg(feature = "serde")]
use super::possible;
use crate::activation::Relu;
use crate::data::{Online, Parity, ParityDistribution};
use crate::error::{Result, product};
#[cfg(feature = "serde")]
use crate::experiment::Experiment;
use crate::loss::Hinge;
use crate::measure::{BatchLoss, Convergence, ErrorRate, Interval, Recorder, Table};
use crate::model::{Architecture, Mlp};
use crate::optim::{Rule, Rules, Sgd};
use crate::params::{Init, Params};
use crate::seeds::{Purpose, Seeds};
#[cfg(feature = "serde")]
use crate::stats::Time;
use crate::theory::theorem4::{Construction, FIRST_DECAY};
use crate::train::{Cancelled, Stop, Trainer};
use ndarray::{Array2, Ix1, Ix2};
use std::sync::atomic::AtomicBool;

/// The procedure of Theorem 4 as a run: one step of the first layer on a large batch, then SGD on the
/// output weights alone.
///
/// The network is a ReLU network in double precision with
/// [`Init::Paired`], the loss is the hinge loss. The first step has η₀ and λ₀ = 1 of
/// [`theory::theorem4`](crate::theory::theorem4) on W, and takes the output weights to 0; the paper
/// does not state where these begin their own phase. Biases keep their initial values. Afterwards
/// only the output weights move.
///
/// ```
/// use sparse_parity::trial::{Status, Theorem4};
///
/// let procedure = Theorem4 { width: Some(128), ..Theorem4::new(9, 2) };
/// let outcome = procedure.run(&1.into())?;
/// assert_eq!(outcome.status, Status::Solved);
/// // One step has found S: its gradient stands out.
/// assert_eq!(outcome.recovered, outcome.support);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Theorem4 {
    /// The number of coordinates n, odd.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub n: usize,
    /// The number of relevant coordinates k, even.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub k: usize,
    /// The width r, even; if `None`, one that has every ideal feature with probability 0.9.
    pub width: Option<usize>,
    /// The size of the batch of the first step; if `None`, (16/ξ_{k−1})², so that a relevant entry of
    /// the gradient is more than ten standard errors.
    pub first_batch: Option<usize>,
    /// The size of the other batches.
    pub batch: usize,
    /// The learning rate of the output weights; 8/r if `None`.
    pub rate: Option<f64>,
    /// The number of steps of the output weights after which the run counts as unsolved.
    pub max_steps: u64,
}

/// The sizes of a [`Theorem4`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theorem4Sizes {
    /// The width r.
    pub width: usize,
    /// The size of the batch of the first step.
    pub first_batch: usize,
    /// The learning rate of the output weights.
    pub rate: f64,
}

/// The outcome of a [`Theorem4`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Theorem4Outcome {
    /// Whether the network got all of 2¹³ validation examples right.
    pub status: Status,
    /// The number of steps of the output weights.
    pub steps: u64,
    /// The hidden support, ascending.
    pub support: Vec<usize>,
    /// The gradient of the first layer in the first step, shape `[r, n]`.
    pub gradient: Array2<f64>,
    /// The k coordinates with the largest gradients, summed over the neurons, ascending.
    pub recovered: Vec<usize>,
    /// How many neurons are ideal features h₀, …, h_k: their weights on S lie within a half of
    /// 1/(2k).
    pub ideal: Vec<usize>,
    /// Steps of the output weights, with the columns `step`, `error` and `batch loss`.
    pub table: Table,
}

impl Default for Theorem4 {
    /// The (9, 2)-parity.
    fn default() -> Self {
        Theorem4::new(9, 2)
    }
}

impl Theorem4 {
    /// The procedure with the sizes that its fields say for `None`, batches of 32 and at most 100 000
    /// steps.
    ///
    /// These sizes are practical, not those for which the theorem is proved.
    pub fn new(n: usize, k: usize) -> Self {
        Theorem4 {
            n,
            k,
            width: None,
            first_batch: None,
            batch: 32,
            rate: None,
            max_steps: 100_000,
        }
    }

    /// The sizes, with those that are not given filled in.
    ///
    /// # Errors
    /// Those of [`Construction::new`], [`Error::TooLarge`](crate::Error::TooLarge) for a k whose width
    /// or batch is beyond any memory.
    pub fn sizes(&self) -> Result<Theorem4Sizes> {
        let sizes = Construction::new(self.n, self.k)?;
        let width = match self.width {
            Some(width) => width,
            None => sizes.width(0.1)? as usize,
        };
        let standard = 8.0 / sizes.relevant_gradient();
        let usual_batch = (standard * standard).ceil() as usize;
        let first_batch = self.first_batch.unwrap_or(usual_batch);
        product("the first batch times n", first_batch, self.n)?;
        product("the width times n", width, self.n)?;
        Ok(Theorem4Sizes {
            width,
            first_batch,
            rate: self.rate.unwrap_or(8.0 / width as f64),
        })
    }

    /// Runs the procedure.
    ///
    /// # Errors
    /// Those of [`sizes`](Theorem4::sizes), [`Init::affine`] and [`Trainer::new`], and of [`Sgd::new`] for a
    /// rate that is none.
    pub fn run(&self, seeds: &Seeds) -> Result<Theorem4Outcome> {
        let outcome = self.run_until(seeds, &AtomicBool::new(false))?;
        Ok(outcome.expect("a run that nobody stops has an outcome"))
    }

    /// The same, until somebody sets `stop`; `None` if that was before the end.
    ///
    /// # Errors
    /// Those of [`run`](Theorem4::run).
    pub fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Theorem4Outcome>> {
        let Theorem4Sizes {
            width,
            first_batch,
            rate,
        } = self.sizes()?;
        let sizes = Construction::new(self.n, self.k)?;
        let parity = Parity::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let model = Mlp::new(self.n, width, Relu)?.with_init(Init::Paired { k: self.k })?;
        let layout = model.layout().clone();
        let theta = Params::<f64>::draw(&layout, &mut seeds.stream(Purpose::Init));

        let first = Rule::rate(sizes.first_rate()).with_decay(FIRST_DECAY);
        let first = Rules::from(Rule::frozen())
            .on("hidden.weight", first)
            .on("output", Rule::frozen().with_decay(1.0));
        let second = Rules::from(Rule::rate(rate)).on("hidden", Rule::frozen());
        let (first, second) = (Sgd::new(&layout, first)?, Sgd::new(&layout, second)?);

        let stream = Online::new(ParityDistribution::from(parity.clone()), seeds);
        let mut solved = Convergence::new(&model, &parity, seeds)?;
        let mut recorder = Recorder::new(Interval::per_decade(20)?)
            .with(ErrorRate::clean(&model, &parity, seeds)?)
            .with(BatchLoss);

        let mut step = Trainer::new(model.clone(), Hinge, stream, first, theta, first_batch)?;
        // With f = 0 everywhere nothing can diverge.
        let _ = step.step(&mut ());
        let (theta, stream) = (step.theta().clone(), step.stream().clone());
        drop(step);
        let weight = theta.view(&layout.get::<Ix2>("hidden.weight")?).to_owned();
        let bias = theta.view(&layout.get::<Ix1>("hidden.bias")?).to_owned();

        let mut trainer = Trainer::new(model, Hinge, stream, second, theta, self.batch)?;
        let cancelled = Cancelled(stop);
        let stop = trainer.run(self.max_steps, (cancelled, (&mut recorder, &mut solved)));
        if let Stop::GivenUp { .. } = stop {
            return Ok(None);
        }

        let features = Features {
            sizes,
            parity: &parity,
        };
        // What is left of W is −η₀ times its gradient.
        let gradient = &weight * (-1.0 / sizes.first_rate());
        Ok(Some(Theorem4Outcome {
            status: stop.into(),
            steps: trainer.steps(),
            support: parity.support().to_vec(),
            recovered: features.largest(&gradient),
            ideal: features.count(&weight, bias.iter().copied()),
            gradient,
            table: recorder.table().clone(),
        }))
    }
}

#[cfg(feature = "serde")]
impl Experiment for Theorem4 {
    type Outcome = Theorem4Outcome;
    const NAME: &'static str = "theorem4";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Theorem4Outcome>> {
        Theorem4::run_until(self, seeds, stop)
    }

    /// The larger of both batches, and three numbers for every parameter, in double precision.
    fn memory(&self) -> Result<u64> {
        let sizes = self.sizes()?;
        let batch = sizes.first_batch.max(self.batch);
        let [n, width, batch] = [self.n, sizes.width, batch].map(|size| size as u64);
        let parameters = width.saturating_mul(3 * (n + 2));
        let activations = width.saturating_mul(batch.min(1 << 17));
        let examples = batch.saturating_mul(n / 64 + 4).saturating_add(1 << 16);
        let numbers = parameters.saturating_add(activations);
        Ok(numbers.saturating_add(examples).saturating_mul(8))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.max_steps)
    }

    fn check_outcome(&self, outcome: &Theorem4Outcome) -> Result<()> {
        possible::end(outcome.status, outcome.steps, self.max_steps)?;
        possible::coordinates(self.n, &outcome.support, &outcome.recovered)
    }

    fn work(outcome: &Theorem4Outcome) -> Option<u64> {
        Some(outcome.steps)
    }

    fn time(outcome: &Theorem4Outcome) -> Option<Time> {
        Some(outcome.status.time(outcome.steps))
    }

    #[cfg(feature = "sweep")]
    fn schema() -> crate::schema::Schema {
        crate::schema::Schema::of::<Self>()
    }
}

/// What the first step was to make.
struct Features<'a> {
    sizes: Construction,
    parity: &'a Parity,
}

impl Features<'_> {
    /// How many neurons are each of the ideal features.
    fn count(&self, weight: &Array2<f64>, bias: impl Iterator<Item = f64>) -> Vec<usize> {
        let size = self.sizes.relevant_weight();
        let biases = self.sizes.biases();
        let mut count = vec![0; biases.len()];
        for (row, bias) in weight.rows().into_iter().zip(bias) {
            let is_near = |i: &usize| (row[*i] - size).abs() < 0.5 * size;
            let place = biases.iter().position(|b| *b == bias);
            if let Some(place) = place.filter(|_| self.parity.support().iter().all(is_near)) {
                count[place] += 1;
            }
        }
        count
    }

    /// The k coordinates with the largest sums of |gradient|, ascending.
    fn largest(&self, gradient: &Array2<f64>) -> Vec<usize> {
        let sum = |i: &usize| gradient.column(*i).iter().map(|g| g.abs()).sum::<f64>();
        let mut order: Vec<usize> = (0..self.parity.n()).collect();
        order.sort_by(|i, j| sum(j).total_cmp(&sum(i)));
        order.truncate(self.parity.k());
        order.sort_unstable();
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_procedure_learns_and_keeps_its_bits() {
        let procedure = Theorem4::new(11, 2);
        let [first, second] = [3, 3].map(|seed| procedure.run(&seed.into()).unwrap());
        assert_eq!(first.status, Status::Solved);
        assert_eq!(first.table, second.table);
        assert_eq!(first.gradient, second.gradient);
        assert_eq!(first.recovered, first.support);
        assert!(
            first.ideal.iter().all(|count| *count > 0),
            "{:?}",
            first.ideal
        );
        // After the first step f = 0, which counts as wrong everywhere.
        assert_eq!(first.table.rows()[0][1], 1.0);
    }

    #[test]
    fn the_first_gradient_is_within_its_error_of_the_population_gradient() {
        let procedure = Theorem4::new(9, 4);
        let outcome = Theorem4 {
            max_steps: 1,
            ..procedure.clone()
        };
        let outcome = outcome.run(&5.into()).unwrap();
        let sizes = Construction::new(9, 4).unwrap();
        // The entries are means of numbers in {−1, 0, 1}; five standard errors.
        let error = 5.0 / (procedure.sizes().unwrap().first_batch as f64).sqrt();
        for ((_, i), g) in outcome.gradient.indexed_iter() {
            let size = match outcome.support.contains(&i) {
                true => sizes.relevant_gradient(),
                false => sizes.irrelevant_gradient(),
            };
            assert!((g.abs() - size).abs() < error, "{g} {size}");
        }
    }

    #[test]
    fn sizes_that_are_none_are_refused() {
        let refused = |n, k| Theorem4::new(n, k).sizes().is_err();
        assert!(refused(10, 2) && refused(9, 3) && refused(1001, 60));
        let fine = Theorem4::new(9, 2);
        let run = |procedure: Theorem4| procedure.run(&1.into()).unwrap_err().to_string();
        let odd = Theorem4 {
            width: Some(7),
            ..fine.clone()
        };
        assert!(run(odd).contains("not 7"));
        let rate = Theorem4 {
            rate: Some(f64::NAN),
            ..fine.clone()
        };
        assert!(run(rate).contains("NaN"));
        let batch = Theorem4 {
            first_batch: Some(0),
            ..fine.clone()
        };
        assert!(run(batch).contains("batch size is 0"));
        assert!(run(Theorem4 { n: 8, ..fine }).contains("can tie"));
    }
}
