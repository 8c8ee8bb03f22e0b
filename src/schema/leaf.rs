//! The columns of a table that has a line for each settings.

use super::Schema;
use super::complete::PLAIN;
use super::fields;
use super::knob::tag;
use super::node::{alternatives, is_open, mark, may_be, types};
use crate::tables::{Kind, Scalar};
use serde_json::Value;

/// A column for a setting, or for a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The path of the values.
    pub path: Vec<String>,
    /// Their kind.
    pub kind: Kind,
    /// The variant whose number has a column of its own, as `constant` of a schedule.
    pub number: Option<String>,
    /// The text where settings leave the value out, as data leaves out what is usual.
    pub usual: String,
}

impl Schema {
    /// The columns for settings of this type, which are the same whatever the values are.
    ///
    /// A table has a column for each of its fields; of a table with variants, for the fields of all variants. A list is
    /// one column, and so is a field that may be missing or has variants with fields. A schedule has a column for its
    /// number, if it is constant, beside the column for any other one.
    ///
    /// ```
    /// use sparse_parity::experiment::Experiment;
    /// use sparse_parity::schema::{Kind, Scalar};
    /// use sparse_parity::trial::Trial;
    ///
    /// let leaves = Trial::schema().leaves();
    /// let kind = |path: &[&str]| leaves.iter().find(|leaf| leaf.path == path).map(|leaf| leaf.kind);
    /// assert_eq!(kind(&["learner", "width"]), Some(Kind::One(Scalar::Integer)));
    /// assert_eq!(kind(&["support"]), Some(Kind::List(Scalar::Integer)));
    /// assert_eq!(kind(&["rate", "constant"]), Some(Kind::One(Scalar::Double)));
    /// ```
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut all = Vec::new();
        for (name, node) in fields(&self.root) {
            let first = all.len();
            collect(node, vec![name.clone()], &mut all);
            if let ([leaf], Some(usual)) = (&mut all[first..], node.get("default")) {
                leaf.usual = text(usual);
            }
        }
        all
    }

    /// Whether the settings may have values that the [leaves](Schema::leaves) do not tell of, as those of a type without a
    /// JSON schema.
    pub fn has_open_values(&self) -> bool {
        fields(&self.root).any(|(_, node)| is_open(node))
    }
}

fn collect(node: &Value, path: Vec<String>, all: &mut Vec<Leaf>) {
    let inner = |name: &str| [&path[..], &[name.to_owned()]].concat();
    let leaf = |path: Vec<String>, kind| Leaf {
        path,
        kind,
        number: None,
        usual: String::new(),
    };
    if may_be(node, "null") {
        all.push(leaf(path, kind_of(node)));
    } else if let Some(tag) = tag(node) {
        all.push(leaf(inner(&tag), Kind::One(Scalar::Text)));
        for table in alternatives(node) {
            for (name, node) in fields(table).filter(|(name, _)| **name != tag) {
                let path = inner(name);
                let is_known = |leaf: &Leaf| leaf.path.starts_with(&path);
                if !all.iter().any(is_known) {
                    collect(node, path, all);
                }
            }
        }
    } else if let Some(variant) = mark(node, PLAIN).and_then(Value::as_str) {
        all.push(leaf(inner(variant), Kind::One(Scalar::Double)));
        let number = Some(variant.to_owned());
        let others = leaf(path, Kind::One(Scalar::Text));
        all.push(Leaf { number, ..others });
    } else if fields(node).next().is_some() {
        for (name, node) in fields(node) {
            collect(node, inner(name), all);
        }
    } else {
        all.push(leaf(path, kind_of(node)));
    }
}

fn kind_of(node: &Value) -> Kind {
    if is_open(node) {
        return match node.get("default") {
            Some(Value::Array(items)) => Kind::List(items.first().map_or(Scalar::Text, scalar_of)),
            Some(value) => Kind::One(scalar_of(value)),
            None => Kind::One(Scalar::Text),
        };
    }
    let values: Vec<&Value> = alternatives(node);
    let values = values.into_iter().filter(|node| types(node) != ["null"]);
    let values: Vec<&Value> = values.collect();
    match values[..] {
        [list] if types(list).contains(&"array") => {
            let item = list.get("items");
            Kind::List(item.map_or(Scalar::Text, |item| scalar(&alternatives(item))))
        }
        _ => Kind::One(scalar(&values)),
    }
}

/// What all of these descriptions allow.
fn scalar(values: &[&Value]) -> Scalar {
    let one = |node: &&Value| {
        let types = types(node);
        let has = |name| types.contains(&name);
        // A usize is a size, and no size needs the 64th bit; a u64 may be a budget without end.
        match node.get("format").and_then(Value::as_str) {
            Some("uint64") => Scalar::Unsigned,
            _ if has("integer") => Scalar::Integer,
            _ if has("number") => Scalar::Double,
            _ if has("boolean") => Scalar::Boolean,
            _ => Scalar::Text,
        }
    };
    let mut kinds = values.iter().map(one);
    let first = kinds.next().unwrap_or(Scalar::Text);
    match kinds.all(|other| other == first) {
        true => first,
        false => Scalar::Text,
    }
}

fn scalar_of(default: &Value) -> Scalar {
    match default {
        Value::Bool(_) => Scalar::Boolean,
        Value::Number(number) if number.is_f64() => Scalar::Double,
        Value::Number(_) => Scalar::Integer,
        _ => Scalar::Text,
    }
}

impl Leaf {
    /// The name of the column: the path with dots.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// The text of the column for some settings: empty if they have no value there, JSON of what is a list or has fields.
    ///
    /// A setting that data leaves out where it is usual has its usual value.
    pub fn text(&self, settings: &Value) -> String {
        let found = self
            .path
            .iter()
            .try_fold(settings, |value, name| value.get(name));
        match (found, &self.number) {
            (None, _) => self.usual.clone(),
            (Some(value), Some(variant)) if value.get(variant).is_some() => String::new(),
            (Some(value), _) => text(value),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;
    use crate::trial::Trial;
    use serde_json::json;

    #[test]
    fn every_setting_of_a_trial_has_a_column_and_only_one() {
        let leaves = Trial::schema().leaves();
        let mut names: Vec<String> = leaves.iter().map(Leaf::name).collect();
        for name in [
            "n",
            "learner.model",
            "learner.widths",
            "learner.heads",
            "rate.constant",
            "rate",
            "target",
        ] {
            assert!(
                names.iter().any(|other| other == name),
                "{name} in {names:?}"
            );
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        let text = |name: &str, settings: &Value| {
            let leaf = leaves.iter().find(|leaf| leaf.name() == name);
            leaf.unwrap().text(settings)
        };
        let settings = json!({
            "rate": { "constant": 0.5 }, "decay": { "table": [[0, 0.1]] }, "support": [1, 2], "bias": null,
            "target": { "junta": { "table": [1, -1] } }, "init": "ones",
        });
        for (name, expected) in [
            ("rate.constant", "0.5"),
            ("rate", ""),
            ("decay.constant", ""),
            ("decay", r#"{"table":[[0,0.1]]}"#),
            ("support", "[1,2]"),
            ("bias", ""),
            ("target", r#"{"junta":{"table":[1,-1]}}"#),
            ("init", "ones"),
            ("n", "50"),
            ("input_scale", "1.0"),
            ("learner.widths", ""),
        ] {
            assert_eq!(text(name, &settings), expected, "{name}");
        }
    }
}
