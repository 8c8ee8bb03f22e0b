//! The measurements as tables for people and as lines for programs.

use crate::config::Config;
use crate::wide::Wide;
use serde::Serialize;
use sparse_parity::signs::Kernel;
use sparse_parity::terminal::Result;
use std::io::Write;

/// All that was measured in one run.
pub struct Report {
    pub measured: Vec<Measured>,
    /// Operations a second of fused multiply-adds.
    pub peak: Option<f64>,
    /// How many threads shared the steps that were measured once more.
    pub threads: Option<usize>,
    pub wide: Option<Wide>,
}

/// The seconds of a step.
pub struct Measured {
    pub config: Config,
    pub median: f64,
    pub least: f64,
    /// The median with several threads.
    pub shared: Option<f64>,
    /// Of one of sixteen trials that run together, if the network is tiny.
    pub lockstep: Option<f64>,
}

#[derive(Serialize)]
struct Line {
    config: char,
    step_us: f64,
    /// Of the fastest block.
    least_us: f64,
    threads: Option<usize>,
    shared_us: Option<f64>,
    abreast_us: Option<f64>,
    floor_us: Option<f64>,
    peak_gflops: Option<f64>,
}

#[derive(Serialize)]
struct WideLine {
    config: char,
    step_us: f64,
    threads: Option<usize>,
    shared_us: Option<f64>,
    step_mb: f64,
    bandwidth_gb_s: f64,
}

impl Report {
    /// The seconds of the dense products, where a configuration has them and the peak is known.
    fn floor(&self, config: &Config) -> Option<f64> {
        Some(config.dense_operations()? / self.peak?)
    }

    /// Writes a JSON object a configuration.
    pub fn lines(&self, out: &mut impl Write) -> Result {
        for measured in &self.measured {
            let line = Line {
                config: measured.config.letter,
                step_us: 1e6 * measured.median,
                least_us: 1e6 * measured.least,
                threads: self.threads,
                shared_us: measured.shared.map(|shared| 1e6 * shared),
                abreast_us: measured.lockstep.map(|lockstep| 1e6 * lockstep),
                floor_us: self.floor(&measured.config).map(|floor| 1e6 * floor),
                peak_gflops: self.peak.map(|peak| peak / 1e9),
            };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        }
        if let Some(wide) = &self.wide {
            let line = WideLine {
                config: wide.config.letter,
                step_us: 1e6 * wide.step,
                threads: self.threads,
                shared_us: wide.shared.map(|shared| 1e6 * shared),
                step_mb: wide.bytes() / 1e6,
                bandwidth_gb_s: wide.bandwidth / 1e9,
            };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        }
        Ok(())
    }

    /// Writes tables in Markdown.
    pub fn tables(&self, out: &mut impl Write) -> Result {
        let peak = match self.peak {
            Some(peak) => format!("{:.1} GFLOP/s", peak / 1e9),
            None => "not measured on this processor".into(),
        };
        writeln!(
            out,
            "Single precision, one thread, kernel {}; peak of fused multiply-adds: {peak}.\n\n\
             | | network | n | B | step, µs | fastest, µs | lockstep, µs | dense floor, µs | \
             step / floor |{}\n|---|---|---|---|---|---|---|---|---|{}",
            Kernel::in_use(),
            self.threads.map_or_else(String::new, |threads| format!(
                " {threads} threads, µs | times as fast |"
            )),
            self.threads.map_or("", |_| "---|---|"),
        )?;
        for Measured {
            config,
            median,
            least,
            shared,
            lockstep,
        } in &self.measured
        {
            let (floor, ratio) = match self.floor(config) {
                Some(floor) => (microseconds(floor), format!("{:.2}", median / floor)),
                None => ("–".into(), "–".into()),
            };
            let shared = shared.map_or_else(String::new, |shared| {
                format!(" {} | {:.2} |", microseconds(shared), median / shared)
            });
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {floor} | {ratio} |{shared}",
                config.letter,
                config.network,
                config.n,
                config.batch,
                microseconds(*median),
                microseconds(*least),
                lockstep.map_or_else(|| "–".into(), microseconds),
            )?;
        }
        if let Some(wide) = &self.wide {
            writeln!(out, "\n{wide}")?;
        }
        Ok(())
    }
}

/// With three digits or more.
fn microseconds(seconds: f64) -> String {
    let time = 1e6 * seconds;
    let digits = [1.0, 10.0, 100.0].iter().filter(|&&at| time < at).count();
    format!("{time:.digits$}")
}
