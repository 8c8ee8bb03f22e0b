//! How much memory does a trial of a wide network take?

use super::Row;
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, MlpSettings, Trial};
use std::env;
use std::fs;
use std::io::{self, Write};
use std::process::Command;

const WIDTH: usize = 100_000;

/// A whole trial of a few steps with the criterion of convergence and its final evaluation.
fn trial() -> Trial {
    let learner = Learner::Mlp(MlpSettings {
        width: WIDTH,
        output_bias: true,
        ..MlpSettings::default()
    });
    Trial {
        learner,
        rate: 1e-9.into(),
        max_steps: 20,
        ..Trial::new(50, 3)
    }
}

pub fn rows() -> Result<Vec<Row>> {
    let Trial { n, batch, .. } = trial();
    // θ and gradient; a bit a sign and a label an example.
    let parameters = WIDTH * (n + 2) + 1;
    let least = (2 * 4 * parameters + batch * (n.div_ceil(8) + 4)) as f64;
    let measured = match peak_of_child()? {
        None => "cannot be measured on this system".into(),
        Some(peak) => format!(
            "{:.1} MB, {:.2} times θ + gradient + batch ({:.1} MB)",
            peak / 1e6,
            peak / least,
            least / 1e6
        ),
    };
    Ok(vec![Row {
        check: "peak memory of a trial",
        case: format!("n = {n}, r = {WIDTH}, B = {batch}, SGD"),
        measured,
    }])
}

/// The peak, in bytes, of a process that does nothing but the trial.
fn peak_of_child() -> Result<Option<f64>> {
    if peak().is_none() {
        return Ok(None);
    }
    let child = Command::new(env::current_exe()?).arg("--peak").output()?;
    if !child.status.success() {
        let told = String::from_utf8_lossy(&child.stderr);
        return Err(format!("the trial of a wide network failed: {told}").into());
    }
    Ok(Some(String::from_utf8(child.stdout)?.trim().parse()?))
}

/// Runs the trial in this process and prints its peak.
pub fn print_peak() -> Result {
    trial().run(&1.into())?;
    let peak = peak().ok_or("this system does not tell the peak of the memory")?;
    writeln!(io::stdout(), "{peak}")?;
    Ok(())
}

/// The most bytes that this process has had in memory so far, where the system tells it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(1024 * kibibytes)
}
