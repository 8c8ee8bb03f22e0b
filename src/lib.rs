//! A laboratory for how gradient descent learns sparse parities.
//!
//! The label of $`x \in \{\pm 1\}^n`$ is the product of k hidden coordinates,
//!
//! ```math
//! y = \chi_S(x) = \prod_{i \in S} x_i, \qquad |S| = k .
//! ```
//!
//! About k log n examples determine S, but a statistical-query algorithm needs
//! $`n^{\Omega(k)}`$ steps to find it. Neural networks do find it, after a long plateau and a
//! sudden jump. Barak, Edelman, Goel, Kakade, Malach and Zhang showed
//! that under the plateau SGD amplifies the hidden features all the time (*Hidden Progress in Deep
//! Learning*, NeurIPS 2022, [arXiv 2207.08799](https://arxiv.org/abs/2207.08799)). This crate is
//! the place to study how, with gradients derived by hand and runs that are reproducible to the bit.
//!
//! # Five lines
//!
//! A [`Trial`](trial::Trial) is a training run as data. This one trains a ReLU network of width
//! 100 by SGD on fresh examples of a random (30, 3)-parity until it makes no error:
//!
//! ```
//! use sparse_parity::trial::Trial;
//!
//! let outcome = Trial::new(30, 3).run(&7.into())?;
//! println!("{} after {} updates", outcome.status, outcome.steps);
//! assert_eq!(outcome.recovered, outcome.support);
//! # Ok::<(), sparse_parity::Error>(())
//! ```
//!
//! # An experiment of one's own
//!
//! Everything that a trial does can be put together by hand, and any part replaced by one's own
//! implementation of its trait. One step of training is
//!
//! ```math
//! (x, y) \sim D, \qquad g = \nabla_\theta \, \mathrm{mean} \; \ell(y, f(x; \theta)), \qquad
//! \theta \leftarrow (1 - \lambda_t) \, \theta - \eta_t \, g ,
//! ```
//!
//! and the code reads like that line:
//!
//! ```
//! use sparse_parity::prelude::*;
//!
//! let seeds = Seeds::from(7);
//! let distribution = ParityDistribution::random(30, 3, &mut seeds.stream(Purpose::Support))?; // D
//! let model = Mlp::new(30, 100, Relu)?;                                              // f
//! let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init)); // θ
//! let sgd = Sgd::new(model.layout(), Rule::rate(0.1).with_decay(1e-5))?;             // η, λ
//!
//! let mut solved = Convergence::new(&model, distribution.parity(), &seeds)?;
//! let mut recorder = Recorder::new(Interval::per_decade(10)?)
//!     .with(BatchLoss)
//!     .with(WeightMovement::new(&theta, "hidden.weight")?);
//! let mut trainer = Trainer::new(model, Hinge, Online::new(distribution, &seeds), sgd, theta, 32)?;
//! let stop = trainer.run(100_000, (&mut solved, &mut recorder));
//!
//! assert!(matches!(stop, Stop::Solved { .. }));
//! println!("{:?}", recorder.table());
//! # Ok::<(), sparse_parity::Error>(())
//! ```
//!
//! An `Experiment` of one's own, whatever it computes, can be swept, resumed and gathered as a trial is. The page
//! `docs/own_experiment.md` of the repository builds a crate with a network, a loss, an optimizer, a measure, a target, a
//! stream and experiments of its own, and sweeps them. `docs/tutorial.md` is the way in, `docs/from_pytorch.md` compares.
//!
//! # The map
//!
//! | module | holds | trait for your own |
//! |---|---|---|
//! | [`data`] | parities and other targets, distributions of inputs; online, finite-sample and population regimes | [`Target`](data::Target), [`Inputs`](data::Inputs), [`Sampler`](data::Sampler), [`BatchStream`](data::BatchStream) |
//! | [`model`] | networks with gradients by hand | [`Model`](model::Model) |
//! | [`activation`], [`loss`] | scalar functions | [`Activation`](activation::Activation), [`Loss`](loss::Loss) |
//! | [`optim`] | optimizers and gradient filters, rates and decays for each block | [`Optimizer`](optim::Optimizer), [`Filter`](optim::Filter) |
//! | [`theory`] | exact population gradients, Fourier gaps, majority, drift and diffusion, theorems | [`PopulationLoss`](theory::PopulationLoss) |
//! | [`train`] | the loop, observers, checkpoints | [`Observer`](train::Observer) |
//! | [`measure`] | convergence time, error, progress measures, tables | [`Measure`](measure::Measure) |
//! | [`trial`] | whole runs as data, the paper's settings by label (feature `trial`) | |
//! | `experiment` | any reproducible computation: settings as data in, an outcome a seed out (feature `serde`) | `Experiment` |
//! | `sweep` | studies of many runs of an experiment, from a file, on one machine or many, in rows that survive interruptions (feature `sweep`) | |
//! | `schema` | names, help, defaults and bounds of settings, from their types (feature `sweep`) | |
//! | [`access`] | who may ask what: random examples, queries, statistical queries; a ledger of the cost | [`RandomExamples`](access::RandomExamples) |
//! | [`solver`] | what SGD is measured against: algorithms that find the support (feature `solver`) | [`Solver`](solver::Solver) |
//! | `contest` | solvers and trials on the same instances, their cost in one table (feature `sweep`) | |
//! | [`fourier`] | Fourier analysis of functions on the cube | |
//! | [`params`], [`signs`], [`seeds`] | θ with its named blocks, packed inputs, random streams | |
//! | [`stats`] | statistics that respect censoring: quantiles, survival curves, power laws, random search | |
//! | [`check`] | the laws that a new model must obey | |
//! | [`threads`] | steps of one run on several threads | |
//! | `flow` | gradient flow by an adaptive integrator (feature `flow`) | |
//! | `plot` | figures as SVG and CSV: curves, histograms, boxes, heat maps (feature `plot`); as PNG (feature `png`) | |
//! | `terminal` | what programs need at a shell: progress, errors with an exit code (feature `terminal`) | |
//! | `cli` | the program `sparse-parity`, for experiments of one's own too (feature `cli`) | |
//!
//! # Reproducible to the bit
//!
//! The same seed gives the same numbers on every machine, for any number of threads, and whatever
//! watches the run. To that end every sum has a fixed order, sine, exponential and logarithm come
//! from a software library, and all randomness from named streams of a portable generator
//! ([`seeds`]). The tests pin digests of trained parameters, so `cargo test` tells whether a
//! machine keeps the promise; processors without IEEE single and double precision cannot. Releases
//! that change numbers say so in the changelog, marked *Value-changing*.
//!
//! # Features
//!
//! Two are on by default, because of what they take to compile: `trial`, whole runs as data, and `solver`. A
//! program that puts its runs together by hand, as above, does without by `default-features = false`. The others
//! are off. `serde`: runs are saved and resumed (`Trainer::save`, `Trainer::resume`), trials and outcomes are
//! serialised. `plot`: figures as SVG with their data as CSV, `png`: as PNG, too. `terminal`: progress bars for
//! programs. `flow`: gradient flow. `sweep`: studies of many trials. `cli`: the program `sparse-parity`, which runs
//! them. `parquet`: their tables as Parquet. `weights`: parameters as `.safetensors` and `.npz` (`Params::save`,
//! `Params::load`). `parallel`: large transforms, and the steps of a run that asks for it, use the threads of the
//! current rayon pool, for the same bits.
//!
//! [`ndarray`] is part of the public interface and re-exported. Formulas on these pages are typeset
//! where KaTeX can be loaded, and readable as TeX elsewhere.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Much of what the library keeps to itself serves trials or solvers alone.
#![cfg_attr(
    not(all(feature = "solver", feature = "trial")),
    allow(dead_code, unused_imports)
)]

