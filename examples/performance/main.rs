//! How fast is a training step, and how far from what the processor can do?
//!
//! A step draws a fresh batch, labels it, and computes outputs, hinge loss, gradient and update, in
//! single precision on one thread. Labels are random and weights small, so that every example has
//! a gradient, as before a network has learned. A to G are ReLU networks, whose *dense floor* is
//! the time of the two products X Wᵀ and Dᵀ X as dense ones, 4·B·n·r operations at the peak of
//! fused multiply-adds, which is measured in the same run. H is a sine neuron, I a PolyNet, J a
//! Transformer and K one of the size of the paper, trained by Adam; the others are trained by SGD.
//! The smallest are timed once more in *lockstep*, as sixteen whole trials that run together.
//! docs/performance.md has a table and the times of PyTorch and JAX beside it.
//!
//! ```sh
//! cargo run --release --example performance
//! ```
//!
//! With `--threads 2` each configuration is timed once more with threads that share its steps.
//!
//! It takes half a minute, and another with `--checks`, which ask what the time of a step leaves
//! open. Times are medians over blocks of a millisecond or a step. Run it on an
//! idle machine, pinned to a core if the system has a command for that (`taskset -c 0`);
//! `SPARSE_PARITY_KERNEL` chooses the kernel.

mod checks;
mod config;
mod lockstep;
mod report;
mod timing;
mod wide;

use clap::Parser;
use config::Config;
use rayon::{ThreadPool, ThreadPoolBuilder};
use report::{Measured, Report};
use sparse_parity::terminal::{Result, report};
use sparse_parity_examples::peak::MultiplyAdds;
use std::io;
use std::process::ExitCode;
use timing::Times;
use wide::Wide;

/// Time training steps and compare them with the peak of the processor.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Which of the configurations, such as ACE
    #[arg(long, value_name = "LETTERS", default_value = "ABCDEFGHIJK")]
    config: String,
    /// Seconds for each configuration, after a quarter of that to warm up
    #[arg(long, value_name = "S", default_value_t = 2.0)]
    seconds: f64,
    /// Time a ReLU network of a million neurons too, or of R, and the bandwidth of the memory
    #[arg(long, value_name = "R", num_args = 0..=1, default_missing_value = "1000000")]
    wide: Option<usize>,
    /// Size in MiB of each of the three arrays by which the bandwidth is measured
    #[arg(long, value_name = "MIB", default_value_t = 512, requires = "wide")]
    arrays: usize,
    /// Time every configuration with so many threads sharing its steps, too
    #[arg(long, value_name = "T")]
    threads: Option<usize>,
    /// Check linearity, two threads, observers and memory too
    #[arg(long)]
    checks: bool,
    /// Print one JSON object a configuration and nothing else
    #[arg(long, conflicts_with = "checks")]
    json: bool,
    /// Only run a wide trial and print the peak of the memory: what `--checks` starts
    #[arg(long, hide = true, exclusive = true)]
    peak: bool,
}

impl Args {
    fn configs(&self) -> Result<Vec<Config>, String> {
        let all = Config::all();
        let named = |letter: char| {
            let letter = letter.to_ascii_uppercase();
            let found = all.iter().find(|config| config.letter == letter);
            let unknown = || format!("there is no configuration {letter}; choose from A to K");
            found.copied().ok_or_else(unknown)
        };
        self.config.chars().map(named).collect()
    }
}

/// Operations a second of fused multiply-adds, measured again and again between other work.
struct Peak {
    work: Option<MultiplyAdds>,
    times: Times,
}

impl Peak {
    fn new() -> Self {
        Peak {
            work: MultiplyAdds::detect(),
            times: Times::default(),
        }
    }

    fn measure(&mut self, seconds: f64) {
        if let Some(work) = self.work {
            let repeat = |count| (0..count).for_each(|_| work.run());
            self.times.extend(Times::of(seconds, repeat));
        }
    }

    fn rate(&self) -> Option<f64> {
        Some(self.work?.operations() as f64 / self.times.median()?)
    }
}

/// Times the configurations, and the peak before and after each of them.
fn measure(
    configs: &[Config],
    seconds: f64,
    pool: Option<&ThreadPool>,
) -> Result<(Vec<Measured>, Option<f64>)> {
    let mut peak = Peak::new();
    peak.measure(seconds / 10.0);
    let mut measured = Vec::new();
    for &config in configs {
        let mut run = config.start()?;
        let times = Times::of_steps(seconds, &mut *run, None);
        let shared = pool.and_then(|_| Times::of_steps(seconds, &mut *run, pool).median());
        peak.measure(seconds / 10.0);
        if !run.is_active() {
            return Err(format!("an example of {} has no gradient", config.letter).into());
        }
        let both = times.median().zip(times.least());
        let (median, least) = both.ok_or("nothing was measured")?;
        let lockstep = config.lockstep(seconds)?;
        measured.push(Measured {
            config,
            median,
            least,
            shared,
            lockstep,
        });
    }
    Ok((measured, peak.rate()))
}

fn run(args: &Args) -> Result {
    if args.peak {
        return checks::print_peak();
    }
    if !(args.seconds > 0.0 && args.seconds.is_finite()) {
        return Err(format!("--seconds is {}; it must be above 0", args.seconds).into());
    }
    if args.arrays == 0 {
        return Err("--arrays is 0; use at least 1".into());
    }
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = args.threads.map(pool).transpose()?;
    let (measured, peak) = measure(&args.configs()?, args.seconds, pool.as_ref())?;
    let wide = match args.wide {
        Some(r) => Some(Wide::measure(r, args.arrays, args.seconds, pool.as_ref())?),
        None => None,
    };
    let report = Report {
        measured,
        peak,
        threads: pool.map(|pool| pool.current_num_threads()),
        wide,
    };
    let out = &mut io::stdout().lock();
    if args.json {
        report.lines(out)
    } else {
        report.tables(out)?;
        if args.checks {
            checks::write(out, args.seconds)?;
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
