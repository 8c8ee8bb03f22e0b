//! The program `sparse-parity`, for the experiments of this crate and for others (feature `cli`).
//!
//! A crate with an experiment of its own has the whole program in one line:
//!
//! ```no_run
//! use sparse_parity::cli::Program;
//! use sparse_parity::trial::Trial;
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     // .with::<MyExperiment>() adds another one.
//!     Program::new().with::<Trial>().main()
//! }
//! ```

mod interrupt;
mod machine;
mod new;
mod pages;
mod plan;
#[cfg(feature = "plot")]
mod plot;
mod quantity;
mod run;
mod slurm;
mod solve;
mod start;
mod status;
mod train;
mod word;

use crate::error::near;
use crate::experiment::Experiment;
use crate::sweep::{Shard, Sweep, SweepFile};
use crate::terminal::{Progress, Result, report};
use crate::trial::Trial;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use console::style;
use interrupt::INTERRUPTED;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// The program `sparse-parity` with the experiments that it knows.
///
/// A sweep file says by the name of its table, such as `[trial]`, which experiment it is of; without such
/// a table it is of the first one. `train` is there if [`Trial`] is among them.
#[derive(Default)]
pub struct Program {
    experiments: Vec<Box<dyn Commands>>,
    /// The revision of the program's source; empty if it is not known.
    revision: &'static str,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Program {
    /// A program without experiments.
    pub fn new() -> Self {
        Program::default()
    }

    /// The same program with another experiment.
    #[must_use]
    pub fn with<E: Experiment + 'static>(mut self) -> Self {
        self.experiments.push(Box::new(Of::<E>(PhantomData)));
        self
    }

    /// The same program with the revision of its source, such as a commit, which the rows tell that it writes.
    #[must_use]
    pub fn revision(self, revision: &'static str) -> Self {
        Program { revision, ..self }
    }

    /// Does what the arguments of the process say, and returns its exit code: 0 complete, 2 error,
    /// 3 incomplete, 130 ended by Ctrl-C.
    pub fn main(self) -> ExitCode {
        self.run(std::env::args_os())
    }

    /// Does what these arguments say, the first of which is the name of the program; otherwise as
    /// [`main`](Program::main).
    pub fn run(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        let mut arguments = arguments.into_iter().peekable();
        let name = arguments.peek().and_then(|program| {
            let name = Path::new(program).file_stem()?;
            Some(name.to_string_lossy().into_owned())
        });
        let name = name.unwrap_or_else(|| "sparse-parity".into());
        let matches = match self.command().try_get_matches_from(arguments) {
            Ok(matches) => matches,
            // Help is one of these, too, and has the exit code 0.
            Err(error) => {
                let _ = error.print();
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(u8::MAX));
            }
        };
        match self.execute(&matches, &name) {
            Ok(End::Complete) => ExitCode::SUCCESS,
            Ok(End::Incomplete) => ExitCode::from(INCOMPLETE),
            Ok(End::Interrupted) => ExitCode::from(INTERRUPTED),
            Err(error) => report(Err(error)),
        }
    }

    /// The arguments of all commands.
    fn command(&self) -> clap::Command {
        let command = Line::command()
            .subcommand(solve::command())
            .subcommands(pages::commands());
        match self.names().any(|name| name == Trial::NAME) {
            true => command.subcommand(train::command()),
            false => command,
        }
    }

    /// `name` is that of the program at the shell.
    fn execute(&self, matches: &ArgMatches, name: &str) -> Result<End> {
        match matches.subcommand() {
            Some((pages::COMPLETIONS, matches)) => {
                return pages::completions(matches, self.command(), name);
            }
            Some((pages::MAN, matches)) => return pages::man(matches, self.command(), name),
            Some((train::NAME, matches)) => return train::train(matches),
            Some((solve::NAME, matches)) => return solve::solve(matches),
            _ => {}
        }
        let line = Line::from_arg_matches(matches)?;
        let experiment = match &line.command {
            Command::New { of, .. } => self.experiment(of.as_deref())?,
            Command::Plan { study, .. }
            | Command::Run { study, .. }
            | Command::Status { study, .. }
            | Command::Gather { study, .. }
            | Command::Slurm { study, .. } => self.experiment_of(&study.file)?,
            #[cfg(feature = "plot")]
            Command::Plot { study, .. } | Command::Report { study, .. } => {
                self.experiment_of(&study.file)?
            }
        };
        experiment.execute(&line.command, self.revision)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.experiments.iter().map(|experiment| experiment.name())
    }

    /// The experiment with this name, or the first one.
    fn experiment(&self, name: Option<&str>) -> Result<&dyn Commands> {
        let mut all = self.experiments.iter();
        let found = match name {
            None => all.next(),
            Some(name) => all.find(|experiment| experiment.name() == name),
        };
        let found = found.ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            let nearest = name.and_then(|name| near(name, self.names()));
            let nearest =
                nearest.map_or(String::new(), |name| format!("the nearest is {name}, and "));
            let name = name.unwrap_or_default();
            format!(
                "there is no experiment {name:?}; {nearest}all are {}",
                names.join(", ")
            )
        })?;
        Ok(&**found)
    }

    /// The experiment whose table is in a file, or the first one; what is wrong with the file is told
    /// when it is read.
    fn experiment_of(&self, file: &Path) -> Result<&dyn Commands> {
        let text = crate::files::read(file, SweepFile::<Trial>::MOST_BYTES).unwrap_or_default();
        let text = String::from_utf8(text).unwrap_or_default();
        let tables: toml::Table = text.parse().unwrap_or_default();
        self.experiment(self.names().find(|name| tables.contains_key(*name)))
    }
}

