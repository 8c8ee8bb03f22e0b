//! What a shell and `man` know of the program.

use super::{End, Result};
use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use std::io::{self, Write};

/// The command that prints a script of completions.
pub(super) const COMPLETIONS: &str = "completions";
/// The command that prints a manual page.
pub(super) const MAN: &str = "man";

/// Both commands.
pub(super) fn commands() -> [Command; 2] {
    [
        Command::new(COMPLETIONS)
            .about("Print the completions of the commands and flags for a shell")
            .arg(
                Arg::new("shell")
                    .value_name("SHELL")
                    .value_parser(value_parser!(Shell))
                    .required(true),
            ),
        Command::new(MAN)
            .about(
                "Print the manual page of the program, or of one of its commands, for `man -l -`",
            )
            .arg(
                Arg::new("command")
                    .value_name("COMMAND")
                    .value_parser(NonEmptyStringValueParser::new()),
            ),
    ]
}

/// Prints the completions of `command`, which is called `name` at the shell.
pub(super) fn completions(matches: &ArgMatches, mut command: Command, name: &str) -> Result<End> {
    let shell = matches.get_one::<Shell>("shell");
    let shell = *shell.expect("the shell is required");
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    io::stdout().write_all(&script)?;
    Ok(End::Complete)
}

/// Prints the page of `command`, which is called `name` at the shell, or of one of its commands.
pub(super) fn man(matches: &ArgMatches, command: Command, name: &str) -> Result<End> {
    let mut command = command.name(name.to_owned());
    command.build();
    let page = match matches.get_one::<String>("command") {
        None => command,
        Some(wanted) => {
            let found = command.find_subcommand(wanted).cloned();
            let found = found.ok_or_else(|| {
                let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
                format!(
                    "there is no command {wanted:?}; all are {}",
                    names.join(", ")
                )
            })?;
            found.name(format!("{name}-{wanted}"))
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    io::stdout().write_all(&text)?;
    Ok(End::Complete)
}
