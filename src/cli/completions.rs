//! Completion scripts, made from the command line itself.

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, manual};
use crate::render::explain::Topic;

/// The script for this shell.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    let mut command = command();
    generate(shell, &mut command, "xfed", &mut script);
    if shell == Shell::Fish {
        script.extend(fish_values(&command).into_bytes());
    }
    script
}

/// The values of positional arguments, which clap's script for fish lacks.
fn fish_values(program: &Command) -> String {
    let line = |command: &Command| {
        let values: Vec<String> = command
            .get_positionals()
            .flat_map(clap::Arg::get_possible_values)
            .map(|value| value.get_name().to_owned())
            .collect();
        (!values.is_empty()).then(|| {
            let (name, values) = (command.get_name(), values.join(" "));
            format!(
                "complete -c xfed -n \"__fish_xfed_using_subcommand {name}\" -f -a \"{values}\"\n"
            )
        })
    };
    program.get_subcommands().filter_map(line).collect()
}

/// The command line with the known values of arguments that also take others. Never used to parse:
/// `explain` suggests the nearest topic itself.
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
