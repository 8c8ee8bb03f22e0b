//! Names and values of a sweep file.

use crate::experiment::Experiment;
use serde_json::Value;
use toml::{Table, Value as Toml};

/// The name by which labels are given.
const SETTING: &str = "setting";

/// The names of all settings.
pub(super) fn settings<E: Experiment>() -> Vec<String> {
    let Ok(Value::Object(fields)) = serde_json::to_value(E::default()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = fields.into_iter().map(|(name, _)| name).collect();
    if has_labels::<E>() {
        names.push(SETTING.into());
    }
    names.sort();
    names
}

pub(super) fn is_setting<E: Experiment>(name: &str) -> bool {
    settings::<E>().iter().any(|setting| setting == name)
}

/// Takes the label out of the settings, if the experiment has labels and there is one.
pub(super) fn label<E: Experiment>(settings: &mut Table) -> Option<Toml> {
    has_labels::<E>()
        .then(|| settings.remove(SETTING))
        .flatten()
}

fn has_labels<E: Experiment>() -> bool {
    E::labelled("", &|_| None).is_some()
}

/// Whether the values at the end of a path are lists themselves.
pub(super) fn is_list(path: &[&str]) -> bool {
    let lists = ["support", "frozen", "block_rates", "widths", "table"];
    path.last().is_some_and(|name| lists.contains(name))
}

/// What to say of a name that is not known.
pub(super) fn unknown<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> String {
    let known: Vec<S> = known.into_iter().collect();
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    let nearest = known
        .iter()
        .min_by_key(|word| strsim::damerau_levenshtein(word, name));
    let nearest = nearest.copied().unwrap_or_default();
    let all = known.join(", ");
    format!("there is no {name:?}; the nearest is {nearest}, and all are {all}")
}

/// A value as TOML, or else a word.
pub(super) fn value(text: &str) -> Toml {
    let parsed: Result<Table, _> = format!("value = {text}").parse();
    let value = parsed.ok().and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Toml::String(text.into()))
}

/// Puts a value at the end of a path, whose tables are made.
pub(super) fn put<S: AsRef<str>>(table: &mut Table, path: &[S], value: Toml) {
    let [name, rest @ ..] = path else {
        return;
    };
    let name = name.as_ref();
    if rest.is_empty() {
        table.insert(name.into(), value);
        return;
    }
    let place = table.entry(name).or_insert_with(|| Table::new().into());
    if !place.is_table() {
        *place = Table::new().into();
    }
    if let Toml::Table(inner) = place {
        put(inner, rest, value);
    }
}

/// Takes away what stands at the end of a path.
pub(super) fn take<S: AsRef<str>>(table: &mut Table, path: &[S]) {
    let [name, rest @ ..] = path else {
        return;
    };
    let name = name.as_ref();
    if rest.is_empty() {
        table.remove(name);
    } else if let Some(Toml::Table(inner)) = table.get_mut(name) {
        take(inner, rest);
    }
}
