use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The part of an observer that a resumed run needs.
///
/// An observer is rebuilt as at the start of the run, and then takes up its saved state. What has
/// none, such as `()`, has `State = ()`. Of a [`Recorder`](crate::measure::Recorder) the table is
/// saved, not what its measures may remember from one iterate to the next. Of several observers,
/// each saves its own.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::train::Persist;
/// use std::ops::ControlFlow;
///
/// /// The largest batch loss of a run.
/// #[derive(Debug, Default)]
/// struct LargestLoss(f64);
///
/// impl<F: Real, M: Model<F>> Observer<F, M> for LargestLoss {
///     fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
///         self.0 = self.0.max(at.loss.as_f64());
///         ControlFlow::Continue(())
///     }
/// }
///
/// impl Persist for LargestLoss {
///     type State = f64;
///     fn state(&self) -> f64 {
///         self.0
///     }
///     fn restore(&mut self, state: f64) -> sparse_parity::Result<()> {
///         self.0 = state;
///         Ok(())
///     }
/// }
/// # let folder = tempfile::tempdir().expect("a folder for the example");
/// # let path = folder.path().join("run.ckpt");
///
/// let seeds = Seeds::from(1);
/// let model = PolyNet::new(20, 3)?;
/// let stream = Online::new(ParityDistribution::new(20, &[1, 2, 3])?, &seeds);
/// let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.01))?;
/// let mut trainer = Trainer::new(model, Square, stream, sgd, theta, 16)?;
/// let (mut largest, mut resumed) = (LargestLoss::default(), LargestLoss::default());
/// trainer.run(50, &mut largest);
/// trainer.save(&path, &largest)?;
/// trainer.resume(&path, &mut resumed)?;
/// assert_eq!(resumed.0, largest.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Persist {
    /// What is saved.
    type State: Serialize + DeserializeOwned;
    /// The state as it is now.
    fn state(&self) -> Self::State;
    /// Takes up a saved state.
    ///
    /// # Errors
    /// If the state belongs to an observer with other settings, or is none that an observer can have.
    fn restore(&mut self, state: Self::State) -> Result<()>;

    /// The settings, a line `name = value` each: a checkpoint is resumed only with the same ones.
    ///
    /// The provided method has none.
    fn identity(&self) -> String {
        String::new()
    }
}

/// The settings of several observers, with the number of each before its lines.
fn numbered(identities: impl IntoIterator<Item = String>) -> String {
    let mut all = String::new();
    for (place, identity) in identities.into_iter().enumerate() {
        for line in identity.lines() {
            all += &format!("observer {}, {line}\n", place + 1);
        }
    }
    all
}

impl Persist for () {
    type State = ();
    fn state(&self) {}
    fn restore(&mut self, (): ()) -> Result<()> {
        Ok(())
    }
}

/// Implements the trait for what dereferences to an observer.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<O: Persist + ?Sized> Persist for $pointer {
            type State = O::State;
            fn state(&self) -> Self::State {
                (**self).state()
            }
            fn restore(&mut self, state: Self::State) -> Result<()> {
                (**self).restore(state)
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
        }
    };
}

impl_for_pointer!(&mut O);
impl_for_pointer!(Box<O>);

impl<O: Persist> Persist for Option<O> {
    type State = Option<O::State>;
    fn state(&self) -> Self::State {
        self.as_ref().map(Persist::state)
    }
    fn restore(&mut self, state: Self::State) -> Result<()> {
        match (self, state) {
            (Some(observer), Some(state)) => observer.restore(state),
            _ => Ok(()),
        }
    }
    fn identity(&self) -> String {
        self.as_ref().map_or_else(String::new, Persist::identity)
    }
}

/// The number of observers must be that of the saved run.
impl<O: Persist> Persist for [O] {
    type State = Vec<O::State>;
    fn state(&self) -> Self::State {
        self.iter().map(Persist::state).collect()
    }
    fn restore(&mut self, states: Self::State) -> Result<()> {
        if states.len() != self.len() {
            return Err(Error::Mismatch {
                what: "the number of observers",
                expected: states.len(),
                found: self.len(),
                repair: "rebuild the observers of the saved run",
            });
        }
        let mut pairs = self.iter_mut().zip(states);
        pairs.try_for_each(|(observer, state)| observer.restore(state))
    }
    fn identity(&self) -> String {
        numbered(self.iter().map(Persist::identity))
    }
}

impl<O: Persist, const N: usize> Persist for [O; N] {
    type State = Vec<O::State>;
    fn state(&self) -> Self::State {
        self.as_slice().state()
    }
    fn restore(&mut self, states: Self::State) -> Result<()> {
        self.as_mut_slice().restore(states)
    }
    fn identity(&self) -> String {
        self.as_slice().identity()
    }
}

impl<O: Persist> Persist for Vec<O> {
    type State = Vec<O::State>;
    fn state(&self) -> Self::State {
        self.as_slice().state()
    }
    fn restore(&mut self, states: Self::State) -> Result<()> {
        self.as_mut_slice().restore(states)
    }
    fn identity(&self) -> String {
        self.as_slice().identity()
    }
}

/// Implements the trait for a tuple, given the types of its entries and their places.
macro_rules! impl_for_tuple {
    ($($observer:ident $place:tt),+) => {
        impl<$($observer: Persist),+> Persist for ($($observer,)+) {
            type State = ($($observer::State,)+);
            fn state(&self) -> Self::State {
                ($(self.$place.state(),)+)
            }
            fn restore(&mut self, states: Self::State) -> Result<()> {
                $(self.$place.restore(states.$place)?;)+
                Ok(())
            }
            fn identity(&self) -> String {
                numbered([$(self.$place.identity()),+])
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

    /// Saves a number.
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    struct Number(u32);

    impl Persist for Number {
        type State = u32;
        fn state(&self) -> u32 {
            self.0
        }
        fn restore(&mut self, state: u32) -> Result<()> {
            self.0 = state;
            Ok(())
        }
    }

    fn assert_restored<P: Persist + PartialEq + std::fmt::Debug>(saved: &P, mut into: P) {
        assert_ne!(*saved, into);
        into.restore(saved.state()).unwrap();
        assert_eq!(*saved, into);
    }

    #[test]
    fn every_one_of_several_takes_up_its_own_state() {
        let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6].map(Number);
        let none = Number::default();
        assert_restored(&(a, b), (none, none));
        assert_restored(&(a, b, c), (none, none, none));
        assert_restored(&(a, b, c, d), (none, none, none, none));
        assert_restored(&(a, b, c, d, e), (none, none, none, none, none));
        assert_restored(&(a, b, c, d, e, f), (none, none, none, none, none, none));
        assert_restored(&[a, b], [none; 2]);
        assert_restored(&vec![Box::new(a), Box::new(b)], vec![Box::new(none); 2]);
        assert_restored(&Some(a), Some(none));
        let (mut into, mut saved) = (none, b);
        Persist::restore(&mut &mut into, Persist::state(&&mut saved)).unwrap();
        assert_eq!(into, b);
    }

    #[test]
    fn another_number_of_observers_is_refused() {
        let mut two = vec![Number(1), Number(2)];
        let error = two.restore(vec![3; 3]).unwrap_err().to_string();
        assert!(error.contains("is 2 where 3 is needed"), "{error}");
        assert_eq!(two, [Number(1), Number(2)]);
    }
}
