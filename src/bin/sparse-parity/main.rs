//! The program `sparse-parity`: sweeps from a file, on one machine or many.

mod machine;
mod plan;
mod run;
mod slurm;
mod status;

use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand};
use humantime::Duration;
use sparse_parity::cli::{Result, report};
use sparse_parity::sweep::{Shard, Sweep, SweepFile};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// What `new` writes.
const TEMPLATE: &str = include_str!("template.toml");

/// Runs sweeps of sparse-parity trials, on one machine or many.
///
/// What is done is known from the rows in the folder --out and from nothing else: any number of processes
/// may work on it, whatever is stopped goes on where it was, and the gathered table is the same to the
/// bit. Exit codes: 0 complete, 2 error, 3 incomplete.
#[derive(Parser)]
#[command(version)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a commented sweep file to start from
    New {
        /// The file, which must not exist
        #[arg(default_value = "sweep.toml")]
        file: PathBuf,
    },
    /// Tell what a sweep costs, and how to share it out
    Plan {
        #[command(flatten)]
        study: Study,
        /// Folder of rows, if there are some: what they took is what others are expected to take
        #[arg(long)]
        out: Option<PathBuf>,
        /// Processes that work at a time [default: processors of this machine]
        #[arg(long)]
        workers: Option<u64>,
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
    },
    /// Write the outcomes to one table, which is the same however they were computed
    Gather {
        #[command(flatten)]
        study: Study,
        /// Folder of the rows
        #[arg(long)]
        out: PathBuf,
        /// The table, .csv, or .parquet if the program was installed with the feature parquet
        #[arg(long)]
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
#[derive(Args)]
struct Study {
    /// The sweep file
    file: PathBuf,
    /// Change a value before the sweep is made, such as n=[10,20] or trial.rate=0.1
    #[arg(short = 's', long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// With what.
#[derive(Args)]
struct Limits {
    /// Threads [default: what Slurm gives, or the processors]
    #[arg(long)]
    threads: Option<std::num::NonZeroUsize>,
    /// Memory of all runs at a time, such as 8GiB [default: what Slurm gives, or 9/10 of the machine]
    #[arg(long)]
    memory: Option<ByteSize>,
    /// End in time, such as 1h30m: runs that have not ended are given up and made again another time
    #[arg(long)]
    max_time: Option<Duration>,
}

impl Study {
    fn read(&self) -> Result<(SweepFile, Sweep)> {
        let mut file = SweepFile::read(&self.file)?;
        for change in &self.set {
            file = file.with(change)?;
        }
        let sweep = file.sweep()?;
        Ok((file, sweep))
    }
}

/// How a command ends that has not failed.
enum End {
    Complete,
    Incomplete,
}

impl Command {
    fn run(self) -> Result<End> {
        match self {
            Command::New { file } => new(&file),
            Command::Plan {
                study,
                out,
                workers,
            } => plan::plan(&study, out.as_deref(), workers),
            Command::Run {
                study,
                out,
                shard,
                limits,
                retry,
            } => run::run(&study, &out, shard, &limits, retry),
            Command::Status { study, out } => status::status(&study, &out),
            Command::Gather { study, out, to } => status::gather(&study, &out, &to),
            Command::Slurm { study, job } => slurm::slurm(&study, &job),
        }
    }
}

fn main() -> ExitCode {
    match Program::parse().command.run() {
        Ok(End::Complete) => ExitCode::SUCCESS,
        Ok(End::Incomplete) => ExitCode::from(3),
        Err(error) => report(Err(error)),
    }
}

fn new(path: &PathBuf) -> Result<End> {
    let file = std::fs::File::create_new(path);
    let mut file = file.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!(
            "{} is there already; give another name, or remove it",
            path.display()
        ),
        _ => format!("{}: {error}; give a file that can be made", path.display()),
    })?;
    file.write_all(TEMPLATE.as_bytes())?;
    let path = path.display();
    writeln!(
        io::stdout(),
        "{path} is written; edit it, then: sparse-parity plan {path}"
    )?;
    Ok(End::Complete)
}
