//! Rows of runs with another budget.

use super::{Key, Sweep};
use crate::experiment::Experiment;
use std::collections::BTreeMap;

/// The cells of a sweep by their settings without the budget, and the keys in files that agree with some.
pub(super) struct Budgets {
    /// What the line of the budget begins with, if the experiment has a setting that is one.
    line: Option<String>,
    /// By the key of the text without that line.
    cells: BTreeMap<Key, Vec<usize>>,
    /// The cells of keys that are not of the sweep.
    others: BTreeMap<Key, Vec<usize>>,
}

impl Budgets {
    pub(super) fn of<E: Experiment>(sweep: &Sweep<E>) -> Self {
        let line = E::budget_setting().map(|name| format!("{name} = "));
        let mut cells: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        if let Some(line) = &line {
            for (place, cell) in sweep.cells.iter().enumerate() {
                let key = Key::of_text(&without(line, &Key::text(&cell.experiment)));
                cells.entry(key).or_default().push(place);
            }
        }
        Budgets {
            line,
            cells,
            others: BTreeMap::new(),
        }
    }

    /// Takes up settings from a file, whose text is believed if it is that of the key.
    pub(super) fn learn(&mut self, key: Key, text: &str) {
        let Some(line) = &self.line else {
            return;
        };
        if self.others.contains_key(&key) || Key::of_text(text) != key {
            return;
        }
        if let Some(cells) = self.cells.get(&Key::of_text(&without(line, text))) {
            self.others.insert(key, cells.clone());
        }
    }

    /// The cells whose settings are those of the key but for the budget.
    pub(super) fn cells(&self, key: &Key) -> &[usize] {
        self.others.get(key).map_or(&[], Vec::as_slice)
    }
}

/// The text without the line that begins so.
fn without(start: &str, text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.starts_with(start)).collect()
}
