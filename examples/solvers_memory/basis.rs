//! A basis of rows, each with its label.

use sparse_parity::access::Examples;

/// The words of a row.
const WORDS: usize = 4;
/// The most columns beside a label.
pub const MOST: usize = 64 * WORDS - 1;

pub type Row = [u64; WORDS];

/// The bits of an example in some columns, and its label behind them.
pub fn row(columns: &[usize], example: &Examples) -> Row {
    let mut row = [0; WORDS];
    let bits = columns.iter().map(|&i| example.x().is_negative(0, i));
    for (place, bit) in bits.chain([example.is_negative(0)]).enumerate() {
        row[place / 64] |= u64::from(bit) << (place % 64);
    }
    row
}

fn bit(row: &Row, place: usize) -> bool {
    row[place / 64] >> (place % 64) & 1 == 1
}

/// What became of a row.
#[derive(Debug, PartialEq)]
pub enum Taken {
    New,
    Dependent,
    Contradiction,
}

/// Rows by their first set bit, with labels behind the columns.
pub struct Basis {
    rows: Vec<Option<Row>>,
    pub rank: usize,
}

impl Basis {
    pub fn new(columns: usize) -> Self {
        Basis {
            rows: vec![None; columns],
            rank: 0,
        }
    }

    pub fn takes(&mut self, mut row: Row) -> Taken {
        for place in 0..self.rows.len() {
            if !bit(&row, place) {
                continue;
            }
            match &self.rows[place] {
                Some(other) => row.iter_mut().zip(other).for_each(|(a, b)| *a ^= b),
                None => {
                    self.rows[place] = Some(row);
                    self.rank += 1;
                    return Taken::New;
                }
            }
        }
        match bit(&row, self.rows.len()) {
            true => Taken::Contradiction,
            false => Taken::Dependent,
        }
    }

    /// The columns of the only solution, by back substitution.
    pub fn solution(&self) -> Vec<usize> {
        let q = self.rows.len();
        let mut is_in = vec![false; q];
        for place in (0..q).rev() {
            let row = self.rows[place].as_ref().expect("the rank is full");
            let behind = (place + 1..q).filter(|&i| is_in[i] && bit(row, i)).count();
            is_in[place] = bit(row, q) ^ (behind % 2 == 1);
        }
        (0..q).filter(|&i| is_in[i]).collect()
    }
}
