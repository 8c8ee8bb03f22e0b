//! SGD on products of linear forms, of blocks and of all coordinates.

use sparse_parity::model::DisjointPolyNetSettings;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, PolyNetSettings, TargetKind, Trial};
use sparse_parity_examples::figure::Studio;

pub const BATCH: usize = 32;
const DEGREES: [usize; 3] = [2, 3, 4];

/// A network for each width of blocks.
pub struct Descent {
    pub k: usize,
    pub is_disjoint: bool,
    /// The width of a block and the median updates, where half of the runs were solved.
    pub updates: Vec<(f64, f64)>,
}

pub fn explored(studio: &Studio, widths: &[usize]) -> Result<Vec<Descent>> {
    let degrees = studio.pick(&DEGREES[..1], &DEGREES[..2], &DEGREES);
    let runs = studio.runs(studio.pick(2, 15, 50));
    let lines: Vec<(usize, bool)> = degrees
        .iter()
        .flat_map(|&k| [(k, true), (k, false)])
        .collect();
    let trial = |k: usize, width: usize, is_disjoint| Trial {
        n: k * width,
        k,
        target: TargetKind::DisjointParity,
        learner: match is_disjoint {
            true => Learner::DisjointPolyNet(DisjointPolyNetSettings::default()),
            false => Learner::PolyNet(PolyNetSettings::default()),
        },
        rate: 0.05.into(),
        batch: BATCH,
        max_steps: studio.pick(100, 20_000, 100_000),
        ..Trial::default()
    };
    let cells = lines.iter().flat_map(|&(k, is_disjoint)| {
        widths
            .iter()
            .map(move |&width| Cell::new(trial(k, width, is_disjoint), runs))
    });
    let outcomes = studio.outcomes("", &Sweep::new(cells)?)?;
    let line = |(place, &(k, is_disjoint)): (usize, &(usize, bool))| {
        let mut updates = Vec::new();
        for (column, &width) in widths.iter().enumerate() {
            let times = outcomes.times(place * widths.len() + column);
            let median = times.median(0.95)?.value;
            if let Some(median) = median.filter(|median| *median > 0.0) {
                updates.push((width as f64, median));
            }
        }
        Ok(Descent {
            k,
            is_disjoint,
            updates,
        })
    };
    lines.iter().enumerate().map(line).collect()
}
