//! Texts with a parser of their own.

use crate::Door;
use sparse_parity::contest::Contest;
use sparse_parity::experiment::Experiment;
use sparse_parity::solver::SolverKind;
use sparse_parity::sweep::{Key, Resources, Shard, SweepError, SweepFile};
use sparse_parity::trial::{
    Accumulation, FlowRun, PopulationRun, RecordedTrial, Setting, Theorem4, Trial,
};

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::text("label", Setting::from_label),
        Door::text("solver", SolverKind::named),
        Door::text("key", str::parse::<Key>),
        Door::text("shard", str::parse::<Shard>),
        Door::text("launcher", |text| Shard::detect(variables(text))),
        Door::text("resources", |text| {
            Resources::neighbours(variables(text))?;
            Resources::detect(variables(text))
        }),
        Door::text("change", |text| {
            let file: SweepFile = "seeds = 2\n[trial]\nn = 10\n[grid]\nk = [2, 3]".parse()?;
            file.with(text)?.sweep()
        }),
        sweep_file::<Trial>("sweep_trial"),
        sweep_file::<RecordedTrial>("sweep_recorded"),
        sweep_file::<Theorem4>("sweep_theorem4"),
        sweep_file::<PopulationRun>("sweep_population"),
        sweep_file::<FlowRun>("sweep_flow"),
        sweep_file::<Accumulation>("sweep_accumulation"),
        sweep_file::<Contest>("sweep_contest"),
    ]
}

/// The variables of an environment, written as `NAME=value NAME=value`.
fn variables(text: &str) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let mut all = text.split(' ').filter_map(|word| word.split_once('='));
        all.find(|(key, _)| *key == name)
            .map(|(_, value)| value.into())
    }
}

/// A sweep file, whose sweep is made and which can be written and read again.
fn sweep_file<E: Experiment + PartialEq + 'static>(name: &'static str) -> Door {
    Door::text(name, |text| {
        let file: SweepFile<E> = text.parse()?;
        let sweep = file.sweep()?;
        let again: SweepFile<E> = file.to_string().parse()?;
        assert!(again.sweep()? == sweep, "{file} is another sweep");
        Ok::<_, SweepError>(sweep.len())
    })
}
