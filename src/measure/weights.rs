use super::Measure;
use super::interval::{Clock, Interval};
use crate::data::Parity;
use crate::error::Result;
use crate::model::{Architecture, Model};
use crate::params::{Block, Params};
use crate::real::Real;
use crate::train::{Observer, Snapshot, Stop};
use ndarray::{Array2, Ix2, IxDyn};
use std::ops::ControlFlow;

/// The progress measure ρ of section 5 (figure 3), over one block of parameters.
///
/// ```math
/// \rho(t) = \lVert w_t - w_0 \rVert_\infty
/// ```
///
/// It rises through the plateau on a parity, and differs from its course on random labels. It is
/// predictive of the remaining time, not causal.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let rho = WeightMovement::new(&theta, "hidden.weight")?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WeightMovement<F: Real> {
    start: Params<F>,
    block: Block<IxDyn>,
}

impl<F: Real> WeightMovement<F> {
    /// Movement of the block `name` away from its values in `start`.
    ///
    /// Measuring panics if the run has a model without such a block.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) if there is none.
    pub fn new(start: &Params<F>, name: &str) -> Result<Self> {
        Ok(WeightMovement {
            block: start.layout().get(name)?,
            start: start.clone(),
        })
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for WeightMovement<F> {
    fn name(&self) -> &str {
        "rho"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        at.theta.max_distance(&self.start, &self.block).as_f64()
    }

    fn identity(&self) -> String {
        let start = self.start.digest();
        format!(
            "movement of {:?} from values of hash {start:016x}",
            self.block
        )
    }
}

/// The largest absolute weight on the relevant coordinates, or on the irrelevant ones.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let (model, parity) = (Mlp::new(50, 100, Relu)?, Parity::new(50, &[1, 2, 3])?);
/// let relevant = LargestWeight::relevant(&model, "hidden.weight", &parity)?;
/// let irrelevant = LargestWeight::irrelevant(&model, "hidden.weight", &parity)?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LargestWeight {
    name: &'static str,
    block: Block<Ix2>,
    columns: Vec<usize>,
}

impl LargestWeight {
    /// Over the columns of the matrix `block` that belong to the support.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) or
    /// [`Error::BlockAxes`](crate::Error::BlockAxes) if there is no such matrix,
    /// [`Error::Mismatch`](crate::Error::Mismatch) if parity and model differ in n.
    pub fn relevant(model: &impl Architecture, block: &str, parity: &Parity) -> Result<Self> {
        LargestWeight::over("relevant weight", model, block, parity, true)
    }

    /// Over the columns of the matrix `block` that do not belong to the support.
    ///
    /// # Errors
    /// As [`relevant`](LargestWeight::relevant).
    pub fn irrelevant(model: &impl Architecture, block: &str, parity: &Parity) -> Result<Self> {
        LargestWeight::over("irrelevant weight", model, block, parity, false)
    }

    fn over(
        name: &'static str,
        model: &impl Architecture,
        block: &str,
        parity: &Parity,
        relevant: bool,
    ) -> Result<Self> {
        super::convergence::same_dim(model.dim(), parity.n())?;
        let is_meant = |i: &usize| parity.contains(*i) == relevant;
        Ok(LargestWeight {
            name,
            block: model.layout().get(block)?,
            columns: (0..parity.n()).filter(is_meant).collect(),
        })
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for LargestWeight {
    fn name(&self) -> &str {
        self.name
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        let weight = at.theta.view(&self.block);
        let columns = self.columns.iter().map(|&i| weight.column(i));
        columns
            .flatten()
            .map(|w| w.as_f64().abs())
            .fold(0.0, crate::params::max_or_nan)
    }

    fn identity(&self) -> String {
        format!("{self:?}")
    }
}

/// All weights of one matrix of parameters along a run.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 1, Sine)?;
/// let trace = WeightTrace::<f32>::new(&model, "hidden.weight", Interval::every(100)?)?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WeightTrace<F: Real> {
    block: Block<Ix2>,
    clock: Clock,
    steps: Vec<u64>,
    weights: Vec<Array2<F>>,
}

impl<F: Real> WeightTrace<F> {
    /// Records the matrix `block` at the given interval.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) or
    /// [`Error::BlockAxes`](crate::Error::BlockAxes) if there is no such matrix.
    pub fn new(model: &impl Architecture, block: &str, interval: Interval) -> Result<Self> {
        Ok(WeightTrace {
            block: model.layout().get(block)?,
            clock: Clock::new(interval),
            steps: Vec::new(),
            weights: Vec::new(),
        })
    }

