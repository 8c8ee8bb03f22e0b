//! The program around a figure of the paper.

use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use sparse_parity::experiment::Experiment;
use sparse_parity::plot::Figure;
use sparse_parity::stats::Estimate;
use sparse_parity::sweep::{Outcomes, Progress, Sweep};
use sparse_parity::terminal::{Progress as Bar, Result, report};
use std::any::type_name;
use std::fmt::Display;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
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

/// What is said of every figure, below what its own page says.
const ROWS: &str = "Runs that are finished are kept in the folder rows beside the figures: a program that was stopped goes on where \
    it was and draws the same, and a figure of finished runs is drawn at once. It says so if another build of the program \
    has made rows that its settings alone do not determine. RAYON_NUM_THREADS limits the threads. It prints how long it took; at \
    quick scale this is under a minute on two cores for most figures.";

/// What a figure may be asked to draw otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `--n`, one number of coordinates.
    N,
    /// `--n`, one or several.
    Ns,
    /// `--k`, one number of relevant coordinates.
    K,
    /// `--k`, one or several.
    Ks,
    /// `--rate`, a learning rate.
    Rate,
    /// `--runs`, the runs of each setting.
    Runs,
}

#[derive(Parser)]
#[command(version)]
struct Args {
    /// How much is computed
    #[arg(long, value_enum, default_value_t = Scale::Quick)]
    scale: Scale,
    /// Folder for figures, data and rows
    #[arg(long, default_value = "target/figures")]
    out: PathBuf,
    #[command(flatten)]
    own: Own,
}

/// Settings in place of those of the scale.
#[derive(Debug, Clone, Default, clap::Args)]
struct Own {
    /// Coordinates n, in place of those of the scale
    #[arg(long, value_name = "N", value_delimiter = ',')]
    n: Vec<usize>,
    /// Relevant coordinates k, in place of those of the scale
    #[arg(long, value_name = "K", value_delimiter = ',')]
    k: Vec<usize>,
    /// The learning rate, in place of that of the figure
    #[arg(long, value_name = "RATE")]
    rate: Option<f64>,
    /// Runs of each setting, in place of those of the scale
    #[arg(long, value_name = "RUNS")]
    runs: Option<u64>,
}

/// Runs a program whose figures are called `name`, or begin with it, and whose source says in front what it claims.
pub fn main(name: &'static str, source: &str, draw: fn(&mut Studio) -> Result) -> ExitCode {
    main_with(name, source, &[], draw)
}

/// The same of a program that takes flags.
pub fn main_with(
    name: &'static str,
    source: &str,
    flags: &[Flag],
    draw: fn(&mut Studio) -> Result,
) -> ExitCode {
    let (about, page) = page(source);
    let has = |one: Flag, several: Flag| flags.contains(&one) || flags.contains(&several);
    let taken = [
        ("n", has(Flag::N, Flag::Ns)),
        ("k", has(Flag::K, Flag::Ks)),
        ("rate", flags.contains(&Flag::Rate)),
        ("runs", flags.contains(&Flag::Runs)),
    ];
    let mut command = Args::command().name(name).about(about).long_about(page);
    for (flag, is_taken) in taken {
        command = command.mut_arg(flag, |argument| argument.hide(!is_taken));
    }
    let matches = command.get_matches();
    let run = || {
        for (flag, is_taken) in taken {
            if !is_taken && matches.value_source(flag) == Some(ValueSource::CommandLine) {
                return Err(format!(
                    "this figure does not take --{flag}; --help tells what it takes"
                )
                .into());
            }
        }
        let Args { scale, out, own } = Args::from_arg_matches(&matches)?;
        for (flag, values, one) in [("n", &own.n, Flag::N), ("k", &own.k, Flag::K)] {
            if flags.contains(&one) && values.len() > 1 {
                return Err(format!("this figure has one {flag}; give --{flag} one value").into());
            }
        }
        let studio = Studio {
            own,
            ..Studio::new(name, scale, out)
        };
        studio.run(draw)
    };
    report(run())
}

/// What the first lines of a program say: its first sentence, and all of it.
fn page(source: &str) -> (String, String) {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("```")).collect();
    let about = lines.first().copied().unwrap_or_default();
    (about.to_owned(), format!("{}\n\n{ROWS}", lines.join("\n")))
}

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

    /// The number of coordinates: the one that is given, or else this.
    pub fn n(&self, usual: usize) -> usize {
        self.own.n.first().copied().unwrap_or(usual)
    }

    /// The numbers of coordinates: those that are given, or else these.
    pub fn ns(&self, usual: &[usize]) -> Vec<usize> {
        given(&self.own.n, usual)
    }

    /// The number of relevant coordinates: the one that is given, or else this.
    pub fn k(&self, usual: usize) -> usize {
        self.own.k.first().copied().unwrap_or(usual)
    }

    /// The numbers of relevant coordinates: those that are given, or else these.
    pub fn ks(&self, usual: &[usize]) -> Vec<usize> {
        given(&self.own.k, usual)
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
    /// If rows cannot be written or read, or a run was refused or panicked.
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

fn given(own: &[usize], usual: &[usize]) -> Vec<usize> {
    match own {
        [] => usual.to_vec(),
        own => own.to_vec(),
    }
}

/// The file beside rows that has a line for each build of the program that made some.
const BUILDS: &str = "builds.txt";

/// Whether an experiment is one of these programs: those of the crate have a revision, which changes with their numbers.
fn is_own<E>() -> bool {
    !type_name::<E>().starts_with("sparse_parity::")
}

/// What tells this build of the program from others.
fn build() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(std::env::current_exe()?)?.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Keeps which build has made rows, and tells whether another one has made some of them.
fn is_of_another_build(folder: &Path, made: Progress, build: &str) -> Result<bool> {
    let path = folder.join(BUILDS);
    let known = match fs::read_to_string(&path) {
        Ok(known) => known,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let is_known = known.lines().any(|line| line == build);
    if made.done > made.before && !is_known {
        fs::write(&path, format!("{known}{build}\n"))?;
    }
    let is_unknown = known.is_empty() && made.before > 0;
    Ok(is_unknown || known.lines().any(|line| line != build))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_another_build_are_told_and_those_of_this_one_are_not() {
        let folder = std::env::temp_dir().join(format!("builds-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let made = |before, done| Progress {
            before,
            done,
            ..Progress::default()
        };
        let other = |made, build| is_of_another_build(&folder, made, build).unwrap();
        assert!(!other(made(0, 5), "a") && !other(made(5, 5), "a"));
        // A changed program finds all of its runs done, and then makes some more.
        assert!(other(made(5, 5), "b") && other(made(5, 9), "b"));
        assert!(other(made(9, 9), "a") && other(made(9, 9), "b"));
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir_all(&folder).unwrap();
        // Of rows without that file nothing is known.
        assert!(other(made(3, 3), "a"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_page_is_what_stands_in_front_of_a_program() {
        let (about, page) =
            page("//! A claim.\n//!\n//! ```sh\n//! run\n//! ```\nuse std;\n//! not");
        assert_eq!(about, "A claim.");
        assert!(page.starts_with("A claim.\n\nrun\n\nRuns that"), "{page}");
    }

    #[test]
    fn experiments_of_the_crate_have_a_revision() {
        assert!(!is_own::<sparse_parity::trial::Trial>() && is_own::<Studio>());
    }
}
