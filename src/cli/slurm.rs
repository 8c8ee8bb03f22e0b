//! The script of a Slurm job array.

use super::quantity::{duration, memory, slurm_time, whole_seconds};
use super::word::{for_directive, for_option, for_shell};
use super::{End, Result, Study, start};
use crate::experiment::Experiment;
use clap::Args;
use std::env;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most tasks of an array, unless the site has changed it.
pub(super) const MOST_TASKS: u64 = 1001;
/// The longest time limit of Slurm, which counts minutes in 32 bits.
const LONGEST: u64 = 60 * (u32::MAX as u64 - 2);

/// The job of a script.
#[derive(Debug, Args)]
pub(super) struct Job {
    /// Folder for the rows; the output of the tasks goes to logs within it
    #[arg(long)]
    out: PathBuf,
    /// Number of tasks, each a shard of the sweep; 16 for each that runs at a time is a good number
    #[arg(long)]
    tasks: std::num::NonZeroU64,
    /// Time limit of a task: minutes, 2:00:00, 1-12:00:00 or 1h30m
    #[arg(long, value_parser = time_limit)]
    time: Duration,
    /// The most tasks that run at a time
    #[arg(long)]
    throttle: Option<std::num::NonZeroU64>,
    /// Processors of a task
    #[arg(long, default_value = "1")]
    cpus: std::num::NonZeroU64,
    /// Memory of a task, such as 8G; a number alone is one of MiB
    #[arg(long, default_value = "2GiB", value_parser = memory)]
    memory: u64,
    /// Account that the job is charged to
    #[arg(long)]
    account: Option<String>,
    /// Partition, or several with commas
    #[arg(long)]
    partition: Option<String>,
    /// Features that the nodes need, such as avx512 or [rack1|rack2]
    #[arg(long)]
    constraint: Option<String>,
    /// Another option of sbatch, such as qos=long or exclusive; may be given several times
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = directive)]
    option: Vec<String>,
    /// A line of the script in front of the run, such as "module load gcc"; may be given several times, and is written as
    /// it is
    #[arg(long, value_name = "LINE", value_parser = shell_line)]
    line: Vec<String>,
}

/// The options of sbatch that the script says by itself.
const SAID: [&str; 10] = [
    "job-name",
    "array",
    "time",
    "ntasks",
    "cpus-per-task",
    "mem",
    "output",
    "requeue",
    "no-requeue",
    "open-mode",
];

/// An option of sbatch as a directive, NAME or NAME="VALUE".
fn directive(text: &str) -> Result<String, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let name = name.trim_start_matches('-');
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(is_name) {
        let reason = "is no long option of sbatch; write one such as qos=long or exclusive";
        return Err(format!("{text:?} {reason}"));
    }
    // sbatch understands beginnings of names, too.
    if SAID.iter().any(|said| said.starts_with(name)) {
        let reason = "is said by the script itself; change it by the flags of this command";
        return Err(format!("the option {name} {reason}"));
    }
    match value {
        None => Ok(name.into()),
        Some(value) => Ok(format!("{name}={}", for_option(value)?)),
    }
}

/// One line of a script that begins no directive.
fn shell_line(text: &str) -> Result<String, String> {
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err(format!(
            "{text:?} is more than one line; give each line by a --line of its own"
        ));
    }
    if text.trim_start().starts_with("#SBATCH") {
        return Err(format!(
            "{text:?} is an option of sbatch; give it by --option"
        ));
    }
    if text.trim_end().ends_with('\\') {
        return Err(format!(
            "{text:?} would go on in the next line of the script; write it as one line"
        ));
    }
    Ok(text.into())
}

/// A duration that Slurm can limit a task to.
fn time_limit(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    match whole_seconds(time) {
        1..=LONGEST => Ok(time),
        _ => Err(format!(
            "{text:?} is no time limit of a task; give more than 0 and at most {}",
            slurm_time(Duration::from_secs(LONGEST))
        )),
    }
}

pub(super) fn slurm<E: Experiment>(study: &Study, job: &Job) -> Result<End> {
    // What cannot be run is better known before the job waits, and before anything is written.
    let (_, sweep) = study.read::<E>()?;
    sweep.memory(job.memory)?;
    start::check(&sweep, job.memory, None)?;
    let logs = absolute(&job.out)?.join("logs");
    let script = script(study, job, &logs)?;
    if job.tasks.get() > MOST_TASKS {
        let most = MOST_TASKS;
        writeln!(
            io::stderr(),
            "note: most sites allow {most} tasks (MaxArraySize); scontrol show config tells"
        )?;
    }
    // Slurm runs nothing whose output has no place.
    std::fs::create_dir_all(&logs).map_err(|error| format!("{}: {error}", logs.display()))?;
    io::stdout().write_all(script.as_bytes())?;
    Ok(End::Complete)
}

