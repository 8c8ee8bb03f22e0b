//! Flags for settings.

use super::former;
use crate::cli::Result;
use crate::cli::new::{about, is_leaf};
use crate::experiment::Experiment;
use crate::schema::{Knob, Schema};
use crate::sweep::value;
use crate::trial::Trial;
use clap::{Arg, ArgAction, ArgMatches};
use toml::{Table, Value};

/// The flags of all settings, and hidden ones for their other names.
pub(super) fn arguments(schema: &Schema) -> Vec<Arg> {
    let knobs = schema.knobs().iter().filter(|knob| is_leaf(schema, knob));
    let of = |knob: &Knob| {
        let names = spellings(schema, knob);
        let mut arguments: Vec<Arg> = names.iter().map(|name| argument(knob, name)).collect();
        let hidden = arguments.split_off(1);
        let shown = arguments
            .into_iter()
            .map(|argument| argument.help(help(knob)));
        let hidden = hidden.into_iter().map(|argument| argument.hide(true));
        shown.chain(hidden).collect::<Vec<Arg>>()
    };
    knobs.flat_map(of).collect()
}

/// The spellings of a flag, the usual one first.
fn spellings(schema: &Schema, knob: &Knob) -> Vec<String> {
    let is_clear = |name: &str| {
        schema
            .find(name)
            .is_ok_and(|found| found.path == knob.path())
    };
    let mut names = vec![knob.name()];
    if is_clear(knob.last()) && knob.last() != knob.name() {
        names.insert(0, knob.last());
    }
    names.extend(knob.aliases().into_iter().filter(|name| is_clear(name)));
    if let Some(item) = knob.item() {
        names.insert(0, item);
    }
    names.iter().map(|name| name.replace('_', "-")).collect()
}

fn argument(knob: &Knob, name: &str) -> Arg {
    let heading = match knob.path() {
        [_] => "Settings".into(),
        [outer, ..] => format!("Settings of the {outer}"),
        [] => String::new(),
    };
    let argument = Arg::new(name.to_owned())
        .long(name.to_owned())
        .help_heading(heading)
        .value_name("VALUE")
        .allow_negative_numbers(true);
    let argument = match name.contains('-') {
        true => argument.alias(name.replace('-', "_")),
        false => argument,
    };
    match (knob.is_switch(), knob.is_list()) {
        (true, _) => argument.num_args(0..=1).default_missing_value("true"),
        (_, true) => argument.action(ArgAction::Append),
        _ => argument,
    }
}

fn help(knob: &Knob) -> String {
    let default = knob
        .default()
        .map_or(String::new(), |default| format!(" [default: {default}]"));
    about(knob) + &default
}

/// A setting with a value from the command line.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub(super) knob: &'a Knob,
    /// The flag as it was written, without hyphens in front.
    pub(super) flag: String,
    pub(super) value: Value,
}

/// The settings on a command line.
#[derive(Debug)]
pub(super) struct Flags<'a> {
    schema: &'a Schema,
    given: Vec<Given<'a>>,
    /// Flags that are of former versions and have no effect.
    pub(super) idle: Vec<String>,
}

impl<'a> Flags<'a> {
    pub(super) fn new(schema: &'a Schema, matches: &ArgMatches) -> Result<Self> {
        let mut given: Vec<Given> = Vec::new();
        for knob in schema.knobs().iter().filter(|knob| is_leaf(schema, knob)) {
            for flag in spellings(schema, knob) {
                let Some(mut texts) = matches.get_many::<String>(&flag) else {
                    continue;
                };
                let value = match knob.is_list() {
                    true => list(texts),
                    false => value(texts.next_back().map_or("", String::as_str)),
                };
                let knob = former::meant(schema, knob, &value);
                if let Some(other) = given.iter().find(|other| other.knob == knob) {
                    let reason = "are the same setting; leave one of them out";
                    return Err(format!("--{} and --{flag} {reason}", other.flag).into());
                }
                given.push(Given { knob, flag, value });
            }
        }
        Ok(Flags {
            schema,
            given,
            idle: Vec::new(),
        })
    }

