use super::Batch;
use crate::error::{Error, Result};
use crate::real::Real;
use crate::signs::Signs;
use ndarray::{ArrayRef1, ArrayRef2};
use std::fmt;
use std::str::FromStr;

/// How data writes signs; as a word `pm1` or `01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bits {
    /// 1 and −1 themselves, so that a parity is a product.
    #[default]
    PlusMinus,
    /// 1 is −1 and 0 is +1, so that a parity is the XOR of its bits.
    ZeroOne,
}

const WORDS: [(&str, Bits); 2] = [("pm1", Bits::PlusMinus), ("01", Bits::ZeroOne)];

impl Bits {
    /// Whether a value is −1; what to do about one that is no sign.
    pub(super) fn is_negative(self, value: Option<f64>) -> Result<bool, &'static str> {
        Err(match (self, value) {
            (Bits::ZeroOne, Some(0.0)) | (Bits::PlusMinus, Some(1.0)) => return Ok(false),
            (Bits::ZeroOne, Some(1.0)) | (Bits::PlusMinus, Some(-1.0)) => return Ok(true),
            (Bits::PlusMinus, Some(0.0)) => {
                "with the bits pm1 entries are 1 or -1; say that they are 01"
            }
            (Bits::ZeroOne, Some(-1.0)) => {
                "with the bits 01 entries are 0 or 1; say that they are pm1"
            }
            (Bits::PlusMinus, _) => {
                "with the bits pm1 entries are 1 or -1; mend it, or leave the row out"
            }
            (Bits::ZeroOne, _) => {
                "with the bits 01 entries are 0 or 1; mend it, or leave the row out"
            }
        })
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(_, bits)| bits == self);
        f.write_str(word.expect("every form has a word").0)
    }
}

impl FromStr for Bits {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = WORDS.iter().find(|(word, _)| *word == text);
        known
            .map(|(_, bits)| *bits)
            .ok_or_else(|| Error::InvalidSetting {
                name: "the form of the bits".into(),
                value: text.into(),
                expected:
                    "01, where the label is the XOR of bits, or pm1, where it is a product of signs"
                        .into(),
            })
    }
}

impl<F: Real> Batch<F> {
    /// Examples from arrays: inputs of shape `[m, n]`, labels of shape `[m]`.
    ///
    /// ```
    /// use ndarray::array;
    /// use sparse_parity::data::{Batch, Bits};
    ///
    /// let (inputs, labels) = (array![[0.0, 1.0], [1.0, 1.0]], array![1.0, 0.0]);
    /// let examples = Batch::<f32>::from_arrays(&inputs, &labels, Bits::ZeroOne)?;
    /// assert_eq!(examples.y, array![-1.0, 1.0]);
    /// let error = Batch::<f32>::from_arrays(&inputs, &labels, Bits::PlusMinus).unwrap_err();
    /// assert!(error.to_string().contains("column 0 of example 0, counted from 0, is 0"));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Entry`] for the first entry or label that is no sign, [`Error::Mismatch`] unless there is a label for every
    /// input, [`Error::Zero`] if m or n is 0.
    pub fn from_arrays<G: Real>(
        inputs: &ArrayRef2<G>,
        labels: &ArrayRef1<G>,
        bits: Bits,
    ) -> Result<Self> {
        let (m, n) = inputs.dim();
        if labels.len() != m {
            return Err(Error::Mismatch {
                what: "the number of labels",
                expected: m,
                found: labels.len(),
                repair: "give every input one label",
            });
        }
        let mut batch = Batch {
            x: Signs::ones(m, n)?,
            y: ndarray::Array1::ones(m),
        };
        let refuse = |row: usize, column: &dyn fmt::Display, value: f64, repair| Error::Entry {
            place: "the array".into(),
            row,
            column: column.to_string(),
            value: value.to_string(),
            repair,
        };
        for row in 0..m {
            for (column, value) in inputs.row(row).iter().enumerate() {
                let value = value.as_f64();
                let is_negative = bits.is_negative(Some(value));
                if is_negative.map_err(|repair| refuse(row, &column, value, repair))? {
                    batch.x.flip(row, column);
                }
            }
            let value = labels[row].as_f64();
            let is_negative = bits.is_negative(Some(value));
            if is_negative.map_err(|repair| refuse(row, &"of the label", value, repair))? {
                batch.y[row] = -F::one();
            }
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn both_forms_are_the_same_examples() {
        let bits = array![[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]];
        let labels = array![1.0, 0.0];
        let sign = |bit: f64| 1.0 - 2.0 * bit;
        let of_bits = Batch::<f32>::from_arrays(&bits, &labels, Bits::ZeroOne).unwrap();
        let (signs, products) = (bits.mapv(sign), labels.mapv(sign));
        let of_signs = Batch::<f32>::from_arrays(&signs, &products, Bits::PlusMinus).unwrap();
        assert_eq!(of_bits, of_signs);
        assert_eq!(of_bits.x.to_array::<f64>(), signs);
        for (word, bits) in WORDS {
            assert_eq!(
                (word.parse::<Bits>().unwrap(), bits.to_string()),
                (bits, word.into())
            );
        }
        assert!("2".parse::<Bits>().is_err());
    }

    #[test]
    fn what_is_no_sign_is_told_with_its_place() {
        let told = |entry: f64, label: f64, bits| {
            let inputs = array![[1.0, 1.0], [1.0, entry]];
            let batch = Batch::<f32>::from_arrays(&inputs, &array![1.0, label], bits);
            batch.unwrap_err().to_string()
        };
        let zero = told(0.0, 1.0, Bits::PlusMinus);
        assert!(
            zero.contains("column 1 of example 1") && zero.contains("01"),
            "{zero}"
        );
        let minus = told(-1.0, 1.0, Bits::ZeroOne);
        assert!(minus.contains("is -1") && minus.contains("pm1"), "{minus}");
        let label = told(1.0, f64::NAN, Bits::PlusMinus);
        assert!(label.contains("label") && label.contains("NaN"), "{label}");
        let short = Batch::<f32>::from_arrays(&array![[1.0]], &array![1.0, 1.0], Bits::PlusMinus);
        assert!(short.is_err());
    }
}
