//! A sweep file to start from.

use super::{End, Result};
use crate::experiment::Experiment;
use crate::schema::{Knob, Schema};
use crate::trial::Trial;
use std::io::{self, Write};
use std::path::Path;

/// What stands at the top of every file.
const HEAD: &str = "\
# A sweep of sparse-parity: settings that all runs share, lists whose every combination is run, and
# seeds. `sparse-parity plan` tells what it costs, `sparse-parity run` runs it.

# How often each combination is run: with the seeds 0, 1, 2, ...
seeds = 5
# Other seeds, or every initialisation with every stream of data:
# seeds.each = { first = 1000, runs = 25 }
# seeds.crossed = { first = 0, inits = 5, streams = 5 }

# What all runs share. A setting behind a # has the value that is written there unless the # is removed.
";

/// The grid for trials, and settings for it that are not the usual ones.
const TRIAL_SHARED: [(&str, &str); 1] = [("max_steps", "20000")];
const TRIAL_GRID: &str = "\
setting = [\"i\", \"xv\"]           # networks of the paper by their labels: i to xv, *i, *ii, *iii
n = [10, 14, 20]
batch = [8, 32]
# learner.width = [10, 30, 100] # names with dots reach into tables; width alone means the same
";

pub(super) fn new<E: Experiment>(path: &Path) -> Result<End> {
    let file = std::fs::File::create_new(path);
    let mut file = file.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!(
            "{} is there already; give another name, or remove it",
            path.display()
        ),
        _ => format!("{}: {error}; give a file that can be made", path.display()),
    })?;
    file.write_all(template::<E>().as_bytes())?;
    let path = path.display();
    writeln!(
        io::stdout(),
        "{path} is written; edit it, then: sparse-parity plan {path}"
    )?;
    Ok(End::Complete)
}

/// A commented sweep file, from the descriptions of the settings.
fn template<E: Experiment>() -> String {
    let schema = E::schema();
    let is_trial = E::NAME == Trial::NAME;
    let shared: &[(&str, &str)] = if is_trial { &TRIAL_SHARED } else { &[] };
    let mut text = format!("{HEAD}[{}]\n", E::NAME);
    let knobs = || schema.knobs().iter().filter(|knob| is_leaf(&schema, knob));
    for knob in knobs() {
        let name = knob.name();
        let line = match shared.iter().find(|(shared, _)| *shared == name) {
            Some((_, value)) => format!("{name} = {value}"),
            None => format!(
                "# {name} ={}",
                knob.default_toml()
                    .map_or(String::new(), |value| format!(" {value}"))
            ),
        };
        text += &format!("{line:<40} # {}\n", about(knob));
    }
    text +=
        "\n# Lists, each combination of which is a cell; the first one changes slowest.\n[grid]\n";
    if is_trial {
        text += TRIAL_GRID;
    } else if let Some((name, value)) =
        knobs().find_map(|knob| Some((knob.name(), knob.default_toml()?)))
    {
        text += &format!("# {name} = [{value}]\n");
    }
    text
}

/// Whether a setting has no settings within it.
pub(super) fn is_leaf(schema: &Schema, knob: &Knob) -> bool {
    let mut all = schema.knobs().iter();
    !all.any(|other| {
        other.path().len() > 1 && other.path().starts_with(knob.path()) && other != knob
    })
}

/// What a setting is, and the values that it may have.
pub(super) fn about(knob: &Knob) -> String {
    let of = match knob.variants() {
        [] => String::new(),
        variants => format!(" (of {})", variants.join(", ")),
    };
    format!("{}{of}: {}", knob.help(), knob.expected())
}
