use super::{Observer, Snapshot, Stop};
use crate::model::Model;
use crate::real::Real;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// An observer that ends a run with [`Stop::GivenUp`] once a flag is set.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::train::Cancelled;
/// use std::sync::atomic::AtomicBool;
///
/// let seeds = Seeds::from(1);
/// let model = PolyNet::new(20, 3)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.01))?;
/// let stream = Online::new(ParityDistribution::new(20, &[1, 2, 3])?, &seeds);
/// let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 16)?;
///
/// let stop = AtomicBool::new(true);
/// assert_eq!(trainer.run(1000, Cancelled(&stop)), Stop::GivenUp { step: 0 });
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Cancelled<'a>(pub &'a AtomicBool);

impl<F: Real, M: Model<F>> Observer<F, M> for Cancelled<'_> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        match self.0.load(Ordering::Relaxed) {
            true => ControlFlow::Break(Stop::GivenUp { step: at.step }),
            false => ControlFlow::Continue(()),
        }
    }
}
