//! Which cells are run, and for how long.

use sparse_parity::trial::Setting;

/// What is sampled at a scale.
pub struct Plan {
    settings: &'static [&'static str],
    batches: &'static [usize],
    /// Cells of each setting and batch size.
    pub cells: usize,
    pub max_steps: u64,
}

pub const TINY: Plan = Plan {
    settings: &["vii", "xv"],
    batches: &[32],
    cells: 2,
    max_steps: 300,
};
pub const QUICK: Plan = Plan {
    settings: &[
        "i", "ii", "iv", "v", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv",
    ],
    batches: &[1, 4, 16, 64],
    cells: 2,
    max_steps: 3000,
};
/// An empty list stands for all.
pub const PAPER: Plan = Plan {
    settings: &[],
    batches: &[],
    cells: 3,
    max_steps: 100_000,
};

impl Plan {
    /// Whether cells of this setting and batch size are sampled.
    pub fn has(&self, setting: Setting, batch: usize) -> bool {
        let settings = self.settings.is_empty() || self.settings.contains(&setting.label());
        settings && (self.batches.is_empty() || self.batches.contains(&batch))
    }
}