/// Runs sweeps of sparse-parity trials, on one machine or many, and finds parities in tables.
///
/// What is done is known from the rows in the folder --out and from nothing else: any number of processes
/// may work on it, whatever is stopped goes on where it was, and the gathered table is the same to the
/// bit. Processes share the runs out by --shard; two of the same shard leave out what the other has a row of. Exit codes: 0 complete, 2 error, 3 incomplete, 130 ended by Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "sparse-parity", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented sweep file to start from
    New {
        /// The file, which must not exist
        #[arg(default_value = "sweep.toml")]
        file: PathBuf,
        /// The experiment [default: the first one of the program]
        #[arg(long, value_name = "EXPERIMENT")]
        of: Option<String>,
    },
    /// Tell what a sweep costs, and how to share it out
    Plan {
        #[command(flatten)]
        study: Study,
        #[command(flatten)]
        request: plan::Request,
    },
    /// Make the runs that have no row yet, of the whole sweep or of a shard
    ///
    /// A job array, mpirun, GNU parallel and others give every process its shard by their environment
    /// variables, or by SPARSE_PARITY_SHARD and SPARSE_PARITY_SHARDS.
    Run {
        #[command(flatten)]
        study: Study,
        /// Folder for the rows
        #[arg(long)]
        out: PathBuf,
        /// The shard, counted from 0, and their number, such as 3/400
        #[arg(long, value_name = "I/N")]
        shard: Option<Shard>,
        #[command(flatten)]
        limits: Limits,
        /// Make runs that panicked again
        #[arg(long)]
        retry: bool,
    },
    /// Tell what is done and what is missing; the exit code is 3 if something is
    Status {
        #[command(flatten)]
        study: Study,
        /// Folder of the rows
        #[arg(long)]
        out: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write the outcomes to one table, which is the same however they were computed
    Gather {
        #[command(flatten)]
        study: Study,
        /// Folder of the rows
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        tables: status::Tables,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Draw a picture of a table, or of the rows of a sweep
    ///
    /// FILE is a gathered table or a table of curves, .csv, .jsonl or .parquet, or a sweep file with the folder of its rows.
    #[cfg(feature = "plot")]
    Plot {
        #[command(flatten)]
        study: Study,
        #[command(flatten)]
        request: plot::Request,
    },
    /// Write one page of a sweep: its settings, results, pictures, failures and origin
    ///
    /// The page is one HTML file that needs no other file and no network.
    #[cfg(feature = "plot")]
    Report {
        #[command(flatten)]
        study: Study,
        /// Folder of the rows
        #[arg(long)]
        out: PathBuf,
        /// The page, .html
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Print the script of a Slurm job array
    Slurm {
        #[command(flatten)]
        study: Study,
        #[command(flatten)]
        job: slurm::Job,
    },
}

/// Which sweep.
#[derive(Debug, Args)]
struct Study {
    /// The sweep file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Change a value before the sweep is made, such as n=[10,20] or trial.rate=0.1
    #[arg(short = 's', long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// With what.
#[derive(Debug, Args)]
struct Limits {
    /// Threads, at most one for each run [default: what Slurm gives, or the processors]
    #[arg(long, value_parser = quantity::threads)]
    threads: Option<usize>,
    /// Memory of all runs at a time, such as 8GiB or 8G; a number alone is one of MiB
    /// [default: what Slurm gives, or 9/10 of the machine]
    #[arg(long, value_parser = quantity::memory)]
    memory: Option<u64>,
    /// End in time, such as 1h30m or 1:30:00; a number alone is one of minutes. Runs that have not ended are given
    /// up and made again another time
    #[arg(long, value_parser = quantity::duration)]
    max_time: Option<Duration>,
}

impl Study {
    /// The file with the changes, and its sweep; other names of settings are told.
    fn read<E: Experiment>(&self) -> Result<(SweepFile<E>, Sweep<E>)> {
        let mut file = SweepFile::<E>::read(&self.file)?;
        for change in &self.set {
            file = file.with(change)?;
        }
        let sweep = file.sweep()?;
        for (alias, name) in file.aliases() {
            tell(&format!("note: {alias} means {name}"));
        }
        Ok((file, sweep))
    }
}

/// Writes a line to standard error, a note with a mark in colour; a run does not end because nobody reads it.
fn tell(line: &str) {
    let _ = match line.strip_prefix("note:") {
        Some(rest) => writeln!(
            io::stderr(),
            "{}{rest}",
            style("note:").for_stderr().yellow()
        ),
        None => writeln!(io::stderr(), "{line}"),
    };
}

/// The exit code of a command that leaves runs missing.
const INCOMPLETE: u8 = 3;

/// How a command ends that has not failed.
enum End {
    Complete,
    Incomplete,
    /// By Ctrl-C.
    Interrupted,
}

/// The commands for one experiment.
trait Commands {
    fn name(&self) -> &'static str;
    fn execute(&self, command: &Command, revision: &str) -> Result<End>;
}

struct Of<E>(PhantomData<fn() -> E>);

impl<E: Experiment> Commands for Of<E> {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn execute(&self, command: &Command, revision: &str) -> Result<End> {
        match command {
            Command::New { file, .. } => new::new::<E>(file),
            Command::Plan { study, request } => plan::plan::<E>(study, request),
            Command::Run {
                study,
                out,
                shard,
                limits,
                retry,
            } => run::run::<E>(study, out, *shard, limits, *retry, revision),
            Command::Status { study, out, json } => status::status::<E>(study, out, *json),
            Command::Gather {
                study,
                out,
                tables,
                json,
            } => status::gather::<E>(study, out, tables, *json),
            #[cfg(feature = "plot")]
            Command::Plot { study, request } => plot::plot::<E>(study, request),
            #[cfg(feature = "plot")]
            Command::Report { study, out, to } => plot::page::report::<E>(study, out, to),
            Command::Slurm { study, job } => slurm::slurm::<E>(study, job),
        }
    }
}
