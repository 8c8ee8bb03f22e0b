//! Where a figure is made.

use super::arguments::{Args, Scale};
use super::builds::{build, is_of_another_build, is_own};
use super::own::Own;
use sparse_parity::experiment::Experiment;
use sparse_parity::plot::Figure;
use sparse_parity::seeds::Seeds;
use sparse_parity::sweep::{Outcomes, Record, Sweep};
use sparse_parity::terminal::{Progress as Bar, Result};
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Where a figure is made: at which scale, from which rows, and what it has found.
#[derive(Debug)]
pub struct Studio {
    name: &'static str,
    /// How much is computed.
    pub scale: Scale,
    out: PathBuf,
    own: Own,
    findings: Vec<Finding>,
}

/// A claim and the number that it rests on.
#[derive(Debug)]
struct Finding {
    claim: String,
    number: String,
    holds: bool,
}

impl Studio {
    /// A folder for figures that are called `name`, or begin with it.
    pub fn new(name: &'static str, scale: Scale, out: PathBuf) -> Studio {
        Studio {
            name,
            scale,
            out,
            own: Own::default(),
            findings: Vec::new(),
        }
    }

    /// The same, as the arguments of a program say.
    pub(super) fn of(name: &'static str, args: Args) -> Studio {
        let Args { scale, out, own } = args;
        Studio {
            own,
            ..Studio::new(name, scale, out)
        }
    }

    /// The number of coordinates: the one that is given, of several the smallest, or else this.
    pub fn n(&self, usual: usize) -> usize {
        self.own.n.first().copied().unwrap_or(usual)
    }

    /// The numbers of coordinates: those that are given, or else these.
    pub fn ns(&self, usual: &[usize]) -> Vec<usize> {
        given(&self.own.n, usual)
    }

    /// The number of relevant coordinates: the one that is given, of several the smallest, or else this.
    pub fn k(&self, usual: usize) -> usize {
        self.own.k.first().copied().unwrap_or(usual)
    }

    /// The numbers of relevant coordinates: those that are given, or else these.
    pub fn ks(&self, usual: &[usize]) -> Vec<usize> {
        given(&self.own.k, usual)
    }

    /// The width: the one that is given, of several the smallest, or else this.
    pub fn width(&self, usual: usize) -> usize {
        self.own.width.first().copied().unwrap_or(usual)
    }

    /// The widths: those that are given, or else these.
    pub fn widths(&self, usual: &[usize]) -> Vec<usize> {
        given(&self.own.width, usual)
    }

    /// The learning rate: the one that is given, or else this.
    pub fn rate(&self, usual: f64) -> f64 {
        self.own.rate.unwrap_or(usual)
    }

    /// The runs of a setting: those that are given, or else these.
    pub fn runs(&self, usual: u64) -> u64 {
        self.own.runs.unwrap_or(usual)
    }

    /// Draws, keeps the findings and tells how long it took.
    ///
    /// # Errors
    ///
    /// Those of `draw`, and if the table of findings cannot be written.
    pub fn run(mut self, draw: impl FnOnce(&mut Studio) -> Result) -> Result {
        let begin = Instant::now();
        draw(&mut self)?;
        self.finish(begin)
    }

    /// The value for the scale.
    pub fn pick<T>(&self, tiny: T, quick: T, paper: T) -> T {
        match self.scale {
            Scale::Tiny => tiny,
            Scale::Quick => quick,
            Scale::Paper => paper,
        }
    }

    /// Makes the runs of a sweep that are missing, and returns all outcomes.
    ///
    /// # Errors
    ///
    /// Why a run is refused; and if rows cannot be written or read, or a run panicked.
    pub fn outcomes<E: Experiment>(
        &self,
        part: &str,
        sweep: &Sweep<E>,
    ) -> Result<Outcomes<E::Outcome>> {
        let folder = self.rows(part);
        let mut progress = Bar::new(self.file(part), sweep.len(), "runs");
        let made = sweep.run(&folder, |so_far| {
            progress.at(so_far.done, || {
                format!("{} unsolved, {} diverged", so_far.unsolved, so_far.diverged)
            });
        })?;
        progress.finish();
        if is_own::<E>() && is_of_another_build(&folder, made, &build()?)? {
            let folder = folder.display();
            writeln!(
                io::stdout(),
                "note      another build of this program made some of these runs, which are kept by their settings: if you have \
                 changed what they compute, remove {folder}"
            )?;
        }
        let outcomes = sweep.outcomes(&folder)?;
        let tally = outcomes.tally();
        if let (Some((experiment, seeds)), 0) =
            (first_without_outcome(sweep, &outcomes), tally.panicked)
        {
            // It says again why it cannot be.
            experiment.run(&seeds)?;
        }
        match tally.refused + tally.panicked {
            0 => Ok(outcomes),
            count => Err(format!(
                "{count} runs were refused or panicked: {}",
                folder.display()
            )
            .into()),
        }
    }

