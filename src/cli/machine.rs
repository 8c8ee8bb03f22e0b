//! What the program runs on, and what it is.

use super::Limits;
use super::quantity::MOST_THREADS;
use crate::sweep::{Resources, Shard};
use serde_json::{Value, json};
use std::env;
use std::thread::available_parallelism;
use std::time::SystemTime;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The processors and the memory to use.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) threads: usize,
    /// Bytes of memory.
    pub(super) memory: u64,
    system: System,
}

impl Machine {
    pub(super) fn of(limits: Option<&Limits>) -> crate::sweep::Result<Self> {
        let what = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(what);
        let given = Resources::detect(variable)?;
        let neighbours = Resources::neighbours(variable)?;
        let processors = available_parallelism().map_or(1, |threads| threads.get());
        let share = (processors / neighbours).max(1);
        // A container may have less than its host.
        let limit = system
            .cgroup_limits()
            .map_or(u64::MAX, |limits| limits.total_memory);
        let all = system.total_memory().min(limit);
        let spare = all / 10 * 9 / neighbours as u64;
        let asked = limits.and_then(|limits| limits.threads);
        let memory = limits.and_then(|limits| limits.memory);
        Ok(Machine {
            threads: asked.or(given.threads).unwrap_or(share).min(MOST_THREADS),
            memory: memory.unwrap_or(given.memory.unwrap_or(spare)),
            system,
        })
    }

    /// What is written in front of the rows of an attempt.
    pub(super) fn about(&self, shard: Shard, revision: &str) -> Value {
        let cpu = self.system.cpus().first().map(|cpu| cpu.brand().trim());
        let job = [
            "SLURM_JOB_ID",
            "SLURM_ARRAY_JOB_ID",
            "SLURM_ARRAY_TASK_ID",
            "SLURM_RESTART_COUNT",
        ];
        let job = job
            .iter()
            .filter_map(|name| Some((name.to_string(), variable(name)?.into())));
        // Of arguments that are no text, what is text.
        let arguments = env::args_os().skip(1);
        let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        let arguments: Vec<String> = arguments.collect();
        json!({
            "revision": revision,
            "compiler": rustc_version_runtime::version_meta().short_version_string,
            "arguments": arguments,
            "shard": shard.to_string(),
            "threads": self.threads,
            "memory": self.memory,
            "host": System::host_name(),
            "cpu": cpu,
            "system": System::long_os_version(),
            "kernel": System::kernel_version(),
            "job": Value::Object(job.collect()),
            "begin": humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        })
    }
}
