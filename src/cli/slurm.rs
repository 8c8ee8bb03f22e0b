//! The script of a Slurm job array.

use super::{End, Result, Study};
use crate::experiment::Experiment;
use bytesize::ByteSize;
use clap::Args;
use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most tasks of an array, unless the site has changed it.
pub(super) const MOST_TASKS: u64 = 1001;

/// The job of a script.
#[derive(Debug, Args)]
pub(super) struct Job {
    /// Folder for the rows; the output of the tasks goes to logs within it
    #[arg(long)]
    out: PathBuf,
    /// Number of tasks, each a shard of the sweep; 16 for each that runs at a time is a good number
    #[arg(long)]
    tasks: std::num::NonZeroU64,
    /// Time limit of a task, as Slurm writes it: minutes, 2:00:00 or 1-12:00:00
    #[arg(long)]
    time: String,
    /// The most tasks that run at a time
    #[arg(long)]
    throttle: Option<std::num::NonZeroU64>,
    /// Processors of a task
    #[arg(long, default_value = "1")]
    cpus: std::num::NonZeroU64,
    /// Memory of a task
    #[arg(long, default_value = "2GiB")]
    memory: ByteSize,
}

pub(super) fn slurm<E: Experiment>(study: &Study, job: &Job) -> Result<End> {
    // A sweep that cannot be run is better known before the job waits.
    study.read::<E>()?;
    let time = seconds(&job.time).ok_or_else(|| {
        format!(
            "the time limit {:?} is none of Slurm's; write minutes, 2:00:00 or 1-12:00:00",
            job.time
        )
    })?;
    if job.tasks.get() > MOST_TASKS {
        let most = MOST_TASKS;
        writeln!(
            io::stderr(),
            "note: most sites allow {most} tasks (MaxArraySize); scontrol show config tells"
        )?;
    }
    // Slurm runs nothing whose output has no place.
    let logs = job.out.join("logs");
    std::fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
    io::stdout().write_all(script(study, job, &logs, time)?.as_bytes())?;
    Ok(End::Complete)
}

fn script(study: &Study, job: &Job, logs: &Path, time: u64) -> Result<String> {
    let program = env::current_exe()?;
    let (file, out) = (absolute(&study.file)?, absolute(&job.out)?);
    let mut sweep = quoted(&file);
    for change in &study.set {
        sweep += &format!(" -s {}", quoted(Path::new(change)));
    }
    let (program, out) = (quoted(&program), quoted(&out));
    let throttle = job
        .throttle
        .map_or_else(String::new, |most| format!("%{most}"));
    // Rows are written before Slurm ends the task.
    let spare = (time / 20).clamp(10.min(time / 2), 300);
    let max_time = humantime::format_duration(Duration::from_secs(time - spare)).to_string();
    let Job {
        tasks, cpus, time, ..
    } = job;
    // Slurm replaces a % and the letter behind it.
    let logs = absolute(logs)?.display().to_string().replace('%', "%%");
    let logs = format!("{logs}/%A_%a.log");
    let megabytes = job.memory.as_u64().div_ceil(1 << 20);
    Ok(format!(
        "#!/bin/bash
#SBATCH --job-name=sparse-parity
#SBATCH --array=0-{last}{throttle}
#SBATCH --time={time}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={cpus}
#SBATCH --mem={megabytes}M
#SBATCH --output=\"{logs}\"
#SBATCH --requeue
#SBATCH --open-mode=append

# Submit it as a whole, as often as something is missing: tasks that have nothing left to do end at once.
# The number of tasks is written out, because Slurm counts those submitted. A task that fails with
# exit code 3 has run out of time.
export SPARSE_PARITY_SHARD=$SLURM_ARRAY_TASK_ID SPARSE_PARITY_SHARDS={tasks}
exec {program} run {sweep} --out {out} --max-time {max_time}

# Afterwards:
#   {program} status {sweep} --out {out}
#   {program} gather {sweep} --out {out} --to rows.csv
",
        last = tasks.get() - 1,
        max_time = quoted(Path::new(&max_time.replace(' ', ""))),
    ))
}

fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

/// A word for the shell.
fn quoted(word: &Path) -> String {
    let word = word.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-=+:,@".contains(c);
    match word.chars().all(is_plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The seconds of a time limit of Slurm: minutes, minutes:seconds, hours:minutes:seconds, days-hours,
/// days-hours:minutes or days-hours:minutes:seconds.
fn seconds(text: &str) -> Option<u64> {
    let (days, clock) = match text.split_once('-') {
        Some((days, clock)) => (Some(days.parse::<u64>().ok()?), clock),
        None => (None, text),
    };
    let parts: Option<Vec<u64>> = clock.split(':').map(|part| part.parse().ok()).collect();
    let (hours, minutes, seconds) = match (days, &parts?[..]) {
        (None, &[m]) => (0, m, 0),
        (None, &[m, s]) => (0, m, s),
        (Some(_), &[h]) => (h, 0, 0),
        (Some(_), &[h, m]) => (h, m, 0),
        (_, &[h, m, s]) => (h, m, s),
        _ => return None,
    };
    let hours = days.unwrap_or(0).checked_mul(24)?.checked_add(hours)?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
    (seconds > 0).then_some(seconds)
}