    /// The value of a setting, if it is given.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let found = self.given.iter().find(|given| given.knob.name() == name);
        found.map(|given| &given.value)
    }

    /// The word that a setting is given, if it is one.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The flag by which a setting is given, and its value.
    pub(super) fn take(&mut self, name: &str) -> Option<Given<'a>> {
        let place = self
            .given
            .iter()
            .position(|given| given.knob.name() == name)?;
        Some(self.given.remove(place))
    }

    /// Gives a setting a value by a flag.
    pub(super) fn set(&mut self, name: &str, flag: &str, value: Value) {
        let known = self.schema.knobs().iter().find(|knob| knob.name() == name);
        let knob = known.expect("flags of former versions stand for settings");
        self.given.retain(|given| given.knob != knob);
        let flag = flag.into();
        self.given.push(Given { knob, flag, value });
    }

    /// Takes out the flags that mean nothing for the chosen network, and returns all flags without effect.
    ///
    /// They are told, not refused: a study may use one set of flags for all of its networks.
    pub(super) fn take_idle(&mut self) -> Result<Vec<String>> {
        let base = match self.word("setting") {
            None => Trial::default(),
            Some(label) => {
                let size = |name: &str| usize::try_from(self.get(name)?.as_integer()?).ok();
                Trial::labelled(label, &size).unwrap_or_else(|| Ok(Trial::default()))?
            }
        };
        let base = serde_json::to_value(base)?;
        let chosen = |knob: &Knob| -> Option<String> {
            let table = &knob.path()[0];
            let is_tag = |tag: &&Knob| {
                tag.path().len() == 2 && tag.path()[0] == *table && tag.variants().is_empty()
            };
            let tag = self.schema.knobs().iter().find(is_tag)?;
            let usual = || base[table.as_str()][tag.last()].as_str();
            self.word(tag.name()).or_else(usual).map(Into::into)
        };
        let is_idle = |given: &Given| match (given.knob.variants(), chosen(given.knob)) {
            ([], _) | (_, None) => false,
            (variants, Some(chosen)) => !variants.contains(&chosen),
        };
        let idle: Vec<bool> = self.given.iter().map(is_idle).collect();
        let mut places = idle.into_iter();
        let mut told = Vec::new();
        self.given.retain(|given| {
            let is_idle = places.next() == Some(true);
            if is_idle {
                told.push(format!("--{}", given.flag));
            }
            !is_idle
        });
        told.append(&mut self.idle);
        Ok(told)
    }

    /// The flags that are another name of a setting, with its usual flag.
    pub(super) fn aliases(&self) -> impl Iterator<Item = (&str, String)> {
        self.given.iter().filter_map(|given| {
            let is_alias = given
                .knob
                .aliases()
                .iter()
                .any(|alias| alias.replace('_', "-") == given.flag);
            let usual = spellings(self.schema, given.knob).swap_remove(0);
            is_alias.then_some((given.flag.as_str(), usual))
        })
    }

    /// The settings as a table.
    pub(super) fn settings(&self) -> Table {
        let mut settings = Table::new();
        for given in &self.given {
            let mut place = &mut settings;
            let (last, tables) = given
                .knob
                .path()
                .split_last()
                .expect("a setting has a name");
            for table in tables {
                let inner = place.entry(table).or_insert_with(|| Table::new().into());
                place = inner.as_table_mut().expect("tables were made here");
            }
            place.insert(last.clone(), given.value.clone());
        }
        settings
    }
}

/// The items of a list, given one by one, with commas, or as TOML.
fn list<'a>(texts: impl Iterator<Item = &'a String>) -> Value {
    let items = |text: &String| match value(text) {
        Value::Array(items) => items,
        table @ Value::Table(_) => vec![table],
        _ => text.split(',').map(|item| value(item.trim())).collect(),
    };
    Value::Array(texts.flat_map(items).collect())
}
