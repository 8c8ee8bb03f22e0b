//! Fresh examples that are kept, to be drawn again as often as a solver is timed.

use crate::access::{Examples, Fixed, RandomExamples, impl_access_of};
use crate::error::Result;

/// Keeps what is drawn.
pub(super) struct Recorder<A> {
    oracle: A,
    pub(super) drawn: Examples,
}

impl<A: RandomExamples> Recorder<A> {
    pub(super) fn new(oracle: A) -> Result<Self> {
        let drawn = Examples::none(oracle.dim())?;
        Ok(Recorder { oracle, drawn })
    }
}

/// Gives what was drawn, without saying that there is an end of it.
pub(super) struct Replay<'a>(pub(super) Fixed<'a>);

impl_access_of!(Recorder<A>, oracle, A: RandomExamples);
impl_access_of!(Replay<'a>, 0, 'a);

impl<A: RandomExamples> RandomExamples for Recorder<A> {
    fn draw(&mut self, m: usize, into: &mut Examples) -> Result<()> {
        let first = self.drawn.len();
        self.oracle.draw(m, &mut self.drawn)?;
        into.append_rows(&self.drawn, first..first + m);
        Ok(())
    }

    fn left(&self) -> Option<usize> {
        self.oracle.left()
    }
}

impl RandomExamples for Replay<'_> {
    fn draw(&mut self, m: usize, into: &mut Examples) -> Result<()> {
        self.0.draw(m, into)
    }

    fn left(&self) -> Option<usize> {
        None
    }
}
