//! The program around a figure of the paper.

use clap::{Parser, ValueEnum};
use sparse_parity::experiment::Experiment;
use sparse_parity::plot::Figure;
use sparse_parity::stats::Estimate;
use sparse_parity::sweep::{Outcomes, Sweep};
use sparse_parity::terminal::{Progress, Result, report};
use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// How much of the figure is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    /// As little as shows that the program works.
    #[value(hide = true)]
    Tiny,
    /// Under a minute on two cores.
    Quick,
    /// The sizes and the number of runs of the paper.
    Paper,
}

/// Draw a figure of the paper, with the data behind it and the numbers that its claims rest on.
///
/// Runs that are finished are kept in the folder `rows` beside the figures: a program that was stopped goes
/// on where it was and draws the same, and a figure of finished runs is drawn at once.
/// RAYON_NUM_THREADS limits the threads.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How much is computed
    #[arg(long, value_enum, default_value_t = Scale::Quick)]
    scale: Scale,
    /// Folder for figures, data and rows
    #[arg(long, default_value = "target/figures")]
    out: PathBuf,
}

/// Runs a program whose figures are called `name`, or begin with it.
pub fn main(name: &'static str, draw: fn(&mut Studio) -> Result) -> ExitCode {
    let Args { scale, out } = Args::parse();
    report(Studio::new(name, scale, out).run(draw))
}

/// Where a figure is made: at which scale, from which rows, and what it has found.
#[derive(Debug)]
pub struct Studio {
    name: &'static str,
    /// How much is computed.
    pub scale: Scale,
    out: PathBuf,
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
            findings: Vec::new(),
        }
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
    /// If rows cannot be written or read, or a run was refused or panicked.
    pub fn outcomes<E: Experiment>(
        &self,
        part: &str,
        sweep: &Sweep<E>,
    ) -> Result<Outcomes<E::Outcome>> {
        let folder = self.rows(part);
        let mut progress = Progress::new(self.file(part), sweep.len(), "runs");
        sweep.run(&folder, |so_far| {
            progress.at(so_far.done, || {
                format!("{} unsolved, {} diverged", so_far.unsolved, so_far.diverged)
            });
        })?;
        progress.finish();
        let outcomes = sweep.outcomes(&folder)?;
        let tally = outcomes.tally();
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

    /// Saves a figure as SVG, PNG and CSV; `part` is empty if it is the only one.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn save(&self, part: &str, figure: &Figure) -> Result {
        let name = self.file(part);
        figure.save_all(&self.out, &name)?;
        let path = self.out.join(name);
        writeln!(
            io::stdout(),
            "figure    {}.svg (also .png, .csv)",
            path.display()
        )?;
        Ok(())
    }

    /// Saves a table as CSV.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save_table(&self, part: &str, columns: &[&str], rows: &[Vec<String>]) -> Result {
        std::fs::create_dir_all(&self.out)?;
        let path = self.out.join(self.file(part)).with_extension("csv");
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

/// A number in a table, which is empty where there is none.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A share and its interval in per cent.
pub fn percent(share: Estimate) -> String {
    let [value, low, high] =
        [share.value, share.interval.low, share.interval.high].map(|share| 100.0 * share);
    format!("{value:.1} % ({low:.1} to {high:.1})")
}

fn verdict(holds: bool) -> &'static str {
    match holds {
        true => "holds",
        false => "does not",
    }
}
