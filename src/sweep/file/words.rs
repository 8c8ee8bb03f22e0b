//! Names and values of a sweep file.

use crate::error::Result;
use crate::experiment::Experiment;
use crate::schema::Schema;
use toml::{Table, Value as Toml};

/// The name by which labels are given.
pub(super) const SETTING: &str = "setting";

/// Takes the label out of the settings, if the experiment has labels and there is one.
pub(super) fn label<E: Experiment>(settings: &mut Table) -> Option<Toml> {
    let has_labels = E::labelled("", &|_| None).is_some();
    has_labels.then(|| settings.remove(SETTING)).flatten()
}

/// Another name of a setting that a file uses, and the name of the setting.
pub(super) type Alias = (String, String);

/// Settings by their paths, from settings by any of their names.
pub(super) struct Resolver<'a> {
    pub(super) schema: &'a Schema,
    pub(super) aliases: Vec<Alias>,
}

impl Resolver<'_> {
    /// The path of a setting.
    pub(super) fn path(&mut self, name: &str) -> Result<Vec<String>> {
        let found = self.schema.find(name)?;
        if found.is_alias {
            let alias = (name.to_owned(), found.path.join("."));
            if !self.aliases.contains(&alias) {
                self.aliases.push(alias);
            }
        }
        Ok(found.path)
    }

    /// The table with the names of settings themselves; the reason if it cannot be understood.
    pub(super) fn table(&mut self, table: Table) -> Result<Table, String> {
        let mut resolved = Table::new();
        self.add(&[], table, &mut resolved)?;
        Ok(resolved)
    }

    fn add(&mut self, outer: &[String], table: Table, to: &mut Table) -> Result<(), String> {
        for (name, value) in table {
            let full = [outer, &[name]].concat().join(".");
            let path = self.path(&full).map_err(|error| error.to_string())?;
            let knobs = self.schema.knobs().iter();
            let is_within = |inner: &[String]| inner.len() > path.len() && inner.starts_with(&path);
            let has_fields = knobs.map(|knob| knob.path()).any(is_within);
            let value = match value {
                Toml::Table(inner) if has_fields => {
                    self.add(&path, inner, to)?;
                    continue;
                }
                Toml::Array(items) if has_fields => {
                    let items = items.into_iter().map(|item| self.item(&path, item));
                    Toml::Array(items.collect::<Result<_, String>>()?)
                }
                value => value,
            };
            if get(to, &path).is_some() {
                return Err(format!(
                    "{full} means {}, which stands there already; leave one of them out",
                    path.join(".")
                ));
            }
            put(to, &path, value);
        }
        Ok(())
    }

    /// One of the tables in a list of them.
    fn item(&mut self, path: &[String], item: Toml) -> Result<Toml, String> {
        let Toml::Table(table) = item else {
            return Ok(item);
        };
        let mut resolved = Table::new();
        self.add(path, table, &mut resolved)?;
        let item = get(&resolved, path).cloned();
        Ok(item.unwrap_or_else(|| Table::new().into()))
    }
}

/// A value as TOML, or else a word.
pub(crate) fn value(text: &str) -> Toml {
    let parsed: Result<Table, _> = format!("value = {text}").parse();
    let value = parsed.ok().and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Toml::String(text.into()))
}

/// What stands at the end of a path.
fn get<'a>(table: &'a Table, path: &[String]) -> Option<&'a Toml> {
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(table.get(first)?, |value, name| value.get(name))
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
