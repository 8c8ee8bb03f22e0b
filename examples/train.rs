//! How long does this learner need for this parity?
//!
//! The general run, for studies and for jobs on a cluster: any learner, loss, initialisation and
//! optimizer of the crate, for one seed or many. It prints a line a trial for people or, with
//! `--json`, exactly one JSON object a trial; either way in order of seed.
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

mod common;

use clap::{ArgAction, Parser, ValueEnum};
use rayon::iter::{ParallelBridge, ParallelIterator};
use serde::Serialize;
use sparse_parity::optim::Decay;
use sparse_parity::params::Init;
use sparse_parity::trial::{
    ActivationKind, Biases, Learner, LossKind, MlpSettings, OptimizerKind, Outcome, Status, Trial,
};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::num::ParseIntError;
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// Train a network on a sparse parity and report when it has learned it.
///
/// A trial is solved at the first iterate that gets all of 8192 clean validation examples right
/// (or the share --target-accuracy), unsolved after --max-steps updates, diverged when its loss is
/// no longer a number. The same seed gives the same numbers on every machine and for any number
/// of threads; RAYON_NUM_THREADS limits the threads.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Architecture: a two-layer network, a single neuron, or a product of k affine forms
    #[arg(long, value_enum, default_value = "mlp")]
    model: ModelArg,
    /// Activation of mlp and neuron; power is z^k [default: relu]
    #[arg(long, value_enum)]
    activation: Option<ActivationArg>,
    /// Number of neurons of mlp [default: 100]
    #[arg(long, value_name = "R")]
    width: Option<usize>,
    /// Whether mlp and neuron have trained output weights; without them, they are 1 [default: true]
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    second_layer: Option<bool>,
    /// First-layer biases: trained, fixed at their initial values, or none
    #[arg(long, value_enum, default_value = "trained")]
    biases: BiasesArg,
    /// Give mlp and neuron a trained output bias
    #[arg(long)]
    output_bias: bool,

    /// Number of coordinates
    #[arg(long, default_value_t = 50)]
    n: usize,
    /// Number of relevant coordinates [default: 3, or as many as --support lists]
    #[arg(long)]
    k: Option<usize>,
    /// Relevant coordinates, counted from 0, such as 1,5,9 [default: drawn from the seed]
    #[arg(long, value_name = "I,I,...", value_delimiter = ',', value_parser = coordinate)]
    support: Option<Vec<usize>>,
    /// Probability that a training label is flipped, below 0.5
    #[arg(
        long,
        value_name = "P",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    noise: f64,
    /// Train in passes over this many fixed examples [default: fresh examples at every step]
    #[arg(long, value_name = "M")]
    samples: Option<usize>,

    /// Loss
    #[arg(long, value_enum, default_value = "hinge")]
    loss: LossArg,
    /// Initialisation
    #[arg(long, value_enum, default_value = "uniform")]
    init: InitArg,
    /// Non-zero weights of a neuron, for --init sparse and needed there
    #[arg(long, value_name = "S")]
    sparsity: Option<usize>,
    /// Batch size
    #[arg(long, value_name = "B", default_value_t = 32)]
    batch: usize,
    /// Learning rate
    #[arg(
        long,
        value_name = "ETA",
        default_value_t = 0.1,
        allow_negative_numbers = true
    )]
    lr: f64,
    /// Optimizer
    #[arg(long, value_enum, default_value = "sgd")]
    optimizer: OptimizerArg,
    /// Weight decay [default: 0]
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true)]
    weight_decay: Option<f64>,
    /// How --weight-decay enters: (1 - lambda) theta, (1 - lr lambda) theta, or in the gradient
    /// [default: direct]
    #[arg(long, value_enum)]
    decay: Option<DecayArg>,

    /// Updates after which a trial counts as unsolved
    #[arg(long, value_name = "T", default_value_t = 100_000)]
    max_steps: u64,
    /// Clean accuracy at which a trial counts as solved
    #[arg(
        long,
        value_name = "A",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    target_accuracy: f64,
    /// Seed of the first trial; the others count up from it
    #[arg(
        long,
        value_name = "S",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    seed: u64,
    /// Number of trials, run side by side
    #[arg(long, value_name = "T", default_value_t = 1)]
    trials: u64,
    /// Print one JSON object a trial and nothing else
    #[arg(long)]
    json: bool,
}

