//! Completion scripts, made from the command line itself.

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, manual};
use crate::render::explain::Topic;

/// The script for this shell.
#[must_use]
pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    let mut command = command();
    generate(shell, &mut command, "xfed", &mut script);
    if shell == Shell::Fish {
        script.extend(fish_values(&command).into_bytes());
    }
    script
}

/// The values of arguments without a name, which the script for fish comes without.
fn fish_values(program: &Command) -> String {
    let mut lines = String::new();
    for command in program.get_subcommands() {
        let values = command
            .get_positionals()
            .flat_map(clap::Arg::get_possible_values);
        let values: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        if !values.is_empty() {
            lines += &format!(
                "complete -c xfed -n \"__fish_xfed_using_subcommand {}\" -f -a \"{}\"\n",
                command.get_name(),
                values.join(" ")
            );
        }
    }
    lines
}

/// The command line with the values that are known, but not the only ones that are understood.
/// Never used to parse: `explain` names the nearest to what it does not know.
fn command() -> Command {
    Cli::command()
        .mut_subcommand("explain", |explain| {
            explain.mut_arg("topic", |topic| {
                topic.value_parser(PossibleValuesParser::new(Topic::names()))
            })
        })
        .mut_subcommand("man", |man| {
            man.mut_arg("page", |page| {
                page.value_parser(PossibleValuesParser::new(manual::names()))
            })
        })
}
