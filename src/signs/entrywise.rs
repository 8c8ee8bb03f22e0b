//! Operations on every entry of a matrix of signs.

use super::{Signs, WORD};

impl Signs {
    /// Multiplies every entry by that of another matrix.
    ///
    /// # Panics
    /// If the shapes differ.
    pub(crate) fn multiply(&mut self, by: &Signs) {
        assert_eq!((self.rows, self.dim), (by.rows, by.dim), "shapes differ");
        self.words
            .iter_mut()
            .zip(&by.words)
            .for_each(|(a, b)| *a ^= b);
    }

    /// Sets the entries in the columns from `start` on to +1.
    pub(crate) fn clear_columns(&mut self, start: usize) {
        let stride = self.dim.div_ceil(WORD);
        for (place, word) in self.words.iter_mut().enumerate() {
            let kept = start.saturating_sub(place % stride * WORD);
            if kept < WORD {
                *word &= (1 << kept) - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn entries_are_those_of_the_dense_matrices() {
        for dim in [1, 7, 64, 130] {
            let rng = &mut Seeds::from(9).stream(Purpose::Train);
            let (mut a, mut b) = (Signs::ones(5, dim).unwrap(), Signs::ones(5, dim).unwrap());
            a.randomize(rng);
            b.randomize(rng);
            for start in [0, 1, 63, 64, 65, 129, 130, 131] {
                let (mut product, mut some) = (a.clone(), b.clone());
                some.clear_columns(start);
                product.multiply(&some);
                for (row, column) in (0..5).flat_map(|row| (0..dim).map(move |c| (row, c))) {
                    let flipped = column < start && b.is_negative(row, column);
                    let expected = a.is_negative(row, column) ^ flipped;
                    assert_eq!(product.is_negative(row, column), expected);
                }
            }
        }
    }
}
