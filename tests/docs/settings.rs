//! The tables of settings in docs/reference.md are those of the types.
//!
//! `UPDATE_DOCS=1 cargo test --test docs settings` writes them anew.

use super::{read, root};
use sparse_parity::contest::Contest;
use sparse_parity::experiment::Experiment;
use sparse_parity::schema::{Knob, Schema};
use sparse_parity::trial::{Accumulation, FlowRun, PopulationRun, RecordedTrial, Theorem4, Trial};
use std::fs;

const PAGE: &str = "docs/reference.md";

#[test]
fn the_reference_has_the_settings_of_every_experiment() {
    check::<Trial>();
    check::<RecordedTrial>();
    check::<Theorem4>();
    check::<PopulationRun>();
    check::<Accumulation>();
    check::<Contest>();
    check::<FlowRun>();
}

#[test]
fn the_reference_lists_no_other_experiment_and_misses_none() {
    let program = read("src/bin/sparse-parity.rs");
    let listed = read(PAGE).matches(": begin -->").count();
    assert_eq!(program.matches(".with::<").count(), listed);
}

fn check<E: Experiment>() {
    let (begin, end) = (
        format!("<!-- settings of {}: begin -->\n", E::NAME),
        format!("<!-- settings of {}: end -->", E::NAME),
    );
    let page = read(PAGE);
    let (head, rest) = page.split_once(&begin).expect(&begin);
    let (found, tail) = rest.split_once(&end).expect(&end);
    let expected = table(&E::schema());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let page = format!("{head}{begin}{expected}{end}{tail}");
        fs::write(root().join(PAGE), page).unwrap();
    } else {
        assert_eq!(
            found, expected,
            "run UPDATE_DOCS=1 cargo test --test docs settings"
        );
    }
}

fn table(schema: &Schema) -> String {
    let mut text = "\n| setting | default | values | meaning |\n|---|---|---|---|\n".to_owned();
    let leaves = schema.knobs().iter().filter(|knob| is_leaf(schema, knob));
    let (of_trial, own): (Vec<_>, Vec<_>) = leaves.partition(|knob| knob.path()[0] == "trial");
    for knob in own {
        text += &row(knob);
    }
    if !of_trial.is_empty() {
        text += "| `trial.…` | | | every setting of `[trial]` |\n";
    }
    text + "\n"
}

/// Whether a setting has no settings within it.
fn is_leaf(schema: &Schema, knob: &Knob) -> bool {
    let inner = |other: &&Knob| other.path().starts_with(knob.path()) && *other != knob;
    !schema.knobs().iter().any(|other| inner(&other))
}

fn row(knob: &Knob) -> String {
    let code = |text: &str| format!("`{text}`");
    let mut name = code(knob.name());
    for alias in knob.aliases() {
        name += &format!(", {}", code(alias));
    }
    let default = knob.default_toml().map_or(String::new(), |it| code(&it));
    let meaning = match knob.variants() {
        [] => knob.help(),
        variants => format!("{} (of {})", knob.help(), variants.join(", ")),
    };
    // Types without a schema describe nothing.
    let expected = match knob.help().is_empty() {
        true => String::new(),
        false => knob.expected(),
    };
    let cells = [name, default, expected, meaning];
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('*', "\\*"));
    format!("| {} |\n", cells.join(" | "))
}
