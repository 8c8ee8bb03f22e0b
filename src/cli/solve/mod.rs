//! A support from a table of examples, or of an instance that is made.

mod answer;
mod equal;

use super::{End, Result, tell};
use crate::access::{Answers, Examples, Fixed, Fresh, Queries, Stat};
use crate::data::{Bits, ExampleTable, ParityDistribution};
use crate::error::Error;
use crate::seeds::{Purpose, Seeds};
use crate::solver::{AccessKind, Fit, Limits, Noise, Oracle, Problem, Report, SolverKind, Verdict};
use answer::Answer;
use bytesize::ByteSize;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use std::path::PathBuf;
use std::time::Instant;

/// The name of the command.
pub(super) const NAME: &str = "solve";

/// Equal columns that are told of.
const MOST_TOLD: usize = 5;

/// What is to be solved, and how.
#[derive(Debug, Args)]
struct Request {
    /// The examples, .csv, .jsonl, or .parquet if the program was installed with the feature parquet: a header, the n
    /// inputs, and the label in the last column
    #[arg(required_unless_present = "n", conflicts_with = "n")]
    file: Option<PathBuf>,
    /// Make an instance of so many coordinates, with fresh examples, in place of reading a file
    #[arg(long)]
    n: Option<usize>,
    /// The number of relevant coordinates
    #[arg(long)]
    k: usize,
    /// The largest number of them, if it may be any from --k on
    #[arg(long, value_name = "K")]
    k_max: Option<usize>,
    /// The probability that a label is flipped, or a bound for it
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    noise: f64,
    /// The solver [default: the one whose plan costs least]
    #[arg(long, value_name = "NAME")]
    solver: Option<String>,
    /// How the file writes signs: 01 is the XOR of bits, pm1 the product of 1 and -1
    #[arg(long, value_name = "01|pm1", default_value_t = Bits::PlusMinus)]
    bits: Bits,
    /// The seed of the instance and of the solver's coins
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The probability with which the solver may fail
    #[arg(long, value_name = "DELTA", default_value_t = 0.01)]
    failure: f64,
    /// Refuse to begin if more memory is needed, such as 8GiB
    #[arg(long, default_value = "1GiB")]
    memory: ByteSize,
    /// Refuse to begin if more operations on words of 64 bits are needed
    #[arg(long, value_name = "WORDS", default_value = "1e13")]
    max_words: f64,
    /// Print one JSON object; coordinates are counted from 0
    #[arg(long)]
    json: bool,
}

/// The command with its arguments.
pub(super) fn command() -> Command {
    Request::augment_args(Command::new(NAME))
        .about("Find the support of a sparse parity in a table of examples")
        .long_about(
            "Find the support of a sparse parity in a table of examples\n\n\
             The coordinates whose product, or XOR, is the label, for all examples or with --noise for most of them. \
             What it costs is known before it begins, and refused if it is above the limits. Exit codes: 0 one \
             support found, 3 none or several, 2 error.",
        )
}

/// Solves what the arguments describe.
pub(super) fn solve(matches: &ArgMatches) -> Result<End> {
    let request = Request::from_arg_matches(matches)?;
    let (answer, is_json) = (request.answer()?, request.json);
    match is_json {
        true => answer.print_json()?,
        false => answer.print()?,
    }
    Ok(match answer.report.verdict {
        Verdict::Found(..) => End::Complete,
        _ => End::Incomplete,
    })
}

impl Request {
    fn answer(&self) -> Result<Answer> {
        match (&self.file, self.n) {
            (Some(file), _) => self.of_table(ExampleTable::read(file, self.bits)?),
            (None, n) => self.of_instance(n.unwrap_or_default()),
        }
    }

    fn problem(&self, n: usize) -> Result<Problem, Error> {
        let problem = Problem::with_degrees(n, self.k..=self.k_max.unwrap_or(self.k))?
            .with_noise(Noise::of(self.noise)?)?
            .with_failure(self.failure)?;
        Ok(problem.with_limits(Limits {
            bytes: self.memory.0,
            words: self.max_words,
        }))
    }

