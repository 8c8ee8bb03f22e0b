//! Which of the paper's settings learn a parity, and at which learning rate?
//!
//! Finding 1 of the paper is that all of them do. For every setting and problem, the setting's own
//! rate is tried first and then the others of the paper's grid, until one of them solves at least
//! 20 % of the trials, which is the paper's criterion. Batches of 32, hinge loss, uniform
//! initialisation; the Transformer is the small one, by Adam with η = 0.0003 and 0.001, initialised by Xavier's rule. It
//! prints a table in Markdown, row by row; docs/settings.md has that of all settings. On two cores, two
//! minutes are enough for all settings but *iii, which takes longer.
//!
//! ```sh
//! cargo run --release --example settings -- --settings x,xv --problems 20:3 --trials 5
//! ```

use clap::Parser;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sparse_parity::stats::{Time, Times};
use sparse_parity::terminal::{Result, report};
use sparse_parity::trial::{Learner, OptimizerKind, Setting, TransformerSettings, Trial};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

/// The learning rates of the paper's grid.
const SGD_RATES: [f64; 4] = [0.1, 0.01, 0.001, 1.0];
/// Those of the Transformer: the paper states 0.0003.
const ADAM_RATES: [f64; 2] = [3e-4, 1e-3];
/// The confidence of the intervals.
const LEVEL: f64 = 0.95;
/// The share of trials that have to be solved, Finding 1.
const PASS: f64 = 0.2;

/// Train the paper's settings on sparse parities and print how many trials each of them solves.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Settings, such as i,xv or '*iii' [default: all]
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...", value_parser = Setting::from_label)]
    settings: Option<Vec<Setting>>,
    /// Problems n:k
    #[arg(long, value_delimiter = ',', value_name = "N:K,...", value_parser = problem)]
    #[arg(default_values = ["30:3", "20:4"])]
    problems: Vec<(usize, usize)>,
    /// Trials for each rate; their seeds are 0, 1, ...
    #[arg(long, default_value_t = 25)]
    trials: u64,
    /// Updates after which a trial counts as unsolved
    #[arg(long, default_value_t = 100_000)]
    max_steps: u64,
    /// Try all rates, even after one has passed
    #[arg(long)]
    all_rates: bool,
}

fn problem(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once(':').ok_or("write n and k, such as 30:3")?;
    let number = |text: &str| {
        text.trim()
            .parse()
            .map_err(|error| format!("{text:?}: {error}"))
    };
    Ok((number(parts.0)?, number(parts.1)?))
}

const HEADER: &str = "\
| setting | (n, k) | η | solved | 95 % interval | diverged | median t_c | seconds a trial |
|---|---|---|---|---|---|---|---|";

/// The trial of a setting, without its learning rate.
fn trial(setting: Setting, n: usize, k: usize, max_steps: u64) -> Trial {
    let mut trial = Trial {
        max_steps,
        ..setting.trial(n, k)
    };
    if let Learner::Transformer(size) = &mut trial.learner {
        *size = TransformerSettings::small();
    }
    trial
}

/// The rates to try, that of the setting first.
fn rates(setting: Setting) -> Vec<f64> {
    if setting.optimizer() == OptimizerKind::Adam {
        return ADAM_RATES.to_vec();
    }
    let own = setting.rate();
    let others = SGD_RATES.into_iter().filter(|rate| *rate != own);
    std::iter::once(own).chain(others).collect()
}

/// The trials of one rate.
struct Cell {
    times: Times,
    seconds: f64,
}

impl Cell {
    fn run(trial: &Trial, trials: u64) -> sparse_parity::Result<Cell> {
        let timed = |seed: u64| {
            let start = Instant::now();
            let time = trial.run(&seed.into())?.time();
            Ok((time, start.elapsed().as_secs_f64()))
        };
        let timed: Vec<_> = (0..trials)
            .into_par_iter()
            .map(timed)
            .collect::<sparse_parity::Result<_>>()?;
        let (times, seconds): (Vec<Time>, Vec<_>) = timed.into_iter().unzip();
        Ok(Cell {
            times: times.into_iter().collect(),
            seconds: seconds.iter().sum::<f64>() / trials as f64,
        })
    }

    fn passes(&self) -> bool {
        self.times.solved() as f64 >= PASS * self.times.runs() as f64
    }

    fn row(&self) -> sparse_parity::Result<String> {
        let rate = self.times.success_rate(LEVEL)?.interval;
        let median = self.times.median(LEVEL)?.value;
        Ok(format!(
            "{} of {} | {:.0}–{:.0} % | {} | {} | {:.2}",
            self.times.solved(),
            self.times.runs(),
            100.0 * rate.low,
            100.0 * rate.high,
            self.times.diverged(),
            median.map_or("–".into(), |t| t.to_string()),
            self.seconds
        ))
    }
}

fn run(args: &Args) -> Result {
    if args.trials == 0 {
        return Err("--trials is 0; use at least 1".into());
    }
    let settings = args.settings.as_deref().unwrap_or(&Setting::ALL);
    let mut out = io::stdout().lock();
    let mut header = Some(HEADER);
    for &(n, k) in &args.problems {
        for &setting in settings {
            let trial = trial(setting, n, k, args.max_steps);
            for rate in rates(setting) {
                let cell = Cell::run(
                    &Trial {
                        rate: rate.into(),
                        ..trial.clone()
                    },
                    args.trials,
                )?;
                if let Some(header) = header.take() {
                    writeln!(out, "{header}")?;
                }
                writeln!(out, "| {setting} | ({n}, {k}) | {rate} | {} |", cell.row()?)?;
                out.flush()?;
                if cell.passes() && !args.all_rates {
                    break;
                }
            }
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
