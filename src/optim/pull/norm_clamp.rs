use super::Projection;
use crate::error::{Result, above_zero};
use crate::params::{Layout, Params};
use crate::real::{Real, sum_of_squares};
use std::ops::Range;
use std::sync::Arc;

/// Scales blocks behind every update so that their Euclidean norm, together, is the given one.
///
/// Blocks of zeros, and of numbers that are not finite, stay as they are. What is named is scaled even if it is frozen
/// otherwise; leave frozen blocks out. A clamp of the norm separates what a decay does to the length of θ from what it does to
/// its direction.
///
/// ```
/// use sparse_parity::optim::{NormClamp, Projection};
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(2, 1)?.without_bias();
/// let mut theta = Params::<f64>::zeros(model.layout());
/// theta.as_mut_slice().copy_from_slice(&[3.0, 4.0]);
/// NormClamp::new(model.layout(), &["factor"], 10.0)?.project(0, &mut theta);
/// assert_eq!(theta.as_slice(), [6.0, 8.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NormClamp {
    layout: Arc<Layout>,
    names: Vec<String>,
    places: Vec<Range<usize>>,
    norm: f64,
}

impl NormClamp {
    /// Keeps the norm of these blocks or layers.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) without names, [`Error::UnknownBlock`](crate::Error::UnknownBlock) for one that
    /// covers nothing, [`Error::NotPositive`](crate::Error::NotPositive) unless the norm is finite and positive.
    pub fn new(layout: &Arc<Layout>, names: &[&str], norm: f64) -> Result<Self> {
        crate::error::positive("the number of clamped blocks", names.len())?;
        let mut places = Vec::new();
        for name in names {
            places.extend(layout.covered(name)?);
        }
        // A block that two names cover counts once.
        places.sort_by_key(|place| place.start);
        places.dedup();
        Ok(NormClamp {
            layout: Arc::clone(layout),
            names: names.iter().map(|name| (*name).into()).collect(),
            places,
            norm: above_zero("the norm", norm)?,
        })
    }
}

impl<F: Real> Projection<F> for NormClamp {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.layout.agrees_with(layout)
    }

    fn identity(&self) -> String {
        format!("norm of {} = {:?}", self.names.join(", "), self.norm)
    }

    fn project(&mut self, _: u64, theta: &mut Params<F>) {
        let values = self
            .places
            .iter()
            .flat_map(|at| &theta.as_slice()[at.clone()]);
        let square = sum_of_squares(values);
        if !(square > 0.0 && square.is_finite()) {
            return;
        }
        let factor = F::of(self.norm / square.sqrt());
        for place in &self.places {
            let values = theta.as_mut_slice()[place.clone()].iter_mut();
            values.for_each(|w| *w *= factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::error::Error;
    use crate::model::{Architecture, Mlp};
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn the_norm_is_kept_and_other_blocks_are() {
        let model = Mlp::new(5, 4, Relu).unwrap();
        let start = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
        let mut theta = start.clone();
        let names = ["hidden", "hidden.bias"];
        let mut clamp = NormClamp::new(model.layout(), &names, 2.0).unwrap();
        clamp.project(0, &mut theta);
        let (hidden, output) = theta.as_slice().split_at(24);
        let norm = hidden.iter().map(|w| w * w).sum::<f64>().sqrt();
        assert!((norm - 2.0).abs() < 1e-14);
        assert_eq!(output, &start.as_slice()[24..]);
        let mut zeros = Params::<f64>::zeros(model.layout());
        clamp.project(0, &mut zeros);
        assert!(zeros.as_slice().iter().all(|w| *w == 0.0));
        let told = |names: &[&str], norm| NormClamp::new(model.layout(), names, norm).unwrap_err();
        assert!(matches!(told(&["outptu"], 1.0), Error::UnknownBlock { .. }));
        assert!(matches!(told(&[], 1.0), Error::Zero { .. }));
        assert!(matches!(told(&names, 0.0), Error::NotPositive { .. }));
    }
}
