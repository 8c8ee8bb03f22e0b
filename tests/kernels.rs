//! Whole runs have the same bits by every kernel, and the environment chooses which one it is.
//!
//! The choice is made once a process, so the runs are made by processes of their own.

use sparse_parity::prelude::*;
use sparse_parity::signs::Kernel;
use sparse_parity_examples::runs::{bits, parity, trainer};
use std::env;
use std::process::Command;

/// Two networks with remainders of lanes, of groups and of batches, and the kernel in use.
#[test]
#[ignore = "the other tests of this file run it with the variable set"]
fn child() {
    println!("\nkernel {}", Kernel::in_use());
    for batch in [1, 3, 37, 200] {
        println!("run {:?}", run::<f32>(21, batch));
        println!("run {:?}", run::<f64>(45, batch));
    }
}

fn run<F: Real>(width: usize, batch: usize) -> Vec<u64> {
    let seeds = Seeds::from(1);
    let distribution = ParityDistribution::from(parity(70, 2, &seeds));
    let model = Mlp::new(70, width, Relu).unwrap();
    let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
    let stream = Online::new(distribution, &seeds);
    let mut run = trainer::<F, _, _, _, _>(model, Hinge, stream, sgd, batch, &seeds);
    assert_eq!(run.run(40, ()), Stop::Budget);
    bits(run.theta())
}

/// What the child prints with the variable set to `name`: the kernel, and the runs.
fn output(name: &str) -> (String, Vec<String>) {
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("SPARSE_PARITY_KERNEL", name)
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    let text = String::from_utf8(child.stdout).unwrap();
    let find = |what: &'static str| text.lines().filter_map(move |line| line.strip_prefix(what));
    let kernel = find("kernel ").next().unwrap().to_owned();
    (kernel, find("run ").map(str::to_owned).collect())
}

#[test]
fn runs_have_the_same_bits_by_every_kernel() {
    let (_, expected) = output("portable");
    assert_eq!(expected.len(), 8);
    for kernel in Kernel::available() {
        let (name, runs) = output(kernel.name());
        assert_eq!(name, kernel.name());
        assert_eq!(runs, expected, "{name}");
    }
}

#[test]
fn an_unknown_name_leaves_the_fastest_kernel() {
    let fastest = Kernel::available().next().unwrap();
    assert_eq!(output("abacus").0, fastest.name());
    assert_eq!(output("").0, fastest.name());
}