pub mod access;
pub mod activation;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "sweep")]
pub mod contest;
pub mod data;
mod dense;
pub mod error;
#[cfg(feature = "serde")]
pub mod experiment;
#[cfg(feature = "serde")]
mod files;
#[cfg(feature = "flow")]
pub mod flow;
pub mod fourier;
#[cfg(feature = "trial")]
mod lockstep;
pub mod loss;
pub mod measure;
pub mod model;
pub mod optim;
pub mod params;
#[cfg(feature = "plot")]
pub mod plot;
pub mod prelude;
pub mod real;
#[cfg(feature = "sweep")]
pub mod schema;
pub mod seeds;
pub mod signs;
mod simd;
#[cfg(feature = "solver")]
pub mod solver;
pub mod stats;
#[cfg(feature = "sweep")]
pub mod sweep;
#[cfg(feature = "tables")]
#[cfg_attr(
    not(feature = "sweep"),
    allow(dead_code, reason = "only sweeps write tables")
)]
mod tables;
#[cfg(feature = "terminal")]
pub mod terminal;
pub mod theory;
pub mod threads;
pub mod train;
#[cfg(feature = "trial")]
pub mod trial;

pub use error::{Error, Result};
pub use ndarray;

/// The examples of the pages are tested with those of the documentation.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/cookbook.md")]
    struct Cookbook;
    #[doc = include_str!("../docs/from_pytorch.md")]
    struct FromPytorch;
    #[doc = include_str!("../docs/tutorial.md")]
    struct Tutorial;
    #[doc = include_str!("../docs/weights.md")]
    struct Weights;
}
