//! Making runs.

use super::machine::{Machine, variable};
use super::{End, Limits, Progress, Result, Study, tell};
use crate::experiment::Experiment;
use crate::sweep::{Attempt, Shard};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

pub(super) fn run<E: Experiment>(
    study: &Study,
    out: &Path,
    shard: Option<Shard>,
    limits: &Limits,
    retry: bool,
    revision: &str,
) -> Result<End> {
    let begin = Instant::now();
    let (file, sweep) = study.read::<E>()?;
    let shard = match shard {
        Some(shard) => shard,
        None => Shard::detect(variable)?,
    };
    let machine = Machine::of(Some(limits))?;
    if let Some(former) = file.keep(out)? {
        let former = former.display();
        tell(&format!(
            "the sweep is another than before; the former one is kept as {former}"
        ));
    }
    let attempt = Attempt {
        shard,
        memory: Some(machine.memory),
        deadline: limits.max_time.map(|time| begin + *time),
        retry,
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
            let progress =
                progress.get_or_insert_with(|| Progress::new(&name, so_far.runs, "runs"));
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
    tell(&format!(
        "the time is up, and {missing} runs are missing; run it again"
    ));
    Ok(End::Incomplete)
}
