//! Short forms of values.

use super::node::{alternatives, descend, mark, types, variant};
use serde_json::{Map, Value, json};

/// The variant that a plain number stands for.
const PLAIN: &str = "x-plain";
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
                let places = node.get("prefixItems").and_then(Value::as_array);
                for (place, item) in items.iter_mut().enumerate() {
                    let at = places.and_then(|places| places.get(place));
                    if let Some(node) = at.or_else(|| node.get("items")) {
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
            let steps = mark(node, STEPS)?.as_str()?;
            Some(as_variant(steps, table(text)?))
        }
        _ => None,
    }
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
