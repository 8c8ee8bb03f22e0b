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
//! seed 0: solved after 968 updates, support [8, 23, 29], relies on [8, 23, 29]
//! seed 1: solved after 1114 updates, support [3, 13, 21], relies on [3, 13, 21]
//! seed 2: solved after 1183 updates, support [0, 4, 13], relies on [0, 4, 13]
//! solved 3 of 3, diverged 0
//! ```

use clap::{ArgAction, Parser, ValueEnum};
use rayon::iter::{ParallelBridge, ParallelIterator};
use serde::Serialize;
use sparse_parity::Error;
use sparse_parity::optim::Decay;
use sparse_parity::params::Init;
use sparse_parity::trial::{
    ActivationKind, Biases, Learner, LossKind, OptimizerKind, Outcome, Status, Trial,
};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc;
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
    /// Activation of mlp and neuron; power is z^k
    #[arg(long, value_enum, default_value = "relu")]
    activation: ActivationArg,
    /// Number of neurons of mlp
    #[arg(long, value_name = "R", default_value_t = 100)]
    width: usize,
    /// Whether mlp and neuron have trained output weights; without them, they are 1
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, default_value_t = true)]
    second_layer: bool,
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
    #[arg(long, value_name = "I,I,...", value_delimiter = ',')]
    support: Option<Vec<usize>>,
    /// Probability that a training label is flipped, below 0.5
    #[arg(long, value_name = "P", default_value_t = 0.0)]
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
    /// Non-zero weights of a neuron, for --init sparse
    #[arg(long, value_name = "S", default_value_t = 1)]
    sparsity: usize,
    /// Batch size
    #[arg(long, value_name = "B", default_value_t = 32)]
    batch: usize,
    /// Learning rate
    #[arg(long, value_name = "ETA", default_value_t = 0.1)]
    lr: f64,
    /// Optimizer
    #[arg(long, value_enum, default_value = "sgd")]
    optimizer: OptimizerArg,
    /// Weight decay
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0)]
    weight_decay: f64,
    /// How the decay enters: (1 - lambda) theta, (1 - lr lambda) theta, or in the gradient
    #[arg(long, value_enum, default_value = "direct")]
    decay: DecayArg,

    /// Updates after which a trial counts as unsolved
    #[arg(long, value_name = "T", default_value_t = 100_000)]
    max_steps: u64,
    /// Clean accuracy at which a trial counts as solved
    #[arg(long, value_name = "A", default_value_t = 1.0)]
    target_accuracy: f64,
    /// Seed of the first trial; the others count up from it
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Number of trials, run side by side
    #[arg(long, value_name = "T", default_value_t = 1)]
    trials: u64,
    /// Print one JSON object a trial and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
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

#[derive(Clone, Copy, ValueEnum)]
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
    fn trial(&self) -> Trial {
        let listed = self.support.as_ref().map(Vec::len);
        let k = self.k.or(listed).unwrap_or(3);
        let biases = self.biases.into();
        let two_layers = |width| Learner::Mlp {
            width,
            activation: self.activation.into(),
            output_layer: self.second_layer,
            output_bias: self.output_bias,
            biases,
        };
        Trial {
            n: self.n,
            k,
            support: self.support.clone(),
            learner: match self.model {
                ModelArg::Mlp => two_layers(self.width),
                ModelArg::Neuron => two_layers(1),
                ModelArg::PolyNet => Learner::PolyNet { biases },
            },
            init: match self.init {
                InitArg::Uniform => Init::Uniform,
                InitArg::Xavier => Init::Xavier,
                InitArg::Gaussian => Init::Gaussian,
                InitArg::Bernoulli => Init::Bernoulli,
                InitArg::Sign => Init::Sign,
                InitArg::Ones => Init::Ones,
                InitArg::Paired => Init::Paired { k },
                InitArg::Sparse => Init::Sparse { s: self.sparsity },
            },
            loss: self.loss.into(),
            batch: self.batch,
            optimizer: self.optimizer.into(),
            rate: self.lr,
            decay: self.weight_decay,
            convention: self.decay.into(),
            noise: self.noise,
            samples: self.samples,
            max_steps: self.max_steps,
            target_accuracy: self.target_accuracy,
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
    fn run(trial: &Trial, seed: u64) -> Result<Row, Error> {
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
fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let trial = args.trial();
    let seeds = args.seed..args.seed.saturating_add(args.trials);
    let mut statuses = Vec::new();
    std::thread::scope(|scope| {
        let (done, rows) = mpsc::channel();
        let all = seeds.clone();
        let trial = &trial;
        scope.spawn(move || {
            all.par_bridge().try_for_each_with(done, |done, seed| {
                // Nobody listens any more once an error has been reported.
                done.send((seed, Row::run(trial, seed))).ok()
            })
        });
        let mut waiting = BTreeMap::new();
        let mut next = seeds.start;
        for (seed, row) in rows {
            waiting.insert(seed, row);
            while let Some(row) = waiting.remove(&next) {
                let row = row?;
                row.print(args.json)?;
                statuses.push(row.outcome.status);
                next += 1;
            }
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    if !args.json {
        let count = |status| statuses.iter().filter(|s| **s == status).count();
        let (solved, diverged) = (count(Status::Solved), count(Status::Diverged));
        println!("solved {solved} of {}, diverged {diverged}", statuses.len());
    }
    Ok(())
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
