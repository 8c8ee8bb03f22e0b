use super::Inputs;
use super::inputs::assert_dim;
use crate::error::{Error, Result, positive};
use crate::seeds::LabRng;
use crate::signs::Signs;

/// The uniform distribution on {±1}ⁿ, drawn as [`Signs::randomize`] draws.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let mut x = Signs::ones(8, 50)?;
/// Uniform::new(50)?.draw(&mut Seeds::from(1).stream(Purpose::Eval), &mut x);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "usize", try_from = "usize")
)]
pub struct Uniform {
    pub(super) n: usize,
}

impl Uniform {
    /// Uniform inputs of n coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0.
    pub fn new(n: usize) -> Result<Self> {
        let n = positive("the number of coordinates n", n)?;
        Ok(Uniform { n })
    }
}

impl From<Uniform> for usize {
    fn from(distribution: Uniform) -> usize {
        distribution.n
    }
}

impl TryFrom<usize> for Uniform {
    type Error = Error;

    fn try_from(n: usize) -> Result<Self> {
        Uniform::new(n)
    }
}

impl Inputs for Uniform {
    fn dim(&self) -> usize {
        self.n
    }

    fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
        assert_dim(self, x);
        x.randomize(rng);
    }
}
