//! How signs are written to a file, whatever their layout in memory.

use super::{Signs, WORD};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The entries row after row, a bit each, without gaps: the order in which they are drawn.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    rows: usize,
    dim: usize,
    bits: Vec<u64>,
}

impl From<Signs> for Stored {
    fn from(signs: Signs) -> Self {
        let (rows, dim) = (signs.rows, signs.dim);
        let mut bits = vec![0_u64; (rows * dim).div_ceil(WORD)];
        for place in 0..rows * dim {
            let bit = u64::from(signs.is_negative(place / dim, place % dim));
            bits[place / WORD] |= bit << (place % WORD);
        }
        Stored { rows, dim, bits }
    }
}

impl TryFrom<Stored> for Signs {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let Stored { rows, dim, bits } = stored;
        // Whoever states sizes has to give the signs, before there is memory for them.
        let (expected, found) = (rows.saturating_mul(dim).div_ceil(WORD), bits.len());
        if expected != found {
            return Err(Error::Mismatch {
                what: "the number of words of signs",
                expected,
                found,
                repair: "store the signs again",
            });
        }
        let mut signs = Signs::ones(rows, dim)?;
        for place in 0..rows * dim {
            if bits[place / WORD] >> (place % WORD) & 1 == 1 {
                signs.flip(place / dim, place % dim);
            }
        }
        Ok(signs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn signs_come_back_from_the_bits_that_they_were_drawn_from() {
        for (rows, dim) in [(1, 1), (3, 7), (5, 64), (4, 130)] {
            let mut signs = Signs::ones(rows, dim).unwrap();
            signs.randomize(&mut Seeds::from(3).stream(Purpose::Train));
            let text = serde_json::to_string(&signs).unwrap();
            assert_eq!(serde_json::from_str::<Signs>(&text).unwrap(), signs);
        }
    }

    #[test]
    fn impossible_signs_are_refused() {
        for text in [
            r#"{"rows":5,"dim":7,"bits":[]}"#,
            r#"{"rows":0,"dim":7,"bits":[]}"#,
        ] {
            assert!(serde_json::from_str::<Signs>(text).is_err());
        }
    }
}
