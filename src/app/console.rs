//! The process around a command: language, colours, terminal, and how a run that cannot begin ends.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use super::Console;
use crate::cli::{self, Cli};
use crate::config::{ColorChoice, Configuration};
use crate::render::{Look, nagios};
use crate::report::Convention;
use crate::text::{Lang, Texts};

/// The program `xfed`: parses the command line, runs the command, prints what went wrong, exits.
pub fn main() -> ExitCode {
    let convention = convention(None);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are what was asked for.
        Err(asked) if !asked.use_stderr() || convention != Convention::Plugin => asked.exit(),
        Err(error) => {
            let said = error.to_string();
            let line = said.lines().next().unwrap_or_default();
            return could_not_run(line.trim_start_matches("error: "), convention);
        }
    };
    let file = match super::configuration(&cli) {
        Ok(file) => file,
        Err(error) => {
            let texts = Texts::new(language(&cli, None));
            return could_not_run(&error.describe(&texts), convention);
        }
    };
    let texts = Texts::new(language(&cli, file.as_ref()));
    let convention = self::convention(file.as_ref());
    match run(cli, file.as_ref(), &texts) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let line = match error.downcast_ref::<crate::Error>() {
                Some(error) => error.describe(&texts),
                None => format!("{error:#}"),
            };
            could_not_run(&line, convention)
        }
    }
}

/// How a run ends that does not even begin.
fn convention(file: Option<&Configuration>) -> Convention {
    let format = file.and_then(|file| file.options.output.format?.to_possible_value());
    let format = format.map(|format| format.get_name().into());
    let environment = std::env::var_os("XFED_FORMAT").or(format);
    cli::convention(std::env::args_os(), environment)
}

/// Monitoring reads standard output only.
fn could_not_run(line: &str, convention: Convention) -> ExitCode {
    // Nobody is left to tell when this fails.
    let _ = match convention {
        Convention::Own(_) => writeln!(io::stderr(), "xfed: {line}"),
        Convention::Plugin => writeln!(io::stdout(), "{}", nagios::could_not_run(line)),
    };
    ExitCode::from(convention.of_error())
}

fn run(cli: Cli, file: Option<&Configuration>, texts: &Texts) -> anyhow::Result<u8> {
    let color = cli.global.color.or(file.and_then(|file| file.color));
    let look = look(color.unwrap_or_default());
    // On Windows this also switches the console to understand colours.
    let choice = if look.colour {
        anstream::ColorChoice::Always
    } else {
        anstream::ColorChoice::Never
    };
    let mut out = io::BufWriter::new(anstream::AutoStream::new(io::stdout(), choice));
    let mut err = io::stderr();
    let watched = err.is_terminal() && std::env::var_os("CI").is_none();
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        look,
        watched,
    };
    let code = super::run(cli.command, file, texts, &mut console)?;
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write the output")
        }
        _ => Ok(code),
    }
}

fn language(cli: &Cli, file: Option<&Configuration>) -> Lang {
    let system = || sys_locale::get_locale().map(|locale| Lang::of_locale(&locale));
    let chosen = cli.global.lang.or(file.and_then(|file| file.lang));
    let chosen = chosen.map(Lang::from);
    chosen.or_else(system).unwrap_or(Lang::En)
}

fn look(color: ColorChoice) -> Look {
    let terminal = io::stdout().is_terminal();
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let styled = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => terminal && !dumb && !unwanted,
    };
    let width = terminal_size::terminal_size()
        .filter(|_| terminal)
        .map_or(80, |(width, _)| usize::from(width.0));
    Look {
        width,
        colour: styled,
        ascii: dumb || !understands_utf8(),
        ..Look::default()
    }
}

/// Unix says it by the locale; Windows consoles take Unicode whatever their code page.
fn understands_utf8() -> bool {
    if cfg!(windows) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
