//! From the names that people type to settings.

use super::{Knob, Schema};
use crate::error::near;

/// The setting that a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The path of the setting, and perhaps of a value within it.
    pub path: Vec<String>,
    /// Whether the name is another name of the setting, such as `lr` for `rate`.
    pub is_alias: bool,
}

pub(super) fn find(schema: &Schema, name: &str) -> Option<Name> {
    let name = name.trim().replace('-', "_");
    let mut parts = name.split('.');
    let mut found = first(schema, parts.next()?)?;
    for part in parts {
        let mut fields = schema.knobs().iter().filter(|knob| {
            let outer = knob.path().split_last().map(|(_, outer)| outer);
            outer == Some(&found.path[..]) && knob.aliases().contains(&part)
        });
        found.is_alias |= fields.clone().next().is_some();
        let part = fields.next().map_or(part, Knob::last).to_owned();
        found.path.push(part);
        schema.node(&found.path)?;
    }
    Some(found)
}

/// The setting that the first part of a name means.
fn first(schema: &Schema, part: &str) -> Option<Name> {
    let name = |is_alias: bool, is_top: bool| {
        let mut meant = schema.knobs().iter().filter(|knob| {
            let is_called = match is_alias {
                true => knob.aliases().contains(&part),
                false => knob.last() == part,
            };
            is_called && (knob.path().len() == 1) == is_top
        });
        let path = meant.next()?.path().to_vec();
        // A name that several settings have means none of them.
        meant.next().is_none().then_some(Name { path, is_alias })
    };
    name(false, true)
        .or_else(|| name(true, true))
        .or_else(|| name(false, false))
        .or_else(|| name(true, false))
}

/// The name of a setting that is nearest, unless it is too far to be meant.
pub(super) fn nearest<'a>(schema: &'a Schema, name: &str) -> Option<&'a str> {
    let of = |knob: &'a Knob| {
        let names = [knob.name(), knob.last()];
        names.into_iter().chain(knob.aliases())
    };
    near(name, schema.knobs().iter().flat_map(of))
}
