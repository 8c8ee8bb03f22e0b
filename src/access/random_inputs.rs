//! Random examples from queries.

use super::examples::{bit, same_dim};
use super::{Access as _, Examples, MembershipQueries, RandomExamples};
use crate::error::Result;
use crate::seeds::{LabRng, Purpose, Seeds};
use crate::signs::Signs;

/// Most inputs that are asked for at a time.
const PART: usize = 4096;

/// Random examples by asking for the labels of uniform inputs: each costs a query and counts as an example.
///
/// Under persistent noise it is a sample with one noise draw an input, as a data set has it.
///
/// ```
/// use sparse_parity::access::{Access, Queries, RandomInputs};
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Elimination, Problem, Solver};
///
/// let seeds = Seeds::from(1);
/// let queries = Queries::new(Parity::new(20, &[1, 5])?);
/// let mut oracle = RandomInputs::new(queries, &seeds);
/// let report = Elimination.solve(&Problem::new(20, 2)?, &mut oracle, &mut seeds.stream(Purpose::Solver))?;
/// assert_eq!(report.verdict.support(), Some(&[1, 5][..]));
/// assert_eq!(report.ledger.queries, report.ledger.examples);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RandomInputs<A> {
    access: A,
    rng: LabRng,
}

impl<A: MembershipQueries> RandomInputs<A> {
    /// Examples from these queries, at the inputs that training with these seeds would see.
    pub fn new(access: A, seeds: &Seeds) -> Self {
        let rng = seeds.stream(Purpose::Train);
        RandomInputs { access, rng }
    }
}

impl_access_of!(RandomInputs<A>, access, A: MembershipQueries);

impl<A: MembershipQueries> RandomExamples for RandomInputs<A> {
    fn draw(&mut self, m: usize, into: &mut Examples) -> Result<()> {
        same_dim(self.dim(), into.dim())?;
        let (mut left, mut labels) = (m, Vec::new());
        while left > 0 {
            let mut x = Signs::ones(left.min(PART), self.dim())?;
            x.randomize(&mut self.rng);
            self.access.ask(&x, &mut labels)?;
            into.append_signs(&x, 0..x.rows(), |row| bit(&labels, row));
            self.charge().examples += x.rows() as u64;
            left -= x.rows();
        }
        Ok(())
    }

    fn left(&self) -> Option<usize> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Fresh, Queries};
    use crate::data::{Parity, ParityDistribution};

    #[test]
    fn examples_are_those_of_training_with_the_same_seeds() {
        let (n, seeds) = (70, Seeds::from(4));
        let mut asked = Examples::none(n).unwrap();
        let queries = Queries::new(Parity::new(n, &[3, 69]).unwrap());
        let mut oracle = RandomInputs::new(queries, &seeds);
        oracle.draw(5000, &mut asked).unwrap();
        let mut drawn = Examples::none(n).unwrap();
        let mut fresh = Fresh::new(ParityDistribution::new(n, &[3, 69]).unwrap(), &seeds);
        fresh.draw(5000, &mut drawn).unwrap();
        assert_eq!(asked, drawn);
        let ledger = oracle.ledger();
        assert_eq!(
            (ledger.queries, ledger.examples, ledger.rounds),
            (5000, 5000, 2)
        );
        assert!(oracle.draw(1, &mut Examples::none(8).unwrap()).is_err());
    }
}
