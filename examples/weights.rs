//! What does a trained network compute, seen from numpy or PyTorch?
//!
//! Trains a ReLU network of width 20 on the (12, 2)-parity with S = {1, 4}, and writes its weights as `theta.npz` and
//! `theta.safetensors`, and its outputs on all 4096 inputs as `outputs.npz`. docs/weights.md opens them.
//!
//! ```sh
//! cargo run --release --example weights -- --out trained
//! ```
//!
//! It takes less than a second, and prints the blocks with their shapes and how many inputs the network gets wrong: none.

use clap::Parser;
use sparse_parity::ndarray::{Array1, Ix1};
use sparse_parity::params::{InitialDistribution, Layout};
use sparse_parity::prelude::*;
use sparse_parity::terminal::{Result, report};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const N: usize = 12;
const SUPPORT: [usize; 2] = [1, 4];

/// Weights and outputs of a trained network, for other programs.
#[derive(Parser)]
struct Args {
    /// The folder for the files
    #[arg(long, default_value = "target/weights")]
    out: PathBuf,
}

fn run(args: &Args) -> Result {
    let seeds = Seeds::from(7);
    let parity = ParityDistribution::new(N, &SUPPORT)?;
    let model = Mlp::new(N, 20, Relu)?;
    let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
    let solved = Convergence::new(&model, parity.parity(), &seeds)?;
    let stream = Online::new(parity.clone(), &seeds);
    let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 32)?;
    trainer.run(10_000, solved);

    fs::create_dir_all(&args.out)?;
    let theta = trainer.theta();
    for name in ["theta.npz", "theta.safetensors"] {
        theta.save(args.out.join(name))?;
    }
    let cube = Signs::cube(N)?;
    let outputs = trainer.model().predict(theta, &cube);
    save_array(args, "outputs", &outputs)?;

    let mut out = io::stdout();
    for (name, values) in theta.blocks() {
        writeln!(out, "{name} {:?}", values.shape())?;
    }
    let is_wrong =
        |row: &usize| parity.parity().value(&cube, *row) * f64::from(outputs[*row]) <= 0.0;
    let wrong = (0..outputs.len()).filter(is_wrong).count();
    writeln!(out, "wrong on {wrong} of {} inputs", outputs.len())?;
    Ok(())
}

/// Writes an array as `NAME.npz`, as parameters of a single block.
fn save_array(args: &Args, name: &str, values: &Array1<f32>) -> Result {
    let mut layout = Layout::default();
    let block = layout.block(name, values.len(), InitialDistribution::Constant(0.0));
    let mut array = Params::<f32>::zeros(&layout.into());
    array.view_mut::<Ix1>(&block).assign(values);
    Ok(array.save(args.out.join(name).with_extension("npz"))?)
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
