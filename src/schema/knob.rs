use super::fields;
use super::node::{alternatives, is_list, may_be, types, variant};
use serde_json::{Value, json};

/// One setting: a field, or a field within a field that is a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    path: Vec<String>,
    name: String,
    /// The description in each variant of the table that has it.
    nodes: Vec<Value>,
    variants: Vec<String>,
}

impl Knob {
    pub(super) fn new(path: Vec<String>, node: Value) -> Self {
        Knob {
            name: path.join("."),
            path,
            nodes: vec![node],
            variants: Vec::new(),
        }
    }

    /// The settings of a schema.
    pub(super) fn all(root: &Value) -> Vec<Knob> {
        let mut all = Vec::new();
        for (name, node) in fields(root) {
            all.push(Knob::new(vec![name.clone()], node.clone()));
            all.extend(Knob::within(name, node));
        }
        all
    }

    /// The settings within one that is a table.
    fn within(name: &str, node: &Value) -> Vec<Knob> {
        if may_be(node, "null") {
            // It is there or not as a whole.
            return Vec::new();
        }
        let path = |inner: &str| vec![name.to_owned(), inner.to_owned()];
        let Some(tag) = tag(node) else {
            let default = |inner: &str| node.get("default")?.get(inner).cloned();
            let inner = fields(node).map(|(inner, node)| {
                let mut node = node.clone();
                // That of this field, which need not be that of its type.
                if let (Some(default), Some(node)) = (default(inner), node.as_object_mut()) {
                    node.insert("default".into(), default);
                }
                Knob::new(path(inner), node)
            });
            return inner.collect();
        };
        let default = node.get("default").and_then(|default| default.get(&tag));
        let mut all = vec![Knob::new(path(&tag), choice(node, &tag, default))];
        for table in alternatives(node) {
            let variant = tag_value(table, &tag).unwrap_or_default();
            for (inner, node) in fields(table).filter(|(inner, _)| **inner != tag) {
                let path = path(inner);
                let known = all.iter_mut().find(|knob| knob.path == path);
                match known {
                    Some(knob) => {
                        knob.nodes.push(node.clone());
                        knob.variants.push(variant.into());
                    }
                    None => all.push(Knob {
                        variants: vec![variant.into()],
                        ..Knob::new(path, node.clone())
                    }),
                }
            }
        }
        all
    }

    /// The path, such as `learner`, `width`.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// The path with dots, such as `learner.width`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last part of the path, such as `width`.
    pub fn last(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    fn node(&self) -> &Value {
        &self.nodes[0]
    }

    /// What the setting is, in a sentence without its full stop.
    pub fn help(&self) -> String {
        let text = self.node().get("description").and_then(Value::as_str);
        let text = plain(text.unwrap_or_default());
        let text = text
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .replace('\n', " ");
        text.trim_end_matches('.').into()
    }

    /// Other names of the last part of the path.
    pub fn aliases(&self) -> Vec<&str> {
        let mut all = Vec::new();
        for node in &self.nodes {
            let names = node.get("x-aliases").and_then(Value::as_array);
            for name in names.into_iter().flatten().filter_map(Value::as_str) {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
        }
        all
    }

    /// The name of an item, of a list that is given item by item on a command line.
    pub fn item(&self) -> Option<&str> {
        self.node().get("x-item")?.as_str()
    }

    /// The variants of the table that have this setting; none of them if the table has no variants.
    pub fn variants(&self) -> &[String] {
        &self.variants
    }

    /// The value without a word of the user, as text: it may depend on the variant.
    pub fn default(&self) -> Option<String> {
        let text = |node: &Value| match node.get("default") {
            None | Some(Value::Null) => None,
            Some(value) => short(value),
        };
        let mut all: Vec<(Option<String>, Vec<&str>)> = Vec::new();
        for (place, node) in self.nodes.iter().enumerate() {
            let (text, variant) = (text(node), self.variants.get(place));
            let variant = variant.map(String::as_str);
            match all.iter_mut().find(|(other, _)| *other == text) {
                Some((_, variants)) => variants.extend(variant),
                None => all.push((text, variant.into_iter().collect())),
            }
        }
        let mut told = all
            .into_iter()
            .filter_map(|(text, variants)| Some((text?, variants)));
        let first = told.next()?.0;
        let others = told.map(|(text, variants)| format!(", of {} {text}", variants.join(" and ")));
        Some(first + &others.collect::<String>())
    }

    /// The value without a word of the user, as TOML.
    pub fn default_toml(&self) -> Option<String> {
        let value = self.node().get("default")?;
        match (short(value), value) {
            (_, Value::String(_) | Value::Array(_)) | (None, _) => toml::Value::try_from(value)
                .ok()
                .map(|value| value.to_string()),
            (short, _) => short,
        }
    }

    /// The values that are allowed, such as `a whole number >= 1`.
    pub fn expected(&self) -> String {
        expected(self.node())
    }

    /// The words that are allowed, where it is words.
    pub fn choices(&self) -> Vec<&str> {
        alternatives(self.node())
            .into_iter()
            .filter_map(variant)
            .collect()
    }

    /// Whether a value is a list.
    pub fn is_list(&self) -> bool {
        is_list(self.node())
    }

    /// Whether a value is true or false.
    pub fn is_switch(&self) -> bool {
        may_be(self.node(), "boolean")
    }
}

/// The field whose value tells the variants of a table apart.
pub(super) fn tag(node: &Value) -> Option<String> {
    let tables = alternatives(node);
    let first = tables.first()?;
    let is_tag = |name: &str| tables.iter().all(|table| tag_value(table, name).is_some());
    fields(first)
        .map(|(name, _)| name)
        .find(|name| is_tag(name))
        .cloned()
}

fn tag_value<'a>(table: &'a Value, tag: &str) -> Option<&'a str> {
    table.get("properties")?.get(tag)?.get("const")?.as_str()
}

