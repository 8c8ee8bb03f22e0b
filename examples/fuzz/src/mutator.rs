//! Inputs made of documents.

use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

/// Numbers at which something changes: signs, roundings, ranges of types, and what is no number.
const NUMBERS: [&str; 36] = [
    "0",
    "-0.0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "63",
    "64",
    "65",
    "0.5",
    "1.0",
    "0.9999999999999999",
    "1e-9",
    "5e-324",
    "2.2250738585072014e-308",
    "1e308",
    "-1e308",
    "1e999",
    "NaN",
    "inf",
    "-inf",
    "127",
    "256",
    "65536",
    "16777217",
    "2147483647",
    "2147483648",
    "4294967296",
    "68719476737",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
];
/// The most bytes of an input.
const MOST: usize = 1 << 16;

/// Changes documents: bits and parts of any, numbers and words of texts, values of JSON.
#[derive(Debug)]
pub struct Mutator {
    documents: Vec<Vec<u8>>,
    values: Vec<Value>,
    words: Vec<Vec<u8>>,
}

impl Mutator {
    /// A mutator of these documents.
    ///
    /// # Panics
    /// If there are none.
    pub fn new(documents: Vec<Vec<u8>>) -> Self {
        assert!(!documents.is_empty(), "a door needs a document");
        let values = documents
            .iter()
            .filter_map(|text| serde_json::from_slice(text).ok());
        let words = documents
            .iter()
            .flat_map(|text| tokens(text, is_of_word).map(|at| text[at].to_vec()));
        let (values, words) = (values.collect(), words.collect());
        Mutator {
            documents,
            values,
            words,
        }
    }

    /// The number of documents.
    #[allow(clippy::len_without_is_empty, reason = "there always is one")]
    pub fn len(&self) -> u64 {
        self.documents.len() as u64
    }

    /// An input: the documents as they are come first, then changed ones.
    pub fn input(&self, index: u64, rng: &mut impl Rng) -> Vec<u8> {
        if let Some(document) = self
            .documents
            .get(usize::try_from(index).unwrap_or(usize::MAX))
        {
            return document.clone();
        }
        let mut text = self.documents.choose(rng).expect("there is one").clone();
        // Most inputs differ in a few places, so that what reads them comes far.
        loop {
            self.change(&mut text, rng);
            text.truncate(MOST);
            if rng.random_bool(0.5) {
                return text;
            }
        }
    }

    fn change(&self, text: &mut Vec<u8>, rng: &mut impl Rng) {
        match rng.random_range(0..12) {
            0..4 if !self.values.is_empty() => self.change_value(text, rng),
            0..6 => replace_token(
                text,
                is_of_number,
                rng.random_range(0..NUMBERS.len()),
                NUMBERS.map(str::as_bytes).as_slice(),
                rng,
            ),
            6..8 => match self.words.is_empty() {
                true => flip(text, rng),
                false => {
                    let word = rng.random_range(0..self.words.len());
                    let words: Vec<&[u8]> = self.words.iter().map(Vec::as_slice).collect();
                    replace_token(text, is_of_word, word, &words, rng);
                }
            },
            8 => flip(text, rng),
            9 => {
                let at = part(text, rng);
                text.drain(at);
            }
            10 => {
                let other = self.documents.choose(rng).expect("there is one");
                let (piece, at) = (other[part(other, rng)].to_vec(), part(text, rng).start);
                text.splice(at..at, piece);
            }
            _ => text.truncate(rng.random_range(0..=text.len())),
        }
    }

    /// Changes a value of a JSON text.
    fn change_value(&self, text: &mut Vec<u8>, rng: &mut impl Rng) {
        let Ok(mut value) = serde_json::from_slice::<Value>(text) else {
            return flip(text, rng);
        };
        let place = rng.random_range(0..size(&value));
        let other = self.values.choose(rng).expect("there is one");
        let from_other = nth(other, rng.random_range(0..size(other))).clone();
        let at = nth_mut(&mut value, place);
        match rng.random_range(0..8) {
            0..3 => *at = number(rng),
            3..5 => *at = from_other,
            5 => match at {
                Value::Array(list) if !list.is_empty() => {
                    let item = list[rng.random_range(0..list.len())].clone();
                    list.extend(std::iter::repeat_n(
                        item,
                        [1, 2, 64, 1000][rng.random_range(0..4)],
                    ));
                }
                Value::Object(map) => {
                    map.insert(["x", "n", ""][rng.random_range(0..3)].into(), from_other);
                }
                _ => *at = Value::Array(vec![at.clone(); 3]),
            },
            6 => match at {
                Value::Array(list) if !list.is_empty() => {
                    list.remove(rng.random_range(0..list.len()));
                }
                Value::Object(map) if !map.is_empty() => {
                    let key = map.keys().nth(rng.random_range(0..map.len())).cloned();
                    map.remove(&key.expect("there is one"));
                }
                _ => *at = Value::Null,
            },
            _ => {
                let mut nested = std::mem::take(at);
                for _ in 0..rng.random_range(1..140) {
                    nested = json!([nested]);
                }
                *at = nested;
            }
        }
        *text = value.to_string().into_bytes();
        // Values drop what is nested deeper than a parser goes; the text may be.
        if rng.random_ratio(1, 64) {
            let depth = rng.random_range(1..20_000);
            *text = [vec![b'['; depth], std::mem::take(text), vec![b']'; depth]].concat();
        }
    }
}