    /// The solver that is asked for, or the cheapest one.
    fn kind(&self, problem: &Problem, examples: Option<usize>) -> Result<SolverKind, Error> {
        match &self.solver {
            Some(name) => SolverKind::named(name),
            None => Ok(SolverKind::cheapest(problem, examples)?.0),
        }
    }

    fn of_table(&self, table: ExampleTable<f32>) -> Result<Answer> {
        let (names, examples) = (table.names, Examples::of(&table.examples)?);
        let problem = self.problem(examples.dim())?;
        if let (Noise::Clean, Some((row, other))) = (problem.noise, examples.contradiction()) {
            return Err(Error::Contradiction { row, other }.into());
        }
        let kind = self.kind(&problem, Some(examples.len()))?;
        let equal = examples.equal_columns(examples.dim());
        for &(one, other) in equal.iter().take(MOST_TOLD) {
            let [one, other] = [&names[one], &names[other]];
            tell(&format!(
                "note: columns {one} and {other} are equal in all examples, and supports with one and the other fit equally well"
            ));
        }
        let oracle = Oracle::Examples(&mut Fixed::new(&examples));
        let (mut report, seconds) = self.timed(&kind, &problem, oracle)?;
        let verdict = on_all(report.verdict, &problem, &examples);
        report.verdict = equal::with_equal_columns(verdict, &equal);
        Ok(Answer {
            report,
            names: Some(names),
            hidden: None,
            seconds,
        })
    }

    fn of_instance(&self, n: usize) -> Result<Answer> {
        let problem = self.problem(n)?;
        let kind = self.kind(&problem, None)?;
        let seeds = Seeds::from(self.seed);
        let distribution =
            ParityDistribution::random(n, self.k, &mut seeds.stream(Purpose::Support))?
                .with_label_noise(self.noise)?;
        let hidden = distribution.parity().support().to_vec();
        let parity = distribution.parity().clone();
        let (report, seconds) = match kind.access() {
            AccessKind::Queries => {
                let mut oracle = Queries::new(parity).with_persistent_noise(self.noise, &seeds)?;
                self.timed(&kind, &problem, Oracle::Queries(&mut oracle))?
            }
            AccessKind::Statistical => {
                let mut oracle = Stat::new(parity, Answers::Exact).with_noise(self.noise)?;
                self.timed(&kind, &problem, Oracle::Statistical(&mut oracle))?
            }
            AccessKind::Examples => {
                let mut oracle = Fresh::new(distribution, &seeds);
                self.timed(&kind, &problem, Oracle::Examples(&mut oracle))?
            }
        };
        Ok(Answer {
            report,
            names: None,
            hidden: Some(hidden),
            seconds,
        })
    }

    /// The report, and the seconds that it took.
    fn timed(
        &self,
        kind: &SolverKind,
        problem: &Problem,
        oracle: Oracle<'_>,
    ) -> Result<(Report, f64)> {
        let begin = Instant::now();
        let rng = &mut Seeds::from(self.seed).stream(Purpose::Solver);
        let report = kind.solve(problem, oracle, rng)?;
        Ok((report, begin.elapsed().as_secs_f64()))
    }
}

/// The verdict with the fit to all examples, of which a solver may have read some only.
///
/// Labels that are said to be clean and are not make it that nothing fits.
fn on_all(verdict: Verdict, problem: &Problem, examples: &Examples) -> Verdict {
    let Verdict::Found(mut fit, unique) = verdict else {
        return verdict;
    };
    let (wrong, m) = (examples.wrong(&fit.support), examples.len());
    if problem.noise == Noise::Clean && wrong > 0 {
        let Fit {
            support,
            examples: read,
            ..
        } = fit;
        tell(&format!(
            "note: coordinates {support:?} fit the {read} examples that were read, and get {wrong} of all {m} labels wrong; state the noise to accept them"
        ));
        return Verdict::NothingFits;
    }
    fit.wrong = wrong;
    fit.examples = m;
    fit.chance = problem.chance(wrong, m);
    Verdict::Found(fit, unique)
}
