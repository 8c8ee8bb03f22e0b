//! What is printed.

use super::super::Result;
use crate::contest::Ending;
use crate::solver::{Fit, Report, Uniqueness, Verdict};
use bytesize::ByteSize;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write as _};

/// Supports that are printed, if there are several.
const MOST_PRINTED: usize = 20;

/// A report, and what is known beside it.
pub(super) struct Answer {
    pub(super) report: Report,
    /// The names of the coordinates, of a table.
    pub(super) names: Option<Vec<String>>,
    /// The hidden support of an instance that was made.
    pub(super) hidden: Option<Vec<usize>>,
    pub(super) seconds: f64,
}

/// The object that is printed for programs.
#[derive(Serialize)]
struct Object<'a> {
    solver: &'a str,
    verdict: Ending,
    support: Option<&'a [usize]>,
    /// All supports, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    supports: Option<Vec<&'a [usize]>>,
    wrong: Option<usize>,
    chance: Option<f64>,
    examples: u64,
    queries: u64,
    words: u64,
    seconds: f64,
}

impl Answer {
    pub(super) fn print_json(&self) -> Result {
        let Report {
            solver,
            verdict,
            ledger,
            ..
        } = &self.report;
        let fit = match verdict {
            Verdict::Found(fit, _) => Some(fit),
            Verdict::Several(fits, _) => fits.first(),
            Verdict::NothingFits | Verdict::GaveUp { .. } => None,
        };
        let supports = match verdict {
            Verdict::Several(fits, _) => Some(fits.iter().map(|fit| &fit.support[..]).collect()),
            _ => None,
        };
        let object = Object {
            solver,
            verdict: verdict.into(),
            support: verdict.support(),
            supports,
            wrong: fit.map(|fit| fit.wrong),
            chance: fit.map(|fit| fit.chance),
            examples: ledger.examples,
            queries: ledger.queries,
            words: ledger.words,
            seconds: self.seconds,
        };
        writeln!(io::stdout(), "{}", serde_json::to_string(&object)?)?;
        Ok(())
    }

    pub(super) fn print(&self) -> Result {
        let Report {
            solver,
            verdict,
            plan,
            ledger,
        } = &self.report;
        let mut text = String::new();
        match verdict {
            Verdict::Found(fit, unique) => {
                writeln!(text, "support    {}", self.support(&fit.support))?;
                writeln!(text, "verdict    found; {}", meaning(*unique))?;
                writeln!(text, "fit        {}", quality(fit))?;
            }
            Verdict::Several(fits, count) => {
                for fit in fits.iter().take(MOST_PRINTED) {
                    writeln!(text, "support    {}", self.support(&fit.support))?;
                }
                writeln!(
                    text,
                    "verdict    several: {count} supports fit; draw more examples, or leave equal columns out"
                )?;
                if let Some(fit) = fits.first() {
                    writeln!(text, "fit        {}", quality(fit))?;
                }
            }
            Verdict::NothingFits => writeln!(
                text,
                "verdict    nothing fits: the label is no parity of so many coordinates, or there is more noise than stated"
            )?,
            Verdict::GaveUp { attempts, missed } => writeln!(
                text,
                "verdict    gave up after {attempts} attempts, which miss a support with probability {missed:.1e} at most"
            )?,
        }
        if let Some(hidden) = &self.hidden {
            writeln!(text, "hidden     {}", self.support(hidden))?;
        }
        writeln!(text, "solver     {solver}")?;
        writeln!(text, "examples   {}", ledger.examples)?;
        if ledger.queries > 0 {
            writeln!(text, "queries    {}", ledger.queries)?;
        }
        writeln!(
            text,
            "words      {} (planned {:.0})",
            ledger.words, plan.words
        )?;
        if ledger.probes > 0 {
            writeln!(
                text,
                "probes     {} (planned {:.0})",
                ledger.probes, plan.probes
            )?;
        }
        writeln!(text, "candidates {}", ledger.candidates)?;
        writeln!(text, "attempts   {}", ledger.attempts)?;
        writeln!(text, "memory     {}", ByteSize(ledger.bytes))?;
        writeln!(text, "seconds    {:.6}", self.seconds)?;
        write!(io::stdout(), "{text}")?;
        Ok(())
    }

    /// The coordinates, counted from 0, and their names if they have some.
    fn support(&self, support: &[usize]) -> String {
        let list = |names: Vec<String>| names.join(", ");
        let numbers = list(support.iter().map(usize::to_string).collect());
        match &self.names {
            None => numbers,
            Some(names) => {
                let names = list(support.iter().map(|&i| names[i].clone()).collect());
                format!("{numbers} ({names})")
            }
        }
    }
}

fn meaning(unique: Uniqueness) -> String {
    match unique {
        Uniqueness::AmongAll => "the only one of all sets of coordinates".into(),
        Uniqueness::AmongSparse => "the only one of that size, as all were examined".into(),
        Uniqueness::Bound(chance) => {
            format!("another one fits with chance {chance:.1e} at most, on uniform inputs")
        }
        Uniqueness::Open => "others were not examined".into(),
    }
}

fn quality(fit: &Fit) -> String {
    let Fit {
        wrong,
        examples,
        chance,
        ..
    } = fit;
    format!(
        "{wrong} of {examples} labels wrong; a wrong support does as well with chance {chance:.1e}"
    )
}
