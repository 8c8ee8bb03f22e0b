use super::{Snapshot, Stop};
use crate::model::Model;
use crate::real::Real;
use std::fmt;
use std::ops::ControlFlow;

/// Something that looks at the iterates of a run and may end it.
///
/// The observers that come with the crate are in [`measure`](crate::measure). `()` does
/// nothing, and a closure becomes an observer by [`observer_fn`]. Lend an observer as
/// `&mut observer` and read it afterwards.
///
/// Several observers make one: a tuple of two to six, an array, a `Vec`. Each of them sees every
/// iterate, whatever the others return. The run ends if one breaks; of several breaks, the first
/// counts.
///
/// | hook | when it is called |
/// |---|---|
/// | [`observe`](Observer::observe) | once an iterate, between gradient and update |
/// | [`end`](Observer::end) | once a call of `run`, when it ends without an error |
///
/// ```
/// use sparse_parity::prelude::*;
/// use std::ops::ControlFlow;
///
/// /// Ends the run when the batch loss is small, and gives up when it is large.
/// struct SmallLoss {
///     target: f64,
///     limit: f64,
///     ended: Option<Stop>,
/// }
///
/// impl<F: Real, M: Model<F>> Observer<F, M> for SmallLoss {
///     fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
///         let step = at.step;
///         match at.loss {
///             loss if loss < self.target => ControlFlow::Break(Stop::Solved { step }),
///             loss if loss > self.limit => ControlFlow::Break(Stop::GivenUp { step }),
///             _ => ControlFlow::Continue(()),
///         }
///     }
///
///     fn end(&mut self, stop: &Stop) {
///         self.ended = Some(*stop);
///     }
/// }
///
/// let seeds = Seeds::from(1);
/// let model = PolyNet::new(10, 2)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let stream = Online::new(ParityDistribution::new(10, &[1, 2])?, &seeds);
/// let mut small = SmallLoss { target: 0.01, limit: 1e6, ended: None };
/// let stop = Trainer::new(model, Square, stream, sgd, theta, 32)?.run(10_000, &mut small);
/// assert!(matches!(stop, Stop::Solved { .. }));
/// assert_eq!(small.ended, Some(stop));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Observer<F: Real, M: Model<F>> {
    /// Looks at one iterate; `Break` ends the run there.
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop>;

    /// The hook for the end of a run, with the reason for it.
    ///
    /// The `run` of a trainer calls it once, before it returns. A single
    /// [`Trainer::step`](super::Trainer::step) does not. The provided method does nothing.
    fn end(&mut self, stop: &Stop) {
        let _ = stop;
    }
}

/// A closure as an [`Observer`]: see [`observer_fn`].
#[derive(Clone)]
pub struct ObserverFn<C>(C);

/// The observer that calls a closure with every iterate.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::train::observer_fn;
/// use std::ops::ControlFlow;
///
/// let seeds = Seeds::from(1);
/// let model = PolyNet::new(10, 2)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let stream = Online::new(ParityDistribution::new(10, &[1, 2])?, &seeds);
/// let mut losses = Vec::new();
/// let note = observer_fn(|at: &Snapshot<'_, f64, PolyNet>| {
///     losses.push(at.loss);
///     ControlFlow::Continue(())
/// });
/// Trainer::new(model, Square, stream, sgd, theta, 32)?.run(100, note);
/// assert_eq!(losses.len(), 101);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn observer_fn<F, M, C>(closure: C) -> ObserverFn<C>
where
    F: Real,
    M: Model<F>,
    C: FnMut(&Snapshot<'_, F, M>) -> ControlFlow<Stop>,
{
    ObserverFn(closure)
}

impl<F, M, C> Observer<F, M> for ObserverFn<C>
where
    F: Real,
    M: Model<F>,
    C: FnMut(&Snapshot<'_, F, M>) -> ControlFlow<Stop>,
{
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        (self.0)(at)
    }
}

impl<C> fmt::Debug for ObserverFn<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserverFn").finish_non_exhaustive()
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for () {
    fn observe(&mut self, _: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        ControlFlow::Continue(())
    }
}

/// Implements the trait for what dereferences to an observer.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<F: Real, M: Model<F>, O: Observer<F, M> + ?Sized> Observer<F, M> for $pointer {
            fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
                (**self).observe(at)
            }
            fn end(&mut self, stop: &Stop) {
                (**self).end(stop);
            }
        }
    };
}

