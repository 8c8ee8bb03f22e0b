//! Runs and what is printed of them.

use crate::cli::interrupt::interrupt;
use crate::cli::machine::Machine;
use crate::cli::{End, Progress, Result, tell};
use crate::experiment::Experiment;
use crate::measure::{Recording, Table};
use crate::seeds::Seeds;
use crate::sweep::{Key, write_curves};
use crate::threads::share;
use crate::trial::{Assembly, Outcome, Status, Trial};
use clap::{Args, ValueEnum};
use rayon::iter::{ParallelBridge, ParallelIterator};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;

/// How often a setting is run, with which seeds, and how the outcomes are printed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Runs")]
pub(super) struct Runs {
    /// Seed of the first run; the others count up from it
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
    /// Number of runs, made side by side
    #[arg(long, value_name = "T", default_value_t = 1)]
    trials: u64,
    /// Print one JSON object a run and nothing else; it tells its settings and the version of its fields
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
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

impl Runs {
    /// The five seeds of run `seed`.
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

    /// The seeds of all runs.
    pub(super) fn seeds(&self) -> Result<RangeInclusive<u64>, String> {
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

    /// Threads for as many runs as fit into memory side by side.
    ///
    /// # Errors
    /// If not even one fits.
    fn pool(&self, assembly: &Assembly) -> Result<rayon::ThreadPool> {
        let (needed, machine) = (assembly.memory()?, Machine::of(None)?);
        let fit = machine.memory / needed.max(1);
        if fit == 0 {
            return Err(format!(
                "a run needs {needed} bytes of memory, and {} may be used; make n, the batch, the sample or the network \
                 smaller",
                machine.memory
            )
            .into());
        }
        let threads = rayon::current_num_threads();
        let threads = usize::try_from(fit).map_or(threads, |fit| threads.min(fit));
        Ok(rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()?)
    }

    /// Runs the trial side by side and prints each outcome as soon as those before it are printed; what is recorded goes
    /// to the file.
    pub(super) fn print(
        &self,
        (assembly, examples): (Assembly, Option<String>),
        curve: Option<(Recording, PathBuf)>,
        seeds: RangeInclusive<u64>,
    ) -> Result<End> {
        let about = About::of(assembly.trial(), examples)?;
        let Some((recording, path)) = curve else {
            return self.print_each((assembly, None), about, seeds, |_, _, _| Ok(()));
        };
        assembly.trial().check_recording(&recording)?;
        let key = about.key;
        write_curves(&path, &recording.clone(), |write| {
            self.print_each(
                (assembly, Some(recording)),
                about,
                seeds,
                |place, seeds, curve| Ok(write((0, place), &key, seeds, curve.rows())?),
            )
        })
    }

    fn print_each(
        &self,
        what: (Assembly, Option<Recording>),
        about: About,
        seeds: RangeInclusive<u64>,
        mut keep: impl FnMut(u64, &Seeds, &Table) -> Result,
    ) -> Result<End> {
        let (pool, stop) = (self.pool(&what.0)?, interrupt()?);
        let rows = run_all(what, self.clone(), seeds.clone(), pool, Arc::clone(&stop));
        // A run that is alone shows its updates.
        let mut progress = (self.trials > 1).then(|| Progress::new("train", self.trials, "runs"));
        let mut waiting = BTreeMap::new();
        let mut statuses = Vec::new();
        for (next, place) in seeds.zip(0..) {
            let row = loop {
                match waiting.remove(&next) {
                    Some(row) => break row,
                    None => match rows.recv() {
                        Ok((seed, row)) => drop(waiting.insert(seed, row)),
                        Err(_) if stop.load(Ordering::Relaxed) => {
                            drop(progress);
                            self.tell_interrupted(next, statuses.len() as u64);
                            return Ok(End::Interrupted);
                        }
                        Err(error) => return Err(error.into()),
                    },
                }
            };
            let row: Row = row?;
            if let Some(curve) = &row.curve {
                keep(place, &row.seeds, curve)?;
            }
            let print = || match self.json {
                true => row.print_json(&about),
                false => Ok(row.print()?),
            };
            statuses.push(row.outcome.status);
            match &mut progress {
                None => print()?,
                Some(progress) => {
                    progress.suspend(print)?;
                    let count = |status| statuses.iter().filter(|s| **s == status).count();
                    progress.at(statuses.len() as u64, || {
                        format!("{} solved", count(Status::Solved))
                    });
                }
            }
        }
        drop(progress);
        if !self.json {
            let count = |status| statuses.iter().filter(|s| **s == status).count();
            let (solved, diverged) = (count(Status::Solved), count(Status::Diverged));
            let trials = statuses.len();
            writeln!(
                io::stdout(),
                "solved {solved} of {trials}, diverged {diverged}"
            )?;
        }
        Ok(End::Complete)
    }

    /// Tells how to go on after Ctrl-C, from the first seed whose outcome is not printed.
    fn tell_interrupted(&self, next: u64, printed: u64) {
        tell(&format!(
            "interrupted: {printed} of {} runs are printed; --seed {next} --trials {} makes the others",
            self.trials,
            self.trials - printed
        ));
    }
}

/// The version of the objects that are printed: it rises whenever a field gets another name or meaning.
const SCHEMA: u32 = 1;

/// What all objects say of the program and the settings.
#[derive(Debug, Serialize)]
struct About {
    schema: u32,
    experiment: &'static str,
    version: &'static str,
    revision: u32,
    key: Key,
    settings: Value,
    /// The examples of a file, by their number and a hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    examples: Option<String>,
}

impl About {
    fn of(trial: &Trial, examples: Option<String>) -> Result<Self> {
        Ok(About {
            schema: SCHEMA,
            experiment: Trial::NAME,
            version: env!("CARGO_PKG_VERSION"),
            revision: trial.revision(),
            key: Key::of(trial),
            settings: serde_json::to_value(trial)?,
            examples,
        })
    }
}

/// A run that has ended.
#[derive(Debug)]
struct Row {
    seed: u64,
    seeds: Seeds,
    outcome: Outcome,
    curve: Option<Table>,
    seconds: f64,
}

/// The object that is printed of a run.
#[derive(Serialize)]
struct Object<'a> {
    seed: u64,
    #[serde(flatten)]
    outcome: &'a Outcome,
    seconds: f64,
    seeds: Seeds,
    #[serde(flatten)]
    about: &'a About,
}

impl Row {
    /// Makes a run; `None` if `stop` was set before its end.
    fn run(
        (assembly, recording): &(Assembly, Option<Recording>),
        (seed, seeds): (u64, Seeds),
        is_alone: bool,
        stop: &AtomicBool,
    ) -> crate::Result<Option<Row>> {
        let start = Instant::now();
        let ended = match recording {
            Some(recording) => assembly
                .record_until(&seeds, recording, stop)?
                .map(|recorded| (recorded.outcome, Some(recorded.table))),
            None if is_alone => {
                let max_steps = assembly.trial().max_steps;
                let mut progress = Progress::new(format!("seed {seed}"), max_steps, "updates");
                let outcome = assembly.observe_until(&seeds, stop, &mut progress)?;
                outcome.map(|outcome| (outcome, None))
            }
            None => assembly
                .run_until(&seeds, stop)?
                .map(|outcome| (outcome, None)),
        };
        let seconds = start.elapsed().as_secs_f64();
        Ok(ended.map(|(outcome, curve)| Row {
            seed,
            seeds,
            outcome,
            curve,
            seconds,
        }))
    }

