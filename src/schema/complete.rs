//! Short forms of values.

use super::node::{alternatives, descend, mark, may_be, node_of_item, types, variant};
use serde_json::{Map, Value, json};

/// The variant that a plain number stands for.
pub(super) const PLAIN: &str = "x-plain";
/// The variant that a text of steps and numbers stands for.
const STEPS: &str = "x-steps";

/// Writes out the short forms in a value and in what is within it.
pub(super) fn complete(node: &Value, value: &mut Value) {
    if let Some(long) = long_form(node, value) {
        *value = long;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some(node) = descend(node, name) {
                    complete(node, value);
                }
            }
        }
        Value::Array(items) => {
            for node in alternatives(node) {
                for (place, item) in items.iter_mut().enumerate() {
                    if let Some(node) = node_of_item(node, place) {
                        complete(node, item);
                    }
                }
            }
        }
        _ => {}
    }
}

fn long_form(node: &Value, value: &Value) -> Option<Value> {
    let as_variant = |name: &str, value: Value| {
        let fields = [(name.to_owned(), value)];
        Value::Object(Map::from_iter(fields))
    };
    match value {
        Value::Number(number) => {
            let plain = mark(node, PLAIN)?.as_str()?;
            Some(as_variant(plain, number.clone().into()))
        }
        Value::String(text) => {
            let is_table = |node: &&Value| {
                let payload = node.get("properties").and_then(|fields| fields.get(text));
                payload.is_some_and(|payload| types(payload).contains(&"object"))
            };
            let alternatives = alternatives(node);
            let mut variants = alternatives
                .iter()
                .filter(|node| variant(node) == Some(text.as_str()));
            if variants.any(is_table) {
                return Some(as_variant(text, json!({})));
            }
            if let Some(steps) = mark(node, STEPS).and_then(Value::as_str)
                && let Some(table) = table(text)
            {
                return Some(as_variant(steps, table));
            }
            with_fields(node, text).or_else(|| pair(node, text))
        }
        _ => None,
    }
}

/// A variant with its fields in their order, such as `sparse:2`.
fn with_fields(node: &Value, text: &str) -> Option<Value> {
    let (name, given) = text.split_once(':')?;
    let name = name.trim();
    let given: Vec<Value> = given.split(':').map(scalar).collect();
    let alternatives = alternatives(node);
    let mut variants = alternatives
        .iter()
        .filter(|node| variant(node) == Some(name));
    let payload = variants.next()?.get("properties")?.get(name)?;
    let payload = match payload.get("required").and_then(Value::as_array) {
        Some(fields) if fields.len() >= given.len() => {
            let names = fields.iter().filter_map(Value::as_str).map(Into::into);
            Value::Object(names.zip(given).collect())
        }
        None if !types(payload).contains(&"object") && given.len() == 1 => {
            given.into_iter().next()?
        }
        _ => return None,
    };
    Some(Value::Object(Map::from_iter([(name.to_owned(), payload)])))
}

/// A name and a value, such as `output=0.01`.
fn pair(node: &Value, text: &str) -> Option<Value> {
    let (name, value) = text.split_once('=')?;
    let alternatives = alternatives(node);
    let mut places = alternatives.iter().filter_map(|node| {
        let places = node.get("prefixItems")?.as_array()?;
        (places.len() == 2 && may_be(&places[0], "string")).then_some(places)
    });
    places.next()?;
    Some(json!([name.trim(), scalar(value)]))
}

/// A number, or else a word.
fn scalar(text: &str) -> Value {
    let text = text.trim();
    let whole = text.parse().map(|whole: i64| json!(whole));
    let number = whole.or_else(|_| text.parse().map(|number: f64| json!(number)));
    // What is not finite is no number of JSON.
    let number = number.ok().filter(Value::is_number);
    number.unwrap_or_else(|| text.into())
}

/// Steps and numbers, such as `0:0.1,500:0.01`.
fn table(text: &str) -> Option<Value> {
    let entry = |entry: &str| {
        let (step, number) = entry.split_once(':')?;
        let step: u64 = step.trim().parse().ok()?;
        let number: f64 = number.trim().parse().ok()?;
        Some(json!([step, number]))
    };
    text.split(',').map(entry).collect()
}
