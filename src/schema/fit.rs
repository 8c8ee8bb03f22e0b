//! Whether a value is one that its description allows.

use super::knob::expected;
use super::node::{alternatives, descend, is_open, node_of_item, types};
use serde_json::Value;

/// A value that its description does not allow.
pub(super) struct Misfit {
    /// Its path with dots.
    pub(super) path: String,
    pub(super) value: String,
    pub(super) expected: String,
}

/// The innermost value that is not allowed, if one is not.
///
/// Fields that a table does not have are left to serde.
pub(super) fn misfit(node: &Value, value: &Value, path: String) -> Option<Misfit> {
    if fits(node, value) {
        return None;
    }
    if let Some(misfit) = misfit_of_item(node, value, &path) {
        return Some(misfit);
    }
    let variants = alternatives(node);
    let meant = variants.into_iter().find(|node| has_tags(node, value));
    let within = meant.and_then(|node| {
        let fields = value.as_object().into_iter().flatten();
        let mut fields = fields.filter_map(|(name, value)| {
            misfit(descend(node, name)?, value, format!("{path}.{name}"))
        });
        fields.next()
    });
    within.or_else(|| {
        Some(Misfit {
            path,
            value: value.to_string(),
            expected: expected(node),
        })
    })
}

/// The innermost value that is not allowed in a list, if that is within a table or a list of it.
fn misfit_of_item(node: &Value, value: &Value, path: &str) -> Option<Misfit> {
    let items = value.as_array()?.iter().enumerate();
    let alternatives = alternatives(node);
    let list = alternatives
        .iter()
        .find(|node| types(node).contains(&"array"))?;
    // The items of a plain list are told with the whole of it.
    let is_pair = list.get("prefixItems").is_some();
    let inner = items.filter(|(_, item)| is_pair || item.is_object() || item.is_array());
    let mut misfits = inner.filter_map(|(place, item)| {
        misfit(node_of_item(list, place)?, item, format!("{path}[{place}]"))
    });
    misfits.next()
}

/// Whether a table has the fields that every value of this description has, and their values.
fn has_tags(node: &Value, value: &Value) -> bool {
    let required = node.get("required").and_then(Value::as_array);
    let mut required = required.into_iter().flatten().filter_map(Value::as_str);
    let has = |name: &str| {
        let tag = descend(node, name).and_then(|node| node.get("const"));
        let found = value.get(name);
        found.is_some() && (tag.is_none() || tag == found)
    };
    types(node).contains(&"object") && value.is_object() && required.all(has)
}

fn fits(node: &Value, value: &Value) -> bool {
    is_open(node)
        || alternatives(node)
            .into_iter()
            .any(|node| fits_one(node, value))
}

/// Whether a description without alternatives allows a value.
fn fits_one(node: &Value, value: &Value) -> bool {
    if let Some(only) = node.get("const") {
        return only == value;
    }
    if let Some(words) = node.get("enum").and_then(Value::as_array) {
        return words.contains(value);
    }
    let has_type = types(node).into_iter().any(|name| match name {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    });
    has_type && is_within(node, value) && has_parts(node, value)
}

/// Whether a number is within its bounds.
fn is_within(node: &Value, value: &Value) -> bool {
    let Some(value) = value.as_f64() else {
        return true;
    };
    let keeps = |key: &str, keeps: fn(f64, f64) -> bool| {
        let bound = node.get(key).and_then(Value::as_f64);
        bound.is_none_or(|bound| keeps(value, bound))
    };
    keeps("minimum", |value, bound| value >= bound)
        && keeps("exclusiveMinimum", |value, bound| value > bound)
        && keeps("maximum", |value, bound| value <= bound)
        && keeps("exclusiveMaximum", |value, bound| value < bound)
}

/// Whether the items of a list, or the fields of a table, are allowed.
fn has_parts(node: &Value, value: &Value) -> bool {
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .all(|(place, item)| node_of_item(node, place).is_none_or(|node| fits(node, item))),
        Value::Object(fields) => {
            has_tags(node, value)
                && fields
                    .iter()
                    .all(|(name, value)| descend(node, name).is_none_or(|node| fits(node, value)))
        }
        _ => true,
    }
}