    fn print_json(&self, about: &About) -> Result {
        let object = Object {
            seed: self.seed,
            outcome: &self.outcome,
            seconds: self.seconds,
            seeds: self.seeds,
            about,
        };
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, &object)?;
        writeln!(out)?;
        Ok(out.flush()?)
    }

    fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let Outcome {
            status,
            t,
            times,
            memorised,
            steps,
            support,
            recovered,
            ..
        } = &self.outcome;
        let after = t.unwrap_or(*steps);
        write!(
            out,
            "seed {}: {status} after {after} updates, support {support:?}, relies on {recovered:?}",
            self.seed
        )?;
        if !times.is_empty() {
            let time = |time: &Option<u64>| time.map_or("never".into(), |t| t.to_string());
            let times = times.iter().map(time).collect::<Vec<String>>().join(", ");
            write!(out, ", criteria met after {times}")?;
        }
        if let Some(memorised) = memorised {
            write!(out, ", sample memorised after {memorised}")?;
        }
        writeln!(out)?;
        out.flush()
    }
}

/// The rows in the order in which they are done; no thread waits for those that nobody receives.
fn run_all(
    what: (Assembly, Option<Recording>),
    runs: Runs,
    seeds: RangeInclusive<u64>,
    pool: rayon::ThreadPool,
    stop: Arc<AtomicBool>,
) -> mpsc::Receiver<(u64, crate::Result<Row>)> {
    let (done, rows) = mpsc::channel();
    // Threads without a run of their own help with the steps of the others.
    let are_few = runs.trials < pool.current_num_threads() as u64;
    thread::spawn(move || {
        pool.install(|| {
            seeds.par_bridge().try_for_each_with(done, |done, seed| {
                let streams = runs.streams(seed);
                let run = || Row::run(&what, (seed, streams), runs.trials == 1, &stop);
                let row = if are_few { share(run) } else { run() };
                done.send((seed, row.transpose()?)).ok()
            })
        })
    });
    rows
}