impl_for_pointer!(&mut O);
impl_for_pointer!(Box<O>);

/// `None` does nothing.
impl<F: Real, M: Model<F>, O: Observer<F, M>> Observer<F, M> for Option<O> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        match self {
            Some(observer) => observer.observe(at),
            None => ControlFlow::Continue(()),
        }
    }
    fn end(&mut self, stop: &Stop) {
        if let Some(observer) = self {
            observer.end(stop);
        }
    }
}

impl<F: Real, M: Model<F>, O: Observer<F, M>> Observer<F, M> for [O] {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        let mut flow = ControlFlow::Continue(());
        for observer in self {
            let own = observer.observe(at);
            if flow.is_continue() {
                flow = own;
            }
        }
        flow
    }
    fn end(&mut self, stop: &Stop) {
        for observer in self {
            observer.end(stop);
        }
    }
}

impl<F: Real, M: Model<F>, O: Observer<F, M>, const N: usize> Observer<F, M> for [O; N] {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        self.as_mut_slice().observe(at)
    }
    fn end(&mut self, stop: &Stop) {
        Observer::<F, M>::end(self.as_mut_slice(), stop);
    }
}

impl<F: Real, M: Model<F>, O: Observer<F, M>> Observer<F, M> for Vec<O> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        self.as_mut_slice().observe(at)
    }
    fn end(&mut self, stop: &Stop) {
        Observer::<F, M>::end(self.as_mut_slice(), stop);
    }
}

/// Implements the trait for a tuple, given the types of its entries and their places.
macro_rules! impl_for_tuple {
    ($($observer:ident $place:tt),+) => {
        impl<F, M, $($observer),+> Observer<F, M> for ($($observer,)+)
        where
            F: Real,
            M: Model<F>,
            $($observer: Observer<F, M>,)+
        {
            fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
                for flow in [$(self.$place.observe(at)),+] {
                    flow?;
                }
                ControlFlow::Continue(())
            }
            fn end(&mut self, stop: &Stop) {
                $(self.$place.end(stop);)+
            }
        }
    };
}

