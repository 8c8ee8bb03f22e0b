//! Progress measures as predictors: which one tells, on the plateau, how long a run will still take?
//!
//! At landmarks, steps that are fixed beforehand, the runs that are not solved yet are ordered by each measure, and the order
//! is compared with the time that remains. No run is chosen by what happens to it later, and no time is a share of its own t_c
//! (van Houwelingen, *Dynamic prediction by landmarking in event history analysis*, 2007). The index c is the share of pairs of
//! runs that the measure orders as they are solved: 1/2 is chance.
//!
//! ```sh
//! cargo run --release --example followups_progress
//! cargo run --release --example followups_progress -- --scale paper
//! ```
//!
//! Runs are crossed, initialisations with streams of data, and intervals resample initialisations. The rivals are the mean
//! loss of the newest batches, and θ₀ alone: the mean rank of t_c among the other runs from the same initialisation, which no
//! measure at θ₀ can beat by much. Controls have the same initial values and inputs, and random labels.
//!
//! Landmarks are tenths of the median t_c of a pilot with other seeds. Measures may need weights alone, the training batches,
//! fresh labelled examples, or the support, which makes them oracles: what an oracle predicts nobody can use before the parity
//! is known. The movement of the weights is no cause of anything: nobody has set it and seen the time change. That such
//! measures lag or lead can be an effect of how runs are aligned (Gu and others, who criticise progress measures), which
//! landmarks avoid.
//!
//! `--n` and `--k` are those of every setting, `--runs` is the number of initialisations, each with as many streams of data as the scale
//! has; the pilot keeps its runs.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. At half of the plateau, ρ orders the runs better than the loss for B ≥ 128.
//! 2. At B = 4, no measure without the support orders them better than θ₀ does there.
//! 3. At half of the plateau, ρ is larger than on random labels, in every setting.
//! 4. No measure without the support is better than the relevant weights, the oracle, at half of the plateau.
//! 5. On a finite sample with weight decay (grokking), the norm of θ orders the runs: the smaller, the sooner.
//! 6. Where the first claim holds, Cox's coefficient of ρ beside the loss and θ₀ is positive.
//!
//! After the fact, with the runs known: which measures without the support order pairs of runs from one initialisation, for which θ₀ is the
//! same? The times that remain are permuted among the runs from each initialisation, and p-values are adjusted for the number of measures
//! by the largest of all (maxT, Westfall and Young, *Resampling-Based Multiple Testing*, 1993).

mod panels;
mod readings;
mod study;
mod subjects;
mod verdicts;

use panels::panels;
use readings::{COLUMNS, readings};
use sparse_parity::plot::Figure;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;
use study::Study;
use subjects::subjects;

fn draw(studio: &mut Studio) -> Result {
    let subjects = subjects(studio)?;
    let (inits, streams) = studio.pick((4, 2), (15, 3), (30, 4));
    let sizes = (studio.runs(inits), streams);
    let mut figure = Figure::new(2, subjects.len())
        .title(format!(
            "Measures at landmarks, {} initialisations with {} streams of data each",
            sizes.0, sizes.1
        ))
        .share_x()
        .share_y()
        .legend_once()
        .size(330 * subjects.len() as u32, 680);
    let mut table = Vec::new();
    for (column, subject) in subjects.iter().enumerate() {
        let study = Study::make(studio, subject, sizes)?;
        let readings = readings(&study)?;
        table.extend(readings.iter().flat_map(|of| of.rows(&study)));
        let [index, control] = panels(&readings);
        figure = figure
            .heading(column, study.name.clone())
            .panel(0, column, index)
            .panel(1, column, control);
        verdicts::find(studio, subject, &study)?;
    }
    studio.save_table("table", &COLUMNS, &table)?;
    studio.save("", &figure)
}

fn main() -> ExitCode {
    figure::main(
        "followups_progress",
        include_str!("main.rs"),
        &[Flag::N, Flag::K, Flag::Runs],
        draw,
    )
}