/// The description of a tag.
fn choice(node: &Value, tag: &str, default: Option<&Value>) -> Value {
    let variants = alternatives(node).into_iter().map(|table| {
        let word = tag_value(table, tag);
        json!({ "type": "string", "const": word, "description": table.get("description") })
    });
    let variants: Vec<Value> = variants.collect();
    json!({ "oneOf": variants, "default": default, "description": node.get("description") })
}

/// A default as it is written in a file, if it is short.
fn short(value: &Value) -> Option<String> {
    match value {
        Value::String(word) => Some(word.clone()),
        Value::Array(items) if items.is_empty() => Some("none".into()),
        Value::Object(fields) => {
            // A schedule that is constant is written as its number.
            let mut values = fields.values();
            let number = values.next().filter(|value| value.is_number())?;
            values.next().is_none().then(|| number.to_string())
        }
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// What values a description allows.
pub(super) fn expected(node: &Value) -> String {
    let plain = if node.get("x-plain").is_some() {
        "a number, or "
    } else {
        ""
    };
    let alternatives = alternatives(node);
    let words: Vec<&str> = alternatives
        .iter()
        .filter_map(|node| variant(node))
        .collect();
    if words.len() > 1 {
        return format!("{plain}one of {}", words.join(", "));
    }
    let types: Vec<&str> = alternatives.iter().flat_map(|node| types(node)).collect();
    match types.first() {
        Some(&"integer") => format!("a whole number{}", bounds(alternatives[0])),
        Some(&"number") => format!("a number{}", bounds(alternatives[0])),
        Some(&"boolean") => "true or false".into(),
        Some(&"string") => words
            .first()
            .map_or("a text".into(), |word| format!("{word:?}")),
        Some(&"array") => match alternatives[0].get("items") {
            Some(items) => match items.get("prefixItems").and_then(Value::as_array) {
                None => format!("a list, each item {}", expected(items)),
                Some(places) => {
                    let places: Vec<String> = places.iter().map(expected).collect();
                    format!("a list of pairs, {}", places.join(" with "))
                }
            },
            None => "a list".into(),
        },
        _ => {
            let fields = alternatives[0].get("required").and_then(Value::as_array);
            let fields = fields.into_iter().flatten().filter_map(Value::as_str);
            let fields = fields.collect::<Vec<&str>>().join(" and ");
            match fields.is_empty() {
                true => "a table".into(),
                false => format!("a table with {fields}"),
            }
        }
    }
}

/// The bounds of a number, as they are written behind it.
fn bounds(node: &Value) -> String {
    let bound = |key: &str| node.get(key).filter(|bound| bound.is_number());
    let low = bound("minimum").map(|low| ("[", ">=", low));
    let low = low.or_else(|| bound("exclusiveMinimum").map(|low| ("(", ">", low)));
    let high = bound("maximum").map(|high| ("]", "<=", high));
    let high = high.or_else(|| bound("exclusiveMaximum").map(|high| (")", "<", high)));
    match (low, high) {
        (Some((left, _, low)), Some((right, _, high))) => format!(" in {left}{low}, {high}{right}"),
        (Some((_, sign, bound)), None) | (None, Some((_, sign, bound))) => {
            format!(" {sign} {bound}")
        }
        (None, None) => String::new(),
    }
}

/// The text of a documentation without its links.
fn plain(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((word, after)) = link.split_once("`]") else {
            break;
        };
        plain += before;
        plain += word.rsplit("::").next().unwrap_or(word);
        rest = match after
            .strip_prefix('(')
            .and_then(|target| target.split_once(')'))
        {
            Some((_, after)) => after,
            None => after,
        };
    }
    (plain + rest).replace('`', "")
}
