//! What an oracle of statistical queries knows about the examples.

use super::means::{Mean, means};
use super::{Access, Ledger, Query};
use crate::data::Parity;
use crate::error::Result;

/// A parity on uniform inputs, its label noise, and what has been asked about it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    parity: Parity,
    p: f64,
    ledger: Ledger,
}

impl Known {
    pub(super) fn clean(parity: Parity) -> Self {
        Known {
            parity,
            p: 0.0,
            ledger: Ledger::default(),
        }
    }

    /// The same with labels that are flipped with probability p.
    ///
    /// # Errors
    /// [`Error::Noise`](crate::Error::Noise) unless 0 ≤ p < 1/2.
    pub(super) fn with_noise(self, p: f64) -> Result<Self> {
        let p = super::noise(p)?;
        Ok(Known { p, ..self })
    }

    /// The exact means of queries under this noise.
    pub(super) fn means(&self, queries: &[Query<'_>]) -> Result<Vec<Mean>> {
        let mut means = means(queries, self.dim(), self.parity.support())?;
        for mean in &mut means {
            mean.signal *= 1.0 - 2.0 * self.p;
        }
        Ok(means)
    }
}

impl Access for Known {
    fn dim(&self) -> usize {
        self.parity.n()
    }
    fn noise(&self) -> Option<f64> {
        Some(self.p)
    }
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    fn charge(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}
