//! Making runs.

use super::interrupt::interrupt;
use super::machine::{Machine, variable};
use super::{End, INCOMPLETE, Limits, Progress, Result, Study, start, tell};
use crate::experiment::Experiment;
use crate::sweep::{Attempt, KEPT, Kept, Shard};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{process, thread};

/// The time that runs have to end after their time is up, before the process is ended.
const LEAST_GRACE: Duration = Duration::from_secs(2);
const MOST_GRACE: Duration = Duration::from_secs(60);

pub(super) fn run<E: Experiment>(
    study: &Study,
    out: &Path,
    shard: Option<Shard>,
    limits: &Limits,
    retry: bool,
    revision: &str,
) -> Result<End> {
    let begin = Instant::now();
    // A time that the clock cannot hold never comes.
    let deadline = limits.max_time.and_then(|time| begin.checked_add(time));
    let _ended = limits.max_time.and_then(|time| end_late(begin, time));
    let (file, sweep) = study.read::<E>()?;
    let shard = match shard {
        Some(shard) => shard,
        None => Shard::detect(variable)?,
    };
    let mut machine = Machine::of(Some(limits))?;
    start::check(&sweep, machine.memory, deadline)?;
    // More threads than runs would only wait.
    let runs = usize::try_from(sweep.len()).unwrap_or(usize::MAX);
    machine.threads = machine.threads.min(runs.max(1));
    match file.keep(out)? {
        Kept::Same => {}
        Kept::Replaced { former } => tell(&format!(
            "the sweep is another than before; the former one is kept as {}",
            former.display()
        )),
        Kept::Beside { path } => tell(&format!(
            "{} stays as it is; this sweep is kept as {}",
            out.join(KEPT).display(),
            path.display()
        )),
    }
    let stop = interrupt()?;
    let attempt = Attempt {
        shard,
        memory: Some(machine.memory),
        deadline,
        stop: Some(Arc::clone(&stop)),
        retry,
        recording: file.recording()?,
        about: machine.about(shard, revision),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(machine.threads);
    let name = if shard.is_whole() {
        "sweep".into()
    } else {
        format!("shard {shard}")
    };
    let mut progress = None;
    let end = pool.build()?.install(|| {
        sweep.attempt(out, &attempt, |so_far| {
            let begin = || Progress::going_on(&name, so_far.before, so_far.runs, "runs");
            let progress = progress.get_or_insert_with(begin);
            progress.at(so_far.done, || {
                format!("{} unsolved, {} diverged", so_far.unsolved, so_far.diverged)
            });
        })
    })?;
    if let Some(progress) = progress {
        progress.finish();
    }
    if end.foreign > 0 {
        tell(&format!(
            "{} rows in {} are of other settings or seeds; they are left alone",
            end.foreign,
            out.display()
        ));
    }
    if end.torn > 0 {
        tell(&format!(
            "{} lines in {} are no rows, as where a process died; they are left alone",
            end.torn,
            out.display()
        ));
    }
    if end.faults > 0 {
        tell(&format!(
            "{} rows or entries in {} cannot be trusted and are left alone; `sparse-parity status` tells which",
            end.faults,
            out.display()
        ));
    }
    if end.is_partial {
        let (end, reason, repair) = match stop.load(Ordering::Relaxed) {
            true => (End::Interrupted, "interrupted", ""),
            false => (End::Incomplete, "the time is up", "; give more --max-time"),
        };
        tell(&format!(
            "{reason} while the rows in {} were read, and no run was begun{repair}",
            out.display()
        ));
        return Ok(end);
    }
    let (done, missing) = (end.done - end.before, end.runs - end.done);
    let mut told = format!(
        "{name}: {} of {} runs are done, {done} of them now",
        end.done, end.runs
    );
    for (count, what) in [
        (end.solved, "solved"),
        (end.unsolved, "unsolved"),
        (end.diverged, "diverged"),
        (end.refused, "refused"),
        (end.panicked, "panicked"),
    ] {
        if count > 0 {
            told += &format!(", {count} {what}");
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    writeln!(
        io::stdout(),
        "{told}; {seconds:.1} s on {} threads",
        machine.threads
    )?;
    if missing == 0 {
        return Ok(End::Complete);
    }
    if stop.load(Ordering::Relaxed) {
        tell(&format!(
            "interrupted: {} rows are kept in {}; the same command makes the {missing} runs that are missing",
            end.done,
            out.display()
        ));
        return Ok(End::Interrupted);
    }
    tell(&format!(
        "the time is up, and {missing} runs are missing; run it again"
    ));
    if done == 0
        && let Some(time) = limits.max_time
    {
        tell(&format!(
            "note: no run ended within {}, and runs that are given up begin anew; give more --max-time if it stays so",
            humantime::format_duration(time)
        ));
    }
    Ok(End::Incomplete)
}

/// Ends the process some time after its time is up, unless what is returned is dropped before: rows are on the disk as
/// soon as their runs have ended.
fn end_late(begin: Instant, time: Duration) -> Option<mpsc::Sender<()>> {
    let grace = (time / 40).clamp(LEAST_GRACE, MOST_GRACE);
    let end = begin.checked_add(time.checked_add(grace)?)?;
    let (ended, end_of_command) = mpsc::channel();
    thread::spawn(move || {
        let left = end.saturating_duration_since(Instant::now());
        if end_of_command.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
            tell("the time is up, and what was at work did not end; run it again");
            process::exit(INCOMPLETE.into());
        }
    });
    Some(ended)
}
