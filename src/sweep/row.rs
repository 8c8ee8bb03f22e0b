use super::Key;
use crate::seeds::Seeds;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What became of one run, whose outcome is a `T`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    /// The settings.
    pub setting: Key,
    /// The seeds.
    pub seeds: Seeds,
    /// The outcome, or why there is none.
    pub result: RowResult<T>,
}

/// The outcome of a run, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum RowResult<T> {
    /// The run has an outcome.
    Outcome(T),
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
        /// The message of the panic.
        panic: String,
    },
}

/// A line of a file of rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(
    rename_all = "lowercase",
    bound(serialize = "R: Serialize", deserialize = "R: Deserialize<'de>")
)]
pub(super) enum Line<'a, R> {
    /// The first line: what wrote the file.
    Header {
        /// The version of this crate.
        version: Cow<'a, str>,
        /// The name of the experiment; files of earlier versions are of trials and have none.
        #[serde(default)]
        experiment: Cow<'a, str>,
        /// The revision of the experiment; keys have those of the settings.
        revision: u32,
        /// The program, the machine and the time, as far as the program has said.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        about: Cow<'a, Value>,
        /// Whether every row of the file has a checksum; those of earlier versions have none.
        #[serde(default)]
        checked: bool,
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
    Row(R),
}

/// A row as it is written, and as it is read before its outcome.
#[derive(Clone, Serialize, Deserialize)]
struct Form<O> {
    setting: Key,
    #[serde(with = "seeds")]
    seeds: Seeds,
    #[serde(
        bound(deserialize = "O: Deserialize<'de>"),
        default = "none",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    outcome: Option<O>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    panic: Option<String>,
    /// The processor time of the run. It is no part of the row as others see it, which is the same whenever it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
}

fn none<O>() -> Option<O> {
    None
}

/// A field that is there, even if it is null.
fn present<'de, O: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<O>, D::Error> {
    O::deserialize(from).map(Some)
}

impl<T> Row<T> {
    fn form(&self, seconds: Option<f64>) -> Form<&T> {
        let (mut outcome, mut error, mut panic) = (None, None, None);
        match &self.result {
            RowResult::Outcome(of_run) => outcome = Some(of_run),
            RowResult::Refused { error: reason } => error = Some(reason.clone()),
            RowResult::Panicked { panic: message } => panic = Some(message.clone()),
        }
        Form {
            setting: self.setting,
            seeds: self.seeds,
            outcome,
            error,
            panic,
            seconds,
        }
    }
}

impl<T: Serialize> Serialize for Row<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.form(None).serialize(to)
    }
}

/// A row with the processor time of its run in seconds, as it is written.
pub(super) struct Timed<'a, T> {
    pub(super) row: &'a Row<T>,
    pub(super) seconds: f64,
}

impl<T: Serialize> Serialize for Timed<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.row.form(Some(self.seconds)).serialize(to)
    }
}

/// A row whose outcome is not read yet: it may be one of another experiment.
#[derive(Clone)]
pub(super) struct RawRow<'a> {
    text: &'a RawValue,
    form: Form<&'a RawValue>,
}

impl<'a> RawRow<'a> {
    pub(super) fn of(text: &'a RawValue) -> serde_json::Result<Self> {
        let form = serde_json::from_str(text.get())?;
        Ok(RawRow { text, form })
    }

    pub(super) fn setting(&self) -> Key {
        self.form.setting
    }

    pub(super) fn seeds(&self) -> Seeds {
        self.form.seeds
    }

    /// The processor time of the run, if the row tells it.
    pub(super) fn seconds(&self) -> Option<f64> {
        self.form.seconds
    }

    /// The same row as one of other settings.
    pub(super) fn with_setting(self, setting: Key) -> Self {
        let form = Form {
            setting,
            ..self.form
        };
        RawRow { form, ..self }
    }

    /// The row with its outcome.
    pub(super) fn read<T: DeserializeOwned>(self) -> serde_json::Result<Row<T>> {
        let Form {
            setting,
            seeds,
            outcome,
            error,
            panic,
            ..
        } = self.form;
        let result = match (outcome, error, panic) {
            (Some(outcome), _, _) => RowResult::Outcome(serde_json::from_str(outcome.get())?),
            (None, Some(error), _) => RowResult::Refused { error },
            (None, None, Some(panic)) => RowResult::Panicked { panic },
            // In rows of earlier versions the fields of the outcome stand beside the seeds.
            (None, None, None) => RowResult::Outcome(serde_json::from_str(self.text.get())?),
        };
        Ok(Row {
            setting,
            seeds,
            result,
        })
    }
}

/// Seeds as one number if they are all the same.
pub(super) mod seeds {
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
    use crate::trial::{Outcome, Trial};

    fn read<T: DeserializeOwned>(text: &str) -> Option<Row<T>> {
        match serde_json::from_str(text) {
            Ok(Line::Row(row)) => RawRow::of(row).ok()?.read().ok(),
            _ => None,
        }
    }

    fn setting() -> Key {
        Key::of(&Trial::new(10, 2))
    }

    fn outcome() -> Outcome {
        let trial = Trial {
            max_steps: 2,
            ..Trial::new(10, 2)
        };
        trial.run(&1.into()).unwrap()
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let error = "no \"such\" network".into();
        let panic = "overflow".into();
        let apart = Seeds {
            init: 2,
            ..1.into()
        };
        for (seeds, result) in [
            (Seeds::from(1), RowResult::Outcome(outcome())),
            (apart, RowResult::Outcome(outcome())),
            (Seeds::from(1), RowResult::Refused { error }),
            (Seeds::from(1), RowResult::Panicked { panic }),
        ] {
            let row = Row {
                setting: setting(),
                seeds,
                result,
            };
            let text = serde_json::to_string(&Line::Row(&row)).unwrap();
            assert!(text.starts_with(r#"{"row":{"setting":""#), "{text}");
            assert_eq!(read(&text), Some(row));
            // What a dying process may leave of it is no row.
            for end in 0..text.len() {
                assert_eq!(read::<Outcome>(&text[..end]), None);
            }
        }
    }

    #[test]
    fn an_outcome_is_whatever_serde_writes() {
        fn same<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(outcome: T) {
            let row = Row {
                setting: setting(),
                seeds: 1.into(),
                result: RowResult::Outcome(outcome),
            };
            let text = serde_json::to_string(&Line::Row(&row)).unwrap();
            assert_eq!(read(&text), Some(row), "{text}");
        }
        same(0.1_f64);
        same(Some(3_u8));
        same(None::<u8>);
        same(());
        same(vec![(1, "a".to_string())]);
        same(vec![f32::MIN_POSITIVE, 0.1, 1.0 / 3.0]);
    }

    #[test]
    fn a_row_of_an_earlier_version_has_its_outcome_beside_the_seeds() {
        let row = Row {
            setting: setting(),
            seeds: 1.into(),
            result: RowResult::Outcome(outcome()),
        };
        let text = format!(
            r#"{{"row":{{"setting":"{}","seeds":1,{}}}"#,
            setting(),
            &serde_json::to_string(&outcome()).unwrap()[1..],
        );
        assert_eq!(read(&text), Some(row), "{text}");
    }
}