/// A coordinate of a list, with or without spaces.
fn coordinate(item: &str) -> Result<usize, ParseIntError> {
    item.trim().parse()
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModelArg {
    Mlp,
    Neuron,
    #[value(name = "polynet")]
    PolyNet,
}

/// A list of names on the command line for values of the library.
macro_rules! names {
    ($name:ident for $kind:ident: $($variant:ident),+) => {
        #[derive(Clone, Copy, ValueEnum)]
        enum $name {
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
names!(ActivationArg for ActivationKind: Relu, Power, Sine);
names!(BiasesArg for Biases: Trained, Fixed, None);
names!(LossArg for LossKind: Hinge, Square, CrossEntropy, Correlation);
names!(OptimizerArg for OptimizerKind: Sgd, Adam);
names!(DecayArg for Decay: Direct, Scaled, Coupled);

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InitArg {
    Uniform,
    Xavier,
    Gaussian,
    Bernoulli,
    Sign,
    Ones,
    Paired,
    Sparse,
}

impl Args {
    fn trial(&self) -> Result<Trial, String> {
        if let (ModelArg::Neuron, Some(2..)) = (self.model, self.width) {
            return Err("a neuron has width 1; use --model mlp for a larger --width".into());
        }
        let listed = self.support.as_ref().map(Vec::len);
        let k = self.k.or(listed).unwrap_or(3);
        Ok(Trial {
            n: self.n,
            k,
            support: self.support.clone(),
            learner: self.learner(),
            init: self.init(k)?,
            loss: self.loss.into(),
            batch: self.batch,
            optimizer: self.optimizer.into(),
            rate: self.lr.into(),
            decay: self.weight_decay.unwrap_or(0.0).into(),
            convention: self.decay.map_or(Decay::Direct, Decay::from),
            noise: self.noise,
            samples: self.samples,
            max_steps: self.max_steps,
            target_accuracy: self.target_accuracy,
        })
    }

    /// The flags that are given but mean nothing beside the others.
    ///
    /// They are told, not refused: a study may use one set of flags for all of its models.
    fn without_effect(&self) -> Vec<&'static str> {
        let is_product = self.model == ModelArg::PolyNet;
        let is_sparse = self.init == InitArg::Sparse;
        let has_decay = self.weight_decay.is_some();
        [
            (is_product && self.width.is_some(), "--width"),
            (is_product && self.activation.is_some(), "--activation"),
            (is_product && self.second_layer.is_some(), "--second-layer"),
            (is_product && self.output_bias, "--output-bias"),
            (!is_sparse && self.sparsity.is_some(), "--sparsity"),
            (!has_decay && self.decay.is_some(), "--decay"),
        ]
        .into_iter()
        .filter_map(|(is_idle, flag)| is_idle.then_some(flag))
        .collect()
    }

    fn learner(&self) -> Learner {
        let biases = self.biases.into();
        let mlp = MlpSettings {
            width: self.width.unwrap_or(100),
            activation: self.activation.map_or(ActivationKind::Relu, Into::into),
            output_layer: self.second_layer.unwrap_or(true),
            output_bias: self.output_bias,
            biases,
        };
        match self.model {
            ModelArg::Mlp => Learner::Mlp(mlp),
            ModelArg::Neuron => Learner::Mlp(MlpSettings {
                width: self.width.unwrap_or(1),
                ..mlp
            }),
            ModelArg::PolyNet => Learner::PolyNet { biases },
        }
    }

    fn init(&self, k: usize) -> Result<Init, String> {
        Ok(match self.init {
            InitArg::Uniform => Init::Uniform,
            InitArg::Xavier => Init::Xavier,
            InitArg::Gaussian => Init::Gaussian,
            InitArg::Bernoulli => Init::Bernoulli,
            InitArg::Sign => Init::Sign,
            InitArg::Ones => Init::Ones,
            InitArg::Paired => Init::Paired { k },
            InitArg::Sparse => {
                let s = self.sparsity;
                let s = s.ok_or("--init sparse needs --sparsity; add it")?;
                Init::Sparse { s }
            }
        })
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
    fn run(trial: &Trial, seed: u64) -> sparse_parity::Result<Row> {
        let start = Instant::now();
        Ok(Row {
            seed,
            outcome: trial.run(&seed.into())?,
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
fn run(args: &Args) -> common::Result {
    let trial = args.trial()?;
    let seeds = args.seeds()?;
    for flag in args.without_effect() {
        writeln!(io::stderr(), "note: {flag} has no effect here")?;
    }
    let rows = run_all(trial, seeds.clone());
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
        row.print(args.json)?;
        statuses.push(row.outcome.status);
    }
    if !args.json {
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
    seeds: RangeInclusive<u64>,
) -> mpsc::Receiver<(u64, sparse_parity::Result<Row>)> {
    let (done, rows) = mpsc::channel();
    thread::spawn(move || {
        seeds.par_bridge().try_for_each_with(done, |done, seed| {
            done.send((seed, Row::run(&trial, seed))).ok()
        })
    });
    rows
}

fn main() -> ExitCode {
    common::report(run(&Args::parse()))
}
