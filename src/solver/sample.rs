use super::word::Word;
use super::{Fit, MOST_FITS, Noise, Problem};
use crate::access::{Examples, RandomExamples};
use crate::error::{Error, Result};
use crate::signs::Planes;
use std::collections::BTreeSet;

/// The examples of a solver, as words: every coordinate and the labels over the examples, 64 in a word.
#[derive(Debug)]
pub(super) struct Sample<W> {
    /// Coordinate after coordinate.
    columns: Vec<W>,
    labels: Vec<W>,
    rows: Examples,
    /// The number of different inputs among them.
    distinct: usize,
}

impl<W: Word> Sample<W> {
    /// So many fresh examples, or all that are left of a given sample, if it has `least` of them.
    ///
    /// # Errors
    /// [`Error::TooFew`] for a smaller sample, before it is drawn; [`Error::Contradiction`] if a problem without noise has
    /// equal inputs with different labels.
    pub(super) fn draw<A: RandomExamples + ?Sized>(
        solver: &'static str,
        fresh: usize,
        least: usize,
        problem: &Problem,
        access: &mut A,
    ) -> Result<Self> {
        problem.fits(access)?;
        let m = match access.left() {
            None => fresh,
            Some(found) if found < least => {
                let needed = least;
                return Err(Error::TooFew {
                    solver,
                    needed,
                    found,
                });
            }
            Some(left) => left,
        };
        let mut examples = Examples::none(problem.n)?;
        access.draw(m, &mut examples)?;
        if problem.noise == Noise::Clean
            && let Some((row, other)) = examples.contradiction()
        {
            return Err(Error::Contradiction { row, other });
        }
        let planes = examples.planes();
        let columns = (0..problem.n).flat_map(|i| planes.column(i));
        Ok(Sample {
            columns: columns.map(|&bits| W::of(bits)).collect(),
            labels: examples.labels().iter().map(|&bits| W::of(bits)).collect(),
            distinct: examples.distinct(),
            rows: examples,
        })
    }

    /// The number of examples m.
    pub(super) fn examples(&self) -> usize {
        self.rows.len()
    }

    /// The number of coordinates n.
    pub(super) fn dim(&self) -> usize {
        self.rows.dim()
    }

    /// The number of words of a column.
    pub(super) fn width(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn column(&self, index: usize) -> &[W] {
        &self.columns[index * self.width()..][..self.width()]
    }

    pub(super) fn labels(&self) -> &[W] {
        &self.labels
    }

    /// The number of labels that are not χ_T(x), unless there are more than `most`; counts k + 1 operations for every word
    /// that is read.
    pub(super) fn wrong(
        &self,
        support: &[usize],
        most: usize,
        operations: &mut u64,
    ) -> Option<usize> {
        let mut wrong = 0;
        for (word, &label) in self.labels.iter().enumerate() {
            let columns = support
                .iter()
                .map(|&i| self.columns[i * self.width() + word]);
            wrong += columns.fold(label, W::xor).ones() as usize;
            *operations += support.len() as u64 + 1;
            if wrong > most {
                return None;
            }
        }
        Some(wrong)
    }

    /// Every coordinate, and the labels, over at most 64 examples: these, in the order given.
    pub(super) fn word(&self, rows: &[usize]) -> (Vec<W>, W) {
        let mut some = self.rows.x().clone();
        some.gather(self.rows.x(), rows.iter().copied());
        let planes = Planes::of(&some);
        let columns = (0..planes.dim()).map(|i| W::of(planes.column(i)[0]));
        let negative = rows.iter().map(|&row| self.rows.is_negative(row));
        let labels = negative.enumerate().map(|(bit, y)| u64::from(y) << bit);
        (columns.collect(), W::of(labels.sum()))
    }

    /// That support, and those which some of its coordinates are exchanged in for others that are equal to them in all
    /// examples: at most [`MOST_FITS`].
    pub(super) fn twins(&self, support: Vec<usize>, operations: &mut u64) -> BTreeSet<Vec<usize>> {
        let n = self.dim();
        let mut equal = |i: usize, j: usize| {
            let mut words = self.column(i).iter().zip(self.column(j));
            words.all(|(a, b)| {
                *operations += 1;
                a.is(*b)
            })
        };
        let others: Vec<Vec<usize>> = support
            .iter()
            .map(|&i| (0..n).filter(|&j| j != i && equal(i, j)).collect())
            .collect();
        let mut twins = BTreeSet::from([support.clone()]);
        for (i, others) in support.iter().zip(&others) {
            for twin in twins.clone() {
                for j in others.iter().filter(|j| !twin.contains(j)) {
                    let swapped = twin.iter().map(|c| if c == i { *j } else { *c });
                    let mut swapped: Vec<usize> = swapped.collect();
                    swapped.sort_unstable();
                    if twins.len() < MOST_FITS {
                        twins.insert(swapped);
                    }
                }
            }
        }
        twins
    }

    /// That support as an answer.
    pub(super) fn fit(&self, problem: &Problem, support: Vec<usize>, wrong: usize) -> Fit {
        Fit {
            support,
            wrong,
            examples: self.examples(),
            chance: self.chance(problem, wrong),
        }
    }

    /// The chance that a wrong support does as well; equal inputs count once.
    pub(super) fn chance(&self, problem: &Problem, wrong: usize) -> f64 {
        problem.chance(wrong, self.distinct)
    }
}
