//! The settings whose runs are ordered.

use sparse_parity::model::PolyNetSettings;
use sparse_parity::optim::Decay;
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, Setting, Trial};
use sparse_parity_examples::figure::Studio;

/// A setting of the bench.
pub struct Subject {
    pub name: String,
    pub part: String,
    pub block: &'static str,
    pub trial: Trial,
}

/// The sine in several batches, two other networks, and a finite sample.
pub fn subjects(studio: &Studio) -> Result<Vec<Subject>> {
    let (n, k) = (studio.n(studio.pick(12, 50, 50)), studio.k(3));
    let sine = Setting::from_label("xiv")?;
    let of = |name: &str, part: &str, block, trial| Subject {
        name: name.into(),
        part: part.into(),
        block,
        trial,
    };
    let sine = |batch: usize| {
        let trial = Trial {
            batch,
            rate: 0.01.into(),
            max_steps: 50_000,
            ..sine.trial(n, k)
        };
        let (name, part) = (format!("sine, B = {batch}"), format!("sine_b{batch}"));
        of(&name, &part, "hidden.weight", trial)
    };
    let relu = Trial {
        max_steps: 50_000,
        ..Trial::new(n, k)
    };
    let polynet = Trial {
        learner: Learner::PolyNet(PolyNetSettings::default()),
        rate: 0.05.into(),
        max_steps: 50_000,
        ..Trial::new(n, k)
    };
    let grokking = Trial {
        samples: Some(1000),
        rate: 0.3.into(),
        decay: 0.01.into(),
        convention: Decay::Scaled,
        max_steps: 40_000,
        ..Trial::new(studio.n(studio.pick(12, 40, 40)), k)
    };
    let mut all: Vec<Subject> = studio
        .pick(&[32][..], &[4, 128], &[4, 32, 128, 1024])
        .iter()
        .map(|&batch| sine(batch))
        .collect();
    if studio.pick(false, true, true) {
        all.push(of("ReLU-100, B = 32", "relu", "hidden.weight", relu));
        all.push(of("PolyNet, B = 32", "polynet", "factor.weight", polynet));
    }
    all.push(of(
        "grokking, m = 1000",
        "grokking",
        "hidden.weight",
        grokking,
    ));
    Ok(all)
}
