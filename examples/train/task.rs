//! The flags that say what is to be learned, and from which examples.

use clap::{Args, ValueEnum};
use sparse_parity::trial::{FirstPhase, TargetKind};
use std::num::ParseIntError;

#[derive(Args)]
#[command(next_help_heading = "Task")]
pub(crate) struct TaskArgs {
    /// Number of coordinates
    #[arg(long, default_value_t = 50)]
    pub(crate) n: usize,
    /// Number of relevant coordinates [default: 3, or as many as --support lists]
    #[arg(long)]
    k: Option<usize>,
    /// Relevant coordinates, counted from 0, such as 1,5,9 [default: drawn from the seed]
    #[arg(long, value_name = "I,I,...", value_delimiter = ',', value_parser = coordinate)]
    pub(crate) support: Option<Vec<usize>>,
    /// Function of the relevant coordinates
    #[arg(long, value_enum, default_value = "parity")]
    target: TargetArg,
    /// Truth table of --target junta, 2^k signs such as +--+; entry e is for the inputs with -1
    /// where the bits of e are set, the lowest bit being the first coordinate
    #[arg(long, value_name = "SIGNS", allow_hyphen_values = true, value_parser = table)]
    table: Option<Table>,
    /// Number of tasks of --target multitask, each with a control coordinate [default: 5]
    #[arg(long, value_name = "T")]
    tasks: Option<usize>,
    /// Task i of --target multitask has frequency i^-(alpha + 1) [default: 0.4]
    #[arg(long, value_name = "ALPHA", allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// Probability that a training label is flipped, below 0.5
    #[arg(
        long,
        value_name = "P",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    pub(crate) noise: f64,
    /// Train in passes over this many fixed examples [default: fresh examples at every step]
    #[arg(long, value_name = "M")]
    pub(crate) samples: Option<usize>,
    /// Probability of -1 in every training coordinate [default: uniform inputs, 0.5]
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub(crate) bias: Option<f64>,
    /// Begin with another bias for some steps, such as 0.05:1000
    #[arg(long, value_name = "P:STEPS", allow_hyphen_values = true, value_parser = first_phase)]
    pub(crate) curriculum: Option<FirstPhase>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TargetArg {
    Parity,
    DisjointParity,
    Conjunction,
    Disjunction,
    Majority,
    Staircase,
    Junta,
    Multitask,
}

#[derive(Clone)]
struct Table(Vec<i8>);

impl TaskArgs {
    pub(crate) fn k(&self) -> usize {
        let listed = self.support.as_ref().map(Vec::len);
        self.k.or(listed).unwrap_or(3)
    }

    pub(crate) fn target(&self) -> Result<TargetKind, String> {
        Ok(match self.target {
            TargetArg::Parity => TargetKind::Parity,
            TargetArg::DisjointParity => TargetKind::DisjointParity,
            TargetArg::Conjunction => TargetKind::Conjunction,
            TargetArg::Disjunction => TargetKind::Disjunction,
            TargetArg::Majority => TargetKind::Majority,
            TargetArg::Staircase => TargetKind::Staircase,
            TargetArg::Junta => {
                let table = self.table.as_ref();
                let table = table.ok_or("--target junta needs --table; add it")?;
                let table = table.0.clone();
                TargetKind::Junta { table }
            }
            TargetArg::Multitask => TargetKind::Multitask {
                tasks: self.tasks.unwrap_or(5),
                alpha: self.alpha.unwrap_or(0.4),
            },
        })
    }

    /// The flags that are given but mean nothing for this target.
    pub(crate) fn without_effect(&self) -> Vec<&'static str> {
        let several = self.target == TargetArg::Multitask;
        crate::idle(&[
            (
                self.target == TargetArg::Junta,
                self.table.is_some(),
                "--table",
            ),
            (several, self.tasks.is_some(), "--tasks"),
            (several, self.alpha.is_some(), "--alpha"),
        ])
    }
}

/// A coordinate of a list, with or without spaces.
fn coordinate(item: &str) -> Result<usize, ParseIntError> {
    item.trim().parse()
}

fn table(signs: &str) -> Result<Table, String> {
    let sign = |sign| match sign {
        '+' => Ok(1),
        '-' => Ok(-1),
        other => Err(format!("{other:?} is no sign; write + and -")),
    };
    signs.chars().map(sign).collect::<Result<_, _>>().map(Table)
}

fn first_phase(text: &str) -> Result<FirstPhase, String> {
    let parts = text.split_once(':');
    let (bias, steps) = parts.ok_or("write the probability and the steps, such as 0.05:1000")?;
    Ok(FirstPhase {
        bias: bias.parse().map_err(|error| format!("{bias:?}: {error}"))?,
        steps: steps
            .parse()
            .map_err(|error| format!("{steps:?}: {error}"))?,
    })
}
