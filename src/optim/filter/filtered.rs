use super::Filter;
use crate::error::Result;
use crate::optim::{Optimizer, Rules};
use crate::params::{Layout, Params};
use crate::real::Real;

/// An optimizer behind a [`Filter`]: it sees the changed gradient in place of the gradient.
///
/// It is an optimizer itself, so filters follow one another: in
/// `Filtered::new(a, Filtered::new(b, sgd))` the gradient passes `a` first.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let rule = Rule::rate(0.01).with_decay(0.01);
/// let adamw = AdamW::<f32>::new(model.layout(), rule)?;
/// let optimizer = Filtered::new(GrokfastEma::new(model.layout()), adamw);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound(
        serialize = "G: serde::Serialize, O: serde::Serialize",
        deserialize = "G: serde::Deserialize<'de>, O: serde::Deserialize<'de>"
    ))
)]
pub struct Filtered<F: Real, G, O> {
    filter: G,
    optimizer: O,
    /// Scratch for the changed gradient, from the first step on.
    #[cfg_attr(feature = "serde", serde(skip))]
    changed: Option<Params<F>>,
}

impl<F: Real, G: Filter<F>, O: Optimizer<F>> Filtered<F, G, O> {
    /// The optimizer behind the filter.
    pub fn new(filter: G, optimizer: O) -> Self {
        let changed = None;
        Filtered {
            filter,
            optimizer,
            changed,
        }
    }
}

/// Filter and optimizer are compared; the scratch is not.
impl<F: Real, G: PartialEq, O: PartialEq> PartialEq for Filtered<F, G, O> {
    fn eq(&self, other: &Self) -> bool {
        self.filter == other.filter && self.optimizer == other.optimizer
    }
}

impl<F: Real, G: Filter<F>, O: Optimizer<F>> Optimizer<F> for Filtered<F, G, O> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.filter.fits(layout)?;
        self.optimizer.fits(layout)
    }

    fn identity(&self) -> String {
        format!("{}\n{}", self.filter.identity(), self.optimizer.identity())
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.optimizer.set_rules(rules)
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        let zeros = || Params::zeros(grad.layout());
        let changed = self.changed.get_or_insert_with(zeros);
        changed.as_mut_slice().copy_from_slice(grad.as_slice());
        self.filter.apply(t, changed);
        self.optimizer.step(t, theta, changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::optim::{GrokfastEma, GrokfastMa, Rule, Sgd};
    use crate::params::InitialDistribution;
    use std::sync::Arc;

    fn layout(len: usize) -> Arc<Layout> {
        let mut layout = Layout::default();
        layout.block("a", len, InitialDistribution::Constant(0.0));
        Arc::new(layout)
    }

    /// Multiplies by the first number and adds the second.
    struct Line(f64, f64);

    impl Filter<f64> for Line {
        fn apply(&mut self, t: u64, grad: &mut Params<f64>) {
            let line = |g: &mut f64| *g = self.0 * *g + self.1 + t as f64;
            grad.as_mut_slice().iter_mut().for_each(line);
        }
    }

    #[test]
    fn the_gradient_passes_the_outer_filter_first_and_stays_as_it_was() {
        let layout = layout(1);
        let (mut theta, mut grad) = (Params::zeros(&layout), Params::zeros(&layout));
        grad.fill(1.0);
        let sgd: Box<dyn Optimizer<f64>> = Box::new(Sgd::new(&layout, Rule::rate(1.0)).unwrap());
        let outer: Box<dyn Filter<f64>> = Box::new(Line(2.0, 0.0));
        let mut filtered = Filtered::new(outer, Filtered::new(Line(1.0, 5.0), sgd));
        filtered.step(0, &mut theta, &grad);
        assert_eq!(
            (theta.as_slice(), grad.as_slice()),
            (&[-7.0][..], &[1.0][..])
        );
        // The filters get the step: 2 + 3 and 5 + 5 + 3.
        theta.fill(0.0);
        filtered.step(3, &mut theta, &grad);
        assert_eq!(theta.as_slice(), [-13.0]);
    }

    #[test]
    fn filter_and_optimizer_must_both_fit() {
        let fits = |filter, optimizer| {
            let filter: Box<dyn Filter<f32>> = Box::new(GrokfastEma::new(&layout(filter)));
            let sgd = Sgd::new(&layout(optimizer), Rule::rate(1.0)).unwrap();
            Filtered::new(filter, sgd).fits(&layout(3))
        };
        assert!(fits(3, 3).is_ok());
        for (filter, optimizer) in [(2, 3), (3, 2)] {
            let error = fits(filter, optimizer).unwrap_err();
            assert!(matches!(error, Error::ForeignParams { .. }), "{error:?}");
        }
        let window = GrokfastMa::<f32>::new(&layout(2)).unwrap();
        assert!(window.fits(&layout(3)).is_err());
    }

    #[test]
    fn equal_ones_go_on_alike() {
        let layout = layout(2);
        let sgd = Sgd::new(&layout, Rule::rate(1.0)).unwrap();
        let filtered = Filtered::<f64, _, _>::new(GrokfastEma::new(&layout), sgd);
        let (mut theta, grad) = (Params::zeros(&layout), Params::zeros(&layout));
        let mut stepped = filtered.clone();
        stepped.step(0, &mut theta, &grad);
        assert_ne!(stepped, filtered, "a mean has begun");
        let mut again = filtered.clone();
        again.step(0, &mut theta, &grad);
        again.changed = None;
        assert_eq!(stepped, again);
    }
}
