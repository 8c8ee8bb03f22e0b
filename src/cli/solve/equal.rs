//! Columns that are equal in all examples.

use crate::solver::{Fit, MOST_FITS, Verdict};

/// The verdict where some columns are equal, given as pairs of one and a later one: what was found fits with either of them.
pub(super) fn with_equal_columns(verdict: Verdict, pairs: &[(usize, usize)]) -> Verdict {
    let Verdict::Found(fit, unique) = verdict else {
        return verdict;
    };
    // The pairs of equal columns have the first of them in common.
    let first = |i| {
        pairs
            .iter()
            .find(|pair| pair.1 == i)
            .map_or(i, |pair| pair.0)
    };
    let mut supports = vec![Vec::new()];
    for &i in &fit.support {
        let first = first(i);
        let later = pairs
            .iter()
            .filter(|pair| pair.0 == first)
            .map(|pair| pair.1);
        let equals: Vec<usize> = std::iter::once(first).chain(later).collect();
        let with_each = |support: &Vec<usize>| -> Vec<Vec<usize>> {
            let others = equals.iter().filter(|other| !support.contains(other));
            others
                .map(|&other| [&support[..], &[other]].concat())
                .collect()
        };
        let longer = supports.iter().flat_map(with_each);
        supports = longer.take(MOST_FITS).collect();
    }
    for support in &mut supports {
        support.sort_unstable();
    }
    supports.sort_unstable();
    supports.dedup();
    let fits = supports.into_iter().map(|support| Fit {
        support,
        ..fit.clone()
    });
    let fits: Vec<Fit> = fits.collect();
    match fits.len() {
        1 => Verdict::Found(fit, unique),
        count => Verdict::Several(fits, count as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::Uniqueness;

    #[test]
    fn a_support_is_listed_with_every_equal_column() {
        let found = |support: &[usize]| {
            let fit = Fit {
                support: support.to_vec(),
                wrong: 0,
                examples: 30,
                chance: 0.01,
            };
            Verdict::Found(fit, Uniqueness::AmongSparse)
        };
        let pairs = [(1, 4), (1, 6), (2, 5)];
        let supports = |support: &[usize]| match with_equal_columns(found(support), &pairs) {
            Verdict::Found(fit, _) => vec![fit.support],
            Verdict::Several(fits, count) => {
                assert_eq!(fits.len() as u64, count);
                fits.into_iter().map(|fit| fit.support).collect()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(supports(&[0, 3]), [[0, 3]]);
        assert_eq!(supports(&[0, 4]), [[0, 1], [0, 4], [0, 6]]);
        assert_eq!(supports(&[5, 6]).len(), 6);
        assert_eq!(supports(&[1, 4]), [[1, 4], [1, 6], [4, 6]]);
    }
}
