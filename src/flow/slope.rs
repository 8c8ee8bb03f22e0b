use differential_equations::ode::ODE;
use std::cell::RefCell;

/// F as the integrator calls it, by shared reference.
pub(super) struct Slope<F> {
    inner: RefCell<Inner<F>>,
}

struct Inner<F> {
    slope: F,
    evaluations: usize,
    finite: bool,
}

impl<F: FnMut(&[f64], &mut [f64])> Slope<F> {
    pub(super) fn new(slope: F) -> Self {
        let inner = Inner {
            slope,
            evaluations: 0,
            finite: true,
        };
        Slope {
            inner: RefCell::new(inner),
        }
    }

    pub(super) fn evaluations(&self) -> usize {
        self.inner.borrow().evaluations
    }

    /// Whether the slope computed last was finite.
    pub(super) fn is_finite(&self) -> bool {
        self.inner.borrow().finite
    }
}

impl<F: FnMut(&[f64], &mut [f64])> ODE<f64, Vec<f64>> for Slope<F> {
    fn diff(&self, _: f64, y: &Vec<f64>, slope: &mut Vec<f64>) {
        let mut inner = self.inner.borrow_mut();
        inner.evaluations += 1;
        (inner.slope)(y, slope);
        inner.finite = slope.iter().all(|s| s.is_finite());
    }
}