impl_for_tuple!(A 0, B 1);
impl_for_tuple!(A 0, B 1, C 2);
impl_for_tuple!(A 0, B 1, C 2, D 3);
impl_for_tuple!(A 0, B 1, C 2, D 3, E 4);
impl_for_tuple!(A 0, B 1, C 2, D 3, E 4, G 5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Online, ParityDistribution};
    use crate::loss::Hinge;
    use crate::model::{Architecture, PolyNet};
    use crate::optim::{Rule, Sgd};
    use crate::params::Params;
    use crate::seeds::{Purpose, Seeds};
    use crate::train::Trainer;

    /// Counts the iterates that it sees, and gives up at a step.
    #[derive(Debug, Clone, PartialEq)]
    struct Counter {
        last: u64,
        seen: u64,
        ended: Vec<Stop>,
    }

    impl<F: Real, M: Model<F>> Observer<F, M> for Counter {
        fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
            self.seen += 1;
            match at.step == self.last {
                true => ControlFlow::Break(Stop::GivenUp { step: self.last }),
                false => ControlFlow::Continue(()),
            }
        }
        fn end(&mut self, stop: &Stop) {
            self.ended.push(*stop);
        }
    }

    fn counter(last: u64) -> Counter {
        Counter {
            last,
            seen: 0,
            ended: Vec::new(),
        }
    }

    type Run = Trainer<f32, PolyNet, Hinge, Online<ParityDistribution>, Sgd>;

    fn start() -> Run {
        let seeds = Seeds::from(1);
        let model = PolyNet::new(6, 2).unwrap();
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let distribution = ParityDistribution::new(6, &[0, 1]).unwrap();
        let sgd = Sgd::new(model.layout(), Rule::rate(0.01)).unwrap();
        Trainer::new(
            model,
            Hinge,
            Online::new(distribution, &seeds),
            sgd,
            theta,
            4,
        )
        .unwrap()
    }

    /// Two of several observers give up, at step 5, and all of them see steps 0 to 5.
    fn assert_each_sees_all<O: Observer<f32, PolyNet>>(
        mut observers: O,
        counters: impl Fn(&O) -> Vec<Counter>,
    ) {
        let mut run = start();
        assert_eq!(run.run(3, &mut observers), Stop::Budget);
        let stop = Stop::GivenUp { step: 5 };
        assert_eq!(run.run(100, &mut observers), stop);
        for counter in counters(&observers) {
            // Iterate 3 is shown at the end of the first run and at the beginning of the second.
            assert_eq!(counter.seen, 7, "{counter:?}");
            assert_eq!(counter.ended, [Stop::Budget, stop]);
        }
    }

    #[test]
    fn every_observer_of_several_sees_every_iterate_and_the_end() {
        let c = counter;
        assert_each_sees_all((c(5), c(5)), |o| vec![o.0.clone(), o.1.clone()]);
        assert_each_sees_all((c(9), (c(8), c(5)), c(5)), |(a, (b, d), e)| {
            [a, b, d, e].map(Clone::clone).to_vec()
        });
        assert_each_sees_all((c(9), c(5), c(9), c(5)), |(a, b, d, e)| {
            [a, b, d, e].map(Clone::clone).to_vec()
        });
        assert_each_sees_all((c(5), c(7), c(9), c(9), c(9)), |(a, b, d, e, g)| {
            [a, b, d, e, g].map(Clone::clone).to_vec()
        });
        let six = (c(9), c(9), c(9), c(9), c(9), Some(c(5)));
        assert_each_sees_all(six, |(a, b, d, e, g, h)| {
            let h = h.as_ref().expect("it is there");
            [a, b, d, e, g, h].map(Clone::clone).to_vec()
        });
        assert_each_sees_all([c(9), c(5), c(5)], |o| o.to_vec());
        assert_each_sees_all(vec![c(5), c(9)], Clone::clone);
        assert_each_sees_all(vec![Box::new(c(5))], |o| vec![(*o[0]).clone()]);
        assert_each_sees_all(Some((c(5), ())), |o| {
            o.iter().map(|pair| pair.0.clone()).collect()
        });
    }

    #[test]
    fn observers_of_several_types_are_chosen_at_run_time() {
        let mut seen = counter(2);
        let mut observers: Vec<Box<dyn Observer<f32, PolyNet> + '_>> = Vec::new();
        observers.push(Box::new(()));
        observers.push(Box::new(&mut seen));
        observers.push(Box::new(None::<Counter>));
        assert_eq!(start().run(9, &mut observers), Stop::GivenUp { step: 2 });
        drop(observers);
        assert_eq!((seen.seen, seen.ended.len()), (3, 1));
    }

    #[test]
    fn a_single_step_ends_no_run() {
        let mut seen = counter(0);
        assert!(start().step(&mut seen).is_break());
        assert_eq!((seen.seen, seen.ended.len()), (1, 0));
    }

    #[test]
    fn a_diverged_run_ends_for_its_observers() {
        let mut run = start();
        run.theta.fill(f32::NAN);
        let mut seen = counter(9);
        let stop = Stop::Diverged { step: 0 };
        assert_eq!(run.run(9, &mut seen), stop);
        assert_eq!((seen.seen, seen.ended), (0, vec![stop]));
    }
}