    /// Prints whether a claim holds, with the number that it rests on, and keeps both for the table of
    /// findings.
    ///
    /// # Errors
    ///
    /// If standard output is closed.
    pub fn find(&mut self, claim: impl Into<String>, number: impl Display, holds: bool) -> Result {
        let (claim, number) = (claim.into(), number.to_string());
        let verdict = verdict(holds);
        writeln!(io::stdout(), "{verdict:<9} {claim}: {number}")?;
        self.findings.push(Finding {
            claim,
            number,
            holds,
        });
        Ok(())
    }

    /// Saves a figure as SVG, PNG and CSV; `part` is empty if it is the only one. Sizes that are given are in the names.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn save(&self, part: &str, figure: &Figure) -> Result {
        let name = self.saved(part);
        figure.save_all(&self.out, &name)?;
        let path = self.out.join(name);
        writeln!(
            io::stdout(),
            "figure    {}.svg (also .png, .csv)",
            path.display()
        )?;
        Ok(())
    }

    /// Saves a table as CSV. Sizes that are given are in its name.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save_table(&self, part: &str, columns: &[&str], rows: &[Vec<String>]) -> Result {
        fs::create_dir_all(&self.out)?;
        let path = self.out.join(format!("{}.csv", self.saved(part)));
        let mut table = csv::Writer::from_path(&path)?;
        table.write_record(columns)?;
        for row in rows {
            table.write_record(row)?;
        }
        table.flush()?;
        writeln!(io::stdout(), "table     {}", path.display())?;
        Ok(())
    }

    /// The folder of the runs of a part.
    fn rows(&self, part: &str) -> PathBuf {
        let scale = self.pick("tiny", "quick", "paper");
        self.out.join("rows").join(self.file(part)).join(scale)
    }

    fn file(&self, part: &str) -> String {
        match part {
            "" => self.name.into(),
            part => format!("{}_{part}", self.name),
        }
    }

    /// The name of a file of a part, without its ending: other sizes have other names.
    fn saved(&self, part: &str) -> String {
        format!("{}{}", self.file(part), self.own.suffix())
    }

    /// Saves the findings.
    fn finish(&self, begin: Instant) -> Result {
        let row = |finding: &Finding| {
            let Finding {
                claim,
                number,
                holds,
            } = finding;
            vec![claim.clone(), number.clone(), verdict(*holds).into()]
        };
        let rows: Vec<_> = self.findings.iter().map(row).collect();
        if !rows.is_empty() {
            self.save_table("findings", &["claim", "number", "verdict"], &rows)?;
        }
        let (seconds, threads) = (begin.elapsed().as_secs_f64(), rayon::current_num_threads());
        writeln!(
            io::stdout(),
            "took      {seconds:.1} s on {threads} threads"
        )?;
        Ok(())
    }
}

/// The settings and the seeds of the first run of a sweep that has ended without an outcome.
fn first_without_outcome<'a, E: Experiment>(
    sweep: &'a Sweep<E>,
    outcomes: &Outcomes<E::Outcome>,
) -> Option<(&'a E, Seeds)> {
    let mut cells = sweep.cells().iter().enumerate();
    cells.find_map(|(cell, of)| {
        let mut records = outcomes.records(cell).iter();
        let run = records.position(|run| matches!(run, Some(Record { outcome: None, .. })))?;
        Some((&of.experiment, of.seeding.seeds(run as u64)))
    })
}

fn verdict(holds: bool) -> &'static str {
    match holds {
        true => "holds",
        false => "does not",
    }
}

/// The sizes that are given, or else the usual ones.
fn given(own: &[usize], usual: &[usize]) -> Vec<usize> {
    match own {
        [] => usual.to_vec(),
        own => own.to_vec(),
    }
}
