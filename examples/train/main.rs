//! How long does this learner need for this parity?
//!
//! The general run, for studies and for jobs on a cluster: any learner, target, loss,
//! initialisation and optimizer of the crate, for one seed or many. It prints a line a trial for
//! people or, with `--json`, exactly one JSON object a trial; either way in order of seed.
//!
//! ```sh
//! cargo run --release --example train -- --n 30 --k 3 --trials 3
//! ```
//!
//! ```text
//! seed 0: solved after 992 updates, support [5, 24, 27], relies on [5, 24, 27]
//! seed 1: solved after 1269 updates, support [11, 17, 27], relies on [11, 17, 27]
//! seed 2: solved after 756 updates, support [16, 22, 28], relies on [16, 22, 28]
//! solved 3 of 3, diverged 0
//! ```

mod learner;
mod task;
mod training;

use clap::{Parser, ValueEnum};
use learner::LearnerArgs;
use rayon::iter::{ParallelBridge, ParallelIterator};
use serde::Serialize;
use sparse_parity::cli::{Result, report};
use sparse_parity::seeds::Seeds;
use sparse_parity::trial::{OptimizerKind, Outcome, Setting, Status, Trial};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;
use task::TaskArgs;
use training::TrainingArgs;

/// Train a network on a sparse parity, or another target, and report when it has learned it.
///
/// A trial is solved at the first iterate that gets all of 8192 clean validation examples right
/// (or the share --target-accuracy), unsolved after --max-steps updates, diverged when its loss is
/// no longer a number. The same seed gives the same numbers on every machine and for any number
/// of threads; RAYON_NUM_THREADS limits the threads.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    learner: LearnerArgs,
    #[command(flatten)]
    task: TaskArgs,
    #[command(flatten)]
    training: TrainingArgs,
    #[command(flatten)]
    trials: TrialsArgs,
}

#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Trials")]
struct TrialsArgs {
    /// Clean accuracy at which a trial counts as solved
    #[arg(
        long,
        value_name = "A",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    target_accuracy: f64,
    /// Run even if no weights of the network could solve the task
    #[arg(long)]
    allow_unsolvable: bool,
    /// Seed of the first trial; the others count up from it
    #[arg(
        long,
        value_name = "S",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    seed: u64,
    /// Hold the seed of a stream while the others count up, as in init=3: support, init, train,
    /// noise or eval; may be given several times
    #[arg(long, value_name = "STREAM=S", value_parser = held)]
    hold: Vec<(Stream, u64)>,
    /// Number of trials, run side by side
    #[arg(long, value_name = "T", default_value_t = 1)]
    trials: u64,
    /// Print one JSON object a trial and nothing else
    #[arg(long)]
    json: bool,
}

/// A list of names on the command line for values of the library.
macro_rules! names {
    ($name:ident for $kind:ident: $($variant:ident),+) => {
        #[derive(Clone, Copy, clap::ValueEnum)]
        pub(crate) enum $name {
            $($variant),+
        }
        impl From<$name> for $kind {
            fn from(name: $name) -> $kind {
                match name {
                    $($name::$variant => $kind::$variant),+
                }
            }
        }
    };
}
use names;

