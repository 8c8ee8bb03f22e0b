//! What holds the sums of a meeting.

use super::cost::Cut;
use super::lists::ListShape;
use super::table::{MOST, Shape};

/// The most bytes of a table of all sums: about the second cache of a core, beyond which parts are faster.
const CACHE: u64 = 1 << 20;

/// A table of all small parts, or lists from which they are put into it a part at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Storage {
    pub(super) table: Shape,
    pub(super) lists: Option<[ListShape; 2]>,
}

impl Storage {
    /// For words of which so many bits have to agree: the fastest, or the smallest. `None` if there are too many sums.
    pub(super) fn of(cut: &Cut, bits: u32, is_small: bool) -> Option<Self> {
        let one = Storage {
            table: Shape::of(cut.entries.min(MOST), bits),
            lists: None,
        };
        let one = Some(one).filter(|_| cut.entries < MOST);
        if !is_small && one.is_some_and(|one| one.in_table() <= CACHE) {
            return one;
        }
        let parted = (1..=bits / 2)
            .map(|parting| (parting, lists(cut, parting, bits)))
            .take_while(|(_, lists)| is_worth(cut, lists))
            .filter_map(|(parting, lists)| Storage::parted(cut, lists, bits - parting));
        let all: Vec<Storage> = one.into_iter().chain(parted).collect();
        let least = all.iter().map(|storage| storage.bytes()).min()?;
        let most = if is_small {
            least.saturating_add(least / 4)
        } else {
            u64::MAX
        };
        // Fewer parts take less time.
        let mut fits = all
            .iter()
            .filter(|storage| storage.in_table() <= CACHE && storage.bytes() <= most);
        fits.next().or(all.last()).copied()
    }

    /// With these lists, and a table of the bits that their parts leave; `None` if there are too many sums.
    fn parted(cut: &Cut, lists: [ListShape; 2], bits: u32) -> Option<Self> {
        let mean = cut.entries as f64 / lists[0].parts() as f64;
        let is_possible = mean < MOST as f64 / 2.0 && lists.iter().all(|list| list.lowers() < MOST);
        is_possible.then(|| Storage {
            table: Shape::of_about(mean, bits),
            lists: Some(lists),
        })
    }

    pub(super) fn bytes(self) -> u64 {
        let lists = self.lists.into_iter().flatten().map(ListShape::bytes);
        lists.fold(self.in_table(), u64::saturating_add)
    }

    /// The bytes of the table, and of where its entries come from.
    fn in_table(self) -> u64 {
        let origins = if self.lists.is_some() { 8 } else { 0 };
        self.table.bytes() + origins * self.table.entries
    }
}

/// Lists for small and for large parts, cut into 2^`parting` parts.
fn lists(cut: &Cut, parting: u32, bits: u32) -> [ListShape; 2] {
    [0, 1].map(|part| ListShape::of(cut.columns[part], cut.sizes[part], parting, bits))
}

/// Whether no more is gone through for the parts than there are sums.
fn is_worth(cut: &Cut, lists: &[ListShape; 2]) -> bool {
    let read = lists.map(|list| list.uppers().saturating_mul(list.parts()));
    read[0].saturating_add(read[1]) <= cut.entries.saturating_add(cut.streamed)
}

#[cfg(test)]
mod tests {
    use super::super::cost::Form;
    use super::super::tests::{CLEAN, FOUR};
    use super::*;
    use crate::solver::Problem;

    #[test]
    fn sums_are_cut_where_one_table_is_larger_than_a_cache() {
        for (n, k, is_cut) in [
            (200, 4, false),
            (100, 6, false),
            (1000, 3, false),
            (1000, 4, true),
            (200, 6, true),
            (1000, 6, true),
        ] {
            let problem = Problem::new(n, k).unwrap();
            let sample = problem.sample_size().unwrap();
            let [fast, small] =
                [CLEAN, FOUR].map(|meet| Form::best(&problem, k, sample, meet).unwrap().storage);
            assert_eq!(fast.lists.is_some(), is_cut, "({n}, {k})");
            assert!(fast.in_table() <= CACHE && small.bytes() <= fast.bytes());
        }
    }
}
