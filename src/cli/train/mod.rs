//! Runs of one setting, from flags.

mod curve;
mod data;
mod flags;
mod former;
mod notes;
mod rows;

use super::{End, Result, tell};
use crate::experiment::Experiment;
use crate::sweep::SweepFile;
use crate::trial::Trial;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use curve::Curve;
use data::Files;
use flags::Flags;
use former::Former;
use rows::Runs;
use toml::{Table, Value};

/// The name of the command.
pub(super) const NAME: &str = "train";

/// The command with a flag for every setting of a trial.
pub(super) fn command() -> Command {
    let command = Command::new(NAME).args(flags::arguments(&Trial::schema()));
    // Deriving arguments may describe the command by what holds them, which is said otherwise here.
    Former::augment_args(Files::augment_args(Curve::augment_args(Runs::augment_args(
        command,
    ))))
        .about("Train a network on a sparse parity, or another target, and report when it has learned it")
        .long_about(
            "Train a network on a sparse parity, or another target, and report when it has learned it\n\n\
             A trial is solved at the first iterate that gets all of 8192 clean validation examples right \
             (or the share --target-accuracy, or the first --criterion), unsolved after --max-steps updates, \
             diverged when its loss is no longer a number. With several criteria, the run goes on until all are met. \
             Flags are the settings of a sweep file, and values are written as there. \
             With --examples, it learns the examples of a file and no target. The \
             same seed gives the same numbers on every machine and for any number of threads; \
             RAYON_NUM_THREADS limits the threads.",
        )
}

/// Runs the trials that the flags describe.
pub(super) fn train(matches: &ArgMatches) -> Result<End> {
    let schema = Trial::schema();
    let runs = Runs::from_arg_matches(matches)?;
    let curve = Curve::from_arg_matches(matches)?.recording()?;
    let data = Files::from_arg_matches(matches)?.read()?;
    let former = Former::from_arg_matches(matches)?;
    let mut flags = Flags::new(&schema, matches)?;
    former.apply(&mut flags)?;
    let idle = flags.take_idle()?;
    let mut settings = flags.settings();
    if let Some(data) = &data {
        data.complete(&mut settings)?;
    }
    let trial = trial(settings)?;
    let seeds = runs.seeds()?;
    for (alias, flag) in flags.aliases() {
        tell(&format!("note: --{alias} means --{flag}"));
    }
    for flag in idle {
        tell(&format!("note: {flag} has no effect here"));
    }
    for note in notes::notes(&trial) {
        tell(&format!("note: {note}"));
    }
    let about = data.as_ref().map(|data| data.about());
    let assembly = match data {
        Some(data) => data.assemble(&trial)?,
        None => trial.assemble()?,
    };
    runs.print((assembly, about), curve, seeds)
}

/// The trial of some settings; one of several sizes would be a sweep.
fn trial(mut settings: Table) -> Result<Trial> {
    // As many coordinates are relevant as are listed.
    if let (None, Some(Value::Array(support))) = (settings.get("k"), settings.get("support")) {
        let k = i64::try_from(support.len())?;
        settings.insert("k".into(), k.into());
    }
    let mut file = Table::new();
    file.insert("seeds".into(), 1.into());
    file.insert(Trial::NAME.into(), settings.into());
    let file = SweepFile::<Trial>::parse(&toml::to_string(&file)?, "the flags".into())?;
    let sweep = file.sweep()?;
    Ok(sweep.cells()[0].experiment.clone())
}
