//! Sets of k among n coordinates in colexicographic order: by the largest element, then the next one, and so on.

use crate::error::Result;

/// The first set of k coordinates, 0, …, k − 1.
pub(crate) fn first(k: usize) -> Vec<usize> {
    (0..k).collect()
}

/// Replaces an ascending set of coordinates below n by the next one; `false` if it was the last.
pub(crate) fn advance(set: &mut [usize], n: usize) -> bool {
    for place in 0..set.len() {
        let room = set.get(place + 1).copied().unwrap_or(n);
        if set[place] + 1 < room {
            set[place] += 1;
            (0..place).for_each(|before| set[before] = before);
            return true;
        }
    }
    false
}

/// The number of sets before an ascending one; there are fewer than 2⁵³ of them.
pub(crate) fn rank(set: &[usize]) -> Result<usize> {
    let before = set.iter().enumerate().map(|(place, &element)| {
        // C(element, place + 1) of them have a smaller element in this place.
        match element > place {
            true => crate::theory::supports(element, place + 1),
            false => Ok(0.0),
        }
    });
    Ok(before.sum::<Result<f64>>()? as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_comes_once_and_in_its_place() {
        for (n, k, count) in [(7, 3, 35), (5, 5, 1), (6, 1, 6), (9, 4, 126), (70, 2, 2415)] {
            let mut set = first(k);
            let mut place = 0;
            loop {
                assert_eq!(rank(&set).unwrap(), place, "{set:?}");
                assert!(set.is_sorted() && set[k - 1] < n);
                place += 1;
                if !advance(&mut set, n) {
                    break;
                }
            }
            assert_eq!(place, count);
        }
    }
}
