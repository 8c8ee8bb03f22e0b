//! The arguments of a program that draws a figure.

use super::own::Own;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use sparse_parity::terminal::Result;
use std::path::PathBuf;

/// How much of the figure is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    /// As little as shows that the program works.
    #[value(hide = true)]
    Tiny,
    /// Under a minute on two cores.
    Quick,
    /// The sizes and the number of runs of the paper.
    Paper,
}

/// What is said of every figure, below what its own page says.
const ROWS: &str = "Runs that are finished are kept in the folder rows beside the figures: a program that was stopped goes on where \
    it was and draws the same, and a figure of finished runs is drawn at once. It says so if another build of the program \
    has made rows that its settings alone do not determine. Figures and data of sizes in place of the usual ones have these sizes \
    in their names, beside those of the usual ones. RAYON_NUM_THREADS limits the threads. It prints how long it took; at \
    quick scale this is under a minute on two cores for most figures.";

/// What a figure may be asked to draw otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `--n`, one number of coordinates.
    N,
    /// `--n`, one or several.
    Ns,
    /// `--k`, one number of relevant coordinates.
    K,
    /// `--k`, one or several.
    Ks,
    /// `--width`, one width.
    Width,
    /// `--width`, one or several.
    Widths,
    /// `--rate`, a learning rate.
    Rate,
    /// `--runs`, the runs of each setting.
    Runs,
}

#[derive(Parser)]
#[command(version)]
pub(super) struct Args {
    /// How much is computed
    #[arg(long, value_enum, default_value_t = Scale::Quick)]
    pub(super) scale: Scale,
    /// Folder for figures, data and rows
    #[arg(long, default_value = "target/figures")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) own: Own,
}

impl Args {
    /// The arguments of this process, whose figures are called `name`, and whose `source` says in front what it claims.
    ///
    /// # Errors
    ///
    /// If there is a flag that the figure does not take, or several values of one that it takes a single value of; and
    /// those of [`Own::check`].
    pub(super) fn of(name: &'static str, source: &str, flags: &[Flag]) -> Result<Args> {
        let (about, page) = page(source);
        let mut command = Args::command().name(name).about(about).long_about(page);
        let taken = taken(flags);
        for (flag, is_taken) in taken {
            command = command.mut_arg(flag, |argument| argument.hide(!is_taken));
        }
        let matches = command.get_matches();
        for (flag, is_taken) in taken {
            if !is_taken && matches.value_source(flag) == Some(ValueSource::CommandLine) {
                return Err(format!(
                    "this figure does not take --{flag}; --help tells what it takes"
                )
                .into());
            }
        }
        let mut args = Args::from_arg_matches(&matches)?;
        args.own = args.own.in_order();
        let own = &args.own;
        for (flag, values, one) in [
            ("n", &own.n, Flag::N),
            ("k", &own.k, Flag::K),
            ("width", &own.width, Flag::Width),
        ] {
            if flags.contains(&one) && values.len() > 1 {
                return Err(format!("this figure has one {flag}; give --{flag} one value").into());
            }
        }
        own.check()?;
        Ok(args)
    }
}

/// Each flag, and whether it is among these.
fn taken(flags: &[Flag]) -> [(&'static str, bool); 5] {
    let has = |one: Flag, several: Flag| flags.contains(&one) || flags.contains(&several);
    [
        ("n", has(Flag::N, Flag::Ns)),
        ("k", has(Flag::K, Flag::Ks)),
        ("width", has(Flag::Width, Flag::Widths)),
        ("rate", flags.contains(&Flag::Rate)),
        ("runs", flags.contains(&Flag::Runs)),
    ]
}

/// What the first lines of a program say: its first sentence, and all of it.
fn page(source: &str) -> (String, String) {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("```")).collect();
    let about = lines.first().copied().unwrap_or_default();
    (about.to_owned(), format!("{}\n\n{ROWS}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_what_stands_in_front_of_a_program() {
        let (about, page) =
            page("//! A claim.\n//!\n//! ```sh\n//! run\n//! ```\nuse std;\n//! not");
        assert_eq!(about, "A claim.");
        assert!(page.starts_with("A claim.\n\nrun\n\nRuns that"), "{page}");
    }
}
