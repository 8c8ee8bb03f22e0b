//! The fields of a trial state the values that they have unless they are set.

use super::read;
use super::traits::documentation;
use sparse_parity::experiment::Experiment;
use sparse_parity::trial::Trial;
use syn::{Fields, Item};

#[test]
fn every_field_of_a_trial_states_its_default() {
    let schema = Trial::schema();
    let items = syn::parse_file(&read("src/trial/mod.rs")).unwrap().items;
    let trial = items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == "Trial" => Some(item),
        _ => None,
    });
    let Fields::Named(fields) = &trial.unwrap().fields else {
        panic!("a trial has named fields")
    };
    let mut stated = 0;
    for field in &fields.named {
        let name = field.ident.as_ref().unwrap().to_string();
        let default = schema.knob(&[&name]).unwrap().default_toml();
        // Lists are empty, tables and options say themselves what they are.
        let Some(default) = default.filter(|it| !it.starts_with(['[', '{'])) else {
            continue;
        };
        let text = documentation(&field.attrs);
        let found = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("Default: "));
        let found = found.unwrap_or_else(|| panic!("{name} does not state its default, {default}"));
        let found: String = found.chars().filter(|it| !"` ".contains(*it)).collect();
        let expected = default.trim_matches('"').trim_end_matches(".0");
        assert!(
            found.starts_with(expected),
            "{name}: {found}, and it is {expected}"
        );
        stated += 1;
    }
    assert!(stated > 10, "{stated}");
}