/// Of flags with "it means something here" and "it is given", those that are given in vain.
///
/// They are told, not refused: a study may use one set of flags for all of its models.
fn idle(flags: &[(bool, bool, &'static str)]) -> Vec<&'static str> {
    let in_vain = flags.iter().filter(|(means, given, _)| *given && !means);
    in_vain.map(|(_, _, flag)| *flag).collect()
}

impl Args {
    fn trial(&self) -> Result<Trial, String> {
        let Args {
            learner,
            task,
            training,
            trials,
        } = self;
        let (n, k) = (task.n, task.k());
        let setting = learner.setting.as_ref();
        let (decay, convention) = training.decay();
        Ok(Trial {
            target: task.target()?,
            support: task.support.clone(),
            bias: task.bias,
            curriculum: task.curriculum,
            noise: task.noise,
            samples: task.samples,
            learner: learner.learner(k)?,
            init: learner.init(k)?,
            loss: training.loss.into(),
            batch: training.batch,
            optimizer: training.optimizer(setting.map_or(OptimizerKind::Sgd, Setting::optimizer)),
            filter: training.filter(),
            rate: training.rate(setting.map_or(0.1, Setting::rate))?,
            block_rates: training.block_lr.clone(),
            decay,
            convention,
            frozen: training.freeze.clone(),
            max_steps: training.max_steps,
            target_accuracy: trials.target_accuracy,
            allow_unsolvable: trials.allow_unsolvable,
            ..Trial::new(n, k)
        })
    }

    /// The flags that are given but mean nothing beside the others.
    fn without_effect(&self, trial: &Trial) -> Vec<&'static str> {
        let Args {
            learner,
            task,
            training,
            ..
        } = self;
        [
            learner.without_effect(&trial.learner),
            task.without_effect(),
            training.without_effect(),
        ]
        .concat()
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Stream {
    Support,
    Init,
    Train,
    Noise,
    Eval,
}

/// A stream and the seed that it keeps.
fn held(text: &str) -> Result<(Stream, u64), String> {
    let parts = text.split_once('=');
    let (stream, seed) = parts.ok_or("write a stream and its seed, such as init=3")?;
    let unknown = |_| format!("{stream:?} is none of support, init, train, noise and eval");
    let stream = Stream::from_str(stream, true).map_err(unknown)?;
    let seed = seed.parse().map_err(|error| format!("{seed:?}: {error}"))?;
    Ok((stream, seed))
}

impl TrialsArgs {
    /// The five seeds of trial `seed`.
    fn streams(&self, seed: u64) -> Seeds {
        let mut seeds = Seeds::from(seed);
        for &(stream, seed) in &self.hold {
            *match stream {
                Stream::Support => &mut seeds.support,
                Stream::Init => &mut seeds.init,
                Stream::Train => &mut seeds.train,
                Stream::Noise => &mut seeds.noise,
                Stream::Eval => &mut seeds.eval,
            } = seed;
        }
        seeds
    }

    fn seeds(&self) -> Result<RangeInclusive<u64>, String> {
        let (first, trials) = (self.seed, self.trials);
        let others = trials.checked_sub(1);
        let others = others.ok_or("--trials is 0; use at least 1")?;
        match first.checked_add(others) {
            Some(last) => Ok(first..=last),
            None => Err(format!(
                "--trials {trials} from --seed {first} go beyond the last seed {}; lower one of \
                 them",
                u64::MAX
            )),
        }
    }
}

/// A trial that is done.
#[derive(Serialize)]
struct Row {
    seed: u64,
    #[serde(flatten)]
    outcome: Outcome,
    seconds: f64,
}

impl Row {
    fn run(trial: &Trial, seed: u64, seeds: &Seeds) -> sparse_parity::Result<Row> {
        let start = Instant::now();
        Ok(Row {
            seed,
            outcome: trial.run(seeds)?,
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    fn print(&self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if json {
            serde_json::to_writer(&mut out, self)?;
            writeln!(out)?;
        } else {
            let Outcome {
                status,
                steps,
                support,
                recovered,
                ..
            } = &self.outcome;
            writeln!(
                out,
                "seed {}: {status} after {steps} updates, support {support:?}, relies on \
                 {recovered:?}",
                self.seed
            )?;
        }
        out.flush()
    }
}

/// Runs the trials side by side and prints each as soon as those before it are printed.
fn run(args: &Args) -> Result {
    let trial = args.trial()?;
    let (seeds, json) = (args.trials.seeds()?, args.trials.json);
    for flag in args.without_effect(&trial) {
        writeln!(io::stderr(), "note: {flag} has no effect here")?;
    }
    let rows = run_all(trial, args.trials.clone(), seeds.clone());
    let mut waiting = BTreeMap::new();
    let mut statuses = Vec::new();
    for next in seeds {
        let row = loop {
            match waiting.remove(&next) {
                Some(row) => break row,
                None => {
                    let (seed, row) = rows.recv()?;
                    waiting.insert(seed, row);
                }
            }
        };
        let row: Row = row?;
        row.print(json)?;
        statuses.push(row.outcome.status);
    }
    if !json {
        let count = |status| statuses.iter().filter(|s| **s == status).count();
        let (solved, diverged) = (count(Status::Solved), count(Status::Diverged));
        let trials = statuses.len();
        writeln!(
            io::stdout(),
            "solved {solved} of {trials}, diverged {diverged}"
        )?;
    }
    Ok(())
}

/// The rows in the order in which they are done; nothing waits for those that nobody receives.
fn run_all(
    trial: Trial,
    trials: TrialsArgs,
    seeds: RangeInclusive<u64>,
) -> mpsc::Receiver<(u64, sparse_parity::Result<Row>)> {
    let (done, rows) = mpsc::channel();
    thread::spawn(move || {
        seeds.par_bridge().try_for_each_with(done, |done, seed| {
            let row = Row::run(&trial, seed, &trials.streams(seed));
            done.send((seed, row)).ok()
        })
    });
    rows
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
