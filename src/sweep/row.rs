use super::Key;
use crate::seeds::Seeds;
use crate::trial::Outcome;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;

/// What became of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The settings.
    pub setting: Key,
    /// The seeds; one number if they are all the same.
    #[serde(with = "seeds")]
    pub seeds: Seeds,
    /// The outcome, or why there is none.
    #[serde(flatten)]
    pub result: RowResult,
}

/// The outcome of a run, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RowResult {
    /// Solved, unsolved or diverged.
    Outcome(Outcome),
    /// There is no run with these settings.
    Refused {
        /// Why.
        error: String,
    },
    /// The run ended in a defect of the program, or of the machine.
    ///
    /// It is not tried again unless [that is asked for](super::Attempt::retry); a row of the same run
    /// with an outcome then takes its place.
    Panicked {
        /// What it said.
        panic: String,
    },
}

/// A line of a file of rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line<'a> {
    /// The first line: what wrote the file.
    Header {
        /// The version of this crate.
        version: Cow<'a, str>,
        /// The revision of the numbers.
        revision: u32,
        /// What the program told about itself, the machine and the time.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        about: Cow<'a, Value>,
    },
    /// The last line, unless the process died.
    End {
        /// The number of rows.
        rows: u64,
        /// The seconds since the first line.
        seconds: f64,
    },
    /// Settings, before their first row.
    Setting {
        key: Key,
        /// What the key is a hash of; files of earlier versions had all settings.
        #[serde(default)]
        text: Cow<'a, str>,
    },
    /// A row.
    Row(Cow<'a, Row>),
}

/// Seeds as one number if they are all the same.
mod seeds {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(u64),
        Five(Seeds),
    }

    pub fn serialize<S: Serializer>(seeds: &Seeds, to: S) -> Result<S::Ok, S::Error> {
        let form = match Seeds::from(seeds.init) == *seeds {
            true => Form::One(seeds.init),
            false => Form::Five(*seeds),
        };
        form.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Seeds, D::Error> {
        Ok(match Form::deserialize(from)? {
            Form::One(seed) => seed.into(),
            Form::Five(seeds) => seeds,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Trial;

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let trial = Trial {
            max_steps: 2,
            ..Trial::new(10, 2)
        };
        let setting = Key::of(&trial);
        let outcome = RowResult::Outcome(trial.run(&1.into()).unwrap());
        let error = "no \"such\" network".into();
        let panic = "overflow".into();
        let apart = Seeds {
            init: 2,
            ..1.into()
        };
        for (seeds, result) in [
            (Seeds::from(1), outcome.clone()),
            (apart, outcome),
            (Seeds::from(1), RowResult::Refused { error }),
            (Seeds::from(1), RowResult::Panicked { panic }),
        ] {
            let row = Row {
                setting,
                seeds,
                result,
            };
            let text = serde_json::to_string(&Line::Row(Cow::Borrowed(&row))).unwrap();
            assert!(text.starts_with(r#"{"row":{"setting":""#), "{text}");
            match serde_json::from_str(&text).unwrap() {
                Line::Row(read) => assert_eq!(*read, row),
                other => panic!("{other:?}"),
            }
            // What a dying process may leave of it is no row.
            for end in 0..text.len() {
                assert!(serde_json::from_str::<Line>(&text[..end]).is_err());
            }
        }
    }
}
