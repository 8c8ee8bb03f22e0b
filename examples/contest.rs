//! Who finds the support, with how many examples and in what time?
//!
//! Every solver gets the same instances of the sparse parity problem, one a seed, by the access that it needs, and SGD
//! is one of the contestants. Costs are counted by one set of rules (docs/solvers.md).
//!
//! ```sh
//! cargo run --release --example contest
//! cargo run --release --example contest -- --n 50 --k 3 --noise 0.1 --solvers all --seeds 20
//! cargo run --release --example contest -- --n 50 --k 3 --solvers elimination,sgd,sgd:xv --examples 1000
//! ```
//!
//! A line a contestant: the seeds on which it found S and among what S is known to be the only one; medians over the
//! seeds of examples, queries, statistical queries, operations on words, accesses to a large table and bytes of memory;
//! the best and the median processor time of its thread; and the words by the ledger divided by those of the plan. Expect SGD to
//! take about a thousand times the examples that decide.

use clap::Parser;
use sparse_parity::contest::{Contest, Contestant, Contested, Ending};
use sparse_parity::experiment::Experiment;
use sparse_parity::solver::{SolverKind, Uniqueness};
use sparse_parity::stats::median;
use sparse_parity::terminal::{Result, report};
use sparse_parity::trial::{Setting, Trial};
use std::io::{self, Write};
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about = "Solvers and SGD on the same sparse parities")]
struct Args {
    /// The number of coordinates
    #[arg(long, default_value_t = 50)]
    n: usize,
    /// The number of relevant coordinates
    #[arg(long, default_value_t = 3)]
    k: usize,
    /// Tell solvers that k is anything from 1 to this
    #[arg(long)]
    most_k: Option<usize>,
    /// The probability that a label is flipped
    #[arg(long, default_value_t = 0.0)]
    noise: f64,
    /// The number of examples [default: as many as a contestant takes]
    #[arg(long)]
    examples: Option<usize>,
    /// Solvers, sgd, sgd with the label of a setting such as sgd:xv, or all
    #[arg(long, value_delimiter = ',', default_value = "all")]
    solvers: Vec<String>,
    /// The learning rate of sgd without a label
    #[arg(long, default_value_t = 0.1)]
    rate: f64,
    /// The number of instances
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// How often a solver's time is measured on each
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}

fn run(args: &Args) -> Result {
    let mut lines = vec![HEAD.map(String::from).to_vec()];
    let mut refusals = Vec::new();
    for (name, contestant) in contestants(args)? {
        let repetitions = match contestant {
            // A trial takes long enough to be measured once.
            Contestant::Sgd(_) => args.repetitions.min(1),
            _ => args.repetitions,
        };
        let contest = Contest {
            n: args.n,
            k: args.k,
            most_k: args.most_k,
            noise: args.noise,
            examples: args.examples,
            contestant,
            repetitions,
            ..Contest::default()
        };
        let outcomes = (0..args.seeds).map(|seed| contest.run(&seed.into()));
        let outcomes = outcomes.collect::<sparse_parity::Result<Vec<_>>>()?;
        let refusal = outcomes
            .iter()
            .find_map(|outcome| outcome.refusal.as_deref());
        refusals.extend(refusal.map(|refusal| format!("{name} refuses: {refusal}")));
        lines.push(line(&name, &outcomes));
    }
    let mut out = io::stdout().lock();
    write!(out, "{}", aligned(&lines))?;
    for refusal in refusals {
        writeln!(out, "{refusal}")?;
    }
    Ok(())
}

/// The contestants that are asked for, with their names.
fn contestants(args: &Args) -> Result<Vec<(String, Contestant)>> {
    let mut all: Vec<(String, Contestant)> = Vec::new();
    let trial = || Trial {
        rate: args.rate.into(),
        ..Trial::new(args.n, args.k)
    };
    for name in &args.solvers {
        match name.split_once(':') {
            Some(("sgd", label)) => {
                let trial = Setting::from_label(label)?.trial(args.n, args.k);
                all.push((name.clone(), trial.into()));
            }
            None if name == "sgd" => all.push((name.clone(), trial().into())),
            None if name == "all" => {
                let kinds = SolverKind::all().into_iter();
                all.extend(kinds.map(|kind| (kind.name().into(), kind.into())));
                all.push(("sgd".into(), trial().into()));
            }
            _ => all.push((name.clone(), SolverKind::named(name)?.into())),
        }
    }
    Ok(all)
}

const HEAD: [&str; 13] = [
    "solver",
    "access",
    "found",
    "unique",
    "examples",
    "queries",
    "SQ",
    "words",
    "probes",
    "bytes",
    "best s",
    "median s",
    "words/plan",
];

/// The line of a contestant.
fn line(name: &str, outcomes: &[Contested]) -> Vec<String> {
    let right = outcomes.iter().filter(|outcome| outcome.is_right).count();
    let wrong = outcomes
        .iter()
        .filter(|outcome| outcome.ending == Ending::Found && !outcome.is_right)
        .count();
    let found = match wrong {
        0 => format!("{right}/{}", outcomes.len()),
        wrong => format!("{right}/{}, {wrong} wrong", outcomes.len()),
    };
    let unique = outcomes.iter().find_map(|outcome| outcome.unique);
    let middle = |count: fn(&Contested) -> u64| {
        let counts = outcomes.iter().map(|outcome| count(outcome) as f64);
        median(counts).map_or("-".into(), number)
    };
    let seconds: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.seconds)
        .collect();
    let best = seconds
        .iter()
        .map(|seconds| seconds.best)
        .min_by(f64::total_cmp);
    let shown =
        |seconds: Option<f64>| seconds.map_or("-".into(), |seconds| format!("{seconds:.2e}"));
    let ratio = median(outcomes.iter().filter_map(Contested::words_over_plan));
    vec![
        name.into(),
        outcomes[0].access.as_str().into(),
        found,
        unique.map_or("-", known).into(),
        middle(|outcome| outcome.ledger.examples),
        middle(|outcome| outcome.ledger.queries),
        middle(|outcome| outcome.ledger.statistical),
        middle(|outcome| outcome.ledger.words),
        middle(|outcome| outcome.ledger.probes),
        middle(|outcome| outcome.ledger.bytes),
        shown(best),
        shown(median(seconds.iter().map(|seconds| seconds.median))),
        ratio.map_or("-".into(), |ratio| format!("{ratio:.2}")),
    ]
}

fn known(unique: Uniqueness) -> &'static str {
    match unique {
        Uniqueness::AmongAll => "among all",
        Uniqueness::AmongSparse => "among sparse",
        Uniqueness::Bound(_) => "by chance",
        Uniqueness::Open => "open",
    }
}

/// Whole as long as it is short.
fn number(value: f64) -> String {
    match value {
        0.0 => "-".into(),
        value if value < 1e6 => format!("{value:.0}"),
        value => format!("{value:.2e}"),
    }
}

/// Columns of equal width, the first two to the left.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let row = |line: &Vec<String>| {
        let cells = line.iter().enumerate().map(|(column, cell)| match column {
            0..=3 => format!("{cell:<width$}", width = width(column)),
            _ => format!("{cell:>width$}", width = width(column)),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(row).collect()
}