fn script(study: &Study, job: &Job, logs: &Path) -> Result<String> {
    let word = |path: &Path| for_shell(path.as_os_str());
    let program = word(&env::current_exe()?);
    let (file, out) = (word(&absolute(&study.file)?), word(&absolute(&job.out)?));
    let mut sweep = file;
    for change in &study.set {
        sweep += &format!(" -s {}", for_shell(OsStr::new(change)));
    }
    let throttle = job
        .throttle
        .map_or_else(String::new, |most| format!("%{most}"));
    // Rows are written before Slurm ends the task.
    let time = whole_seconds(job.time);
    let spare = (time / 20).clamp(10.min(time / 2), 300);
    let max_time = humantime::format_duration(Duration::from_secs(time - spare));
    let Job { tasks, cpus, .. } = job;
    let mut options = String::new();
    for (name, value) in [
        ("account", &job.account),
        ("partition", &job.partition),
        ("constraint", &job.constraint),
    ] {
        if let Some(value) = value {
            options += &format!("#SBATCH --{name}={}\n", for_option(value)?);
        }
    }
    for option in &job.option {
        options += &format!("#SBATCH --{option}\n");
    }
    let lines: String = job.line.iter().map(|line| format!("{line}\n")).collect();
    Ok(format!(
        "#!/bin/bash
#SBATCH --job-name=sparse-parity
#SBATCH --array=0-{last}{throttle}
#SBATCH --time={time}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={cpus}
#SBATCH --mem={megabytes}M
#SBATCH --output=\"{logs}/%A_%a.log\"
#SBATCH --requeue
#SBATCH --open-mode=append
{options}
# Submit it as a whole, as often as something is missing: tasks that have nothing left to do end at once.
# The number of tasks is written out, because Slurm counts those submitted. A task that fails with
# exit code 3 has run out of time.
export SPARSE_PARITY_SHARD=$SLURM_ARRAY_TASK_ID SPARSE_PARITY_SHARDS={tasks}
{lines}exec {program} run {sweep} --out {out} --max-time {max_time}

# Afterwards:
#   {program} status {sweep} --out {out}
#   {program} gather {sweep} --out {out} --to rows.csv
",
        last = tasks.get() - 1,
        time = slurm_time(job.time),
        megabytes = job.memory.div_ceil(1 << 20),
        logs = for_directive(logs)?,
        max_time = max_time.to_string().replace(' ', ""),
    ))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path);
    Ok(absolute.map_err(|error| format!("{}: {error}; give an absolute path", path.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_quoted_or_refused_with_the_reason() {
        for (text, written) in [
            ("exclusive", "exclusive"),
            ("qos=long", "qos=\"long\""),
            ("--mail-user=a b@c.de", "mail-user=\"a b@c.de\""),
            ("gres=gpu:1=2", "gres=\"gpu:1=2\""),
        ] {
            assert_eq!(directive(text).unwrap(), written);
        }
        for (text, words) in [
            ("", "no long option"),
            ("=x", "no long option"),
            ("a b=x", "no long option"),
            ("qos\n#SBATCH --array", "no long option"),
            ("array=0-9", "is said by the script itself"),
            ("--mem=1G", "is said by the script itself"),
            ("arr=1", "is said by the script itself"),
            ("comment=a\"b", "cannot be written"),
            ("comment=a\nb", "cannot be written"),
            ("comment=", "cannot be written"),
        ] {
            let told = directive(text).unwrap_err();
            assert!(told.contains(words), "{text:?}: {told}");
        }
    }

    #[test]
    fn lines_are_written_as_they_are_or_refused_with_the_reason() {
        for text in ["module load gcc", "export A=\"b c\"\t# why", ""] {
            assert_eq!(shell_line(text).unwrap(), text);
        }
        for (text, words) in [
            ("a\nb", "more than one line"),
            ("a\rb", "more than one line"),
            (" #SBATCH --array=1", "by --option"),
            ("export A=1 \\ ", "as one line"),
        ] {
            let told = shell_line(text).unwrap_err();
            assert!(told.contains(words), "{text:?}: {told}");
        }
    }
}