    /// The recorded steps.
    pub fn steps(&self) -> &[u64] {
        &self.steps
    }

    /// The recorded matrices, one for each of the [`steps`](WeightTrace::steps).
    pub fn weights(&self) -> &[Array2<F>] {
        &self.weights
    }

    /// The same trace, which keeps the next iterate and goes on at another interval.
    #[must_use]
    pub fn with_interval(self, interval: Interval) -> Self {
        let clock = Clock::new(interval);
        WeightTrace { clock, ..self }
    }

    /// Keeps the weights of the iterate, if they are not kept already.
    pub fn record<M: Model<F>>(&mut self, at: &Snapshot<'_, F, M>) {
        if self.steps.last() != Some(&at.step) {
            self.steps.push(at.step);
            self.weights.push(at.theta.view(&self.block).to_owned());
        }
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for WeightTrace<F> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        if self.clock.is_due(at.step) {
            self.record(at);
        }
        ControlFlow::Continue(())
    }
}

/// The matrices of a trace, and when the next one is due.
#[cfg(feature = "serde")]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct WeightTraceState<F: Real> {
    clock: Clock,
    steps: Vec<u64>,
    weights: Vec<Array2<F>>,
}

#[cfg(feature = "serde")]
impl<F: Real> crate::train::Persist for WeightTrace<F> {
    type State = WeightTraceState<F>;
    fn state(&self) -> Self::State {
        WeightTraceState {
            clock: self.clock,
            steps: self.steps.clone(),
            weights: self.weights.clone(),
        }
    }
    fn restore(&mut self, state: Self::State) -> Result<()> {
        self.clock.check_interval(&state.clock)?;
        let shape = (self.block.shape()[0], self.block.shape()[1]);
        let is_whole = state.steps.len() == state.weights.len()
            && state.steps.is_sorted_by(|a, b| a < b)
            && state.weights.iter().all(|weights| weights.dim() == shape);
        if !is_whole {
            return Err(crate::Error::ForeignObserver {
                what: "the matrix that is traced",
                saved: "another one, or not whole".into(),
                own: format!("of shape {shape:?}"),
            });
        }
        (self.clock, self.steps) = (state.clock, state.steps);
        self.weights = state.weights;
        Ok(())
    }
    fn identity(&self) -> String {
        let (block, interval) = (&self.block, self.clock.interval());
        format!("traced block = {block:?}\ninterval = {interval}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::Mlp;
    use ndarray::array;

    #[test]
    fn the_largest_weights_are_those_of_their_coordinates() {
        let (model, parity) = (
            Mlp::new(4, 2, Relu).unwrap(),
            Parity::new(4, &[1, 3]).unwrap(),
        );
        let mut theta = Params::<f64>::zeros(model.layout());
        let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
        theta
            .view_mut(&weight)
            .assign(&array![[9.0, 1.0, -2.0, 0.5], [0.0, -3.0, 7.0, 2.0]]);
        let grad = Params::zeros(model.layout());
        let at = Snapshot::new(&model, &theta, 0.0, &grad).unwrap();
        let mut relevant = LargestWeight::relevant(&model, "hidden.weight", &parity).unwrap();
        let mut irrelevant = LargestWeight::irrelevant(&model, "hidden.weight", &parity).unwrap();
        let name = |measure: &LargestWeight| Measure::<f64, Mlp<Relu>>::name(measure).to_owned();
        assert_eq!(
            (name(&relevant), relevant.measure(&at)),
            ("relevant weight".into(), 3.0)
        );
        assert_eq!(
            (name(&irrelevant), irrelevant.measure(&at)),
            ("irrelevant weight".into(), 9.0)
        );
    }
}
