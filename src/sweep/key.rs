use crate::experiment::Experiment;
use crate::trial::Trial;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;
use xxhash_rust::xxh3::xxh3_128;

/// What settings are known by: 128 bits of a hash of their [canonical text](Key::text).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Key(u128);

impl Key {
    /// The key of the settings.
    pub fn of<E: Experiment>(settings: &E) -> Self {
        Key::of_text(&Key::text(settings))
    }

    pub(super) fn of_text(text: &str) -> Self {
        Key(xxh3_128(text.as_bytes()))
    }

    /// The text that is hashed: the name of the experiment unless that is a trial, its revision, and a
    /// line `field = value` for every setting that differs from `E::default()`, in the order of the
    /// alphabet.
    ///
    /// A setting that a later version adds does not change the keys of settings that do not use it.
    ///
    /// ```
    /// use sparse_parity::{sweep::Key, trial::Trial};
    /// let text = Key::text(&Trial { batch: 1, rate: 0.01.into(), ..Trial::default() });
    /// assert_eq!(text, "revision = 1\nbatch = 1\nrate.constant = 0.01\n");
    /// ```
    pub fn text<E: Experiment>(settings: &E) -> String {
        let value = |settings: &E| serde_json::to_value(settings).expect("settings are data");
        // The first rows were those of trials, without a name.
        let mut text = match E::NAME {
            Trial::NAME => String::new(),
            name => format!("experiment = {name}\n"),
        };
        text.push_str(&format!("revision = {}\n", settings.revision()));
        write_fields(&mut text, "", &value(settings), &value(&E::default()));
        text
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

/// The fields below `name` that differ from the usual ones.
fn write_fields(text: &mut String, name: &str, value: &Value, usual: &Value) {
    if value == usual {
        return;
    }
    let Value::Object(fields) = value else {
        text.push_str(&format!("{name} = {value}\n"));
        return;
    };
    // The order of a map of serde_json depends on features that any crate may switch on.
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    for field in names {
        let path = match name {
            "" => field.clone(),
            name => format!("{name}.{field}"),
        };
        write_fields(text, &path, &fields[field], &usual[field.as_str()]);
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Key {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Key)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Learner, Setting, TransformerSettings};

    #[test]
    fn settings_keep_their_keys() {
        // Files on disk hold these.
        let revision = |label| Setting::from_label(label).unwrap().trial(20, 3).revision();
        assert_eq!(["ii", "xv", "xiv", "*iii"].map(revision), [1, 1, 1, 2]);
        let key = |trial: &Trial| Key::of(trial).to_string();
        assert_eq!(key(&Trial::default()), "030f0bcbef2111a03210a93b9d7893a7");
        assert_eq!(
            key(&Setting::from_label("xv").unwrap().trial(20, 3)),
            "280419b1ddc646a91741ad45b0fd893b"
        );
    }

    #[test]
    fn different_settings_have_different_keys() {
        let transformer = Learner::Transformer(TransformerSettings::default());
        let mut trials = vec![
            Trial {
                learner: transformer,
                ..Trial::default()
            },
            Trial {
                support: Some(vec![1, 2, 3]),
                ..Trial::default()
            },
        ];
        for n in [20, 30] {
            trials.extend(Setting::ALL.iter().map(|setting| setting.trial(n, 3)));
        }
        let mut keys: Vec<Key> = trials.iter().map(Key::of).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), trials.len());
        for key in keys {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }
}