/// A number, or a word for what JSON has no number for.
fn number(rng: &mut impl Rng) -> Value {
    let text = NUMBERS[rng.random_range(0..NUMBERS.len())];
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// The number of values in a value, and it.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(size).sum(),
        Value::Object(map) => map.values().map(size).sum(),
        _ => 0_usize,
    }
}

fn nth(value: &Value, mut place: usize) -> &Value {
    if place == 0 {
        return value;
    }
    place -= 1;
    let children: Vec<&Value> = match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    };
    for child in children {
        match place.checked_sub(size(child)) {
            Some(rest) => place = rest,
            None => return nth(child, place),
        }
    }
    value
}

fn nth_mut(value: &mut Value, mut place: usize) -> &mut Value {
    if place == 0 || size(value) == 1 {
        return value;
    }
    place -= 1;
    let children: Vec<&mut Value> = match value {
        Value::Array(list) => list.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => unreachable!("what has a size above 1 has children"),
    };
    for child in children {
        match place.checked_sub(size(child)) {
            Some(rest) => place = rest,
            None => return nth_mut(child, place),
        }
    }
    unreachable!("the place is below the size")
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || b"+-.".contains(&byte)
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

/// The places of the tokens of a text.
fn tokens(text: &[u8], is_of: fn(u8) -> bool) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next + text.get(next..)?.iter().position(|byte| is_of(*byte))?;
        let end = text[start..].iter().position(|byte| !is_of(*byte));
        next = end.map_or(text.len(), |end| start + end);
        Some(start..next)
    })
}

fn replace_token(
    text: &mut Vec<u8>,
    is_of: fn(u8) -> bool,
    by: usize,
    all: &[&[u8]],
    rng: &mut impl Rng,
) {
    let places: Vec<_> = tokens(text, is_of).collect();
    match places.choose(rng) {
        Some(at) => {
            text.splice(at.clone(), all[by].iter().copied());
        }
        None => text.extend_from_slice(all[by]),
    }
}

fn flip(text: &mut Vec<u8>, rng: &mut impl Rng) {
    match text.len() {
        0 => text.push(rng.random()),
        length => text[rng.random_range(0..length)] ^= 1 << rng.random_range(0..8),
    }
}

/// A short part of a text.
fn part(text: &[u8], rng: &mut impl Rng) -> std::ops::Range<usize> {
    let start = rng.random_range(0..=text.len());
    let length = rng.random_range(0..=(text.len() - start).min(40));
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_same_seed_gives_the_same_inputs_and_documents_come_first() {
        let documents = [&br#"{"n":50,"support":[1,2]}"#[..], b"rate = 0.1"].map(<[u8]>::to_vec);
        let mutator = Mutator::new(documents.to_vec());
        let inputs = |seed| {
            let of = |index| mutator.input(index, &mut ChaCha8Rng::seed_from_u64(seed + index));
            (0..200).map(of).collect::<Vec<_>>()
        };
        assert_eq!(inputs(1), inputs(1));
        assert_ne!(inputs(1), inputs(2));
        assert_eq!(inputs(1)[..2], documents);
        let texts: Vec<String> = inputs(1)
            .iter()
            .map(|text| String::from_utf8_lossy(text).into())
            .collect();
        for edge in ["NaN", "18446744073709551615", "[[[[["] {
            assert!(texts.iter().any(|text| text.contains(edge)), "{edge}");
        }
    }

    #[test]
    fn every_value_has_a_place() {
        let mut value = json!({"a": [1, {"b": 2}], "c": 3});
        assert_eq!(size(&value), 6);
        for place in 0..6 {
            let found = nth(&value, place).clone();
            assert_eq!(*nth_mut(&mut value, place), found);
        }
        assert_eq!(*nth(&value, 4), json!(2));
    }
}
