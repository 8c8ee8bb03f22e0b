//! What becomes of samples of each size, and how near the paper's times are.

use crate::DECAY;
use crate::grids::LARGE;
use crate::runs::{DELAY, Runs, TEST, TRAIN};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::paper::{Near, PaperValue, compare_all, values};

/// All findings, of the runs of the problem that is drawn.
pub fn find(studio: &mut Studio, all: &[Runs]) -> Result {
    for runs in all.iter().filter(|runs| runs.decay == DECAY) {
        size(studio, runs)?;
    }
    for paper in values("4 right")? {
        if paper.quantity == TEST {
            near(studio, &paper, all)?;
        }
    }
    compare_all(studio, &["4 right"], Near::Factor(2.0), |paper| {
        let of = |runs: &&Runs| runs.decay == DECAY && runs.name() == paper.series;
        let runs = all.iter().find(of);
        runs.map(|runs| Ok(runs.quantity(&paper.quantity).median(0.95)?))
            .transpose()
    })
}

/// States what becomes of samples of this size.
fn size(studio: &mut Studio, runs: &Runs) -> Result {
    let (memorised, delays) = (runs.quantity(TRAIN), runs.quantity(DELAY));
    let (fitted, delay) = (memorised.median(0.95)?, delays.median(0.95)?);
    let solved = delays.success_rate(0.95)?;
    let number = format!(
        "train error 0 after {} ({} to {}) updates, test error 0 another {} ({} to {}) later, \
         medians of {} runs; share that generalises {solved:.2}",
        fitted.value.unwrap_or(f64::INFINITY),
        fitted.interval.low,
        fitted.interval.high,
        delay.value.unwrap_or(f64::INFINITY),
        delay.interval.low,
        delay.interval.high,
        runs.runs.len()
    );
    let (claim, holds) = match Size::of(runs.m) {
        Size::Small => (
            "too few examples are memorised, not generalised from",
            solved.value == 0.0 && memorised.solved() == runs.runs.len(),
        ),
        Size::Middle => (
            "the sample is memorised before the parity is learned",
            delay.interval.low > 0.0,
        ),
        Size::Large => (
            "both errors vanish together",
            delay.interval.high < fitted.interval.low,
        ),
    };
    studio.find(
        format!("{}, λ = {DECAY}: {claim}", runs.name()),
        number,
        holds,
    )
}

/// States for each decay how many runs take as long as the paper's, up to a factor of 2.
fn near(studio: &mut Studio, paper: &PaperValue, all: &[Runs]) -> Result {
    let mut told = Vec::new();
    let mut holds = false;
    for runs in all.iter().filter(|runs| runs.name() == paper.series) {
        let times = runs.quantity(&paper.quantity);
        let near = |t: &u64| (0.5..=2.0).contains(&(*t as f64 / paper.value));
        let count = times.known().filter(near).count();
        let all = runs.runs.len();
        told.push(format!("{count} of {all} with λ = {}", runs.decay));
        holds |= 2 * count > all;
    }
    if told.is_empty() {
        return Ok(());
    }
    let claim = format!(
        "{}: with some λ most runs reach test error 0 within a factor of 2 of the paper's {}",
        paper.series, paper.value
    );
    let number = told.join(", ");
    studio.find(claim, number, holds)
}

/// What a sample is enough for.
enum Size {
    Small,
    Middle,
    Large,
}

impl Size {
    fn of(m: usize) -> Size {
        match m {
            0..=700 => Size::Small,
            701..LARGE => Size::Middle,
            _ => Size::Large,
        }
    }
}
