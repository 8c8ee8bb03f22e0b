//! One description in a JSON schema.

use serde_json::Value;

/// The alternatives that a description lists.
pub(super) fn children(node: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"]
        .into_iter()
        .filter_map(|key| node.get(key)?.as_array())
        .flatten()
}

/// The description itself if it lists no alternatives, and else these, to any depth.
pub(super) fn alternatives(node: &Value) -> Vec<&Value> {
    let mut all: Vec<&Value> = children(node).flat_map(alternatives).collect();
    if all.is_empty() {
        all.push(node);
    }
    all
}

/// The description of a field within a value.
pub(super) fn descend<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    let own = node.get("properties").and_then(|fields| fields.get(name));
    own.or_else(|| children(node).find_map(|child| descend(child, name)))
        .or_else(|| is_open(node).then_some(node))
}

/// The description of an item of a list.
pub(super) fn node_of_item(list: &Value, place: usize) -> Option<&Value> {
    let places = list.get("prefixItems").and_then(Value::as_array);
    let at = places.and_then(|places| places.get(place));
    at.or_else(|| list.get("items"))
}

/// Whether nothing is said of the values.
pub(super) fn is_open(node: &Value) -> bool {
    let says = ["type", "oneOf", "anyOf", "const", "enum"];
    says.iter().all(|key| node.get(key).is_none())
}

/// The types that a description without alternatives allows.
pub(super) fn types(node: &Value) -> Vec<&str> {
    match node.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value may be of this type.
pub(super) fn may_be(node: &Value, name: &str) -> bool {
    alternatives(node)
        .iter()
        .any(|node| types(node).contains(&name))
}

/// Whether values are lists.
pub(super) fn is_list(node: &Value) -> bool {
    let by_default = is_open(node) && node.get("default").is_some_and(Value::is_array);
    may_be(node, "array") || by_default
}

/// The name of the variant, of a variant that is a word alone or a table with its name as the only field.
pub(super) fn variant(node: &Value) -> Option<&str> {
    if let Some(word) = node.get("const") {
        return word.as_str();
    }
    match node.get("required")?.as_array()?.as_slice() {
        [Value::String(name)] => {
            let field = node.get("properties")?.get(name)?;
            let is_tag = field.get("const").is_some();
            (!is_tag).then_some(name.as_str())
        }
        _ => None,
    }
}

/// A mark such as `x-plain`, of the description or one of its alternatives.
pub(super) fn mark<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    node.get(name)
        .or_else(|| children(node).find_map(|child| mark(child, name)))
}
