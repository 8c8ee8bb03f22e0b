use super::sample::Sample;
use super::word::Word;
use super::{Fit, MOST_FITS, Problem, Uniqueness, Verdict};

/// Supports that fit: the first [`MOST_FITS`] by wrong labels and then in order, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Fits {
    kept: Vec<(usize, Vec<usize>)>,
    count: u64,
}

impl Fits {
    /// Takes up a support, in any order, with its wrong labels.
    pub(super) fn push(&mut self, wrong: usize, mut support: Vec<usize>) {
        support.sort_unstable();
        self.kept.push((wrong, support));
        self.count += 1;
        if self.kept.len() >= 2 * MOST_FITS {
            self.trim();
        }
    }

    /// Takes up those that were found elsewhere.
    pub(super) fn append(&mut self, mut other: Fits) {
        self.kept.append(&mut other.kept);
        self.count += other.count;
        self.trim();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The chance that a wrong support does as well as the best of these.
    pub(super) fn chance<W: Word>(&self, problem: &Problem, sample: &Sample<W>) -> f64 {
        let best = self.kept.iter().map(|(wrong, _)| *wrong).min();
        best.map_or(1.0, |wrong| sample.chance(problem, wrong))
    }

    fn trim(&mut self) {
        self.kept.sort_unstable();
        self.kept.truncate(MOST_FITS);
    }

    /// The verdict if no other support was found, having looked so carefully.
    pub(super) fn verdict<W: Word>(
        self,
        problem: &Problem,
        sample: &Sample<W>,
        uniqueness: Uniqueness,
    ) -> Verdict {
        self.among(
            |wrong, support| sample.fit(problem, support, wrong),
            uniqueness,
        )
    }

    /// The same with another way to make an answer of wrong labels and a support.
    pub(super) fn among(
        mut self,
        fit: impl Fn(usize, Vec<usize>) -> Fit,
        uniqueness: Uniqueness,
    ) -> Verdict {
        self.trim();
        let fits = self.kept.into_iter();
        let mut fits: Vec<_> = fits.map(|(wrong, support)| fit(wrong, support)).collect();
        match self.count {
            0 => Verdict::NothingFits,
            1 => Verdict::Found(fits.remove(0), uniqueness),
            count => Verdict::Several(fits, count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Examples, Fixed};
    use crate::data::{Batch, ParityDistribution};
    use crate::seeds::Seeds;

    #[test]
    fn the_first_fits_are_kept_whatever_the_order_and_all_are_counted() {
        let law = ParityDistribution::new(9, &[3]).unwrap();
        let batch = Batch::<f32>::draw(&law, 10, &mut (&Seeds::from(5)).into()).unwrap();
        let examples = Examples::of(&batch).unwrap();
        let problem = Problem::new(9, 1).unwrap();
        let sample =
            Sample::<u64>::draw("test", 10, 1, &problem, &mut Fixed::new(&examples)).unwrap();
        let total = 3 * MOST_FITS;
        let mut fits = [Fits::default(), Fits::default()];
        for i in (0..total).rev() {
            fits[i % 2].push(i % 3, vec![i + 1, i]);
        }
        let [mut all, other] = fits;
        all.append(other);
        let Verdict::Several(kept, count) = all.verdict(&problem, &sample, Uniqueness::Open) else {
            panic!("many were found");
        };
        assert_eq!((kept.len(), count), (MOST_FITS, total as u64));
        for (place, fit) in kept.iter().enumerate() {
            assert_eq!(
                (fit.wrong, &fit.support),
                (0, &vec![3 * place, 3 * place + 1])
            );
        }
    }
}
