//! The process around a command: language, colours, terminal, and how a run that cannot begin ends.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;

use super::console::{Console, ignore_closed_pipe};
use super::error::Error;
use super::terminal;
use crate::cli::environment::{BadValue, Unknown};
use crate::cli::refusal::Refusal;
use crate::cli::{self, Cli};
use crate::config::{
    CommandLine, Configuration, GlobalOptions, LangChoice, OutputOptions, resolve,
};
use crate::render::nagios;
use crate::report::Convention;
use crate::text::{Lang, Texts};

/// The program `xfed`: parses the command line, runs the command, prints what went wrong, exits.
pub fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let file = match super::configuration(&cli) {
        Ok(file) => file,
        Err(error) => {
            let texts = Texts::new(language(&cli.global, None));
            return could_not_run(&error.describe(&texts), convention(None));
        }
    };
    let file = file.as_ref();
    let texts = Texts::new(language(&cli.global, file));
    // However quiet the user wants it: what was meant is not done.
    for unknown in Unknown::among(std::env::vars_os().map(|(name, _)| name)) {
        let _ = writeln!(io::stderr(), "xfed: {}", unknown.describe(&texts));
    }
    match run(cli, file, &texts) {
        Ok(code) => ExitCode::from(code),
        Err(error) => could_not_run(&error.describe(&texts), convention(file)),
    }
}

/// A command line that cannot be parsed, or one that asks for help or the version.
fn refuse(error: &clap::Error) -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    if let Some(bad) = BadValue::of(error, &args) {
        let texts = Texts::new(language_of_arguments());
        return could_not_run(&bad.describe(&texts), convention(None));
    }
    let convention = convention(None);
    if let Some(refusal) = Refusal::of(error, &args) {
        let texts = Texts::new(language_of_arguments());
        return could_not_run(&refusal.describe(&texts), convention);
    }
    if !error.use_stderr() || convention != Convention::Plugin {
        error.exit();
    }
    let message = error.to_string();
    let line = message.lines().next().unwrap_or_default();
    could_not_run(line.trim_start_matches("error: "), convention)
}

/// How a run ends that cannot even begin.
fn convention(file: Option<&Configuration>) -> Convention {
    let format = resolve(&CommandLine::<OutputOptions>::default(), None, file).format;
    let format = format.and_then(|format| format.to_possible_value());
    let format = format.map(|format| format.get_name().into());
    let environment = std::env::var_os("XFED_FORMAT").or(format);
    cli::convention(std::env::args_os(), environment)
}

/// Monitoring reads standard output only, and one line of it.
fn could_not_run(why: &str, convention: Convention) -> ExitCode {
    let lines: Vec<&str> = why.lines().collect();
    let said = match convention {
        Convention::Own(_) => {
            let lines: Vec<String> = lines.iter().map(|line| format!("xfed: {line}\n")).collect();
            lines.concat()
        }
        Convention::Plugin => nagios::could_not_run(&lines.join("; ")) + "\n",
    };
    // Nobody is left to tell when this fails.
    let _ = match convention {
        Convention::Own(_) => io::stderr().write_all(said.as_bytes()),
        Convention::Plugin => io::stdout().write_all(said.as_bytes()),
    };
    ExitCode::from(convention.of_error())
}

fn run(cli: Cli, file: Option<&Configuration>, texts: &Texts) -> Result<u8, Error> {
    let options: GlobalOptions = resolve(&cli.global, None, file);
    let look = terminal::look(&options);
    // Without colours there is nothing in the output that is meant for a terminal.
    let stdout: Box<dyn Write> = if look.colour {
        // On Windows this also switches the console to understand colours.
        Box::new(anstream::AutoStream::always(io::stdout()))
    } else {
        Box::new(io::stdout())
    };
    let mut out = io::BufWriter::new(stdout);
    let mut err = io::stderr();
    let watched = err.is_terminal() && std::env::var_os("CI").is_none();
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        look,
        watched: watched.then(|| terminal::signs(&options, true)),
    };
    let code = super::run(cli.command, file, texts, &mut console)?;
    out.flush().or_else(ignore_closed_pipe)?;
    Ok(code)
}

fn language(command: &CommandLine<GlobalOptions>, file: Option<&Configuration>) -> Lang {
    language_or_system(resolve(command, None, file).lang)
}

/// The language as far as it can be told from a command line that cannot be parsed.
fn language_of_arguments() -> Lang {
    let value_of = |option: &str, variable: &str| {
        cli::value_of(option, std::env::args_os()).or_else(|| std::env::var_os(variable))
    };
    let lang = value_of("--lang", "XFED_LANG");
    let lang = lang.and_then(|lang| LangChoice::from_str(lang.to_str()?, false).ok());
    let in_file = || {
        let named = value_of("--config", "XFED_CONFIG");
        let file = Configuration::find(named.as_deref().map(Path::new))
            .ok()
            .flatten();
        resolve(
            &CommandLine::<GlobalOptions>::default(),
            None,
            file.as_ref(),
        )
        .lang
    };
    language_or_system(lang.or_else(in_file))
}

fn language_or_system(chosen: Option<LangChoice>) -> Lang {
    let system = || sys_locale::get_locale().map(|locale| Lang::of_locale(&locale));
    let chosen = chosen.map(Lang::from);
    chosen.or_else(system).unwrap_or(Lang::En)
}
